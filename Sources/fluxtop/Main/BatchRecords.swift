import JSON
import Protobuf
import Terminal
import TopModel

/// Samples as csv, json or jsonl. Remembers what was printed: the header once, each event once.
struct BatchRecords {
    private let format: BatchFormat
    /// Whether a terminal reads: then what it would obey is made safe.
    private let isForTerminal: Bool
    private var hasHeader = false
    private var lastSeq: UInt64 = 0

    init(_ format: BatchFormat, isForTerminal: Bool) {
        self.format = format
        self.isForTerminal = isForTerminal
    }

    /// The sample's text, with a newline at its end; empty if there is nothing new in it.
    mutating func text(_ sample: TopBatch) -> String {
        let rows = self.newRows(of: sample)
        switch self.format {
        case .csv: return self.csv(sample.columns, rows)
        case .jsonl: return rows.map { self.object(sample, head: self.head(sample), $0).text + "\n" }.joined()
        case .json:
            let items = rows.map { self.object(sample, head: [], $0) }
            return JSONValue.object(self.head(sample) + [("items", .array(items))]).text + "\n"
        case .text: return ""
        }
    }

    /// Rows of a journal only those that were not there before; of a table all.
    private mutating func newRows(of sample: TopBatch) -> [[FieldValue]] {
        guard let place = sample.columns.firstIndex(of: "seq") else { return sample.rows }
        let last = self.lastSeq
        let rows = sample.rows.filter { ($0[place].unsigned ?? 0) > last }
        self.lastSeq = rows.compactMap { $0[place].unsigned }.max() ?? last
        return rows
    }

    private func head(_ sample: TopBatch) -> [(String, JSONValue)] {
        [("schema", .string(sample.schema)), ("at", sample.at?.text.map { .string($0) } ?? .null)]
    }

    private func object(_ sample: TopBatch, head: [(String, JSONValue)], _ row: [FieldValue]) -> JSONValue {
        // An event has a time of its own, which is what its record is about.
        .object(head.filter { !sample.columns.contains($0.0) } + zip(sample.columns, row).map { ($0, $1.json) })
    }

    private mutating func csv(_ columns: [String], _ rows: [[FieldValue]]) -> String {
        var lines = rows.map { row in row.map { self.cell($0) }.joined(separator: ",") }
        if !self.hasHeader, !columns.isEmpty {
            lines.insert(columns.joined(separator: ","), at: 0)
            self.hasHeader = true
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Source: RFC 4180 §2.
    private func cell(_ value: FieldValue) -> String {
        let text = self.isForTerminal ? safe(value.csv) : value.csv
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension FieldValue {
    /// Numbers and times as they are, nothing for what is unknown.
    fileprivate var csv: String {
        switch self {
        case .none: ""
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): String(value)
        case .string(let value): value
        case .bytes(let value): value.map { hexadecimal(UInt32($0), width: 2) }.joined()
        case .enumeration(let value): value
        case .timestamp(let value): value.text ?? ""
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .none: .null
        case .bool(let value): .bool(value)
        case .int(let value): Int(exactly: value).map { .integer($0) } ?? .string(String(value))
        case .uint(let value): Int(exactly: value).map { .integer($0) } ?? .string(String(value))
        case .double(let value): .number(value)
        case .string, .bytes, .enumeration, .timestamp: .string(self.csv)
        }
    }
}
