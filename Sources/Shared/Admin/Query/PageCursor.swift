/// Where a page ends: the last row's sort values and its key, so that the next page begins behind it whatever came or went.
package struct PageCursor: Sendable, Equatable {
    /// Of the query that the cursor belongs to: kind, filter and sort order.
    package let fingerprint: UInt64
    let values: [SortValue]
    let key: RowKey

    /// A number that differs where queries do; it guards against mistakes, not against forgery, which would gain nothing.
    package static func fingerprint(_ parts: String...) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for part in parts {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3  // a byte that no text has
        }
        return hash
    }

    /// A tag and eight bytes, or a length and text, for each value; the key like a number and a text.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = [1]
        append(self.fingerprint, to: &bytes)
        append(self.key.number, to: &bytes)
        append(self.key.text, to: &bytes)
        for value in self.values {
            switch value {
            case .absent: bytes.append(0)
            case .integer(let number):
                bytes.append(1)
                append(UInt64(bitPattern: number), to: &bytes)
            case .real(let number):
                bytes.append(2)
                append(number.bitPattern, to: &bytes)
            case .text(let text):
                bytes.append(3)
                append(text, to: &bytes)
            }
        }
        return bytes
    }

    package init(fingerprint: UInt64, values: [SortValue], key: RowKey) {
        self.fingerprint = fingerprint
        self.values = values
        self.key = key
    }

    /// nil when the bytes are no cursor of a query with so many sort fields.
    package init?(bytes: [UInt8], sortedBy order: SortOrder) {
        var reader = Reader(bytes: bytes[...])
        guard reader.byte() == 1, let fingerprint = reader.number(), let number = reader.number(),
            let text = reader.text()
        else { return nil }
        var values: [SortValue] = []
        for _ in order.terms {
            switch reader.byte() {
            case 0: values.append(.absent)
            case 1:
                guard let bits = reader.number() else { return nil }
                values.append(.integer(Int64(bitPattern: bits)))
            case 2:
                guard let bits = reader.number(), !Double(bitPattern: bits).isNaN else { return nil }
                values.append(.real(Double(bitPattern: bits)))
            case 3:
                guard let text = reader.text() else { return nil }
                values.append(.text(text))
            default: return nil
            }
        }
        guard reader.bytes.isEmpty else { return nil }
        self.init(fingerprint: fingerprint, values: values, key: RowKey(number: number, text: text))
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func byte() -> UInt8? { self.bytes.popFirst() }

        mutating func number() -> UInt64? {
            guard self.bytes.count >= 8 else { return nil }
            defer { self.bytes = self.bytes.dropFirst(8) }
            return self.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func text() -> String? {
            guard let count = self.number(), count <= UInt64(self.bytes.count) else { return nil }
            defer { self.bytes = self.bytes.dropFirst(Int(count)) }
            return String(validating: self.bytes.prefix(Int(count)), as: UTF8.self)
        }
    }
}

private func append(_ number: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
}

private func append(_ text: String, to bytes: inout [UInt8]) {
    append(UInt64(text.utf8.count), to: &bytes)
    bytes += text.utf8
}
