import AdminAPI
import Core
import Machine
import Protobuf
import Query
import QueueEngine

/// Names a message in a group's hands: key of its row, and what verbs about it name.
struct PendingPlace: Sendable {
    var queue: String
    var group: String
    var id: MessageID

    /// "orders:5012 billing".
    var name: String { "\(self.queue):\(self.id.number) \(self.group)" }
    var key: RowKey { RowKey(number: self.id.number, text: "\(self.queue)\u{0}\(self.group)") }

    init(queue: String, group: String, id: MessageID) {
        (self.queue, self.group, self.id) = (queue, group, id)
    }

    init?(_ key: RowKey) {
        let parts = key.text.split(separator: "\u{0}", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(queue: String(parts[0]), group: String(parts[1]), id: MessageID(number: key.number))
    }

    /// Every way to read a name: queues and groups may have spaces and colons.
    static func all(named name: String) -> [PendingPlace] {
        name.indices.filter { name[$0] == " " }.prefix(1_000).compactMap { space in
            let message = name[..<space]
            guard let colon = message.lastIndex(of: ":"), let number = UInt64(message[message.index(after: colon)...])
            else {
                return nil
            }
            return PendingPlace(
                queue: String(message[..<colon]),
                group: String(name[name.index(after: space)...]),
                id: MessageID(number: number)
            )
        }
    }
}

extension AdminV1.Pending {
    init(_ status: PendingStatus, _ place: PendingPlace, consumer: String, _ clock: WallClock) {
        self.init()
        self.id = place.name
        self.queue = place.queue
        self.group = place.group
        self.number = status.id.number
        self.priority = UInt32(status.id.priority)
        self.offset = status.id.offset
        self.state = status.state.name
        self.consumer = consumer
        self.deliveries = UInt64(status.count)
        self.idleMs = status.idle
        if status.firstDelivered > 0 { self.firstDeliveredAt = Timestamp(milliseconds: status.firstDelivered) }
        self.version = "\(self.state.prefix(2)).\(status.count).\(consumer)"
    }
}

extension PendingStatus.State {
    fileprivate var name: String {
        switch self {
        case .delivered: "delivered"
        case .ready: "ready"
        case .waiting: "waiting"
        case .deadLetter: "dead letter"
        }
    }
}

extension Timestamp {
    /// - Parameter milliseconds: Since 1970.
    init(milliseconds: UInt64) {
        self.init(seconds: Int64(milliseconds / 1_000), nanos: Int32(milliseconds % 1_000) * 1_000_000)
    }
}

/// Where a walk over a shard's pending messages stands: groups are taken in pieces, since one may have 100,000.
private struct PendingWalk: Sendable {
    var scan: Scan
    let queue: String?
    let group: String?
    let clock: WallClock
    var isBegun = false
    /// Queues of this shard that are still to be looked at, the last one first.
    var queues: [UInt64] = []
    var groups: [GroupNumber] = []
    var next = MessageID(number: 0)

    /// - Returns: Whether there is more on this shard; the next one starts afresh.
    mutating func step(_ shard: ShardState, limit: Int) -> Bool {
        if !self.isBegun { self.begin(shard) }
        guard let number = self.queues.last else {
            self.isBegun = false
            return false
        }
        guard let home = shard.queues.home(number), let group = self.groups.last,
            let status = home.queue.status(of: group)
        else {
            if self.groups.popLast() == nil || shard.queues.home(number) == nil { self.nextQueue(shard) }
            self.next = MessageID(number: 0)
            return true
        }
        let found = home.queue.pending(of: group, from: self.next, limit: limit, now: shard.now)
        for entry in found {
            let place = PendingPlace(queue: home.definition.name, group: status.id, id: entry.id)
            self.scan.visit(
                place.key,
                AdminV1.Pending(entry, place, consumer: shard.name(entry.consumer, home), self.clock)
            )
        }
        if found.count == limit, let last = found.last {
            self.next = MessageID(number: last.id.number + 1)
        } else {
            self.groups.removeLast()
            self.next = MessageID(number: 0)
        }
        return true
    }

    private mutating func begin(_ shard: ShardState) {
        self.isBegun = true
        if let queue = self.queue {
            self.queues = shard.queue(named: queue).map { [$0.number] } ?? []
        } else {
            self.queues = shard.queues.homes.values.filter { $0.namespace == .standard }.map(\.number).sorted(by: >)
        }
        self.takeGroups(shard)
    }

    private mutating func nextQueue(_ shard: ShardState) {
        self.queues.removeLast()
        self.takeGroups(shard)
    }

    private mutating func takeGroups(_ shard: ShardState) {
        guard let number = self.queues.last, let home = shard.queues.home(number) else { return self.groups = [] }
        if let group = self.group {
            self.groups = home.queue.groupNumber(named: group).map { [$0] } ?? []
        } else {
            self.groups = home.queue.groupNumbers.reversed()
        }
    }
}

extension ShardState {
    /// "" for nobody.
    func name(_ consumer: ConsumerID?, _ home: QueueHome) -> String {
        consumer.map { ConsumerPlace(shard: self.index, queue: home.number, consumer: $0.bits).name } ?? ""
    }
}

extension BrokerBackend {
    func scanPending(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        let walk = PendingWalk(
            scan: scan,
            queue: scan.filter.text(requiredOf: AdminV1.Pending.FieldNumber.queue),
            group: scan.filter.text(requiredOf: AdminV1.Pending.FieldNumber.group),
            clock: self.clock
        )
        self.calls.walk(walk, beginningWith: Self.firstSlice(scan)) { shard, walk, _, rows in
            walk.step(shard, limit: rows) ? 0 : nil
        } _: {
            answer($0.scan)
        }
    }

    func pending(_ places: [PendingPlace], _ answer: @escaping ([AdminV1.Row]) -> Void) {
        let clock = self.clock
        self.calls.gather(places, on: { self.broker.queues.find($0.queue, in: .standard)?.shard }) { shard, place in
            guard let home = shard.queue(named: place.queue), let group = home.queue.groupNumber(named: place.group),
                let status = home.queue.pending(of: group, from: place.id, limit: 1, now: shard.now).first,
                status.id == place.id
            else { return nil }
            let consumer = shard.name(status.consumer, home)
            return AdminV1.Row(.pending(AdminV1.Pending(status, place, consumer: consumer, clock)))
        } _: {
            answer($0)
        }
    }

    func pending(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        self.pending(PendingPlace.all(named: name)) { answer($0.first) }
    }
}
