import AdminAPI
import AdminService
import Protobuf
import Query
import RPC
import Testing

@Suite("List and Get")
struct ListTests {
    @Test("rows come filtered, sorted and cut, with totals from before the cut")
    func lists() throws {
        let bench = Bench()
        bench.backend.add(1...30)
        let answer = try bench.list { query in
            query.filter = "queued>10"
            query.sort = "-queued"
            query.limit = 3
        }.get()
        #expect(answer.rows.map(\.id) == ["c30", "c29", "c28"])
        #expect(answer.total == 30)
        #expect(answer.totalMatched == 20)
        #expect(answer.node == "n1")
        #expect(answer.at?.seconds == 1_795_356_127)
        guard case .connection(let totals)? = answer.totals?.row else { throw Missing() }
        #expect(totals.queued == (11...30).reduce(0, +))
        #expect(!answer.nextCursor.isEmpty)
    }

    struct Missing: Error {}

    @Test("the pages of a query show each row once, and the last has no cursor")
    func pages() throws {
        let bench = Bench()
        bench.backend.add(1...10)
        var seen: [String] = []
        var cursor = ""
        repeat {
            let answer = try bench.list { query in
                query.limit = 4
                query.cursor = cursor
            }.get()
            seen += answer.rows.map(\.id)
            cursor = answer.nextCursor
        } while !cursor.isEmpty
        #expect(seen == (1...10).map { "c\($0)" })
    }

    @Test("sums are of the fields that were asked for")
    func sums() throws {
        let bench = Bench()
        bench.backend.add(1...3) { $0.messagesIn = 5 }
        let answer = try bench.list { $0.fields = ["messages_in", "client_id"] }.get()
        guard case .connection(let totals)? = answer.totals?.row else { throw Missing() }
        #expect(totals.messagesIn == 15)
        #expect(totals.queued == 0)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout AdminV1.Query) -> Void
        var status = RPCCode.invalidArgument
        var code: String
        var hint = ""
        var offset: UInt32?
    }

    static let mistakes = [
        Mistake(testDescription: "no kind", change: { $0.kind = .unspecified }, code: "bad_request"),
        Mistake(
            testDescription: "a kind it has not",
            change: { $0.kind = .queue },
            status: .unimplemented,
            code: "unknown_kind"
        ),
        Mistake(
            testDescription: "a newer kind",
            change: { $0.kind = .unrecognized(99) },
            status: .unimplemented,
            code: "unknown_kind"
        ),
        Mistake(testDescription: "a filter", change: { $0.filter = "queued>x" }, code: "bad_filter", offset: 7),
        Mistake(
            testDescription: "a filter's field",
            change: { $0.filter = "shard=1 queud>1" },
            code: "unknown_field",
            hint: "queued",
            offset: 8
        ),
        Mistake(
            testDescription: "a sort field",
            change: { $0.sort = "-qeued" },
            code: "unknown_field",
            hint: "queued",
            offset: 1
        ),
        Mistake(testDescription: "a field", change: { $0.fields = ["peeer"] }, code: "unknown_field", hint: "peer"),
        Mistake(
            testDescription: "messages of whatever queue",
            change: { ($0.kind, $0.filter) = (.message, "state=ready | queue=orders") },
            code: "bad_filter",
            hint: "queue="
        ),
        Mistake(testDescription: "a limit", change: { $0.limit = 10_001 }, code: "bad_request"),
        Mistake(testDescription: "a cursor", change: { $0.cursor = "AAAA" }, code: "bad_cursor"),
    ]

    @Test("what is wrong with a query is said with code, hint and place", arguments: mistakes)
    func refuses(_ mistake: Mistake) throws {
        let error = try #require(Bench().list(mistake.change).error)
        #expect(error.code == mistake.status)
        let detail = try #require(error.detail)
        #expect(detail.code == mistake.code)
        #expect(detail.hint == mistake.hint)
        #expect(detail.offset == mistake.offset)
    }

