import Bytes
import Core
import Machine

/// Measures routing against its bounds: matching, memory a subscription, and what changes cost those who publish.
///
/// No sockets and no protocol: a broker of one shard, then one of two, with 1,000,000 subscriptions over 100,000 filters.
@main
struct Routes {
    static func main() {
        let workload = Workload()
        print(
            "\(workload.subscriptions) subscriptions of \(Workload.subscribers) subscribers over \(workload.filters.count) "
                + "filters, \(workload.topics.count) topics, memory as \(Heap.allocator) counts it"
        )
        for shards in [1, 2] {
            print("\n\(shards == 1 ? "One shard" : "\(shards) shards"):\n")
            var bench = RouteBench(workload, shards: shards)
            bench.run()
        }
    }
}

struct RouteBench {
    private let workload: Workload
    private let broker: Broker
    private let shards: [ShardState]
    private var subscribers: [Sink] = []
    private var table = Table()
    private let payload: [UInt8] = Array(repeating: 120, count: 64)

    init(_ workload: Workload, shards: Int) {
        self.workload = workload
        let broker = Broker(shards: shards, key: 0x5EED, settings: BrokerSettings())
        self.broker = broker
        self.shards = (0..<shards).map { ShardState(index: $0, broker: broker) }
    }

    mutating func run() {
        self.subscribe()
        self.match()
        self.change()
        if self.shards.count > 1 { self.publishBesideChanges() }
        self.end()
        self.table.print()
    }

    private func shard(of subscriber: Int) -> ShardState { self.shards[subscriber % self.shards.count] }

    // MARK: Subscriptions

    private mutating func subscribe() {
        for number in 0..<Workload.subscribers {
            let subscriber = Sink(namespace: .standard)
            self.shard(of: number).register(subscriber)
            self.subscribers.append(subscriber)
        }
        let (subscribers, shards) = (self.subscribers, self.shards)
        let before = Heap.bytes
        var slowest: UInt64 = 0
        let start = threadNanoseconds()
        var last = start
        self.workload.forEachSubscription { number, filter in
            shards[number % shards.count].subscribe(subscribers[number], filter, SubscriptionOptions(qos: 1))
            let now = threadNanoseconds()
            slowest = max(slowest, now - last)
            last = now
        }
        let count = Double(self.workload.subscriptions)
        self.table.add("subscribe, while all million come", Double(last - start) / count / 1_000, "us")
        self.table.add("  the slowest of them", Double(slowest) / 1_000, "us")
        let core = Double(Heap.bytes - before) / count
        self.workload.forEachSubscription { number, filter in
            subscribers[number].subscriptions[filter.withUnsafeBufferPointer { Array($0) }] = SubscriptionOptions(
                qos: 1
            )
        }
        let both = Double(Heap.bytes - before) / count
        self.table.add("memory a subscription, routing", core, "bytes")
        self.table.add("memory a subscription, with its session's entry", both, "bytes", atMost: 300)
    }

    // MARK: Matching

    private mutating func match() {
        let shard = self.shards[0]
        let topics = self.workload.topics
        var hint: Int32 = -1
        for stranger in self.workload.strangers { _ = shard.route(stranger.span, in: .standard, hint: &hint) }
        // Each topic once, in an order that is not the tree's: nothing is in the cache, and each makes another one go.
        let cold = average(topics.count) { index in
            var hint: Int32 = -1
            let topic = topics[index * 7_919 % topics.count]
            _ = shard.route(topic.span, in: .standard, hint: &hint)
        }
        var filters = 0
        var found = 0
        for topic in topics {
            filters += self.broker.tree.match(topic.span, in: .standard, for: 0).local.count
            found += self.shards.reduce(0) { $0 + $1.subscriptionCount(topic, in: .standard) }
        }
        self.table.add("filters that match a topic here, on average", Double(filters) / Double(topics.count), "")
        self.table.add("subscriptions that match, on average", Double(found) / Double(topics.count), "")
        self.table.add("look-up, cold: a topic never seen", cold / 1_000, "us", atMost: 10)
        self.table.add("look-up, the publisher's last topic again", self.warm(topics: 1, look: true), "us", atMost: 2)
        for count in [10_000, 60_000] {
            self.table.add(
                "look-up, warm, \(count) topics in turn",
                self.warm(topics: count, look: true),
                "us",
                atMost: 2
            )
            self.table.add(
                "  publish to those who match, without writing",
                self.warm(topics: count, look: false),
                "us"
            )
        }
    }

    /// Microseconds a publish when `count` topics take turns, all of them in the cache: best of three, since other programs use the
    /// machine too.
    private func warm(topics count: Int, look: Bool) -> Double {
        let shard = self.shards[0]
        let topics = Array(self.workload.topics.prefix(count))
        var hint: Int32 = -1
        for topic in topics { _ = shard.route(topic.span, in: .standard, hint: &hint) }
        var next = 0
        let rounds = (0..<3).map { _ in
            average(400_000) { _ in
                next += 7_919
                if next >= topics.count { next %= topics.count }
                let topic = topics[next]
                if look {
                    _ = shard.route(topic.span, in: .standard, hint: &hint)
                } else {
                    self.publish(topic, on: shard, &hint)
                }
            }
        }
        return (rounds.min() ?? 0) / 1_000
    }

