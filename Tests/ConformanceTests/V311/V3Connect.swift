import MQTTWire
import Testing

/// MQTT 3.1.1, chapters 1 and 2, §3.1 and §3.2: forms, CONNECT and CONNACK.
enum V3Connect {
    static let rows: [Row] = [
        like(
            "MQTT-1.5.3-1",
            "a string is well-formed UTF-8, without surrogates; else the connection is closed",
            "MQTT-1.5.4-1"
        ),
        like("MQTT-1.5.3-2", "a string has no U+0000; else the connection is closed", "MQTT-1.5.4-2"),
        like("MQTT-1.5.3-3", "EF BB BF is U+FEFF wherever it stands, and is not taken off", "MQTT-1.5.4-3"),
        like("MQTT-2.2.2-1", "reserved flags of the fixed header have the values that the table lists", "MQTT-2.1.3-1"),
        like("MQTT-2.2.2-2", "other flags end the connection", "MQTT-3.6.1-1"),
        like(
            "MQTT-2.3.1-1",
            "PUBLISH above QoS 0, SUBSCRIBE and UNSUBSCRIBE have an identifier that is not 0",
            "MQTT-2.2.1-3"
        ),
        like("MQTT-2.3.1-2", "a client's new packet has an identifier that is not in use", "MQTT-2.2.1-3"),
        like(
            "MQTT-2.3.1-3",
            "what is sent again keeps its identifier, which is free after the last answer",
            "MQTT-4.3.3-10"
        ),
        like("MQTT-2.3.1-4", "the same holds for the server's PUBLISH", "MQTT-2.2.1-4"),
        like("MQTT-2.3.1-5", "a PUBLISH of QoS 0 has no packet identifier", "MQTT-2.2.1-2"),
        like("MQTT-2.3.1-6", "an acknowledgement has the identifier of its PUBLISH", "MQTT-2.2.1-5"),
        like("MQTT-2.3.1-7", "SUBACK and UNSUBACK have the identifier of their request", "MQTT-2.2.1-6"),
        like("MQTT-3.1.0-1", "the first packet of a connection is CONNECT", "MQTT-3.1.0-1"),
        like("MQTT-3.1.0-2", "a second CONNECT ends the connection", "MQTT-3.1.0-2"),
        row("MQTT-3.1.2-1", "a CONNECT of another protocol is not processed as MQTT's") { s in
            for name in ["'MQTX'", "'mqtt'"] {
                let a = s.opened()
                a.sends(.hex("10 0D 0004 \(name) 04 02 0000 0001'a'"))
                a.isRefused(0x84, v3: 1)
            }
        },
        row("MQTT-3.1.2-2", "a level that is not served is refused with 0x01, and closed") { s in
            s.versions = [.v5]
            let a = s.opened("a")
            a.sends(.connect("a"))
            a.isRefused(0x84, v3: 1)
            let b = s.opened("b")
            b.sends(.hex("10 0D 0004'MQTT' 02 02 0000 0001'b'"))
            b.isRefused(0x84, v3: 1)
        },
        row("MQTT-3.1.2-3", "the reserved connect flag is 0; else the client is disconnected") { s in
            Self.closes(s, "10 0D 0004'MQTT' 04 03 0000 0001'a'")
        },
        like(
            "MQTT-3.1.2-4",
            "with Clean Session 0 the session goes on, or there is a new one, and it is kept",
            "MQTT-3.1.2-5"
        ),
        like("MQTT-3.1.2-5", "messages of QoS 1 and 2 are kept for a session that is away", "MQTT-4.5.0-1"),
        like(
            "MQTT-3.1.2-6",
            "with Clean Session 1 the old session is thrown away, and the new one ends with its connection",
            "MQTT-3.1.2-4"
        ),
        row("MQTT-3.1.2-7", "retained messages are no part of a session, and stay when it ends") { s in
            let a = s.connected("a")
            a.publishes("t", "kept", retain: true)
            a.leaves()
            s.connected("a").leaves()
            let b = s.connected("b")
            b.subscribes("t")
            b.gets(.publish("t", "kept", retain: true))
        },
        like(
            "MQTT-3.1.2-8",
            "a will is kept, and published when the connection is closed without DISCONNECT",
            "MQTT-3.1.2-7"
        ),
        row("MQTT-3.1.2-9", "with Will Flag 1 the payload has the will's topic and message") { s in
            Self.closes(s, "10 0D 0004'MQTT' 04 06 0000 0001'a'", "10 10 0004'MQTT' 04 06 0000 0001'a' 0001't'")
        },
        like("MQTT-3.1.2-10", "a will is forgotten once it was published, or after DISCONNECT", "MQTT-3.1.2-10"),
        row("MQTT-3.1.2-11", "with Will Flag 0 there are no will topic and message") { s in
            Self.closes(s, "10 13 0004'MQTT' 04 02 0000 0001'a' 0001't' 0001'm'")
        },
        row("MQTT-3.1.2-12", "with Will Flag 0 no will is published") { s in
            let w = s.connected("w")
            w.subscribes("#")
            s.connected("a").vanishes()
            w.getsNothing(for: 10)
        },
        client("MQTT-3.1.2-13", "with Will Flag 0 the will's QoS is 0") { s in
            Self.closes(s, "10 0D 0004'MQTT' 04 0A 0000 0001'a'", "10 0D 0004'MQTT' 04 12 0000 0001'a'")
        },
        row("MQTT-3.1.2-14", "a will's QoS is not 3") { s in
            Self.closes(s, "10 13 0004'MQTT' 04 1E 0000 0001'a' 0001't' 0001'm'")
        },
        client("MQTT-3.1.2-15", "with Will Flag 0 Will Retain is 0") { s in
            Self.closes(s, "10 0D 0004'MQTT' 04 22 0000 0001'a'")
        },
        like("MQTT-3.1.2-16", "a will without Will Retain is not retained", "MQTT-3.1.2-14"),
        like("MQTT-3.1.2-17", "a will with Will Retain is retained", "MQTT-3.1.2-15"),
        row("MQTT-3.1.2-18", "with User Name Flag 0 there is no user name") { s in
            Self.closes(s, "10 10 0004'MQTT' 04 02 0000 0001'a' 0001'u'")
        },
        row("MQTT-3.1.2-19", "with User Name Flag 1 there is a user name") { s in
            Self.closes(s, "10 0D 0004'MQTT' 04 82 0000 0001'a'")
        },
        row("MQTT-3.1.2-20", "with Password Flag 0 there is no password") { s in
            Self.closes(s, "10 13 0004'MQTT' 04 82 0000 0001'a' 0001'u' 0001'p'")
        },
        row("MQTT-3.1.2-21", "with Password Flag 1 there is a password") { s in
            Self.closes(s, "10 10 0004'MQTT' 04 C2 0000 0001'a' 0001'u'")
        },
        row("MQTT-3.1.2-22", "without a user name there is no password") { s in
            Self.closes(s, "10 10 0004'MQTT' 04 42 0000 0001'a' 0001'p'")
        },
        like("MQTT-3.1.2-23", "a client that has nothing to say sends PINGREQ in time", "MQTT-3.1.2-20"),
        like(
            "MQTT-3.1.2-24",
            "after one and a half keep-alives of silence the server disconnects the client",
            "MQTT-3.1.2-22"
        ),
        like("MQTT-3.1.3-1", "the payload's fields stand in their order", "MQTT-3.1.3-1"),
        like("MQTT-3.1.3-2", "the client identifier names the session", "MQTT-3.1.3-2"),
        row("MQTT-3.1.3-3", "the client identifier is there, and first") { s in
            Self.closes(s, "10 0A 0004'MQTT' 04 02 0000")
        },
        like("MQTT-3.1.3-4", "the client identifier is a string", "MQTT-3.1.3-4"),
        like("MQTT-3.1.3-5", "identifiers of 1 to 23 letters and digits are taken", "MQTT-3.1.3-5"),
        row("MQTT-3.1.3-6", "a client without an identifier is given one of its own, which it is not told") { s in
            let a = s.connected("")
            let b = s.connected("")
            for peer in [a, b] {
                peer.sends(.pingreq)
                peer.gets(.pingresp)
            }
        },
        client("MQTT-3.1.3-7", "a client without an identifier sets Clean Session to 1") { s in
            let a = s.opened()
            a.sends(.connect("", clean: false))
            a.isRefused(0x85, v3: 2)
        },
        row("MQTT-3.1.3-8", "one that does not is refused with 0x02, and closed") { s in
            let a = s.opened()
            a.sends(.hex("10 0C 0004'MQTT' 04 00 0000 0000"))
            a.gets(.hex("20 02 00 02"))
            a.closes()
        },
        row("MQTT-3.1.3-9", "a rejected identifier is told 0x02 and closed; no other one is rejected") { s in
            let a = s.opened()
            a.sends(.connect("", clean: false), .pingreq)
            a.isRefused(0x85, v3: 2)
            _ = s.connected(" /+#$, and longer than 23 bytes")
        },
        like("MQTT-3.1.3-10", "the will topic is a string", "MQTT-3.1.3-11"),
        like("MQTT-3.1.3-11", "the user name is a string", "MQTT-3.1.3-12"),
        row("MQTT-3.1.4-1", "a CONNECT of another form ends the connection without a CONNACK") { s in
            Self.closes(
                s,
                "10 0E 0004'MQTT' 04 02 0000 0001'a' 00",  // a byte too many
                "10 08 0004'MQTT' 04 02",  // an end too early
                "11 0D 0004'MQTT' 04 02 0000 0001'a'",  // flags of the fixed header
                "10 13 0004'MQTT' 04 06 0000 0001'a' 0001'#' 0001'm'"  // a wildcard in the will topic
            )
        },
        like("MQTT-3.1.4-2", "a client that is connected already is disconnected", "MQTT-3.1.4-3"),
        like("MQTT-3.1.4-3", "Clean Session is looked at for a client that is still connected, too", "MQTT-3.1.4-4"),
        like("MQTT-3.1.4-4", "a CONNECT that is in order is answered with CONNACK 0x00", "MQTT-3.1.4-5"),
        row("MQTT-3.1.4-5", "nothing that follows a rejected CONNECT is looked at") { s in
            let w = s.connected("w")
            w.subscribes("#")
            let a = s.opened()
            a.sends(.connect("", clean: false), .publish("t", retain: true), .pingreq)
            a.isRefused(0x85, v3: 2)
            w.getsNothing()
        },
        like("MQTT-3.2.0-1", "the server's first packet is CONNACK", "MQTT-3.2.0-1"),
        like("MQTT-3.2.2-1", "with Clean Session 1 Session Present is 0", "MQTT-3.2.2-2"),
        like("MQTT-3.2.2-2", "with Clean Session 0 Session Present says whether there was a session", "MQTT-3.2.2-3"),
        like("MQTT-3.2.2-3", "without a session Session Present is 0", "MQTT-3.1.2-6"),
        row("MQTT-3.2.2-4", "a refusal says Session Present 0, although there is a session") { s in
            s.authenticator = OnlyUser(name: "u", password: "p")
            for (password, answer) in [("p", "20 02 00 00"), ("wrong", "20 02 00 04"), ("p", "20 02 01 00")] {
                let a = s.opened("a")
                a.sends(.connect("a", clean: false, user: "u", password: password))
                a.gets(.hex(answer))
                a.leaves()
            }
        },
        like("MQTT-3.2.2-5", "after a refusal the server closes", "MQTT-3.1.4-2"),
        like("MQTT-3.2.2-6", "where no return code fits the server closes without a CONNACK", "MQTT-3.2.2-12"),
    ]

    /// Each of these CONNECTs is met by a close, without a byte before it.
    private static func closes(_ s: Stage, _ packets: String..., at location: SourceLocation = #_sourceLocation) {
        for packet in packets {
            let a = s.opened(packet)
            a.sends(.hex(packet))
            a.closes(at: location)
        }
    }
}
