package import Machine

/// The classes in which something is stored, and whether a queue takes it.
package struct StoreClasses: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    @inline(__always) package init(_ kind: DurabilityClass) { self.rawValue = 1 &<< kind.rawValue }

    /// Of a queue whose definition is not stored yet: what it takes would have no owner.
    package static let state = StoreClasses(.state)
    package static let journal = StoreClasses(.journal)
    package static let buffered = StoreClasses(.buffered)
    package static let synced = StoreClasses(.synced)
    /// A queue takes it, stored or not: publishers say who they are.
    package static let queued = StoreClasses(rawValue: 1 << 7)

    /// The numbers of these classes, and 0 for the others.
    @inline(__always) func select(from numbers: ClassNumbers) -> ClassNumbers {
        let bits = ClassNumbers(repeating: UInt64(self.rawValue)) & ClassNumbers(1, 2, 4, 8)
        return ClassNumbers.zero.replacing(with: numbers, where: bits .!= 0)
    }
}

/// Which shards have subscribers that store, in each class that subscribers store in: a bit a shard.
package struct StoringShards: Equatable, Sendable {
    package var state: UInt64 = 0
    package var journal: UInt64 = 0
    package var buffered: UInt64 = 0
    package var synced: UInt64 = 0
    /// Shards with queues that take it; they may store nothing.
    package var queued: UInt64 = 0

    package init() {}

    package var isEmpty: Bool { self.any == 0 }
    package var any: UInt64 { self.state | self.journal | self.buffered | self.synced }

    /// The classes that a shard stores in.
    package func classes(of shard: Int) -> StoreClasses {
        let bit = UInt64(1) << UInt64(shard)
        var classes: StoreClasses = []
        if self.state & bit != 0 { classes.insert(.state) }
        if self.journal & bit != 0 { classes.insert(.journal) }
        if self.buffered & bit != 0 { classes.insert(.buffered) }
        if self.synced & bit != 0 { classes.insert(.synced) }
        return classes
    }

    mutating func set(_ classes: StoreClasses, of shard: Int) {
        let bit = UInt64(1) << UInt64(shard)
        self.state = classes.contains(.state) ? self.state | bit : self.state & ~bit
        self.journal = classes.contains(.journal) ? self.journal | bit : self.journal & ~bit
        self.buffered = classes.contains(.buffered) ? self.buffered | bit : self.buffered & ~bit
        self.synced = classes.contains(.synced) ? self.synced | bit : self.synced & ~bit
        self.queued = classes.contains(.queued) ? self.queued | bit : self.queued & ~bit
    }

    mutating func formUnion(_ other: StoringShards) {
        self.state |= other.state
        self.journal |= other.journal
        self.buffered |= other.buffered
        self.synced |= other.synced
        self.queued |= other.queued
    }

    mutating func remove(_ shard: Int) { self.set([], of: shard) }
}

/// What a burst wants stored, class by class.
struct PendingStores {
    private var records = InlineArray<4, Int>(repeating: 0)
    private var commands: [[StoreCommand]] = Array(repeating: [], count: DurabilityClass.allCases.count)
    /// Classes since this was last emptied: how a publish finds out who stored it.
    var touched: StoreClasses = []

    @inline(__always) mutating func add(_ kind: DurabilityClass) {
        self.records[Int(kind.rawValue)] &+= 1
        self.touched = StoreClasses(rawValue: self.touched.rawValue | StoreClasses(kind).rawValue)
    }

    mutating func add(_ kind: DurabilityClass, _ command: StoreCommand) {
        self.add(kind)
        self.commands[Int(kind.rawValue)].append(command)
    }

    var isEmpty: Bool { DurabilityClass.allCases.allSatisfy { self.records[Int($0.rawValue)] == 0 } }
    func has(_ kind: DurabilityClass) -> Bool { self.records[Int(kind.rawValue)] > 0 }

    mutating func take(_ kind: DurabilityClass, number: UInt64) -> StoreBatch {
        let index = Int(kind.rawValue)
        let batch = StoreBatch(kind: kind, number: number, records: self.records[index], commands: self.commands[index])
        self.records[index] = 0
        self.commands[index] = []
        return batch
    }
}
