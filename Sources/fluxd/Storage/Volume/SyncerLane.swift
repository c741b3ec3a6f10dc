import Files
import Machine
import Metrics

/// Makes groups durable: one write and one fdatasync of the sync journal for all that wait, while the next gather.
final class SyncerLane {
    /// Bytes that are synced together at most, unless one group alone has more.
    private static let mostBytes = 16 << 20

    private let exchange: VolumeExchange
    private let journal: SyncJournal
    /// Nanoseconds of a clock, for the sync's latency.
    private let clock: () -> UInt64
    private var pending: [JournalGroup] = []
    private var backoff = Backoff()
    /// A group waits for a checkpoint: both files are full.
    private var hasNoRoom = false

    init(_ exchange: VolumeExchange, _ journal: SyncJournal, clock: @escaping () -> UInt64) {
        self.exchange = exchange
        self.journal = journal
        self.clock = clock
    }

    func wanted() -> UInt64? {
        if self.exchange.health.isFailed { return nil }
        if self.exchange.acknowledgements.hasDue || !self.exchange.journalOrders.isEmpty { return 0 }
        if let at = self.backoff.at { return at }
        return (self.pending.isEmpty && self.exchange.journalGroups.isEmpty) || self.hasNoRoom ? nil : 0
    }

    func turn(now: UInt64) {
        if self.exchange.health.isFailed { return }
        for order in self.exchange.journalOrders.takeAll() { self.follow(order) }
        if self.backoff.at.map({ $0 <= now }) ?? true { self.syncWhatWaits(now) }
        if self.exchange.health.isFailed { return }
        var answers = AnswerList()
        answers.add(self.exchange.acknowledgements.takeDue())
        self.exchange.acknowledgements.deliver(answers)
        let bytes = self.journal.bytes
        self.exchange.count { $0.journalBytes = bytes }
    }

    private func follow(_ order: VolumeExchange.JournalOrder) {
        switch order {
        case .checkpointed:
            self.journal.checkpointed()
            self.hasNoRoom = false
        case .rotate: self.rotate()
        }
    }

    private func rotate() {
        self.journal.rotate()
        self.announceFilled()
    }

    private var announced: SyncJournal.Filled?

    /// Asks for the checkpoint of a file that was filled, once.
    private func announceFilled() {
        defer { self.announced = self.journal.filled }
        guard let filled = self.journal.filled, filled != self.announced else { return }
        self.exchange.syncRequests.put(.checkpoint(through: filled.lastGroup))
        self.exchange.wake(.writer)
    }

    private func syncWhatWaits(_ now: UInt64) {
        self.pending += self.exchange.journalGroups.takeAll()
        while let last = self.gathered() {
            let entries = self.pending[...last].flatMap(\.entries)
            let number = self.pending[last].number
            if !entries.isEmpty {
                let bytes = entries.reduce(0) { $0 + $1.bytes }
                self.hasNoRoom = !self.journal.hasRoom(for: bytes)
                if self.hasNoRoom || !self.store(entries, group: number, now) { return }
            }
            self.pending.removeFirst(last + 1)
            self.exchange.acknowledgements.synced(through: number)
            if !entries.isEmpty { return }
        }
    }

    /// Index of the last group that goes into the next sync; nil when none waits.
    private func gathered() -> Int? {
        var bytes = 0
        for (index, group) in self.pending.enumerated() {
            bytes += group.entries.reduce(0) { $0 + $1.bytes }
            if bytes > Self.mostBytes { return max(index - 1, 0) }
        }
        return self.pending.isEmpty ? nil : self.pending.count - 1
    }

    private func store(_ entries: [JournalFrame.Entry], group: UInt64, _ now: UInt64) -> Bool {
        do throws(FileError) {
            try self.journal.write(entries, group: group)
        } catch {
            if error.kind == .device {
                self.exchange.health.fail(error.description)
            } else {
                self.backoff.failed(now: now)
                self.exchange.health.stuck(.syncer, error.description)
            }
            return false
        }
        let start = self.clock()
        do throws(FileError) {
            try self.journal.sync()
        } catch {
            // Whatever the reason: the system may have dropped what it could not write, and a second sync would not say so.
            self.exchange.health.fail(error.description)
            return false
        }
        let end = self.clock()
        self.exchange.count { counters in
            counters.journalSyncs += 1
            counters.syncLatency.record(end - start)
        }
        if self.backoff.at != nil {
            self.backoff.succeeded()
            self.exchange.health.goesOn(.syncer)
        }
        self.announceFilled()
        return true
    }

    /// Nothing waits here.
    var isIdle: Bool {
        self.pending.isEmpty && self.exchange.journalGroups.isEmpty && self.exchange.acknowledgements.owed == 0
    }

    /// At a clean stop, when every segment is synced.
    func finish() throws(FileError) { try self.journal.clear() }
}

@available(*, unavailable)
extension SyncerLane: Sendable {}
