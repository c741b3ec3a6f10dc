import Bytes
package import Machine
package import QueueEngine

/// What operators see of a shard's queues, and do to them.
extension QueueShard {
    /// Calls `body` with queues from a subscriber's slot on; at most `limit` slots are looked at.
    ///
    /// - Returns: The slot to go on from; nil at the end.
    package func forEachQueue(from slot: Int, limit: Int, _ body: (QueueHome) -> Void) -> Int? {
        self.shard.forEachSubscriber(from: slot, limit: limit) { if let home = $0 as? QueueHome { body(home) } }
    }

    package func status(of home: QueueHome) -> QueueStatus {
        home.queue.status(now: self.shard.now, wall: self.shard.wallNow)
    }

    /// Takes rates of a queue anew, unless they are younger than so many milliseconds.
    package func look(at home: QueueHome, unlessYoungerThan age: UInt64) {
        home.watch.look(at: home.queue, now: self.shard.now, wall: self.shard.wallNow, unlessYoungerThan: age)
    }

    // MARK: Looking at messages

    /// Reads messages without touching any group; `answer` is called later on this shard, exactly once.
    ///
    /// - Parameter id: Where to begin, in the log of its priority.
    package func peek(
        _ home: QueueHome,
        from id: MessageID,
        maximumBytes: Int,
        _ answer: @escaping (Result<LogRead, StorageFailure>) -> Void
    ) {
        self.lastToken += 1
        self.peeks[self.lastToken] = Peek(queue: home.number, answer: answer)
        home.queue.peek(token: self.lastToken, from: id, maximumBytes: maximumBytes)
        self.touch(home)
    }

    struct Peek {
        var queue: UInt64
        var answer: (Result<LogRead, StorageFailure>) -> Void
    }

    /// The queue is gone: who waits for a look into it is told so.
    func endPeeks(of queue: UInt64) {
        for token in self.peeks.filter({ $0.value.queue == queue }).keys.sorted() {
            let failure = StorageFailure(.gone, "the queue has been deleted, or repaired")
            self.peeks.removeValue(forKey: token)?.answer(.failure(failure))
        }
    }

    // MARK: Changes

    /// - Returns: How many messages went.
    package func purge(_ home: QueueHome) -> UInt64 {
        let purged = home.queue.purge(now: self.shard.now)
        self.touch(home)
        return purged
    }

    /// Removes what lies before an offset of each priority.
    ///
    /// - Returns: How many messages went.
    package func purge(_ home: QueueHome, before offsets: [UInt64]) throws(QueueRefusal) -> UInt64 {
        defer { self.touch(home) }
        return try QueueShard.refusing { () throws(QueueError) in
            try home.queue.purge(before: offsets, now: self.shard.now)
        }
    }

    /// Takes messages out of a work queue, for all of its groups.
    ///
    /// - Parameters:
    ///   - inHand: Also those that consumers have.
    ///   - stored: Called with those that were taken when a kill of the process does not bring them back.
    package func take(
        _ ids: [MessageID],
        of home: QueueHome,
        inHand: Bool,
        stored: @escaping ([MessageID]) -> Void
    ) {
        let taken = home.queue.take(ids, inHand: inHand, now: self.shard.now)
        self.touch(home)
        if taken.isEmpty { return stored([]) }
        self.shard.store(.buffered)
        let receipt = self.shard.receipt(for: .buffered)
        self.shard.waitForStore(TakingWait(receipt, on: self.shard) { stored(taken) }, until: receipt)
    }

    package func trim(_ home: QueueHome, before offset: UInt64) throws(QueueRefusal) -> UInt64 {
        defer { self.touch(home) }
        return try QueueShard.refusing { () throws(QueueError) in
            try home.queue.trim(before: offset, now: self.shard.now)
        }
    }

