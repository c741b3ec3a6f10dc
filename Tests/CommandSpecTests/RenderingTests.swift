import CommandSpec
import JSON
import Testing

@Suite("What a specification renders")
struct RenderingTests {
    @Test("a specification without mistakes has no problems, and one with them names each")
    func problems() {
        #expect(Sample.program.problems.isEmpty)
        let command = Command(
            "c",
            "do",
            groups: [FlagGroup("F", Flag(toggle: "a", short: "q", "Quiet"), Flag(toggle: "a", "Again."))],
            globals: [Flag(toggle: "lost", "Lost.")]
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
            commandGroups: [CommandGroup("d", aliases: ["c"], "s", description: [], [])],
            exitCodes: [:]
        )
        #expect(
            program.problems == [
                "c names two commands", "c takes --lost, which is no flag of the program",
                "the help of --a is no sentence", "-q is --quiet and --a", "--a is declared twice",
            ]
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
        #expect(Sample.program.help(for: nil).contains("  make          make a thing\n"))
        #expect(Sample.program.help(for: nil).contains("  box           boxes of things: ls open shut\n"))
        #expect(help.contains("Fields of the output (tool schema thing):\n  id note\n"))
        #expect(Sample.program.exitCodeHelp == "  0           Success.\n  2           Usage.\n")
    }

    @Test("a manual page has every flag, and no line that roff would take for a request")
    func manual() {
        let pages = Sample.program.manPages
        #expect(pages.map(\.file) == ["tool.1", "tool-make.1", "tool-box.1"])
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
        for command in ["make", "list", "box", "open", "shut", "every"] { #expect(script.contains(command)) }
    }

    @Test("help of a group has its verbs, of a verb only the flags that mean something")
    func groups() throws {
        let group = try #require(Sample.program.group(named: "boxes"))
        let help = Sample.program.help(for: .group(group))
        #expect(help.contains("usage: tool box VERB [FLAGS] [ARGUMENTS]"))
        #expect(help.contains("  open NAME                 open a box\n"))
        let shut = try #require(group.command(named: "shut"))
        #expect(!Sample.program.help(for: shut).contains("--quiet"))
        let ls = try #require(group.command(named: "ls"))
        #expect(Sample.program.help(for: ls).contains("-e, --every[=DURATION]"))
        #expect(Sample.program.help(for: ls).contains("--quiet"))
    }

    @Test("a group's page has every verb with its flags and the fields of their output")
    func groupManual() throws {
        let page = try #require(Sample.program.manPages.first { $0.file == "tool-box.1" }).text
        #expect(page.contains(".B tool box open\n[\\fIFLAGS\\fR] NAME\n"))
        #expect(page.contains(".SS open NAME\nOpen a box.\n.PP\nOpens it.\n"))
        #expect(page.contains("\\fB\\-e\\fR, \\fB\\-\\-every\\fR[=\\fIDURATION\\fR]"))
        #expect(page.contains(".SS box.list\n"))
    }

    @Test("the tree for programs has every command with its effect")
    func tree() {
        guard case .array(let commands)? = Sample.program.specificationJSON["commands"] else { return }
        #expect(
            commands.map { $0["path"]?.text } == [
                "[\"make\"]", "[\"list\"]", "[\"box\",\"ls\"]", "[\"box\",\"open\"]", "[\"box\",\"shut\"]",
            ]
        )
        #expect(commands[3]["effect"]?.text == "\"destroy\"" && commands[4]["global_flags"]?.text == "[]")
    }

    @Test("an envelope's schema has the object's within, and the object's own is bare")
    func envelopes() {
        let list = OutputSchema("box", version: 1, envelope: .list, [.init("id", .string, "Its name.")])
        #expect(list.identifier == "fluxmq.box.list/1" && list.item.identifier == "fluxmq.box/1")
        #expect(list.jsonSchema["properties"]?["items"]?["items"]?["required"]?.text == "[\"id\"]")
        let show = OutputSchema("box", version: 1, envelope: .show, [.init("id", .string, "Its name.")])
        #expect(show.jsonSchema["properties"]?["item"]?["required"]?.text == "[\"id\"]")
        #expect(show.jsonSchema["required"]?.text == "[\"schema\",\"node\",\"at\",\"item\"]")
    }

    @Test("a JSON Schema requires what is not optional")
    func schema() throws {
        let schema = try #require(Sample.program.command(named: "make")?.output).jsonSchema
        #expect(schema["required"]?.text == #"["id"]"#)
        #expect(schema["properties"]?["note"]?.text == #"{"type":"string","description":"Text."}"#)
        #expect(schema["$id"]?.text == #""urn:fluxmq.thing:1""#)
    }
}
