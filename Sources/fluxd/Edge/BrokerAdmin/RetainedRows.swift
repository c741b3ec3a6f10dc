import AdminAPI
import Bytes
import Core
import Machine
import Protobuf
import Query

/// A retained message as a row. The index is shared by all shards and read in slices from here.
struct RetainedRow: RowReader {
    private typealias Field = AdminV1.Retained.FieldNumber
    let entry: RetainedIndex.Entry
    let clock: WallClock

    func value(of field: Int) -> FieldValue {
        switch field {
        case Field.payloadBytes: .uint(UInt64(self.entry.message.payload.count))
        case Field.qos: .uint(UInt64(self.entry.message.qos))
        case Field.ageMs: .uint(self.clock.since(self.entry.storedAt))
        default: self.row([field]).value(of: field)
        }
    }

    /// - Parameter fields: nil for all, the payload's beginning among them.
    func row(_ fields: Set<Int>?) -> AdminV1.Retained {
        func wants(_ field: Int) -> Bool { fields?.contains(field) ?? true }
        let message = self.entry.message
        var row = AdminV1.Retained()
        row.id = text(message.topicBytes)
        row.version = String(self.entry.serial, radix: 36)
        row.payloadBytes = UInt64(message.payload.count)
        row.qos = UInt32(message.qos)
        if wants(Field.contentType) {
            row.contentType = message.withView { MessageHeader($0.header)?.contentType } ?? ""
        }
        if wants(Field.storedAt) { row.storedAt = self.clock.time(at: self.entry.storedAt) }
        if wants(Field.ageMs) { row.ageMs = self.clock.since(self.entry.storedAt) }
        if wants(Field.expiresAt), message.expiry > 0 { row.expiresAt = self.clock.time(at: message.expiry) }
        if wants(Field.payload) {
            let payload = message.payload
            let shown = payload.lowerBound..<min(payload.upperBound, payload.lowerBound + RetainedRow.payloadLimit)
            row.payload = message.block.span(shown).copied()
        }
        return row
    }

    private static let payloadLimit = 4_096
}

/// What the broker says about itself, every few seconds anew: not what people look for in a list.
func isSystemTopic(_ topic: [UInt8]) -> Bool { topic.starts(with: "$SYS/".utf8) }

extension BrokerBackend {
    private static var slice: Int { 2_048 }

    func scanRetained(_ scan: Scan, after last: [UInt8]? = nil, _ answer: @escaping (Scan) -> Void) {
        var scan = scan
        let (clock, wantsSystem) = (self.clock, scan.wantsSystemTopics)
        let (entries, next) = self.broker.retained.entries(in: .standard, after: last, limit: Self.slice)
        self.inSlices(entries) { entry in
            if entry.message.hasExpired(at: clock.now) { return }
            if !wantsSystem, isSystemTopic(entry.message.topicBytes) { return }
            scan.visit(RowKey(text: text(entry.message.topicBytes)), RetainedRow(entry: entry, clock: clock))
        } _: {
            if let next { self.scanRetained(scan, after: next, answer) } else { answer(scan) }
        }
    }

    /// Without payloads unless they are asked for by one row's name.
    func retained(_ keys: [RowKey], _ fields: Set<Int>?, _ answer: @escaping ([AdminV1.Row]) -> Void) {
        let clock = self.clock
        let all = Set(AdminV1.Retained.fields.map(\.number))
        let wanted = (fields ?? all).subtracting([AdminV1.Retained.FieldNumber.payload])
        let rows = keys.compactMap { self.retainedRow($0.text, wanted, clock) }
        self.later { answer(rows) }
    }

    func retained(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        let row = self.retainedRow(name, nil, self.clock)
        self.later { answer(row) }
    }

    private func retainedRow(_ topic: String, _ fields: Set<Int>?, _ clock: WallClock) -> AdminV1.Row? {
        guard let entry = self.broker.retained.entry(Array(topic.utf8).span, in: .standard),
            !entry.message.hasExpired(at: clock.now)
        else { return nil }
        return AdminV1.Row(.retained(RetainedRow(entry: entry, clock: clock).row(fields)))
    }
}
