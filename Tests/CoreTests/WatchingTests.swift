import Bytes
import Simulation
import Testing

@testable import Core

/// What those who watch read of the core: walks in slices, and rates between two looks.
@Suite("What watchers see of the core")
struct WatchingTests {
    private final class Listener: Subscriber {}

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func shard() -> ShardState {
        ShardState(index: 0, broker: Broker(shards: 1, key: 1, settings: BrokerSettings()), now: 1_000)
    }

    @Test("a walk over subscriptions in slices of any size meets each once", arguments: [1, 2, 3, 7, 1_000])
    func subscriptions(limit: Int) {
        let shard = self.shard()
        let listeners = (0..<5).map { _ in Listener(namespace: .standard) }
        var expected: Set<String> = []
        for (number, listener) in listeners.enumerated() {
            shard.register(listener)
            for filter in 0...number {
                shard.subscribe(listener, self.bytes("f/\(filter)"), SubscriptionOptions(qos: 1))
                expected.insert("\(listener.address.slot) f/\(filter)")
            }
        }
        shard.unsubscribe(listeners[4], self.bytes("f/2"))
        expected.remove("\(listeners[4].address.slot) f/2")
        var seen: [String] = []
        var place: SubscriptionPlace? = SubscriptionPlace()
        while let start = place {
            place = shard.forEachSubscription(from: start, limit: limit) { filter, subscriber, options in
                #expect(options.qos == 1)
                seen.append("\(subscriber.address.slot) \(String(decoding: filter, as: UTF8.self))")
            }
        }
        #expect(seen.count == expected.count)
        #expect(Set(seen) == expected)
        for listener in listeners {
            for filter in 0..<5 { shard.unsubscribe(listener, self.bytes("f/\(filter)")) }
            shard.unregister(listener)
        }
    }

    @Test("a topic's matching subscriptions are counted over all its filters")
    func matching() {
        let shard = self.shard()
        let one = Listener(namespace: .standard)
        let other = Listener(namespace: .standard)
        for listener in [one, other] { shard.register(listener) }
        shard.subscribe(one, self.bytes("a/#"), SubscriptionOptions(qos: 0))
        shard.subscribe(one, self.bytes("a/+"), SubscriptionOptions(qos: 0))
        shard.subscribe(other, self.bytes("a/b"), SubscriptionOptions(qos: 0))
        #expect(shard.subscriptionCount(self.bytes("a/b"), in: .standard) == 3)
        #expect(shard.subscriptionCount(self.bytes("a/b/c"), in: .standard) == 1)
        #expect(shard.subscriptionCount(self.bytes("b"), in: .standard) == 0)
        for (listener, filter) in [(one, "a/#"), (one, "a/+"), (other, "a/b")] {
            shard.unsubscribe(listener, self.bytes(filter))
        }
        for listener in [one, other] { shard.unregister(listener) }
    }

    @Test("a topic's rate is what was published between the rounds of looks, divided by their distance")
    func topicRates() {
        let tree = SubscriptionTree(shards: 1, hash: KeyedHash(key: 1))
        let cache = RouteCache(tree: tree, shard: 0, hash: KeyedHash(key: 1))
        func publish(_ topic: String, _ times: Int) {
            var hint: Int32 = -1
            for _ in 0..<times {
                cache.find(self.bytes(topic).span, in: .standard, hint: &hint)?._withUnsafeGuaranteedRef {
                    $0.count(payload: 10)
                }
            }
        }
        publish("a", 4)
        #expect(cache.known(self.bytes("a"), in: .standard)?.rates == nil)
        #expect(cache.known(self.bytes("b"), in: .standard) == nil)
        var place: Int? = 0
        while let start = place { place = cache.look(from: start, limit: 1, now: 1_000) }
        publish("a", 6)
        publish("b", 1)
        place = 0
        while let start = place { place = cache.look(from: start, limit: 1, now: 3_000) }
        let a = cache.known(self.bytes("a"), in: .standard)
        #expect(a?.messages == 10)
        #expect(a?.bytes == 100)
        #expect(a?.rates?.messages == 3)
        #expect(a?.rates?.bytes == 30)
        #expect(cache.known(self.bytes("b"), in: .standard)?.rates?.messages == 0.5)
    }

    @Test("retained messages are listed in order and slices, with the time they were stored", arguments: [1, 3, 256])
    func retained(limit: Int) {
        let index = RetainedIndex()
        let topics = (0..<700).map { "t/\(1_000 + $0 * 9 % 700)" }
        for (number, topic) in topics.enumerated() {
            let view = MessageView(
                topic: self.bytes(topic).span,
                header: [UInt8]().span,
                payload: [1].span,
                qos: 0,
                retain: true
            )
            _ = index.set(StoredMessage(copying: view), limit: .max, now: UInt64(number))
        }
        var seen: [String] = []
        var last: [UInt8]?
        repeat {
            let slice = index.entries(in: .standard, after: last, limit: limit)
            #expect(slice.entries.count <= limit)
            for entry in slice.entries {
                let topic = String(decoding: entry.message.topicBytes, as: UTF8.self)
                seen.append(topic)
                #expect(topics[Int(entry.storedAt)] == topic)
            }
            last = slice.last
        } while last != nil
        let isSame = seen == topics.sorted()
        #expect(isSame)
        #expect(index.entry(self.bytes("t/1009").span, in: .standard)?.storedAt == 1)
        _ = index.remove(self.bytes("t/1009").span, in: .standard)
        #expect(index.entry(self.bytes("t/1009").span, in: .standard) == nil)
        #expect(index.entry(self.bytes("t/1018").span, in: .standard)?.storedAt == 2)
    }
}
