import AdminAPI
import Core
import Protobuf
import Query
import QueueEngine
import RPC

/// What `add` and `set` of queues take: arguments with the names of ``AdminV1/Queue``'s fields, and their values as text.
struct QueueArguments {
    private var left: [String: String]
    private var problem: RPCError?

    /// - Parameter kind: Of a queue that is there: `type` must not say anything else.
    static func apply(
        _ arguments: [String: String],
        to definition: inout QueueDefinition,
        isNew: Bool
    ) throws(RPCError) {
        var reader = QueueArguments(left: arguments)
        reader.apply(to: &definition, isNew: isNew)
        if let problem = reader.problem { throw problem }
        if let unknown = reader.left.keys.min() {
            let verb = isNew ? "add" : "set"
            throw RPCError(.invalidArgument, "\(verb) of a queue takes no argument \"\(unknown.echo)\"")
        }
    }

    /// Names of the arguments whose values the two differ in, with both values.
    static func changes(from before: AdminV1.Queue, to after: AdminV1.Queue) -> [AdminV1.Change] {
        AdminV1.Queue.fields.filter { self.names.contains($0.name) }.compactMap { field in
            let (old, new) = (self.text(of: field, in: before), self.text(of: field, in: after))
            if old == new { return nil }
            var change = AdminV1.Change()
            change.key = field.name
            change.from = old
            change.to = new
            change.effect = "live"
            return change
        }
    }

    private static func text(of field: FieldDescriptor, in row: AdminV1.Queue) -> String {
        switch field.number {
        case AdminV1.Queue.FieldNumber.topics: return row.topics.joined(separator: " ")
        case AdminV1.Queue.FieldNumber.deadLetterReasons: return row.deadLetterReasons.joined(separator: ",")
        default: break
        }
        return switch row.value(of: field.number) {
        case .bool(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): String(value)
        case .string(let value): value
        default: ""
        }
    }

    private static let names: Set<String> = [
        "type", "durability", "topics", "depth_limit", "bytes_limit", "message_bytes_limit", "delayed_limit", "ttl_ms",
        "overflow",
        "deliveries_limit", "backoff_ms", "backoff_limit_ms", "backoff_multiplier", "visibility_timeout_ms",
        "dead_letter_queue",
        "dead_letter_reasons", "retention_ms", "retention_bytes_limit", "retention_messages_limit", "compacts",
        "compresses",
        "dedupe_window_ms", "single_active_consumer", "idle_expiry_ms", "idle_group_expiry_ms", "priorities",
        "primary_group",
        "captures_synchronously", "auto_commit_interval_ms",
    ]

    /// What only a queue has whose messages are settled.
    private mutating func refuseSettling() {
        let meaningless: Set<String> = [
            "depth_limit", "bytes_limit", "overflow", "deliveries_limit", "backoff_ms", "backoff_limit_ms",
            "backoff_multiplier", "visibility_timeout_ms", "dead_letter_queue", "dead_letter_reasons", "priorities",
            "idle_expiry_ms",
        ]
        guard let name = self.left.keys.filter({ meaningless.contains($0) }).min(), self.problem == nil else { return }
        let instead =
            ["depth_limit", "bytes_limit", "overflow"].contains(name)
            ? "retention_messages_limit and retention_bytes_limit bound what it keeps"
            : "its messages stay, and nobody settles them one by one"
        self.problem = RPCError(.invalidArgument, "\(name) has no meaning for a stream: \(instead)")
    }

