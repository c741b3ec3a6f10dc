package import AdminAPI
import AdminService
package import Admission
package import Core
package import EventLoop
package import HTTP
package import Query
import RPC
package import Volume

/// What the backend knows of the process it is in, and can have done to it.
package struct DaemonFacts {
    package var node: String
    package var version: String
    package var bootID: String
    package var pid: UInt64
    /// Milliseconds of the loops' clock.
    package var startedAt: UInt64
    /// Descriptors that were open before the first client came.
    package var descriptors: Int
    package var descriptorLimit: UInt64
    /// `starting`, `ready` or `stopping`.
    package var state: () -> String
    /// Takes over a configuration that a reload or an operator changed.
    package var apply: ConfigApplier
    package var setPaused: (_ listeners: [Listener], _ paused: Bool, _ done: @escaping () -> Void) -> Void
    /// Does something that may block on another thread.
    package var offload: Offload
    package var storage: () -> VolumeStatistics

    package init(
        node: String,
        version: String,
        bootID: String,
        pid: UInt64,
        startedAt: UInt64,
        descriptors: Int,
        descriptorLimit: UInt64,
        state: @escaping () -> String,
        apply: ConfigApplier,
        setPaused: @escaping (_ listeners: [Listener], _ paused: Bool, _ done: @escaping () -> Void) -> Void,
        offload: @escaping Offload,
        storage: @escaping () -> VolumeStatistics
    ) {
        self.node = node
        self.version = version
        self.bootID = bootID
        self.pid = pid
        self.startedAt = startedAt
        self.descriptors = descriptors
        self.descriptorLimit = descriptorLimit
        self.state = state
        self.apply = apply
        self.setPaused = setPaused
        self.offload = offload
        self.storage = storage
    }
}

