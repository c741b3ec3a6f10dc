extension Program {
    /// Every manual page that the specification yields, by file name: `fluxctl-pub.1`.
    ///
    /// A group has a page, with all its verbs. A command that stands alone has one when it has a description; what it is for is
    /// otherwise said on the program's page.
    package var manPages: [(file: String, text: String)] {
        [("\(self.name).\(self.section)", self.page())]
            + self.commands.filter { !$0.description.isEmpty }.map { (self.file($0.name), self.page(for: $0)) }
            + self.commandGroups.map { (self.file($0.name), self.page(for: $0)) }
    }

    private func file(_ name: String) -> String { "\(self.name)-\(name).\(self.section)" }

    /// Pages of commands and groups, as SEE ALSO names them, but for one.
    private func otherPages(than name: String?) -> [String] {
        let names = self.commands.filter { !$0.description.isEmpty }.map(\.name) + self.commandGroups.map(\.name)
        return names.filter { $0 != name }.map { "\(self.name)-\($0)(\(self.section))" }
    }

    private func page() -> String {
        var page = Roff(title: self.name, program: self)
        page.name(self.name, self.summary)
        page.heading("SYNOPSIS")
        page.line(".B \(Roff.escape(self.name))")
        if !self.hasCommands {
            for flag in self.flags { page.line("[\(Roff.flag(flag))]") }
            for positional in self.positionals { page.line(Roff.escape(positional.usage)) }
        } else {
            page.line("[\\fIFLAGS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]")
        }
        page.section("DESCRIPTION", paragraphs: self.description)
        if !self.positionals.isEmpty {
            page.heading("ARGUMENTS")
            for positional in self.positionals { page.item(Roff.italic(positional.name), positional.help) }
        }
        if self.hasCommands {
            page.heading("COMMANDS")
            for command in self.commands {
                let see = command.description.isEmpty ? "" : " See \(self.name)-\(command.name)(\(self.section))."
                page.item(Roff.bold(command.usage), command.summary.asSentence + see)
            }
            for group in self.commandGroups {
                let verbs = group.commands.map(\.name).joined(separator: "|")
                let see = " See \(self.name)-\(group.name)(\(self.section))."
                page.item(Roff.bold("\(group.name) \(verbs)"), group.summary.asSentence + see)
            }
        }
        page.flags(self.groups, heading: self.hasCommands ? "GLOBAL FLAGS" : "OPTIONS")
        page.glossary(self.exitCodes)
        self.glossaries.forEach { page.glossary($0) }
        page.examples(self.examples)
        page.seeAlso(self.otherPages(than: nil) + self.seeAlso)
        return page.text
    }

    private func page(for command: Command) -> String {
        var page = Roff(title: "\(self.name)-\(command.name)", program: self)
        page.name("\(self.name)-\(command.name)", command.summary)
        page.heading("SYNOPSIS")
        page.line(".B \(Roff.escape("\(self.name) \(command.name)"))")
        page.line((["[\\fIFLAGS\\fR]"] + command.positionals.map { Roff.escape($0.usage) }).joined(separator: " "))
        page.section("DESCRIPTION", paragraphs: command.description)
        if !command.positionals.isEmpty {
            page.heading("ARGUMENTS")
            for positional in command.positionals { page.item(Roff.italic(positional.name), positional.help) }
        }
        page.flags(command.groups, heading: "FLAGS")
        page.flags(self.groups(for: command), heading: "GLOBAL FLAGS")
        if let output = command.output {
            page.heading("OUTPUT FIELDS")
            page.fields(of: output)
        }
        command.glossaries.forEach { page.glossary($0) }
        page.glossary(self.exitCodes)
        page.examples(command.examples)
        page.seeAlso(["\(self.name)(\(self.section))"] + self.otherPages(than: command.name))
        return page.text
    }

    private func page(for group: CommandGroup) -> String {
        var page = Roff(title: "\(self.name)-\(group.name)", program: self)
        page.name("\(self.name)-\(group.name)", group.summary)
        page.heading("SYNOPSIS")
        for (index, command) in group.commands.enumerated() {
            if index > 0 { page.line(".br") }
            page.line(".B \(Roff.escape("\(self.name) \(command.path)"))")
            page.line((["[\\fIFLAGS\\fR]"] + command.positionals.map { Roff.escape($0.usage) }).joined(separator: " "))
        }
        let names =
            group.aliases.isEmpty ? [] : ["The group is also written \(group.aliases.joined(separator: " or "))."]
        page.section("DESCRIPTION", paragraphs: group.description + names)
        page.heading("VERBS")
        for command in group.commands {
            page.line(".SS \(Roff.escape(command.usage))")
            page.paragraph(command.summary.asSentence)
            for text in command.description {
                page.line(".PP")
                page.paragraph(text)
            }
            for positional in command.positionals { page.item(Roff.italic(positional.name), positional.help) }
            for flag in command.flags { page.item(Roff.flag(flag), flag.help) }
        }
        // Most verbs of a group take the same global flags: each is explained once.
        let taken = self.flags.filter { flag in group.commands.contains { $0.takes(flag) } }
        page.flags([FlagGroup("Global flags", specs: taken)], heading: "GLOBAL FLAGS")
        var outputs: [OutputSchema] = []
        for output in group.commands.compactMap(\.output) where !outputs.contains(where: { $0.name == output.name }) {
            outputs.append(output)
        }
        for (index, output) in outputs.enumerated() {
            if index == 0 { page.heading("OUTPUT FIELDS") }
            page.line(".SS \(Roff.escape(output.name))")
            page.fields(of: output)
        }
        (group.glossaries + group.commands.flatMap(\.glossaries)).forEach { page.glossary($0) }
        page.glossary(self.exitCodes)
        page.examples(group.commands.flatMap(\.examples))
        page.seeAlso(["\(self.name)(\(self.section))"] + self.otherPages(than: group.name))
        return page.text
    }
}

