/// Durations as Go writes them: `300ms`, `5s`, `1m30s`, `168h`.
package enum DurationText {
    private static let units: [(name: String, nanoseconds: Int)] = [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ]

    /// nil when `text` is not a duration, is negative or passes 292 years. `0` needs no unit.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard !text.isEmpty else { return nil }
        var rest = text[...]
        var total = 0
        while !rest.isEmpty {
            let whole = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[whole.endIndex...]
            var fraction = rest[..<rest.startIndex]
            if rest.first == "." {
                fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                rest = rest[fraction.endIndex...]
            }
            guard !whole.isEmpty || !fraction.isEmpty, whole.count <= 18, fraction.count <= 9 else { return nil }
            let name = rest.prefix { $0.isLetter }
            rest = rest[name.endIndex...]
            guard let unit = self.units.first(where: { $0.name == name })?.nanoseconds else { return nil }
            let (product, overflow) = (Int(whole) ?? 0).multipliedReportingOverflow(by: unit)
            var power = 1
            for _ in fraction { power *= 10 }
            // Split, so that hours with nine digits behind the point do not overflow.
            let digits = Int(fraction) ?? 0
            let part = digits * (unit / power) + digits * (unit % power) / power
            let (sum, overflow2) = total.addingReportingOverflow(product)
            let (sum2, overflow3) = sum.addingReportingOverflow(part)
            guard !overflow, !overflow2, !overflow3 else { return nil }
            total = sum2
        }
        return .nanoseconds(total)
    }

    /// The shortest exact text: `1m30s`, `168h`, `300ms`, `0s`.
    package static func format(_ duration: Duration) -> String {
        let parts = duration.components
        var nanoseconds = Int(parts.attoseconds / 1_000_000_000)
        var seconds = Int(parts.seconds)
        guard seconds > 0 || nanoseconds > 0 else { return "0s" }
        var text = ""
        if seconds >= 3_600 { text += "\(seconds / 3_600)h" }
        seconds %= 3_600
        if seconds >= 60 { text += "\(seconds / 60)m" }
        seconds %= 60
        if seconds > 0 { text += "\(seconds)s" }
        for (name, unit) in [("ms", 1_000_000), ("us", 1_000), ("ns", 1)] where nanoseconds >= unit {
            text += "\(nanoseconds / unit)\(name)"
            nanoseconds %= unit
        }
        return text
    }
}

/// Sizes: `1048576`, `64KiB`, `10MB`.
package enum ByteSizeText {
    private static let units: [(name: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// nil when `text` is not a size or does not fit.
    package static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let name = text[digits.endIndex...]
        guard let unit = name.isEmpty ? 1 : self.units.first(where: { $0.name == name })?.bytes else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : bytes
    }

    /// With the largest binary unit that divides it: `1MiB`, `1500`.
    package static func format(_ bytes: Int) -> String {
        for (name, unit) in self.units[1...4].reversed() where bytes >= unit && bytes % unit == 0 {
            return "\(bytes / unit)\(name)"
        }
        return "\(bytes)"
    }

    /// For sentences, where a number wants its unit: `1MiB`, `1500 bytes`.
    package static func words(_ bytes: Int) -> String {
        let text = self.format(bytes)
        return text.last?.isNumber == true ? "\(text) bytes" : text
    }
}
