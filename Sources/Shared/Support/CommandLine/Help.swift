private let helpWidth = 80
private let helpColumn = 28
private let nameColumn = 16

extension Program {
    /// What to type to read more: `fluxctl help pub`.
    package func helpCommand(for subject: HelpSubject) -> String {
        switch subject {
        case .program: self.hasCommands ? "\(self.name) help" : "\(self.name) --help"
        case .group(let group): "\(self.name) help \(group.name)"
        case .command(let command): "\(self.name) help \(command.path)"
        }
    }

    /// The text of `--help` for a command, or for the program.
    package func help(for command: Command?) -> String { self.help(for: command.map { .command($0) } ?? .program) }

    /// The text of `--help`.
    package func help(for subject: HelpSubject) -> String {
        switch subject {
        case .program: self.programHelp
        case .group(let group): self.groupHelp(group)
        case .command(let command): self.commandHelp(command)
        }
    }

    /// The text of `help exit-codes`.
    package var exitCodeHelp: String {
        self.exitCodes.entries.flatMap { entry($0.term, $0.text, column: 14) }.joined(separator: "\n") + "\n"
    }

    /// `fluxctl pub [FLAGS] TOPIC [PAYLOAD]...`.
    package func synopsis(of command: Command) -> String {
        ([self.name, command.path, "[FLAGS]"] + command.positionals.map(\.usage)).joined(separator: " ")
    }

    private var programHelp: String {
        let tail = ["[FLAGS]"] + (self.hasCommands ? ["COMMAND [ARGUMENTS]"] : self.positionals.map(\.usage))
        var lines = ["\(self.name): \(self.summary)", "", "usage: \(self.name) \(tail.joined(separator: " "))"]
        lines += paragraphs(self.description)
        if !self.positionals.isEmpty {
            lines += ["", "Arguments:"] + self.positionals.flatMap { entry($0.name, $0.help) }
        }
        if !self.commands.isEmpty {
            lines += ["", "Commands:"] + self.commands.flatMap { entry($0.name, $0.summary, column: nameColumn) }
        }
        if !self.commandGroups.isEmpty {
            lines += ["", "Groups, each with its verbs:"]
            for group in self.commandGroups {
                let verbs = group.commands.map(\.name).joined(separator: " ")
                lines += entry(group.name, "\(group.summary): \(verbs)", column: nameColumn)
            }
        }
        lines += self.groups.flatMap(groupLines)
        lines += exampleLines(self.examples)
        lines += ["", "Exit codes:"] + self.exitCodes.entries.flatMap { entry($0.term, $0.text, column: 14) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func groupHelp(_ group: CommandGroup) -> String {
        var lines = [
            "\(self.name) \(group.name): \(group.summary)", "",
            "usage: \(self.name) \(group.name) VERB [FLAGS] [ARGUMENTS]",
        ]
        if !group.aliases.isEmpty { lines += ["", "also written: \(group.aliases.joined(separator: ", "))"] }
        lines += paragraphs(group.description)
        lines += ["", "Verbs:"]
        for command in group.commands {
            let usage = ([command.name] + command.positionals.map(\.usage)).joined(separator: " ")
            lines += entry(usage, command.summary, column: helpColumn)
        }
        for glossary in group.glossaries { lines += glossaryLines(glossary) }
        lines += exampleLines(group.commands.flatMap(\.examples))
        lines += ["", "A verb's flags: \(self.name) help \(group.name) VERB"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func commandHelp(_ command: Command) -> String {
        var lines = ["\(self.name) \(command.path): \(command.summary)", "", "usage: \(self.synopsis(of: command))"]
        lines += paragraphs(command.description)
        let described = command.positionals.filter { !$0.help.isEmpty }
        if !described.isEmpty {
            lines += ["", "Arguments:"] + described.flatMap { entry($0.name, $0.help) }
        }
        lines += (command.groups + self.groups(for: command)).flatMap(groupLines)
        if let output = command.output {
            let names = output.fields.map(\.name).joined(separator: " ")
            lines += ["", "Fields of the output (\(self.name) schema \(output.item.name)):"]
            lines += wrap(names, width: helpWidth - 2).map { "  " + $0 }
        }
        for glossary in command.glossaries { lines += glossaryLines(glossary) }
        lines += exampleLines(command.examples)
        lines += ["", "Exit codes: \(self.name) help exit-codes"]
        return lines.joined(separator: "\n") + "\n"
    }
}

private func paragraphs(_ paragraphs: [String]) -> [String] {
    paragraphs.flatMap { [""] + wrap($0, width: helpWidth) }
}

private func groupLines(_ group: FlagGroup) -> [String] {
    ["", "\(group.title):"] + group.flags.flatMap { entry(($0.short == nil ? "    " : "") + $0.usage, $0.help) }
}

private func glossaryLines(_ glossary: Glossary) -> [String] {
    ["", "\(glossary.title.capitalizedHeading):"] + glossary.entries.flatMap { entry($0.term, $0.text) }
}

private func exampleLines(_ examples: [Example]) -> [String] {
    examples.isEmpty ? [] : ["", "Examples:"] + examples.flatMap { ["  # \($0.text)", "  \($0.line)"] }
}

/// A term with its meaning beside it, or below it when the term is long.
private func entry(_ term: String, _ text: String, column: Int = helpColumn) -> [String] {
    let indent = String(repeating: " ", count: column)
    var lines = wrap(text, width: helpWidth - column).map { indent + $0 }
    if term.count + 4 <= column, let first = lines.first {
        lines[0] = "  " + padded(term, to: column - 2) + first.dropFirst(column)
    } else {
        lines.insert("  " + term, at: 0)
    }
    return lines
}

extension String {
    /// `ENVIRONMENT` as help writes it: `Environment`.
    fileprivate var capitalizedHeading: String { self.prefix(1).uppercased() + self.dropFirst().lowercased() }
}
