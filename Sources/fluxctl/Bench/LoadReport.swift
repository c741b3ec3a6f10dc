import CommandSpec

/// The result of a load for people; for programs it is in an extension.
struct LoadReport {
    struct Judged {
        let assertion: Assertion
        let verdict: Assertion.Verdict
        /// What was measured, as people read it.
        let found: String
    }

    let result: LoadResult
    let via: String
    let verdicts: [Judged]

    init(_ result: LoadResult, _ assertions: [Assertion], via: String) {
        self.result = result
        self.via = via
        self.verdicts = assertions.map { assertion in
            let found = assertion.value(in: result).map { value in
                assertion.isAboutLatency ? "\(milliseconds(value)) ms" : grouped(Int(value.rounded()))
            }
            return Judged(assertion: assertion, verdict: assertion.judge(result), found: found ?? "nothing measured")
        }
    }

    /// How the run ends, if not well.
    var failure: Failure? {
        let total = self.result.total
        let failed = self.verdicts.filter { $0.verdict == .fail }
        if !failed.isEmpty {
            let list = failed.map { "\($0.assertion.text) (\($0.found))" }.joined(separator: ", ")
            return Failure(.assertionFailed, "does not hold: \(list)")
        }
        if self.verdicts.contains(where: { $0.verdict == .withheld }) {
            return Failure(
                .failed,
                "client-limited: \(grouped(total.late)) sends began late, so that times and rates are not judged",
                hints: ["ask for a lower --rate, or use a machine with more cores"]
            )
        }
        if total.errors == 0 { return nil }
        let worst = total.problems.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
        return Failure(.partial, "\(grouped(total.errors)) \(total.errors == 1 ? "error" : "errors"): \(worst)")
    }

    // MARK: While it runs

