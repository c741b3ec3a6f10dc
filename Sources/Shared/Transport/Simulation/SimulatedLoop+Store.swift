import Machine
import Synchronization

/// The store: the simulator's volume, if it has one, or else memory that answers when the seed has it.
extension SimulatedLoop {
    /// Batches that the store still owes an answer.
    package var unstored: Int { self.storing.reduce(0) { $0 + $1.count } }

    func store() {
        while !self.effects.storage.isEmpty || !self.effects.reads.isEmpty {
            let batches = self.effects.storage
            let reads = self.effects.reads
            self.effects.storage.removeAll(keepingCapacity: true)
            self.effects.reads.removeAll(keepingCapacity: true)
            if let store = self.simulator.store {
                for batch in batches { self.storing[Int(batch.kind.rawValue)].append(batch.number) }
                store.submit(batches, reads: reads, from: self.index)
                return self.simulator.driveStore()
            }
            for batch in batches { self.remember(batch) }
            for read in reads { self.machine.received(read.unanswerable) }
            self.machine.endOfBurst()
        }
    }

    // MARK: A volume

    func received(_ answers: [StoreAnswer]) {
        for answer in answers {
            if case .stored(let kind, let through) = answer {
                self.simulator.note(5, UInt64(self.index), UInt64(kind.rawValue), through)
                self.storing[Int(kind.rawValue)].removeAll { $0 <= through }
            }
            self.machine.received(answer)
        }
    }

    // MARK: Memory

    /// A store that answers at once does so inside the burst, unless something slower is still under way.
    private func remember(_ batch: StoreBatch) {
        let lane = Int(batch.kind.rawValue)
        if self.simulator.conditions.storeDelay == nil, self.storing[lane].isEmpty {
            self.machine.stored(batch.kind, through: batch.number)
        } else {
            self.storing[lane].append(batch.number)
            self.completeLater(batch.kind)
        }
    }

    /// In order per class, and now and then several at once.
    private func completeLater(_ kind: DurabilityClass) {
        let lane = Int(kind.rawValue)
        self.simulator.after(self.simulator.conditions.storeDelay ?? 0...0) { [self] in
            guard !self.storing[lane].isEmpty else { return }
            let count = self.simulator.random.value(in: 1...min(3, self.storing[lane].count))
            let through = self.storing[lane][count - 1]
            self.storing[lane].removeFirst(count)
            self.refreshTime()
            self.simulator.note(5, UInt64(self.index), UInt64(lane), through)
            self.machine.stored(kind, through: through)
            self.iterateLater()
        }
    }
}

/// Answers on their way from a store to its loop.
final class StoreMailbox: Sendable {
    private let answers = Mutex<[StoreAnswer]>([])

    func put(_ more: [StoreAnswer]) { self.answers.withLock { $0 += more } }

    func takeAll() -> [StoreAnswer] {
        self.answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }
}
