package import Protobuf

/// A row as a scan sees it: the value of each field by its number, worked out when it is asked for.
package protocol RowReader: ~Copyable {
    func value(of field: Int) -> FieldValue
    /// One entry of a field that is a map from text to text; nil when it has none of that name.
    func entry(_ name: String, of field: Int) -> String?
}

extension RowReader where Self: ~Copyable {
    package func entry(_ name: String, of field: Int) -> String? { nil }

    /// What a filter compares.
    func value(of field: Field) -> FieldValue {
        guard let name = field.entry else { return self.value(of: field.number) }
        return self.entry(name, of: field.number).map { .string($0) } ?? .none
    }
}

/// What names a row for its backend, and the order of rows that are equal otherwise: by number, then by text.
///
/// Kinds whose ids count (connections) put everything in the number, so that no text is made for rows that nobody will see; others
/// put the id in the text. A key is never used again for another row while a client may hold it in a cursor.
package struct RowKey: Sendable, Hashable, Comparable {
    package var number: UInt64
    package var text: String

    package init(number: UInt64 = 0, text: String = "") {
        self.number = number
        self.text = text
    }

    func compared(to other: RowKey) -> Int {
        if self.number != other.number { return self.number < other.number ? -1 : 1 }
        return compareBytes(self.text, other.text)
    }

    package static func == (left: RowKey, right: RowKey) -> Bool { left.compared(to: right) == 0 }
    package static func < (left: RowKey, right: RowKey) -> Bool { left.compared(to: right) < 0 }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.number)
        var text = self.text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
