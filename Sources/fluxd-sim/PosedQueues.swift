import AdminAPI
import Protobuf

struct PosedQueue: Posed {
    static let names = ["orders", "invoices", "mail", "audit", "billing", "ocr", "geo", "analytics"]

    var row = AdminV1.Queue()
    private var incoming: Traffic
    private var outgoing: Traffic
    private var ready: Double

    init(_ index: Int, _ scenario: Scenario) {
        var dice = Dice(scenario.seed, Lane.queue, index)
        self.incoming = Traffic(&dice, in: 0...60, age: 0)
        self.outgoing = Traffic(&dice, in: 0...60, age: 0)
        // One in ten falls behind, the others keep up.
        if !dice.chance(0.1) { self.outgoing.messages = self.incoming.messages }
        self.ready = dice.real(0...400).rounded()
        self.row.id = PosedQueue.name(index)
        self.row.type = dice.pick(["classic", "classic", "stream", "ephemeral"])
        self.row.state = "running"
        self.row.consumers = UInt64(dice.below(5))
        self.row.version = "1"
        self.row.number = UInt64(256 + index)
        self.row.shard = UInt32(index % 4)
        self.row.topics = ["$queue/\(self.row.id)/#"]
        self.row.durability = self.row.type == "ephemeral" ? "memory" : dice.chance(0.3) ? "synced" : "buffered"
        self.row.groups = min(self.row.consumers, 1)
        self.row.depthLimit = 100_000
        self.row.messageBytesLimit = 10 << 20
        self.row.overflow = "reject"
        self.row.deliveriesLimit = 5
        self.row.visibilityTimeoutMs = 30_000
        if self.row.type == "classic" {
            self.row.deadLetterQueue = "$dlq/\(self.row.id)"
            self.row.deadLetterReasons = ["rejected", "max-deliveries", "overflow"]
        }
        self.show()
    }

    static func name(_ index: Int) -> String {
        let name = self.names[index % self.names.count]
        return index < self.names.count ? name : "\(name)-\(index / self.names.count)"
    }

    mutating func move(to time: Double, weather: Double) {
        let isPaused = self.row.state == "paused"
        self.incoming.move(to: time, weather: weather)
        self.outgoing.move(to: time, weather: isPaused ? 0 : weather)
        self.ready = max(0, self.ready + self.incoming.rate - self.outgoing.rate)
        self.show()
    }

    private mutating func show() {
        self.row.ready = UInt64(self.ready)
        self.row.unacked = min(self.row.consumers * 20, UInt64(self.outgoing.rate))
        self.row.depth = self.row.ready + self.row.unacked
        self.row.bytes = UInt64(self.ready * self.incoming.size)
        self.row.messagesInPerS = self.incoming.rate
        self.row.messagesOutPerS = self.outgoing.rate
        self.row.acknowledgedPerS = self.outgoing.rate
        self.row.deadLetteredPerS = 0
        self.row.growthPerS = self.incoming.rate - self.outgoing.rate
        self.row.oldestMs = self.outgoing.rate > 0 ? UInt64(self.ready / self.outgoing.rate * 1_000) : nil
        self.row.published = self.incoming.count
        self.row.publishedBytes = self.incoming.bytes
        self.row.delivered = self.outgoing.count
        self.row.deliveredBytes = self.outgoing.bytes
        self.row.acknowledged = self.outgoing.count
        self.row.nextOffset = self.incoming.count
        self.row.firstOffset = self.row.nextOffset - min(self.row.depth, self.row.nextOffset)
        self.row.note = self.note
    }

    private var note: String {
        if self.row.state == "paused" { return "paused" }
        if self.row.type == "stream" || self.row.ready == 0 { return "" }
        if self.row.consumers == 0 { return "no consumers" }
        let growth = self.incoming.rate - self.outgoing.rate
        return growth >= 1 ? "growing +\(Int(growth.rounded()))/s" : ""
    }

    mutating func pause(_ isPaused: Bool) {
        self.row.state = isPaused ? "paused" : "running"
        self.row.note = self.note
    }

    mutating func purge() {
        self.ready = 0
        self.show()
    }

    static func wrap(_ row: AdminV1.Queue) -> AdminV1.Row.RowOneof { .queue(row) }
}

/// A group of the posed queue of the same place.
struct PosedGroup: Posed {
    private static let names = ["billing", "audit", "workers"]

    var row = AdminV1.Group()
    private var incoming: Traffic
    private var outgoing: Traffic
    private var lag: Double

    /// - Parameter round: Groups that the queue has already.
    init(_ index: Int, of queue: String, round: Int, _ scenario: Scenario) {
        var dice = Dice(scenario.seed, Lane.group, index)
        self.incoming = Traffic(&dice, in: 0...60, age: 0)
        self.outgoing = Traffic(&dice, in: 0...60, age: 0)
        if !dice.chance(0.2) { self.outgoing.messages = self.incoming.messages }
        self.lag = dice.real(0...400).rounded()
        self.row.queue = queue
        let name = PosedGroup.names[round % PosedGroup.names.count]
        self.row.name = round < PosedGroup.names.count ? name : "\(name)-\(round)"
        self.row.id = "\(queue) \(self.row.name)"
        self.row.mode = "queue"
        self.row.members = UInt64(dice.below(4))
        self.row.version = "1"
        self.show()
    }

