package import AdminAPI
package import Protobuf
import Terminal

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
        case .ban(let row): row
        case .group(let row): row
        case .consumer(let row): row
        case .pending(let row): row
        case .message(let row): row
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
        case .ban(let row): row.id
        case .group(let row): row.id
        case .consumer(let row): row.id
        case .pending(let row): row.id
        case .message(let row): row.id
        case nil: ""
        }
    }

    package var version: String {
        switch self.row {
        case .connection(let row): row.version
        case .session(let row): row.version
        case .topic(let row): row.version
        case .queue(let row): row.version
        case .group(let row): row.version
        default: ""
        }
    }

    /// What an operator calls it: a connection goes by its client's identifier, which need not be there yet, a group by its own
    /// name.
    package var title: String {
        switch self.row {
        case .connection(let row) where !row.clientID.isEmpty: row.clientID
        case .group(let row) where !row.name.isEmpty: row.name
        default: self.id
        }
    }

    /// "paused", where that is something that a row can be.
    package var state: String {
        switch self.row {
        case .queue(let row): row.state
        case .group(let row): row.state
        default: ""
        }
    }

    /// What its sparkline shows: messages a second in both directions, or messages that wait; nil while unknown.
    package var activity: Double? {
        switch self.row {
        case .connection(let row):
            if row.messagesInPerS == nil, row.messagesOutPerS == nil { return nil }
            return (row.messagesInPerS ?? 0) + (row.messagesOutPerS ?? 0)
        case .topic(let row): return row.messagesPerS
        case .queue(let row): return Double(row.depth)
        case .group(let row): return Double(row.lag)
        default: return nil
        }
    }
}

extension AdminV1.Group {
    /// How long until its lag is nothing, as things go: "2m35s", "0s"; "steady" while as much is taken as comes, "never" where it
    /// grows or stands; "-" before there are two looks.
    package var drainText: String {
        if self.lag == 0 { return "0s" }
        if let drain = self.drainMs { return Quantity.duration(milliseconds: drain) }
        if self.state == "no members" { return "never" }
        guard let growth = self.growthPerS else { return Quantity.unknown }
        let out = self.messagesOutPerS ?? 0
        return out > 0 && growth <= max(0.5, out / 100) ? "steady" : "never"
    }
}

extension Timestamp {
    /// Since 1970-01-01.
    package var unixMs: Int64 { self.seconds &* 1_000 &+ Int64(self.nanos) / 1_000_000 }
}
