import CommandSpec
import Testing

/// A small program with a flag of each kind.
enum Sample {
    static let level = Flag("level", short: "L", .integer("N", in: 0...9), "Level.")
    static let wait = Flag("wait", .duration("DURATION"), default: "5s", "Time to wait.")
    static let keep = Flag(toggle: "keep", short: "k", "Keep it.")
    static let tag = Flag(repeated: "tag", short: "t", .string("TAG"), "Tags.")
    static let zero = Flag(toggle: "null", short: "0", "Zero bytes.")
    static let quiet = Flag(
        counted: "quiet",
        short: "q",
        misreading: Misreading(for: "level", ["1", "2"]),
        "Less talk."
    )
    static let every = Flag("every", short: "e", .duration("DURATION"), bare: "2s", "Again and again.")
    static let name = Positional(.string("NAME"), "A name.")
    static let rest = Positional(rest: .string("ITEM"), "Items.")

    static let program = Program(
        "tool",
        version: "1.2",
        section: 1,
        date: "2026-01-01",
        summary: "do things",
        description: ["It's a tool.", ".dots and 'quotes' begin lines."],
        groups: [FlagGroup("Global flags", quiet)],
        commands: [
            Command(
                "make",
                "make a thing",
                description: ["Makes a thing."],
                positionals: [name, rest],
                groups: [FlagGroup("Making", level, wait, keep, tag, zero)],
                examples: [Example("tool make -L1 'a b' | cat", "Make one")],
                output: OutputSchema(
                    "thing",
                    version: 1,
                    [.init("id", .integer, "Its number."), .init("note", .string, optional: true, "Text.")]
                )
            ) { _ in 0 },
            Command("list", "list things") { _ in 0 },
        ],
        commandGroups: [
            CommandGroup(
                "box",
                aliases: ["boxes", "b"],
                "boxes of things",
                description: ["A box has things in it."],
                [
                    Command("ls", "list boxes", groups: [FlagGroup("Rows", every)]) { _ in 0 },
                    Command(
                        "open",
                        "open a box",
                        description: ["Opens it."],
                        effect: .destroy,
                        positionals: [name],
                        groups: [FlagGroup("Opening", keep)],
                        output: OutputSchema("box", version: 1, envelope: .list, [.init("id", .string, "Its name.")])
                    ) { _ in 0 },
                    Command("shut", "shut a box", globals: []) { _ in 0 },
                ]
            )
        ],
        exitCodes: ["0": "Success.", "2": "Usage."],
        glossaries: [Glossary("ENVIRONMENT", ["TOOL_HOME": "Where things are."])]
    )

    static let daemon = Program(
        "toold",
        version: "1.2",
        section: 8,
        date: "2026-01-01",
        summary: "serve things",
        description: ["Serves things."],
        groups: [
            FlagGroup(
                "Flags",
                Flag("config", .file("FILE"), "Configuration."),
                Flag(repeated: "set", .string("KEY=VALUE"), "Override.")
            )
        ],
        exitCodes: ["0": "Success.", "64": "Usage."]
    )

    static func arguments(_ line: String...) throws -> Arguments {
        guard case .run(_, let arguments) = try self.program.parse(line) else { throw UsageError("help") }
        return arguments
    }
}

@Suite("Command line")
struct ParserTests {
    @Test(
        "flags and values are found however they are written",
        arguments: [
            ["make", "x", "-L", "3", "-k"], ["make", "-L3", "-k", "x"], ["make", "-kL3", "x"],
            ["-q", "make", "--level=3", "--keep", "x"],
            ["make", "x", "--level", "3", "--keep", "-q"], ["make", "-k", "-L=3", "--", "x"],
        ]
    )
    func spellings(_ line: [String]) throws {
        guard case .run(let command, let arguments) = try Sample.program.parse(line) else { throw UsageError("help") }
        #expect(command?.name == "make")
        #expect(arguments[Sample.level] == 3)
        #expect(arguments[Sample.keep])
        #expect(arguments[Sample.name] == "x")
    }

    @Test("what is not given has its default, or nothing")
    func defaults() throws {
        let arguments = try Sample.arguments("make", "x")
        #expect(arguments[Sample.wait] == .seconds(5))
        #expect(arguments[Sample.level] == nil)
        #expect(arguments[Sample.tag].isEmpty)
        #expect(arguments[Sample.quiet] == 0)
        #expect(!arguments.isGiven(Sample.wait))
    }

    @Test("repeated flags keep their order, counted ones their number")
    func repeats() throws {
        let arguments = try Sample.arguments("make", "-qq", "-ta", "--tag=b=c", "x", "-q")
        #expect(arguments[Sample.tag] == ["a", "b=c"])
        #expect(arguments[Sample.quiet] == 3)
    }

    @Test("a negative number is an argument, and -0 is a flag that exists")
    func numbers() throws {
        let arguments = try Sample.arguments("make", "x", "-21.5", "-0", "-0.5", "", "-")
        #expect(arguments[Sample.rest] == ["-21.5", "-0.5", "", "-"])
        #expect(arguments[Sample.zero])
    }

    @Test("after -- nothing is a flag")
    func endOfFlags() throws {
        #expect(try Sample.arguments("make", "--", "-k", "--keep")[Sample.name] == "-k")
    }

