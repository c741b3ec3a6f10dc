import AdminAPI
import Protobuf

extension World {
    /// Nothing connected, nothing published: a broker that was just started.
    static var empty: World {
        var world = World()
        world.broker.cpuPercent = nil
        world.broker.messagesInPerS = nil
        world.broker.messagesOutPerS = nil
        world.broker.bytesInPerS = nil
        world.broker.bytesOutPerS = nil
        world.broker.droppedPerS = nil
        return world
    }

    /// A working day.
    static var ok: World {
        var world = World()
        world.fillBroker()
        let people: [(String, String, String)] = [
            ("dash-07", "ops", "mqtt5"), ("edge-eu-114", "edge", "mqtt5"), ("edge-eu-220", "edge", "mqtt5"),
            ("kiosk-3391", "kiosk", "mqtt5"), ("ml-feed", "ml", "mqtt5"), ("cam-19", "cams", "mqtt3"),
            ("gw-berlin", "gw", "mqtt5"), ("old-dash", "ops", "mqtt3"), ("pay-1", "pay", "mqtt5"),
            ("pay-2", "pay", "mqtt5"),
        ]
        for (index, person) in people.enumerated() {
            let number = UInt64(index)
            var connection = AdminV1.Connection()
            connection.id = "c\(index % 4).\(800 + index).1"
            connection.clientID = person.0
            connection.username = person.1
            connection.protocol = person.2
            connection.listener = "mqtt"
            connection.peer = "10.0.4.\(7 + index):\(51_822 + index)"
            connection.transport = index == 0 ? "wss" : "tcp"
            if index == 0 {
                connection.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384"
                connection.certificate = "CN=dash-07,O=Plant"
                connection.proxy = "10.0.0.2:41022"
                connection.authentication = "SCRAM-SHA-256"
            }
            connection.shard = UInt32(index % 4)
            connection.uptimeMs = 11_520_000 * (number + 1) / 3
            connection.state = index == 0 ? "slow" : index == 3 ? "new" : "ok"
            connection.keepAliveMs = 60_000
            connection.idleMs = 1_200 * number
            connection.messagesIn = 2_300 * (number + 1)
            connection.messagesOut = 41_200_000 / (number + 1)
            connection.bytesIn = 210_000 * (number + 1)
            connection.bytesOut = 11_000_000_000 / (number + 1)
            connection.messagesInPerS = 0.2 * Double(index * index)
            connection.messagesOutPerS = 4_100 / Double(index + 1)
            connection.bytesInPerS = 31 * Double(index)
            connection.bytesOutPerS = 1_153_000 / Double(index + 1)
            connection.bufferedBytes = index == 0 ? 1_992_294 : index == 1 ? 90_112 : 0
            connection.inflight = index == 0 ? 100 : number
            connection.inflightLimit = 100
            connection.queued = index == 0 ? 8_124 : 0
            connection.queuedBytes = index == 0 ? 1_258_291 : 0
            connection.dropped = index == 1 ? 12 : 0
            connection.subscriptions = 12 - number
            connection.sessionExpiryMs = index == 0 ? 3_600_000 : 0
            connection.willTopic = index == 0 ? "status/dash-07" : ""
            connection.version = "1"
            world.connections.append(connection)
        }
        world.addSessions()
        world.addTopics()
        world.addJournals()
        return world
    }

