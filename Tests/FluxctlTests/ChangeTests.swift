import AdminAPI
import CommandSpec
import JSON
import Testing

@testable import fluxctl

@Suite("Commands that change something")
struct ChangeTests {
    private static func admin(affected: UInt64 = 2) -> FakeAdmin {
        var script = FakeAdmin.Script()
        script.response.affected = affected
        script.response.ids = ["c1", "c\u{1B}2"]
        script.response.message = "2 connections closed"
        return FakeAdmin(script)
    }

    @Test("without a terminal what takes something away needs --yes", arguments: [["--no-input"], []])
    func needsYes(_ flags: [String]) async {
        let admin = Self.admin()
        let done = await control(["conn", "close", "c1"] + flags, admin)
        #expect(done.code == 10 && admin.changes.isEmpty)
        #expect(done.err.contains("--yes"))
    }

    @Test("--no-input asks nobody even on a terminal")
    func noInput() async {
        let done = await control(
            ["conn", "close", "c1", "--no-input"],
            Self.admin(),
            on: CapturedStreams(answers: ["y"])
        )
        #expect(done.code == 10)
    }

    @Test("on a terminal it says what would happen, and asks")
    func asks() async {
        let admin = Self.admin()
        let streams = CapturedStreams(answers: ["y"])
        let done = await control(["conn", "close", "--filter", "state=slow"], admin, on: streams)
        #expect(done.code == 0)
        #expect(done.err == "Close 2 connections: c1, c\\x1b2? [y/N] 2 connections closed\n")
        #expect(admin.changes.map(\.dryRun) == [true, false])
        #expect(admin.changes.allSatisfy { $0.filter == "state=slow" && $0.id == "" && $0.verb == "close" })
    }

    @Test("anything but yes changes nothing", arguments: ["n", "", "yeah"])
    func refused(_ answer: String) async {
        let admin = Self.admin()
        let done = await control(["session", "expire", "a"], admin, on: CapturedStreams(answers: [answer]))
        #expect(done.code == 1 && admin.changes.map(\.dryRun) == [true])
    }

    @Test("--yes asks nobody, and says why it was done")
    func yes() async {
        let admin = Self.admin()
        let done = await control(["retained", "rm", "a/#", "-y", "--reason", "test"], admin)
        #expect(done.code == 0 && done.out == "" && admin.changes.count == 1)
        #expect(admin.changes.first?.reason == "test" && admin.changes.first?.filter == "id~\"^a(/.*)?$\"")
    }

    @Test("--dry-run asks the broker what would change, and needs no yes")
    func dryRun() async throws {
        let admin = Self.admin()
        let done = await control(["conn", "close", "c1", "--dry-run", "--if-version", "8f"], admin)
        #expect(done.code == 0 && done.out == "c1\nc\\x1b2\n")
        #expect(done.err == "dry run, nothing was changed: 2 connections closed\n")
        #expect(admin.changes.map(\.dryRun) == [true] && admin.changes.first?.ifVersion == "8f")
        let machine = await control(["conn", "close", "c1", "--dry-run", "-o", "json"], admin)
        let item = try JSONParser.parse(Array(machine.out.utf8))["item"]
        #expect(item?["affected"]?.text == "2" && item?["dry_run"]?.text == "true" && machine.err == "")
    }

    @Test("a ban is lifted without asking, by address or by filter; one is added for so long")
    func bans() async {
        let admin = Self.admin(affected: 1)
        #expect(await control(["ban", "lift", "192.0.2.7", "--reason", "typo"], admin).code == 0)
        #expect(await control(["ban", "lift", "--filter", "listener=mqtt"], admin).code == 0)
        #expect(await control(["ban", "add", "2001:db8::1", "--for", "1m30s"], admin).code == 0)
        #expect(await control(["ban", "add", "192.0.2.7"], admin).code == 0)
        #expect(admin.changes.allSatisfy { $0.kind == .ban && !$0.dryRun })
        #expect(admin.changes.map(\.verb) == ["lift", "lift", "add", "add"])
        #expect(admin.changes.map(\.id) == ["192.0.2.7", "", "2001:db8::1", "192.0.2.7"])
        #expect(admin.changes.map { $0.arguments["for_ms"] } == [nil, nil, "90000", "3600000"])
        #expect(admin.changes[0].reason == "typo" && admin.changes[1].filter == "listener=mqtt")
        #expect(await control(["ban", "lift"], admin).code == 2)
    }

    @Test("verbs that take nothing away do not ask", arguments: ["pause", "resume"])
    func listener(_ verb: String) async {
        let admin = Self.admin(affected: 1)
        #expect(await control(["listener", verb, "mqtt"], admin).code == 0)
        #expect(admin.changes.first?.verb == verb && admin.changes.first?.id == "mqtt")
    }

