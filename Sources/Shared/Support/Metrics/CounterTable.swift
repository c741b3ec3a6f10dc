import Glibc
package import Synchronization

/// Counters of one shard: one thread writes, any thread reads.
///
/// The table has pages of its own, so no other thread's writes share its cache lines. With one writer a relaxed load,
/// an
/// add and a relaxed store are enough: the processor sees a plain `add`, where an atomic add would lock the cache line
/// (20 cycles on current x86). A reader sees each counter whole and as of a moment ago, and two counters as of two
/// moments.
///
/// ```
/// enum Traffic: Int, CounterIndex { case received, sent, dropped }
/// let counters = CounterTable<Traffic>()
/// counters.add(.received)  // on the shard's thread
/// CounterTable.sum(shards.map(\.counters), .received)  // anywhere
/// ```
package final class CounterTable<Index: CounterIndex>: Sendable {
    /// Protected by the table's contract: the elements are atomics, and the memory lives as long as the table.
    @usableFromInline package nonisolated(unsafe) let counters: UnsafeMutablePointer<Atomic<Int>>

    package init() {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let size = (Index.allCases.count * MemoryLayout<Atomic<Int>>.stride + page - 1) / page * page
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, page, max(size, page)) == 0, let memory else {
            fatalError("no memory for counters")
        }
        self.counters = memory.bindMemory(to: Atomic<Int>.self, capacity: Index.allCases.count)
        for (position, index) in Index.allCases.enumerated() {
            precondition(index.rawValue == position, "\(Index.self) counts from 0 without gaps")
            (self.counters + position).initialize(to: Atomic(0))
        }
    }

    deinit {
        self.counters.deinitialize(count: Index.allCases.count)
        free(self.counters)
    }

    /// The writer's thread only. Wraps around, after centuries.
    @inlinable @inline(__always)
    package func add(_ index: Index, _ amount: Int = 1) {
        let counter = self.counters + index.rawValue
        counter.pointee.store(counter.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// For a gauge. The writer's thread only.
    @inlinable @inline(__always)
    package func set(_ index: Index, _ value: Int) {
        (self.counters + index.rawValue).pointee.store(value, ordering: .relaxed)
    }

    @inlinable
    package subscript(index: Index) -> Int { (self.counters + index.rawValue).pointee.load(ordering: .relaxed) }

    package static func sum(_ tables: some Sequence<CounterTable>, _ index: Index) -> Int {
        tables.reduce(0) { $0 &+ $1[index] }
    }
}

/// The columns of a ``CounterTable``: an enum of integers from 0 without gaps.
package protocol CounterIndex: CaseIterable, RawRepresentable<Int>, Sendable where AllCases: RandomAccessCollection {}
