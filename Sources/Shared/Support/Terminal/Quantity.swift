/// How sizes in bytes are written.
package enum SizeUnits: String, CaseIterable, Sendable {
    /// Steps of 1,024: `1.9 MiB`.
    case iec
    /// Steps of 1,000: `1.9 MB`.
    case si
    /// All digits: `1992294`.
    case raw
}

/// Numbers as people read them. Every rule is fixed, so that a value looks the same wherever it stands; nil is unknown: `-`.
package enum Quantity {
    package static let unknown = "-"

    /// All digits, in groups of three: `1,192,290`.
    package static func exact(_ value: UInt64?) -> String {
        guard let value else { return self.unknown }
        let digits = Array(String(value))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// All digits below 10,000, then three and a unit: `9,999`, `12.0k`, `8.11M`. Five characters at most.
    package static func count(_ value: UInt64?) -> String {
        guard let value else { return self.unknown }
        return value < 10_000 ? self.exact(value) : scaled(Double(value), step: 1_000, units: decimalUnits, digits: 3)
    }

    /// The most exact of all digits, three, two or one that takes `width` characters at most: a number is never cut.
    package static func count(_ value: UInt64?, width: Int) -> String {
        guard let value else { return self.unknown }
        let exact = self.exact(value)
        if exact.count <= width || value < 1_000 { return exact }
        let candidates = [3, 2, 1].map { scaled(Double(value), step: 1_000, units: decimalUnits, digits: $0) }
        return candidates.first { $0.count <= width } ?? candidates[2]
    }

    /// Events a second, without the `/s`: `0`, `<0.1`, `0.2`, `17`, `999`, `4.1k`, `161k`, `1.2M`. Four characters, `98.1k` five.
    package static func rate(_ value: Double?) -> String {
        guard let value, value.isFinite else { return self.unknown }
        if value < 0 { return "-" + self.rate(-value) }
        if value == 0 { return "0" }
        if value < 0.05 { return "<0.1" }
        if value < 9.95 { return decimal(value, places: 1) }
        if value < 999.5 { return decimal(value, places: 0) }
        return scaledToTenths(value)
    }

    /// A change a second, without the `/s`: `+96`, `-1.2k`, `0` for what a tenth would not show.
    package static func change(_ value: Double?) -> String {
        guard let value, value.isFinite else { return self.unknown }
        if abs(value) < 0.05 { return "0" }
        return value > 0 ? "+" + self.rate(value) : self.rate(value)
    }

    /// A size with its unit: `412 MiB`, `1.9 MB`, `0 B`; raw only digits.
    package static func size(_ bytes: UInt64?, _ units: SizeUnits = .iec) -> String {
        guard let bytes else { return self.unknown }
        return self.size(Double(bytes), units, names: units == .iec ? iecNames : siNames)
    }

    /// A size for a narrow column: `412M`, `1.9G`, `88K` (SI: `88k`), `312`.
    package static func shortSize(_ bytes: UInt64?, _ units: SizeUnits = .iec) -> String {
        guard let bytes else { return self.unknown }
        return self.size(Double(bytes), units, names: units == .iec ? iecLetters : siLetters)
    }

    /// Bytes a second: `31 B/s`, `1.1 MB/s`.
    package static func byteRate(_ value: Double?, _ units: SizeUnits = .iec) -> String {
        guard let value, value.isFinite, value >= 0 else { return self.unknown }
        return self.size(value, units, names: units == .iec ? iecNames : siNames) + (units == .raw ? "" : "/s")
    }

    /// Bytes a second for a narrow column, without the `/s`: `31`, `1.1M`.
    package static func shortByteRate(_ value: Double?, _ units: SizeUnits = .iec) -> String {
        guard let value, value.isFinite, value >= 0 else { return self.unknown }
        return self.size(value, units, names: units == .iec ? iecLetters : siLetters)
    }

    /// A length of time in its two largest units, cut and not rounded: `850ms`, `4.1s`, `41s`, `2m05s`, `3h12m`, `12d04h`,
    /// `812d`. Six characters at most for 27 years.
    package static func duration(milliseconds: UInt64?) -> String {
        guard let milliseconds else { return self.unknown }
        if milliseconds == 0 { return "0s" }
        if milliseconds < 1_000 { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1_000
        if seconds < 10 { return "\(seconds).\(milliseconds % 1_000 / 100)s" }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3_600 { return "\(seconds / 60)m\(twoDigits(seconds % 60))s" }
        if seconds < 86_400 { return "\(seconds / 3_600)h\(twoDigits(seconds % 3_600 / 60))m" }
        let days = seconds / 86_400
        return days < 100 ? "\(days)d\(twoDigits(seconds % 86_400 / 3_600))h" : "\(days)d"
    }

    /// A share where 100 is the whole: `0%`, `0.04%`, `0.3%`, `9.9%`, `38%`, `100%`.
    package static func percent(_ value: Double?) -> String {
        guard let value, value.isFinite, value >= 0 else { return self.unknown }
        if value == 0 { return "0%" }
        if value < 0.005 { return "<0.01%" }
        if value < 0.095 { return decimal(value, places: 2) + "%" }
        return decimal(value, places: value < 9.95 ? 1 : 0) + "%"
    }

    private static func size(_ value: Double, _ units: SizeUnits, names: [String]) -> String {
        switch units {
        case .raw: decimal(value, places: 0)
        case .iec: scaledSize(value, step: 1_024, units: names)
        case .si: scaledSize(value, step: 1_000, units: names)
        }
    }
}

private let decimalUnits = ["", "k", "M", "G", "T", "P", "E"]
private let iecNames = [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"]
private let siNames = [" B", " kB", " MB", " GB", " TB", " PB", " EB"]
private let iecLetters = ["", "K", "M", "G", "T", "P", "E"]
private let siLetters = ["", "k", "M", "G", "T", "P", "E"]

/// Three significant digits or fewer and a unit; what rounds up to the next unit is written in it: 999,500 is `1.00M`.
private func scaled(_ value: Double, step: Double, units: [String], digits: Int) -> String {
    var value = value
    for (index, unit) in units.enumerated() {
        let isLast = index == units.count - 1
        for whole in 1...3 where isLast || value < step {
            let places = max(0, digits - whole)
            let power = [10.0, 100.0, 1_000.0][whole - 1]
            if rounded(value, places: places) < power { return decimal(value, places: places) + unit }
        }
        if isLast { return decimal(value, places: 0) + unit }
        value /= step
    }
    return decimal(value, places: 0)
}

/// One decimal below 100 of a unit: `1.0k`, `99.9k`, `100k`, `1.0M`.
private func scaledToTenths(_ value: Double) -> String {
    var value = value / 1_000
    for unit in decimalUnits.dropFirst().dropLast() {
        if rounded(value, places: 1) < 100 { return decimal(value, places: 1) + unit }
        if rounded(value, places: 0) < 1_000 { return decimal(value, places: 0) + unit }
        value /= 1_000
    }
    return decimal(value, places: 0) + (decimalUnits.last ?? "")
}

/// One decimal below 10 of a unit, but none of the first: `312 B`, `1.9 KiB`, `88 KiB`; 1,023.6 of a unit is `1.0` of the next.
private func scaledSize(_ value: Double, step: Double, units: [String]) -> String {
    var value = value
    for (index, unit) in units.enumerated() {
        if index > 0, rounded(value, places: 1) < 10 { return decimal(value, places: 1) + unit }
        if index == units.count - 1 || rounded(value, places: 0) < step { return decimal(value, places: 0) + unit }
        value /= step
    }
    return decimal(value, places: 0)
}

private func rounded(_ value: Double, places: Int) -> Double {
    let power = [1.0, 10.0, 100.0][places]
    return (value * power).rounded() / power
}

/// Decimal digits, half rounded away from zero, at most two places; too large a value is cut to what an integer holds.
private func decimal(_ value: Double, places: Int) -> String {
    let power = [1.0, 10.0, 100.0][places]
    let scaled = (value * power).rounded()
    guard scaled < 9e18 else { return String(UInt64.max) }
    let whole = UInt64(scaled)
    if places == 0 { return String(whole) }
    let fraction = whole % UInt64(power)
    let text = places == 2 ? twoDigits(fraction) : String(fraction)
    return "\(whole / UInt64(power)).\(text)"
}

private func twoDigits(_ value: UInt64) -> String { value < 10 ? "0\(value)" : String(value) }
