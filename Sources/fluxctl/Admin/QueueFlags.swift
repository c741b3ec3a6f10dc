import AdminAPI
import CommandSpec
import Protobuf

/// What `queue add` and `queue set` say about a queue: flags, and the arguments of the admin protocol that they become.
enum QueueFlags {
    private enum Kind: String, CaseIterable, Sendable { case classic, stream, ephemeral }
    private enum Durability: String, CaseIterable, Sendable { case buffered, synced }
    private enum Overflow: String, CaseIterable, Sendable {
        case reject
        case dropHead = "drop-head"
        case deadLetter = "dead-letter"
    }
    private enum Switch: String, CaseIterable, Sendable { case on, off }

    private static let type = Flag(
        "type",
        ValueType<Kind>.choice("TYPE"),
        "classic, stream (messages stay, groups read) or ephemeral (nothing is kept, and it ends without consumers). Default: classic."
    )
    private static let durability = Flag(
        "durability",
        ValueType<Durability>.choice("CLASS"),
        "What an acknowledgement promises: buffered survives the process, synced the machine."
    )
    private static let bind = Flag(
        repeated: "bind",
        .string("FILTER"),
        "Take what is published to topics that match, too; may be repeated. With set, these instead of those it has."
    )
    private static let depth = Flag("max-len", .integer("N", in: 0...Int.max), "Messages at most; 0 for no limit.")
    private static let bytes = Flag("max-bytes", .size("SIZE"), "Bytes at most; 0 for no limit.")
    private static let messageSize = Flag(
        "max-message",
        .size("SIZE"),
        "Bytes of one message at most; 0 for no limit of its own."
    )
    private static let delayed = Flag(
        "max-delayed",
        .integer("N", in: 1...1_000_000),
        "Messages at most that wait for the time that their publisher named."
    )
    private static let overflow = Flag(
        "overflow",
        ValueType<Overflow>.choice("POLICY"),
        "What gives way at --max-len and --max-bytes: reject the new message, drop-head the oldest, or dead-letter the oldest."
    )
    private static let ttl = Flag("ttl", .duration("DURATION"), "How long a message is worth delivering; 0 for ever.")
    private static let deliveries = Flag(
        "delivery-limit",
        .integer("N", in: 0...65_535),
        "Deliveries of a message at most, then it is a dead letter; 0 for no limit."
    )
    private static let backoff = Flag(
        "backoff",
        .duration("DURATION"),
        "Wait before the second delivery of what was returned."
    )
    private static let backoffLimit = Flag("backoff-max", .duration("DURATION"), "Longest such wait.")
    private static let backoffFactor = Flag(
        "backoff-factor",
        .string("NUMBER"),
        "Each wait is so many times the one before: 1 to 100."
    )
    private static let visibility = Flag(
        "visibility",
        .duration("DURATION"),
        "How long a consumer has for a message before another gets it; 0 for as long as it stays."
    )
    private static let deadLetters = Flag(
        "dlq",
        .string("QUEUE"),
        bare: "default",
        "Keep what cannot be processed in this queue; without a name in $dlq/NAME. none drops it."
    )
    private static let reasons = Flag(
        "dlq-reasons",
        .string("LIST"),
        "Which ones: some of expired, rejected, max-deliveries and overflow, with commas."
    )
    private static let retentionAge = Flag(
        "retain-age",
        .duration("DURATION"),
        "Remove messages that are older, wanted or not."
    )
    private static let retentionBytes = Flag("retain-bytes", .size("SIZE"), "Remove the oldest beyond so many bytes.")
    private static let retentionCount = Flag(
        "retain-messages",
        .integer("N", in: 0...Int.max),
        "Remove the oldest beyond so many."
    )
    private static let compact = Flag(
        "compact",
        ValueType<Switch>.choice("ON"),
        "Of a stream keep only the last message of each key."
    )
    private static let compress = Flag("compress", ValueType<Switch>.choice("ON"), "Compress what is stored with zstd.")
    private static let dedupe = Flag(
        "dedupe",
        .duration("DURATION"),
        "Take a message id only once in so long; 0 does not look at ids."
    )
    private static let single = Flag(
        "single-active",
        ValueType<Switch>.choice("ON"),
        "Give everything to one consumer of each group, and the others only wait for their turn."
    )
    private static let priorities = Flag(
        "priorities",
        ValueType<Switch>.choice("ON"),
        "Deliver by priority, 0 to 9, highest first."
    )
    private static let expires = Flag(
        "expires",
        .duration("DURATION"),
        "An ephemeral queue ends after so long without consumers."
    )
    private static let groupExpires = Flag(
        "group-expires",
        .duration("DURATION"),
        "A group ends after so long without members; 0 for never."
    )
    private static let primary = Flag(
        "primary-group",
        .string("GROUP"),
        "The group whose progress a stream's readers are shown."
    )
    private static let synchronous = Flag(
        "sync-bind",
        ValueType<Switch>.choice("ON"),
        "Publishers to topics of --bind are acknowledged when the queue has stored the message."
    )
    private static let commit = Flag(
        "commit-every",
        .duration("DURATION"),
        "How often a stream's groups commit by themselves; 0 with each delivery."
    )

