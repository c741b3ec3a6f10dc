/// A value as people write it, once it is known which field it is for.
package enum FilterValue: Sendable, Equatable {
    case integer(Int64)
    case real(Double)
    case text(String)
    /// Nanoseconds before (negative) or after the moment of the look.
    case relativeTime(Int64)

    /// Reads a value as the field's type has it: `12k`, `3MiB`, `5m`, `50%`, `true`, `2026-11-22T14:02:07Z`, `-5m`, a word.
    ///
    /// - Throws: What is wrong with it, and what would be right.
    package init(_ text: String, for field: Field) throws(ValueError) {
        switch field.form {
        case .text: self = .text(text)
        case .flag:
            guard text == "true" || text == "false" else {
                throw ValueError(message: "\(field.name) is true or false, not \"\(text.echo)\"")
            }
            self = .integer(text == "true" ? 1 : 0)
        case .choice(let words):
            if words.isEmpty {
                self = .text(text)
                return
            }
            guard let place = words.firstIndex(of: text.lowercased()) else {
                var search = NearestText(to: text)
                for word in words { search.consider(word) }
                throw ValueError(
                    message: "\(field.name) is one of \(words.joined(separator: ", ")), not \"\(text.echo)\"",
                    hint: search.best
                )
            }
            self = .integer(Int64(place))
        case .time: self = try FilterValue(time: text, for: field)
        case .integer, .real: self = try FilterValue(number: text, for: field)
        }
    }

    private init(number text: String, for field: Field) throws(ValueError) {
        let scales: [(String, Int64)]
        let example: String
        switch field.unit {
        case .milliseconds: (scales, example) = (millisecondScales, "a duration: 250ms, 5m, 1h30m, or milliseconds")
        case .bytes, .bytesPerSecond: (scales, example) = (byteScales, "a size: 512, 12k, 3MiB")
        case .percent: (scales, example) = ([("", 1), ("%", 1)], "a percentage: 50 or 50%")
        case .none, .count, .perSecond, .time: (scales, example) = (countScales, "a number: 250, 12k, 3M")
        }
        guard let value = Quantity.read(text, scales, isCompound: field.unit == .milliseconds) else {
            throw ValueError(message: "\(field.name) wants \(example); not \"\(text.echo)\"")
        }
        self = value
    }

    private init(time text: String, for field: Field) throws(ValueError) {
        if text == "now" {
            self = .relativeTime(0)
        } else if let sign = text.first, sign == "-" || sign == "+",
            case .integer(let nanoseconds)? = Quantity.read(
                String(text.dropFirst()),
                nanosecondScales,
                isCompound: true
            )
        {
            self = .relativeTime(sign == "-" ? -nanoseconds : nanoseconds)
        } else if let time = PointInTime.read(text) {
            self = .integer(time)
        } else if Quantity.read(text, nanosecondScales, isCompound: true) != nil {
            throw ValueError(
                message: "\(field.name) is a point in time: -\(text.echo) is \(text.echo) ago",
                hint: "-\(text.echo)"
            )
        } else {
            throw ValueError(
                message:
                    "\(field.name) wants a time: 2026-11-22T14:02:07Z, -5m (5 minutes ago) or now; not \"\(text.echo)\""
            )
        }
    }
}

/// What is wrong with one value.
package struct ValueError: Error, Equatable, Sendable {
    package var message: String
    package var hint: String?
}

private let countScales: [(String, Int64)] = [
    ("", 1), ("k", 1_000), ("K", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
    ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40),
]

private let byteScales: [(String, Int64)] =
    countScales + countScales.map { ("\($0)B", $1) } + countScales.dropFirst().map { ("\($0)B/s", $1) } + [("B/s", 1)]

/// Largest first, as they must be written. Without a unit it is milliseconds, the fields' own.
private let millisecondScales: [(String, Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1), ("", 1),
]

private let nanosecondScales: [(String, Int64)] = [
    ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
]

/// Numbers with a unit, exact as long as they are whole.
enum Quantity {
    /// - Parameter isCompound: Whether several may follow each other, each of a smaller unit: `1h30m`.
    static func read(_ text: String, _ scales: [(String, Int64)], isCompound: Bool) -> FilterValue? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var whole: Int64 = 0
        var fraction = 0.0
        var previous = Int64.max
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest.removeFirst(digits.count)
            var decimals = Substring()
            if rest.first == "." {
                decimals = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                rest.removeFirst(1 + decimals.count)
                if decimals.isEmpty { return nil }
            }
            guard !digits.isEmpty, digits.count <= 18, decimals.count <= 9 else { return nil }
            let name = rest.prefix { !$0.isNumber && $0 != "." }
            rest.removeFirst(name.count)
            guard let scale = scales.first(where: { $0.0 == name })?.1 else { return nil }
            guard previous == .max || (isCompound && scale < previous && !name.isEmpty) else { return nil }
            previous = scale
            let (product, overflow) = (Int64(digits) ?? 0).multipliedReportingOverflow(by: scale)
            let part = (Double("0.\(decimals)0") ?? 0) * Double(scale)
            let (sum, overflow2) = whole.addingReportingOverflow(product)
            guard !overflow, !overflow2 else { return nil }
            whole = sum
            fraction += part
        }
        if fraction == fraction.rounded(), let extra = Int64(exactly: fraction) {
            let (sum, overflow) = whole.addingReportingOverflow(extra)
            if !overflow { return .integer(isNegative ? -sum : sum) }
        }
        let value = Double(whole) + fraction
        return .real(isNegative ? -value : value)
    }
}

/// Points in time as RFC 3339 has them, with what a person would leave out: the seconds, or the time (midnight). Without a zone it
/// is UTC.
package enum PointInTime {
    /// Nanoseconds since 1970.
    package static func read(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        func number(_ count: Int, _ range: ClosedRange<Int>) -> Int? {
            guard rest.count >= count, rest.prefix(count).allSatisfy({ $0 &- 48 < 10 }) else { return nil }
            let value = rest.prefix(count).reduce(0) { $0 * 10 + Int($1) - 48 }
            rest = rest.dropFirst(count)
            return range.contains(value) ? value : nil
        }
        func skip(_ characters: StaticString) -> Bool {
            guard let first = rest.first, "\(characters)".utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4, 1678...2261), skip("-"), let month = number(2, 1...12), skip("-"),
            let day = number(2, 1...31)
        else { return nil }
        var seconds = daysSince1970(year, month, day) * 86_400
        var nanoseconds = 0
        if skip("Tt") {
            guard let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59) else { return nil }
            seconds += hour * 3_600 + minute * 60
            if skip(":") {
                guard let second = number(2, 0...60) else { return nil }
                seconds += second
                if skip(".") {
                    let digits = rest.prefix { $0 &- 48 < 10 }
                    guard (1...9).contains(digits.count) else { return nil }
                    rest = rest.dropFirst(digits.count)
                    nanoseconds = digits.reduce(0) { $0 * 10 + Int($1) - 48 }
                    for _ in digits.count..<9 { nanoseconds *= 10 }
                }
            }
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
                let sign = rest.removeFirst() == UInt8(ascii: "+") ? 1 : -1
                guard let hours = number(2, 0...23), skip(":"), let minutes = number(2, 0...59) else { return nil }
                seconds -= sign * (hours * 3_600 + minutes * 60)
            } else {
                _ = skip("Zz")
            }
        }
        return rest.isEmpty ? Int64(seconds) * 1_000_000_000 + Int64(nanoseconds) : nil
    }

    /// In the proleptic Gregorian calendar, with years that begin in March so that the leap day is the last one.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
