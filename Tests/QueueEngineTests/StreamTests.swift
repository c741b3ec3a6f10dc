import Machine
import Testing

@testable import QueueEngine

@Suite("Streams")
struct StreamTests {
    private static func filled(_ count: Int = 5, _ change: (inout QueueDefinition) -> Void = { _ in }) -> QueueRig {
        let rig = QueueRig(.stream, change)
        for index in 0..<count {
            rig.publish("\(index)")
            rig.run()
            rig.wall += 10
            rig.now += 10
        }
        return rig
    }

    @Test(
        "a group begins where it asks to",
        arguments: [
            (StartPosition.stored, ["0", "1", "2", "3", "4"]), (.first, ["0", "1", "2", "3", "4"]), (.last, ["4"]),
            (.next, []),
            (.offset(3), ["3", "4"]), (.offset(99), []), (.back(2), ["3", "4"]),
            (.back(99), ["0", "1", "2", "3", "4"]),
            (.time(1_700_000_000_025), ["3", "4"]), (.time(0), ["0", "1", "2", "3", "4"]),
        ]
    )
    func start(position: StartPosition, expected: [String]) throws {
        let rig = StreamTests.filled()
        _ = try rig.join(1, start: position)
        rig.run()
        #expect(rig.taken() == expected)
        rig.publish(all: ["new"])
        #expect(rig.taken() == ["new"])
    }

