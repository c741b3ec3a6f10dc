import Files
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import Testing

@Suite("What a log keeps")
struct RetentionTests {
    @Test("a trim removes whole segments below it and no others")
    func trims() throws {
        let stage = try Stage()
        for burst in 0..<200 { try stage.append([body(burst)]) }
        let bases = stage.paths(".seg").compactMap { UInt64($0.dropLast(4).suffix(20)) }
        let third = bases[3]
        let trimmed = try stage.log.trim(before: third + 1, now: 2_000)
        #expect(trimmed.head == third && trimmed.segments == 3)
        #expect(stage.log.head == third)
        #expect(stage.paths(".seg").count == bases.count - 3)
        #expect(try stage.log.trim(before: third + 1, now: 2_000).segments == 0)
    }

    @Test("when all is trimmed the next offset stays, whatever happens then", arguments: 0..<8)
    func trimsAll(seed: Int) throws {
        let stage = try Stage(seed: UInt64(seed))
        for burst in 0..<100 { try stage.append([body(burst)]) }
        try stage.log.sync()
        let trimmed = try stage.log.trim(before: 100, now: 2_000)
        #expect(trimmed.head == 100)
        #expect(stage.log.info.records == 0)
        if seed % 2 == 0 { try stage.crash() } else { try stage.restart() }
        #expect(stage.log.next == 100)
        #expect(stage.set.quarantined.isEmpty)
        try stage.append([body(1)])
        #expect(try stage.contents(from: 100) == [100: body(1)])
    }

    @Test("what says all anew begins a segment, so that a trim takes all before it, unless there is little")
    func saidAnew() throws {
        let stage = try Stage(segmentBytes: 1 << 20)
        for round in 0..<20 {
            for burst in 0..<40 { try stage.append([body(burst)]) }
            let mark = stage.log.next
            var anew = batch([body(round)], first: mark)
            anew.beginsSegment = true
            try stage.log.append([anew])
            #expect(try stage.log.trim(before: mark, now: 2_000).head == mark)
            #expect(stage.log.info.records == 1)
            #expect(stage.paths(".seg").count == 1)
        }
        // Less than `trimBytes` since the last time.
        var anew = batch([body(0)], first: stage.log.next)
        anew.beginsSegment = true
        try stage.log.append([anew])
        #expect(stage.paths(".seg").count == 1)
        try stage.restart()
        #expect(try stage.contents().count == 2)
    }

    @Test("little is not worth a new segment: the last one waits")
    func trimOfLittleWaits() throws {
        let stage = try Stage()
        try stage.append([body(1)])
        #expect(try stage.log.trim(before: 1, now: 1).segments == 0)
        #expect(stage.log.head == 0)
    }

    @Test("age, bytes and count each remove the oldest, and never the last segment")
    func limits() throws {
        let stage = try Stage()
        for burst in 0..<200 { try stage.append([body(burst)], time: UInt64(1_000 + burst * 10)) }
        var limits = LogRetention()
        #expect(try stage.log.retain(limits, now: 1 << 40).segments == 0)
        #expect(stage.log.info.records == 200)

        limits.maximumRecords = 150
        _ = try stage.log.retain(limits, now: 3_000)
        #expect(stage.log.info.records <= 150 && stage.log.info.records > 100)

        limits = LogRetention()
        limits.maximumBytes = 9_000
        _ = try stage.log.retain(limits, now: 3_000)
        #expect(stage.log.info.bytes <= 9_000 && stage.log.info.bytes > 4_000)

        limits = LogRetention()
        limits.maximumAge = 1
        let trimmed = try stage.log.retain(limits, now: 1 << 41)
        #expect(trimmed.head <= 200)
        #expect(stage.log.next == 200)
        try stage.append([body(7)])
        #expect(try stage.contents(from: 200) == [200: body(7)])
    }