    @Test(
        "a change of the configuration ends by its gravest effect",
        arguments: [(["live"], 0), (["live", "restart"], 3), (["restart", "rejected"], 9), ([], 0)]
            as [([String], Int32)]
    )
    func config(_ effects: [String], _ code: Int32) async {
        var script = FakeAdmin.Script()
        script.response.changes = effects.map { effect in
            var change = AdminV1.Change()
            (change.key, change.from, change.to, change.effect) = ("log.level", "info", "debug", effect)
            return change
        }
        let done = await control(["config", "reload"], FakeAdmin(script))
        #expect(done.code == code)
        #expect(done.out.split(separator: "\n").count == effects.count + 1)
    }

    @Test("a reload's warnings and message go to standard error, and so does every mistake of a file")
    func reloadWords() async {
        var script = FakeAdmin.Script()
        script.response.message = "no key differs; read again: 12 users -> 13 users"
        script.response.warnings = ["auth.password_file: \u{1B}of 9 users 3 are left"]
        let done = await control(["config", "reload"], FakeAdmin(script))
        #expect(
            done.err == """
                no key differs; read again: 12 users -> 13 users
                warning: auth.password_file: \\x1bof 9 users 3 are left

                """
        )
        script.failure = Failure(.badInput, "f:1:1: one\nf:2:1: two\u{1B}")
        let refused = await control(["config", "check", #filePath], FakeAdmin(script))
        #expect(refused.code == 9 && refused.err == "fluxctl: error: f:1:1: one\n  f:2:1: two\\x1b\n")
    }

    @Test("log level sets a key, and shows it when no level is given")
    func logLevel() async {
        let admin = FakeAdmin()
        #expect(await control(["log", "level", "debug"], admin).code == 0)
        #expect(admin.changes.first?.id == "log.level" && admin.changes.first?.arguments == ["value": "debug"])
        #expect(await control(["log", "level", "--columns", "value"]).code == 2)
        #expect(await control(["log", "level"]).out.contains("value:          debug"))
    }

    @Test("warn and warning are one level; critical is one to read from, not to log from")
    func warningLevel() async {
        for word in ["warn", "warning"] {
            let admin = FakeAdmin()
            #expect(await control(["log", "level", word], admin).code == 0)
            #expect(admin.changes.first?.arguments == ["value": "warn"])
            #expect(await control(["log", "ls", "--level", word]).code == 0)
        }
        #expect(LevelName.warn.level == .warning && LevelName.warning.level == .warning)
        #expect(await control(["log", "level", "critical"]).code == 2)
        #expect(await control(["log", "ls", "--level", "critical"]).code == 0)
    }

    @Test(
        "a topic filter is a pattern over ids",
        arguments: [
            ("a/b", "id~\"^a/b$\""), ("a/+/c", "id~\"^a/[^/]*/c$\""), ("a.b/#", "id~\"^a\\\\.b(/.*)?$\""),
            ("#", "id~\"^\" id!~\"^[$]\""), ("+/x", "id~\"^[^/]*/x$\" id!~\"^[$]\""),
            ("$SYS/#", "id~\"^\\\\$SYS(/.*)?$\""),
        ]
    )
    func patterns(_ filter: String, _ expected: String) throws {
        #expect(try topicPattern(filter, command: "x") == expected)
    }
}

@Suite("Checks")
struct CheckTests {
    @Test("alive and ready write one line with performance data")
    func lines() async {
        let alive = await control(["check", "alive"])
        #expect(alive.code == 0 && alive.out.hasPrefix("FLUXMQ ALIVE OK - fluxd 0.1.0 on n1 up 10m00s | rtt="))
        let ready = await control(["check", "ready"])
        #expect(ready.out == "FLUXMQ READY OK - n1 is ready | connections=4102;;;0 sessions=0;;;0\n")
    }

    @Test("a broker that is away is critical, one that starts too, and a mistake is unknown")
    func states() async {
        var away = FakeAdmin.Script()
        away.failure = Failure(.unreachable, "nobody | listens")
        let done = await control(["check", "alive"], FakeAdmin(away))
        #expect(done.code == 2 && done.out == "FLUXMQ ALIVE CRITICAL - nobody / listens\n")
        var starting = FakeAdmin.Script()
        var broker = FakeRows.broker
        broker.state = "starting"
        starting.rows[.broker] = [FakeRows.row(.broker(broker))]
        #expect(await control(["check", "ready"], FakeAdmin(starting)).code == 2)
        #expect(await control(["check", "alvie"]).code == 3)
        #expect(await control(["check", "alive", "--filter", "x"]).code == 3)
    }
}
