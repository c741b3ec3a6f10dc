import Testing

/// MQTT 5.0, §3.14 and §3.15: DISCONNECT, and AUTH's own form.
enum V5Disconnect {
    static let rows: [Row] = [
        row("MQTT-3.14.0-1", "the server sends no DISCONNECT before a CONNACK below 0x80") { s in
            let a = s.opened()
            a.sends(.connect("a", with: [.receiveMaximum(0)]))
            a.isRefused(0x82)
            let b = s.opened()
            b.sends(.hex("10 FF FF FF FF 7F"))  // a length of five bytes
            b.closes()
            let c = s.opened()
            s.passes(seconds: 11)  // no CONNECT in time
            c.closes()
        },
        row("MQTT-3.14.1-1", "DISCONNECT's flags are 0; else it is malformed") { s in
            for first in ["E1", "E2", "E4", "E8"] {
                let a = s.connected("a")
                a.sends(.hex("\(first) 00"))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.14.2-1", "DISCONNECT has one of the reason codes that are listed") { s in
            for code in ["01", "10", "18", "84", "85", "FF"] {
                let a = s.connected("a")
                a.sends(.hex("E0 01 \(code)"))
                a.isThrownOut(0x81)
            }
            let b = s.connected("b")
            s.shutsDown()
            b.isThrownOut(0x8B)
        },
        row("MQTT-3.14.2-2", "the server's DISCONNECT has no Session Expiry Interval") { s in
            let a = s.connected("a", keeps: true)
            _ = s.connected("a", keeps: true, finds: true)
            a.gets(.hex("E0 01 8E"))
            a.closes()
        },
        row("MQTT-3.14.2-3", "DISCONNECT has no Reason String that would make it too large") { s in
            let b = s.opened("b")
            b.sends(.hex("10 13 0004'MQTT' 05 02 0000 05 27 00000012 0001'b'"))  // 18 bytes at most, reasons told
            b.gets(.hex("20 0E 00 00 0B 21 0100 22 0040 27 00110005"))
            b.sends(.connect("b"))
            b.gets(.hex("E0 01 82"))
            b.closes()
        },
        row("MQTT-3.14.2-4", "DISCONNECT has no User Property that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.connect("a", with: [.user("n", "v")]))
            a.gets(.hex("E0 01 82"))
            a.closes()
        },
        row(
            "MQTT-3.14.4-1",
            "after DISCONNECT its sender sends nothing more; what a client sends then is not looked at"
        ) { s in
            let w = s.connected("w")
            w.subscribes("#")
            let a = s.connected("a")
            a.subscribes("t")
            a.sends(.disconnect(), .publish("t", "late"), .pingreq)
            a.closes()
            w.getsNothing()
            let b = s.connected("b")
            b.subscribes("t")
            b.sends(.connect("b"), .publish("t", "for nobody"))
            b.isThrownOut(0x82)
            w.getsNothing()
        },
        row("MQTT-3.14.4-2", "after DISCONNECT the connection is closed") { s in
            let a = s.connected("a")
            a.sends(.disconnect())  // and the client does not close
            a.closes()
        },
        row("MQTT-3.14.4-3", "DISCONNECT 0x00 throws the will away") { s in
            let w = s.connected("w")
            w.subscribes("will")
            s.connected("a", will: .init(topic: "will")).leaves()
            w.getsNothing(for: 10)
        },
        row("MQTT-3.15.1-1", "AUTH's flags are 0; else it is malformed") { s in
            for first in ["F1", "F2", "F4", "F8"] {
                let a = s.connected("a")
                a.sends(.hex("\(first) 00"))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.15.2-1", "AUTH has one of the reason codes that are listed") { s in
            s.authenticator = TwoSteps()
            let a = s.opened("a")
            a.sends(.connect("a", with: [.method("TWO-STEPS"), .data("one")]))
            a.gets(.auth(0x18, with: .method("TWO-STEPS"), .data("two?")))
            a.sends(.auth(0x01, with: .method("TWO-STEPS"), .data("two")))
            a.isRefused(0x81)
        },
        row("MQTT-3.15.2-2", "AUTH has no Reason String that would make it too large: it never has one") { s in
            s.authenticator = TwoSteps()
            let a = s.opened("a")
            a.sends(.connect("a", with: [.maximumPacketSize(60), .method("TWO-STEPS"), .data("one")]))
            a.gets(.hex("F0 15 18 13 15 0009'TWO-STEPS' 16 0004'two?'"))
        },
        row("MQTT-3.15.2-3", "AUTH has no User Property that would make it too large: it never has one") { s in
            s.authenticator = TwoSteps()
            let a = s.opened("a")
            a.sends(.connect("a", with: [.method("TWO-STEPS"), .data("one"), .user("n", "v")]))
            a.gets(.hex("F0 15 18 13 15 0009'TWO-STEPS' 16 0004'two?'"))
        },
    ]
}
