import Core
import MQTTServer
import MQTTWire
import QueueEngine
import Simulation
import StateStore
import Testing

@Suite("Simulation: work queues over MQTT")
struct QueueTests {
    private let queue = "$queue/jobs"

    // MARK: Delivering and settling

    @Test(
        "what is published before anybody consumes waits, and comes in order, once, with what a consumer has to know",
        arguments: [1, 3]
    )
    func waits(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        let publisher = world.connected("p", on: 0)
        world.publish(0..<50, to: self.queue, from: publisher)
        let consumer = world.consumer("c", of: self.queue, on: shards - 1)
        world.wait("all came") { consumer.deliveries.count == 50 }
        #expect(consumer.texts == (0..<50).map { "\($0)" })
        let first = try #require(consumer.deliveries.first)
        #expect(first.topic == self.queue && first.qos == 1 && !first.retain && !first.dup)
        #expect(first["message-id"] == "jobs:0")
        #expect(first["group-id"] == "c")
        #expect(first["queue"] == "jobs" && first["offset"] == "0" && first["x-source-topic"] == self.queue)
        #expect(first["client_id"] == "p" && first["protocol"] == "mqtt" && first["x-delivery-count"] == "1")
        #expect(first["x-stream-offset"] == nil)
        for delivery in consumer.deliveries { consumer.settle(delivery) }
        world.wait("all are settled") { consumer.isIdle && world.status("jobs")?.depth == 0 }
        #expect(consumer.acknowledged.allSatisfy { $0.reason == .success })
        world.run(120_000)
        #expect(consumer.deliveries.count == 50)
    }

    @Test(
        "PUBACK alone settles nothing in MQTT 5: the message comes again, also to a lone consumer",
        arguments: [1, 3]
    )
    func visibility(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("jobs") { $0.visibilityTimeout = 5_000 }
        let consumer = world.consumer("c", of: self.queue, on: shards - 1)
        world.connected("p").publish(self.queue, text: "job")
        world.wait("it came twice") { consumer.deliveries.count == 2 }
        #expect(consumer.deliveries[1]["x-delivery-count"] == "2")
        #expect(consumer.deliveries[1].time - consumer.deliveries[0].time >= 4_500)
        consumer.settle(consumer.deliveries[1])
        world.run(60_000)
        #expect(consumer.deliveries.count == 2)
        #expect(world.status("jobs")?.depth == 0)
    }

    @Test(
        "with x-ack-mode puback, and always before MQTT 5, PUBACK settles",
        arguments: [MQTTVersion.v5, .v3_1_1],
        [1, 3]
    )
    func puback(version: MQTTVersion, shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        let consumer = world.consumer("c", of: self.queue, ["x-ack-mode": "puback"], version: version, on: shards - 1)
        world.publish(0..<20, to: self.queue, from: world.connected("p"))
        world.wait("all are settled") { consumer.deliveries.count == 20 && world.status("jobs")?.depth == 0 }
        world.run(120_000)
        #expect(consumer.deliveries.count == 20)
        #expect(consumer.deliveries.allSatisfy { $0.topic == self.queue })
    }

    @Test("$nack brings a message again at once, or when its x-delay is over", arguments: [1, 3])
    func negative(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        let consumer = world.consumer("c", of: self.queue, on: shards - 1)
        world.connected("p").publish(self.queue, text: "job")
        world.wait("it came") { consumer.deliveries.count == 1 }
        consumer.settle(consumer.deliveries[0], "$nack")
        world.wait("it came again") { consumer.deliveries.count == 2 }
        #expect(consumer.deliveries[1].time - consumer.deliveries[0].time < 2_000)
        consumer.settle(consumer.deliveries[1], "$nack", ["x-delay": "7000"])
        world.wait("it came a third time") { consumer.deliveries.count == 3 }
        #expect(consumer.deliveries[2].time - consumer.deliveries[1].time >= 7_000)
        #expect(consumer.deliveries[2]["x-delivery-count"] == "3")
    }

