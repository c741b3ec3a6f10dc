import AdminAPI
import CommandSpec
import Protobuf
import Terminal

/// `fluxctl queue`.
enum QueueCommands {
    private static let name = Positional(.string("QUEUE"), "The queue's name.")
    private static let source = Positional(.string("SOURCE"), "The queue that they are taken from.")
    private static let target = Positional(.string("TARGET"), "The queue that they go to.")
    private static let nameMaybe = Positional(maybe: .string("QUEUE"), "The queue's name; --filter may choose instead.")
    private static let ifEmpty = Flag(toggle: "if-empty", "Only if no message is in it.")
    private static let ifUnused = Flag(toggle: "if-unused", "Only if nobody consumes from it.")

    static let group = CommandGroup(
        "queue",
        aliases: ["queues", "q"],
        "queues and streams",
        description: [
            "A queue keeps messages until each of its groups has settled them; a stream keeps them, and groups read. What is published to "
                + "$queue/NAME is in the queue NAME, and what matches a --bind filter, too.",
            "The note of a queue says why it needs looking after: no consumers, growing, paused, full, quarantined.",
        ],
        [
            listCommand(
                "queue",
                Kinds.queue,
                "list queues",
                examples: [
                    Example("fluxctl queue ls --filter 'ready>1k | type=stream' --sort -ready", "What is long"),
                    Example("fluxctl queue ls --filter 'note!=\"\"' -w", "Keep looking at what needs looking after"),
                ]
            ),
            .asking(
                "queue show",
                "show all about one queue: policies, limits, counters",
                positionals: [name],
                groups: [ListFlags.one],
                output: Kinds.queue.type.showSchema
            ) { (invocation) throws(Failure) in
                try ShowRun.main(invocation, Kinds.queue, id: invocation.arguments[name])
            },
            .asking(
                "queue add",
                "make a queue",
                effect: .write,
                positionals: [name],
                groups: [QueueFlags.kind] + QueueFlags.groups + [
                    FlagGroup("Change", ChangeFlags.dryRun, ChangeFlags.ifNotExists, ChangeFlags.reason)
                ],
                examples: [
                    Example("fluxctl queue add orders --dlq --delivery-limit 5 --durability synced", "Nothing is lost"),
                    Example(
                        "fluxctl queue add audit --type stream --bind 'orders/#' --retain-age 30d",
                        "A log of a month"
                    ),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try add(invocation, type: nil) },
            .asking(
                "queue set",
                "change a queue's policies and limits while it is in use",
                description: ["It says what changes from what to what. The type cannot change."],
                effect: .write,
                positionals: [name],
                groups: QueueFlags.groups + [ChangeFlags.change],
                examples: [Example("fluxctl queue set orders --max-len 50000 --dry-run", "See what would change")],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try set(invocation) },
            .asking(
                "queue rm",
                "delete queues, with everything in them",
                effect: .destroy,
                positionals: [nameMaybe],
                groups: [FlagGroup("Only", ifEmpty, ifUnused, ChangeFlags.ifExists), ChangeFlags.destroyMany],
                examples: [
                    Example("fluxctl queue rm old --if-empty --if-unused", "Only if nobody would notice"),
                    Example("fluxctl queue rm --filter 'id~^tmp' --dry-run", "See which ones a filter would delete"),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                var arguments: [String: String] = [:]
                if invocation.arguments[ifEmpty] { arguments["if_empty"] = "true" }
                if invocation.arguments[ifUnused] { arguments["if_unused"] = "true" }
                return try forgiving(invocation, ChangeFlags.ifExists, .notFound) { () throws(Failure) in
                    try change(invocation, "remove", isDestroying: true, arguments)
                }
            },
            .asking(
                "queue purge",
                "remove all messages of queues, or some, also those that consumers have in hand",
                description: [
                    "A message that is removed is gone for all groups. --older and --keep work with streams, too."
                ],
                effect: .destroy,
                positionals: [nameMaybe],
                groups: [
                    FlagGroup("Which", MessageRuns.older, MessageRuns.keep, MessageRuns.purgeFilter),
                    ChangeFlags.destroyOne,
                ],
                examples: [
                    Example("fluxctl queue purge orders --older 7d --dry-run", "How many nobody has taken for a week"),
                    Example("fluxctl queue purge orders --filter 'headers.tenant=old'", "Those of one tenant"),
                    Example("fluxctl queue purge --filter 'id~^tmp' --keep 100 --yes", "All but the last 100 of many"),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                let queue = invocation.arguments[nameMaybe]
                return try ChangeRun.main(
                    invocation,
                    .queue,
                    verb: "purge",
                    id: queue,
                    filter: queue == nil ? invocation.arguments[MessageRuns.purgeFilter] : nil,
                    arguments: try MessageRuns.purgeArguments(invocation, isOneQueue: queue != nil),
                    isDestroying: true,
                    noun: "queue"
                )
            },
            .asking(
                "queue get",
                "take messages off a queue, the next ones first, and show them",
                description: [
                    "No consumer is needed, and none is made: what is taken is gone for all groups. Messages that a consumer has in hand are left "
                        + "out. \(QueueView.filterHelp)",
                    "With --ack a message is out when it is written to standard output: kill it in between and that message is lost.",
                ],
                effect: .write,
                positionals: [name],
                groups: [
                    FlagGroup(
                        "Which",
                        MessageRuns.getCount,
                        MessageRuns.filter,
                        MessageRuns.acknowledge,
                        MessageRuns.requeue
                    ),
                    ListFlags.shown, ChangeFlags.change,
                ],
                examples: [
                    Example("fluxctl queue get orders --requeue", "What would come next"),
                    Example(
                        "fluxctl queue get orders --ack --count 100 -o jsonl",
                        "A hundred, into a file"
                    ),
                ],
                output: QueueView.type.listSchema
            ) { (invocation) throws(Failure) in
                try MessageRuns.get(invocation, queue: invocation.arguments[name])
            },
            .asking(
                "queue move",
                "move messages to another queue, each when it is stored there",
                description: [
                    "They keep all that they have: topic, headers, publisher, priority, expiry, time excepted. What a consumer has in hand stays. A "
                        + "consumer that is given a message while that is being moved gets what the other queue has, too: pause the queue if that matters.",
                    "Ctrl-C ends it between two messages: what was moved is moved, the rest stays.",
                ],
                effect: .destroy,
                positionals: [source, target],
                groups: [
                    FlagGroup("Which", MessageRuns.count, MessageRuns.filter, MessageRuns.rate), ChangeFlags.destroyOne,
                ],
                examples: [
                    Example("fluxctl queue move orders review --filter 'headers.region=eu' --dry-run", "See how many"),
                    Example("fluxctl queue move old new --rate 500 --yes", "Not faster than consumers can take it"),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                try MessageRuns.move(invocation, from: invocation.arguments[source], to: invocation.arguments[target])
            },
            changing("pause", "deliver nothing; messages are taken meanwhile"),
            changing("resume", "deliver again"),
            .asking(
                "queue repair",
                "leave out of a quarantined queue's files what is damaged, so that it serves again",
                description: [
                    "It looks at every byte of the queue's files and says what would be lost before it asks. Every batch of records that is whole "
                        + "is kept, under its offsets; a damaged file is kept beside the new one. What consumers have in hand comes again.",
                    "The broker stores nothing else while it looks, with --dry-run too: some seconds for each GiB that the queue has.",
                ],
                effect: .destroy,
                positionals: [name],
                groups: [ChangeFlags.destroyOne, ListFlags.shown],
                examples: [
                    Example("fluxctl queue repair orders --dry-run", "See what is damaged, and what would be lost"),
                    Example("fluxctl queue repair orders --yes --reason 'disk replaced'", "Repair it"),
                ],
                output: QueueRepairRun.type.listSchema
            ) { (invocation) throws(Failure) in
                try QueueRepairRun.main(invocation, queue: invocation.arguments[name])
            },
            .asking(
                "queue peek",
                "look at messages, and leave everything as it is",
                description: [
                    "Messages that a group has settled may still be there, and are left out unless --settled is given. \(QueueView.filterHelp)"
                ],
                positionals: [name],
                groups: QueueView.flags + [FlagGroup("Which", QueueView.settled), ListFlags.shown],
                examples: [
                    Example("fluxctl queue peek orders --count 5", "The five that are next"),
                    Example("fluxctl queue peek orders --filter 'age_ms>1h' -o jsonl", "What has waited for an hour"),
                ],
                output: QueueView.type.listSchema
            ) { (invocation) throws(Failure) in
                try QueueView.main(invocation, queue: invocation.arguments[name], filter: "")
            },
        ]
    )

    private static func changing(_ verb: String, _ summary: String) -> Command {
        .asking(
            "queue \(verb)",
            summary,
            effect: .write,
            positionals: [nameMaybe],
            groups: [
                FlagGroup(
                    "Change",
                    ChangeFlags.filter,
                    ChangeFlags.dryRun,
                    ChangeFlags.ifVersion,
                    ChangeFlags.reason
                )
            ],
            output: ChangeRun.type.showSchema,
            formats: ChangeRun.formats
        ) { (invocation) throws(Failure) in try change(invocation, verb, isDestroying: false, [:]) }
    }

    private static func change(
        _ invocation: AdminInvocation,
        _ verb: String,
        isDestroying: Bool,
        _ arguments: [String: String]
    ) throws(Failure) -> ExitCode {
        try ChangeRun.main(
            invocation,
            .queue,
            verb: verb,
            id: invocation.arguments[nameMaybe],
            filter: invocation.arguments[ChangeFlags.filter],
            arguments: arguments,
            isDestroying: isDestroying,
            noun: "queue"
        )
    }

    // MARK: add and set

    /// - Parameter type: What the command itself says; nil for what `--type` says.
    static func add(_ invocation: AdminInvocation, type: String?) throws(Failure) -> ExitCode {
        let queue = invocation.arguments[name]
        var request = ChangeRun.request(invocation, .queue, verb: "add")
        request.id = queue
        request.arguments = QueueFlags.arguments(invocation.arguments, queue: queue, isNew: type == nil)
        if let type { request.arguments["type"] = type }
        return try forgiving(invocation, ChangeFlags.ifNotExists, .conflict) { () throws(Failure) in
            let response = try invocation.connect().perform(request)
            try ChangeRun.write(response, request, noun: "queue", to: invocation.console)
            return .success
        }
    }

    static func set(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let queue = invocation.arguments[name]
        var request = ChangeRun.request(invocation, .queue, verb: "set")
        request.id = queue
        request.arguments = QueueFlags.arguments(invocation.arguments, queue: queue, isNew: false)
        if request.arguments.isEmpty {
            throw .usage(invocation.command, "nothing to set: give a flag, such as --max-len 50000")
        }
        let response = try invocation.connect().perform(request)
        try writeChanges(response, request, noun: "queue", columns: ("SETTING", "FROM", "TO"), to: invocation.console)
        return .success
    }

    static var positional: Positional<String> { name }
}

/// Passes over one way to fail, if the flag says so.
func forgiving(
    _ invocation: AdminInvocation,
    _ flag: Flag<Bool>,
    _ exit: ExitCode,
    _ body: () throws(Failure) -> ExitCode
) throws(Failure) -> ExitCode {
    do throws(Failure) {
        return try body()
    } catch {
        guard error.exit == exit, invocation.arguments[flag] else { throw error }
        invocation.console.note("nothing to do: \(error.message)")
        return .success
    }
}

/// What a verb changed from what to what; without a table what every verb says.
func writeChanges(
    _ response: AdminV1.DoResponse,
    _ request: AdminV1.DoRequest,
    noun: String,
    columns: (String, String, String),
    to console: Console
) throws(Failure) {
    guard console.format.isTable else { return try ChangeRun.write(response, request, noun: noun, to: console) }
    console.banner((request.dryRun ? "dry run, nothing was changed: " : "") + response.message)
    if response.changes.isEmpty { return }
    let rows = response.changes.map { [safe($0.key), safe($0.from), safe($0.to), safe($0.note)] }
    let head = [columns.0, columns.1, columns.2, ""]
    let widths = head.indices.map { index in ([head] + rows).map { $0[index].count }.max() ?? 0 }
    let lines = ([head] + rows).map { row in
        let cells = row.indices.map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
    try console.write(Array(lines.joined().utf8))
}
