import AdminAPI
import Core
import Query
import QueueEngine
import RPC
import Testing

@testable import BrokerAdmin

@Suite("Names and arguments of queues")
struct QueueNameTests {
    @Test("a consumer, a pending message and a message are found again by the names that rows have")
    func names() throws {
        let consumer = ConsumerPlace(shard: 1, queue: 300, consumer: 17)
        #expect(consumer.name == "m1.300.17")
        #expect(ConsumerPlace(named: consumer.name)?.name == consumer.name)
        let pending = PendingPlace(queue: "my orders:eu", group: "bill ing@eu/#", id: MessageID(number: 5_012))
        #expect(PendingPlace.all(named: pending.name).contains { $0.name == pending.name && $0.queue == pending.queue })
        #expect(PendingPlace(pending.key)?.name == pending.name)
        let message = try #require(QueueMessagePlace(named: "a:b:7"))
        #expect(message.queue == "a:b" && message.id.number == 7)
        for wrong in ["", "m", "m1", "m1.2", "m1.2.x", "m999.1.1", "c1.2.3"] {
            #expect(ConsumerPlace(named: wrong) == nil)
        }
        for wrong in ["", "orders", "orders:", "orders:x"] { #expect(QueueMessagePlace(named: wrong) == nil) }
    }

    @Test("a group's name can be cut at each of its spaces")
    func groupKeys() {
        #expect(BrokerBackend.groupKeys(named: "a b c").map(\.text) == ["a\u{0}b c", "a b\u{0}c"])
        #expect(BrokerBackend.groupKeys(named: "orders").isEmpty)
    }

    private static func changed(
        _ arguments: [String: String],
        isNew: Bool = true,
        _ kind: QueueDefinition.Kind = .classic
    ) throws -> QueueDefinition {
        var definition = QueueDefinition(name: "orders", number: 300, kind: kind, topics: ["$queue/orders/#"])
        try QueueArguments.apply(arguments, to: &definition, isNew: isNew)
        return definition
    }

    @Test("arguments have the names of the row's fields, and each changes what its row says")
    func arguments() throws {
        let definition = try Self.changed([
            "type": "classic", "durability": "synced", "topics": "shop/#\nbids/+", "depth_limit": "9",
            "bytes_limit": "10",
            "message_bytes_limit": "11", "delayed_limit": "12", "ttl_ms": "13", "overflow": "drop-head",
            "deliveries_limit": "14",
            "backoff_ms": "15", "backoff_limit_ms": "16", "backoff_multiplier": "1.5", "visibility_timeout_ms": "17",
            "dead_letter_queue": "failed", "dead_letter_reasons": "expired,rejected", "retention_ms": "18",
            "retention_bytes_limit": "19", "retention_messages_limit": "20", "compresses": "true",
            "dedupe_window_ms": "21", "single_active_consumer": "true", "idle_expiry_ms": "22",
            "idle_group_expiry_ms": "23",
            "priorities": "true", "captures_synchronously": "true",
        ])
        let stream = try Self.changed([
            "type": "stream", "compacts": "true", "primary_group": "main", "auto_commit_interval_ms": "24",
        ])
        #expect(stream.kind == .stream && stream.compacts && stream.primaryGroup == "main")
        #expect(stream.autoCommitInterval == 24)
        #expect(definition.kind == .classic && definition.durability == .synced && definition.overflow == .dropHead)
        #expect(definition.topics == ["$queue/orders/#", "shop/#", "bids/+"])
        #expect(
            definition.limits.maximumMessages == 9 && definition.limits.maximumDelayed == 12
                && definition.limits.ttl == 13
        )
        #expect(definition.retry.maximumDeliveries == 14 && definition.retry.multiplier == 1.5)
        #expect(definition.deadLetterQueue == "failed" && definition.deadLetters.isEnabled)
        #expect(definition.deadLetters.reasons.names == ["expired", "rejected"])
        #expect(definition.retention.maximumMessages == 20 && definition.hasPriorities && definition.compresses)
        #expect(definition.dedupeWindow == 21 && definition.hasSingleActiveConsumer)
        #expect(definition.capturesSynchronously && definition.idleGroupExpiry == 23)
    }

