import Testing

/// MQTT 5.0, §3.10 to §3.12: UNSUBSCRIBE, UNSUBACK and the pings.
enum V5Unsubscribe {
    static let rows: [Row] = [
        row("MQTT-3.10.1-1", "UNSUBSCRIBE's flags are 0010; any other value ends the connection") { s in
            for first in ["A0", "A1", "A3", "A6", "AA"] {
                let a = s.connected("a")
                a.sends(.hex("\(first) 06 0001 00 0001't'"))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.10.3-1", "UNSUBSCRIBE's filters are strings") { s in
            for filter in ["C0 AF", "ED A0 80", "61 00"] {
                let a = s.connected("a")
                a.sends(.unsubscribe(1, .hex(filter)))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.10.3-2", "UNSUBSCRIBE has at least one filter") { s in
            let a = s.connected("a")
            a.sends(.unsubscribe(1))
            a.isThrownOut(0x82)
        },
        row("MQTT-3.10.4-1", "filters are compared character by character; the one that is equal goes") { s in
            let a = s.connected("a")
            a.subscribes("a/+")
            a.subscribes("a/b")
            a.sends(.unsubscribe(1, "a/#", "A/+", "a/b ", "a/+"))
            a.gets(.unsuback(1, 0x11, 0x11, 0x11, 0x00))
            let p = s.connected("p")
            p.publishes("a/c", "gone")
            p.publishes("a/b", "still")
            a.gets(.publish("a/b", "still"))
            a.getsNothing()
        },
        row("MQTT-3.10.4-2", "after UNSUBSCRIBE no new messages come") { s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.publishes("t", "before")
            a.gets(.publish("t", "before", qos: 1, id: 1))
            a.sends(.unsubscribe(1, "t"))
            a.gets(.unsuback(1, 0))
            p.publishes("t", "after")
            a.getsNothing()
        },
        row("MQTT-3.10.4-3", "what was begun at QoS 1 or 2 is finished") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 1)
            p.publishes("t", "2", qos: 2)
            a.gets(.publish("t", "1", qos: 1, id: 1), .publish("t", "2", qos: 2, id: 2))
            a.sends(.unsubscribe(1, "t"))
            a.gets(.unsuback(1, 0))
            a.sends(.pubrec(2))
            a.gets(.pubrel(2))
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "1", qos: 1, id: 1, dup: true), .pubrel(2))
            again.sends(.puback(1), .pubcomp(2))
            again.getsNothing()
        },
        row("MQTT-3.10.4-4", "UNSUBSCRIBE is answered by UNSUBACK") { s in
            let a = s.connected("a")
            a.subscribes("t")
            a.sends(.unsubscribe(1, "t"))
            a.gets(.unsuback(1, 0))
        },
        row("MQTT-3.10.4-5", "UNSUBACK has the identifier of its request, and comes even if nothing was deleted") { s in
            let a = s.connected("a")
            a.sends(.unsubscribe(0xBEEF, "never"))
            a.gets(.unsuback(0xBEEF, 0x11))
        },
        row("MQTT-3.10.4-6", "several filters are so many UNSUBSCRIBEs with one UNSUBACK") { s in
            let a = s.connected("a")
            for filter in ["a", "b", "$share/g/c"] as [Text] { a.subscribes(filter) }
            a.sends(.unsubscribe(1, "a", "$share/g/c", "a", "b"))
            a.gets(.unsuback(1, 0, 0, 0x11, 0))
            let p = s.connected("p")
            for topic in ["a", "b", "c"] as [Text] { p.publishes(topic) }
            a.getsNothing()
        },
        row("MQTT-3.11.2-1", "UNSUBACK has no Reason String that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.unsubscribe(1, "never"))
            a.gets(.hex("B0 04 0001 00 11"))
        },
        row("MQTT-3.11.2-2", "UNSUBACK has no User Property that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.unsubscribe(1, "never", with: .user("n", "v")))
            a.gets(.hex("B0 04 0001 00 11"))
        },
        row("MQTT-3.11.3-1", "UNSUBACK's reason codes stand in the filters' order") { s in
            let a = s.connected("a")
            a.subscribes("z")
            a.sends(.unsubscribe(1, "y", "z", "x#"))
            a.gets(.unsuback(1, 0x11, 0x00, 0x8F))
        },
        row("MQTT-3.11.3-2", "UNSUBACK has one of the reason codes that are listed") { s in
            let a = s.connected("a")
            a.subscribes("t")
            a.sends(.unsubscribe(1, "t", "t", "", "$share/g", "a/#/b"))
            a.gets(.unsuback(1, 0x00, 0x11, 0x8F, 0x8F, 0x8F))
        },
        row("MQTT-3.12.4-1", "PINGREQ is answered by PINGRESP") { s in
            let a = s.connected("a")
            a.sends(.pingreq, .pingreq)
            a.gets(.pingresp, .pingresp)
            a.sends(.hex("C0 01 00"))
            a.isThrownOut(0x81)
        },
    ]
}
