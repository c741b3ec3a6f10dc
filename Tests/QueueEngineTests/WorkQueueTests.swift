import Machine
import Testing

@testable import QueueEngine

@Suite("Work queues")
struct WorkQueueTests {
    @Test("a message is delivered once it is stored, and not before")
    func storedFirst() throws {
        let rig = QueueRig()
        rig.storesAtOnce = false
        _ = try rig.join(1)
        #expect(rig.publish("a") == .appended(MessageID(number: 0)))
        rig.run()
        #expect(rig.taken() == [])
        rig.storeAll()
        rig.run()
        #expect(rig.taken() == ["a"])
        #expect(rig.readCount == 0)
    }

    @Test("messages go round the consumers with credit, and a slow one gets what it takes")
    func roundRobin() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        let group = try rig.join(2, credit: 1)
        _ = try rig.join(3)
        rig.publish(all: ["a", "b", "c", "d", "e"])
        #expect(rig.deliveries.map(\.consumer.bits) == [1, 2, 3, 1, 3])
        #expect(rig.taken() == ["a", "b", "c", "d", "e"])
        rig.credit(2, group, 1)
        rig.publish(all: ["f", "g", "h"])
        #expect(rig.deliveries.filter { $0.consumer.bits == 2 }.count == 1)
    }

    @Test("S1: an acknowledgement removes exactly its own entry, whatever order they come in")
    func ackRemovesOne() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.publish(all: ["a", "b", "c", "d"])
        for index in [2, 0, 3] {
            try rig.settle(rig.deliveries[index])
            rig.run()
        }
        let left = rig.queue.pending(of: group, from: MessageID(number: 0), limit: 9, now: rig.now)
        #expect(left.map(\.id.number) == [1])
        #expect(throws: QueueError.notPending(MessageID(number: 2))) { try rig.settle(rig.deliveries[2]) }
        #expect(try rig.status(group).committed == 1)
        try rig.settle(rig.deliveries[1])
        #expect(try rig.status(group).pending == 0)
    }

    @Test("S10: the committed offset is the next one to process, the lowest that is not settled")
    func committed() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.publish(all: ["a", "b"])
        #expect(try rig.status(group).committed == 0)
        try rig.settle(rig.deliveries[0])
        #expect(try rig.status(group).committed == 1 && (try rig.status(group).lag) == 1)
        try rig.settle(rig.deliveries[1])
        #expect(try rig.status(group).committed == 2 && (try rig.status(group).lag) == 0)
    }

    @Test("S2: what is returned is delivered again at once, with the next count")
    func nackRedelivers() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        try rig.settle(rig.deliveries[0], .failed(delay: nil))
        rig.run()
        #expect(rig.deliveries.map(\.count) == [1, 2])
        #expect(rig.taken() == ["a", "a"])
        #expect(rig.status.counters.failed == 1 && rig.status.counters.redelivered == 1)
    }

    @Test("S3: a lone consumer that does not settle in time gets its message again")
    func loneConsumer() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        rig.advance(29_999)
        #expect(rig.taken() == ["a"])
        #expect(rig.queue.deadline(now: rig.now, wall: rig.wall) == rig.now + 1)
        rig.advance(1)
        #expect(rig.deliveries.map(\.count) == [2])
        #expect(rig.status.counters.timedOut == 1)
    }

    @Test("S4: a message that was taken over has the whole time again")
    func stealRefreshes() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 1)
        rig.publish(all: ["a"])
        _ = try rig.join(2, credit: 1)
        rig.advance(30_000)
        #expect(rig.deliveries.map(\.consumer.bits) == [1, 2])
        rig.credit(1, group, 5)
        rig.advance(29_999)
        #expect(rig.deliveries.count == 2)
        rig.advance(1)
        #expect(rig.deliveries.map(\.consumer.bits) == [1, 2, 1])
    }

    @Test("an acknowledgement that comes late settles the message, also when somebody else has it")
    func lateAck() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 1)
        rig.publish(all: ["a"])
        _ = try rig.join(2, credit: 1)
        rig.advance(30_000)
        let (first, second) = (rig.deliveries[0], rig.deliveries[1])
        #expect(throws: QueueError.notPending(first.id)) { try rig.settle(first, .rejected) }
        try rig.settle(first)
        #expect(try rig.status(group).pending == 0)
        #expect(throws: QueueError.notPending(first.id)) { try rig.settle(second) }
    }

    @Test("what a consumer had goes to others when it leaves, oldest first")
    func leaving() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.publish(all: ["a", "b", "c"])
        try rig.settle(rig.deliveries[1])
        _ = rig.taken()
        _ = try rig.join(2)
        rig.leave(1, group)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [2, 2])
        #expect(rig.taken() == ["a", "c"])
        guard case .consumerRemoved(let consumer, group, .left)? = rig.events.last else {
            Issue.record("the consumer was not told")
            return
        }
        #expect(consumer.bits == 1)
    }

    @Test("a release is not counted as an attempt, a return with a delay waits for it")
    func releaseAndDelay() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        try rig.settle(rig.deliveries[0], .released)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [1, 1])
        try rig.settle(rig.deliveries[1], .failed(delay: 500))
        rig.advance(499)
        #expect(rig.deliveries.count == 2)
        rig.advance(1)
        #expect(rig.deliveries.map(\.count) == [1, 1, 2])
    }

    @Test("returns without a delay wait for the queue's back-off, longer each time")
    func backoff() throws {
        let rig = QueueRig { $0.retry.initialBackoff = 100 }
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        for (round, wait) in [100, 200, 400].enumerated() {
            try rig.settle(rig.deliveries[round], .failed(delay: nil))
            rig.advance(UInt64(wait - 1))
            #expect(rig.deliveries.count == round + 1)
            rig.advance(1)
            #expect(rig.deliveries.count == round + 2)
        }
    }

    @Test("groups are independent, and a filter makes a group of its own")
    func groups() throws {
        let rig = QueueRig()
        let plain = try rig.join(1, "g")
        let filtered = try rig.join(2, "g", filter: "eu/#")
        #expect(plain != filtered)
        rig.publish("a", topic: "$queue/q/eu/x")
        rig.publish("b", topic: "$queue/q/us")
        rig.publish("c", topic: "$queue/q/eu")
        rig.run()
        #expect(rig.deliveries.filter { $0.group == plain }.map { QueueRig.text($0.record) } == ["a", "b", "c"])
        #expect(rig.deliveries.filter { $0.group == filtered }.map { QueueRig.text($0.record) } == ["a", "c"])
        #expect(try rig.status(filtered).id == "g@eu/#")
        #expect(rig.queue.groupNumber(named: "g@eu/#") == filtered)
        #expect(try rig.status(filtered).pending == 2 && (try rig.status(filtered).cursor) == 3)
    }

    @Test("a new group begins with the oldest message that some group has not settled")
    func newGroup() throws {
        let rig = QueueRig()
        _ = try rig.join(1, "one")
        rig.publish(all: ["a", "b", "c"])
        try rig.settle(rig.deliveries[0])
        _ = rig.taken()
        _ = try rig.join(2, "two")
        rig.run()
        #expect(rig.taken() == ["b", "c"])
    }

    @Test("a group's mode is what its first consumer wanted")
    func mode() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        #expect(throws: QueueError.groupModeMismatch(group: "g", is: .queue, wanted: .stream)) {
            _ = try rig.join(2, mode: .stream)
        }
        #expect(throws: QueueError.invalidFilter("a/#/b")) { _ = try rig.join(2, "x", filter: "a/#/b") }
        #expect(throws: QueueError.invalidGroup("")) { _ = try rig.join(2, "") }
    }

    @Test("a drain gives back what cannot be used at once, after all that can")
    func drain() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 0)
        rig.publish(all: ["a", "b"])
        rig.credit(1, group, 10, drain: true)
        rig.run()
        #expect(rig.taken() == ["a", "b"])
        guard case .drained(_, group, deliveryCount: 10)? = rig.events.last else {
            Issue.record("nothing was drained: \(rig.events)")
            return
        }
        rig.publish(all: ["c"])
        #expect(rig.taken() == [])
    }

    @Test("credit counts from the delivery that the consumer knew of")
    func creditInFlight() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 2)
        rig.publish(all: ["a", "b", "c", "d", "e"])
        #expect(rig.taken() == ["a", "b"])
        // Sent before the two deliveries arrived: it takes three from delivery 0 on, so one more.
        rig.queue.setCredit(ConsumerID(bits: 1), group: group, deliveryCount: 0, credit: 3)
        rig.run()
        #expect(rig.taken() == ["c"])
    }

    @Test("a single active consumer gets everything, and when it leaves the next in the order of joining does")
    func singleActive() throws {
        let rig = QueueRig { $0.hasSingleActiveConsumer = true }
        let group = try rig.join(1, credit: 2)
        _ = try rig.join(2)
        _ = try rig.join(3)
        rig.publish(all: ["a", "b", "c"])
        #expect(rig.deliveries.map(\.consumer.bits) == [1, 1])
        rig.leave(1, group)
        rig.run()
        #expect(rig.deliveries.map(\.consumer.bits) == [1, 1, 2, 2, 2])
        #expect(rig.taken() == ["a", "b", "a", "b", "c"])
        let activated = rig.events.compactMap { if case .activated(let id, _) = $0 { id.bits } else { nil } }
        #expect(activated == [1, 2])
    }

    @Test("a paused queue and a paused group deliver nothing and take everything")
    func paused() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.queue.setPaused(true)
        rig.publish(all: ["a"])
        #expect(rig.taken() == [])
        try rig.queue.pauseGroup(group, true)
        rig.queue.setPaused(false)
        rig.run()
        #expect(rig.taken() == [])
        try rig.queue.pauseGroup(group, false)
        rig.run()
        #expect(rig.taken() == ["a"])
    }

    @Test("a purge takes what waits and what is in hand")
    func purge() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 2)
        rig.publish(all: ["a", "b", "c"])
        rig.publish("later", deliverAt: rig.wall + 100)
        rig.run()
        #expect(rig.queue.purge(now: rig.now) == 4)
        rig.credit(1, group, 10)
        rig.advance(1_000)
        #expect(rig.taken() == ["a", "b"])
        #expect(rig.status.depth == 0 && rig.status.pending == 0 && rig.status.delayed == 0)
        rig.publish(all: ["d"])
        #expect(rig.taken() == ["d"])
    }

    @Test("a group that is sought delivers from there, and what it had in hand is nobody's")
    func seek() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.publish(all: ["a", "b", "c"])
        let old = rig.deliveries[2]
        _ = rig.taken()
        try rig.queue.seek(group, to: .offset(1), now: rig.now)
        #expect(throws: QueueError.notPending(old.id)) { try rig.settle(old) }
        rig.run()
        #expect(rig.deliveries.map(\.count) == [1, 1])
        #expect(rig.taken() == ["b", "c"])
        try rig.queue.seek(group, to: .next, now: rig.now)
        #expect(try rig.status(group).pending == 0)
        rig.publish(all: ["d"])
        #expect(rig.taken() == ["d"])
    }

    @Test("nothing more is claimed while 100,000 messages are pending, and it goes on when one is settled")
    func pendingBound() throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 0
            $0.visibilityTimeout = 0
        }
        let group = try rig.join(1, credit: 200_000)
        for _ in 0..<100_010 { rig.publish("x") }
        rig.run()
        #expect(rig.deliveries.count == 100_000)
        try rig.settle(rig.deliveries[50_000])
        rig.run()
        #expect(rig.deliveries.count == 100_001)
        #expect(try rig.status(group).pending == 100_000)
    }

    @Test("messages that wait take no memory of their own")
    func waitingIsFree() throws {
        let rig = QueueRig { $0.limits.maximumMessages = 0 }
        _ = try rig.join(1, credit: 0)
        for _ in 0..<100 {
            for _ in 0..<1_000 { rig.publish("0123456789012345678901234567890123456789") }
            rig.run()
        }
        #expect(rig.status.waiting == 100_000)
        #expect(rig.status.cachedBytes <= Lane.tailBytes + 120_000)
        rig.advance(Queue.cacheTime)
        #expect(rig.status.cachedBytes == 0)
    }

    @Test("S8: an ephemeral queue ends five minutes after its last consumer, or after it was made if it had none")
    func ephemeral() throws {
        let rig = QueueRig(.ephemeral)
        rig.advance(299_999)
        #expect(rig.events.isEmpty)
        rig.advance(1)
        guard case .queueExpired? = rig.events.last else {
            Issue.record("a queue that nobody joined stays for ever")
            return
        }
        let other = QueueRig(.ephemeral)
        let group = try other.join(1)
        other.advance(400_000)
        other.leave(1, group)
        other.advance(299_999)
        #expect(!other.events.contains { if case .queueExpired = $0 { true } else { false } })
        _ = try other.join(1)
        other.advance(300_000)
        #expect(!other.events.contains { if case .queueExpired = $0 { true } else { false } })
    }

    @Test("a group without consumers ends, and what it had not settled waits for the next one")
    func idleGroup() throws {
        let rig = QueueRig { $0.idleGroupExpiry = 1_000 }
        let group = try rig.join(1)
        rig.publish(all: ["a", "b", "c"])
        try rig.settle(rig.deliveries[0])
        rig.leave(1, group)
        _ = rig.taken()
        rig.advance(1_000)
        #expect(rig.queue.status(of: group) == nil)
        #expect(rig.status.depth == 2)
        _ = try rig.join(2, "other")
        rig.run()
        #expect(rig.taken() == ["b", "c"])
    }

    @Test("a burst looks at so many messages only, every group has its part, and the rest comes in the next ones")
    func slices() throws {
        let rig = QueueRig { $0.limits.maximumMessages = 0 }
        for index in 0..<6_000 { rig.publish("\(index)") }
        rig.run()
        let one = try rig.join(1, "one", credit: 20_000)
        _ = try rig.join(2, "two", credit: 10_000)
        rig.run()
        #expect(rig.deliveries.count == 12_000)
        try rig.queue.seek(one, to: .first, now: rig.now)
        rig.queue.endOfBurst(now: rig.now, wall: rig.wall)
        #expect(rig.output.deliveries.count <= Queue.maximumLooks)
        rig.run()
        #expect(rig.deliveries.count == 18_000)
    }

    @Test("a changed definition counts from now on: limits, timeouts, who is active")
    func update() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        let group = try rig.join(2)
        rig.publish(all: ["a"])
        rig.definition.limits.maximumMessages = 1
        rig.definition.visibilityTimeout = 1_000
        rig.definition.hasSingleActiveConsumer = true
        rig.definition.hasPriorities = true
        rig.queue.update(rig.definition, now: rig.now)
        #expect(rig.publish("b") == .refused(.full))
        rig.advance(1_000)
        #expect(rig.deliveries.map(\.count) == [1, 2])
        #expect(rig.queue.consumers(of: group).map(\.isActive) == [true, false])
        try rig.settle(rig.deliveries[1])
        #expect(rig.publish("c", priority: 3) == .appended(MessageID(priority: 3, offset: 0)))
    }

    @Test("a queue where nothing is under way wants no reminder")
    func noDeadline() throws {
        let rig = QueueRig()
        #expect(rig.queue.deadline(now: rig.now, wall: rig.wall) == nil)
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        try rig.settle(rig.deliveries[0])
        rig.advance(60_000)
        rig.advance(60_000)
        #expect(rig.queue.deadline(now: rig.now, wall: rig.wall) == nil)
    }

    @Test("ages are never too young, and exact for what was published apart")
    func ages() throws {
        let rig = QueueRig()
        #expect(rig.status.oldestAge == nil)
        let group = try rig.join(1)
        for _ in 0..<100 {
            rig.publish(all: ["x"])
            rig.advance(100)
        }
        #expect(rig.status.oldestAge == 10_000)
        for delivery in rig.deliveries.prefix(50) { try rig.settle(delivery) }
        let age = try #require(rig.status.oldestAge)
        #expect(age >= 5_000 && age <= 6_000)
        #expect(rig.queue.oldestAge(of: group, wall: rig.wall) == age)
    }

    @Test("a record that is gone is passed over, and what was pending of it is dropped")
    func gone() throws {
        let rig = QueueRig { $0.visibilityTimeout = 0 }
        let group = try rig.join(1, credit: 1)
        rig.publish(all: ["a", "b", "c"])
        rig.advance(Queue.cacheTime)
        let log = LogID(owner: 7, part: .messages())
        rig.logs.remove(0, of: log)
        rig.logs.remove(1, of: log)
        try rig.settle(rig.deliveries[0], .failed(delay: nil))
        rig.deliveries = []
        rig.credit(1, group, 5)
        rig.run()
        #expect(rig.taken() == ["c"])
        #expect(rig.status.counters.dropped == 2)
        #expect(try rig.status(group).pending == 1)
    }

    @Test("there are only so many groups")
    func manyGroups() throws {
        let rig = QueueRig()
        _ = try rig.queue.createGroup("last", now: rig.now)
        #expect(throws: QueueError.groupExists(group: "last")) { _ = try rig.queue.createGroup("last", now: rig.now) }
        // One by one they would take seconds to make.
        rig.queue.groups = Array(repeating: rig.queue.groups[0], count: Queue.maximumGroups)
        #expect(throws: QueueError.tooManyGroups(limit: Queue.maximumGroups)) {
            _ = try rig.queue.createGroup("one more", now: rig.now)
        }
    }
}