    mutating func move(to time: Double, weather: Double) {
        self.incoming.move(to: time, weather: weather)
        self.outgoing.move(to: time, weather: self.row.members == 0 || self.row.state == "paused" ? 0 : weather)
        self.lag = max(0, self.lag + self.incoming.rate - self.outgoing.rate)
        self.show()
    }

    private mutating func show() {
        let growth = self.incoming.rate - self.outgoing.rate
        self.row.lag = UInt64(self.lag)
        self.row.pending = min(self.row.members * 20, self.row.lag)
        self.row.ready = self.row.lag - self.row.pending
        self.row.growthPerS = growth
        self.row.messagesInPerS = self.incoming.rate
        self.row.messagesOutPerS = self.outgoing.rate
        self.row.acknowledgedPerS = self.outgoing.rate
        self.row.drainMs = self.row.lag == 0 ? 0 : growth < 0 ? UInt64(self.lag / -growth * 1_000) : nil
        self.row.oldestMs = self.outgoing.rate > 0 ? UInt64(self.lag / self.outgoing.rate * 1_000) : nil
        self.row.tailOffset = self.incoming.count + self.row.lag
        self.row.cursorOffset = self.row.tailOffset - self.row.ready
        self.row.committedOffset = self.row.tailOffset - self.row.lag
        self.row.delivered = self.outgoing.count
        self.row.acknowledged = self.outgoing.count
        if self.row.state != "paused" {
            let hasLag = self.row.lag > 0
            self.row.state =
                self.row.members == 0
                ? (hasLag ? "no members" : "idle") : growth >= 1 && hasLag ? "falling behind" : "ok"
        }
    }

    mutating func pause(_ isPaused: Bool) {
        self.row.state = isPaused ? "paused" : ""
        self.show()
    }

    static func wrap(_ row: AdminV1.Group) -> AdminV1.Row.RowOneof { .group(row) }
}

/// A member of a posed group.
struct PosedConsumer: Posed {
    var row = AdminV1.Consumer()

    init(_ index: Int, of group: AdminV1.Group, client: String) {
        self.row.id = "m\(index % 4).\(256 + index % 8).\(index + 1)"
        self.row.queue = group.queue
        self.row.group = group.name
        self.row.clientID = client
        self.row.shard = UInt32(index % 4)
        self.row.credit = 100
        self.row.pending = UInt64(index % 7)
        self.row.delivered = UInt64(index * 311)
        self.row.state = "active"
        self.row.version = self.row.id
    }

    mutating func move(to time: Double, weather: Double) {}
    static func wrap(_ row: AdminV1.Consumer) -> AdminV1.Row.RowOneof { .consumer(row) }
}

struct PosedPending: Posed {
    var row = AdminV1.Pending()
    private let age: Double

    init(_ index: Int, of consumer: AdminV1.Consumer, epoch: Timestamp) {
        self.age = Double(index * 7 % 900)
        self.row.queue = consumer.queue
        self.row.group = consumer.group
        self.row.number = UInt64(5_000 + index)
        self.row.offset = self.row.number
        self.row.id = "\(consumer.queue):\(self.row.number) \(consumer.group)"
        self.row.state = "delivered"
        self.row.consumer = consumer.id
        self.row.deliveries = UInt64(1 + index % 3)
        self.row.firstDeliveredAt = epoch.advanced(by: -self.age)
        self.row.version = "1"
        self.move(to: 0, weather: 1)
    }

    mutating func move(to time: Double, weather: Double) { self.row.idleMs = UInt64((self.age + time) * 1_000) }
    static func wrap(_ row: AdminV1.Pending) -> AdminV1.Row.RowOneof { .pending(row) }
}

/// A message of a posed queue; every fifth is a dead letter of it.
struct PosedMessage: Posed {
    var row = AdminV1.QueueMessage()
    private let age: Double

    init(_ index: Int, in queue: String, epoch: Timestamp) {
        let isDead = index % 5 == 4
        self.age = Double(index * 13 % 3_000)
        self.row.queue = isDead ? "$dlq/\(queue)" : queue
        self.row.number = UInt64(5_000 + index)
        self.row.offset = self.row.number
        self.row.id = "\(self.row.queue):\(self.row.number)"
        self.row.state = "ready"
        self.row.storedAt = epoch.advanced(by: -self.age)
        self.row.topic = isDead ? self.row.queue : "$queue/\(queue)/eu"
        self.row.qos = 1
        self.row.protocol = "mqtt"
        self.row.payload = Array("{\"order\":\(index),\"amount\":\(index % 90).50}".utf8)
        self.row.payloadBytes = UInt64(self.row.payload.count)
        self.row.contentType = "application/json"
        if isDead {
            self.row.reason = index % 2 == 0 ? "rejected" : "max-deliveries"
            self.row.originalQueue = queue
            self.row.originalTopic = "$queue/\(queue)/eu"
            self.row.deliveries = 5
            self.row.deadAt = self.row.storedAt
        }
        self.row.version = self.row.id
        self.move(to: 0, weather: 1)
    }

    mutating func move(to time: Double, weather: Double) { self.row.ageMs = UInt64((self.age + time) * 1_000) }
    static func wrap(_ row: AdminV1.QueueMessage) -> AdminV1.Row.RowOneof { .message(row) }
}
