import AdminAPI
import CommandSpec
import Query
import Terminal

/// `fluxctl topic tree`: topics summed up by their levels.
struct TopicTree {
    static let type = RowType(
        "topic.tree",
        plural: "levels",
        [
            Column("id", .string, title: "TOPIC", "The levels from the first on: sensors/eu."),
            Column("depth", .integer, "How many levels that is."),
            Column(
                "topics",
                .integer,
                unit: .count,
                summable: true,
                "Topics that begin with these levels, or are exactly these."
            ),
            Column("messages", .integer, unit: .count, summable: true, "Messages published to them."),
            Column("bytes", .integer, unit: .bytes, summable: true, "Their payloads."),
            Column(
                "messages_per_s",
                .number,
                title: "MSG/s",
                unit: .perSecond,
                optional: true,
                "Messages a second; absent while unknown."
            ),
            Column("retained", .integer, unit: .count, summable: true, "Topics that have a retained message."),
        ],
        table: ["id", "topics", "messages_per_s", "messages", "bytes"],
        wide: ["id", "depth", "topics", "messages_per_s", "messages", "bytes", "retained"]
    )

    private struct Sums {
        var depth = 0
        var topics: UInt64 = 0
        var messages: UInt64 = 0
        var bytes: UInt64 = 0
        var rate: Double?
        var retained: UInt64 = 0

        mutating func add(_ topic: AdminV1.Topic) {
            self.topics += 1
            self.messages &+= topic.messages
            self.bytes &+= topic.bytes
            if let rate = topic.messagesPerS { self.rate = (self.rate ?? 0) + rate }
            self.retained += topic.retained ? 1 : 0
        }
    }

    private let prefix: [Substring]
    private let depth: Int
    /// By the path's levels, so that a level's rows stand together: `a/b` before `a-b`.
    private var levels: [[String]: Sums] = [:]

    init(prefix: String?, depth: Int) {
        let text = prefix.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? ""
        self.prefix = text.isEmpty ? [] : text.split(separator: "/", omittingEmptySubsequences: false)
        self.depth = depth
    }

    /// Counts a topic at each level from the prefix down to the depth.
    mutating func add(_ topic: AdminV1.Topic) {
        let parts = topic.id.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.starts(with: self.prefix) else { return }
        let first = max(1, self.prefix.count)
        let last = min(parts.count, self.prefix.count + self.depth)
        guard first <= last else { return }
        for count in first...last {
            let path = parts[..<count].map(String.init)
            self.levels[path, default: Sums(depth: count)].add(topic)
        }
    }

    var records: [Record] {
        self.levels.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { path, sums in
            Record([
                .text(path.joined(separator: "/")), .integer(Int64(sums.depth)), .unsigned(sums.topics),
                .unsigned(sums.messages), .unsigned(sums.bytes), sums.rate.map { .number($0) } ?? .none,
                .unsigned(sums.retained),
            ])
        }
    }

    static func main(_ invocation: AdminInvocation, prefix: String?, depth: Int) throws(Failure) -> ExitCode {
        let columns = try invocation.columns(self.type)
        let admin = try invocation.connect()
        var tree = TopicTree(prefix: prefix, depth: depth)
        var head = ListHead()
        var query = AdminV1.Query()
        query.kind = .topic
        query.limit = 10_000
        query.fields = ["messages", "bytes", "messages_per_s", "retained"]
        query.filter = invocation.arguments[ListFlags.filter] ?? ""
        repeat {
            let response = try admin.list(query)
            head.node = response.node
            head.at = response.at ?? currentTime()
            for row in response.rows {
                if case .topic(let topic)? = row.row { tree.add(topic) }
            }
            query.cursor = response.rows.isEmpty ? "" : response.nextCursor
        } while !query.cursor.isEmpty
        let records = tree.records
        head.total = UInt64(records.count)
        head.totalMatched = head.total
        var writer = ListWriter(invocation.console, self.type, columns: columns)
        try writer.begin(head)
        for record in records { try writer.add(record) }
        try writer.end(next: "")
        return .success
    }
}