    @Test(
        "a rejected message is a dead letter, with what it was and why; $dlq is a queue like any other",
        arguments: [1, 3]
    )
    func rejected(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("jobs", on: 0) { $0.deadLetters.isEnabled = true }
        let consumer = world.consumer("c", of: self.queue, on: shards - 1)
        world.connected("p").publish("\(self.queue)/eu", text: "bad", user: ["own": "kept"])
        world.wait("it came") { consumer.deliveries.count == 1 }
        consumer.settle(consumer.deliveries[0], "$reject", ["reason": "no such customer"])
        world.wait("it is settled") { consumer.isIdle }
        let undertaker = world.consumer("u", of: "$dlq/jobs")
        world.wait("it is there") { undertaker.deliveries.count == 1 }
        let letter = undertaker.deliveries[0]
        #expect(letter.topic == "$dlq/jobs" && letter.text == "bad" && letter["own"] == "kept")
        #expect(letter["_dlq_original_queue"] == "jobs" && letter["_dlq_original_topic"] == "\(self.queue)/eu")
        #expect(letter["_dlq_reason"] == "rejected" && letter["_dlq_reject_reason"] == "no such customer")
        #expect(letter["_dlq_delivery_count"] == "1" && letter["_dlq_group"] == "c" && letter["client_id"] == "p")
        undertaker.settle(letter)
        world.wait("it is settled there") { undertaker.isIdle && world.status("$dlq/jobs")?.depth == 0 }
        #expect(undertaker.lastReason == .success)
    }

    @Test("a message that fails too often is a dead letter")
    func poison() throws {
        let world = try World.withLogs()
        world.declare("jobs", on: 1) {
            $0.deadLetters.isEnabled = true
            $0.deadLetters.target = "graveyard"
            $0.retry.maximumDeliveries = 3
        }
        let consumer = world.consumer("c", of: self.queue, on: 2)
        world.connected("p").publish(self.queue, text: "poison")
        for round in 1...3 {
            world.wait("it came \(round) times") { consumer.deliveries.count == round }
            consumer.settle(consumer.deliveries[round - 1], "$nack")
        }
        let undertaker = world.consumer("u", of: "$queue/graveyard")
        world.wait("it is there") { undertaker.deliveries.count == 1 }
        #expect(undertaker.deliveries[0]["_dlq_reason"] == "max-deliveries")
        #expect(undertaker.deliveries[0]["_dlq_delivery_count"] == "3")
        world.run(60_000)
        #expect(consumer.deliveries.count == 3)
    }

    @Test("queues that are each other's dead-letter queues move a message sixteen times, and it is nobody's loss")
    func circle() throws {
        let world = try World.withLogs()
        for (name, other) in [("left", "right"), ("right", "left")] {
            world.declare(name, on: name == "left" ? 0 : 2) {
                $0.deadLetters.isEnabled = true
                $0.deadLetters.target = other
                $0.deadLetters.reasons = .all
                $0.limits.ttl = 100
            }
        }
        world.connected("p").publish("$queue/left", text: "round and round")
        world.run(120_000)
        #expect(world.status("left")?.moving == 1)
        #expect(world.status("right")?.moving == 0)
        #expect(world.shards.reduce(0) { $0 + $1.counters[.deadLetters] } == 16)
    }

    @Test(
        "settling says what is wrong: nobody pending, no such group, no such queue, a property that is missing or no number",
        arguments: [1, 3]
    )
    func settlementErrors(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("jobs", on: 0)
        let client = world.connected("c", on: shards - 1)
        func settle(_ topic: String, _ user: KeyValuePairs<String, String>, expect reason: String, qos: UInt8 = 1) {
            client.publish(topic, text: "", qos: qos, user: user)
            world.wait("\(reason) is told") { client.isIdle }
            #expect(client.lastReason == .unspecifiedError)
            #expect(client.reasons.last == reason)
        }
        settle("$queue/jobs/$ack", ["group-id": "g"], expect: "message-id required for queue acknowledgment")
        settle("$queue/jobs/$ack", ["message-id": "jobs:1"], expect: "group-id required for queue acknowledgment")
        settle("$queue/jobs/$ack", ["message-id": "jobs:1", "group-id": "g"], expect: "consumer group \"g\" not found")
        settle("$queue/none/$nack", ["message-id": "1", "group-id": "g"], expect: "queue \"none\" not found")
        client.subscribe("$queue/jobs", user: ["consumer-group": "g"])
        world.wait("it consumes") { client.isSubscribed }
        settle(
            "$queue/jobs/$ack",
            ["message-id": "jobs:9", "group-id": "g"],
            expect: "message not in pending list",
            qos: 2
        )
        settle("$queue/jobs/$reject", ["message-id": "9", "group-id": "g"], expect: "message not in pending list")
        settle(
            "$queue/jobs/$ack",
            ["message-id": "jobs:x", "group-id": "g"],
            expect: "invalid message-id 'jobs:x': expected <queue>:<number>"
        )
        // At QoS 0 nobody is told, and the connection stays.
        client.publish("$queue/jobs/$ack", [], qos: 0)
        world.run(1_000)
        #expect(client.isOnline)
        #expect(world.broker.total(.queueSettlesRefused) == 8)
    }

