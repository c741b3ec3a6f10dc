/// What happened, since the queue is in memory: of a queue, or of one group of it. Rates are made from it elsewhere.
package struct QueueCounters: Equatable, Sendable {
    /// Messages that were taken, of queues only.
    package var published: UInt64 = 0
    package var publishedBytes: UInt64 = 0
    /// Publishes that were refused, by ``Queue/Refusal``; of queues only, as all of these.
    package var refusedFull: UInt64 = 0
    package var refusedTooLarge: UInt64 = 0
    package var refusedDelayed: UInt64 = 0
    package var refusedStorage: UInt64 = 0
    package var refusedRecovering: UInt64 = 0
    /// Messages whose id was known already, of queues only.
    package var duplicates: UInt64 = 0
    /// Deliveries, each time anew.
    package var delivered: UInt64 = 0
    package var deliveredBytes: UInt64 = 0
    /// Deliveries that were not the message's first in the group.
    package var redelivered: UInt64 = 0
    package var acknowledged: UInt64 = 0
    /// Returned by a consumer as not processed.
    package var failed: UInt64 = 0
    /// Returned by a consumer that did not try.
    package var released: UInt64 = 0
    package var rejected: UInt64 = 0
    /// Taken from a consumer that did not settle in time.
    package var timedOut: UInt64 = 0
    /// Not delivered because nobody wanted it that late, moved aside or not.
    package var expired: UInt64 = 0
    /// Moved aside, and stored there, by ``DeadLetterReason``.
    package var deadLetteredExpired: UInt64 = 0
    package var deadLetteredRejected: UInt64 = 0
    package var deadLetteredDeliveries: UInt64 = 0
    package var deadLetteredOverflow: UInt64 = 0
    /// Gone without having been processed: rejected, delivered too often or pushed out, with no dead-letter queue for it.
    package var droppedRejected: UInt64 = 0
    package var droppedDeliveries: UInt64 = 0
    package var droppedOverflow: UInt64 = 0
    /// Gone without having been processed: overtaken by retention, or nobody could read it.
    package var droppedRetention: UInt64 = 0
    package var droppedUnreadable: UInt64 = 0

    package init() {}

    /// Whatever the reason, as each of these.
    package var refused: UInt64 {
        self.refusedFull + self.refusedTooLarge + self.refusedDelayed + self.refusedStorage + self.refusedRecovering
    }
    package var deadLettered: UInt64 {
        self.deadLetteredExpired + self.deadLetteredRejected + self.deadLetteredDeliveries + self.deadLetteredOverflow
    }
    package var dropped: UInt64 {
        self.droppedRejected + self.droppedDeliveries + self.droppedOverflow + self.droppedRetention
            + self.droppedUnreadable
    }

    mutating func count(_ refusal: Queue.Refusal) {
        switch refusal {
        case .full: self.refusedFull += 1
        case .tooLarge: self.refusedTooLarge += 1
        case .tooManyDelayed: self.refusedDelayed += 1
        case .storage: self.refusedStorage += 1
        case .recovering: self.refusedRecovering += 1
        }
    }

    /// - Parameter reason: nil for one that only a later version knows.
    mutating func count(deadLettered reason: DeadLetterReason?) {
        switch reason {
        case .expired: self.deadLetteredExpired += 1
        case .rejected, nil: self.deadLetteredRejected += 1
        case .maximumDeliveries: self.deadLetteredDeliveries += 1
        case .overflow: self.deadLetteredOverflow += 1
        }
    }

    /// What expired is counted where that is found out.
    mutating func count(dropped reason: DeadLetterReason) {
        switch reason {
        case .expired: break
        case .rejected: self.droppedRejected += 1
        case .maximumDeliveries: self.droppedDeliveries += 1
        case .overflow: self.droppedOverflow += 1
        }
    }

    mutating func countDelivery(bytes: Int) {
        self.delivered += 1
        self.deliveredBytes += UInt64(bytes)
    }
}

/// A queue as a dashboard shows it.
package struct QueueStatus: Equatable, Sendable {
    /// Messages that somebody still has to process: waiting and pending, in the group that has most. Of a stream: records that are there.
    package var depth: UInt64 = 0
    /// Of them, those that nobody has and anybody may: never delivered, or left behind by a consumer.
    package var waiting: UInt64 = 0
    /// The others: in hand, or waiting for their time to be delivered again.
    package var pending: UInt64 = 0
    package var delayed: UInt64 = 0
    /// Given up by their groups and not yet in the dead-letter queue, which may be full, or gone. They do not count as depth.
    package var moving: UInt64 = 0
    package var bytes: UInt64 = 0
    package var groups = 0
    package var consumers = 0
    /// Of the oldest message that counts, in milliseconds; nil when there is none, or nothing was read of it since the start. Never too young.
    package var oldestAge: UInt64?
    package var counters = QueueCounters()
    package var isPaused = false
    /// Bytes of records in memory.
    package var cachedBytes = 0

    package init() {}
}

/// A group as a dashboard shows it.
package struct GroupStatus: Equatable, Sendable {
    package var number: GroupNumber
    package var id: String
    package var filter: String
    package var mode: GroupMode
    package var isPaused: Bool
    package var commitsAutomatically: Bool
    package var consumers: Int
    /// Of the priority with the lowest number in use, as all of these positions.
    package var cursor: UInt64
    package var committed: UInt64
    package var tail: UInt64
    /// What the group has not settled; of a stream the records between the committed offset and the tail.
    package var lag: UInt64
    /// As ``QueueStatus/waiting``.
    package var waiting: UInt64
    /// What the group was given and nobody settled or left behind; dead letters on their way are among it.
    package var pending: UInt64
    package var counters: QueueCounters
}

/// One consumer of a group.
package struct ConsumerStatus: Equatable, Sendable {
    package var consumer: ConsumerID
    package var credit: UInt32
    package var pending: Int
    package var delivered: UInt64
    /// It gets messages: always, unless the queue has a single active consumer.
    package var isActive: Bool
}

/// One message that was delivered and is not settled, or waits to be delivered again.
package struct PendingStatus: Equatable, Sendable {
    package enum State: Equatable, Sendable { case delivered, ready, waiting, deadLetter }
    package var id: MessageID
    package var state: State
    /// nil when nobody has it.
    package var consumer: ConsumerID?
    package var count: UInt32
    /// Since the last delivery, in milliseconds; nil before the first and after a restart.
    package var idle: UInt64?
    /// In milliseconds since 1970; 0 for never.
    package var firstDelivered: UInt64
}
