import Glibc
import JSON
import Protobuf
import Query
import Terminal

/// How points in time are written for people.
enum TimeStyle: String, CaseIterable, Sendable {
    /// `3m12s ago`, `in 5m00s`.
    case rel
    case local, utc
    /// Seconds since 1970.
    case unix
}

/// How a table writes values.
struct HumanText: Sendable {
    var units: SizeUnits
    var time: TimeStyle
    /// What relative times are counted from: the server's clock at the look.
    var now = Timestamp() { didSet { self.now = self.now.withinCalendar } }

    /// A column's heading: where values stand without their units it has the unit.
    func heading(_ column: Column) -> String {
        guard self.units == .raw else { return column.title }
        return switch column.unit {
        case .milliseconds: "\(column.title) ms"
        case .percent: "\(column.title) %"
        case .bytes where !column.title.contains("BYTES"): "\(column.title) B"
        default: column.title
        }
    }

    /// One line without anything that a terminal would obey; `-` for what is absent or empty.
    func text(_ datum: Datum, _ unit: FieldUnit) -> String {
        switch datum {
        case .none: Quantity.unknown
        case .bool(let value): value ? "yes" : "no"
        case .integer(let value): self.number(value.magnitude, isNegative: value < 0, unit)
        case .unsigned(let value): self.number(value, isNegative: false, unit)
        case .number(let value): self.number(value, unit)
        case .text(let text): text.isEmpty ? Quantity.unknown : safe(text)
        case .time(let time): self.text(time)
        case .structure(let value): Self.text(value)
        }
    }

    private func number(_ value: UInt64, isNegative: Bool, _ unit: FieldUnit) -> String {
        let sign = isNegative ? "-" : ""
        if self.units == .raw || unit == .none { return sign + String(value) }
        return switch unit {
        case .bytes: sign + Quantity.size(value, self.units)
        case .milliseconds: sign + Quantity.duration(milliseconds: value)
        default: sign + Quantity.exact(value)
        }
    }

    private func number(_ value: Double, _ unit: FieldUnit) -> String {
        if self.units == .raw || unit == .none { return value.isFinite ? String(value) : Quantity.unknown }
        return switch unit {
        case .bytesPerSecond: Quantity.byteRate(value, self.units)
        case .percent: Quantity.percent(value)
        case .milliseconds: decimal(value, value < 10 ? 2 : 1) + "ms"
        default: Quantity.rate(value)
        }
    }

    private func text(_ time: Timestamp) -> String {
        switch self.time {
        case .utc: time.text
        case .unix: String(time.seconds)
        case .local: localTime(time)
        case .rel:
            // Whole milliseconds: what lies within one is now.
            switch (time.seconds - self.now.seconds) * 1_000 + Int64(time.nanos - self.now.nanos) / 1_000_000 {
            case let ahead where ahead > 0: "in " + Quantity.duration(milliseconds: UInt64(ahead))
            case let ago: Quantity.duration(milliseconds: ago.magnitude) + " ago"
            }
        }
    }

    /// Members as `name=value`, lists with commas.
    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .object(let members):
            members.isEmpty
                ? Quantity.unknown : members.map { "\(safe($0.0))=\(self.text($0.1))" }.joined(separator: " ")
        case .array(let items):
            items.isEmpty ? Quantity.unknown : items.map(self.text).joined(separator: ", ")
        case .string(let text): safe(text)
        default: value.text
        }
    }
}

/// `2026-11-22 14:02:07` where the program runs.
private func localTime(_ time: Timestamp) -> String {
    var seconds = time_t(time.seconds)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return time.text }
    let numbers = [
        parts.tm_year + 1_900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
    ].map { $0 < 10 ? "0\($0)" : String($0) }
    return numbers[..<3].joined(separator: "-") + " " + numbers[3...].joined(separator: ":")
}
