/// Why a value was refused, worded to follow the value: `is not a whole number from 0 to 2`.
package struct ValueProblem: Error, Equatable, Sendable {
    package let text: String
    /// What to do instead, if there is something to say.
    package let hint: String?

    package init(_ text: String, hint: String? = nil) {
        self.text = text
        self.hint = hint
    }
}

/// What a shell offers in place of a value.
package enum Completion: Equatable, Sendable {
    case none
    case files
    case words([String])
}

/// What a flag or a positional takes: how help writes it, how text becomes a value, what completes it.
package struct ValueType<Value: Sendable>: Sendable {
    /// As help shows it: `DURATION`.
    package let placeholder: String
    package let completion: Completion
    package let read: @Sendable (String) throws(ValueProblem) -> Value

    package init(
        _ placeholder: String,
        completing completion: Completion = .none,
        read: @escaping @Sendable (String) throws(ValueProblem) -> Value
    ) {
        self.placeholder = placeholder
        self.completion = completion
        self.read = read
    }
}

extension ValueType where Value == String {
    /// Any text.
    package static func string(_ placeholder: String) -> ValueType {
        ValueType(placeholder) { (text: String) throws(ValueProblem) -> String in text }
    }

    /// A file's name, which shells complete.
    package static func file(_ placeholder: String) -> ValueType {
        ValueType(placeholder, completing: .files) { (text: String) throws(ValueProblem) -> String in text }
    }

    /// One of a few words.
    package static func word(_ placeholder: String, of words: [String]) -> ValueType {
        ValueType(placeholder, completing: .words(words)) { (text: String) throws(ValueProblem) -> String in
            if words.contains(text) { return text }
            let hint = closest(to: text, among: words).map { "did you mean \($0)?" }
            throw ValueProblem("is none of \(words.joined(separator: ", "))", hint: hint)
        }
    }
}

extension ValueType where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One case of an enumeration, written as its raw value.
    package static func choice(_ placeholder: String) -> ValueType {
        let words = ValueType<String>.word(placeholder, of: Value.allCases.map(\.rawValue))
        return ValueType(placeholder, completing: words.completion) { (text: String) throws(ValueProblem) -> Value in
            guard let value = Value(rawValue: try words.read(text)) else { throw ValueProblem("is unknown") }
            return value
        }
    }
}

extension ValueType where Value == Int {
    /// A decimal whole number within `range`.
    package static func integer(_ placeholder: String, in range: ClosedRange<Int>) -> ValueType {
        // Up to the greatest number there are more than can be counted.
        let isShort = range.upperBound < .max && range.count <= 8
        let few = isShort ? Completion.words(range.map(String.init)) : .none
        return ValueType(placeholder, completing: few) { (text: String) throws(ValueProblem) -> Int in
            if let value = Int(text), range.contains(value) { return value }
            let limit =
                range.upperBound == .max
                ? "\(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
            throw ValueProblem("is not a whole number \(limit)")
        }
    }

    /// A number of bytes: `512`, `128B`, `10k` and `10kB` (thousands), `1MiB` (1,048,576).
    package static func size(_ placeholder: String) -> ValueType {
        ValueType(placeholder) { (text: String) throws(ValueProblem) -> Int in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            if let count = Int(digits), let unit = sizeUnits[String(text.dropFirst(digits.count))] {
                let product = count.multipliedReportingOverflow(by: unit)
                if !product.overflow { return product.partialValue }
            }
            throw ValueProblem("is not a size", hint: "write 512, 128B, 10k (10,000) or 1MiB (1,048,576)")
        }
    }
}

extension ValueType where Value == Duration {
    /// A length of time with units, largest first: `250ms`, `1.5s`, `1h30m`.
    package static func duration(_ placeholder: String) -> ValueType {
        ValueType(placeholder) { (text: String) throws(ValueProblem) -> Duration in
            if let duration = parseDuration(text) { return duration }
            let unitless = !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
            throw ValueProblem(
                "is not a duration",
                hint: unitless ? "give it a unit: \(text)s" : "write 250ms, 1.5s, 5m, 1h30m or 7d"
            )
        }
    }
}

private let sizeUnits: [String: Int] = [
    "": 1, "B": 1, "k": 1_000, "kB": 1_000, "M": 1_000_000, "MB": 1_000_000, "G": 1_000_000_000, "GB": 1_000_000_000,
    "Ki": 1 << 10, "KiB": 1 << 10, "Mi": 1 << 20, "MiB": 1 << 20, "Gi": 1 << 30, "GiB": 1 << 30,
]

private let durationUnits: [(name: String, microseconds: Int64)] = [
    ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1),
]

/// Reads `1d3h5m2s`. Units come largest first, each once; a number may have a fraction; a lone `0` needs no unit.
///
/// - Returns: nil when the text is anything else, or longer than 10,000 years.
package func parseDuration(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    var rest = Substring(text)
    var total = 0.0
    var nextUnit = 0
    while !rest.isEmpty {
        let number = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
        rest = rest.dropFirst(number.count)
        let unit = rest.prefix { $0.isASCII && $0.isLetter }
        rest = rest.dropFirst(unit.count)
        guard let value = Double(number), let index = durationUnits.firstIndex(where: { $0.name == unit }),
            index >= nextUnit
        else { return nil }
        nextUnit = index + 1
        total += value * Double(durationUnits[index].microseconds)
    }
    guard nextUnit > 0, total < 3.2e17 else { return nil }
    return .microseconds(Int64(total.rounded()))
}
