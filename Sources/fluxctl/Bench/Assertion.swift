import CommandSpec

/// What a result must be: `p99<5ms`, `lost=0`, `sent_per_s>=50k`.
struct Assertion: Equatable, Sendable {
    enum Subject: Equatable, Sendable {
        /// Times, which a generator that is late itself makes untrue.
        case latency(Statistic), service(Statistic)
        case count(Count)
        case rate(Rate)
    }

    enum Statistic: Equatable, Sendable { case minimum, mean, maximum, quantile(Double) }
    enum Count: String, CaseIterable, Sendable {
        case sent, received, acknowledged, connected, lost, dup, reordered, late, errors
    }
    enum Rate: String, CaseIterable, Sendable {
        case sent = "sent_per_s"
        case received = "received_per_s"
    }

    enum Comparison: String, CaseIterable, Sendable {
        // The longer ones first, since they begin like the others.
        case atMost = "<="
        case atLeast = ">="
        case unequal = "!="
        case less = "<"
        case greater = ">"
        case equal = "="

        func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .atMost: left <= right
            case .atLeast: left >= right
            case .unequal: left != right
            case .less: left < right
            case .greater: left > right
            case .equal: left == right
            }
        }
    }

    enum Verdict: String, Sendable { case pass, fail, withheld }

    let text: String
    let subject: Subject
    let comparison: Comparison
    /// Times are nanoseconds.
    let limit: Double

    init(_ text: String) throws(ValueProblem) {
        self.text = text
        guard let start = text.firstIndex(where: { "<>=!".contains($0) }),
            let comparison = Comparison.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
        else { throw ValueProblem("is not NAME OPERATOR VALUE", hint: "as in: p99<5ms or lost=0") }
        let name = text[..<start].filter { $0 != " " }
        let value = String(text[start...].dropFirst(comparison.rawValue.count).filter { $0 != " " })
        self.comparison = comparison
        self.subject = try Self.subject(name)
        switch self.subject {
        case .latency, .service:
            guard let duration = parseDuration(value) else {
                throw ValueProblem("compares a time with \"\(value)\"", hint: "as in: \(name)\(comparison.rawValue)5ms")
            }
            self.limit = duration.inSeconds * 1e9
        case .count, .rate:
            guard let number = Self.number(value) else {
                throw ValueProblem(
                    "compares a number with \"\(value)\"",
                    hint: "as in: \(name)\(comparison.rawValue)50k"
                )
            }
            self.limit = number
        }
    }

    private static func subject(_ name: String) throws(ValueProblem) -> Subject {
        if let count = Count(rawValue: name) { return .count(count) }
        if let rate = Rate(rawValue: name) { return .rate(rate) }
        let isService = name.hasPrefix("service_")
        let rest = isService ? String(name.dropFirst("service_".count)) : name
        let statistic: Statistic? =
            switch rest {
            case "min": .minimum
            case "mean": .mean
            case "max": .maximum
            default: rest.hasPrefix("p") ? self.quantile(rest.dropFirst()) : nil
            }
        guard let statistic else {
            let names = Count.allCases.map(\.rawValue) + Rate.allCases.map(\.rawValue) + ["p50", "p99", "mean", "max"]
            let near = closest(to: name, among: names).map { "did you mean \($0)?" }
            throw ValueProblem(
                "is about nothing that is measured",
                hint: near ?? "there are: \(names.joined(separator: ", ")), and the times with service_ before them"
            )
        }
        return isService ? .service(statistic) : .latency(statistic)
    }

    private static func quantile(_ text: Substring) -> Statistic? {
        guard let percent = Double(text), percent > 0, percent <= 100 else { return nil }
        return .quantile(percent / 100)
    }

    /// `0`, `1.5`, `50k`, `1M`.
    static func number(_ text: String) -> Double? {
        let units: [Character: Double] = ["k": 1e3, "M": 1e6, "G": 1e9]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard let value = Double(digits), value.isFinite, value >= 0 else { return nil }
        return value * (unit ?? 1)
    }

    /// Whether it is about times, of which a run may have none.
    var isAboutLatency: Bool {
        switch self.subject {
        case .latency, .service: true
        case .count, .rate: false
        }
    }

    /// What the result is where the assertion looks; nil when nothing was measured.
    func value(in result: LoadResult) -> Double? {
        let total = result.total
        switch self.subject {
        case .latency(let statistic): return statistic.value(in: total.latency)
        case .service(let statistic): return statistic.value(in: total.service)
        case .rate(.sent): return result.sentPerSecond
        case .rate(.received): return result.receivedPerSecond
        case .count(let count):
            return switch count {
            case .sent: Double(total.sent)
            case .received: Double(total.received)
            case .acknowledged: Double(total.acknowledged)
            case .connected: Double(total.connected)
            case .lost: Double(result.lost)
            case .dup: Double(total.duplicates)
            case .reordered: Double(total.reordered)
            case .late: Double(total.late)
            case .errors: Double(total.errors)
            }
        }
    }

    /// What nobody has measured does not hold. A generator that was late itself cannot judge times and rates.
    func judge(_ result: LoadResult) -> Verdict {
        if result.isClientLimited {
            switch self.subject {
            case .latency, .service, .rate: return .withheld
            case .count: break
            }
        }
        guard let value = self.value(in: result) else { return .fail }
        return self.comparison.holds(value, self.limit) ? .pass : .fail
    }
}

extension Assertion.Statistic {
    /// In nanoseconds.
    func value(in histogram: LatencyHistogram) -> Double? {
        if histogram.count == 0 { return nil }
        switch self {
        case .minimum: return Double(histogram.minimum)
        case .mean: return histogram.mean
        case .maximum: return Double(histogram.maximum)
        case .quantile(let fraction): return histogram.quantile(fraction).map { Double($0) }
        }
    }
}

extension ValueType where Value == Assertion {
    static var assertion: ValueType {
        ValueType("EXPR") { (text: String) throws(ValueProblem) -> Assertion in try Assertion(text) }
    }
}
