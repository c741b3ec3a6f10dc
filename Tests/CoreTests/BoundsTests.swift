import Bytes
import Machine
import Simulation
import Testing

@testable import Core

/// What much of something costs, counted and never timed.
@Suite("Bounds of the core")
struct BoundsTests {
    private final class Client: Subscriber {
        init() { super.init(namespace: .standard) }
    }
    private final class Waiter: StreamPeer {
        var woken = 0
        override func progressed() { self.woken += 1 }
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func shard() -> ShardState {
        ShardState(index: 0, broker: Broker(shards: 1, key: 5, settings: BrokerSettings()), now: 1_000)
    }

    @Test("one of 100,000 subscribers of a filter leaves, and one other is told of a new place")
    func removal() {
        let shard = self.shard()
        let filter = self.bytes("news")
        let clients = (0..<100_000).map { _ in Client() }
        for client in clients {
            shard.register(client)
            shard.subscribe(client, filter, SubscriptionOptions(qos: 0))
        }
        let identity = shard.broker.tree.match(filter.span, in: .standard, for: 0).local[0]
        let before = clients.map { $0.positions[identity] }
        shard.unsubscribe(clients[17], filter)
        let moved = clients.indices.filter { clients[$0].positions[identity] != before[$0] }
        #expect(moved == [17, 99_999])
        #expect(clients[99_999].positions[identity] == 17)
        for client in clients {
            shard.unsubscribe(client, filter)
            shard.unregister(client)
        }
        #expect(shard.broker.tree.filterCount == 0)
    }

    @Test("what comes over a link is kept though memory is out, and publishers are told until it is given back")
    func overdraft() {
        var settings = BrokerSettings()
        settings.memoryLimit = 4 << 20
        let broker = Broker(shards: 2, key: 5, settings: settings)
        let shard = ShardState(index: 1, broker: broker, now: 1_000)
        let (topic, header, payload) = (self.bytes("t"), [UInt8](), [UInt8](repeating: 0, count: 1 << 20))
        func hold() -> MessageSlot? {
            let message = MessageView(topic: topic.span, header: header.span, payload: payload.span, qos: 1)
            defer { shard.finishDeliveries() }
            return shard.hold(message)
        }
        var held: [MessageSlot] = []
        while let slot = hold() { held.append(slot) }
        #expect(held.count == 3 && broker.budget.overdrawnShards == 0)
        shard.isPublishInbound = true
        let more = (0..<3).compactMap { _ in hold() }
        #expect(more.count == 3 && broker.budget.overdrawnShards == 1 << 1)
        for slot in more + held.prefix(1) { shard.release(slot) }
        #expect(broker.budget.overdrawnShards == 0)
        shard.isPublishInbound = false
        #expect(hold() != nil)
    }

