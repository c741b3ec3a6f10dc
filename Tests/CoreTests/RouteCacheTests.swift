import Bytes
import Simulation
import Testing
import Topics

@testable import Core

extension Epochs {
    fileprivate func allSlots(of topic: Span<UInt8>, in namespace: Namespace) -> [UInt16] {
        var slots: [UInt16] = []
        self.appendSlots(of: topic, in: namespace, to: &slots)
        return slots
    }

    fileprivate func total(_ slots: [UInt16]) -> UInt64 { slots.withUnsafeBufferPointer { self.sum($0) } }
}

@Suite("Route cache and epochs")
struct RouteCacheTests {
    private let hash = KeyedHash(key: 77)

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("a change bumps an epoch of every topic that its filter matches", arguments: 1...5 as ClosedRange<UInt64>)
    func epochsCover(seed: UInt64) {
        var source = TopicSource(seed: seed)
        let epochs = Epochs(hash: self.hash)
        for _ in 0..<2_000 {
            let (filter, topic) = (source.filter(), source.topic())
            let slots = epochs.allSlots(of: topic.span, in: .standard)
            let before = epochs.total(slots)
            epochs.bump(filter.span, in: .standard)
            if topicMatches(filter: filter.span, topic: topic.span) { #expect(epochs.total(slots) != before) }
        }
    }

    @Test("a change elsewhere leaves a topic's epochs alone")
    func epochsSpare() {
        let epochs = Epochs(hash: self.hash)
        let slots = epochs.allSlots(of: self.bytes("plant/1/temperature").span, in: .standard)
        let before = epochs.total(slots)
        for filter in ["plant/2/#", "plant/1/pressure", "office/+/x", "plant/1"] {
            epochs.bump(self.bytes(filter).span, in: .standard)
        }
        epochs.bump(self.bytes("plant/1/temperature").span, in: Namespace(3))
        #expect(epochs.total(slots) == before)
        epochs.bump(self.bytes("plant/1/temperature").span, in: .standard)
        #expect(epochs.total(slots) == before + 1)
    }

    @Test(
        "a cached route is what the tree says, after any change, with any hint",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func validity(seed: UInt64) {
        var source = TopicSource(seed: seed)
        let tree = SubscriptionTree(shards: 2, hash: self.hash)
        // Smaller than the topics there are, so that routes are thrown out all the time.
        let cache = RouteCache(tree: tree, shard: 0, hash: self.hash, limit: 20)
        let topics = (0..<40).map { _ in source.topic() }
        for _ in 0..<3_000 {
            if source.random.chance(perMille: 200) {
                let (filter, shard) = (source.filter(), source.random.below(2))
                if source.random.chance(perMille: 400) {
                    tree.remove(filter.span, in: .standard, on: shard)
                } else {
                    _ = tree.set(.init(subscribed: true, stores: []), filter.span, in: .standard, on: shard)
                }
            }
            let topic = source.random.pick(topics)
            var hint = Int32(source.random.below(60)) - 20
            guard let route = cache.find(topic.span, in: .standard, hint: &hint) else {
                Issue.record("a topic has no route")
                continue
            }
            let expected = tree.match(topic.span, in: .standard, for: 0)
            let found = route.takeUnretainedValue()
            #expect(found.targets == expected)
            #expect(found.hasTargets == (expected != RouteTargets()))
            // The hint that came back leads to the same route.
            let again = hint
            #expect(cache.find(topic.span, in: .standard, hint: &hint)?.toOpaque() == route.toOpaque())
            #expect(hint == again)
            #expect(cache.count <= 20)
        }
    }

    @Test("what is no topic name has no route, and takes no place")
    func invalid() {
        let tree = SubscriptionTree(shards: 1, hash: self.hash)
        let cache = RouteCache(tree: tree, shard: 0, hash: self.hash)
        for text in ["", "a/+", "#", "a\u{0}b"] {
            var hint: Int32 = -1
            #expect(cache.find(self.bytes(text).span, in: .standard, hint: &hint) == nil)
        }
        #expect(cache.count == 0)
    }

    @Test("a topic in two namespaces has two routes")
    func namespaces() {
        let tree = SubscriptionTree(shards: 1, hash: self.hash)
        let cache = RouteCache(tree: tree, shard: 0, hash: self.hash)
        _ = tree.set(.init(subscribed: true, stores: []), self.bytes("t").span, in: Namespace(1), on: 0)
        var hint: Int32 = -1
        #expect(cache.find(self.bytes("t").span, in: .standard, hint: &hint)?.takeUnretainedValue().hasTargets == false)
        #expect(
            cache.find(self.bytes("t").span, in: Namespace(1), hint: &hint)?.takeUnretainedValue().hasTargets == true
        )
        #expect(cache.count == 2)
    }
}
