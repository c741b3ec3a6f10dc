import AdminAPI
import AdminService
import Glibc
import Protobuf

/// The posed broker: all its rows at one second of the scenario, and what takes it to the next.
final class Stage {
    let scenario: Scenario
    /// The scenario's start.
    let epoch: Timestamp
    /// Whole seconds since then.
    private(set) var second = 0
    let bootID: String

    let brokers: Cast<PosedBroker>
    let listeners: Cast<PosedListener>
    let connections: Cast<PosedConnection>
    let sessions: Cast<PosedSession>
    let subscriptions: Cast<PosedSubscription>
    let topics: Cast<PosedTopic>
    let retained: Cast<PosedRetained>
    let bans: Cast<PosedBan>
    let configs: Cast<PosedConfig>
    let queues: Cast<PosedQueue>
    let groups: Cast<PosedGroup>
    let consumers: Cast<PosedConsumer>
    let pending: Cast<PosedPending>
    let messages: Cast<PosedMessage>

    /// Somebody hears of what happens.
    var emit: (AdminV1.Event) -> Void = { _ in }
    private var totals = Totals()
    private var generations: [Int: Int] = [:]
    private var churnDue = 0.0

    /// What all connections together have done; of those that are gone too.
    private struct Totals {
        var messagesIn = 0.0
        var messagesOut = 0.0
        var bytesIn = 0.0
        var bytesOut = 0.0
        var opened: UInt64 = 0
    }

    init(_ scenario: Scenario, epoch: Timestamp, boot: Int) {
        self.scenario = scenario
        self.epoch = epoch
        self.bootID = String(Dice.mix(scenario.seed ^ Lane.boot &+ UInt64(boot)), radix: 16)
        self.brokers = Cast(epoch: epoch, \.id)
        self.listeners = Cast(epoch: epoch, \.id)
        self.connections = Cast(epoch: epoch, \.id)
        self.sessions = Cast(epoch: epoch, \.id)
        self.subscriptions = Cast(epoch: epoch, \.id)
        self.topics = Cast(epoch: epoch, \.id)
        self.retained = Cast(epoch: epoch, \.id)
        self.configs = Cast(epoch: epoch, \.id)
        self.queues = Cast(epoch: epoch, \.id)
        self.bans = Cast(epoch: epoch, \.id)
        self.groups = Cast(epoch: epoch, \.id)
        self.consumers = Cast(epoch: epoch, \.id)
        self.pending = Cast(epoch: epoch, \.id)
        self.messages = Cast(epoch: epoch, \.id)
        self.populate()
        self.sumUp(rates: true)
    }

    var now: Timestamp { self.epoch.advanced(by: Double(self.second)) }

    func cast(_ kind: AdminV1.Kind) -> (any RowCast)? {
        switch kind {
        case .broker: self.brokers
        case .listener: self.listeners
        case .connection: self.connections
        case .session: self.sessions
        case .subscription: self.subscriptions
        case .topic: self.topics
        case .retained: self.retained
        case .config: self.configs
        case .queue: self.queues
        case .ban: self.bans
        case .group: self.groups
        case .consumer: self.consumers
        case .pending: self.pending
        case .message: self.messages
        case .unspecified, .unrecognized: nil
        }
    }

    // MARK: Setting up

    private func populate() {
        let scenario = self.scenario
        let epoch = self.epoch
        self.fill(self.brokers, .broker, count: scenario.rows[.broker] == nil ? 1 : 0) { _ in PosedBroker() }
        let ports = [
            ("mqtt", "127.0.0.1:1883", "mqtt"), ("http", "127.0.0.1:8082", "http"),
            ("admin", "unix:/run/fluxmq/admin.sock", "admin"),
        ]
        self.fill(self.listeners, .listener, count: scenario.rows[.listener] == nil ? ports.count : 0) {
            PosedListener(ports[$0 % 3].0, ports[$0 % 3].1, ports[$0 % 3].2)
        }
        self.fill(self.configs, .config, count: scenario.rows[.config] == nil ? PosedConfig.keys.count : 0) { index in
            let key = PosedConfig.keys[index % PosedConfig.keys.count]
            return PosedConfig(key.key, key.value, live: key.live, key.help)
        }
        self.fill(self.connections, .connection) {
            PosedConnection($0, generation: 1, start: nil, scenario, epoch: epoch)
        }
        let online = self.connections.members.map(\.row)
        self.fill(self.sessions, .session) { index in
            index < online.count
                ? PosedSession(of: online[index]) : PosedSession(offline: index, scenario, epoch: epoch)
        }
        let clients = self.sessions.members.map(\.row.id)
        self.fill(self.subscriptions, .subscription) { index in
            PosedSubscription(index, of: clients.isEmpty ? "nobody" : clients[index % clients.count], scenario)
        }
        self.fill(self.topics, .topic) { PosedTopic($0, scenario) }
        self.fill(self.retained, .retained) { PosedRetained($0 * 3, scenario, epoch: epoch) }
        self.fill(self.queues, .queue) { PosedQueue($0, scenario) }
        self.populateQueues(clients)
        self.fill(self.bans, .ban) { PosedBan($0, epoch: epoch) }
        self.totals.opened = UInt64(self.connections.count) * 3
        for member in self.connections.members {
            self.totals.messagesIn += Double(member.row.messagesIn)
            self.totals.messagesOut += Double(member.row.messagesOut)
            self.totals.bytesIn += Double(member.row.bytesIn)
            self.totals.bytesOut += Double(member.row.bytesOut)
        }
    }

