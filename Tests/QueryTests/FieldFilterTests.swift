import AdminAPI
import Protobuf
import Query
import Testing

/// A connection as the tests like it; whatever they do not say is unknown, empty or zero.
func connection(_ id: String, _ change: (inout AdminV1.Connection) -> Void = { _ in }) -> AdminV1.Connection {
    var row = AdminV1.Connection()
    row.id = id
    change(&row)
    return row
}

let connections = FieldTable(AdminV1.Connection.fields, wordFields: ["id", "client_id", "username", "peer"])

@Suite("Filters")
struct FieldFilterTests {
    /// 2026-11-22T14:02:07Z.
    static let now: Int64 = 1_795_356_127_000_000_000

    static let row = connection("c1.812.3") { row in
        row.clientID = "dash-Ä07"
        row.username = "ops team"
        row.protocol = "mqtt5"
        row.state = "slow"
        row.shard = 3
        row.connectedAt = Timestamp(seconds: 1_795_356_127 - 3_600)
        row.uptimeMs = 3_600_000
        row.idleMs = 5_000
        row.messagesIn = 12_000
        row.bufferedBytes = 64 << 10
        row.messagesOutPerS = 4.1
        row.bytesOutPerS = 2_048
        row.cleanStart = true
        row.willTopic = "a|b (c)"
    }

    @Test(
        "matches",
        arguments: [
            "", "  ", "state=slow", "state!=ok", "!state=ok", "state = slow", "protocol=mqtt5 state=slow",
            "state=ok | shard=3", "state=ok|shard=3",
            "(state=ok | shard=3) protocol=mqtt5", "!(state=ok protocol=mqtt5)", "!!shard=3", "buffered_bytes=64KiB",
            "buffered_bytes>64k", "buffered_bytes>=65536B", "buffered_bytes<0.5MiB", "messages_in>=12k",
            "messages_in<12.5k",
            "messages_in=0.012M", "uptime_ms=1h", "uptime_ms>59m59s", "uptime_ms=3600000", "idle_ms<5.5s",
            "idle_ms>=5000ms",
            "messages_out_per_s>4", "messages_out_per_s=4.1", "bytes_out_per_s=2Ki", "bytes_out_per_s=2KiB/s",
            "clean_start=true",
            "clean_start!=false", "client_id~^dash", "client_id!~^tmp", "client_id~(?i)ä07$", "client_id~^(dash|tmp)-",
            "DASH-", "ä07", "\"ops team\"",
            "!nobody", "812", "username=\"ops team\"", "will_topic=\"a|b (c)\"", "will_topic~\"[|]b \\(c\\)$\"",
            "connected_at>-2h", "connected_at<-30m",
            "connected_at<now", "connected_at>2026-11-22", "connected_at=2026-11-22T13:02:07Z",
            "connected_at=2026-11-22T14:02:07.000+01:00",
            "connected_at<2026-11-22T13:03", "username>ops", "username<opt", "messages_in_per_s!=5",
            "!messages_in_per_s=5",
            "!messages_in_per_s>0", "session_expiry_ms=0", "packet_limit_bytes<1",
        ]
    )
    func matches(_ text: String) throws {
        #expect(try FieldFilter(parsing: text, for: connections).matches(Self.row, now: Self.now))
    }

    @Test(
        "does not match",
        arguments: [
            "state=ok", "state!=slow", "!state=slow", "state=SLOW", "protocol=mqtt5 state=ok", "state=ok | shard=4",
            "buffered_bytes>64KiB",
            "messages_in>12k", "idle_ms>5s", "uptime_ms<1h", "client_id~^DASH", "client_id!~dash", "nobody", "!dash",
            "dash state=ok",
            "messages_in_per_s=5", "messages_in_per_s<5", "messages_in_per_s>=0", "connected_at>-30m",
            "connected_at>+1h", "clean_start=false",
            "username=ops", "state=ok shard=3 | shard=4",
        ]
    )
    func doesNotMatch(_ text: String) throws {
        #expect(try !FieldFilter(parsing: text, for: connections).matches(Self.row, now: Self.now))
    }

