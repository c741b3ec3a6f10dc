/// What varies in a line: names from the code, values from anywhere, in the order given.
package struct LogMetadata: ExpressibleByDictionaryLiteral, Sendable {
    /// Names are literals, so that no peer chooses a column.
    package private(set) var fields: [(name: StaticString, value: LogValue)]

    package init(dictionaryLiteral elements: (StaticString, LogValue)...) {
        self.fields = elements.map { (name: $0.0, value: $0.1) }
    }

    package init(_ texts: KeyValuePairs<StaticString, String>) {
        self.fields = texts.map { (name: $0.key, value: .text($0.value)) }
    }

    package func adding(_ other: LogMetadata) -> LogMetadata {
        var sum = self
        sum.fields += other.fields
        return sum
    }
}

/// A text is escaped and cut when it is written, so a peer's bytes may stand in it as they came.
package enum LogValue: Equatable, Sendable {
    case text(String)
    case integer(Int)
    case boolean(Bool)
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
}
