import Bytes
import Machine

/// The sending end of the numbered lane to one other shard.
struct ShardLink {
    /// Records of the burst under way.
    var writer = LinkWriter()
    private(set) var lastNumber: UInt64 = 0
    private(set) var taken: UInt64 = 0
    private(set) var stored = ClassNumbers.zero
    /// Records that were refused there and why, until their publishers ask. Who is gone never does: the oldest are forgotten then.
    private var refused: [LinkPosition: UInt8] = [:]
    private static let maximumRefused = 65_536
    private var inFlight: [(number: UInt64, weight: Int, records: Int)] = []
    private var bytesInFlight = 0
    private var recordsInFlight = 0

    /// The last record that was written.
    var lastPosition: LinkPosition { LinkPosition(batch: self.lastNumber + 1, record: self.writer.records - 1) }

    /// - Returns: ``MessageRefusal/code``; nil when it was taken.
    mutating func takeRefusal(_ position: LinkPosition) -> UInt8? { self.refused.removeValue(forKey: position) }

    /// Bytes bound the memory, records the time that the other shard needs for them: what comes later waits behind them.
    func isFull(_ settings: BrokerSettings) -> Bool {
        self.bytesInFlight + self.writer.weight >= settings.linkWindow
            || self.recordsInFlight + self.writer.records >= settings.linkRecords
    }

    /// Half empty again: who stopped may go on.
    func hasRoom(_ settings: BrokerSettings) -> Bool {
        self.bytesInFlight <= settings.linkWindow / 2 && self.recordsInFlight <= settings.linkRecords / 2
    }

    mutating func takeBatch() -> LinkBatch? {
        if self.writer.isEmpty { return nil }
        self.lastNumber += 1
        let records = self.writer.records
        let batch = self.writer.finish(number: self.lastNumber)
        self.inFlight.append((batch.number, batch.weight, records))
        self.bytesInFlight += batch.weight
        self.recordsInFlight += records
        return batch
    }

    mutating func received(_ answer: LinkAnswer) {
        self.taken = max(self.taken, answer.taken)
        self.stored = pointwiseMax(self.stored, answer.stored)
        if !answer.refused.isEmpty { self.remember(answer.refused) }
        let done = self.inFlight.prefix { $0.number <= self.taken }
        self.bytesInFlight -= done.reduce(0) { $0 + $1.weight }
        self.recordsInFlight -= done.reduce(0) { $0 + $1.records }
        self.inFlight.removeFirst(done.count)
    }
}

extension ShardLink {
    private mutating func remember(_ refusals: [LinkRefusal]) {
        for refusal in refusals { self.refused[refusal.position] = refusal.reason }
        guard self.refused.count > ShardLink.maximumRefused else { return }
        let old = self.refused.keys.sorted { $0.batch < $1.batch }.prefix(ShardLink.maximumRefused / 2)
        for position in old { self.refused[position] = nil }
    }
}

/// The receiving end: what arrived and was not processed yet, and what the sender still has to be told.
struct InboundLink {
    private var batches: [LinkBatch] = []
    /// Where the next record starts in the first batch.
    var position = 0
    /// Records of the first batch that were processed.
    var records = 0
    private var refused: [LinkRefusal] = []
    private(set) var taken: UInt64 = 0
    private var answered: UInt64 = 0
    private var storedAnswered = ClassNumbers.zero
    private(set) var stored = ClassNumbers.zero
    /// Batches that wait for a store, oldest first: the number of the batch and of the store's batch, per class.
    private var awaiting: [[(batch: UInt64, store: UInt64)]] = Array(
        repeating: [],
        count: DurabilityClass.allCases.count
    )

    var first: LinkBatch? { self.batches.first }

    mutating func append(_ batch: LinkBatch) { self.batches.append(batch) }

    /// The first batch is processed.
    ///
    /// - Parameter needs: Per class, the store's batch that it waits for; 0 when it stored nothing.
    mutating func finishFirst(needs: ClassNumbers) {
        let batch = self.batches.removeFirst()
        self.position = 0
        self.records = 0
        self.taken = batch.number
        for kind in self.stored.indices {
            if needs[kind] != 0 {
                self.awaiting[kind].append((batch.number, needs[kind]))
            } else if self.awaiting[kind].isEmpty {
                self.stored[kind] = batch.number
            } else {
                // Nothing of its own to store, but numbers are cumulative: it is stored when those before it are.
                self.awaiting[kind].append((batch.number, 0))
            }
        }
    }

    mutating func stored(_ kind: DurabilityClass, through number: UInt64) {
        let done = self.awaiting[Int(kind.rawValue)].prefix { $0.store <= number }
        guard let last = done.last else { return }
        self.stored[kind] = last.batch
        self.awaiting[Int(kind.rawValue)].removeFirst(done.count)
    }

    /// The record under way was not taken where it should be kept.
    mutating func refuse(_ refusal: MessageRefusal) {
        guard let batch = self.batches.first else { return }
        let position = LinkPosition(batch: batch.number, record: self.records)
        self.refused.append(LinkRefusal(position: position, reason: refusal.code))
    }

    /// What to tell the sender, if there is news.
    mutating func takeAnswer() -> LinkAnswer? {
        if self.taken == self.answered, self.stored == self.storedAnswered, self.refused.isEmpty { return nil }
        defer { self.refused.removeAll() }
        self.answered = self.taken
        self.storedAnswered = self.stored
        return LinkAnswer(taken: self.taken, stored: self.stored, refused: self.refused)
    }
}
