import AdminAPI
import CommandSpec

/// One run of a command that asks the admin plane.
struct AdminInvocation {
    /// `conn ls`.
    let command: String
    let arguments: Arguments
    let console: Console

    /// Connects, as the flags, the environment and the contexts say.
    ///
    /// - Parameter patience: The time for an answer without --timeout; nil for the client's own.
    func connect(patience: Duration? = nil) throws(Failure) -> any AdminAsking {
        var target = AdminTarget(timeout: self.arguments[GlobalFlags.timeout] ?? patience)
        target.onLoss = { [console] in console.note($0) }
        if let url = self.arguments[GlobalFlags.admin] {
            (target.url, target.source) = (url, "--admin")
        } else if let context = try Contexts.chosen(self.arguments, unless: "FLUXMQ_ADMIN"), let url = context.admin {
            (target.url, target.source) = (url, "context \(context.name)")
        }
        return try Surroundings.current.connect(target)
    }

    /// The columns that a table or an object shows.
    func columns(_ type: RowType) throws(Failure) -> [Int] {
        let shown = ListWriter.defaultColumns(type, self.console.format)
        guard let text = self.arguments[ListFlags.columns] else { return shown }
        if self.console.format == .name || self.console.format == .template {
            throw .usage(self.command, "--columns has no meaning with -o \(self.console.format.rawValue)")
        }
        return try type.choose(text, from: shown, command: self.command)
    }
}

extension Command {
    /// A command that lists what this machine knows, without the admin plane.
    static func local(
        _ path: String,
        _ summary: String,
        description: [String] = [],
        positionals: [any AnyPositional] = [],
        globals: [any AnyFlag] = [],
        examples: [Example] = [],
        output: OutputSchema,
        body: @escaping @Sendable (AdminInvocation) async throws(Failure) -> ExitCode
    ) -> Command {
        .asking(
            path,
            summary,
            description: description,
            positionals: positionals,
            globals: [GlobalFlags.output, GlobalFlags.format, GlobalFlags.quiet, GlobalFlags.color] + globals,
            examples: examples,
            output: output,
            body: body
        )
    }

    /// A command that asks the admin plane.
    ///
    /// - Parameters:
    ///   - path: `conn ls`; its last word is the command's name.
    ///   - globals: The program's flags that mean something.
    static func asking(
        _ path: String,
        _ summary: String,
        description: [String] = [],
        effect: Effect = .read,
        positionals: [any AnyPositional] = [],
        groups: [FlagGroup] = [],
        globals: [any AnyFlag] = GlobalFlags.asking,
        glossaries: [Glossary] = [],
        examples: [Example] = [],
        output: OutputSchema,
        formats: [OutputFormat] = OutputFormat.allCases,
        body: @escaping @Sendable (AdminInvocation) async throws(Failure) -> ExitCode
    ) -> Command {
        Command(
            path.split(separator: " ").last.map(String.init) ?? path,
            summary,
            description: description,
            effect: effect,
            positionals: positionals,
            groups: groups,
            globals: globals,
            glossaries: glossaries,
            examples: examples,
            output: output
        ) { arguments in
            var console = Console.preliminary(arguments)
            do throws(Failure) {
                console = try Console(arguments, command: path, schema: output, formats: formats)
                return try await body(AdminInvocation(command: path, arguments: arguments, console: console)).rawValue
            } catch {
                return console.report(error)
            }
        }
    }
}
