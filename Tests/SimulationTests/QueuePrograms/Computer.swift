import Files
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import StateRecords
import StateStore
import Synchronization
import Volume

/// The machine that a broker runs on, over all lives of the broker: a disk that keeps what was synced, and any part of the rest when
/// the power goes; and a clock.
final class Computer {
    let system: SimulatedFileSystem
    let state: CrashableStore
    let lifeline = Lifeline()
    let wall = WallClock()
    private(set) var faults = Faults()
    private(set) var notices = Notices()

    init(seed: UInt64) {
        self.system = SimulatedFileSystem(seed: seed)
        self.state = CrashableStore(seed: seed, self.lifeline)
    }

    /// A process starts on what there is.
    ///
    /// - Throws: What it cannot start for; ``Lifeline/isCut`` says whether it died on the way.
    func start(now: UInt64, _ mutation: Mutation) throws(StorageFailure) -> (engine: VolumeEngine, VolumeStatus) {
        self.faults = Faults()
        self.notices = Notices()
        // As a store does with what it finds in its write-ahead log.
        try self.state.sync()
        let files = FaultyFiles(SimulatedFiles(self.system), self.faults)
        let status = VolumeStatus()
        let (wall, notices) = (self.wall, self.notices)
        let engine = try VolumeEngine(
            files: MortalFiles(files, self.lifeline, isSyncing: mutation != .ignoresSync),
            state: self.state,
            settings: Computer.settings,
            environment: VolumeEnvironment(
                unixTime: { wall.now },
                clock: { 0 },
                random: { SeededRandom.mix(wall.next()) }
            ),
            status: status,
            now: now,
            notify: { notices.put($0) }
        )
        return (engine, status)
    }

    /// Everything small, so that all of it turns over in a short program.
    private static var settings: VolumeSettings {
        var settings = VolumeSettings()
        settings.logs.segmentBytes = 8 << 10
        settings.logs.segmentAge = 20_000
        settings.logs.trimBytes = 1
        settings.logs.openFiles = 8
        settings.logs.indexInterval = 512
        settings.logs.indexSaveBytes = 2 << 10
        settings.journalBytes = 16 << 10
        settings.syncInterval = 300
        settings.checkpointInterval = 3_000
        settings.minimumFree = 1 << 20
        return settings
    }

    func powerCut() {
        self.system.crash()
        self.state.crash()
    }
}

@available(*, unavailable)
extension Computer: Sendable {}

