package import AdminAPI
package import Protobuf
import Terminal

/// What the screen shows, as data: for output that programs read.
package struct TopBatch: Equatable, Sendable {
    /// "fluxmq.top.connections/1".
    package var schema: String
    /// When the server was asked; nil before it answered.
    package var at: Timestamp?
    /// Names of fields.
    package var columns: [String]
    package var rows: [[FieldValue]]
}

extension TopModel {
    /// Whether everything that ``batch(now:)`` holds has been answered once.
    package var isBatchReady: Bool {
        if let kind = self.tableKind { return self.data[kind].hasAnswer }
        if self.screen == .overview { return self.data.brokers.hasAnswer }
        return self.journal == .events ? self.data.events.hasAnswer : self.data.log.hasAnswer
    }

    /// The table of the screen: its columns if they were chosen, else those that have room; all rows that there are.
    package func batch(now: UInt64) -> TopBatch {
        let at = self.data.serverTime(now: now).map {
            Timestamp(seconds: $0 / 1_000, nanos: Int32($0 % 1_000) * 1_000_000)
        }
        var batch = TopBatch(schema: "fluxmq.top.\(self.screen.name)/1", at: at, columns: [], rows: [])
        if let kind = self.tableKind, let table = self.table {
            let columns = Self.fitted(table.columns, width: self.tableLayout.rows.width).map(\.column)
                .filter(\.isSortable)
            batch.schema = "fluxmq.top.\(kind.name)/1"
            batch.columns = columns.map(\.name)
            let store = self.data[kind]
            batch.rows = store.order.compactMap { store[$0] }.map { row in columns.map { $0.value(of: row) } }
        } else if self.screen == .overview {
            let fields = AdminV1.Broker.fields.filter { !$0.isRepeated }
            batch.columns = fields.map(\.name)
            if let broker = self.data.broker { batch.rows = [fields.map { broker.value(of: $0.number) }] }
        } else {
            batch.columns = ["seq", "at", "level", "kind", "subject", "text"]
            batch.rows = self.journalLines.map { line in
                [
                    .uint(line.seq),
                    .timestamp(Timestamp(seconds: line.unixMs / 1_000, nanos: Int32(line.unixMs % 1_000) * 1_000_000)),
                    .enumeration(line.level.word),
                    .string(line.kind),
                    .string(line.subject),
                    .string(line.text),
                ]
            }
        }
        return batch
    }
}

extension AdminV1.Level {
    /// As filters and options have it: "warning".
    package var word: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        case .unspecified, .unrecognized: "unknown"
        }
    }
}
