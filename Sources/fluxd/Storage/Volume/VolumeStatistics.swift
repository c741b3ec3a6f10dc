package import Metrics

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
    /// Of the sync journal's fdatasync, in nanoseconds.
    var syncLatency = Histogram()
}

/// A volume at one moment.
package struct VolumeStatistics: Sendable {
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
    /// Of the sync journal's fdatasync. Unit: nanoseconds.
    package var syncLatency: Histogram
    /// Batches that wait for the writer, and those that wait for the state store.
    package var waitingBatches: Int
    package var waitingChanges: Int
    /// Batches that wait for a sync.
    package var unsynced: Int
    package var waitingReads: Int
    /// For writing.
    package var openFiles: Int
}
