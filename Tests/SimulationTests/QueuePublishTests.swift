import Core
import MQTTWire
import QueueEngine
import Simulation
import Testing

@Suite("Simulation: publishing to queues over MQTT, streams, captures, refusals")
struct QueuePublishTests {
    private let queue = "$queue/jobs"

    // MARK: What publishers ask for

    @Test("x-delay, x-priority and x-message-id do what they say", arguments: [1, 3])
    func wishes(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("jobs", on: 0) {
            $0.hasPriorities = true
            $0.dedupeWindow = 60_000
        }
        let publisher = world.connected("p", on: shards - 1)
        publisher.publish(self.queue, text: "late", user: ["x-delay": "10000"])
        for (text, priority) in [("low", "1"), ("high", "9"), ("middle", "5")] {
            publisher.publish(self.queue, text: text, user: ["x-priority": priority])
        }
        for text in ["once", "twice"] { publisher.publish(self.queue, text: text, user: ["x-message-id": "m"]) }
        world.wait("all are acknowledged") { publisher.isIdle }
        #expect(publisher.acknowledged.allSatisfy { $0.reason == .success })
        let begin = world.now
        let consumer = world.consumer("c", of: self.queue, ["x-ack-mode": "puback"])
        world.wait("all came") { consumer.deliveries.count == 5 }
        #expect(consumer.texts == ["high", "middle", "low", "once", "late"])
        #expect(consumer.deliveries[4].time - begin > 8_000)
        #expect(consumer.deliveries[0]["x-priority"] == "9")
    }

    @Test("a wish that makes no sense is refused, with its name; of a captured topic it is no wish", arguments: [1, 3])
    func badWishes(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("jobs", topics: ["t"])
        let publisher = world.connected("p", on: shards - 1)
        for (name, value) in [
            ("x-priority", "10"), ("x-delay", "soon"), ("x-delay", "-1"), ("x-message-id", ""), ("x-key", ""),
        ] {
            publisher.publish(self.queue, text: "bad", user: [name: value])
            world.wait("it is refused") { publisher.isIdle }
            #expect(publisher.lastReason == .implementationSpecificError)
            #expect(publisher.reasons.last?.hasPrefix(name) == true)
        }
        publisher.publish("t", text: "captured", user: ["x-priority": "urgent"])
        world.wait("it is taken") { publisher.isIdle }
        #expect(publisher.lastReason == .success)
        let consumer = world.consumer("c", of: self.queue)
        world.wait("it comes") { consumer.deliveries.count == 1 }
        #expect(consumer.texts == ["captured"] && consumer.deliveries[0]["x-priority"] == "urgent")
    }