/// Milliseconds since 1970, as the world has them; and numbers that differ.
final class WallClock: Sendable {
    private let time = Atomic<UInt64>(1_700_000_000_000)
    private let numbers = Atomic<UInt64>(0)
    var now: UInt64 { self.time.load(ordering: .relaxed) }
    func set(_ time: UInt64) { self.time.store(time, ordering: .relaxed) }
    func next() -> UInt64 { self.numbers.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// What a volume said of itself.
final class Notices: Sendable {
    private let notices = Mutex<[VolumeNotice]>([])
    func put(_ notice: VolumeNotice) { self.notices.withLock { $0.append(notice) } }
    var all: [VolumeNotice] { self.notices.withLock { $0 } }
}

/// How many operations on files and state a process still lives for.
final class Lifeline: Sendable {
    private let left = Mutex<Int?>(nil)

    /// nil for as many as it likes.
    func set(_ operations: Int?) { self.left.withLock { $0 = operations } }
    /// The process is dead: nothing that it does reaches the disk any more.
    var isCut: Bool { self.left.withLock { $0 == 0 } }

    /// One operation is about to happen.
    ///
    /// - Returns: false when it does not.
    func use() -> Bool {
        self.left.withLock { left in
            guard let count = left else { return true }
            left = max(count - 1, 0)
            return count > 0
        }
    }
}

/// Files of a process that may die between any two operations on them, and in the middle of a write.
final class MortalFiles: FileSystem {
    private let inner: any FileSystem
    private let lifeline: Lifeline
    private let isSyncing: Bool

    /// - Parameter isSyncing: Whether syncs of files do what they say.
    init(_ inner: any FileSystem, _ lifeline: Lifeline, isSyncing: Bool = true) {
        self.inner = inner
        self.lifeline = lifeline
        self.isSyncing = isSyncing
    }

    func live() throws(FileError) {
        if !self.lifeline.use() { throw FileError(.device, "the process is dead") }
    }

    func create(_ path: String) throws(FileError) -> any DataFile {
        try self.live()
        return MortalFile(try self.inner.create(path), self, isSyncing: self.isSyncing)
    }

    func open(_ path: String, writable: Bool) throws(FileError) -> any DataFile {
        MortalFile(try self.inner.open(path, writable: writable), self, isSyncing: self.isSyncing)
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        try self.live()
        try self.inner.rename(path, to: target)
    }

    func remove(_ path: String) throws(FileError) {
        try self.live()
        try self.inner.remove(path)
    }

    func list(_ directory: String) throws(FileError) -> [String] { try self.inner.list(directory) }
    func makeDirectory(_ directory: String) throws(FileError) { try self.inner.makeDirectory(directory) }
    func removeDirectory(_ directory: String) throws(FileError) { try self.inner.removeDirectory(directory) }

    func syncDirectory(_ directory: String) throws(FileError) {
        try self.live()
        try self.inner.syncDirectory(directory)
    }

    func syncAll() throws(FileError) {
        try self.live()
        if self.isSyncing { try self.inner.syncAll() }
    }

    func freeBytes() throws(FileError) -> UInt64 { try self.inner.freeBytes() }
}

private final class MortalFile: DataFile {
    private let inner: any DataFile
    private let files: MortalFiles
    private let isSyncing: Bool

    init(_ inner: any DataFile, _ files: MortalFiles, isSyncing: Bool) {
        self.inner = inner
        self.files = files
        self.isSyncing = isSyncing
    }

    func size() throws(FileError) -> Int { try self.inner.size() }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        try self.inner.read(at: offset, into: buffer)
    }

    func write(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(FileError) {
        do throws(FileError) {
            try self.files.live()
        } catch {
            // A kill falls into the middle of a write, too.
            if pieces.count > 1 { try self.inner.write([pieces[0]], at: offset) }
            throw error
        }
        try self.inner.write(pieces, at: offset)
    }

    func truncate(to size: Int) throws(FileError) {
        try self.files.live()
        try self.inner.truncate(to: size)
    }

    func sync() throws(FileError) {
        try self.files.live()
        if self.isSyncing { try self.inner.sync() }
    }

    func close() { self.inner.close() }
}

/// A key-value store that keeps, when the power goes, what was synced, and a prefix of what was written since: as a write-ahead log does.
final class CrashableStore: KeyValueStore {
    private struct State {
        var random: SeededRandom
        var store = MemoryStore()
        var writes: [[StateChange]] = []
        /// Of them, those that are on the device.
        var synced = 0
    }
    private let state: Mutex<State>
    private let lifeline: Lifeline

    init(seed: UInt64, _ lifeline: Lifeline) {
        self.state = Mutex(State(random: SeededRandom(seed: seed)))
        self.lifeline = lifeline
    }

    func write(_ changes: [StateChange], synced: Bool) throws(StorageFailure) {
        if !self.lifeline.use() { throw StorageFailure(.failed, "the process is dead") }
        try self.state.withLock { state throws(StorageFailure) in
            state.writes.append(changes)
            try state.store.write(changes, synced: synced)
        }
        // It may die before it knows that the write is done.
        if !self.lifeline.use() { throw StorageFailure(.failed, "the process is dead") }
        if synced { try self.sync() }
    }

    func sync() throws(StorageFailure) { self.state.withLock { $0.synced = $0.writes.count } }
    func get(_ key: [UInt8]) throws(StorageFailure) -> [UInt8]? {
        try self.state.withLock { state throws(StorageFailure) in try state.store.get(key) }
    }
    func scan(prefix: [UInt8], from: [UInt8], limit: Int) throws(StorageFailure) -> [StoredValue] {
        try self.state.withLock { state throws(StorageFailure) in
            try state.store.scan(prefix: prefix, from: from, limit: limit)
        }
    }
    func statistics() -> StateStatistics { self.state.withLock { $0.store.statistics() } }
    func close() {}

    /// The power goes.
    func crash() {
        self.state.withLock { state in
            let kept = state.random.value(in: state.synced...state.writes.count)
            state.writes.removeLast(state.writes.count - kept)
            state.synced = kept
            let store = MemoryStore()
            for changes in state.writes { try? store.write(changes, synced: true) }
            state.store = store
        }
    }
}
