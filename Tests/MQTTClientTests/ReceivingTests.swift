import MQTTWire
import Testing

@testable import MQTTClient

@Suite("Receiving")
struct ReceivingTests {
    @Test("a message is acknowledged when it is taken, not before")
    func acknowledgedWhenTaken() {
        var client = Harness()
        client.connect()
        client.deliver("a", qos: 1, id: 7)
        client.deliver("b", qos: 2, id: 8)
        client.deliver("c", qos: 0, id: nil)
        #expect(client.sent() == [])
        client.takeAll()
        #expect(client.sent() == ["PUBACK 7", "PUBREC 8"])
        client.answer(.pubrel, 8)
        #expect(client.sent() == ["PUBCOMP 8"])
    }

    @Test(
        "QoS 2 is delivered once, however often it is sent [MQTT-4.3.3-10]",
        arguments: [MQTTProtocolVersion.v5, .v311]
    )
    func once(_ version: MQTTProtocolVersion) {
        var client = Harness(version)
        client.connect()
        client.deliver("a", qos: 2, id: 1)
        client.takeAll()
        _ = client.sent()
        client.machine.connectionEnded()
        client.connect(sessionPresent: true)
        _ = client.decided()
        client.deliver("a", qos: 2, id: 1, dup: true)
        #expect(client.decided() == [])
        #expect(client.sent() == ["PUBREC 1"])
        client.answer(.pubrel, 1)
        client.deliver("b", qos: 2, id: 1)
        #expect(client.decided() == ["delivered b"])
    }

    @Test("an acknowledgement for an earlier connection is dropped")
    func lateAcknowledgement() {
        var client = Harness()
        client.connect()
        client.deliver("a", qos: 1, id: 1)
        client.machine.connectionEnded()
        let events = client.machine.events
        client.machine.events = []
        client.connect(sessionPresent: true)
        for case .delivered(_, let receipt?) in events { client.machine.taken(receipt, now: client.now) }
        #expect(client.sent() == [])
    }

    @Test("a PUBREL for what is unknown gets the reason that says so")
    func unknownPubrel() {
        var client = Harness()
        client.connect()
        client.answer(.pubrel, 5)
        #expect(client.sent() == ["PUBCOMP 5 146"])
    }

    @Test("a broker that sends more than the receive maximum is borne with")
    func receiveMaximum() {
        var client = Harness { $0.receiveMaximum = 1 }
        client.connect()
        client.deliver("a", qos: 1, id: 1)
        client.deliver("b", qos: 1, id: 2)
        client.takeAll()
        #expect(client.sent() == ["PUBACK 1", "PUBACK 2"])
    }

    @Test("a topic alias stands for its topic on this connection only")
    func aliases() {
        var client = Harness()
        client.connect()
        _ = client.decided()
        var packet = MQTTPublish(topic: Array("a/b".utf8), payload: [])
        packet.properties.topicAlias = 3
        client.receive(packet.encoded(.v5))
        packet.topic = []
        client.receive(packet.encoded(.v5))
        #expect(client.decided() == ["delivered a/b", "delivered a/b"])
        client.machine.connectionEnded()
        client.connect(sessionPresent: true)
        _ = client.decided()
        client.receive(packet.encoded(.v5))
        #expect(client.sent() == ["DISCONNECT 130"])
    }

    @Test("packets are understood wherever the bytes are cut", arguments: 1..<24)
    func cut(_ size: Int) {
        var client = Harness()
        client.connect()
        _ = client.decided()
        let bytes =
            MQTTPublish(topic: [0x61], payload: [1, 2]).encoded(.v5)
            + MQTTPublish(topic: [0x62], payload: Array(repeating: 0, count: 200), qos: 1, packetID: 1).encoded(.v5)
            + MQTTPing.response
        var pending: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            pending += bytes[start..<min(start + size, bytes.count)]
            pending.removeFirst(client.machine.received(pending.span, now: client.now))
        }
        #expect(pending.isEmpty)
        #expect(client.decided() == ["delivered a", "delivered b"])
    }

    @Test("a packet larger than allowed is refused from its header")
    func tooLarge() {
        var client = Harness { $0.maximumPacketSize = 100 }
        client.connect()
        client.receive([0x30, 0xE8, 0x07])
        #expect(client.sent() == ["DISCONNECT 149"])
    }

    @Test(
        "what a broker must not send ends the connection",
        arguments: [
            [0x00, 0x00], [0x82, 0x02, 0x00, 0x01], [0xC0, 0x00], [0x20, 0x03, 0, 0, 0], [0x36, 0x00],
            [0xD0, 0x01, 0x00],
        ] as [[UInt8]]
    )
    func violations(_ bytes: [UInt8]) {
        var client = Harness()
        client.connect()
        client.receive(bytes)
        #expect(client.machine.phase == .closing)
    }
}
