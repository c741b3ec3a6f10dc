import Bytes
import Testing

@testable import Core

/// A member that keeps what it is given.
private final class Member: Subscriber {
    var taken: [(number: UInt32, text: String)] = []
    init() { super.init(namespace: .standard) }

    override func deliver(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        for share: ShareDelivery,
        on shard: ShardState
    ) {
        self.taken.append((share.number, message.payload.string()))
    }
}

@Suite("Shared group")
struct SharedGroupTests {
    private let shard: ShardState
    private let group: SharedGroup
    private let key = ShareKey(namespace: .standard, group: Array("g".utf8), filter: Array("t".utf8))

    init() {
        var settings = BrokerSettings()
        settings.maxSharedMessages = 5
        self.shard = ShardState(index: 0, broker: Broker(shards: 1, key: 1, settings: settings))
        self.group = SharedGroup(self.key)
        self.shard.register(self.group)
    }

    private func join(limit: UInt16, persistent: Bool = true) -> Member {
        let member = Member()
        self.shard.register(member)
        let credit = ShareCredit(limit: limit, isPersistent: persistent)
        self.group.join(member.address, SubscriptionOptions(qos: 2), credit, on: self.shard)
        return member
    }

    private func publish(_ texts: String..., qos: UInt8 = 1) {
        for text in texts {
            let (topic, header, payload): ([UInt8], [UInt8], [UInt8]) = (Array("t".utf8), [], Array(text.utf8))
            let message = MessageView(topic: topic.span, header: header.span, payload: payload.span, qos: qos)
            self.group.deliver(message, SubscriptionOptions(qos: 2), on: self.shard)
            self.shard.finishDeliveries()
        }
    }

    private func settle(_ member: Member, _ verdict: ShareVerdict = .settled) {
        let number = member.taken.removeFirst().number
        self.group.settle(number, verdict, on: self.shard)
    }

    @Test("members take turns, and one without room is passed over")
    func turns() {
        let (small, large) = (self.join(limit: 1), self.join(limit: 10))
        self.publish("1", "2", "3", "4")
        #expect(small.taken.map(\.text) == ["1"])
        #expect(large.taken.map(\.text) == ["2", "3", "4"])
        self.settle(small)
        self.publish("5")
        #expect(small.taken.map(\.text) == ["5"])
        #expect(self.group.pendingCount == 4)
    }

    @Test("what waits goes out in order as members settle")
    func waiting() {
        let member = self.join(limit: 2)
        self.publish("1", "2", "3", "4")
        #expect(self.group.waitingCount == 2)
        self.settle(member)
        #expect(member.taken.map(\.text) == ["2", "3"])
        self.settle(member)
        self.settle(member)
        #expect(member.taken.map(\.text) == ["4"])
        self.settle(member)
        #expect(self.shard.messages.count == 0)
    }

    @Test("a full group drops its oldest, and QoS 0 waits for nobody")
    func full() {
        let member = self.join(limit: 0)
        self.publish("0", qos: 0)
        self.publish("1", "2", "3", "4", "5", "6", "7")
        #expect(self.group.waitingCount == 5)
        self.group.setCredit(ShareCredit(limit: 9, isPersistent: true), of: member.address, on: self.shard)
        #expect(member.taken.map(\.text) == ["3", "4", "5", "6", "7"])
    }

    @Test("a member's unsettled messages go to the others in order when it leaves, those of QoS 2 to nobody")
    func leaving() {
        let first = self.join(limit: 10)
        self.publish("1", "2")
        self.publish("x", qos: 2)
        let second = self.join(limit: 10)
        #expect(!self.group.leave(first.address, finishes: false, on: self.shard))
        #expect(second.taken.map(\.text) == ["1", "2"])
        #expect(self.group.leave(second.address, finishes: false, on: self.shard))
        #expect(self.shard.messages.count == 0)
    }

    @Test("a released message comes again, ahead of what waits; a second verdict means nothing")
    func released() {
        let member = self.join(limit: 1)
        self.publish("1", "2")
        let number = member.taken[0].number
        self.settle(member, .released)
        #expect(member.taken.map(\.text) == ["1"])
        self.group.settle(number, .settled, on: self.shard)
        #expect(self.group.pendingCount == 1)
        #expect(self.group.waitingCount == 1)
    }

    @Test("a thousand members take turns, and those who come and go leave nothing behind in the line")
    func manyMembers() {
        let members = (0..<1_000).map { _ in self.join(limit: 2) }
        for _ in 0..<2_000 { self.publish("x") }
        #expect(members.allSatisfy { $0.taken.count == 2 })
        #expect(self.group.line.count <= 1_000)
        self.settle(members[7])
        self.publish("y")
        #expect(members[7].taken.map(\.text) == ["x", "y"])
        for _ in 0..<5_000 {
            let guest = self.join(limit: 1)
            #expect(!self.group.leave(guest.address, finishes: false, on: self.shard))
        }
        #expect(self.group.line.count <= 64 + 2 * 1_000)
    }

    @Test("a member that leaves with many deliveries gives them back in order")
    func manyDeliveries() {
        let first = self.join(limit: 500)
        let texts = (0..<500).map { "\($0)" }
        for text in texts { self.publish(text) }
        let second = self.join(limit: 1_000)
        #expect(!self.group.leave(first.address, finishes: false, on: self.shard))
        #expect(second.taken.map(\.text) == texts)
        #expect(self.group.pendingCount == 500)
    }

    /// Its question went by another shard whose group ended meanwhile, and came back here.
    @Test("a session that ended while its question was under way becomes no member, and no group is left behind")
    func lateQuestion() {
        let gone = Member()
        self.shard.register(gone)
        self.shard.unregister(gone)
        let key = ShareKey(namespace: .standard, group: Array("g".utf8), filter: Array("late".utf8))
        let credit = ShareCredit(limit: 1, isPersistent: true)
        self.shard.join(key, gone.address, SubscriptionOptions(qos: 1), credit)
        #expect(self.shard.shares[key] == nil)
        #expect(self.shard.broker.directory.home(of: .share(key)) == nil)
        let there = Member()
        self.shard.register(there)
        self.shard.join(key, there.address, SubscriptionOptions(qos: 1), credit)
        self.shard.join(key, gone.address, SubscriptionOptions(qos: 1), credit)
        #expect(self.shard.shares[key]?.memberCount == 1)
    }
}
