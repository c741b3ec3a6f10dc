import AdminAPI
import AdminService
import Protobuf
import RPC
import Testing

@Suite("Do")
struct DoTests {
    private func audit(_ bench: Bench) -> [AdminV1.Event] { bench.events.records(from: 1, limit: 100).records }

    @Test("one row by id: done, answered, and in the audit events")
    func byID() throws {
        let bench = Bench()
        bench.backend.add(1...3)
        let answer = try bench.do { request in
            request.id = "c2"
            request.reason = "test"
        }.get()
        #expect(answer.affected == 1)
        #expect(answer.ids == ["c2"])
        #expect(bench.backend.performed.map(\.ids) == [["c2"]])
        #expect(bench.backend.performed[0].identity == "uid 0 (pid 1)")
        let event = try #require(self.audit(bench).last)
        #expect(event.kind == "admin.do")
        #expect(event.subject == "c2")
        #expect(event.identity == "uid 0 (pid 1)")
        #expect(
            event.attributes == [
                "kind": "connection", "verb": "close", "id": "c2", "reason": "test", "result": "ok", "affected": "1",
            ]
        )
        #expect(event.level == .notice)
    }

    @Test("all rows that a filter matches; the answer names the first hundred")
    func byFilter() throws {
        let bench = Bench()
        bench.backend.add(1...300)
        let answer = try bench.do { $0.filter = "queued>100" }.get()
        #expect(answer.affected == 200)
        #expect(answer.ids.count == 100)
        #expect(bench.backend.performed[0].ids.count == 200)
        #expect(bench.backend.connections.count == 100)
        #expect(try bench.do { $0.filter = "queued>1000" }.get().message == "no connection matches")
        #expect(bench.backend.performed.count == 1)
    }

    @Test("a dry run changes nothing, says so, and is audited")
    func dryRun() throws {
        let bench = Bench()
        bench.backend.add(1...3)
        let answer = try bench.do { request in
            request.filter = "client"
            request.dryRun = true
        }.get()
        #expect(answer.dryRun)
        #expect(answer.affected == 3)
        #expect(bench.backend.performed.isEmpty)
        #expect(bench.backend.rehearsed == 1)
        #expect(bench.backend.connections.count == 3)
        #expect(self.audit(bench).last?.attributes["dry_run"] == "true")
    }

    @Test("a verb about the whole configuration takes neither id nor filter")
    func wholeKind() throws {
        let bench = Bench()
        let answer = try bench.do { request in
            request.kind = .config
            request.verb = "reload"
        }.get()
        #expect(answer.message == "0 closed")
        #expect(bench.backend.performed.map(\.verb) == ["reload"])
        let error = bench.do { request in
            request.kind = .config
            request.verb = "reload"
            request.id = "log.level"
        }.error
        #expect(error?.detail?.code == "bad_request")
        #expect(bench.backend.performed.count == 1)
    }

    @Test("a verb that makes a row takes the id of one that is not there, and nothing else that chooses rows")
    func makes() {
        let bench = Bench()
        let ban = { (change: (inout AdminV1.DoRequest) -> Void) in
            bench.do { request in
                (request.kind, request.verb, request.id) = (.ban, "add", "192.0.2.7")
                change(&request)
            }
        }
        #expect(ban { _ in }.error == nil)
        #expect(bench.backend.performed.map(\.ids) == [["192.0.2.7"]])
        #expect(self.audit(bench).last?.subject == "192.0.2.7")
        for change: (inout AdminV1.DoRequest) -> Void in [{ $0.id = "" }, { $0.filter = "a" }, { $0.ifVersion = "1" }] {
            #expect(ban(change).error?.detail?.code == "bad_request")
        }
        #expect(ban { $0.verb = "lift" }.error?.code == .notFound)
        #expect(bench.backend.performed.count == 1)
    }

    @Test("whoever keeps the audit is told of what was done, rehearsed and refused, as the ring has it")
    func onAudit() {
        let bench = Bench()
        bench.backend.add(1...3)
        var told: [AdminV1.Event] = []
        bench.service.onAudit = { told.append($0) }
        _ = bench.do { $0.id = "c2" }
        _ = bench.do { request in
            request.filter = "client"
            request.dryRun = true
        }
        _ = bench.do(by: Bench.reader) { $0.id = String(repeating: "x", count: 1 << 20) }
        #expect(told.map { $0.attributes["result"] } == ["ok", "ok", RPCCode.permissionDenied.name])
        #expect(told == self.audit(bench))
        #expect(told.allSatisfy { $0.textBytes < 8_192 })
    }

    @Test("another version than the one seen is ABORTED")
    func version() {
        let bench = Bench()
        bench.backend.add([1])
        let error = bench.do { request in
            request.id = "c1"
            request.ifVersion = "v0"
        }.error
        #expect(error?.code == .aborted)
        #expect(error?.detail?.code == "version_changed")
        #expect(bench.backend.performed.isEmpty)
        let answer = bench.do { request in
            request.id = "c1"
            request.ifVersion = "v1"
        }
        #expect(answer.value?.affected == 1)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var caller = Bench.root
        var change: @Sendable (inout AdminV1.DoRequest) -> Void
        var status = RPCCode.invalidArgument
        var code: String
        var hint = ""
    }

    static let refusals = [
        Refusal(
            testDescription: "a reader",
            caller: Bench.reader,
            change: { $0.id = "c1" },
            status: .permissionDenied,
            code: "read_only",
            hint: "use the admin socket"
        ),
        Refusal(
            testDescription: "a reader's dry run",
            caller: Bench.reader,
            change: { request in
                request.id = "c1"
                request.dryRun = true
            },
            status: .permissionDenied,
            code: "read_only",
            hint: "use the admin socket"
        ),
        Refusal(testDescription: "a verb", change: { $0.verb = "clsoe" }, code: "unknown_verb", hint: "close"),
        Refusal(testDescription: "neither id nor filter", change: { _ in }, code: "bad_request"),
        Refusal(testDescription: "a blank filter", change: { $0.filter = "  " }, code: "bad_request"),
        Refusal(
            testDescription: "both id and filter",
            change: { request in
                request.id = "c1"
                request.filter = "c1"
            },
            code: "bad_request"
        ),
        Refusal(
            testDescription: "a version for a filter",
            change: { request in
                request.filter = "c1"
                request.ifVersion = "v1"
            },
            code: "bad_request"
        ),
        Refusal(testDescription: "a filter", change: { $0.filter = "queued>" }, code: "bad_filter"),
        Refusal(testDescription: "an id that is gone", change: { $0.id = "c77" }, status: .notFound, code: "not_found"),
        Refusal(testDescription: "a kind", change: { $0.kind = .topic }, status: .unimplemented, code: "unknown_kind"),
        Refusal(
            testDescription: "a long reason",
            change: {
                $0.reason = String(repeating: "x", count: 1_025); $0.id = "c1"
            },
            code: "bad_request"
        ),
    ]

    @Test("what may not or cannot be done is refused, changes nothing, and is audited", arguments: refusals)
    func refuses(_ refusal: Refusal) throws {
        let bench = Bench()
        bench.backend.add([1])
        let error = try #require(bench.do(by: refusal.caller, refusal.change).error)
        #expect(error.code == refusal.status)
        #expect(error.detail?.code == refusal.code)
        #expect(error.detail?.hint == refusal.hint)
        #expect(bench.backend.performed.isEmpty)
        #expect(bench.backend.connections.count == 1)
        let event = try #require(self.audit(bench).last)
        #expect(event.level == .warning)
        #expect(event.identity == refusal.caller.identity)
        #expect(event.attributes["result"] == refusal.status.name)
    }
}
