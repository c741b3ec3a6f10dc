import CommandSpec
import JSON
import Protobuf
import Terminal

/// What a list's answer says besides its rows.
struct ListHead: Sendable {
    var node = ""
    var at = Timestamp()
    /// Rows before the filter, and those that it matched.
    var total: UInt64 = 0
    var totalMatched: UInt64 = 0
    /// Sums over the matched rows.
    var totals: Record?
}

/// Writes a list to standard output in one of the formats. Pages are written as they come; only a table, whose columns are as wide
/// as their widest cell, is kept until the end.
struct ListWriter {
    private let console: Console
    private let type: RowType
    /// Indices of the columns shown.
    private let columns: [Int]
    private let identity: Int
    private var human: HumanText
    private var rows: [[String]] = []
    private var output: [UInt8] = []
    private(set) var written = 0
    private var hasBegun = false

    init(_ console: Console, _ type: RowType, columns: [Int]) {
        self.console = console
        self.type = type
        self.columns = columns
        self.identity = type.index(of: "id") ?? 0
        self.human = console.human
    }

    /// Columns that a format shows when nobody chooses: those of tables, and everywhere else all.
    static func defaultColumns(_ type: RowType, _ format: OutputFormat) -> [Int] {
        switch format {
        case .table: type.table.compactMap { type.index(of: $0) }
        case .wide: type.wide.compactMap { type.index(of: $0) }
        default: Array(type.columns.indices)
        }
    }

    mutating func begin(_ head: ListHead) throws(Failure) {
        self.human.now = head.at
        if self.hasBegun { return }
        self.hasBegun = true
        switch self.console.format {
        case .json:
            let members: [(String, JSONValue)] = [
                ("schema", .string(self.type.listSchema.identifier)), ("node", .string(head.node)),
                ("at", .string(head.at.text)), ("total", .integer(Int(clamping: head.total))),
                ("total_matched", .integer(Int(clamping: head.totalMatched))), ("totals", self.totals(head.totals)),
            ]
            let text = JSONValue.object(members).text
            self.output += (text.dropLast() + ",\"items\":[").utf8
        case .csv where self.console.quiet < 2:
            let names = self.columns.map { self.type.columns[$0].name }
            self.output += csvLine(names, isTerminal: self.console.isTerminal).utf8
        default: break
        }
    }

    mutating func add(_ record: Record) throws(Failure) {
        self.written += 1
        switch self.console.format {
        case .table, .wide: self.rows.append(self.cells(record))
        case .json:
            self.output += (self.written == 1 ? "\n" : ",\n").utf8
            record.json(self.type, self.columns, safeIntegers: self.console.safeIntegers).write(to: &self.output)
        case .jsonl:
            record.json(self.type, self.columns, safeIntegers: self.console.safeIntegers).write(to: &self.output)
            self.output.append(UInt8(ascii: "\n"))
        case .csv:
            let cells = self.columns.map { record.values[$0].plainText }
            self.output += csvLine(cells, isTerminal: self.console.isTerminal).utf8
        case .name:
            let name = record.values[self.identity].plainText
            self.output += ((self.console.isTerminal ? safe(name) : name) + "\n").utf8
        case .template:
            let all = record.json(self.type, Array(self.type.columns.indices), safeIntegers: false)
            self.console.template?.render(all, raw: { _ in nil }, to: &self.output)
        }
        if self.output.count > 64 << 10 { try self.flush() }
    }

    /// - Parameter next: The cursor of the next page; empty when there is none.
    mutating func end(next: String) throws(Failure) {
        switch self.console.format {
        case .table, .wide: self.output += self.tableLines().map { $0 + "\n" }.joined().utf8
        case .json:
            let cursor: JSONValue = next.isEmpty ? .null : .string(next)
            self.output += "\n],\"next\":\(cursor.text)}\n".utf8
        default: break
        }
        try self.flush()
    }

    /// Lines of the table with the rows so far, which are forgotten.
    mutating func tableLines() -> [String] {
        let shown = self.columns.map { self.type.columns[$0] }
        let table = TableText(width: self.console.size?.width, isColoured: self.console.isColoured(.output))
        let human = self.human
        defer { self.rows = [] }
        return table.lines(
            headers: self.console.quiet < 2 ? shown.map { human.heading($0) } : nil,
            rows: self.rows,
            rightAligned: shown.map(\.isRightAligned)
        )
    }

    mutating func flush() throws(Failure) {
        if self.output.isEmpty { return }
        try self.console.write(self.output)
        self.output.removeAll(keepingCapacity: true)
    }

    private func cells(_ record: Record) -> [String] {
        self.columns.map { self.human.text(record.values[$0], self.type.columns[$0].unit) }
    }

    /// The sums of those shown columns that can be summed.
    private func totals(_ record: Record?) -> JSONValue {
        guard let record else { return .object([]) }
        let summed = self.columns.filter { self.type.columns[$0].isSummable }
        return record.json(self.type, summed, safeIntegers: self.console.safeIntegers)
    }
}
