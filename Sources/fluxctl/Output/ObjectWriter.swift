import CommandSpec
import JSON
import Protobuf
import Terminal

/// Writes a list that is whole: one that no server was asked for.
func writeList(_ records: [Record], _ type: RowType, columns: [Int]? = nil, to console: Console) throws(Failure) {
    var writer = ListWriter(console, type, columns: columns ?? ListWriter.defaultColumns(type, console.format))
    let count = UInt64(records.count)
    try writer.begin(ListHead(at: currentTime(), total: count, totalMatched: count))
    for record in records { try writer.add(record) }
    try writer.end(next: "")
}

/// Writes one object to standard output: `name: value` lines for people.
func writeObject(
    _ record: Record,
    _ type: RowType,
    columns: [Int],
    head: ListHead,
    to console: Console
) throws(Failure) {
    var output: [UInt8] = []
    switch console.format {
    case .table, .wide:
        var human = console.human
        human.now = head.at
        let names = columns.map { type.columns[$0].name + ":" }
        let width = names.map(\.count).max() ?? 0
        for (name, index) in zip(names, columns) {
            let value = human.text(record.values[index], type.columns[index].unit)
            output += "\(fit(name, width))  \(value)\n".utf8
        }
    case .json:
        JSONValue.object([
            ("schema", .string(type.showSchema.identifier)), ("node", .string(head.node)),
            ("at", .string(head.at.text)),
            ("item", record.json(type, columns, safeIntegers: console.safeIntegers)),
        ]).write(to: &output)
        output.append(UInt8(ascii: "\n"))
    case .jsonl, .csv, .name, .template:
        var writer = ListWriter(console, type, columns: columns)
        try writer.begin(head)
        try writer.add(record)
        return try writer.end(next: "")
    }
    try console.write(output)
}
