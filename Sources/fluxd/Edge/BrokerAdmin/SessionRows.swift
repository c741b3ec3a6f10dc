import AdminAPI
import Core
import MQTTServer
import Machine
import Protobuf
import Query

/// A session on its shard, likewise.
struct SessionRow: RowReader {
    private typealias Field = AdminV1.Session.FieldNumber
    let view: SessionView
    let shard: ShardState
    let clock: WallClock

    func value(of field: Int) -> FieldValue {
        switch field {
        case Field.id: .string(text(self.view.clientID))
        case Field.subscriptions: .uint(UInt64(self.view.subscriptions))
        case Field.queued: .uint(UInt64(self.view.queued))
        case Field.queuedBytes: .uint(UInt64(self.view.queuedBytes))
        case Field.inflight: .uint(UInt64(self.view.inflight))
        default: self.row([field]).value(of: field)
        }
    }

    func row(_ fields: Set<Int>?) -> AdminV1.Session {
        func wants(_ field: Int) -> Bool { fields?.contains(field) ?? true }
        let view = self.view
        var row = AdminV1.Session()
        row.id = text(view.clientID)
        row.version = String(view.address.bits, radix: 36)
        if wants(Field.state) { row.state = view.connection == nil ? "offline" : "connected" }
        if wants(Field.connectionID), let id = view.connection {
            row.connectionID = ConnectionRow.name(of: id, on: self.shard.index)
        }
        if wants(Field.shard) { row.shard = UInt32(self.shard.index) }
        if wants(Field.createdAt) { row.createdAt = self.clock.time(at: view.createdAt) }
        if wants(Field.expiryMs) { row.expiryMs = UInt64(view.expiry) * 1_000 }
        if wants(Field.expiresAt) { row.expiresAt = view.expiresAt.map { self.clock.time(at: $0) } }
        if wants(Field.subscriptions) { row.subscriptions = UInt64(view.subscriptions) }
        if wants(Field.queued) { row.queued = UInt64(view.queued) }
        if wants(Field.queuedBytes) { row.queuedBytes = UInt64(view.queuedBytes) }
        if wants(Field.inflight) { row.inflight = UInt64(view.inflight) }
        if wants(Field.inflightIn) { row.inflightIn = UInt64(view.inflightIn) }
        if wants(Field.willTopic) { row.willTopic = text(view.willTopic) }
        if wants(Field.username) { row.username = view.username ?? "" }
        return row
    }
}

extension BrokerBackend {
    func scanSessions(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        let clock = self.clock
        self.calls.walk(scan, beginningWith: Self.firstSlice(scan)) { shard, scan, start, rows in
            shard.acceptor(MQTTShard.self)?.forEachSession(from: start, limit: rows) { view in
                scan.visit(RowKey(text: text(view.clientID)), SessionRow(view: view, shard: shard, clock: clock))
            }
        } _: {
            answer($0)
        }
    }

    func sessions(_ keys: [RowKey], _ fields: Set<Int>?, _ answer: @escaping ([AdminV1.Row]) -> Void) {
        let clock = self.clock
        self.calls.gather(keys, on: { self.home(of: $0.text) }) { shard, key in
            guard let view = shard.acceptor(MQTTShard.self)?.session(Array(key.text.utf8)) else { return nil }
            return AdminV1.Row(.session(SessionRow(view: view, shard: shard, clock: clock).row(fields)))
        } _: {
            answer($0)
        }
    }

    func session(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        self.sessions([RowKey(text: name)], nil) { answer($0.first) }
    }

    /// The shard of a client's session; nil when there is none.
    func home(of clientID: String) -> Int? {
        self.broker.directory.home(of: .client(.standard, Array(clientID.utf8)))
    }
}
