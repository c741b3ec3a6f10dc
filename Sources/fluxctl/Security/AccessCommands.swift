import AccessRules
import CommandSpec
import JSON
import Terminal

/// `fluxctl acl`: what an ACL file says, and why.
enum AccessCommands {
    enum Action: String, CaseIterable, Sendable { case publish, subscribe }

    private static let user = Positional(.string("USER"), "The user's name; - is an anonymous client.")
    private static let topic = Positional(.string("TOPIC"), "A topic, or for a subscription a filter.")
    private static let checked = Positional(.file("FILE"), "The file to check; - is standard input.")
    private static let file = SecurityFile.flag(SecurityFile.accessKey)
    private static let client = Flag(
        "client",
        .string("ID"),
        default: "fluxctl",
        "The client identifier, which rules may name."
    )
    private static let action = Flag(
        "action",
        ValueType<Action>.choice("ACTION"),
        "Only publish or subscribe. Default: both, or subscribe for a filter with wildcards."
    )
    private static let remote = Flag(toggle: "remote", "The client is not on the broker's machine.")

    static let type = RowType(
        "acl.explanation",
        plural: "answers",
        [
            Column("id", .string, title: "TOPIC", "The topic or filter."),
            Column("action", .string, "publish or subscribe."),
            Column("allowed", .boolean, "Whether the broker lets the client do it."),
            Column("reason", .string, "Which line decided, or what else."),
            Column("line", .integer, optional: true, "The line that decided."),
            Column("user", .string, optional: true, "The user; absent for an anonymous client."),
            Column("client_id", .string, "The client identifier."),
            Column("matching", .array, "All rules that are about it, as LINE: RULE (BLOCK); denials first."),
        ],
        table: ["action", "allowed", "reason"],
        wide: ["id", "action", "allowed", "reason", "matching"]
    )
    static let ruleType = RowType(
        "acl.rule",
        plural: "rules",
        [
            Column("id", .string, title: "RULE", "The rule."),
            Column("subject", .string, title: "FOR", "Whom it is about: the block that it stands in."),
            Column("right", .string, "read, write, readwrite or deny."),
            Column("filter", .string, "Topics that it is about."),
            Column("line", .integer, "The line of the file."),
        ],
        table: ["line", "subject", "right", "filter"]
    )

    static let group = CommandGroup(
        "acl",
        aliases: ["acls"],
        "who may publish and subscribe where",
        description: [
            "Rights stand in a text file with Mosquitto's syntax: user NAME and client ID begin blocks of topic [read|write|readwrite|deny] "
                + "FILTER lines, pattern lines with %u and %c are for everybody, default allow|deny says what holds where no rule does.",
            "A denial beats every grant. A subscription needs one rule that covers all of its filter, and must touch no denial.",
        ],
        [
            .asking(
                "acl explain",
                "say whether a user may, and which line of the file decides",
                description: [
                    "Reads the file as it is now, which the broker has perhaps not reloaded yet. Exits with 6 if any action asked about is "
                        + "refused."
                ],
                positionals: [user, topic],
                groups: [FlagGroup("Client", client, action, remote), FlagGroup("File", file), ListFlags.shown],
                globals: SecurityFile.globals,
                examples: [
                    Example(
                        "fluxctl acl explain roger 'plant/#' --action subscribe",
                        "May roger subscribe to that, and why?"
                    )
                ],
                output: type.listSchema
            ) { (invocation) throws(Failure) in try explain(invocation) },
            .asking(
                "acl check",
                "check a file, and list its rules",
                description: ["Exits with 9 if the file is not valid, and says all that is wrong."],
                positionals: [checked],
                groups: [ListFlags.shown],
                globals: [GlobalFlags.output, GlobalFlags.format, GlobalFlags.quiet, GlobalFlags.color],
                examples: [Example("fluxctl acl check /etc/fluxmq/acl", "Check a file before the broker reads it")],
                output: ruleType.listSchema
            ) { (invocation) throws(Failure) in try check(invocation) },
        ]
    )

