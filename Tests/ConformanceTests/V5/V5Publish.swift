import MQTTServer
import Testing

/// MQTT 5.0, §3.3.1 and §3.3.4: PUBLISH's flags, and what is done about one.
enum V5Publish {
    static let rows: [Row] = [
        row("MQTT-3.3.1-1", "what is sent again has DUP 1") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 1)
            p.publishes("t", "2", qos: 2)
            a.gets(.publish("t", "1", qos: 1, id: 1), .publish("t", "2", qos: 2, id: 2))
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "1", qos: 1, id: 1, dup: true), .publish("t", "2", qos: 2, id: 2, dup: true))
        },
        row("MQTT-3.3.1-2", "at QoS 0 DUP is 0") { s in
            let a = s.connected("a")
            a.sends(.publish("t", dup: true))
            a.isThrownOut(0x81)
        },
        row("MQTT-3.3.1-3", "a publisher's DUP is not passed on") { s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.sends(.publish("t", qos: 1, id: 1, dup: true))
            p.gets(.puback(1))
            a.gets(.publish("t", qos: 1, id: 1))
        },
        row("MQTT-3.3.1-4", "QoS 3 is malformed") { s in
            for first in ["36", "37", "3E", "3F"] {
                let a = s.connected("a")
                a.sends(.hex("\(first) 06 0001't' 0001 00"))
                a.isThrownOut(0x81)
            }
        },
        row("MQTT-3.3.1-5", "RETAIN 1 stores the message in place of the one that was there") { s in
            let p = s.connected("p")
            p.publishes("t", "old", qos: 2, retain: true)
            p.publishes("t", "new", qos: 1, retain: true)
            let a = s.connected("a")
            a.subscribes("t", 2)
            a.gets(.publish("t", "new", qos: 1, id: 1, retain: true))
            a.getsNothing()
        },
        row("MQTT-3.3.1-6", "an empty payload with RETAIN goes to subscribers and removes what is retained") { s in
            let p = s.connected("p")
            p.publishes("t", "old", retain: true)
            let a = s.connected("a")
            a.subscribes("t")
            a.gets(.publish("t", "old", retain: true))
            p.publishes("t", "", retain: true)
            a.gets(.publish("t", ""))
            let late = s.connected("late")
            late.subscribes("t")
            late.getsNothing()
        },
        row("MQTT-3.3.1-7", "an empty message is not retained") { s in
            s.connected("p").publishes("t", "", retain: true)
            let a = s.connected("a")
            a.subscribes("#")
            a.getsNothing()
        },
        row("MQTT-3.3.1-8", "RETAIN 0 neither stores a message nor touches the one that is there") { s in
            let p = s.connected("p")
            p.publishes("t", "kept", retain: true)
            p.publishes("t", "passing")
            p.publishes("t", "")
            p.publishes("u", "passing")
            let a = s.connected("a")
            a.subscribes("#")
            a.gets(.publish("t", "kept", retain: true))
            a.getsNothing()
        },
        row("MQTT-3.3.1-9", "Retain Handling 0 sends what is retained, with every SUBSCRIBE") { s in
            s.connected("p").publishes("t", "kept", retain: true)
            let a = s.connected("a")
            for _ in 0..<2 {
                a.subscribes("t")
                a.gets(.publish("t", "kept", retain: true))
            }
        },
        row("MQTT-3.3.1-10", "Retain Handling 1 sends it for a subscription that is new") { s in
            s.connected("p").publishes("t", "kept", retain: true)
            let a = s.connected("a")
            a.subscribes("t", 0x10)
            a.gets(.publish("t", "kept", retain: true))
            a.subscribes("t", 0x10)
            a.getsNothing()
            a.sends(.unsubscribe(1, "t"))
            a.gets(.unsuback(1, 0))
            a.subscribes("t", 0x10)
            a.gets(.publish("t", "kept", retain: true))
        },
        row("MQTT-3.3.1-11", "Retain Handling 2 never sends it") { s in
            let p = s.connected("p")
            p.publishes("t", "kept", retain: true)
            let a = s.connected("a")
            a.subscribes("t", 0x20)
            a.getsNothing()
            p.publishes("t", "live", retain: true)
            a.gets(.publish("t", "live"))
        },
        row("MQTT-3.3.1-12", "without Retain As Published a message that comes by has RETAIN 0") { s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 0, retain: true)
            p.publishes("t", "2", qos: 1, retain: true)
            a.gets(.publish("t", "1"), .publish("t", "2", qos: 1, id: 1))
        },
        row("MQTT-3.3.1-13", "with Retain As Published it has the publisher's RETAIN") { s in
            let a = s.connected("a")
            a.subscribes("t", 0x09)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 0, retain: true)
            p.publishes("t", "2", qos: 1, retain: true)
            p.publishes("t", "3", qos: 0)
            a.gets(
                .publish("t", "1", retain: true),
                .publish("t", "2", qos: 1, id: 1, retain: true),
                .publish("t", "3")
            )
        },
        row("MQTT-3.3.4-1", "a PUBLISH is answered as its QoS says: not at all, PUBACK, PUBREC") { s in
            let a = s.connected("a")
            a.subscribes("none")
            a.sends(.publish("none", "x"))
            a.gets(.publish("none", "x"))
            a.getsNothing()
            a.sends(.publish("none", "x", qos: 1, id: 5))
            a.getsInAnyOrder(.puback(5), .publish("none", "x"))
            a.sends(.publish("none", "x", qos: 2, id: 6))
            a.getsInAnyOrder(.pubrec(6), .publish("none", "x"))
        },
        row("MQTT-3.3.4-2", "overlapping subscriptions give one message at the highest of their QoS") { s in
            let a = s.connected("a")
            a.subscribes("a/+", 0)
            a.subscribes("a/b", 2)
            a.subscribes("#", 1)
            let p = s.connected("p")
            p.publishes("a/b", "x", qos: 2)
            p.publishes("a/c", "y", qos: 2)
            a.gets(.publish("a/b", "x", qos: 2, id: 1), .publish("a/c", "y", qos: 1, id: 2))
            a.getsNothing()
        },
        row("MQTT-3.3.4-3", "a subscription's identifier goes with its messages") { s in
            let a = s.connected("a")
            a.subscribes("t", 1, with: [.subscription(268_435_455)])
            let p = s.connected("p")
            p.publishes("t", "x", qos: 0)
            p.publishes("t", "y", qos: 1)
            a.gets(.publish("t", "x", with: .subscription(268_435_455)))
            a.gets(.publish("t", "y", qos: 1, id: 1, with: .subscription(268_435_455)))
            s.connected("q").publishes("t", "kept", qos: 0, retain: true)
            a.gets(.publish("t", "kept", with: .subscription(268_435_455)))
            a.subscribes("t", with: [.subscription(7)])  // a new one takes the old one's place
            a.gets(.publish("t", "kept", retain: true, with: .subscription(7)))
        },
        row("MQTT-3.3.4-4", "one copy for several subscriptions has the identifiers of all that have one") { s in
            let a = s.connected("a")
            a.subscribes("a/+", 0, with: [.subscription(1)])
            a.subscribes("#", 1)
            a.subscribes("a/b", 1, with: [.subscription(2)])
            s.connected("p").publishes("a/b", "x")
            a.getsOne(
                of: .publish("a/b", "x", qos: 1, id: 1, with: .subscription(1), .subscription(2)),
                .publish("a/b", "x", qos: 1, id: 1, with: .subscription(2), .subscription(1))
            )
        },
        without(
            "MQTT-3.3.4-5",
            "several copies for several subscriptions have one identifier each",
            because: "the broker sends one copy, with all identifiers: MQTT-3.3.4-4"
        ),
        client("MQTT-3.3.4-6", "a client's PUBLISH has no Subscription Identifier") { s in
            let a = s.connected("a")
            a.sends(.publish("t", with: .subscription(1)))
            a.isThrownOut(0x82)
        },
        client("MQTT-3.3.4-7", "a client has no more than the server's Receive Maximum of messages under way") { s in
            s.settings.maxInflight = 2
            s.limits = [.receiveMaximum(2), .aliasMaximum(64), .maximumPacketSize(0x0011_0005)]
            let a = s.connected("a")
            for id: UInt16 in 1...2 {
                a.sends(.publish("t", qos: 2, id: id))
                a.gets(.pubrec(id, 0x10))
            }
            a.sends(.pubrel(1))
            a.gets(.pubcomp(1))
            a.sends(.publish("t", qos: 2, id: 3))
            a.gets(.pubrec(3, 0x10))
            a.sends(.publish("t", qos: 1, id: 4))
            a.isThrownOut(0x93)
        },
        client("MQTT-3.3.4-8", "a client does not hold back other packets meanwhile; the server answers them") { s in
            s.settings.maxInflight = 1
            s.limits = [.receiveMaximum(1), .aliasMaximum(64), .maximumPacketSize(0x0011_0005)]
            let a = s.connected("a")
            a.sends(.publish("t", qos: 2, id: 1))
            a.gets(.pubrec(1, 0x10))
            a.sends(.pingreq, .subscribe(2, ("t", 0)), .publish("t", "free"))
            a.gets(.pingresp, .suback(2, 0), .publish("t", "free"))
        },
        row("MQTT-3.3.4-9", "the server has no more than the client's Receive Maximum of messages under way") { s in
            let a = s.connected("a", with: [.receiveMaximum(2)])
            a.subscribes("t", 2)
            let p = s.connected("p")
            for number in 1...4 { p.publishes("t", "\(number)", qos: number == 2 ? 2 : 1) }
            a.gets(.publish("t", "1", qos: 1, id: 1), .publish("t", "2", qos: 2, id: 2))
            a.getsNothing()
            a.sends(.pubrec(2))
            a.gets(.pubrel(2))
            a.getsNothing()
            a.sends(.pubcomp(2))
            a.gets(.publish("t", "3", qos: 1, id: 3))
            a.sends(.puback(1))
            a.gets(.publish("t", "4", qos: 1, id: 4))
        },
        row("MQTT-3.3.4-10", "the server does not hold back other packets meanwhile") { s in
            let a = s.connected("a", with: [.receiveMaximum(1)])
            a.subscribes("t", 1)
            let p = s.connected("p")
            p.publishes("t", "1")
            p.publishes("t", "2")
            a.gets(.publish("t", "1", qos: 1, id: 1))
            a.sends(.pingreq, .publish("u", qos: 1, id: 9), .unsubscribe(10, "none"))
            a.gets(.pingresp, .puback(9, 0x10), .unsuback(10, 0x11))
            p.publishes("t", "free", qos: 0)  // QoS 0 is not counted
            a.gets(.publish("t", "free"))
        },
    ]
}
