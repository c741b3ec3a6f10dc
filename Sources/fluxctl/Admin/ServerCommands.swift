import AdminAPI
import CommandSpec
import Protobuf

/// `fluxctl status`: the broker that answers.
enum StatusCommand {
    static let command: Command = .asking(
        "status",
        "show how the broker is",
        description: [
            "Shows the node that answers: what it holds, how much passes through it, and what it uses. -o wide shows all fields."
        ],
        groups: [ListFlags.one],
        examples: [
            Example("fluxctl status", "How the broker is"),
            Example("fluxctl status -F '{connections}\\n'", "Only the number of connections"),
        ],
        output: Kinds.broker.type.showSchema
    ) { (invocation) throws(Failure) in
        let type = Kinds.broker.type
        let columns = try invocation.columns(type)
        var query = AdminV1.Query()
        query.kind = .broker
        query.limit = 1
        let response = try invocation.connect().list(query)
        guard let record = response.rows.first.flatMap(Kinds.broker.record) else {
            throw Failure(.failed, "the broker says nothing about itself")
        }
        let head = ListHead(node: response.node, at: response.at ?? currentTime())
        try writeObject(record, type, columns: columns, head: head, to: invocation.console)
        return .success
    }
}

/// `fluxctl listener`.
enum ListenerCommands {
    private static let name = Positional(.string("NAME"), "The listener's name, as listener ls shows it.")

    static let group = CommandGroup(
        "listener",
        aliases: ["listeners", "l"],
        "addresses that the broker listens on",
        description: [
            "A paused listener stays bound and lets nobody in; those who are connected stay."
        ],
        [
            listCommand("listener", Kinds.listener, "list listeners"),
            verb("pause", "let no more clients in", "Let nobody in before maintenance"),
            verb("resume", "let clients in again", "Open it again"),
        ]
    )

    private static func verb(_ verb: String, _ summary: String, _ example: String) -> Command {
        .asking(
            "listener \(verb)",
            summary,
            effect: .write,
            positionals: [name],
            groups: [ChangeFlags.change],
            examples: [Example("fluxctl listener \(verb) mqtt", example)],
            output: ChangeRun.type.showSchema,
            formats: ChangeRun.formats
        ) { (invocation) throws(Failure) in
            try ChangeRun.main(
                invocation,
                .listener,
                verb: verb,
                id: invocation.arguments[name],
                isDestroying: false,
                noun: "listener"
            )
        }
    }
}