    @Test("the last message of each key comes first, oldest first, then what is new")
    func lastPerKey() throws {
        let rig = QueueRig(.stream)
        for (text, key) in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("c1", "c"), ("b2", "b")] {
            rig.publish(text, key: key)
        }
        rig.run()
        _ = try rig.join(1, start: .lastPerKey)
        rig.publish("a3", key: "a")
        rig.run()
        #expect(rig.taken() == ["a2", "c1", "b2", "a3"])
        #expect(throws: QueueError.notAStream(group: "x")) { _ = try QueueRig().join(1, "x", start: .lastPerKey) }
    }

    @Test("nothing is pending: a release or a return means nothing, a reject moves on, and all readers get all")
    func settling() throws {
        let rig = StreamTests.filled(2)
        let one = try rig.join(1, "one")
        _ = try rig.join(2, "two")
        rig.run()
        #expect(rig.deliveries.count == 4 && rig.deliveries.allSatisfy { $0.count == 1 })
        try rig.settle(rig.deliveries[0], .failed(delay: nil))
        rig.run()
        rig.advance(60_000)
        #expect(rig.deliveries.count == 4)
        #expect(try rig.status(one).pending == 0)
        try rig.queue.settle(
            MessageID(number: 1),
            group: one,
            by: nil,
            .rejected,
            now: rig.now,
            wall: rig.wall
        )
        #expect(try rig.status(one).committed == 2)
    }

    @Test("consumers of a group share its cursor")
    func sharedCursor() throws {
        let rig = StreamTests.filled(0)
        _ = try rig.join(1)
        _ = try rig.join(2)
        rig.publish(all: ["a", "b", "c", "d"])
        #expect(rig.deliveries.map(\.consumer.bits) == [1, 2, 1, 2])
    }

    @Test("the cursor is committed by itself at intervals, and a restart begins with what is committed")
    func autoCommit() throws {
        let rig = StreamTests.filled(3)
        let group = try rig.join(1, credit: 2)
        rig.run()
        #expect(try rig.status(group).committed == 0)
        rig.advance(4_999)
        #expect(try rig.status(group).committed == 0)
        rig.advance(1)
        #expect(try rig.status(group).committed == 2)
        rig.credit(1, group, 1)
        rig.run()
        #expect(rig.taken() == ["0", "1", "2"])
        try rig.restart()
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["2"])
    }

    @Test("an acknowledgement commits, if the group commits by itself; a commit never passes the cursor")
    func manualCommit() throws {
        let rig = StreamTests.filled(3)
        let automatic = try rig.join(1, "automatic")
        let manual = try rig.join(2, "manual", commits: false)
        rig.run()
        for delivery in rig.deliveries.prefix(2) { try rig.settle(delivery) }
        for delivery in rig.deliveries.suffix(2) { try rig.settle(delivery) }
        let committed = [try rig.status(automatic).committed, try rig.status(manual).committed]
        #expect(committed.contains(0) && committed[1] == 0 && committed[0] > 0)
        rig.advance(10_000)
        #expect(try rig.status(manual).committed == 0 && (try rig.status(automatic).committed) == 3)
        try rig.queue.commit(MessageID(number: 2), group: manual)
        #expect(try rig.status(manual).committed == 2 && (try rig.status(manual).lag) == 1)
        #expect(throws: QueueError.invalidOffset(4, expected: 0...3)) {
            try rig.queue.commit(MessageID(number: 4), group: manual)
        }
        let work = QueueRig()
        let group = try work.join(1)
        #expect(throws: QueueError.notAStream(group: "g")) { try work.queue.commit(MessageID(number: 0), group: group) }
    }

    @Test("a group reads again what it read, when it is sought back")
    func replay() throws {
        let rig = StreamTests.filled(3)
        let group = try rig.join(1)
        rig.run()
        #expect(rig.taken().count == 3)
        try rig.queue.seek(group, to: .first, now: rig.now)
        rig.run()
        #expect(rig.taken() == ["0", "1", "2"])
        try rig.restart()
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["0", "1", "2"])
    }

    @Test("a reader far behind reads from disk, and those at the tail do not notice")
    func farBehind() throws {
        let rig = QueueRig(.stream)
        _ = try rig.join(1, "tail", credit: 1_000_000)
        let text = String(repeating: "x", count: 1_000)
        for _ in 0..<40 {
            for _ in 0..<100 { rig.publish(text) }
            rig.run()
        }
        #expect(rig.readCount == 0 && rig.deliveries.count == 4_000)
        _ = try rig.join(2, "far", credit: 1_000_000, start: .first)
        _ = try rig.join(3, "far too", credit: 1_000_000, start: .first)
        rig.deliveries = []
        rig.run()
        #expect(rig.deliveries.count == 8_000)
        // 4 MB in reads of 256 KiB, and both groups share each.
        #expect(rig.readCount <= 18)
    }

    @Test("offsets that compaction took are passed over, in the middle and at the end of what was read")
    func compacted() throws {
        let rig = StreamTests.filled(5)
        for offset in [1, 2, 4] { rig.logs.remove(UInt64(offset), of: LogID(owner: 7, part: .messages())) }
        _ = try rig.join(1)
        rig.run()
        #expect(rig.taken() == ["0", "3"])
        rig.publish(all: ["5"])
        #expect(rig.taken() == ["5"])
    }

    @Test("deliveries of a stream say how far its primary group has come")
    func primaryGroup() throws {
        let rig = StreamTests.filled(2) { $0.primaryGroup = "work" }
        let work = try rig.join(1, "work", commits: false)
        rig.run()
        try rig.queue.commit(MessageID(number: 1), group: work)
        rig.deliveries = []
        _ = try rig.join(2, "look")
        rig.run()
        #expect(rig.deliveries.map(\.primaryCommitted) == [1, 1])
        _ = try rig.join(3, "look", filter: "#")
        rig.run()
        #expect(rig.deliveries.last?.primaryCommitted == nil)
    }

    @Test("a peek shows records and moves nobody")
    func peek() throws {
        let rig = StreamTests.filled(3)
        rig.queue.peek(token: 9, from: MessageID(number: 1), maximumBytes: 1_000)
        rig.run()
        guard case .peeked(token: 9, .success(let read))? = rig.events.last else {
            Issue.record("no answer")
            return
        }
        #expect(read.entries.map(\.offset) == [1, 2])
    }
}
