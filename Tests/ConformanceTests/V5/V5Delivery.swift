import Testing

/// MQTT 5.0, §4.1 to §4.5: sessions, the three protocols of delivery, and sending again.
enum V5Delivery {
    static let rows: [Row] = [
        row("MQTT-4.1.0-1", "a session lasts as long as its connection, whatever its expiry") { s in
            for expiry: UInt32 in [0, 1] {
                let a = s.opened("a")
                a.sends(.connect("a", expiry: expiry))
                a.gets(.connack())
                a.subscribes("t", 1)
                a.getsNothing(for: 1_000)
                s.connected("p").publishes("t")
                a.gets(.publish("t", qos: 1, id: 1))
                a.leaves()
            }
        },
        row("MQTT-4.1.0-2", "a session goes when its connection is closed and its expiry has passed") { s in
            for (expiry, wait) in [(UInt32(0), UInt64(0)), (2, 3), (3_600, 3_601)] {
                let a = s.opened("a")
                a.sends(.connect("a", expiry: expiry))
                a.gets(.connack())
                a.vanishes()
                s.passes(seconds: wait)
                let again = s.opened("a")
                again.sends(.connect("a", clean: false))
                again.gets(.connack(session: false))
                again.leaves()
            }
        },
        elsewhere(
            "MQTT-4.2.0-1",
            "there is a transport that carries bytes in order and without loss",
            in: "EventLoopTests/EventLoopTests.swift",
            "bytes come back over TCP, on a port that the kernel chose"
        ),
        row("MQTT-4.3.1-1", "at QoS 0 a PUBLISH has QoS 0 and DUP 0, and is sent once") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 0)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.hex("30 05 0001't' 00 'x'"))
            a.vanishes()
            s.connected("a", keeps: true, finds: true).getsNothing()
        },
        row("MQTT-4.3.2-1", "at QoS 1 each new message has an unused identifier") { s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            let p = s.connected("p")
            for id: UInt16 in 1...3 {
                p.publishes("t", "x")
                a.gets(.publish("t", "x", qos: 1, id: id))
            }
        },
        row("MQTT-4.3.2-2", "its PUBLISH has that identifier, QoS 1 and DUP 0") { s in
            let a = s.connected("a")
            a.subscribes("t", 1)
            s.connected("p").publishes("t", "x")
            a.gets(.hex("32 07 0001't' 0001 00 'x'"))
        },
        row("MQTT-4.3.2-3", "it is unacknowledged until PUBACK has come") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            s.connected("p").publishes("t", "x")
            a.gets(.publish("t", "x", qos: 1, id: 1))
            a.sends(.puback(2), .pubcomp(1))  // neither is its answer
            s.passes(seconds: 1)
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "x", qos: 1, id: 1, dup: true))
            again.sends(.puback(1))
            s.passes(seconds: 1)
            again.vanishes()
            s.connected("a", keeps: true, finds: true).getsNothing()
        },
        row("MQTT-4.3.2-4", "a PUBLISH of QoS 1 is answered with its identifier, once the message is ours") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            a.vanishes()
            let p = s.connected("p")
            p.sends(.publish("t", "x", qos: 1, id: 300))
            p.gets(.puback(300))
            s.connected("a", keeps: true, finds: true).gets(.publish("t", "x", qos: 1, id: 1))
        },
        row("MQTT-4.3.2-5", "after PUBACK the same identifier is a new message, whatever its DUP") { s in
            let a = s.connected("a")
            a.subscribes("t")
            let p = s.connected("p")
            for (text, dup) in [("first", false), ("second", true), ("third", false)] {
                p.sends(.publish("t", text, qos: 1, id: 1, dup: dup))
                p.gets(.puback(1))
                a.gets(.publish("t", text))
            }
        },
        row("MQTT-4.3.3-1", "at QoS 2 each new message has an unused identifier") { s in
            let a = s.connected("a")
            a.subscribes("t", 2)
            let p = s.connected("p")
            for id: UInt16 in 1...3 {
                p.publishes("t", "x", qos: 2)
                a.gets(.publish("t", "x", qos: 2, id: id))
            }
        },
        row("MQTT-4.3.3-2", "its PUBLISH has that identifier, QoS 2 and DUP 0") { s in
            let a = s.connected("a")
            a.subscribes("t", 2)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.hex("34 07 0001't' 0001 00 'x'"))
        },
        row("MQTT-4.3.3-3", "it is unacknowledged until PUBREC has come") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.publish("t", "x", qos: 2, id: 1))
            a.sends(.puback(1), .pubcomp(1))  // neither is its answer
            s.passes(seconds: 1)
            a.vanishes()
            s.connected("a", keeps: true, finds: true).gets(.publish("t", "x", qos: 2, id: 1, dup: true))
        },
        row("MQTT-4.3.3-4", "PUBREC below 0x80 is answered by PUBREL with its identifier; from 0x80 on by nothing") {
            s in
            let a = s.connected("a")
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 2)
            p.publishes("t", "2", qos: 2)
            p.publishes("t", "3", qos: 2)
            a.gets(
                .publish("t", "1", qos: 2, id: 1),
                .publish("t", "2", qos: 2, id: 2),
                .publish("t", "3", qos: 2, id: 3)
            )
            a.sends(.pubrec(1), .pubrec(2, 0x10))
            a.gets(.pubrel(1), .pubrel(2))
            a.sends(.pubrec(3, 0x97))
            a.getsNothing()
        },
        row("MQTT-4.3.3-5", "PUBREL is unacknowledged until PUBCOMP has come") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.publish("t", "x", qos: 2, id: 1))
            a.sends(.pubrec(1))
            a.gets(.pubrel(1))
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.pubrel(1))
            again.sends(.pubcomp(1))
            s.passes(seconds: 1)
            again.vanishes()
            s.connected("a", keeps: true, finds: true).getsNothing()
        },
        row("MQTT-4.3.3-6", "after PUBREL the PUBLISH is never sent again") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            s.connected("p").publishes("t", "x", qos: 2)
            a.gets(.publish("t", "x", qos: 2, id: 1))
            a.sends(.pubrec(1))
            a.gets(.pubrel(1))
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.pubrel(1))
            again.sends(.pubrec(1))  // a client that has forgotten where it was
            again.gets(.pubrel(1))
            again.getsNothing()
        },
        row("MQTT-4.3.3-7", "a PUBLISH that was sent does not expire") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.sends(.publish("t", "x", qos: 2, id: 1, with: .messageExpiry(5)))
            p.gets(.pubrec(1))
            a.gets(.publish("t", "x", qos: 2, id: 1, with: .messageExpiry(5)))
            a.vanishes()
            s.passes(seconds: 60)
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "x", qos: 2, id: 1, dup: true, with: .messageExpiry(0)))
            again.sends(.pubrec(1))
            again.gets(.pubrel(1))
        },
        row("MQTT-4.3.3-8", "a PUBLISH of QoS 2 is answered by PUBREC with its identifier, once the message is ours") {
            s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            a.vanishes()
            let p = s.connected("p")
            p.sends(.publish("t", "x", qos: 2, id: 300))
            p.gets(.pubrec(300))
            s.connected("a", keeps: true, finds: true).gets(.publish("t", "x", qos: 2, id: 1))
        },
        row("MQTT-4.3.3-9", "after PUBREC of 0x80 or above the same identifier is a new message") { s in
            s.authorizer = Except(topic: "forbidden")
            let a = s.connected("a")
            a.subscribes("t")
            let p = s.connected("p")
            p.sends(.publish("forbidden", "x", qos: 2, id: 1))
            p.gets(.pubrec(1, 0x87))
            p.sends(.publish("t", "new", qos: 2, id: 1))
            p.gets(.pubrec(1))
            a.gets(.publish("t", "new"))
        },
        row("MQTT-4.3.3-10", "until PUBREL the same identifier is answered by PUBREC, and goes to nobody twice") { s in
            let a = s.connected("a")
            a.subscribes("t")
            let p = s.connected("p", keeps: true)
            p.sends(.publish("t", "once", qos: 2, id: 1))
            p.gets(.pubrec(1))
            p.sends(.publish("t", "once", qos: 2, id: 1, dup: true))
            p.gets(.pubrec(1))
            p.vanishes()
            let again = s.connected("p", keeps: true, finds: true)
            again.sends(.publish("t", "once", qos: 2, id: 1, dup: true))
            again.gets(.pubrec(1))
            a.gets(.publish("t", "once"))
            a.getsNothing()
        },
        row("MQTT-4.3.3-11", "PUBREL is answered by PUBCOMP with its identifier") { s in
            let a = s.connected("a")
            a.sends(.publish("t", qos: 2, id: 0x0FF0))
            a.gets(.pubrec(0x0FF0, 0x10))
            a.sends(.pubrel(0x0FF0), .pubrel(0x0FF0))
            a.gets(.pubcomp(0x0FF0), .pubcomp(0x0FF0, 0x92))
        },
        row("MQTT-4.3.3-12", "after PUBCOMP the same identifier is a new message") { s in
            let a = s.connected("a")
            a.subscribes("t")
            let p = s.connected("p")
            for (text, dup) in [("first", false), ("second", true)] {
                p.sends(.publish("t", text, qos: 2, id: 1, dup: dup))
                p.gets(.pubrec(1))
                p.sends(.pubrel(1))
                p.gets(.pubcomp(1))
                a.gets(.publish("t", text))
            }
        },
        row("MQTT-4.3.3-13", "the exchange goes on although the message has expired") { s in
            let p = s.connected("p")
            p.sends(.publish("t", qos: 2, id: 1, with: .messageExpiry(1)))
            p.gets(.pubrec(1, 0x10))
            s.passes(seconds: 60)
            p.sends(.publish("t", qos: 2, id: 1, dup: true, with: .messageExpiry(1)))
            p.gets(.pubrec(1))
            p.sends(.pubrel(1))
            p.gets(.pubcomp(1))
        },
        row(
            "MQTT-4.4.0-1",
            "when a session goes on PUBLISH and PUBREL are sent again as they were, and at no other time"
        ) { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 1)
            p.publishes("t", "2", qos: 2)
            p.publishes("t", "3", qos: 2)
            a.gets(
                .publish("t", "1", qos: 1, id: 1),
                .publish("t", "2", qos: 2, id: 2),
                .publish("t", "3", qos: 2, id: 3)
            )
            a.sends(.pubrec(2))
            a.gets(.pubrel(2))
            a.getsNothing(for: 1_000)
            a.vanishes()
            let again = s.connected("a", keeps: true, finds: true)
            again.gets(.publish("t", "1", qos: 1, id: 1, dup: true), .pubrel(2))
            again.gets(.publish("t", "3", qos: 2, id: 3, dup: true))
            again.getsNothing(for: 1_000)
        },
        row("MQTT-4.4.0-2", "PUBACK or PUBREC of 0x80 or above acknowledges too: nothing is sent again") { s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 2)
            let p = s.connected("p")
            p.publishes("t", "1", qos: 1)
            p.publishes("t", "2", qos: 2)
            a.gets(.publish("t", "1", qos: 1, id: 1), .publish("t", "2", qos: 2, id: 2))
            a.sends(.puback(1, 0x83), .pubrec(2, 0x83))
            a.getsNothing()
            a.vanishes()
            s.connected("a", keeps: true, finds: true).getsNothing()
        },
        row("MQTT-4.5.0-1", "a message that the server took belongs to every session with a matching subscription") {
            s in
            for name in ["a", "b"] as [Text] {
                let a = s.connected(name, keeps: true)
                a.subscribes("t/#", 1)
                a.leaves()
            }
            s.connected("p").publishes("t/1", "x")
            for name in ["a", "b"] as [Text] {
                s.connected(name, keeps: true, finds: true).gets(.publish("t/1", "x", qos: 1, id: 1))
            }
        },
        client("MQTT-4.5.0-2", "a client acknowledges what it gets, whatever it makes of it: else it comes again") {
            s in
            let a = s.connected("a", keeps: true)
            a.subscribes("t", 1)
            s.connected("p").publishes("t", "x")
            a.gets(.publish("t", "x", qos: 1, id: 1))
            a.leaves()
            s.connected("a", keeps: true, finds: true).gets(.publish("t", "x", qos: 1, id: 1, dup: true))
        },
    ]
}
