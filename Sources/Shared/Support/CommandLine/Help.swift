private let helpWidth = 80
private let helpColumn = 28

extension Program {
    /// What to type to read more: `fluxctl help pub`.
    package func helpCommand(for command: Command?) -> String {
        guard let command else { return self.commands.isEmpty ? "\(self.name) --help" : "\(self.name) help" }
        return "\(self.name) help \(command.name)"
    }

    /// The text of `--help` for a command, or for the program.
    package func help(for command: Command?) -> String {
        guard let command else { return self.help() }
        var lines = ["\(self.name) \(command.name): \(command.summary)", "", "usage: \(self.synopsis(of: command))"]
        lines += paragraphs(command.description)
        let described = command.positionals.filter { !$0.help.isEmpty }
        if !described.isEmpty {
            lines += ["", "Arguments:"] + described.flatMap { entry($0.name, $0.help) }
        }
        lines += (command.groups + self.groups).flatMap(groupLines)
        for glossary in command.glossaries {
            lines +=
                ["", "\(glossary.title.capitalizedHeading):"] + glossary.entries.flatMap { entry($0.term, $0.text) }
        }
        lines += exampleLines(command.examples)
        lines += ["", "Exit codes: \(self.name) help exit-codes"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The text of `help exit-codes`.
    package var exitCodeHelp: String {
        self.exitCodes.entries.flatMap { entry($0.term, $0.text, column: 14) }.joined(separator: "\n") + "\n"
    }

    /// `fluxctl pub [FLAGS] TOPIC [PAYLOAD]...`.
    package func synopsis(of command: Command) -> String {
        ([self.name, command.name, "[FLAGS]"] + command.positionals.map(\.usage)).joined(separator: " ")
    }

    private func help() -> String {
        let tail = self.commands.isEmpty ? "[FLAGS]" : "[FLAGS] COMMAND [ARGUMENTS]"
        var lines = ["\(self.name): \(self.summary)", "", "usage: \(self.name) \(tail)"]
        lines += paragraphs(self.description)
        if !self.commands.isEmpty {
            lines += ["", "Commands:"] + self.commands.flatMap { entry($0.name, $0.summary, column: 14) }
        }
        lines += self.groups.flatMap(groupLines)
        lines += exampleLines(self.examples)
        lines += ["", "Exit codes:"] + self.exitCodes.entries.flatMap { entry($0.term, $0.text, column: 14) }
        return lines.joined(separator: "\n") + "\n"
    }
}

private func paragraphs(_ paragraphs: [String]) -> [String] {
    paragraphs.flatMap { [""] + wrap($0, width: helpWidth) }
}

private func groupLines(_ group: FlagGroup) -> [String] {
    ["", "\(group.title):"] + group.flags.flatMap { entry(($0.short == nil ? "    " : "") + $0.usage, $0.help) }
}

private func exampleLines(_ examples: [Example]) -> [String] {
    examples.isEmpty ? [] : ["", "Examples:"] + examples.flatMap { ["  # \($0.text)", "  \($0.line)"] }
}

/// A term with its meaning beside it, or below it when the term is long.
private func entry(_ term: String, _ text: String, column: Int = helpColumn) -> [String] {
    let indent = String(repeating: " ", count: column)
    var lines = wrap(text, width: helpWidth - column).map { indent + $0 }
    if term.count + 4 <= column, let first = lines.first {
        lines[0] = "  " + term + String(repeating: " ", count: column - 2 - term.count) + first.dropFirst(column)
    } else {
        lines.insert("  " + term, at: 0)
    }
    return lines
}

extension String {
    /// `ENVIRONMENT` as help writes it: `Environment`.
    fileprivate var capitalizedHeading: String { self.prefix(1).uppercased() + self.dropFirst().lowercased() }
}
