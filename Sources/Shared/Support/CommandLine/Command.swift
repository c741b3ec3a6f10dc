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

/// One command: the parser's rules, the words of its help and man page, and what runs it.
package struct Command: Sendable {
    package typealias Handler = @Sendable (Arguments) async -> Int32

    package let name: String
    /// Half a sentence without a capital and a full stop: `publish messages`.
    package let summary: String
    /// Paragraphs.
    package let description: [String]
    package let positionals: [PositionalSpec]
    package let groups: [FlagGroup]
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
        positionals: [any AnyPositional] = [],
        groups: [FlagGroup] = [],
        glossaries: [Glossary] = [],
        examples: [Example] = [],
        output: OutputSchema? = nil,
        run: @escaping Handler
    ) {
        self.name = name
        self.summary = summary
        self.description = description
        self.positionals = positionals.map { $0.spec }
        self.groups = groups
        self.glossaries = glossaries
        self.examples = examples
        self.output = output
        self.run = run
    }

    package var flags: [FlagSpec] { self.groups.flatMap(\.flags) }
}

/// A whole program. One without commands (fluxd) has only flags.
package struct Program: Sendable {
    package let name: String
    package let version: String
    /// Of the manual: 1 for users' commands, 8 for daemons.
    package let section: Int
    /// Of the manual pages, ISO 8601.
    package let date: String
    package let summary: String
    package let description: [String]
    /// Flags that every command takes, anywhere on the line.
    package let groups: [FlagGroup]
    package let commands: [Command]
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
        groups: [FlagGroup],
        commands: [Command] = [],
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
        self.groups = groups
        self.commands = commands
        self.exitCodes = Glossary("EXIT STATUS", exitCodes)
        self.glossaries = glossaries
        self.examples = examples
        self.seeAlso = seeAlso
    }

    package var flags: [FlagSpec] { self.groups.flatMap(\.flags) }

    package func command(named name: String) -> Command? { self.commands.first { $0.name == name } }

    /// What is wrong with the specification itself; a test expects nothing.
    ///
    /// A name that is used twice within one command, a short letter that stands for two flags, help without a full stop.
    package var problems: [String] {
        var problems: [String] = []
        var letters: [Character: String] = ["h": "help"]
        for flags in [self.flags] + self.commands.map({ self.flags + $0.flags }) {
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
