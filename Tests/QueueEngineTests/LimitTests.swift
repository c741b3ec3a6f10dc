import Machine
import Testing

@testable import QueueEngine

@Suite("Limits, expiry and retention of queues")
struct LimitTests {
    @Test("a queue that is full refuses, and takes again when something is settled")
    func reject() throws {
        let rig = QueueRig { $0.limits.maximumMessages = 2 }
        _ = try rig.join(1)
        rig.publish(all: ["a", "b"])
        #expect(rig.publish("c") == .refused(.full))
        try rig.settle(rig.deliveries[1])
        #expect(rig.publish("c") == .appended(MessageID(number: 2)))
        #expect(rig.publish("d") == .refused(.full))
        #expect(rig.status.counters.refused == 2)
    }

    @Test("S6: a limit of 0 is no limit")
    func noLimit() throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 0
            $0.limits.ttl = 0
            $0.limits.maximumMessageSize = 0
            $0.retry.maximumDeliveries = 0
            $0.visibilityTimeout = 0
        }
        _ = try rig.join(1, credit: 0)
        for _ in 0..<100_001 { rig.publish("x") }
        rig.run()
        #expect(rig.status.depth == 100_001)
        rig.advance(400 * 24 * 3_600_000)
        #expect(rig.status.depth == 100_001)
    }

    @Test("the message that is too large is refused, the one that is just not is taken")
    func tooLarge() {
        let rig = QueueRig { $0.limits.maximumMessageSize = 13 }
        #expect(rig.publish("123") == .appended(MessageID(number: 0)))
        #expect(rig.publish("1234") == .refused(.tooLarge))
    }

    @Test("the oldest waiting message gives way, never one that somebody has")
    func dropHead() throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 3
            $0.overflow = .dropHead
        }
        let group = try rig.join(1, credit: 1)
        rig.publish(all: ["a"])
        rig.publish(all: ["b", "c", "d"])
        #expect(rig.status.counters.dropped == 1 && rig.status.depth == 3)
        rig.credit(1, group, 10)
        rig.run()
        #expect(rig.taken() == ["a", "c", "d"])
        #expect(rig.publish("e") == .refused(.full))
    }

    @Test("what gives way is moved aside, if the queue says so")
    func overflowDeadLetter() throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 2
            $0.overflow = .deadLetter
            $0.deadLetters.isEnabled = true
        }
        rig.publish(all: ["a", "b", "c"])
        #expect(rig.deadLetters.map { QueueRig.text($0.record) } == ["a"])
        #expect(rig.deadLetters.map(\.reason) == [.overflow])
        rig.queue.deadLettered(rig.deadLetters[0].ticket, now: rig.now)
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["b", "c"])
    }

    @Test("a limit of bytes counts bodies that nobody settled")
    func bytes() throws {
        let rig = QueueRig { $0.limits.maximumBytes = 100 }
        _ = try rig.join(1)
        rig.publish(all: [String(repeating: "x", count: 60)])
        #expect(rig.publish(String(repeating: "y", count: 60)) == .refused(.full))
        try rig.settle(rig.deliveries[0])
        #expect(rig.publish(String(repeating: "y", count: 60)) == .appended(MessageID(number: 1)))
    }

    @Test("a message expires by the queue's limit or its own time, whichever is first, and is not delivered then")
    func expiry() throws {
        let rig = QueueRig { $0.limits.ttl = 1_000 }
        let group = try rig.join(1, credit: 0)
        rig.publish("own", expiry: rig.wall + 500)
        rig.publish("queue's")
        rig.publish("later", expiry: rig.wall + 5_000)
        #expect(rig.publish("too late", expiry: rig.wall) == .dropped)
        rig.run()
        rig.advance(500)
        #expect(rig.status.counters.expired == 2 && rig.status.depth == 2)
        rig.advance(499)
        #expect(rig.status.depth == 2)
        rig.advance(1)
        rig.credit(1, group, 9)
        rig.publish(all: ["new"])
        #expect(rig.taken() == ["new"])
        #expect(rig.status.counters.expired == 4)
    }

    @Test("a message that expired while it was pending is not delivered again")
    func expiredPending() throws {
        let rig = QueueRig { $0.limits.ttl = 1_000 }
        let group = try rig.join(1)
        rig.publish(all: ["a"])
        rig.advance(2_000)
        try rig.settle(rig.deliveries[0], .failed(delay: nil))
        rig.run()
        #expect(rig.deliveries.count == 1)
        #expect(try rig.status(group).committed == 1 && rig.status.counters.expired == 1)
    }

    @Test("S9: a stream, and a queue without groups, without limits are never truncated")
    func unlimited() throws {
        for kind in [QueueDefinition.Kind.stream, .classic] {
            let rig = QueueRig(kind) { $0.limits.ttl = 0 }
            rig.publish(all: ["a", "b"])
            if kind == .stream { _ = try rig.join(1) }
            for _ in 0..<10 { rig.advance(300_000) }
            #expect(rig.logs.trims.isEmpty && rig.logs.retentions.isEmpty)
            #expect(rig.status.depth == 2)
        }
    }

    @Test("a work queue's log is trimmed up to what the slowest group has settled")
    func trim() throws {
        let rig = QueueRig()
        _ = try rig.join(1, "one")
        _ = try rig.join(2, "two")
        rig.publish(all: ["a", "b", "c"])
        let log = LogID(owner: 7, part: .messages())
        for delivery in rig.deliveries where delivery.consumer.bits == 1 { try rig.settle(delivery) }
        rig.advance(60_000)
        #expect(!rig.logs.trims.contains { $0.0 == log })
        let second = rig.deliveries.filter { $0.consumer.bits == 2 && $0.count == 1 }
        try rig.settle(second[0])
        try rig.settle(second[2])
        rig.advance(60_000)
        #expect(rig.logs.trims.last { $0.0 == log }?.1 == 1)
        try rig.settle(second[1])
        rig.advance(60_000)
        #expect(rig.logs.trims.last { $0.0 == log }?.1 == 3)
    }

    @Test("retention wins over a group that lags: it goes on behind, and what it missed is counted")
    func hardLimits() throws {
        let rig = QueueRig { $0.retention.maximumMessages = 2 }
        let group = try rig.join(1, credit: 1)
        rig.publish(all: ["a", "b", "c", "d"])
        rig.advance(300_000)
        let log = LogID(owner: 7, part: .messages())
        #expect(rig.logs.retentions.last?.0 == log && rig.logs.retentions.last?.1.maximumRecords == 2)
        rig.logs.trim(log, before: 3)
        rig.queue.trimmed(.messages(), head: 3, bytes: 10)
        #expect(rig.status.counters.dropped == 3)
        rig.deliveries = []
        rig.credit(1, group, 10)
        rig.run()
        #expect(rig.taken() == ["d"])
        #expect(try rig.status(group).committed == 3)
    }

    @Test("segments of a stream go by its retention, and expired ones by its limit of time")
    func streamRetention() {
        let rig = QueueRig(.stream) {
            $0.retention.maximumBytes = 1 << 30
            $0.limits.ttl = 3_600_000
        }
        rig.publish(all: ["a"])
        rig.advance(300_000)
        var wanted = LogRetention()
        wanted.maximumBytes = 1 << 30
        wanted.maximumAge = 3_600_000
        #expect(rig.logs.retentions.map(\.1) == [wanted])
    }

    @Test("a quarantined log refuses publishes and delivers nothing, and others are told")
    func quarantine() throws {
        let rig = QueueRig()
        let group = try rig.join(1, credit: 0)
        rig.publish(all: ["a"])
        rig.queue.quarantined(.messages(), StorageFailure(.damaged, "segment 0: checksum"))
        rig.credit(1, group, 5)
        rig.run()
        #expect(rig.taken() == [] && rig.publish("b") == .refused(.storage))
        guard case .quarantined(let log, _)? = rig.events.last else {
            Issue.record("nobody was told")
            return
        }
        #expect(log == LogID(owner: 7, part: .messages()))
    }
}