    @Test("a verb that stands where it cannot is an invalid topic, and so is an address without a name")
    func misplaced() throws {
        let world = try World.withLogs()
        let client = world.connected("c")
        for topic in ["$queue/jobs/$ack/more", "$queue/jobs/$commit/x", "$queue/", "$dlq/"] {
            client.publish(topic, text: "x")
            world.wait("\(topic) is answered") { client.isIdle }
            #expect(client.lastReason == .topicNameInvalid, "\(topic)")
        }
        #expect(client.reasons.first?.contains("$ack") == true)
        #expect(world.broker.queues.count == 0)
    }

    // MARK: Groups

    @Test("each group gets everything, and of a group each message goes to one consumer", arguments: [1, 3])
    func groups(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        let workers = (0..<3).map {
            world.consumer("w\($0)", of: self.queue, ["consumer-group": "workers"], on: $0 % shards)
        }
        let audit = world.consumer("audit", of: self.queue)
        let european = world.consumer("eu", of: "\(self.queue)/eu/#", ["consumer-group": "workers"])
        let publisher = world.connected("p")
        for number in 0..<60 {
            publisher.publish(number % 2 == 0 ? "\(self.queue)/eu/\(number)" : self.queue, text: "\(number)")
        }
        world.wait("all came") {
            workers.reduce(0) { $0 + $1.deliveries.count } == 60 && audit.deliveries.count == 60
                && european.deliveries.count == 30
        }
        #expect(Set(workers.flatMap(\.texts)).count == 60)
        #expect(workers.allSatisfy { $0.deliveries.count >= 10 })
        #expect(audit.texts == (0..<60).map { "\($0)" })
        #expect(european.deliveries.allSatisfy { $0["group-id"] == "workers@eu/#" })
        #expect(european.deliveries[0].topic == "\(self.queue)/eu/0")
    }

    @Test(
        "what a consumer had goes to others at once when it is gone, when it unsubscribes, and when its session ends",
        arguments: [0, 600] as [UInt32]
    )
    func failover(expiry: UInt32) throws {
        for seed in SimulationEnvironment.seeds {
            let world = try World.withLogs(seed: seed)
            let lost = world.consumer("lost", of: self.queue, ["consumer-group": "g"], on: 0) {
                ($0.expiry, $0.acknowledges) = (expiry, false)
            }
            let stays = world.consumer("stays", of: self.queue, ["consumer-group": "g", "x-ack-mode": "puback"], on: 1)
            world.publish(0..<40, to: self.queue, from: world.connected("p", on: 2))
            world.wait("both have some") { lost.deliveries.count + stays.deliveries.count == 40 }
            #expect(lost.deliveries.count >= 10)
            let begin = world.now
            if seed % 2 == 0 { lost.cut() } else { lost.unsubscribe(self.queue) }
            world.wait("all went to the other") { Set(stays.texts).count == 40 }
            #expect(world.now - begin < 5_000)
            world.wait("all are settled") { world.status("jobs")?.depth == 0 }
            #expect(stays.deliveries.count == 40)
            #expect(stays.deliveries.filter { $0["x-delivery-count"] == "2" }.count == lost.deliveries.count)
        }
    }

