import AdminAPI
import CommandSpec

/// A group's `ls`.
func listCommand(
    _ group: String,
    _ resource: Resource,
    _ summary: String,
    description: [String] = [],
    examples: [Example] = []
) -> Command {
    .asking(
        "\(group) ls",
        summary,
        description: description,
        groups: [ListFlags.rows, ListFlags.shown],
        examples: examples,
        output: resource.type.listSchema
    ) { (invocation) throws(Failure) in try ListRun.main(invocation, resource) }
}

/// `fluxctl conn`, `session` and `subscription`: who is connected, and what is kept for them.
enum ClientCommands {
    private static let connectionOrClient = Positional(
        .string("ID"),
        "The connection's id, as conn ls shows it, or the identifier of its client. What is the id of a connection is none of a client."
    )
    private static let connectionMaybe = Positional(
        maybe: .string("ID"),
        "The connection's id; --filter may choose instead."
    )
    private static let session = Positional(.string("CLIENT"), "The client identifier.")
    private static let sessionMaybe = Positional(
        maybe: .string("CLIENT"),
        "The client identifier; --filter may choose instead."
    )

    static let connections = CommandGroup(
        "conn",
        aliases: ["conns", "c"],
        "connections of clients",
        description: [
            "A connection is one byte stream, from accept to close. Its id is never used again.",
            "Filters have the names of the output fields: protocol=mqtt5 buffered_bytes>64KiB | state=slow. A point in time before now is "
                + "-5m, after it +5m.",
        ],
        [
            listCommand(
                "conn",
                Kinds.connection,
                "list connections",
                examples: [
                    Example(
                        "fluxctl conn ls --sort -messages_out_per_s --limit 10",
                        "The ten that get the most messages"
                    ),
                    Example("fluxctl conn ls --filter 'state=slow' -o name", "Ids of those that do not keep up"),
                    Example("fluxctl conn ls -w --columns +dropped", "Keep looking, with one column more"),
                ]
            ),
            .asking(
                "conn show",
                "show all about one connection",
                positionals: [connectionOrClient],
                groups: [ListFlags.one],
                examples: [
                    Example("fluxctl conn show c1.812.3", "By its id"),
                    Example("fluxctl conn show line1-temp", "By the client that it is of"),
                ],
                output: Kinds.connection.type.showSchema
            ) { (invocation) throws(Failure) in
                try ConnectionSearch.show(invocation, invocation.arguments[connectionOrClient])
            },
            .asking(
                "conn close",
                "close connections",
                description: [
                    "MQTT 5.0 clients are told that it was an administrator. Sessions stay for as long as they are kept without a connection."
                ],
                effect: .destroy,
                positionals: [connectionMaybe],
                groups: [ChangeFlags.destroyMany],
                examples: [
                    Example(
                        "fluxctl conn close c1.812.3 --reason maintenance",
                        "Close one, and say why in the audit events"
                    ),
                    Example(
                        "fluxctl conn close --filter 'idle_ms>1h' --dry-run",
                        "See which ones a filter would close"
                    ),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                try ChangeRun.main(
                    invocation,
                    .connection,
                    verb: "close",
                    id: invocation.arguments[connectionMaybe],
                    filter: invocation.arguments[ChangeFlags.filter],
                    isDestroying: true,
                    noun: "connection"
                )
            },
        ]
    )

    static let sessions = CommandGroup(
        "session",
        aliases: ["sessions", "s"],
        "sessions, connected or not",
        description: [
            "A session is what the broker keeps for a client: its subscriptions, and what waits for it. It can outlive the connection."
        ],
        [
            listCommand(
                "session",
                Kinds.session,
                "list sessions",
                examples: [
                    Example(
                        "fluxctl session ls --filter 'state=offline queued>0' --columns id,queued,expires_at -o csv",
                        "Clients that are away while messages wait for them"
                    )
                ]
            ),
            .asking(
                "session show",
                "show all about one session",
                positionals: [session],
                groups: [ListFlags.one],
                output: Kinds.session.type.showSchema
            ) { (invocation) throws(Failure) in
                try ShowRun.main(invocation, Kinds.session, id: invocation.arguments[session])
            },
            .asking(
                "session expire",
                "end sessions now, with what waits in them",
                effect: .destroy,
                positionals: [sessionMaybe],
                groups: [ChangeFlags.destroyMany],
                examples: [
                    Example(
                        "fluxctl session expire --filter 'state=offline created_at<-30d' --dry-run",
                        "See which sessions are older than a month and without their client"
                    )
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                try ChangeRun.main(
                    invocation,
                    .session,
                    verb: "expire",
                    id: invocation.arguments[sessionMaybe],
                    filter: invocation.arguments[ChangeFlags.filter],
                    isDestroying: true,
                    noun: "session"
                )
            },
        ]
    )

    static let subscriptions = CommandGroup(
        "subscription",
        aliases: ["subscriptions", "subs"],
        "who is subscribed to what",
        description: [
            "One row for each topic filter of each client. The id is the client identifier, a space and the filter."
        ],
        [
            listCommand(
                "subscription",
                Kinds.subscription,
                "list subscriptions",
                examples: [
                    Example("fluxctl subscription ls --filter 'client_id=dash-07'", "What one client is subscribed to"),
                    Example("fluxctl subscription ls --filter 'filter~^orders/'", "Who listens below orders"),
                ]
            )
        ]
    )
}
