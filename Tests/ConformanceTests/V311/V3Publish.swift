import Testing

/// MQTT 3.1.1, §3.3 to §3.7: PUBLISH and its answers.
enum V3Publish {
    static let rows: [Row] = [
        like("MQTT-3.3.1-1", "what is sent again has DUP 1", "MQTT-3.3.1-1"),
        like("MQTT-3.3.1-2", "at QoS 0 DUP is 0", "MQTT-3.3.1-2"),
        like("MQTT-3.3.1-3", "a publisher's DUP is not passed on", "MQTT-3.3.1-3"),
        like("MQTT-3.3.1-4", "QoS 3 ends the connection", "MQTT-3.3.1-4"),
        like("MQTT-3.3.1-5", "RETAIN 1 stores the message with its QoS for future subscribers", "MQTT-3.3.1-5"),
        like("MQTT-3.3.1-6", "a new subscription gets the last retained message of each topic", "MQTT-3.3.1-9"),
        row("MQTT-3.3.1-7", "a message of QoS 0 with RETAIN takes the place of what was retained") { s in
            let p = s.connected("p")
            p.publishes("t", "old", qos: 2, retain: true)
            p.publishes("t", "new", qos: 0, retain: true)
            p.publishes("u", qos: 1)
            let a = s.connected("a")
            a.subscribes("t", 2)
            a.gets(.publish("t", "new", retain: true))
            a.getsNothing()
        },
        like("MQTT-3.3.1-8", "what is sent because of a new subscription has RETAIN 1", "MQTT-3.1.2-15"),
        like("MQTT-3.3.1-9", "what an established subscription gets has RETAIN 0", "MQTT-3.3.1-12"),
        like(
            "MQTT-3.3.1-10",
            "an empty payload with RETAIN goes to subscribers and removes what is retained",
            "MQTT-3.3.1-6"
        ),
        like("MQTT-3.3.1-11", "an empty message is not retained", "MQTT-3.3.1-7"),
        like("MQTT-3.3.1-12", "RETAIN 0 neither stores a message nor touches the one that is there", "MQTT-3.3.1-8"),
        row("MQTT-3.3.2-1", "the topic name is there, first, and a string") { s in
            for packet in ["30 00", "30 01 00", "30 04 0005'ab'", "30 04 0002 C0AF", "30 05 0003 EDA080"] {
                let a = s.connected("a")
                a.sends(.hex(packet))
                a.closes()
            }
        },
        like("MQTT-3.3.2-2", "the topic name has no wildcard", "MQTT-3.3.2-2"),
        like("MQTT-3.3.2-3", "the topic name of what a subscriber gets matches its filter", "MQTT-3.3.2-3"),
        like("MQTT-3.3.4-1", "a PUBLISH is answered as its QoS says", "MQTT-3.3.4-1"),
        like("MQTT-3.3.5-1", "overlapping subscriptions are served at the highest of their QoS", "MQTT-3.3.4-2"),
        row("MQTT-3.3.5-2", "a PUBLISH that is not allowed is acknowledged all the same, and goes nowhere") { s in
            s.authorizer = Except(topic: "forbidden")
            let w = s.connected("w")
            w.subscribes("#")
            let a = s.connected("a")
            a.sends(.publish("forbidden", qos: 1, id: 1), .publish("forbidden", qos: 2, id: 2), .publish("forbidden"))
            a.gets(.hex("40 02 0001"), .hex("50 02 0002"))
            a.sends(.pubrel(2))
            a.gets(.hex("70 02 0002"))
            w.getsNothing()
        },
        like("MQTT-3.6.1-1", "PUBREL's flags are 0010; any other value ends the connection", "MQTT-3.6.1-1"),
    ]
}
