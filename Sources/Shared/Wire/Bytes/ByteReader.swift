/// Reads one packet's fields in place.
///
/// Every read returns nil when the packet ends too early, and then nothing was consumed. Nothing is copied, nothing outlives
/// the bytes it reads from.
@usableFromInline
package struct ByteReader: ~Escapable {
    @usableFromInline let bytes: Span<UInt8>
    /// Where the next read starts, counted from the start of the span.
    @usableFromInline package private(set) var index: Int

    @inlinable @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>, at index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    /// Bytes that are left.
    @inlinable package var remaining: Int { self.bytes.count - self.index }
    @inlinable package var isAtEnd: Bool { self.index >= self.bytes.count }

    @inlinable package mutating func readUInt8() -> UInt8? {
        guard self.remaining >= 1 else { return nil }
        defer { self.index += 1 }
        return self.bytes[self.index]
    }

    @inlinable package mutating func readUInt16() -> UInt16? {
        guard self.remaining >= 2 else { return nil }
        defer { self.index += 2 }
        return UInt16(self.bytes[self.index]) << 8 | UInt16(self.bytes[self.index + 1])
    }

    @inlinable package mutating func readUInt32() -> UInt32? {
        guard self.remaining >= 4 else { return nil }
        defer { self.index += 4 }
        return UInt32(self.bytes[self.index]) << 24 | UInt32(self.bytes[self.index + 1]) << 16
            | UInt32(self.bytes[self.index + 2]) << 8 | UInt32(self.bytes[self.index + 3])
    }

    @inlinable package mutating func readUInt64() -> UInt64? {
        guard self.remaining >= 8, let high = self.readUInt32(), let low = self.readUInt32() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    /// The next `count` bytes as a range of the span that the reader was made of.
    @inlinable package mutating func readRange(count: Int) -> Range<Int>? {
        guard count >= 0, self.remaining >= count else { return nil }
        defer { self.index += count }
        return self.index..<(self.index + count)
    }

    @inlinable @_lifetime(copy self)
    package mutating func readBytes(count: Int) -> Span<UInt8>? {
        guard let range = self.readRange(count: count) else { return nil }
        return self.bytes.extracting(range)
    }

    /// Two bytes of length, then that many bytes: the range of the latter.
    @inlinable package mutating func readLengthPrefixedRange() -> Range<Int>? {
        guard self.remaining >= 2 else { return nil }
        let length = Int(self.bytes[self.index]) << 8 | Int(self.bytes[self.index + 1])
        guard self.remaining >= 2 + length else { return nil }
        let start = self.index + 2
        self.index = start + length
        return start..<(start + length)
    }

    /// Two bytes of length, then that many bytes. Source: MQTT 5.0 §1.5.4 (strings) and §1.5.6 (binary data).
    @inlinable @_lifetime(copy self)
    package mutating func readLengthPrefixed() -> Span<UInt8>? {
        guard let range = self.readLengthPrefixedRange() else { return nil }
        return self.bytes.extracting(range)
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes.
    @inlinable @inline(__always) package func elementsEqual(_ other: borrowing Span<UInt8>) -> Bool {
        if self.count != other.count { return false }
        if self.count == 0 { return true }
        return self.withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                bytesEqual(mine.baseAddress.unsafelyUnwrapped, theirs.baseAddress.unsafelyUnwrapped, mine.count)
            }
        }
    }

    /// The same for an array that is a property of an object, whose own span the compiler does not let out.
    @inlinable @inline(__always) package func elementsEqual(_ other: [UInt8]) -> Bool {
        if self.count != other.count { return false }
        if self.count == 0 { return true }
        return self.withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                bytesEqual(mine.baseAddress.unsafelyUnwrapped, theirs.baseAddress.unsafelyUnwrapped, mine.count)
            }
        }
    }

    /// A copy as an array: for what outlives the read and is rare.
    @inlinable package func copied() -> [UInt8] { self.withUnsafeBufferPointer { Array($0) } }

    /// A copy as a string, repairing what is not UTF-8: for what was validated, or for people.
    @inlinable package func string() -> String {
        self.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
