import CommandSpec
import Testing

@Suite("What a specification renders")
struct RenderingTests {
    @Test("a specification without mistakes has no problems, and one with them names each")
    func problems() {
        #expect(Sample.program.problems.isEmpty)
        let command = Command(
            "c",
            "do",
            groups: [FlagGroup("F", Flag(toggle: "a", short: "q", "Quiet"), Flag(toggle: "a", "Again."))]
        ) { _ in 0 }
        let program = Program(
            "p",
            version: "1",
            section: 1,
            date: "",
            summary: "s",
            description: [],
            groups: [FlagGroup("G", Sample.quiet)],
            commands: [command],
            exitCodes: [:]
        )
        #expect(
            program.problems == ["the help of --a is no sentence", "-q is --quiet and --a", "--a is declared twice"]
        )
    }

    @Test("help names every flag and positional, and no line is wider than a terminal")
    func help() throws {
        let command = try #require(Sample.program.command(named: "make"))
        let help = Sample.program.help(for: command)
        for flag in command.flags + Sample.program.flags { #expect(help.contains(flag.usage)) }
        #expect(help.contains("usage: tool make [FLAGS] NAME [ITEM]..."))
        #expect(help.contains("Default: 5s."))
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(Sample.program.help(for: nil).contains("  make        make a thing\n"))
        #expect(Sample.program.exitCodeHelp == "  0           Success.\n  2           Usage.\n")
    }

    @Test("a manual page has every flag, and no line that roff would take for a request")
    func manual() {
        let pages = Sample.program.manPages
        #expect(pages.map(\.file) == ["tool.1", "tool-make.1"])
        for flag in ["keep", "level", "quiet"] { #expect(pages[1].text.contains("\\-\\-\(flag)")) }
        #expect(pages[1].text.contains("\\fBid\\fR\nIts number."))
        #expect(pages[0].text.contains("\n\\&.dots and \\(aqquotes\\(aq begin lines.\n"))
        #expect(Sample.daemon.manPages.map(\.file) == ["toold.8"])
        #expect(Sample.daemon.manPages[0].text.contains("[\\fB\\-\\-config\\fR \\fIFILE\\fR]"))
    }

    @Test("every completion has every flag", arguments: ["bash", "zsh", "fish"])
    func completion(_ shell: String) {
        let script =
            shell == "bash"
            ? Sample.program.bashCompletion
            : shell == "zsh" ? Sample.program.zshCompletion : Sample.program.fishCompletion
        for flag in ["keep", "level", "wait", "tag", "null", "quiet"] { #expect(script.contains(flag)) }
        for command in ["make", "list"] { #expect(script.contains(command)) }
    }

    @Test("a JSON Schema requires what is not optional")
    func schema() throws {
        let schema = try #require(Sample.program.command(named: "make")?.output).jsonSchema
        #expect(schema["required"]?.text == #"["id"]"#)
        #expect(schema["properties"]?["note"]?.text == #"{"type":"string","description":"Text."}"#)
        #expect(schema["$id"]?.text == #""urn:fluxmq.thing:1""#)
    }
}
