import Bytes
package import Machine
package import QueueEngine

/// The queues of one shard: takes what the engine puts out to the store, to consumers and to dead-letter queues, and brings it
/// their answers.
///
/// Consumers stand in `QueueShard+Consumers`, what is moved aside in `QueueShard+DeadLetters`, how queues begin and end in
/// `QueueShard+Declare`.
package final class QueueShard: StreamAcceptor {
    unowned(unsafe) let shard: ShardState
    let output = QueueOutput()
    package private(set) var homes: [UInt64: QueueHome] = [:]
    /// What queues have counted that are not here any more.
    package internal(set) var endedCounters = QueueCounters()
    private var dirty: [QueueHome] = []
    /// Appends that the store has, per class and in order: which batch, and what it makes deliverable.
    private var storing = [FIFO<Stored>](repeating: FIFO(), count: DurabilityClass.allCases.count)
    /// Questions to logs that were not answered yet, by the shard's ticket.
    private var asked: [UInt64: Asked] = [:]
    var lastTicket: UInt64 = 0
    /// What repairs wait for, by the shard's ticket.
    var repairing: [UInt64: (queue: UInt64, step: RepairStep)] = [:]
    var lastConsumer: UInt64 = 0
    /// What the operator asked of queues, by token.
    var peeks: [UInt64: Peek] = [:]
    var lastToken: UInt64 = 0

    private struct Stored {
        var batch: UInt64
        var queue: UInt64
        var part: LogPart
        var next: UInt64
    }
    private struct Asked {
        var queue: UInt64
        var ticket: UInt32
    }

    init(on shard: ShardState) { self.shard = shard }

    package func home(_ number: UInt64) -> QueueHome? { self.homes[number] }
    /// Of all queues here, in order.
    package var numbers: [UInt64] { self.homes.keys.sorted() }

    func add(_ home: QueueHome) {
        self.homes[home.number] = home
        self.touch(home)
    }

    func remove(_ home: QueueHome) {
        self.homes[home.number] = nil
        self.endedCounters += home.queue.counters
        self.endPeeks(of: home.number)
        self.endRepair(of: home)
    }

    /// Another queue asks under the same number now: what was asked before is none of its.
    func forgetReads(of number: UInt64) {
        self.asked = self.asked.filter { $0.value.queue != number }
        self.endPeeks(of: number)
    }

    /// The queue was told something: its burst is ended with the shard's.
    func touch(_ home: QueueHome) {
        if home.isDirty || self.homes[home.number] !== home { return }
        home.isDirty = true
        self.dirty.append(home)
    }

    // MARK: Ends of bursts

    package func endOfBurst(on shard: ShardState) {
        // Consumers may settle inside a delivery, which makes their queue dirty again.
        while !self.dirty.isEmpty {
            let homes = self.dirty
            self.dirty.removeAll(keepingCapacity: true)
            for home in homes {
                home.isDirty = false
                // It was deleted meanwhile: its logs go, and take nothing more.
                guard self.homes[home.number] === home else { continue }
                home.queue.endOfBurst(now: shard.now, wall: shard.wallNow)
                self.remind(home)
            }
            self.drain()
        }
    }

    private func drain() {
        let output = self.output
        for append in output.appends {
            guard let part = append.append.log.part else { preconditionFailure("a queue appends to no part of it") }
            self.shard.store(append.durability, .append(append.append))
            self.storing[Int(append.durability.rawValue)].append(
                Stored(
                    batch: self.shard.openBatch(append.durability),
                    queue: append.queue,
                    part: part,
                    next: append.append.first + UInt64(append.append.count)
                )
            )
        }
        for command in output.commands { self.shard.store(.buffered, command) }
        for read in output.reads {
            self.lastTicket += 1
            self.asked[self.lastTicket] = Asked(queue: read.queue, ticket: read.ticket)
            self.shard.effects.reads.append(
                ReadRequest(ticket: self.lastTicket, log: read.log, question: read.question)
            )
        }
        let (deliveries, letters, events) = (output.deliveries, output.deadLetters, output.events)
        output.removeAll()
        for delivery in deliveries { self.deliver(delivery) }
        for letter in letters { self.move(letter) }
        for (queue, event) in events { self.happened(event, to: queue) }
    }

    private func happened(_ event: QueueEvent, to number: UInt64) {
        guard let home = self.homes[number] else { return }
        switch event {
        case .consumerRemoved(let consumer, _, let why): self.consumerRemoved(consumer, of: home, why)
        case .drained(let consumer, _, let deliveryCount): self.drained(consumer, of: home, deliveryCount)
        case .activated, .groupRemoved, .recovered, .quarantined: break  // seen in the queue's rows
        case .queueExpired: self.end(home)
        case .peeked(let token, let result): self.peeks.removeValue(forKey: token)?.answer(result)
        }
    }

    // MARK: Time

    private func remind(_ home: QueueHome) {
        if home.isBeingRepaired { return }
        if home.queue.hasMore {
            self.touchLater(home)
            return
        }
        guard let deadline = home.queue.deadline(now: self.shard.now, wall: self.shard.wallNow) else { return }
        if home.remindedAt != 0, home.remindedAt <= deadline, home.remindedAt > self.shard.now { return }
        home.remindedAt = deadline
        self.shard.remind(self, home.address, 0, at: deadline, stamp: UInt32(truncatingIfNeeded: deadline))
    }

    /// One slice an iteration, however long the queue.
    private var waiting: [QueueHome] = []
    private func touchLater(_ home: QueueHome) {
        self.waiting.append(home)
        self.shard.effects.hasMore = true
    }

    package func goOn(on shard: ShardState) -> Bool {
        let waiting = self.waiting
        self.waiting.removeAll(keepingCapacity: true)
        for home in waiting { self.touch(home) }
        return false
    }

    package func due(_ entry: TimerEntry, on shard: ShardState) {
        guard let home = shard.subscriber(at: entry.address) as? QueueHome,
            UInt32(truncatingIfNeeded: home.remindedAt) == entry.stamp
        else { return }
        home.remindedAt = 0
        home.queue.tick(now: shard.now, wall: shard.wallNow)
        self.touch(home)
    }

    // MARK: What the store says

    func stored(_ kind: DurabilityClass, through number: UInt64) {
        while let first = self.storing[Int(kind.rawValue)].first, first.batch <= number {
            _ = self.storing[Int(kind.rawValue)].removeFirst()
            guard let home = self.homes[first.queue] else { continue }
            home.queue.stored(first.part, before: first.next, now: self.shard.now)
            self.touch(home)
        }
    }

    func received(_ news: StorageNews) {
        switch news {
        case .read(let ticket, let result):
            if self.readForRepair(ticket, result) { return }
            guard let asked = self.asked.removeValue(forKey: ticket), let home = self.homes[asked.queue] else { return }
            home.queue.received(asked.ticket, result, now: self.shard.now)
            self.touch(home)
        case .found(let ticket, let result):
            guard let asked = self.asked.removeValue(forKey: ticket), let home = self.homes[asked.queue] else { return }
            home.queue.found(asked.ticket, result)
            self.touch(home)
        case .repaired(let ticket, let result): self.repaired(ticket, result)
        case .trimmed(let log, let head, let bytes):
            guard let home = self.homes[log.owner], let part = log.part else { return }
            home.queue.trimmed(part, head: head, bytes: bytes)
            self.touch(home)
        case .quarantined(let log, let failure):
            guard let home = self.homes[log.owner], let part = log.part else { return }
            home.queue.quarantined(part, failure)
            self.touch(home)
        }
    }

    // MARK: Not a protocol

    package func accept(_ id: StreamID, listener: Int, facts: StreamFacts, on shard: ShardState) -> StreamPeer? { nil }
    package func adopt(_ id: StreamID, _ state: MovingState, on shard: ShardState) -> StreamPeer {
        preconditionFailure("queues have no streams")
    }
    package func shutDown() {}
}

@available(*, unavailable)
extension QueueShard: Sendable {}
