import CommandSpec
import JSON
import MQTTWire
import Testing

@testable import fluxctl

private let second: UInt64 = 1_000_000_000

/// What bench makes of a line before it connects.
private func plan(_ line: String) throws -> LoadPlan {
    let words = ["bench"] + line.split(separator: " ").map(String.init)
    guard case .run(let command?, let arguments) = try controlProgram.parse(words),
        let scenario = LoadPlan.Scenario(rawValue: command.name)
    else { throw Failure(.usage, "no scenario") }
    return try LoadPlan(scenario, arguments, try ConnectionFlags.endpoint(arguments))
}

/// A thousand messages, with latencies of 1 to 1,000 µs and half of that as service time.
private func result(late: Int = 0, lost: Int = 0) -> LoadResult {
    let layout = LoadLayout(publishers: 1, subscribers: 1, topics: 1)
    var plan = LoadPlan(scenario: .pubsub, version: .v5, layout: layout)
    (plan.qos, plan.rate, plan.isOpenLoop, plan.duration) = (1, 1_000, true, second)
    var tally = Tally()
    for number in 1...1_000 {
        tally.sent += 1
        tally.expected += 1
        tally.sending.note(UInt64(number) * 1_000_000)
        if number <= lost { continue }
        tally.received += 1
        tally.receiving.note(UInt64(number) * 2_000_000)
        tally.latency.record(UInt64(number) * 1_000)
        tally.service.record(UInt64(number) * 500)
    }
    tally.late = late
    return LoadResult(plan: plan, total: tally, elapsed: second, processorSeconds: 0.5, processorSpan: 1, cores: 2)
}