extension Command {
    /// `close [ID]`.
    fileprivate var usage: String { ([self.name] + self.positionals.map(\.usage)).joined(separator: " ") }
}

extension String {
    /// `publish messages` as `Publish messages.`
    fileprivate var asSentence: String { self.prefix(1).uppercased() + self.dropFirst() + "." }
}

/// Writes man(7) that mandoc and groff have nothing to say about.
private struct Roff {
    private(set) var text: String

    init(title: String, program: Program) {
        self.text =
            ".\\\" Generated from the command specification; edit that.\n"
            + ".TH \(Self.escape(title.uppercased())) \(program.section) \(program.date) \"FluxMQ \(program.version)\" \"FluxMQ manual\"\n"
    }

    /// Plain text as roff shows it: hyphens that can be copied, no control characters of roff's own.
    static func escape(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    static func bold(_ text: String) -> String { "\\fB\(self.escape(text))\\fR" }
    static func italic(_ text: String) -> String { "\\fI\(self.escape(text))\\fR" }

    /// `-Q, --qos N` with its faces.
    static func flag(_ flag: FlagSpec) -> String {
        let value = flag.placeholder.map { text in
            flag.valueWhenBare == nil ? " \(self.italic(text))" : "[=\(self.italic(text))]"
        }
        let long = self.bold("--\(flag.name)") + (value ?? "")
        return flag.short.map { "\(self.bold("-\($0)")), \(long)" } ?? long
    }

    mutating func line(_ roff: String) { self.text += roff + "\n" }
    mutating func heading(_ title: String) { self.line(".SH \(title.contains(" ") ? "\"\(title)\"" : title)") }

    mutating func name(_ name: String, _ summary: String) {
        self.heading("NAME")
        self.line("\(Self.escape(name)) \\- \(Self.escape(summary))")
    }

    /// A paragraph, one source line for at most 76 characters.
    mutating func paragraph(_ text: String) {
        for line in wrap(text, width: 64) { self.line(Self.escape(line)) }
    }

    mutating func fields(of output: OutputSchema) {
        self.paragraph("In machine formats, and in templates as {name}:")
        for field in output.fields { self.item(Self.bold(field.name), field.help) }
    }

    mutating func section(_ title: String, paragraphs: [String]) {
        self.heading(title)
        for (index, paragraph) in paragraphs.enumerated() {
            if index > 0 { self.line(".PP") }
            self.paragraph(paragraph)
        }
    }

    mutating func item(_ roffTerm: String, _ text: String) {
        self.line(".TP")
        self.line(roffTerm)
        self.paragraph(text)
    }

    mutating func flags(_ groups: [FlagGroup], heading: String) {
        if groups.allSatisfy(\.flags.isEmpty) { return }
        self.heading(heading)
        for group in groups {
            if groups.count > 1 { self.line(".SS \(group.title)") }
            for flag in group.flags { self.item(Self.flag(flag), flag.help) }
        }
    }

    mutating func glossary(_ glossary: Glossary) {
        self.heading(glossary.title)
        for entry in glossary.entries { self.item(Self.bold(entry.term), entry.text) }
    }

    mutating func examples(_ examples: [Example]) {
        if examples.isEmpty { return }
        self.heading("EXAMPLES")
        for example in examples {
            self.line(".TP")
            self.line(Self.escape(example.text) + ":")
            self.line(".nf")
            self.line(Self.bold(example.line))
            self.line(".fi")
        }
    }

    mutating func seeAlso(_ pages: [String]) {
        if pages.isEmpty { return }
        self.heading("SEE ALSO")
        for (index, page) in pages.enumerated() {
            let parts = page.split(separator: "(", maxSplits: 1)
            let comma = index + 1 < pages.count ? "," : ""
            self.line(".BR \(Self.escape(parts[0])) (\(parts.last ?? "")\(comma)")
        }
    }
}