    @Test(
        "a kept session consumes again when its client is back, also after a restart",
        arguments: [MQTTVersion.v5, .v3_1_1]
    )
    func resumes(version: MQTTVersion) throws {
        let store = MemoryStore()
        let world = try World.withLogs(store: store, loads: true)
        let user: KeyValuePairs = ["consumer-group": "g", "x-ack-mode": "puback"]
        let consumer = world.consumer("c", of: self.queue, user, version: version, on: 0) {
            ($0.cleanStart, $0.expiry) = (false, 3_600)
        }
        consumer.cut()
        world.publish(0..<5, to: self.queue, from: world.connected("p", on: 1))
        #expect(consumer.deliveries.isEmpty)
        consumer.connect()
        world.wait("what waited came") { consumer.deliveries.count == 5 && world.status("jobs")?.depth == 0 }
        #expect(consumer.subacks.count == 1)
        world.run(5_000)

        let second = try World.withLogs(store: store, loads: true)
        #expect(second.loaded?.subscriptions == 1)
        let back = second.connected("c", version) { ($0.cleanStart, $0.expiry) = (false, 3_600) }
        #expect(back.sessionPresent)
        second.publish(0..<5, to: self.queue, from: second.connected("p"))
        second.wait("it consumes") { back.deliveries.count == 5 && second.status("jobs")?.depth == 0 }
        if version == .v5 { #expect(back.deliveries[0]["group-id"] == "g") }
        back.unsubscribe(self.queue)
        second.wait("it is unsubscribed") { back.unsubacks == 1 }
        second.run(5_000)
        let third = try World.withLogs(store: store, loads: true)
        #expect(third.loaded?.subscriptions == 0)
    }

    // MARK: Order and windows

    @Test("a queue keeps one publisher's order over all shards, while others publish too")
    func order() throws {
        for seed in SimulationEnvironment.seeds {
            let world = try World.withLogs(seed: seed)
            world.declare("jobs", on: 1)
            let consumer = world.consumer("c", of: self.queue, ["x-ack-mode": "puback"], on: 2)
            let publishers = (0..<3).map { (number: Int) in world.connected("p\(number)", on: number) }
            for number in 0..<100 {
                for (index, publisher) in publishers.enumerated() {
                    publisher.publish(self.queue, text: "\(index) \(number)")
                }
            }
            world.wait("all came") { consumer.deliveries.count == 300 }
            for index in 0..<3 {
                #expect(consumer.texts.filter { $0.hasPrefix("\(index) ") } == (0..<100).map { "\(index) \($0)" })
            }
        }
    }

    @Test(
        "queues and ordinary subscriptions share a receive maximum , and neither starves",
        arguments: [1, 2, 7] as [UInt16]
    )
    func receiveMaximum(maximum: UInt16) throws {
        let world = try World.withLogs()
        let consumer = world.consumer("c", of: self.queue, on: 0) { $0.receiveMaximum = maximum }
        consumer.subscribe("$queue/other")
        consumer.subscribe("plain")
        world.wait("it is subscribed") { consumer.isSubscribed }
        let publisher = world.connected("p", on: 1)
        for number in 0..<50 {
            for topic in [self.queue, "$queue/other", "plain"] { publisher.publish(topic, text: "\(number)") }
        }
        world.wait("all came") { consumer.deliveries.count == 150 }
        for topic in [self.queue, "$queue/other", "plain"] {
            #expect(consumer.deliveries.filter { $0.topic == topic }.map(\.text) == (0..<50).map { "\($0)" })
        }
        // Not one of them has the whole window while others wait.
        let half = consumer.deliveries.prefix(100)
        #expect(Set(half.map(\.topic)).count == 3)
    }

    @Test("large messages cross shards whole, and one beyond the consumer's packet size is rejected")
    func sizes() throws {
        let world = try World.withLogs()
        world.declare("jobs", on: 1) { $0.deadLetters.isEnabled = true }
        let publisher = world.connected("p", on: 0)
        let consumer = world.consumer("c", of: self.queue, on: 2) { $0.maximumPacketSize = 60_000 }
        let payloads = [3_000, 20_000, 50_000, 100_000].map { size in
            (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        }
        for payload in payloads { publisher.publish(self.queue, payload) }
        world.wait("three came") { consumer.deliveries.count == 3 }
        #expect(consumer.deliveries.map(\.payload) == Array(payloads.prefix(3)))
        let undertaker = world.consumer("u", of: "$dlq/jobs")
        world.wait("the last one is a dead letter") { undertaker.deliveries.count == 1 }
        #expect(undertaker.deliveries[0].payload == payloads[3])
        #expect(consumer.isOnline)
    }

    @Test("with cuts and reconnects every acknowledged message is processed by somebody, and the queue runs empty")
    func churn() throws {
        for seed in SimulationEnvironment.seeds {
            let world = try World.withLogs(seed: seed, conditions: .bad)
            world.declare("jobs", on: 1) {
                $0.retry.maximumDeliveries = 0
                $0.visibilityTimeout = 3_000
            }
            let workers = (0..<4).map { number in
                world.client("w\(number)", number == 1 ? .v3_1_1 : .v5, on: number % 3) {
                    ($0.cleanStart, $0.expiry, $0.reconnects) = (true, 0, 10...1_000)
                    $0.subscribe(self.queue, user: ["consumer-group": "w1", "x-ack-mode": "puback"])
                    $0.connect()
                }
            }
            let publisher = world.client("p") {
                ($0.cleanStart, $0.expiry, $0.reconnects) = (false, 3_600, 10...100)
                $0.connect()
            }
            for number in 0..<150 {
                publisher.publish(self.queue, text: "\(number)", qos: number % 2 == 0 ? 1 : 2)
                if number % 10 == 0 { world.simulator.random.pick(workers).cut() }
                world.run(20)
            }
            world.simulator.conditions.resetsPerMille = 0
            world.wait("all are published", atMost: 120_000) { publisher.isIdle }
            world.wait("the queue is empty", atMost: 300_000) {
                (world.status("jobs")?.depth ?? 1) == 0
                    || workers.allSatisfy { $0.isOnline } && Set(workers.flatMap(\.texts)).count == 150
            }
            #expect(Set(workers.flatMap(\.texts)).count == 150, "seed \(seed)")
            #expect(workers.allSatisfy { $0.errors.isEmpty }, "seed \(seed)")
        }
    }
}
