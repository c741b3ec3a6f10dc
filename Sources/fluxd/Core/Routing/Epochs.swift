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
        let slot = self.slot(filter.extracting(prefix), namespace, exact: isExact)
        self.slots[Int(slot)].add(1, ordering: .releasing)
        self.generation.add(1, ordering: .releasing)
    }

    /// The slots that a change touching this topic may bump.
    package func slots(of topic: Span<UInt8>, in namespace: Namespace) -> [UInt16] {
        var slots = [self.slot(topic.extracting(first: 0), namespace, exact: false)]
        for index in topic.indices where topic[index] == UInt8(ascii: "/") {
            slots.append(self.slot(topic.extracting(first: index), namespace, exact: false))
        }
        slots.append(self.slot(topic, namespace, exact: false))
        slots.append(self.slot(topic, namespace, exact: true))
        return slots
    }

    package func sum(_ slots: [UInt16]) -> UInt64 {
        var sum: UInt64 = 0
        for slot in slots { sum &+= UInt64(self.slots[Int(slot)].load(ordering: .acquiring)) }
        return sum
    }

    private func slot(_ bytes: Span<UInt8>, _ namespace: Namespace, exact: Bool) -> UInt16 {
        UInt16(truncatingIfNeeded: self.hash.hash(bytes, seed: UInt64(namespace.number) << 1 | (exact ? 1 : 0)))
    }
}
