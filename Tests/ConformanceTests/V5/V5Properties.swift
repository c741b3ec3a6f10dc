import Testing

/// MQTT 5.0, §3.3.2: PUBLISH's topic and properties.
enum V5Properties {
    static let rows: [Row] = [
        row("MQTT-3.3.2-1", "the topic name is there, first, and a string") { s in
            for packet in ["30 00", "30 01 00", "30 04 0005'ab'", "30 05 0002 C0AF 00", "30 06 0003 EDA080 00"] {
                let a = s.connected("a")
                a.sends(.hex(packet))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.3.2-2", "the topic name has no wildcard") { s in
            for topic in ["#", "+", "a/+/b", "a+", "a/b#"] as [Text] {
                let a = s.connected("a")
                a.sends(.publish(topic))
                a.isThrownOut(0x90)
            }
        },
        row("MQTT-3.3.2-3", "the topic name of what a subscriber gets matches its filter") { s in
            let a = s.connected("a")
            a.subscribes("a/+/c")
            let p = s.connected("p")
            for topic in ["a/b/c", "a/b", "a/b/c/d", "a//c", "b/b/c"] as [Text] { p.publishes(topic, "x") }
            a.gets(.publish("a/b/c", "x"), .publish("a//c", "x"))
            a.getsNothing()
        },
        row("MQTT-3.3.2-4", "the Payload Format Indicator is passed on unaltered") { s in
            let a = s.connected("a")
            a.subscribes("t")
            let p = s.connected("p")
            for value: UInt8 in [0, 1] {
                p.sends(.publish("t", "x", with: .payloadFormat(value)))
                a.gets(.publish("t", "x", with: .payloadFormat(value)))
            }
        },
        row("MQTT-3.3.2-5", "a message whose expiry has passed is not delivered any more") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.vanishes()
            let p = s.connected("p")
            p.sends(.publish("t", "short", qos: 1, id: 1, with: .messageExpiry(5)))
            p.sends(.publish("kept", "short", qos: 1, id: 2, retain: true, with: .messageExpiry(5)))
            p.gets(.puback(1), .puback(2))
            s.passes(seconds: 6)
            s.connected("a", keeps: true, finds: true).getsNothing()
            let late = s.connected("late")
            late.subscribes("kept")
            late.getsNothing()
        },
        row("MQTT-3.3.2-6", "the expiry that is passed on is what is left of it") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.vanishes()
            let p = s.connected("p")
            p.sends(.publish("t", "long", qos: 1, id: 1, retain: true, with: .messageExpiry(100)))
            p.gets(.puback(1))
            s.passes(seconds: 10)
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "long", qos: 1, id: 1, with: .messageExpiry(90)))
            s.passes(seconds: 20)
            let late = s.connected("late")
            late.subscribes("t")
            late.gets(.publish("t", "long", retain: true, with: .messageExpiry(70)))
            let live = s.connected("live")
            live.subscribes("u")
            p.sends(.publish("u", "now", with: .messageExpiry(100)))
            live.gets(.publish("u", "now", with: .messageExpiry(100)))
        },
        row("MQTT-3.3.2-7", "topic aliases end with their connection") { s in
            let a = s.connected("a", keeps: true)
            a.sends(.publish("t", with: .alias(1)))
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            again.sends(.publish("", with: .alias(1)))
            again.isThrownOut(0x82)
            let b = s.connected("b", keeps: true, with: [.aliasMaximum(1)])
            b.subscribes("topic")
            let p = s.connected("p")
            p.publishes("topic", "1")
            b.gets(.publish("topic", "1", with: .alias(1)))
            b.vanishes()
            let back = s.connected("b", keeps: true, with: [.aliasMaximum(1)], finds: true)
            p.publishes("topic", "2")
            back.gets(.publish("topic", "2", with: .alias(1)))
        },
        client("MQTT-3.3.2-8", "no Topic Alias is 0") { s in
            let a = s.connected("a")
            a.sends(.publish("t", with: .alias(0)))
            a.isThrownOut(0x94)
        },
        client("MQTT-3.3.2-9", "a client uses no Topic Alias above the server's maximum") { s in
            let a = s.connected("a")
            a.sends(.publish("t", with: .alias(0xFFFF)))
            a.isThrownOut(0x94)
        },
        client(
            "MQTT-3.3.2-10",
            "a client takes every alias up to its own maximum",
            unseen: "the server is not told what the client makes of an alias"
        ),
        row("MQTT-3.3.2-11", "the server uses no alias above the client's maximum") { s in
            let a = s.connected("a", with: [.aliasMaximum(2)])
            a.subscribes("#")
            let p = s.connected("p")
            for number in 1...4 { p.publishes("topic\(number)", "x") }
            a.gets(.publish("topic1", "x", with: .alias(1)), .publish("topic2", "x", with: .alias(2)))
            a.gets(.publish("topic3", "x"), .publish("topic4", "x"))
        },
        row("MQTT-3.3.2-12", "the server takes every alias from 1 to its maximum, and its new meaning") { s in
            let a = s.connected("a")
            a.subscribes("#")
            let p = s.connected("p")
            for alias: UInt16 in [1, 2, 63, 64] {
                p.sends(.publish("t\(alias)", "x", with: .alias(alias)), .publish("", "y", with: .alias(alias)))
                a.gets(.publish("t\(alias)", "x"), .publish("t\(alias)", "y"))
            }
            p.sends(.publish("other", "x", with: .alias(1)), .publish("", "y", with: .alias(1)))
            a.gets(.publish("other", "x"), .publish("other", "y"))
        },
        row("MQTT-3.3.2-13", "the Response Topic is a string") { s in
            let a = s.connected("a")
            a.sends(.publish("t", with: .responseTopic(.hex("C0 AF"))))
            a.isThrownOut(0x81)
            let b = s.opened("b")
            b.sends(.connect("b", will: .init(topic: "w", with: [.responseTopic(.hex("ED A0 80"))])))
            b.isRefused(0x81)
        },
        row("MQTT-3.3.2-14", "the Response Topic has no wildcard") { s in
            for topic in ["#", "a/+"] as [Text] {
                let a = s.connected("a")
                a.sends(.publish("t", with: .responseTopic(topic)))
                a.isThrownOut(0x82)
                let b = s.opened("b")
                b.sends(.connect("b", will: .init(topic: "w", with: [.responseTopic(topic)])))
                b.isRefused(0x82)
            }
        },
        row("MQTT-3.3.2-15", "the Response Topic is passed on unaltered") { s in
            let a = s.connected("a")
            a.subscribes("t")
            s.connected("p").sends(.publish("t", "x", with: .responseTopic("answers/é")))
            a.gets(.publish("t", "x", with: .responseTopic("answers/é")))
        },
        row("MQTT-3.3.2-16", "Correlation Data is passed on unaltered") { s in
            let a = s.connected("a")
            a.subscribes("t")
            let p = s.connected("p")
            for data in ["00 FF C0 AF", ""] {
                p.sends(.publish("t", "x", with: .responseTopic("r"), .correlation(.hex(data))))
                a.gets(.publish("t", "x", with: .responseTopic("r"), .correlation(.hex(data))))
            }
        },
        row("MQTT-3.3.2-17", "User Properties are passed on unaltered, to those who come later too") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.vanishes()
            let p = s.connected("p")
            p.sends(.publish("t", "x", qos: 1, id: 1, retain: true, with: .user("name", "värde"), .user("", "")))
            p.gets(.puback(1))
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "x", qos: 1, id: 1, with: .user("name", "värde"), .user("", "")))
            let late = s.connected("late")
            late.subscribes("t")
            late.gets(.publish("t", "x", retain: true, with: .user("name", "värde"), .user("", "")))
        },
        row("MQTT-3.3.2-18", "User Properties keep their order") { s in
            let a = s.connected("a")
            a.subscribes("t")
            s.connected("p").sends(
                .publish(
                    "t",
                    "x",
                    with: .user("b", "2"),
                    .contentType("c"),
                    .user("a", "1"),
                    .alias(3),
                    .user("b", "2")
                )
            )
            a.gets(.publish("t", "x", with: .user("b", "2"), .contentType("c"), .user("a", "1"), .user("b", "2")))
        },
        row("MQTT-3.3.2-19", "the Content Type is a string") { s in
            let a = s.connected("a")
            a.sends(.publish("t", with: .contentType(.hex("C0 AF"))))
            a.isThrownOut(0x81)
        },
        row("MQTT-3.3.2-20", "the Content Type is passed on unaltered") { s in
            let a = s.connected("a")
            a.subscribes("t")
            s.connected("p").sends(.publish("t", "x", with: .contentType("text/plain; charset=utf-8")))
            a.gets(.publish("t", "x", with: .contentType("text/plain; charset=utf-8")))
        },
    ]
}
