import AdminAPI
import Core
import Machine
import Protobuf
import Query
import QueueEngine

/// A queue on its shard, as a scan reads it and as a row shows it.
struct QueueRow: RowReader {
    private typealias Field = AdminV1.Queue.FieldNumber
    let home: QueueHome
    let shard: Int
    let status: QueueStatus
    private let directory: QueueDirectory

    init(_ home: QueueHome, on shard: ShardState) {
        self.home = home
        self.shard = shard.index
        self.directory = shard.broker.queues
        self.status = shard.queues.status(of: home)
    }

    private var rates: QueueRates? { self.home.watch.rates }
    private var definition: QueueDefinition { self.home.definition }

    /// What scans sort by and sum up costs no row.
    func value(of field: Int) -> FieldValue {
        let status = self.status
        let counters = status.counters
        switch field {
        case Field.id: return .string(self.definition.name)
        case Field.deadLettersOf: return .string(self.deadLettersOf)
        case Field.ready: return .uint(status.waiting)
        case Field.unacked: return .uint(status.pending)
        case Field.depth: return .uint(status.depth)
        case Field.consumers: return .uint(UInt64(status.consumers))
        case Field.groups: return .uint(UInt64(status.groups))
        case Field.bytes: return .uint(status.bytes)
        case Field.delayed: return .uint(status.delayed)
        case Field.cachedBytes: return .uint(UInt64(status.cachedBytes))
        case Field.oldestMs: return status.oldestAge.map { .uint($0) } ?? .none
        case Field.messagesInPerS: return Self.rate(self.rates?.published)
        case Field.messagesOutPerS: return Self.rate(self.rates?.delivered)
        case Field.acknowledgedPerS: return Self.rate(self.rates?.acknowledged)
        case Field.deadLetteredPerS: return Self.rate(self.rates?.deadLettered)
        case Field.growthPerS: return Self.rate(self.rates?.growth)
        case Field.published: return .uint(counters.published)
        case Field.publishedBytes: return .uint(counters.publishedBytes)
        case Field.delivered: return .uint(counters.delivered)
        case Field.deliveredBytes: return .uint(counters.deliveredBytes)
        case Field.acknowledged: return .uint(counters.acknowledged)
        case Field.redelivered: return .uint(counters.redelivered)
        case Field.failed: return .uint(counters.failed)
        case Field.released: return .uint(counters.released)
        case Field.rejected: return .uint(counters.rejected)
        case Field.timedOut: return .uint(counters.timedOut)
        case Field.expired: return .uint(counters.expired)
        case Field.deadLettered: return .uint(counters.deadLettered)
        case Field.dropped: return .uint(counters.dropped)
        case Field.refused: return .uint(counters.refused)
        case Field.duplicates: return .uint(counters.duplicates)
        default: return self.row.value(of: field)
        }
    }

    private static func rate(_ rate: Double?) -> FieldValue { rate.map { .double($0) } ?? .none }

    var row: AdminV1.Queue {
        var row = AdminV1.Queue()
        row.id = self.definition.name
        row.version = self.version
        row.type = self.definition.kind.name
        row.state = self.state
        row.note = self.note
        row.shard = UInt32(self.shard)
        row.number = self.definition.number
        self.fillNumbers(&row)
        self.fillCounters(&row)
        self.fill(&row, self.definition)
        row.deadLettersOf = self.deadLettersOf
        let offsets = self.home.queue.offsets()
        row.damage = self.home.queue.damage.map { "\($0.part.operatorName): \($0.reason)" }
        row.firstOffset = offsets.first
        row.nextOffset = offsets.next
        return row
    }

    /// Changes with the definition.
    var version: String { String(fingerprint(self.definition.encoded()) ^ self.definition.number, radix: 36) }

