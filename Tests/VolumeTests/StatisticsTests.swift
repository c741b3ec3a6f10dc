import Files
import LogStorage
import Machine
import Metrics
import StateStore
import Testing

@testable import Volume

@Suite("What a volume counts")
struct StatisticsTests {
    @Test("writes, syncs and changes by key are counted, each with its time")
    func writes() throws {
        let rig = try VolumeRig()
        rig.submit(.synced, [append(messages(1), 0, ["a", "b"])])
        rig.submit(.buffered, [append(messages(2), 0, ["c"])])
        rig.submit(.state, [.put(key: [1], value: [2]), .put(key: [2], value: [3])])
        #expect(rig.engine.statistics.waitingBatches == 2 && rig.engine.statistics.waitingChanges == 1)
        rig.turn(.writer)
        #expect(rig.engine.statistics.unsynced == 1)
        rig.turn(.syncer)
        rig.turn(.state)
        let found = rig.engine.statistics
        #expect(found.records == 3 && found.appends == 2 && found.groups == 1 && found.bytes > 0)
        #expect(found.writeLatency.count == 1 && found.syncLatency.count == 1 && found.journalSyncs == 1)
        #expect(found.state.writes == 1 && found.state.changes == 2 && found.state.latency.count == 1)
        #expect(found.state.store.keys == 2)
        #expect(found.waitingBatches == 0 && found.waitingChanges == 0 && found.unsynced == 0)
    }

    @Test("logs are measured when the writer comes to it, once however often it is asked for")
    func logs() throws {
        let rig = try VolumeRig()
        rig.submit(.buffered, [append(messages(1), 0, ["a"])])
        rig.submit(.buffered, [append(messages(2), 0, ["b"])])
        rig.turn(.writer)
        #expect(rig.engine.statistics.logs == LogTotals())
        rig.engine.measureLogs()
        rig.engine.measureLogs()
        #expect(rig.engine.exchange.inquiries.count == 1)
        rig.turn(.writer)
        let logs = rig.engine.statistics.logs
        #expect(logs.logs == 2 && logs.segments == 2 && logs.bytes > 0)
        rig.engine.measureLogs()
        #expect(rig.engine.exchange.inquiries.count == 1)
    }

    @Test("what a start cut and brought back is counted")
    func findings() throws {
        var isFound = false
        // What of the segment is lost with the power is the seed's to say.
        for seed in UInt64(1)...20 {
            let rig = try VolumeRig(seed: seed)
            rig.submit(.synced, [append(messages(1), 0, ["a", "b"])])
            rig.submit(.buffered, [append(messages(2), 0, ["c"])])
            rig.turn(.writer)
            rig.turn(.syncer)
            #expect(rig.engine.statistics.findings == VolumeFindings())
            try rig.reopen(afterPowerLoss: true)
            let found = rig.engine.statistics.findings
            isFound = isFound || found.recoveredRecords == 2 && found.recoveredBytes > 0
        }
        #expect(isFound)
    }

    @Test("a quarantined log is counted until it is gone")
    func quarantined() throws {
        let rig = try VolumeRig()
        for number in 0..<20 {
            rig.submit(.buffered, [append(messages(1), UInt64(number), [String(repeating: "x", count: 100)])])
            rig.settle()
        }
        let path = "\(LogPaths.directory(of: messages(1)))/00000000000000000000.seg"
        rig.faults.change { $0.rot = [.init(path: path, offset: 200, bit: 3)] }
        #expect(throws: StorageFailure.self) { try rig.read(messages(1))?.get() }
        rig.settle()
        #expect(rig.engine.statistics.quarantined == 1)
        rig.submit(.buffered, [.remove(messages(1))])
        rig.settle()
        #expect(rig.engine.statistics.quarantined == 0)
    }

    @Test("free space and state are those of the volume")
    func space() throws {
        let rig = try VolumeRig()
        rig.turn(.background)
        let found = rig.engine.statistics
        #expect(found.status == .writable && found.reason == nil && found.freeBytes > 0)
        #expect(found.minimumFree == rig.settings.minimumFree)
    }
}