    /// More of everything than fits, and numbers as large as they get.
    static var huge: World {
        var world = World.ok
        world.connections = (0..<10_093).map { index in
            var connection = world.connections[index % 10]
            connection.id = "c\(index % 4).\(index).1"
            connection.clientID = "device-\(index)-of-a-fleet-with-long-names"
            connection.bufferedBytes = UInt64(index) * 1_000
            connection.messagesOutPerS = Double(index) * 1e7
            connection.messagesOut = .max
            connection.bytesOut = .max
            connection.queued = .max
            connection.dropped = .max
            connection.subscriptions = .max
            connection.uptimeMs = 812 * 86_400_000
            return connection
        }
        world.topics = (0..<5_000).map { index in
            var topic = world.topics[index % 6]
            topic.id = "site/\(index)/building/\(index % 7)/floor/\(index % 3)/sensor/temperature/celsius"
            topic.messagesPerS = Double(index) * 1e6
            topic.bytesPerS = Double(index) * 1e9
            topic.messages = .max
            topic.bytes = .max
            topic.subscribers = .max
            return topic
        }
        world.events = (1...3_000).map { index in
            var event = world.events[index % world.events.count]
            event.seq = UInt64(index)
            return event
        }
        world.broker.connections = 200_000
        world.broker.connectionsOpened = .max
        world.broker.sessions = .max
        world.broker.subscriptions = .max
        world.broker.retained = .max
        world.broker.retainedBytes = .max
        world.broker.dropped = .max
        world.broker.droppedExpired = .max
        world.broker.messagesInPerS = 123_456_789
        world.broker.bytesOutPerS = 9e15
        world.broker.memoryBytes = .max
        world.broker.messageMemoryBytes = .max
        return world
    }

    /// Peers that would like to own the operator's terminal.
    static var hostile: World {
        var world = World.ok
        let names = [
            "\u{1B}[2J\u{1B}[31mred", "\u{1B}]52;c;aGFjaw==\u{7}", "a\u{202E}txt.exe", "名前の長いデバイス番号一二三四五",
            "zero\u{200B}width\u{200D}joined", "line\nbreak\ttab", "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}x",
            "👩‍👩‍👧‍👦family",
            String(repeating: "x", count: 65_535), "",
        ]
        for index in world.connections.indices {
            world.connections[index].clientID = names[index]
            world.connections[index].username = names[(index + 3) % 10]
            world.connections[index].willTopic = names[(index + 1) % 10]
            world.connections[index].certificate = "CN=" + names[index]
            world.connections[index].authentication = names[(index + 2) % 10]
        }
        for index in world.topics.indices { world.topics[index].id = "t/" + names[index] }
        for index in world.events.indices {
            world.events[index].subject = names[index % 10]
            world.events[index].text = "\u{9B}31m" + names[(index + 2) % 10]
        }
        for index in world.sessions.indices { world.sessions[index].id = names[index % 9] + "\(index)" }
        for index in world.subscriptions.indices { world.subscriptions[index].filter = names[index % 10] }
        world.hello.node = "n\u{1B}[1m1"
        world.broker.id = world.hello.node
        return world
    }

    private mutating func fillBroker() {
        self.broker.connections = 10_093
        self.broker.connectionsOpened = 48_211
        self.broker.connectionsRefused = 3
        self.broker.sessions = 12_137
        self.broker.sessionsOffline = 2_044
        self.broker.subscriptions = 30_118
        self.broker.topicFilters = 1_204
        self.broker.retained = 41_200
        self.broker.retainedBytes = 18 << 20
        self.broker.messagesInPerS = 233_000
        self.broker.messagesOutPerS = 612_000
        self.broker.bytesInPerS = 141e6
        self.broker.bytesOutPerS = 380e6
        self.broker.dropped = 12
        self.broker.droppedExpired = 2
        self.broker.droppedOutputFull = 10
        self.broker.protocolErrors = 2
        self.broker.takeovers = 17
        self.broker.cpuPercent = 152
        self.broker.memoryBytes = 412 << 20
        self.broker.messageMemoryBytes = 12 << 20
        self.broker.descriptors = 10_131
        for (name, count, into, out) in [
            ("mqtt5", 7_412, 161_000.0, 480_000.0), ("mqtt3", 2_677, 72_000, 132_000), ("http", 3, 0, 0),
            ("admin", 1, 0, 0),
        ] {
            var use = AdminV1.ProtocolUse()
            use.protocol = name
            use.connections = UInt64(count)
            use.messagesInPerS = into
            use.messagesOutPerS = out
            self.broker.protocols.append(use)
        }
        func wave(_ top: Double, _ length: Double) -> [Double] {
            (0..<900).map { second in
                let place = (Double(second) / length).truncatingRemainder(dividingBy: 1)
                return top * (0.4 + 0.6 * (place < 0.5 ? place * 2 : 2 - place * 2))
            }
        }
        self.series = [
            "messages_in_per_s": wave(310_000, 40), "messages_out_per_s": wave(702_000, 55),
            "bytes_in_per_s": wave(190e6, 40), "bytes_out_per_s": wave(420e6, 55),
            "dropped_per_s": (0..<900).map { $0 == 880 ? 12 : 0 },
        ]
    }

