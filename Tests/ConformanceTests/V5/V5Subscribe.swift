import Testing

/// MQTT 5.0, §3.8 and §3.9: SUBSCRIBE and SUBACK.
enum V5Subscribe {
    static let rows: [Row] = [
        row("MQTT-3.8.1-1", "SUBSCRIBE's flags are 0010; any other value ends the connection") { s in
            for first in ["80", "81", "83", "86", "8A"] {
                let a = s.connected("a")
                a.sends(.hex("\(first) 07 0001 00 0001't' 00"))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.8.3-1", "a topic filter is a string") { s in
            for filter in ["C0 AF", "ED A0 80", "61 00", "FF"] {
                let a = s.connected("a")
                a.sends(.subscribe(1, ("good", 0), (.hex(filter), 0)))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.8.3-2", "SUBSCRIBE has at least one filter with its options") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, [], []))
            a.isThrownOut(0x82)
            let b = s.connected("b")
            b.sends(.hex("82 06 0001 00 0001't'"))  // a filter without options
            b.isThrownOut(0x81)
        },
        row("MQTT-3.8.3-3", "with No Local a client's own messages do not come back to it") { s in
            let a = s.connected("a")
            a.subscribes("t", 0x04)
            a.publishes("t", "own")
            let b = s.connected("b")
            b.subscribes("t", 0x04)
            a.publishes("t", "mine")
            b.gets(.publish("t", "mine"))
            b.publishes("t", "other")
            a.gets(.publish("t", "other"))
            a.getsNothing()
        },
        row("MQTT-3.8.3-4", "No Local on a shared subscription is a protocol error") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("$share/group/t", 0x05)))
            a.isThrownOut(0x82)
        },
        row("MQTT-3.8.3-5", "reserved bits of the options are 0") { s in
            for options: UInt8 in [0x40, 0x80, 0xC1] {
                let a = s.connected("a")
                a.sends(.subscribe(1, ("t", options)))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.8.4-1", "SUBSCRIBE is answered by SUBACK") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("t", 0)))
            a.gets(.suback(1, 0))
        },
        row("MQTT-3.8.4-2", "SUBACK has the identifier of its SUBSCRIBE") { s in
            let a = s.connected("a")
            for id: UInt16 in [1, 0xFFFF, 0x0100, 1] {
                a.sends(.subscribe(id, ("t", 0)))
                a.gets(.suback(id, 0))
            }
        },
        row("MQTT-3.8.4-3", "a filter that is subscribed already takes the old subscription's place") { s in
            let a = s.connected("a")
            a.subscribes("t", 0)
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.publishes("t", "once")
            a.gets(.publish("t", "once", qos: 1, id: 1))
            a.subscribes("t", 0)
            p.publishes("t", "again")
            a.gets(.publish("t", "again"))
            a.getsNothing()
        },
        row("MQTT-3.8.4-4", "then retained messages come again, and no message is lost") { s in
            let p = s.connected("p")
            p.publishes("kept", "k", retain: true)
            let a = s.connected("a")
            a.subscribes("#")
            a.gets(.publish("kept", "k", retain: true))
            for number in 0..<5 { p.sends(.publish("t", "\(number)")) }
            a.sends(.subscribe(9, ("#", 0)))
            for number in 5..<10 { p.sends(.publish("t", "\(number)")) }
            a.getsInAnyOrder(
                .suback(9, 0),
                .publish("kept", "k", retain: true),
                .publish("t", "0"),
                .publish("t", "1"),
                .publish("t", "2"),
                .publish("t", "3"),
                .publish("t", "4"),
                .publish("t", "5"),
                .publish("t", "6"),
                .publish("t", "7"),
                .publish("t", "8"),
                .publish("t", "9")
            )
            a.getsNothing()
        },
        row("MQTT-3.8.4-5", "several filters are so many SUBSCRIBEs with one SUBACK") { s in
            s.connected("p").publishes("b", "kept", retain: true)
            let a = s.connected("a")
            a.sends(.subscribe(1, ("a", 0), ("b", 1), ("$share/g/c", 2), ("a", 1)))
            a.gets(.suback(1, 0, 1, 2, 1), .publish("b", "kept", qos: 1, id: 1, retain: true))
            let p = s.connected("q")
            for topic in ["a", "b", "c"] as [Text] { p.publishes(topic, "x", qos: 2) }
            a.gets(
                .publish("a", "x", qos: 1, id: 2),
                .publish("b", "x", qos: 1, id: 3),
                .publish("c", "x", qos: 2, id: 4)
            )
        },
        row("MQTT-3.8.4-6", "SUBACK has a reason code for each filter") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, (0..<300).map { ("t/\($0)", 0) }, []))
            let suback = a.next() ?? []
            s.expect(suback.count == 306, "\(suback.count) bytes for 300 filters")
            a.sends(.subscribe(2, ("same", 0), ("same", 0), ("bad#", 0)))
            a.gets(.suback(2, 0, 0, 0x8F))
        },
        row("MQTT-3.8.4-7", "a reason code says which QoS was granted, or that there is no subscription") { s in
            s.authorizer = Except(topic: "forbidden")
            let a = s.connected("a")
            a.sends(.subscribe(1, ("a", 0), ("b", 1), ("c", 2), ("d#", 2), ("forbidden", 1)))
            a.gets(.suback(1, 0, 1, 2, 0x8F, 0x87))
        },
        row("MQTT-3.8.4-8", "a message comes at the lower of its own and the granted QoS") { s in
            let p = s.connected("p")
            for granted: UInt8 in 0...2 {
                let a = s.connected("a\(granted)")
                a.subscribes("t", granted)
                var id: UInt16 = 0
                for qos: UInt8 in 0...2 {
                    p.publishes("t", "x", qos: qos)
                    if min(qos, granted) > 0 { id += 1 }
                    a.gets(.publish("t", "x", qos: min(qos, granted), id: id))
                }
            }
        },
        row("MQTT-3.9.2-1", "SUBACK has no Reason String that would make it too large") { s in
            s.authorizer = Except(topic: "forbidden")
            let a = s.connected("a", problems: 1, with: [.maximumPacketSize(16)])
            a.sends(.subscribe(1, ("forbidden", 0)))
            a.gets(.hex("90 04 0001 00 87"))
        },
        row("MQTT-3.9.2-2", "SUBACK has no User Property that would make it too large: it never has one") { s in
            let a = s.connected("a", with: [.maximumPacketSize(18)])
            a.sends(.subscribe(1, ("a", 0), with: .user("n", "v")))
            a.gets(.hex("90 04 0001 00 00"))
        },
        row("MQTT-3.9.3-1", "SUBACK's reason codes stand in the filters' order") { s in
            let a = s.connected("a")
            a.sends(.subscribe(1, ("z", 2), ("+a", 0), ("$share/g/m", 1), ("a", 0)))
            a.gets(.suback(1, 2, 0x8F, 1, 0))
        },
        row("MQTT-3.9.3-2", "SUBACK has one of the reason codes that are listed") { s in
            let a = s.connected("a")
            let deep = Text(Array(String(repeating: "/", count: 200).utf8))
            a.sends(.subscribe(1, (deep, 0), ("", 0), ("$share/g", 1), ("$share//t", 1), ("$share/a+/t", 1), ("ok", 2)))
            a.gets(.suback(1, 0x8F, 0x8F, 0x8F, 0x8F, 0x8F, 2))
        },
    ]
}
