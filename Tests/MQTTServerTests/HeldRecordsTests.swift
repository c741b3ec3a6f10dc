import Core
import MQTTWire
import Machine
import Testing

@testable import MQTTServer

/// Records of the session journal that nobody waits for.
@Suite("Held records")
struct HeldRecordsTests {
    private let bench = Bench()
    private let journal: ShardJournal
    private let session: MQTTSession
    private var shard: ShardState { self.bench.shards[0] }

    init() throws {
        let server = self.bench.servers[0]
        self.journal = ShardJournal(server, next: 0, bytes: 0, lastMessage: 0)
        server.journal = self.journal
        _ = self.bench.connect("kept") { $0.properties.sessionExpiryInterval = 3_600 }
        self.bench.settle()
        var found: MQTTSession?
        _ = self.bench.shards[0].forEachSubscriber(from: 0, limit: 100) { subscriber in
            if let session = subscriber as? MQTTSession { found = session }
        }
        self.session = try #require(found)
    }

    /// Records of the journal that the burst hands over; nil when it hands over nothing.
    private func endBurst() -> Int? {
        self.shard.endOfBurst()
        let batches = self.shard.effects.storage.filter { $0.kind == .journal }
        self.shard.effects.storage.removeAll()
        for batch in batches { self.shard.stored(.journal, through: batch.number) }
        if batches.isEmpty { return nil }
        return batches.reduce(0) { sum, batch in
            batch.commands.reduce(sum) { sum, command in
                if case .append(let append) = command { sum + append.count } else { sum }
            }
        }
    }

    @Test("settlements alone wait until they are due, and have the loop woken for that")
    func due() throws {
        self.journal.settled(self.session, 1)
        #expect(self.endBurst() == nil)
        let due = self.shard.now + ShardJournal.patience
        #expect(try #require(self.shard.effects.deadline) <= due)
        self.shard.now = due - 1
        self.shard.tick()
        self.journal.settled(self.session, 2)
        #expect(self.endBurst() == nil)
        #expect(try #require(self.shard.effects.deadline) <= due)
        self.shard.now = due
        self.shard.tick()
        #expect(self.endBurst() == 2)
        #expect(self.endBurst() == nil)
    }

    @Test("settlements go with what somebody waits for, before it")
    func together() {
        self.journal.settled(self.session, 1)
        #expect(self.endBurst() == nil)
        self.journal.sent(self.session, 2, 7, 1)
        #expect(self.endBurst() == nil)
        self.journal.received(self.session, 9)
        #expect(self.endBurst() == 3)
    }

    @Test("at quality of service 2 a message that is sent waits for its record, which is not held")
    func sentAtTwo() {
        self.journal.sent(self.session, 2, 7, 2)
        #expect(self.endBurst() == 1)
    }

    @Test("so many bytes are not held")
    func bound() {
        var count: UInt32 = 0
        var handedOver: Int?
        while handedOver == nil, count < 100_000 {
            for _ in 0..<1_000 {
                count += 1
                self.journal.settled(self.session, count)
            }
            handedOver = self.endBurst()
        }
        #expect(handedOver == Int(count))
        #expect(count < 20_000)
    }

    @Test("a broker that stops holds nothing")
    func stop() {
        self.journal.settled(self.session, 1)
        #expect(self.endBurst() == nil)
        self.bench.servers[0].shutDown()
        #expect((self.endBurst() ?? 0) >= 1)
        self.journal.settled(self.session, 2)
        #expect(self.endBurst() == 1)
    }
}