    @Test("a kind that is not served is answered with those that are")
    func unknownKind() {
        let message = Bench().list { $0.kind = .queue }.error?.message
        #expect(message == "this server has no queues; it has connections, brokers, configuration keys, bans, messages")
    }

    @Test("a cursor is for the query that made it")
    func cursor() throws {
        let bench = Bench()
        bench.backend.add(1...5)
        let cursor = try bench.list { $0.limit = 1 }.get().nextCursor
        #expect(bench.list { $0.cursor = cursor }.value?.rows.count == 4)
        let error = bench.list { query in
            query.cursor = cursor
            query.filter = "queued>1"
        }.error
        #expect(error?.detail?.code == "bad_cursor")
    }

    @Test("Get finds a row by its id; a miss names a near one")
    func gets() {
        let bench = Bench()
        bench.backend.add([12, 900_871])
        #expect(bench.get("c12").value?.row?.id == "c12")
        let error = bench.get("c900781").error
        #expect(error?.code == .notFound)
        #expect(error?.message == "connection \"c900781\" not found on n1")
        #expect(error?.detail?.hint == "c900871")
        #expect(error?.detail?.id == "c900781")
        #expect(bench.get("").error?.code == .invalidArgument)
        #expect(bench.get("x", .session).error?.code == .unimplemented)
    }

    @Test("64 looks at a time: the next list, miss or Do by filter is refused, a hit and a Do by id are not")
    func looks() throws {
        let bench = Bench()
        bench.backend.add(1...3)
        bench.occupy(AdminService.maximumLooks)
        let error = try #require(bench.list { _ in }.error)
        #expect(error.code == .resourceExhausted)
        #expect(error.message == "64 lists are under way; try again")
        #expect(error.detail?.code == "too_many")
        #expect(bench.list { _ in }.error == nil, "they are over by now")

        bench.occupy(AdminService.maximumLooks)
        #expect(bench.do { $0.filter = "c1" }.error?.code == .resourceExhausted)
        #expect(bench.backend.performed.isEmpty)
        #expect(bench.do { $0.filter = "c1" }.error == nil)

        bench.occupy(AdminService.maximumLooks)
        #expect(bench.do { $0.id = "c2" }.error == nil)

        bench.backend.later { bench.occupy(AdminService.maximumLooks) }
        #expect(bench.get("c77").error?.code == .resourceExhausted)
        #expect(bench.get("c77").error?.code == .notFound)
    }

    @Test("an error repeats 256 bytes of what it was asked, whatever the size of that")
    func echoes() throws {
        let bench = Bench()
        let long = String(repeating: "é", count: 1 << 20)
        let errors = [
            bench.get(long).error, bench.list { $0.filter = "queued>" + long.prefix(8_000) }.error,
            bench.list { $0.filter = long.prefix(8_000) + "=1" }.error, bench.list { $0.sort = long }.error,
            bench.list { $0.fields = [long] }.error, bench.do { $0.verb = long }.error, bench.do { $0.id = long }.error,
            bench.series(long).error,
        ]
        for error in errors {
            let error = try #require(error)
            #expect(error.message.contains("é…"))
            #expect(error.message.utf8.count < 2_000)
            let detail = try #require(error.detail)
            #expect(detail.id.utf8.count <= 256)
            #expect(detail.hint.utf8.count <= 256)
        }
    }

    @Test("Hello says who the caller is and what it may do")
    func hello() {
        let bench = Bench()
        let answer = bench.service.hello(AdminV1.HelloRequest(), by: Bench.reader)
        #expect(answer.identity == "http 127.0.0.1:4711")
        #expect(!answer.canChange)
        #expect(answer.now?.seconds == 1_795_356_127)
        #expect(answer.series.map(\.name) == ["messages_in", "connections"])
        #expect(bench.service.hello(AdminV1.HelloRequest(), by: Bench.root).canChange)
    }
}
