import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: links and stores")
struct ShardSimulationTests {
    @Test(
        "publishers stop at a full link and go on: nothing is lost, each one's order is kept",
        arguments: [0, 1, 2] as [UInt8]
    )
    func fullLinks(qos: UInt8) {
        for seed in SimulationEnvironment.seeds {
            var conditions = SimulationConditions()
            conditions.linkDelay = 0...30
            conditions.largestPiece = 300
            let world = World(seed: seed, conditions: conditions) { $0.linkWindow = 400 }
            let subscriber = world.subscriber("s", to: "t/#", qos: 2, on: 2)
            let publishers = (0..<4).map { world.connected("p\($0)", on: $0 % 2) }
            for number in 0..<100 {
                for (index, publisher) in publishers.enumerated() {
                    publisher.publish("t/\(index)", text: "\(number)", qos: qos)
                }
            }
            world.wait("all arrived") { subscriber.deliveries.count == 400 }
            #expect(world.broker.total(.linkStops) > 10)
            for index in 0..<4 {
                let texts = subscriber.deliveries.filter { $0.topic == "t/\(index)" }.map(\.text)
                #expect(texts == (0..<100).map { "\($0)" }, "seed \(seed)")
            }
        }
    }

    @Test("large messages cross a link by reference, whole, whatever the window")
    func largeMessages() {
        var conditions = SimulationConditions()
        conditions.largestPiece = 10_000
        conditions.socketBuffer = 3_000...20_000
        let world = World(conditions: conditions) { $0.linkWindow = 1_000 }
        let subscribers = (0..<3).map { (number: Int) in world.subscriber("s\(number)", to: "t", on: number) }
        let publisher = world.connected("p", on: 0)
        var random = SeededRandom(seed: 9)
        let payloads = [1, 4_095, 4_096, 8_192, 32_700, 40_000, 200_000, 500_000].map { random.bytes(count: $0) }
        for payload in payloads { publisher.publish("t", payload) }
        for subscriber in subscribers {
            world.wait("all arrived", atMost: 300_000) { subscriber.deliveries.count == payloads.count }
            #expect(subscriber.deliveries.map(\.payload) == payloads)
        }
        world.run(10_000)
        #expect(world.shards.reduce(0) { $0 + $1.messages.count } == 0)
    }

    @Test("PUBACK comes when the session's shard has stored, PUBACKs in order, and at once when nobody stores")
    func delayedStores() {
        var conditions = SimulationConditions()
        (conditions.latency, conditions.linkDelay, conditions.storeDelay) = (0...0, 0...0, 100...100)
        let world = World(conditions: conditions)
        _ = world.subscriber("kept", to: "kept", on: 1) { ($0.cleanStart, $0.expiry) = (false, 600) }
        _ = world.subscriber("plain", to: "plain", on: 1)
        let publisher = world.connected("p", on: 0)
        publisher.publish("plain", text: "x", tag: 1)
        world.wait("it is acknowledged") { publisher.isIdle }
        let start = world.now
        publisher.publish("kept", text: "x", tag: 2)
        publisher.publish("plain", text: "x", tag: 3)
        publisher.publish("kept", text: "x", qos: 2, tag: 4)
        publisher.publish("plain", text: "x", tag: 5)
        world.wait("all are acknowledged") { publisher.isIdle }
        #expect(publisher.acknowledged.map(\.tag) == [1, 2, 3, 4, 5])
        #expect(publisher.acknowledged[0].time <= start)
        #expect(publisher.acknowledged.dropFirst().allSatisfy { $0.time >= start + 100 })
    }

    @Test("CONNACK of a kept session and its SUBACK wait for the store, those of others do not")
    func delayedPromises() {
        var conditions = SimulationConditions()
        (conditions.latency, conditions.storeDelay) = (0...0, 500...500)
        let world = World(conditions: conditions)
        let start = world.now
        let kept = world.subscriber("kept", to: "t") { $0.expiry = 600 }
        #expect((kept.connackTimes.first ?? 0) >= start + 500)
        #expect((kept.subacks.first?.time ?? 0) >= start + 1_000)
        let after = world.now
        let plain = world.subscriber("plain", to: "t")
        #expect((plain.subacks.first?.time ?? .max) < after + 100)
    }

    @Test("retained messages are acknowledged when their record is stored")
    func delayedRetained() {
        var conditions = SimulationConditions()
        conditions.storeDelay = 200...200
        let world = World(conditions: conditions)
        let publisher = world.connected("p")
        let start = world.now
        publisher.publish("t", text: "x", retain: true)
        world.wait("it is acknowledged") { publisher.isIdle }
        #expect(world.now >= start + 200)
    }

    @Test("a will that finds its link full is published when there is room")
    func willAtFullLink() {
        var conditions = SimulationConditions()
        conditions.linkDelay = 300...300
        let world = World(conditions: conditions) { $0.linkWindow = 300 }
        let watcher = world.subscriber("w", to: "#", on: 1)
        let publisher = world.connected("p", on: 0)
        let dying = (0..<20).map { number in
            world.connected("d\(number)", on: 0) {
                $0.will = MQTTWill(topic: Array("will".utf8), payload: Array("\(number)".utf8), qos: 1)
            }
        }
        for number in 0..<30 { publisher.publish("t", text: "\(number)", qos: 0) }
        world.run(20)
        for client in dying { client.cut() }
        world.wait("everything arrived") { watcher.deliveries.count == 50 }
        #expect(watcher.deliveries.filter { $0.topic == "t" }.map(\.text) == (0..<30).map { "\($0)" })
        #expect(Set(watcher.deliveries.filter { $0.topic == "will" }.map(\.text)).count == 20)
    }
}
