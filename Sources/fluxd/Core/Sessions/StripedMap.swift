/// A dictionary in 256 parts: growing one of a million entries at once would hold its shard up for a quarter of a second.
package struct StripedMap<Key: Hashable, Value> {
    private var stripes: [[Key: Value]] = Array(repeating: [:], count: 256)
    package private(set) var count = 0

    package init() {}

    package subscript(key: Key) -> Value? {
        get { self.stripes[self.stripe(of: key)][key] }
        set {
            let stripe = self.stripe(of: key)
            let old = self.stripes[stripe].count
            self.stripes[stripe][key] = newValue
            self.count += self.stripes[stripe].count - old
        }
    }

    /// In no order that means anything.
    package func forEach(_ body: (Key, Value) -> Void) {
        for stripe in self.stripes { for (key, value) in stripe { body(key, value) } }
    }

    private func stripe(of key: Key) -> Int { (key.hashValue >> 8) & 255 }
}

/// A dictionary while it is small, as most are, and a ``StripedMap`` from 2,048 entries on: there are many of them, and the few that
/// grow large must not hold their shard up meanwhile.
package struct GrowingMap<Key: Hashable, Value> {
    private static var limit: Int { 2_048 }
    private var small: [Key: Value] = [:]
    private var large: StripedMap<Key, Value>?

    package init() {}

    package var count: Int { self.large?.count ?? self.small.count }
    package var isEmpty: Bool { self.count == 0 }

    package subscript(key: Key) -> Value? {
        get { self.large == nil ? self.small[key] : self.large?[key] }
        set {
            if self.large != nil {
                self.large?[key] = newValue
                return
            }
            self.small[key] = newValue
            if self.small.count >= GrowingMap.limit { self.spread() }
        }
    }

    /// - Returns: What the key had.
    package mutating func removeValue(forKey key: Key) -> Value? {
        guard let value = self[key] else { return nil }
        self[key] = nil
        return value
    }

    /// In no order that means anything.
    package func forEach(_ body: (Key, Value) -> Void) {
        if let large = self.large { return large.forEach(body) }
        for (key, value) in self.small { body(key, value) }
    }

    private mutating func spread() {
        var large = StripedMap<Key, Value>()
        for (key, value) in self.small { large[key] = value }
        (self.small, self.large) = ([:], large)
    }
}
