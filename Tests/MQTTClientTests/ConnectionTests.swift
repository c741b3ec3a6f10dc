import MQTTWire
import Testing

@testable import MQTTClient

@Suite("Connection")
struct ConnectionTests {
    @Test("CONNECT says what the configuration says")
    func connect() throws {
        var client = Harness {
            $0.cleanStart = false
            $0.sessionExpirySeconds = 90
            $0.receiveMaximum = 7
            $0.keepAliveSeconds = 9
            $0.username = "u"
            $0.lastWill = MQTTLastWill(
                MQTTMessage(topic: "w", payload: [1], qos: .atLeastOnce, retain: true),
                delaySeconds: 3
            )
        }
        client.machine.connected(now: client.now)
        let bytes = client.machine.output
        let header = try #require(try mqttFrameHeader(in: bytes.span, at: 0))
        let packet = try MQTTConnect.decode(bytes.span.extracting(header.headerLength..<header.totalLength))
        #expect(packet.clientID == "me" && !packet.cleanStart && packet.keepAlive == 9 && packet.username == "u")
        #expect(packet.properties.sessionExpiryInterval == 90 && packet.properties.receiveMaximum == 7)
        #expect(packet.will?.qos == 1 && packet.will?.retain == true && packet.will?.properties.willDelayInterval == 3)
    }

    @Test("a refusal closes with the broker's reason")
    func refused() {
        var client = Harness()
        client.machine.connected(now: client.now)
        client.receive(MQTTConnack(reason: .badUserNameOrPassword).encoded(.v5))
        #expect(client.decided() == ["close: the broker refused the connection: Bad User Name or Password"])
    }

    @Test("a broker that knows only 3.1.1 is told apart from one that refuses", arguments: [UInt8(1), 5])
    func oldBroker(_ code: UInt8) {
        var client = Harness()
        client.machine.connected(now: client.now)
        client.receive([0x20, 0x02, 0x00, code])
        #expect(
            client.decided() == [
                code == 1
                    ? "close: the broker does not speak MQTT 5.0"
                    : "close: the broker refused the connection: Not authorized"
            ]
        )
    }

    @Test("anything before CONNACK ends the connection, without a DISCONNECT")
    func beforeConnack() {
        var client = Harness()
        client.machine.connected(now: client.now)
        _ = client.sent()
        client.deliver("a", qos: 0, id: nil)
        #expect(client.machine.phase == .closing)
        #expect(client.sent() == [])
    }

    @Test("only the first connection starts clean, and an assigned client id is kept")
    func laterConnections() throws {
        var client = Harness { $0.clientID = "" }
        client.connect { $0.assignedClientIdentifier = "auto-1" }
        client.machine.connectionEnded()
        client.machine.connected(now: client.now)
        let bytes = client.machine.output
        let header = try #require(try mqttFrameHeader(in: bytes.span, at: 0))
        let packet = try MQTTConnect.decode(bytes.span.extracting(header.headerLength..<header.totalLength))
        #expect(packet.clientID == "auto-1" && !packet.cleanStart)
    }

    @Test(
        "a keep-alive without a packet makes a ping, and a ping without an answer ends the connection [MQTT-3.1.2-20]"
    )
    func keepAlive() {
        var client = Harness { $0.keepAliveSeconds = 10 }
        client.connect { $0.serverKeepAlive = 5 }
        client.now += .seconds(4)
        client.machine.tick(now: client.now)
        #expect(client.sent() == [])
        client.now += .seconds(1)
        client.machine.tick(now: client.now)
        #expect(client.sent() == ["PINGREQ"])
        client.receive(MQTTPing.response)
        client.now += .seconds(5)
        client.machine.tick(now: client.now)
        #expect(client.sent() == ["PINGREQ"])
        client.now += .seconds(5)
        client.machine.tick(now: client.now)
        #expect(client.decided().last == "close: the connection was lost: no answer to a ping within 5 s")
    }

    @Test("requests wait for a connection, and are asked again after a loss")
    func requests() {
        var client = Harness()
        client.machine.subscribe([MQTTFilter("a"), MQTTFilter("b")], ticket: 1, now: client.now)
        client.connect()
        #expect(client.sent() == ["SUBSCRIBE 1 a b"])
        client.machine.connectionEnded()
        client.connect(sessionPresent: true)
        #expect(client.sent() == ["SUBSCRIBE 2 a b"])
        client.receive(MQTTSuback(packetID: 2, reasons: [.grantedQoS0, .notAuthorized]).encoded(.v5))
        #expect(client.decided().last == "subscribed 1 2")
    }

    @Test("subscriptions are renewed only when the broker has lost them")
    func renewed() {
        var client = Harness()
        client.connect()
        client.machine.subscribe([MQTTFilter("a"), MQTTFilter("b")], ticket: 1, now: client.now)
        client.receive(MQTTSuback(packetID: 1, reasons: [.grantedQoS1, .notAuthorized]).encoded(.v5))
        client.machine.connectionEnded()
        client.connect(sessionPresent: true)
        #expect(client.sent() == [])
        client.machine.connectionEnded()
        client.connect(sessionPresent: false)
        #expect(client.sent() == ["SUBSCRIBE 2 a"])
    }

    @Test("a SUBACK with another number of reasons than filters is a protocol error")
    func wrongSuback() {
        var client = Harness()
        client.connect()
        client.machine.subscribe([MQTTFilter("a")], ticket: 1, now: client.now)
        client.receive(MQTTSuback(packetID: 1, reasons: [.grantedQoS1, .grantedQoS1]).encoded(.v5))
        #expect(client.machine.phase == .closing)
    }

    @Test("delays grow to the longest and spread over half of it")
    func backoff() {
        let backoff = MQTTBackoff(first: .seconds(1), longest: .seconds(10))
        #expect(backoff.delay(attempt: 0, random: 1) == .seconds(1))
        #expect(backoff.delay(attempt: 2, random: 0) == .seconds(2))
        #expect(backoff.delay(attempt: 90, random: 1) == .seconds(10))
    }

    @Test("what MQTT 3.1.1 cannot say is refused before connecting")
    func oldConfiguration() {
        var configuration = MQTTClientConfiguration(host: "h", version: .v311)
        #expect(configuration.problem == nil)
        configuration.sessionExpirySeconds = 1
        #expect(configuration.problem == .unsupported("MQTT 3.1.1 has no session expiry"))
    }
}
