import Bytes
import Synchronization
import Topics

/// The last retained message of each topic, ordered by topic, shared by all shards.
///
/// A publisher stores here, then routes; a subscriber joins the tree, then reads here: a message may come twice, none can stay
/// stale for good. Wildcard reads go in slices and hold the lock for one slice.
package final class RetainedIndex: Sendable {
    fileprivate struct Leaf {
        var messages: [StoredMessage] = []
        /// When each was stored, in milliseconds of the shards' clock.
        var times: [UInt64] = []
        /// Grows with each message that is stored, so that one is never taken for another.
        var serials: [UInt64] = []
    }
    private struct State {
        /// Sorted runs of at most ``RetainedIndex/leafSize`` messages, in order; never empty ones.
        var leaves: [Leaf] = []
        var count = 0
        var bytes = 0
        var lastSerial: UInt64 = 0
        /// Messages that the limit does not count.
        var exempt = 0
    }
    private static let leafSize = 512
    private let states: Mutex<[Namespace: State]> = Mutex([:])

    package init() {}

    package enum Outcome: Equatable, Sendable { case added, replaced, removed, unchanged, full }

    package func count(in namespace: Namespace = .standard) -> Int {
        self.states.withLock { $0[namespace]?.count ?? 0 }
    }
    package var bytes: Int { self.states.withLock { $0.values.reduce(0) { $0 + $1.bytes } } }

    /// The broker keeps so many messages of its own there: they take nobody's place.
    package func exempt(_ count: Int, in namespace: Namespace) {
        self.states.withLock { $0[namespace, default: State()].exempt = count }
    }

    /// Messages that count for the limit.
    package func countedCount(in namespace: Namespace = .standard) -> Int {
        self.states.withLock { states in states[namespace].map { max(0, $0.count - $0.exempt) } ?? 0 }
    }

    /// - Parameter limit: Topics at most; a topic that is there already can always be replaced.
    package func set(_ message: StoredMessage, limit: Int, now: UInt64) -> Outcome {
        self.states.withLock { states in
            var state = states.removeValue(forKey: message.namespace) ?? State()
            defer { states[message.namespace] = state }
            let topic = message.block.span(message.topic)
            let (leaf, index, found) = state.leaves.search(topic)
            state.lastSerial += 1
            if found {
                state.bytes += message.weight - state.leaves[leaf].messages[index].weight
                state.leaves[leaf].messages[index] = message
                state.leaves[leaf].times[index] = now
                state.leaves[leaf].serials[index] = state.lastSerial
                return .replaced
            }
            if state.count - state.exempt >= limit { return .full }
            state.count += 1
            state.bytes += message.weight
            if state.leaves.isEmpty { state.leaves.append(Leaf()) }
            state.leaves[leaf].messages.insert(message, at: index)
            state.leaves[leaf].times.insert(now, at: index)
            state.leaves[leaf].serials.insert(state.lastSerial, at: index)
            if state.leaves[leaf].messages.count > RetainedIndex.leafSize {
                let upper = Leaf(
                    messages: Array(state.leaves[leaf].messages[(RetainedIndex.leafSize / 2)...]),
                    times: Array(state.leaves[leaf].times[(RetainedIndex.leafSize / 2)...]),
                    serials: Array(state.leaves[leaf].serials[(RetainedIndex.leafSize / 2)...])
                )
                state.leaves[leaf].messages.removeLast(upper.messages.count)
                state.leaves[leaf].times.removeLast(upper.times.count)
                state.leaves[leaf].serials.removeLast(upper.serials.count)
                state.leaves.insert(upper, at: leaf + 1)
            }
            return .added
        }
    }

    package func remove(_ topic: Span<UInt8>, in namespace: Namespace) -> Outcome {
        self.remove(topic, in: namespace) { _, _ in true }
    }

    /// Removes the message of a topic if it still is the one with the serial.
    package func remove(_ topic: Span<UInt8>, in namespace: Namespace, ifSerial serial: UInt64) -> Outcome {
        self.remove(topic, in: namespace) { _, found in found == serial }
    }

    private func remove(
        _ topic: Span<UInt8>,
        in namespace: Namespace,
        if isWanted: (StoredMessage, _ serial: UInt64) -> Bool
    ) -> Outcome {
        self.states.withLock { states in
            guard var state = states.removeValue(forKey: namespace) else { return .unchanged }
            defer { states[namespace] = state }
            let (leaf, index, found) = state.leaves.search(topic)
            guard found, isWanted(state.leaves[leaf].messages[index], state.leaves[leaf].serials[index]) else {
                return .unchanged
            }
            state.count -= 1
            state.bytes -= state.leaves[leaf].messages[index].weight
            state.leaves[leaf].messages.remove(at: index)
            state.leaves[leaf].times.remove(at: index)
            state.leaves[leaf].serials.remove(at: index)
            if state.leaves[leaf].messages.isEmpty { state.leaves.remove(at: leaf) }
            return .removed
        }
    }

    /// One slice of a read.
    package struct Slice: Sendable {
        package var messages: [StoredMessage]
        /// Where the next slice starts: behind this topic; nil at the end.
        package var last: [UInt8]?
    }

    /// Looks at no more than `limit` messages behind `last`, in order, and gives those that match and have not expired.
    package func read(
        _ filter: Span<UInt8>,
        in namespace: Namespace,
        after last: [UInt8]?,
        now: UInt64,
        limit: Int = 256
    ) -> Slice {
        let prefix = TopicFilter.literalPrefix(of: filter)
        let isExact = prefix.count == filter.count
        return self.states.withLock { states in
            guard let state = states[namespace] else { return Slice(messages: [], last: nil) }
            let start = filter.extracting(prefix)
            var (leaf, index, found) = last.map { state.leaves.search($0.span) } ?? state.leaves.search(start)
            if last != nil, found { index += 1 }
            var slice = Slice(messages: [], last: nil)
            var seen = 0
            while leaf < state.leaves.count {
                guard index < state.leaves[leaf].messages.count else {
                    (leaf, index) = (leaf + 1, 0)
                    continue
                }
                let message = state.leaves[leaf].messages[index]
                let topic = message.block.span(message.topic)
                if !topic.starts(with: start) { return slice }
                if topicMatches(filter: filter, topic: topic), !message.hasExpired(at: now) {
                    slice.messages.append(message)
                }
                if isExact { return slice }
                seen += 1
                index += 1
                if seen == limit {
                    slice.last = topic.copied()
                    return slice
                }
            }
            return slice
        }
    }

    /// A retained message, and when it was stored.
    package struct Entry: Sendable {
        package var message: StoredMessage
        /// Milliseconds of the shards' clock.
        package var storedAt: UInt64
        /// Never the same for two messages.
        package var serial: UInt64
    }

    /// The next `limit` messages behind `last`, in order, whatever their topics; and where the next slice starts, nil at the end.
    package func entries(
        in namespace: Namespace,
        after last: [UInt8]?,
        limit: Int = 256
    ) -> (entries: [Entry], last: [UInt8]?) {
        self.states.withLock { states in
            guard let state = states[namespace] else { return ([], nil) }
            var (leaf, index, found) = last.map { state.leaves.search($0.span) } ?? (0, 0, false)
            if found { index += 1 }
            var entries: [Entry] = []
            while leaf < state.leaves.count {
                let here = state.leaves[leaf]
                while index < here.messages.count, entries.count < limit {
                    entries.append(Entry(here, index))
                    index += 1
                }
                if entries.count == limit { return (entries, entries.last.map { $0.message.topicBytes }) }
                (leaf, index) = (leaf + 1, 0)
            }
            return (entries, nil)
        }
    }

    /// The message of one topic.
    package func entry(_ topic: Span<UInt8>, in namespace: Namespace) -> Entry? {
        self.states.withLock { states in
            guard let state = states[namespace] else { return nil }
            let (leaf, index, found) = state.leaves.search(topic)
            guard found else { return nil }
            return Entry(state.leaves[leaf], index)
        }
    }

    /// Takes out what has expired among the next `limit` messages behind `last`, and says which topics have none now.
    ///
    /// - Returns: Where the next slice starts; nil at the end.
    package func sweep(
        _ namespace: Namespace,
        after last: [UInt8]?,
        now: UInt64,
        limit: Int = 256,
        removed: ([UInt8]) -> Void = { _ in }
    ) -> [UInt8]? {
        let (expired, next) = self.states.withLock { states -> ([[UInt8]], [UInt8]?) in
            guard let state = states[namespace] else { return ([], nil) }
            var (leaf, index, found) = last.map { state.leaves.search($0.span) } ?? (0, 0, false)
            if found { index += 1 }
            var expired: [[UInt8]] = []
            var seen = 0
            while leaf < state.leaves.count, seen < limit {
                guard index < state.leaves[leaf].messages.count else {
                    (leaf, index) = (leaf + 1, 0)
                    continue
                }
                let message = state.leaves[leaf].messages[index]
                if message.hasExpired(at: now) { expired.append(message.block.span(message.topic).copied()) }
                index += 1
                seen += 1
                if seen == limit { return (expired, message.block.span(message.topic).copied()) }
            }
            return (expired, nil)
        }
        // The lock was given up in between: a new message of the topic stays.
        for topic in expired {
            let outcome = self.remove(topic.span, in: namespace) { message, _ in message.hasExpired(at: now) }
            if outcome == .removed { removed(topic) }
        }
        return next
    }
}

