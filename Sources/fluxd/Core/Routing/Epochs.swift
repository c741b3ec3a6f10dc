import Bytes
package import Synchronization
import Topics

/// Tells whether a cached route still holds, without asking the tree: counters that a change bumps where it can matter.
///
/// Each filter has one slot, and then the global generation is bumped. An exact filter has the slot of the whole topic. A
/// wildcard filter that names one thing behind the wildcard has the slot of that level at its place: `fleet/+/truck-17/speed`
/// touches only topics whose third level is `truck-17`, not all of `fleet`. Any other has the slot of its literal prefix. What
/// names one thing is a guess, and a bad one costs time, never a message.
///
/// A cached topic keeps the sum of all slots that a filter matching it may have. A change elsewhere moves the generation but not
/// the sum, and the route is good for another generation.
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
        self.slots[Int(self.slot(of: filter, in: namespace))].add(1, ordering: .releasing)
        self.generation.add(1, ordering: .releasing)
    }

    private func slot(of filter: Span<UInt8>, in namespace: Namespace) -> UInt16 {
        let prefix = TopicFilter.literalPrefix(of: filter)
        if prefix.count == filter.count { return self.exactSlot(filter, namespace) }
        var levels = TopicLevels(filter)
        var prefixHash = self.rootHash(namespace)
        var isPrefix = true
        var place = 0
        /// Behind the wildcard, the longest level with a digit: names of things have one (`truck-17`, an identifier in hex), words
        /// for their kinds (`speed`, `status`) have none.
        var name: (level: Range<Int>, place: Int)?
        while let range = levels.next() {
            let level = filter.extracting(range)
            if TopicFilter.hasWildcard(level) {
                isPrefix = false
            } else if isPrefix {
                prefixHash = self.hash.hash(level, seed: prefixHash)
            } else if Epochs.hasDigit(level), range.count > name?.level.count ?? 0 {
                name = (range, place)
            }
            place += 1
        }
        guard let name else { return UInt16(truncatingIfNeeded: prefixHash) }
        return self.placeSlot(filter.extracting(name.level), at: name.place, namespace)
    }

    private static func hasDigit(_ level: Span<UInt8>) -> Bool {
        for index in 0..<level.count where level[index] >= UInt8(ascii: "0") && level[index] <= UInt8(ascii: "9") {
            return true
        }
        return false
    }

    /// The slots that a change touching this topic may bump, appended to `slots`.
    ///
    /// Each prefix's hash is the seed of the next one's: hashing every prefix from its start would take a third of a second for a
    /// topic of 32,768 levels.
    package func appendSlots(of topic: Span<UInt8>, in namespace: Namespace, to slots: inout [UInt16]) {
        var prefix = self.rootHash(namespace)
        slots.append(UInt16(truncatingIfNeeded: prefix))
        slots.append(self.exactSlot(topic, namespace))
        if topic.isEmpty { return }
        var place = 0
        var levels = TopicLevels(topic)
        while let range = levels.next() {
            let level = topic.extracting(range)
            prefix = self.hash.hash(level, seed: prefix)
            slots.append(UInt16(truncatingIfNeeded: prefix))
            if place > 0, Epochs.hasDigit(level) { slots.append(self.placeSlot(level, at: place, namespace)) }
            place += 1
        }
    }

    @inline(__always) package func sum(_ slots: UnsafeBufferPointer<UInt16>) -> UInt64 {
        var sum: UInt64 = 0
        for slot in slots { sum &+= UInt64(self.slots[Int(slot)].load(ordering: .acquiring)) }
        return sum
    }

    private func rootHash(_ namespace: Namespace) -> UInt64 {
        let nothing: [UInt8] = []
        return self.hash.hash(nothing.span, seed: UInt64(namespace.number) << 2)
    }

    private func exactSlot(_ topic: Span<UInt8>, _ namespace: Namespace) -> UInt16 {
        UInt16(truncatingIfNeeded: self.hash.hash(topic, seed: UInt64(namespace.number) << 2 | 1))
    }

    private func placeSlot(_ level: Span<UInt8>, at place: Int, _ namespace: Namespace) -> UInt16 {
        let seed = UInt64(place) << 32 | UInt64(namespace.number) << 2 | 2
        return UInt16(truncatingIfNeeded: self.hash.hash(level, seed: seed))
    }
}
