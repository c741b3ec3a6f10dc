/// Sums over queues, and what was counted between two looks.
extension QueueCounters {
    package static func += (sum: inout QueueCounters, added: QueueCounters) { sum = sum.combined(with: added, &+) }

    /// What was counted since an earlier look at the same counters.
    package static func - (later: QueueCounters, earlier: QueueCounters) -> QueueCounters {
        later.combined(with: earlier) { $0 > $1 ? $0 - $1 : 0 }
    }

    /// The greater of each two.
    package func raised(to other: QueueCounters) -> QueueCounters { self.combined(with: other) { max($0, $1) } }

    /// Each figure with the other's.
    private func combined(with other: QueueCounters, _ body: (UInt64, UInt64) -> UInt64) -> QueueCounters {
        var result = QueueCounters()
        result.published = body(self.published, other.published)
        result.publishedBytes = body(self.publishedBytes, other.publishedBytes)
        result.refusedFull = body(self.refusedFull, other.refusedFull)
        result.refusedTooLarge = body(self.refusedTooLarge, other.refusedTooLarge)
        result.refusedDelayed = body(self.refusedDelayed, other.refusedDelayed)
        result.refusedStorage = body(self.refusedStorage, other.refusedStorage)
        result.refusedRecovering = body(self.refusedRecovering, other.refusedRecovering)
        result.duplicates = body(self.duplicates, other.duplicates)
        result.delivered = body(self.delivered, other.delivered)
        result.deliveredBytes = body(self.deliveredBytes, other.deliveredBytes)
        result.redelivered = body(self.redelivered, other.redelivered)
        result.acknowledged = body(self.acknowledged, other.acknowledged)
        result.failed = body(self.failed, other.failed)
        result.released = body(self.released, other.released)
        result.rejected = body(self.rejected, other.rejected)
        result.timedOut = body(self.timedOut, other.timedOut)
        result.expired = body(self.expired, other.expired)
        result.deadLetteredExpired = body(self.deadLetteredExpired, other.deadLetteredExpired)
        result.deadLetteredRejected = body(self.deadLetteredRejected, other.deadLetteredRejected)
        result.deadLetteredDeliveries = body(self.deadLetteredDeliveries, other.deadLetteredDeliveries)
        result.deadLetteredOverflow = body(self.deadLetteredOverflow, other.deadLetteredOverflow)
        result.droppedRejected = body(self.droppedRejected, other.droppedRejected)
        result.droppedDeliveries = body(self.droppedDeliveries, other.droppedDeliveries)
        result.droppedOverflow = body(self.droppedOverflow, other.droppedOverflow)
        result.droppedRetention = body(self.droppedRetention, other.droppedRetention)
        result.droppedUnreadable = body(self.droppedUnreadable, other.droppedUnreadable)
        return result
    }
}
