import Machine
import Testing

@testable import QueueEngine

@Suite("What a consumer leaves behind")
struct LeavingTests {
    private func leave(_ rig: QueueRig, _ consumer: UInt64, _ group: GroupNumber, seen: UInt32?) {
        rig.queue.leave(ConsumerID(bits: consumer), group: group, seen: seen, now: rig.now, wall: rig.wall)
        rig.run()
    }

    @Test("what a consumer left behind is ready, not in hand, wherever it is counted")
    func counts() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 3)
        rig.publish(all: ["a", "b", "c", "d", "e"])
        #expect(rig.status.pending == 3 && rig.status.waiting == 2)
        try rig.settle(rig.deliveries[0], .failed(delay: 1_000))
        rig.leave(1, group)
        rig.run()
        #expect(rig.status.depth == 5)
        #expect(rig.status.waiting == 4 && rig.status.pending == 1, "only what waits for its time is in hand")
        let status = try rig.status(group)
        #expect(status.waiting == 4 && status.pending == 1 && status.lag == 5)
        #expect(rig.queue.state(of: MessageID(priority: 0, offset: 0)) == .unacknowledged)
        #expect(rig.queue.state(of: MessageID(priority: 0, offset: 1)) == .ready)
        rig.advance(1_000)
        #expect(rig.status.waiting == 5 && rig.status.pending == 0)
    }

    @Test("the count of what is free follows every way out of it", arguments: 1...20 as ClosedRange<UInt64>)
    func count(seed: UInt64) throws {
        let rig = QueueRig {
            $0.deadLetters.isEnabled = true
            $0.retry.maximumDeliveries = 3
            $0.limits.ttl = 5_000
        }
        var state = seed
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        for step in 0..<200 {
            switch random(6) {
            case 0, 1: rig.publish("\(step)")
            case 2: _ = try rig.join(UInt64(random(3)), credit: UInt32(random(4)))
            case 3: if let group = rig.queue.groupNumber(named: "g") { rig.leave(UInt64(random(3)), group) }
            case 4:
                if let delivery = rig.deliveries.randomElement(at: random(100)) {
                    let verdicts: [Settlement] = [.accepted, .released, .rejected, .failed(delay: 50)]
                    try? rig.settle(delivery, verdicts[random(4)])
                }
            default: rig.advance(UInt64(random(400)))
            }
            rig.run()
            for letter in rig.deadLetters { rig.queue.deadLettered(letter.ticket, now: rig.now) }
            rig.deadLetters = []
            for group in rig.queue.groups {
                let free = group.pending.entries.count { $0.state == .ready }
                #expect(group.pending.ready == free)
            }
        }
    }

    @Test("what was sent and never came to its consumer goes to others uncounted, and is no dead letter")
    func unseen() throws {
        let rig = QueueRig {
            $0.retry.maximumDeliveries = 1
            $0.deadLetters.isEnabled = true
        }
        let group = try rig.join(1, credit: 4)
        rig.publish(all: ["a", "b", "c", "d"])
        #expect(rig.taken() == ["a", "b", "c", "d"])
        self.leave(rig, 1, group, seen: 2)
        #expect(rig.deadLetters.map(\.ticket.id.offset) == [0, 1], "these two were its last attempts")
        _ = try rig.join(2)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [1, 1])
        #expect(rig.taken() == ["c", "d"])
    }

    @Test(
        "a consumer that saw everything, or of which nobody knows, is counted as ever",
        arguments: [4, nil] as [UInt32?]
    )
    func seen(_ seen: UInt32?) throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 4)
        rig.publish(all: ["a", "b", "c", "d"])
        self.leave(rig, 1, group, seen: seen)
        rig.deliveries = []
        _ = try rig.join(2)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [2, 2, 2, 2])
    }

    @Test("a delivery that was not seen stays uncounted over a restart")
    func restart() throws {
        let rig = QueueRig { $0.retry.maximumDeliveries = 1 }
        let group = try rig.join(1, credit: 1)
        rig.publish(all: ["a"])
        self.leave(rig, 1, group, seen: 0)
        rig.deliveries = []
        try rig.restart()
        _ = try rig.join(2)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [1])
    }

    @Test("what nobody has seen goes before newer messages, also when it has to be read from disk and they have not")
    func order() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 2)
        rig.publish(all: ["a", "b"])
        self.leave(rig, 1, group, seen: 0)
        try rig.restart()
        rig.deliveries = []
        rig.publish(all: ["c", "d"])
        rig.readsAtOnce = false
        _ = try rig.join(2)
        rig.run()
        #expect(rig.deliveries.isEmpty)
        rig.readsAtOnce = true
        rig.answerReads()
        rig.run()
        #expect(rig.deliveries.map(\.count) == [1, 1, 1, 1])
        #expect(rig.taken() == ["a", "b", "c", "d"])
    }

    // MARK: By hand

    private func settle(_ rig: QueueRig, _ group: GroupNumber, _ offset: UInt64, _ settlement: Settlement) throws {
        let id = MessageID(priority: 0, offset: offset)
        try rig.queue.settle(id, group: group, by: nil, settlement, isOperator: true, now: rig.now, wall: rig.wall)
        rig.run()
    }

    @Test("an operator rejects and releases what nobody has at the moment")
    func byHand() throws {
        let rig = QueueRig { $0.deadLetters.isEnabled = true }
        let group = try rig.join(1, credit: 2)
        rig.publish(all: ["a", "b"])
        try rig.settle(rig.deliveries[1], .failed(delay: 60_000))
        rig.leave(1, group)
        rig.run()
        #expect(throws: QueueError.self) {
            try rig.queue.settle(
                MessageID(priority: 0, offset: 0),
                group: group,
                by: nil,
                .rejected,
                now: rig.now,
                wall: rig.wall
            )
        }
        try self.settle(rig, group, 1, .released)
        #expect(rig.status.waiting == 2, "its back-off is over")
        try self.settle(rig, group, 0, .released)
        #expect(rig.status.waiting == 2, "it was free already")
        try self.settle(rig, group, 0, .rejected)
        #expect(rig.deadLetters.map(\.ticket.id.offset) == [0])
        #expect(throws: QueueError.notPending(MessageID(priority: 0, offset: 7))) {
            try self.settle(rig, group, 7, .rejected)
        }
        rig.deliveries = []
        _ = try rig.join(2)
        rig.run()
        #expect(rig.deliveries.map(\.count) == [2])
    }

    // MARK: Lag and age

    @Test("what gave way to new messages is no lag: it is what the group has not settled")
    func lagWithDropHead() throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 3
            $0.overflow = .dropHead
        }
        let group = try rig.join(1, credit: 1)
        rig.publish(all: (0..<10).map(String.init))
        let status = try rig.status(group)
        #expect(status.lag == 3 && status.pending == 1 && status.waiting == 2)
        try rig.settle(rig.deliveries[0])
        rig.run()
        #expect(try rig.status(group).lag == 2)
    }

    @Test("how long the oldest message has waited is known after a restart, without anybody reading")
    func ageAfterRestart() throws {
        let rig = QueueRig { $0.hasPriorities = true }
        let group = try rig.join(1, credit: 1)
        rig.publish("old", priority: 3)
        rig.run()
        rig.leave(1, group)  // behind the cursor: nothing that looks for expiry reads it
        rig.advance(7_000)
        rig.publish("new", priority: 9)
        rig.run()
        try rig.restart()
        #expect(rig.status.oldestAge == nil, "not yet: it stands on the disk")
        rig.run()
        #expect(rig.status.oldestAge == 7_010)
    }

    @Test("marks that are learnt stand between the others, and the newest are the ones that stay")
    func marks() {
        var marks = TimeMarks()
        marks.add(100, 1_000)
        marks.learn(50, 500)
        #expect(marks.time(of: 49) == nil && marks.time(of: 50) == 500 && marks.time(of: 99) == 500)
        marks.learn(50, 999)
        #expect(marks.time(of: 60) == 500, "what is known is not learnt again")
        for offset in 51...90 { marks.learn(UInt64(offset), UInt64(offset * 10)) }
        #expect(marks.time(of: 90) == 900 && marks.time(of: 100) == 1_000)
    }
}

extension Array {
    fileprivate func randomElement(at number: Int) -> Element? { self.isEmpty ? nil : self[number % self.count] }
}
