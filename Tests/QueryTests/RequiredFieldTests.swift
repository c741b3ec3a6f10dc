import AdminAPI
import Query
import Testing

@Suite("What a filter says of every row that it lets through")
struct RequiredFieldTests {
    private static let messages = FieldTable(AdminV1.QueueMessage.fields)
    private static let queue = AdminV1.QueueMessage.FieldNumber.queue
    private static let offset = AdminV1.QueueMessage.FieldNumber.offset
    private static let storedAt = AdminV1.QueueMessage.FieldNumber.storedAt

    private static func filter(_ text: String) throws -> FieldFilter {
        try FieldFilter(parsing: text, for: self.messages)
    }

    @Test(
        "a text is required where it stands beside all other terms, in whatever brackets",
        arguments: [
            ("queue=orders", "orders"), ("queue=\"my orders\" offset>3", "my orders"),
            ("(queue=orders) (state=ready | offset=3)", "orders"), ("((queue=orders offset>1))", "orders"),
            ("queue=orders | state=ready", nil), ("!queue=orders", nil), ("queue!=orders", nil), ("queue~orders", nil),
            ("", nil),
            ("state=ready", nil), ("queue>=orders", nil),
        ]
    )
    func text(_ text: String, _ expected: String?) throws {
        #expect(try Self.filter(text).text(requiredOf: Self.queue) == expected)
    }

    @Test(
        "bounds of a number are those of all its terms together",
        arguments: [
            ("queue=a", Int64.min...Int64.max), ("offset>=3", 3...Int64.max), ("offset>3 offset<=9", 4...9),
            ("offset=7", 7...7),
            ("offset<5", Int64.min...4), ("offset>=3 | offset<1", Int64.min...Int64.max),
            ("!offset>=3", Int64.min...Int64.max),
        ]
    )
    func bounds(_ text: String, _ expected: ClosedRange<Int64>) throws {
        #expect(try Self.filter(text).range(requiredOf: Self.offset, now: 0) == expected)
    }

    @Test("bounds that nothing can keep leave one value, which the filter itself then refuses")
    func impossible() throws {
        #expect(try Self.filter("offset>9 offset<3").range(requiredOf: Self.offset, now: 0) == 10...10)
    }

    @Test("a relative time is counted from the moment of the look")
    func relative() throws {
        let range = try Self.filter("stored_at>=-1m").range(requiredOf: Self.storedAt, now: 100_000_000_000)
        #expect(range.lowerBound == 40_000_000_000)
    }

    @Test("a scan in the order of ids has enough when it has a page and one more, and not when sums are wanted")
    func enough() throws {
        func scan(_ order: String, summing: [Field] = []) throws -> Scan {
            Scan(
                kind: .message,
                filter: try Self.filter("queue=a"),
                order: try SortOrder(parsing: order, for: Self.messages),
                summing: summing,
                limit: 2,
                now: 0
            )
        }
        var (plain, sorted, summed) = (
            try scan(""), try scan("-offset"), try scan("", summing: Self.messages.fields.filter(\.isSummable))
        )
        for number in 0..<3 {
            #expect(!plain.hasEnough)
            var row = AdminV1.QueueMessage()
            (row.queue, row.offset) = ("a", UInt64(number))
            let key = RowKey(number: UInt64(number), text: "a")
            plain.visit(key, row)
            sorted.visit(key, row)
            summed.visit(key, row)
        }
        #expect(plain.hasEnough && !sorted.hasEnough && !summed.hasEnough)
        #expect(plain.page(fingerprint: 0).next != nil)
    }
}
