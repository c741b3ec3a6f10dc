import Core
import MQTTWire
import QueueEngine
import Simulation
import Testing

@Suite("Simulation: consumers that leave, and addresses of nothing")
struct QueueLeavingTests {
    private let queue = "$queue/jobs"

    /// A queue that gives each message one attempt.
    private func world(shards: Int, names: [String]) throws -> World {
        let world = try World.withLogs(shards: shards)
        for (index, name) in names.enumerated() {
            world.declare(name, on: index % shards) {
                $0.retry.maximumDeliveries = 1
                $0.deadLetters.isEnabled = true
            }
        }
        return world
    }

    @Test("what found no room in its client's receive maximum is no attempt", arguments: [1, 3])
    func unsent(shards: Int) throws {
        let world = try self.world(shards: shards, names: ["first", "second"])
        let client = world.consumer("c", of: "$queue/first", ["consumer-group": "g"], on: shards - 1) {
            $0.receiveMaximum = 1
            $0.acknowledges = false
        }
        client.subscribe("$queue/second", qos: 1, user: ["consumer-group": "g"])
        world.wait("it consumes from both") { client.isSubscribed }
        let publisher = world.connected("p", on: 0)
        publisher.publish("$queue/first", text: "shown")
        world.wait("one came") { client.deliveries.count == 1 }
        publisher.publish("$queue/second", text: "held back")
        world.wait("the other one has no room") { world.status("second")?.pending == 1 }
        client.disconnect()
        world.wait("what was shown was its last attempt") { world.status("$dlq/first")?.depth == 1 }
        world.wait("the other one is free") { world.status("second")?.consumers == 0 }
        #expect(world.status("second")?.waiting == 1 && world.status("second")?.pending == 0)
        #expect(world.status("$dlq/second") == nil)
        let other = world.consumer("d", of: "$queue/second", ["consumer-group": "g", "x-ack-mode": "puback"])
        world.wait("another has it") { other.deliveries.count == 1 }
        #expect(other.deliveries.first?["x-delivery-count"] == "1")
    }

    @Test(
        "of what was on its way to a consumer that left nothing is a dead letter, and all of it comes to the next one",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func underWay(seed: UInt64) throws {
        let world = try World.withLogs(seed: seed, shards: 3)
        world.declare("jobs", on: 0) {
            $0.retry.maximumDeliveries = 1
            $0.deadLetters.isEnabled = true
        }
        let publisher = world.connected("p", on: 0)
        var shown: Set<String> = []
        for round in 0..<6 {
            let client = world.consumer("c\(round)", of: self.queue, ["consumer-group": "g"], on: 2) {
                $0.acknowledges = false
            }
            for number in 0..<20 { publisher.publish(self.queue, text: "\(round).\(number)") }
            world.run(UInt64(round))
            client.disconnect()
            world.wait("it has left") { world.status("jobs")?.consumers == 0 && publisher.isIdle }
            shown.formUnion(client.texts)
        }
        let rest = world.consumer("rest", of: self.queue, ["consumer-group": "g", "x-ack-mode": "puback"], on: 1)
        world.wait("all has gone somewhere") { world.status("jobs")?.depth == 0 }
        world.run(10_000)
        let dead = Int(world.status("$dlq/jobs")?.depth ?? 0)
        #expect(rest.deliveries.count + dead == 120)
        #expect(rest.deliveries.allSatisfy { $0["x-delivery-count"] == "1" })
        // What was written to a socket counts, whether or not its client came to read it.
        #expect(dead >= shown.count)
        #expect(shown.isDisjoint(with: rest.texts))
    }

    @Test("the dead letters of a queue that is not there are nobody's address", arguments: [1, 3])
    func noSuchDeadLetters(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        let client = world.connected("c", on: shards - 1)
        client.publish("$dlq/nope", text: "lost")
        world.wait("it is answered") { client.isIdle }
        #expect(client.lastReason == .topicNameInvalid && client.reasons.last?.contains("no queue \"nope\"") == true)
        client.subscribe("$dlq/nope", qos: 1)
        world.wait("it is answered") { client.isSubscribed }
        #expect(client.subacks.last?.packet.reasons == [.implementationSpecificError])
        #expect(world.broker.queues.count == 0)
        world.declare("nope")
        client.publish("$dlq/nope", text: "kept")
        world.wait("it is taken") { client.isIdle && world.status("$dlq/nope")?.depth == 1 }
        #expect(client.lastReason == .success)
    }

    @Test("names and groups as long as a packet are refused with a reason that is short", arguments: [1, 3])
    func longNames(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("jobs")
        let client = world.connected("c", on: shards - 1)
        let long = String(repeating: "n", count: 60_000)
        client.publish("$queue/\(long)", text: "a")
        world.wait("it is answered") { client.isIdle }
        #expect(client.lastReason == .topicNameInvalid)
        client.subscribe("$queue/\(long)", qos: 1)
        client.subscribe(self.queue, qos: 1, user: ["consumer-group": long])
        client.subscribe("$queue/jobs/\(long)", qos: 1)
        world.wait("they are answered") { client.isSubscribed }
        #expect(client.subacks.allSatisfy { $0.packet.reasons == [.implementationSpecificError] })
        #expect(client.reasons.count == 4)
        #expect(client.reasons.allSatisfy { $0.utf8.count < 300 && $0.contains("1,024") || $0.contains("invalid") })
        #expect(client.isOnline)
    }

    @Test("a queue's own bindings are nobody's subscriptions")
    func bindings() throws {
        let world = try World.withLogs(shards: 1)
        func subscriptions() -> UInt64 {
            world.broker.total(.subscriptionsAdded) - world.broker.total(.subscriptionsRemoved)
        }
        world.declare("jobs", topics: ["$queue/jobs/#", "shop/#"])
        #expect(subscriptions() == 0)
        _ = world.subscriber("s", to: "shop/#")
        #expect(subscriptions() == 1)
    }
}
