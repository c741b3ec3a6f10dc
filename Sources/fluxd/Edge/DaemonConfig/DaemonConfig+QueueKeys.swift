package import Configuration

extension DaemonConfig {
    private typealias Key = ConfigKey<QueueConfig>

    static var queuesKey: ConfigKey<DaemonConfig> {
        ConfigKey(
            "queues",
            \.queues,
            .sections(QueueConfig(), of: self.queueDescription),
            live: true,
            """
            Queues that are made, at the start and by a reload, where there are none of their names. One that exists keeps the \
            definition that is stored with it: what differs is logged, `fluxctl config diff` lists it, and \
            `fluxctl config reload --apply-queues` takes the file's. A queue that is left out of the file stays. \
            In numbers and times that are limits, 0 is no limit.
            """
        )
    }

    /// One of `queues`.
    package static let queueDescription = ConfigDescription<QueueConfig>(
        keys: queueNameKeys + queueLimitKeys + queueDeliveryKeys + streamKeys,
        refusals: [
            ConfigRefusal(
                "replication",
                "is not supported in this version of fluxd: clustering comes later; leave it out, or set enabled: false"
            )
        ],
        required: ["name"]
    )

    /// Longer than any time that is meant: ten years.
    private static let decade: Duration = .seconds(10 * 365 * 24 * 3_600)
    private static let time = ConfigType<Duration>.duration(.zero...decade)
    private static let count = ConfigType<Int>.integer(0...Int.max)
    private static let size = ConfigType<Int>.bytes(0...Int.max)

    private static var queueNameKeys: [Key] {
        [
            Key("name", \.name, .string("text", allowed: "a name without + and #"), "What the queue is called."),
            Key(
                "type",
                \.kind,
                .choice(QueueConfig.Kind.allCases),
                """
                `classic`: each message goes to one consumer of each group and is settled there. `stream`: records stay, and \
                readers move over them. `ephemeral`: like classic, never synced, and gone with everything in it when nobody has \
                consumed from it for `expires`.
                """
            ),
            Key(
                "topics",
                \.topics,
                .strings,
                """
                Topic filters whose messages the queue takes, beside those that are sent to its own address, `$queue/<name>/#`.
                """
            ),
            Key("reserved", \.reserved, .bool, "List the queue as the broker's own."),
            Key(
                "ack_durability",
                \.ackDurability,
                .optional(.choice(AckDurability.allCases)),
                defaultRule: "as `storage.queue_ack_durability`",
                "What an acknowledgement to a publisher promises: see there. An ephemeral queue is `buffered`."
            ),
            Key("paused", \.paused, .bool, "Take messages and deliver none."),
            Key(
                "capture_sync",
                \.captureSync,
                .bool,
                """
                Whether a publisher to a topic among `topics` is acknowledged only when this queue has stored the message too, \
                and refused when it cannot. With false it does not wait, and what does not fit is counted.
                """
            ),
        ]
    }

    private static var queueLimitKeys: [Key] {
        [
            Key("retention.max_age", \.retention.maxAge, self.time, "Records that are older go, read or not."),
            Key(
                "retention.max_length_bytes",
                \.retention.maxLengthBytes,
                self.size,
                unit: "bytes",
                "The oldest records beyond this go."
            ),
            Key(
                "retention.max_length_messages",
                \.retention.maxLengthMessages,
                self.count,
                unit: "messages",
                "The oldest records beyond this many go. All three are applied by whole segments."
            ),
            Key(
                "limits.max_message_size",
                \.limits.maxMessageSize,
                .bytes(0...(256 << 20)),
                unit: "bytes",
                "Largest message, with its topic and properties."
            ),
            Key(
                "limits.max_depth",
                \.limits.maxDepth,
                self.count,
                unit: "messages",
                "Messages that wait or are pending, in the group that has most of them."
            ),
            Key("limits.max_bytes", \.limits.maxBytes, self.size, unit: "bytes", "The same in bytes."),
            Key(
                "limits.message_ttl",
                \.limits.messageTTL,
                .optional(self.time),
                defaultRule: "`168h`, and none for a stream",
                "How long a message is worth delivering; its own expiry counts too, if that is earlier."
            ),
            Key(
                "limits.max_delayed",
                \.limits.maxDelayed,
                .integer(1...1_000_000),
                unit: "messages",
                "Messages that wait for their time. Each costs 16 bytes of memory."
            ),
            Key(
                "overflow",
                \.overflow,
                .choice(QueueConfig.Overflow.allCases),
                """
                What gives way when `limits.max_depth` or `limits.max_bytes` is reached: `reject` the new message, or of the \
                oldest one that waits `drop-head`, or make it a `dead-letter`.
                """
            ),
        ]
    }

