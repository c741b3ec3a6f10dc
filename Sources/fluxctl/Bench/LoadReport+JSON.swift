import CommandSpec
import JSON

extension LoadReport {
    static let schema = OutputSchema(
        "bench.result",
        version: 1,
        [
            .init("scenario", .string, "pub, sub, pubsub, conn, queue or stream."),
            .init("via", .string, "Protocol: mqtt5 or mqtt3."),
            .init("qos", .integer, "Quality of service."),
            .init("publishers", .integer, "Publishers."),
            .init("subscribers", .integer, "Subscribers."),
            .init("connections", .integer, "All connections."),
            .init("topics", .integer, "Topics; 0 in bench conn."),
            .init("rate_per_s", .number, optional: true, "Messages a second that were asked for."),
            .init("loop", .string, "open or closed."),
            .init("elapsed_ms", .number, "How long was measured."),
            .init("connected", .integer, "Connections that were made."),
            .init("sent", .integer, "Messages that were sent."),
            .init("acknowledged", .integer, "Messages that the broker acknowledged."),
            .init("received", .integer, "Messages that were received, duplicates too."),
            .init("received_bytes", .integer, "Bytes of their payloads."),
            .init("sent_per_s", .number, optional: true, "Messages sent a second, in bench conn connections."),
            .init("received_per_s", .number, optional: true, "Messages received a second."),
            .init("lost", .integer, "Messages that did not arrive where they had to."),
            .init("duplicates", .integer, "Messages that arrived more than once."),
            .init("reordered", .integer, "Messages that arrived after later ones of the same publisher."),
            .init("foreign", .integer, "Messages on the same topics that are not of this load."),
            .init("late", .integer, "Sends that fluxctl itself began too late."),
            .init("owed", .integer, "Messages that were due, and that the broker held back to the end."),
            .init("client_limited", .boolean, "Whether more than 1 % of the sends began late."),
            .init("errors", .integer, "Refusals and lost connections."),
            .init("problems", .object, "What the errors were, and how many of each."),
            .init(
                "latency_ms",
                .object,
                optional: true,
                "From the intended send: min, mean, p50, p90, p99, p99_9, p99_99, max."
            ),
            .init("service_ms", .object, optional: true, "The same from the real send."),
            .init("client_cpu_percent", .number, "Processor time of fluxctl; 100 is one core."),
            .init("assertions", .array, "Each with expr, verdict (pass, fail, withheld) and value."),
        ]
    )

    var json: JSONValue {
        let (plan, total) = (self.result.plan, self.result.total)
        var members: [(String, JSONValue)] = [
            ("schema", .string(Self.schema.identifier)), ("scenario", .string(plan.scenario.rawValue)),
            ("via", .string(self.via)), ("qos", .integer(Int(plan.qos))),
            ("publishers", .integer(plan.layout.publishers)), ("subscribers", .integer(plan.layout.subscribers)),
            ("connections", .integer(plan.connections)),
            ("topics", .integer(plan.scenario == .conn ? 0 : plan.layout.topics)),
        ]
        if let rate = plan.rate { members.append(("rate_per_s", .number(rate))) }
        members += [
            ("loop", .string(plan.isOpenLoop ? "open" : "closed")),
            ("elapsed_ms", .number(Double(self.result.elapsed / 1_000) / 1e3)),
            ("connected", .integer(total.connected)), ("sent", .integer(total.sent)),
            ("acknowledged", .integer(total.acknowledged)), ("received", .integer(total.received)),
            ("received_bytes", .integer(total.receivedBytes)),
        ]
        if let value = self.result.sentPerSecond { members.append(("sent_per_s", .number(value))) }
        if let value = self.result.receivedPerSecond { members.append(("received_per_s", .number(value))) }
        let problems = total.problems.sorted { $0.key < $1.key }
        members += [
            ("lost", .integer(self.result.lost)), ("duplicates", .integer(total.duplicates)),
            ("reordered", .integer(total.reordered)), ("foreign", .integer(total.foreign)),
            ("late", .integer(total.late)), ("owed", .integer(Int(clamping: self.result.owed))),
            ("client_limited", .bool(self.result.isClientLimited)), ("errors", .integer(total.errors)),
            ("problems", .object(problems.map { ($0.key, .integer($0.value)) })),
        ]
        if total.latency.count > 0 {
            members += [("latency_ms", statistics(total.latency)), ("service_ms", statistics(total.service))]
        }
        members.append(("client_cpu_percent", .number((self.processorPercent * 10).rounded() / 10)))
        members.append(("assertions", .array(self.verdicts.map { self.json(of: $0) })))
        return .object(members)
    }

    private func json(of judged: Judged) -> JSONValue {
        let value = judged.assertion.value(in: self.result)
        let scale = judged.assertion.isAboutLatency ? 1e6 : 1
        return .object([
            ("expr", .string(judged.assertion.text)), ("verdict", .string(judged.verdict.rawValue)),
            ("value", value.map { .number($0 / scale) } ?? .null),
        ])
    }

    /// All that was measured: the result, each interval, and the histograms as pairs of nanoseconds and how often.
    var record: JSONValue {
        let intervals = self.result.intervals.map { interval -> JSONValue in
            let times = interval.latency.map { values -> JSONValue in
                .object(zip(LoadResult.Interval.quantiles, values).map { ($0.0, .number(Double($1 / 1_000) / 1e3)) })
            }
            return .object([
                ("t_ms", .integer(Int(interval.until / 1_000_000))),
                ("length_ms", .integer(Int(interval.length / 1_000_000))), ("sent", .integer(interval.sent)),
                ("received", .integer(interval.received)),
                ("inflight", interval.inFlight.map { .integer($0) } ?? .null), ("late", .integer(interval.late)),
                ("errors", .integer(interval.errors)), ("latency_ms", times ?? .null),
            ])
        }
        let pairs = [self.result.total.latency, self.result.total.service].map { histogram in
            JSONValue.array(histogram.filled.map { .array([.integer(Int($0.upper)), .integer(Int($0.count))]) })
        }
        return .object([
            ("schema", "fluxmq.bench.record/1"), ("at", .string(timestamp())), ("result", self.json),
            ("intervals", .array(intervals)), ("latency_ns", pairs[0]), ("service_ns", pairs[1]),
        ])
    }
}

private func statistics(_ histogram: LatencyHistogram) -> JSONValue {
    let scaled = { (nanoseconds: Double) in JSONValue.number((nanoseconds / 1_000).rounded() / 1_000) }
    var members: [(String, JSONValue)] = [
        ("min", scaled(Double(histogram.minimum))), ("mean", scaled(histogram.mean ?? 0)),
    ]
    for (name, fraction) in LoadReport.percents {
        // A point in a name would end it in jq and in templates.
        let name = String(name.map { $0 == "." ? "_" : $0 })
        members.append((name, scaled(Double(histogram.quantile(fraction) ?? 0))))
    }
    return .object(members + [("max", scaled(Double(histogram.maximum)))])
}
