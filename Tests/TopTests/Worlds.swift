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
        world.addQueues()
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
        world.queues = (0..<2_000).map { index in
            var queue = world.queues[index % world.queues.count]
            queue.id = "site/\(index)/building/\(index % 7)/a-queue-whose-name-says-everything-about-it"
            queue.number = .max
            queue.ready = .max - UInt64(index)
            queue.unacked = .max
            queue.depth = .max
            queue.depthLimit = .max
            queue.consumers = .max
            queue.bytes = .max
            queue.bytesLimit = .max
            queue.messagesInPerS = 9e15
            queue.messagesOutPerS = 9e15
            queue.growthPerS = index % 2 == 0 ? 9e15 : -9e15
            queue.oldestMs = 812 * 86_400_000
            queue.delayed = .max
            queue.groups = .max
            queue.published = .max
            queue.redelivered = .max
            queue.dropped = .max
            queue.firstOffset = .max - 1
            queue.nextOffset = .max
            queue.topics = (0..<100).map { "site/\($0)/#" }
            return queue
        }
        world.groups = (0..<2_000).map { index in
            var group = world.groups[index % world.groups.count]
            group.name = "a-group-of-many-consumers-\(index)"
            group.queue = world.queues[index % 20].id
            group.id = "\(group.queue) \(group.name)"
            group.lag = .max - UInt64(index)
            group.pending = .max
            group.ready = .max
            group.members = .max
            group.growthPerS = 9e15
            group.drainMs = index % 2 == 0 ? nil : .max
            group.committedOffset = .max
            return group
        }
        world.consumers = (0..<300).map { index in
            var consumer = world.consumers[index % world.consumers.count]
            consumer.id = "m1.1.\(index)"
            consumer.queue = world.groups[0].queue
            consumer.group = world.groups[0].name
            consumer.credit = .max
            consumer.pending = .max
            consumer.delivered = .max
            return consumer
        }
        world.pending = (0..<300).map { index in
            var entry = world.pending[index % world.pending.count]
            entry.id = "\(world.groups[0].queue):\(index) \(world.groups[0].name)"
            entry.queue = world.groups[0].queue
            entry.group = world.groups[0].name
            entry.offset = .max - UInt64(index)
            entry.deliveries = .max
            return entry
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
        for index in world.queues.indices {
            let old = world.queues[index].id
            world.queues[index].id = names[index] + "\(index)"
            world.queues[index].note = index % 3 == 0 ? "quarantined: " + names[(index + 1) % 10] : ""
            world.queues[index].topics = names
            world.queues[index].deadLetterQueue = names[(index + 2) % 10]
            for place in world.groups.indices where world.groups[place].queue == old {
                world.groups[place].queue = world.queues[index].id
            }
        }
        for index in world.groups.indices {
            world.groups[index].name = names[index]
            world.groups[index].filter = names[(index + 1) % 10]
            world.groups[index].id = "\(world.groups[index].queue) \(names[index])"
        }
        for index in world.consumers.indices {
            world.consumers[index].queue = world.groups[0].queue
            world.consumers[index].group = world.groups[0].name
            world.consumers[index].clientID = names[index]
        }
        for index in world.pending.indices {
            world.pending[index].queue = world.groups[0].queue
            world.pending[index].group = world.groups[0].name
            world.pending[index].consumer = names[index % 10]
        }
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

    private mutating func addQueues() {
        typealias Facts = (
            name: String, type: String, state: String, note: String, ready: UInt64, unacked: UInt64, consumers: UInt64,
            into: Double, out: Double, growth: Double, oldest: UInt64?
        )
        let facts: [Facts] = [
            ("orders", "classic", "running", "growing +96/s", 12_041, 318, 4, 1_200, 1_100, 96, 42_000),
            ("audit", "stream", "running", "", 8_110_000, 0, 2, 310, 620, 310, 604_800_000),
            ("$dlq/orders", "classic", "idle", "no consumers", 1_311, 0, 0, 0, 0, 0, 266_400_000),
            ("mail", "classic", "running", "", 310, 12, 2, 88, 90, -2, 900),
            ("pdf-render", "classic", "running", "full, refuses messages", 208, 208, 16, 14, 12, 2, 72_000),
            ("sms", "classic", "paused", "paused", 144, 0, 3, 2, 0, 2, 140_000),
            ("geo", "classic", "running", "", 12, 4, 8, 410, 411, 0, 100),
            ("tmp.a91f", "ephemeral", "idle", "", 0, 0, 1, 0, 0, 0, nil),
        ]
        for (index, fact) in facts.enumerated() {
            var queue = AdminV1.Queue()
            queue.id = fact.name
            queue.type = fact.type
            queue.state = fact.state
            queue.note = fact.note
            queue.durability = fact.type == "ephemeral" ? "memory" : "buffered"
            queue.shard = UInt32(index % 4)
            queue.number = UInt64(300 + index)
            queue.ready = fact.ready
            queue.unacked = fact.unacked
            queue.depth = fact.ready + fact.unacked
            queue.bytes = queue.depth * 312
            queue.consumers = fact.consumers
            queue.messagesInPerS = fact.into
            queue.messagesOutPerS = fact.out
            queue.acknowledgedPerS = fact.out
            queue.deadLetteredPerS = 0
            queue.growthPerS = fact.growth
            queue.oldestMs = fact.oldest
            queue.topics = fact.name.hasPrefix("$") ? [] : ["\(fact.name)/#"]
            queue.published = UInt64(fact.into * 40_000)
            queue.delivered = UInt64(fact.out * 40_000)
            queue.acknowledged = queue.delivered
            queue.redelivered = UInt64(index) * 12
            queue.depthLimit = fact.name == "pdf-render" ? 416 : 100_000
            queue.bytesLimit = 1 << 30
            queue.overflow = "reject"
            queue.deliveriesLimit = 5
            queue.backoffMs = 1_000
            queue.backoffLimitMs = 60_000
            queue.backoffMultiplier = 2
            queue.visibilityTimeoutMs = 30_000
            queue.deadLetterQueue = fact.name.hasPrefix("$") ? "" : "$dlq/\(fact.name)"
            queue.deadLetterReasons = ["rejected", "max-deliveries"]
            queue.deadLettersOf = fact.name == "$dlq/orders" ? "orders" : ""
            queue.firstOffset = 1_192_290
            queue.nextOffset = 1_192_290 + queue.depth
            queue.groups = fact.name == "orders" ? 2 : 1
            queue.version = "v\(index)"
            self.queues.append(queue)
        }
        self.addGroups()
    }

    private mutating func addGroups() {
        typealias Facts = (
            name: String, queue: String, state: String, members: UInt64, pending: UInt64, lag: UInt64, growth: Double,
            drain: UInt64?
        )
        let facts: [Facts] = [
            ("billing", "orders", "falling behind", 4, 318, 12_041, 96, nil),
            ("audit", "orders", "ok", 1, 0, 3, 0, nil),
            ("analytics", "audit", "no members", 0, 0, 8_110_000, 310, nil),
            ("mailer", "mail", "ok", 2, 12, 310, -2, 155_000),
            ("ocr", "pdf-render", "falling behind", 16, 208, 416, 2, nil),
            ("sender", "sms", "paused", 3, 0, 144, 2, nil),
            ("geo", "geo", "idle", 8, 0, 0, 0, 0),
        ]
        for (index, fact) in facts.enumerated() {
            guard let queue = self.queues.first(where: { $0.id == fact.queue }) else { continue }
            var group = AdminV1.Group()
            group.id = "\(fact.queue) \(fact.name)"
            group.name = fact.name
            group.queue = fact.queue
            group.mode = queue.type == "stream" ? "stream" : "queue"
            group.state = fact.state
            group.members = fact.members
            group.pending = fact.pending
            group.lag = fact.lag
            group.ready = fact.lag - min(fact.lag, fact.pending)
            group.growthPerS = fact.growth
            group.messagesInPerS = queue.messagesInPerS
            group.messagesOutPerS = queue.messagesOutPerS
            group.acknowledgedPerS = queue.acknowledgedPerS
            group.drainMs = fact.drain
            group.oldestMs = queue.oldestMs
            group.tailOffset = queue.nextOffset
            group.committedOffset = queue.nextOffset - fact.lag
            group.cursorOffset = group.committedOffset + fact.pending
            group.delivered = queue.delivered
            group.acknowledged = queue.acknowledged
            group.redelivered = UInt64(index) * 4
            group.version = "g\(index)"
            self.groups.append(group)
        }
        for index in 0..<4 {
            var consumer = AdminV1.Consumer()
            consumer.id = "m1.300.\(17 + index)"
            consumer.queue = "orders"
            consumer.group = "billing"
            consumer.clientID = "pay-\(index + 1)"
            consumer.shard = UInt32(index)
            consumer.credit = index == 3 ? 2 : 0
            consumer.pending = index == 3 ? 78 : 80
            consumer.delivered = UInt64(290_000 - index * 9_000)
            consumer.state = "active"
            self.consumers.append(consumer)
        }
        for index in 0..<12 {
            var entry = AdminV1.Pending()
            entry.id = "orders:\(5_012 + index) billing"
            entry.queue = "orders"
            entry.group = "billing"
            entry.offset = 1_192_290 + UInt64(index)
            entry.state = index == 5 ? "waiting" : "delivered"
            entry.consumer = index == 5 ? "" : "m1.300.\(17 + index % 4)"
            entry.deliveries = index == 5 ? 3 : 1
            entry.idleMs = UInt64(42_000 - index * 3_000)
            self.pending.append(entry)
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
