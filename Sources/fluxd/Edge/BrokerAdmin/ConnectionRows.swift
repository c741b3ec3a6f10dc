import AdminAPI
import Core
import MQTTServer
import MQTTWire
import Machine
import Protobuf
import Query

/// A connection on its shard, as a scan reads it and as a row shows it.
struct ConnectionRow: RowReader {
    private typealias Field = AdminV1.Connection.FieldNumber
    let view: ConnectionView
    let shard: ShardState
    let clock: WallClock

    var key: RowKey { ConnectionRow.key(of: self.view.id, on: self.shard.index) }

    /// What scans read most costs no row: a sort by a rate walks over dense tables.
    func value(of field: Int) -> FieldValue {
        switch field {
        case _ where DenseConnectionRow.fields.contains(field):
            DenseConnectionRow(counters: self.view.counters, rates: self.rates).value(of: field)
        case Field.queued: .uint(UInt64(self.view.queued))
        case Field.queuedBytes: .uint(UInt64(self.view.queuedBytes))
        case Field.inflight: .uint(UInt64(self.view.inflight))
        case Field.subscriptions: .uint(UInt64(self.view.subscriptions))
        case Field.clientID: .string(text(self.view.clientID))
        default: self.row([field]).value(of: field)
        }
    }

    private var rates: UnsafePointer<ConnectionRates>? { self.shard.connections.rates(of: Int(self.view.id.slot)) }

    /// - Parameter fields: Numbers of those wanted; nil for all. The id and the version are always there.
    func row(_ fields: Set<Int>?) -> AdminV1.Connection {
        func wants(_ field: Int) -> Bool { fields?.contains(field) ?? true }
        let view = self.view
        var row = AdminV1.Connection()
        row.id = ConnectionRow.name(of: view.id, on: self.shard.index)
        row.version = row.id  // a name is never given twice, and what a connection is does not change
        if wants(Field.clientID) { row.clientID = text(view.clientID) }
        if wants(Field.username) { row.username = view.username ?? "" }
        if wants(Field.protocol) { row.protocol = view.version.map { $0 == .v5 ? "mqtt5" : "mqtt3" } ?? "new" }
        if wants(Field.listener) { row.listener = view.listener.name }
        if wants(Field.peer) { row.peer = "\(view.remote)" }
        if wants(Field.shard) { row.shard = UInt32(self.shard.index) }
        if wants(Field.connectedAt) { row.connectedAt = self.clock.time(at: view.openedAt) }
        if wants(Field.uptimeMs) { row.uptimeMs = self.clock.since(view.openedAt) }
        if wants(Field.state) { row.state = view.state.rawValue }
        if wants(Field.keepAliveMs) { row.keepAliveMs = view.keepAlive }
        if wants(Field.idleMs) { row.idleMs = self.clock.since(view.lastSeen) }
        let counters = view.counters.pointee
        if wants(Field.messagesIn) { row.messagesIn = counters.messagesReceived }
        if wants(Field.messagesOut) { row.messagesOut = counters.messagesSent }
        if wants(Field.bytesIn) { row.bytesIn = counters.bytesReceived }
        if wants(Field.bytesOut) { row.bytesOut = counters.bytesSent }
        if let rates = self.rates?.pointee {
            if wants(Field.messagesInPerS) { row.messagesInPerS = Double(rates.messagesReceived) }
            if wants(Field.messagesOutPerS) { row.messagesOutPerS = Double(rates.messagesSent) }
            if wants(Field.bytesInPerS) { row.bytesInPerS = Double(rates.bytesReceived) }
            if wants(Field.bytesOutPerS) { row.bytesOutPerS = Double(rates.bytesSent) }
        }
        if wants(Field.dropped) { row.dropped = counters.droppedMessages }
        if wants(Field.bufferedBytes) { row.bufferedBytes = UInt64(view.bufferedBytes) }
        if wants(Field.inflight) { row.inflight = UInt64(view.inflight) }
        if wants(Field.inflightLimit) { row.inflightLimit = UInt64(view.inflightLimit) }
        if wants(Field.queued) { row.queued = UInt64(view.queued) }
        if wants(Field.queuedBytes) { row.queuedBytes = UInt64(view.queuedBytes) }
        if wants(Field.subscriptions) { row.subscriptions = UInt64(view.subscriptions) }
        if wants(Field.cleanStart) { row.cleanStart = view.isCleanStart }
        if wants(Field.sessionExpiryMs) { row.sessionExpiryMs = UInt64(view.sessionExpiry) * 1_000 }
        if wants(Field.packetLimitBytes) { row.packetLimitBytes = UInt64(view.packetLimit ?? 0) }
        if wants(Field.willTopic) { row.willTopic = text(view.willTopic) }
        if wants(Field.transport) { row.transport = view.transport }
        if wants(Field.tls) { row.tls = view.tls.map { "\($0.version) \($0.cipher)" } ?? "" }
        if wants(Field.certificate) { row.certificate = view.tls?.certificate?.subject ?? "" }
        if wants(Field.proxy) { row.proxy = view.proxy.map { "\($0)" } ?? "" }
        if wants(Field.authentication) { row.authentication = view.authenticationMethod ?? "" }
        return row
    }

    // MARK: Names

    /// Shard, slot and generation, the shard in the top byte. Slots are far below 2^24: each has a descriptor.
    static func key(of id: StreamID, on shard: Int) -> RowKey {
        RowKey(number: UInt64(shard) << 56 | UInt64(id.slot) << 32 | UInt64(id.generation), text: "")
    }