    @Test("an event's attributes are fields too, the common ones by their own names; so is what a log record carries")
    func attributes() throws {
        var event = AdminV1.Event()
        (event.kind, event.subject) = ("acl.denied", "line1-temp")
        event.attributes = ["client": "line1-temp", "user": "alice", "topic": "plant/a", "address": "192.0.2.7"]
        for (text, isMatch) in [
            ("client=line1-temp", true), ("client == \"line1-temp\"", true), ("user==bob", false),
            ("user==\"=bob\"", false),
            ("client = \"line1-temp\" user=alice", true), ("user=bob", false),
            ("address~^192[.]0[.]2[.]", true), ("attributes.topic=plant/a", true), ("attributes.topic~^plant/b", false),
            ("attributes.user=alice", true), ("attributes.user!=alice", false),
            // What an event does not have matches != and !~ only.
            ("listener=mqtt", false), ("listener!=mqtt", true), ("listener=\"\"", false), ("attributes.none~.", false),
            ("user>al user<b", true),
        ] {
            let filter = try FieldFilter(parsing: text, for: .event)
            #expect(filter.matches(event, now: 0) == isMatch, "\(text)")
        }
        var record = AdminV1.LogRecord()
        record.metadata = ["listener": "mqtt"]
        #expect(try FieldFilter(parsing: "metadata.listener=mqtt", for: .logRecord).matches(record, now: 0))
        for (text, hint) in [
            ("usr=a", "user"), ("adress=a", "address"), ("attribute.user=a", nil), ("metadata.x=a", nil),
        ] {
            #expect {
                _ = try FieldFilter(parsing: text, for: .event)
            } throws: {
                ($0 as? FilterError)?.unknownField != nil && ($0 as? FilterError)?.hint == hint
            }
        }
    }

    @Test("juxtaposition binds more than |")
    func precedence() throws {
        let filter = try FieldFilter(parsing: "state=ok shard=4 | state=slow shard=3", for: connections)
        #expect(filter.matches(Self.row, now: Self.now))
    }

    @Test("says which fields it reads")
    func fields() throws {
        #expect(try FieldFilter(parsing: "", for: connections).fields.isEmpty)
        #expect(try FieldFilter(parsing: "shard=1 | !queued>4", for: connections).fields == [7, 25])
        #expect(try FieldFilter(parsing: "dash", for: connections).fields == [1, 2, 3, 6])
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var text: String
        var offset: Int
        var hint: String?
        var part: String
        var testDescription: String { self.text }
    }

    static let mistakes = [
        Mistake(text: "stat=slow", offset: 0, hint: "state", part: "no field \"stat\""),
        Mistake(text: "shard=1 mesages_in>4", offset: 8, hint: "messages_in", part: "no field \"mesages_in\""),
        Mistake(text: "wholly_different=1", offset: 0, part: "there are id, client_id"),
        Mistake(text: "queued>many", offset: 7, part: "wants a number: 250, 12k, 3M; not \"many\""),
        Mistake(text: "queued>", offset: 7, part: "wants a value"),
        Mistake(text: ">4", offset: 0, part: "wants a field before it"),
        Mistake(text: "queued>12q", offset: 7, part: "wants a number"),
        Mistake(text: "buffered_bytes>3MX", offset: 15, part: "wants a size: 512, 12k, 3MiB"),
        Mistake(text: "idle_ms>5x", offset: 8, part: "wants a duration: 250ms, 5m, 1h30m"),
        Mistake(text: "idle_ms>5m1h", offset: 8, part: "wants a duration"),
        Mistake(text: "connected_at>5m", offset: 13, hint: "-5m", part: "-5m is 5m ago"),
        Mistake(text: "connected_at>2026-13-01", offset: 13, part: "wants a time"),
        Mistake(text: "clean_start=yes", offset: 12, part: "true or false"),
        Mistake(text: "clean_start>true", offset: 12, hint: "=", part: "has no order"),
        Mistake(text: "shard~3", offset: 6, hint: "=", part: "~ is for text"),
        Mistake(text: "id~a(", offset: 4, part: "( without its )"),
        Mistake(text: "id~\"a(\"", offset: 5, part: "( without its )"),
        Mistake(text: "(state=ok", offset: 0, part: "( without its )"),
        Mistake(text: "state=ok)", offset: 8, part: "a ) without its ("),
        Mistake(text: "state=ok |", offset: 10, part: "the filter ends where a term should be"),
        Mistake(text: "| state=ok", offset: 0, part: "a term is missing"),
        Mistake(text: "()", offset: 1, part: "a term is missing"),
        Mistake(text: "a !", offset: 3, part: "the filter ends"),
        Mistake(text: "\"open", offset: 0, part: "a \" without its other"),
        Mistake(text: "state=\"open", offset: 6, part: "a \" without its other"),
        Mistake(text: "\"\"", offset: 0, part: "an empty word"),
    ]

    @Test("a mistake is named with its place and what was meant", arguments: mistakes)
    func refuses(_ mistake: Mistake) {
        do throws(FilterError) {
            _ = try FieldFilter(parsing: mistake.text, for: connections)
            Issue.record("it was taken")
        } catch {
            #expect(error.offset == mistake.offset)
            #expect(error.hint == mistake.hint)
            #expect(error.message.contains(mistake.part), "\(error.message)")
        }
    }

    @Test("length, depth and number of terms have limits")
    func limits() {
        for text in [
            String(repeating: "a", count: 20_000), String(repeating: "(", count: 100),
            String(repeating: "!", count: 100) + "a",
            String(repeating: "a ", count: 300),
        ] {
            #expect(throws: FilterError.self) { try FieldFilter(parsing: text, for: connections) }
        }
    }

    @Test("all patterns of a filter share one limit")
    func patterns() throws {
        #expect(try FieldFilter(parsing: "id~a{250} | id~b{250}", for: connections).isExpensive)
        do throws(FilterError) {
            _ = try FieldFilter(parsing: "id~a{250} | id~b{250} !(id!~c{20})", for: connections)
            Issue.record("it was taken")
        } catch {
            #expect(error.message.contains("more than 512 steps together"))
            #expect(error.offset == 28)
        }
    }

    @Test("a filter is expensive when it has a pattern, wherever, and so is its scan")
    func isExpensive() throws {
        for (text, answer) in [
            ("", false), ("a shard=1 | !queued>4", false), ("id~\"\"", true), ("!(a | id!~b)", true),
        ] {
            let filter = try FieldFilter(parsing: text, for: connections)
            #expect(filter.isExpensive == answer, "\(text)")
            #expect(Scan(kind: .connection, filter: filter, limit: 1, now: 0).isExpensive == answer)
        }
    }

    @Test("levels are in the order of their gravity")
    func levels() throws {
        var event = AdminV1.Event()
        event.level = .warning
        event.subject = "Orders"
        for (text, answer) in [
            ("level>=warning", true), ("level>warning", false), ("level=warning", true), ("level!=error", true),
            ("level<error orders", true),
        ] {
            #expect(try FieldFilter(parsing: text, for: .event).matches(event, now: 0) == answer, "\(text)")
        }
        do throws(FilterError) {
            _ = try FieldFilter(parsing: "level>=warnig", for: .event)
            Issue.record("it was taken")
        } catch {
            #expect(error.hint == "warning")
        }
    }

    @Test("no bytes whatever stop the parser", arguments: 0..<64)
    func fuzz(_ seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        let parts = [
            "state", "=", "!=", "~", "!", "(", ")", "|", " ", "\"", "\\", "idle_ms", ">", "5m", "[a", "é", "12k",
            "connected_at", "-5m", "{9}", "*",
        ]
        for _ in 0..<200 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += parts[Int(state >> 33) % parts.count]
            }
            do throws(FilterError) {
                _ = try FieldFilter(parsing: text, for: connections).matches(Self.row, now: Self.now)
            } catch {
                #expect((0...text.utf8.count).contains(error.offset), "\(text)")
            }
        }
    }
}

