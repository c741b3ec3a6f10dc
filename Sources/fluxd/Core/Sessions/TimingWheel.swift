/// What somebody wants to be reminded of: it is looked at again when it is due, and may have become stale by then.
package struct TimerEntry: Equatable, Sendable {
    package var due: UInt64
    /// Whose it is, and what it is about: theirs to number.
    package var owner: UInt8
    package var kind: UInt8
    package var address: SubscriberAddress
    package var stamp: UInt32

    package init(due: UInt64, owner: UInt8 = 0, kind: UInt8, address: SubscriberAddress, stamp: UInt32) {
        self.due = due
        self.owner = owner
        self.kind = kind
        self.address = address
        self.stamp = stamp
    }
}

/// One wheel a shard: five rings of 64 buckets, a tick of 64 ms, a year's reach. Entries are never cancelled; who set one knows
/// by its stamp whether it still means it.
package struct TimingWheel {
    private static let tickShift: UInt64 = 6
    private static let rings = 5
    private var buckets: [[TimerEntry]] = Array(repeating: [], count: TimingWheel.rings * 64)
    /// The next tick to be looked at, and whether the rings above have given what belongs to it.
    private var tick: UInt64
    private var isTurned = false
    /// Due, in order.
    private var ready = FIFO<TimerEntry>()
    /// Of a bucket that is being spread over the ring below: nothing is due before all of it has its place.
    private var spreading = FIFO<TimerEntry>()
    /// Entries spread at a time, about 100 us: 100,000 sessions may end in one second, and lie in one bucket until then.
    private static let spread = 4_096
    package private(set) var count = 0

    package init(now: UInt64) { self.tick = now >> TimingWheel.tickShift }

    package mutating func insert(_ entry: TimerEntry) {
        self.count += 1
        self.place(entry)
    }

    /// Rounds up, so that nothing is early.
    private mutating func place(_ entry: TimerEntry) {
        let due = max((entry.due + 63) >> TimingWheel.tickShift, self.tick)
        let distance = due - self.tick
        var ring = 0
        while ring < TimingWheel.rings - 1, distance >> UInt64(6 * (ring + 1)) != 0 { ring += 1 }
        // Beyond the last ring an entry goes round again from its farthest bucket.
        let reach = self.tick + (UInt64(1) << UInt64(6 * TimingWheel.rings)) - 1
        let bucket = Int(min(due, reach) >> UInt64(6 * ring) & 63)
        self.buckets[ring * 64 + bucket].append(entry)
    }

    /// When ``take(now:limit:)`` wants to be called at the latest; nil when nothing waits.
    package var deadline: UInt64? {
        if self.count == 0 { return nil }
        if self.hasReady { return 0 }
        // Ticks are looked at one by one until the ring turns: then the rings above may bring something that is due sooner
        // than what this one holds beyond.
        let turn = (self.tick + 63) & ~63
        var next = self.tick
        while next < turn, self.buckets[Int(next & 63)].isEmpty { next += 1 }
        return next << TimingWheel.tickShift
    }

    /// Takes out at most `limit` entries that are due. With ``hasReady`` there may be more.
    package mutating func take(now: UInt64, limit: Int) -> [TimerEntry] {
        var spread = TimingWheel.spread
        while self.ready.count < limit {
            while !self.spreading.isEmpty, spread > 0 {
                self.place(self.spreading.removeFirst())
                spread -= 1
            }
            guard self.spreading.isEmpty, self.tick <= now >> TimingWheel.tickShift else { break }
            if self.count == self.ready.count {
                self.tick = (now >> TimingWheel.tickShift) + 1  // nothing waits: no need to walk there
                self.isTurned = false
                break
            }
            if !self.isTurned {
                self.isTurned = true
                self.turn()
                continue
            }
            let bucket = Int(self.tick & 63)
            for entry in self.buckets[bucket] { self.ready.append(entry) }
            self.buckets[bucket] = []
            self.tick += 1
            self.isTurned = false
        }
        var taken: [TimerEntry] = []
        while taken.count < limit, !self.ready.isEmpty { taken.append(self.ready.removeFirst()) }
        self.count -= taken.count
        return taken
    }

    package var hasReady: Bool { !self.ready.isEmpty || !self.spreading.isEmpty }

    /// At the start of a ring's round, the next bucket of the ring above is spread over it.
    private mutating func turn() {
        var ring = 1
        while ring < TimingWheel.rings, self.tick & ((UInt64(1) << UInt64(6 * ring)) - 1) == 0 {
            let index = ring * 64 + Int(self.tick >> UInt64(6 * ring) & 63)
            let entries = self.buckets[index]
            self.buckets[index] = []
            for entry in entries { self.spreading.append(entry) }
            ring += 1
        }
    }
}
