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
