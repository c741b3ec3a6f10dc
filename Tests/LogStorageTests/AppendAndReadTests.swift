import Bytes
import Files
import LogFormat
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import Testing

@Suite("Appending to a log and reading it")
struct AppendAndReadTests {
    @Test(
        "what was appended is read back, over many segments, however much is asked for",
        arguments: [1, 300, 5_000, 1 << 20]
    )
    func readsBack(maximumBytes: Int) throws {
        let stage = try Stage()
        var expected: [UInt64: [UInt8]] = [:]
        for burst in 0..<100 {
            let bodies = (0..<(burst % 7 + 1)).map { body(burst * 10 + $0, count: (burst * 37 + $0) % 300) }
            for (number, body) in bodies.enumerated() { expected[stage.log.next + UInt64(number)] = body }
            try stage.append(bodies, compresses: burst % 3 == 0)
        }
        #expect(stage.log.info.segments > 5)
        #expect(try stage.contents(maximumBytes: maximumBytes) == expected)
        for first in stride(from: UInt64(0), to: stage.log.next, by: 13) {
            let read = try stage.log.read(from: first, maximumBytes: 2_000)
            #expect(read.entries.first?.offset == first)
            #expect(read.block.span(try #require(read.entries.first).body).copied() == expected[first])
        }
    }

    @Test("a read has no more bytes than asked for, but for one batch that has")
    func readsAreBounded() throws {
        let stage = try Stage(segmentBytes: 1 << 20)
        for burst in 0..<50 { try stage.append([body(burst, count: 500)]) }
        try stage.append([body(0, count: 30_000)])
        #expect(try stage.log.read(from: 0, maximumBytes: 6_000).entries.count == 10)
        #expect(try stage.log.read(from: 0, maximumBytes: 1).entries.count == 1)
        #expect(try stage.log.read(from: 50, maximumBytes: 1_000).entries.count == 1)
    }

