import CommandSpec
import Glibc
import Terminal
import Testing
import TopModel

@testable import fluxtop

@Suite("fluxtop's command line")
struct TopSetupTests {
    private static let terminal = Surroundings(
        environment: ["TERM": "xterm-256color"],
        inputIsTerminal: true,
        outputIsTerminal: true,
        isUTF8: true,
        isAmbiguousWide: false
    )

    private func setup(_ line: String, _ surroundings: Surroundings = terminal) throws -> TopSetup {
        let arguments = line.split(separator: " ").map(String.init)
        guard case .run(_, let flags) = try TopProgram.program.parse(arguments) else { throw UsageError("help") }
        return try TopSetup(flags, surroundings)
    }

    @Test("the specification has no fault, and no line of help is wider than a terminal")
    func specification() {
        #expect(TopProgram.program.problems == [])
        let help = TopProgram.program.help(for: .program)
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    /// `UPDATE_MAN=1` writes the page instead.
    @Test("man/fluxtop.1 is the page of the specification")
    func manualPage() throws {
        let page = try #require(TopProgram.program.manPages.first)
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(root)/man/\(page.file)"
        if getenv("UPDATE_MAN") != nil {
            let stream = try #require(fopen(path, "w"))
            fputs(page.text, stream)
            fclose(stream)
        }
        let stream = try #require(fopen(path, "r"))
        defer { fclose(stream) }
        var text: [UInt8] = []
        while case let byte = getc(stream), byte != EOF { text.append(UInt8(byte)) }
        #expect(String(decoding: text, as: UTF8.self) == page.text, "run the tests with UPDATE_MAN=1")
    }

    @Test("every example is a command line that is accepted", arguments: TopProgram.program.examples.map(\.line))
    func examples(_ line: String) throws {
        let words = line.dropFirst("fluxtop".count).split(separator: " ").map { word in word.filter { $0 != "'" } }
        _ = try TopProgram.program.parse(words)
    }

    @Test("without flags it is interactive, on the overview, once a second")
    func defaults() throws {
        let setup = try self.setup("")
        #expect(setup.mode == .interactive)
        #expect(setup.options.screen == .overview)
        #expect(setup.options.intervalMs == 1_000)
        #expect(setup.options.symbols == .block)
        #expect(setup.tier == .indexed256)
        #expect(setup.frame == ScreenSize(width: 80, height: 24))
    }

    @Test("short and long letters mean what they say")
    func flags() throws {
        let setup = try self.setup(
            "-s topics -d 0.5 -f messages>1 --sort -bytes --columns id,bytes --readonly --theme light --color never --symbols braille"
        )
        #expect(setup.options.screen == .topics)
        #expect(setup.options.intervalMs == 500)
        #expect(setup.options.filter == "messages>1")
        #expect(setup.options.sort == "-bytes")
        #expect(setup.options.columns == ["id", "bytes"])
        #expect(setup.options.readOnly)
        #expect(setup.options.symbols == .braille)
        #expect(setup.theme == .light)
        #expect(setup.tier == .mono)
    }

    @Test(
        "without a terminal on either side one frame is printed, whether fluxd answers or not",
        arguments: [(false, true), (true, false), (false, false)]
    )
    func noTerminal(_ input: Bool, _ output: Bool) throws {
        var surroundings = Self.terminal
        surroundings.inputIsTerminal = input
        surroundings.outputIsTerminal = output
        #expect(try self.setup("", surroundings).mode == .batch(.text, count: 1, mustConnect: false))
    }

    @Test(
        "-b prints until it is stopped or -N times, --once one time",
        arguments: [
            ("-b", TopSetup.Mode.batch(.text, count: nil, mustConnect: true)),
            ("-b -N 3 -o csv", .batch(.csv, count: 3, mustConnect: true)),
            ("--once", .batch(.text, count: 1, mustConnect: true)),
            ("--once -o jsonl", .batch(.jsonl, count: 1, mustConnect: true)),
        ]
    )
    func batches(_ line: String, _ mode: TopSetup.Mode) throws { #expect(try self.setup(line).mode == mode) }

    @Test(
        "what cannot be meant is refused",
        arguments: [
            "-N 3", "-o csv", "--once -N 3", "-d 0", "-d 0.1", "-d 61", "-d -1", "-d nan", "-d inf", "-d 0x1",
            "-s alerts",
            "--columns nosuch -s topics", "--sort nosuch -s topics", "--columns id", "--sort history -s topics",
            "-f x=1",
            "--theme pink", "--symbols stars", "--color maybe", "-b -N 0", "-b -o xml", "extra",
        ]
    )
    func refusals(_ line: String) { #expect(throws: UsageError.self) { try self.setup(line) } }

    @Test("what the environment says about the terminal is heeded")
    func environment() throws {
        var surroundings = Self.terminal
        surroundings.environment = ["TERM": "xterm-256color", "NO_COLOR": "1", "COLUMNS": "120", "LINES": "40"]
        surroundings.isUTF8 = false
        let setup = try self.setup("-b", surroundings)
        #expect(setup.tier == .mono)
        #expect(setup.options.symbols == .ascii)
        #expect(setup.frame == ScreenSize(width: 120, height: 40))
        surroundings.environment["COLUMNS"] = "a lot"
        surroundings.environment["LINES"] = "-3"
        #expect(try self.setup("-b", surroundings).frame == ScreenSize(width: 80, height: 24))
        surroundings.environment["TERM"] = "dumb"
        #expect(try self.setup("", surroundings).mode == .batch(.text, count: 1, mustConnect: false))
    }

    @Test("help for columns names every one of them, with a sentence")
    func columnHelp() throws {
        for line in ["--columns help", "--sort help -s topics"] {
            let arguments = line.split(separator: " ").map(String.init)
            guard case .run(_, let flags) = try TopProgram.program.parse(arguments) else { return }
            let help = try #require(TopSetup.columnHelp(flags))
            for column in TableKind.topics.columns { #expect(help.contains("  \(column.name) ")) }
            let entries = help.split(separator: "\n").filter { $0.hasPrefix("  ") }
            #expect(entries.allSatisfy { $0.hasSuffix(".") })
            #expect(help.contains("connections:") == !line.contains("topics"))
        }
    }

    @Test("an admin address that is none is refused before anything is drawn")
    func badAdmin() {
        #expect(throws: UsageError.self) { try AdminTarget("nonsense", [:]) }
        #expect(throws: UsageError.self) { try AdminTarget(nil, ["FLUXMQ_ADMIN": "ftp://x:1"]) }
    }

    @Test("the header names the host that is asked")
    func targetName() throws {
        #expect(try AdminTarget("http://broker.example:8082", [:]).name == "broker.example")
        #expect(try AdminTarget("unix:/tmp/a.sock", [:]).name == "local")
        #expect(try AdminTarget("unix:/tmp/a.sock", [:]).description == "unix:/tmp/a.sock")
    }
}
