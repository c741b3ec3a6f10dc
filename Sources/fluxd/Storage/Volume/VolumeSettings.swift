package import LogStorage
package import Machine

/// How a volume stores.
package struct VolumeSettings: Sendable {
    package var logs = LogOptions()
    /// Milliseconds after which what is buffered is synced in the background: what a loss of power may take.
    package var syncInterval: UInt64 = 1_000
    /// Bytes of free space below which publishers are refused, so that settlements still fit.
    package var minimumFree: UInt64 = 64 << 20
    /// Bytes of the sync journal after which its segments are synced and it is begun anew.
    package var journalBytes = 64 << 20
    /// Milliseconds after which that is done at the latest: what a start has to replay stays short.
    package var checkpointInterval: UInt64 = 30_000
    /// Batches of class ``DurabilityClass/journal`` are stored when they are synced, and not when they are written.
    package var syncsSessions = false
    /// Batches of class ``DurabilityClass/state`` are stored when they are synced. Definitions of queues are in any case.
    package var syncsState = false

    package init() {}
}

/// What an operator should know of a volume. Each is said when it begins, not while it lasts.
package enum VolumeNotice: Equatable, Sendable {
    /// What the sync journal brought back at a start: bytes and records that the logs did not have.
    case recovered(bytes: Int, records: Int)
    /// A log's tail that was not written whole, and never promised, is cut.
    case cut(RecoveryReport)
    /// Something that the sync journal should have brought back may be missing.
    case journalDamaged(String)
    /// Too little space: the system's words, or how much is left of how much is wanted.
    case full(String)
    case writable
    /// Nothing is acknowledged any more.
    case failed(String)
    /// A log takes nothing and gives nothing until it is repaired.
    case quarantined(LogID, String)
}