    static let groups = [
        FlagGroup("Queue", durability, bind, priorities, dedupe, single, compress, synchronous),
        FlagGroup(
            "Limits",
            depth,
            bytes,
            messageSize,
            delayed,
            overflow,
            ttl,
            retentionAge,
            retentionBytes,
            retentionCount
        ),
        FlagGroup(
            "Delivery",
            deliveries,
            backoff,
            backoffLimit,
            backoffFactor,
            visibility,
            deadLetters,
            reasons,
            expires,
            groupExpires
        ),
        FlagGroup("Streams", compact, primary, commit),
    ]
    static let kind = FlagGroup("Kind", type)
    /// Without what only a queue has whose messages are settled.
    static let streamGroups = [
        FlagGroup("Stream", durability, bind, dedupe, single, compress, synchronous),
        FlagGroup("Limits", messageSize, delayed, ttl, retentionAge, retentionBytes, retentionCount, compact),
        FlagGroup("Groups", groupExpires, primary, commit),
    ]

    /// - Parameter name: Of the queue, for `--dlq` without a value.
    static func arguments(_ arguments: Arguments, queue name: String, isNew: Bool) -> [String: String] {
        var result: [String: String] = [:]
        func number(_ flag: Flag<Int?>, _ name: String) {
            if let value = arguments[flag] { result[name] = String(value) }
        }
        func time(_ flag: Flag<Duration?>, _ name: String) {
            if let value = arguments[flag] { result[name] = String(Int64((value.inSeconds * 1_000).rounded())) }
        }
        func onOff(_ flag: Flag<Switch?>, _ name: String) {
            if let value = arguments[flag] { result[name] = value == .on ? "true" : "false" }
        }
        if isNew, let kind = arguments[self.type] { result["type"] = kind.rawValue }
        if let durability = arguments[self.durability] { result["durability"] = durability.rawValue }
        if !arguments[self.bind].isEmpty { result["topics"] = arguments[self.bind].joined(separator: "\n") }
        number(self.depth, "depth_limit")
        number(self.bytes, "bytes_limit")
        number(self.messageSize, "message_bytes_limit")
        number(self.delayed, "delayed_limit")
        if let overflow = arguments[self.overflow] { result["overflow"] = overflow.rawValue }
        time(self.ttl, "ttl_ms")
        number(self.deliveries, "deliveries_limit")
        time(self.backoff, "backoff_ms")
        time(self.backoffLimit, "backoff_limit_ms")
        if let factor = arguments[self.backoffFactor] { result["backoff_multiplier"] = factor }
        time(self.visibility, "visibility_timeout_ms")
        if let queue = arguments[self.deadLetters] {
            result["dead_letter_queue"] = queue == "none" ? "" : queue == "default" ? "$dlq/\(name)" : queue
        }
        if let reasons = arguments[self.reasons] { result["dead_letter_reasons"] = reasons }
        time(self.retentionAge, "retention_ms")
        number(self.retentionBytes, "retention_bytes_limit")
        number(self.retentionCount, "retention_messages_limit")
        onOff(self.compact, "compacts")
        onOff(self.compress, "compresses")
        time(self.dedupe, "dedupe_window_ms")
        onOff(self.single, "single_active_consumer")
        onOff(self.priorities, "priorities")
        time(self.expires, "idle_expiry_ms")
        time(self.groupExpires, "idle_group_expiry_ms")
        if let group = arguments[self.primary] { result["primary_group"] = group }
        onOff(self.synchronous, "captures_synchronously")
        time(self.commit, "auto_commit_interval_ms")
        return result
    }
}
