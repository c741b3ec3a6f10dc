import LogFormat
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import Testing

@Suite("Damaged logs")
struct DamageTests {
    /// Several sealed segments, and a last one whose begin is synced.
    private func stage() throws -> Stage {
        let stage = try Stage()
        for burst in 0..<120 { try stage.append([body(burst)]) }
        try stage.log.sync()
        try stage.append([body(120)])
        try stage.log.sync()
        return stage
    }

    @Test("a flipped bit anywhere in a segment is never read as a record, before and after a restart")
    func flipsInSegments() throws {
        let paths = try self.stage().paths(".seg")
        let size = try self.stage().size(paths[1])
        for (path, byte) in [paths[0], paths[paths.count - 1]].flatMap({ path in
            stride(from: 0, to: size, by: 61).map { (path, $0) }
        }) {
            let stage = try self.stage()
            let before = try stage.contents()
            guard try byte < stage.size(path) else { continue }
            try stage.flip(path, byte: byte)
            try stage.restart()
            var seen: [UInt64: [UInt8]] = [:]
            do { seen = try stage.contents(maximumBytes: 1 << 20) } catch {}
            #expect(stage.log.isQuarantined?.path == path, "byte \(byte) of \(path)")
            for (offset, body) in seen { #expect(before[offset] == body) }
            #expect(throws: LogError.self) { try stage.append([body(0)]) }

            let told = try stage.log.repair(dryRun: true, now: 9_000)
            #expect(stage.log.isQuarantined != nil)
            let done = try stage.log.repair(dryRun: false, now: 9_000)
            #expect(told.losses.map(\.offsets) == done.losses.map(\.offsets))
            #expect(told.bytes == done.bytes)
            #expect(stage.log.isQuarantined == nil)
            let after = try stage.contents()
            // Nothing else says how much there was of the very last batch.
            if try path != paths[0] && byte >= stage.size(done.losses[0].kept ?? path) - 159 {
                #expect(before.allSatisfy { $0 == 120 || after[$0] == $1 })
                continue
            }
            let lost = done.losses.flatMap(\.offsets)
            for (offset, body) in before {
                #expect(after[offset] == body || lost.contains { $0.contains(offset) }, "offset \(offset)")
            }
            #expect(done.records <= 1)
            #expect(done.losses.allSatisfy { loss in stage.system.paths.contains(loss.kept ?? "") })
            #expect(stage.log.next == 121)
            try stage.append([body(5)])
            try stage.restart()
            #expect(stage.set.quarantined.isEmpty)
            #expect(try stage.contents()[121] == body(5))
        }
    }

    @Test("a damaged or missing index is made again")
    func flipsInIndexes() throws {
        for number in 0..<3 {
            let stage = try self.stage()
            let before = try stage.contents()
            let indexes = stage.paths(".idx")
            let path = indexes[number * (indexes.count - 1) / 2]
            for byte in stride(from: 0, to: try stage.size(path), by: 5) {
                try stage.flip(path, byte: byte)
                try stage.restart()
                #expect(stage.set.quarantined.isEmpty, "byte \(byte) of \(path)")
                #expect(try stage.contents() == before)
                #expect(try stage.log.read(from: 30, maximumBytes: 10).entries.first?.offset == 30)
                try stage.flip(path, byte: byte)
            }
            for path in indexes { try stage.files.remove(path) }
            try stage.restart()
            #expect(try stage.contents() == before)
        }
    }

    @Test("a clean stop's file with a flipped bit is not believed")
    func flipsInCleanStop() throws {
        let stage = try self.stage()
        let bytes = stage.set.cleanStop().encoded()
        #expect(try CleanStop(bytes) == stage.set.cleanStop())
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LogFormatError.self) { try CleanStop(damaged) }
        }
    }

    @Test("a last segment of foreign bytes is damaged, though nothing says that it was synced", arguments: 0..<20)
    func foreignBytes(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let stage = try Stage(segmentBytes: 1 << 20)
        for burst in 0..<20 { try stage.append([body(burst)]) }
        let path = try #require(stage.paths(".seg").first)
        let file = try stage.system.open(path)
        let size = try stage.size(path)
        // The whole of it, or all from a batch on.
        let start = seed % 2 == 0 ? 0 : 48 + random.below(20) * (size - 48) / 20
        try stage.system.write(random.bytes(count: size - start), to: file, at: start)
        try stage.restart()
        let damage = try #require(stage.log.isQuarantined, "from byte \(start)")
        #expect(damage.path == path && damage.position == start)
        #expect(stage.set.recoveries.isEmpty)
        #expect(try stage.size(path) == size)
        let readable = start == 0 ? 0 : (start - 48) * 20 / (size - 48)
        #expect(damage.offset == readable)
        if readable > 0 { #expect(try stage.log.read(from: 0, maximumBytes: 1 << 20).next == readable) }
    }

    @Test("zeros where a write was on its way are cut, and told", arguments: [0, 20, 48, 49, 100, 300, 1_000])
    func zeros(from start: Int) throws {
        let stage = try Stage(segmentBytes: 1 << 20)
        for burst in 0..<20 { try stage.append([body(burst)]) }
        let path = try #require(stage.paths(".seg").first)
        let size = try stage.size(path)
        try stage.system.write([UInt8](repeating: 0, count: size - start), to: try stage.system.open(path), at: start)
        try stage.restart()
        #expect(stage.set.quarantined.isEmpty)
        let report = try #require(stage.set.recoveries.first)
        #expect(report.position <= start && report.position + report.bytes == size)
        try stage.append([body(7)])
        try stage.restart()
        #expect(stage.set.recoveries.isEmpty)
    }

    @Test("a segment without a header is damaged when there is an index of it, whatever it holds")
    func indexWithoutHeader() throws {
        let stage = try Stage(segmentBytes: 1 << 20)
        for burst in 0..<40 { try stage.append([body(burst)]) }
        try stage.log.sync()
        #expect(!stage.paths(".idx").isEmpty)
        let path = try #require(stage.paths(".seg").first)
        let size = try stage.size(path)
        try stage.system.write([UInt8](repeating: 0, count: size), to: try stage.system.open(path), at: 0)
        try stage.restart()
        #expect(stage.log.isQuarantined?.path == path)
        let report = try stage.log.repair(dryRun: true, now: 9_000)
        #expect(report.records == 40)
    }

    @Test("a missing segment is a gap that is told, and repair goes over it")
    func missingSegment() throws {
        let stage = try self.stage()
        let paths = stage.paths(".seg")
        try stage.files.remove(paths[1])
        try stage.restart()
        let damage = try #require(stage.log.isQuarantined)
        #expect(damage.path == paths[2])
        let report = try stage.log.repair(dryRun: false, now: 9_000)
        #expect(report.losses.count == 1 && report.losses[0].offsets.count == 1)
        #expect(stage.log.isQuarantined == nil)
        #expect(UInt64(try stage.contents().count) == 121 - report.records)
    }

    @Test("what is readable before damage is read, and the damage says where and what")
    func readableUpToThere() throws {
        let stage = try self.stage()
        let path = stage.paths(".seg")[1]
        let base = try #require(UInt64(path.dropLast(4).suffix(20)))
        try stage.flip(path, byte: try stage.size(path) - 10)
        let error = #expect(throws: LogError.self) { try stage.contents() }
        guard case .damaged(let damage) = error else { return }
        #expect(damage.path == path)
        #expect(damage.expected.hasPrefix("checksum: 0x"))
        #expect(damage.offset > base)
        #expect(try stage.log.read(from: damage.offset - 1, maximumBytes: 100).next == damage.offset)
    }
}

