import Bytes
import Machine
import Testing

@testable import QueueEngine

@Suite("Queues after a restart")
struct RestoreTests {
    @Test("what was unsettled comes again with its count, what was settled does not, whatever order it was settled in")
    func unsettled() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish(all: ["a", "b", "c", "d"])
        try rig.settle(rig.deliveries[3])
        try rig.settle(rig.deliveries[0])
        try rig.settle(rig.deliveries[1], .failed(delay: nil))
        rig.run()
        rig.deliveries = []
        try rig.restart()
        let group = try rig.join(1)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [3, 2])
        #expect(rig.taken() == ["b", "c"])
        #expect(try rig.status(group).committed == 1)
        rig.publish(all: ["e"])
        #expect(rig.taken() == ["e"])
    }

    @Test("a back-off goes on where it was, and a release stays uncounted")
    func backoff() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish(all: ["a", "b"])
        try rig.settle(rig.deliveries[0], .failed(delay: 1_000))
        try rig.settle(rig.deliveries[1], .released)
        rig.leave(1, GroupNumber(1))
        rig.run()
        rig.deliveries = []
        try rig.restart()
        _ = try rig.join(1)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [1])
        #expect(rig.taken() == ["b"])
        rig.advance(989)
        #expect(rig.taken() == [])
        rig.advance(1)
        #expect(rig.deliveries.map(\.count) == [2])
        #expect(rig.taken() == ["a"])
    }

    @Test("a message whose last attempt ended with the process is not delivered once more")
    func lastAttempt() throws {
        let rig = QueueRig {
            $0.retry.maximumDeliveries = 1
            $0.deadLetters.isEnabled = true
        }
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        try rig.restart()
        _ = try rig.join(1)
        rig.deliveries = []
        rig.run()
        #expect(rig.taken() == [] && rig.deadLetters.map(\.reason) == [.maximumDeliveries])
    }

    @Test("an acknowledgement that was not stored is forgotten, and the message comes again")
    func lostAck() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        rig.storesAtOnce = false
        try rig.settle(rig.deliveries[0])
        rig.run()
        rig.deliveries = []
        try rig.restart()
        rig.storesAtOnce = true
        _ = try rig.join(1)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [2])
    }

    @Test("a message that was not stored is lost, and its offset is another's: nobody takes that for settled")
    func lostMessages() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish(all: ["a", "b", "c"])
        for delivery in rig.deliveries { try rig.settle(delivery) }
        rig.run()
        // The machine lost what the process had written last, and kept the journal.
        rig.logs.lose(2, of: LogID(owner: 7, part: .messages()))
        rig.deliveries = []
        try rig.restart()
        #expect(rig.queue.missing == 2)
        rig.run()
        rig.publish(all: ["d", "e"])
        try rig.restart()
        #expect(rig.queue.missing == 0)
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["d", "e"])
    }

    @Test("groups, their filters, pauses, floors and numbers are as they were")
    func groups() throws {
        let rig = QueueRig()
        let one = try rig.join(1, "one", filter: "eu/#")
        let two = try rig.queue.createGroup("two", now: rig.now)
        try rig.queue.removeGroup(two, now: rig.now)
        try rig.queue.pauseGroup(one, true)
        rig.publish("x", topic: "$queue/q/eu/1")
        rig.run()
        try rig.restart()
        #expect(rig.queue.groupNumber(named: "one@eu/#") == one && rig.queue.groupNumber(named: "two") == nil)
        let status = try rig.status(one)
        #expect(status.isPaused && status.filter == "eu/#" && status.cursor == 0)
        #expect(try rig.queue.createGroup("three", now: rig.now).value == 3)
    }

    @Test("the journal is rewritten when it has grown, and says the same", arguments: [1, 2, 3])
    func snapshot(seed: UInt64) throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 0
            $0.deadLetters.isEnabled = true
        }
        let group = try rig.join(1, credit: 1_000_000)
        var rejected = 0
        for round in 0..<800 {
            for index in 0..<100 { rig.publish("\(round * 100 + index)") }
            rig.run()
            // Every other one, so that nothing merges into runs.
            for (index, delivery) in rig.deliveries.enumerated() where (UInt64(index) + seed) % 2 == 0 {
                if index == 20 {
                    try rig.settle(delivery, .rejected)
                    rejected += 1
                } else {
                    try rig.settle(delivery)
                }
            }
            rig.deliveries = []
        }
        rig.run()
        let log = LogID(owner: 7, part: .groups)
        #expect(rig.logs.trims.contains { $0.0 == log })
        for (id, offset) in rig.logs.trims where id == log { rig.logs.trim(id, before: offset) }
        let before = rig.queue.pending(of: group, from: MessageID(number: 0), limit: .max, now: rig.now)
        let status = try rig.status(group)
        try rig.restart()
        let after = rig.queue.pending(of: group, from: MessageID(number: 0), limit: .max, now: rig.now)
        #expect(before.map(\.id) == after.map(\.id) && before.map(\.count) == after.map(\.count))
        #expect(before.map(\.firstDelivered) == after.map(\.firstDelivered))
        #expect(after.filter { $0.state == .deadLetter }.count == before.filter { $0.state == .deadLetter }.count)
        #expect(try rig.status(group).cursor == status.cursor && (try rig.status(group).committed) == status.committed)
        #expect(rejected == 800 || rejected == 0)
    }

    @Test("a journal that is not understood says which record, and what to do")
    func damaged() throws {
        let block: [UInt8] = [200, 1]
        let read = LogRead(
            block: .make(block),
            entries: [LogRead.Entry(offset: 41, time: 0, key: nil, body: 0..<2)],
            next: 42
        )
        #expect {
            try Queue.restore(
                QueueDefinition(name: "q", number: 7, topics: ["a"]),
                logs: [],
                operations: [read],
                output: QueueOutput(),
                now: 0,
                wall: 0
            )
        } throws: { error in
            (error as? QueueRestoreError)?.record == 41 && "\(error)".contains("queue 'q'")
        }
    }

    @Test("a read that failed is asked again a second later")
    func readFails() throws {
        let rig = QueueRig()
        rig.publish(all: ["a"])
        rig.readsAtOnce = false
        _ = try rig.join(1)
        rig.run()
        let read = try #require(rig.reads.first)
        rig.reads = []
        rig.queue.received(read.ticket, .failure(StorageFailure(.failed, "EIO")), now: rig.now)
        rig.run()
        #expect(rig.reads.isEmpty && rig.queue.deadline(now: rig.now, wall: rig.wall) == rig.now + 1_000)
        rig.readsAtOnce = true
        rig.advance(1_000)
        #expect(rig.taken() == ["a"])
    }

    @Test("an idle queue is small, and has nothing in memory of what it stored")
    func idle() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 2_000)
        rig.publish(all: (0..<1_000).map { "\($0)" })
        for delivery in rig.deliveries { try rig.settle(delivery) }
        rig.leave(1, group)
        rig.advance(60_000)
        #expect(rig.status.cachedBytes == 0 && rig.status.depth == 0)
        #expect(rig.queue.group(group)?.pending.entries.capacity == 0)
    }

    @Test(
        "a purge of what was not stored yet does not purge what gets those offsets after a crash",
        arguments: [true, false]
    )
    func purgeAhead(isStream: Bool) throws {
        let rig = QueueRig(isStream ? .stream : .classic)
        rig.publish(all: ["a"])
        rig.storesAtOnce = false
        for text in ["b", "c"] {
            rig.publish(text)
            rig.publish("\(text) later", deliverAt: rig.wall + 1_000)
        }
        rig.queue.purge(now: rig.now)
        rig.run()
        // Only the journal's append was stored, which was given after those of the messages.
        rig.logs.underWay.removeAll { $0.append.log.part != .groups }
        rig.storeAll()
        rig.storesAtOnce = true
        try rig.restart()
        rig.run()
        rig.publish("d")
        rig.publish("e", deliverAt: rig.wall + 500)
        rig.run()
        try rig.restart()
        _ = try rig.join(1)
        rig.run()
        rig.advance(1_000)
        #expect(rig.taken() == ["d", "e"])
    }
}
