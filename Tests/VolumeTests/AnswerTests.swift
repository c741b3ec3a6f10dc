import Files
import LogStorage
import Machine
import StateStore
import Testing
import Volume

@Suite("What a volume answers, and when")
struct AnswerTests {
    @Test("buffered is stored when it is written, and synced only when the journal is synced too")
    func classes() throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.submit(.journal, [append(LogID(owner: 0, part: .sessions), 0, ["b"])])
        rig.submit(.synced, [append(messages(2), 0, ["c"])])
        #expect(rig.stored(.buffered) == 0)
        rig.turn(.writer)
        #expect(rig.stored(.buffered) == 1)
        #expect(rig.stored(.journal) == 1)
        #expect(rig.stored(.synced) == 0)
        rig.turn(.syncer)
        #expect(rig.stored(.synced) == 1)
    }

    @Test("what is synced before it is in its segment is answered when it is, so that a read finds it")
    func syncedWaitsForTheWriter() throws {
        let rig = try VolumeRig()
        rig.faults.change { $0.rules = [.init(.write, .full, path: "queues", times: 1)] }
        rig.submit(.synced, [append(messages(1), 0, ["a"])])
        rig.turn(.writer)
        rig.turn(.syncer)
        #expect(rig.stored(.synced) == 0)
        rig.pass(100)
        rig.turn(.writer)
        rig.turn(.syncer)
        #expect(rig.stored(.synced) == 1)
        #expect(try rig.read(messages(1))?.get() == ["a"])
    }

    @Test("sessions are stored when they are synced, if that is asked for")
    func sessions() throws {
        var settings = VolumeRig.settings
        settings.syncsSessions = true
        let rig = try VolumeRig(settings: settings)
        rig.submit(.journal, [append(LogID(owner: 0, part: .sessions), 0, ["b"])])
        rig.turn(.writer)
        #expect(rig.stored(.journal) == 0)
        rig.turn(.syncer)
        #expect(rig.stored(.journal) == 1)
    }

    @Test("five hundred batches that wait are one write and one sync")
    func groups() throws {
        let rig = try VolumeRig()
        for number in 0..<500 { rig.submit(.synced, [append(messages(1), UInt64(number), ["m\(number)"])]) }
        let before = rig.engine.statistics
        rig.turn(.writer)
        rig.turn(.syncer)
        let after = rig.engine.statistics
        #expect(rig.stored(.synced) == 500)
        #expect(after.groups == before.groups + 1)
        #expect(after.journalSyncs == 1)
        #expect(after.records == 500)
    }

    @Test("a slow class holds up no other, and each shard hears of its own")
    func apart() throws {
        let rig = try VolumeRig()
        rig.submit(.synced, [append(messages(1), 0, ["a"])], shard: 2)
        rig.submit(.buffered, [append(messages(2), 0, ["b"])], shard: 3)
        rig.submit(.state, [.put(key: [1], value: [2])], shard: 3)
        rig.turn(.writer)
        #expect(rig.stored(.buffered, shard: 3) == 1)
        #expect(rig.stored(.state, shard: 3) == 0)
        rig.turn(.state)
        #expect(rig.stored(.state, shard: 3) == 1)
        #expect(try rig.state.get([1]) == [2])
        #expect(rig.stored(.synced, shard: 2) == 0)
        rig.turn(.syncer)
        #expect(rig.stored(.synced, shard: 2) == 1)
        #expect(rig.stored(.synced, shard: 3) == 0)
    }

    @Test("a batch without commands is answered in its turn")
    func empty() throws {
        let rig = try VolumeRig()
        for kind in DurabilityClass.allCases { rig.submit(kind, []) }
        rig.settle()
        for kind in DurabilityClass.allCases { #expect(rig.stored(kind) == 1) }
    }

    @Test("a log that is not there, or was trimmed, is gone for readers")
    func gone() throws {
        let rig = try VolumeRig()
        #expect(throws: StorageFailure.self) { try rig.read(messages(1))?.get() }
        for number in 0..<200 {
            rig.submit(.buffered, [append(messages(1), UInt64(number), [String(repeating: "x", count: 100)])])
        }
        rig.settle()
        rig.submit(.buffered, [.trim(messages(1), before: 150)])
        rig.settle()
        guard case .trimmed(messages(1), let head, let bytes)? = rig.news.last else {
            Issue.record("nothing was said of the trim")
            return
        }
        #expect(head > 0 && head <= 150)
        #expect(bytes > 0)
        #expect(throws: StorageFailure.self) { try rig.read(messages(1), from: 0)?.get() }
        #expect(try rig.read(messages(1), from: 150)?.get().isEmpty == false)
        rig.submit(.buffered, [.remove(messages(1))])
        rig.settle()
        #expect(throws: StorageFailure.self) { try rig.read(messages(1), from: 150)?.get() }
        #expect(rig.engine.logs.isEmpty)
    }

    @Test("what comes behind a log's removal is nobody's: it is answered, and makes no log", arguments: [false, true])
    func behindRemoval(together: Bool) throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.settle()
        rig.submit(.buffered, [.remove(messages(1))])
        if !together { rig.settle() }
        let last = rig.submit(.buffered, [append(messages(1), 1, ["b"])])
        rig.settle()
        #expect(rig.stored(.buffered) == last)
        #expect(rig.engine.logs.isEmpty)
    }

    @Test("what is buffered is synced in the background, and what the journal has is not")
    func background() throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.submit(.synced, [append(messages(2), 0, ["b"])])
        rig.settle()
        #expect(rig.engine.statistics.segmentSyncs == 0)
        rig.pass(1_000)
        rig.settle()
        #expect(rig.engine.statistics.segmentSyncs == 1)
        rig.pass(1_000)
        rig.settle()
        #expect(rig.engine.statistics.segmentSyncs == 1)
    }

    @Test("a journal that is old is checkpointed, and then empty")
    func oldJournal() throws {
        let rig = try VolumeRig()
        rig.submit(.synced, [append(messages(2), 0, ["b"])])
        rig.settle()
        #expect(rig.engine.statistics.journalBytes > 0)
        rig.pass(30_000)
        rig.settle()
        #expect(rig.engine.statistics.checkpoints == 1)
        #expect(rig.engine.statistics.journalBytes == 0)
        #expect(rig.engine.statistics.segmentSyncs == 1)
    }
}
