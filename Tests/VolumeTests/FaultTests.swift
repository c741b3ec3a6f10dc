import Files
import LogStorage
import Machine
import SimulatedFiles
import Testing
import Volume

@Suite("A device that is full, or fails")
struct FaultTests {
    @Test(
        "a batch that does not fit is neither answered nor lost, and is stored when there is space",
        arguments: [0, 500, 999]
    )
    func full(torn: Int) throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.settle()
        rig.faults.change { plan in
            plan.rules = [.init(.write, .full, path: "queues")]
            plan.torn = torn
        }
        rig.submit(.buffered, [append(messages(1), 1, ["b"]), append(messages(2), 0, ["c", "d"])])
        rig.submit(.synced, [append(messages(3), 0, ["e"])])
        for _ in 0..<20 {
            rig.settle()
            rig.pass(250)
        }
        #expect(rig.status == .full)
        #expect(rig.stored(.buffered) == 1)
        #expect(rig.stored(.synced) == 0)
        #expect(rig.notices.count == 1)
        rig.faults.change { $0.rules = [] }
        rig.pass(1_000)
        rig.settle()
        #expect(rig.status == .writable)
        #expect(rig.notices.last == .writable)
        #expect(rig.stored(.buffered) == 2)
        #expect(rig.stored(.synced) == 1)
        #expect(try rig.contents(messages(1)) == ["a", "b"])
        #expect(try rig.contents(messages(2)) == ["c", "d"])
        #expect(try rig.contents(messages(3)) == ["e"])
    }

    @Test("a journal that does not fit holds back what is synced, and nothing else")
    func fullJournal() throws {
        let rig = try VolumeRig()
        rig.faults.change { $0.rules = [.init(.write, .full, path: "journal", times: 2)] }
        rig.submit(.synced, [append(messages(1), 0, ["a"])])
        rig.submit(.buffered, [append(messages(2), 0, ["b"])])
        rig.settle()
        #expect(rig.stored(.buffered) == 1)
        #expect(rig.stored(.synced) == 0)
        #expect(rig.status == .full)
        for _ in 0..<4 {
            rig.pass(500)
            rig.settle()
        }
        #expect(rig.stored(.synced) == 1)
        #expect(rig.status == .writable)
    }

    @Test("what frees space is done although what came before it does not fit")
    func relief() throws {
        let rig = try VolumeRig()
        let long = String(repeating: "x", count: 1_000)
        for number in 0..<12 { rig.submit(.buffered, [append(messages(1), UInt64(number), [long])]) }
        rig.submit(.buffered, [append(messages(2), 0, ["queue to go"])])
        rig.settle()
        rig.faults.change { $0.rules = [.init(.write, .full, path: "queues")] }
        rig.submit(.buffered, [append(messages(1), 12, ["b"]), append(messages(2), 1, ["void"])])
        rig.settle()
        let before = rig.paths.count
        rig.submit(.buffered, [.trim(messages(1), before: 12), .remove(messages(2))])
        rig.pass(1_000)
        rig.settle()
        #expect(rig.paths.count < before - 2)
        #expect(!rig.paths.contains { $0.hasPrefix(LogPaths.directory(of: messages(2))) })
        rig.faults.change { $0.rules = [] }
        rig.pass(1_000)
        rig.settle()
        #expect(rig.stored(.buffered) == 15)
        #expect(try rig.read(messages(1), from: 12)?.get() == ["b"])
        #expect(rig.engine.logs.map(\.log) == [messages(1)])
    }

    @Test("free space below the floor is full, and it takes a quarter more to be writable again")
    func floor() throws {
        let rig = try VolumeRig()
        let floor = rig.settings.minimumFree
        rig.simulated.free = floor - 1
        rig.pass(1_000)
        rig.settle()
        #expect(rig.status == .full)
        #expect(rig.engine.reason?.contains("63 MiB are free, and 64 MiB are to stay free") == true)
        // Settlements still fit.
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.settle()
        #expect(rig.stored(.buffered) == 1)
        rig.simulated.free = floor + floor / 4 - 1
        rig.pass(1_000)
        rig.settle()
        #expect(rig.status == .full)
        rig.simulated.free = floor + floor / 4
        rig.pass(1_000)
        rig.settle()
        #expect(rig.status == .writable)
        #expect(rig.engine.reason == nil)
        #expect(rig.notices.count == 2)
    }

    @Test(
        "after an error of the device nothing is answered any more, whoever met it, and reads go on",
        arguments: [
            Faults.Rule(.write, .device, path: "queues", times: 1),
            Faults.Rule(.write, .device, path: "journal", times: 1),
            Faults.Rule(.sync, .device, path: "journal/0", after: 1, times: 1),
            Faults.Rule(.sync, .full, path: "journal/0", after: 1, times: 1),
        ]
    )
    func device(rule: Faults.Rule) throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.settle()
        rig.faults.change { $0.rules = [rule] }
        rig.submit(.synced, [append(messages(2), 0, ["b"])])
        rig.settle()
        rig.submit(.synced, [append(messages(2), 1, ["c"])])
        rig.submit(.buffered, [append(messages(1), 1, ["d"])])
        rig.submit(.state, [.put(key: [1], value: [1])])
        for _ in 0..<10 {
            rig.pass(1_000)
            rig.settle()
        }
        #expect(rig.status == .failed)
        #expect(rig.stored(.synced) == 0)
        #expect(rig.stored(.buffered) == 1)
        #expect(rig.stored(.state) == 0)
        #expect(rig.engine.reason?.contains("a fault was asked for") == true)
        #expect(rig.notices.count == 1)
        #expect(try rig.read(messages(1))?.get() == ["a"])
        #expect(!rig.engine.close(now: rig.now))
        #expect(!rig.paths.contains(StorageNames.clean))
    }

    @Test("a background sync that fails is a failed device")
    func backgroundSync() throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.settle()
        rig.faults.change { $0.rules = [.init(.sync, .other, path: "queues")] }
        rig.pass(1_000)
        rig.settle()
        #expect(rig.status == .failed)
    }

    @Test("a log whose bytes are not what was written is set aside, told of once, and repaired")
    func quarantine() throws {
        let rig = try VolumeRig()
        for number in 0..<100 {
            rig.submit(.buffered, [append(messages(1), UInt64(number), [String(repeating: "x", count: 100)])])
            rig.settle()
        }
        rig.pass(1_000)
        rig.settle()
        let path = "\(LogPaths.directory(of: messages(1)))/00000000000000000000.seg"
        rig.faults.change { $0.rot = [.init(path: path, offset: 1_000, bit: 3)] }
        // Readers get what stands before it.
        let before = try #require(try rig.read(messages(1))?.get().count)
        #expect { try rig.read(messages(1), from: UInt64(before))?.get() } throws: {
            ($0 as? StorageFailure)?.kind == .damaged
        }
        rig.submit(.buffered, [append(messages(1), 100, ["kept"]), append(messages(2), 0, ["other"])])
        rig.settle()
        #expect(rig.stored(.buffered) == 101)
        #expect(rig.news.contains { if case .quarantined(messages(1), _) = $0 { true } else { false } })
        #expect(rig.notices.count { if case .quarantined(messages(1), _) = $0 { true } else { false } } == 1)
        #expect(try rig.read(messages(2))?.get() == ["other"])
        #expect(rig.status == .writable)
        rig.submit(.buffered, [.repair(messages(1), ticket: 1, dryRun: true)])
        rig.submit(
            .synced,
            [.repair(messages(1), ticket: 2, dryRun: false), .repair(messages(9), ticket: 3, dryRun: false)]
        )
        rig.settle()
        let (told, done) = (try #require(rig.repaired(1)).get(), try #require(rig.repaired(2)).get())
        #expect(told.report.records > 0 && told.report.losses.map(\.offsets) == done.report.losses.map(\.offsets))
        #expect(done.head == 0 && done.next == 101 && done.report.losses.allSatisfy { $0.kept != nil })
        #expect { try rig.repaired(3)?.get() } throws: { ($0 as? StorageFailure)?.kind == .gone }
        rig.faults.change { $0.rot = [] }
        rig.submit(.buffered, [append(messages(1), 101, ["again"])])
        rig.settle()
        // What was answered when the damage was met is there too.
        #expect(try rig.read(messages(1), from: 100)?.get() == ["kept"])
        #expect(try rig.read(messages(1), from: 101)?.get() == ["again"])
    }
}