    static func place(of key: RowKey) -> (shard: Int, id: StreamID) {
        let slot = UInt32(truncatingIfNeeded: key.number >> 32) & 0xFF_FFFF
        let id = StreamID(slot: slot, generation: UInt32(truncatingIfNeeded: key.number))
        return (Int(key.number >> 56), id)
    }

    static func name(of id: StreamID, on shard: Int) -> String { "c\(shard).\(id.slot).\(id.generation)" }

    /// nil for what is no connection's name.
    static func place(named name: String) -> (shard: Int, id: StreamID)? {
        guard name.first == "c" else { return nil }
        let parts = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false).map { UInt32($0) }
        guard parts.count == 3, let shard = parts[0], let slot = parts[1], let generation = parts[2] else { return nil }
        return (Int(shard), StreamID(slot: slot, generation: generation))
    }
}

/// MQTT's strings are checked where they come in.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// A connection as the dense tables have it: a watch over 15,000 of them that is sorted by a rate touches none of them.
struct DenseConnectionRow: RowReader {
    private typealias Field = AdminV1.Connection.FieldNumber
    /// Of a line that stays where it is.
    let counters: UnsafePointer<ConnectionCounters>
    /// nil for a connection that came after the last look.
    let rates: UnsafePointer<ConnectionRates>?

    static let fields: Set<Int> = [
        Field.messagesIn, Field.messagesOut, Field.bytesIn, Field.bytesOut, Field.dropped, Field.bufferedBytes,
        Field.messagesInPerS, Field.messagesOutPerS, Field.bytesInPerS, Field.bytesOutPerS,
    ]

    func value(of field: Int) -> FieldValue {
        switch field {
        case Field.messagesIn: .uint(self.counters.pointee.messagesReceived)
        case Field.messagesOut: .uint(self.counters.pointee.messagesSent)
        case Field.bytesIn: .uint(self.counters.pointee.bytesReceived)
        case Field.bytesOut: .uint(self.counters.pointee.bytesSent)
        case Field.dropped: .uint(self.counters.pointee.droppedMessages)
        case Field.bufferedBytes: .uint(self.counters.pointee.bufferedBytes)
        case Field.messagesInPerS: Self.rate(self.rates?.pointee.messagesReceived)
        case Field.messagesOutPerS: Self.rate(self.rates?.pointee.messagesSent)
        case Field.bytesInPerS: Self.rate(self.rates?.pointee.bytesReceived)
        case Field.bytesOutPerS: Self.rate(self.rates?.pointee.bytesSent)
        default: .none
        }
    }

    private static func rate(_ value: Float?) -> FieldValue { value.map { .double(Double($0)) } ?? .none }
}

extension BrokerBackend {
    /// Rows of a scan's first slice: a pattern may cost a millisecond a row.
    static func firstSlice(_ scan: Scan) -> Int { scan.isExpensive ? 1 : 256 }
    /// Milliseconds that rates may be old: who asks once is not shown those of ten seconds ago.
    static var freshness: UInt64 { 2_000 }

    private func scanDenseConnections(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        self.calls.walk(scan, beginningWith: 4_096) { shard, scan, start, rows in
            let table = shard.connections
            if start == 0 { table.look(now: shard.now, unlessYoungerThan: Self.freshness) }
            let end = min(table.slots, start + rows)
            if start < end {
                for slot in start..<end where table.isUsed(slot) {
                    let counters = UnsafePointer(table.counters(of: slot))
                    let id = StreamID(slot: UInt32(slot), generation: counters.pointee.generation)
                    let row = DenseConnectionRow(counters: counters, rates: table.rates(of: slot))
                    scan.visit(ConnectionRow.key(of: id, on: shard.index), row)
                }
            }
            return end < table.slots ? end : nil
        } _: {
            answer($0)
        }
    }

    func scanConnections(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        if scan.needs.isSubset(of: DenseConnectionRow.fields) { return self.scanDenseConnections(scan, answer) }
        let clock = self.clock
        self.calls.walk(scan, beginningWith: Self.firstSlice(scan)) { shard, scan, start, rows in
            if start == 0 { shard.connections.look(now: shard.now, unlessYoungerThan: Self.freshness) }
            return shard.acceptor(MQTTShard.self)?.forEachConnection(from: start, limit: rows) { view in
                let row = ConnectionRow(view: view, shard: shard, clock: clock)
                scan.visit(row.key, row)
            }
        } _: {
            answer($0)
        }
    }

    func connections(_ keys: [RowKey], _ fields: Set<Int>?, _ answer: @escaping ([AdminV1.Row]) -> Void) {
        let clock = self.clock
        self.calls.gather(keys, on: { ConnectionRow.place(of: $0).shard }) { shard, key in
            guard let view = shard.acceptor(MQTTShard.self)?.connection(ConnectionRow.place(of: key).id) else {
                return nil
            }
            return AdminV1.Row(.connection(ConnectionRow(view: view, shard: shard, clock: clock).row(fields)))
        } _: {
            answer($0)
        }
    }

    func connection(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        guard let (shard, id) = ConnectionRow.place(named: name), shard < self.calls.shards else {
            return self.later { answer(nil) }
        }
        self.connections([ConnectionRow.key(of: id, on: shard)], nil) { answer($0.first) }
    }
}

extension ConnectionView {
    /// As ``AdminV1/Connection`` names it.
    var transport: String {
        switch (self.isWebSocket, self.tls != nil) {
        case (false, false): "tcp"
        case (false, true): "tls"
        case (true, false): "ws"
        case (true, true): "wss"
        }
    }
}
