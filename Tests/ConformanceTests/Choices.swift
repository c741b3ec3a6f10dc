import MQTTServer
import Testing

/// What the specifications leave to the server, or say without a number: docs/mqtt.md names each choice.
enum Choices {
    static let rows: [Row] = [
        row("non-characters", "U+FFFE, U+FFFF, U+FDD0 and control characters are let through [5.0 §1.5.4 SHOULD NOT]") {
            s in
            let a = s.connected("a")
            a.subscribes("#")
            let p = s.connected("p")
            for topic in [
                .hex("61 EF BF BE"), .hex("61 EF BF BF"), .hex("EF B7 90"), "a\u{1}b", "\u{7F}", "\u{9F}", "\u{10FFFF}",
            ] as [Text] {
                p.publishes(topic, "x")
                a.gets(.publish(topic, "x"))
            }
        },
        row("payload format", "a payload that says it is UTF-8 is not looked at [5.0 §3.3.2.3.2 MAY]; 2 is no format") {
            s in
            let a = s.connected("a")
            a.subscribes("t")
            let p = s.connected("p")
            p.sends(.hex("30 08 0001't' 02 0101 C0AF"))
            a.gets(.hex("30 08 0001't' 02 0101 C0AF"))
            p.sends(.publish("t", with: .payloadFormat(2)))
            p.isThrownOut(0x82)
        },
        row("$ topics", "topics that start with $ are ordinary ones, for whoever names them [5.0 §4.7.2 SHOULD]") { s in
            let a = s.connected("a")
            a.subscribes("$mine/#")
            s.connected("p").publishes("$mine/x", "x")
            a.gets(.publish("$mine/x", "x"))
        },
        row("empty levels", "an empty level is a level: /a, a/ and a differ [5.0 §4.7.3]") { s in
            let a = s.connected("a")
            for filter in ["/a", "/", "+/+/+"] as [Text] { a.subscribes(filter) }
            let p = s.connected("p")
            for topic in ["a", "/a", "a/", "/", "//"] as [Text] { p.publishes(topic, "x") }
            a.gets(.publish("/a", "x"), .publish("/", "x"), .publish("//", "x"))
            a.getsNothing()
        },
        row(
            "will at takeover",
            "a will without a delay is published when another connection takes the name [5.0 §3.1.3.2.2]"
        ) { s in
            let w = s.connected("w")
            w.subscribes("will")
            let a = s.connected("a", keeps: true, will: .init(topic: "will"))
            _ = s.connected("a", keeps: true, finds: true)
            a.isThrownOut(0x8E)
            w.gets(.publish("will", "gone"))
        },
        row("will and session end", "a will with a delay is published when its session ends first [5.0 §3.1.3.2.2]") {
            s in
            let w = s.connected("w")
            w.subscribes("will")
            let will = Packet.Will(topic: "will", with: [.willDelay(1_000)])
            let a = s.opened("a")
            a.sends(.connect("a", expiry: 5, will: will))
            a.gets(.connack())
            a.vanishes()
            w.getsNothing(for: 3)
            w.gets(.publish("will", "gone"))
            s.connected("b", keeps: true, will: will).vanishes()
            _ = s.connected("b")  // Clean Start ends the session
            w.gets(.publish("will", "gone"))
        },
        row("will properties", "a will's own properties go with its message, its delay does not") { s in
            let w = s.connected("w")
            w.subscribes("will")
            let properties: [Property] = [.willDelay(0), .payloadFormat(1), .messageExpiry(60), .contentType("c")]
            let more: [Property] = [.responseTopic("r"), .correlation("d"), .user("n", "v")]
            s.connected("a", will: .init(topic: "will", with: properties + more)).vanishes()
            w.gets(
                .publish(
                    "will",
                    "gone",
                    with: .messageExpiry(60),
                    .payloadFormat(1),
                    .contentType("c"),
                    .responseTopic("r"),
                    .correlation("d"),
                    .user("n", "v")
                )
            )
        },
        row("expiry for ever", "a session with expiry FFFFFFFF does not end [5.0 §3.1.2.11.2]") { s in
            let a = s.opened("a")
            a.sends(.connect("a", expiry: .max))
            a.gets(.connack())
            a.vanishes()
            s.passes(seconds: 86_400)
            let again = s.opened("a")
            again.sends(.connect("a", clean: false, expiry: .max))
            again.gets(.connack(session: true))
        },
        row("expiry that is cut", "an expiry above the server's is cut, and CONNACK says so [5.0 §3.2.2.3.2]") { s in
            s.settings.maxExpiry = 60
            let a = s.opened("a")
            a.sends(.connect("a", expiry: 3_600))
            a.gets(.connack([.sessionExpiry(60)] + Property.limits))
            a.vanishes()
            s.passes(seconds: 61)
            let again = s.opened("a")
            again.sends(.connect("a", clean: false))
            again.gets(.connack(session: false))
        },
        row("expiry at DISCONNECT", "DISCONNECT may change an expiry, but not from 0 [5.0 §3.14.2.2.2]") { s in
            s.connected("a", keeps: true).leaves(.disconnect(0, with: .sessionExpiry(0)))
            let b = s.connected("a", keeps: true, finds: false)
            b.leaves(.disconnect(0, with: .sessionExpiry(10_000)))
            s.passes(seconds: 9_000)
            _ = s.connected("a", keeps: true, finds: true)
            let w = s.connected("w")
            w.subscribes("will")
            let c = s.connected("c", will: .init(topic: "will"))
            c.sends(.disconnect(0, with: .sessionExpiry(1)))
            c.isThrownOut(0x82)
            w.gets(.publish("will", "gone"))
        },
        row(
            "reasons in words",
            "with Request Problem Information 1, or without it, DISCONNECT says why [5.0 §3.1.2.11.7]"
        ) { s in
            let a = s.opened("a")
            a.sends(.hex("10 0E 0004'MQTT' 05 02 0000 00 0001'a'"))
            a.gets(.connack())
            a.sends(.hex("C0 01 00"))
            let got = a.next() ?? []
            s.expect(got.count > 20 && got.starts(with: [0xE0]) && got[2] == 0x81 && got[4] == 0x1F, "\(words(got))")
            a.closes()
        },
        row("no subscribers", "PUBACK and PUBREC say 0x10 when nobody was there [5.0 §3.4.2.1 MAY]") { s in
            let a = s.connected("a")
            a.sends(
                .publish("t", qos: 1, id: 1),
                .publish("t", qos: 2, id: 2),
                .publish("t", qos: 1, id: 3, retain: true)
            )
            a.gets(.puback(1, 0x10), .pubrec(2, 0x10), .puback(3))
        },
        row("identifier spaces", "the two directions, and requests and messages, do not share packet identifiers") {
            s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            s.connected("p").publishes("t", "x")
            a.gets(.publish("t", "x", qos: 1, id: 1))
            a.sends(.publish("u", qos: 2, id: 1), .subscribe(1, ("v", 0)), .puback(1))
            a.gets(.pubrec(1, 0x10), .suback(1, 0))
            a.sends(.pubrel(1))
            a.gets(.pubcomp(1))
        },
        row("shared and retained", "a shared subscription gets no retained messages [5.0 §4.8.2]") { s in
            s.connected("p").publishes("t", "kept", retain: true)
            let a = s.connected("a")
            a.subscribes("$share/g/t", 1)
            a.getsNothing()
        },
        row("shared and identifiers", "a shared subscription's identifier goes with its messages, beside others") { s in
            let a = s.connected("a")
            a.subscribes("$share/g/t", 1, with: [.subscription(5)])
            s.connected("p").publishes("t", "x")
            a.gets(.publish("t", "x", qos: 1, id: 1, with: .subscription(5)))
        },
        row("shared, one taker", "a message goes to one member of a group, and to every group [5.0 §4.8.2]") { s in
            let members = (0..<3).map { s.connected("m\($0)") }
            for member in members { member.subscribes("$share/g/t", 0) }
            let other = s.connected("other")
            other.subscribes("$share/h/t", 0)
            let p = s.connected("p")
            for number in 0..<6 {
                p.publishes("t", "\(number)")
                other.gets(.publish("t", "\(number)"))
            }
            s.passes(seconds: 1)
            let counts = members.map { $0.takeAll().count }
            s.expect(counts.reduce(0, +) == 6, "members got \(counts)")
        },
        row(
            "across versions",
            "a 3.1.1 subscriber gets what MQTT 5 publishes, without its properties, and no expired message"
        ) { s in
            let a = s.opened("a", .v311)
            a.sends(.connect("a", clean: false))
            a.gets(.connack())
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.sends(.publish("t", "1", qos: 1, id: 1, with: .contentType("c"), .user("n", "v"), .messageExpiry(9)))
            p.gets(.puback(1))
            a.gets(.publish("t", "1", qos: 1, id: 1))
            a.sends(.puback(1))
            a.leaves()
            p.sends(.publish("t", "2", qos: 1, id: 2, with: .messageExpiry(5)))
            p.gets(.puback(2))
            s.passes(seconds: 6)
            let again = s.opened("a", .v311)
            again.sends(.connect("a", clean: false))
            again.gets(.connack(session: true))
            again.getsNothing()
        },
        row("padded lengths", "3.1.1 does not ask for the shortest form of a length, so a longer one is taken there") {
            s in
            let a = s.connected("a", .v311)
            a.sends(.hex("C0 80 00"))
            a.gets(.pingresp)
            a.sends(.hex("C0 80 80 80 80 00"))  // but five bytes are none
            a.closes()
        },
        row("AUTH before 5", "packet type 15 is reserved in 3.1.1, and ends the connection") { s in
            for packet in ["F0 00", "F0 02 18 00"] {
                let a = s.connected("a", .v311)
                a.sends(.hex(packet))
                a.closes()
            }
        },
        row("more than the window", "3.1.1 knows no receive maximum: a client that has more under way is served") { s in
            s.settings.maxInflight = 2
            let a = s.connected("a", .v311)
            for id: UInt16 in 1...5 { a.sends(.publish("t", qos: 2, id: id)) }
            for id: UInt16 in 1...5 { a.gets(.pubrec(id)) }
            for id: UInt16 in 1...5 { a.sends(.pubrel(id)) }
            for id: UInt16 in 1...5 { a.gets(.pubcomp(id)) }
        },
        row("too slow", "who does not acknowledge is told 0x97 when its bytes are used up, and nobody else is harmed") {
            s in
            s.settings.maxQueuedBytes = 1_000
            let a = s.connected("a", with: [.receiveMaximum(1)])
            a.subscribes("t", 1)
            let p = s.connected("p")
            let text = String(repeating: "x", count: 100)
            for _ in 0..<15 { p.publishes("t", text) }
            a.gets(.publish("t", text, qos: 1, id: 1))
            a.isThrownOut(0x97)
            p.sends(.pingreq)
            p.gets(.pingresp)
        },
        row("bad filters", "a filter that breaks the rules fails alone: the other filters and the connection stand") {
            s in
            for wire in [Wire.v5, .v311] {
                let a = s.connected("a", wire)
                a.sends(.subscribe(1, ("a#", 1), ("good", 1)))
                a.gets(.suback(1, 0x8F, 1))
            }
        },
        row("deep filters", "a filter has 200 levels at most") { s in
            let a = s.connected("a")
            let deep = String(repeating: "/", count: 199)
            a.sends(.subscribe(1, (Text(Array(deep.utf8)), 1), (Text(Array(deep.utf8) + [0x2F]), 1)))
            a.gets(.suback(1, 1, 0x8F))
        },
        row("stopping", "a broker that stops says 0x8B, and publishes no wills") { s in
            let w = s.connected("w", .v311)
            w.subscribes("will")
            let a = s.connected("a", will: .init(topic: "will"))
            s.shutsDown()
            a.isThrownOut(0x8B)
            w.closes()
        },
    ]
}
