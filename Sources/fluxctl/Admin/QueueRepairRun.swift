import AdminAPI
import CommandSpec
import JSON
import Protobuf
import Terminal

/// `fluxctl queue repair`: says what is damaged, asks, and leaves it out.
enum QueueRepairRun {
    private static let mapping = RecordMapping<AdminV1.Loss>(
        without: ["offsets"],
        [:]
    )

    static let type = RowType(
        "loss",
        plural: "losses",
        mapping.columns + [
            Column("offsets", .string, "Offsets of the records that are gone: 12-14, 20. The first 100 ranges."),
            Column("queue", .string, "The queue."),
        ],
        table: ["log", "records", "offsets", "bytes", "file", "reason"],
        wide: ["log", "records", "offsets", "bytes", "file", "kept", "reason"]
    )

    static func main(_ invocation: AdminInvocation, queue: String) throws(Failure) -> ExitCode {
        var request = ChangeRun.request(invocation, .queue, verb: "repair")
        request.id = queue
        try ChangeRun.requireTerminal(invocation)
        let columns = try invocation.columns(self.type)
        let admin = try invocation.connect()
        if ChangeRun.isToAsk(invocation) {
            var rehearsal = request
            rehearsal.dryRun = true
            let would = try admin.perform(rehearsal)
            if would.losses.isEmpty { return try self.write(would, queue, columns, to: invocation) }
            invocation.console.note(would.message)
            for loss in would.losses { invocation.console.note("  \(self.sentence(loss))") }
            guard invocation.console.confirm("Repair queue \(queue)?") else {
                throw Failure(.failed, "nothing was changed", hints: ["--yes does not ask"])
            }
        }
        return try self.write(try admin.perform(request), queue, columns, to: invocation)
    }

    private static func write(
        _ response: AdminV1.DoResponse,
        _ queue: String,
        _ columns: [Int],
        to invocation: AdminInvocation
    ) throws(Failure) -> ExitCode {
        let console = invocation.console
        let isDry = response.dryRun && !response.losses.isEmpty
        console.banner(isDry ? "dry run, nothing was changed: \(response.message)" : response.message)
        // A table without rows says nothing that the sentence has not said.
        if console.format.isTable, response.losses.isEmpty { return .success }
        var writer = ListWriter(console, self.type, columns: columns)
        let count = UInt64(response.losses.count)
        try writer.begin(ListHead(at: currentTime(), total: count, totalMatched: count))
        for loss in response.losses {
            let values = self.mapping.record(loss).values
            try writer.add(Record(values + [.text(self.offsets(loss)), .text(queue)]))
        }
        try writer.end(next: "")
        return .success
    }

    private static func offsets(_ loss: AdminV1.Loss) -> String {
        loss.offsets.map { $0.first == $0.last ? String($0.first) : "\($0.first)-\($0.last)" }
            .joined(separator: ", ")
    }

    private static func sentence(_ loss: AdminV1.Loss) -> String {
        let offsets = loss.offsets.isEmpty ? "" : " (\(self.offsets(loss)))"
        let records = ChangeRun.counted(loss.records, "record")
        return "\(loss.log): \(records)\(offsets), \(Quantity.exact(loss.bytes)) bytes of \(loss.file): \(loss.reason)"
    }
}
