import AdminAPI
import CommandSpec
import Glibc
import Protobuf
import Terminal

/// `fluxctl dlq`: messages that could not be processed.
enum DeadLetterCommands {
    private static let name = Positional(
        .string("QUEUE"),
        "The queue whose dead letters are meant, or the queue that has them: $dlq/QUEUE, or the one that --dlq named."
    )
    private static let nameMaybe = Positional(
        maybe: .string("QUEUE"),
        "As for peek. Default: all that have dead letters."
    )
    private static let target = Positional(.string("TARGET"), "The queue that they go to.")
    private static let to = Flag("to", .string("TARGET"), default: "origin", "Where to: origin, or queue:NAME.")
    private static let filter = Flag("filter", .string("EXPR"), "Only messages that match: reason=expired age_ms<1h.")
    private static let count = Flag("count", .integer("N", in: 1...Int.max), "Messages at most. Default: all.")
    private static let rate = Flag("rate", ValueType<Double>.rate, "Messages a second at most.")

    static let group = CommandGroup(
        "dlq",
        aliases: ["dead-letters"],
        "messages that could not be processed, and what becomes of them",
        description: [
            "A queue with --dlq moves what was rejected, delivered too often or pushed out to its dead-letter queue, $dlq/QUEUE unless "
                + "another one was named.",
            QueueView.filterHelp,
        ],
        [
            .asking(
                "dlq ls",
                "list dead-letter queues",
                groups: [ListFlags.rows, ListFlags.shown],
                examples: [Example("fluxctl dlq ls --filter 'ready>0'", "Where somebody has to look")],
                output: Kinds.deadLetters.type.listSchema
            ) { (invocation) throws(Failure) in
                try ListRun.main(invocation, Kinds.deadLetters, filter: "dead_letters_of!=\"\"", sort: "-ready")
            },
            .asking(
                "dlq peek",
                "look at dead letters: why, from where, how often they were delivered",
                positionals: [name],
                groups: QueueView.flags + [FlagGroup("Which", QueueView.settled), ListFlags.shown],
                examples: [
                    Example("fluxctl dlq peek orders --filter 'reason=rejected' -o wide", "What consumers rejected")
                ],
                output: QueueView.type.listSchema
            ) { (invocation) throws(Failure) in
                try QueueView.main(
                    invocation,
                    queue: try queue(invocation, try invocation.connect()),
                    filter: "",
                    table: ["offset", "age_ms", "reason", "original_queue", "deliveries", "payload_bytes", "payload"]
                )
            },
            .asking(
                "dlq stats",
                "count dead letters by why and whence, with the first and the last of each",
                positionals: [nameMaybe],
                groups: [FlagGroup("Which", filter), ListFlags.shown],
                examples: [
                    Example("fluxctl dlq stats", "What went wrong, everywhere"),
                    Example("fluxctl dlq stats orders --filter 'age_ms<1h'", "Of one queue, in the last hour"),
                ],
                output: DeadLetterStats.type.listSchema
            ) { (invocation) throws(Failure) in
                let admin = try invocation.connect()
                let queue: String?
                if let name = invocation.arguments[nameMaybe] {
                    queue = try DeadLetterCommands.queue(of: name, admin)
                } else {
                    queue = nil
                }
                return try DeadLetterStats.main(
                    invocation,
                    queue: queue,
                    filter: invocation.arguments[filter],
                    admin
                )
            },
            .asking(
                "dlq replay",
                "publish dead letters again, and take each out when it is stored where it went",
                description: [
                    "To its origin means to the queue that it came from, not to the topic that it was published to once: other subscribers of "
                        + "that topic have had it. It is taken out as the group replay of the dead-letter queue; other groups keep theirs.",
                    "Ctrl-C ends it between two messages: what was replayed is out, the rest stays.",
                ],
                effect: .destroy,
                positionals: [name],
                groups: [FlagGroup("Which", to, filter, count, rate), ChangeFlags.destroyOne],
                examples: [
                    Example("fluxctl dlq replay orders --rate 200 --yes", "Not faster than consumers can take it"),
                    Example(
                        "fluxctl dlq replay orders --to queue:review --filter 'reason=rejected' --dry-run",
                        "See how many"
                    ),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try replay(invocation) },
            .asking(
                "dlq move",
                "move dead letters to another queue, where they still say why they are some",
                description: [
                    "What replay publishes is a message like any other; what is moved stays a dead letter, with its reason and its origin."
                ],
                effect: .destroy,
                positionals: [name, target],
                groups: [
                    FlagGroup("Which", MessageRuns.count, MessageRuns.filter, MessageRuns.rate), ChangeFlags.destroyOne,
                ],
                examples: [
                    Example("fluxctl dlq move orders review --filter 'reason=rejected'", "For somebody to look at")
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                let source = try queue(invocation, try invocation.connect())
                return try MessageRuns.move(invocation, from: source, to: invocation.arguments[target])
            },
            .asking(
                "dlq purge",
                "throw dead letters away",
                effect: .destroy,
                positionals: [name],
                groups: [ChangeFlags.destroyOne],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                try ChangeRun.main(
                    invocation,
                    .queue,
                    verb: "purge",
                    id: try queue(invocation, try invocation.connect()),
                    isDestroying: true,
                    noun: "queue"
                )
            },
        ]
    )

    /// The dead-letter queue of what was named: a queue that has one, or a dead-letter queue itself.
    private static func queue(_ invocation: AdminInvocation, _ admin: any AdminAsking) throws(Failure) -> String {
        try self.queue(of: invocation.arguments[name], admin)
    }

    private static func queue(of name: String, _ admin: any AdminAsking) throws(Failure) -> String {
        if name.hasPrefix("$dlq/") { return name }
        do throws(Failure) {
            guard case .queue(let row)? = try admin.get(.queue, id: name).row?.row else { return "$dlq/\(name)" }
            if !row.deadLetterQueue.isEmpty { return row.deadLetterQueue }
            // It has others' dead letters; or keeps none now, and may have kept some before.
            return row.deadLettersOf.isEmpty ? "$dlq/\(name)" : name
        } catch {
            // Its dead letters outlive a queue.
            guard error.exit == .notFound else { throw error }
            return "$dlq/\(name)"
        }
    }

    // MARK: Replay

    /// Messages of one request: a second's at a rate, else as many as are taken at a time.
    private static let most = 1_000

    private static func replay(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let arguments = invocation.arguments
        try ChangeRun.requireTerminal(invocation)
        let admin = try invocation.connect()
        var request = ChangeRun.request(invocation, .queue, verb: "replay")
        request.id = try queue(invocation, admin)
        request.arguments["to"] = arguments[to]
        if let filter = arguments[filter] { request.arguments["filter"] = filter }
        if request.dryRun {
            if let count = arguments[count] { request.arguments["count"] = String(count) }
            let response = try admin.perform(request)
            try ChangeRun.write(response, request, noun: "message", to: invocation.console)
            return .success
        }
        try ChangeRun.confirm(invocation, request, noun: "message", admin)
        Interruption.handle {}
        var (done, left) = (UInt64(0), arguments[count] ?? .max)
        let pace = arguments[rate]
        let start = monotonicTime()
        while left > 0, Interruption.exit == nil {
            let due = pace.map { UInt64(Double(done) / $0 * 1e9) } ?? 0
            sleepUntil(start + due)
            if Interruption.exit != nil { break }
            let wanted = min(left, pace.map { max(1, min(most, Int($0 / 4))) } ?? most)
            request.arguments["count"] = String(wanted)
            let response = try admin.perform(request)
            done += response.affected
            left -= Int(clamping: response.affected)
            if response.affected == 0 { break }
            if invocation.console.isTerminal { invocation.console.note("\(Quantity.exact(done)) replayed") }
            // What a target refused stays where it is.
            if response.affected < UInt64(wanted), !response.message.contains("refused") { continue }
            if response.message.contains("refused") {
                throw Failure(.partial, "\(Quantity.exact(done)) replayed, then: \(response.message)")
            }
        }
        var summary = AdminV1.DoResponse()
        summary.affected = done
        summary.ids = [request.id]
        summary.message = "replayed \(ChangeRun.counted(done, "message")) of \(request.id)"
        try ChangeRun.write(summary, request, noun: "message", to: invocation.console)
        return Interruption.exit ?? .success
    }

    private static func sleepUntil(_ due: UInt64) {
        while Interruption.exit == nil {
            let now = monotonicTime()
            if now >= due { return }
            usleep(UInt32(min(50_000, (due - now) / 1_000 + 1)))
        }
    }
}