@Suite("The logs of a volume")
struct LogSetTests {
    @Test("each part has its directory, which is found again")
    func paths() throws {
        let stage = try Stage()
        let ids = [
            LogID(owner: 1, part: .messages()), LogID(owner: 1, part: .messages(priority: 4)),
            LogID(owner: 1, part: .groups),
            LogID(owner: 0xFF_FFFF_FFFF, part: .delayed), LogID(owner: 3, part: .stragglers),
            LogID(owner: 12, part: .sessions),
        ]
        #expect(LogPaths.directory(of: ids[0]) == "queues/0000000000000001/messages")
        #expect(LogPaths.directory(of: ids[1]) == "queues/0000000000000001/messages-p4")
        #expect(LogPaths.directory(of: ids[5]) == "sessions/12")
        for id in ids { try stage.append([body(1)], to: id) }
        try stage.restart()
        #expect(stage.set.ids == ids.sorted())
        try stage.restart(clean: true)
        #expect(stage.set.ids == ids.sorted())
        for id in ids { #expect(try stage.contents(of: id) == [0: body(1)]) }
    }

    @Test("no more files are open than may be, however many logs are used")
    func descriptorsAreBounded() throws {
        let stage = try Stage()
        stage.options.openFiles = 8
        try stage.restart()
        for round in 0..<3 {
            for owner in 0..<40 {
                let id = LogID(owner: UInt64(owner), part: .messages())
                try stage.append([body(owner + round)], to: id)
                #expect(try stage.contents(of: id).count == round + 1)
                #expect(stage.set.openFiles <= 16)
            }
        }
    }

    @Test("a damaged log stays in quarantine over a clean stop")
    func quarantineStays() throws {
        let stage = try Stage()
        for burst in 0..<60 { try stage.append([body(burst)]) }
        try stage.log.sync()
        try stage.files.remove(stage.paths(".seg")[1])
        try stage.restart()
        #expect(stage.set.quarantined == [Stage.log])
        try stage.restart(clean: true)
        #expect(stage.set.quarantined == [Stage.log])
    }
}
