import AdminAPI
import Protobuf
import Query
import Testing

/// xorshift: the same rows in every run of a seed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: Int) { self.state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        self.state ^= self.state << 13
        self.state ^= self.state >> 7
        self.state ^= self.state << 17
        return self.state
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

@Suite("Scans")
struct ScanTests {
    /// Few different values, so that there are many ties.
    static func rows(_ count: Int, _ dice: inout Dice) -> [AdminV1.Connection] {
        (0..<count).map { number in
            connection("c\(number)") { row in
                row.clientID = "client-\(dice.below(5))"
                row.shard = UInt32(dice.below(4))
                row.queued = UInt64(dice.below(3))
                row.messagesInPerS = dice.below(3) == 0 ? nil : Double(dice.below(4)) / 2
                row.state = ["ok", "slow", "new"][dice.below(3)]
            }
        }
    }

    static func key(_ row: AdminV1.Connection) -> RowKey { RowKey(number: UInt64(row.id.dropFirst()) ?? 0) }

    static func scan(_ filter: String, _ order: String, limit: Int, after: PageCursor? = nil) throws -> Scan {
        Scan(
            kind: .connection,
            filter: try FieldFilter(parsing: filter, for: connections),
            order: try SortOrder(parsing: order, for: connections),
            summing: connections.fields.filter(\.isSummable),
            limit: limit,
            after: after,
            now: 0
        )
    }

    struct Question: Sendable {
        var filter: String
        var order: String
        var accepts: @Sendable (AdminV1.Connection) -> Bool
        var isBefore: @Sendable (AdminV1.Connection, AdminV1.Connection) -> Bool
    }

    static let questions = [
        Question(filter: "", order: "", accepts: { _ in true }, isBefore: { key($0) < key($1) }),
        Question(
            filter: "state=ok",
            order: "-queued,client_id",
            accepts: { $0.state == "ok" },
            isBefore: { ($1.queued, $0.clientID, key($0)) < ($0.queued, $1.clientID, key($1)) }
        ),
        Question(
            filter: "!state=ok | shard>=2",
            order: "-messages_in_per_s",
            accepts: { $0.state != "ok" || $0.shard >= 2 },
            isBefore: { (-($0.messagesInPerS ?? -9), key($0)) < (-($1.messagesInPerS ?? -9), key($1)) }
        ),
        Question(
            filter: "messages_in_per_s<9",
            order: "messages_in_per_s,-client_id,shard",
            accepts: { $0.messagesInPerS != nil },
            isBefore: {
                ($0.messagesInPerS ?? 9, $1.clientID, $0.shard, key($0)) < (
                    $1.messagesInPerS ?? 9, $0.clientID, $1.shard, key($1)
                )
            }
        ),
    ]

