import Glibc
import Testing

/// Every row of every chapter.
enum Table {
    static let v5: [Row] =
        V5Data.rows + V5Connect.rows + V5Payload.rows + V5Connack.rows + V5Publish.rows + V5Properties.rows
        + V5Acknowledgements.rows + V5Subscribe.rows + V5Unsubscribe.rows + V5Disconnect.rows + V5Delivery.rows
        + V5Order.rows + V5Topics.rows + V5Authentication.rows
    static let v311: [Row] =
        (V3Connect.rows + V3Publish.rows + V3Subscribe.rows + V3Behaviour.rows).map { $0.spoken(.v311) }
    /// What the statements leave open, or say without a number.
    static let choices: [Row] = Choices.rows + MalformedPackets.rows + OlderVersion.rows

    /// Scripts that the 3.1.1 table borrows.
    static let scripts: [String: Row] = Dictionary(uniqueKeysWithValues: Self.v5.map { ($0.id, $0) })
}

@Suite("Conformance")
struct ConformanceTests {
    @Test("a statement of MQTT 5.0 is kept", arguments: Table.v5, [1, 2])
    func version5(row: Row, shards: Int) { Self.prove(row, shards) }

    @Test("a statement of MQTT 3.1.1 is kept", arguments: Table.v311, [1, 2])
    func version311(row: Row, shards: Int) { Self.prove(row, shards) }

    @Test(
        "a choice that the specifications leave is the one that docs/mqtt.md names",
        arguments: Table.choices,
        [1, 2]
    )
    func choice(row: Row, shards: Int) { Self.prove(row, shards) }

    @Test("every normative statement has exactly one row, and every row is a statement")
    func complete() {
        for (rows, ids) in [(Table.v5, Statements.v5), (Table.v311, Statements.v311)] {
            let found = Dictionary(grouping: rows, by: \.id)
            #expect(ids.subtracting(found.keys).sorted() == [])
            #expect(Set(found.keys).subtracting(ids).sorted() == [])
            #expect(found.filter { $0.value.count > 1 }.keys.sorted() == [])
        }
        #expect(Statements.v5.count == 251)
        #expect(Statements.v311.count == 141)
        #expect(Set(Table.choices.map(\.id)).count == Table.choices.count)
    }

    private static func prove(_ row: Row, _ shards: Int) {
        #expect(row.summary.count > 10)
        switch row.proof {
        case .script(let script), .client(let script): Self.run(script, row.wire, shards)
        case .like(let id):
            switch Table.scripts[id]?.proof {
            case .script(let script), .client(let script): Self.run(script, row.wire, shards)
            default: Issue.record("\(row.id) is like \(id), which has no script")
            }
        case .unseen(let why), .without(let why): #expect(why.count > 20, "a reason is missing")
        case .elsewhere(let file, let test):
            #expect(Self.text(of: file).contains("@Test(\"\(test)\""), "\(file) has no test of that name")
        }
    }

    /// A file of the folder that all tests are in.
    private static func text(of file: String, from here: String = #filePath) -> String {
        let folder = here.split(separator: "/").dropLast(2).joined(separator: "/")
        guard let handle = fopen("/\(folder)/\(file)", "r") else { return "" }
        defer { fclose(handle) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, handle)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func run(_ script: (Stage) -> Void, _ wire: Wire, _ shards: Int) {
        let stage = Stage(wire, shards: shards)
        script(stage)
        #expect(stage.checks > 0, "the script expects nothing")
    }
}
