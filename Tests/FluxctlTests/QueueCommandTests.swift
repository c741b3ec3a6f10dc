import AdminAPI
import CommandSpec
import JSON
import MQTTClient
import MQTTWire
import Testing

@testable import fluxctl

@Suite("Commands about queues")
struct QueueCommandTests {
    private static func admin(affected: UInt64 = 1, _ message: String = "done") -> FakeAdmin {
        var script = FakeAdmin.Script()
        script.response.affected = affected
        script.response.ids = ["orders"]
        script.response.message = message
        return FakeAdmin(script)
    }

    @Test("queue add sends what its flags say, under the names of the protocol")
    func add() async {
        let admin = Self.admin()
        let done = await control(
            [
                "queue", "add", "orders", "--dlq", "--delivery-limit", "3", "--ttl", "1h", "--max-bytes", "1MiB",
                "--bind", "a/#",
                "--bind", "b", "--single-active", "on", "--durability", "synced", "--backoff-factor", "1.5", "--reason",
                "why",
            ],
            admin
        )
        #expect(done.code == 0 && done.err == "done\n")
        let request = admin.changes.first
        #expect(
            request?.kind == .queue && request?.verb == "add" && request?.id == "orders" && request?.reason == "why"
        )
        #expect(
            request?.arguments == [
                "dead_letter_queue": "$dlq/orders", "deliveries_limit": "3", "ttl_ms": "3600000",
                "bytes_limit": "1048576",
                "topics": "a/#\nb", "single_active_consumer": "true", "durability": "synced",
                "backoff_multiplier": "1.5",
            ]
        )
    }

    @Test("stream add makes a stream, and --dlq none drops what cannot be processed")
    func streams() async {
        let admin = Self.admin()
        _ = await control(["stream", "add", "audit", "--retain-age", "30d"], admin)
        _ = await control(["queue", "set", "orders", "--dlq=none"], admin)
        #expect(admin.changes[0].arguments == ["type": "stream", "retention_ms": "2592000000"])
        #expect(admin.changes[1].arguments == ["dead_letter_queue": ""] && admin.changes[1].verb == "set")
    }

    @Test("set without a setting is a misuse")
    func nothingToSet() async {
        let admin = Self.admin()
        let done = await control(["queue", "set", "orders"], admin)
        #expect(done.code == 2 && admin.changes.isEmpty)
    }

    @Test("what changes stands in a table, from what to what")
    func changes() async {
        var script = FakeAdmin.Script()
        var change = AdminV1.Change()
        (change.key, change.from, change.to) = ("depth_limit", "100000", "5\u{1B}[0m")
        script.response.changes = [change]
        script.response.message = "set 1 queue"
        let done = await control(["queue", "set", "orders", "--max-len", "5", "--dry-run"], FakeAdmin(script))
        #expect(done.out == "SETTING      FROM    TO\ndepth_limit  100000  5\\x1b[0m\n")
        #expect(done.err == "dry run, nothing was changed: set 1 queue\n")
    }

    @Test("what is there, or is not, is no error if the flag says so")
    func forgiving() async {
        var script = FakeAdmin.Script()
        script.failure = Failure(.conflict, "it exists already")
        #expect(await control(["queue", "add", "a"], FakeAdmin(script)).code == 5)
        let done = await control(["queue", "add", "a", "--if-not-exists"], FakeAdmin(script))
        #expect(done.code == 0 && done.err.contains("it exists already"))
        script.failure = Failure(.notFound, "it is not there")
        #expect(await control(["queue", "rm", "a", "-y"], FakeAdmin(script)).code == 4)
        #expect(await control(["queue", "rm", "a", "-y", "--if-exists"], FakeAdmin(script)).code == 0)
    }

    @Test("rm passes on what must hold, and purge and rm ask first")
    func remove() async {
        let admin = Self.admin()
        _ = await control(["queue", "rm", "orders", "--if-empty", "--if-unused", "-y"], admin)
        #expect(admin.changes.first?.arguments == ["if_empty": "true", "if_unused": "true"])
        for line in [
            ["queue", "purge", "a"], ["group", "rm", "a", "b"], ["dlq", "replay", "a"], ["group", "reset", "a", "b"],
        ] {
            #expect(await control(line, admin).code == 10, "\(line)")
        }
        #expect(admin.changes.count == 1)
    }

    @Test("messages are asked for by the queue's name, quoted, and by what the flags say")
    func peek() async {
        let admin = Self.admin()
        _ = await control(
            ["queue", "peek", "my \"q\"", "--count", "3", "--filter", "qos=1 | qos=2", "--from", "offset:7"],
            admin
        )
        _ = await control(["stream", "view", "audit", "--from", "-5", "--to", "time:-1h"], admin)
        #expect(
            admin.queries.map(\.filter) == [
                "(queue=\"my \\\"q\\\"\" offset>=7 state!=settled) (qos=1 | qos=2)",
                "queue=\"audit\" offset>=12354 stored_at<=-1h state!=settled",
            ]
        )
        #expect(admin.queries.allSatisfy { $0.kind == .message && $0.skipTotals })
        #expect(admin.queries[0].limit == 3 && admin.queries[1].limit == 20)
        #expect(await control(["queue", "peek", "a", "--from", "yesterday"], admin).code == 2)
    }

    @Test("a group is named by its queue and itself")
    func groups() async {
        var script = FakeAdmin.Script()
        var member = FakeRows.consumer
        member.clientID = "w\"1"
        script.rows[.consumer] = [FakeRows.row(.consumer(member))]
        let admin = FakeAdmin(script)
        _ = await control(["group", "pause", "orders", "billing@eu/#"], admin)
        _ = await control(["group", "release", "orders", "billing", "5012", "-y"], admin)
        _ = await control(["group", "kick", "orders", "billing", "--member", "w\"1", "-y"], admin)
        _ = await control(["group", "reset", "orders", "billing", "--to", "-3", "--force", "-y"], admin)
        #expect(admin.changes.map(\.kind) == [.group, .pending, .consumer, .group])
        #expect(admin.changes.map(\.verb) == ["pause", "release", "kick", "reset"])
        #expect(admin.changes.map(\.id) == ["orders billing@eu/#", "orders:5012 billing", "", "orders billing"])
        #expect(admin.changes[2].filter == "queue=\"orders\" group=\"billing\" client_id=\"w\\\"1\"")
        #expect(admin.changes[3].arguments == ["to": "-3", "force": "true"])
        #expect(await control(["group", "kick", "orders", "billing", "-y"], admin).code == 2)
    }

    @Test("lag is listed with the furthest behind on top")
    func lag() async {
        let admin = Self.admin()
        let done = await control(["group", "lag", "billing", "--queue", "orders"], admin)
        #expect(
            admin.queries.first?.sort == "-lag" && admin.queries.first?.filter == "name=\"billing\" queue=\"orders\""
        )
        #expect(done.out.hasPrefix("NAME"))
    }

    @Test("dead letters are looked for where the queue sends them")
    func deadLetters() async {
        let admin = Self.admin()
        _ = await control(["dlq", "peek", "orders"], admin)
        _ = await control(["dlq", "peek", "$dlq/other"], admin)
        #expect(
            admin.queries.map { String($0.filter.prefix(26)) } == [
                "queue=\"$dlq/orders\" state!", "queue=\"$dlq/other\" state!=",
            ]
        )
    }

    @Test("a replay goes on until nothing is left, and asks for no more than is wanted")
    func replay() async {
        let admin = Self.admin(affected: 1)
        let done = await control(
            ["dlq", "replay", "orders", "--to", "queue:review", "--count", "2", "-y", "--filter", "qos=1"],
            admin
        )
        #expect(done.code == 0 && done.err == "replayed 2 messages of $dlq/orders\n")
        #expect(admin.changes.map { $0.arguments["count"] } == ["2", "1"])
        #expect(admin.changes.allSatisfy { $0.arguments["to"] == "queue:review" && $0.arguments["filter"] == "qos=1" })
        let nothing = Self.admin(affected: 0)
        _ = await control(["dlq", "replay", "orders", "-y"], nothing)
        #expect(nothing.changes.count == 1)
    }

    // MARK: Traffic

    private static func arguments(_ line: [String]) throws -> (Arguments, Endpoint) {
        guard case .run(_, let arguments) = try controlProgram.parse(line) else { throw UsageError("no command") }
        return (arguments, try ConnectionFlags.endpoint(arguments))
    }

    @Test("a message to a queue is published to its address, with what the queue is told")
    func publish() throws {
        let (arguments, endpoint) = try Self.arguments([
            "pub", "--to", "queue:orders/eu", "7", "--delay", "5m", "--priority", "9", "--message-id", "a",
            "--message-key", "k",
        ])
        guard case .messages(let messages, _, _) = try PublishPlan(arguments, try MessageSource(arguments, endpoint))
        else {
            throw UsageError("no messages")
        }
        #expect(messages.map(\.topic) == ["$queue/orders/eu"] && messages[0].payload == Array("7".utf8))
        #expect(
            messages[0].properties.userProperties == [
                MQTTUserProperty("x-delay", "300000"), MQTTUserProperty("x-priority", "9"),
                MQTTUserProperty("x-message-id", "a"),
                MQTTUserProperty("x-key", "k"),
            ]
        )
    }

    @Test(
        "targets",
        arguments: [
            ("topic:a/b", "a/b"), ("queue:orders", "$queue/orders"), ("queue:orders/eu/1", "$queue/orders/eu/1"),
            ("queue:$dlq/orders", "$dlq/orders"),
        ]
    )
    func targets(_ text: String, _ topic: String) throws { #expect(try PublishTarget(parsing: text).topic == topic) }

    @Test("a queue is subscribed to by its address and a group; what is not settled by writing it is settled by a verb")
    func subscribe() throws {
        let (arguments, endpoint) = try Self.arguments([
            "sub", "--queue", "orders", "eu/#", "--group", "g", "--from", "offset:7", "--ack", "nack",
        ])
        let queue = try #require(try QueueSubscription(arguments, endpoint))
        #expect(try SubscribeRun.filters(arguments, endpoint, queue).map(\.topicFilter) == ["$queue/orders/eu/#"])
        #expect(
            queue.userProperties == [
                MQTTUserProperty("consumer-group", "g"), MQTTUserProperty("x-stream-offset", "offset:7"),
                MQTTUserProperty("x-ack-mode", "settle"),
            ]
        )
        let names = [
            MQTTUserProperty("message-id", "orders:3"), MQTTUserProperty("group-id", "g"), MQTTUserProperty("a", "b"),
        ]
        let delivery = MQTTMessage(
            topic: "$queue/orders/eu/1",
            properties: MQTTMessageProperties(userProperties: names)
        )
        let settlement = try #require(queue.settlement(of: delivery))
        #expect(
            settlement.topic == "$queue/orders/eu/1/$nack"
                && settlement.properties.userProperties == Array(names.prefix(2))
        )
        let (plain, other) = try Self.arguments(["sub", "--queue", "orders"])
        let whole = try #require(try QueueSubscription(plain, other))
        #expect(
            whole.userProperties == [MQTTUserProperty("x-ack-mode", "puback")] && whole.settlement(of: delivery) == nil
        )
        #expect(try SubscribeRun.filters(plain, other, whole).map(\.topicFilter) == ["$queue/orders"])
        let (few, same) = try Self.arguments(["sub", "--queue", "orders", "--count", "3"])
        let counted = try #require(try QueueSubscription(few, same))
        #expect(counted.userProperties == [MQTTUserProperty("x-ack-mode", "settle")])
        #expect(counted.settlement(of: delivery)?.topic == "$queue/orders/eu/1/$ack")
        let (looking, there) = try Self.arguments(["sub", "--queue", "orders", "--ack", "none", "--prefetch", "7"])
        let look = try #require(try QueueSubscription(looking, there))
        #expect(look.settlement(of: delivery) == nil)
        #expect(look.window(looking, filters: 1) == DeliveryWindow(prefetch: 7, filters: 1, count: nil, holdsAll: true))
    }

    @Test("a queue's part of the receive maximum is what was asked for, shared by the filters")
    func receiveMaximum() {
        func window(_ prefetch: Int, _ filters: Int, _ count: Int? = nil) -> (Int, Int) {
            let window = DeliveryWindow(prefetch: prefetch, filters: filters, count: count)
            return (Int(window.receiveMaximum), window.size)
        }
        #expect(window(1, 1) == (2, 1))
        #expect(window(10, 1) == (20, 10))
        #expect(window(10, 3) == (12, 9), "three each, and ordinary messages as much as one of them")
        #expect(window(1, 3) == (1, 1), "less than one each: the connection's bound holds")
        #expect(window(1_000, 1, 5) == (10, 5))
        #expect(window(65_535, 1) == (65_535, 32_767))
    }

    @Test("a queue is never asked for more than is shown", arguments: [1, 2, 7, 10, 11, 100], [1, 10, 30])
    func deliveryWindow(count: Int, prefetch: Int) {
        var window = DeliveryWindow(prefetch: prefetch, filters: 1, count: count)
        var (sent, shown, acknowledged) = (0, 0, 0)
        while shown < count {
            sent = acknowledged + window.size  // a queue that always has more
            #expect(sent > shown, "it would wait for ever")
            for message in shown..<sent where shown < count {
                // Every fourth is left out by a filter.
                if message % 4 == 3 { window.hid(1) }
                shown += 1
                while acknowledged < shown, window.room > 0 {
                    window.acknowledged(1)
                    acknowledged += 1
                }
            }
            if shown == count { break }
        }
        #expect(sent <= count + count / 4 + 1)
    }

    @Test("who takes three messages of many is sent three")
    func exactCount() {
        for count in 1...20 {
            var window = DeliveryWindow(prefetch: 1_000, filters: 1, count: count)
            var (acknowledged, sent) = (0, 0)
            for shown in 1...count {
                sent = max(sent, acknowledged + window.size)
                #expect(sent >= shown)
                while acknowledged < shown, window.room > 0 {
                    window.acknowledged(1)
                    acknowledged += 1
                }
            }
            #expect(max(sent, acknowledged + window.size) == count)
        }
        var held = DeliveryWindow(prefetch: 5, filters: 1, count: nil, holdsAll: true)
        #expect(held.room == 0)
        held.holdsAll = false
        #expect(held.room == .max)
    }

    // MARK: What is not there

    /// An admin plane that has the queue orders with the group billing, and nothing in it.
    private static func empty() -> FakeAdmin {
        var script = FakeAdmin.Script()
        script.rows = [:]
        script.known = ["orders", "orders billing"]
        return FakeAdmin(script)
    }

    @Test(
        "lists of what is not there fail with what was probably meant; of what is there and empty they are empty",
        arguments: [
            ["group", "members", "ordrs", "billing"], ["group", "members", "orders", "billling"],
            ["group", "pending", "ordrs", "billing"], ["group", "pending", "orders", "billling"],
            ["group", "lag", "billling"], ["group", "lag", "billing", "--queue", "ordrs"],
            ["group", "lag", "--queue", "ordrs"], ["stream", "offsets", "ordrs"],
            ["group", "kick", "orders", "billing", "--member", "nobody", "-y"],
            ["group", "pending", "ordrs", "billing", "-w"],
        ]
    )
    func missing(_ line: [String]) async {
        let done = await control(line, Self.empty())
        #expect(done.code == ExitCode.notFound.rawValue && done.out.isEmpty, "\(done)")
        #expect(done.err.contains("did you mean") || done.err.contains("see: "), "\(done.err)")
    }

    @Test(
        "a group without members, or without anything in hand, is an empty list",
        arguments: [["group", "members", "orders", "billing"], ["group", "pending", "orders", "billing"]]
    )
    func empty(_ line: [String]) async {
        #expect(await control(line, Self.empty()).code == 0)
    }

    @Test("what nobody has in hand is listed as pending if it is asked for")
    func free() async {
        let admin = Self.admin()
        _ = await control(["group", "pending", "orders", "billing", "--idle", "5m"], admin)
        _ = await control(["group", "pending", "orders", "billing", "--free"], admin)
        #expect(
            admin.queries.map(\.filter) == [
                "queue=\"orders\" group=\"billing\" idle_ms>=300000 state!=ready",
                "queue=\"orders\" group=\"billing\"",
            ]
        )
    }

    // MARK: Words

    @Test("a rehearsal says what is in each queue that would go")
    func forecast() async {
        var script = FakeAdmin.Script()
        var change = AdminV1.Change()
        (change.key, change.note) = ("orders", "12 messages, 1 consumer")
        script.response.changes = [change]
        (script.response.ids, script.response.affected) = (["orders", "more"], 2)
        let done = await control(["queue", "rm", "--filter", "id~o", "--dry-run"], FakeAdmin(script))
        #expect(done.out == "orders  12 messages, 1 consumer\nmore\n")
    }

    @Test("a stream is shown without what only queues have, and a queue is no stream")
    func streamShow() async {
        var script = FakeAdmin.Script()
        var queue = FakeRows.queue
        queue.type = "stream"
        script.rows[.queue] = [FakeRows.row(.queue(queue))]
        let done = await control(["stream", "show", "audit"], FakeAdmin(script))
        #expect(done.code == 0 && done.out.contains("retention") && !done.out.contains("deliveries limit"))
        for word in ["overflow", "visibility", "backoff", "dead_letter_queue"] {
            #expect(!done.out.contains(word), "\(word)")
        }
        queue.type = "classic"
        script.rows[.queue] = [FakeRows.row(.queue(queue))]
        let wrong = await control(["stream", "show", "orders"], FakeAdmin(script))
        #expect(wrong.code == 4 && wrong.err.contains("is no stream") && wrong.err.contains("queue show orders"))
    }

    @Test("stream add has no flags that mean nothing there")
    func streamFlags() async {
        for flag in [
            "--max-len=1", "--visibility=1s", "--dlq", "--delivery-limit=1", "--priorities=on", "--expires=1s",
        ] {
            let admin = Self.admin()
            let done = await control(["stream", "add", "audit", flag], admin)
            #expect(done.code == 2 && admin.changes.isEmpty, "\(flag)")
        }
    }

    @Test(
        "words of other programs lead to ours",
        arguments: [
            (["queue", "list"], "ls"), (["queue", "create", "a"], "add"), (["queue", "delete", "a"], "rm"),
            (["queue", "describe", "a"], "show"), (["group", "list"], "ls"), (["queue", "shw", "a"], "show"),
        ]
    )
    func synonyms(_ line: [String], _ verb: String) async {
        let done = await control(line, Self.admin())
        #expect(done.code == 2 && done.err.contains("did you mean \"\(verb)\"?"), "\(done.err)")
    }

    @Test("a verb without a noun is told where it belongs, also in other programs' words")
    func nounFirst() async {
        let done = await control(["create", "queue"], Self.admin())
        #expect(done.code == 2 && done.err.contains("the noun comes first"))
    }

    // MARK: Queues that are not there

    private func warning(_ queue: String, via: String = "mqtt5", listener: String = "127.0.0.1:1883") throws -> String {
        var script = FakeAdmin.Script()
        var row = AdminV1.Listener()
        row.address = listener
        script.rows[.listener] = [FakeRows.row(.listener(row))]
        script.known = ["orders"]
        let (streams, admin) = (CapturedStreams(), FakeAdmin(script))
        let surroundings = Surroundings(
            streams: streams,
            environment: { _ in nil },
            connect: { _ throws(Failure) in admin }
        )
        return try Surroundings.$current.withValue(surroundings) {
            let (arguments, endpoint) = try Self.arguments(["pub", "--to", "queue:\(queue)", "x", "--via", via])
            let console = try Console(arguments, command: "pub", schema: PublishCommand.schema)
            MissingQueue.warn(queue, arguments, endpoint, console)
            return streams.text(.error)
        }
    }

    @Test("a queue that is not there yet is warned about, with near names, if the admin plane is the same broker's")
    func missingQueue() throws {
        let text = try self.warning("ordrs")
        #expect(text.contains("warning") && text.contains("ephemeral") && text.contains("did you mean 'orders'?"))
        #expect(text.contains("fluxctl queue add ordrs"))
        #expect(try self.warning("orders").isEmpty)
        #expect(try self.warning("$dlq/x").isEmpty, "the broker says so itself")
        #expect(try self.warning("ordrs", listener: "127.0.0.1:1999").isEmpty, "another broker")
        #expect(try self.warning("ordrs", via: "mqtt5://broker.example").isEmpty, "not this machine's")
    }

    @Test(
        "lines that make no sense are refused before anything connects",
        arguments: [
            (["sub"], ExitCode.usage), (["sub", "a", "--group", "g"], .usage),
            (["sub", "--queue", "q", "--via", "mqtt3"], .unsupported),
            (["sub", "--queue", "q", "--from", "-3x"], .usage),
        ]
    )
    func misuse(_ line: [String], _ exit: ExitCode) throws {
        let (arguments, endpoint) = try Self.arguments(line)
        #expect {
            _ = try SubscribeRun.filters(arguments, endpoint, try QueueSubscription(arguments, endpoint))
        } throws: {
            ($0 as? Failure)?.exit == exit
        }
    }

    // MARK: Bench

    @Test("a message that came to two members of a group came twice, one that came to two groups did not")
    func sharedChecks() {
        let checks = SharedChecks()
        #expect(checks.received(0, of: 1, in: 0) == .inOrder)
        #expect(checks.received(0, of: 1, in: 0) == .duplicate)
        #expect(checks.received(0, of: 1, in: 1) == .inOrder)
        #expect(checks.received(2, of: 1, in: 0) == .inOrder)
        #expect(checks.received(1, of: 1, in: 0) == .reordered)
    }
}
