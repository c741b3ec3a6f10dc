import Testing

/// MQTT 5.0, §3.1.3 and §3.1.4: CONNECT's payload, and what the server does about it.
enum V5Payload {
    static let rows: [Row] = [
        row("MQTT-3.1.3-1", "the payload's fields stand in their order: identifier, will, user name, password") { s in
            s.authenticator = OnlyUser(name: "user", password: "secret")
            let w = s.opened("w")
            w.sends(.connect("w", user: "user", password: "secret"))
            w.gets(.connack())
            w.subscribes("will")
            let a = s.opened("a")
            a.sends(.connect("a", will: .init(topic: "will", payload: "last words"), user: "user", password: "secret"))
            a.gets(.connack())
            a.vanishes()
            w.gets(.publish("will", "last words"))
        },
        row("MQTT-3.1.3-2", "the client identifier names the session") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.leaves()
            _ = s.connected("A", keeps: true, finds: false)
            _ = s.connected("a ", keeps: true, finds: false)
            _ = s.connected("a", keeps: true, finds: true)
        },
        row("MQTT-3.1.3-3", "the client identifier is there, and first") { s in
            let a = s.opened()
            a.sends(.hex("10 0B 0004'MQTT' 05 02 0000 00"))
            a.isRefused(0x81)
        },
        row("MQTT-3.1.3-4", "the client identifier is a string") { s in
            for name in ["C0 AF", "ED A0 80", "61 00"] {
                let a = s.opened()
                a.sends(.connect(.hex(name)))
                a.isRefused(0x81)
            }
        },
        row("MQTT-3.1.3-5", "identifiers of 1 to 23 letters and digits are taken") { s in
            for name in ["x", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ0123456"] as [Text]
            {
                _ = s.connected(name)
            }
        },
        row("MQTT-3.1.3-6", "a client without an identifier is given one of its own") { s in
            let names = (0..<2).map { _ in assignedIdentifier(s) }
            s.expect(
                names[0] != names[1] && !names[0].isEmpty,
                "two identifiers: \(words(names[0])), \(words(names[1]))"
            )
        },
        row("MQTT-3.1.3-7", "CONNACK names the given identifier, and it is the client's from then on") { s in
            let a = s.opened("a")
            a.sends(.connect("", expiry: 60))
            let name = assigned(in: a.next(), s)
            a.subscribes("t", 1)
            a.vanishes()
            let again = s.opened("a")
            again.sends(.connect(Text(name), clean: false, expiry: 60))
            again.gets(.connack(session: true))
        },
        row("MQTT-3.1.3-8", "a rejected identifier is told 0x85 and closed; no string is rejected, however long") { s in
            _ = s.connected(Text(Array(repeating: UInt8(ascii: "x"), count: 65_535)))
            _ = s.connected(.hex("' /+#$' 01 EF BF BE"))
        },
        row("MQTT-3.1.3-9", "a client that is back within the Will Delay Interval has no will published") { s in
            let w = s.connected("w")
            w.subscribes("will")
            s.connected("a", keeps: true, will: .init(topic: "will", with: [.willDelay(5)])).vanishes()
            _ = s.connected("a", keeps: true, finds: true)
            w.getsNothing(for: 20)
        },
        row("MQTT-3.1.3-10", "a will's user properties keep their order") { s in
            let w = s.connected("w")
            w.subscribes("will")
            let properties: [Property] = [.user("b", "1"), .user("a", "2"), .user("b", "1"), .user("", "")]
            s.connected("a", will: .init(topic: "will", with: properties)).vanishes()
            w.gets(
                .publish("will", "gone", with: .user("b", "1"), .user("a", "2"), .user("b", "1"), .user("", ""))
            )
        },
        row("MQTT-3.1.3-11", "the will topic is a string") { s in
            for topic in ["C0 AF", "ED A0 80", "61 00"] {
                let a = s.opened()
                a.sends(.connect("a", will: .init(topic: .hex(topic))))
                a.isRefused(0x81)
            }
        },
        row("MQTT-3.1.3-12", "the user name is a string") { s in
            for name in ["C0 AF", "ED A0 80", "61 00"] {
                let a = s.opened()
                a.sends(.connect("a", user: .hex(name), password: "p"))
                a.isRefused(0x81)
            }
        },
        row("MQTT-3.1.4-1", "a CONNECT of another form ends the connection") { s in
            for packet in [
                "10 0F 0004'MQTT' 05 02 0000 00 0001'a' 00",  // a byte too many
                "10 08 0004'MQTT' 05 02",  // an end too early
                "10 10 0004'MQTT' 05 02 0000 02 1F00 0001'a'",  // a property that CONNECT does not have
                "10 10 0004'MQTT' 05 02 0000 02 7F00 0001'a'",  // one that nobody has
            ] {
                let a = s.opened()
                a.sends(.hex(packet))
                a.isRefused(0x81)
            }
            for properties in [
                [Property.receiveMaximum(0)], [.receiveMaximum(1), .receiveMaximum(1)], [.requestResponse(2)],
            ] {
                let a = s.opened()
                a.sends(.connect("a", with: properties))
                a.isRefused(0x82)
            }
        },
        row("MQTT-3.1.4-2", "a client that may not connect is told why, and closed") { s in
            s.authenticator = OnlyUser(name: "user", password: "secret")
            let a = s.opened("a")
            a.sends(.connect("a", user: "user", password: "wrong"))
            a.isRefused(0x86, v3: 4)
            let b = s.opened("b")
            b.sends(.connect("b"))
            b.isRefused(0x87, v3: 5)
        },
        row("MQTT-3.1.4-3", "a client that is connected already is told 0x8E, and closed") { s in
            let a = s.connected("a")
            _ = s.connected("a")
            a.isThrownOut(0x8E)
        },
        row("MQTT-3.1.4-4", "Clean Start is looked at for a client that is still connected, too") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            let b = s.connected("a", keeps: true, finds: true)
            a.isThrownOut(0x8E)
            let p = s.connected("p")
            p.publishes("t", "1")
            b.gets(.publish("t", "1", qos: 1, id: 1))
            let c = s.connected("a")
            b.isThrownOut(0x8E)
            p.publishes("t", "2")
            c.getsNothing()
        },
        row("MQTT-3.1.4-5", "a CONNECT that is in order is answered with CONNACK 0x00") { s in
            _ = s.connected("a")
        },
        row("MQTT-3.1.4-6", "nothing that follows a rejected CONNECT is looked at") { s in
            let w = s.connected("w")
            w.subscribes("#")
            let a = s.opened()
            a.sends(.hex("10 0E 0004'MQTT' 05 03 0000 00 0001'a'"), .publish("t", retain: true), .pingreq)
            a.isRefused(0x81)
            w.getsNothing()
        },
    ]

    /// What a nameless client is called.
    private static func assignedIdentifier(_ s: Stage) -> [UInt8] {
        let a = s.opened()
        a.sends(.connect(""))
        return assigned(in: a.next(), s)
    }

    /// The Assigned Client Identifier, which has to stand before the limits.
    static func assigned(in connack: [UInt8]?, _ s: Stage) -> [UInt8] {
        let bytes = connack ?? []
        guard bytes.count > 8, bytes[0] == 0x20, bytes[2] == 0, bytes[3] == 0, bytes[5] == 0x12 else {
            s.expect(false, "an Assigned Client Identifier in \(words(bytes))")
            return []
        }
        return Array(bytes.dropFirst(8).prefix(Int(bytes[6]) << 8 | Int(bytes[7])))
    }
}
