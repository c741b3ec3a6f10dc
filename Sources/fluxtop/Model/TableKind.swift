package import AdminAPI
package import Protobuf

/// The tables that fluxtop can show, each one kind of rows.
package enum TableKind: Int, CaseIterable, Sendable {
    case connections, sessions, queues, groups, topics

    package var kind: AdminV1.Kind {
        switch self {
        case .connections: .connection
        case .sessions: .session
        case .queues: .queue
        case .groups: .group
        case .topics: .topic
        }
    }

    /// As titles and batch rows have it.
    package var name: String {
        switch self {
        case .connections: "connections"
        case .sessions: "sessions"
        case .queues: "queues"
        case .groups: "groups"
        case .topics: "topics"
        }
    }

    /// Every column that there is, in the order in which they stand.
    package var columns: [TopColumn] {
        switch self {
        case .connections: connectionColumns
        case .sessions: sessionColumns
        case .queues: queueColumns
        case .groups: groupColumns
        case .topics: topicColumns
        }
    }

    /// What is worst stands on top; among equals, who is busiest.
    var defaultSort: SortChoice {
        switch self {
        case .connections: SortChoice(column: "buffered_bytes", isDescending: true)
        case .sessions: SortChoice(column: "queued_bytes", isDescending: true)
        case .queues: SortChoice(column: "ready", isDescending: true)
        case .groups: SortChoice(column: "lag", isDescending: true)
        case .topics: SortChoice(column: "messages_per_s", isDescending: true)
        }
    }

    /// Orders rows that are equal in the column that was chosen; the server breaks what ties remain by id.
    var tieBreak: String? {
        switch self {
        case .connections: "-messages_out_per_s"
        case .queues, .groups: "-messages_in_per_s"
        case .sessions, .topics: nil
        }
    }

    /// The fields of its rows.
    package var fields: [FieldDescriptor] {
        switch self {
        case .connections: AdminV1.Connection.fields
        case .sessions: AdminV1.Session.fields
        case .queues: AdminV1.Queue.fields
        case .groups: AdminV1.Group.fields
        case .topics: AdminV1.Topic.fields
        }
    }

    /// Fields that are asked for whichever columns are in view: dialogs, colours, computed cells and sums stand on them.
    var neededFields: [String] {
        switch self {
        case .connections: ["client_id", "username", "state"]
        case .queues: ["state", "ready", "unacked", "consumers", "bytes", "note"]
        case .groups: ["name", "queue", "state", "lag", "pending", "growth_per_s", "messages_out_per_s"]
        case .sessions, .topics: []
        }
    }

    /// Fields that the graph of a row is drawn from.
    var historyFields: [String] {
        switch self {
        case .connections: ["messages_in_per_s", "messages_out_per_s"]
        case .queues: ["depth"]
        case .groups: ["lag"]
        case .topics: ["messages_per_s"]
        case .sessions: []
        }
    }

    /// Whether messages lie in its rows: sums over all of them stand in the title, and graphs are of what waits.
    package var holdsMessages: Bool { self == .queues || self == .groups }

    func column(_ name: some StringProtocol) -> TopColumn? { self.columns.first { $0.name == name } }
}

/// Which column orders a table.
package struct SortChoice: Equatable, Sendable {
    package var column: String
    package var isDescending: Bool

    package init(column: String, isDescending: Bool) {
        self.column = column
        self.isDescending = isDescending
    }

    /// From `name` or `-name`.
    init(text: String) {
        self.isDescending = text.hasPrefix("-")
        self.column = String(self.isDescending ? text.dropFirst() : Substring(text))
    }

    /// As a query has it.
    var text: String { (self.isDescending ? "-" : "") + self.column }
}

private let connectionColumns = TopColumn.of(
    AdminV1.Connection.self,
    [
        TopColumn("client_id", "CLIENT", .text(least: 10, most: 24), rank: 0),
        TopColumn("id", "ID", .text(least: 8, most: 12), rank: 18),
        TopColumn("username", "USER", .text(least: 5, most: 10), rank: 9),
        TopColumn("protocol", "PROTO", .word(5), rank: 8),
        TopColumn("peer", "PEER", .text(least: 15, most: 21), rank: 12),
        TopColumn("listener", "LISTENER", .text(least: 8, most: 10), rank: 16),
        TopColumn("shard", "SHARD", .count(5), rank: 17),
        TopColumn("uptime_ms", "UP", .duration, rank: 7),
        TopColumn("messages_in_per_s", "IN/s", .rate, rank: 3),
        TopColumn("messages_out_per_s", "OUT/s", .rate, rank: 2),
        TopColumn("history", "60 s", .history, rank: 11),
        TopColumn("bytes_in_per_s", "INB/s", .byteRate, rank: 13),
        TopColumn("bytes_out_per_s", "OUTB/s", .byteRate, rank: 14),
        TopColumn("buffered_bytes", "BUF", .size, rank: 4),
        TopColumn("inflight", "INFL", .count(4), rank: 6),
        TopColumn("queued", "QUEUE", .count(5), rank: 5),
        TopColumn("dropped", "DROPS", .count(5), rank: 10),
        TopColumn("subscriptions", "SUBS", .count(4), rank: 11),
        TopColumn("idle_ms", "IDLE", .duration, rank: 15),
        TopColumn("state", "ST", .word(7), rank: 1),
    ]
)

