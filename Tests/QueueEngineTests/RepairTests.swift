import Machine
import Testing

@testable import QueueEngine

@Suite("Queues: repairs")
struct RepairTests {
    private let groups = LogID(owner: 7, part: .groups)

    @Test("a queue that stands still refuses publishes, verdicts and changes of its groups, and writes nothing")
    func standsStill() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.publish(all: ["a", "b"])
        let delivery = try #require(rig.deliveries.first)
        rig.queue.stop()
        #expect(rig.publish("c") == .refused(.storage))
        #expect(throws: QueueError.damaged) { try rig.settle(delivery) }
        #expect(throws: QueueError.damaged) { try rig.queue.seek(group, to: .first, now: rig.now) }
        let before = rig.logs.log(self.groups).next
        rig.advance(120_000)
        #expect(rig.logs.log(self.groups).next == before && rig.taken() == ["a", "b"])
        rig.queue.goOn()
        rig.run()
        #expect(rig.taken() == ["a", "b"], "the visibility timeout has passed meanwhile")
        #expect(rig.publish("c") == .appended(MessageID(priority: 0, offset: 2)))
    }

    @Test("the queue behind a repair has the same groups, consumers, credit and counters; what was in hand comes again")
    func takesOver() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 3)
        rig.publish(all: ["a", "b", "c", "d", "e"])
        try rig.settle(rig.deliveries[1])
        rig.run()
        #expect(rig.taken() == ["a", "b", "c"])
        try rig.repair()
        rig.run()
        #expect(rig.taken() == [], "its credit is used up")
        rig.credit(1, group, 4)
        rig.run()
        #expect(
            rig.deliveries.map(\.count).sorted() == [1, 1, 2, 2] && rig.deliveries.allSatisfy { $0.consumer.bits == 1 }
        )
        #expect(rig.taken().sorted() == ["a", "c", "d", "e"])
        #expect(rig.status.consumers == 1 && rig.status.counters.published == 5)
        #expect(try rig.status(group).counters.acknowledged == 1)
    }

    @Test("with the journal's last state written first, damage in what was before costs nothing")
    func snapshotFirst() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        for text in ["a", "b", "c", "d"] { rig.publish(all: [text]) }
        for delivery in rig.deliveries.dropLast() { try rig.settle(delivery) }
        rig.run()
        rig.deliveries = []
        rig.queue.prepareRepair()
        rig.run()
        for offset in 1..<(rig.logs.log(self.groups).next - 1) { rig.logs.remove(offset, of: self.groups) }
        try rig.repair()
        rig.run()
        #expect(rig.taken() == ["d"])
    }

    @Test(
        "what a group may have been given in records that are gone comes again, unless it is known to be settled",
        arguments: 0..<12
    )
    func lostOperations(_ lost: Int) throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        for number in 0..<6 { rig.publish(all: ["\(number)"]) }
        for number in [4, 1] {
            try rig.settle(rig.deliveries[number])
            rig.run()
        }
        let last = rig.logs.log(self.groups).next
        guard lost < last else { return }
        rig.logs.remove(UInt64(lost), of: self.groups)
        try rig.restart()
        rig.deliveries = []
        _ = try rig.join(2)
        rig.run()
        let came = Set(rig.taken())
        #expect(came.isSuperset(of: ["0", "2", "3", "5"]), "without record \(lost)")
        // One record tells of one message here: no more than that is in doubt.
        #expect(came.count <= 5 || lost == 0)
        // Written anew as a whole: the next restart is in no doubt.
        try rig.restart()
        #expect(rig.logs.log(self.groups).next > last)
    }

    @Test("what comes again in doubt goes to groups whose filter takes it, and to no other")
    func doubtfulAndFiltered() throws {
        let rig = QueueRig()
        _ = try rig.join(1, "g", filter: "eu/#")
        for number in 0..<6 {
            rig.publish("\(number)", topic: number % 2 == 0 ? "$queue/q/eu/x" : "$queue/q/us/x")
            rig.run()
        }
        #expect(rig.taken() == ["0", "2", "4"])
        let log = rig.logs.log(self.groups)
        for offset in (log.head + 1)..<(log.next - 1) { rig.logs.remove(offset, of: self.groups) }
        try rig.restart()
        let group = try rig.join(2, "g", filter: "eu/#")
        rig.run()
        #expect(Set(rig.taken()) == ["0", "2", "4"])
        #expect(try rig.status(group).pending == 3)
    }

    @Test("a consumer whose group the journal has lost begins with the oldest message, under its number")
    func lostGroup() throws {
        let rig = QueueRig()
        let group = try rig.join(1)
        rig.publish(all: ["a", "b"])
        #expect(rig.taken() == ["a", "b"])
        for offset in 0..<rig.logs.log(self.groups).next { rig.logs.remove(offset, of: self.groups) }
        try rig.repair()
        rig.run()
        #expect(rig.taken() == ["a", "b"])
        #expect(try rig.status(group).consumers == 1)
        #expect(try rig.join(2, "other") > group)
    }

    @Test("records that are gone are passed over and counted, of the queue and of what waits for its time")
    func lostRecords() throws {
        let rig = QueueRig()
        for text in ["a", "b", "c"] { rig.publish(text) }
        for text in ["x", "y"] { rig.publish(text, deliverAt: rig.wall + 5_000) }
        rig.run()
        rig.logs.remove(1, of: LogID(owner: 7, part: .messages()))
        rig.logs.remove(0, of: LogID(owner: 7, part: .delayed))
        _ = try rig.join(1, credit: 100)
        rig.deliveries = []
        try rig.repair()
        rig.run()
        rig.advance(6_000)
        #expect(rig.taken() == ["a", "c", "y"])
        #expect(rig.status.counters.dropped >= 1)
    }
}

extension QueueRig {
    /// The logs were repaired: the queue is made anew of them, and takes over from the one that was there.
    fileprivate func repair() throws {
        let former = self.queue
        former.stop()
        try self.restart()
        self.queue.takeOver(from: former, now: self.now)
    }
}
