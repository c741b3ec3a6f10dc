/// Bytes that are not what this format says. Where they are, the caller knows.
package struct LogFormatError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Field: String, Sendable {
        case magic = "magic number"
        case version
        case flags
        case length
        case checksum
        case count = "record count"
        case records
        case compression
        case offset
    }
    package var field: Field
    package var expected: String
    package var found: String

    package init(_ field: Field, expected: String, found: String) {
        self.field = field
        self.expected = expected
        self.found = found
    }

    package var description: String { "\(self.field.rawValue): expected \(self.expected), found \(self.found)" }
}
