import Bytes
import Simulation
import Testing

@testable import QueueEngine

@Suite("Structures of the queue engine")
struct StructureTests {
    @Test("a set of ranges holds what was put in, in any order", arguments: 0..<20)
    func ranges(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var ranges = OffsetRanges()
        var model: Set<UInt64> = []
        for _ in 0..<200 {
            let first = UInt64(random.below(300))
            let end = first + UInt64(random.below(6))
            ranges.insert(first..<end)
            for offset in first..<end { model.insert(offset) }
            for (one, other) in zip(ranges.ranges, ranges.ranges.dropFirst()) {
                #expect(one.upperBound < other.lowerBound)
            }
        }
        for offset in 0..<UInt64(310) { #expect(ranges.contains(offset) == model.contains(offset)) }
        var end: UInt64 = 7
        let advanced = ranges.advance(from: 7)
        while model.contains(end) { end += 1 }
        #expect(advanced == end)
        #expect(!ranges.contains(end) && ranges.ranges.allSatisfy { $0.lowerBound > end })
    }

    @Test("the pending list finds, orders and forgets like a dictionary", arguments: 0..<20)
    func pendingList(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var list = PendingList()
        var model: [UInt64: Int32] = [:]
        var next: UInt64 = 0
        for _ in 0..<2_000 {
            if random.chance(perMille: 550) || model.isEmpty {
                next += UInt64(1 + random.below(3))
                model[next] = list.insert(next, size: 10, .ready)
            } else {
                let id = random.pick(model.keys.sorted())
                if let slot = list.slot(of: id) { list.remove(slot) }
                model[id] = nil
            }
            #expect(list.count == model.count)
            #expect(list.lowest(priority: 0).map { list[$0].id } == model.keys.min())
        }
        for id in 0...next { #expect((list.slot(of: id) != nil) == (model[id] != nil)) }
        var inOrder: [UInt64] = []
        var slot = list.lowest(priority: 0)
        while let here = slot {
            inOrder.append(list[here].id)
            slot = list.after(here)
        }
        #expect(inOrder == model.keys.sorted())
        #expect(list.bytes == UInt64(model.count) * 10)
    }

    @Test("a pending entry takes 64 bytes")
    func entrySize() { #expect(MemoryLayout<PendingList.Entry>.stride == 64) }

    @Test("a heap gives keys in order, and equal keys in the order of their numbers", arguments: 0..<10)
    func heap(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var heap = MinHeap()
        var model: [[UInt64]] = []
        for value in 0..<200 {
            let key = UInt64(random.below(50))
            heap.insert(key, UInt64(value))
            model.append([key, UInt64(value)])
        }
        heap.keep { $0.value % 3 != 0 }
        var taken: [[UInt64]] = []
        while let first = heap.first {
            taken.append([first.key, first.value])
            heap.removeFirst()
        }
        #expect(taken == model.filter { $0[1] % 3 != 0 }.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) })
    }

    @Test("turns go round those with credit, whoever joins, leaves or gives credit back")
    func turns() {
        var line = ConsumerLine()
        for id in 1...3 { _ = line.join(ConsumerID(bits: UInt64(id))) }
        for slot in 0..<3 { line.setCredit(Int32(slot), 10, drains: false) }
        func turns(_ count: Int) -> [Int32] {
            var taken: [Int32] = []
            for _ in 0..<count { taken.append(line.takeTurn()) }
            return taken
        }
        #expect(turns(4) == [0, 1, 2, 0])
        line.setCredit(1, 0, drains: false)
        #expect(turns(2) == [2, 0])
        line.setCredit(1, 5, drains: false)
        line.leave(2)
        #expect(turns(4) == [0, 1, 0, 1])
        _ = line.join(ConsumerID(bits: 9))
        line.setCredit(2, 1, drains: false)
        #expect(turns(5) == [0, 1, 2, 0, 1])
    }

    @Test("operations of the journal read as they were written")
    func journal() {
        let group = GroupNumber(300)
        let operations: [GroupOperation] = [
            .reset(nextGroup: 9),
            .created(group, mode: .stream, commitsAutomatically: false, id: "a@b/#", filter: "b/#"),
            .removed(group), .retired(group), .paused(group, true),
            .claimed(group, lane: 9, first: 1 << 40, count: 300),
            .setAside(group, lane: 0, offset: 5, reason: 4), .settled(group, lane: 1, first: 2, count: 1),
            .counted(group, lane: 2, offset: 7, count: 5, notBefore: 1_700_000_000_000),
            .dead(group, lane: 0, offset: 6, reason: 2),
            .cursor(group, lane: 0, offset: 8), .committed(group, lane: 0, offset: 9), .cleared(group),
            .pending(group, lane: 3, offset: 1, count: 2, firstDelivered: 3, reason: 0, size: 5),
            .delayedDone(first: 10, count: 3), .floor(lane: 4, offset: 77),
        ]
        var journal = GroupJournal()
        for operation in operations { journal.append(operation) }
        let body = journal.take()
        var reader = GroupJournalReader(.make(body), 0..<body.count)
        var read: [GroupOperation] = []
        while let operation = reader.next() { read.append(operation) }
        #expect(read == operations && reader.isAtEnd)
        for cut in 1..<body.count {
            var short = GroupJournalReader(.make(Array(body[..<cut])), 0..<cut)
            while short.next() != nil {}
        }
    }

    @Test("neighbours that are claimed or settled are one operation")
    func runs() {
        var journal = GroupJournal()
        let group = GroupNumber(1)
        for offset in 5..<200 { journal.claimed(group, MessageID(priority: 0, offset: UInt64(offset))) }
        for offset in 5..<9 { journal.settled(group, MessageID(priority: 0, offset: UInt64(offset))) }
        journal.settled(group, MessageID(priority: 0, offset: 11))
        let body = journal.take()
        var reader = GroupJournalReader(.make(body), 0..<body.count)
        #expect(reader.next() == .claimed(group, lane: 0, first: 5, count: 195))
        #expect(reader.next() == .settled(group, lane: 0, first: 5, count: 4))
        #expect(reader.next() == .settled(group, lane: 0, first: 11, count: 1))
        #expect(reader.next() == nil && journal.isEmpty)
    }

    @Test("back-off doubles up to its bound, and is nothing when it is off")
    func backoff() {
        var retry = QueueDefinition.Retry()
        #expect(retry.backoff(afterDeliveries: 3) == 0)
        retry.initialBackoff = 5_000
        retry.maximumBackoff = 30_000
        #expect((1...5).map { retry.backoff(afterDeliveries: $0) } == [5_000, 10_000, 20_000, 30_000, 30_000])
        retry.maximumBackoff = 0
        #expect(retry.backoff(afterDeliveries: 60_000) == 1 << 52)
    }

    @Test(
        "a filter sees the levels behind the queue's name, or the captured topic, and matches as MQTT does",
        arguments: [
            ("$queue/q/eu/x", "eu/#", true), ("$queue/q/eu", "eu/#", true), ("$queue/q/eu", "+", true),
            ("$queue/q", "#", true), ("$queue/q", "+", false), ("$queue/q", "", true), ("$queue/qq/eu", "eu", false),
            ("plant/a/t", "plant/+/t", true), ("plant/a/t", "a/t", false), ("$queue/q/$x", "#", true),
            ("$queue/q/a//b", "a/+/b", true), ("$queue/q/eu/x", "eu", false),
        ]
    )
    func filters(topic: String, filter: String, matches: Bool) {
        let topic = Array(topic.utf8)
        let key = RoutingKey.range(of: topic.span, root: Array("$queue/q".utf8).span)
        let filter = Array(filter.utf8)
        #expect(RoutingKey.matches(filter: filter.span, key: topic.span.extracting(key)) == matches)
    }
}
