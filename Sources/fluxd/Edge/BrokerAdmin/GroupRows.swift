import AdminAPI
import Core
import Machine
import Protobuf
import Query
import QueueEngine

/// A group of a queue on its shard.
struct GroupRow: RowReader {
    private typealias Field = AdminV1.Group.FieldNumber
    let home: QueueHome
    let status: GroupStatus
    let shard: ShardState

    private var rates: QueueRates? { self.home.watch.rates(of: self.status.number) }
    private var arriving: Double? { self.home.watch.rates?.published }
    private var oldest: UInt64? { self.home.queue.oldestAge(of: self.status.number, wall: self.shard.wallNow) }

    /// Queues and groups may have spaces in their names, but no NUL: it tells where one ends.
    var key: RowKey { RowKey(text: "\(self.home.definition.name)\u{0}\(self.status.id)") }

    /// nil when the queue or the group is not here.
    init?(_ key: RowKey, on shard: ShardState) {
        let parts = key.text.split(separator: "\u{0}", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let home = shard.queue(named: String(parts[0])),
            let number = home.queue.groupNumber(named: String(parts[1])), let status = home.queue.status(of: number)
        else { return nil }
        self.init(home, status, on: shard)
    }

    init(_ home: QueueHome, _ status: GroupStatus, on shard: ShardState) {
        (self.home, self.status, self.shard) = (home, status, shard)
    }

    func value(of field: Int) -> FieldValue {
        let status = self.status
        switch field {
        case Field.queue: return .string(self.home.definition.name)
        case Field.name: return .string(status.id)
        case Field.members: return .uint(UInt64(status.consumers))
        case Field.pending: return .uint(status.pending)
        case Field.ready: return .uint(status.waiting)
        case Field.lag: return .uint(status.lag)
        case Field.growthPerS: return self.rates.map { .double($0.growth) } ?? .none
        case Field.messagesInPerS: return self.arriving.map { .double($0) } ?? .none
        case Field.messagesOutPerS: return self.rates.map { .double($0.delivered) } ?? .none
        case Field.acknowledgedPerS: return self.rates.map { .double($0.acknowledged) } ?? .none
        default: return self.row.value(of: field)
        }
    }

    var row: AdminV1.Group {
        let (status, counters) = (self.status, self.status.counters)
        var row = AdminV1.Group()
        row.queue = self.home.definition.name
        row.name = status.id
        row.id = "\(row.queue) \(row.name)"
        row.version = self.version
        row.filter = status.filter
        row.mode = status.mode == .stream ? "stream" : "queue"
        row.state = self.state
        row.members = UInt64(status.consumers)
        row.pending = status.pending
        row.ready = status.waiting
        row.lag = status.lag
        row.growthPerS = self.rates?.growth
        row.messagesInPerS = self.arriving
        row.messagesOutPerS = self.rates?.delivered
        row.acknowledgedPerS = self.rates?.acknowledged
        if status.lag == 0 {
            row.drainMs = 0
        } else if let growth = self.rates?.growth, growth < 0 {
            row.drainMs = UInt64(min(Double(status.lag) / -growth * 1_000, 1e15))
        }
        row.oldestMs = self.oldest
        row.cursorOffset = status.cursor
        row.committedOffset = status.committed
        row.tailOffset = status.tail
        row.commitsAutomatically = status.commitsAutomatically
        row.shard = UInt32(self.shard.index)
        row.delivered = counters.delivered
        row.deliveredBytes = counters.deliveredBytes
        row.acknowledged = counters.acknowledged
        row.redelivered = counters.redelivered
        row.failed = counters.failed
        row.released = counters.released
        row.rejected = counters.rejected
        row.timedOut = counters.timedOut
        row.expired = counters.expired
        row.deadLettered = counters.deadLettered
        row.dropped = counters.dropped
        return row
    }

    /// What somebody decides about: where it was sought to, whether it is paused. Deliveries leave it as it is.
    var version: String {
        let state = self.status.isPaused ? 1 : 0
        return "\(String(self.home.number, radix: 36)).\(self.status.number.value).\(state)"
    }

    private var state: String {
        let status = self.status
        if status.isPaused || self.home.definition.isPaused { return "paused" }
        if status.consumers == 0 { return status.lag > 0 ? "no members" : "idle" }
        if let growth = self.rates?.growth, growth >= 1, status.lag > 0 { return "falling behind" }
        return "ok"
    }
}

extension BrokerBackend {
    func scanGroups(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        self.calls.walk(scan, beginningWith: Self.firstSlice(scan)) { shard, scan, start, rows in
            shard.queues.forEachQueue(from: start, limit: rows) { home in
                guard home.namespace == .standard else { return }
                shard.queues.look(at: home, unlessYoungerThan: Self.freshness)
                for number in home.queue.groupNumbers {
                    guard let status = home.queue.status(of: number) else { continue }
                    let row = GroupRow(home, status, on: shard)
                    scan.visit(row.key, row)
                }
            }
        } _: {
            answer($0)
        }
    }

    func groups(_ keys: [RowKey], _ answer: @escaping ([AdminV1.Row]) -> Void) {
        self.calls.gather(keys, on: { self.shard(ofQueueIn: $0) }) { shard, key in
            GroupRow(key, on: shard).map { AdminV1.Row(.group($0.row)) }
        } _: {
            answer($0)
        }
    }

    /// Both parts of an id may have spaces: every way to cut it is tried.
    func group(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        self.groups(Self.groupKeys(named: name)) { answer($0.first) }
    }

    static func groupKeys(named name: String) -> [RowKey] {
        name.indices.filter { name[$0] == " " }.prefix(1_000).map { space in
            RowKey(text: "\(name[..<space])\u{0}\(name[name.index(after: space)...])")
        }
    }

    func shard(ofQueueIn key: RowKey) -> Int? {
        let queue = key.text.prefix { $0 != "\u{0}" }
        return self.broker.queues.find(String(queue), in: .standard)?.shard
    }
}
