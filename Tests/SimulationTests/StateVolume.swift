import Bytes
import LogFormat
import MQTTServer
import Machine
import StateStore
import Synchronization

/// What is left of a volume when only values by key and session journals matter: batches of those classes go to a key-value store and to
/// logs that outlive the world, all others are stored by being taken.
///
/// A kill loses what no turn has written yet: whole batches from the end on, as a process does that hands over and does not wait; how
/// far the store has come, and each shard's journal, is a matter of the seed.
final class StateVolume: SteppedStore {
    private struct Pending {
        /// By lane: the store's first, then one for each shard's journal.
        var waiting: [[(shard: Int, batch: StoreBatch)]]
        var deliver: [Int: @Sendable ([StoreAnswer]) -> Void] = [:]
        var isStopped = false
        var writes = 0
    }
    private let pending: Mutex<Pending>
    let store: any KeyValueStore
    private let journals: JournalLogs?
    let laneCount: Int

    init(_ store: any KeyValueStore, _ journals: JournalLogs? = nil, shards: Int = 0) {
        self.store = store
        self.journals = journals
        self.laneCount = 1 + shards
        self.pending = Mutex(Pending(waiting: Array(repeating: [], count: 1 + shards)))
    }

    /// Batches of class state that had something to write.
    var writes: Int { self.pending.withLock { $0.writes } }

    func attach(shard: Int, _ deliver: @escaping @Sendable ([StoreAnswer]) -> Void) {
        self.pending.withLock { $0.deliver[shard] = deliver }
    }

    func submit(_ batches: [StoreBatch], reads: [ReadRequest], from shard: Int) {
        precondition(reads.isEmpty, "nobody reads logs here")
        self.pending.withLock { pending in
            for batch in batches {
                let lane = batch.kind == .journal && self.laneCount > 1 ? 1 + shard : 0
                pending.waiting[lane].append((shard, batch))
            }
        }
    }

    func wanted(_ lane: Int) -> UInt64? {
        self.pending.withLock { $0.waiting[lane].isEmpty || $0.isStopped ? nil : 0 }
    }

    /// Nothing is written from now on.
    func stop() { self.pending.withLock { $0.isStopped = true } }

    func turn(_ lane: Int, now: UInt64) {
        self.pending.withLock { pending in
            if pending.isStopped { return }
            for (shard, batch) in pending.waiting[lane] {
                let changes = batch.commands.compactMap { StateChange($0) }
                precondition(batch.kind != .state || changes.count == batch.commands.count, "a log in the state store")
                if !changes.isEmpty {
                    pending.writes += 1
                    do {
                        try self.store.write(changes, synced: false)
                    } catch {
                        preconditionFailure("memory is full: \(error)")
                    }
                }
                for command in batch.commands where batch.kind == .journal { self.journals?.perform(command) }
                pending.deliver[shard]?([.stored(batch.kind, through: batch.number)])
            }
            pending.waiting[lane] = []
        }
    }
}

/// Session journals that outlive a world: what was appended, burst by burst, as far as it was not trimmed.
final class JournalLogs: Sendable {
    private struct Log {
        var appends: [LogAppend] = []
        var next: UInt64 = 0
    }
    private let logs = Mutex<[LogID: Log]>([:])

    func perform(_ command: StoreCommand) {
        self.logs.withLock { logs in
            switch command {
            case .append(let append):
                precondition(append.first == logs[append.log]?.next ?? 0, "an append leaves a gap")
                logs[append.log, default: Log()].appends.append(append)
                logs[append.log]?.next = append.first + UInt64(append.count)
            case .trim(let log, let offset):
                // To the segment: not all that may go does.
                guard let whole = logs[log]?.appends.count(where: { $0.first + UInt64($0.count) <= offset }) else {
                    return
                }
                logs[log]?.appends.removeFirst(whole - whole / 8)
            case .remove(let log): logs[log] = nil
            case .retain, .repair, .name, .put, .delete: preconditionFailure("not for a session journal: \(command)")
            }
        }
    }

    /// Numbers of shards that have a journal.
    var owners: [UInt64] { self.logs.withLock { $0.keys.map(\.owner).sorted() } }
    var bytes: Int {
        self.logs.withLock { $0.values.reduce(0) { $0 + $1.appends.reduce(0) { $0 + $1.records.count } } }
    }
    var records: Int { self.logs.withLock { $0.values.reduce(0) { $0 + $1.appends.reduce(0) { $0 + $1.count } } } }

    func load() throws -> JournalLoader {
        var loader = JournalLoader()
        let logs = self.logs.withLock { $0 }
        for (id, log) in logs.sorted(by: { $0.key < $1.key }) {
            let bytes = log.appends.reduce(0) { $0 + $1.records.count }
            loader.begin(id, next: log.next, bytes: UInt64(bytes))
            for append in log.appends { try loader.read(try JournalLogs.read(append)) }
        }
        return loader
    }

    private static func read(_ append: LogAppend) throws -> LogRead {
        let encoded = EncodedLogBatch(append, synced: 0, compressor: LogCompressor())
        var entries: [LogRead.Entry] = []
        try encoded.batch.read(append.records, 0..<append.records.count, from: 0, into: &entries)
        return LogRead(block: append.records, entries: entries, next: encoded.batch.next)
    }
}
