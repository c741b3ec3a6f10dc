package import Files
import LogStorage
package import Machine
package import StateStore

/// What a volume needs of the world besides files.
package struct VolumeEnvironment: Sendable {
    /// Milliseconds since 1970, for what goes by age.
    package var unixTime: @Sendable () -> UInt64
    /// Nanoseconds of a clock that never goes back, for the latency of syncs.
    package var clock: @Sendable () -> UInt64
    /// Numbers that nobody can guess.
    package var random: @Sendable () -> UInt64

    package init(
        unixTime: @escaping @Sendable () -> UInt64,
        clock: @escaping @Sendable () -> UInt64,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.unixTime = unixTime
        self.clock = clock
        self.random = random
    }
}

/// A volume without threads: what is given is done when its lane takes a turn.
///
/// There are two who give turns: ``Volume``, with a thread for each lane, and the simulator, in any order.
package final class VolumeEngine: SteppedStore, @unchecked Sendable {
    // Sendable because: `exchange` is; each lane is given turns by one thread, which is the only one to touch it until all threads
    // have ended; the start and the end come before and after them. Files of the system are safe from any thread, as the lanes'
    // are, each of which opens its own.
    let exchange: VolumeExchange
    private let files: any FileSystem
    private let environment: VolumeEnvironment
    let writer: WriterLane
    private let syncer: SyncerLane
    private let state: StateLane
    private let background: BackgroundLane
    private let reader: ReaderLane

    /// Opens a volume: brings back what the sync journal has, cuts what was not written whole, and looks whether there is space.
    ///
    /// - Parameters:
    ///   - now: Milliseconds, as turns will count them.
    ///   - wake: Called from any thread when a lane has got something to do.
    package init(
        files: any FileSystem,
        state: any KeyValueStore,
        settings: VolumeSettings = VolumeSettings(),
        environment: VolumeEnvironment,
        status: VolumeStatus = VolumeStatus(),
        now: UInt64,
        notify: @escaping @Sendable (VolumeNotice) -> Void,
        wake: @escaping @Sendable (VolumeLane) -> Void = { _ in }
    ) throws(StorageFailure) {
        let health = VolumeHealth(status, notify)
        self.files = files
        self.environment = environment
        self.exchange = VolumeExchange(settings, health, wake: wake)
        let logs = try StartUp.open(files, settings, health, now: environment.unixTime())
        let journal: SyncJournal
        do throws(FileError) {
            journal = try SyncJournal(files, capacity: settings.journalBytes, generation: environment.random)
        } catch {
            throw StorageFailure(error.kind == .full ? .full : .failed, error.description)
        }
        self.writer = WriterLane(self.exchange, logs, unixTime: environment.unixTime, clock: environment.clock)
        self.syncer = SyncerLane(self.exchange, journal, clock: environment.clock)
        self.state = StateLane(self.exchange, state, clock: environment.clock)
        self.background = BackgroundLane(self.exchange, files, now: now)
        self.reader = ReaderLane(self.exchange, files)
        self.background.measure()
    }

    package var status: VolumeStatus { self.exchange.health.status }
    /// Why the volume is not writable, for health checks; nil while it is.
    package var reason: String? { self.exchange.health.reason }

    // MARK: A store

    package func attach(shard: Int, _ deliver: @escaping @Sendable ([StoreAnswer]) -> Void) {
        self.exchange.acknowledgements.attach(shard, deliver)
    }

    package func submit(_ batches: [StoreBatch], reads: [ReadRequest], from shard: Int) {
        var commands: [Submitted] = []
        var changes: [Submitted] = []
        var space = 0
        for batch in batches {
            let submitted = Submitted(
                shard: shard,
                batch: batch,
                space: batch.space(isSynced: self.exchange.isSynced(batch.kind))
            )
            space += submitted.space
            if batch.kind == .state { changes.append(submitted) } else { commands.append(submitted) }
        }
        if space > 0 { self.count(space) }
        if !commands.isEmpty {
            self.exchange.commands.put(commands)
            self.exchange.wake(.writer)
        }
        if !changes.isEmpty {
            self.exchange.changes.put(changes)
            self.exchange.wake(.state)
        }
        if !reads.isEmpty {
            self.exchange.questions.put(reads.map { Question(shard: shard, request: $0) })
            self.exchange.wake(.reader)
        }
    }

    private func count(_ space: Int) {
        let given = self.exchange.space.give(space)
        if given == .fits { return }
        if given == .short { self.exchange.health.short(of: self.exchange.space.minimumFree) }
        self.exchange.wake(.background)
    }

    // MARK: Turns

    package var laneCount: Int { VolumeLane.allCases.count }

    package func wanted(_ lane: Int) -> UInt64? { VolumeLane(rawValue: lane).flatMap { self.wanted($0) } }

    package func turn(_ lane: Int, now: UInt64) {
        if let lane = VolumeLane(rawValue: lane) { self.turn(lane, now: now) }
    }

    package func wanted(_ lane: VolumeLane) -> UInt64? {
        switch lane {
        case .writer: self.writer.wanted()
        case .syncer: self.syncer.wanted()
        case .state: self.state.wanted()
        case .background: self.background.wanted()
        case .reader: self.reader.wanted()
        }
    }

    package func turn(_ lane: VolumeLane, now: UInt64) {
        switch lane {
        case .writer: self.writer.turn(now: now)
        case .syncer: self.syncer.turn(now: now)
        case .state: self.state.turn(now: now)
        case .background: self.background.turn(now: now)
        case .reader: self.reader.turn()
        }
    }

    /// One more reader, for one more thread.
    func makeReader() -> ReaderLane { ReaderLane(self.exchange, self.files) }

    // MARK: Settings

    /// Takes over what may change while the volume runs, at once.
    ///
    /// - Parameters:
    ///   - minimumFree: As ``VolumeSettings/minimumFree``.
    ///   - syncInterval: As ``VolumeSettings/syncInterval``.
    package func change(minimumFree: UInt64, syncInterval: UInt64) {
        self.exchange.syncInterval = syncInterval
        if minimumFree != self.exchange.space.minimumFree { self.exchange.space.setFloor(minimumFree) }
        self.exchange.wake(.background)
    }

    // MARK: The end

    /// Does what still waits, syncs everything, and writes down that nothing need be looked at. No turn may follow.
    ///
    /// - Returns: False when it could not: the volume is full, or failed. Then the next start reads the logs, and nothing that was
    ///   acknowledged is missing.
    package func close(now: UInt64) -> Bool {
        // The next start knows them.
        self.writer.leftovers = []
        var isClean = self.drain(now)
        if isClean {
            do {
                try self.state.finish()
                let clean = try self.writer.finish()
                try self.syncer.finish()
                try self.files.replace(StorageNames.clean, with: clean.encoded(), in: "")
            } catch {
                self.exchange.health.note(.failed("the volume was not stopped cleanly: \(error)"))
                isClean = false
            }
        }
        self.writer.logs.closeFiles()
        return isClean
    }

    private func drain(_ now: UInt64) -> Bool {
        let lanes: [VolumeLane] = [.writer, .syncer, .state, .reader]
        while !self.exchange.health.isFailed {
            let ready = lanes.filter { self.wanted($0).map { $0 <= now } ?? false }
            if ready.isEmpty {
                // The syncer may wait for a checkpoint.
                if self.exchange.syncWork.isEmpty { break }
                self.turn(.background, now: now)
            }
            for lane in ready { self.turn(lane, now: now) }
        }
        return !self.exchange.health.isFailed && self.writer.isIdle && self.syncer.isIdle && self.state.isIdle
    }
}