    @inline(__always)
    private func publish(_ topic: [UInt8], on shard: ShardState, _ hint: inout Int32) {
        guard let route = shard.route(topic.span, in: .standard, hint: &hint) else { return }
        let nothing: [UInt8] = []
        let message = MessageView(topic: topic.span, header: nothing.span, payload: self.payload.span, qos: 0)
        _ = shard.publish(message, along: route)
        if shard.fullLinks != 0 { self.empty(shard) }
    }

    /// What was written for other shards is thrown away: this measures the publisher's side.
    private func empty(_ shard: ShardState) {
        shard.endOfBurst()
        for (to, batch) in shard.effects.batches {
            shard.received(LinkAnswer(taken: batch.number, stored: [0, 0]), from: to)
        }
        shard.effects.batches.removeAll(keepingCapacity: true)
        shard.flushed()
    }

    // MARK: Changes

    /// Filters that nobody has: each subscribe makes a filter, each unsubscribe takes it away again.
    private var changing: [[UInt8]] {
        (0..<10_000).map { Array("other/p\($0 % 50)/\($0)/+/status".utf8) }
    }

    private mutating func change() {
        let shard = self.shards[0]
        let client = Sink(namespace: .standard)
        shard.register(client)
        let new = self.changing
        let options = SubscriptionOptions(qos: 1)
        self.table.add(
            "subscribe, a filter of its own",
            average(new.count) { shard.subscribe(client, new[$0], options) } / 1_000,
            "us"
        )
        self.table.add(
            "unsubscribe, a filter of its own",
            average(new.count) { shard.unsubscribe(client, new[$0]) } / 1_000,
            "us"
        )
        let known = self.workload.filters.prefix(60_000).map(\.filter)
        self.table.add(
            "subscribe, a filter that others have",
            average(known.count) { shard.subscribe(client, known[$0 * 7 % known.count], options) } / 1_000,
            "us"
        )
        self.table.add(
            "unsubscribe, a filter that others have",
            average(known.count) { shard.unsubscribe(client, known[$0 * 7 % known.count]) } / 1_000,
            "us"
        )
        shard.unregister(client)
    }

    /// What changes on shard 1 cost a publisher on shard 0: filters that no topic of its matches, and filters that match one of
    /// them each. Best of three rounds in turn, since other programs use the machine too.
    private mutating func publishBesideChanges() {
        let touching = (0..<10_000).map { Array("plant/+/+/dev\($0 * 2 + 1)/status".utf8) }
        let cases: [(what: String, filters: [[UInt8]], rate: Int)] = [
            ("publish on shard 0, nothing changes", [], 0),
            ("  beside 1,000 changes a second on shard 1", self.changing, 1_000),
            ("  beside 10,000", self.changing, 10_000),
            ("  beside 1,000 of plant/+/+/devN/status", touching, 1_000),
            ("  beside 10,000 of them", touching, 10_000),
        ]
        var best: [Latencies.Summary?] = Array(repeating: nil, count: cases.count)
        for _ in 0..<3 {
            for (number, one) in cases.enumerated() {
                let churn = one.rate > 0 ? Churn(on: self.shards[1], one.filters, rate: one.rate) : nil
                churn?.start()
                let found = self.latencies()
                churn?.finish()
                if found.mean < best[number]?.mean ?? .infinity { best[number] = found }
            }
        }
        let quiet = best[0]?.mean ?? 0
        for (one, found) in zip(cases, best) {
            guard let found else { continue }
            // At 10,000 a second the two shards also share this machine's cores and caches.
            let bound = one.rate == 0 ? nil : quiet * (one.rate > 1_000 ? 2 : 1.3)
            self.table.add("\(one.what), mean", found.mean, "ns", atMost: bound)
            self.table.add("    p50, p99, p99.9", "\(Int(found.p50)), \(Int(found.p99)), \(Int(found.p999)) ns")
        }
    }

    private func latencies() -> Latencies.Summary {
        let shard = self.shards[0]
        let topics = Array(self.workload.topics.prefix(10_000))
        var hint: Int32 = -1
        for topic in topics { _ = shard.route(topic.span, in: .standard, hint: &hint) }
        var latencies = Latencies(capacity: 1_000_000)
        var next = 0
        while !latencies.isFull {
            next = (next + 7_919) % topics.count
            let start = nanoseconds()
            self.publish(topics[next], on: shard, &hint)
            latencies.add(nanoseconds() - start)
        }
        return latencies.summary()
    }

    // MARK: The end

    private mutating func end() {
        let (subscribers, shards) = (self.subscribers, self.shards)
        let start = threadNanoseconds()
        var last = start
        var slowest: UInt64 = 0
        self.workload.forEachSubscription { number, filter in
            shards[number % shards.count].unsubscribe(subscribers[number], filter)
            let now = threadNanoseconds()
            slowest = max(slowest, now - last)
            last = now
        }
        self.table.add(
            "unsubscribe, until all are gone",
            Double(last - start) / Double(self.workload.subscriptions) / 1_000,
            "us"
        )
        self.table.add("  the slowest of them", Double(slowest) / 1_000, "us")
        for (number, subscriber) in subscribers.enumerated() { shards[number % shards.count].unregister(subscriber) }
    }
}
