import LogStorage
import Machine
import Synchronization

/// What one burst of one shard gave, on its way to a lane.
struct Submitted: Sendable {
    var shard: Int
    var batch: StoreBatch
    /// Bytes of the device that it is about to take.
    var space: Int
}

struct Question: Sendable {
    var shard: Int
    var request: ReadRequest
    /// The writer has looked for the log: no view means that there is none.
    var isLookedFor = false
}

/// Frames that are to be synced together, on their way from the writer to the syncer.
struct JournalGroup: Sendable {
    var number: UInt64
    var entries: [JournalFrame.Entry]
}

/// What is to be synced in segments, asked of the writer, since it alone knows the logs.
enum SyncRequest: Equatable, Sendable {
    /// Whatever was buffered and is not on the device.
    case buffered
    /// Also everything that the journal's filled file has frames for: groups up to this number.
    case checkpoint(through: UInt64)
}

/// A sync request with its answer.
struct SyncWork: Sendable {
    var number: UInt64
    var request: SyncRequest
    var points: [LogSyncPoint]
}

/// What lanes hand to each other, and what may be asked from anywhere. Each box is a leaf's lock; none nest.
final class VolumeExchange: Sendable {
    let settings: VolumeSettings
    let health: VolumeHealth
    let acknowledgements = Acknowledgements()
    let space: SpaceAccount
    private let syncEvery: Atomic<UInt64>
    let wake: @Sendable (VolumeLane) -> Void

    // To the writer.
    let commands = Box<Submitted>()
    let syncRequests = Box<SyncRequest>()
    let syncedWork = Box<SyncWork>()
    let damages = Box<(LogID, LogDamage)>()
    /// Of logs that no view is known of, since nobody has opened them.
    let unopened = Box<Question>()
    let inquiries = Box<@Sendable (WriterLane) -> Void>()
    // To the syncer.
    let journalGroups = Box<JournalGroup>()
    let journalOrders = Box<JournalOrder>()
    // To the background.
    let syncWork = Box<SyncWork>()
    // To the state lane, and to the readers.
    let changes = Box<Submitted>()
    let questions = Box<Question>()

    /// Milliseconds; it may change while the volume runs.
    var syncInterval: UInt64 {
        get { self.syncEvery.load(ordering: .relaxed) }
        set { self.syncEvery.store(newValue, ordering: .relaxed) }
    }

    private let removed = Atomic<UInt64>(0)
    /// How often files of logs were removed; the views say already that they are.
    var removals: UInt64 { self.removed.load(ordering: .acquiring) }

    func tellRemoved() {
        self.removed.wrappingAdd(1, ordering: .acquiringAndReleasing)
        self.wake(.reader)
    }

    private let views = Mutex<[LogID: LogView]>([:])
    private let counters = Mutex(VolumeCounters())

    enum JournalOrder: Sendable {
        /// A checkpoint is due, however little is in the journal.
        case rotate
        /// Every segment that the filled file has frames for is synced.
        case checkpointed
    }

    init(
        _ settings: VolumeSettings,
        _ health: VolumeHealth,
        wake: @escaping @Sendable (VolumeLane) -> Void
    ) {
        self.settings = settings
        self.space = SpaceAccount(floor: settings.minimumFree)
        self.syncEvery = Atomic(settings.syncInterval)
        self.health = health
        self.wake = wake
    }

    /// As readers know a log; nil for one that is not there, or that nobody has opened yet.
    func view(of log: LogID) -> LogView? { self.views.withLock { $0[log] } }
    func show(_ view: LogView?, of log: LogID) { self.views.withLock { $0[log] = view } }

    var counted: VolumeCounters { self.counters.withLock { $0 } }
    func count(_ body: (inout VolumeCounters) -> Void) { self.counters.withLock { body(&$0) } }

    var hasWriterErrands: Bool {
        !self.unopened.isEmpty || !self.inquiries.isEmpty || !self.damages.isEmpty || !self.syncedWork.isEmpty
    }

    /// Classes whose batches are stored when they are synced.
    func isSynced(_ kind: DurabilityClass) -> Bool {
        kind == .synced || (kind == .journal && self.settings.syncsSessions)
    }
}

/// Values on their way from any thread to one lane. Whoever fills it sees to its bound.
final class Box<Value: Sendable>: Sendable {
    fileprivate struct State {
        var values: [Value] = []
        /// Of the first that is left, for those that are taken one by one.
        var head = 0
    }
    fileprivate let state = Mutex(State())

    var isEmpty: Bool { self.state.withLock { $0.head == $0.values.count } }
    var count: Int { self.state.withLock { $0.values.count - $0.head } }

    func put(_ value: Value) { self.state.withLock { $0.values.append(value) } }
    func put(_ values: [Value]) { self.state.withLock { $0.values += values } }

    func takeAll() -> [Value] {
        self.state.withLock { state in
            let taken = state.head == 0 ? state.values : Array(state.values[state.head...])
            state = State()
            return taken
        }
    }

    func takeFirst() -> Value? {
        self.state.withLock { state in
            guard state.head < state.values.count else { return nil }
            let value = state.values[state.head]
            state.head += 1
            if state.head == state.values.count {
                state = State()
            } else if state.head > 1_024 {
                state.values.removeFirst(state.head)
                state.head = 0
            }
            return value
        }
    }
}

extension Box where Value: Equatable {
    /// For what is asked for again and again, and wanted once.
    func putIfAbsent(_ value: Value) {
        self.state.withLock { if !$0.values.contains(value) { $0.values.append(value) } }
    }
}