    private static var queueDeliveryKeys: [Key] {
        [
            Key(
                "retry.max_retries",
                \.retry.maxRetries,
                .integer(0...65_535),
                unit: "deliveries",
                """
                Deliveries of a message at most, the first among them: when that many have failed it is a dead letter, or dropped \
                where there are none. 0 is as often as it takes.
                """
            ),
            Key(
                "retry.initial_backoff",
                \.retry.initialBackoff,
                self.time,
                "How long a message that a consumer returned waits for its second delivery."
            ),
            Key("retry.max_backoff", \.retry.maxBackoff, self.time, "The longest wait; 0 is no bound."),
            Key("retry.multiplier", \.retry.multiplier, .decimal(1...100), "Each wait is this many times the last."),
            Key(
                "visibility_timeout",
                \.visibilityTimeout,
                self.time,
                "How long a consumer has for a delivery before somebody gets it again; 0 is as long as it stays."
            ),
            Key("dlq.enabled", \.deadLetters.enabled, .bool, "Move messages that end aside, rather than drop them."),
            Key(
                "dlq.topic",
                \.deadLetters.topic,
                .string("text", allowed: "a queue's name"),
                "The queue that takes them; empty is `$dlq/<name>`. It is made when the first one comes."
            ),
            Key(
                "dlq.reasons",
                \.deadLetters.reasons,
                .list(of: .choice(QueueConfig.DeadLetters.Reason.allCases), allowed: "a list of reasons"),
                "Which ends make a dead letter: `expired`, `rejected`, `max-deliveries`, `overflow`."
            ),
            Key(
                "single_active_consumer",
                \.singleActiveConsumer,
                .bool,
                "Only one consumer of each group gets messages: who joined first, then the next one."
            ),
            Key(
                "priorities",
                \.priorities,
                .bool,
                "Deliver by priority, 9 before 0, each in its order. Not for streams."
            ),
            Key(
                "dedupe_window",
                \.dedupeWindow,
                self.time,
                "How long a message id is remembered: a second message with it is acknowledged and not stored."
            ),
            Key(
                "expires",
                \.expires,
                .optional(self.time),
                defaultRule: "`5m` of an ephemeral queue",
                "An ephemeral queue without consumers ends after this long. Other types do not end by themselves."
            ),
            Key(
                "group_expires",
                \.groupExpires,
                self.time,
                "A group without consumers ends after this long, and holds nothing back any more."
            ),
        ]
    }

    private static var streamKeys: [Key] {
        [
            Key(
                "primary_group",
                \.primaryGroup,
                .string("text", allowed: "a group's name"),
                "The group whose progress deliveries of a stream show. Empty is none."
            ),
            Key(
                "auto_commit_interval",
                \.autoCommitInterval,
                .optional(self.time),
                defaultRule: "as `queue_manager.auto_commit_interval`",
                "How often a stream's group commits its cursor by itself; 0 is with every burst of deliveries."
            ),
            Key(
                "compaction",
                \.compaction,
                .bool,
                "Keep only the last record of each key, behind the newest segment. Streams only."
            ),
            Key(
                "compression",
                \.compression,
                .choice(QueueConfig.Compression.allCases),
                "`zstd` compresses on disk what gets smaller by it."
            ),
        ]
    }

    /// What no key of a queue can check alone, and the queues among each other. Filters, and what fits a type, are the queue
    /// engine's to check.
    func checkQueues() throws(ConfigError) {
        var known: [String: Int] = [:]
        for (index, queue) in self.queues.enumerated() {
            let place = "queues[\(index)]"
            if let other = known.updateValue(index, forKey: queue.name) {
                throw ConfigError(
                    "\(place).name: '\(queue.name)' is the name of queues[\(other)] too",
                    key: "\(place).name"
                )
            }
            if queue.expires != nil, queue.kind != .ephemeral {
                throw ConfigError(
                    "\(place).expires: a \(queue.kind.rawValue) queue does not end by itself; leave it out, or write type: ephemeral",
                    key: "\(place).expires"
                )
            }
            if queue.autoCommitInterval != nil, queue.kind != .stream {
                throw ConfigError(
                    "\(place).auto_commit_interval: only groups of streams commit by themselves; leave it out, or write type: stream",
                    key: "\(place).auto_commit_interval"
                )
            }
        }
    }
}
