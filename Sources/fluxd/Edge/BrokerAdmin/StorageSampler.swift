import AdminAPI
import Machine
import Metrics
import StateStore
import Volume

/// The volume once a second: what it wrote a second, and how long its syncs took.
struct StorageSampler: Sendable {
    private var last: VolumeStatistics?
    private var lastAt: UInt64 = 0
    private(set) var writtenBytesPerSecond: Double?
    private(set) var syncsPerSecond: Double?
    /// Mean of the last second that had a sync, in milliseconds.
    private(set) var syncMilliseconds: Double?

    /// - Parameter now: Milliseconds of the loops' clock.
    mutating func look(at volume: VolumeStatistics, now: UInt64) {
        if let last, now > self.lastAt {
            let seconds = Double(now - self.lastAt) / 1_000
            let syncs = volume.syncLatency.count - last.syncLatency.count
            self.writtenBytesPerSecond = Double(volume.bytes - last.bytes) / seconds
            self.syncsPerSecond = Double(syncs) / seconds
            if syncs > 0 {
                self.syncMilliseconds = (volume.syncLatency.sum - last.syncLatency.sum) / Double(syncs) / 1e6
            }
        }
        (self.last, self.lastAt) = (volume, now)
    }

    /// Fills in what a broker's row says of its storage.
    func fill(_ row: inout AdminV1.Broker, from volume: VolumeStatistics) {
        row.storageState = "\(volume.status)"
        row.storageNote = volume.reason ?? ""
        row.storageFreeBytes = volume.freeBytes
        row.storageCapacityBytes = volume.capacity ?? 0
        row.storageReserveBytes = volume.minimumFree
        row.storageLogBytes = volume.logs.bytes
        row.storageWrittenBytesPerS = self.writtenBytesPerSecond
        row.storageSyncsPerS = self.syncsPerSecond
        row.storageSyncMs = self.syncMilliseconds
        row.storageWaiting = UInt64(volume.waitingBatches + volume.unsynced + volume.waitingChanges)
        row.storageQuarantined = UInt64(volume.quarantined)
    }
}
