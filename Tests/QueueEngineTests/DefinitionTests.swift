import Testing

@testable import QueueEngine

@Suite("Queue definitions")
struct DefinitionTests {
    private static func definition(_ change: (inout QueueDefinition) -> Void) -> QueueDefinition {
        var definition = QueueDefinition(name: "orders", number: 1, topics: ["$queue/orders/#"])
        change(&definition)
        return definition
    }

    private static let wrong: [(String, @Sendable (inout QueueDefinition) -> Void)] = [
        ("name", { $0.name = "" }), ("name", { $0.name = "a+b" }),
        ("name", { $0.name = String(repeating: "x", count: 1_025) }), ("topics", { $0.topics = [] }),
        ("topics", { $0.topics = ["a/#/b"] }), ("limits.max_message_size", { $0.limits.maximumMessageSize = 1 << 40 }),
        ("limits.max_delayed", { $0.limits.maximumDelayed = 0 }), ("overflow", { $0.overflow = .deadLetter }),
        ("retry.multiplier", { $0.retry.multiplier = 0.5 }), ("retry.multiplier", { $0.retry.multiplier = .nan }),
        ("retry.max_retries", { $0.retry.maximumDeliveries = 70_000 }),
        (
            "retry.max_backoff",
            {
                $0.retry.initialBackoff = 10
                $0.retry.maximumBackoff = 5
            }
        ),
        (
            "dlq.topic",
            {
                $0.deadLetters.isEnabled = true
                $0.deadLetters.target = "orders"
            }
        ), ("compaction", { $0.compacts = true }), ("primary_group", { $0.primaryGroup = "g" }),
        (
            "priorities",
            {
                $0.kind = .stream
                $0.hasPriorities = true
            }
        ),
        (
            "ack_durability",
            {
                $0.kind = .ephemeral
                $0.durability = .synced
            }
        ), ("visibility_timeout", { $0.visibilityTimeout = .max }),
    ]

    @Test("each wrong definition is refused with the key that is wrong", arguments: DefinitionTests.wrong.indices)
    func refused(index: Int) {
        let (key, change) = DefinitionTests.wrong[index]
        #expect {
            try DefinitionTests.definition(change).validate()
        } throws: {
            ($0 as? QueueDefinitionError)?.key == key
        }
    }

    @Test("the defaults are valid, and are FluxMQ's where those are sane")
    func defaults() throws {
        let definition = DefinitionTests.definition { _ in }
        try definition.validate()
        #expect(definition.limits.maximumMessageSize == 10_485_760 && definition.limits.maximumMessages == 100_000)
        #expect(definition.limits.ttl == 604_800_000 && definition.visibilityTimeout == 30_000)
        #expect(definition.retry.maximumDeliveries == 5 && definition.deadLetterQueue == "$dlq/orders")
    }

    @Test("a stream's messages do not expire unless somebody says so")
    func streams() {
        let stream = QueueDefinition(name: "log", number: 256, kind: .stream, topics: ["$queue/log/#"])
        #expect(stream.limits.ttl == 0)
    }

    @Test("a name that MQTT could not address is refused", arguments: ["a/b", "$ack", "$queue/x"])
    func names(name: String) {
        let definition = QueueDefinition(name: name, number: 256, topics: ["t"])
        #expect(throws: QueueDefinitionError.self) { try definition.validate() }
    }

    @Test("a dead-letter queue may be called as it is addressed")
    func deadLetterName() throws {
        try QueueDefinition(name: "$dlq/orders", number: 256, topics: ["$dlq/orders"]).validate()
    }

    @Test(
        "no group's name is another group with its filter",
        arguments: [("bob@home", "", "bob", "home"), ("a", "@b", "a@b", ""), ("a%40b", "", "a@b", "")]
    )
    func groupNames(first: String, firstFilter: String, second: String, secondFilter: String) {
        let one = Group.effectiveID(group: first, filter: firstFilter)
        #expect(one != Group.effectiveID(group: second, filter: secondFilter))
    }
}
