import CommandSpec
import JSON
import Protobuf
import Query

/// What a list is about: its columns, which of them tables show, and what its JSON is called.
struct RowType: Sendable {
    /// As schemas are named: `connection`.
    let name: String
    let plural: String
    let columns: [Column]
    /// Columns of a table, and of a wide one.
    let table: [String]
    let wide: [String]

    init(_ name: String, plural: String, _ columns: [Column], table: [String]? = nil, wide: [String]? = nil) {
        self.name = name
        self.plural = plural
        self.columns = columns
        self.table = table ?? columns.map(\.name)
        self.wide = wide ?? columns.map(\.name)
    }

    var listSchema: OutputSchema { OutputSchema(self.name, version: 1, envelope: .list, self.fields) }
    var showSchema: OutputSchema { OutputSchema(self.name, version: 1, envelope: .show, self.fields) }
    var schema: OutputSchema { self.listSchema.item }

    private var fields: [OutputSchema.Field] {
        self.columns.map { OutputSchema.Field($0.name, $0.kind, optional: $0.isOptional, $0.help) }
    }

    func index(of name: String) -> Int? { self.columns.firstIndex { $0.name == name } }
}

/// A row's values, in the order of its type's columns.
struct Record: Sendable {
    var values: [Datum]

    init(_ values: [Datum]) { self.values = values }

    /// The columns chosen, in the order of the choice; what is absent is left out.
    func json(_ type: RowType, _ columns: [Int], safeIntegers: Bool) -> JSONValue {
        var members: [(String, JSONValue)] = []
        members.reserveCapacity(columns.count)
        for index in columns {
            guard let value = self.values[index].json(safeIntegers: safeIntegers) else { continue }
            members.append((type.columns[index].name, value))
        }
        return .object(members)
    }
}

extension RowType {
    /// The columns that `--columns` chooses: `a,b` exactly these, `-c` without one, `+d` with one more.
    ///
    /// - Parameter shown: What is shown without the flag.
    /// - Returns: Indices into ``columns``; not empty.
    func choose(_ text: String, from shown: [Int], command: String) throws(Failure) -> [Int] {
        var chosen: [Int]?
        for piece in text.split(separator: ",") {
            let sign = piece.first.map { "+-".contains($0) ? $0 : " " } ?? " "
            let name = String(sign == " " ? piece : piece.dropFirst())
            guard let index = self.index(of: name) else {
                throw .usage(
                    command,
                    "--columns: \(self.plural) have no \"\(name)\"",
                    hint: closest(to: name, among: self.columns.map(\.name)).map { "did you mean \($0)?" }
                        ?? "there are: \(self.columns.map(\.name).joined(separator: ", "))"
                )
            }
            switch sign {
            case "-": chosen = (chosen ?? shown).filter { $0 != index }
            case "+": chosen = (chosen ?? shown).filter { $0 != index } + [index]
            default: chosen = (chosen ?? []).filter { $0 != index } + [index]
            }
        }
        guard let chosen, !chosen.isEmpty else { throw .usage(command, "--columns leaves no column") }
        return chosen
    }
}