    private func fillNumbers(_ row: inout AdminV1.Queue) {
        let status = self.status
        row.ready = status.waiting
        row.unacked = status.pending
        row.depth = status.depth
        row.consumers = UInt64(status.consumers)
        row.groups = UInt64(status.groups)
        row.bytes = status.bytes
        row.delayed = status.delayed
        row.cachedBytes = UInt64(status.cachedBytes)
        row.oldestMs = status.oldestAge
        row.messagesInPerS = self.rates?.published
        row.messagesOutPerS = self.rates?.delivered
        row.acknowledgedPerS = self.rates?.acknowledged
        row.deadLetteredPerS = self.rates?.deadLettered
        row.growthPerS = self.rates?.growth
    }

    private func fillCounters(_ row: inout AdminV1.Queue) {
        let counters = self.status.counters
        row.published = counters.published
        row.publishedBytes = counters.publishedBytes
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
        row.refused = counters.refused
        row.duplicates = counters.duplicates
    }

    /// The queues whose dead letters come here: by its name, and by theirs.
    private var deadLettersOf: String {
        var sources = self.directory.deadLetterSources(of: self.definition.name, in: self.home.namespace)
        if self.definition.name.hasPrefix(QueueAddress.deadLetterPrefix) {
            let own = String(self.definition.name.dropFirst(QueueAddress.deadLetterPrefix.count))
            sources.removeAll { $0 == own }
            sources.insert(own, at: 0)
        }
        return sources.joined(separator: ", ")
    }

    /// What a definition says of itself, without the rest.
    func row(of definition: QueueDefinition) -> AdminV1.Queue {
        var row = AdminV1.Queue()
        self.fill(&row, definition)
        return row
    }

    private func fill(_ row: inout AdminV1.Queue, _ definition: QueueDefinition) {
        row.durability = definition.durabilityName
        row.topics = definition.topics
        if definition.deadLetters.isEnabled {
            row.deadLetterQueue = definition.deadLetterQueue
            row.deadLetterReasons = definition.deadLetters.reasons.names
        }
        row.depthLimit = definition.limits.maximumMessages
        row.bytesLimit = definition.limits.maximumBytes
        row.messageBytesLimit = definition.limits.maximumMessageSize
        row.delayedLimit = definition.limits.maximumDelayed
        row.ttlMs = definition.limits.ttl
        row.overflow = definition.overflow.name
        row.deliveriesLimit = UInt64(definition.retry.maximumDeliveries)
        row.backoffMs = definition.retry.initialBackoff
        row.backoffLimitMs = definition.retry.maximumBackoff
        row.backoffMultiplier = definition.retry.multiplier
        row.visibilityTimeoutMs = definition.visibilityTimeout
        row.retentionMs = definition.retention.maximumAge
        row.retentionBytesLimit = definition.retention.maximumBytes
        row.retentionMessagesLimit = definition.retention.maximumMessages
        row.compacts = definition.compacts
        row.compresses = definition.compresses
        row.dedupeWindowMs = definition.dedupeWindow
        row.singleActiveConsumer = definition.hasSingleActiveConsumer
        row.idleExpiryMs = definition.kind == .ephemeral ? definition.idleExpiry : 0
        row.idleGroupExpiryMs = definition.idleGroupExpiry
        row.priorities = definition.hasPriorities
        row.primaryGroup = definition.primaryGroup
        row.capturesSynchronously = definition.capturesSynchronously
        row.autoCommitIntervalMs = definition.autoCommitInterval
        row.reserved = definition.isReserved
    }

    // MARK: In words

    private var isStill: Bool {
        (self.rates?.published ?? 0) == 0 && (self.rates?.delivered ?? 0) == 0 && self.status.pending == 0
    }

    private var state: String {
        if self.home.isBeingRepaired || !self.home.queue.quarantinedParts.isEmpty { return "quarantined" }
        if self.status.isPaused { return "paused" }
        return self.isStill ? "idle" : "running"
    }

