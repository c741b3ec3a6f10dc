/// What a queue is and what it promises: the value that is configured, stored and shown.
///
/// Sizes are bytes, times are milliseconds, and 0 is "no limit" or "off" wherever a limit or a time may be left out. A message
/// that is refused, dropped or moved because of a limit is counted where it happens (``QueueCounters``).
package struct QueueDefinition: Equatable, Sendable {
    package enum Kind: UInt8, CaseIterable, Sendable {
        /// Like classic, never synced, and gone with everything in it ``idleExpiry`` after its last consumer.
        case ephemeral = 1
        /// Each message goes to one consumer of each group, and is settled there.
        case classic = 2
        /// Records stay, readers move.
        case stream = 3
    }

    /// What a publisher's acknowledgement promises.
    package enum Durability: UInt8, CaseIterable, Sendable {
        /// The message survives the process.
        case buffered = 1
        /// The message survives the machine.
        case synced = 2
    }

    /// What gives way when ``Limits/maximumMessages`` or ``Limits/maximumBytes`` is reached.
    package enum Overflow: UInt8, CaseIterable, Sendable {
        /// The new message is refused.
        case reject = 1
        /// The oldest waiting message of the lowest priority is dropped.
        case dropHead = 2
        /// The oldest waiting message of the lowest priority becomes a dead letter.
        case deadLetter = 3
    }

    package struct Limits: Equatable, Sendable {
        /// Topic, header and payload together.
        package var maximumMessageSize: UInt64 = 10 << 20
        /// Waiting and pending, in the group that has most of them.
        package var maximumMessages: UInt64 = 100_000
        package var maximumBytes: UInt64 = 0
        /// How long a message is worth delivering, from when it was appended. A message's own expiry counts too: the earlier one wins.
        package var ttl: UInt64 = 168 * 3_600_000
        /// Messages that wait for their time, 1...1_000_000; 16 bytes of memory each.
        package var maximumDelayed: UInt64 = 100_000

        package init() {}
    }

    package struct Retry: Equatable, Sendable {
        /// A delivery that fails with this count makes a dead letter, or drops the message if the queue has none. 0 for as often as it takes.
        package var maximumDeliveries: UInt32 = 5
        /// Wait before the second delivery of a message that a consumer returned; 0 for none.
        package var initialBackoff: UInt64 = 0
        /// 0 for no bound.
        package var maximumBackoff: UInt64 = 300_000
        /// Each further wait is this many times as long, 1...100.
        package var multiplier: Double = 2

        package init() {}

        /// How long a message waits after its `count`th delivery failed, in milliseconds.
        package func backoff(afterDeliveries count: UInt32) -> UInt64 {
            var wait = Double(self.initialBackoff)
            let bound = self.maximumBackoff == 0 ? Double(UInt64(1) << 52) : Double(self.maximumBackoff)
            var round: UInt32 = 1
            while round < count, wait < bound, wait > 0, self.multiplier > 1 {
                wait *= self.multiplier
                round += 1
            }
            return UInt64(min(wait, bound))
        }
    }

    package struct DeadLetters: Equatable, Sendable {
        package var isEnabled = false
        /// Queue that takes them; empty for `$dlq/<queue>`. Its address, `$queue/<name>`, means the queue.
        package var target = "" {
            didSet { if self.target.hasPrefix("$queue/") { self.target.removeFirst("$queue/".count) } }
        }
        package var reasons: DeadLetterReasons = .standard

        package init() {}
    }

    /// What goes although somebody may still want it. It is applied by the segment.
    package struct Retention: Equatable, Sendable {
        package var maximumAge: UInt64 = 0
        package var maximumBytes: UInt64 = 0
        package var maximumMessages: UInt64 = 0

        package init() {}
    }

    package var name: String
    /// Given out once, never again: names the queue's logs.
    package var number: UInt64
    package var namespace: UInt16
    package var kind: Kind
    /// Topic filters whose messages the queue takes.
    package var topics: [String]
    /// Listed as the broker's own.
    package var isReserved = false
    package var durability = Durability.buffered
    package var limits = Limits()
    package var overflow = Overflow.reject
    package var retry = Retry()
    /// How long a consumer has for a delivery before somebody gets it again; 0 for as long as it stays.
    package var visibilityTimeout: UInt64 = 30_000
    package var deadLetters = DeadLetters()
    package var retention = Retention()
    /// Only the last record of each key is kept, behind the newest segment. Streams only.
    package var compacts = false
    /// Batches are compressed with zstd where that makes them smaller.
    package var compresses = false
    /// How long a message id is remembered, so that a second message with it is a duplicate; 0 for not at all.
    package var dedupeWindow: UInt64 = 0
    /// Only one consumer of each group gets messages: who joined first, then the next one.
    package var hasSingleActiveConsumer = false
    /// An ephemeral queue without consumers ends after this long.
    package var idleExpiry: UInt64 = 300_000
    /// A group without consumers ends after this long; 0 for never.
    package var idleGroupExpiry: UInt64 = 168 * 3_600_000
    /// Messages are delivered by their priority 0...9, highest first, each priority in order.
    package var hasPriorities = false
    /// The group whose progress deliveries of a stream show; empty for none.
    package var primaryGroup = ""
    /// Messages are taken, and nothing is delivered.
    package var isPaused = false
    /// Publishers of captured topics are acknowledged when the queue has stored the message.
    package var capturesSynchronously = false
    /// How often a stream's group commits its cursor by itself; 0 for with every burst.
    package var autoCommitInterval: UInt64 = 5_000

    package init(name: String, number: UInt64, namespace: UInt16 = 0, kind: Kind = .classic, topics: [String]) {
        self.name = name
        self.number = number
        self.namespace = namespace
        self.kind = kind
        self.topics = topics
        // A log is there to be read again: what its retention keeps is worth delivering.
        if kind == .stream { self.limits.ttl = 0 }
    }

    /// Where dead letters go: queue name, and topic of what is stored there.
    package var deadLetterQueue: String {
        self.deadLetters.target.isEmpty ? "$dlq/\(self.name)" : self.deadLetters.target
    }

    /// Whether a message that ends for this reason is moved rather than dropped.
    package func moves(_ reason: DeadLetterReason) -> Bool {
        self.deadLetters.isEnabled && self.deadLetters.reasons.contains(reason)
    }
}

/// Why a message was moved aside. Raw values are stored.
package enum DeadLetterReason: UInt8, CaseIterable, Sendable {
    case expired = 1
    case rejected = 2
    case maximumDeliveries = 3
    case overflow = 4

    /// As `_dlq_reason` and AMQP's `x-death` write it.
    package var name: String {
        switch self {
        case .expired: "expired"
        case .rejected: "rejected"
        case .maximumDeliveries: "max-deliveries"
        case .overflow: "overflow"
        }
    }
}

package struct DeadLetterReasons: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package init(_ reason: DeadLetterReason) { self.rawValue = 1 << reason.rawValue }

    /// Rejected, delivered too often, pushed out by an overflow: what somebody will want to look at. Expiry is the sender's wish.
    package static let standard: DeadLetterReasons = [
        DeadLetterReasons(.rejected), DeadLetterReasons(.maximumDeliveries), DeadLetterReasons(.overflow),
    ]
    package static let all: DeadLetterReasons = [.standard, DeadLetterReasons(.expired)]

    package func contains(_ reason: DeadLetterReason) -> Bool { self.contains(DeadLetterReasons(reason)) }
}
