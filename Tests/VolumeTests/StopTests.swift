import Files
import LogFormat
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import Testing
import Volume

@Suite("The end of a volume, and its next start")
struct StopTests {
    @Test("a clean stop does what waits, and the next start reads no log and recovers nothing")
    func clean() throws {
        let rig = try VolumeRig()
        rig.submit(.synced, [append(messages(1), 0, ["a"])])
        rig.submit(.buffered, [append(messages(2), 0, ["b"])])
        rig.submit(.state, [.put(key: [1], value: [2])])
        #expect(rig.engine.close(now: 2_000))
        #expect(rig.stored(.synced) == 1)
        #expect(rig.stored(.buffered) == 1)
        #expect(rig.stored(.state) == 1)
        #expect(rig.paths.contains(StorageNames.clean))
        rig.faults.change { $0.rules = [.init(.open, .device, path: "queues")] }
        try rig.reopen(afterPowerLoss: true)
        #expect(rig.engine.logs.map(\.next) == [1, 1])
        #expect(rig.notices.isEmpty)
        #expect(!rig.paths.contains(StorageNames.clean))
        rig.faults.change { $0.rules = [] }
        #expect(try rig.read(messages(1))?.get() == ["a"])
        #expect(try rig.contents(messages(2)) == ["b"])
    }

    @Test("a start that is interrupted is no clean one for the next")
    func interrupted() throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        #expect(rig.engine.close(now: 2_000))
        try rig.reopen()
        rig.submit(.buffered, [append(messages(1), 1, ["b"])])
        rig.settle()
        try rig.reopen()
        #expect(rig.engine.logs.map(\.next) == [2])
    }

    @Test("a volume that is full does not stop cleanly, and nothing that was answered is missing")
    func full() throws {
        let rig = try VolumeRig()
        rig.submit(.synced, [append(messages(1), 0, ["a"])])
        rig.settle()
        rig.faults.change { $0.rules = [.init(.write, .full, path: "queues")] }
        rig.submit(.buffered, [append(messages(1), 1, ["b"])])
        #expect(!rig.engine.close(now: rig.now))
        rig.faults.change { $0.rules = [] }
        try rig.reopen(afterPowerLoss: true)
        #expect(try rig.contents(messages(1)) == ["a"])
    }

    @Test("a clean marker that cannot be read is none")
    func unreadable() throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        #expect(rig.engine.close(now: 2_000))
        try rig.simulated.replace(StorageNames.clean, with: [1, 2, 3], in: "")
        try rig.reopen()
        #expect(try rig.contents(messages(1)) == ["a"])
    }
}

@Suite("Logs that end with the process, and many logs")
struct ManyLogsTests {
    private static func ephemeral(_ number: UInt64) -> LogID { messages(LogID.ephemeralOwner | number) }

    @Test("nothing of an ephemeral log is synced, not even at a stop, and the next start can name it")
    func ephemeral() throws {
        let rig = try VolumeRig()
        for number in UInt64(1)...20 { rig.submit(.buffered, [append(Self.ephemeral(number), 0, ["a"])]) }
        rig.submit(.buffered, [append(messages(1), 0, ["b"])])
        rig.settle()
        rig.pass(1_000)
        rig.settle()
        #expect(rig.engine.statistics.segmentSyncs == 1)
        #expect(try rig.read(Self.ephemeral(7))?.get() == ["a"])
        rig.faults.change { $0.rules = [.init(.sync, .device, path: LogPaths.queues)] }
        #expect(rig.engine.close(now: rig.now))
        rig.faults.change { $0.rules = [] }
        try rig.reopen()
        #expect(rig.engine.logs.map(\.log) == [messages(1)] + (1...20).map { Self.ephemeral($0) })
    }

    @Test(
        "after a kill ephemeral logs are named and not looked at, and go while others are written",
        arguments: [0, 1, 2]
    )
    func afterKill(stopping: Int) throws {
        let rig = try VolumeRig()
        for number in UInt64(1)...200 { rig.submit(.buffered, [append(Self.ephemeral(number), 0, ["a"])]) }
        rig.settle()
        rig.faults.change { $0.rules = [.init(.open, .device, path: LogPaths.queues)] }
        try rig.reopen()
        rig.faults.change { $0.rules = [] }
        #expect(rig.engine.logs.count == 200)
        rig.engine.removeLater(rig.engine.logs.map(\.log))
        rig.submit(.buffered, [append(messages(1), 0, ["b"])])
        rig.turn(.writer)
        #expect(rig.stored(.buffered) == 1)
        #expect(rig.engine.logs.count > 100)
        if stopping > 0 {
            // A stop does not wait for it.
            #expect(rig.engine.close(now: rig.now))
            if stopping == 2 { try rig.simulated.remove(StorageNames.clean) }
            try rig.reopen()
            #expect(rig.engine.logs.count > 100)
            rig.engine.removeLater(rig.engine.logs.map(\.log).filter(\.isEphemeral))
        }
        rig.settle()
        #expect(rig.engine.logs.map(\.log) == [messages(1)])
        #expect(rig.paths.count { $0.hasPrefix("queues/") } == 1)
    }

    @Test("a stop syncs a thousand logs at once, and all of them are there when the power goes behind it")
    func together() throws {
        let rig = try VolumeRig()
        for number in UInt64(1)...1_000 { rig.submit(.buffered, [append(messages(number), 0, ["a", "b"])]) }
        rig.settle()
        // No file of a log is synced by itself.
        rig.faults.change { $0.rules = [.init(.sync, .device, path: "queues")] }
        #expect(rig.engine.close(now: rig.now))
        rig.faults.change { $0.rules = [] }
        try rig.reopen(afterPowerLoss: true)
        #expect(rig.engine.logs.count == 1_000 && rig.engine.logs.allSatisfy { $0.next == 2 })
        #expect(rig.notices.isEmpty)
    }

    @Test("a sync of everything that fails makes the stop no clean one")
    func togetherFails() throws {
        let rig = try VolumeRig()
        for number in UInt64(1)...100 { rig.submit(.buffered, [append(messages(number), 0, ["a"])]) }
        rig.settle()
        rig.faults.change { $0.rules = [.init(.sync, .device)] }
        #expect(!rig.engine.close(now: rig.now))
        #expect(!rig.paths.contains(StorageNames.clean))
    }

    @Test("an owner's name stands in the first segment of each of its logs, and in no other's")
    func names() throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [.name("orders", owner: 1), append(messages(1), 0, ["a"])])
        rig.submit(.synced, [append(LogID(owner: 1, part: .groups), 0, ["b"]), append(messages(2), 0, ["c"])])
        rig.settle()
        let named = try rig.paths.filter { $0.hasSuffix(".seg") }.map { path in
            let bytes = try rig.system.read(try rig.system.open(path), at: 0, count: LogSegmentHeader.maximumBytes)
            return bytes.withUnsafeBytes { header in try? LogSegmentHeader(header).name }
        }
        #expect(named == ["orders", "orders", ""])
    }
}
