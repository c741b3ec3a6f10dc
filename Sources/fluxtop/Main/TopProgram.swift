import CommandSpec
import Terminal
import TopModel

/// fluxtop's command line: one value is its parser, its help and its man page.
enum TopProgram {
    static let version = "0.1.0"

    static let admin = Flag(
        "admin",
        short: "a",
        .string("URL"),
        "Where fluxd answers: unix:/PATH, or tcp://HOST:PORT or http://HOST:PORT, where one may only look. Default: $FLUXMQ_ADMIN, "
            + "else the first fluxmq/admin.sock that exists in $XDG_RUNTIME_DIR, $XDG_STATE_HOME and /run."
    )
    static let interval = Flag(
        "interval",
        short: "d",
        .seconds,
        default: "1",
        "Time between two looks, in seconds: 0.2 to 60."
    )
    static let screen = Flag(
        "screen",
        short: "s",
        .word("NAME", of: TopScreen.allCases.map(\.name)),
        "The screen to begin with: \(TopScreen.allCases.map(\.name).joined(separator: ", ")). Default: overview."
    )
    static let filter = Flag(
        "filter",
        short: "f",
        .string("EXPR"),
        "Show only rows that match: 'protocol=mqtt5 buffered_bytes>64KiB | state=slow'. For every screen but the overview."
    )
    static let sort = Flag(
        "sort",
        .string("COLUMN"),
        "Order a list by this column, with - before it for the greatest first; help lists the columns."
    )
    static let columns = Flag(
        "columns",
        .string("NAME,..."),
        "Show these columns of a list in this order; help lists them."
    )
    static let theme = Flag(
        "theme",
        ValueType<Theme>.choice("NAME"),
        default: Theme.standard.rawValue,
        "Colours: \(Theme.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    static let symbols = Flag(
        "symbols",
        ValueType<SymbolChoice>.choice("SET"),
        default: SymbolChoice.auto.rawValue,
        "What graphs and frames are drawn with: braille, block, ascii; auto is block where the locale is UTF-8, and ascii elsewhere."
    )
    static let color = Flag(
        "color",
        ValueType<ColorChoice>.choice("WHEN"),
        default: ColorChoice.auto.rawValue,
        "Whether to use colours: auto, always, never; auto heeds NO_COLOR and what the terminal knows."
    )
    static let readOnly = Flag(toggle: "readonly", "Take away the keys that change something.")
    static let batch = Flag(
        toggle: "batch",
        short: "b",
        "Print samples instead of drawing; without -N until interrupted."
    )
    static let count = Flag(
        "count",
        short: "N",
        .integer("COUNT", in: 1...Int.max),
        "End after so many samples; with -b."
    )
    static let output = Flag(
        "output",
        short: "o",
        ValueType<BatchFormat>.choice("FORMAT"),
        default: BatchFormat.text.rawValue,
        "What -b prints: text draws frames, csv one line a row, json one document a sample, jsonl one object a row."
    )
    static let once = Flag(toggle: "once", "Print one frame; the same as -b -N 1.")
    static let showVersion = Flag(toggle: "version", "Print the version.")