    @Test("a scan in shards finds what filtering, sorting and cutting finds", arguments: 0..<40)
    func agreesWithSorting(_ seed: Int) throws {
        var dice = Dice(seed)
        let rows = Self.rows(dice.below(300), &dice)
        let question = Self.questions[seed % Self.questions.count]
        let limit = 1 + dice.below(50)
        let empty = try Self.scan(question.filter, question.order, limit: limit)
        var parts = Array(repeating: empty, count: 3)
        for row in rows.shuffled(using: &dice) { parts[dice.below(3)].visit(Self.key(row), row) }
        var scan = parts[0]
        scan.merge(parts[1])
        scan.merge(parts[2])

        let wanted = rows.filter(question.accepts).sorted(by: question.isBefore)
        let page = scan.page(fingerprint: 7)
        #expect(page.keys == wanted.prefix(limit).map(Self.key))
        #expect(scan.total == rows.count)
        #expect(scan.matched == wanted.count)
        #expect((page.next != nil) == (wanted.count > limit))
        #expect(page.next?.fingerprint ?? 7 == 7)
        let totals = try #require(KindTable.of(.connection)).row(of: scan.totals)
        guard case .connection(let sums)? = totals.row else { return #expect(Bool(false)) }
        #expect(sums.queued == wanted.reduce(0) { $0 + $1.queued })
        let rates = wanted.compactMap(\.messagesInPerS)
        #expect(sums.messagesInPerS == (rates.isEmpty ? nil : rates.reduce(0, +)))
        #expect(sums.messagesOutPerS == nil)
        #expect(sums.id.isEmpty && sums.shard == 0)
    }

    @Test("pages show each row that stays exactly once, while others come and go", arguments: 0..<40)
    func pages(_ seed: Int) throws {
        var dice = Dice(1_000 + seed)
        let question = Self.questions[seed % Self.questions.count]
        let staying = Self.rows(200, &dice)
        var passing = Self.rows(200, &dice).map { row in
            var row = row
            row.id = "c\((Int(row.id.dropFirst()) ?? 0) + 1_000)"
            return row
        }
        let order = try SortOrder(parsing: question.order, for: connections)
        var seen: [RowKey] = []
        var cursor: PageCursor?
        repeat {
            let all = (staying + passing.filter { _ in dice.below(2) == 0 }).shuffled(using: &dice)
            var scan = try Self.scan(question.filter, question.order, limit: 1 + dice.below(30), after: cursor)
            for row in all { scan.visit(Self.key(row), row) }
            #expect(scan.matched == all.filter(question.accepts).count)
            let page = scan.page(fingerprint: 1)
            seen += page.keys
            passing.shuffle(using: &dice)
            // As it comes back from a client.
            cursor = page.next.flatMap { PageCursor(bytes: $0.bytes, sortedBy: order) }
            #expect((cursor == nil) == (page.next == nil))
        } while cursor != nil
        let wanted = staying.filter(question.accepts).sorted(by: question.isBefore).map(Self.key)
        #expect(seen.filter { $0.number < 1_000 } == wanted)
        #expect(Set(seen).count == seen.count)
    }

    @Test("a cursor that is cut, or of another order, is none")
    func cursors() throws {
        var scan = try Self.scan("", "-queued,client_id", limit: 1)
        var dice = Dice(1)
        for row in Self.rows(3, &dice) { scan.visit(Self.key(row), row) }
        let bytes = try #require(scan.page(fingerprint: 5).next).bytes
        let order = try SortOrder(parsing: "-queued,client_id", for: connections)
        #expect(PageCursor(bytes: bytes, sortedBy: order)?.fingerprint == 5)
        for count in 0..<bytes.count { #expect(PageCursor(bytes: Array(bytes.prefix(count)), sortedBy: order) == nil) }
        #expect(PageCursor(bytes: bytes + [0], sortedBy: order) == nil)
        #expect(PageCursor(bytes: bytes, sortedBy: SortOrder()) == nil)
        #expect(PageCursor.fingerprint("a", "b") != PageCursor.fingerprint("ab", ""))
    }

    @Test("ids that look alike and differ in their bytes are two rows")
    func exactTexts() {
        let composed = RowKey(text: "caf\u{E9}")
        let decomposed = RowKey(text: "cafe\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("sort orders name what is wrong and where")
    func sortOrders() throws {
        #expect(
            try SortOrder(parsing: "-queued,client_id", for: connections).terms.map(\.isDescending) == [true, false]
        )
        #expect(try SortOrder(parsing: "", for: connections).terms.isEmpty)
        for (text, offset, hint) in [
            ("-qeued", 1, "queued"), ("queued,,id", 7, nil), ("queued,-stat", 8, "state"), ("-", 1, nil),
        ] as [(String, Int, String?)] {
            do throws(FilterError) {
                _ = try SortOrder(parsing: text, for: connections)
                Issue.record("\(text) was taken")
            } catch {
                #expect(error.offset == offset)
                #expect(error.hint == hint)
            }
        }
    }

    @Test("a scan reads what it needs and nothing else")
    func needs() throws {
        let scan = Scan(
            kind: .connection,
            filter: try FieldFilter(parsing: "state=ok", for: connections),
            order: try SortOrder(parsing: "shard", for: connections),
            summing: [],
            limit: 1,
            now: 0
        )
        #expect(scan.needs == [10, 7])
    }

    @Test("the nearest id is found across shards")
    func nearest() {
        let empty = Scan(kind: .session, nearestTo: "oders", idField: 1)
        var parts = [empty, empty]
        for (index, name) in ["invoices", "orders-2", "orders", "x"].enumerated() {
            var row = AdminV1.Session()
            row.id = name
            parts[index % 2].visit(RowKey(text: name), row)
        }
        var scan = parts[1]
        scan.merge(parts[0])
        #expect(scan.nearestID == "orders")
        #expect(scan.needs == [1])
    }
}
