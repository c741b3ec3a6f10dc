import AdminAPI
import CommandSpec
import Testing

@testable import fluxctl

@Suite("Thresholds of checks")
struct CheckLimitTests {
    private static let figures = [
        CheckFigure("ready"), CheckFigure("bytes", .bytes), CheckFigure("oldest", .seconds),
        CheckFigure("sync", .milliseconds), CheckFigure("free", .bytes), CheckFigure("free_percent", .percent),
        CheckFigure("in", .rate),
    ]

    private static func limits(_ text: String) throws(ValueProblem) -> CheckLimits {
        try CheckLimits(text, of: figures)
    }

    @Test(
        "values are read in the unit of their figure",
        arguments: [
            ("ready>10k", 10_000.0), ("ready >= 7", 7), ("bytes>2GiB", 2_147_483_648), ("oldest>5m", 300_000),
            ("sync>1.5ms", 1.5), ("free<10%", 10), ("free_percent<10", 10), ("free<5GiB", 5_368_709_120),
            ("in<0.5", 0.5), ("ready!=0", 0), ("ready=3", 3),
        ]
    )
    func values(text: String, bound: Double) throws {
        #expect(try Self.limits(text).terms.map(\.bound) == [bound])
    }

    @Test(
        "what is no threshold is refused with what it should be",
        arguments: ["", "ready", ">5", "depth>5", "oldest>5", "ready>5m", "bytes>x", "ready>1 |", "free_percent>5GiB"]
    )
    func wrong(text: String) { #expect(throws: ValueProblem.self) { try Self.limits(text) } }

    @Test("a near name is suggested")
    func suggestion() {
        #expect { try Self.limits("redy>5") } throws: { ($0 as? ValueProblem)?.hint == "did you mean ready?" }
    }

    private static func findings(ready: Double, oldest: Double?) -> CheckFindings {
        var findings = CheckFindings()
        findings.add(figures[0], ready, headline: true)
        findings.add(figures[2], oldest)
        return findings
    }

    @Test("any term is enough, the graver state wins, and the line says which figure it was")
    func states() throws {
        let (warning, critical) = (try Self.limits("ready>10"), try Self.limits("ready>50 | oldest>5m"))
        let judge = { (ready: Double, oldest: Double?) in
            Self.findings(ready: ready, oldest: oldest).result("queue", of: "q", warning: warning, critical: critical)
        }
        #expect(judge(10, 300_000).line == "FLUXMQ QUEUE OK - q ready 10 | ready=10;10;50;0 oldest=300s;;300;0")
        #expect(judge(11, 0).line == "FLUXMQ QUEUE WARNING - q ready 11 (>10) | ready=11;10;50;0 oldest=0s;;300;0")
        #expect(
            judge(11, 301_500).line
                == "FLUXMQ QUEUE CRITICAL - q ready 11 (>10), oldest 5m01s (>5m) | ready=11;10;50;0 oldest=301.500s;;300;0"
        )
        #expect(judge(51, nil).line == "FLUXMQ QUEUE CRITICAL - q ready 51 (>50) | ready=51;10;50;0")
    }

    @Test("a lower bound is written as monitoring systems read it")
    func lower() throws {
        #expect(try Self.limits("free<5GiB").range(of: Self.figures[4]) == "5368709120:")
        #expect(try Self.limits("ready=3").range(of: Self.figures[0]) == "")
    }

    @Test("what is wrong in itself cannot be made right by thresholds")
    func base() {
        let found = Self.findings(ready: 0, oldest: nil)
        #expect(
            found.result("queue", of: "q", warning: nil, critical: nil, state: (.critical, "gone")).state == .critical
        )
    }
}

@Suite("Checks of queues and storage")
struct QueueCheckTests {
    private static func admin(
        _ queue: (inout AdminV1.Queue) -> Void = { _ in },
        broker: (inout AdminV1.Broker) -> Void = { _ in }
    ) -> FakeAdmin {
        var script = FakeAdmin.Script()
        var row = FakeRows.queue
        queue(&row)
        script.rows[.queue] = [FakeRows.row(.queue(row))]
        var node = FakeRows.broker
        (node.storageState, node.storageFreeBytes, node.storageCapacityBytes) = ("writable", 1 << 30, 4 << 30)
        node.storageReserveBytes = 64 << 20
        broker(&node)
        script.rows[.broker] = [FakeRows.row(.broker(node))]
        return FakeAdmin(script)
    }

