import Testing

@testable import QueueEngine

@Suite("Dead letters")
struct DeadLetterTests {
    private static func rig(_ change: (inout QueueDefinition) -> Void = { _ in }) -> QueueRig {
        QueueRig {
            $0.deadLetters.isEnabled = true
            $0.deadLetters.reasons = .all
            change(&$0)
        }
    }

    @Test("S5: a rejected message becomes a dead letter, and is the queue's until the target has it")
    func rejected() throws {
        let rig = DeadLetterTests.rig()
        let group = try rig.join(1)
        rig.publish(all: ["a"])
        let delivered = rig.wall
        rig.advance(5)
        try rig.settle(rig.deliveries[0], .rejected)
        rig.run()
        let letter = try #require(rig.deadLetters.first)
        #expect(letter.reason == .rejected && letter.groupID == "g" && letter.count == 1)
        #expect(letter.firstDelivered == delivered && letter.lastDelivered == delivered)
        #expect(QueueRig.text(letter.record) == "a")
        #expect(try rig.status(group).pending == 1 && (try rig.status(group).committed) == 0)
        #expect(throws: QueueError.notPending(letter.ticket.id)) { try rig.settle(rig.deliveries[0]) }
        rig.queue.deadLettered(letter.ticket, now: rig.now)
        rig.run()
        #expect(try rig.status(group).pending == 0 && (try rig.status(group).committed) == 1)
        #expect(rig.status.counters.deadLettered == 1 && rig.status.counters.dropped == 0)
        #expect(rig.deliveries.count == 1)
    }

    @Test("S5: a message that was delivered often enough becomes a dead letter, also with one consumer alone")
    func tooOften() throws {
        let rig = DeadLetterTests.rig { $0.retry.maximumDeliveries = 3 }
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        for _ in 0..<3 { rig.advance(30_000) }
        #expect(rig.deliveries.map(\.count) == [1, 2, 3])
        #expect(rig.deadLetters.map(\.reason) == [.maximumDeliveries])
        #expect(rig.deadLetters.map(\.count) == [3])
        rig.advance(60_000)
        #expect(rig.deliveries.count == 3 && rig.deadLetters.count == 1)
    }

    @Test("a target that does not take it gets it again a second later; the source keeps it")
    func targetFails() throws {
        let rig = DeadLetterTests.rig()
        let group = try rig.join(1)
        rig.publish(all: ["a"])
        try rig.settle(rig.deliveries[0], .rejected)
        rig.run()
        rig.queue.deadLetterFailed(rig.deadLetters[0].ticket, now: rig.now)
        rig.run()
        #expect(rig.deadLetters.count == 1)
        #expect(rig.queue.deadline(now: rig.now, wall: rig.wall) == rig.now + 1_000)
        rig.advance(1_000)
        #expect(rig.deadLetters.count == 2)
        #expect(try rig.status(group).pending == 1)
    }

    @Test("a message that was being moved when the process ended is moved again, with the same ticket, not delivered")
    func movedAgain() throws {
        let rig = DeadLetterTests.rig()
        _ = try rig.join(1)
        rig.publish(all: ["a", "b"])
        try rig.settle(rig.deliveries[0], .rejected)
        rig.run()
        try rig.restart()
        _ = try rig.join(1)
        rig.deliveries = []
        rig.run()
        #expect(rig.taken() == ["b"])
        #expect(rig.deadLetters.count == 2)
        #expect(rig.deadLetters[0].ticket == rig.deadLetters[1].ticket)
        rig.queue.deadLettered(rig.deadLetters[1].ticket, now: rig.now)
        rig.run()
        try rig.restart()
        rig.run()
        #expect(rig.deadLetters.count == 2)
    }

    @Test("without a dead-letter queue, and for reasons that are off, messages are dropped and counted")
    func dropped() throws {
        let rig = QueueRig { $0.retry.maximumDeliveries = 1 }
        let group = try rig.join(1)
        rig.publish(all: ["a", "b"])
        try rig.settle(rig.deliveries[0], .rejected)
        try rig.settle(rig.deliveries[1], .failed(delay: nil))
        rig.run()
        #expect(rig.deadLetters.isEmpty)
        #expect(try rig.status(group).pending == 0)
        #expect(rig.status.counters.dropped == 2 && rig.deliveries.count == 2)
    }

    @Test("expired messages become dead letters in a queue that nobody consumes, once they are due")
    func expiredWithoutConsumers() throws {
        let rig = DeadLetterTests.rig { $0.limits.ttl = 1_000 }
        rig.publish(all: ["a"])
        rig.wall += 400
        rig.now += 400
        rig.publish(all: ["b"])
        #expect(rig.queue.deadline(now: rig.now, wall: rig.wall) == rig.now + 600)
        rig.advance(600)
        #expect(rig.deadLetters.map { QueueRig.text($0.record) } == ["a"])
        #expect(rig.deadLetters.map(\.reason) == [.expired] && rig.deadLetters[0].count == 0)
        rig.advance(400)
        #expect(rig.deadLetters.map { QueueRig.text($0.record) } == ["a", "b"])
        for letter in rig.deadLetters { rig.queue.deadLettered(letter.ticket, now: rig.now) }
        rig.run()
        #expect(rig.status.depth == 0 && rig.status.counters.expired == 2 && rig.status.counters.deadLettered == 2)
    }

    @Test("a group that begins while the queue moves dead letters does not get them, and they still arrive")
    func keeperRetires() throws {
        let rig = DeadLetterTests.rig { $0.limits.ttl = 1_000 }
        rig.publish(all: ["a"])
        rig.advance(1_000)
        rig.publish("b")
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["b"])
        rig.queue.deadLettered(try #require(rig.deadLetters.first).ticket, now: rig.now)
        rig.run()
        #expect(rig.status.counters.deadLettered == 1 && rig.status.depth == 1)
    }

    @Test("no more than 256 dead letters are under way, and all get there")
    func manyDeadLetters() throws {
        let rig = DeadLetterTests.rig()
        let group = try rig.join(1, credit: 1_000)
        for index in 0..<600 { rig.publish("\(index)") }
        rig.run()
        for delivery in rig.deliveries { try rig.settle(delivery, .rejected) }
        rig.run()
        #expect(rig.deadLetters.count == 256)
        var moved = 0
        while moved < rig.deadLetters.count {
            rig.queue.deadLettered(rig.deadLetters[moved].ticket, now: rig.now)
            moved += 1
            rig.run()
        }
        #expect(moved == 600 && Set(rig.deadLetters.map(\.ticket)).count == 600)
        #expect(try rig.status(group).pending == 0)
    }
}
