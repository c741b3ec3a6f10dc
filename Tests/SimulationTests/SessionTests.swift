import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: sessions over time")
struct SessionSimulationTests {
    @Test("a session lives exactly its expiry interval after the connection", arguments: [1, 60, 86_400] as [UInt32])
    func expiry(seconds: UInt32) {
        let world = World()
        let client = world.subscriber("c", to: "t") { ($0.expiry, $0.cleanStart) = (seconds, false) }
        client.cut()
        world.run(UInt64(seconds) * 1_000 - 500)
        client.connect()
        world.wait("it is back") { client.isOnline }
        #expect(client.sessionPresent)
        client.cut()
        world.run(UInt64(seconds) * 1_000 + 200)
        #expect(world.broker.directory.count == 0)
        #expect(world.broker.tree.filterCount == 0)
        client.connect()
        world.wait("it is back") { client.isOnline }
        #expect(!client.sessionPresent)
    }

    @Test("DISCONNECT may shorten the expiry, and a session of 0 ends with its connection")
    func expiryAtDisconnect() {
        let world = World()
        let client = world.connected("c") { ($0.expiry, $0.cleanStart) = (3_600, false) }
        client.disconnect(.normalDisconnection, expiry: 0)
        world.wait("the session ends") { world.broker.directory.count == 0 }
        let brief = world.connected("b")
        #expect(world.broker.directory.count == 1)
        brief.cut()
        world.wait("the session ends") { world.broker.directory.count == 0 }
    }

    @Test(
        "a will waits for its delay or the session's end, whichever is first",
        arguments: [(5, 600, 5), (600, 5, 5), (0, 600, 0)] as [(UInt32, UInt32, UInt64)]
    )
    func willDelay(delay: UInt32, expiry: UInt32, due: UInt64) {
        let world = World()
        let watcher = world.subscriber("w", to: "will/+", qos: 2)
        let client = world.connected("c") {
            $0.expiry = expiry
            $0.will = MQTTWill(topic: Array("will/c".utf8), payload: Array("gone".utf8), qos: 2, retain: true)
            $0.will?.properties.willDelayInterval = delay
        }
        let cut = world.now
        client.cut()
        world.wait("the will is published") { watcher.texts == ["gone"] }
        let took = world.now - cut
        #expect(took >= due * 1_000 && took < due * 1_000 + 300)
        #expect(watcher.deliveries.first?.qos == 2)
        #expect(world.broker.retained.count() == 1)
    }

    @Test("a client that says goodbye has no will, unless it asks for it")
    func goodbye() {
        let world = World()
        let watcher = world.subscriber("w", to: "will")
        for (reason, expected) in [(MQTTReasonCode.normalDisconnection, 0), (.disconnectWithWill, 1)] {
            let client = world.connected("c") { $0.will = MQTTWill(topic: Array("will".utf8), payload: [1], qos: 1) }
            client.disconnect(reason)
            world.run(1_000)
            #expect(watcher.deliveries.count == expected)
        }
    }

    @Test(
        "what was in flight comes again after a reconnect: old identifiers, old order, DUP",
        arguments: [1, 2] as [UInt8],
        [MQTTVersion.v5, .v3_1_1]
    )
    func redelivery(qos: UInt8, version: MQTTVersion) {
        let world = World()
        let subscriber = world.subscriber("s", to: "t", qos: qos, version: version) {
            ($0.cleanStart, $0.expiry, $0.acknowledges, $0.receiveMaximum) = (false, 600, false, 5)
        }
        let publisher = world.connected("p")
        for number in 0..<8 { publisher.publish("t", text: "\(number)", qos: 2) }
        let window = version == .v5 ? 5 : 8
        world.wait("the window is full") { subscriber.deliveries.count == window }
        let first = subscriber.deliveries
        #expect(first.allSatisfy { !$0.dup && $0.qos == qos })
        subscriber.cut()
        world.run(1_000)
        // Forgets that it had them, which a client of QoS 2 may not; identifiers are compared instead.
        let again = world.client("s", version) {
            ($0.cleanStart, $0.expiry, $0.acknowledges, $0.receiveMaximum) = (false, 600, false, 5)
        }
        again.connect()
        world.wait("they came again") { again.deliveries.count == window }
        #expect(again.sessionPresent)
        #expect(again.deliveries.map(\.packetID) == first.map(\.packetID))
        #expect(again.deliveries.map(\.text) == first.map(\.text))
        #expect(again.deliveries.allSatisfy { $0.dup })
        again.acknowledgeAll()
        world.wait("the rest comes") { again.deliveries.count == 8 }
        #expect(again.texts == (0..<8).map { "\($0)" })
        world.run(1_000)
        #expect(world.shards.reduce(0) { $0 + $1.messages.count } == 0)
    }