    private mutating func apply(to definition: inout QueueDefinition, isNew: Bool) {
        if isNew {
            self.choice(
                "type",
                [("classic", .classic), ("stream", .stream), ("ephemeral", .ephemeral)],
                &definition.kind
            )
            if definition.kind == .stream { definition.limits.ttl = 0 }
        }
        if definition.kind == .stream { self.refuseSettling() }
        self.choice("durability", [("buffered", .buffered), ("synced", .synced)], &definition.durability)
        if let topics = self.left.removeValue(forKey: "topics") {
            definition.topics =
                QueueAddress.filters(of: definition.name)
                + topics.split(separator: "\n").map(String.init).filter {
                    !QueueAddress.filters(of: definition.name).contains($0)
                }
        }
        self.number("depth_limit", &definition.limits.maximumMessages)
        self.number("bytes_limit", &definition.limits.maximumBytes)
        self.number("message_bytes_limit", &definition.limits.maximumMessageSize)
        self.number("delayed_limit", &definition.limits.maximumDelayed)
        self.number("ttl_ms", &definition.limits.ttl)
        self.choice(
            "overflow",
            [("reject", .reject), ("drop-head", .dropHead), ("dead-letter", .deadLetter)],
            &definition.overflow
        )
        var deliveries = UInt64(definition.retry.maximumDeliveries)
        self.number("deliveries_limit", &deliveries)
        definition.retry.maximumDeliveries = UInt32(clamping: deliveries)
        self.number("backoff_ms", &definition.retry.initialBackoff)
        self.number("backoff_limit_ms", &definition.retry.maximumBackoff)
        if let text = self.left.removeValue(forKey: "backoff_multiplier") {
            if let value = Double(text), value.isFinite {
                definition.retry.multiplier = value
            } else {
                self.refuse("backoff_multiplier", text, "a number")
            }
        }
        self.number("visibility_timeout_ms", &definition.visibilityTimeout)
        self.deadLetters(&definition)
        self.number("retention_ms", &definition.retention.maximumAge)
        self.number("retention_bytes_limit", &definition.retention.maximumBytes)
        self.number("retention_messages_limit", &definition.retention.maximumMessages)
        self.flag("compacts", &definition.compacts)
        self.flag("compresses", &definition.compresses)
        self.number("dedupe_window_ms", &definition.dedupeWindow)
        self.flag("single_active_consumer", &definition.hasSingleActiveConsumer)
        self.number("idle_expiry_ms", &definition.idleExpiry)
        self.number("idle_group_expiry_ms", &definition.idleGroupExpiry)
        self.flag("priorities", &definition.hasPriorities)
        if let text = self.left.removeValue(forKey: "primary_group") { definition.primaryGroup = text }
        self.flag("captures_synchronously", &definition.capturesSynchronously)
        self.number("auto_commit_interval_ms", &definition.autoCommitInterval)
    }

    /// An empty `dead_letter_queue` switches them off; `$dlq/NAME` is what a queue has without a name of its own for it.
    private mutating func deadLetters(_ definition: inout QueueDefinition) {
        if let name = self.left.removeValue(forKey: "dead_letter_queue") {
            definition.deadLetters.isEnabled = !name.isEmpty
            definition.deadLetters.target = name == QueueAddress.deadLetterPrefix + definition.name ? "" : name
        }
        guard let text = self.left.removeValue(forKey: "dead_letter_reasons") else { return }
        var reasons: DeadLetterReasons = []
        for word in text.split(separator: ",") {
            guard let reason = DeadLetterReason.allCases.first(where: { $0.name == word }) else {
                return self.refuse(
                    "dead_letter_reasons",
                    String(word),
                    "some of \(DeadLetterReason.allCases.map(\.name).joined(separator: ", "))"
                )
            }
            reasons.insert(DeadLetterReasons(reason))
        }
        definition.deadLetters.reasons = reasons
    }

    private mutating func number(_ name: String, _ value: inout UInt64) {
        guard let text = self.left.removeValue(forKey: name) else { return }
        if let number = UInt64(text) { value = number } else { self.refuse(name, text, "a whole number") }
    }

    private mutating func flag(_ name: String, _ value: inout Bool) {
        self.choice(name, [("true", true), ("false", false)], &value)
    }

    private mutating func choice<Value>(_ name: String, _ choices: [(String, Value)], _ value: inout Value) {
        guard let text = self.left.removeValue(forKey: name) else { return }
        if let choice = choices.first(where: { $0.0 == text }) {
            value = choice.1
        } else {
            self.refuse(name, text, choices.map(\.0).joined(separator: ", "))
        }
    }

    private mutating func refuse(_ name: String, _ found: String, _ expected: String) {
        if self.problem != nil { return }
        self.problem = RPCError(.invalidArgument, "\(name) is \"\(found.echo)\"; expected \(expected)")
    }
}

extension StartPosition {
    /// `first`, `last`, `next`, `offset:N`, `-N`, `time:MS` in milliseconds since 1970, `last-per-key`; nil for anything else.
    init?(text: String) {
        switch text {
        case "first": self = .first
        case "last": self = .last
        case "next": self = .next
        case "last-per-key": self = .lastPerKey
        default:
            if text.hasPrefix("offset:"), let number = UInt64(text.dropFirst(7)) {
                self = .offset(number)
            } else if text.hasPrefix("time:"), let time = UInt64(text.dropFirst(5)) {
                self = .time(time)
            } else if text.hasPrefix("-"), let count = UInt64(text.dropFirst()) {
                self = .back(count)
            } else {
                return nil
            }
        }
    }
}
