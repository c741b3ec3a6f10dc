import CommandSpec
import JSON

/// Commands about fluxctl itself.
enum ToolCommands {
    private static let shell = Positional(.word("SHELL", of: ["bash", "zsh", "fish"]), "bash, zsh or fish.")
    private static let topic = Positional(
        rest: .string("TOPIC"),
        "A command, a group, a group and its verb, or exit-codes."
    )
    private static let page = Positional(
        maybe: .string("PAGE"),
        "fluxctl, fluxctl-pub and so on; all are listed without it."
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

    /// What commands write in machine formats: the documents of `-o json`, and the objects within them.
    static var schemas: [OutputSchema] {
        var schemas: [String: OutputSchema] = [:]
        for schema in controlProgram.everyCommand.compactMap(\.output) {
            // A type has the same fields wherever it stands, but for `show`, which may have more.
            schemas[schema.name] = schema
            if schemas[schema.item.name] == nil || schema.envelope == .show { schemas[schema.item.name] = schema.item }
        }
        return schemas.values.sorted { $0.name < $1.name }
    }

    static let schema: Command = tool("schema", "print the JSON Schema of an output", positionals: [schemaName]) {
        arguments in
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

    static let help: Command = tool(
        "help",
        "explain a command, or list the exit codes",
        positionals: [topic],
        globals: GlobalFlags.tools + [GlobalFlags.output],
        examples: [
            Example("fluxctl help conn ls", "Explain one verb"),
            Example("fluxctl help -o json", "The whole command tree for programs: flags, arguments, effects, schemas"),
        ]
    ) { arguments in
        let words = arguments[topic]
        switch arguments[GlobalFlags.output] {
        case nil, .table: break
        case .json:
            if words.isEmpty { return Console.standard.print(controlProgram.specificationJSON.text + "\n") }
            return Console.preliminary(arguments).report(
                .usage("help", "-o json is the whole tree, and takes no topic")
            )
        case let format?:
            return Console.preliminary(arguments).report(.usage("help", "-o \(format.rawValue) has no meaning here"))
        }
        if words == ["exit-codes"] { return Console.standard.print(controlProgram.exitCodeHelp) }
        switch subject(of: words) {
        case .success(let subject): return Console.standard.print(controlProgram.help(for: subject))
        case .failure(let failure): return Console.preliminary(arguments).report(failure)
        }
    }

    static let version: Command = tool("version", "print the version") { _ in
        Console.standard.print("fluxctl \(fluxmqVersion)\n")
    }

    /// What `fluxctl help WORDS` is about.
    private static func subject(of words: [String]) -> Result<HelpSubject, Failure> {
        guard let first = words.first else { return .success(.program) }
        if let command = controlProgram.command(named: first), words.count == 1 { return .success(.command(command)) }
        guard let group = controlProgram.group(named: first) else {
            let names = controlProgram.commands.map(\.name) + controlProgram.commandGroups.map(\.name) + ["exit-codes"]
            return .failure(missing("help topic", first, among: names))
        }
        guard words.count > 1 else { return .success(.group(group)) }
        guard words.count == 2, let command = group.command(named: words[1]) else {
            let rest = words.dropFirst().joined(separator: " ")
            return .failure(missing("verb of \(group.name)", rest, among: group.commands.map(\.name)))
        }
        return .success(.command(command))
    }

    /// A command that reaches no broker and has one form of output.
    private static func tool(
        _ name: String,
        _ summary: String,
        positionals: [any AnyPositional] = [],
        globals: [any AnyFlag] = GlobalFlags.tools,
        examples: [Example] = [],
        body: @escaping @Sendable (Arguments) -> Int32
    ) -> Command {
        Command(name, summary, positionals: positionals, globals: globals, examples: examples) { body($0) }
    }

    private static func notFound(_ kind: String, _ name: String, among names: [String]) -> Int32 {
        Console.standard.report(self.missing(kind, name, among: names))
    }

    private static func missing(_ kind: String, _ name: String, among names: [String]) -> Failure {
        let near = closest(to: name, among: names).map { "did you mean \($0)?" }
        return Failure(
            .notFound,
            "there is no \(kind) \"\(name)\"",
            hints: [near ?? "there are: \(names.joined(separator: ", "))"]
        )
    }
}
