import Bytes
import Simulation
import Testing
import Topics

@testable import Core

/// Topics and filters over few levels and few words, so that they meet.
struct TopicSource {
    var random: SeededRandom
    // 15 bytes of a level are kept in place, more are not.
    private let words = ["a", "b", "", "c", "$s", "longer-than-8", "fifteen-letters", "sixteen--letters"]

    init(seed: UInt64) { self.random = SeededRandom(seed: seed) }

    mutating func topic() -> [UInt8] {
        let levels = (0...self.random.below(4)).map { _ in self.random.pick(self.words) }
        let topic = Array(levels.joined(separator: "/").utf8)
        return topic.isEmpty ? [97] : topic
    }

    mutating func filter() -> [UInt8] {
        var levels = (0...self.random.below(4)).map { _ in
            self.random.chance(perMille: 250) ? "+" : self.random.pick(self.words)
        }
        if self.random.chance(perMille: 200) { levels.append("#") }
        let filter = Array(levels.joined(separator: "/").utf8)
        return filter.isEmpty ? [35] : filter
    }
}

@Suite("Subscription tree")
struct SubscriptionTreeTests {
    private struct Entry {
        var filter: [UInt8]
        var namespace: Namespace
        var shards: Set<Int> = []
        var storing: Set<Int> = []
        var identity: FilterID
    }

    private func bits(_ shards: Set<Int>) -> UInt64 { shards.reduce(0) { $0 | 1 << UInt64($1) } }

    @Test(
        "the tree finds what the reference matcher finds, however filters come and go",
        arguments: 1...12 as ClosedRange<UInt64>
    )
    func againstReference(seed: UInt64) {
        var source = TopicSource(seed: seed)
        let tree = SubscriptionTree(shards: 4, hash: KeyedHash(key: seed))
        var model: [String: Entry] = [:]
        for _ in 0..<400 {
            let filter = source.filter()
            let namespace = Namespace(UInt16(source.random.below(2)))
            let key = "\(namespace.number) \(String(decoding: filter, as: UTF8.self))"
            let shard = source.random.below(4)
            if source.random.chance(perMille: 450) {
                tree.remove(filter.span, in: namespace, on: shard)
                model[key]?.shards.remove(shard)
                model[key]?.storing.remove(shard)
                if model[key]?.shards.isEmpty == true { model[key] = nil }
            } else {
                let stores = source.random.chance(perMille: 300)
                let identity = tree.set(
                    .init(subscribed: true, stores: stores ? .journal : []),
                    filter.span,
                    in: namespace,
                    on: shard
                )
                if let known = model[key]?.identity {
                    #expect(known == identity, "an identity changes while it is used")
                }
                var entry = model[key] ?? Entry(filter: filter, namespace: namespace, identity: identity)
                entry.shards.insert(shard)
                if stores { entry.storing.insert(shard) } else { entry.storing.remove(shard) }
                model[key] = entry
            }
            #expect(tree.filterCount == model.count)
            let topic = source.topic()
            let asking = source.random.below(4)
            let found = tree.match(topic.span, in: namespace, for: asking)
            let expected = model.values.filter {
                $0.namespace == namespace && topicMatches(filter: $0.filter.span, topic: topic.span)
            }
            let own = ~(UInt64(1) << UInt64(asking))
            #expect(found.local.sorted() == expected.filter { $0.shards.contains(asking) }.map(\.identity).sorted())
            #expect(found.remote == expected.reduce(0) { $0 | self.bits($1.shards) } & own)
            #expect(found.remoteStoring.journal == expected.reduce(0) { $0 | self.bits($1.storing) } & own)
        }
    }

    @Test("identities are dense: those of filters that are gone are used again")
    func identityReuse() {
        let tree = SubscriptionTree(shards: 2, hash: KeyedHash(key: 1))
        func set(_ text: String) -> FilterID {
            tree.set(.init(subscribed: true, stores: []), Array(text.utf8).span, in: .standard, on: 0)
        }
        let first = (0..<100).map { set("a/\($0)/+") }
        #expect(Set(first).count == 100)
        for number in 0..<100 { tree.remove(Array("a/\(number)/+".utf8).span, in: .standard, on: 0) }
        #expect(tree.filterCount == 0)
        #expect(Set((0..<100).map { set("b/\($0)/#") }) == Set(first))
        tree.remove(Array("never/there".utf8).span, in: .standard, on: 1)
        #expect(tree.filterCount == 100)
    }

    @Test("a topic of 30,000 levels is matched without a deep stack")
    func deepTopic() {
        let tree = SubscriptionTree(shards: 1, hash: KeyedHash(key: 1))
        let plus = Array(Array(repeating: "+", count: 30_000).joined(separator: "/").utf8)
        let topic = Array(Array(repeating: "a", count: 30_000).joined(separator: "/").utf8)
        _ = tree.set(.init(subscribed: true, stores: []), plus.span, in: .standard, on: 0)
        #expect(tree.match(topic.span, in: .standard, for: 0).local.count == 1)
        tree.remove(plus.span, in: .standard, on: 0)
        #expect(tree.match(topic.span, in: .standard, for: 0).local.isEmpty)
    }
}
