import AdminAPI
import Protobuf

enum TopicNames {
    static let measures = ["temperature", "pressure", "humidity", "state", "power", "vibration"]

    static func name(_ index: Int) -> String { "site/\(index % 40)/unit-\(index / 40)/\(self.measures[index % 6])" }
}

struct PosedTopic: Posed {
    var row = AdminV1.Topic()
    private var traffic: Traffic

    init(_ index: Int, _ scenario: Scenario) {
        var dice = Dice(scenario.seed, Lane.topic, index)
        self.traffic = Traffic(&dice, in: 0...30, age: scenario.uptime * dice.real(0...1))
        self.row.id = TopicNames.name(index)
        self.row.subscribers = UInt64(dice.below(9))
        self.row.retained = dice.chance(0.4)
        self.row.version = "1"
        self.show()
    }

    mutating func move(to time: Double, weather: Double) {
        self.traffic.move(to: time, weather: weather)
        self.show()
    }

    private mutating func show() {
        self.row.messages = self.traffic.count
        self.row.bytes = self.traffic.bytes
        self.row.messagesPerS = self.traffic.rate
        self.row.bytesPerS = self.traffic.byteRate
    }

    static func wrap(_ row: AdminV1.Topic) -> AdminV1.Row.RowOneof { .topic(row) }
}

struct PosedRetained: Posed {
    var row = AdminV1.Retained()
    private let age: Double

    init(_ index: Int, _ scenario: Scenario, epoch: Timestamp) {
        var dice = Dice(scenario.seed, Lane.retained, index)
        self.age = dice.real(1...200_000).rounded()
        let value = Double(dice.below(4_000)) / 100
        self.row.id = TopicNames.name(index)
        self.row.payload = Array("{\"value\":\(value),\"unit\":\"C\"}".utf8)
        self.row.payloadBytes = UInt64(self.row.payload.count)
        self.row.qos = UInt32(dice.below(2))
        self.row.contentType = dice.chance(0.5) ? "application/json" : ""
        self.row.storedAt = epoch.advanced(by: -self.age)
        self.row.version = "1"
        self.move(to: 0, weather: 1)
    }

    mutating func move(to time: Double, weather: Double) { self.row.ageMs = UInt64((self.age + time) * 1_000) }
    static func wrap(_ row: AdminV1.Retained) -> AdminV1.Row.RowOneof { .retained(row) }
}

struct PosedListener: Posed {
    var row = AdminV1.Listener()

    init(_ name: String, _ address: String, _ protocol: String) {
        self.row.id = name
        self.row.address = address
        self.row.protocol = `protocol`
        self.row.state = "open"
        self.row.allowAnonymous = true
        self.row.version = "1"
    }

    mutating func move(to time: Double, weather: Double) {}
    static func wrap(_ row: AdminV1.Listener) -> AdminV1.Row.RowOneof { .listener(row) }
}

/// An address of the range that is kept for documentation.
struct PosedBan: Posed {
    var row = AdminV1.Ban()

    init(_ index: Int, epoch: Timestamp) {
        self.row.id = "203.0.\(113 + index / 256 % 100).\(index % 256)"
        self.row.sinceAt = epoch.advanced(by: -60 * Double(index % 5 + 1))
        self.row.endsAt = epoch.advanced(by: 300)
        self.row.source = "failures"
        self.row.failures = 100
        self.row.reason = "wrong user name or password"
        self.row.listener = "mqtt"
        self.row.inARow = 1
        self.row.version = "1"
    }

    mutating func move(to time: Double, weather: Double) {}
    static func wrap(_ row: AdminV1.Ban) -> AdminV1.Row.RowOneof { .ban(row) }
}

struct PosedConfig: Posed {
    static let keys: [(key: String, value: String, live: Bool, help: String)] = [
        ("broker.max_message_size", "1MiB", false, "Largest PUBLISH that is taken."),
        ("broker.max_retained_messages", "1000000", false, "Retained messages that are kept."),
        ("broker.memory_limit", "1GiB", false, "Memory that messages may take."),
        ("log.level", "info", true, "Least level that is written."),
        ("server.http.addr", "127.0.0.1:8082", false, "Where HTTP is served."),
        ("server.mqtt.tcp.plain.addr", "127.0.0.1:1883", false, "Where MQTT is served."),
        ("session.max_inflight_messages", "100", true, "QoS 1 and 2 messages in flight to one client."),
        ("session.max_offline_queue_size", "1000", true, "Messages kept for a client that is away."),
    ]

    var row = AdminV1.Config()

    init(_ key: String, _ value: String, live: Bool, _ help: String) {
        self.row.id = key
        self.row.value = value
        self.row.defaultValue = value
        self.row.source = "default"
        self.row.live = live
        self.row.help = help
        self.row.version = "1"
    }

    mutating func move(to time: Double, weather: Double) {}
    static func wrap(_ row: AdminV1.Config) -> AdminV1.Row.RowOneof { .config(row) }
}

/// The one row that sums up the others; the stage fills it in.
struct PosedBroker: Posed {
    var row = AdminV1.Broker()
    mutating func move(to time: Double, weather: Double) {}
    static func wrap(_ row: AdminV1.Broker) -> AdminV1.Row.RowOneof { .broker(row) }
}
