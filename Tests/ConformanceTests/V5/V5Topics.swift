import Testing

/// MQTT 5.0, §4.7 to §4.9: topics, shared subscriptions, flow control.
enum V5Topics {
    static let rows: [Row] = [
        row("MQTT-4.7.0-1", "wildcards stand in filters, never in a topic name") { s in
            let a = s.connected("a")
            a.subscribes("a/+/#")
            let p = s.connected("p")
            p.sends(.publish("a/b/#"))
            p.isThrownOut(0x90)
            a.getsNothing()
        },
        row("MQTT-4.7.1-1", "# is a whole level, and the last one") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("#", 0), ("a/#", 0), ("a#", 0), ("#/a", 0), ("a/#/b", 0), ("##", 0), ("/#", 0)))
            a.gets(.suback(1, 0, 0, 0x8F, 0x8F, 0x8F, 0x8F, 0))
            let b = s.connected("b")
            b.subscribes("a/#")
            let p = s.connected("p")
            for topic in ["a", "a/", "a/b/c", "ab", "/a"] as [Text] { p.publishes(topic, "x") }
            b.gets(.publish("a", "x"), .publish("a/", "x"), .publish("a/b/c", "x"))
            b.getsNothing()
        },
        row("MQTT-4.7.1-2", "+ is a whole level, anywhere") { s in
            let a = s.connected("a")
            a.sends(
                .subscribe(
                    1,
                    ("+", 0),
                    ("+/a", 0),
                    ("/+", 0),
                    ("a+", 0),
                    ("+a", 0),
                    ("a/+b/c", 0),
                    ("++", 0),
                    ("+/+/#", 0)
                )
            )
            a.gets(.suback(1, 0, 0, 0, 0x8F, 0x8F, 0x8F, 0x8F, 0))
            let b = s.connected("b")
            b.subscribes("a/+")
            let p = s.connected("p")
            for topic in ["a", "a/", "a/b", "a/b/c", "/b"] as [Text] { p.publishes(topic, "x") }
            b.gets(.publish("a/", "x"), .publish("a/b", "x"))
            b.getsNothing()
        },
        row("MQTT-4.7.2-1", "a filter that starts with a wildcard takes no topic that starts with $") { s in
            let p = s.connected("p")
            p.publishes("$mine/a", "kept", retain: true)
            let a = s.connected("a")
            for filter in ["#", "+/a", "+/#"] as [Text] { a.subscribes(filter) }
            let b = s.connected("b")
            b.subscribes("$mine/+")
            b.gets(.publish("$mine/a", "kept", retain: true))
            p.publishes("$mine/a", "x")
            b.gets(.publish("$mine/a", "x"))
            a.getsNothing()
        },
        row("MQTT-4.7.3-1", "topic names and filters have at least one character") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("", 0)), .unsubscribe(2, ""))
            a.gets(.suback(1, 0x8F), .unsuback(2, 0x8F))
            a.sends(.publish(""))
            a.isThrownOut(0x82)
        },
        row("MQTT-4.7.3-2", "topic names and filters have no U+0000") { s in
            for packet in [
                Packet.publish(.hex("00")), .subscribe(1, (.hex("00"), 0)), .unsubscribe(1, .hex("61 2F 00")),
            ] {
                let a = s.connected("a")
                a.sends(packet)
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-4.7.3-3", "topic names and filters have at most 65,535 bytes") { s in
            let longest = Text(Array(repeating: UInt8(ascii: "x"), count: 65_535))
            let a = s.connected("a")
            a.subscribes(longest)
            s.connected("p").publishes(longest, "x")
            a.gets(.publish(longest, "x"))
        },
        row("MQTT-4.7.3-4", "matching neither normalizes nor replaces anything") { s in
            let a = s.connected("a")
            let composed = Text.hex("C3 A9")  // é
            let decomposed = Text.hex("65 CC 81")  // e and an accent
            a.subscribes(composed)
            a.subscribes("a//b")
            let p = s.connected("p")
            for topic in [decomposed, "É", "a/b", "A//b", "a//b/", composed, "a//b"] { p.publishes(topic, "x") }
            a.gets(.publish(composed, "x"), .publish("a//b", "x"))
            a.getsNothing()
        },
        row("MQTT-4.8.2-1", "a shared filter starts with $share/ and a name of at least one character") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("$share/g/t", 1), ("$share//t", 1), ("$share", 1), ("$share/", 1), ("$share//", 1)))
            a.gets(.suback(1, 1, 0x8F, 0x8F, 0x8F, 0x8F))
            a.sends(.subscribe(2, ("$SHARE/g/t", 0), ("$shared/g/t", 0)))  // these are ordinary filters
            a.gets(.suback(2, 0, 0))
            s.connected("p").publishes("t", "x")
            a.gets(.publish("t", "x", qos: 1, id: 1))
            a.getsNothing()
        },
        row("MQTT-4.8.2-2", "the name has no /, + or #, and a / and a filter follow it") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("$share/a+/t", 0), ("$share/+/t", 0), ("$share/a#/t", 0), ("$share/#", 0)))
            a.gets(.suback(1, 0x8F, 0x8F, 0x8F, 0x8F))
            a.sends(.subscribe(2, ("$share/g", 0), ("$share/g/", 0), ("$share/g/a#", 0), ("$share/g//", 0)))
            a.gets(.suback(2, 0x8F, 0x8F, 0x8F, 0))
        },
        row("MQTT-4.8.2-3", "each member gets messages at the QoS that it was granted") { s in
            let a = s.connected("a")
            a.subscribes("$share/g/t", 0)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 2)
            a.gets(.publish("t", "1"))
            a.subscribes("$share/g/t", 1)
            p.publishes("t", "2", qos: 2)
            a.gets(.publish("t", "2", qos: 1, id: 1))
            a.sends(.puback(1))
            a.subscribes("$share/g/t", 2)
            p.publishes("t", "3", qos: 2)
            a.gets(.publish("t", "3", qos: 2, id: 2))
        },
        row("MQTT-4.8.2-4", "what was begun at QoS 2 with a member is finished with it when it is back") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("$share/g/t", 2)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.publish("t", "x", qos: 2, id: 1))
            let b = s.connected("b")
            b.subscribes("$share/g/t", 2)
            a.vanishes()
            b.getsNothing()
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "x", qos: 2, id: 1, dup: true))
            again.sends(.pubrec(1))
            again.gets(.pubrel(1))
            again.sends(.pubcomp(1))
            b.getsNothing()
        },
        row("MQTT-4.8.2-5", "and if its session ends before that, the message goes to nobody else") { s in
            let a = s.connected("a")
            a.subscribes("$share/g/t", 2)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.publish("t", "x", qos: 2, id: 1))
            let b = s.connected("b")
            b.subscribes("$share/g/t", 2)
            a.vanishes()
            b.getsNothing()
        },
        row(
            "MQTT-4.8.2-6",
            "a message that a member refuses, with PUBACK or PUBREC of 0x80 or above, goes to nobody else"
        ) { s in
            let a = s.connected("a")
            a.subscribes("$share/g/t", 2)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 1)
            p.publishes("t", "2", qos: 2)
            a.gets(.publish("t", "1", qos: 1, id: 1), .publish("t", "2", qos: 2, id: 2))
            let b = s.connected("b")
            b.subscribes("$share/g/t", 2)
            a.sends(.puback(1, 0x83), .pubrec(2, 0x83))
            a.getsNothing()
            a.vanishes()
            b.getsNothing()
        },
        row("MQTT-4.9.0-1", "the first send quota is the Receive Maximum at most, and not 0") { s in
            let a = s.connected("a", with: [.receiveMaximum(1)])
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.publishes("t", "1")
            p.publishes("t", "2")
            a.gets(.publish("t", "1", qos: 1, id: 1))
            a.getsNothing()
            let b = s.opened("b")
            b.sends(.connect("b", with: [.receiveMaximum(0)]))
            b.isRefused(0x82)
        },
        row(
            "MQTT-4.9.0-2",
            "each PUBLISH above QoS 0 takes from it, and at 0 none is sent; it does not grow beyond its start"
        ) { s in
            let a = s.connected("a", with: [.receiveMaximum(2)])
            a.subscribes("t", 1)
            a.sends(.puback(1), .puback(2), .pubcomp(3))  // answers to nothing give nothing
            s.passes(seconds: 1)
            let p = s.connected("p")
            for number in 1...4 { p.publishes("t", "\(number)") }
            a.gets(.publish("t", "1", qos: 1, id: 1), .publish("t", "2", qos: 1, id: 2))
            a.getsNothing()
            a.sends(.puback(1), .puback(1))
            a.gets(.publish("t", "3", qos: 1, id: 3))
            a.getsNothing()
        },
        row("MQTT-4.9.0-3", "with a quota of 0 every other packet is taken and answered") { s in
            let a = s.connected("a", with: [.receiveMaximum(1)])
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 2)
            p.publishes("t", "2", qos: 2)
            a.gets(.publish("t", "1", qos: 2, id: 1))
            a.sends(.pingreq, .subscribe(7, ("u", 0)), .publish("v", qos: 2, id: 8), .pubrec(1))
            a.gets(.pingresp, .suback(7, 0), .pubrec(8, 0x10), .pubrel(1))
            a.sends(.pubcomp(1))
            a.gets(.publish("t", "2", qos: 2, id: 2))
        },
    ]
}
