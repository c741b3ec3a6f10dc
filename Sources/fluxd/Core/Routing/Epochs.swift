import Bytes
package import Synchronization
import Topics

/// Tells whether a cached route still holds, without asking the tree: counters that a change bumps where it can matter.
///
/// A wildcard filter bumps the slot of its literal prefix, an exact filter the slot of the whole topic, and then the global
/// generation. A cached topic keeps the sum of its own slots: the root, each of its prefixes, and itself. A change elsewhere
/// moves the generation but not the sum, and the route is good for another generation.
package final class Epochs: @unchecked Sendable {
    // Sendable because: the pointer is a constant, and what it points to is atomic.
    package static let count = 65_536
    private let slots = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: Epochs.count)
    package let generation = Atomic<UInt64>(1)
    private let hash: KeyedHash

    package init(hash: KeyedHash) {
        self.hash = hash
        for index in 0..<Epochs.count { (self.slots + index).initialize(to: Atomic(0)) }
    }

    deinit {
        self.slots.deinitialize(count: Epochs.count)
        self.slots.deallocate()
    }

    /// After a change, before it is acknowledged: routes that the filter may touch are matched again.
    package func bump(_ filter: Span<UInt8>, in namespace: Namespace) {
        let prefix = TopicFilter.literalPrefix(of: filter)
        let isExact = prefix.count == filter.count
        let slot =
            isExact ? self.exactSlot(filter, namespace) : self.prefixSlots(filter.extracting(prefix), namespace).last
        self.slots[Int(slot ?? self.rootSlot(namespace))].add(1, ordering: .releasing)
        self.generation.add(1, ordering: .releasing)
    }

    /// The slots that a change touching this topic may bump.
    package func slots(of topic: Span<UInt8>, in namespace: Namespace) -> [UInt16] {
        [self.rootSlot(namespace), self.exactSlot(topic, namespace)] + self.prefixSlots(topic, namespace)
    }

    package func sum(_ slots: [UInt16]) -> UInt64 {
        var sum: UInt64 = 0
        for slot in slots { sum &+= UInt64(self.slots[Int(slot)].load(ordering: .acquiring)) }
        return sum
    }

    /// What filters that start with a wildcard bump.
    private func rootSlot(_ namespace: Namespace) -> UInt16 { UInt16(truncatingIfNeeded: self.rootHash(namespace)) }

    private func rootHash(_ namespace: Namespace) -> UInt64 {
        let nothing: [UInt8] = []
        return self.hash.hash(nothing.span, seed: UInt64(namespace.number) << 1)
    }

    private func exactSlot(_ topic: Span<UInt8>, _ namespace: Namespace) -> UInt16 {
        UInt16(truncatingIfNeeded: self.hash.hash(topic, seed: UInt64(namespace.number) << 1 | 1))
    }

    /// The slot of each prefix that ends with a level; none for the root. Each level's hash is the seed of the next one's: hashing
    /// every prefix from its start would take a third of a second for a topic of 32,768 levels.
    private func prefixSlots(_ topic: Span<UInt8>, _ namespace: Namespace) -> [UInt16] {
        if topic.isEmpty { return [] }
        var slots: [UInt16] = []
        var hash = self.rootHash(namespace)
        var levels = TopicLevels(topic)
        while let level = levels.next() {
            hash = self.hash.hash(topic.extracting(level), seed: hash)
            slots.append(UInt16(truncatingIfNeeded: hash))
        }
        return slots
    }
}
