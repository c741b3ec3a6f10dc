/// Offsets of a lane whose messages an operator took out, one by one: no group gets them, wherever its cursor stands.
struct TakenOffsets {
    /// Ranges at most: 16 bytes each in memory and in every snapshot.
    static let maximumRanges = 65_536

    private(set) var offsets = OffsetRanges()
    /// Of each range, how many offsets the ranges before it have.
    private var before: [UInt64] = []

    var isEmpty: Bool { self.offsets.isEmpty }
    var ranges: [Range<UInt64>] { self.offsets.ranges }

    /// - Parameter added: In any order. Cost: once the number of ranges, whatever is added.
    mutating func insert(_ added: [Range<UInt64>]) {
        for range in added { self.offsets.insert(range) }
        self.count()
    }

    func contains(_ offset: UInt64) -> Bool { !self.isEmpty && self.offsets.contains(offset) }

    /// The first offset behind the range that has this one; nil when none has.
    func end(of offset: UInt64) -> UInt64? {
        if self.isEmpty { return nil }
        let index = self.index(endingBehind: offset)
        return index < self.ranges.count && self.ranges[index].contains(offset) ? self.ranges[index].upperBound : nil
    }

    /// How many of the offsets from `first` up to `end` are taken out.
    func count(from first: UInt64, to end: UInt64) -> UInt64 {
        self.isEmpty || first >= end ? 0 : self.count(before: end) - self.count(before: first)
    }

    /// Nobody asks for offsets before this one any more.
    mutating func forget(before offset: UInt64) {
        guard let first = self.ranges.first, first.upperBound <= offset else { return }
        var kept = OffsetRanges()
        for range in self.ranges where range.upperBound > offset { kept.insert(range) }
        self.offsets = kept
        self.count()
    }

    private func count(before offset: UInt64) -> UInt64 {
        let index = self.index(endingBehind: offset)
        guard index < self.ranges.count else {
            return (self.before.last ?? 0) + UInt64(self.ranges.last?.count ?? 0)
        }
        let range = self.ranges[index]
        return self.before[index] + (offset > range.lowerBound ? offset - range.lowerBound : 0)
    }

    private func index(endingBehind offset: UInt64) -> Int {
        var low = 0
        var high = self.ranges.count
        while low < high {
            let middle = (low + high) / 2
            if self.ranges[middle].upperBound <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func count() {
        var sum: UInt64 = 0
        self.before = self.ranges.map { range in
            defer { sum += UInt64(range.count) }
            return sum
        }
    }
}