    @Test("at the end there is nothing yet, and before the head something is gone")
    func ends() throws {
        let stage = try Stage()
        #expect(try stage.log.read(from: 0, maximumBytes: 100).entries.isEmpty)
        for burst in 0..<100 { try stage.append([body(burst)]) }
        let read = try stage.log.read(from: 100, maximumBytes: 100)
        #expect(read.entries.isEmpty && read.next == 100)
        _ = try stage.log.trim(before: 60, now: 2_000)
        #expect(stage.log.head > 0)
        #expect { try stage.log.read(from: 0, maximumBytes: 100) } throws: { error in
            if case LogError.gone = error { true } else { false }
        }
        #expect(try stage.contents().count == 100 - Int(stage.log.head))
    }

    @Test("several bursts are one write")
    func coalesces() throws {
        let stage = try Stage(segmentBytes: 1 << 20)
        stage.faults.change { $0.rules = [Faults.Rule(.write, .full, after: 1)] }
        try stage.log.append([batch([body(1)], first: 0), batch([body(2), body(3)], first: 1)])
        #expect(try stage.contents() == [0: body(1), 1: body(2), 2: body(3)])
        #expect(throws: LogError.self) { try stage.append([body(4)]) }
    }

    @Test("the first offset not before a time is found, also where clocks went back")
    func findsTimes() throws {
        let stage = try Stage()
        var times: [UInt64] = []
        var random = SeededRandom(seed: 9)
        var time: UInt64 = 10_000
        for burst in 0..<300 {
            time = time + UInt64(random.below(50)) - (random.chance(perMille: 100) ? 60 : 0)
            try stage.append([body(burst), body(burst)], time: time)
            times += [time, time + 1]
        }
        for wanted in stride(from: UInt64(9_900), through: 18_000, by: 37) {
            let expected = times.firstIndex { $0 >= wanted } ?? times.count
            #expect(try stage.log.offset(notBefore: wanted) == UInt64(expected), "time \(wanted)")
        }
        try stage.log.sync()
        try stage.restart()
        for wanted in stride(from: UInt64(9_900), through: 18_000, by: 97) {
            let expected = times.firstIndex { $0 >= wanted } ?? times.count
            #expect(try stage.log.offset(notBefore: wanted) == UInt64(expected), "time \(wanted)")
        }
    }

    @Test("a reader of its own follows a log by its views, and learns when one is too old")
    func readersFollowViews() throws {
        let stage = try Stage()
        let reader = LogReader(files: stage.files, options: stage.options)
        for burst in 0..<60 { try stage.append([body(burst)], keys: [[UInt8(burst % 2)]]) }
        let old = try stage.log.view()
        #expect(try reader.read(old, from: 10, maximumBytes: 500).entries.first?.offset == 10)
        for burst in 60..<90 { try stage.append([body(burst)]) }
        #expect(try reader.read(old, from: 60, maximumBytes: 500).entries.isEmpty)
        #expect(try reader.read(try stage.log.view(), from: 60, maximumBytes: 500).entries.first?.offset == 60)
        try stage.log.sync()
        let compaction = try #require(try stage.log.compaction(now: 2_000))
        while !(try compaction.step(maximumBytes: 1_000)) {}
        let fresh = LogReader(files: stage.files, options: stage.options)
        #expect { try fresh.read(old, from: 0, maximumBytes: 500) } throws: { error in
            if case LogError.stale = error { true } else { false }
        }
        #expect(try !fresh.read(try stage.log.view(), from: 0, maximumBytes: 500).entries.isEmpty)
    }

    @Test("a reader keeps no file open that the log has removed")
    func readersLetGo() throws {
        let stage = try Stage()
        let reader = LogReader(files: stage.files, options: stage.options)
        for burst in 0..<200 { try stage.append([body(burst)]) }
        var next: UInt64 = 0
        let view = try stage.log.view()
        while next < view.next { next = try reader.read(view, from: next, maximumBytes: 1_000).next }
        let before = reader.openFiles
        let trimmed = try stage.log.trim(before: 150, now: 1)
        #expect(trimmed.segments > 2)
        _ = try reader.read(try stage.log.view(), from: 190, maximumBytes: 1_000)
        #expect(reader.openFiles == before - trimmed.segments)
    }

    @Test("segments end by size and by age")
    func rolls() throws {
        let stage = try Stage(segmentBytes: 1 << 20)
        try stage.append([body(1)], time: 1_000)
        try stage.append([body(2)], time: 3_600_999)
        #expect(stage.log.info.segments == 1)
        try stage.append([body(3)], time: 3_601_000)
        #expect(stage.log.info.segments == 2)
        #expect(stage.paths(".seg").map { $0.suffix(24) } == ["00000000000000000000.seg", "00000000000000000002.seg"])
    }

    @Test("what a failed write left is not behind a segment that has ended")
    func failedAppendBeforeRoll() throws {
        let stage = try Stage(segmentBytes: 1 << 20)
        try stage.append([body(1)], time: 1_000)
        stage.faults.change { plan in
            plan.rules = [Faults.Rule(.write, .full, times: 1), Faults.Rule(.truncate, .full, times: 2)]
        }
        #expect(throws: LogError.self) { try stage.append([body(2)], time: 1_001) }
        // An hour later a new segment begins: only when the old one is in order.
        #expect(throws: LogError.self) { try stage.append([body(2)], time: 4_000_000) }
        try stage.append([body(2)], time: 4_000_000)
        #expect(stage.log.info.segments == 2)
        try stage.restart()
        #expect(stage.set.quarantined.isEmpty && stage.set.recoveries.isEmpty)
        #expect(try stage.contents() == [0: body(1), 1: body(2)])
    }

    @Test("a sync that fails is told, and nothing counts as synced by it")
    func failedSync() throws {
        let stage = try Stage()
        try stage.append([body(1)])
        stage.faults.change { $0.rules = [Faults.Rule(.sync, .device, times: 1)] }
        let error = #expect(throws: LogError.self) { try stage.log.sync() }
        guard case .file(let failure) = error else {
            Issue.record("\(String(describing: error)) is not the file system's")
            return
        }
        #expect(failure.kind == .device)
        #expect(error?.failure.kind == .failed)
        #expect(stage.log.syncPoint() != nil)
        try stage.log.sync()
        #expect(stage.log.syncPoint() == nil)
    }

    @Test("a write that fails in part leaves a log that takes the same again", arguments: [0, 1, 500, 999])
    func failedAppend(torn: Int) throws {
        let stage = try Stage()
        for burst in 0..<10 { try stage.append([body(burst)]) }
        for operation in [Faults.Operation.write, .create] {
            stage.faults.change { plan in
                plan.torn = torn
                plan.rules = [Faults.Rule(operation, .full, times: 1), Faults.Rule(.truncate, .full, times: 1)]
            }
            var failures = 0
            for burst in 0..<60 {
                do {
                    try stage.append([body(burst)])
                } catch LogError.file(let error) {
                    #expect(error.kind == .full)
                    failures += 1
                    try stage.append([body(burst)])
                }
            }
            #expect(failures >= 1)
        }
        let before = try stage.contents()
        #expect(before.count == 130)
        try stage.restart()
        #expect(stage.set.recoveries.isEmpty)
        #expect(try stage.contents() == before)
    }
}

extension UInt64 {
    var asInt: Int { Int(self) }
}