@Suite("Fields")
struct FieldTests {
    @Test("what can be summed is counts, bytes and rates; not limits, times, percentages and labels")
    func summable() {
        let names = connections.fields.filter(\.isSummable).map(\.name)
        #expect(
            names == [
                "messages_in", "messages_out", "bytes_in", "bytes_out", "messages_in_per_s", "messages_out_per_s",
                "bytes_in_per_s",
                "bytes_out_per_s", "dropped", "buffered_bytes", "inflight", "queued", "queued_bytes", "subscriptions",
            ]
        )
        #expect(
            KindTable.of(.broker)?.summable.contains {
                ["pid", "cpu_percent", "uptime_ms", "descriptors_limit"].contains($0.name)
            } == false
        )
    }

    @Test("every kind of row has a table, an id and a member of Row")
    func tables() throws {
        for kind in AdminV1.Kind.allCases where kind != .unspecified {
            let table = try #require(KindTable.of(kind))
            #expect(AdminV1.Row.fields.contains { $0.name == table.name })
            #expect(table.idField == 1)
        }
    }

    @Test("units follow from the names")
    func units() {
        let units = [
            "idle_ms", "bytes_in", "bytes_in_per_s", "messages_in_per_s", "queued", "connected_at", "shard", "state",
        ].map { connections[$0]?.unit }
        #expect(
            units == [
                .milliseconds, .bytes, .bytesPerSecond, .perSecond, .count, .time, FieldUnit.none, FieldUnit.none,
            ]
        )
    }

    @Test(
        "a near name is found, a far one is not",
        arguments: [
            ("oders", "orders"), ("ORDERS", "orders"), ("odrers", "orders"), ("orders", "orders"), ("xx", nil),
            ("nothing-alike", nil), ("", "a"),
        ] as [(String, String?)]
    )
    func nearest(_ text: String, _ best: String?) {
        var search = NearestText(to: text)
        for name in ["invoices", "orders", "order-archive", "a"] { search.consider(name) }
        #expect(search.best == best)
    }
}
