/// A set of offsets as ranges, ascending, none touching the next: what is settled out of order.
struct OffsetRanges: Equatable {
    private(set) var ranges: [Range<UInt64>] = []

    var isEmpty: Bool { self.ranges.isEmpty }

    mutating func insert(_ added: Range<UInt64>) {
        guard !added.isEmpty else { return }
        // The first range that ends at or behind the start of what is added: everything that touches it follows.
        let first = self.index(endingAtOrAfter: added.lowerBound)
        var last = first
        var merged = added
        while last < self.ranges.count, self.ranges[last].lowerBound <= added.upperBound {
            merged =
                min(
                    merged.lowerBound,
                    self.ranges[last].lowerBound
                )..<max(merged.upperBound, self.ranges[last].upperBound)
            last += 1
        }
        self.ranges.replaceSubrange(first..<last, with: CollectionOfOne(merged))
    }

    func contains(_ offset: UInt64) -> Bool {
        let index = self.index(endingAtOrAfter: offset + 1)
        return index < self.ranges.count && self.ranges[index].contains(offset)
    }

    /// Takes out what lies at and directly behind `start`, and everything before it.
    ///
    /// - Returns: The first offset from `start` on that is not in the set.
    mutating func advance(from start: UInt64) -> UInt64 {
        var end = start
        var count = 0
        while count < self.ranges.count, self.ranges[count].lowerBound <= end {
            end = max(end, self.ranges[count].upperBound)
            count += 1
        }
        self.ranges.removeFirst(count)
        return end
    }

    private func index(endingAtOrAfter offset: UInt64) -> Int {
        var low = 0
        var high = self.ranges.count
        while low < high {
            let middle = (low + high) / 2
            if self.ranges[middle].upperBound < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
