import AdminAPI
import CommandSpec
import Credentials
import Terminal

/// `fluxctl user`: the file of users, which is all there is to know about them.
enum UserCommands {
    private static let name = Positional(.string("NAME"), "The user's name.")
    private static let file = SecurityFile.flag(SecurityFile.passwordKey)
    private static let scram = Flag(
        toggle: "scram",
        "Keep a SCRAM-SHA-256 verifier too, for clients that log in without sending the password (MQTT 5)."
    )
    private static let iterations = Flag(
        "scram-iterations",
        .integer("N", in: ScramVerifier.leastIterations...1_000_000),
        "Rounds of the verifier: more are harder on whoever steals the file, and on each client that logs in. Default: 4096."
    )
    private static let reload = Flag(
        toggle: "reload",
        "Have the broker read its files again afterwards, as config reload does."
    )
    private static let dryRun = Flag(toggle: "dry-run", "Do everything but write the file.")
    private static let noInput = ChangeFlags.noInput

    static let type = RowType(
        "user",
        plural: "users",
        [
            Column("id", .string, title: "NAME", "The user's name."),
            Column("password", .string, optional: true, "How the password is hashed, and at which cost."),
            Column(
                "scram_iterations",
                .integer,
                title: "SCRAM",
                optional: true,
                "Rounds of the SCRAM-SHA-256 verifier; absent without one."
            ),
            Column("line", .integer, "The line of the file."),
        ]
    )

    static let group = CommandGroup(
        "user",
        aliases: ["users"],
        "the broker's own users",
        description: [
            "Users live in a text file, a line each: NAME:HASH. These commands change the file under a lock, keep its comments, its "
                + "order, its owner and its mode, and need rights to the file and to its directory. The broker takes a change when it "
                + "reloads: add --reload, or run fluxctl config reload.",
            "Hashes are argon2id. Those of mosquitto_passwd and of crypt(5) (yescrypt, bcrypt, SHA-512, SHA-256) are understood too, so "
                + "that a file can be brought along.",
        ],
        [
            .asking(
                "user ls",
                "list users",
                groups: [FlagGroup("File", file), ListFlags.shown],
                globals: SecurityFile.globals,
                examples: [Example("fluxctl user ls --file /etc/fluxmq/users", "Users of a file")],
                output: type.listSchema
            ) { (invocation) throws(Failure) in try list(invocation) },
            writer(
                "user add",
                "add a user",
                description: [passwordText],
                flags: FlagGroup("Password", scram, iterations, noInput),
                globals: [GlobalFlags.passwordFile, GlobalFlags.passwordEnvironment],
                example: Example(
                    "fluxctl user add sensor-7 --password-file - --reload",
                    "Add a user, with a password from a pipe"
                )
            ) { (invocation, path) throws(Failure) in try add(invocation, path) },
            writer(
                "user passwd",
                "give a user another password",
                description: [passwordText, "A user who has a SCRAM verifier gets a new one too."],
                flags: FlagGroup("Password", scram, iterations, noInput),
                globals: [GlobalFlags.passwordFile, GlobalFlags.passwordEnvironment],
                example: Example("fluxctl user passwd sensor-7", "Ask for the new password")
            ) { (invocation, path) throws(Failure) in try changePassword(invocation, path) },
            writer(
                "user rm",
                "remove a user",
                effect: .destroy,
                flags: FlagGroup("Question", ChangeFlags.yes, noInput),
                example: Example(
                    "fluxctl user rm sensor-7 --yes --reload",
                    "Remove a user; the broker closes its connections"
                )
            ) { (invocation, path) throws(Failure) in try remove(invocation, path) },
        ]
    )

    private static let passwordText =
        "The password is asked for twice on a terminal; elsewhere --password-file or --password-env gives it."

    /// - Parameter body: Changes the file, and says what it did.
    private static func writer(
        _ path: String,
        _ summary: String,
        description: [String] = [],
        effect: Effect = .write,
        flags: FlagGroup,
        globals: [any AnyFlag] = [],
        example: Example,
        body: @escaping @Sendable (AdminInvocation, String) throws(Failure) -> String
    ) -> Command {
        Command(
            path.split(separator: " ").last.map(String.init) ?? path,
            summary,
            description: description,
            effect: effect,
            positionals: [name],
            groups: [FlagGroup("File", file, reload, dryRun), flags],
            globals: [GlobalFlags.context, GlobalFlags.admin, GlobalFlags.timeout] + GlobalFlags.tools + globals,
            examples: [example]
        ) { arguments in
            Console.running(arguments) { () throws(Failure) in
                let console = Console(format: .table, quiet: arguments[GlobalFlags.quiet])
                let invocation = AdminInvocation(command: path, arguments: arguments, console: console)
                if arguments[dryRun], arguments[reload] {
                    throw .usage(path, "--dry-run changes nothing, so there is nothing to reload")
                }
                let file = try SecurityFile.path(invocation, file, key: SecurityFile.passwordKey)
                let done = try body(invocation, file)
                if arguments[dryRun] { return "dry run, nothing was changed: \(done)" }
                guard arguments[reload] else { return "\(done); the broker takes it with: fluxctl config reload" }
                return "\(done); \(try reloaded(invocation))"
            }
        }
    }

    private static func reloaded(_ invocation: AdminInvocation) throws(Failure) -> String {
        do throws(Failure) {
            var request = ChangeRun.request(invocation, .config, verb: "reload")
            request.reason = invocation.command
            let response = try invocation.connect().perform(request)
            return response.message.isEmpty ? "the broker has read its files" : response.message
        } catch {
            throw Failure(
                error.exit,
                "the file was changed, but the broker did not reload: \(error.message)",
                hints: error.hints
            )
        }
    }