    /// Messages are taken meanwhile.
    package func setPaused(_ home: QueueHome, _ isPaused: Bool) throws(QueueRefusal) {
        var definition = home.definition
        definition.isPaused = isPaused
        try self.change(home.number, to: definition)
    }

    package func createGroup(
        _ name: String,
        filter: String,
        mode: GroupMode?,
        start: StartPosition,
        commitsAutomatically: Bool,
        of home: QueueHome
    ) throws(QueueRefusal) {
        defer { self.touch(home) }
        _ = try QueueShard.refusing { () throws(QueueError) in
            try home.queue.createGroup(
                name,
                filter: filter,
                mode: mode,
                start: start,
                commitsAutomatically: commitsAutomatically,
                now: self.shard.now
            )
        }
    }

    package func removeGroup(_ group: GroupNumber, of home: QueueHome) throws(QueueRefusal) {
        defer { self.touch(home) }
        try QueueShard.refusing { () throws(QueueError) in try home.queue.removeGroup(group, now: self.shard.now) }
    }

    package func pauseGroup(_ group: GroupNumber, of home: QueueHome, _ isPaused: Bool) throws(QueueRefusal) {
        defer { self.touch(home) }
        try QueueShard.refusing { () throws(QueueError) in try home.queue.pauseGroup(group, isPaused) }
    }

    package func seek(_ group: GroupNumber, of home: QueueHome, to start: StartPosition) throws(QueueRefusal) {
        defer { self.touch(home) }
        try QueueShard.refusing { () throws(QueueError) in try home.queue.seek(group, to: start, now: self.shard.now) }
    }

    /// Settles a message for whoever has it.
    package func settle(
        _ id: MessageID,
        _ group: GroupNumber,
        of home: QueueHome,
        _ settlement: Settlement
    ) throws(QueueRefusal) {
        defer { self.touch(home) }
        try QueueShard.refusing { () throws(QueueError) in
            try home.queue.settle(
                id,
                group: group,
                by: nil,
                settlement,
                isOperator: true,
                now: self.shard.now,
                wall: self.shard.wallNow
            )
        }
    }

    /// Gives a message that a group has in hand to one of its consumers, whoever has it.
    package func claim(
        _ id: MessageID,
        _ group: GroupNumber,
        of home: QueueHome,
        for consumer: ConsumerID
    ) throws(QueueRefusal) {
        defer { self.touch(home) }
        try QueueShard.refusing { () throws(QueueError) in
            try home.queue.claim(id, group: group, for: consumer, now: self.shard.now, wall: self.shard.wallNow)
        }
    }

    /// What a consumer has goes to others at once, and it is told that it is none any more.
    ///
    /// - Returns: false when there is no such consumer.
    package func kick(_ consumer: ConsumerID, of home: QueueHome) -> Bool {
        guard let known = home.consumers.removeValue(forKey: consumer) else { return false }
        home.queue.leave(consumer, group: known.group, now: self.shard.now, wall: self.shard.wallNow)
        self.shard.tellEnded(known.address, known.handle)
        self.touch(home)
        return true
    }

    /// Who a consumer is, as the shard of its session knows it; nil when it is gone.
    package func address(of consumer: ConsumerID, of home: QueueHome) -> SubscriberAddress? {
        home.consumers[consumer]?.address
    }

    private static func refusing<Result>(
        _ body: () throws(QueueError) -> Result
    ) throws(QueueRefusal) -> Result {
        do throws(QueueError) { return try body() } catch { throw QueueRefusal(error) }
    }
}

/// Until what was taken out is written down.
private final class TakingWait: StoreWaiter {
    private let shard: ShardState
    private let receipt: Receipt
    private let done: () -> Void

    init(_ receipt: Receipt, on shard: ShardState, _ done: @escaping () -> Void) {
        (self.receipt, self.shard, self.done) = (receipt, shard, done)
    }

    func progressed() {
        guard self.shard.isSettled(self.receipt) else { return self.shard.waitForStore(self, until: self.receipt) }
        self.done()
    }
}
