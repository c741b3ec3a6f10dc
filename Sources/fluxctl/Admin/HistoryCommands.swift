import AdminAPI
import CommandSpec
import Protobuf
import Terminal

/// The levels of events and log lines, as --level takes them; `warn` is the configuration's word for `warning`.
enum LevelName: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warn, warning, error, critical

    var level: AdminV1.Level { self == .warn ? .warning : AdminV1.Level(name: self.rawValue) ?? .unspecified }
}

/// What the key log.level can be set to. Not `critical`: errors are always logged.
enum LogThreshold: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warn, warning, error

    /// The configuration's word.
    var word: String { self == .warning ? "warn" : self.rawValue }
}

/// `fluxctl event` and `log`: what happened, from rings that the broker keeps.
enum HistoryCommands {
    private static let last = Flag(
        "last",
        .integer("N", in: 0...100_000),
        "Begin with so many of the newest. Default: 10, of ls 100."
    )
    private static let from = Flag("from-seq", .integer("N", in: 1...Int.max), "Begin with this sequence number.")
    private static let level = Flag("level", ValueType<LevelName>.choice("LEVEL"), "Only this level and graver ones.")
    private static let count = Flag("count", .integer("N", in: 1...Int.max), "Stop after so many.")
    private static let newLevel = Positional(maybe: ValueType<LogThreshold>.choice("LEVEL"), "The level to set.")

    private static let chosen = FlagGroup("Rows", last, from, level, ListFlags.filter)
    private static let tailed = FlagGroup("Rows", last, from, level, ListFlags.filter, count)

    static let eventMapping = RecordMapping<AdminV1.Event>(
        ["attributes": { (event: AdminV1.Event) in Datum(event.attributes) }]
    )
    static let logMapping = RecordMapping<AdminV1.LogRecord>(
        ["metadata": { (record: AdminV1.LogRecord) in Datum(record.metadata) }]
    )
    static let eventType = RowType(
        "event",
        plural: "events",
        eventMapping.columns,
        table: ["at", "level", "kind", "subject", "text"],
        wide: ["seq", "at", "level", "kind", "subject", "text", "identity", "node", "attributes"]
    )
    static let logType = RowType(
        "log",
        plural: "log records",
        logMapping.columns,
        table: ["at", "level", "message", "metadata"],
        wide: ["seq", "at", "level", "message", "metadata"]
    )

    static let events = CommandGroup(
        "event",
        aliases: ["events", "e"],
        "what happened: connections, takeovers, changes by administrators",
        description: [
            "The broker keeps the newest events. Each has a sequence number, so that a reader can go on where it stopped; what is no longer "
                + "kept is said on standard error."
        ],
        [
            .asking(
                "event ls",
                "list the newest events",
                groups: [chosen, ListFlags.shown],
                output: eventType.listSchema
            ) { (invocation) throws(Failure) in try runEvents(invocation, follows: false) },
            .asking(
                "event tail",
                "show events as they happen",
                groups: [tailed, ListFlags.shown],
                examples: [
                    Example("fluxctl event tail --filter 'kind=admin.do' -o jsonl", "Follow what administrators do"),
                    Example("fluxctl event tail --level warning", "Only what is grave"),
                ],
                output: eventType.schema,
                formats: [.table, .wide, .jsonl, .csv, .template]
            ) { (invocation) throws(Failure) in try runEvents(invocation, follows: true) },
        ]
    )

    static let log = CommandGroup(
        "log",
        aliases: ["logs"],
        "what the broker logs",
        description: ["The broker keeps its newest log records in memory, whatever becomes of its standard error."],
        [
            .asking(
                "log ls",
                "list the newest log records",
                groups: [chosen, ListFlags.shown],
                output: logType.listSchema
            ) { (invocation) throws(Failure) in try runLog(invocation, follows: false) },
            .asking(
                "log tail",
                "show log records as they are written",
                groups: [tailed, ListFlags.shown],
                examples: [
                    Example(
                        "fluxctl log tail --level warning --last 100",
                        "The newest hundred that are grave, and more"
                    )
                ],
                output: logType.schema,
                formats: [.table, .wide, .jsonl, .csv, .template]
            ) { (invocation) throws(Failure) in try runLog(invocation, follows: true) },
            .asking(
                "log level",
                "show or set the level from which on the broker logs",
                description: [
                    "Without LEVEL it shows the key log.level. What is set holds until the next reload or restart."
                ],
                effect: .write,
                positionals: [newLevel],
                groups: [ChangeFlags.change],
                examples: [Example("fluxctl log level debug --reason 'ticket 4711'", "Log more for a while")],
                output: Kinds.config.type.showSchema,
                formats: [.table, .json, .jsonl, .template]
            ) { (invocation) throws(Failure) in try runLevel(invocation) },
        ]
    )

    private static func runEvents(_ invocation: AdminInvocation, follows: Bool) throws(Failure) -> ExitCode {
        let arguments = invocation.arguments
        var request = AdminV1.EventsRequest()
        (request.fromSeq, request.last) = try self.start(invocation, follows: follows)
        request.follow = follows
        request.minLevel = arguments[self.level]?.level ?? .unspecified
        request.filter = arguments[ListFlags.filter] ?? ""
        var history = try HistoryWriter(invocation, self.eventType, follows: follows, count: arguments[self.count])
        try invocation.connect().events(request) { (response) throws(Failure) -> Bool in
            try history.show(response.events.map(self.eventMapping.record), lost: response.lost)
        }
        try history.end()
        return .success
    }

