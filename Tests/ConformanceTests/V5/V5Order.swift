import Testing

/// MQTT 5.0, §4.6: order.
enum V5Order {
    static let rows: [Row] = [
        client("MQTT-4.6.0-1", "what is sent again goes in its old order; the server does so too") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            let p = s.connected("p")
            for number in 1...5 { p.publishes("t", "\(number)", qos: number == 3 ? 2 : 1) }
            for number: UInt16 in 1...5 { a.gets(.publish("t", "\(number)", qos: number == 3 ? 2 : 1, id: number)) }
            a.sends(.puback(2))
            s.passes(seconds: 1)
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            for number: UInt16 in [1, 3, 4, 5] {
                again.gets(.publish("t", "\(number)", qos: number == 3 ? 2 : 1, id: number, dup: true))
            }
            // A client's own repetitions are taken in whatever order they come.
            again.sends(.publish("u", qos: 1, id: 2, dup: true), .publish("u", qos: 1, id: 1, dup: true))
            again.gets(.puback(2, 0x10), .puback(1, 0x10))
        },
        client("MQTT-4.6.0-2", "PUBACKs go in their PUBLISHes' order; the server's do, a client's may come in any") {
            s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            let p = s.connected("p")
            for id: UInt16 in [9, 3, 7] { p.sends(.publish("t", "\(id)", qos: 1, id: id)) }
            p.gets(.puback(9), .puback(3), .puback(7))
            a.gets(
                .publish("t", "9", qos: 1, id: 1),
                .publish("t", "3", qos: 1, id: 2),
                .publish("t", "7", qos: 1, id: 3)
            )
            a.sends(.puback(3), .puback(1), .puback(2))
            a.getsNothing()
        },
        client("MQTT-4.6.0-3", "PUBRECs go in their PUBLISHes' order; the server's do, a client's may come in any") {
            s in
            let a = s.connected("a")
            a.subscribes("t", 2)
            let p = s.connected("p")
            for id: UInt16 in [9, 3] { p.sends(.publish("t", "\(id)", qos: 2, id: id)) }
            p.gets(.pubrec(9), .pubrec(3))
            a.gets(.publish("t", "9", qos: 2, id: 1), .publish("t", "3", qos: 2, id: 2))
            a.sends(.pubrec(2), .pubrec(1))
            a.gets(.pubrel(2), .pubrel(1))
        },
        client("MQTT-4.6.0-4", "PUBRELs go in their PUBRECs' order; the server's do, a client's may come in any") { s in
            let p = s.connected("p")
            for id: UInt16 in [5, 6] { p.sends(.publish("t", qos: 2, id: id)) }
            p.gets(.pubrec(5, 0x10), .pubrec(6, 0x10))
            p.sends(.pubrel(6), .pubrel(5))
            p.gets(.pubcomp(6), .pubcomp(5))
        },
        row("MQTT-4.6.0-5", "a client's messages of a topic and QoS come to each subscriber in their order") { s in
            let a = s.connected("a")
            a.subscribes("t", 2)
            let b = s.connected("b", with: [.receiveMaximum(3)])
            b.subscribes("+", 1)
            let p = s.connected("p")
            for number: UInt16 in 1...50 { p.sends(.publish("t", "\(number)", qos: 1, id: number)) }
            for number: UInt16 in 1...50 {
                p.gets(.puback(number))
                a.gets(.publish("t", "\(number)", qos: 1, id: number))
                b.gets(.publish("t", "\(number)", qos: 1, id: number))
                b.sends(.puback(number))
            }
        },
        row("MQTT-4.6.0-6", "every topic is such a topic, for those who are away too") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("#", 1)
            a.leaves()
            let p = s.connected("p")
            for number in 1...20 { p.publishes("t\(number % 3)", "\(number)") }
            let again = s.connected("a", keeps: true, finds: true)
            for number: UInt16 in 1...20 { again.gets(.publish("t\(number % 3)", "\(number)", qos: 1, id: number)) }
        },
    ]
}
