import MQTTWire
import Testing

@testable import MQTTClient

@Suite("Publishing")
struct PublishingTests {
    @Test("QoS 0 is done when its bytes are written")
    func atMostOnce() {
        var client = Harness()
        client.connect()
        client.publish("a", .atMostOnce, ticket: 1)
        #expect(client.sent() == ["PUBLISH a"])
        #expect(client.decided() == ["connected", "handed over 1"])
    }

    @Test("QoS 1 is done with PUBACK, QoS 2 with PUBCOMP", arguments: [MQTTProtocolVersion.v5, .v311])
    func acknowledged(_ version: MQTTProtocolVersion) {
        var client = Harness(version)
        client.connect()
        client.publish("a", .atLeastOnce, ticket: 1)
        client.publish("b", .exactlyOnce, ticket: 2)
        #expect(client.sent() == ["PUBLISH 1 a", "PUBLISH 2 b"])
        client.answer(.pubrec, 2)
        client.answer(.puback, 1)
        #expect(client.sent() == ["PUBREL 2"])
        #expect(client.decided() == ["connected", "published 1"])
        client.answer(.pubcomp, 2)
        #expect(client.decided() == ["published 2"])
    }

    @Test("a refusal fails the message and frees its identifier")
    func refused() {
        var client = Harness()
        client.connect()
        client.publish("a", .atLeastOnce, ticket: 1)
        client.publish("b", .exactlyOnce, ticket: 2)
        client.answer(.puback, 1, .notAuthorized)
        client.answer(.pubrec, 2, .quotaExceeded)
        _ = client.sent()
        #expect(
            client.decided().dropFirst() == [
                "failed 1: refused by the broker: Not authorized", "failed 2: refused by the broker: Quota exceeded",
            ]
        )
        #expect(client.machine.outgoing.flights.isEmpty)
    }

    @Test("no more than the broker's receive maximum is in flight [MQTT-3.3.4-9]")
    func window() {
        var client = Harness()
        client.connect { $0.receiveMaximum = 2 }
        for ticket in 1...4 { client.publish("a", .atLeastOnce, ticket: UInt64(ticket)) }
        client.publish("z", .atMostOnce, ticket: 5)
        #expect(client.sent() == ["PUBLISH 1 a", "PUBLISH 2 a", "PUBLISH z"])
        client.answer(.puback, 2)
        #expect(client.sent() == ["PUBLISH 3 a"])
        client.answer(.puback, 1)
        client.answer(.puback, 3)
        #expect(client.sent() == ["PUBLISH 4 a"])
    }

    @Test("what was not acknowledged is sent again in order, and marked, when the session is there [MQTT-4.4.0-1]")
    func resent() {
        var client = Harness { $0.sessionExpirySeconds = 60 }
        client.connect()
        client.publish("a", .exactlyOnce, ticket: 1)
        client.publish("b", .atLeastOnce, ticket: 2)
        client.publish("c", .exactlyOnce, ticket: 3)
        client.answer(.pubrec, 1)
        client.machine.connectionEnded()
        client.publish("d", .atLeastOnce, ticket: 4)
        client.connect(sessionPresent: true)
        #expect(client.sent() == ["PUBREL 1", "PUBLISH dup 2 b", "PUBLISH dup 3 c", "PUBLISH 4 d"])
    }

    @Test("a smaller window after a reconnection is kept while sending again")
    func resentWithinWindow() {
        var client = Harness()
        client.connect()
        for ticket in 1...3 { client.publish("a", .atLeastOnce, ticket: UInt64(ticket)) }
        client.machine.connectionEnded()
        client.connect(sessionPresent: true) { $0.receiveMaximum = 1 }
        #expect(client.sent() == ["PUBLISH dup 1 a"])
        client.answer(.puback, 1)
        #expect(client.sent() == ["PUBLISH dup 2 a"])
    }

    @Test("without the session QoS 1 starts anew, and of QoS 2 only what the broker had received is done")
    func sessionLost() {
        var client = Harness()
        client.connect()
        client.publish("a", .atLeastOnce, ticket: 1)
        client.publish("b", .exactlyOnce, ticket: 2)
        client.publish("c", .exactlyOnce, ticket: 3)
        client.answer(.pubrec, 3)
        client.machine.connectionEnded()
        _ = client.decided()
        client.connect(sessionPresent: false)
        #expect(client.sent() == ["PUBLISH 1 a"])
        #expect(client.decided() == ["connected", "failed 2: \(MQTTClientError.sessionLost)", "published 3"])
    }

    @Test("a packet beyond the broker's maximum is never sent [MQTT-3.2.2-15]")
    func tooLarge() {
        var client = Harness()
        client.connect { $0.maximumPacketSize = 8 }
        client.publish("a", .atLeastOnce, ticket: 1)
        #expect(client.sent() == [])
        #expect(client.decided().last == "failed 1: the packet has 10 bytes, and the broker takes 8")
    }

    @Test("what the version or the broker cannot do is refused before sending")
    func unsupported() {
        var old = Harness(.v311)
        old.connect()
        old.machine.publish(MQTTMessage(topic: "a", properties: .init(contentType: "x")), ticket: 1, now: old.now)
        old.machine.publish(MQTTMessage(topic: "a/#"), ticket: 2, now: old.now)
        #expect(old.sent() == [])
        #expect(
            old.decided().dropFirst() == [
                "failed 1: MQTT 3.1.1 has no message properties",
                "failed 2: a topic to publish to contains no '+', '#' and U+0000",
            ]
        )
        var limited = Harness()
        limited.connect {
            $0.maximumQoS = 1
            $0.retainAvailable = false
        }
        limited.publish("a", .exactlyOnce, ticket: 1)
        limited.machine.publish(MQTTMessage(topic: "a", retain: true), ticket: 2, now: limited.now)
        #expect(limited.sent() == [])
    }

    @Test("a PUBREC that nobody waits for is answered, so that the broker can forget it")
    func unknownPubrec() {
        var client = Harness()
        client.connect()
        client.answer(.pubrec, 9)
        client.answer(.puback, 9)
        #expect(client.sent() == ["PUBREL 9 146"])
    }

    @Test("all who wait are told when the client ends")
    func abandoned() {
        var client = Harness()
        client.connect { $0.receiveMaximum = 1 }
        client.publish("a", .atLeastOnce, ticket: 1)
        client.publish("b", .atLeastOnce, ticket: 2)
        client.machine.subscribe([MQTTFilter("f")], ticket: 3, now: client.now)
        _ = client.decided()
        client.machine.abandon(.closed)
        #expect(client.decided().map { $0.prefix(8) } == ["failed 1", "failed 2", "failed 3"])
    }
}
