import Protobuf
package import QueueEngine
import StateRecords

extension QueueDefinition {
    /// Under which the store has it.
    package var storageKey: [UInt8] { StateKey.queue(self.number).bytes }

    /// As the store has it.
    package func encoded() -> [UInt8] {
        var record = StateV1.Queue()
        record.name = self.name
        record.namespace = UInt32(self.namespace)
        record.kind = UInt32(self.kind.rawValue)
        record.topics = self.topics
        record.reserved = self.isReserved
        record.durability = UInt32(self.durability.rawValue)
        record.maximumMessageSize = self.limits.maximumMessageSize
        record.maximumMessages = self.limits.maximumMessages
        record.maximumBytes = self.limits.maximumBytes
        record.ttl = self.limits.ttl
        record.maximumDelayed = self.limits.maximumDelayed
        record.overflow = UInt32(self.overflow.rawValue)
        record.maximumDeliveries = self.retry.maximumDeliveries
        record.initialBackoff = self.retry.initialBackoff
        record.maximumBackoff = self.retry.maximumBackoff
        record.multiplier = self.retry.multiplier
        record.visibilityTimeout = self.visibilityTimeout
        record.deadLetters = self.deadLetters.isEnabled
        record.deadLetterTarget = self.deadLetters.target
        record.deadLetterReasons = UInt32(self.deadLetters.reasons.rawValue)
        record.retainedAge = self.retention.maximumAge
        record.retainedBytes = self.retention.maximumBytes
        record.retainedMessages = self.retention.maximumMessages
        record.compacts = self.compacts
        record.compresses = self.compresses
        record.dedupeWindow = self.dedupeWindow
        record.singleActiveConsumer = self.hasSingleActiveConsumer
        record.idleExpiry = self.idleExpiry
        record.idleGroupExpiry = self.idleGroupExpiry
        record.priorities = self.hasPriorities
        record.primaryGroup = self.primaryGroup
        record.paused = self.isPaused
        record.capturesSynchronously = self.capturesSynchronously
        record.autoCommitInterval = self.autoCommitInterval
        return record.serialized()
    }

    /// - Returns: nil when the bytes are no queue, or one of a newer version.
    package init?(number: UInt64, _ bytes: [UInt8]) {
        guard let record = try? StateV1.Queue(serialized: bytes),
            let kind = Kind(rawValue: UInt8(truncatingIfNeeded: record.kind)),
            let durability = Durability(rawValue: UInt8(truncatingIfNeeded: record.durability)),
            let overflow = Overflow(rawValue: UInt8(truncatingIfNeeded: record.overflow))
        else { return nil }
        self.init(
            name: record.name,
            number: number,
            namespace: UInt16(truncatingIfNeeded: record.namespace),
            kind: kind,
            topics: record.topics
        )
        self.isReserved = record.reserved
        self.durability = durability
        self.limits.maximumMessageSize = record.maximumMessageSize
        self.limits.maximumMessages = record.maximumMessages
        self.limits.maximumBytes = record.maximumBytes
        self.limits.ttl = record.ttl
        self.limits.maximumDelayed = record.maximumDelayed
        self.overflow = overflow
        self.retry.maximumDeliveries = record.maximumDeliveries
        self.retry.initialBackoff = record.initialBackoff
        self.retry.maximumBackoff = record.maximumBackoff
        self.retry.multiplier = record.multiplier
        self.visibilityTimeout = record.visibilityTimeout
        self.deadLetters.isEnabled = record.deadLetters
        self.deadLetters.target = record.deadLetterTarget
        self.deadLetters.reasons = DeadLetterReasons(rawValue: UInt8(truncatingIfNeeded: record.deadLetterReasons))
        self.retention.maximumAge = record.retainedAge
        self.retention.maximumBytes = record.retainedBytes
        self.retention.maximumMessages = record.retainedMessages
        self.compacts = record.compacts
        self.compresses = record.compresses
        self.dedupeWindow = record.dedupeWindow
        self.hasSingleActiveConsumer = record.singleActiveConsumer
        self.idleExpiry = record.idleExpiry
        self.idleGroupExpiry = record.idleGroupExpiry
        self.hasPriorities = record.priorities
        self.primaryGroup = record.primaryGroup
        self.isPaused = record.paused
        self.capturesSynchronously = record.capturesSynchronously
        self.autoCommitInterval = record.autoCommitInterval
    }
}
