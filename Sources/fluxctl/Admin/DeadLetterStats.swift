import AdminAPI
import CommandSpec
import Protobuf
import Query
import Terminal

/// `fluxctl dlq stats`: dead letters by why and whence, with the first and the last of each.
enum DeadLetterStats {
    static let type = RowType(
        "dead_letter_stats",
        plural: "reasons",
        [
            Column("queue", .string, "The queue that has them."),
            Column("reason", .string, "Why they are dead letters; empty of messages that are none."),
            Column("original_queue", .string, "Where they came from."),
            Column("messages", .integer, unit: .count, "How many wait there."),
            Column("bytes", .integer, unit: .bytes, "Bytes of their payloads."),
            Column("deliveries_max", .integer, title: "DELIVERIES", "Most deliveries that one of them had."),
            Column(
                "first_at",
                .string,
                title: "FIRST",
                unit: .time,
                optional: true,
                "When the first of them was moved."
            ),
            Column("last_at", .string, title: "LAST", unit: .time, optional: true, "When the last of them was moved."),
        ]
    )

    private struct Key: Hashable, Comparable {
        var queue: String
        var reason: String
        var origin: String

        static func < (one: Key, other: Key) -> Bool {
            (one.queue, one.reason, one.origin) < (other.queue, other.reason, other.origin)
        }
    }

    private struct Sum {
        var messages: UInt64 = 0
        var bytes: UInt64 = 0
        var deliveries: UInt64 = 0
        var first: Timestamp?
        var last: Timestamp?

        mutating func add(_ message: AdminV1.QueueMessage) {
            self.messages += 1
            self.bytes += message.payloadBytes
            self.deliveries = max(self.deliveries, message.deliveries)
            guard let time = message.deadAt else { return }
            if self.first.map({ time.nanosecondsSince1970 < $0.nanosecondsSince1970 }) ?? true { self.first = time }
            if self.last.map({ time.nanosecondsSince1970 > $0.nanosecondsSince1970 }) ?? true { self.last = time }
        }
    }

    /// - Parameter queue: nil for all queues that have dead letters.
    static func main(
        _ invocation: AdminInvocation,
        queue: String?,
        filter: String?,
        _ admin: any AdminAsking
    ) throws(Failure) -> ExitCode {
        let columns = try invocation.columns(self.type)
        let queues: [String]
        if let queue {
            _ = try admin.get(.queue, id: queue)
            queues = [queue]
        } else {
            queues = try self.deadLetterQueues(admin)
        }
        var sums: [Key: Sum] = [:]
        for queue in queues { try self.count(queue, filter, admin, into: &sums) }
        var writer = ListWriter(invocation.console, self.type, columns: columns)
        try writer.begin(
            ListHead(at: currentTime(), total: UInt64(sums.count), totalMatched: UInt64(sums.count))
        )
        for (key, sum) in sums.sorted(by: { $0.key < $1.key }) {
            try writer.add(
                Record([
                    .text(key.queue), .text(key.reason), .text(key.origin), .unsigned(sum.messages),
                    .unsigned(sum.bytes), .unsigned(sum.deliveries), sum.first.map { .time($0) } ?? .none,
                    sum.last.map { .time($0) } ?? .none,
                ])
            )
        }
        try writer.end(next: "")
        return .success
    }

    private static func deadLetterQueues(_ admin: any AdminAsking) throws(Failure) -> [String] {
        var query = AdminV1.Query()
        query.kind = .queue
        query.filter = "dead_letters_of!=\"\" depth>0"
        query.fields = ["id"]
        query.limit = 10_000
        return try admin.list(query).rows.compactMap { row in
            if case .queue(let queue)? = row.row { queue.id } else { nil as String? }
        }
    }

    private static func count(
        _ queue: String,
        _ filter: String?,
        _ admin: any AdminAsking,
        into sums: inout [Key: Sum]
    ) throws(Failure) {
        var query = AdminV1.Query()
        query.kind = .message
        query.filter = both("queue=\(quoted(queue)) state!=settled", filter)
        query.fields = ["reason", "original_queue", "deliveries", "dead_at", "payload_bytes"]
        query.limit = 10_000
        query.skipTotals = true
        repeat {
            let response = try admin.list(query)
            for row in response.rows {
                guard case .message(let message)? = row.row else { continue }
                let key = Key(queue: queue, reason: message.reason, origin: message.originalQueue)
                sums[key, default: Sum()].add(message)
            }
            query.cursor = response.nextCursor
        } while !query.cursor.isEmpty
    }
}
