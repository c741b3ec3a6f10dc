import CommandSpec

/// Commands about fluxctl itself.
enum ToolCommands {
    private static let shell = Positional(.word("SHELL", of: ["bash", "zsh", "fish"]), "bash, zsh or fish.")
    private static let topic = Positional(maybe: .string("TOPIC"), "A command, or exit-codes.")
    private static let page = Positional(
        maybe: .string("PAGE"),
        "fluxctl, fluxctl-pub or fluxctl-sub; all are listed without it."
    )
    private static let schemaName = Positional(maybe: .string("NAME"), "Name of a schema; all are listed without it.")

    static let completion: Command = tool(
        "completion",
        "print a completion script for a shell",
        positionals: [shell],
        examples: [
            Example(
                "fluxctl completion bash > ~/.local/share/bash-completion/completions/fluxctl",
                "Complete in new bash shells"
            )
        ]
    ) { arguments in
        switch arguments[shell] {
        case "bash": Console.standard.print(controlProgram.bashCompletion)
        case "zsh": Console.standard.print(controlProgram.zshCompletion)
        default: Console.standard.print(controlProgram.fishCompletion)
        }
    }

    static let schema: Command = tool("schema", "print the JSON Schema of an output", positionals: [schemaName]) {
        arguments in
        let schemas = controlProgram.commands.compactMap(\.output)
        guard let name = arguments[schemaName] else {
            return Console.standard.print(schemas.map { $0.name + "\n" }.joined())
        }
        guard let schema = schemas.first(where: { $0.name == name }) else {
            return notFound("schema", name, among: schemas.map(\.name))
        }
        return Console.standard.print(schema.jsonSchema.indentedText + "\n")
    }

    static let man: Command = tool("man", "print a manual page's source", positionals: [page]) { arguments in
        let pages = controlProgram.manPages.map { (name: String($0.file.prefix { $0 != "." }), text: $0.text) }
        guard let name = arguments[page] else { return Console.standard.print(pages.map { $0.name + "\n" }.joined()) }
        guard let page = pages.first(where: { $0.name == name }) else {
            return notFound("manual page", name, among: pages.map(\.name))
        }
        return Console.standard.print(page.text)
    }

    static let help: Command = tool("help", "explain a command, or list the exit codes", positionals: [topic]) {
        arguments in
        guard let topic = arguments[topic] else { return Console.standard.print(controlProgram.help(for: nil)) }
        if topic == "exit-codes" { return Console.standard.print(controlProgram.exitCodeHelp) }
        if let command = controlProgram.command(named: topic) {
            return Console.standard.print(controlProgram.help(for: command))
        }
        return notFound("help topic", topic, among: controlProgram.commands.map(\.name) + ["exit-codes"])
    }

    static let version: Command = tool("version", "print the version") { _ in
        Console.standard.print("fluxctl \(fluxmqVersion)\n")
    }

    /// A command that reaches no broker and has one form of output, where most global flags would do nothing.
    private static func tool(
        _ name: String,
        _ summary: String,
        positionals: [any AnyPositional] = [],
        examples: [Example] = [],
        body: @escaping @Sendable (Arguments) -> Int32
    ) -> Command {
        Command(name, summary, positionals: positionals, examples: examples) { arguments in
            for flag in GlobalFlags.groups.flatMap(\.flags) where flag.name != "quiet" && arguments.has(flag) {
                return Console.standard.report(.usage(name, "--\(flag.name) has no meaning here"))
            }
            return body(arguments)
        }
    }

    private static func notFound(_ kind: String, _ name: String, among names: [String]) -> Int32 {
        let near = closest(to: name, among: names).map { "did you mean \($0)?" }
        return Console.standard.report(
            Failure(
                .notFound,
                "there is no \(kind) \"\(name)\"",
                hints: [near ?? "there are: \(names.joined(separator: ", "))"]
            )
        )
    }
}
