import Files
import LogStorage
import Machine
import SimulatedFiles
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
