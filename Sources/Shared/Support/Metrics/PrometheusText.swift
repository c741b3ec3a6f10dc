/// Metrics as text, in Prometheus's own format or in OpenMetrics. Samples may come in any order: families are kept together, in
/// the order in which they were first seen.
///
/// Source: Prometheus exposition formats, text-based format 0.0.4; OpenMetrics 1.0.
package struct PrometheusText: Sendable {
    package enum Format: Sendable {
        case prometheus, openMetrics

        /// What an HTTP request's Accept asks for; Prometheus's own format unless it names the other.
        package init(accept: String?) {
            self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
        }

        package var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    private var families: [(descriptor: MetricDescriptor, lines: String)] = []
    private var indexes: [String: Int] = [:]

    package init() {}

    /// - Parameter labels: A value for each of the descriptor's labels.
    package mutating func add(_ descriptor: MetricDescriptor, _ labels: [String] = [], _ value: Int) {
        self.add(descriptor, labels, text: "\(value)")
    }

    package mutating func add(_ descriptor: MetricDescriptor, _ labels: [String] = [], _ value: Double) {
        self.add(descriptor, labels, text: Self.text(value))
    }

    /// Buckets are powers of two, always the same ones, as rates over them need.
    ///
    /// - Parameters:
    ///   - scale: What one of the histogram's units is in the descriptor's: 1e-9 for nanoseconds shown as seconds.
    ///   - exponents: Of the buckets' bounds, in the histogram's unit. For nanoseconds the default is 1 us to 17 s.
    package mutating func add(
        _ descriptor: MetricDescriptor,
        _ labels: [String] = [],
        _ histogram: Histogram,
        scale: Double = 1,
        exponents: ClosedRange<Int> = 10...34
    ) {
        precondition(descriptor.kind == .histogram, "\(descriptor.name) is not a histogram")
        let index = self.family(descriptor, labels)
        var lines = ""
        for exponent in exponents {
            let bound = Self.text(Double(sign: .plus, exponent: exponent, significand: scale))
            Self.append(descriptor, "_bucket", labels, le: bound, "\(histogram.count(below: exponent))", to: &lines)
        }
        Self.append(descriptor, "_bucket", labels, le: "+Inf", "\(histogram.count)", to: &lines)
        Self.append(descriptor, "_sum", labels, Self.text(histogram.sum * scale), to: &lines)
        Self.append(descriptor, "_count", labels, "\(histogram.count)", to: &lines)
        self.families[index].lines += lines
    }

    package func bytes(_ format: Format = .prometheus) -> [UInt8] {
        var text = ""
        for (descriptor, lines) in self.families {
            // In OpenMetrics a counter's family has no suffix, its sample has.
            let isBare = format == .openMetrics && descriptor.kind == .counter
            let family = isBare ? String(descriptor.name.dropLast("_total".count)) : descriptor.name
            text += "# HELP \(family) "
            Self.appendEscaped(descriptor.help, quotes: format == .openMetrics, to: &text)
            text += "\n# TYPE \(family) \(descriptor.kind.rawValue)\n" + lines
        }
        if format == .openMetrics { text += "# EOF\n" }
        return Array(text.utf8)
    }

    private mutating func add(_ descriptor: MetricDescriptor, _ labels: [String], text: String) {
        precondition(descriptor.kind != .histogram, "\(descriptor.name) is a histogram")
        let index = self.family(descriptor, labels)
        Self.append(descriptor, "", labels, text, to: &self.families[index].lines)
    }

    private mutating func family(_ descriptor: MetricDescriptor, _ labels: [String]) -> Int {
        precondition(labels.count == descriptor.labels.count, "\(descriptor.name) has labels \(descriptor.labels)")
        if let index = self.indexes[descriptor.name] {
            precondition(self.families[index].descriptor == descriptor, "\(descriptor.name) is declared twice")
            return index
        }
        self.indexes[descriptor.name] = self.families.count
        self.families.append((descriptor, ""))
        return self.families.count - 1
    }

    private static func append(
        _ descriptor: MetricDescriptor,
        _ suffix: String,
        _ values: [String],
        le: String? = nil,
        _ value: String,
        to lines: inout String
    ) {
        lines += descriptor.name + suffix
        var separator = "{"
        for (label, labelValue) in zip(descriptor.labels, values) {
            lines += "\(separator)\(label)=\""
            self.appendEscaped(labelValue, quotes: true, to: &lines)
            lines += "\""
            separator = ","
        }
        if let le {
            lines += "\(separator)le=\"\(le)\""
            separator = ","
        }
        lines += separator == "{" ? " \(value)\n" : "} \(value)\n"
    }

    private static func appendEscaped(_ text: String, quotes: Bool, to result: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}
