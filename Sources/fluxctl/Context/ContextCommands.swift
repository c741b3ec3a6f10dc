import AdminAPI
import CommandSpec
import Glibc
import MQTTClient
import Protobuf

/// `fluxctl context`.
enum ContextCommands {
    private static let name = Positional(.string("NAME"), "The context's name.")
    private static let used = Positional(.string("NAME"), "The context's name; - is the one that was selected before.")
    private static let user = Flag("user", .string("USER"), "User for endpoints that name none.")
    private static let passwordCommand = Flag(
        "password-cmd",
        .string("COMMAND"),
        "A shell command whose first line of output is the password."
    )
    private static let values = FlagGroup("Context", user, passwordCommand)

    static let type = RowType(
        "context",
        plural: "contexts",
        [
            Column("id", .string, title: "NAME", "The context's name."),
            Column("selected", .boolean, "Whether commands take it when they are told nothing else."),
            Column("admin", .string, optional: true, "The broker's admin socket."),
            Column("via", .string, optional: true, "Endpoint for messages."),
            Column("user", .string, optional: true, "User for endpoints that name none."),
            Column("password_cmd", .string, title: "PASSWORD COMMAND", optional: true, "What tells the password."),
            Column(
                "ca",
                .string,
                title: "CA",
                optional: true,
                "File of the CA that the endpoint's certificate leads to."
            ),
            Column("cert", .string, optional: true, "File of the client's certificate."),
            Column("key", .string, optional: true, "File of its private key."),
            Column("server_name", .string, optional: true, "Name that the endpoint's certificate has."),
        ],
        table: ["id", "selected", "admin", "via", "user", "password_cmd"]
    )
    static let testType = RowType(
        "context.test",
        plural: "endpoints",
        [
            Column("id", .string, title: "ENDPOINT", "Which of the context's endpoints: admin or via."),
            Column("url", .string, "Its address."),
            Column("ok", .boolean, "Whether it answered."),
            Column("text", .string, "What it said, or why it did not answer."),
        ]
    )

    static let group = CommandGroup(
        "context",
        aliases: ["contexts", "ctx"],
        "named endpoints",
        description: [
            "A context is a file of this user, $XDG_CONFIG_HOME/fluxmq/contexts/NAME.yaml (~/.config without the variable), with the keys "
                + "admin, via, user, password_cmd, and for endpoints over TLS ca, cert, key and server_name. Its mode is 0600; one with a password_cmd that others may read is refused.",
            "--context and $FLUXMQ_CONTEXT choose one for a command; else the selected one is taken, and without any the local admin "
                + "socket and mqtt5 on this machine.",
        ],
        [
            .local("context ls", "list contexts", output: type.listSchema) { (invocation) throws(Failure) in
                try list(invocation)
            },
            writer(
                "context add",
                "make a context",
                globals: [GlobalFlags.admin, GlobalFlags.via] + TLSFlags.kept,
                example: Example(
                    "fluxctl context add prod --admin unix:/run/fluxmq/admin.sock --via mqtts://edge.example --user ops",
                    "Make one"
                )
            ) { (arguments) throws(Failure) in
                let name = arguments[name]
                if try Contexts.names().contains(name) {
                    throw Failure(
                        .conflict,
                        "there is a context \"\(name)\"",
                        hints: ["change it: fluxctl context set \(name)"]
                    )
                }
                var context = Context(name: name)
                try apply(arguments, to: &context)
                try Contexts.save(context)
                return "context \(name) made"
            },
            writer(
                "context set",
                "change what is given of a context",
                globals: [GlobalFlags.admin, GlobalFlags.via] + TLSFlags.kept
            ) { (arguments) throws(Failure) in
                var context = try Contexts.load(arguments[name])
                try apply(arguments, to: &context)
                try Contexts.save(context)
                return "context \(context.name) changed"
            },
            Command(
                "use",
                "select a context",
                effect: .write,
                positionals: [used],
                globals: GlobalFlags.tools
            ) { arguments in
                Console.running(arguments) { () throws(Failure) in
                    var name = arguments[used]
                    if name == "-" {
                        guard let previous = Contexts.previous else {
                            throw Failure(.notFound, "no context was selected before")
                        }
                        name = previous
                    }
                    _ = try Contexts.load(name)
                    try Contexts.select(name)
                    return "context \(name) is selected"
                }
            },
            writer("context rm", "remove a context", flags: []) { (arguments) throws(Failure) in
                try Contexts.remove(arguments[name])
                return "context \(arguments[name]) removed"
            },
            .local(
                "context test",
                "ask a context's endpoints whether they answer",
                description: ["Exits with 7 if one does not."],
                positionals: [name],
                globals: [GlobalFlags.timeout],
                output: testType.listSchema
            ) { (invocation) async throws(Failure) in try await test(invocation) },
        ]
    )

