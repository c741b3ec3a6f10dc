import Files
import LogStorage

/// Syncs segments where nobody waits for it, and looks after free space.
final class BackgroundLane {
    private static let spaceInterval: UInt64 = 1_000

    private let exchange: VolumeExchange
    private let files: any FileSystem
    private var lastSync: UInt64
    private var nextCheckpoint: UInt64
    private var nextSpace: UInt64

    init(_ exchange: VolumeExchange, _ files: any FileSystem, now: UInt64) {
        self.exchange = exchange
        self.files = files
        self.lastSync = now
        self.nextCheckpoint = now + exchange.settings.checkpointInterval
        self.nextSpace = now
    }

    private var syncTime: UInt64 { self.lastSync + self.exchange.syncInterval }

    func wanted() -> UInt64? {
        if self.exchange.health.isFailed { return nil }
        if !self.exchange.syncWork.isEmpty || self.exchange.space.wantsLook { return 0 }
        return min(self.syncTime, self.nextCheckpoint, self.nextSpace)
    }

    func turn(now: UInt64) {
        if self.exchange.health.isFailed { return }
        for work in self.exchange.syncWork.takeAll() { self.sync(work) }
        if now >= self.syncTime {
            self.lastSync = now
            self.exchange.syncRequests.putIfAbsent(.buffered)
            self.exchange.wake(.writer)
        }
        if now >= self.nextCheckpoint {
            self.nextCheckpoint = now + self.exchange.settings.checkpointInterval
            self.exchange.journalOrders.put(.rotate)
            self.exchange.wake(.syncer)
        }
        if now >= self.nextSpace || self.exchange.space.wantsLook {
            self.nextSpace = now + Self.spaceInterval
            self.measure()
        }
    }

    func measure() {
        do throws(FileError) {
            let floor = self.exchange.space.minimumFree
            let (free, capacity) = (try self.files.freeBytes(), try self.files.capacity())
            self.exchange.count { counters in
                counters.freeBytes = free
                counters.capacity = capacity
            }
            self.exchange.health.measured(free: self.exchange.space.looked(free: free), floor: floor)
        } catch {
            self.exchange.health.fail(error.description)
        }
    }

    private func sync(_ work: SyncWork) {
        do throws(FileError) {
            for point in work.points { try self.sync(point) }
        } catch {
            return self.exchange.health.fail(error.description)
        }
        self.exchange.syncedWork.put(work)
        self.exchange.wake(.writer)
        if case .checkpoint = work.request {
            self.exchange.count { $0.checkpoints += 1 }
            self.exchange.journalOrders.put(.checkpointed)
            self.exchange.wake(.syncer)
        }
    }

    private func sync(_ point: LogSyncPoint) throws(FileError) {
        for target in point.files {
            do throws(FileError) {
                let file = try self.files.open(target.path, writable: true)
                defer { file.close() }
                try file.sync()
                self.exchange.count { $0.segmentSyncs += 1 }
            } catch  where error.kind == .notFound {
                // Trimmed, or removed, since.
            }
        }
        for directory in point.directories {
            do throws(FileError) {
                try self.files.syncDirectory(directory)
            } catch  where error.kind == .notFound {
                // Removed since.
            }
        }
    }
}

@available(*, unavailable)
extension BackgroundLane: Sendable {}
