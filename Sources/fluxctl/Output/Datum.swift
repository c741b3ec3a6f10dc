import JSON
import Protobuf
import Query

/// One value of a row, before any format has written it.
enum Datum: Sendable {
    /// Unknown or absent, which is not zero and not empty.
    case none
    case bool(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    case text(String)
    case time(Timestamp)
    /// Lists and maps: what is more than one value.
    case structure(JSONValue)

    init(_ value: FieldValue) {
        switch value {
        case .none: self = .none
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .integer(value)
        case .uint(let value): self = .unsigned(value)
        case .double(let value): self = .number(value)
        case .string(let text), .enumeration(let text): self = .text(text)
        case .bytes(let bytes): self = .text(base64(bytes))
        case .timestamp(let time): self = .time(time.withinCalendar)
        }
    }

    init(_ text: String?) { self = text.map { .text($0) } ?? .none }

    /// Measured numbers with three decimals: what lies behind those is noise of the arithmetic.
    func rounded(_ unit: FieldUnit) -> Datum {
        guard unit != .none, case .number(let value) = self, value.isFinite, abs(value) < 1e12 else { return self }
        return .number((value * 1_000).rounded() / 1_000)
    }

    /// Its members in the order of their names, so that it looks the same each time.
    init(_ map: [String: String]) {
        self = .structure(.object(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    /// As machine formats write it; nil when it is absent.
    ///
    /// - Parameter safeIntegers: Writes whole numbers beyond 2^53, which JavaScript rounds, as strings.
    func json(safeIntegers: Bool) -> JSONValue? {
        switch self {
        case .none: return nil
        case .bool(let value): return .bool(value)
        case .integer(let value):
            return safeIntegers && value.magnitude > 1 << 53 ? .string(String(value)) : .integer(Int(value))
        case .unsigned(let value):
            if safeIntegers, value > 1 << 53 { return .string(String(value)) }
            return Int(exactly: value).map { .integer($0) } ?? .number(Double(value))
        case .number(let value): return value.isFinite ? .number(value) : nil
        case .text(let text): return .string(text)
        case .time(let time): return .string(time.text)
        case .structure(let value): return value
        }
    }

    /// As CSV and `-o name` write it: nothing for what is absent.
    var plainText: String {
        switch self {
        case .none: ""
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .unsigned(let value): String(value)
        case .number(let value): value.isFinite ? String(value) : ""
        case .text(let text): text
        case .time(let time): time.text
        case .structure(let value): value.text
        }
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with nanoseconds.
    var text: String {
        let time = self.withinCalendar
        return timestamp(seconds: Int(time.seconds), nanoseconds: Int(time.nanos))
    }

    /// The nearest time that RFC 3339 can write: a server's clock may say anything.
    var withinCalendar: Timestamp {
        Timestamp(
            seconds: min(max(self.seconds, -62_135_596_800), 253_402_300_799),
            nanos: min(max(self.nanos, 0), 999_999_999)
        )
    }
}
