import AdminAPI
import Protobuf

/// What made-up clients are for, which decides on their names and how much they talk.
enum ClientRole: CaseIterable {
    case sensor, dashboard, gateway, service

    static func of(_ index: Int, _ seed: UInt64) -> ClientRole {
        var dice = Dice(seed, Lane.role, index)
        switch dice.below(20) {
        case 0..<13: return .sensor
        case 13..<15: return .dashboard
        case 15..<18: return .gateway
        default: return .service
        }
    }

    func name(_ index: Int) -> String {
        let number = String(index)
        let padded = String(repeating: "0", count: max(0, 5 - number.count)) + number
        return switch self {
        case .sensor: "sensor-\(padded)"
        case .dashboard: "dash-\(padded)"
        case .gateway: "edge-\(padded)"
        case .service: "svc-\(padded)"
        }
    }

    var username: String {
        switch self {
        case .sensor: "sensors"
        case .dashboard: "ops"
        case .gateway: "edge"
        case .service: "services"
        }
    }

    /// Messages a second, in and out.
    var traffic: (incoming: ClosedRange<Double>, outgoing: ClosedRange<Double>) {
        switch self {
        case .sensor: (0.1...4, 0...0.2)
        case .dashboard: (0...0.2, 5...80)
        case .gateway: (10...120, 0.5...6)
        case .service: (2...40, 10...90)
        }
    }
}

/// Keeps apart what is drawn for different things.
enum Lane {
    static let role: UInt64 = 1
    static let connection: UInt64 = 2
    static let session: UInt64 = 3
    static let subscription: UInt64 = 4
    static let topic: UInt64 = 5
    static let retained: UInt64 = 6
    static let queue: UInt64 = 7
    static let churn: UInt64 = 8
    static let weather: UInt64 = 9
    static let boot: UInt64 = 10
    static let group: UInt64 = 11
}

/// Messages and bytes, counted up by what their rate says.
struct Traffic {
    var messages: Wave
    /// Bytes of a message.
    var size: Double
    private(set) var rate = 0.0
    private var counted: Double

    /// - Parameter age: Seconds that it has been counted for already.
    init(_ dice: inout Dice, in range: ClosedRange<Double>, age: Double) {
        // Few do much: the square bends the even draw towards the lower end.
        let draw = dice.real(0...1)
        let mean = range.lowerBound + (range.upperBound - range.lowerBound) * draw * draw
        self.messages = Wave(
            mean: mean,
            swing: dice.real(0.05...0.6),
            period: dice.real(20...240),
            phase: dice.real(0...6.28)
        )
        self.size = dice.real(40...600).rounded()
        self.counted = (mean * age).rounded()
        self.rate = rounded(self.messages.value(at: 0))
    }

    mutating func move(to time: Double, weather: Double) {
        self.rate = rounded(self.messages.value(at: time) * weather)
        self.counted += self.rate
    }

    var count: UInt64 { UInt64(self.counted) }
    var bytes: UInt64 { UInt64(self.counted * self.size) }
    var byteRate: Double { rounded(self.rate * self.size) }
}

struct PosedConnection: Posed {
    var row = AdminV1.Connection()
    var incoming: Traffic
    var outgoing: Traffic
    /// Seconds before the scenario's start, negative after it.
    private let age: Double
    /// Seconds between two packets of one that says little.
    private let quiet: Double
    private let isSlow: Bool

    /// - Parameters:
    ///   - generation: 1, and more for one that took another's place.
    ///   - start: When it came, in seconds after the scenario's start; nil for long ago.
    init(_ index: Int, generation: Int, start: Double?, _ scenario: Scenario, epoch: Timestamp) {
        var dice = Dice(scenario.seed, Lane.connection &+ UInt64(generation) << 8, index)
        let role = ClientRole.of(index, scenario.seed)
        self.age = start.map { -$0 } ?? dice.real(0.01...0.95) * scenario.uptime
        self.incoming = Traffic(&dice, in: role.traffic.incoming, age: max(0, self.age))
        self.outgoing = Traffic(&dice, in: role.traffic.outgoing, age: max(0, self.age))
        self.quiet = dice.real(1...45)
        self.isSlow = role == .dashboard && dice.chance(0.06)
        let shard = index % 4
        self.row.id = "c\(shard).\(index / 4 + 1).\(generation)"
        self.row.clientID = role.name(index)
        self.row.username = role.username
        self.row.protocol = dice.chance(0.75) ? "mqtt5" : "mqtt3"
        self.row.listener = "mqtt"
        self.row.peer = "10.\(index >> 16 & 255).\(index >> 8 & 255).\(index & 255):\(32_768 + dice.below(28_000))"
        self.row.shard = UInt32(shard)
        self.row.connectedAt = epoch.advanced(by: -self.age.rounded())
        self.row.state = self.isSlow ? "slow" : "ok"
        self.row.keepAliveMs = 60_000
        self.row.inflightLimit = 100
        self.row.subscriptions = UInt64(role == .sensor ? dice.below(2) : 1 + dice.below(8))
        self.row.cleanStart = dice.chance(0.3)
        self.row.sessionExpiryMs = self.row.cleanStart ? 0 : 3_600_000
        self.row.version = "1"
        if role == .gateway { self.row.willTopic = "status/\(self.row.clientID)" }
        self.show(0)
    }