    /// The gravest first.
    private var note: String {
        let (status, limits) = (self.status, self.definition.limits)
        if self.home.isBeingRepaired { return "quarantined: it is being repaired" }
        let damaged = self.home.queue.quarantinedParts
        if !damaged.isEmpty {
            let parts = damaged.map(\.operatorName).joined(separator: ", ")
            return "quarantined: \(parts); fluxctl queue repair \(self.definition.name) --dry-run says what is lost"
        }
        if status.isPaused { return "paused" }
        if self.definition.kind != .stream {
            let isFull =
                limits.maximumMessages > 0 && status.depth >= limits.maximumMessages
                || limits.maximumBytes > 0 && status.bytes >= limits.maximumBytes
            if isFull { return "full, \(self.definition.overflow.effect)" }
            // Between two looks a move takes no time: who still stands there cannot go.
            if status.moving > 0, (self.rates?.deadLettered ?? 0) == 0 {
                return "\(status.moving) cannot go to \(self.definition.deadLetterQueue)"
            }
            if status.depth > 0, status.consumers == 0 { return "no consumers" }
            if let rates = self.rates, status.waiting > 0, rates.delivered == 0, status.pending == 0 {
                return "consumers take nothing"
            }
            if let growth = self.rates?.growth, growth >= 1, status.waiting > 0 {
                return "growing +\(Int(growth.rounded()))/s"
            }
        }
        return ""
    }
}

extension QueueDefinition.Kind {
    /// As the configuration spells it.
    var name: String {
        switch self {
        case .ephemeral: "ephemeral"
        case .classic: "classic"
        case .stream: "stream"
        }
    }
}

extension QueueDefinition.Overflow {
    var name: String {
        switch self {
        case .reject: "reject"
        case .dropHead: "drop-head"
        case .deadLetter: "dead-letter"
        }
    }

    fileprivate var effect: String {
        switch self {
        case .reject: "refuses messages"
        case .dropHead: "drops the oldest"
        case .deadLetter: "moves the oldest aside"
        }
    }
}

extension QueueDefinition {
    fileprivate var durabilityName: String {
        if self.kind == .ephemeral { return "memory" }
        return self.durability == .synced ? "synced" : "buffered"
    }
}

extension DeadLetterReasons {
    var names: [String] { DeadLetterReason.allCases.filter { self.contains($0) }.map(\.name) }
}

extension LogPart {
    var operatorName: String {
        switch self {
        case .groups: "what its groups did"
        case .delayed: "delayed messages"
        default: self.rawValue == 0 ? "messages" : "messages of priority \(self.rawValue)"
        }
    }
}

/// Source: FNV-1a, 64 bits.
func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

extension BrokerBackend {
    func scanQueues(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        self.calls.walk(scan, beginningWith: Self.firstSlice(scan)) { shard, scan, start, rows in
            shard.queues.forEachQueue(from: start, limit: rows) { home in
                guard home.namespace == .standard else { return }
                shard.queues.look(at: home, unlessYoungerThan: Self.freshness)
                scan.visit(RowKey(text: home.definition.name), QueueRow(home, on: shard))
            }
        } _: {
            answer($0)
        }
    }

    func queues(_ keys: [RowKey], _ answer: @escaping ([AdminV1.Row]) -> Void) {
        self.calls.gather(keys, on: { self.broker.queues.find($0.text, in: .standard)?.shard }) { shard, key in
            shard.queue(named: key.text).map { AdminV1.Row(.queue(QueueRow($0, on: shard).row)) }
        } _: {
            answer($0)
        }
    }

    func queue(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        self.queues([RowKey(text: name)]) { answer($0.first) }
    }

    /// Rates of queues and groups, every second while somebody watches them.
    func lookAtQueues() {
        self.calls.walk(0, beginningWith: 1_024) { shard, _, start, rows in
            shard.queues.forEachQueue(from: start, limit: rows) { shard.queues.look(at: $0, unlessYoungerThan: 500) }
        } _: { _ in
        }
    }
}

extension ShardState {
    /// nil when it lives elsewhere or nowhere.
    func queue(named name: String) -> QueueHome? {
        guard let place = self.broker.queues.find(name, in: .standard), place.shard == self.index else { return nil }
        return self.queues.home(place.number)
    }
}