/// The running broker as the admin service sees it.
///
/// It lives on the control loop. Rows of shards are read on their loops in slices (``ShardCalls``), everything else here.
package final class BrokerBackend: AdminBackend {
    let broker: Broker
    package let calls: ShardCalls
    let timers: Timers
    let listeners: [ListenerFacts]
    let admission: AdmissionTable
    let facts: DaemonFacts
    package internal(set) var config: RunningConfig
    var sampler = BrokerSampler()
    var storage = StorageSampler()
    /// One at a time: each may block a thread for as long as a dead disk likes, and none may undo another's.
    var isReadingConfig = false
    private var lastClock: WallClock
    private var watched: Set<AdminV1.Kind> = []
    private var looks: UInt64 = 0
    /// Milliseconds.
    var topicsLookedAt: UInt64 = 0

    package init(
        _ broker: Broker,
        _ calls: ShardCalls,
        timers: Timers,
        listeners: [ListenerFacts],
        admission: AdmissionTable,
        config: RunningConfig,
        facts: DaemonFacts
    ) {
        self.broker = broker
        self.calls = calls
        self.timers = timers
        self.listeners = listeners
        self.admission = admission
        self.config = config
        self.facts = facts
        self.lastClock = WallClock(now: timers.now)
    }

    var clock: WallClock {
        self.lastClock = self.lastClock.at(self.timers.now)
        return self.lastClock
    }

    /// After this call, never inside it.
    func later(_ body: @escaping () -> Void) { self.timers.schedule(at: self.timers.now, body) }

    /// Does something to each of many things in slices of half a millisecond, so that other calls are answered in between.
    func inSlices<Item>(
        _ items: [Item],
        from start: Int = 0,
        _ body: @escaping (Item) -> Void,
        _ done: @escaping () -> Void
    ) {
        let end = monotonicNanoseconds() + 500_000
        var index = start
        while index < items.count {
            body(items[index])
            index += 1
            if index % 8 == 0 || index - start < 8, monotonicNanoseconds() > end { break }
        }
        let next = index
        self.later { next < items.count ? self.inSlices(items, from: next, body, done) : done() }
    }

    // MARK: Once a second

    /// Works out rates, and hands the present value of each series to `record`.
    package func look(_ record: (_ name: String, _ value: Double) -> Void) {
        self.sampler.look(at: self.broker, now: self.timers.now)
        self.storage.look(at: self.facts.storage(), now: self.timers.now)
        for (name, value) in self.sampler.values(of: self.broker) { record(name, value) }
        self.looks += 1
        let isTenth = self.looks % 10 == 1
        if isTenth || !self.watched.isDisjoint(with: [.connection, .broker]) {
            self.calls.askAll {
                $0.connections.look(now: $0.now)
            } _: { _ in
            }
        }
        if isTenth || self.watched.contains(.topic) { self.lookAtTopics {} }
        if isTenth || !self.watched.isDisjoint(with: [.queue, .group]) { self.lookAtQueues() }
    }

    func lookAtTopics(_ done: @escaping () -> Void) {
        self.topicsLookedAt = self.timers.now
        self.calls.walk(0, beginningWith: 4_096) { shard, _, start, rows in
            shard.routes.look(from: start, limit: rows, now: shard.now)
        } _: { _ in
            done()
        }
    }

    package func watching(_ kinds: Set<AdminV1.Kind>) { self.watched = kinds }

    // MARK: AdminBackend

    private static let kinds: [AdminV1.Kind] = [
        .broker, .listener, .connection, .session, .subscription, .topic, .retained, .config, .ban, .queue, .group,
        .consumer, .pending, .message,
    ]

    package func hello() -> AdminV1.HelloResponse {
        var hello = AdminV1.HelloResponse()
        hello.version = self.facts.version
        hello.node = self.facts.node
        hello.bootID = self.facts.bootID
        hello.now = self.clock.time(at: self.timers.now)
        hello.startedAt = self.clock.time(at: self.facts.startedAt)
        hello.kinds = Self.kinds.map { kind in
            var info = AdminV1.KindInfo()
            info.kind = kind
            info.name = kind.name
            info.verbs = Self.verbs[kind] ?? []
            return info
        }
        return hello
    }

    package func scan(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        switch scan.kind {
        case .connection: self.scanConnections(scan, answer)
        case .session: self.scanSessions(scan, answer)
        case .subscription: self.scanSubscriptions(scan, answer)
        case .topic: self.scanTopics(scan, answer)
        case .retained: self.scanRetained(scan, answer)
        case .ban: self.scanBans(scan, answer)
        case .queue: self.scanQueues(scan, answer)
        case .group: self.scanGroups(scan, answer)
        case .consumer: self.scanConsumers(scan, answer)
        case .pending: self.scanPending(scan, answer)
        case .message: self.scanMessages(scan, answer)
        case .broker:
            self.brokerRow(withProtocols: false) { row in
                var scan = scan
                scan.visit(RowKey(text: row.id), row)
                answer(scan)
            }
        case .listener: self.scan(self.listeners.map(\.row), scan, answer)
        case .config: self.scan(self.config.rows, scan, answer)
        default: self.later { answer(scan) }
        }
    }

    /// Kinds of which there are so few that they need no plan; their order is the configuration's.
    private func scan(_ rows: [some RowReader], _ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        var scan = scan
        for (position, row) in rows.enumerated() { scan.visit(RowKey(number: UInt64(position)), row) }
        let seen = scan
        self.later { answer(seen) }
    }

    package func rows(
        _ kind: AdminV1.Kind,
        _ keys: [RowKey],
        fields: Set<Int>?,
        _ answer: @escaping ([AdminV1.Row]) -> Void
    ) {
        let prune = { (rows: [AdminV1.Row]) in answer(fields.map { fields in rows.map { $0.keeping(fields) } } ?? rows)
        }
        switch kind {
        case .connection: self.connections(keys, fields, answer)
        case .session: self.sessions(keys, fields, answer)
        case .subscription: self.subscriptions(keys, prune)
        case .topic: self.topics(keys, prune)
        case .retained: self.retained(keys, fields, prune)
        case .queue: self.queues(keys, prune)
        case .group: self.groups(keys, prune)
        case .consumer: self.consumers(keys, prune)
        case .pending: self.pending(keys.compactMap { PendingPlace($0) }, prune)
        case .message: self.messages(keys, prune)
        case .broker:
            if keys.isEmpty { return self.later { answer([]) } }
            let withProtocols = fields?.contains(AdminV1.Broker.FieldNumber.protocols) ?? true
            self.brokerRow(withProtocols: withProtocols) { broker in
                prune([AdminV1.Row(.broker(broker))])
            }
        case .ban:
            let bans = self.bans(keys)
            self.later { prune(bans) }
        case .listener, .config:
            let few = self.fewRows(kind)
            let found = keys.compactMap { few.indices.contains(Int($0.number)) ? few[Int($0.number)] : nil }
            self.later { prune(found) }
        default: self.later { answer([]) }
        }
    }

    package func row(_ kind: AdminV1.Kind, id: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        switch kind {
        case .connection: self.connection(named: id, answer)
        case .session: self.session(named: id, answer)
        case .subscription: self.subscription(named: id, answer)
        case .retained: self.retained(named: id, answer)
        case .queue: self.queue(named: id, answer)
        case .group: self.group(named: id, answer)
        case .consumer: self.consumer(named: id, answer)
        case .pending: self.pending(named: id, answer)
        case .message: self.message(named: id, answer)
        case .ban:
            let row = self.banRow(named: id)
            self.later { answer(row) }
        case .listener, .config:
            let row = self.fewRows(kind).first { $0.id == id }
            self.later { answer(row) }
        default: self.rows(kind, [RowKey(text: id)], fields: nil) { answer($0.first { $0.id == id }) }
        }
    }

    private func fewRows(_ kind: AdminV1.Kind) -> [AdminV1.Row] {
        switch kind {
        case .listener: self.listeners.map { AdminV1.Row(.listener($0.row)) }
        case .config: self.config.rows.map { AdminV1.Row(.config($0)) }
        default: []
        }
    }
}

extension AdminV1.Row {
    init(_ row: RowOneof) {
        self.init()
        self.row = row
    }
}

@available(*, unavailable)
extension BrokerBackend: Sendable {}