    static let program = Program(
        "fluxtop",
        version: version,
        section: 1,
        date: "2026-11-22",
        summary: "watch a message broker at work",
        description: [
            "fluxtop shows what a running fluxd does: traffic, connections and sessions, queues and their consumer groups, topics, "
                + "events and log; and closes connections, holds and purges queues where it may. It asks fluxd only for what is on "
                + "the screen. Keys are listed by ?, q quits.",
            "If standard output or input is no terminal, one frame is printed. Without a connection fluxtop says so, and tries again "
                + "after 1, 2, 4, 8 and then every 15 seconds.",
        ],
        groups: [
            FlagGroup("What to show", admin, interval, screen, filter, sort, columns),
            FlagGroup("How to show it", theme, symbols, color, readOnly),
            FlagGroup("Without a terminal", batch, count, output, once),
            FlagGroup("Others", showVersion),
        ],
        exitCodes: [
            "0": "The operator quit, or all samples were printed.",
            "1": "The terminal cannot be used, output cannot be written, or fluxd refused what was asked.",
            "2": "Usage: a flag, a column or a filter that is none.",
            "7": "fluxd cannot be reached; only with -b or --once.",
            "129, 130, 143": "Ended by SIGHUP, SIGINT or SIGTERM.",
        ],
        glossaries: [
            Glossary(
                "SCREENS",
                [
                    "1 overview":
                        "Traffic of the last minute, the node, protocols, faults, slow clients, deep queues, busy topics, latest events.",
                    "2 connections":
                        "Who is connected, whoever takes messages too slowly first; o lists sessions instead, offline ones too.",
                    "3 queues": "What waits where, the most first, and why it needs looking after.",
                    "4 groups": "Consumer groups: their lag, whether it grows, and until when it is gone.",
                    "5 topics": "What is published to, the busiest first.",
                    "6 events": "What happened, and with Tab what fluxd logged, as it comes.",
                ]
            ),
            Glossary(
                "KEYS",
                [
                    "1-6": "Screens.",
                    "arrows, j k, PgUp PgDn, Home End, g G":
                        "Move. The cursor stays with its object when the order changes.",
                    "Enter, Esc": "Details of the object under the cursor; back, and without filter.",
                    "/": "Filter. Up and down recall earlier ones.",
                    "< >, left right, I": "Order by the column before or after; the other way around.",
                    "Space, U": "Tag a row for K or z; take all tags away.",
                    "K": "Close the connection under the cursor, or all that are tagged; asks first.",
                    "z":
                        "Hold the queue or group under the cursor, or all that are tagged; resume what is held. Asks first.",
                    "X": "Purge the queue under the cursor: asks for its name.",
                    "o": "Sessions in place of connections, and back.",
                    "Tab, v": "On events: the log and back; from which level on.",
                    "p": "Hold the picture; fluxd is asked on.",
                    "u": "Sizes in KiB, kB or bytes.",
                    "+ -": "Look less or more often.",
                    "r": "Connect at once, or ask again what failed.",
                    "?, F1": "The keys of the screen.",
                    "q, F10, Ctrl-C": "Quit.",
                ]
            ),
            Glossary(
                "ENVIRONMENT",
                [
                    "FLUXMQ_ADMIN": "Where fluxd answers when --admin is not given.",
                    "TERM, COLORTERM": "What the terminal can do; COLORTERM=truecolor says that it has all colours.",
                    "NO_COLOR": "If it is not empty, no colours; see --color.",
                    "LC_ALL, LC_CTYPE, LANG": "Whether characters beyond ASCII may be used.",
                    "COLUMNS, LINES": "Size of printed frames: 80 by 24 if unset.",
                ]
            ),
        ],
        examples: [
            Example("fluxtop", "Watch the fluxd on this machine."),
            Example("fluxtop -s connections -f 'state=slow' --sort -buffered_bytes", "Who takes messages too slowly."),
            Example(
                "fluxtop -b -N 1 -s groups -o csv --columns name,lag,drain_ms",
                "How far each group is behind."
            ),
            Example(
                "fluxtop -b -N 1 -s topics -o csv --columns id,messages_per_s",
                "The busiest topics, for a spreadsheet."
            ),
        ],
        seeAlso: ["fluxctl(1)", "fluxd(8)"]
    )
}

/// As `--symbols` takes it.
enum SymbolChoice: String, CaseIterable, Sendable {
    case auto, braille, block, ascii
}

/// What `-b` prints.
enum BatchFormat: String, CaseIterable, Sendable {
    case text, csv, json, jsonl
}

extension ValueType where Value == UInt32 {
    /// Seconds with or without a fraction, as milliseconds.
    fileprivate static var seconds: ValueType {
        ValueType("SECS") { (text: String) throws(ValueProblem) -> UInt32 in
            let digits = text.hasSuffix("s") ? text.dropLast() : Substring(text)
            let isPlain = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
            guard isPlain, let seconds = Double(digits), (0.2...60).contains(seconds) else {
                throw ValueProblem("is not a number of seconds from 0.2 to 60")
            }
            return UInt32((seconds * 1_000).rounded())
        }
    }
}