    @Test("what only a queue may say of a message is taken away from who says it too")
    func forgery() throws {
        let world = try World.withLogs()
        let consumer = world.consumer("c", of: self.queue)
        world.connected("p").publish(
            self.queue,
            text: "x",
            user: [
                "message-id": "jobs:77", "group-id": "root", "x-delivery-count": "9", "client_id": "root",
                "_dlq_reason": "x",
                "x-stream-offset": "1", "x-work-group": "g", "_flux.trace": "1", "own": "kept", "protocol": "amqp",
            ]
        )
        world.wait("it comes") { consumer.deliveries.count == 1 }
        let delivery = consumer.deliveries[0]
        #expect(
            delivery["message-id"] == "jobs:0" && delivery["group-id"] == "c" && delivery["x-delivery-count"] == "1"
        )
        #expect(delivery["client_id"] == "p" && delivery["protocol"] == "mqtt" && delivery["own"] == "kept")
        #expect(
            !delivery.user.contains {
                $0.name.hasPrefix("_") || $0.name.hasPrefix("x-stream-") || $0.name.hasPrefix("x-work-")
            }
        )
    }

    @Test(
        "a message at QoS 0 is taken without an answer, one at QoS 2 once, however often it is sent",
        arguments: [1, 3]
    )
    func qualities(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        let publisher = world.connected("p", on: 0)
        publisher.publish(self.queue, [48], qos: 0)
        let packet = MQTTPublish(topic: Array(self.queue.utf8), payload: [50], qos: 2, packetID: SimClient.rawIDs)
        for _ in 0..<3 { publisher.send(raw: packet.encoded(.v5)) }
        world.run(2_000)
        publisher.send(raw: MQTTAcknowledgement(type: .pubrel, packetID: SimClient.rawIDs).encoded(.v5))
        let consumer = world.consumer("c", of: self.queue, ["x-ack-mode": "puback"], on: shards - 1)
        world.run(5_000)
        #expect(consumer.texts == ["0", "2"])
        #expect(consumer.deliveries.allSatisfy { $0.qos == 1 })
    }

    @Test("nothing is retained at a queue's address")
    func retained() throws {
        let world = try World.withLogs()
        world.connected("p").publish(self.queue, text: "x", retain: true)
        let consumer = world.consumer("c", of: self.queue, ["x-ack-mode": "puback"])
        world.run(5_000)
        #expect(consumer.texts == ["x"] && !consumer.deliveries[0].retain)
        #expect(world.broker.retained.count() == 0)
    }

    @Test("a will goes into a queue that is there, and is neither retained nor a settlement")
    func wills() throws {
        let world = try World.withLogs()
        let consumer = world.consumer("c", of: self.queue, ["x-ack-mode": "puback"], on: 1)
        for topic in [self.queue, "\(self.queue)/$ack", "$queue/none"] {
            let gone = world.connected("gone \(topic)", on: 0) {
                $0.will = MQTTWill(topic: Array(topic.utf8), payload: [48], qos: 1, retain: true)
            }
            gone.cut()
        }
        world.run(5_000)
        #expect(consumer.texts == ["0"] && !consumer.deliveries[0].retain)
        #expect(world.broker.retained.count() == 0 && world.broker.queues.count == 1)
    }

    // MARK: Full

    @Test(
        "a full queue refuses: MQTT 5 is told 0x97 and why, wherever the queue lives; 3.1.1 is acknowledged, and it is counted",
        arguments: [0, 2],
        [1, 2] as [UInt8]
    )
    func full(shard: Int, qos: UInt8) throws {
        let world = try World.withLogs()
        world.declare("jobs", on: shard) { $0.limits.maximumMessages = 3 }
        let publisher = world.connected("p", on: 0)
        world.publish(0..<5, to: self.queue, from: publisher, qos: qos)
        #expect(publisher.acknowledged.filter { $0.reason == .success }.count == 3)
        #expect(publisher.acknowledged.filter { $0.reason == .quotaExceeded }.count == 2)
        #expect(publisher.reasons.last == "the queue is full")
        let old = world.connected("old", .v3_1_1, on: 0)
        world.publish(5..<6, to: self.queue, from: old, qos: qos)
        #expect(old.isOnline)
        #expect(world.broker.total(.queueRefused) == 3)
        let consumer = world.consumer("c", of: self.queue, ["x-ack-mode": "puback"])
        world.wait("what was taken comes") { consumer.deliveries.count == 3 }
        world.publish(6..<7, to: self.queue, from: publisher, qos: qos)
        world.wait("there is room again") { consumer.texts == ["0", "1", "2", "6"] }
        #expect(publisher.lastReason == .success)
    }

    // MARK: Captures

    @Test(
        "topics are captured beside their subscribers; several queues may have the same message",
        arguments: [false, true],
        [1, 3]
    )
    func capture(synchronous: Bool, shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("all", topics: ["sensors/#"], on: 0) { $0.capturesSynchronously = synchronous }
        world.declare("hot", topics: ["sensors/+/hot"], on: shards - 1) { $0.capturesSynchronously = synchronous }
        let plain = world.subscriber("plain", to: "sensors/#", on: 0)
        let publisher = world.connected("p", on: shards - 1)
        publisher.publish("sensors/1/hot", text: "a", retain: true)
        publisher.publish("sensors/1/cold", text: "b")
        world.wait("it is acknowledged") { publisher.isIdle }
        let all = world.consumer("all", of: "$queue/all", ["x-ack-mode": "puback"])
        let hot = world.consumer("hot", of: "$queue/hot", ["x-ack-mode": "puback"])
        world.wait("all came") { plain.deliveries.count == 2 && all.deliveries.count == 2 && hot.deliveries.count == 1 }
        #expect(all.deliveries.map(\.topic) == ["$queue/all/sensors/1/hot", "$queue/all/sensors/1/cold"])
        #expect(all.deliveries[0]["x-source-topic"] == "sensors/1/hot")
        #expect(world.broker.retained.count() == 1)
    }

    @Test("a full queue that captures refuses its publishers only if they wait for it")
    func fullCapture() throws {
        let world = try World.withLogs()
        for (name, topic, waits) in [("sync", "s", true), ("async", "a", false)] {
            world.declare(name, topics: [topic], on: 1) {
                $0.limits.maximumMessages = 1
                $0.capturesSynchronously = waits
            }
        }
        let publisher = world.connected("p", on: 0)
        for topic in ["s", "s", "a", "a"] { publisher.publish(topic, text: "x") }
        world.wait("all are answered") { publisher.isIdle }
        #expect(publisher.acknowledged.map(\.reason) == [.success, .quotaExceeded, .success, .success])
        #expect(world.broker.total(.queueRefused) == 2)
    }

    // MARK: Subscribing

    @Test("a SUBSCRIBE that cannot be is refused, with the reason", arguments: [1, 3])
    func refusedSubscriptions(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("jobs")
        world.declare("log", .stream)
        let client = world.connected("c", on: shards - 1)
        func subscribe(
            _ filter: String,
            _ user: KeyValuePairs<String, String> = [:],
            qos: UInt8 = 1,
            expect reason: MQTTReasonCode,
            _ words: String = ""
        ) {
            client.subscribe(filter, qos: qos, user: user)
            world.wait("\(filter) is answered") { client.isSubscribed }
            #expect(client.subacks.last?.packet.reasons == [reason], "\(filter)")
            if !words.isEmpty { #expect(client.reasons.last?.contains(words) == true, "\(client.reasons)") }
        }
        subscribe("$queue/jobs", qos: 0, expect: .implementationSpecificError, "QoS 1")
        subscribe("$queue/new", qos: 0, expect: .implementationSpecificError)
        subscribe("$queue/+", expect: .topicFilterInvalid)
        subscribe("$queue/#", expect: .topicFilterInvalid)
        subscribe("$queue/jobs/a#", expect: .topicFilterInvalid)
        subscribe("$queue/jobs/$ack", expect: .topicFilterInvalid)
        subscribe("$dlq/#", expect: .topicFilterInvalid)
        subscribe("$share/g/$queue/jobs", expect: .topicFilterInvalid, "consumer-group")
        subscribe("$queue/jobs", ["x-ack-mode": "never"], expect: .implementationSpecificError, "x-ack-mode")
        subscribe("$queue/log", ["x-stream-offset": "soon"], expect: .implementationSpecificError, "x-stream-offset")
        subscribe("$queue/jobs", ["x-stream-offset": "first"], expect: .implementationSpecificError, "no stream")
        subscribe("$queue/jobs", ["consumer-group": ""], expect: .implementationSpecificError, "group")
        subscribe("$queue/log", qos: 0, expect: .grantedQoS0)
        subscribe("$queue/jobs", qos: 2, expect: .grantedQoS1)
        #expect(world.broker.queues.count == 2)
        let old = world.connected("old", .v3_1_1)
        old.subscribe("$queue/jobs", qos: 0)
        world.wait("it is refused") { old.isSubscribed }
        #expect(old.subacks.last?.packet.reasons == [.unspecifiedError])
    }

    @Test("a subscription ends with UNSUBSCRIBE, and with its queue")
    func ends() throws {
        let world = try World.withLogs()
        world.declare("jobs", on: 1)
        let clients = (0..<2).map { (number: Int) in
            world.consumer("c\(number)", of: self.queue, ["consumer-group": "g"], on: number)
        }
        clients[0].unsubscribe(self.queue)
        world.wait("one is left") { clients[0].unsubacks == 1 && world.status("jobs")?.consumers == 1 }
        let state = world.shards[1]
        let place = try #require(world.broker.queues.find("jobs", in: .standard))
        world.simulator.loops[1].perform { if let home = state.queues.home(place.number) { state.queues.end(home) } }
        world.wait("the subscription is gone") { world.broker.total(.subscriptionsRevoked) == 1 }
        #expect(clients[1].isOnline)
        #expect(world.broker.queues.count == 0)
        // The address is free for a new queue.
        clients[1].subscribe(self.queue)
        world.wait("it consumes again") { clients[1].isSubscribed }
        clients[0].publish(self.queue, text: "new")
        world.wait("it comes") { clients[1].texts == ["new"] }
    }

    @Test("an ephemeral queue goes when nobody has wanted it for a while")
    func ephemeral() throws {
        let world = try World.withLogs()
        let consumer = world.consumer("c", of: self.queue)
        #expect(world.broker.queues.count == 1)
        world.run(600_000)
        #expect(world.broker.queues.count == 1)
        consumer.disconnect()
        world.run(400_000)
        #expect(world.broker.queues.count == 0)
        #expect(world.broker.tree.filterCount == 0)
    }

    // MARK: Streams

    @Test("a stream is read from where its reader says, and goes on from what is committed", arguments: [1, 3])
    func streams(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("log", .stream, on: 0) { $0.autoCommitInterval = 0 }
        let publisher = world.connected("p", on: shards - 1)
        world.publish(0..<10, to: "$queue/log", from: publisher)
        func reader(_ name: String, _ start: String?, qos: UInt8 = 1) -> SimClient {
            world.consumer(
                name,
                of: "$queue/log",
                start.map { ["x-stream-offset": $0] } ?? [:],
                qos: qos,
                on: shards - 1
            )
        }
        let readers = [
            reader("first", "first"), reader("last", "last"), reader("next", "next", qos: 0),
            reader("offset", "offset:7"),
            reader("default", nil, qos: 0),
        ]
        world.run(2_000)
        world.publish(10..<12, to: "$queue/log", from: publisher)
        let expected = [0..<12, 9..<12, 10..<12, 7..<12, 0..<12]
        for (reader, range) in zip(readers, expected) {
            world.wait("\(reader.clientID) has all") { reader.deliveries.count == range.count }
            #expect(reader.texts == range.map { "\($0)" }, "\(reader.clientID)")
        }
        let delivery = readers[0].deliveries[3]
        #expect(
            delivery["x-stream-offset"] == "3" && delivery["x-stream-timestamp"] != nil
                && delivery["x-work-group"] == nil
        )
        #expect(readers[2].deliveries.allSatisfy { $0.qos == 0 })
        // The group goes on where it was.
        readers[0].disconnect()
        world.run(1_000)
        world.publish(12..<13, to: "$queue/log", from: publisher)
        let back = reader("first", nil)
        world.wait("it goes on") { back.texts == ["12"] }
    }

    @Test(
        "$commit sets a stream group's offset; for others, and beyond what was read, it says why not",
        arguments: [1, 3]
    )
    func commits(shards: Int) throws {
        let world = try World.withLogs(shards: shards)
        world.declare("log", .stream, on: 0) { $0.primaryGroup = "main" }
        world.declare("jobs", on: 0)
        let client = world.connected("c", on: shards - 1)
        world.publish(0..<10, to: "$queue/log", from: client)
        client.subscribe("$queue/log", user: ["consumer-group": "main", "x-auto-commit": "false"])
        client.subscribe("$queue/jobs", user: ["consumer-group": "g"])
        world.wait("all came") { client.deliveries.count == 10 }
        func commit(
            _ queue: String,
            _ user: KeyValuePairs<String, String>,
            _ reason: MQTTReasonCode,
            _ words: String = ""
        ) {
            client.publish("$queue/\(queue)/$commit", text: "", user: user)
            world.wait("it is answered") { client.isIdle }
            #expect(client.lastReason == reason)
            if !words.isEmpty { #expect(client.reasons.last?.contains(words) == true, "\(client.reasons)") }
        }
        commit("log", ["x-group-id": "main", "x-offset": "4"], .success)
        commit("log", ["x-group-id": "main", "x-offset": "11"], .unspecifiedError, "invalid offset")
        commit("log", ["x-offset": "1"], .unspecifiedError, "x-group-id")
        commit("log", ["x-group-id": "main", "x-offset": "far"], .unspecifiedError, "x-offset")
        commit("jobs", ["x-group-id": "g", "x-offset": "0"], .unspecifiedError, "only supported for stream groups")
        let other = world.consumer("o", of: "$queue/log")
        world.wait("another reads it too") { other.deliveries.count == 10 }
        #expect(other.deliveries[3]["x-work-acked"] == "true" && other.deliveries[4]["x-work-acked"] == "false")
        #expect(other.deliveries[0]["x-work-committed-offset"] == "4" && other.deliveries[0]["x-work-group"] == "main")
    }
}
