import Bytes
import Files
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import Testing

@testable import Volume

@Suite("The sync journal")
struct JournalTests {
    private static func entry(_ number: UInt64, _ body: String = "body") -> JournalFrame.Entry {
        guard case .append(let append) = append(messages(number), number * 10, [body]) else {
            return .remove(messages(0))
        }
        return .append(append)
    }

    private static func journal(_ files: any FileSystem, capacity: Int = 32 << 10) throws -> SyncJournal {
        var next: UInt64 = 1_000
        return try SyncJournal(files, capacity: capacity) {
            next += 1
            return next
        }
    }

    private static func replay(
        _ files: any FileSystem
    ) throws(FileError) -> (entries: [JournalFrame.Entry], damage: [String]) {
        var entries: [JournalFrame.Entry] = []
        let replay = try JournalReplay(files, failure: { $0 }) { entry, _ throws(FileError) in entries.append(entry) }
        return (entries, replay.damage)
    }

    private static func summary(_ entry: JournalFrame.Entry) -> String {
        switch entry {
        case .append(let append):
            "\(append.log.owner) \(append.first) \(append.count) \(append.time) \(append.records.count) \(append.compresses)"
        case .remove(let log): "\(log.owner) removed"
        }
    }

    @Test("gives back what was written, in order, small and large, from both files")
    func roundTrip() throws {
        let files = SimulatedFiles(SimulatedFileSystem(seed: 1))
        let journal = try Self.journal(files)
        var expected: [String] = []
        for number in UInt64(1)...20 {
            let body = String(repeating: "x", count: number % 3 == 0 ? 5_000 : Int(number))
            let entries = [Self.entry(number, body), .remove(messages(number + 100)), Self.entry(number + 50)]
            try journal.write(entries, group: number)
            try journal.sync()
            expected.append(
                "\(number) \(number * 10) 1 1700000000000 \(body.utf8.count < 128 ? body.utf8.count + 2 : 5_003) false"
            )
            expected.append("\(number + 100) removed")
            expected.append("\(number + 50) \((number + 50) * 10) 1 1700000000000 6 false")
        }
        #expect(journal.filled != nil)
        let replay = try Self.replay(files)
        #expect(replay.entries.map(Self.summary) == expected)
        #expect(replay.damage.isEmpty)
    }

    @Test("has only what was written since it was begun anew, whatever lies behind")
    func leftovers() throws {
        let files = SimulatedFiles(SimulatedFileSystem(seed: 1))
        let journal = try Self.journal(files, capacity: 8 << 10)
        for number in UInt64(1)...200 {
            try journal.write([Self.entry(number)], group: number)
            try journal.sync()
            if journal.filled != nil, number % 7 == 0 { journal.checkpointed() }
        }
        let replay = try Self.replay(files)
        let owners = replay.entries.map(\.log.owner)
        #expect(owners.last == 200)
        #expect(owners == Array((201 - UInt64(owners.count))...200))
        try journal.clear()
        #expect(try Self.replay(files).entries.isEmpty)
    }

    @Test("loses nothing that was synced, and takes nothing that is not whole, when the power goes", arguments: 1...60)
    func torn(seed: UInt64) throws {
        let system = SimulatedFileSystem(seed: seed)
        let files = SimulatedFiles(system)
        let journal = try Self.journal(files, capacity: 6 << 10)
        var random = SeededRandom(seed: seed)
        let synced = UInt64(random.value(in: 1...40))
        for number in 1...synced {
            try journal.write([Self.entry(number), Self.entry(number, "other")], group: number)
            try journal.sync()
            if journal.filled != nil { journal.checkpointed() }
        }
        try journal.write([Self.entry(synced + 1), Self.entry(synced + 1)], group: synced + 1)
        system.crash()
        let replay = try Self.replay(files)
        let owners = replay.entries.map(\.log.owner)
        #expect(owners.contains(synced) || journal.bytes < 6 << 10)
        #expect(owners == owners.sorted())
        #expect(owners.filter { $0 <= synced }.count % 2 == 0)
        #expect(replay.damage.allSatisfy { $0.contains("has no header") })
    }

    @Test("says where it is damaged, and gives what is whole before and behind")
    func damaged() throws {
        let files = SimulatedFiles(SimulatedFileSystem(seed: 1))
        let journal = try Self.journal(files)
        for number in UInt64(1)...5 {
            try journal.write([Self.entry(number)], group: number)
            try journal.sync()
        }
        let path = StorageNames.journal(0)
        let faults = Faults()
        faults.change { $0.rot = [.init(path: path, offset: JournalHeader.blockBytes + 72 * 2 + 66, bit: 0)] }
        let replay = try Self.replay(FaultyFiles(files, faults))
        #expect(replay.entries.map(\.log.owner) == [1, 2, 4, 5])
        #expect(replay.damage == ["journal/0: frames that were synced are damaged from byte 4240 on"])
        faults.change { $0.rot = [.init(path: path, offset: 20, bit: 0)] }
        let headless = try Self.replay(FaultyFiles(files, faults))
        #expect(headless.entries.isEmpty)
        #expect(headless.damage.count == 1)
    }