    @Test("a QoS 2 message whose PUBREC was lost is not delivered twice, and PUBREL is repeated")
    func lostPubrec() {
        let world = World()
        let subscriber = world.subscriber("s", to: "t", qos: 2) {
            ($0.cleanStart, $0.expiry, $0.acknowledges) = (false, 600, false)
        }
        world.connected("p").publish("t", text: "once", qos: 2)
        world.wait("it came") { subscriber.deliveries.count == 1 }
        subscriber.cut()
        subscriber.acknowledges = true
        subscriber.connect()
        world.wait("it is finished") { subscriber.pubrels.count == 1 }
        world.run(1_000)
        #expect(subscriber.texts == ["once"])
        #expect(world.shards.reduce(0) { $0 + $1.messages.count } == 0)
    }

    @Test("offline, the oldest or the newest goes when the queue is full", arguments: [true, false])
    func offlineOverflow(evicts: Bool) {
        let world = World(mqtt: { ($0.maxOfflineMessages, $0.evictsOldest) = (10, evicts) })
        let subscriber = world.subscriber("s", to: "t") { ($0.cleanStart, $0.expiry) = (false, 600) }
        subscriber.cut()
        let publisher = world.connected("p")
        for number in 0..<25 { publisher.publish("t", text: "\(number)") }
        world.wait("all are published") { publisher.isIdle }
        #expect(world.broker.total(.droppedQueueFull) == 15)
        subscriber.connect()
        world.wait("what is left comes") { subscriber.deliveries.count == 10 }
        world.run(1_000)
        #expect(subscriber.texts == (evicts ? 15..<25 : 0..<10).map { "\($0)" })
    }

    @Test("a client that never acknowledges is disconnected with 0x97 when its bytes are used up, and keeps what fits")
    func slowAcknowledger() {
        let world = World(mqtt: { ($0.maxQueuedBytes, $0.maxInflight) = (1_000, 4) })
        let subscriber = world.subscriber("s", to: "t") {
            ($0.cleanStart, $0.expiry, $0.acknowledges) = (false, 600, false)
        }
        let publisher = world.connected("p")
        for _ in 0..<30 { publisher.publish("t", Array(repeating: 7, count: 99)) }
        world.wait("it is thrown out") { subscriber.connection == nil }
        #expect(subscriber.disconnectReason == .quotaExceeded)
        world.wait("nobody else is harmed") { publisher.isIdle }
        subscriber.connect()
        subscriber.acknowledgeAll()
        world.run(2_000)
        #expect(subscriber.isOnline)
        #expect(subscriber.deliveries.count >= 4 + 10)
    }

    @Test("an expired message is not delivered, and one that waited says what is left of its time")
    func messageExpiry() {
        let world = World()
        let subscriber = world.subscriber("s", to: "t") { ($0.cleanStart, $0.expiry) = (false, 600) }
        subscriber.cut()
        let publisher = world.connected("p")
        publisher.publish("t", Array("short".utf8)) { $0.messageExpiryInterval = 5 }
        publisher.publish("t", Array("long".utf8)) { $0.messageExpiryInterval = 100 }
        world.run(10_000)
        subscriber.connect()
        world.wait("the other one comes") { !subscriber.deliveries.isEmpty }
        world.run(1_000)
        #expect(subscriber.texts == ["long"])
        #expect(world.broker.total(.droppedExpired) == 1)
    }
}