    @Test("a queue's figures are compared and shown")
    func queue() async {
        let line = ["check", "queue", "orders", "--warn", "ready>10k", "--crit", "ready>50k | oldest>5m"]
        let done = await control(line, Self.admin())
        #expect(done.code == 1)
        #expect(
            done.out.hasPrefix(
                "FLUXMQ QUEUE WARNING - orders ready 12041 (>10k), oldest 42s, consumers 4, growing +96/s | "
                    + "ready=12041;10000;50000;0 unacked=318;;;0 "
            )
        )
        #expect(done.out.contains(" oldest=42s;;300;0 consumers=4;;;0 in=1200.0;;;0 out=1100.0;;;0 "))
    }

    @Test("a damaged queue is critical and a paused one a warning, without any threshold")
    func broken() async {
        let damaged = Self.admin { ($0.state, $0.note) = ("quarantined", "quarantined: messages") }
        #expect(await control(["check", "queue", "orders"], damaged).code == 2)
        #expect(await control(["check", "queue", "orders"], Self.admin { $0.state = "paused" }).code == 1)
    }

    @Test("what is not there is critical, with what comes near; a mistake is unknown")
    func missing() async {
        var script = FakeAdmin.Script()
        script.failure = Failure(.notFound, "queue \"oders\" not found", hints: ["did you mean 'orders'?"])
        let done = await control(["check", "queue", "oders"], FakeAdmin(script))
        #expect(done.code == 2)
        #expect(done.out == "FLUXMQ QUEUE CRITICAL - queue \"oders\" not found (did you mean 'orders'?)\n")
        #expect(await control(["check", "queue"], Self.admin()).code == 3)
        #expect(await control(["check", "queue", "orders", "--crit", "depht>5"], Self.admin()).code == 3)
    }

    @Test("a group is asked for by its queue and name")
    func group() async {
        let done = await control(["check", "group", "orders", "billing", "--crit", "lag>12k"], Self.admin())
        #expect(
            done.code == 2 && done.out.hasPrefix("FLUXMQ GROUP CRITICAL - orders billing lag 12041 (>12k), members 4, ")
        )
    }

    @Test("a stream is compared by the lag of its last reader; a queue is no stream")
    func stream() async {
        let admin = Self.admin { ($0.id, $0.type, $0.depth) = ("audit", "stream", 500) }
        let done = await control(["check", "stream", "audit", "--warn", "lag>10k"], admin)
        #expect(
            done.code == 1 && done.out.hasPrefix("FLUXMQ STREAM WARNING - audit lag 12041 (>10k), depth 500, bytes ")
        )
        #expect(admin.queries.map(\.filter) == ["queue=\"audit\""] && admin.queries[0].sort == "-lag")
        #expect(await control(["check", "stream", "orders"], Self.admin()).code == 3)
    }

    @Test("any dead letter is a warning unless thresholds say otherwise")
    func deadLetters() async {
        let admin = Self.admin { $0.ready = 2 }
        let done = await control(["check", "dlq"], admin)
        #expect(done.code == 1 && done.out.hasPrefix("FLUXMQ DLQ WARNING - 1 queue ready 2 (>0)"))
        #expect(await control(["check", "dlq", "--crit", "ready>2"], admin).code == 0)
        #expect(await control(["check", "dlq"], Self.admin { $0.ready = 0 }).code == 0)
    }

    @Test("storage is compared by space, and what it says of itself comes first")
    func disk() async {
        let fine = await control(["check", "disk"], Self.admin())
        #expect(
            fine.out == "FLUXMQ DISK OK - n1 free 1.0 GiB, free_percent 25%, logs 0 B | "
                + "free=1073741824B;;;0 free_percent=25.0%;;;0 logs=0B;;;0 waiting=0;;;0 quarantined=0;;;0\n"
        )
        #expect(await control(["check", "disk", "--warn", "free<30%"], Self.admin()).code == 1)
        #expect(await control(["check", "disk", "--crit", "free<2GiB"], Self.admin()).code == 2)
        let full = Self.admin(broker: { ($0.storageState, $0.storageNote) = ("full", "40 MiB are free") })
        let done = await control(["check", "disk"], full)
        #expect(done.code == 2 && done.out.contains("full: 40 MiB are free"))
        #expect(await control(["check", "ready"], full).code == 1)
        #expect(await control(["check", "disk"], Self.admin(broker: { $0.storageQuarantined = 1 })).code == 1)
        #expect(await control(["check", "disk"], Self.admin(broker: { $0.storageFreeBytes = 100 << 20 })).code == 1)
        #expect(await control(["check", "disk"], Self.admin(broker: { $0.storageState = "" })).code == 3)
        let failed = Self.admin(broker: { $0.storageState = "failed" })
        #expect(await control(["check", "ready"], failed).code == 2)
    }
}