@Suite("Priorities, delays, duplicates")
struct MessageKindTests {
    @Test("a higher priority is delivered first, each priority in order, and ids tell both")
    func priorities() throws {
        let rig = QueueRig { $0.hasPriorities = true }
        let group = try rig.join(1, credit: 0)
        for (text, priority) in [("a", 0), ("b", 9), ("c", 4), ("d", 9), ("e", 200)] {
            rig.publish(text, priority: UInt8(priority))
        }
        rig.run()
        rig.credit(1, group, 10)
        rig.run()
        #expect(rig.deliveries.map(\.id.number) == [9 << 56, 9 << 56 | 1, 9 << 56 | 2, 4 << 56, 0])
        #expect(rig.taken() == ["b", "d", "e", "c", "a"])
        #expect(rig.queue.lanes.filter { $0.next > 0 }.count == 3)
    }

    @Test("a returned message goes before waiting ones of its priority and behind higher ones")
    func returnedPriority() throws {
        let rig = QueueRig { $0.hasPriorities = true }
        let group = try rig.join(1, credit: 1)
        rig.publish("low", priority: 3)
        rig.run()
        rig.publish("low2", priority: 3)
        rig.publish("high", priority: 5)
        rig.run()
        try rig.settle(rig.deliveries[0], .released)
        rig.credit(1, group, 10)
        rig.run()
        #expect(rig.taken() == ["low", "high", "low", "low2"])
    }