    /// What is in the posed queues, and who takes it.
    private func populateQueues(_ clients: [String]) {
        let (epoch, scenario) = (self.epoch, self.scenario)
        let queues = self.queues.members.map(\.row.id)
        func queue(_ index: Int) -> String { queues.isEmpty ? PosedQueue.name(index) : queues[index % queues.count] }
        self.fill(self.groups, .group) { PosedGroup($0, of: queue($0), round: $0 / max(1, queues.count), scenario) }
        let groups = self.groups.members.map(\.row)
        self.fill(self.consumers, .consumer) { index in
            let group =
                groups.isEmpty ? PosedGroup(0, of: queue(0), round: 0, scenario).row : groups[index % groups.count]
            return PosedConsumer(index, of: group, client: clients.isEmpty ? "nobody" : clients[index % clients.count])
        }
        let consumers = self.consumers.members.map(\.row)
        self.fill(self.pending, .pending) { index in
            let group = PosedGroup(0, of: queue(0), round: 0, scenario).row
            let consumer =
                consumers.isEmpty
                ? PosedConsumer(0, of: group, client: "nobody").row : consumers[index % consumers.count]
            return PosedPending(index, of: consumer, epoch: epoch)
        }
        self.fill(self.messages, .message) { PosedMessage($0, in: queue($0), epoch: epoch) }
    }

    /// Rows that are spelled out come first; made-up ones fill the number that the scenario gives, or `count`.
    private func fill<Member>(_ cast: Cast<Member>, _ kind: AdminV1.Kind, count: Int = 0, _ make: (Int) -> Member) {
        guard self.scenario.kinds.contains(kind) else { return }
        let spelledOut = self.scenario.rows[kind] ?? []
        for (index, fields) in spelledOut.enumerated() { cast.add(make(index), spelledOut: fields) }
        let wanted = self.scenario.counts[kind] ?? (spelledOut.count + count)
        for index in spelledOut.count..<max(spelledOut.count, wanted) { cast.add(make(index)) }
    }

    // MARK: Moving on

    /// How much is going on altogether; the same for a seed and a second, before the start as well.
    func weather(at second: Int) -> Double {
        var dice = Dice(self.scenario.seed, Lane.weather, second)
        return 1 + 0.2 * sin(Double(second) / 37) + 0.08 * sin(Double(second) / 5.3) + dice.real(-0.04...0.04)
    }

    func step() {
        self.second += 1
        let time = Double(self.second)
        let weather = self.weather(at: self.second)
        for kind in self.scenario.kinds { self.cast(kind)?.move(to: time, weather: weather) }
        self.churn()
        self.sumUp(rates: true)
    }

    private func churn() {
        self.churnDue += self.scenario.churnPerSecond
        let spelledOut = self.scenario.rows[.connection]?.count ?? 0
        let madeUp = (self.scenario.counts[.connection] ?? 0) - spelledOut
        guard madeUp > 0 else { return }
        while self.churnDue >= 1 {
            self.churnDue -= 1
            var dice = Dice(self.scenario.seed, Lane.churn, self.second * 1_024 + Int(self.churnDue))
            let index = spelledOut + dice.below(madeUp)
            let generation = self.generations[index, default: 1]
            self.generations[index] = generation + 1
            let old = "c\(index % 4).\(index / 4 + 1).\(generation)"
            let fresh = PosedConnection(
                index,
                generation: generation + 1,
                start: Double(self.second),
                self.scenario,
                epoch: self.epoch
            )
            // Whoever closed it by hand wants it to stay away.
            guard !self.connections.remove([old]).isEmpty else { continue }
            self.report("connection.closed", fresh.row.clientID, "disconnected", ["peer": fresh.row.peer])
            self.connections.add(fresh)
            self.totals.opened += 1
            self.report(
                "connection.opened",
                fresh.row.clientID,
                "connected",
                ["peer": fresh.row.peer, "version": fresh.row.protocol]
            )
        }
    }

    func report(_ kind: String, _ subject: String, _ text: String, _ attributes: [String: String] = [:]) {
        var event = AdminV1.Event()
        event.kind = kind
        event.level = .info
        event.at = self.now
        event.node = self.scenario.node
        event.subject = subject
        event.text = text
        event.attributes = attributes
        self.emit(event)
    }

    // MARK: The sums