@Suite("fluxctl bench")
struct BenchTests {
    @Test("a line becomes a plan")
    func plans() throws {
        let all = try plan(
            "pubsub --pubs 16 --subs 8 --topics 4 --size 64-4096 -Q2 --rate 50k --duration 10s --warmup 1s --window 7 "
                + "--connect-rate 100 --payload random --via mqtt3"
        )
        #expect(all.layout == LoadLayout(publishers: 16, subscribers: 8, topics: 4))
        #expect(all.size == 64...4_096 && all.qos == 2 && all.rate == 50_000 && all.isOpenLoop && all.window == 7)
        #expect(all.duration == 10 * second && all.warmUp == second && all.connectRate == 100)
        #expect(all.filler == .random && all.version == .v3_1_1)
        let few = try plan("pub --count 100")
        #expect(
            few.count == 100 && few.duration == nil && few.warmUp == 0 && !few.isOpenLoop && few.layout.subscribers == 0
        )
        let plain = try plan("pubsub --pubs 3")
        #expect(plain.duration == 30 * second && plain.warmUp == 3 * second && plain.layout.topics == 3)
        #expect(try plan("pub --rate 10 --closed-loop").isOpenLoop == false)
        #expect(try plan("sub --subs 4").layout == LoadLayout(publishers: 0, subscribers: 4, topics: 4))
        let queue = try plan("queue --queue load --pubs 2 --subs 4 --groups 2 --prefetch 10 --count 9")
        #expect(queue.queue == "load" && queue.qos == 1 && queue.groups == 2 && queue.prefetch == 10)
        #expect(queue.receivers(ofTopic: 0) == 2 && queue.topic(0) == Array("$queue/load".utf8))
        #expect((0..<4).map { queue.group(ofSubscriber: $0) } == [0, 1, 0, 1])
        #expect(try plan("queue").queue.hasPrefix("fluxmq-bench-"))
        let connections = try plan("conn --conns 500")
        #expect(connections.connections == 500 && connections.duration == nil && connections.warmUp == 0)
    }

    @Test(
        "what makes no sense is said before anything connects",
        arguments: [
            ("pub --closed-loop", "--closed-loop needs --rate"),
            ("pub --open-loop", "--open-loop needs --rate"),
            ("pub --rate 1 --open-loop --closed-loop", "a loop is open or closed, not both"),
            ("pub --window 5", "--window has no meaning at QoS 0, which acknowledges nothing"),
            ("pub --assert p99<5ms", "--assert p99<5ms: there is no latency at QoS 0"),
            ("pub --hist x", "--hist: there is no latency at QoS 0"),
            ("sub --assert max<5ms", "--assert max<5ms: bench sub measures no latency"),
            ("stream", "which stream? give --queue NAME"),
            ("queue --groups 2", "--groups 2 needs as many --subs, or nobody takes what is in the queue"),
            ("pubsub --pubs 60000 --subs 60000", "120,000 connections are more than an address has ports for"),
            ("pub --size 31", "--size \"31\" is not within 32 B and 8 MiB"),
            ("pub --size 64-32", "--size \"64-32\" is not within 32 B and 8 MiB"),
            ("pub --rate 0", "--rate \"0\" is not a rate"),
            ("pub --assert p99", "--assert \"p99\" is not NAME OPERATOR VALUE"),
            ("pub --assert lst=0", "--assert \"lst=0\" is about nothing that is measured"),
            ("pub --assert p0<1s", "--assert \"p0<1s\" is about nothing that is measured"),
            ("pub --assert p99<5", "--assert \"p99<5\" compares a time with \"5\""),
            ("pub --assert lost=5ms", "--assert \"lost=5ms\" compares a number with \"5ms\""),
        ]
    )
    func mistakes(_ line: String, _ message: String) {
        var found: String?
        do {
            _ = try plan(line)
        } catch let error as Failure {
            found = error.exit == .usage && !error.hints.isEmpty ? error.message : nil
        } catch let error as UsageError {
            found = error.message
        } catch {}
        #expect(found == message)
    }

    @Test(
        "nothing that is not built is in help",
        arguments: ["compare", "ramp", "threads", "cpu-affinity", "reconnect"]
    )
    func help(_ flag: String) {
        let commands = controlProgram.everyCommand.filter { $0.group == "bench" }
        #expect(commands.count == 6)
        #expect(!commands.contains { $0.flags.contains { $0.name == flag } })
    }

    @Test(
        "an assertion holds or fails by what was measured",
        arguments: [
            ("p99<=992us", .pass), ("p99<990us", .fail), ("p50>499us", .pass), ("max=1ms", .pass), ("min<5us", .pass),
            ("mean<503us", .pass), ("p99.9<1.1ms", .pass), ("p100>=1ms", .pass), ("service_p99<500us", .pass),
            ("service_max>600us", .fail), ("lost=0", .fail), ("lost<=3", .pass), ("lost!=3", .fail), ("dup=0", .pass),
            ("sent>=1k", .pass), ("received=997", .pass), ("received>1M", .fail), ("sent_per_s>=999.9", .pass),
            ("received_per_s<501", .pass), ("errors=0", .pass), ("late = 0", .pass),
        ] as [(String, Assertion.Verdict)]
    )
    func assertions(_ text: String, _ verdict: Assertion.Verdict) throws {
        #expect(try Assertion(text).judge(result(lost: 3)) == verdict)
    }

    @Test("a generator that is late itself judges no times and rates, and losses all the same")
    func clientLimited() throws {
        #expect(result(late: 10).isClientLimited == false)
        let late = result(late: 11)
        #expect(late.isClientLimited)
        #expect(try Assertion("p99<5s").judge(late) == .withheld && Assertion("sent_per_s>1").judge(late) == .withheld)
        #expect(try Assertion("lost=0").judge(late) == .pass)
        let report = LoadReport(late, [try Assertion("p99<5s")], via: "mqtt5")
        #expect(report.failure?.exit == .failed && report.text.contains("CLIENT-LIMITED"))
        let failed = LoadReport(late, [try Assertion("p99<5s"), try Assertion("sent=1")], via: "mqtt5")
        #expect(failed.failure?.exit == .assertionFailed)
        #expect(failed.failure?.message == "does not hold: sent=1 (1,000)")
    }

    @Test("rates are those of the steps between the first and the last")
    func rates() {
        let found = result()
        #expect(found.sentPerSecond == 1_000 && found.receivedPerSecond == 500)
        var span = Tally.Stretch()
        #expect(span.rate(0) == nil)
        span.note(5)
        #expect(span.rate(1) == nil && span.rate(2) == nil)
    }

    @Test("the result is written for people")
    func text() throws {
        let report = LoadReport(result(lost: 2), [try Assertion("lost=0"), try Assertion("p99<5ms")], via: "mqtt5")
        let lines = report.text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "latency, intended send to receive   n=998")
        #expect(
            lines.contains(
                "p50 0.50  p90 0.90  p99 0.99  p99.9 1.00  p99.99 1.00  max 1.00 ms      service-time p99 0.50 ms"
            )
        )
        #expect(lines.contains("sent 1,000  received 998  lost 2  dup 0  reordered 0"))
        #expect(lines.contains("sent 1,000/s  received 500/s"))
        #expect(lines.contains("errors 0  late starts 0  client CPU 50% of 2 cores"))
        #expect(lines.suffix(2) == ["ASSERT lost=0  FAIL (2)", "ASSERT p99<5ms  pass (0.99 ms)"])
    }

    @Test("the result is what its schema says")
    func json() throws {
        let report = LoadReport(result(), [try Assertion("p99<5ms")], via: "mqtt5")
        guard case .object(let members) = report.json else { return #expect(Bool(false)) }
        let bare = JSONValue.object(members.filter { $0.0 != "schema" })
        #expect(mismatches(bare, LoadReport.schema.jsonSchema).isEmpty)
        #expect(report.json["latency_ms"]?["p99"]?.text == "0.99")
        #expect(report.json["assertions"]?.text.contains(#""verdict":"pass""#) == true)
        #expect(report.record["latency_ns"]?.text.hasPrefix("[[") == true)
    }

    @Test("a line for each interval has its own counts and times")
    func intervals() throws {
        let found = result()
        var watch = LoadWatch(found.plan, interval: second)
        watch.begin(at: 10 * second)
        watch.add(found.total)
        let early = watch.row(at: 10 * second, until: 12 * second, unacknowledged: 0)
        #expect(early == nil)
        let firstRow = watch.row(at: 11 * second, until: 12 * second, unacknowledged: 0)
        let first = try #require(firstRow)
        #expect(
            LoadReport.row(first)
                == "   1s     1,000     1,000         0   0.50ms   0.99ms   1.00ms   1.00ms     0    0"
        )
        var unanswered = Tally()
        (unanswered.sent, unanswered.expected) = (500, 500)
        watch.add(unanswered)
        let nextRow = watch.row(at: 12 * second, until: 12 * second, unacknowledged: 0)
        let next = try #require(nextRow)
        #expect(next.sent == 500 && next.received == 0 && next.inFlight == 500 && next.latency == nil)
        let late = watch.row(at: 14 * second, until: 12 * second, unacknowledged: 0)
        #expect(late == nil)
        #expect(watch.intervals == [first, next] && watch.total.sent == 1_500)
    }
}