    private static func runLog(_ invocation: AdminInvocation, follows: Bool) throws(Failure) -> ExitCode {
        let arguments = invocation.arguments
        var request = AdminV1.LogRequest()
        (request.fromSeq, request.last) = try self.start(invocation, follows: follows)
        request.follow = follows
        request.minLevel = arguments[self.level]?.level ?? .unspecified
        request.filter = arguments[ListFlags.filter] ?? ""
        var history = try HistoryWriter(invocation, self.logType, follows: follows, count: arguments[self.count])
        try invocation.connect().log(request) { (response) throws(Failure) -> Bool in
            try history.show(response.records.map(self.logMapping.record), lost: response.lost)
        }
        try history.end()
        return .success
    }

    private static func start(
        _ invocation: AdminInvocation,
        follows: Bool
    ) throws(Failure) -> (fromSeq: UInt64, last: UInt32) {
        let arguments = invocation.arguments
        if arguments.isGiven(self.from), arguments.isGiven(self.last) {
            throw .usage(invocation.command, "the start is given twice: by --from-seq and by --last")
        }
        return (UInt64(arguments[self.from] ?? 0), UInt32(arguments[self.last] ?? (follows ? 10 : 100)))
    }

    private static func runLevel(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        guard let level = invocation.arguments[self.newLevel] else {
            for flag in ChangeFlags.change.flags where invocation.arguments.has(flag) {
                throw .usage(invocation.command, "--\(flag.name) has no meaning without LEVEL")
            }
            return try ShowRun.main(invocation, Kinds.config, id: "log.level")
        }
        var request = ChangeRun.request(invocation, .config, verb: "set")
        request.id = "log.level"
        request.arguments = ["value": level.word]
        let admin = try invocation.connect()
        let response = try admin.perform(request)
        invocation.console.banner(response.message.isEmpty ? "log.level: \(level.word)" : response.message)
        if invocation.console.format.isTable { return .success }
        return try ShowRun.main(invocation, Kinds.config, id: "log.level", from: admin)
    }
}

/// Writes events or log records as they come.
private struct HistoryWriter {
    private let console: Console
    private let type: RowType
    private let columns: [Int]
    private let follows: Bool
    private let count: Int?
    private var writer: ListWriter
    private var lines: GrowingTable?
    private var records: [Record] = []
    private var written = 0

    init(_ invocation: AdminInvocation, _ type: RowType, follows: Bool, count: Int?) throws(Failure) {
        self.console = invocation.console
        self.type = type
        self.columns = try invocation.columns(type)
        self.follows = follows
        self.count = count
        self.writer = ListWriter(self.console, type, columns: self.columns)
        if follows, self.console.format.isTable { self.lines = GrowingTable(self.console, type, columns: self.columns) }
    }

    /// - Returns: Whether more is wanted.
    mutating func show(_ records: [Record], lost: UInt64) throws(Failure) -> Bool {
        if lost > 0 { self.console.note("\(Quantity.exact(lost)) \(self.type.plural) are no longer kept") }
        guard self.follows else {
            self.records += records
            return true
        }
        let wanted = records.prefix((self.count ?? .max) - self.written)
        self.written += wanted.count
        if self.lines != nil {
            try self.console.write(self.lines?.bytes(Array(wanted)) ?? [])
        } else {
            try self.writer.begin(ListHead(at: currentTime()))
            for record in wanted { try self.writer.add(record) }
            try self.writer.flush()
        }
        return self.count.map { self.written < $0 } ?? true
    }

    /// Writes the whole list, when it is one.
    func end() throws(Failure) {
        if self.follows { return }
        try writeList(self.records, self.type, columns: self.columns, to: self.console)
    }
}

/// A table whose end nobody knows: its columns grow with what comes, and never shrink.
private struct GrowingTable {
    private let console: Console
    private let columns: [Column]
    private let indices: [Int]
    private var widths: [Int]
    private var hasHeader = false

    init(_ console: Console, _ type: RowType, columns: [Int]) {
        self.console = console
        self.indices = columns
        self.columns = columns.map { type.columns[$0] }
        self.widths = self.columns.map { displayWidth($0.title) }
    }

    mutating func bytes(_ records: [Record]) -> [UInt8] {
        var human = self.console.human
        human.now = currentTime()
        let rows = records.map { record in
            zip(self.indices, self.columns).map { human.text(record.values[$0], $1.unit) }
        }
        for row in rows {
            for (index, cell) in row.enumerated() { self.widths[index] = max(self.widths[index], displayWidth(cell)) }
        }
        var text = ""
        if !self.hasHeader, self.console.quiet < 2 { text += self.line(self.columns.map(\.title)) }
        self.hasHeader = true
        return Array((text + rows.map(self.line).joined()).utf8)
    }

    /// The last column is as long as its text: nothing stands to the right of it.
    private func line(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let alignment: Alignment = self.columns[index].isRightAligned ? .trailing : .leading
            line += isLast ? cell : fit(cell, self.widths[index], alignment) + "  "
        }
        return line + "\n"
    }
}