    @Test(
        "a stream is not given what only a queue has whose messages are settled, new or not",
        arguments: [
            ["depth_limit": "1"], ["bytes_limit": "0"], ["overflow": "reject"], ["deliveries_limit": "3"],
            ["backoff_ms": "1"], ["backoff_limit_ms": "1"], ["backoff_multiplier": "2"],
            ["visibility_timeout_ms": "1"], ["dead_letter_queue": "$dlq/orders"], ["dead_letter_reasons": "expired"],
            ["priorities": "false"], ["idle_expiry_ms": "1"],
        ],
        [true, false]
    )
    func streamArguments(_ arguments: [String: String], isNew: Bool) throws {
        let name = try #require(arguments.keys.first)
        #expect {
            _ = try Self.changed(
                isNew ? arguments.merging(["type": "stream"]) { one, _ in one } : arguments,
                isNew: isNew,
                isNew ? .classic : .stream
            )
        } throws: {
            ($0 as? RPCError)?.message.hasPrefix("\(name) has no meaning for a stream") == true
        }
        _ = try Self.changed(arguments)
    }

    @Test("dead letters go to the queue's own place by its name, and nowhere by none")
    func deadLetters() throws {
        let own = try Self.changed(["dead_letter_queue": "$dlq/orders"])
        #expect(own.deadLetters.isEnabled && own.deadLetters.target.isEmpty && own.deadLetterQueue == "$dlq/orders")
        #expect(try !Self.changed(["dead_letter_queue": ""]).deadLetters.isEnabled)
    }

    @Test("a queue's address names it for dead letters as its name does, and what names none is refused")
    func deadLetterAddress() throws {
        let other = try Self.changed(["dead_letter_queue": "$queue/failed"])
        #expect(other.deadLetters.target == "failed" && other.deadLetterQueue == "failed")
        try other.validate()
        for wrong in ["$queue/orders", "orders", "$queue/a/b", "a/b", "$SYS/x"] {
            let definition = try Self.changed(["dead_letter_queue": wrong])
            #expect(throws: QueueDefinitionError.self, "\(wrong)") { try definition.validate() }
        }
        try Self.changed(["dead_letter_queue": "$dlq/other"]).validate()
    }

    @Test(
        "what is wrong is named with what was found and what may stand there",
        arguments: [
            (["depth_limit": "many"], "depth_limit is \"many\"; expected a whole number"),
            (["type": "lifo"], "type is \"lifo\"; expected classic, stream, ephemeral"),
            (
                ["dead_letter_reasons": "tired"],
                "dead_letter_reasons is \"tired\"; expected some of expired, rejected, max-deliveries, overflow"
            ),
            (["max_len": "1"], "add of a queue takes no argument \"max_len\""),
            (["backoff_multiplier": "nan"], "backoff_multiplier is \"nan\"; expected a number"),
        ]
    )
    func wrong(_ arguments: [String: String], _ message: String) {
        #expect {
            _ = try Self.changed(arguments)
        } throws: {
            ($0 as? RPCError)?.message == message
        }
    }

    @Test("the type of a queue that is there cannot be set")
    func fixedType() {
        #expect(throws: RPCError.self) { _ = try Self.changed(["type": "stream"], isNew: false) }
    }

    @Test("places are written as everywhere else")
    func places() {
        let places: [(String, StartPosition?)] = [
            ("first", .first), ("last", .last), ("next", .next), ("offset:7", .offset(7)), ("-3", .back(3)),
            ("time:99", .time(99)),
            ("last-per-key", .lastPerKey), ("", nil), ("offset:", nil), ("offset:-1", nil), ("-", nil),
            ("yesterday", nil),
        ]
        for (text, position) in places { #expect(StartPosition(text: text) == position, "\(text)") }
    }

    private static func ranges(_ filter: String, after: UInt64? = nil, _ offsets: [Range<UInt64>]) throws -> [Range<
        UInt64
    >] {
        let table = FieldTable(AdminV1.QueueMessage.fields)
        let scan = Scan(
            kind: .message,
            filter: try FieldFilter(parsing: filter, for: table),
            limit: 10,
            after: after.map { PageCursor(fingerprint: 0, values: [], key: RowKey(number: $0, text: "q")) },
            now: 0
        )
        return MessageRanges(offsets, scan).ranges
    }

    @Test("only messages that a filter can let through, behind the cursor, are read")
    func messageRanges() throws {
        #expect(try Self.ranges("queue=q", [3..<9]) == [3..<9])
        #expect(try Self.ranges("queue=q offset>=5 offset<=6", [3..<9]) == [5..<7])
        #expect(try Self.ranges("queue=q", after: QueueMessagePlace.rank(4), [3..<9]) == [5..<9])
        #expect(try Self.ranges("queue=q number=4", [3..<9]) == [4..<5])
        #expect(try Self.ranges("queue=q offset>8", [3..<9]) == [])
        #expect(try Self.ranges("queue=q", [0..<0]) == [])
        let second = UInt64(1) << 56
        #expect(try Self.ranges("queue=q", [0..<2, 4..<6]) == [(second + 4)..<(second + 6), 0..<2])
        #expect(try Self.ranges("queue=q priority=1 offset<5", [0..<2, 4..<6]) == [(second + 4)..<(second + 5)])
        let after = { QueueMessagePlace.rank($0) }
        #expect(
            try Self.ranges("queue=q", after: after(second + 4), [0..<2, 4..<6]) == [
                (second + 5)..<(second + 6), 0..<2,
            ]
        )
        #expect(try Self.ranges("queue=q", after: after(second + 5), [0..<2, 4..<6]) == [0..<2])
        #expect(try Self.ranges("queue=q", after: after(0), [0..<2, 4..<6]) == [1..<2])
    }

    @Test("rows of messages come in the order of delivery, and are found again by their keys")
    func order() {
        let second = UInt64(1) << 56
        let numbers = [9 * second + 7, second + 5, second + 6, 0, 1]
        let places = numbers.map { QueueMessagePlace(queue: "q", id: MessageID(number: $0)) }
        #expect(places.map(\.key.number) == places.map(\.key.number).sorted())
        #expect(places.map { QueueMessagePlace($0.key).id.number } == numbers)
    }
}
