import Testing

/// MQTT 3.1.1, §3.8 to §3.14: subscriptions, pings and DISCONNECT.
enum V3Subscribe {
    static let rows: [Row] = [
        like("MQTT-3.8.1-1", "SUBSCRIBE's flags are 0010; any other value ends the connection", "MQTT-3.8.1-1"),
        like("MQTT-3.8.3-1", "a topic filter is a string", "MQTT-3.8.3-1"),
        without(
            "MQTT-3.8.3-2",
            "a server without wildcards rejects a filter that has one",
            because: "the broker always has wildcards"
        ),
        like("MQTT-3.8.3-3", "SUBSCRIBE has at least one filter with its QoS", "MQTT-3.8.3-2"),
        row("MQTT-3.8.3-4", "reserved bits of the QoS byte, or QoS 3, end the connection") { s in
            for options: UInt8 in [0x03, 0x04, 0x08, 0x10, 0x40, 0x80] {
                let a = s.connected("a")
                a.sends(.subscribe(1, ("t", options)))
                a.closes()
            }
        },
        like("MQTT-3.8.4-1", "SUBSCRIBE is answered by SUBACK", "MQTT-3.8.4-1"),
        like("MQTT-3.8.4-2", "SUBACK has the identifier of its SUBSCRIBE", "MQTT-3.8.4-2"),
        like(
            "MQTT-3.8.4-3",
            "a filter again takes the old place; retained messages come again, none is lost",
            "MQTT-3.8.4-4"
        ),
        like("MQTT-3.8.4-4", "several filters are so many SUBSCRIBEs with one SUBACK", "MQTT-3.8.4-5"),
        like("MQTT-3.8.4-5", "SUBACK has for each filter the QoS that was granted, or the failure", "MQTT-3.8.4-7"),
        like("MQTT-3.8.4-6", "a message comes at the lower of its own and the granted QoS", "MQTT-3.8.4-8"),
        like("MQTT-3.9.3-1", "SUBACK's return codes stand in the filters' order", "MQTT-3.9.3-1"),
        like("MQTT-3.9.3-2", "SUBACK's return codes are 0x00, 0x01, 0x02 and 0x80", "MQTT-3.9.3-2"),
        like("MQTT-3.10.1-1", "UNSUBSCRIBE's flags are 0010; any other value ends the connection", "MQTT-3.10.1-1"),
        like("MQTT-3.10.3-1", "UNSUBSCRIBE's filters are strings", "MQTT-3.10.3-1"),
        like("MQTT-3.10.3-2", "UNSUBSCRIBE has at least one filter", "MQTT-3.10.3-2"),
        like("MQTT-3.10.4-1", "filters are compared byte by byte; the one that is equal goes", "MQTT-3.10.4-1"),
        like("MQTT-3.10.4-2", "after UNSUBSCRIBE no new messages come", "MQTT-3.10.4-2"),
        like("MQTT-3.10.4-3", "what was begun at QoS 1 or 2 is finished", "MQTT-3.10.4-3"),
        like("MQTT-3.10.4-4", "UNSUBSCRIBE is answered by UNSUBACK with its identifier", "MQTT-3.10.4-4"),
        like("MQTT-3.10.4-5", "also when nothing was deleted", "MQTT-3.10.4-5"),
        like("MQTT-3.10.4-6", "several filters are so many UNSUBSCRIBEs with one UNSUBACK", "MQTT-3.10.4-6"),
        like("MQTT-3.12.4-1", "PINGREQ is answered by PINGRESP", "MQTT-3.12.4-1"),
        like("MQTT-3.14.1-1", "DISCONNECT's flags are 0; else the client is disconnected", "MQTT-3.14.1-1"),
        like("MQTT-3.14.4-1", "after DISCONNECT the client closes; the server does if it does not", "MQTT-3.14.4-2"),
        like(
            "MQTT-3.14.4-2",
            "after DISCONNECT a client sends nothing; what it sends is not looked at",
            "MQTT-3.14.4-1"
        ),
        like("MQTT-3.14.4-3", "DISCONNECT throws the will away", "MQTT-3.14.4-3"),
    ]
}