    /// `pubsub mqtt5 qos1  16 pub x 16 sub  256 B  50,000/s open loop  30s (+3s warm-up)  127.0.0.1:1883`.
    static func head(_ plan: LoadPlan, _ endpoint: Endpoint) -> String {
        var parts = ["\(plan.scenario.rawValue) \(endpoint.scheme)"]
        if plan.scenario == .conn {
            parts.append("\(grouped(plan.connections)) connections")
        } else {
            parts[0] += " qos\(plan.qos)"
            let sides = [(plan.layout.publishers, "pub"), (plan.layout.subscribers, "sub")].filter { $0.0 > 0 }
            parts.append(sides.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: " x "))
            if plan.layout.publishers > 0 {
                let size = plan.size
                let text = size.count == 1 ? "\(size.lowerBound)" : "\(size.lowerBound)-\(size.upperBound)"
                parts.append("\(text) B")
                let rate = plan.rate.map { "\(grouped(Int($0)))/s " } ?? ""
                parts.append("\(rate)\(plan.isOpenLoop ? "open" : "closed") loop")
            }
        }
        if let count = plan.count { parts.append("\(grouped(Int(count))) messages") }
        if let duration = plan.duration {
            let warmUp = plan.warmUp > 0 ? " (+\(Duration.nanoseconds(Int64(plan.warmUp)).short) warm-up)" : ""
            parts.append(Duration.nanoseconds(Int64(duration)).short + warmUp)
        }
        return (parts + [endpoint.address]).joined(separator: "  ")
    }

    static let rowHeader = line(["t", "sent/s", "recv/s", "inflight", "p50", "p99", "p99.9", "max", "late", "err"])

    static func row(_ interval: LoadResult.Interval) -> String {
        let seconds = Double(interval.length) / 1e9
        let times = interval.latency.map { $0.map { milliseconds(Double($0)) + "ms" } } ?? ["-", "-", "-", "-"]
        let counts = [interval.sent, interval.received].map { grouped(Int((Double($0) / seconds).rounded())) }
        let since = "\(decimal(Double(interval.until) / 1e9, 0))s"
        let last = [grouped(interval.late), grouped(interval.errors)]
        return line([since] + counts + [interval.inFlight.map(grouped) ?? "-"] + times + last)
    }

    private static func line(_ cells: [String]) -> String {
        let widths = [5, 9, 9, 9, 8, 8, 8, 8, 5, 4]
        return zip(cells, widths).map { trailing($0, $1) }.joined(separator: " ")
    }

    // MARK: The end

    var text: String {
        let total = self.result.total
        var lines: [String] = []
        if total.latency.count > 0 {
            lines.append("latency, \(self.measured)   n=\(grouped(Int(total.latency.count)))")
            lines += bars(of: total.latency)
            lines.append(self.percentiles)
        }
        lines += self.counts
        for (problem, count) in total.problems.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("  \(grouped(count)) x \(problem)")
        }
        if self.result.isClientLimited {
            lines.append("CLIENT-LIMITED: more than 1 % of the sends began late, and times and rates are fluxctl's too")
        }
        for judged in self.verdicts {
            let word = judged.verdict == .fail ? "FAIL" : judged.verdict.rawValue
            lines.append("ASSERT \(judged.assertion.text)  \(word) (\(judged.found))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var measured: String {
        switch self.result.plan.scenario {
        case .conn: "intended connect to CONNACK"
        case .pub: self.result.plan.qos == 2 ? "intended send to PUBCOMP" : "intended send to PUBACK"
        case .sub, .pubsub, .queue, .stream: "intended send to receive"
        }
    }

    /// `p50 0.31  p90 0.74  p99 1.81  p99.9 2.95  p99.99 4.02  max 6.70 ms      service-time p99 1.12 ms`.
    private var percentiles: String {
        let total = self.result.total
        let parts = Self.percents.map { name, fraction in
            "\(name) \(milliseconds(Double(total.latency.quantile(fraction) ?? 0)))"
        }
        let service = total.service.quantile(0.99).map { "      service-time p99 \(milliseconds(Double($0))) ms" } ?? ""
        return (parts + ["max \(milliseconds(Double(total.latency.maximum))) ms"]).joined(separator: "  ") + service
    }

    /// Three lines: what came of the messages, how fast, and how the generator itself did.
    private var counts: [String] {
        let (plan, total) = (self.result.plan, self.result.total)
        var words: [String] = []
        switch plan.scenario {
        case .conn:
            words = ["connected \(grouped(total.connected)) of \(grouped(plan.connections))"]
            if let value = self.result.sentPerSecond { words.append(perSecond(value)) }
        case .pub:
            words = ["sent \(grouped(total.sent))"]
            if plan.qos > 0 { words.append("acknowledged \(grouped(total.acknowledged))") }
        case .sub: words = ["received \(grouped(total.received))"] + self.order
        case .pubsub, .queue, .stream:
            words = ["sent \(grouped(total.sent))", "received \(grouped(total.received))"] + self.order
        }
        var lines = [words]
        let speeds = [("sent", self.result.sentPerSecond), ("received", self.result.receivedPerSecond)]
        if plan.scenario != .conn {
            lines.append(speeds.compactMap { name, value in value.map { "\(name) \(perSecond($0))" } })
        }
        words = ["errors \(grouped(total.errors))"]
        if plan.isOpenLoop || plan.connectRate != nil { words.append("late starts \(grouped(total.late))") }
        if self.result.owed > 0 { words.append("held back to the end \(grouped(Int(self.result.owed)))") }
        if total.foreign > 0 { words.append("foreign \(grouped(total.foreign))") }
        words.append("client CPU \(decimal(self.processorPercent, 0))% of \(self.result.cores) cores")
        return (lines + [words]).filter { !$0.isEmpty }.map { $0.joined(separator: "  ") }
    }

    private var order: [String] {
        let total = self.result.total
        return [
            "lost \(grouped(self.result.lost))", "dup \(grouped(total.duplicates))",
            "reordered \(grouped(total.reordered))",
        ]
    }

    var processorPercent: Double { 100 * self.result.processorSeconds / max(self.result.processorSpan, 0.001) }

    static let percents: [(String, Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
    ]
}

/// `49,998/s`.
private func perSecond(_ value: Double) -> String { grouped(Int(value.rounded())) + "/s" }

/// In milliseconds with three digits: `0.31`, `12.4`, `1840`.
private func milliseconds(_ nanoseconds: Double) -> String {
    let value = nanoseconds / 1e6
    return decimal(value, value < 10 ? 2 : value < 100 ? 1 : 0)
}

/// A bar for each doubling of the time, labelled with where it begins: `   0.25 ms  ████▌   52.0%`.
func bars(of histogram: LatencyHistogram, width: Int = 40) -> [String] {
    let (lowest, highest) = (-7, 23)  // the lowest also has all that is shorter, the highest what is longer
    var counts: [Int: UInt64] = [:]
    for bucket in histogram.filled {
        var exponent = lowest
        while exponent < highest, Double(bucket.lower) / 1e6 >= powerOfTwo(exponent + 1) { exponent += 1 }
        counts[exponent, default: 0] += bucket.count
    }
    guard let first = counts.keys.min(), let last = counts.keys.max(), let peak = counts.values.max() else { return [] }
    return (first...last).map { exponent in
        let count = counts[exponent] ?? 0
        let eighths = Int((Double(count) * Double(width * 8) / Double(peak)).rounded(.up))
        let tip = eighths % 8 == 0 ? "" : String(eighthBlocks[eighths % 8 - 1])
        let bar = String(repeating: "█", count: eighths / 8) + tip
        let from = powerOfTwo(exponent)
        let label = exponent == lowest ? "0" : decimal(from, from < 0.1 ? 3 : from < 1 ? 2 : 0)
        let share = 100 * Double(count) / Double(histogram.count)
        let room = String(repeating: " ", count: width - (eighths + 7) / 8)
        return trailing(label, 7) + " ms  " + bar + room + trailing(decimal(share, share < 1 ? 2 : 1) + "%", 8)
    }
}

private let eighthBlocks: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

private func powerOfTwo(_ exponent: Int) -> Double {
    exponent >= 0 ? Double(1 << exponent) : 1 / Double(1 << -exponent)
}

private func trailing(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
