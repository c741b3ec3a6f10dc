/// A command line with what it does, for help and man page; the line is tried in a test.
package struct Example: Sendable {
    package let line: String
    package let text: String

    package init(_ line: String, _ text: String) {
        self.line = line
        self.text = text
    }
}

/// A list of terms and what they mean: exit codes, environment variables, files, signals.
package struct Glossary: Sendable {
    /// As a heading of the man page: `ENVIRONMENT`.
    package let title: String
    package let entries: [(term: String, text: String)]

    package init(_ title: String, _ entries: KeyValuePairs<String, String>) {
        self.title = title
        self.entries = entries.map { (term: $0.key, text: $0.value) }
    }
}

/// What a command does to the broker.
package enum Effect: String, Sendable {
    case read, write
    /// Takes something away that does not come back by itself.
    case destroy
}

/// One command: the parser's rules, the words of its help and man page, and what runs it.
package struct Command: Sendable {
    package typealias Handler = @Sendable (Arguments) async -> Int32

    /// One word: `pub`, or the verb of a group: `ls`.
    package let name: String
    /// The noun that comes before the verb: `conn`; nil for a command that stands alone.
    package fileprivate(set) var group: String?
    /// Half a sentence without a capital and a full stop: `publish messages`.
    package let summary: String
    /// Paragraphs.
    package let description: [String]
    package let effect: Effect
    package let positionals: [PositionalSpec]
    package let groups: [FlagGroup]
    /// Names of the program's flags that mean something here; nil for all. The others are refused.
    package let globals: Set<String>?
    /// Parts of the man page after the flags.
    package let glossaries: [Glossary]
    package let examples: [Example]
    /// What it writes to standard output in machine formats.
    package let output: OutputSchema?
    /// Runs it and says with which code to exit.
    package let run: Handler

    package init(
        _ name: String,
        _ summary: String,
        description: [String] = [],
        effect: Effect = .read,
        positionals: [any AnyPositional] = [],
        groups: [FlagGroup] = [],
        globals: [any AnyFlag]? = nil,
        glossaries: [Glossary] = [],
        examples: [Example] = [],
        output: OutputSchema? = nil,
        run: @escaping Handler
    ) {
        self.name = name
        self.summary = summary
        self.description = description
        self.effect = effect
        self.positionals = positionals.map { $0.spec }
        self.groups = groups
        self.globals = globals.map { Set($0.map { $0.spec.name }) }
        self.glossaries = glossaries
        self.examples = examples
        self.output = output
        self.run = run
    }

    package var flags: [FlagSpec] { self.groups.flatMap(\.flags) }

    /// As it is typed: `conn ls`.
    package var path: String { self.group.map { "\($0) \(self.name)" } ?? self.name }

    package func takes(_ global: FlagSpec) -> Bool { self.globals?.contains(global.name) ?? true }
}

/// A noun with its verbs: `conn` with `ls`, `show` and `close`.
package struct CommandGroup: Sendable {
    /// Singular: `conn`.
    package let name: String
    /// Other spellings: the plural and one short one.
    package let aliases: [String]
    /// Half a sentence: `connections of clients`.
    package let summary: String
    /// Paragraphs.
    package let description: [String]
    package let commands: [Command]
    /// Parts of the man page after the verbs.
    package let glossaries: [Glossary]

    package init(
        _ name: String,
        aliases: [String] = [],
        _ summary: String,
        description: [String],
        glossaries: [Glossary] = [],
        _ commands: [Command]
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.description = description
        self.glossaries = glossaries
        self.commands = commands.map { command in
            var command = command
            command.group = name
            return command
        }
    }

    package func command(named name: String) -> Command? { self.commands.first { $0.name == name } }

    package var names: [String] { [self.name] + self.aliases }
}

/// A whole program. One without commands (fluxd) has only flags and arguments.
package struct Program: Sendable {
    package let name: String
    package let version: String
    /// Of the manual: 1 for users' commands, 8 for daemons.
    package let section: Int
    /// Of the manual pages, ISO 8601.
    package let date: String
    package let summary: String
    package let description: [String]
    /// Of a program without commands.
    package let positionals: [PositionalSpec]
    /// Flags that every command takes, anywhere on the line.
    package let groups: [FlagGroup]
    /// Commands that stand alone.
    package let commands: [Command]
    package let commandGroups: [CommandGroup]
    package let exitCodes: Glossary
    package let glossaries: [Glossary]
    package let examples: [Example]
    /// Other pages: `fluxd.yaml(5)`.
    package let seeAlso: [String]

    package init(
        _ name: String,
        version: String,
        section: Int,
        date: String,
        summary: String,
        description: [String],
        positionals: [any AnyPositional] = [],
        groups: [FlagGroup],
        commands: [Command] = [],
        commandGroups: [CommandGroup] = [],
        exitCodes: KeyValuePairs<String, String>,
        glossaries: [Glossary] = [],
        examples: [Example] = [],
        seeAlso: [String] = []
    ) {
        self.name = name
        self.version = version
        self.section = section
        self.date = date
        self.summary = summary
        self.description = description
        self.positionals = positionals.map { $0.spec }
        self.groups = groups
        self.commands = commands
        self.commandGroups = commandGroups
        self.exitCodes = Glossary("EXIT STATUS", exitCodes)
        self.glossaries = glossaries
        self.examples = examples
        self.seeAlso = seeAlso
    }

    package var flags: [FlagSpec] { self.groups.flatMap(\.flags) }

    var hasCommands: Bool { !self.commands.isEmpty || !self.commandGroups.isEmpty }

    package func command(named name: String) -> Command? { self.commands.first { $0.name == name } }

    /// - Parameter name: Its name, plural or alias.
    package func group(named name: String) -> CommandGroup? { self.commandGroups.first { $0.names.contains(name) } }

    /// Those that stand alone, and those of every group.
    package var everyCommand: [Command] { self.commands + self.commandGroups.flatMap(\.commands) }

    /// The program's flags that mean something for a command, under their headings.
    package func groups(for command: Command) -> [FlagGroup] {
        self.groups.map { FlagGroup($0.title, specs: $0.flags.filter(command.takes)) }.filter { !$0.flags.isEmpty }
    }

    /// What is wrong with the specification itself; a test expects nothing.
    ///
    /// A word that names two commands, a flag that is declared twice within one, a short letter that stands for two flags, help
    /// without a full stop, a global flag that a command takes and nobody declares.
    package var problems: [String] {
        var problems: [String] = []
        var words: Set<String> = []
        for word in self.commands.map(\.name) + self.commandGroups.flatMap(\.names) where !words.insert(word).inserted {
            problems.append("\(word) names two commands")
        }
        for command in self.everyCommand {
            for name in (command.globals ?? []).sorted() where !self.flags.contains(where: { $0.name == name }) {
                problems.append("\(command.path) takes --\(name), which is no flag of the program")
            }
        }
        var letters: [Character: String] = ["h": "help"]
        for flags in [self.flags] + self.everyCommand.map({ self.flags + $0.flags }) {
            var names: Set<String> = ["help"]
            for flag in flags {
                if !names.insert(flag.name).inserted { problems.append("--\(flag.name) is declared twice") }
                if !flag.help.hasSuffix(".") { problems.append("the help of --\(flag.name) is no sentence") }
                guard let short = flag.short else { continue }
                if let other = letters.updateValue(flag.name, forKey: short), other != flag.name {
                    problems.append("-\(short) is --\(other) and --\(flag.name)")
                }
            }
        }
        return problems
    }
}
