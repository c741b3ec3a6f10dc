import Synchronization

/// The bytes of messages that the whole process may hold, leased to shards 4 MiB at a time.
package final class MemoryBudget: Sendable {
    package static let leaseSize = 4 << 20
    private let leased = Atomic<Int>(0)
    /// Of packets that are not whole yet, or not done.
    private let reserved = Atomic<Int>(0)
    /// Bytes.
    package let limit: Int

    package init(limit: Int) { self.limit = limit }

    /// A bit for each shard that holds more than it could lease. What is acknowledged to a publisher is kept, whatever shard keeps
    /// it: what is on its way there is taken, which the links' windows bound, and nobody sends more until the bit is gone.
    private let overdrawn = Atomic<UInt64>(0)

    package var overdrawnShards: UInt64 { self.overdrawn.load(ordering: .relaxed) }

    func setOverdrawn(_ shard: Int, _ isOverdrawn: Bool) {
        if isOverdrawn {
            self.overdrawn.bitwiseOr(1 << UInt64(shard), ordering: .relaxed)
        } else {
            self.overdrawn.bitwiseAnd(~(1 << UInt64(shard)), ordering: .relaxed)
        }
    }

    package var reservedBytes: Int { self.reserved.load(ordering: .relaxed) }
    package var leasedBytes: Int { self.leased.load(ordering: .relaxed) }

    /// Counts a packet that is not whole yet, beside its lease. All of them have half of the limit: clients who announce large
    /// packets and never send them leave the other half to messages.
    package func reserve(_ bytes: Int) -> Bool {
        let (_, now) = self.reserved.add(bytes, ordering: .relaxed)
        if now <= max(self.limit / 2, bytes) { return true }  // one alone always may
        self.unreserve(bytes)
        return false
    }

    package func unreserve(_ bytes: Int) { self.reserved.subtract(bytes, ordering: .relaxed) }

    fileprivate func lease() -> Bool {
        let (_, now) = self.leased.add(MemoryBudget.leaseSize, ordering: .relaxed)
        if now <= self.limit { return true }
        self.leased.subtract(MemoryBudget.leaseSize, ordering: .relaxed)
        return false
    }

    fileprivate func giveBack(_ leases: Int) {
        self.leased.subtract(leases * MemoryBudget.leaseSize, ordering: .relaxed)
    }
}

/// One shard's part of the budget: plain integers but for a lease every 4 MiB.
package struct MemoryLease: ~Copyable {
    private let budget: MemoryBudget
    private var leases = 0
    package private(set) var used = 0

    package init(_ budget: MemoryBudget) { self.budget = budget }

    deinit { self.budget.giveBack(self.leases) }

    /// Whether `bytes` more may be held; if so they count.
    package mutating func take(_ bytes: Int) -> Bool {
        while self.used + bytes > self.leases * MemoryBudget.leaseSize {
            guard self.budget.lease() else { return false }
            self.leases += 1
        }
        self.used += bytes
        return true
    }

    /// Counts bytes that are held already and cannot be refused any more.
    package mutating func force(_ bytes: Int) { self.used += bytes }

    /// More is held than was leased.
    package var isOverdrawn: Bool { self.used > self.leases * MemoryBudget.leaseSize }

    package mutating func give(_ bytes: Int) {
        self.used -= bytes
        let spare = self.leases - (self.used / MemoryBudget.leaseSize + 2)
        if spare > 0 {
            self.leases -= spare
            self.budget.giveBack(spare)
        }
    }
}
