import MQTTServer
import Testing

/// MQTT 3.1.1, chapters 4, 6 and 7: delivery, order, topics, errors, transports.
enum V3Behaviour {
    static let rows: [Row] = [
        like("MQTT-4.1.0-1", "session state is kept as long as the session lasts", "MQTT-3.1.2-5"),
        like("MQTT-4.1.0-2", "a session lasts at least as long as its connection", "MQTT-4.1.0-1"),
        row("MQTT-4.3.1-1", "at QoS 0 a PUBLISH has QoS 0 and DUP 0") { s in
            let a = s.connected("a")
            a.subscribes("t", 0)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.hex("30 04 0001't' 'x'"))
        },
        like(
            "MQTT-4.3.2-1",
            "the sender at QoS 1: an unused identifier, DUP 0, unacknowledged until PUBACK",
            "MQTT-4.3.2-3"
        ),
        like(
            "MQTT-4.3.2-2",
            "the receiver at QoS 1: PUBACK, and then the identifier is a new message's",
            "MQTT-4.3.2-5"
        ),
        like(
            "MQTT-4.3.3-1",
            "the sender at QoS 2: PUBLISH until PUBREC, then PUBREL until PUBCOMP, never back",
            "MQTT-4.3.3-6"
        ),
        like(
            "MQTT-4.3.3-2",
            "the receiver at QoS 2: PUBREC for each PUBLISH until PUBREL, delivered once",
            "MQTT-4.3.3-10"
        ),
        like(
            "MQTT-4.4.0-1",
            "when a session goes on PUBLISH and PUBREL are sent again with their identifiers",
            "MQTT-4.4.0-1"
        ),
        like(
            "MQTT-4.5.0-1",
            "a message that the server took belongs to every session with a matching subscription",
            "MQTT-4.5.0-1"
        ),
        like("MQTT-4.5.0-2", "a client acknowledges what it gets, whatever it makes of it", "MQTT-4.5.0-2"),
        like("MQTT-4.6.0-1", "what is sent again goes in its old order", "MQTT-4.6.0-1"),
        like("MQTT-4.6.0-2", "PUBACKs go in their PUBLISHes' order", "MQTT-4.6.0-2"),
        like("MQTT-4.6.0-3", "PUBRECs go in their PUBLISHes' order", "MQTT-4.6.0-3"),
        like("MQTT-4.6.0-4", "PUBRELs go in their PUBRECs' order", "MQTT-4.6.0-4"),
        like("MQTT-4.6.0-5", "every topic is an ordered one", "MQTT-4.6.0-6"),
        like(
            "MQTT-4.6.0-6",
            "a client's messages of a topic and QoS come to each subscriber in their order",
            "MQTT-4.6.0-5"
        ),
        like("MQTT-4.7.1-1", "wildcards stand in filters, never in a topic name", "MQTT-4.7.0-1"),
        like("MQTT-4.7.1-2", "# is a whole level, and the last one", "MQTT-4.7.1-1"),
        like("MQTT-4.7.1-3", "+ is a whole level, anywhere", "MQTT-4.7.1-2"),
        like("MQTT-4.7.2-1", "a filter that starts with a wildcard takes no topic that starts with $", "MQTT-4.7.2-1"),
        like("MQTT-4.7.3-1", "topic names and filters have at least one character", "MQTT-4.7.3-1"),
        like("MQTT-4.7.3-2", "topic names and filters have no U+0000", "MQTT-4.7.3-2"),
        like("MQTT-4.7.3-3", "topic names and filters have at most 65,535 bytes", "MQTT-4.7.3-3"),
        like("MQTT-4.7.3-4", "matching neither normalizes nor replaces anything", "MQTT-4.7.3-4"),
        like("MQTT-4.8.0-1", "a protocol violation ends its connection", "MQTT-4.13.1-1"),
        row("MQTT-4.8.0-2", "a transient error ends the connection that met it: here a queue that is full") { s in
            s.settings.maxQueuedBytes = 1_000
            s.settings.maxInflight = 2
            let a = s.connected("a")
            a.subscribes("t", 1)
            let p = s.connected("p")
            let text = String(repeating: "x", count: 100)
            for _ in 0..<15 { p.publishes("t", text) }
            a.gets(.publish("t", text, qos: 1, id: 1), .publish("t", text, qos: 1, id: 2))
            a.closes()
            p.sends(.pingreq)
            p.gets(.pingresp)
        },
        elsewhere(
            "MQTT-6.0.0-1",
            "packets come in binary frames; others end the connection",
            in: "WebSocketTests/FrameTests.swift",
            "what a client may not send is refused with its code, whole and byte by byte"
        ),
        elsewhere(
            "MQTT-6.0.0-2",
            "a frame may hold several packets, or a part of one",
            in: "WebSocketTests/LayerTests.swift",
            "payload goes up before its frame is whole, and frames need not fit packets [MQTT-6.0.0-2]"
        ),
        elsewhere(
            "MQTT-6.0.0-3",
            "a client offers the sub-protocol mqtt",
            in: "WebSocketTests/HandshakeTests.swift",
            "what is wrong with a request is said with its status, and the connection closes"
        ),
        elsewhere(
            "MQTT-6.0.0-4",
            "the server selects mqtt",
            in: "WebSocketTests/HandshakeTests.swift",
            "a good request gets 101 with the accepted key and the subprotocol, and offered extensions no answer"
        ),
        without(
            "MQTT-7.0.0-1",
            "a server that connects to other servers conforms as client and as server",
            because: "the broker makes no MQTT connections of its own"
        ),
        like("MQTT-7.0.0-2", "nothing outside the specification is needed to work with the broker", "MQTT-3.1.4-5"),
        elsewhere(
            "MQTT-7.1.1-1",
            "the server has a transport that carries bytes in order and without loss",
            in: "EventLoopTests/EventLoopTests.swift",
            "bytes come back over TCP, on a port that the kernel chose"
        ),
        elsewhere(
            "MQTT-7.1.2-1",
            "the client has a transport that carries bytes in order and without loss",
            in: "EventLoopTests/OutboundTests.swift",
            "a machine reaches another over TCP and over a unix socket"
        ),
    ]
}
