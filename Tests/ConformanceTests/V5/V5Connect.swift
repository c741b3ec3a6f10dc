import MQTTServer
import Testing

/// MQTT 5.0, §3.1.0 and §3.1.2: CONNECT up to its payload.
enum V5Connect {
    static let rows: [Row] = [
        row("MQTT-3.1.0-1", "the first packet of a connection is CONNECT") { s in
            for packet in [
                Packet.pingreq, .publish("t"), .subscribe(1, ("t", 0)), .disconnect(), .hex("20 02 00 00"),
                .hex("00 00"),
            ] {
                let a = s.opened()
                a.sends(packet)
                a.closes()
            }
        },
        row("MQTT-3.1.0-2", "a second CONNECT is a protocol error and ends the connection") { s in
            let a = s.connected("a")
            a.sends(.connect("a"))
            a.isThrownOut(0x82)
        },
        row("MQTT-3.1.2-1", "the protocol name is MQTT; another is refused with 0x84 and closed") { s in
            for name in ["'MQTX'", "'mqtt'", "'HTTP'"] {
                let a = s.opened()
                a.sends(.hex("10 0D 0004 \(name) 05 02 0000 00 0000"))
                a.isRefused(0x84)
            }
        },
        row("MQTT-3.1.2-2", "a version that is not served is refused with 0x84 and closed") { s in
            for level in ["06", "07", "FF"] {
                let a = s.opened()
                a.sends(.hex("10 0D 0004'MQTT' \(level) 02 0000 00 0000"))
                a.isRefused(0x84)
            }
            let b = s.opened("b")
            b.sends(.hex("10 0C 0004'MQTT' 03 02 0000 0000"))  // 3.1 has another name
            b.gets(.hex("20 02 00 01"))
            b.closes()
        },
        row("MQTT-3.1.2-3", "the reserved connect flag is 0") { s in
            let a = s.opened()
            a.sends(.hex("10 0E 0004'MQTT' 05 03 0000 00 0001'a'"))
            a.isRefused(0x81)
        },
        row("MQTT-3.1.2-4", "with Clean Start 1 an existing session is thrown away") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.leaves()
            let again = s.connected("a")
            s.connected("p").publishes("t")
            again.getsNothing()
        },
        row("MQTT-3.1.2-5", "with Clean Start 0 an existing session goes on") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.vanishes()
            s.connected("p").publishes("t", "missed")
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "missed", qos: 1, id: 1))
        },
        row("MQTT-3.1.2-6", "with Clean Start 0 and no session there is a new one") { s in
            let a = s.connected("a", keeps: true, finds: false)
            a.subscribes("t", 1)
            s.connected("p").publishes("t")
            a.gets(.publish("t", qos: 1, id: 1))
        },
        row("MQTT-3.1.2-7", "a will is kept with the session") { s in
            let w = s.connected("w")
            w.subscribes("will")
            let a = s.connected("a", will: .init(topic: "will"))
            w.getsNothing(for: 30)
            a.vanishes()
            w.gets(.publish("will", "gone"))
        },
        row(
            "MQTT-3.1.2-8",
            "a will is published after the close and its delay, unless a DISCONNECT 0x00 or a return came first"
        ) { s in
            let w = s.connected("w")
            w.subscribes("will")
            let will = Packet.Will(topic: "will", with: [.willDelay(5)])
            s.connected("a", keeps: true, will: will).vanishes()
            w.getsNothing(for: 3)
            w.gets(.publish("will", "gone"))
            let again = s.connected("a", keeps: true, will: will, finds: true)
            again.vanishes()
            let third = s.connected("a", keeps: true, will: will, finds: true)
            w.getsNothing(for: 10)
            third.leaves()
            w.getsNothing(for: 10)
            for reason: UInt8 in [0x04, 0x80, 0x81, 0x98] {
                s.connected("b", will: .init(topic: "will", payload: "\(reason)")).leaves(.disconnect(reason))
                w.gets(.publish("will", "\(reason)"))
            }
        },
        row("MQTT-3.1.2-9", "with Will Flag 1 the payload has will properties, topic and payload") { s in
            for rest in ["", "00", "00 0001't'", "00 0001't' 0005'gone'"] {
                let length = ["": "0E", "00": "0F", "00 0001't'": "12", "00 0001't' 0005'gone'": "18"][rest] ?? ""
                let a = s.opened()
                a.sends(.hex("10 \(length) 0004'MQTT' 05 06 0000 00 0001'a' \(rest)"))
                a.isRefused(0x81)
            }
        },
        row("MQTT-3.1.2-10", "a will is forgotten once it was published, or after DISCONNECT 0x00") { s in
            let w = s.connected("w")
            w.subscribes("will")
            s.connected("a", keeps: true, will: .init(topic: "will")).vanishes()
            w.gets(.publish("will", "gone"))
            s.connected("a", keeps: true, finds: true).vanishes()
            w.getsNothing(for: 10)
            s.connected("a", keeps: true, will: .init(topic: "will"), finds: true).leaves()
            s.connected("a", keeps: true, finds: true).vanishes()
            w.getsNothing(for: 10)
        },
        client("MQTT-3.1.2-11", "with Will Flag 0 the will's QoS is 0") { s in
            for flags in ["0A", "12"] {
                let a = s.opened()
                a.sends(.hex("10 0E 0004'MQTT' 05 \(flags) 0000 00 0001'a'"))
                a.isRefused(0x81)
            }
        },
        row("MQTT-3.1.2-12", "a will's QoS is 0, 1 or 2; 3 is malformed") { s in
            let w = s.connected("w")
            w.subscribes("will", 2)
            s.connected("a", will: .init(topic: "will", qos: 0)).vanishes()
            s.connected("b", will: .init(topic: "will", qos: 1)).vanishes()
            s.connected("c", will: .init(topic: "will", qos: 2)).vanishes()
            w.gets(
                .publish("will", "gone"),
                .publish("will", "gone", qos: 1, id: 1),
                .publish("will", "gone", qos: 2, id: 2)
            )
            let d = s.opened()
            d.sends(.hex("10 17 0004'MQTT' 05 1E 0000 00 0001'a' 00 0001't' 0003'abc'"))
            d.isRefused(0x81)
        },
        client("MQTT-3.1.2-13", "with Will Flag 0 Will Retain is 0") { s in
            let a = s.opened()
            a.sends(.hex("10 0E 0004'MQTT' 05 22 0000 00 0001'a'"))
            a.isRefused(0x81)
        },
        row("MQTT-3.1.2-14", "a will without Will Retain is not retained") { s in
            let w = s.connected("w")
            w.subscribes("will")
            s.connected("a", will: .init(topic: "will")).vanishes()
            w.gets(.publish("will", "gone"))
            let late = s.connected("late")
            late.subscribes("will")
            late.getsNothing()
        },
        row("MQTT-3.1.2-15", "a will with Will Retain is retained") { s in
            s.connected("a", will: .init(topic: "will", qos: 1, retain: true)).vanishes()
            let late = s.connected("late")
            late.subscribes("will", 1)
            late.gets(.publish("will", "gone", qos: 1, id: 1, retain: true))
        },
        row("MQTT-3.1.2-16", "with User Name Flag 0 there is no user name") { s in
            let a = s.opened()
            a.sends(.hex("10 11 0004'MQTT' 05 02 0000 00 0001'a' 0001'u'"))
            a.isRefused(0x81)
        },
        row("MQTT-3.1.2-17", "with User Name Flag 1 there is a user name") { s in
            s.opened("b").sends(.connect("b", user: "u"))
            let a = s.opened()
            a.sends(.hex("10 0E 0004'MQTT' 05 82 0000 00 0001'a'"))
            a.isRefused(0x81)
        },
        row("MQTT-3.1.2-18", "with Password Flag 0 there is no password") { s in
            let a = s.opened()
            a.sends(.hex("10 14 0004'MQTT' 05 82 0000 00 0001'a' 0001'u' 0001'p'"))
            a.isRefused(0x81)
        },
        row("MQTT-3.1.2-19", "with Password Flag 1 there is a password; in 5.0 no user name is needed for it") { s in
            let a = s.opened()
            a.sends(.hex("10 11 0004'MQTT' 05 C2 0000 00 0001'a' 0001'u'"))
            a.isRefused(0x81)
            let b = s.opened("b")
            b.sends(.connect("b", password: "p"))
            b.gets(.connack())
        },
        client("MQTT-3.1.2-20", "a client that has nothing to say sends PINGREQ in time") { s in
            let a = s.connected("a", keepAlive: 10)
            for _ in 0..<5 {
                s.passes(seconds: 9)
                a.sends(.pingreq)
                a.gets(.pingresp)
            }
            s.passes(seconds: 16)
            a.isThrownOut(0x8D)
        },
        row("MQTT-3.1.2-21", "a Server Keep Alive takes the place of the client's") { s in
            s.settings.maxKeepAlive = 4
            let a = s.opened("a")
            a.sends(.connect("a", keepAlive: 60))
            a.gets(.connack([.serverKeepAlive(4)] + Property.limits))
            a.getsNothing(for: 5)
            s.passes(seconds: 2)
            a.isThrownOut(0x8D)
        },
        row(
            "MQTT-3.1.2-22",
            "after one and a half keep-alives of silence the server closes as if the network had failed"
        ) { s in
            let w = s.connected("w")
            w.subscribes("will")
            let a = s.connected("a", keepAlive: 10, will: .init(topic: "will"))
            a.getsNothing(for: 14)
            s.passes(seconds: 2)
            a.isThrownOut(0x8D)
            w.gets(.publish("will", "gone"))
            s.connected("b", keepAlive: 0).getsNothing(for: 1_000)
        },
        row("MQTT-3.1.2-23", "a session with an expiry above 0 is kept when its connection ends") { s in
            for (number, expiry) in [UInt32(2), 3_600, .max].enumerated() {
                let a = s.opened("a")
                a.sends(.connect("a\(number)", expiry: expiry))
                a.gets(.connack())
                a.vanishes()
                let again = s.opened("a")
                again.sends(.connect("a\(number)", clean: false, expiry: expiry))
                again.gets(.connack(session: true))
            }
        },
        row("MQTT-3.1.2-24", "the server sends nothing above the client's Maximum Packet Size") { s in
            let a = s.connected("a", with: [.maximumPacketSize(24)])
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.publishes("t", String(repeating: "x", count: 16))  // a packet of 24 bytes
            a.gets(.publish("t", String(repeating: "x", count: 16), qos: 1, id: 1))
            p.publishes("t", String(repeating: "x", count: 17))
            p.publishes("t", String(repeating: "x", count: 19), qos: 0)
            a.getsNothing()
            // An answer that does not fit cannot be left out: the connection ends.
            a.sends(.subscribe(1, (0..<20).map { ("t\($0)", 0) }, []))
            a.isThrownOut(0x95)
            let b = s.opened("b")
            b.sends(.connect("b", with: [.maximumPacketSize(10)]))
            b.isRefused(0x95)
            let c = s.opened("c")
            c.sends(.connect("c", with: [.maximumPacketSize(0)]))
            c.isRefused(0x82)
        },
        row("MQTT-3.1.2-25", "a message that is too large is dropped, and counts as delivered") { s in
            let a = s.connected("a", with: [.maximumPacketSize(24), .receiveMaximum(1)])
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.publishes("t", String(repeating: "x", count: 100))
            p.publishes("t", "small")
            a.gets(.publish("t", "small", qos: 1, id: 2))
        },
        row("MQTT-3.1.2-26", "the server uses no topic alias above the client's maximum") { s in
            let a = s.connected("a", with: [.aliasMaximum(1)])
            a.subscribes("#")
            let p = s.connected("p")
            for topic in ["first", "first", "second", "first"] as [Text] { p.publishes(topic, "x") }
            a.gets(.publish("first", "x", with: .alias(1)), .publish("", "x", with: .alias(1)))
            a.gets(.publish("second", "x"), .publish("", "x", with: .alias(1)))
        },
        row("MQTT-3.1.2-27", "without a Topic Alias Maximum, or with 0, the server uses no alias") { s in
            let a = s.connected("a")
            a.subscribes("#")
            let b = s.connected("b", with: [.aliasMaximum(0)])
            b.subscribes("#")
            let p = s.connected("p")
            for _ in 0..<3 { p.publishes("topic", "x") }
            for peer in [a, b] { for _ in 0..<3 { peer.gets(.publish("topic", "x")) } }
        },
        row("MQTT-3.1.2-28", "with Request Response Information 0, or without it, there is no Response Information") {
            s in
            _ = s.connected("a", with: [.requestResponse(0)])
            _ = s.connected("b")
        },
        row("MQTT-3.1.2-29", "with Request Problem Information 0 no answer explains itself but CONNACK and DISCONNECT")
        { s in
            let a = s.connected("a")
            a.sends(.publish("t", qos: 1, id: 1), .pubrel(9), .pubrec(8))
            a.gets(.puback(1, 0x10), .pubcomp(9, 0x92), .pubrel(8, 0x92))
            a.sends(.subscribe(2, ("a#", 0)), .unsubscribe(3, "a#", "none"))
            a.gets(.suback(2, 0x8F), .unsuback(3, 0x8F, 0x11))
        },
        client(
            "MQTT-3.1.2-30",
            "a client that names an authentication method sends only AUTH and DISCONNECT before CONNACK"
        ) { s in
            s.authenticator = TwoSteps()
            let a = s.opened("a")
            a.sends(.connect("a", with: [.method("TWO-STEPS"), .data("one")]))
            a.gets(.auth(0x18, with: .method("TWO-STEPS"), .data("two?")))
            a.sends(.pingreq)
            a.isRefused(0x82)
        },
    ]
}
