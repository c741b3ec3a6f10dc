import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: retained messages")
struct RetainedSimulationTests {
    @Test(
        "a new subscriber gets every retained message once, in slices, through a narrow socket",
        arguments: [0, 1] as [UInt8]
    )
    func replay(qos: UInt8) {
        var conditions = SimulationConditions()
        conditions.socketBuffer = 500...500
        let world = World(conditions: conditions) { $0.linkWindow = 5_000 }
        let publisher = world.connected("p")
        for number in 0..<1_500 { publisher.publish("r/\(number % 3)/\(number)", text: "\(number)", retain: true) }
        world.wait("all are retained") { publisher.isIdle }
        #expect(world.broker.retained.count() == 1_500)
        let subscriber = world.subscriber("s", to: "r/1/+", "none/#", qos: qos, on: 2)
        world.wait("all came") { subscriber.deliveries.count == 500 }
        world.run(1_000)
        #expect(Set(subscriber.texts).count == 500)
        #expect(subscriber.deliveries.count == 500)
        #expect(subscriber.deliveries.allSatisfy { $0.retain && $0.topic.hasPrefix("r/1/") })
    }

    @Test("what changes during a replay ends at its last value")
    func changesMeanwhile() {
        for seed in SimulationEnvironment.seeds {
            var conditions = SimulationConditions.bad
            conditions.resetsPerMille = 0
            conditions.socketBuffer = 300...2_000
            let world = World(seed: seed, conditions: conditions)
            let publisher = world.connected("p")
            for number in 0..<600 { publisher.publish("r/\(number)", text: "old", retain: true) }
            world.wait("all are retained", atMost: 600_000) { publisher.isIdle }
            let subscriber = world.client("s") { $0.subscribe("r/#") }
            subscriber.connect()
            for number in stride(from: 0, to: 600, by: 5) {
                publisher.publish("r/\(number)", text: "new", retain: true)
                world.run(7)
            }
            world.wait("all are published", atMost: 600_000) { publisher.isIdle }
            world.run(120_000)
            var last: [String: String] = [:]
            for delivery in subscriber.deliveries { last[delivery.topic] = delivery.text }
            #expect(last.count == 600, "seed \(seed)")
            for number in 0..<600 { #expect(last["r/\(number)"] == (number % 5 == 0 ? "new" : "old"), "seed \(seed)") }
        }
    }

    @Test("retain handling 1 replays to a new subscription only, 2 never")
    func retainHandling() {
        let world = World()
        let publisher = world.connected("p")
        publisher.publish("r", text: "x", retain: true)
        world.wait("it is retained") { publisher.isIdle }
        let subscriber = world.connected("s")
        for (handling, expected) in [(2, 0), (1, 0), (0, 1)] as [(UInt8, Int)] {
            subscriber.subscribe("r") { $0.retainHandling = handling }
            world.wait("it is subscribed") { subscriber.isSubscribed }
            world.run(100)
            #expect(subscriber.deliveries.count == expected)
        }
        let other = world.connected("o")
        other.subscribe("+") { $0.retainHandling = 1 }
        world.wait("it comes") { other.texts == ["x"] }
    }

    @Test("an expired retained message is not replayed, and is swept out")
    func expiry() {
        let world = World()
        let publisher = world.connected("p")
        for number in 0..<600 { publisher.publish("r/\(number)", [1], retain: true) { $0.messageExpiryInterval = 10 } }
        publisher.publish("stays", [1], retain: true)
        world.wait("all are retained") { publisher.isIdle }
        world.run(9_000)
        #expect(world.broker.retained.count() == 601)
        world.run(60_000)
        #expect(world.broker.retained.count() == 1)
        let subscriber = world.subscriber("s", to: "#")
        world.run(1_000)
        #expect(subscriber.deliveries.map(\.topic) == ["stays"])
    }
}
