import Configuration
import Core
import DaemonConfig
import QueueEngine
import Testing

@testable import BrokerAdmin

@Suite("Queues of the file")
struct FileQueuesTests {
    static func queues(_ text: String) throws -> FileQueues {
        try FileQueues(try RunningConfigTests.loaded(text).config)
    }

    @Test("what a queue does not say is the queue engine's own default")
    func defaults() throws {
        let queues = try Self.queues("queues: [{name: q}, {name: s, type: stream}, {name: e, type: ephemeral}]")
        #expect(
            queues.definitions == [
                QueueDefinition(name: "q", number: 0, topics: ["$queue/q/#"]),
                QueueDefinition(name: "s", number: 0, kind: .stream, topics: ["$queue/s/#"]),
                QueueDefinition(name: "e", number: 0, kind: .ephemeral, topics: ["$queue/e/#"]),
            ]
        )
    }

    @Test("every key reaches the definition, and comes back from it in the file's words")
    func everyKey() throws {
        let text = """
            queues:
              - name: q
                topics: [a/#]
                reserved: true
                ack_durability: fsync
                retention: {max_age: 1s, max_length_bytes: 2, max_length_messages: 3}
                limits: {max_message_size: 4, max_depth: 5, max_bytes: 6, message_ttl: 7s, max_delayed: 8}
                overflow: dead-letter
                retry: {max_retries: 9, initial_backoff: 10s, max_backoff: 11s, multiplier: 1.5}
                visibility_timeout: 12s
                dlq: {enabled: true, topic: dead, reasons: [overflow, expired]}
                compression: zstd
                dedupe_window: 13s
                single_active_consumer: true
                group_expires: 14s
                priorities: true
                paused: true
                capture_sync: true
            """
        var expected = QueueDefinition(name: "q", number: 0, topics: ["$queue/q/#", "a/#"])
        expected.isReserved = true
        expected.durability = .synced
        (expected.retention.maximumAge, expected.retention.maximumBytes) = (1_000, 2)
        expected.retention.maximumMessages = 3
        (expected.limits.maximumMessageSize, expected.limits.maximumMessages, expected.limits.maximumBytes) = (4, 5, 6)
        (expected.limits.ttl, expected.limits.maximumDelayed) = (7_000, 8)
        expected.overflow = .deadLetter
        (expected.retry.maximumDeliveries, expected.retry.initialBackoff) = (9, 10_000)
        (expected.retry.maximumBackoff, expected.retry.multiplier) = (11_000, 1.5)
        expected.visibilityTimeout = 12_000
        (expected.deadLetters.isEnabled, expected.deadLetters.target) = (true, "dead")
        expected.deadLetters.reasons = [DeadLetterReasons(.overflow), DeadLetterReasons(.expired)]
        (expected.compresses, expected.dedupeWindow, expected.hasSingleActiveConsumer) = (true, 13_000, true)
        (expected.idleGroupExpiry, expected.hasPriorities) = (14_000, true)
        (expected.isPaused, expected.capturesSynchronously) = (true, true)
        #expect(try Self.queues(text).definitions == [expected])

        let plain = QueueDefinition(name: "q", number: 7, topics: ["$queue/q/#"])
        let keys = QueueDifference.all(stored: plain, file: expected).map(\.key)
        let written = DaemonConfig.queueDescription.entries(QueueConfig(expected), defaults: QueueConfig(plain))
            .filter { $0.value != $0.defaultValue }.map(\.path)
        #expect(keys == written.filter { $0 != "paused" } && keys.count == 26)
        var back = try RunningConfigTests.loaded("").config
        back.queues = [QueueConfig(expected)]
        #expect(try FileQueues(back).definitions == [expected])
    }

    @Test("0 is no limit, and a time that is shorter than a millisecond is not 0")
    func zero() throws {
        let text = "queues: [{name: q, limits: {message_ttl: 0, max_depth: 0}, dedupe_window: 1us}]"
        let definition = try #require(try Self.queues(text).definitions.first)
        #expect(definition.limits.ttl == 0 && definition.limits.maximumMessages == 0 && definition.dedupeWindow == 1)
    }

    @Test("what a queue leaves to the broker is the broker's, but nothing ephemeral is synced")
    func inherited() throws {
        let text = """
            storage: {queue_ack_durability: fsync}
            queue_manager: {auto_commit_interval: 0s}
            queues: [{name: s, type: stream}, {name: e, type: ephemeral}, {name: b, ack_durability: buffered}]
            """
        let definitions = try Self.queues(text).definitions
        #expect(definitions.map(\.durability) == [.synced, .buffered, .buffered])
        #expect(definitions[0].autoCommitInterval == 0)
    }

    @Test(
        "what the queue engine does not take is told at the key that is wrong",
        arguments: [
            ("{name: a+b}", "queues[0].name"), ("{name: a, topics: [x/#/y]}", "queues[0].topics"),
            ("{name: a, overflow: dead-letter}", "queues[0].overflow"),
            ("{name: a, retry: {initial_backoff: 10m}}", "queues[0].retry.max_backoff"),
            ("{name: a, dlq: {enabled: true, topic: a}}", "queues[0].dlq.topic"),
            ("{name: a, compaction: true}", "queues[0].compaction"),
            ("{name: a, type: stream, priorities: true}", "queues[0].priorities"),
            ("{name: a, type: ephemeral, ack_durability: fsync}", "queues[0].ack_durability"),
        ]
    )
    func wrong(queue: String, key: String) throws {
        let error = #expect(throws: ConfigError.self) { try Self.queues("queues: [\(queue)]") }
        #expect(error?.key == key)
        // The key is one of the description's, so that its place is found.
        let path = key.dropFirst("queues[0].".count)
        #expect(DaemonConfig.queueDescription.keys.contains { $0.path == path })
    }

    // MARK: Applying

    private func broker() -> (Broker, ShardState) {
        let broker = Broker(shards: 1, key: 1, settings: BrokerSettings())
        return (broker, ShardState(index: 0, broker: broker, now: 1))
    }

    private func apply(_ text: String, _ way: QueueApplier.Way, _ broker: Broker, _ shard: ShardState) throws
        -> [QueueApplier.Outcome]
    {
        let applier = QueueApplier(try Self.queues(text), of: broker)
        return applier.definitions.indices.map { applier.apply($0, way, on: shard).outcome }
    }

    @Test("a queue that is missing is made once, and a look makes none")
    func makes() throws {
        let (broker, shard) = self.broker()
        let text = "queues: [{name: a}, {name: b, type: stream}]"
        #expect(try self.apply(text, .look, broker, shard) == [.made, .made])
        #expect(broker.queues.count == 0)
        #expect(try self.apply(text, .make, broker, shard) == [.made, .made])
        #expect(try self.apply(text, .make, broker, shard) == [.same, .same])
        #expect(shard.queue(named: "b")?.definition.kind == .stream)
    }

    @Test("a queue that exists keeps its definition and says what differs, until the file's is taken")
    func keeps() throws {
        let (broker, shard) = self.broker()
        _ = try self.apply("queues: [{name: a, topics: [x, y], limits: {max_depth: 5}}]", .make, broker, shard)
        let other = "queues: [{name: a, topics: [y, x], limits: {max_depth: 6}, overflow: drop-head}]"
        let differences = [
            QueueDifference(key: "limits.max_depth", stored: "5", file: "6"),
            QueueDifference(key: "overflow", stored: "reject", file: "drop-head"),
        ]
        #expect(try self.apply(other, .make, broker, shard) == [.kept(differences)])
        #expect(try self.apply(other, .lookTaking, broker, shard) == [.changed(differences)])
        #expect(shard.queue(named: "a")?.definition.limits.maximumMessages == 5)
        #expect(try self.apply(other, .take, broker, shard) == [.changed(differences)])
        #expect(shard.queue(named: "a")?.definition.limits.maximumMessages == 6)
        #expect(try self.apply(other, .make, broker, shard) == [.same])
    }

    @Test("a queue that operators paused stays paused when the file's definition is taken")
    func paused() throws {
        let (broker, shard) = self.broker()
        _ = try self.apply("queues: [{name: a}]", .make, broker, shard)
        try shard.queues.setPaused(try #require(shard.queue(named: "a")), true)
        #expect(try self.apply("queues: [{name: a}]", .take, broker, shard) == [.same])
        _ = try self.apply("queues: [{name: a, priorities: true}]", .take, broker, shard)
        #expect(shard.queue(named: "a")?.definition.isPaused == true)
    }

    @Test("a queue's type stays: every way to take the file says so, and changes nothing")
    func kind() throws {
        let (broker, shard) = self.broker()
        _ = try self.apply("queues: [{name: a}]", .make, broker, shard)
        let stream = "queues: [{name: a, type: stream, limits: {max_depth: 1}}]"
        let expected = "it is classic, and a queue's type cannot change: delete the queue, or write that type"
        for way in [QueueApplier.Way.look, .lookTaking, .make, .take] {
            #expect(try self.apply(stream, way, broker, shard) == [.refused(expected)])
        }
        #expect(shard.queue(named: "a")?.definition.limits.maximumMessages == 100_000)
    }
}
