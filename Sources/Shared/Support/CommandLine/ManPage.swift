extension Program {
    /// Every manual page that the specification yields, by file name: `fluxctl-pub.1`.
    ///
    /// A command has a page of its own when it has a description; what it is for is otherwise said on the program's page.
    package var manPages: [(file: String, text: String)] {
        let own = self.commands.filter { !$0.description.isEmpty }
        return [("\(self.name).\(self.section)", self.page())]
            + own.map { ("\(self.name)-\($0.name).\(self.section)", self.page(for: $0)) }
    }

    private func page() -> String {
        var page = Roff(title: self.name, program: self)
        page.name(self.name, self.summary)
        page.heading("SYNOPSIS")
        page.line(".B \(Roff.escape(self.name))")
        if self.commands.isEmpty {
            for flag in self.flags { page.line("[\(Roff.flag(flag))]") }
        } else {
            page.line("[\\fIFLAGS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]")
        }
        page.section("DESCRIPTION", paragraphs: self.description)
        if !self.commands.isEmpty {
            page.heading("COMMANDS")
            for command in self.commands {
                let see = command.description.isEmpty ? "" : " See \(self.name)-\(command.name)(\(self.section))."
                let usage = ([command.name] + command.positionals.map(\.usage)).joined(separator: " ")
                page.item(
                    Roff.bold(usage),
                    command.summary.prefix(1).uppercased() + command.summary.dropFirst() + "." + see
                )
            }
        }
        page.flags(self.groups, heading: self.commands.isEmpty ? "OPTIONS" : "GLOBAL FLAGS")
        page.glossary(self.exitCodes)
        self.glossaries.forEach { page.glossary($0) }
        page.examples(self.examples)
        let own = self.commands.filter { !$0.description.isEmpty }.map { "\(self.name)-\($0.name)(\(self.section))" }
        page.seeAlso(own + self.seeAlso)
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
        page.flags(self.groups, heading: "GLOBAL FLAGS")
        if let output = command.output {
            page.heading("OUTPUT FIELDS")
            page.paragraph("In machine formats, and in templates as {name}:")
            for field in output.fields { page.item(Roff.bold(field.name), field.help) }
        }
        command.glossaries.forEach { page.glossary($0) }
        page.glossary(self.exitCodes)
        page.examples(command.examples)
        let others = self.commands.filter { !$0.description.isEmpty && $0.name != command.name }
        page.seeAlso(["\(self.name)(\(self.section))"] + others.map { "\(self.name)-\($0.name)(\(self.section))" })
        return page.text
    }
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
        let long = self.bold("--\(flag.name)") + (flag.placeholder.map { " \(self.italic($0))" } ?? "")
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
