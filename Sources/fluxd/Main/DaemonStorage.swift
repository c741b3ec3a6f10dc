import Core
import DaemonConfig
import Files
import Glibc
import LogStorage
import MQTTServer
import Machine
import QueueEngine
import StateRecords
import StateStore
import Volume

/// What outlives the process: the data directory, the volume in it, and what they held when it was opened.
struct DaemonStorage {
    let volume: Volume
    let status: VolumeStatus
    private let state: any KeyValueStore
    /// Kept for its lock; nil when everything is in memory.
    private let directory: DataDirectory?

    /// Takes the directory and recovers the logs. The volume's threads run from ``start()`` on.
    init(_ config: StorageConfig, notify: @escaping @Sendable (VolumeNotice) -> Void) throws {
        self.status = VolumeStatus()
        let files: any FileSystem
        switch config.kind {
        case .memory:
            self.directory = nil
            self.state = MemoryStore()
            files = MemoryFiles(limit: UInt64(config.memoryLimit))
        case .disk:
            try makeDirectory(of: config.dir, "storage.dir")
            let directory = try DataDirectory(path: config.dir)
            self.directory = directory
            self.state = try RocksDBStore(path: "\(config.dir)/\(StorageNames.state)")
            files = Self.slowed(directory.files)
        }
        self.volume = try Volume(
            files: files,
            state: self.state,
            settings: VolumeSettings(config),
            status: self.status,
            notify: notify
        )
    }

    /// For `scripts/bench fsync`: each sync takes so many milliseconds more, as on a device that is slower than this one.
    private static func slowed(_ files: any FileSystem) -> any FileSystem {
        guard let text = getenv("FLUXMQ_BENCH_SYNC_DELAY_MS"), let delay = UInt64(String(cString: text)), delay > 0
        else { return files }
        let faults = Faults()
        faults.change { $0.syncDelay = min(delay, 60_000) * 1_000_000 }
        return FaultyFiles(files, faults)
    }

    /// What was found, for the log.
    struct Inventory {
        var sessions = 0
        var retained = 0
        var queues = 0
        var logBytes: UInt64 = 0
        /// Numbers of queues that have logs and no definition.
        var strays: [UInt64] = []
        /// Queues whose logs end before messages that their groups were given.
        var missing: [(queue: String, messages: UInt64)] = []
    }

    /// Rebuilds what the broker knew, before any loop runs.
    func load(into servers: [MQTTShard]) throws -> Inventory {
        var journals = self.directory == nil ? JournalLoader() : try self.journals()
        let sessions = try SessionLoader.load(from: self.state, into: servers) { journals.home(of: $0) }
        var inventory = Inventory(sessions: sessions.sessions, retained: sessions.retained)
        var logs = Dictionary(grouping: self.volume.engine.logs.filter { $0.log.part != .sessions }) { $0.log.owner }
        var queues = StateCursor(self.state, prefix: StateKey.Kind.queue.prefix)
        while let stored = try queues.next() {
            guard case .queue(let number)? = StateKey(stored.key),
                let definition = QueueDefinition(number: number, stored.value)
            else { throw StorageFailure(unreadable: stored.key, "a queue") }
            let own = logs.removeValue(forKey: number) ?? []
            inventory.queues += 1
            inventory.logBytes += own.reduce(0) { $0 + $1.bytes }
            let shard = servers[Int(number % UInt64(servers.count))].shard
            try self.restore(definition, own, on: shard)
            let missing = shard.queues.home(number)?.queue.missing ?? 0
            // What is damaged is told of by itself.
            if missing > 0, own.allSatisfy({ $0.damage == nil }) {
                inventory.missing.append((definition.name, missing))
            }
        }
        for (owner, own) in logs {
            servers[0].shard.broker.queues.reserve(through: owner)
            if owner & QueueDirectory.Place.ephemeralBit != 0 {
                self.volume.engine.removeLater(own.map(\.log))
            } else {
                inventory.strays.append(owner)
            }
        }
        // Last: what was taken in and not routed goes to queues too.
        if self.directory != nil { journals.restore(into: servers) }
        return inventory
    }

    private func journals() throws -> JournalLoader {
        var journals = JournalLoader()
        for info in self.volume.engine.logs where info.log.part == .sessions {
            journals.begin(info.log, next: info.next, bytes: info.bytes)
            var failure = info.damage.map { StorageFailure(.damaged, $0.description) }
            do throws(StorageFailure) {
                try self.volume.engine.forEachRecord(info.log) { read in
                    do throws(StorageFailure) { try journals.read(read) } catch { failure = failure ?? error }
                }
            } catch {
                failure = failure ?? error
            }
            guard let failure else { continue }
            throw StorageFailure(
                failure.kind,
                """
                \(failure); what kept sessions wait for is behind that: restore it from a backup, or move the directory \
                sessions/\(info.log.owner) below storage.dir away to start without those messages
                """
            )
        }
        return journals
    }

    private func restore(_ definition: QueueDefinition, _ logs: [LogInfo], on shard: ShardState) throws {
        shard.broker.queues.restore(
            definition.name,
            in: Namespace(definition.namespace),
            QueueDirectory.Place(
                number: definition.number,
                shard: shard.index,
                isStream: definition.kind == .stream
            )
        )
        var operations: [LogRead] = []
        let groups = LogID(owner: definition.number, part: .groups)
        if logs.contains(where: { $0.log == groups }) {
            do throws(StorageFailure) {
                try self.volume.engine.forEachRecord(groups) { operations.append($0) }
            } catch {
                // What came before the damage is there; the queue is quarantined below.
                guard case .damaged = error.kind else { throw error }
            }
        }
        let states = logs.compactMap { info in
            info.log.part.map { Queue.LogState(part: $0, head: info.head, next: info.next, bytes: info.bytes) }
        }
        try shard.queues.restore(definition, states, operations: operations)
        self.volume.engine.setName(definition.name, of: definition.number)
        for log in logs {
            guard let damage = log.damage else { continue }
            shard.received(.quarantined(log.log, StorageFailure(.damaged, damage.description)))
        }
    }

    func start() { self.volume.start() }

    /// Does what still waits, and lets go of the directory. After the loops have ended.
    ///
    /// - Returns: Whether the next start need not look at the logs.
    func stop() -> Bool {
        let isClean = self.volume.stop()
        self.state.close()
        return isClean
    }
}

extension VolumeSettings {
    init(_ config: StorageConfig) {
        self.init()
        self.syncInterval =
            config.queueSyncInterval == .zero ? 1_000 : UInt64(config.queueSyncInterval / .milliseconds(1))
        self.minimumFree = config.kind == .disk ? UInt64(config.minFreeSpace) : 0
        self.syncsSessions = config.sessionDurability == .fsync || config.queueSyncInterval == .zero
        self.syncsState = config.syncWrites
        if config.kind == .memory { self.logs.segmentBytes = 4 << 20 }
        // As many queues are written to and read from without opening a file each time.
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            self.logs.openFiles = Int(min(2_048, max(64, limit.rlim_cur / 16)))
        }
    }
}
