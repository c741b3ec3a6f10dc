/// One of `queues` in fluxd.yaml: a queue that is made when there is none of its name. 0 is "no limit" and "off" wherever a key may
/// be left out.
package struct QueueConfig: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case classic, stream, ephemeral
    }

    package enum Overflow: String, CaseIterable, Sendable {
        case reject
        case dropHead = "drop-head"
        case deadLetter = "dead-letter"
    }

    package enum Compression: String, CaseIterable, Sendable {
        case none, zstd
    }

    package struct Retention: Equatable, Sendable {
        package var maxAge: Duration = .zero
        /// Unit: bytes.
        package var maxLengthBytes = 0
        package var maxLengthMessages = 0
    }

    package struct Limits: Equatable, Sendable {
        /// Unit: bytes.
        package var maxMessageSize = 10 << 20
        package var maxDepth = 100_000
        /// Unit: bytes.
        package var maxBytes = 0
        /// nil for what the type has: 168 hours, and none for a stream.
        package var messageTTL: Duration?
        package var maxDelayed = 100_000
    }

    package struct Retry: Equatable, Sendable {
        /// Deliveries at most, the first among them.
        package var maxRetries: UInt32 = 5
        package var initialBackoff: Duration = .zero
        package var maxBackoff: Duration = .seconds(300)
        package var multiplier = 2.0
    }

    package struct DeadLetters: Equatable, Sendable {
        package enum Reason: String, CaseIterable, Sendable {
            case expired, rejected
            case maxDeliveries = "max-deliveries"
            case overflow
        }

        package var enabled = false
        /// Empty: `$dlq/<name>`.
        package var topic = ""
        package var reasons: [Reason] = [.rejected, .maxDeliveries, .overflow]
    }

    package var name = ""
    /// Empty: only what is sent to the queue's own address.
    package var topics: [String] = []
    package var kind = Kind.classic
    package var reserved = false
    /// Of streams; empty: none.
    package var primaryGroup = ""
    /// nil: as `storage.queue_ack_durability`.
    package var ackDurability: AckDurability?
    package var retention = Retention()
    package var limits = Limits()
    package var overflow = Overflow.reject
    package var retry = Retry()
    /// Zero: as long as the consumer stays.
    package var visibilityTimeout: Duration = .seconds(30)
    package var deadLetters = DeadLetters()
    /// Of streams.
    package var compaction = false
    package var compression = Compression.none
    package var dedupeWindow: Duration = .zero
    package var singleActiveConsumer = false
    /// Of ephemeral queues; nil: five minutes.
    package var expires: Duration?
    package var groupExpires: Duration = .seconds(168 * 3_600)
    package var priorities = false
    package var paused = false
    package var captureSync = false
    /// Of streams; nil: as `queue_manager.auto_commit_interval`.
    package var autoCommitInterval: Duration?

    package init() {}
}
