import Testing

/// MQTT 5.0, §3.4 to §3.7: PUBACK, PUBREC, PUBREL and PUBCOMP.
enum V5Acknowledgements {
    static let rows: [Row] = [
        row("MQTT-3.4.2-1", "PUBACK has one of the reason codes that are listed") { s in
            s.authorizer = Except(topic: "forbidden")
            let a = s.connected("a")
            a.sends(.publish("t", qos: 1, id: 1))
            a.gets(.puback(1, 0x10))
            a.sends(.publish("forbidden", qos: 1, id: 2))
            a.gets(.puback(2, 0x87))
            a.subscribes("t")
            a.sends(.publish("t", qos: 1, id: 3))
            a.getsInAnyOrder(.puback(3), .publish("t"))
            for code in ["01", "92", "FF"] {
                let b = s.connected("b")
                b.sends(.hex("40 03 0001 \(code)"))
                b.isThrownOut(0x81)
            }
        },
        row("MQTT-3.4.2-2", "PUBACK has no Reason String that would make it too large") { s in
            s.authorizer = Except(topic: "forbidden")
            let a = s.connected("a", problems: 1)
            a.sends(.publish("forbidden", qos: 1, id: 1))
            a.getsExplained(.puback(1, 0x87))
            let b = s.connected("b", problems: 1, with: [.maximumPacketSize(16)])
            b.sends(.publish("forbidden", qos: 1, id: 1))
            b.gets(.hex("40 03 0001 87"))
        },
        row("MQTT-3.4.2-3", "PUBACK has no User Property that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.subscribes("t")
            a.sends(.publish("t", "", qos: 1, id: 1, with: .user("n", "v")))
            a.getsInAnyOrder(.hex("40 02 0001"), .publish("t", "", with: .user("n", "v")))
        },
        row("MQTT-3.5.2-1", "PUBREC has one of the reason codes that are listed") { s in
            s.authorizer = Except(topic: "forbidden")
            let a = s.connected("a")
            a.sends(.publish("t", qos: 2, id: 1))
            a.gets(.pubrec(1, 0x10))
            a.sends(.publish("forbidden", qos: 2, id: 2))
            a.gets(.pubrec(2, 0x87))
            for code in ["01", "92", "FF"] {
                let b = s.connected("b")
                b.sends(.hex("50 03 0001 \(code)"))
                b.isThrownOut(0x81)
            }
        },
        row("MQTT-3.5.2-2", "PUBREC has no Reason String that would make it too large") { s in
            s.authorizer = Except(topic: "forbidden")
            let a = s.connected("a", problems: 1)
            a.sends(.publish("forbidden", qos: 2, id: 1))
            a.getsExplained(.pubrec(1, 0x87))
            let b = s.connected("b", problems: 1, with: [.maximumPacketSize(16)])
            b.sends(.publish("forbidden", qos: 2, id: 1))
            b.gets(.hex("50 03 0001 87"))
        },
        row("MQTT-3.5.2-3", "PUBREC has no User Property that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.publish("t", qos: 2, id: 1, with: .user("n", "v")))
            a.gets(.hex("50 03 0001 10"))
        },
        row("MQTT-3.6.1-1", "PUBREL's flags are 0010; any other value ends the connection") { s in
            for first in ["60", "61", "63", "64", "66", "6A"] {
                let a = s.connected("a")
                a.sends(.hex("\(first) 02 0001"))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.6.2-1", "PUBREL has one of the reason codes that are listed") { s in
            let a = s.connected("a")
            a.sends(.pubrec(77))  // of a message that was never sent
            a.gets(.pubrel(77, 0x92))
            for code in ["10", "80", "FF"] {
                let b = s.connected("b")
                b.sends(.hex("62 03 0001 \(code)"))
                b.isThrownOut(0x81)
            }
        },
        row("MQTT-3.6.2-2", "PUBREL has no Reason String that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.pubrec(77))
            a.gets(.hex("62 03 004D 92"))
        },
        row("MQTT-3.6.2-3", "PUBREL has no User Property that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.subscribes("t", 2)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.publish("t", "x", qos: 2, id: 1))
            a.sends(.hex("50 0B 0001 00 07 26 0001'n' 0001'v'"))
            a.gets(.hex("62 02 0001"))
        },
        row("MQTT-3.7.2-1", "PUBCOMP has one of the reason codes that are listed") { s in
            let a = s.connected("a")
            a.sends(.pubrel(77))  // of a message that never came
            a.gets(.pubcomp(77, 0x92))
            for code in ["10", "80", "FF"] {
                let b = s.connected("b")
                b.sends(.hex("70 03 0001 \(code)"))
                b.isThrownOut(0x81)
            }
        },
        row("MQTT-3.7.2-2", "PUBCOMP has no Reason String that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.pubrel(77))
            a.gets(.hex("70 03 004D 92"))
        },
        row("MQTT-3.7.2-3", "PUBCOMP has no User Property that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.publish("t", qos: 2, id: 1))
            a.gets(.pubrec(1, 0x10))
            a.sends(.hex("62 0B 0001 00 07 26 0001'n' 0001'v'"))
            a.gets(.hex("70 02 0001"))
        },
    ]
}
