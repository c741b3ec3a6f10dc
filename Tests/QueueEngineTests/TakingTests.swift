import Machine
import Simulation
import Testing

@testable import QueueEngine

@Suite("Queues: messages that an operator takes out")
struct TakingTests {
    private func id(_ offset: UInt64, _ priority: UInt8 = 0) -> MessageID {
        MessageID(priority: priority, offset: offset)
    }

    @Test("what is taken out nobody gets: no group that is there, none that comes later, and none after a restart")
    func forAllGroups() throws {
        let rig = QueueRig()
        rig.publish(all: (0..<8).map { "\($0)" })
        _ = try rig.join(1, "early", credit: 2)
        rig.run()
        #expect(rig.taken() == ["0", "1"])
        #expect(
            rig.queue.take([self.id(1), self.id(3), self.id(4), self.id(6)], inHand: false, now: rig.now).map(\.offset)
                == [3, 4, 6]
        )
        rig.run()
        #expect(rig.status.depth == 5)
        _ = try rig.join(2, "late")
        rig.run()
        #expect(Set(rig.taken()) == ["0", "1", "2", "5", "7"])
        try rig.restart()
        #expect(rig.status.depth == 5)
        _ = try rig.join(3, "later still")
        rig.run()
        #expect(rig.taken() == ["0", "1", "2", "5", "7"])
        #expect(rig.queue.take([self.id(3), self.id(99)], inHand: true, now: rig.now).isEmpty)
    }

    @Test("what a consumer has in hand is taken only if that is asked for, and settling it then is an error")
    func inHand() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.publish(all: ["a", "b"])
        let first = try #require(rig.deliveries.first)
        #expect(rig.queue.take([first.id], inHand: false, now: rig.now).isEmpty)
        #expect(rig.queue.take([first.id], inHand: true, now: rig.now) == [first.id])
        rig.run()
        #expect(throws: QueueError.notPending(first.id)) { try rig.settle(first) }
        #expect(try rig.status(group).pending == 1 && rig.status.depth == 1)
    }

    @Test("a dead letter on its way stays where it is")
    func deadLetters() throws {
        let rig = QueueRig { $0.deadLetters.isEnabled = true }
        _ = try rig.join(1)
        rig.publish(all: ["bad"])
        try rig.settle(try #require(rig.deliveries.first), .rejected)
        rig.run()
        #expect(rig.queue.take([self.id(0)], inHand: true, now: rig.now).isEmpty && rig.deadLetters.count == 1)
    }

    @Test("purging up to a place leaves what is behind it, of each priority, and the limits count what is left")
    func purgeBefore() throws {
        let rig = QueueRig {
            $0.hasPriorities = true
            $0.limits.maximumMessages = 10
        }
        for number in 0..<5 {
            for priority in [0, 7] { rig.publish("\(priority)-\(number)", priority: UInt8(priority)) }
        }
        rig.run()
        #expect(rig.publish("no") == .refused(.full))
        let low = rig.queue.offset(ofLast: 2, priority: 0)
        let high = rig.queue.offset(ofLast: 1, priority: 7)
        #expect(low == 3 && high == 4)
        var offsets = [UInt64](repeating: 0, count: 10)
        (offsets[0], offsets[7]) = (low, high)
        #expect(try rig.queue.purge(before: offsets, now: rig.now) == 7)
        #expect(rig.status.depth == 3)
        rig.publish(all: ["yes"])
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["7-4", "0-3", "0-4", "yes"])
    }

    @Test("the last messages are counted without what was taken out")
    func lastMessages() {
        let rig = QueueRig()
        rig.publish(all: (0..<10).map { "\($0)" })
        _ = rig.queue.take([8, 7, 5].map { self.id($0) }, inHand: false, now: rig.now)
        rig.run()
        #expect((0...8).map { rig.queue.offset(ofLast: $0, priority: 0) } == [10, 9, 6, 4, 3, 2, 1, 0, 0])
    }

    @Test("of a stream nothing is taken out; purging up to a place trims it")
    func streams() throws {
        let rig = QueueRig(.stream)
        rig.publish(all: ["a", "b", "c"])
        #expect(rig.queue.take([self.id(0)], inHand: true, now: rig.now).isEmpty)
        #expect(try rig.queue.purge(before: [2], now: rig.now) == 2)
        _ = try rig.join(1, start: .first)
        rig.run()
        #expect(rig.taken() == ["c"])
    }

    @Test("whatever is taken out, in whatever order, the rest comes once, over restarts too", arguments: 0..<40)
    func randomly(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let rig = QueueRig()
        var left: [String] = []
        var published = 0
        var gone: Set<Int> = []
        for _ in 0..<12 {
            for _ in 0..<random.value(in: 0...9) {
                rig.publish("\(published)")
                left.append("\(published)")
                published += 1
            }
            rig.run()
            let chosen = (0..<published).filter { _ in random.value(in: 0...3) == 0 }
            let taken = rig.queue.take(chosen.map { self.id(UInt64($0)) }, inHand: true, now: rig.now)
            #expect(taken.map { Int($0.offset) } == chosen.filter { !gone.contains($0) })
            gone.formUnion(chosen)
            left.removeAll { gone.contains(Int($0) ?? -1) }
            rig.run()
            #expect(rig.status.depth == UInt64(left.count))
            if random.value(in: 0...2) == 0 { try rig.restart() }
        }
        _ = try rig.join(1, credit: 1_000)
        rig.run()
        #expect(rig.taken() == left)
    }
}
