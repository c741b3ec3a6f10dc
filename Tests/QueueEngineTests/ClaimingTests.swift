import Machine
import Testing

@testable import QueueEngine

@Suite("Queues: messages given to a member by hand")
struct ClaimingTests {
    @Test("a claimed message goes to the member that was named, is counted, and is no one else's any more")
    func claims() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 2)
        rig.publish(all: ["a", "b"])
        let first = try #require(rig.deliveries.first)
        _ = try rig.join(2, credit: 1)
        rig.run()
        rig.deliveries = []
        try rig.queue.claim(first.id, group: group, for: ConsumerID(bits: 2), now: rig.now, wall: rig.wall)
        rig.run()
        #expect(
            rig.deliveries.map(\.consumer.bits) == [2] && rig.deliveries.map(\.count) == [2] && rig.taken() == ["a"]
        )
        #expect(throws: QueueError.notPending(first.id)) { try rig.settle(first, .rejected) }
        // Its credit is used: it gets nothing more.
        rig.publish(all: ["c"])
        #expect(rig.taken() == [])
        #expect(throws: QueueError.noCredit(group: "g")) {
            try rig.queue.claim(first.id, group: group, for: ConsumerID(bits: 2), now: rig.now, wall: rig.wall)
        }
        try rig.restart()
        _ = try rig.join(3)
        rig.run()
        #expect(rig.deliveries.first { $0.id == first.id }?.count == 3)
    }

    @Test("what is read from disk comes when it is read, unless it was settled meanwhile or the member left")
    func fromDisk() throws {
        for end in 0..<3 {
            let rig = QueueRig()
            let group = try rig.join(1)
            rig.publish(all: ["a"])
            let first = try #require(rig.deliveries.first)
            _ = try rig.join(2)
            rig.advance(11_000)
            rig.deliveries = []
            rig.readsAtOnce = false
            try rig.queue.claim(first.id, group: group, for: ConsumerID(bits: 2), now: rig.now, wall: rig.wall)
            rig.run()
            #expect(rig.deliveries.isEmpty)
            if end == 1 { try rig.settle(first) }
            if end == 2 { rig.leave(2, group) }
            rig.readsAtOnce = true
            rig.answerReads()
            rig.run()
            #expect(rig.deliveries.map(\.consumer.bits) == [[2], [], [1]][end])
        }
    }

    @Test("only what is pending can be claimed, and only for a member")
    func refused() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 1)
        rig.publish(all: ["a", "b"])
        let (now, wall) = (rig.now, rig.wall)
        #expect(throws: QueueError.notPending(MessageID(number: 1))) {
            try rig.queue.claim(MessageID(number: 1), group: group, for: ConsumerID(bits: 1), now: now, wall: wall)
        }
        #expect(throws: QueueError.consumerNotFound(group: "g")) {
            try rig.queue.claim(MessageID(number: 0), group: group, for: ConsumerID(bits: 9), now: now, wall: wall)
        }
    }
}