private let sessionColumns = TopColumn.of(
    AdminV1.Session.self,
    [
        TopColumn("id", "CLIENT", .text(least: 10, most: 28), rank: 0),
        TopColumn("connection_id", "CONNECTION", .text(least: 10, most: 12), rank: 8),
        TopColumn("shard", "SHARD", .count(5), rank: 11),
        TopColumn("created_at", "AGE", .since, rank: 7),
        TopColumn("expiry_ms", "KEPT", .duration, rank: 9),
        TopColumn("expires_at", "EXPIRES", .until, rank: 4),
        TopColumn("subscriptions", "SUBS", .count(4), rank: 5),
        TopColumn("queued", "QUEUE", .count(5), rank: 2),
        TopColumn("queued_bytes", "BYTES", .size, rank: 3),
        TopColumn("inflight", "INFL", .count(4), rank: 6),
        TopColumn("inflight_in", "QOS2", .count(4), rank: 10),
        TopColumn("will_topic", "WILL", .text(least: 8, most: 24), rank: 12),
        TopColumn("state", "ST", .word(9), rank: 1),
    ]
)

private let queueColumns = TopColumn.of(
    AdminV1.Queue.self,
    [
        TopColumn("id", "QUEUE", .text(least: 16, most: 32), rank: 0),
        TopColumn("type", "TYPE", .word(7), rank: 11),
        TopColumn("state", "ST", .word(7), rank: 2),
        TopColumn("ready", "READY", .count(5), rank: 1),
        TopColumn("unacked", "UNACK", .count(5), rank: 4),
        TopColumn("delayed", "DELAY", .count(5), rank: 18),
        TopColumn("depth", "DEPTH", .count(5), rank: 19),
        TopColumn("history", "60 s", .history, rank: 9),
        TopColumn("growth_per_s", "TREND", .change, rank: 10),
        TopColumn("consumers", "CONS", .count(4), rank: 5),
        TopColumn("groups", "GRPS", .count(4), rank: 14),
        TopColumn("messages_in_per_s", "IN/s", .rate, rank: 7),
        TopColumn("messages_out_per_s", "OUT/s", .rate, rank: 6),
        TopColumn("acknowledged_per_s", "ACK/s", .rate, rank: 15),
        TopColumn("dead_lettered_per_s", "DEAD/s", .rate, rank: 16),
        TopColumn("bytes", "BYTES", .size, rank: 13),
        TopColumn("oldest_ms", "OLDEST", .duration, rank: 8),
        TopColumn("durability", "KEPT", .word(8), rank: 17),
        TopColumn("shard", "SHARD", .count(5), rank: 20),
        TopColumn("note", "WHY", .text(least: 13, most: 40), rank: 3),
    ]
)

private let groupColumns = TopColumn.of(
    AdminV1.Group.self,
    [
        TopColumn("name", "GROUP", .text(least: 12, most: 28), rank: 0),
        TopColumn("queue", "QUEUE", .text(least: 10, most: 28), rank: 3),
        TopColumn("mode", "MODE", .word(6), rank: 14),
        TopColumn("members", "MEMB", .count(4), rank: 6),
        TopColumn("pending", "PEND", .count(5), rank: 5),
        TopColumn("ready", "READY", .count(5), rank: 11),
        TopColumn("lag", "LAG", .count(6), rank: 1),
        TopColumn("history", "60 s", .history, rank: 9),
        TopColumn("growth_per_s", "TREND", .change, rank: 4),
        TopColumn("messages_in_per_s", "IN/s", .rate, rank: 10),
        TopColumn("messages_out_per_s", "OUT/s", .rate, rank: 8),
        TopColumn("acknowledged_per_s", "ACK/s", .rate, rank: 12),
        TopColumn("drain_ms", "DRAIN", .drain, rank: 7),
        TopColumn("oldest_ms", "OLDEST", .duration, rank: 13),
        TopColumn("redelivered", "AGAIN", .count(5), rank: 15),
        TopColumn("dead_lettered", "DEAD", .count(5), rank: 16),
        TopColumn("shard", "SHARD", .count(5), rank: 17),
        TopColumn("state", "ST", .word(6), rank: 2),
    ]
)

private let topicColumns = TopColumn.of(
    AdminV1.Topic.self,
    [
        TopColumn("id", "TOPIC", .text(least: 12, most: 48), rank: 0),
        TopColumn("messages_per_s", "MSG/s", .rate, rank: 1),
        TopColumn("history", "60 s", .history, rank: 4),
        TopColumn("bytes_per_s", "BYTES/s", .byteRate, rank: 3),
        TopColumn("messages", "MSGS", .count(5), rank: 6),
        TopColumn("bytes", "BYTES", .size, rank: 7),
        TopColumn("subscribers", "SUBS", .count(5), rank: 2),
        TopColumn("retained", "RET", .flag, rank: 5),
    ]
)
