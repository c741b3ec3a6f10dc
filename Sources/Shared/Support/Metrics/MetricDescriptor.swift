/// What a metric is; declared once, beside what it measures. Its values live elsewhere, in dense tables.
///
/// ```
/// static let received = MetricDescriptor(
///     counter: "fluxmq_messages_received_total", unit: "messages", help: "Messages accepted from clients.",
///     labels: ["listener"])
/// ```
package struct MetricDescriptor: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package let name: String
    package let kind: Kind
    /// For people: `messages`, `bytes`, `seconds`.
    package let unit: String
    package let help: String
    /// Names of the labels; a sample has a value for each. Never something that a peer can choose.
    package let labels: [String]

    /// - Precondition: `name` ends in `_total`.
    package init(counter name: String, unit: String, help: String, labels: [String] = []) {
        precondition(name.hasSuffix("_total"), "a counter's name ends in _total: \(name)")
        self.init(name: name, kind: .counter, unit: unit, help: help, labels: labels)
    }

    package init(gauge name: String, unit: String, help: String, labels: [String] = []) {
        precondition(!name.hasSuffix("_total"), "only a counter's name ends in _total: \(name)")
        self.init(name: name, kind: .gauge, unit: unit, help: help, labels: labels)
    }

    package init(histogram name: String, unit: String, help: String, labels: [String] = []) {
        precondition(name.hasSuffix("_\(unit)"), "a histogram's name ends in its unit: \(name)")
        precondition(!labels.contains("le"), "le is the bucket's label")
        self.init(name: name, kind: .histogram, unit: unit, help: help, labels: labels)
    }

    private init(name: String, kind: Kind, unit: String, help: String, labels: [String]) {
        precondition(Self.isName(name), "not a metric's name: \(name)")
        precondition(labels.allSatisfy { Self.isName($0) && !$0.hasPrefix("__") }, "not labels: \(labels)")
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
        self.labels = labels
    }

    /// Colons are left to recording rules. Source: Prometheus data model, metric names and labels.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first < UInt8(ascii: "0") || first > UInt8(ascii: "9") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }
}
