package import AdminAPI
package import Protobuf

extension AdminV1.Row {
    /// What the row is about, whatever its kind.
    package var message: (any Message)? {
        switch self.row {
        case .broker(let row): row
        case .listener(let row): row
        case .connection(let row): row
        case .session(let row): row
        case .subscription(let row): row
        case .topic(let row): row
        case .retained(let row): row
        case .config(let row): row
        case .queue(let row): row
        case nil: nil
        }
    }

    package var id: String {
        switch self.row {
        case .broker(let row): row.id
        case .listener(let row): row.id
        case .connection(let row): row.id
        case .session(let row): row.id
        case .subscription(let row): row.id
        case .topic(let row): row.id
        case .retained(let row): row.id
        case .config(let row): row.id
        case .queue(let row): row.id
        case nil: ""
        }
    }

    package var version: String {
        switch self.row {
        case .connection(let row): row.version
        case .session(let row): row.version
        case .topic(let row): row.version
        default: ""
        }
    }

    /// What an operator calls it: a connection goes by its client's identifier, which need not be there yet.
    package var title: String {
        if case .connection(let row) = self.row, !row.clientID.isEmpty { return row.clientID }
        return self.id
    }

    /// What its sparkline shows: messages a second, in both directions; nil while unknown.
    package var activity: Double? {
        switch self.row {
        case .connection(let row):
            if row.messagesInPerS == nil, row.messagesOutPerS == nil { return nil }
            return (row.messagesInPerS ?? 0) + (row.messagesOutPerS ?? 0)
        case .topic(let row): return row.messagesPerS
        default: return nil
        }
    }
}

extension Timestamp {
    /// Since 1970-01-01.
    package var unixMs: Int64 { self.seconds &* 1_000 &+ Int64(self.nanos) / 1_000_000 }
}
