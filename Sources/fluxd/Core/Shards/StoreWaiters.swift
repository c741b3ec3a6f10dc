package import Machine

/// What an acknowledgement waits for. Made when the message is routed, asked whenever a store or a link has news.
package struct Receipt {
    /// The batch of this shard's store, per class; 0 for nothing.
    var local = ClassNumbers.zero
    /// Other shards, and what they store there; nil in the common case that none does, so that nothing is counted.
    var elsewhere: RemoteReceipts?
    var remote: [Remote] { self.elsewhere?.receipts ?? [] }

    /// What another shard stores of a publish.
    struct Remote {
        var shard: Int
        var classes: StoreClasses
        /// The record that carried the message there.
        var position: LinkPosition
    }

    package init() {}
    package var isEmpty: Bool { self.local == .zero && self.elsewhere == nil }

    /// The batches that it waits for, if they are of this shard's store alone.
    package var localOnly: ClassNumbers? { self.elsewhere == nil ? self.local : nil }

    mutating func add(_ remote: [Remote]) {
        if !remote.isEmpty { self.elsewhere = RemoteReceipts(self.remote + remote) }
    }
}

/// Somebody who waits for a store: a connection that owes an acknowledgement, a queue that moves a message.
package protocol StoreWaiter: AnyObject {
    /// Some of what it waits for has come: it asks again whether that was all.
    func progressed()
}

extension StreamPeer: StoreWaiter {}

/// Who waits for which batch: an answer wakes those whose batch it names, and nobody else.
///
/// A peer waits for one condition of its receipt at a time, and asks again when that is met.
struct StoreWaiters {
    /// By whose answer it is (this shard's store per class, then the other shards' per class), and by number.
    private var waiting: [[UInt64: [any StoreWaiter]]]
    /// The last number of each that was answered; numbers are dense, so that each is looked at once.
    private var answered: [UInt64]
    private static let classes = DurabilityClass.allCases.count

    init(shards: Int) {
        self.waiting = Array(repeating: [:], count: StoreWaiters.classes * (1 + shards))
        self.answered = Array(repeating: 0, count: StoreWaiters.classes * (1 + shards))
    }

    /// Whose answer this is.
    struct Source {
        fileprivate let index: Int
        static func store(_ kind: DurabilityClass) -> Source { Source(index: Int(kind.rawValue)) }
        static func shard(_ shard: Int, _ kind: DurabilityClass) -> Source {
            Source(index: StoreWaiters.classes * (1 + shard) + Int(kind.rawValue))
        }
    }

    /// - Returns: False when that number was answered already.
    mutating func add(_ peer: any StoreWaiter, _ source: Source, _ number: UInt64) -> Bool {
        if number <= self.answered[source.index] { return false }
        self.waiting[source.index][number, default: []].append(peer)
        return true
    }

    /// Takes out those who waited for batches up to `number`, in the order of the batches.
    mutating func take(_ source: Source, through number: UInt64) -> [any StoreWaiter] {
        let first = self.answered[source.index] + 1
        if number < first { return [] }
        self.answered[source.index] = number
        if self.waiting[source.index].isEmpty { return [] }
        var peers: [any StoreWaiter] = []
        for number in first...number {
            if let found = self.waiting[source.index].removeValue(forKey: number) { peers += found }
        }
        return peers
    }
}
