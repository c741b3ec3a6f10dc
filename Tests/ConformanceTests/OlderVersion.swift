import Testing

/// MQTT 3.1, which has no numbered statements: that its clients are served, and where it differs from 3.1.1.
enum OlderVersion {
    static let rows: [Row] = [
        row("3.1 CONNECT", "MQIsdp of level 3 is welcome; another level under that name is not") { s in
            let a = s.opened("a")
            a.sends(.hex("10 0F 0006'MQIsdp' 03 02 0000 0001'a'"))
            a.gets(.hex("20 02 00 00"))
            for (name, level) in [("0006'MQIsdp'", "04"), ("0006'MQIsdp'", "05")] {
                let b = s.opened("b")
                b.sends(.hex("10 0F \(name) \(level) 02 0000 0001'b'"))
                _ = b.next()
                b.closes()
            }
        },
        row("3.1 identifier", "an identifier has at least one byte; more than 23 are taken") { s in
            let a = s.opened("a")
            a.sends(.hex("10 0E 0006'MQIsdp' 03 02 0000 0000"))
            a.gets(.hex("20 02 00 02"))
            a.closes()
            _ = s.connected("an identifier of more than 23 bytes")
        },
        row("3.1 session", "a session goes on with Clean Session 0, and CONNACK does not say so") { s in
            let a = s.opened("a")
            a.sends(.connect("a", clean: false))
            a.gets(.hex("20 02 00 00"))
            a.subscribes("t", 1)
            a.leaves()
            s.connected("p").publishes("t", "missed")
            let again = s.opened("a")
            again.sends(.connect("a", clean: false))
            again.gets(.hex("20 02 00 00"), .publish("t", "missed", qos: 1, id: 1))
        },
        row("3.1 messages", "messages of each QoS, retained ones and a will go through as in 3.1.1") { s in
            let w = s.connected("w")
            w.subscribes("#", 2)
            let a = s.connected("a", will: .init(topic: "will", qos: 1))
            a.publishes("t", "0", qos: 0)
            a.publishes("t", "1", qos: 1, retain: true)
            a.publishes("t", "2", qos: 2)
            a.vanishes()
            w.gets(.publish("t", "0"), .publish("t", "1", qos: 1, id: 1), .publish("t", "2", qos: 2, id: 2))
            w.gets(.publish("will", "gone", qos: 1, id: 3))
            let late = s.connected("late")
            late.subscribes("t", 0)
            late.gets(.publish("t", "1", retain: true))
        },
        row("3.1 failure", "SUBACK knows 0x80 there too: without it a client would wait for messages that never come") {
            s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("a#", 1), ("b", 1)))
            a.gets(.suback(1, 0x8F, 1))
        },
        row("3.1 length", "a length of five bytes ends the connection") { s in
            let a = s.connected("a")
            a.sends(.hex("30 80 80 80 80 01"))
            a.closes()
        },
    ].map { $0.spoken(.v31) }
}