    private static func explain(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let arguments = invocation.arguments
        let columns = try invocation.columns(self.type)
        let topic = Array(arguments[self.topic].utf8)
        let hasWildcard = topic.contains(UInt8(ascii: "+")) || topic.contains(UInt8(ascii: "#"))
        if topic.isEmpty { throw .usage(invocation.command, "the topic is empty") }
        if hasWildcard, arguments[self.action] == .publish {
            throw .usage(
                invocation.command,
                "\"\(arguments[self.topic])\" is a filter, and messages are published to topics"
            )
        }
        let actions = arguments[self.action].map { [$0] } ?? (hasWildcard ? [.subscribe] : Action.allCases)
        let path = try SecurityFile.path(invocation, self.file, key: SecurityFile.accessKey)
        let rules = try self.read(path)
        let answers = actions.map { self.answer($0, topic, rules, arguments) }
        try writeList(answers.map(\.record), self.type, columns: columns, to: invocation.console)
        return answers.allSatisfy(\.isAllowed) ? .success : .notPermitted
    }

    private static func answer(
        _ action: Action,
        _ topic: [UInt8],
        _ rules: AccessRules,
        _ arguments: Arguments
    ) -> (isAllowed: Bool, record: Record) {
        let user = arguments[self.user] == "-" ? nil : arguments[self.user]
        let client = arguments[self.client]
        let access: TopicAccess = action == .publish ? .write : .read
        var answer = rules.explain(
            user: user,
            client: Array(client.utf8),
            access,
            topic,
            isSubscription: action == .subscribe
        )
        if let refusal = StandingRules.refusal(
            access,
            topic.span,
            isAnonymous: user == nil,
            isLocal: !arguments[self.remote]
        ) {
            (answer.isAllowed, answer.decisive, answer.reason) = (false, nil, "whatever the file says: \(refusal)")
        }
        let matching = answer.matching.map { rule in
            JSONValue.string("\(rule.line): \(rule.text) (\(rule.subject.text))")
        }
        let record = Record([
            .text(String(decoding: topic, as: UTF8.self)), .text(action.rawValue), .bool(answer.isAllowed),
            .text(answer.reason), answer.decisive.map { .integer(Int64($0.line)) } ?? .none, .init(user), .text(client),
            .structure(.array(matching)),
        ])
        return (answer.isAllowed, record)
    }

    private static func read(_ path: String) throws(Failure) -> AccessRules {
        do throws(AccessRulesError) { return try AccessRules.read(path) } catch { throw Failure(error) }
    }

    private static func standardInput() throws(Failure) -> AccessRules {
        var input = try InputFile(path: "-")
        let bytes = try input.readAll()
        do throws(AccessRulesError) {
            return try AccessRules(bytes, name: "standard input")
        } catch {
            throw Failure(error)
        }
    }

    private static func check(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let columns = try invocation.columns(self.ruleType)
        let path = invocation.arguments[self.checked]
        let rules = path == "-" ? try self.standardInput() : try self.read(path)
        let records = rules.rules.map { rule in
            Record([
                .text(rule.text), .text(rule.subject.text), .text(rule.right.rawValue), .text(rule.filter),
                .integer(Int64(rule.line)),
            ])
        }
        try writeList(records, self.ruleType, columns: columns, to: invocation.console)
        let rest = rules.allowsByDefault ? "what no rule is about is allowed" : "what no rule allows is refused"
        invocation.console.banner("\(rules.file): \(ChangeRun.counted(UInt64(rules.rules.count), "rule")); \(rest)")
        return .success
    }
}

extension Failure {
    /// Lines after the first problem are hints, so that all of them are seen.
    init(_ error: AccessRulesError) {
        let lines = error.description.split(separator: "\n").map(String.init)
        self.init(.badInput, lines.first ?? "", hints: Array(lines.dropFirst()))
    }
}