    @Test("without priorities everything is in one order")
    func noPriorities() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        rig.publish("a", priority: 1)
        rig.publish("b", priority: 9)
        rig.run()
        #expect(rig.taken() == ["a", "b"])
    }

    @Test("a delayed message is delivered when its time has come, in the order of times, and its log goes then")
    func delayed() throws {
        let rig = QueueRig()
        _ = try rig.join(1)
        #expect(rig.publish("late", deliverAt: rig.wall + 2_000) == .delayed)
        #expect(rig.publish("early", deliverAt: rig.wall + 1_000) == .delayed)
        #expect(rig.publish("now", deliverAt: rig.wall) == .appended(MessageID(number: 0)))
        rig.run()
        #expect(rig.taken() == ["now"] && rig.status.delayed == 2)
        #expect(rig.queue.deadline(now: rig.now, wall: rig.wall) == rig.now + 1_000)
        rig.advance(1_000)
        #expect(rig.taken() == ["early"])
        rig.advance(1_000)
        #expect(rig.taken() == ["late"] && rig.status.delayed == 0)
        rig.advance(60_000)
        #expect(rig.logs.trims.contains { $0.0 == LogID(owner: 7, part: .delayed) && $0.1 == 2 })
    }

    @Test("delayed messages survive a restart, and those that were delivered do not come again")
    func delayedRestart() throws {
        let rig = QueueRig()
        for (text, delay) in [("c", 3_000), ("a", 1_000), ("b", 2_000)] {
            rig.publish(text, deliverAt: rig.wall + UInt64(delay))
        }
        rig.run()
        rig.advance(1_000)
        #expect(rig.status.delayed == 2)
        try rig.restart()
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["a"])
        rig.advance(2_000)
        #expect(rig.taken() == ["b", "c"])
        try rig.restart()
        rig.run()
        #expect(rig.status.delayed == 0)
    }

    @Test("only so many messages may wait for their time")
    func delayedBound() {
        let rig = QueueRig { $0.limits.maximumDelayed = 2 }
        for _ in 0..<2 { #expect(rig.publish("x", deliverAt: rig.wall + 10) == .delayed) }
        #expect(rig.publish("x", deliverAt: rig.wall + 10) == .refused(.tooManyDelayed))
    }

    @Test("a message id counts once within its window, also over a restart, and again after it")
    func duplicates() throws {
        let rig = QueueRig { $0.dedupeWindow = 1_000 }
        #expect(rig.publish("a", id: "x") == .appended(MessageID(number: 0)))
        #expect(rig.publish("a", id: "x") == .duplicate)
        #expect(rig.publish("b") == .appended(MessageID(number: 1)))
        #expect(rig.publish("c", deliverAt: rig.wall + 500, id: "y") == .delayed)
        rig.run()
        rig.readsAtOnce = false
        try rig.restart()
        rig.run()
        #expect(rig.publish("a", id: "x") == .refused(.recovering))
        #expect(rig.publish("d") == .appended(MessageID(number: 2)))
        rig.readsAtOnce = true
        rig.answerReads()
        rig.run()
        #expect(!rig.queue.isRecovering)
        #expect(rig.publish("a", id: "x") == .duplicate)
        #expect(rig.publish("c", id: "y") == .duplicate)
        rig.advance(1_000)
        #expect(rig.publish("a", id: "x") != .duplicate)
        #expect(rig.status.counters.duplicates == 2)
    }

    @Test("what was refused is no duplicate later")
    func refusedIsNotRemembered() throws {
        let rig = QueueRig {
            $0.dedupeWindow = 1_000
            $0.limits.maximumMessages = 1
        }
        _ = try rig.join(1)
        rig.publish(all: ["a"])
        #expect(rig.publish("b", id: "x") == .refused(.full))
        try rig.settle(rig.deliveries[0])
        #expect(rig.publish("b", id: "x") == .appended(MessageID(number: 1)))
    }

    @Test("the window forgets the oldest ids when it is full, and never takes a new one for known")
    func windowBound() {
        var window = DedupeWindow()
        for number in 0..<70_000 {
            let id = Array("\(number)".utf8)
            #expect(!window.contains(id, window: 10_000, wall: 5))
            window.insert(id, window: 10_000, wall: 5)
        }
        #expect(window.count == DedupeWindow.maximumIDs)
        #expect(!window.contains(Array("1".utf8), window: 10_000, wall: 5))
        #expect(window.contains(Array("69999".utf8), window: 10_000, wall: 5))
    }
}
