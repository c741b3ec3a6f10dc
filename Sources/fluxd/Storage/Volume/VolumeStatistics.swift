import LogStorage
package import Machine
package import Metrics
package import StateStore

/// What a volume has done since it was opened. Counters only grow.
struct VolumeCounters: Sendable {
    /// Of records, as they were given.
    var bytes: UInt64 = 0
    var records: UInt64 = 0
    var appends: UInt64 = 0
    /// Turns of the writer: what came meanwhile is written together.
    var groups: UInt64 = 0
    var reads: UInt64 = 0
    var readBytes: UInt64 = 0
    var journalSyncs: UInt64 = 0
    var segmentSyncs: UInt64 = 0
    var checkpoints: UInt64 = 0
    /// Bytes that a start would replay now.
    var journalBytes = 0
    /// Of the writer.
    var openFiles = 0
    /// Of a turn's writes, and of the sync journal's fdatasync, in nanoseconds.
    var writeLatency = Histogram()
    var syncLatency = Histogram()
    /// Logs that take and give nothing.
    var quarantined = 0
    /// What the file system said last.
    var freeBytes: UInt64 = 0
    var capacity: UInt64?
    var logs = LogTotals()
    /// Somebody has asked for these, and the writer has not come to it.
    var isMeasuring = false
    var state = StateCounters()
}

/// What was written by key.
package struct StateCounters: Sendable {
    /// What came meanwhile is written together.
    package var writes: UInt64 = 0
    package var changes: UInt64 = 0
    /// Of one write, with its sync if it had one. Unit: nanoseconds.
    package var latency = Histogram()
    /// As the store saw itself last; looked at once a second while there are writes.
    package var store = StateStatistics()

    init() {}
}

/// What a start found that was not as a clean stop leaves it.
package struct VolumeFindings: Equatable, Sendable {
    /// Brought back by the sync journal.
    package var recoveredBytes: UInt64 = 0
    package var recoveredRecords: UInt64 = 0
    /// Logs whose tails were not written whole, and what was cut from them.
    package var cutLogs: UInt64 = 0
    package var cutBytes: UInt64 = 0
    /// What the sync journal should have brought back and may be missing.
    package var journalDamages: UInt64 = 0

    init() {}

    mutating func note(_ notice: VolumeNotice) {
        switch notice {
        case .recovered(let bytes, let records):
            self.recoveredBytes += UInt64(bytes)
            self.recoveredRecords += UInt64(records)
        case .cut(let report):
            self.cutLogs += 1
            self.cutBytes += UInt64(report.bytes)
        case .journalDamaged: self.journalDamages += 1
        case .full, .writable, .failed, .quarantined: break
        }
    }
}

/// A volume at one moment.
package struct VolumeStatistics: Sendable {
    package var status: VolumeStatus.State
    /// Why it is not writable.
    package var reason: String?
    /// Bytes of records that were written, as they were given.
    package var bytes: UInt64
    package var records: UInt64
    package var appends: UInt64
    /// Writes that these were gathered into.
    package var groups: UInt64
    package var reads: UInt64
    package var readBytes: UInt64
    /// Of the sync journal.
    package var journalSyncs: UInt64
    /// Of logs' segments, in the background.
    package var segmentSyncs: UInt64
    package var checkpoints: UInt64
    /// Bytes in the sync journal that a start would replay.
    package var journalBytes: Int
    /// Of the writes that appends were gathered into, and of the sync journal's fdatasync. Unit: nanoseconds.
    package var writeLatency: Histogram
    package var syncLatency: Histogram
    /// Batches that wait for the writer, and those that wait for the state store.
    package var waitingBatches: Int
    package var waitingChanges: Int
    /// Batches that wait for a sync.
    package var unsynced: Int
    package var waitingReads: Int
    /// For writing.
    package var openFiles: Int
    /// Logs that take and give nothing until they are repaired.
    package var quarantined: Int
    /// Of the file system, looked at once a second; the capacity is nil where there is none.
    package var freeBytes: UInt64
    package var capacity: UInt64?
    /// What is to stay free: below it publishers are refused.
    package var minimumFree: UInt64
    /// As ``VolumeEngine/measureLogs()`` found them last.
    package var logs: LogTotals
    package var state: StateCounters
    package var findings: VolumeFindings
}

/// What the logs of a volume take together.
package struct LogTotals: Equatable, Sendable {
    package var logs = 0
    package var segments = 0
    /// Of segments, as they lie on disk.
    package var bytes: UInt64 = 0

    init() {}
}
