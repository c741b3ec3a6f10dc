import Files
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import Testing

@Suite("Logs and the loss of power")
struct CrashTests {
    /// What the log is known to hold, kept beside it.
    private struct Model {
        var bodies: [UInt64: [UInt8]] = [:]
        var keys: [UInt64: [UInt8]] = [:]
        /// Everything below is on the device.
        var synced: UInt64 = 0
        /// Whether ``synced`` says anything yet: also names are.
        var next: UInt64 = 0
        var trimmedBefore: UInt64 = 0
    }

    @Test(
        "after a crash everything synced is there, offsets are dense, and what was cut was not promised",
        arguments: 0..<400
    )
    func randomPrograms(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) &* 7_919 &+ 1)
        let stage = try Stage(seed: random.next(), segmentBytes: random.pick([1_500, 4_096, 20_000]))
        var model = Model()
        for life in 0..<4 {
            for _ in 0..<random.below(60) { try self.step(stage, &model, &random, life) }
            try stage.crash()
            try self.check(stage, &model)
        }
    }

    private func step(_ stage: Stage, _ model: inout Model, _ random: inout SeededRandom, _ life: Int) throws {
        let time = 10_000 * UInt64(life + 1)
        switch random.below(20) {
        case 0..<13:
            let bodies = (0..<random.value(in: 1...5)).map { _ in random.bytes(count: random.below(400)) }
            let keys = bodies.map { _ in [UInt8(random.below(20))] }
            for (number, body) in bodies.enumerated() {
                model.bodies[model.next + UInt64(number)] = body
                model.keys[model.next + UInt64(number)] = keys[number]
            }
            model.next += UInt64(bodies.count)
            try stage.append(bodies, keys: keys, time: time, compresses: random.chance(perMille: 300))
        case 13..<16:
            try stage.log.sync()
            model.synced = model.next
        case 16:
            let before = UInt64(random.below(Int(model.next) + 1))
            model.trimmedBefore = max(model.trimmedBefore, before)
            _ = try stage.log.trim(before: before, now: time)
        case 17, 18:
            guard let compaction = try stage.log.compaction(now: time) else { return }
            for _ in 0..<random.below(20) where try compaction.step(maximumBytes: 1_000) { break }
        default:
            guard let point = stage.log.syncPoint() else { return }
            let reached = model.next
            // As a syncer does it, while the log goes on.
            let body = random.bytes(count: 50)
            model.bodies[model.next] = body
            model.keys[model.next] = [200]
            model.next += 1
            try stage.append([body], keys: [[200]], time: time)
            for target in point.files {
                guard let file = try? stage.files.open(target.path, writable: false) else { return }
                try file.sync()
            }
            for directory in point.directories { try stage.files.syncDirectory(directory) }
            stage.log.synced(point)
            model.synced = reached
        }
    }

    private func check(_ stage: Stage, _ model: inout Model) throws {
        #expect(stage.set.quarantined.isEmpty, "\(String(describing: stage.log.isQuarantined))")
        let log = stage.log
        #expect(log.next >= model.synced)
        #expect(log.next <= model.next)
        let contents = try stage.contents()
        for (offset, body) in contents { #expect(model.bodies[offset] == body, "offset \(offset)") }
        for offset in log.head..<max(log.head, log.next) where contents[offset] == nil {
            // Only compaction takes records out of the middle: there is a later one of the key.
            let later = contents.keys.contains { $0 > offset && model.keys[$0] == model.keys[offset] }
            #expect(later, "offset \(offset) is missing")
        }
        for offset in model.trimmedBefore..<max(model.synced, model.trimmedBefore) {
            #expect(offset >= log.head || contents[offset] != nil || model.synced <= offset)
        }
        #expect(log.head <= max(model.trimmedBefore, 0))
        for report in stage.set.recoveries {
            #expect(report.bytes > 0)
            #expect(report.records <= Int(model.next - log.next))
        }
        for offset in log.next..<model.next {
            model.bodies[offset] = nil
            model.keys[offset] = nil
        }
        model.next = log.next
        model.synced = min(model.synced, log.next)
    }

    @Test("a tail that is cut anywhere is cut to the last whole batch, and the report counts what went")
    func tornTail() throws {
        let whole = try Stage(segmentBytes: 1 << 20)
        for burst in 0..<5 { try whole.append([body(burst), body(burst)]) }
        let path = try #require(whole.paths(".seg").first)
        let size = try whole.size(path)
        for cut in stride(from: 0, to: size, by: 7) {
            let stage = try Stage(segmentBytes: 1 << 20)
            for burst in 0..<5 { try stage.append([body(burst), body(burst)]) }
            try stage.system.truncate(try stage.system.open(path), to: cut)
            try stage.restart()
            #expect(stage.set.quarantined.isEmpty)
            let left = Int(stage.log.next)
            #expect(left % 2 == 0 && left <= 10)
            #expect(try stage.contents().count == left)
            if let report = stage.set.recoveries.first {
                #expect(report.log == Stage.log && report.position + report.bytes == cut)
                #expect(report.records == 2 || report.records == 0)
            }
            // It goes on from there.
            try stage.append([body(77)])
            try stage.restart()
            #expect(stage.set.recoveries.isEmpty)
            #expect(try stage.contents()[UInt64(left)] == body(77))
        }
    }

    @Test("a start after a clean stop reads no segment, and after a crash only what no index tells of")
    func startsReadLittle() throws {
        let stage = try Stage()
        for burst in 0..<300 { try stage.append([body(burst)]) }
        try stage.log.sync()
        stage.faults.change { $0.rules = [Faults.Rule(.open, .device), Faults.Rule(.read, .device)] }
        try stage.restart(clean: true)
        #expect(stage.log.next == 300)
        #expect(stage.log.info.records == 300)
        stage.faults.change { $0.rules = [] }
        #expect(try stage.contents().count == 300)
        #expect(stage.log.info.records == 300)

        // What is damaged in a sealed segment is not seen by a start, since that does not look.
        let first = try #require(stage.paths(".seg").first)
        try stage.flip(first, byte: try stage.size(first) / 2)
        try stage.crash()
        #expect(stage.log.next == 300)
        #expect(stage.set.quarantined.isEmpty)
        #expect(throws: LogError.self) { try stage.contents() }
    }

    @Test("a log that is not what the clean stop left is in quarantine")
    func cleanStopIsHeldAgainst() throws {
        let stage = try Stage()
        for burst in 0..<30 { try stage.append([body(burst)]) }
        try stage.log.sync()
        let path = try #require(stage.paths(".seg").last)
        try stage.restart(clean: true)
        try stage.system.truncate(try stage.system.open(path), to: try stage.size(path) - 1)
        #expect(throws: LogError.self) { try stage.append([body(1)]) }
        #expect(stage.log.isQuarantined?.path == path)
    }
}
