import AdminAPI
import CommandSpec
import Protobuf

/// `fluxctl config`.
enum ConfigCommands {
    private static let prefix = Positional(maybe: .string("PREFIX"), "Only keys that begin so: server.mqtt.")
    private static let file = Positional(.file("FILE"), "The file to check; - is standard input.")

    private static let allQueues = Flag(toggle: "all", "A row for each queue that the file does not name, up to 1000.")

    /// What changes from what to what.
    static let changes = RecordMapping<AdminV1.Change>()
    static let changeType = RowType("config.change", plural: "changes", changes.columns)

    private static let exits = "Exits with 3 if a change needs a restart, and with 9 if the file is not valid."

    static let group = CommandGroup(
        "config",
        aliases: ["configs", "cfg"],
        "the broker's configuration",
        description: [
            "Keys are those of fluxd.yaml(5), with dots. A change is live when a reload applies it; the others need a restart."
        ],
        [
            .asking(
                "config show",
                "list keys with their values, and where these come from",
                positionals: [prefix],
                groups: [ListFlags.rows, ListFlags.shown],
                examples: [Example("fluxctl config show --filter '!source=default'", "What differs from the defaults")],
                output: Kinds.config.type.listSchema
            ) { (invocation) throws(Failure) in
                let filter = invocation.arguments[prefix].map { prefixPattern($0) } ?? ""
                return try ListRun.main(invocation, Kinds.config, filter: filter, limit: 10_000)
            },
            .asking(
                "config diff",
                "compare the running configuration with its file",
                description: [
                    "Also the stored definitions of queues with those of the file: a reload keeps them, unless it is told to take the file's.",
                    "Queues that the file does not name are one row, with how many there are.",
                    exits,
                ],
                groups: [FlagGroup("Rows", allQueues), ListFlags.shown],
                output: changeType.listSchema
            ) { (invocation) throws(Failure) in
                try run(
                    invocation,
                    verb: "diff",
                    arguments: invocation.arguments[allQueues] ? ["all_queues": "true"] : [:]
                )
            },
            .asking(
                "config check",
                "have the broker check a file, and say what it would change",
                description: [exits],
                positionals: [file],
                groups: [ListFlags.shown],
                examples: [Example("fluxctl config check fluxd.yaml", "Check a file before it is put in place")],
                output: changeType.listSchema
            ) { (invocation) throws(Failure) in
                let path = invocation.arguments[file]
                let name = path == "-" ? "standard input" : path
                var input = try InputFile(path: path)
                let bytes = try input.readAll()
                guard bytes.count <= largestConfig else {
                    throw Failure(.badInput, "\(name) has more than 1 MiB, which no configuration needs")
                }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw Failure(.badInput, "\(name) is not UTF-8")
                }
                return try run(invocation, verb: "check", arguments: ["text": text, "name": name])
            },
            .asking(
                "config reload",
                "have the broker read its file again",
                description: [
                    "Lists what changed from what to what, what waits for a restart, and the files that were read again with what they "
                        + "hold: users, rules, certificates. A file of users or rules that has become empty fails the reload.",
                    "Queues of the file that do not exist are made. One that exists keeps its stored definition where the file "
                        + "differs (kept) unless --apply-queues is given; one that the file does not name stays.",
                    exits,
                ],
                effect: .write,
                groups: [
                    ListFlags.shown,
                    FlagGroup("Change", ChangeFlags.applyQueues, ChangeFlags.dryRun, ChangeFlags.reason),
                ],
                examples: [
                    Example("fluxctl config reload --dry-run", "See what a reload would do"),
                    Example(
                        "fluxctl config reload --apply-queues",
                        "Take over the file's queues as they are written there"
                    ),
                ],
                output: changeType.listSchema
            ) { (invocation) throws(Failure) in
                let takesQueues = invocation.arguments[ChangeFlags.applyQueues]
                return try run(invocation, verb: "reload", arguments: takesQueues ? ["apply_queues": "true"] : [:])
            },
        ]
    )

    /// Bytes of a file that is sent to be checked.
    private static let largestConfig = 1 << 20

    private static func run(
        _ invocation: AdminInvocation,
        verb: String,
        arguments: [String: String] = [:]
    ) throws(Failure) -> ExitCode {
        let columns = try invocation.columns(self.changeType)
        var request = ChangeRun.request(invocation, .config, verb: verb)
        request.arguments = arguments
        let response = try invocation.connect().perform(request)
        if !response.message.isEmpty { invocation.console.banner(response.message) }
        for warning in response.warnings { invocation.console.note("warning: \(warning)") }
        let records = response.changes.map(self.changes.record)
        try writeList(records, self.changeType, columns: columns, to: invocation.console)
        return self.exit(of: response.changes)
    }

    static func exit(of changes: [AdminV1.Change]) -> ExitCode {
        if changes.contains(where: { $0.effect == "rejected" }) { return .badInput }
        return changes.contains { $0.effect == "restart" } ? .partial : .success
    }
}

/// A filter for ids that begin with the text as it stands.
func prefixPattern(_ prefix: String) -> String {
    "id~\"\(escaped("^" + escaped(prefix, patternCharacters), "\"\\"))\""
}