    /// Fills in the broker's own row.
    ///
    /// - Parameter rates: Whether a second has passed, so that counters move on.
    func sumUp(rates: Bool) {
        var row = AdminV1.Broker()
        var protocols: [String: AdminV1.ProtocolUse] = [:]
        var (messagesIn, messagesOut, bytesIn, bytesOut, buffered) = (0.0, 0.0, 0.0, 0.0, UInt64(0))
        for member in self.connections.members {
            let connection = member.row
            messagesIn += connection.messagesInPerS ?? 0
            messagesOut += connection.messagesOutPerS ?? 0
            bytesIn += connection.bytesInPerS ?? 0
            bytesOut += connection.bytesOutPerS ?? 0
            buffered &+= connection.queuedBytes
            row.dropped += connection.dropped
            var use = protocols[connection.protocol] ?? AdminV1.ProtocolUse()
            use.protocol = connection.protocol
            use.connections += 1
            use.messagesInPerS = (use.messagesInPerS ?? 0) + (connection.messagesInPerS ?? 0)
            use.messagesOutPerS = (use.messagesOutPerS ?? 0) + (connection.messagesOutPerS ?? 0)
            protocols[connection.protocol] = use
        }
        if rates, self.second > 0 {
            self.totals.messagesIn += messagesIn
            self.totals.messagesOut += messagesOut
            self.totals.bytesIn += bytesIn
            self.totals.bytesOut += bytesOut
        }
        row.id = self.scenario.node
        row.state = "ready"
        row.fluxdVersion = self.scenario.version
        row.pid = 4_711
        row.startedAt = self.epoch.advanced(by: -self.scenario.uptime)
        row.uptimeMs = UInt64((self.scenario.uptime + Double(self.second)) * 1_000)
        row.shards = 4
        row.connections = UInt64(self.connections.count)
        row.connectionsOpened = self.totals.opened
        row.sessions = UInt64(self.sessions.count)
        row.sessionsOffline = UInt64(self.sessions.members.count { $0.row.state == "offline" })
        row.subscriptions = UInt64(self.subscriptions.count)
        row.topicFilters = UInt64(self.subscriptions.count / 2)
        row.retained = UInt64(self.retained.count)
        row.retainedBytes = self.retained.members.reduce(0) { $0 + $1.row.payloadBytes }
        (row.messagesIn, row.messagesOut) = (UInt64(self.totals.messagesIn), UInt64(self.totals.messagesOut))
        (row.bytesIn, row.bytesOut) = (UInt64(self.totals.bytesIn), UInt64(self.totals.bytesOut))
        (row.messagesInPerS, row.messagesOutPerS) = (rounded(messagesIn), rounded(messagesOut))
        (row.bytesInPerS, row.bytesOutPerS) = (rounded(bytesIn), rounded(bytesOut))
        row.droppedQueueFull = row.dropped
        row.droppedPerS = 0
        row.cpuPercent = rounded(3 + (messagesIn + messagesOut) / 900)
        row.messageMemoryBytes = buffered
        row.messageMemoryLimitBytes = 1 << 30
        row.storageState = "writable"
        (row.storageCapacityBytes, row.storageReserveBytes) = (512 << 30, 64 << 20)
        row.storageLogBytes = UInt64(self.totals.bytesIn) + self.queues.members.reduce(0) { $0 + $1.row.bytes }
        row.storageFreeBytes = row.storageCapacityBytes - min(row.storageLogBytes, row.storageCapacityBytes)
        (row.storageWrittenBytesPerS, row.storageSyncsPerS) = (rounded(bytesIn), rounded(messagesIn / 20))
        row.storageSyncMs = 0.8
        row.memoryBytes = 24 << 20 + UInt64(self.connections.count + self.sessions.count) * 3_000 + buffered
        row.descriptors = UInt64(self.connections.count + 16)
        row.descriptorsLimit = 1 << 20
        row.protocols = protocols.values.sorted { $0.protocol < $1.protocol }.map { use in
            var use = use
            use.messagesInPerS = use.messagesInPerS.map(rounded)
            use.messagesOutPerS = use.messagesOutPerS.map(rounded)
            return use
        }
        let open = UInt64(self.connections.count)
        self.listeners.replaceRows(at: Double(self.second)) { listener in
            guard listener.row.protocol == "mqtt" else { return }
            listener.row.connections = open
            listener.row.accepted = max(listener.row.accepted, self.totals.opened)
        }
        self.brokers.replaceRows(at: Double(self.second)) { $0.row = row }
    }

    /// The present value of each of ``SeriesStore/broker``, or one from before the start.
    func values(at second: Int) -> [(name: String, value: Double)] {
        guard let row = self.brokers.members.map(\.row).first else { return [] }
        let past = second < self.second ? self.weather(at: second) : 1
        let values: [Double] = [
            (row.messagesInPerS ?? 0) * past, (row.messagesOutPerS ?? 0) * past, (row.bytesInPerS ?? 0) * past,
            (row.bytesOutPerS ?? 0) * past, row.droppedPerS ?? 0, Double(row.connections), self.scenario.churnPerSecond,
            Double(row.sessions), Double(row.subscriptions), Double(row.retained), (row.cpuPercent ?? 0) * past,
            Double(row.memoryBytes), Double(row.messageMemoryBytes),
        ]
        return zip(SeriesStore.broker, values).map { ($0.name, $1) }
    }
}

@available(*, unavailable)
extension Stage: Sendable {}
