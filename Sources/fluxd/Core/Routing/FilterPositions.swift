/// Where a subscriber stands in the list of each filter it has.
///
/// Open addressing with a hash that is the same in every process: a walk over it is an order that a replay repeats, which a
/// dictionary's is not. A subscriber of a few filters, as most are, has a block of 64 bytes.
struct FilterPositions {
    private struct Bucket {
        var filter: FilterID
        var position: Int32
        static let empty = Bucket(filter: -1, position: 0)
    }
    private var buckets: [Bucket] = []
    private(set) var count = 0

    var isEmpty: Bool { self.count == 0 }
    /// Places that there is memory for, 8 bytes each.
    var capacity: Int { self.buckets.count }

    private func home(_ filter: FilterID) -> Int {
        Int((UInt32(bitPattern: filter) &* 0x9E37_79B1) >> 7) & (self.buckets.count - 1)
    }

    /// Where the filter is, or the free place where it would go.
    private func find(_ filter: FilterID) -> Int {
        let mask = self.buckets.count - 1
        var at = self.home(filter)
        while self.buckets[at].filter != filter, self.buckets[at].filter >= 0 { at = (at + 1) & mask }
        return at
    }

    subscript(filter: FilterID) -> Int32? {
        if self.buckets.isEmpty { return nil }
        let bucket = self.buckets[self.find(filter)]
        return bucket.filter == filter ? bucket.position : nil
    }

    mutating func set(_ filter: FilterID, _ position: Int32) {
        if (self.count + 1) * 5 > self.buckets.count * 4 { self.resize(max(4, self.buckets.count * 2)) }
        let at = self.find(filter)
        if self.buckets[at].filter < 0 { self.count += 1 }
        self.buckets[at] = Bucket(filter: filter, position: position)
    }

    /// Notes another place in the list of a filter that is there.
    mutating func move(_ filter: FilterID, to position: Int32) {
        let at = self.find(filter)
        precondition(
            self.buckets[at].filter == filter,
            "a subscriber stands in the list of a filter that it does not have"
        )
        self.buckets[at].position = position
    }

    /// - Returns: Where it stood; nil when there is no such filter.
    mutating func remove(_ filter: FilterID) -> Int32? {
        if self.buckets.isEmpty { return nil }
        let found = self.find(filter)
        guard self.buckets[found].filter == filter else { return nil }
        let position = self.buckets[found].position
        self.close(found)
        // Half of the place that a fuller table would take: it does not grow again at once.
        if self.buckets.count > 64, self.count * 8 < self.buckets.count { self.resize(self.buckets.count / 2) }
        return position
    }

    /// Calls `body` with each filter, in an order that depends only on what was set and removed before.
    func forEach(_ body: (FilterID) -> Void) {
        for bucket in self.buckets where bucket.filter >= 0 { body(bucket.filter) }
    }

    /// A filter that it has, the first from `place` downwards and round; nil when there is none. A walk that removes what it finds
    /// passes over the table once.
    func next(from place: inout Int) -> FilterID? {
        if self.count == 0 { return nil }
        place = min(place, self.buckets.count - 1)
        while self.buckets[place].filter < 0 { place = (place == 0 ? self.buckets.count : place) - 1 }
        return self.buckets[place].filter
    }

    private mutating func close(_ place: Int) {
        let mask = self.buckets.count - 1
        var hole = place
        var at = (hole + 1) & mask
        while self.buckets[at].filter >= 0 {
            if (at - self.home(self.buckets[at].filter)) & mask >= (at - hole) & mask {
                self.buckets[hole] = self.buckets[at]
                hole = at
            }
            at = (at + 1) & mask
        }
        self.buckets[hole] = .empty
        self.count -= 1
    }

    private mutating func resize(_ count: Int) {
        let old = self.buckets
        self.buckets = Array(repeating: .empty, count: count)
        for bucket in old where bucket.filter >= 0 { self.buckets[self.find(bucket.filter)] = bucket }
    }
}
