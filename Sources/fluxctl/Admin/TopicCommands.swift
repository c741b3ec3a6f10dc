import AdminAPI
import CommandSpec

/// By what `topic top` orders.
enum TopicOrder: String, CaseIterable, Sendable {
    case rate, bytes, messages, subs

    var sort: String {
        switch self {
        case .rate: "-messages_per_s"
        case .bytes: "-bytes_per_s"
        case .messages: "-messages"
        case .subs: "-subscribers"
        }
    }
}

/// `fluxctl topic`.
enum TopicCommands {
    private static let order = Flag(
        "by",
        ValueType<TopicOrder>.choice("ORDER"),
        default: "rate",
        "What comes first: rate (messages a second), bytes (bytes a second), messages (since the topic is known) or subs (subscribers)."
    )
    private static let depth = Flag("depth", .integer("N", in: 1...128), default: "3", "Levels to show.")
    private static let prefix = Positional(
        maybe: .string("PREFIX"),
        "Only topics that begin with these levels: sensors/eu."
    )
    private static let pattern = Positional(.string("FILTER"), "A topic filter, with + and #.")
    private static let topics = Positional(some: .string("TOPIC"), "Topics to try.")

    static let group = CommandGroup(
        "topic",
        aliases: ["topics", "t"],
        "topics that were published to lately",
        description: [
            "The broker remembers topics that were published to. When there are very many, those that nobody published to for long are "
                + "forgotten."
        ],
        [
            listCommand("topic", Kinds.topic, "list topics"),
            .asking(
                "topic top",
                "list the busiest topics",
                groups: [
                    FlagGroup("Order", order), FlagGroup("Rows", ListFlags.filter, ListFlags.limit, ListFlags.watch),
                    ListFlags.shown,
                ],
                examples: [
                    Example("fluxctl topic top -w", "Watch the twenty busiest topics"),
                    Example("fluxctl topic top --by subs --limit 5", "The five topics with the most subscribers"),
                ],
                output: Kinds.topic.type.listSchema
            ) { (invocation) throws(Failure) in
                try ListRun.main(invocation, Kinds.topic, sort: invocation.arguments[order].sort, limit: 20)
            },
            .asking(
                "topic tree",
                "sum topics up by their levels",
                description: [
                    "Every level's row counts the topics below it, and their messages. It looks at all topics."
                ],
                positionals: [prefix],
                groups: [FlagGroup("Rows", depth, ListFlags.filter), ListFlags.shown],
                examples: [Example("fluxctl topic tree sensors --depth 2", "What is below sensors, two levels deep")],
                output: TopicTree.type.listSchema
            ) { (invocation) throws(Failure) in
                try TopicTree.main(
                    invocation,
                    prefix: invocation.arguments[prefix],
                    depth: invocation.arguments[depth]
                )
            },
            .local(
                "topic match",
                "try a topic filter on topics, without a broker",
                description: ["Exits with 0 if the filter matches all topics, else with 1."],
                positionals: [pattern, topics],
                examples: [
                    Example("fluxctl topic match 'sensors/+/temp' sensors/a/temp sensors/a/b/temp", "Try two topics")
                ],
                output: TopicTry.type.listSchema
            ) { (invocation) throws(Failure) in
                try TopicTry.main(
                    invocation,
                    filter: invocation.arguments[pattern],
                    topics: invocation.arguments[topics]
                )
            },
        ]
    )
}

/// `fluxctl topic match`.
private enum TopicTry {
    static let type = RowType(
        "topic.match",
        plural: "topics",
        [
            Column("id", .string, title: "TOPIC", "The topic."),
            Column("matches", .boolean, "Whether the filter matches it."),
        ]
    )

    static func main(_ invocation: AdminInvocation, filter: String, topics: [String]) throws(Failure) -> ExitCode {
        var levels = filter.split(separator: "/", omittingEmptySubsequences: false)
        // What follows $share/GROUP/ is the filter proper.
        if levels.first == "$share", levels.count > 2 { levels.removeFirst(2) }
        for (index, level) in levels.enumerated() where level.contains("+") || level.contains("#") {
            if level == "+" || (level == "#" && index == levels.count - 1) { continue }
            throw .usage(
                invocation.command,
                "\"\(filter)\" is no topic filter",
                hint: "+ and # stand for whole levels, and # only for the last"
            )
        }
        if filter.isEmpty { throw .usage(invocation.command, "the topic filter is empty") }
        let plain = levels.joined(separator: "/")
        let matches = topics.map { topicMatches($0, filter: plain) }
        try writeList(zip(topics, matches).map { Record([.text($0), .bool($1)]) }, self.type, to: invocation.console)
        return matches.allSatisfy(\.self) ? .success : .failed
    }
}
