import MQTTServer
import Testing

/// MQTT 5.0, §3.2: CONNACK.
enum V5Connack {
    static let rows: [Row] = [
        row("MQTT-3.2.0-1", "CONNACK 0x00 comes before any other packet") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.vanishes()
            s.connected("p").publishes("t", "waiting")
            let again = s.opened("a")
            again.sends(.connect("a", clean: false, expiry: 3_600), .pingreq)
            again.gets(.connack(session: true), .publish("t", "waiting", qos: 1, id: 1), .pingresp)
        },
        row("MQTT-3.2.0-2", "a connection has one CONNACK") { s in
            let a = s.connected("a")
            a.sends(.connect("a"), .connect("a"))
            a.isThrownOut(0x82)
        },
        row("MQTT-3.2.2-1", "bits 7 to 1 of the acknowledge flags are 0") { s in
            let a = s.connected("a", keeps: true)
            a.leaves()
            let again = s.opened("a")
            again.sends(.connect("a", clean: false, expiry: 60))
            let flags = again.next().map { $0[2] }
            s.expect(flags == 1, "the flags are \(String(describing: flags))")
        },
        row("MQTT-3.2.2-2", "with Clean Start 1 Session Present is 0") { s in
            s.connected("a", keeps: true).leaves()
            let again = s.opened("a")
            again.sends(.connect("a", clean: true, expiry: 3_600))
            again.gets(.connack(session: false))
        },
        row("MQTT-3.2.2-3", "with Clean Start 0 Session Present says whether there was a session") { s in
            s.connected("a", keeps: true, finds: false).leaves()
            s.connected("a", keeps: true, finds: true).leaves()
            _ = s.connected("b", keeps: true, finds: false)
        },
        client(
            "MQTT-3.2.2-4",
            "a client without a session that is told Session Present 1 closes",
            unseen: "the server knows nothing of what the client has kept"
        ),
        client(
            "MQTT-3.2.2-5",
            "a client with a session that is told Session Present 0 throws it away",
            unseen: "the server knows nothing of what the client has kept; what it sends afterwards is new to it"
        ),
        row("MQTT-3.2.2-6", "a refusal says Session Present 0, although there is a session") { s in
            s.settings.maxQoS = 1
            s.limits = Property.limits + [.maximumQoS(1)]
            s.connected("a", keeps: true).leaves()
            let again = s.opened("a")
            again.sends(.connect("a", clean: false, expiry: 60, will: .init(topic: "will", qos: 2)))
            again.isRefused(0x9B)
            _ = s.connected("a", keeps: true, finds: true)
        },
        row("MQTT-3.2.2-7", "after a refusal the server closes") { s in
            let a = s.opened()
            a.sends(.connect("a", with: [.method("NOBODY-KNOWS")]))
            a.isRefused(0x8C)
        },
        row("MQTT-3.2.2-8", "CONNACK has one of the reason codes that are listed") { s in
            s.settings.maxSessions = 1
            let a = s.connected("a")
            let b = s.opened("b")
            b.sends(.connect("b"))
            b.isRefused(0x97)
            a.sends(.pingreq)
            a.gets(.pingresp)
            let c = s.opened("c")
            c.sends(.connect("c", will: .init(topic: "a/+")))
            c.isRefused(0x90)
        },
        row("MQTT-3.2.2-9", "a server that takes less than QoS 2 says so") { s in
            s.settings.maxQoS = 1
            let a = s.opened("a")
            a.sends(.connect("a"))
            a.gets(.connack(Property.limits + [.maximumQoS(1)]))
        },
        row("MQTT-3.2.2-10", "and still takes a SUBSCRIBE of any QoS") { s in
            s.settings.maxQoS = 0
            s.limits = Property.limits + [.maximumQoS(0)]
            let a = s.connected("a")
            a.sends(.subscribe(1, ("a", 0), ("b", 1), ("c", 2)))
            a.gets(.suback(1, 0, 0, 0))
        },
        client("MQTT-3.2.2-11", "a client publishes at no higher QoS than the server takes") { s in
            s.settings.maxQoS = 1
            s.limits = Property.limits + [.maximumQoS(1)]
            let a = s.connected("a")
            a.publishes("t", qos: 1)
            a.sends(.publish("t", qos: 2, id: 1))
            a.isThrownOut(0x9B)
        },
        row("MQTT-3.2.2-12", "a will of a higher QoS than the server takes is refused with 0x9B") { s in
            s.settings.maxQoS = 0
            let a = s.opened("a")
            a.sends(.connect("a", will: .init(topic: "will", qos: 1)))
            a.isRefused(0x9B)
        },
        without(
            "MQTT-3.2.2-13",
            "a server without retained messages refuses a will with Will Retain",
            because: "the broker always has retained messages"
        ),
        without(
            "MQTT-3.2.2-14",
            "a client that is told Retain Available 0 publishes nothing with RETAIN",
            because: "the broker never says Retain Available 0"
        ),
        client("MQTT-3.2.2-15", "a client sends no packet above the server's Maximum Packet Size") { s in
            let a = s.connected("a")
            a.sends(.hex("30 FF FF FF 7F"))  // refused before a byte of it has come
            a.isThrownOut(0x95)
            let b = s.connected("b")
            b.sends(.publish("t", String(repeating: "x", count: (1 << 20) + 1)))
            b.isThrownOut(0x95)
        },
        row("MQTT-3.2.2-16", "the Assigned Client Identifier is one that no other session has") { s in
            var names: Set<[UInt8]> = []
            for _ in 0..<20 {
                let a = s.opened()
                a.sends(.connect(""))
                names.insert(V5Payload.assigned(in: a.next(), s))
            }
            s.expect(names.count == 20, "\(names.count) of 20 identifiers differ")
        },
        client("MQTT-3.2.2-17", "a client uses no Topic Alias above the server's maximum") { s in
            let a = s.connected("a")
            a.sends(.publish("t", with: .alias(64)), .publish("", with: .alias(64)))
            a.getsNothing()
            a.sends(.publish("t", with: .alias(65)))
            a.isThrownOut(0x94)
        },
        client("MQTT-3.2.2-18", "and none at all when the maximum is 0") { s in
            s.settings.topicAliasMaximum = 0
            let a = s.opened("a")
            a.sends(.connect("a"))
            a.gets(.connack([.receiveMaximum(256), .aliasMaximum(0), .maximumPacketSize(0x0011_0005)]))
            a.sends(.publish("t", with: .alias(1)))
            a.isThrownOut(0x94)
        },
        row("MQTT-3.2.2-19", "CONNACK has no Reason String that would make it larger than the client takes") { s in
            let a = s.opened("a")
            a.sends(.connect("a", with: [.maximumPacketSize(10), .method("NOBODY-KNOWS")]))
            a.gets(.hex("20 03 00 8C 00"))
            a.closes()
        },
        row("MQTT-3.2.2-20", "nor a User Property: the server sends none of its own") { s in
            let a = s.opened("a")
            a.sends(.connect("a", with: [.maximumPacketSize(18)]))
            a.gets(.hex("20 0E 00 00 0B 21 0100 22 0040 27 00110005"))
        },
        client("MQTT-3.2.2-21", "a client that is told a Server Keep Alive keeps to it") { s in
            s.settings.maxKeepAlive = 4
            let a = s.opened("a")
            a.sends(.connect("a", keepAlive: 5))
            a.gets(.connack([.serverKeepAlive(4)] + Property.limits))
            s.passes(seconds: 7)
            a.isThrownOut(0x8D)
        },
        row("MQTT-3.2.2-22", "without a Server Keep Alive the client's counts") { s in
            s.settings.maxKeepAlive = 4
            let a = s.connected("a", keepAlive: 2)
            a.getsNothing(for: 2)
            s.passes(seconds: 2)
            a.isThrownOut(0x8D)
        },
    ]
}
