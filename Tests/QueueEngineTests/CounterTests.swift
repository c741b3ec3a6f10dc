import Machine
import Testing

@testable import QueueEngine

@Suite("What queues count")
struct CounterTests {
    @Test("refused publishes are counted by reason")
    func refused() throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 1
            $0.limits.maximumMessageSize = 30
            $0.limits.maximumDelayed = 1
        }
        _ = try rig.join(1, credit: 0)
        rig.publish("a")
        rig.publish("b")
        rig.publish(String(repeating: "c", count: 100))
        rig.publish("d", deliverAt: rig.wall + 1_000)
        rig.publish("e", deliverAt: rig.wall + 1_000)
        rig.run()
        rig.queue.quarantined(.messages(), StorageFailure(.damaged, "flipped"))
        rig.publish("f")
        var expected = QueueCounters()
        (expected.published, expected.publishedBytes) = (2, rig.status.counters.publishedBytes)
        (expected.refusedFull, expected.refusedTooLarge) = (1, 1)
        (expected.refusedDelayed, expected.refusedStorage) = (1, 1)
        #expect(rig.status.counters == expected)
        #expect(rig.status.counters.refused == 4)
    }

    @Test("dropped messages are counted by reason, in the queue and in the group")
    func dropped() throws {
        let rig = QueueRig {
            $0.limits.maximumMessages = 2
            $0.overflow = .dropHead
            $0.retry.maximumDeliveries = 1
        }
        let group = try rig.join(1, credit: 2)
        rig.publish(all: ["a", "b"])
        try rig.settle(rig.deliveries[0], .rejected)
        try rig.settle(rig.deliveries[1], .failed(delay: nil))
        rig.publish(all: ["c", "d", "e"])
        rig.queue.trimmed(.messages(), head: 4, bytes: 0)
        let counters = rig.status.counters
        #expect(counters.droppedRejected == 1 && counters.droppedDeliveries == 1 && counters.droppedOverflow == 1)
        #expect(counters.droppedRetention == 1 && counters.dropped == 4 && counters.deadLettered == 0)
        #expect(try rig.status(group).counters.dropped == 4)
    }

    @Test("dead letters are counted by reason, once the target has them")
    func deadLettered() throws {
        let rig = QueueRig {
            $0.deadLetters.isEnabled = true
            $0.deadLetters.reasons = .all
            $0.limits.maximumMessages = 3
            $0.limits.ttl = 10_000
            $0.overflow = .deadLetter
            $0.retry.maximumDeliveries = 1
        }
        let group = try rig.join(1, credit: 2)
        rig.publish(all: ["a", "b"])
        try rig.settle(rig.deliveries[0], .rejected)
        try rig.settle(rig.deliveries[1], .failed(delay: nil))
        rig.publish(all: ["c", "d", "e", "f"])
        #expect(rig.status.counters.deadLettered == 0)
        rig.advance(10_000)
        for letter in rig.deadLetters { rig.queue.deadLettered(letter.ticket, now: rig.now) }
        rig.run()
        let counters = rig.status.counters
        #expect(counters.deadLetteredRejected == 1 && counters.deadLetteredDeliveries == 1)
        #expect(counters.deadLetteredOverflow == 1 && counters.deadLetteredExpired == 3)
        #expect(counters.deadLettered == 6 && counters.dropped == 0 && counters.expired == 3)
        #expect(try rig.status(group).counters.deadLettered == 6)
    }

    @Test("sums and differences have every figure")
    func sums() {
        // A figure that a sum forgets stays 0, or as it was.
        let size = MemoryLayout<QueueCounters>.size / 8
        let ones = unsafeBitCast(InlineArray<26, UInt64> { UInt64($0) + 1 }, to: QueueCounters.self)
        #expect(size == 26)
        var twice = ones
        twice += ones
        #expect(twice - ones == ones && ones - twice == QueueCounters())
        #expect(QueueCounters().raised(to: ones) == ones && twice.raised(to: ones) == twice)
        #expect(twice.published == 2 && twice.droppedUnreadable == 52)
    }
}