    @Test("takes no frame that a client has put into its message")
    func forged() throws {
        let files = SimulatedFiles(SimulatedFileSystem(seed: 1))
        let forged = UnsafeMutableRawPointer.allocate(byteCount: JournalFrame.headerBytes, alignment: 8)
        defer { forged.deallocate() }
        JournalFrame.write(.remove(messages(9)), generation: 1, group: 3, at: forged)
        let bytes = Array(UnsafeRawBufferPointer(start: forged, count: JournalFrame.headerBytes))
        let payload = ByteBlock.make(Array(repeating: bytes, count: 40).flatMap { $0 })
        let journal = try Self.journal(files)
        let append = LogAppend(log: messages(1), first: 0, count: 1, time: 0, records: payload)
        try journal.write([.append(append)], group: 1)
        try journal.sync()
        let faults = Faults()
        faults.change { $0.rot = [.init(path: StorageNames.journal(0), offset: JournalHeader.blockBytes + 5, bit: 0)] }
        #expect(try Self.replay(FaultyFiles(files, faults)).entries.isEmpty)
    }
}

@Suite("What the sync journal knows of damaged logs")
struct JournalEvidenceTests {
    private static let path = "\(LogPaths.directory(of: messages(1)))/00000000000000000000.seg"

    /// Ten records that segments alone have, on the device, and then ten that the journal has too; and later groups of others.
    private static func rig() throws -> VolumeRig {
        let rig = try VolumeRig()
        for number in UInt64(0)..<10 { rig.submit(.buffered, [append(messages(1), number, ["old \(number)"])]) }
        rig.settle()
        for number in UInt64(10)..<20 {
            rig.submit(.synced, [append(messages(1), number, ["new \(number)"])])
            rig.settle()
        }
        rig.submit(.synced, [append(messages(2), 0, ["other"])])
        rig.settle()
        return rig
    }

    /// What is in quarantine, after a start that notices and after another.
    private static func expectQuarantine(_ rig: VolumeRig, _ what: Comment) throws {
        for _ in 0..<2 {
            try rig.reopen()
            #expect(rig.engine.logs.compactMap { $0.damage == nil ? nil : $0.log } == [messages(1)], what)
            #expect(!rig.notices.contains { if case .cut = $0 { true } else { false } }, what)
            #expect(try rig.contents(messages(2)) == ["other"])
        }
    }

    private static func repaired(_ rig: VolumeRig) throws -> [String] {
        rig.submit(.buffered, [.repair(messages(1), ticket: 1, dryRun: false)])
        rig.settle()
        _ = try #require(rig.repaired(1)).get()
        try rig.reopen()
        #expect(rig.engine.logs.allSatisfy { $0.damage == nil })
        return try rig.contents(messages(1))
    }

    @Test(
        "a log whose end was on the device is not cut but set aside, and keeps what the journal has",
        arguments: 0..<10
    )
    func cutShort(records: Int) throws {
        let rig = try Self.rig()
        let file = try rig.system.open(Self.path)
        let header = 48
        // Every batch of the first ten is as long as the others of them.
        let batch = 56 + 2 + 5
        try rig.system.truncate(file, to: header + records * batch)
        try Self.expectQuarantine(rig, "\(records)")
        let all = (0..<records).map { "old \($0)" } + (10..<20).map { "new \($0)" }
        #expect(try Self.repaired(rig) == all)
        #expect(rig.engine.logs.first?.next == 20)
    }

    @Test("what only the journal has comes back into a log that ends where the journal begins")
    func wholeBefore() throws {
        let rig = try Self.rig()
        try rig.system.truncate(try rig.system.open(Self.path), to: 48 + 10 * 63)
        try rig.reopen()
        #expect(rig.engine.logs.allSatisfy { $0.damage == nil })
        #expect(try rig.contents(messages(1)).count == 20)
    }

    @Test("a segment that is gone for foreign bytes is told, and what the journal has of it outlives the journal")
    func foreignBytes() throws {
        let rig = try VolumeRig()
        for number in UInt64(0)..<10 { rig.submit(.synced, [append(messages(1), number, ["new \(number)"])]) }
        rig.submit(.synced, [append(messages(2), 0, ["other"])])
        rig.settle()
        let file = try rig.system.open(Self.path)
        let size = try rig.system.size(of: file)
        var random = SeededRandom(seed: 5)
        try rig.system.write(random.bytes(count: size), to: file, at: 0)
        try rig.reopen()
        // All of it was in the journal: nothing is missing, and the damaged file is kept.
        #expect(rig.paths.contains("\(Self.path).damaged"))
        #expect(try rig.contents(messages(1)) == (0..<10).map { "new \($0)" })
        try rig.reopen()
        #expect(try rig.contents(messages(1)) == (0..<10).map { "new \($0)" })
    }

    @Test("what is synced behind what a sync in the background is still to reach leaves no gap when the power goes")
    func syncUnderWay() throws {
        for seed in UInt64(1)...30 {
            let rig = try VolumeRig(seed: seed)
            rig.submit(.buffered, [append(messages(1), 0, ["a", "b"])])
            rig.settle()
            rig.pass(1_000)
            rig.turn(.background)
            // The writer says what is to be synced, and the background has not come to it.
            rig.turn(.writer)
            rig.submit(.synced, [append(messages(1), 2, ["c"])])
            rig.turn(.writer)
            rig.turn(.syncer)
            #expect(rig.stored(.synced) == 1)
            try rig.reopen(afterPowerLoss: true)
            #expect(try rig.contents(messages(1)) == ["a", "b", "c"], "seed \(seed)")
        }
    }
}