    private mutating func addSessions() {
        for index in 0..<14 {
            var session = AdminV1.Session()
            let isOn = index < 10
            session.id = isOn ? self.connections[index].clientID : "meter-\(index)"
            session.state = isOn ? "connected" : "offline"
            session.connectionID = isOn ? self.connections[index].id : ""
            session.shard = UInt32(index % 4)
            session.createdAt = Timestamp(seconds: Self.start - Int64(index) * 40_000)
            session.expiryMs = isOn ? 0 : 86_400_000
            session.expiresAt = isOn ? nil : Timestamp(seconds: Self.start + Int64(index) * 1_000)
            session.subscriptions = 2
            session.queued = isOn ? 0 : UInt64(index) * 31
            session.queuedBytes = isOn ? 0 : UInt64(index) * 4_100
            session.version = "1"
            self.sessions.append(session)
        }
        for (index, filter) in ["sensors/#", "$share/dash/alerts/+", "config/dash-07"].enumerated() {
            var subscription = AdminV1.Subscription()
            subscription.id = "dash-07 \(filter)"
            subscription.clientID = "dash-07"
            subscription.filter = filter
            subscription.share = index == 1 ? "dash" : ""
            subscription.qos = UInt32(index % 2)
            subscription.retainAsPublished = index == 1
            self.subscriptions.append(subscription)
        }
    }

    private mutating func addTopics() {
        let names = [
            "sensors/eu/berlin/a/temp", "sensors/us/nyc/b/temp", "orders/eu/created", "status/dash-07", "config/all",
            "lost",
        ]
        for (index, name) in names.enumerated() {
            var topic = AdminV1.Topic()
            topic.id = name
            topic.messages = UInt64(1_000_000 / (index + 1))
            topic.bytes = UInt64(92_000_000 / (index + 1))
            topic.messagesPerS = 98_000 / Double((index + 1) * (index + 1))
            topic.bytesPerS = 5e7 / Double(index + 1)
            topic.subscribers = UInt64(5 - index)
            topic.retained = index == 0
            topic.version = "1"
            self.topics.append(topic)
        }
        var retained = AdminV1.Retained()
        retained.id = names[0]
        retained.payload = Array("{\"celsius\": 21.5}".utf8)
        retained.payloadBytes = 17
        retained.qos = 1
        retained.contentType = "application/json"
        retained.ageMs = 130
        self.retained = [retained]
    }

    private mutating func addJournals() {
        let lines: [(AdminV1.Level, String, String, String)] = [
            (.notice, "broker.started", "n1", "fluxd 0.1.0 listens on 127.0.0.1:1883"),
            (.info, "connection.opened", "dash-07", "mqtt5 from 10.0.4.7:51822"),
            (.info, "session.taken_over", "dash-07", "by c0.800.1"),
            (.warning, "connection.refused", "mqtt", "the limit of 10,000 connections is reached"),
            (.info, "connection.closed", "kiosk-3390", "keep-alive ran out"),
            (.error, "storage.failed", "n1", "no space left on device"),
            (.debug, "connection.closed", "cam-18", "by the client"),
        ]
        for (index, line) in lines.enumerated() {
            var event = AdminV1.Event()
            event.seq = UInt64(index + 1)
            event.at = Timestamp(seconds: Self.start - Int64(60 - index * 7), nanos: Int32(index) * 101_000_000)
            event.level = line.0
            event.kind = line.1
            event.subject = line.2
            event.text = line.3
            event.node = "n1"
            event.attributes = ["listener": "mqtt"]
            self.events.append(event)
            var record = AdminV1.LogRecord()
            record.seq = event.seq
            record.at = event.at
            record.level = line.0
            record.message = line.3
            record.metadata = ["client": line.2]
            self.log.append(record)
        }
    }
}
