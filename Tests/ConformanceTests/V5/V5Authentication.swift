import Testing

/// MQTT 5.0, §4.12, §4.13 and chapter 6: enhanced authentication, errors, WebSocket.
///
/// The method of these rows is the test's own (``TwoSteps``): the client shows "one", is asked "two?", and answers "two".
enum V5Authentication {
    static let rows: [Row] = [
        row("MQTT-4.12.0-1", "a method that is not served is refused with 0x8C, and closed") { s in
            let a = s.opened("a")
            a.sends(.connect("a", with: [.method("NOBODY-KNOWS"), .data("x")]))
            a.isRefused(0x8C)
        },
        row("MQTT-4.12.0-2", "the server asks for more with AUTH 0x18") { s in
            let a = begun(s)
            a.sends(.auth(0x18, with: .method("TWO-STEPS"), .data("two")))
            a.gets(.connack(Property.limits + [.method("TWO-STEPS"), .data("welcome")]))
        },
        client("MQTT-4.12.0-3", "the client answers with AUTH 0x18; another code is a protocol error") { s in
            for code: UInt8 in [0x00, 0x19] {
                let a = begun(s)
                a.sends(.auth(code, with: .method("TWO-STEPS"), .data("two")))
                a.isRefused(0x82)
            }
        },
        row("MQTT-4.12.0-4", "the server may say no at any step: CONNACK of 0x80 or above, and the end") { s in
            let a = begun(s)
            a.sends(.auth(0x18, with: .method("TWO-STEPS"), .data("wrong")))
            a.isRefused(0x86)
            let b = s.opened("b")
            b.sends(.connect("b", with: [.method("TWO-STEPS"), .data("wrong")]))
            b.isRefused(0x86)
        },
        row("MQTT-4.12.0-5", "every AUTH, and the CONNACK, names CONNECT's method") { s in
            let a = begun(s)
            a.sends(.auth(0x18, with: .method("TWO-STEPS"), .data("two")))
            a.gets(.connack(Property.limits + [.method("TWO-STEPS"), .data("welcome")]))
            let b = begun(s)
            b.sends(.auth(0x18, with: .method("OTHER"), .data("two")))
            b.isRefused(0x8C)
            let c = begun(s)
            c.sends(.auth(0x18))  // without a property, and so without a method
            c.isRefused(0x82)
        },
        row("MQTT-4.12.0-6", "without a method in CONNECT the server sends no AUTH, and names none in CONNACK") { s in
            s.authenticator = TwoSteps()
            let a = s.opened("a")
            a.sends(.connect("a", user: "anybody"))
            a.gets(.connack())
        },
        client("MQTT-4.12.0-7", "and the client sends no AUTH: one is a protocol error") { s in
            for code: UInt8 in [0x18, 0x19] {
                let a = s.connected("a")
                a.sends(.auth(code, with: .method("TWO-STEPS")))
                a.isThrownOut(0x82)
            }
            let b = s.connected("b")
            b.sends(.hex("F0 00"))
            b.isThrownOut(0x82)
        },
        client("MQTT-4.12.1-1", "a client authenticates again by the method that it came with") { s in
            let a = begun(s)
            a.sends(.auth(0x18, with: .method("TWO-STEPS"), .data("two")))
            a.gets(.connack(Property.limits + [.method("TWO-STEPS"), .data("welcome")]))
            a.sends(.auth(0x19, with: .method("TWO-STEPS"), .data("one")))
            a.gets(.auth(0x18, with: .method("TWO-STEPS"), .data("two?")))
            a.sends(.pingreq)
            a.gets(.pingresp)
            a.sends(.auth(0x18, with: .method("TWO-STEPS"), .data("two")))
            a.gets(.auth(0x00, with: .method("TWO-STEPS"), .data("welcome")))
            a.sends(.auth(0x19, with: .method("OTHER"), .data("one")))
            a.isThrownOut(0x8C)
        },
        row("MQTT-4.12.1-2", "who fails to authenticate again is told by DISCONNECT, and closed") { s in
            let a = begun(s)
            a.sends(.auth(0x18, with: .method("TWO-STEPS"), .data("two")))
            a.gets(.connack(Property.limits + [.method("TWO-STEPS"), .data("welcome")]))
            a.sends(.auth(0x19, with: .method("TWO-STEPS"), .data("wrong")))
            a.isThrownOut(0x87)
        },
        row("MQTT-4.13.1-1", "a malformed packet or a protocol error ends the connection") { s in
            for (packet, reason) in [
                ("00 00", 0x81), ("C0 80 80 80 80 01", 0x81), ("D0 00", 0x82), ("20 03 00 00 00", 0x82),
                ("90 04 0001 00 00", 0x82),
                ("B0 04 0001 00 00", 0x82), ("40 01 00", 0x81), ("40 00", 0x81), ("E0 02 00 05", 0x81),
            ] as [(String, UInt8)] {
                let a = s.connected("a")
                a.sends(.hex(packet))
                a.isThrownOut(reason)
            }
        },
        row("MQTT-4.13.2-1", "after CONNACK or DISCONNECT of 0x80 or above the connection is closed") { s in
            let a = s.opened()
            a.sends(.connect("a", with: [.method("NOBODY-KNOWS")]))
            a.isRefused(0x8C)
            let b = s.connected("b")
            b.sends(.disconnect(0x80))
            b.closes()
            let c = s.connected("c")
            c.sends(.publish("+"))
            c.isThrownOut(0x90)
        },
        elsewhere(
            "MQTT-6.0.0-1",
            "packets come in binary frames; others end the connection",
            in: "WebSocketTests/FrameTests.swift",
            "what a client may not send is refused with its code, whole and byte by byte"
        ),
        elsewhere(
            "MQTT-6.0.0-2",
            "a frame may hold several packets, or a part of one",
            in: "WebSocketTests/LayerTests.swift",
            "payload goes up before its frame is whole, and frames need not fit packets [MQTT-6.0.0-2]"
        ),
        elsewhere(
            "MQTT-6.0.0-3",
            "a client offers the sub-protocol mqtt; without it there is no connection",
            in: "WebSocketTests/HandshakeTests.swift",
            "what is wrong with a request is said with its status, and the connection closes"
        ),
        elsewhere(
            "MQTT-6.0.0-4",
            "the server selects mqtt",
            in: "WebSocketTests/HandshakeTests.swift",
            "a good request gets 101 with the accepted key and the subprotocol, and offered extensions no answer"
        ),
    ]

    /// A client that has shown "one" and was asked for more.
    private static func begun(_ s: Stage) -> Peer {
        s.authenticator = TwoSteps()
        let a = s.opened("a")
        a.sends(.connect("a", with: [.method("TWO-STEPS"), .data("one")]))
        a.gets(.auth(0x18, with: .method("TWO-STEPS"), .data("two?")))
        return a
    }
}
