import Machine
import Simulation
import Testing

@testable import QueueEngine

/// What is promised of messages that wait for their time and of streams, whenever the process ends.
@Suite("Delays and streams through crashes")
struct CrashTests {
    @Test(
        "every delayed message that was stored comes, never before its time, however often the process ends",
        arguments: 0..<30
    )
    func delayed(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let rig = QueueRig { $0.visibilityTimeout = 0 }
        rig.storesAtOnce = false
        var due: [String: UInt64] = [:]
        var came: Set<String> = []
        let delayedLog = LogID(owner: 7, part: .delayed)

        func take() throws {
            for delivery in rig.deliveries {
                let text = QueueRig.text(delivery.record)
                let time = try #require(due[text], "seed \(seed): \(text) was never published")
                #expect(time <= rig.wall, "seed \(seed): \(text) came before its time")
                came.insert(text)
                try rig.settle(delivery)
            }
            rig.deliveries = []
        }
        for step in 0..<80 {
            switch random.below(10) {
            case 0..<4:
                due["m\(step)"] = rig.wall + UInt64(1 + random.below(3_000))
                rig.publish("m\(step)", deliverAt: due["m\(step)"] ?? 0)
            case 4..<6:
                rig.now += 300
                rig.wall += 300
                rig.queue.tick(now: rig.now, wall: rig.wall)
            case 6:
                rig.queue.endOfBurst(now: rig.now, wall: rig.wall)
                rig.collect()
                rig.storeOne()
            case 7, 8:
                _ = try rig.join(1, credit: 100)
                rig.storesAtOnce = true
                rig.run()
                rig.storesAtOnce = false
                try take()
            default:
                try rig.restart()
                rig.deliveries = []
                let stored = rig.logs.log(delayedLog).next
                #expect(rig.queue.status(now: rig.now, wall: rig.wall).delayed <= stored)
            }
        }
        rig.storesAtOnce = true
        try rig.restart()
        rig.deliveries = []
        let promised = Int(rig.logs.log(delayedLog).next)
        _ = try rig.join(1, credit: 10_000)
        rig.run()
        try take()
        rig.advance(10_000)
        try take()
        rig.run()
        #expect(came.count >= promised, "seed \(seed): \(came.count) of \(promised) came")
        #expect(rig.status.delayed == 0)
        try rig.restart()
        _ = try rig.join(1)
        rig.run()
        #expect(rig.deliveries.isEmpty, "seed \(seed): what was settled came again")
    }

    @Test("a stream's group goes on with what it had committed, in order and without gaps", arguments: 0..<30)
    func streams(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let rig = QueueRig(.stream)
        rig.storesAtOnce = false
        var group = try rig.join(1, credit: 0)
        var expected: UInt64 = 0
        var isJoined = true
        for step in 0..<120 {
            switch random.below(12) {
            case 0..<4: rig.publish("\(step)")
            case 4: rig.storeOne()
            case 5, 6: if isJoined { rig.credit(1, group, UInt32(random.below(4))) }
            case 7: rig.advance(UInt64(random.below(4_000)))
            case 8:
                try rig.restart()
                rig.storesAtOnce = true
                rig.run()
                rig.storesAtOnce = false
                group = try rig.join(1, credit: 0)
                isJoined = true
                let committed = try rig.status(group).committed
                #expect(committed <= expected, "seed \(seed): committed what was not delivered")
                expected = committed
            default:
                rig.storesAtOnce = true
                rig.run()
                rig.storesAtOnce = false
            }
            for delivery in rig.deliveries {
                #expect(delivery.id.offset == expected, "seed \(seed): a gap, or out of order")
                expected = delivery.id.offset + 1
            }
            rig.deliveries = []
        }
    }

    @Test("a queue with a limit never holds more, whatever gives way", arguments: 0..<12)
    func limits(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let overflow = [QueueDefinition.Overflow.reject, .dropHead, .deadLetter][seed % 3]
        let rig = QueueRig {
            $0.limits.maximumMessages = 5
            $0.overflow = overflow
            $0.deadLetters.isEnabled = true
            $0.limits.ttl = 2_000
            $0.hasPriorities = true
        }
        let group = try rig.join(1, credit: 0)
        var taken = 0
        for step in 0..<200 {
            switch random.below(8) {
            case 0..<4:
                if case .appended = rig.publish("\(step)", priority: UInt8(random.below(10))) { taken += 1 }
            case 4: rig.credit(1, group, UInt32(random.below(3)))
            case 5: rig.advance(UInt64(random.below(900)))
            case 6: if let delivery = rig.deliveries.popLast() { try? rig.settle(delivery, .accepted) }
            default: rig.run()
            }
            #expect(rig.status.depth <= 5)
        }
        rig.credit(1, group, 1_000)
        for _ in 0..<20 {
            rig.run()
            for delivery in rig.deliveries { try? rig.settle(delivery) }
            for letter in rig.deadLetters { rig.queue.deadLettered(letter.ticket, now: rig.now) }
            rig.deliveries = []
            rig.deadLetters = []
        }
        rig.run()
        let counters = rig.status.counters
        #expect(rig.status.depth == 0)
        // Each message that was taken ends in exactly one way. Expiry is off as a reason for dead letters.
        #expect(
            counters.acknowledged + counters.deadLettered + counters.expired + counters.dropped == UInt64(taken),
            "seed \(seed): \(counters)"
        )
    }
}
