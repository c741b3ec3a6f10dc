import CommandSpec
import Terminal

/// A figure that a check looks at, and how its values are written.
struct CheckFigure: Equatable, Sendable {
    enum Unit: Sendable {
        case count, bytes, percent
        /// Events a second.
        case rate
        /// Times, all of them milliseconds; those that are read in seconds, and those that are short.
        case seconds, milliseconds
    }

    /// In thresholds and performance data: `ready`.
    let name: String
    let unit: Unit

    init(_ name: String, _ unit: Unit = .count) {
        self.name = name
        self.unit = unit
    }

    /// A threshold's value: `50k`, `5m`, `2GiB`, `10%`; nil for what is none in this unit.
    func value(_ text: String) -> Double? {
        switch self.unit {
        case .count, .rate: Assertion.number(text)
        case .bytes: (try? ValueType<Int>.size("SIZE").read(text)).map { Double($0) }
        case .percent: Assertion.number(text.hasSuffix("%") ? String(text.dropLast()) : text)
        case .seconds, .milliseconds: parseDuration(text).map { $0.inSeconds * 1_000 }
        }
    }

    /// For performance data, without its unit.
    func number(_ value: Double) -> String {
        switch self.unit {
        case .count, .bytes: decimal(value, 0)
        case .percent, .rate: decimal(value, 1)
        case .milliseconds: decimal(value, 2)
        case .seconds: decimal(value / 1_000, value.truncatingRemainder(dividingBy: 1_000) == 0 ? 0 : 3)
        }
    }

    /// Of performance data. Source: Monitoring Plugins Development Guidelines.
    var suffix: String {
        switch self.unit {
        case .count, .rate: ""
        case .bytes: "B"
        case .percent: "%"
        case .seconds: "s"
        case .milliseconds: "ms"
        }
    }

    /// For people.
    func text(_ value: Double) -> String {
        switch self.unit {
        case .count: decimal(value, 0)
        case .rate: Quantity.change(value) + "/s"
        case .bytes: Quantity.size(UInt64(max(0, value)))
        case .percent: Quantity.percent(value)
        case .seconds: Quantity.duration(milliseconds: UInt64(max(0, value)))
        case .milliseconds: "\(decimal(value, 2)) ms"
        }
    }

    var example: String {
        switch self.unit {
        case .count, .rate: "\(self.name)>50k"
        case .bytes: "\(self.name)>2GiB"
        case .percent: "\(self.name)<10%"
        case .seconds: "\(self.name)>5m"
        case .milliseconds: "\(self.name)>5ms"
        }
    }
}

/// When a check is not content: one or more of `ready>10k`, with `|` between them. Any of them is enough.
struct CheckLimits: Equatable, Sendable {
    struct Term: Equatable, Sendable {
        let figure: CheckFigure
        let comparison: Assertion.Comparison
        let bound: Double
        /// As it was written, without the figure: `>10k`.
        let text: String
    }
    let terms: [Term]

    init(_ text: String, of figures: [CheckFigure]) throws(ValueProblem) {
        var terms: [Term] = []
        for piece in text.split(separator: "|", omittingEmptySubsequences: false) {
            terms.append(try Self.term(piece.filter { $0 != " " }, figures))
        }
        self.terms = terms
    }

    private static func term(_ text: String, _ figures: [CheckFigure]) throws(ValueProblem) -> Term {
        guard let start = text.firstIndex(where: { "<>=!".contains($0) }),
            let comparison = Assertion.Comparison.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
        else { throw ValueProblem("is no threshold", hint: "as in: '\(figures.first?.example ?? "")'") }
        let value = String(text[start...].dropFirst(comparison.rawValue.count))
        var name = String(text[..<start])
        // `free<10%` is about the share.
        if value.hasSuffix("%"), figures.contains(where: { $0.name == name + "_percent" }) { name += "_percent" }
        guard let figure = figures.first(where: { $0.name == name }) else {
            let names = figures.map(\.name)
            throw ValueProblem(
                "is about \"\(name)\", which the check does not look at",
                hint: closest(to: name, among: names).map { "did you mean \($0)?" }
                    ?? "there are: \(names.joined(separator: ", "))"
            )
        }
        guard let bound = figure.value(value) else {
            throw ValueProblem("compares \(name) with \"\(value)\"", hint: "as in: '\(figure.example)'")
        }
        return Term(figure: figure, comparison: comparison, bound: bound, text: "\(comparison.rawValue)\(value)")
    }

