import AdminAPI
import CommandSpec
import JSON
import Protobuf
import Terminal

/// Messages in a queue: `queue peek`, `stream view` and `dlq peek`.
enum QueueView {
    static let from = Flag(
        "from",
        .string("PLACE"),
        "Where to begin: first, last, an offset:N, -N for the last N, or time:T with T as in -1h or an RFC 3339 time. Default: first."
    )
    static let to = Flag("to", .string("PLACE"), "The last message that is shown: offset:N or time:T.")
    static let count = Flag("count", .integer("N", in: 1...10_000), "Messages at most. Default: 20.")
    static let filter = Flag("filter", .string("EXPR"), "Only messages that match; see fluxctl-queue(1).")
    static let settled = Flag(toggle: "settled", "Those that no group wants any more, too.")

    static let flags = [FlagGroup("Range", from, to, count, filter)]
    static let filterHelp =
        "Filters have the names of the output fields, and headers.NAME: reason=expired age_ms<1h headers.unit=C."

    private static let mapping = RecordMapping<AdminV1.QueueMessage>(
        without: ["payload"],
        [
            "headers": { message in
                .structure(.object(message.headers.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
            }
        ]
    )

    static let type = RowType(
        "queue_message",
        plural: "messages",
        mapping.columns + [
            Column("payload", .string, optional: true, "The payload, or its first 4096 bytes, when it is UTF-8."),
            Column(
                "payload_b64",
                .string,
                optional: true,
                "The payload, or its first 4096 bytes, in base64 when it is not."
            ),
            Column("payload_enc", .string, optional: true, "Which of the two it is: utf8 or binary."),
        ],
        table: ["offset", "age_ms", "state", "topic", "payload_bytes", "payload"],
        wide: [
            "offset", "stored_at", "state", "topic", "client_id", "key", "reason", "original_queue", "deliveries",
            "payload_bytes",
            "payload",
        ]
    )

    /// - Parameters:
    ///   - filter: What the command itself asks for.
    ///   - table: Columns of its table; nil for the usual ones.
    static func main(
        _ invocation: AdminInvocation,
        queue: String,
        filter: String,
        table: [String]? = nil
    ) throws(Failure) -> ExitCode {
        let arguments = invocation.arguments
        var columns = try invocation.columns(self.type)
        if let table, invocation.console.format == .table, !arguments.isGiven(ListFlags.columns) {
            columns = table.compactMap { self.type.index(of: $0) }
        }
        let admin = try invocation.connect()
        var terms = ["queue=\(quoted(queue))"]
        let shown = arguments[self.count] ?? 20
        if let place = arguments[self.from] {
            terms += try self.begin(place, queue, invocation, admin)
        }
        if let place = arguments[self.to] { terms.append(try self.end(place, invocation)) }
        if !arguments.isGiven(self.settled) { terms.append("state!=settled") }
        var query = AdminV1.Query()
        query.kind = .message
        query.filter = both(terms.joined(separator: " "), both(filter, arguments[self.filter]))
        query.limit = UInt32(shown)
        query.skipTotals = true
        if invocation.console.format == .name { query.fields = ["id"] }
        let response = try admin.list(query)
        // A queue that is not there has no messages either: that has to be told apart.
        if response.rows.isEmpty { _ = try admin.get(.queue, id: queue) }
        var writer = ListWriter(invocation.console, self.type, columns: columns)
        try writer.begin(
            ListHead(
                node: response.node,
                at: response.at ?? currentTime(),
                total: response.total,
                totalMatched: response.totalMatched
            )
        )
        for row in response.rows {
            guard case .message(let message)? = row.row else { continue }
            try writer.add(self.record(message, isForPeople: invocation.console.format.isTable))
        }
        try writer.end(next: response.nextCursor)
        return .success
    }

    private static func begin(
        _ place: String,
        _ queue: String,
        _ invocation: AdminInvocation,
        _ admin: any AdminAsking
    ) throws(Failure) -> [String] {
        if place == "first" { return [] }
        if place.hasPrefix("offset:"), let offset = UInt64(place.dropFirst(7)) { return ["offset>=\(offset)"] }
        if place.hasPrefix("time:") { return ["stored_at>=\(try self.time(place.dropFirst(5), invocation))"] }
        if let back = place == "last" ? 1 : UInt64(place.dropFirst(place.hasPrefix("-") ? 1 : place.count)) {
            guard case .queue(let row)? = try admin.get(.queue, id: queue).row?.row else {
                throw ShowRun.noRow("queue", queue)
            }
            return ["offset>=\(row.nextOffset - min(back, row.nextOffset))"]
        }
        throw .usage(invocation.command, "--from is first, last, offset:N, -N or time:T, not \"\(place)\"")
    }

    private static func end(_ place: String, _ invocation: AdminInvocation) throws(Failure) -> String {
        if place.hasPrefix("offset:"), let offset = UInt64(place.dropFirst(7)) { return "offset<=\(offset)" }
        if place.hasPrefix("time:") { return "stored_at<=\(try self.time(place.dropFirst(5), invocation))" }
        throw .usage(invocation.command, "--to is offset:N or time:T, not \"\(place)\"")
    }

    /// As filters write it: `-1h`, or a time in RFC 3339.
    private static func time(_ text: Substring, _ invocation: AdminInvocation) throws(Failure) -> String {
        if text.hasPrefix("-"), parseDuration(String(text.dropFirst())) != nil { return String(text) }
        if Timestamp(text: String(text)) != nil { return quoted(String(text)) }
        throw .usage(invocation.command, "\"\(text)\" is no time: write -1h, or 2026-11-22T14:02:07Z")
    }

    static func record(_ message: AdminV1.QueueMessage, isForPeople: Bool) -> Record {
        let values = self.mapping.record(message).values
        return Record(values + payloadValues(message.payload, of: message.payloadBytes, isForPeople: isForPeople))
    }
}

/// A text as a filter takes it, whatever is in it.
func quoted(_ text: String) -> String { "\"\(escaped(text, "\"\\"))\"" }
