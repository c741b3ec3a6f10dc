import AdminAPI
import CommandSpec
import Glibc
import Protobuf
import Terminal
import TopModel

/// What one run does, once command line, environment and terminal have been looked at.
struct TopSetup {
    enum Mode: Equatable {
        case interactive
        /// - Parameters:
        ///   - count: Samples to print; nil is all until somebody stops it.
        ///   - mustConnect: Whether not reaching fluxd is an error.
        case batch(BatchFormat, count: Int?, mustConnect: Bool)
    }

    var mode: Mode
    var options: TopOptions
    var admin: String?
    var theme: Theme
    var tier: ColorTier
    /// Of printed frames.
    var frame: ScreenSize

    init(_ flags: Arguments, _ surroundings: Surroundings) throws(UsageError) {
        self.mode = try Self.mode(flags, surroundings)
        self.admin = flags[TopProgram.admin]
        self.theme = flags[TopProgram.theme]
        self.tier = ColorTier.detected(
            flags[TopProgram.color],
            environment: surroundings.environment,
            isTerminal: surroundings.outputIsTerminal
        )
        self.frame = ScreenSize(
            width: surroundings.number("COLUMNS", in: 1...1_000) ?? 80,
            height: surroundings.number("LINES", in: 1...1_000) ?? 24
        )
        var options = TopOptions()
        options.screen = flags[TopProgram.screen].flatMap { TopScreen(name: $0) } ?? .overview
        options.filter = flags[TopProgram.filter] ?? ""
        options.sort = flags[TopProgram.sort] ?? ""
        options.columns = (flags[TopProgram.columns] ?? "").split(separator: ",").map(String.init)
        options.symbols = surroundings.symbols(flags[TopProgram.symbols])
        options.readOnly = flags[TopProgram.readOnly]
        options.intervalMs = flags[TopProgram.interval]
        self.options = options
        if let problem = options.problem {
            throw UsageError(safe(problem), hints: ["see: fluxtop -s \(options.screen.name) --columns help"])
        }
    }

    private static func mode(_ flags: Arguments, _ surroundings: Surroundings) throws(UsageError) -> Mode {
        let (batch, once) = (flags[TopProgram.batch], flags[TopProgram.once])
        let (count, format) = (flags[TopProgram.count], flags[TopProgram.output])
        if once, count ?? 1 != 1 { throw UsageError("--once is one sample, and -N says \(count ?? 1)", hints: seeHelp) }
        if !batch, !once {
            for flag in [TopProgram.count.spec, TopProgram.output.spec] where flags.has(flag) {
                throw UsageError("--\(flag.name) needs -b", hints: seeHelp)
            }
            if surroundings.isInteractive { return .interactive }
            return .batch(.text, count: 1, mustConnect: false)
        }
        return .batch(format, count: once ? 1 : count, mustConnect: true)
    }

    /// What `--sort help` and `--columns help` print; nil if neither was asked for.
    static func columnHelp(_ flags: Arguments) -> String? {
        guard flags[TopProgram.sort] == "help" || flags[TopProgram.columns] == "help" else { return nil }
        let screens = flags[TopProgram.screen].flatMap { TopScreen(name: $0) }.map { [$0] } ?? TopScreen.allCases
        let parts = screens.map { screen in
            guard let table = screen.table else { return "\(screen.name) has no columns to choose.\n" }
            let lines = table.columns.map {
                "  " + fit($0.name, 20) + "  " + fit($0.title, 8) + "  " + table.help(for: $0)
            }
            return "\(screen.name):\n" + lines.joined(separator: "\n") + "\n"
        }
        return parts.joined(separator: "\n")
    }
}

extension TableKind {
    /// The first sentence of what the protocol says about the field; where it says nothing, the name says it all.
    fileprivate func help(for column: TopColumn) -> String {
        if column.shape == .history {
            let what =
                switch self {
                case .queues: "Its depth"
                case .groups: "Its lag"
                case .connections, .sessions, .topics: "Messages a second"
                }
            return "\(what) over the last minute, as a graph; not for --sort."
        }
        let comment = self.fields.first { $0.name == column.name }?.comment ?? ""
        let line = comment.split(whereSeparator: \.isNewline).joined(separator: " ")
        if let end = line.firstRange(of: ". ") { return String(line[..<end.lowerBound]) + "." }
        return line.isEmpty ? sentence(column.name) : line
    }
}

/// `messages_in_per_s` as "Messages in a second."; units are what columns choose.
private func sentence(_ name: String) -> String {
    var words = name.split(separator: "_").map(String.init)
    if words.suffix(2) == ["per", "s"] { words.replaceSubrange((words.count - 2)..., with: ["a second"]) }
    if words.count > 1, words.last == "ms" { words.removeLast() }
    let text = words.joined(separator: " ")
    return text.prefix(1).uppercased() + text.dropFirst() + "."
}

private let seeHelp = ["see: fluxtop --help"]

/// What the process finds around it.
struct Surroundings {
    var environment: [String: String]
    var inputIsTerminal: Bool
    var outputIsTerminal: Bool
    /// Whether the locale's character set is UTF-8.
    var isUTF8: Bool
    /// Whether the locale gives characters of ambiguous width two cells.
    var isAmbiguousWide: Bool

    /// Takes the process' own, and sets its locale for what curses draws.
    static var current: Surroundings {
        let environment = processEnvironment()
        let isUTF8 = useCharacterSet(environment)
        return Surroundings(
            environment: environment,
            inputIsTerminal: isatty(STDIN_FILENO) == 1,
            outputIsTerminal: isatty(STDOUT_FILENO) == 1,
            isUTF8: isUTF8,
            isAmbiguousWide: isUTF8 && libraryWidth(of: "…") == 2
        )
    }

    var isInteractive: Bool { self.inputIsTerminal && self.outputIsTerminal && self.environment["TERM"] != "dumb" }

    func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
        self.environment[name].flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil }
    }

    func symbols(_ choice: SymbolChoice) -> SymbolSet {
        switch choice {
        case .braille: .braille
        case .block: .block
        case .ascii: .ascii
        case .auto:
            SymbolSet.suited(
                term: self.environment["TERM"] ?? "",
                isUTF8: self.isUTF8,
                isAmbiguousWide: self.isAmbiguousWide
            )
        }
    }
}

private func processEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        entry += 1
    }
    return result
}

/// - Returns: Whether it is UTF-8 that the environment asks for.
private func useCharacterSet(_ environment: [String: String]) -> Bool {
    if setlocale(LC_CTYPE, "") != nil {
        return nl_langinfo(Int32(CODESET)).map { String(cString: $0) } == "UTF-8"
    }
    // The locale is not installed here, as happens over ssh and in containers; its character set may be known all the same.
    let wanted = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let name = wanted.uppercased()
    return (name.hasSuffix(".UTF-8") || name.hasSuffix(".UTF8")) && setlocale(LC_CTYPE, "C.UTF-8") != nil
}