    /// As performance data writes a figure's bound: `10000` for more than that, `10000:` for less; empty for none.
    func range(of figure: CheckFigure) -> String {
        guard let term = self.terms.first(where: { $0.figure == figure }) else { return "" }
        switch term.comparison {
        case .greater, .atLeast: return figure.number(term.bound)
        case .less, .atMost: return figure.number(term.bound) + ":"
        case .equal, .unequal: return ""
        }
    }
}

/// The figures of one check as they are now, and what thresholds say about them.
struct CheckFindings {
    struct Value {
        let figure: CheckFigure
        /// nil when nobody knows; no threshold is exceeded then.
        let value: Double?
        /// Told in any case, and not only when it is why the check is not content.
        let isHeadline: Bool
    }
    private(set) var values: [Value] = []

    mutating func add(_ figure: CheckFigure, _ value: Double?, headline: Bool = false) {
        self.values.append(Value(figure: figure, value: value, isHeadline: headline))
    }

    /// - Parameters:
    ///   - subject: What was looked at, first word of the message.
    ///   - state: What is so whatever the thresholds say, and why.
    func result(
        _ check: String,
        of subject: String,
        warning: CheckLimits?,
        critical: CheckLimits?,
        state: (CheckState, String) = (.ok, "")
    ) -> CheckResult {
        let grave = self.exceeded(critical)
        let bad = self.exceeded(warning)
        let found: CheckState = !grave.isEmpty ? .critical : bad.isEmpty ? .ok : .warning
        var words: [String] = []
        for (index, value) in self.values.enumerated() {
            let why = grave[index] ?? bad[index]
            guard let number = value.value, value.isHeadline || why != nil else { continue }
            words.append("\(value.figure.name) \(value.figure.text(number))" + (why.map { " (\($0))" } ?? ""))
        }
        if !state.1.isEmpty { words.append(state.1) }
        let figures = self.values.compactMap { value in
            value.value.map { number in
                let figure = value.figure
                let bounds = "\(warning?.range(of: figure) ?? "");\(critical?.range(of: figure) ?? "")"
                return (name: figure.name, value: "\(figure.number(number))\(figure.suffix);\(bounds);0")
            }
        }
        return CheckResult(
            check: check,
            state: found.rawValue > state.0.rawValue ? found : state.0,
            message: ([subject].filter { !$0.isEmpty } + [words.joined(separator: ", ")]).joined(separator: " "),
            figures: figures
        )
    }

    /// By the value's place: what it is beyond.
    private func exceeded(_ limits: CheckLimits?) -> [Int: String] {
        var exceeded: [Int: String] = [:]
        for (index, value) in self.values.enumerated() {
            guard let number = value.value else { continue }
            let term = limits?.terms.first { $0.figure == value.figure && $0.comparison.holds(number, $0.bound) }
            if let term { exceeded[index] = term.text }
        }
        return exceeded
    }
}

/// `--warn` and `--crit` of a check.
struct CheckFlags: Sendable {
    let warning: Flag<CheckLimits?>
    let critical: Flag<CheckLimits?>

    /// - Parameter figures: What may be compared; the first ones stand in the help.
    init(_ figures: [CheckFigure], warning: String, critical: String) {
        let type = ValueType<CheckLimits>("EXPR") { (text: String) throws(ValueProblem) -> CheckLimits in
            try CheckLimits(text, of: figures)
        }
        self.warning = Flag("warn", type, "When it is a warning: '\(warning)'.")
        self.critical = Flag("crit", type, "When it is critical: '\(critical)'.")
    }

    var group: FlagGroup { FlagGroup("Thresholds", self.warning, self.critical) }
}