extension RetainedIndex.Entry {
    fileprivate init(_ leaf: RetainedIndex.Leaf, _ index: Int) {
        self.init(message: leaf.messages[index], storedAt: leaf.times[index], serial: leaf.serials[index])
    }
}

extension [RetainedIndex.Leaf] {
    /// Where a topic is, or where it would go.
    fileprivate func search(_ topic: Span<UInt8>) -> (leaf: Int, index: Int, found: Bool) {
        var low = 0
        var high = self.count
        while low < high {  // the first leaf whose last message is not before the topic
            let middle = (low + high) / 2
            let messages = self[middle].messages
            if messages[messages.count - 1].topicPrecedes(topic) { low = middle + 1 } else { high = middle }
        }
        guard low < self.count else {
            return self.isEmpty ? (0, 0, false) : (self.count - 1, self[self.count - 1].messages.count, false)
        }
        let leaf = low
        let messages = self[leaf].messages
        (low, high) = (0, messages.count)
        while low < high {
            let middle = (low + high) / 2
            if messages[middle].topicPrecedes(topic) { low = middle + 1 } else { high = middle }
        }
        return (leaf, low, messages[low].isAbout(topic))
    }
}

extension StoredMessage {
    package var topicBytes: [UInt8] { self.block.span(self.topic).copied() }

    fileprivate func isAbout(_ other: Span<UInt8>) -> Bool { self.block.span(self.topic).elementsEqual(other) }
    fileprivate func topicPrecedes(_ other: Span<UInt8>) -> Bool { self.block.span(self.topic).precedes(other) }
}

extension Span<UInt8> {
    /// Byte order, a prefix first.
    fileprivate func precedes(_ other: Span<UInt8>) -> Bool {
        let common = Swift.min(self.count, other.count)
        var index = 0
        while index < common {
            if self[index] != other[index] { return self[index] < other[index] }
            index += 1
        }
        return self.count < other.count
    }

    fileprivate func starts(with prefix: Span<UInt8>) -> Bool {
        self.count >= prefix.count && self.extracting(first: prefix.count).elementsEqual(prefix)
    }
}