    private static func list(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let columns = try invocation.columns(self.type)
        let path = try SecurityFile.path(invocation, self.file, key: SecurityFile.passwordKey)
        let file: PasswordFile
        do throws(PasswordFileError) { file = try PasswordFile.read(path) } catch { throw Failure(error) }
        let records = file.users.map { user in
            Record([
                .text(user.name), .init(user.password?.summary),
                user.scram.map { .integer(Int64($0.iterations)) } ?? .none,
                file.line(of: user.name).map { .integer(Int64($0)) } ?? .none,
            ])
        }
        try writeList(records, self.type, columns: columns, to: invocation.console)
        return .success
    }

    private static func add(_ invocation: AdminInvocation, _ path: String) throws(Failure) -> String {
        let name = invocation.arguments[self.name]
        if let problem = UserRecord.problem(withName: name) {
            throw Failure(.badInput, "the name \"\(name)\" \(problem)")
        }
        let exists = Failure(
            .conflict,
            "there is a user \"\(name)\" in \(path)",
            hints: ["give another password: fluxctl user passwd \(name)"]
        )
        // Nobody should type a password twice to hear this.
        let known = try? PasswordFile.read(path)
        if known?.user(named: name) != nil { throw exists }
        let password = try PasswordInput.read(invocation, for: name)
        let isWanted = invocation.arguments[self.scram] || invocation.arguments.isGiven(self.iterations)
        let user = self.record(invocation, name, password, hasScram: isWanted)
        try self.edit(invocation, path, creates: true) { file in
            if file.user(named: name) != nil { return exists }
            file.set(user)
            return nil
        }
        return "user \(name) added to \(path)"
    }

    private static func changePassword(_ invocation: AdminInvocation, _ path: String) throws(Failure) -> String {
        let name = invocation.arguments[self.name]
        let before = try self.known(name, path)
        let password = try PasswordInput.read(invocation, for: name)
        let isWanted = invocation.arguments[self.scram] || invocation.arguments.isGiven(self.iterations)
        let user = self.record(invocation, name, password, hasScram: isWanted || before.scram != nil, like: before)
        try self.edit(invocation, path) { file in
            if file.user(named: name) == nil { return self.missing(name, in: file, path) }
            file.set(user)
            return nil
        }
        return "user \(name) of \(path) has a new password"
    }

    private static func remove(_ invocation: AdminInvocation, _ path: String) throws(Failure) -> String {
        let name = invocation.arguments[self.name]
        _ = try self.known(name, path)
        if !invocation.arguments[ChangeFlags.yes], !invocation.arguments[self.dryRun] {
            guard Surroundings.current.streams.inputIsTerminal, !invocation.arguments[self.noInput] else {
                throw Failure(
                    .needsConfirmation,
                    "user rm needs a yes, and there is nobody to ask",
                    hints: ["add --yes, or --dry-run to see what it would do"]
                )
            }
            guard invocation.console.confirm("Remove user \(name) from \(path)?") else {
                throw Failure(.failed, "nothing was changed", hints: ["--yes does not ask"])
            }
        }
        try self.edit(invocation, path) { file in file.remove(name) ? nil : self.missing(name, in: file, path) }
        return "user \(name) removed from \(path)"
    }

    private static func known(_ name: String, _ path: String) throws(Failure) -> UserRecord {
        let file: PasswordFile
        do throws(PasswordFileError) { file = try PasswordFile.read(path) } catch { throw Failure(error) }
        guard let user = file.user(named: name) else { throw self.missing(name, in: file, path) }
        return user
    }

    private static func missing(_ name: String, in file: PasswordFile, _ path: String) -> Failure {
        let near = closest(to: name, among: file.users.map(\.name))
        return Failure(
            .notFound,
            "there is no user \"\(name)\" in \(path)",
            hints: [near.map { "did you mean \($0)?" } ?? "see: fluxctl user ls"]
        )
    }

    /// Hashes what was typed. Before the file is locked, since it takes its time.
    private static func record(
        _ invocation: AdminInvocation,
        _ name: String,
        _ password: [UInt8],
        hasScram: Bool,
        like before: UserRecord? = nil
    ) -> UserRecord {
        let rounds = invocation.arguments[self.iterations] ?? before?.scram?.iterations ?? ScramVerifier.leastIterations
        return UserRecord(
            name: name,
            password: PasswordHash(of: password),
            scram: hasScram ? ScramVerifier(of: password, iterations: rounds) : nil
        )
    }

    /// - Parameter body: What speaks against the change; the file stays as it is then.
    private static func edit(
        _ invocation: AdminInvocation,
        _ path: String,
        creates: Bool = false,
        _ body: (inout PasswordFile) -> Failure?
    ) throws(Failure) {
        let problem: Failure?
        do throws(PasswordFileError) {
            let isRehearsal = invocation.arguments[self.dryRun]
            problem = try PasswordFile.edit(path, creates: creates, isRehearsal: isRehearsal, body)
        } catch {
            throw Failure(error)
        }
        if let problem { throw problem }
    }
}

extension Failure {
    /// Lines after the first problem are hints, so that all of them are seen.
    init(_ error: PasswordFileError) {
        let lines = error.description.split(separator: "\n").map(String.init)
        self.init(.badInput, lines.first ?? "", hints: Array(lines.dropFirst()))
    }
}
