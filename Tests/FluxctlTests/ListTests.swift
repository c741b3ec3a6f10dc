import AdminAPI
import JSON
import Protobuf
import Testing

@testable import fluxctl

@Suite("Lists")
struct ListTests {
    @Test("a table has headings, numbers to the right and units on a terminal")
    func table() async {
        let streams = CapturedStreams(terminals: [.output], width: 120)
        let done = await control(
            ["session", "ls", "--color", "never", "--columns", "state,queued,expires_at"],
            on: streams
        )
        #expect(
            done.out == """
                STATE    QUEUED  EXPIRES
                offline  12,041  in 5m00s

                """
        )
    }

    @Test("a connection is shown by its id, or by the client that has it; a client with several is an error")
    func connectionByClient() async {
        let admin = FakeAdmin()
        #expect(await control(["conn", "show", "c1.812.3", "-F", "{id}\n"], admin).out == "c1.812.3\n")
        #expect(admin.queries.isEmpty)
        #expect(await control(["conn", "show", "dash \"7\"", "-F", "{id}\n"], admin).out == "c1.812.3\n")
        #expect(admin.queries.map(\.filter) == ["client_id=\"dash \\\"7\\\"\""])
        var script = FakeAdmin.Script()
        var second = FakeRows.connection
        second.id = "c0.1.1"
        script.rows[.connection]?.append(FakeRows.row(.connection(second)))
        let several = await control(["conn", "show", "dash"], FakeAdmin(script))
        #expect(several.code == 2 && several.out == "")
        #expect(
            several.err
                == "fluxctl: error: the client \"dash\" has 2 connections\n  name one of them: c1.812.3, c0.1.1\n"
        )
        script.failure = Failure(.notFound, "connection not found")
        #expect(await control(["conn", "show", "c1.2.3"], FakeAdmin(script)).code == 4)
    }

    @Test("off a terminal a table has plain numbers and times")
    func plainTable() async {
        let done = await control(["session", "ls", "--columns", "state,queued,expires_at"])
        #expect(
            done.out == """
                STATE    QUEUED  EXPIRES
                offline   12041  2026-11-22T14:07:07.000000000Z

                """
        )
    }

    @Test("units and times are written as asked")
    func styles() async {
        let line = ["session", "ls", "--columns", "queued,expires_at", "-qq"]
        #expect(await control(line + ["--units", "si", "--time", "unix"]).out == "12,041  1795356427\n")
        #expect(await control(line + ["--time", "rel"]).out == "12041  in 5m00s\n")
    }

    @Test("a narrow terminal cuts the widest text and never a number, a wide one nothing")
    func narrow() async {
        let streams = CapturedStreams(terminals: [.output], width: 30)
        let done = await control(
            ["conn", "ls", "--columns", "id,client_id,buffered_bytes", "--color", "never"],
            on: streams
        )
        for line in done.out.split(separator: "\n") { #expect(line.count <= 30) }
        #expect(done.out.contains("…") && done.out.contains("1.9 MiB") && done.out.contains("c1.812.3"))
        #expect(!(await control(["conn", "ls"]).out.contains("…")))
    }

    @Test("headings are bold only where colours are wanted")
    func colours() async {
        let terminal = { CapturedStreams(terminals: [.output, .error]) }
        #expect(
            await control(["conn", "ls"], on: terminal(), environment: ["TERM": "xterm"]).out.hasPrefix("\u{1B}[1mID")
        )
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
            #expect(await control(["conn", "ls"], on: terminal(), environment: environment).out.hasPrefix("ID"))
        }
        #expect(await control(["conn", "ls"]).out.hasPrefix("ID"))
        #expect(await control(["conn", "ls"], environment: ["CLICOLOR_FORCE": "1"]).out.hasPrefix("\u{1B}[1m"))
        #expect(await control(["conn", "ls", "--color", "always"]).out.hasPrefix("\u{1B}[1m"))
    }

    @Test("the document has what was matched before the cut, sums, and where to go on")
    func envelope() async throws {
        var script = FakeAdmin.Script()
        script.rows[.topic] = ["a", "b", "c"].map { FakeRows.row(.topic(FakeRows.topic($0))) }
        let done = await control(["topic", "ls", "--limit", "2", "-o", "json"], FakeAdmin(script))
        let document = try JSONParser.parse(Array(done.out.utf8))
        #expect(document["schema"]?.text == "\"fluxmq.topic.list/1\"")
        #expect(document["node"]?.text == "\"n1\"")
        #expect(document["at"]?.text == "\"2026-11-22T14:02:07.000000000Z\"")
        #expect(document["total"]?.text == "4" && document["total_matched"]?.text == "3")
        #expect(document["totals"]?["messages"]?.text == "3" && document["totals"]?["id"] == nil)
        #expect(document["next"]?.text == "\"2\"")
        #expect(done.err == "")
    }

    @Test("what is cut is said on standard error, unless it was asked not to")
    func cut() async {
        var script = FakeAdmin.Script()
        script.rows[.topic] = (0..<1_500).map { FakeRows.row(.topic(FakeRows.topic("t/\($0)"))) }
        let admin = FakeAdmin(script)
        let done = await control(["topic", "ls", "-o", "name"], admin)
        #expect(done.err == "1,000 of 1,500 topics; --all shows the rest\n")
        #expect(await control(["topic", "ls", "--limit", "3"], admin).err == "3 of 1,500 topics\n")
        #expect(await control(["topic", "ls", "-q"], admin).err == "")
    }

    @Test(
        "--all goes through every page, and each format stays one document",
        arguments: ["json", "jsonl", "csv", "name", "table"]
    )
    func all(_ format: String) async throws {
        var script = FakeAdmin.Script()
        script.page = 2
        script.rows[.topic] = ["a", "b", "c", "d", "e"].map { FakeRows.row(.topic(FakeRows.topic($0))) }
        let admin = FakeAdmin(script)
        let done = await control(["topic", "ls", "--all", "-o", format, "-qq"], admin)
        #expect(done.err == "" && admin.queries.map(\.cursor) == ["", "2", "4"])
        if format == "json" {
            let document = try JSONParser.parse(Array(done.out.utf8))
            guard case .array(let items)? = document["items"] else { throw Failure(.failed, "no items") }
            #expect(items.count == 5 && document["next"]?.text == "null")
        } else {
            #expect(done.out.split(separator: "\n").count == 5)
        }
    }

    @Test("only what is shown is asked for")
    func fields() async {
        let admin = FakeAdmin()
        _ = await control(["topic", "ls", "--columns", "id,messages"], admin)
        _ = await control(["topic", "ls", "--columns", "-bytes_per_s"], admin)
        _ = await control(["topic", "ls", "-o", "json"], admin)
        _ = await control(["topic", "ls", "-o", "name"], admin)
        #expect(
            admin.queries.map(\.fields) == [
                ["id", "messages"], ["id", "messages_per_s", "messages", "subscribers", "retained"], [], ["id"],
            ]
        )
    }

    @Test("filter, sort, limit and cursor go to the server as they are")
    func query() async {
        let admin = FakeAdmin()
        _ = await control(
            ["conn", "ls", "--filter", "state=slow | id~x", "--sort", "-inflight,id", "--limit", "7", "--cursor", "c"],
            admin
        )
        let query = admin.queries.first
        #expect(query?.filter == "state=slow | id~x" && query?.sort == "-inflight,id" && query?.limit == 7)
        #expect(query?.cursor == "c")
    }

    @Test("whole numbers beyond 2^53 are strings when asked for, and the others never")
    func safeIntegers() async throws {
        let line = ["conn", "show", "x", "-o", "jsonl"]
        let plain = try JSONParser.parse(Array(await control(line).out.utf8))
        let safe = try JSONParser.parse(Array(await control(line + ["--json-safe-ints"]).out.utf8))
        #expect(
            plain["bytes_out"]?.text == "1152921504606846976" && safe["bytes_out"]?.text == "\"1152921504606846976\""
        )
        #expect(safe["inflight"]?.text == "100")
    }

    @Test("one object is lines of names and values")
    func object() async {
        let done = await control(["status", "--columns", "id,connections,uptime_ms,protocols", "--units", "iec"])
        #expect(
            done.out == """
                id:           n1
                connections:  4,102
                uptime_ms:    4d02h
                protocols:    protocol=mqtt5 connections=4000

                """
        )
    }

    @Test("unknown is a dash and never zero")
    func unknown() async {
        let done = await control(["status", "--columns", "messages_in_per_s,messages_out_per_s", "--units", "iec"])
        #expect(done.out == "messages_in_per_s:   98.1k\nmessages_out_per_s:  -\n")
    }

    @Test("CSV quotes what has commas, quotes and line ends")
    func csv() {
        #expect(csvLine(["a", "b,c", "d\"e", "f\ng", ""], isTerminal: false) == "a,\"b,c\",\"d\"\"e\",\"f\ng\",\n")
        #expect(csvLine(["\u{1B}[2J"], isTerminal: true) == "\\x1b[2J\n")
    }

    @Test(
        "--columns names, leaves out and adds",
        arguments: [
            ("qos,filter", ["qos", "filter"]), ("-share", ["client_id", "filter", "qos"]),
            ("+identifier,-qos", ["client_id", "filter", "share", "identifier"]), ("qos,+id", ["qos", "id"]),
        ]
    )
    func columns(_ text: String, _ expected: [String]) throws {
        let type = Kinds.subscription.type
        let shown = ListWriter.defaultColumns(type, .table)
        #expect(try type.choose(text, from: shown, command: "x").map { type.columns[$0].name } == expected)
    }

    @Test("a watched list is drawn anew on a terminal, and grows by what changed elsewhere")
    func watch() async {
        var first = AdminV1.WatchResponse()
        (first.seq, first.at, first.totalMatched, first.order) = (1, FakeRows.now, 2, ["b", "a"])
        first.changed = ["a", "b"].map { FakeRows.row(.topic(FakeRows.topic($0))) }
        var second = AdminV1.WatchResponse()
        (second.seq, second.at, second.totalMatched, second.removed, second.order) = (2, FakeRows.now, 1, ["b"], ["a"])
        second.changed = [FakeRows.row(.topic(FakeRows.topic("a", messages: 9)))]
        var script = FakeAdmin.Script()
        script.watched = [first, second]
        let line = ["topic", "ls", "--watch", "--columns", "id,messages"]
        let drawn = await control(
            line + ["--color", "never"],
            FakeAdmin(script),
            on: CapturedStreams(terminals: [.output])
        )
        #expect(
            drawn.out.hasPrefix(
                "\u{1B}[H\u{1B}[2JID  MESSAGES\u{1B}[K\nb          3\u{1B}[K\na          3\u{1B}[K\n2 topics"
            )
        )
        #expect(drawn.out.contains("\u{1B}[J\u{1B}[HID  MESSAGES\u{1B}[K\na          9\u{1B}[K\n1 topics"))
        let grown = await control(line + ["-o", "jsonl"], FakeAdmin(script))
        #expect(
            grown.out == "{\"id\":\"a\",\"messages\":3}\n{\"id\":\"b\",\"messages\":3}\n{\"id\":\"a\",\"messages\":9}\n"
        )
        let printed = await control(line + ["-qq"], FakeAdmin(script))
        #expect(printed.out == "b  3\na  3\n\na  9\n")
    }

    @Test("a tree sums up levels, and a prefix ends at a level")
    func tree() {
        var tree = TopicTree(prefix: "a", depth: 1)
        for topic in [
            FakeRows.topic("a/b/c", messages: 2), FakeRows.topic("a/b", messages: 3, rate: nil), FakeRows.topic("ab/c"),
            FakeRows.topic("a", messages: 5),
        ] { tree.add(topic) }
        let rows = tree.records.map { $0.values.map(\.plainText) }
        #expect(rows == [["a", "1", "3", "10", "100", "1.0", "0"], ["a/b", "2", "2", "5", "50", "0.5", "0"]])
    }
}