    @Test("removing a log removes its files, and the owner's directory with its last log")
    func removes() throws {
        let stage = try Stage()
        let groups = LogID(owner: 0x2A, part: .groups)
        try stage.append([body(1)])
        try stage.append([body(1)], to: groups)
        try stage.set.remove(Stage.log)
        #expect(stage.paths("").isEmpty)
        #expect(stage.system.paths.contains { $0.contains("/groups/") })
        try stage.set.remove(groups)
        #expect(stage.system.paths.isEmpty)
        #expect(stage.set.ids.isEmpty)
    }
}

@Suite("Compaction")
struct CompactionTests {
    private func compact(_ stage: Stage, step: Int = 700) throws -> LogCompacted? {
        guard let compaction = try stage.log.compaction(now: 5_000) else { return nil }
        while !(try compaction.step(maximumBytes: step)) {}
        return compaction.result
    }

    @Test("of each key the last record behind the last segment stays, under its offset", arguments: [false, true])
    func keepsTheLast(compresses: Bool) throws {
        let stage = try Stage()
        var random = SeededRandom(seed: 4)
        var all: [(key: [UInt8]?, body: [UInt8])] = []
        for round in 0..<3 {
            for burst in 0..<80 {
                let keys = (0..<3).map { _ in
                    random.chance(perMille: 50) ? nil : [UInt8(random.below(12))] as [UInt8]
                }
                let bodies = (0..<3).map { body(round * 1_000 + burst * 3 + $0) }
                all += zip(keys, bodies).map { ($0, $1) }
                try stage.append(bodies, keys: keys, compresses: compresses)
            }
            try stage.log.sync()
            let last = try #require(stage.paths(".seg").last).dropLast(4).suffix(20)
            let sealed = Int(try #require(UInt64(last)))
            let result = try #require(try self.compact(stage))
            #expect(result.recordsAfter < result.recordsBefore)
            var expected: [UInt64: [UInt8]] = [:]
            var seen: Set<[UInt8]> = []
            for offset in all.indices.reversed() {
                if offset < sealed, let key = all[offset].key, !seen.insert(key).inserted { continue }
                expected[UInt64(offset)] = all[offset].body
            }
            #expect(try stage.contents() == expected)
            try stage.restart()
            #expect(stage.set.quarantined.isEmpty && stage.set.recoveries.isEmpty)
            #expect(try stage.contents() == expected)
            #expect(stage.log.next == UInt64(all.count))
        }
        #expect(stage.paths(".seg").count <= 4)
    }

    @Test("with memory for few keys it keeps more, and nothing wrong")
    func boundedMemory() throws {
        let stage = try Stage()
        stage.options.compactionMemory = 500
        try stage.restart()
        for burst in 0..<200 { try stage.append([body(burst)], keys: [[UInt8(burst % 50)]]) }
        try stage.log.sync()
        while try self.compact(stage) != nil {}
        let contents = try stage.contents()
        for key in 0..<50 { #expect(contents[UInt64(150 + key)] == body(150 + key)) }
        #expect(contents.count < 200)
    }

    @Test("a trim or a removal between its steps ends it, and the log is whole")
    func changesBetweenSteps() throws {
        for stop in 1..<12 {
            let stage = try Stage()
            for burst in 0..<150 { try stage.append([body(burst)], keys: [[UInt8(burst % 5)]]) }
            try stage.log.sync()
            let compaction = try #require(try stage.log.compaction(now: 5_000))
            for _ in 0..<stop { _ = try compaction.step(maximumBytes: 2_000) }
            _ = try stage.log.trim(before: 70, now: 6_000)
            while !(try compaction.step(maximumBytes: 2_000)) {}
            #expect(stage.paths(".new").isEmpty)
            let contents = try stage.contents()
            for offset in 145..<150 { #expect(contents[UInt64(offset)] == body(offset)) }
            try stage.restart()
            #expect(stage.set.quarantined.isEmpty)
            #expect(try stage.contents() == contents)
        }
    }
}