    @Test("a program without commands takes flags only")
    func daemon() throws {
        guard case .run(nil, _) = try Sample.daemon.parse(["--config", "f", "--set", "a=1", "--set", "b=2"]) else {
            throw UsageError("")
        }
        #expect(throws: UsageError("unexpected argument \"x\"", hints: ["see: toold --help"])) {
            try Sample.daemon.parse(["x"])
        }
    }

    @Test(
        "help is found before anything is missing",
        arguments: [
            (["make", "--help"], "tool make"), (["make", "-h"], "tool make"), (["-h"], "tool"),
            (["box", "-h"], "tool box"),
            (["boxes", "open", "--help"], "tool box open"),
        ]
    )
    func help(_ line: [String], _ subject: String) throws {
        guard case .help(let found) = try Sample.program.parse(line) else { throw UsageError("no help") }
        #expect(Sample.program.help(for: found).hasPrefix("\(subject): "))
    }

    @Test("a noun has its verbs, in each of its spellings", arguments: ["box", "boxes", "b"])
    func groups(_ noun: String) throws {
        guard case .run(let command?, let arguments) = try Sample.program.parse(["-q", noun, "open", "x", "-k"]) else {
            throw UsageError("no command")
        }
        #expect(command.path == "box open" && arguments[Sample.name] == "x" && arguments[Sample.keep])
        #expect(arguments[Sample.quiet] == 1)
    }

    @Test(
        "a flag whose value may be left out takes none that is not attached",
        arguments: [
            (["box", "ls", "-e"], Duration.seconds(2)), (["box", "ls", "--every"], .seconds(2)),
            (["box", "ls", "--every=5s"], .seconds(5)), (["box", "ls", "-e5s"], .seconds(5)),
            (["box", "ls", "-eq"], .seconds(2)),
        ]
    )
    func optionalValues(_ line: [String], _ expected: Duration) throws {
        guard case .run(_, let arguments) = try Sample.program.parse(line) else { throw UsageError("no command") }
        #expect(arguments[Sample.every] == expected)
    }

    static let wrongLines: [([String], String, [String])] = [
        ([], "which command?", ["see: tool help"]),
        (["mkae"], "unknown command \"mkae\"", ["did you mean \"make\"?", "see: tool help"]),
        (["\u{1B}[2J"], "unknown command \"\\x1b[2J\"", ["see: tool help"]),
        (["make"], "NAME is missing", ["see: tool help make"]),
        (["list", "x"], "unexpected argument \"x\"", ["see: tool help list"]),
        (["make", "x", "--keap"], "unknown flag --keap", ["did you mean --keep?", "see: tool help make"]),
        (["make", "x", "-K"], "unknown flag -K", ["did you mean -k (--keep)?", "see: tool help make"]),
        (["make", "x", "--keep=1"], "--keep takes no value", ["see: tool help make"]),
        (["make", "x", "--level"], "--level needs a value: -L, --level N", ["see: tool help make"]),
        (["make", "x", "-L1", "-L2"], "--level is given twice", ["see: tool help make"]),
        (["make", "x", "-L", "10"], "--level \"10\" is not a whole number from 0 to 9", ["see: tool help make"]),
        (
            ["box"], "box: which verb?",
            ["ls    list boxes", "open  open a box", "shut  shut a box", "see: tool help box"]
        ),
        (["bxo", "ls"], "unknown command \"bxo\"", ["did you mean \"box\"?", "see: tool help"]),
        (["box", "oepn"], "unknown verb \"oepn\" of box", ["did you mean \"open\"?", "see: tool help box"]),
        (["box", "zzzzzz"], "unknown verb \"zzzzzz\" of box", ["there are: ls, open, shut", "see: tool help box"]),
        (
            ["open", "box"], "unknown command \"open\"",
            ["the noun comes first, as in: tool box open", "see: tool help"]
        ),
        (["box", "open"], "NAME is missing", ["see: tool help box open"]),
        (
            ["make", "x", "-q", "1"], "-q is --quiet here",
            ["did you mean --level 1 (-L 1)?", "see: tool help make"]
        ),
        (["box", "shut", "-q"], "--quiet has no meaning here", ["see: tool help box shut"]),
        (
            ["--every", "box", "ls"], "--every belongs after its command",
            ["as in: tool box ls --every", "see: tool help"]
        ),
        (
            ["box", "ls", "--every=5"], "--every \"5\" is not a duration",
            ["give it a unit: 5s", "see: tool help box ls"]
        ),
        (
            ["make", "x", "--wait", "5"], "--wait \"5\" is not a duration",
            ["give it a unit: 5s", "see: tool help make"]
        ),
        (["--keep", "make", "x"], "--keep belongs after its command", ["as in: tool make --keep", "see: tool help"]),
        (["-k", "make", "x"], "-k belongs after its command", ["as in: tool make -k", "see: tool help"]),
    ]

    @Test("a word behind a letter that others give a value is only an error where it could be that value")
    func misreading() throws {
        for line in [
            ["make", "x", "-q", "3"], ["make", "-q", "x", "1"], ["make", "x", "-qq", "1"],
            ["make", "x", "--quiet", "1"],
            ["make", "x", "-q", "--", "1"], ["box", "open", "-q", "1"],
        ] {
            #expect(throws: Never.self) { _ = try Sample.program.parse(line) }
        }
    }

    @Test("a mistake is named with what to do about it", arguments: wrongLines)
    func mistakes(_ line: [String], _ message: String, _ hints: [String]) {
        #expect(throws: UsageError(message, hints: hints)) { try Sample.program.parse(line) }
    }
}