    private static func writer(
        _ path: String,
        _ summary: String,
        flags: [FlagGroup] = [values],
        globals: [any AnyFlag] = [],
        example: Example? = nil,
        body: @escaping @Sendable (Arguments) throws(Failure) -> String
    ) -> Command {
        Command(
            path.split(separator: " ").last.map(String.init) ?? path,
            summary,
            effect: .write,
            positionals: [name],
            groups: flags,
            globals: GlobalFlags.tools + globals,
            examples: example.map { [$0] } ?? []
        ) { arguments in
            Console.running(arguments) { () throws(Failure) in try body(arguments) }
        }
    }

    private static func apply(_ arguments: Arguments, to context: inout Context) throws(Failure) {
        if let url = arguments[GlobalFlags.admin] { context.admin = url }
        if let url = arguments[GlobalFlags.via] {
            _ = try Endpoint(url)
            context.via = url
        }
        if let user = arguments[user] { context.user = user }
        if let command = arguments[passwordCommand] { context.passwordCommand = command }
        if let file = arguments[TLSFlags.ca] { context.ca = try absolute(file) }
        if let file = arguments[TLSFlags.certificate] { context.certificate = try absolute(file) }
        if let file = arguments[TLSFlags.key] { context.key = try absolute(file) }
        if let name = arguments[TLSFlags.serverName] { context.serverName = name }
    }

    /// A context is used from any directory.
    private static func absolute(_ path: String) throws(Failure) -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else {
            throw Failure(.failed, "there is no current directory: \(systemError(errno))")
        }
        defer { free(directory) }
        return "\(String(cString: directory))/\(path)"
    }

    private static func list(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let selected = Contexts.selected
        var records: [Record] = []
        for name in try Contexts.names() {
            let context = try Contexts.load(name)
            records.append(
                Record([
                    .text(name), .bool(name == selected), .init(context.admin), .init(context.via), .init(context.user),
                    .init(context.passwordCommand), .init(context.ca), .init(context.certificate), .init(context.key),
                    .init(context.serverName),
                ])
            )
        }
        try writeList(records, self.type, to: invocation.console)
        return .success
    }

    private static func test(_ invocation: AdminInvocation) async throws(Failure) -> ExitCode {
        let context = try Contexts.load(invocation.arguments[self.name])
        let timeout = invocation.arguments[GlobalFlags.timeout] ?? .seconds(5)
        var records: [Record] = []
        var isFine = true
        func add(_ endpoint: String, _ url: String, _ answer: Result<String, Failure>) {
            switch answer {
            case .success(let text): records.append(Record([.text(endpoint), .text(url), .bool(true), .text(text)]))
            case .failure(let failure):
                isFine = false
                records.append(Record([.text(endpoint), .text(url), .bool(false), .text(failure.message)]))
            }
        }
        if let url = context.admin {
            add(
                "admin",
                url,
                Result { () throws(Failure) in
                    let target = AdminTarget(url: url, source: "context \(context.name)", timeout: timeout)
                    let hello = try Surroundings.current.connect(target).hello()
                    return "fluxd \(hello.version) on \(hello.node), as \(hello.identity)"
                }
            )
        }
        if let url = context.via { add("via", url, await self.connect(url, context, invocation.arguments, timeout)) }
        try writeList(records, self.testType, to: invocation.console)
        return isFine ? .success : .unreachable
    }

    private static func connect(
        _ url: String,
        _ context: Context,
        _ arguments: Arguments,
        _ timeout: Duration
    ) async -> Result<String, Failure> {
        do throws(Failure) {
            var endpoint = try Endpoint(url)
            endpoint.context = context
            TLSFlags.apply(arguments, to: &endpoint)
            var configuration = endpoint.configuration
            configuration.backoff = nil
            configuration.connectTimeout = timeout
            configuration.username = endpoint.user ?? context.user
            configuration.password = try context.password()
            let client = MQTTClient(configuration)
            do throws(MQTTClientError) {
                try await client.connect()
            } catch {
                throw Failure(error, at: endpoint)
            }
            await client.disconnect()
            return .success("MQTT \(endpoint.version.rawValue)")
        } catch {
            return .failure(error)
        }
    }
}
