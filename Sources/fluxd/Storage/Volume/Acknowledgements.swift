import Machine
import Synchronization

/// Where answers go, and what is owed that waits for both the writer and the syncer.
///
/// Answers of a class leave from one lane only, so that they leave in order: written classes from the writer, synced ones from the
/// syncer, state from its own.
final class Acknowledgements: Sendable {
    /// A batch that is answered when its group is written, or is synced too.
    struct Owed: Sendable {
        var group: UInt64
        var shard: Int
        var kind: DurabilityClass
        var number: UInt64
    }
    private struct Waiting {
        var owed: [Owed] = []
        var written: UInt64 = 0
        var synced: UInt64 = 0

        var through: UInt64 { min(self.written, self.synced) }
    }
    private let sinks = Mutex<[Int: @Sendable ([StoreAnswer]) -> Void]>([:])
    private let waiting = Mutex(Waiting())

    func attach(_ shard: Int, _ deliver: @escaping @Sendable ([StoreAnswer]) -> Void) {
        self.sinks.withLock { $0[shard] = deliver }
    }

    func deliver(_ answers: AnswerList) {
        for (shard, list) in answers.shards {
            self.sinks.withLock { $0[shard] }?(list)
        }
    }

    /// Batches that wait for a sync.
    var owed: Int { self.waiting.withLock { $0.owed.count } }
    var written: UInt64 { self.waiting.withLock { $0.written } }

    func owe(_ batches: [Owed]) { self.waiting.withLock { $0.owed += batches } }

    /// - Returns: Whether the syncer has something to answer now.
    func wrote(through group: UInt64) -> Bool {
        self.waiting.withLock { waiting in
            waiting.written = group
            return waiting.owed.first.map { $0.group <= waiting.through } ?? false
        }
    }

    func synced(through group: UInt64) { self.waiting.withLock { $0.synced = group } }

    var hasDue: Bool {
        self.waiting.withLock { waiting in waiting.owed.first.map { $0.group <= waiting.through } ?? false }
    }

    /// What is written and synced, no longer owed.
    func takeDue() -> [Owed] {
        self.waiting.withLock { waiting in
            let through = waiting.through
            let count = waiting.owed.firstIndex { $0.group > through } ?? waiting.owed.count
            let due = Array(waiting.owed[..<count])
            waiting.owed.removeFirst(count)
            return due
        }
    }
}

/// Answers by shard, in the order in which they came; of numbers of one class the last says it all.
struct AnswerList {
    private(set) var shards: [(shard: Int, answers: [StoreAnswer])] = []

    var isEmpty: Bool { self.shards.isEmpty }

    mutating func add(_ answer: StoreAnswer, for shard: Int) {
        let place = self.place(of: shard)
        if case .stored(let kind, _) = answer, case .stored(kind, _)? = self.shards[place].answers.last {
            self.shards[place].answers.removeLast()
        }
        self.shards[place].answers.append(answer)
    }

    mutating func add(_ owed: [Acknowledgements.Owed]) {
        for batch in owed { self.add(.stored(batch.kind, through: batch.number), for: batch.shard) }
    }

    /// Shards are few.
    private mutating func place(of shard: Int) -> Int {
        if let place = self.shards.firstIndex(where: { $0.shard == shard }) { return place }
        self.shards.append((shard, []))
        return self.shards.count - 1
    }
}
