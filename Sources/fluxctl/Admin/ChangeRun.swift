import AdminAPI
import CommandSpec
import JSON
import Protobuf
import Terminal

/// What a verb did, or would do.
enum ChangeRun {
    static let type = RowType(
        "change",
        plural: "changes",
        [
            Column("kind", .string, "What was changed: connection."),
            Column("verb", .string, "What was done to it: close."),
            Column("affected", .integer, "Rows that it was done to."),
            Column("dry_run", .boolean, "Whether nothing was changed, and this is what would be."),
            Column("message", .string, "What was done, in a sentence."),
            Column("ids", .array, "Ids of the rows, the first 100."),
        ]
    )

    /// A table is a list of ids here.
    static let formats: [OutputFormat] = [.table, .json, .jsonl, .template]

    /// Does a verb to one row, or to all that a filter matches.
    ///
    /// - Parameters:
    ///   - arguments: The verb's own.
    ///   - noun: `connection`; its plural has an s.
    static func main(
        _ invocation: AdminInvocation,
        _ kind: AdminV1.Kind,
        verb: String,
        id: String?,
        filter: String? = nil,
        arguments: [String: String] = [:],
        isDestroying: Bool,
        noun: String
    ) throws(Failure) -> ExitCode {
        var request = self.request(invocation, kind, verb: verb)
        request.arguments = arguments
        switch (id, filter) {
        case (let id?, nil): request.id = id
        case (nil, let filter?):
            if invocation.arguments.isGiven(ChangeFlags.ifVersion) {
                throw .usage(invocation.command, "--if-version is for one \(noun), and a filter may match many")
            }
            request.filter = filter
        case (nil, nil): throw .usage(invocation.command, "which \(noun)? give an ID or --filter")
        case (_?, _?): throw .usage(invocation.command, "the \(noun) is given twice: by its ID and by --filter")
        }
        if isDestroying { try self.requireTerminal(invocation) }
        let admin = try invocation.connect()
        if isDestroying { try self.confirm(invocation, request, noun: noun, admin) }
        let response = try admin.perform(request)
        try self.write(response, request, noun: noun, to: invocation.console)
        return .success
    }

    /// A request with what the flags say.
    static func request(
        _ invocation: AdminInvocation,
        _ kind: AdminV1.Kind,
        verb: String
    ) -> AdminV1.DoRequest {
        let arguments = invocation.arguments
        var request = AdminV1.DoRequest()
        request.kind = kind
        request.verb = verb
        request.dryRun = arguments[ChangeFlags.dryRun]
        request.ifVersion = arguments[ChangeFlags.ifVersion] ?? ""
        request.reason = arguments[ChangeFlags.reason] ?? ""
        return request
    }

    static func isToAsk(_ invocation: AdminInvocation) -> Bool {
        !invocation.arguments[ChangeFlags.dryRun] && !invocation.arguments[ChangeFlags.yes]
    }

    /// Where a yes is needed somebody must be there to say it.
    static func requireTerminal(_ invocation: AdminInvocation) throws(Failure) {
        guard self.isToAsk(invocation) else { return }
        if !invocation.arguments[ChangeFlags.noInput], Surroundings.current.streams.inputIsTerminal { return }
        throw Failure(
            .needsConfirmation,
            "\(invocation.command) needs a yes, and there is nobody to ask",
            hints: ["add --yes, or --dry-run to see what it would do"]
        )
    }

    /// Says what would happen, and asks whether it shall, unless the flags say that it shall.
    static func confirm(
        _ invocation: AdminInvocation,
        _ request: AdminV1.DoRequest,
        noun: String,
        _ admin: any AdminAsking
    ) throws(Failure) {
        guard self.isToAsk(invocation) else { return }
        var rehearsal = request
        rehearsal.dryRun = true
        let would = try admin.perform(rehearsal)
        let names = self.names(would, details: "(", ")").prefix(3).joined(separator: ", ")
        let more = would.affected > 3 ? " and \(Quantity.exact(would.affected - 3)) more" : ""
        let verb = request.verb.prefix(1).uppercased() + request.verb.dropFirst()
        let what = "\(verb) \(self.counted(would.affected, noun))"
        let question = names.isEmpty ? "\(what)?" : "\(what): \(names)\(more)?"
        if would.affected == 0 { return }
        guard invocation.console.confirm(question) else {
            throw Failure(.failed, "nothing was changed", hints: ["--yes does not ask"])
        }
    }

    static func counted(_ count: UInt64, _ noun: String) -> String {
        "\(Quantity.exact(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// Ids, each with what the broker says of it: `orders  12 messages`.
    private static func names(_ response: AdminV1.DoResponse, details open: String, _ close: String) -> [String] {
        let notes = response.changes.reduce(into: [:]) { $0[$1.key] = $1.note }
        return response.ids.map { id in notes[id].map { $0.isEmpty ? id : "\(id) \(open)\($0)\(close)" } ?? id }
    }

    static func write(
        _ response: AdminV1.DoResponse,
        _ request: AdminV1.DoRequest,
        noun: String,
        to console: Console
    ) throws(Failure) {
        let done = "\(request.verb): \(self.counted(response.affected, noun))"
        let message = response.message.isEmpty ? done : response.message
        console.banner(request.dryRun ? "dry run, nothing was changed: \(message)" : message)
        if console.format.isTable {
            if request.dryRun {
                let lines = self.names(response, details: " ", "").map { safe($0) + "\n" }
                try console.write(Array(lines.joined().utf8))
            }
            return
        }
        let record = Record([
            .text(request.kind.name), .text(request.verb), .unsigned(response.affected), .bool(response.dryRun),
            .text(message), .structure(.array(response.ids.map { .string($0) })),
        ])
        let head = ListHead(at: currentTime())
        try writeObject(record, self.type, columns: Array(self.type.columns.indices), head: head, to: console)
    }
}