    @Test("60,000 subscriptions of one subscriber go, and so does the memory for them")
    func manySubscriptions() {
        let shard = self.shard()
        let client = Client()
        shard.register(client)
        let filters = (0..<60_000).map { self.bytes("house/\($0 % 100)/room/\($0)/+") }
        for filter in filters { shard.subscribe(client, filter, SubscriptionOptions(qos: 1)) }
        #expect(client.positions.count == 60_000)
        #expect(client.positions.capacity < 4 * 60_000)
        for filter in filters.reversed() { #expect(shard.unsubscribe(client, filter)) }
        #expect(client.positions.isEmpty)
        #expect(client.positions.capacity <= 64)
        #expect(shard.broker.tree.filterCount == 0)
        shard.unregister(client)
    }

    @Test("100,000 reminders of one second come in slices, none early, none lost, none waited for in vain")
    func expiringTogether() {
        var wheel = TimingWheel(now: 0)
        for number in 0..<100_000 {
            let due = 700_000 + UInt64(number % 1_000)
            wheel.insert(TimerEntry(due: due, kind: 1, address: .none, stamp: UInt32(number)))
        }
        var seen: Set<UInt32> = []
        var takes = 0
        var now: UInt64 = 0
        while let deadline = wheel.deadline {
            now = max(now, deadline)
            let taken = wheel.take(now: now, limit: 256)
            #expect(taken.count <= 256)
            #expect(taken.allSatisfy { $0.due <= now })
            seen.formUnion(taken.map(\.stamp))
            takes += 1
        }
        #expect(seen.count == 100_000)
        #expect(now < 700_999 + 128)
        // Full slices but for each tick's last one, the turns in which a bucket of a higher ring is spread, and one look each
        // 4,096 ms on the way there.
        #expect(takes < 100_000 / 256 + 100_000 / 2_048 + 700_000 / 4_096 + 20)
    }

    @Test("an answer of the store wakes those who wait for its batch, and nobody else")
    func storeWaiters() {
        let shard = self.shard()
        let waiters = (0..<1_000).map { Waiter(id: StreamID(slot: UInt32($0), generation: 1), effects: shard.effects) }
        for waiter in waiters {
            shard.store(.state)
            shard.waitForStore(waiter, until: shard.receipt(for: .state))
            shard.endOfBurst()
        }
        shard.stored(.journal, through: 5)
        #expect(waiters.allSatisfy { $0.woken == 0 })
        shard.stored(.state, through: 1)
        #expect(waiters.map(\.woken).reduce(0, +) == 1)
        #expect(waiters[0].woken == 1)
        shard.stored(.state, through: 700)
        #expect(waiters.prefix(700).allSatisfy { $0.woken == 1 })
        #expect(waiters.dropFirst(700).allSatisfy { $0.woken == 0 })
        // What has come already wakes at the end of the burst, never inline.
        var receipt = Receipt()
        receipt.local[.state] = 3
        shard.waitForStore(waiters[999], until: receipt)
        #expect(waiters[999].woken == 0)
        shard.endOfBurst()
        #expect(waiters[999].woken == 1)
    }

    @Test("a change matches those topics again that it may touch, of 5,000 that share their first level")
    func spoiledRoutes() {
        let broker = Broker(shards: 2, key: 5, settings: BrokerSettings())
        let (publisher, other) = (ShardState(index: 0, broker: broker), ShardState(index: 1, broker: broker))
        let topics = (0..<5_000).map { self.bytes("fleet/region-\($0 % 7)/truck-\($0)/speed") }
        func matches() -> UInt64 {
            let before = publisher.routes.matches
            for topic in topics {
                var hint: Int32 = -1
                _ = publisher.route(topic.span, in: .standard, hint: &hint)
            }
            return publisher.routes.matches - before
        }
        #expect(matches() == 5_000)
        #expect(matches() == 0)
        let client = Client()
        other.register(client)
        func change(_ filter: String) -> UInt64 {
            other.subscribe(client, self.bytes(filter), SubscriptionOptions(qos: 0))
            let spoiled = matches()
            other.unsubscribe(client, self.bytes(filter))
            _ = matches()
            return spoiled
        }
        // 65,536 epochs: some topics share one by chance.
        #expect((1...4).contains(change("fleet/region-1/truck-1/speed")))
        #expect((1...4).contains(change("fleet/+/truck-17/+")))
        #expect((1...4).contains(change("+/+/truck-4711/#")))
        #expect((714...720).contains(change("fleet/region-3/#")))
        #expect(change("ships/+/speed") <= 3)
        #expect(change("fleet/+/+/speed") == 5_000)
        other.unregister(client)
    }

    @Test("filters come and go in a subscriber's table as in a dictionary", arguments: 1...6 as ClosedRange<UInt64>)
    func positions(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var positions = FilterPositions()
        var model: [FilterID: Int32] = [:]
        for round in 0..<4_000 {
            let filter = FilterID(random.below(round < 2_000 ? 3_000 : 40))
            if random.chance(perMille: round < 2_000 ? 300 : 700) {
                #expect(positions.remove(filter) == model.removeValue(forKey: filter))
            } else {
                positions.set(filter, Int32(round))
                model[filter] = Int32(round)
            }
            #expect(positions.count == model.count)
            #expect(positions[filter] == model[filter])
        }
        var seen: [FilterID: Int32] = [:]
        positions.forEach { seen[$0] = positions[$0] }
        #expect(seen == model)
        var place = Int.max
        while let filter = positions.next(from: &place) {
            #expect(positions.remove(filter) == model.removeValue(forKey: filter))
        }
        #expect(positions.isEmpty && model.isEmpty)
    }

    @Test("a queue gives in order what was put in, and does not keep what it gave")
    func fifo() {
        var random = SeededRandom(seed: 3)
        var queue = FIFO<Int>()
        var (put, got) = (0, 0)
        for _ in 0..<20_000 {
            if random.chance(perMille: 520) || queue.isEmpty {
                queue.append(put)
                put += 1
            } else {
                #expect(queue.removeFirst() == got)
                got += 1
            }
            #expect(queue.count == put - got)
        }
    }
}