    mutating func move(to time: Double, weather: Double) {
        self.incoming.move(to: time, weather: weather)
        self.outgoing.move(to: time, weather: weather)
        self.show(time)
    }

    private mutating func show(_ time: Double) {
        self.row.uptimeMs = UInt64(max(0, self.age + time) * 1_000)
        let busy = self.incoming.rate + self.outgoing.rate
        let since = (self.age + time + self.quiet).truncatingRemainder(dividingBy: self.quiet)
        self.row.idleMs = busy >= 1 ? UInt64(500 / busy) : UInt64(abs(since) * 1_000)
        self.row.messagesIn = self.incoming.count
        self.row.messagesOut = self.outgoing.count
        self.row.bytesIn = self.incoming.bytes
        self.row.bytesOut = self.outgoing.bytes
        self.row.messagesInPerS = self.incoming.rate
        self.row.messagesOutPerS = self.outgoing.rate
        self.row.bytesInPerS = self.incoming.byteRate
        self.row.bytesOutPerS = self.outgoing.byteRate
        self.row.inflight = min(100, UInt64(self.outgoing.rate / 8))
        guard self.isSlow else { return }
        self.row.inflight = 100
        self.row.queued = 900 + UInt64(self.outgoing.rate * 30)
        self.row.queuedBytes = self.row.queued * UInt64(self.outgoing.size)
        self.row.bufferedBytes = 64 << 10 + UInt64(self.outgoing.rate * 2_000)
        self.row.dropped = self.outgoing.count / 400
    }

    static func wrap(_ row: AdminV1.Connection) -> AdminV1.Row.RowOneof { .connection(row) }
}

struct PosedSession: Posed {
    var row = AdminV1.Session()
    private let queueing: Double

    /// Of a connection.
    init(of connection: AdminV1.Connection) {
        self.queueing = 0
        self.row.id = connection.clientID
        self.row.state = "connected"
        self.row.connectionID = connection.id
        self.row.shard = connection.shard
        self.row.createdAt = connection.connectedAt
        self.row.expiryMs = connection.sessionExpiryMs
        self.row.subscriptions = connection.subscriptions
        self.row.queued = connection.queued
        self.row.queuedBytes = connection.queuedBytes
        self.row.inflight = connection.inflight
        self.row.willTopic = connection.willTopic
        self.row.version = "1"
    }

    /// Of a client that is away.
    init(offline index: Int, _ scenario: Scenario, epoch: Timestamp) {
        var dice = Dice(scenario.seed, Lane.session, index)
        let away = dice.real(60...80_000).rounded()
        self.queueing = dice.chance(0.3) ? dice.real(0.1...2) : 0
        self.row.id = "device-\(index)"
        self.row.state = "offline"
        self.row.shard = UInt32(index % 4)
        self.row.createdAt = epoch.advanced(by: -away - 3_600)
        self.row.expiryMs = 86_400_000
        self.row.expiresAt = epoch.advanced(by: 86_400 - away)
        self.row.subscriptions = UInt64(1 + dice.below(4))
        self.row.version = "1"
        self.show(away)
    }

    mutating func move(to time: Double, weather: Double) {
        if self.queueing > 0 { self.show(Double(self.row.queued) / self.queueing + 1) }
    }

    private mutating func show(_ seconds: Double) {
        self.row.queued = UInt64((seconds * self.queueing).rounded())
        self.row.queuedBytes = self.row.queued * 180
    }

    mutating func disconnect(at now: Timestamp) {
        self.row.state = "offline"
        self.row.connectionID = ""
        self.row.inflight = 0
        self.row.expiresAt = now.advanced(by: Double(self.row.expiryMs) / 1_000)
    }

    static func wrap(_ row: AdminV1.Session) -> AdminV1.Row.RowOneof { .session(row) }
}

struct PosedSubscription: Posed {
    var row = AdminV1.Subscription()

    init(_ index: Int, of client: String, _ scenario: Scenario) {
        var dice = Dice(scenario.seed, Lane.subscription, index)
        let site = dice.below(40)
        let filters = ["site/\(site)/#", "site/\(site)/+/temperature", "alarms/\(site)", "cmd/\(client)/#"]
        self.row.clientID = client
        // A client has each filter once, however many subscriptions it is given.
        self.row.filter = index < 40 ? filters[index % filters.count] : "site/\(site)/unit-\(index)/#"
        if dice.chance(0.1) { self.row.share = "workers" }
        self.row.id = "\(client) \(self.row.share.isEmpty ? "" : "$share/workers/")\(self.row.filter)"
        self.row.qos = UInt32(dice.below(3))
        self.row.noLocal = dice.chance(0.05)
        self.row.version = "1"
    }

    mutating func move(to time: Double, weather: Double) {}
    static func wrap(_ row: AdminV1.Subscription) -> AdminV1.Row.RowOneof { .subscription(row) }
}
