import AdminAPI
import CommandSpec
import Protobuf
import Terminal

/// `fluxctl stream`: queues whose messages stay.
enum StreamCommands {
    private static let name = QueueCommands.positional
    private static let before = Flag(
        "before",
        .string("PLACE"),
        "offset:N, the first message that stays; -N keeps the last N."
    )

    static let group = CommandGroup(
        "stream",
        aliases: ["streams"],
        "streams: messages that stay, and who has read how far",
        description: ["A stream is a queue of type stream; everything of fluxctl-queue(1) works with it, too."],
        [
            .asking(
                "stream ls",
                "list streams",
                groups: [ListFlags.rows, ListFlags.shown],
                output: Kinds.queue.type.listSchema
            ) { (invocation) throws(Failure) in try ListRun.main(invocation, Kinds.queue, filter: "type=stream") },
            .asking(
                "stream show",
                "show all about one stream: policies, limits, counters",
                positionals: [name],
                groups: [ListFlags.one],
                output: Kinds.stream.type.showSchema
            ) { (invocation) throws(Failure) in
                try ShowRun.main(invocation, Kinds.stream, id: invocation.arguments[name])
            },
            .asking(
                "stream add",
                "make a stream",
                effect: .write,
                positionals: [name],
                groups: QueueFlags.streamGroups + [
                    FlagGroup("Change", ChangeFlags.dryRun, ChangeFlags.ifNotExists, ChangeFlags.reason)
                ],
                examples: [Example("fluxctl stream add audit --bind 'orders/#' --retain-age 30d", "A log of a month")],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try QueueCommands.add(invocation, type: "stream") },
            .asking(
                "stream rm",
                "delete a stream, with everything in it",
                effect: .destroy,
                positionals: [name],
                groups: [FlagGroup("Only", ChangeFlags.ifExists), ChangeFlags.destroyOne],
                examples: [Example("fluxctl stream rm audit --dry-run", "How many messages that would be")],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                try forgiving(invocation, ChangeFlags.ifExists, .notFound) { () throws(Failure) in
                    try remove(invocation)
                }
            },
            .asking(
                "stream view",
                "show messages of a stream",
                description: [QueueView.filterHelp],
                positionals: [name],
                groups: QueueView.flags + [ListFlags.shown],
                examples: [
                    Example("fluxctl stream view audit --from -3", "The last three"),
                    Example(
                        "fluxctl stream view audit --from time:-1h --filter 'topic~^orders/eu' -o jsonl",
                        "The last hour of some"
                    ),
                    Example("fluxctl stream view audit -F '{offset} {topic} {payload:80}\\n'", "One line for each"),
                ],
                output: QueueView.type.listSchema
            ) { (invocation) throws(Failure) in
                try QueueView.main(invocation, queue: invocation.arguments[name], filter: "")
            },
            .asking(
                "stream offsets",
                "list how far each group has read",
                positionals: [name],
                groups: [ListFlags.rows, ListFlags.shown],
                output: Kinds.offsets.type.listSchema
            ) { (invocation) throws(Failure) in
                try ListRun.main(
                    invocation,
                    Kinds.offsets,
                    filter: "queue=\(quoted(invocation.arguments[name]))",
                    sort: "-lag",
                    of: [.init(kind: .queue, id: invocation.arguments[name])]
                )
            },
            .asking(
                "stream trim",
                "remove the oldest messages of a stream",
                description: ["Groups that have not come so far go on behind what was removed."],
                effect: .destroy,
                positionals: [name],
                groups: [FlagGroup("Range", before), ChangeFlags.destroyOne],
                examples: [
                    Example("fluxctl stream trim audit --before -1000000 --dry-run", "What keeping a million means")
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try trim(invocation) },
        ]
    )

    private static func remove(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let queue = invocation.arguments[name]
        try ChangeRun.requireTerminal(invocation)
        guard case .queue(let row)? = try invocation.connect().get(.queue, id: queue).row?.row else {
            throw ShowRun.noRow("stream", queue)
        }
        if row.type != "stream" {
            let message = "queue \"\(queue)\" is no stream: it is \(row.type)"
            throw Failure(.conflict, message, hints: ["fluxctl queue rm \(queue) deletes it"])
        }
        return try ChangeRun.main(
            invocation,
            .queue,
            verb: "remove",
            id: queue,
            isDestroying: true,
            noun: "stream"
        )
    }

    private static func trim(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let queue = invocation.arguments[name]
        guard let place = invocation.arguments[before] else {
            throw .usage(invocation.command, "trim to where? give --before offset:N or --before -N")
        }
        let offset: UInt64
        if place.hasPrefix("offset:"), let number = UInt64(place.dropFirst(7)) {
            offset = number
        } else if place.hasPrefix("-"), let count = UInt64(place.dropFirst()) {
            guard case .queue(let row)? = try invocation.connect().get(.queue, id: queue).row?.row else {
                throw ShowRun.noRow("queue", queue)
            }
            offset = row.nextOffset - min(count, row.nextOffset)
        } else {
            throw .usage(invocation.command, "--before is offset:N or -N, not \"\(place)\"")
        }
        return try ChangeRun.main(
            invocation,
            .queue,
            verb: "trim",
            id: queue,
            arguments: ["before": String(offset)],
            isDestroying: true,
            noun: "queue"
        )
    }
}
