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
                "stream add",
                "make a stream",
                effect: .write,
                positionals: [name],
                groups: QueueFlags.groups + [
                    FlagGroup("Change", ChangeFlags.dryRun, ChangeFlags.ifNotExists, ChangeFlags.reason)
                ],
                examples: [Example("fluxctl stream add audit --bind 'orders/#' --retain-age 30d", "A log of a month")],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try QueueCommands.add(invocation, type: "stream") },
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
                    sort: "-lag"
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
