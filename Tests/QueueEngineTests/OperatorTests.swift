import Machine
import Testing

@testable import QueueEngine

@Suite("What operators see and do")
struct OperatorTests {
    private static func state(_ rig: QueueRig, _ offset: UInt64) -> Queue.MessageState {
        rig.queue.state(of: MessageID(priority: 0, offset: offset))
    }

    @Test("a message is ready, then unacknowledged, then settled; of two groups the one that is behind counts")
    func states() throws {
        let rig = QueueRig()
        rig.publish(all: ["0", "1"])
        #expect(Self.state(rig, 0) == .ready && Self.state(rig, 1) == .ready)
        _ = try rig.join(1, "one", credit: 1)
        rig.run()
        #expect(Self.state(rig, 0) == .unacknowledged && Self.state(rig, 1) == .ready)
        try rig.settle(rig.deliveries[0])
        rig.run()
        #expect(Self.state(rig, 0) == .settled)
        let late = try rig.join(2, "two", credit: 0, start: .first)
        rig.run()
        #expect(Self.state(rig, 1) == .ready)
        try rig.queue.removeGroup(late, now: rig.now)
        #expect(Self.state(rig, 99) == .ready, "what is to come is nobody's yet")
        #expect(rig.queue.state(of: MessageID(priority: 9, offset: 0)) == .settled, "a priority that the queue has not")
    }

    @Test("a stream's messages are kept, whoever has read them")
    func streamStates() throws {
        let rig = QueueRig(.stream)
        rig.publish(all: ["0"])
        _ = try rig.join(1)
        rig.run()
        #expect(Self.state(rig, 0) == .kept)
    }

    @Test("the oldest age of a group is of what it has not settled")
    func oldestAge() throws {
        let rig = QueueRig()
        rig.publish(all: ["0"])
        rig.wall += 5_000
        rig.publish(all: ["1"])
        let group = try rig.join(1)
        rig.run()
        #expect(rig.queue.oldestAge(of: group, wall: rig.wall) == 5_000)
        try rig.settle(rig.deliveries[0])
        rig.run()
        let age = try #require(rig.queue.oldestAge(of: group, wall: rig.wall))
        #expect(age <= 5_000, "never too young, and not of what is settled once the marks tell them apart")
        try rig.settle(rig.deliveries[1])
        #expect(rig.queue.oldestAge(of: group, wall: rig.wall) == nil)
        #expect(rig.queue.oldestAge(of: GroupNumber(99), wall: rig.wall) == nil)
    }

    @Test(
        "a preview says where a seek will go",
        arguments: [
            (StartPosition.first, UInt64(0)), (.last, 4), (.next, 5), (.offset(3), 3), (.offset(99), 5), (.back(2), 3),
            (.back(99), 0),
            (.stored, 5),
        ]
    )
    func preview(_ start: StartPosition, _ expected: UInt64) throws {
        let rig = QueueRig(.stream)
        rig.publish(all: ["0", "1", "2", "3", "4"])
        let group = try rig.join(1)
        rig.run()
        let place = try #require(rig.queue.preview(of: group, to: start))
        #expect(place.from == 5 && place.to == expected)
        try rig.queue.seek(group, to: start, now: rig.now)
        #expect(try rig.status(group).cursor == expected)
    }

    @Test("a trim lets a stream's oldest go for good, and moves groups that stand before it")
    func trim() throws {
        let rig = QueueRig(.stream)
        rig.publish(all: ["0", "1", "2", "3", "4"])
        let behind = try rig.join(1, "behind", credit: 1, start: .first)
        let ahead = try rig.join(2, "ahead", credit: 0, start: .offset(4))
        rig.run()
        #expect(try rig.queue.trim(before: 3, now: rig.now) == 3)
        #expect(try rig.queue.trim(before: 3, now: rig.now) == 0)
        rig.advance(1)
        #expect(rig.logs.trims.map(\.1) == [3])
        #expect(try rig.status(behind).cursor == 3 && rig.status(ahead).cursor == 4)
        #expect(rig.queue.offsets().first == 3)
        try rig.restart()
        rig.deliveries = []
        #expect(rig.queue.offsets().first == 3)
        _ = try rig.join(3, "new")
        rig.run()
        #expect(rig.taken() == ["3", "4"])
    }

    @Test("a trim beyond the end, or of a queue that is no stream, is refused")
    func badTrim() throws {
        let rig = QueueRig(.stream)
        rig.publish(all: ["0"])
        #expect(throws: QueueError.invalidOffset(2, expected: 0...1)) { try rig.queue.trim(before: 2, now: rig.now) }
        let queue = QueueRig()
        queue.publish(all: ["0"])
        #expect(throws: QueueError.notAStream(group: "")) { try queue.queue.trim(before: 1, now: queue.now) }
    }

    @Test("damaged logs are named")
    func quarantined() {
        let rig = QueueRig()
        #expect(rig.queue.quarantinedParts == [])
        rig.queue.quarantined(.messages(), StorageFailure(.damaged, "a segment"))
        rig.queue.quarantined(.groups, StorageFailure(.damaged, "a segment"))
        #expect(rig.queue.quarantinedParts == [.messages(), .groups])
    }
}
