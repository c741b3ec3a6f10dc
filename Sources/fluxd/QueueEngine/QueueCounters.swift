/// What happened, since the queue is in memory: of a queue, or of one group of it. Rates are made from it elsewhere.
package struct QueueCounters: Equatable, Sendable {
    /// Messages that were taken, of queues only.
    package var published: UInt64 = 0
    package var publishedBytes: UInt64 = 0
    /// Publishes that were refused, of queues only.
    package var refused: UInt64 = 0
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
    /// Moved aside, and stored there.
    package var deadLettered: UInt64 = 0
    /// Gone without having been processed: rejected, delivered too often or pushed out, with no dead-letter queue for it;
    /// or overtaken by retention.
    package var dropped: UInt64 = 0

    package init() {}

    mutating func countDelivery(bytes: Int) {
        self.delivered += 1
        self.deliveredBytes += UInt64(bytes)
    }
}

/// A queue as a dashboard shows it.
package struct QueueStatus: Equatable, Sendable {
    /// Messages that somebody still has to process: waiting and pending, in the group that has most. Of a stream: records that are there.
    package var depth: UInt64 = 0
    /// Of them, those that nobody was given yet.
    package var waiting: UInt64 = 0
    package var pending: UInt64 = 0
    package var delayed: UInt64 = 0
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
    /// Records between the committed offset and the tail, over all priorities.
    package var lag: UInt64
    package var waiting: UInt64
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
