import Testing

/// MQTT 5.0, chapters 1 and 2: strings, numbers, fixed headers, packet identifiers, properties.
enum V5Data {
    static let rows: [Row] = [
        row("MQTT-1.5.4-1", "a string is well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF") {
            s in
            for topic in [
                "ED A0 80", "ED BF BF", "C0 AF", "E0 80 AF", "F0 80 80 AF", "F4 90 80 80", "FF", "61 C3", "80",
            ] {
                let a = s.connected("a")
                a.sends(.publish(.hex(topic)))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-1.5.4-2", "a string has no U+0000") { s in
            let a = s.connected("a")
            a.sends(.publish(.hex("61 00 62")))
            a.isThrownOut(0x81)
            let b = s.connected("b")
            b.sends(.subscribe(1, (.hex("61 00"), 0)))
            b.isThrownOut(0x81)
        },
        row("MQTT-1.5.4-3", "EF BB BF is U+FEFF wherever it stands, and is not taken off") { s in
            let a = s.connected("a")
            a.subscribes(.hex("EF BB BF 't'"))
            let b = s.connected("b")
            b.subscribes("t")
            s.connected("p").publishes(.hex("EF BB BF 't'"))
            a.gets(.publish(.hex("EF BB BF 't'")))
            b.getsNothing()
        },
        row("MQTT-1.5.5-1", "a variable byte integer takes no more bytes than it needs") { s in
            let a = s.connected("a")
            a.subscribes("t", with: [.subscription(128)])
            s.connected("p").publishes("t", "x")
            a.gets(.hex("30 08 0001't' 03 0B 80 01 'x'"))
            a.sends(.hex("C0 80 00"))  // a PINGREQ whose length 0 is written in two bytes
            a.isThrownOut(0x81)
            let b = s.connected("b")
            b.sends(.hex("30 06 0001't' 80 00 'x'"))  // a property length
            b.isThrownOut(0x81)
            let c = s.connected("c")
            c.sends(.hex("82 0A 0001 03 0B 81 00 0001't' 00"))  // a subscription identifier
            c.isThrownOut(0x81)
        },
        row("MQTT-1.5.7-1", "both halves of a string pair are strings") { s in
            for property in [Property.user(.hex("C0"), "v"), .user("n", .hex("00"))] {
                let a = s.connected("a")
                a.sends(.publish("t", with: property))
                a.isThrownOut(0x81)
                let b = s.connected("b")
                b.sends(.subscribe(1, ("t", 0), with: property))
                b.isThrownOut(0x81)
            }
        },
        row("MQTT-2.1.3-1", "reserved flags of the fixed header have the values that the table lists") { s in
            let packets = [
                "41 02 0001", "48 02 0001", "51 02 0001", "60 02 0001", "63 02 0001", "72 02 0001", "83 02 0001",
                "A3 02 0001",
                "C1 00", "C8 00", "E1 00", "E2 00", "F1 00",
            ]
            for packet in packets {
                let a = s.connected("a")
                a.sends(.hex(packet))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-2.2.1-2", "a PUBLISH of QoS 0 has no packet identifier") { s in
            let a = s.connected("a")
            a.subscribes("t", 2)
            s.connected("p").publishes("t", "x", qos: 0)
            a.gets(.publish("t", "x"))
        },
        client("MQTT-2.2.1-3", "a client's new packet has an identifier that is not 0 and not in use") { s in
            for packet in [
                Packet.publish("t", qos: 1, id: 0), .subscribe(0, ("t", 0)), .unsubscribe(0, "t"), .puback(0),
            ] {
                let a = s.connected("a")
                a.sends(packet)
                a.isThrownOut(0x82)
            }
            // One that is in use at QoS 2 cannot be told from a repetition, and is taken as one.
            let a = s.connected("a")
            a.subscribes("t")
            a.sends(.publish("t", "first", qos: 2, id: 7))
            a.getsInAnyOrder(.pubrec(7), .publish("t", "first"))
            a.sends(.publish("t", "second", qos: 2, id: 7))
            a.gets(.pubrec(7))
            a.getsNothing()
        },
        row("MQTT-2.2.1-4", "the server's new PUBLISH has an identifier that is not 0 and not in use") { s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            let p = s.connected("p")
            for number in 1...3 { p.publishes("t", "\(number)") }
            a.gets(
                .publish("t", "1", qos: 1, id: 1),
                .publish("t", "2", qos: 1, id: 2),
                .publish("t", "3", qos: 1, id: 3)
            )
            a.sends(.puback(2))
            p.publishes("t", "4")
            a.gets(.publish("t", "4", qos: 1, id: 4))
        },
        row("MQTT-2.2.1-5", "an acknowledgement has the identifier of its PUBLISH") { s in
            let a = s.connected("a")
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.sends(.publish("t", qos: 1, id: 0x1234))
            p.gets(.puback(0x1234))
            p.sends(.publish("t", qos: 2, id: 0xFFFF))
            p.gets(.pubrec(0xFFFF))
            p.sends(.pubrel(0xFFFF))
            p.gets(.pubcomp(0xFFFF))
            a.gets(.publish("t", qos: 1, id: 1), .publish("t", qos: 2, id: 2))
            a.sends(.puback(1), .pubrec(2))
            a.gets(.pubrel(2))
        },
        row("MQTT-2.2.1-6", "SUBACK and UNSUBACK have the identifier of their request") { s in
            let a = s.connected("a")
            a.sends(.subscribe(0xABCD, ("t", 0)))
            a.gets(.suback(0xABCD, 0))
            a.sends(.unsubscribe(0x0100, "t"))
            a.gets(.unsuback(0x0100, 0))
        },
        row("MQTT-2.2.2-1", "no properties are a property length of 0, which is not left out") { s in
            let a = s.connected("a")
            a.subscribes("t")
            s.connected("p").publishes("t", "x")
            a.gets(.hex("30 05 0001't' 00 'x'"))
            a.sends(.hex("30 03 0001't'"))
            a.isThrownOut(0x81)
            let b = s.opened("b")
            b.sends(.hex("10 0A 0004'MQTT' 05 02 0000"))
            b.isRefused(0x81)
        },
    ]
}
