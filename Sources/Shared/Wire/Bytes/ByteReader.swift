/// Reads one packet's fields in place.
///
/// Every read returns nil when the packet ends too early, and then nothing was consumed. Nothing is copied, nothing outlives
/// the bytes it reads from.
public struct ByteReader: ~Escapable {
    @usableFromInline let bytes: Span<UInt8>
    @usableFromInline var position: Int

    @inlinable @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>, at index: Int = 0) {
        self.bytes = bytes
        self.position = index
    }

    /// Where the next read starts, counted from the start of the span.
    @inlinable public var index: Int { self.position }

    /// Bytes that are left.
    @inlinable public var remaining: Int { self.bytes.count - self.position }
    @inlinable public var isAtEnd: Bool { self.position >= self.bytes.count }

    @inlinable public mutating func readUInt8() -> UInt8? {
        guard self.remaining >= 1 else { return nil }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    @inlinable public mutating func readUInt16() -> UInt16? {
        guard self.remaining >= 2 else { return nil }
        defer { self.position += 2 }
        return UInt16(self.bytes[self.position]) << 8 | UInt16(self.bytes[self.position + 1])
    }

    @inlinable public mutating func readUInt32() -> UInt32? {
        guard self.remaining >= 4 else { return nil }
        defer { self.position += 4 }
        return UInt32(self.bytes[self.position]) << 24 | UInt32(self.bytes[self.position + 1]) << 16
            | UInt32(self.bytes[self.position + 2]) << 8 | UInt32(self.bytes[self.position + 3])
    }

    @inlinable public mutating func readUInt64() -> UInt64? {
        guard self.remaining >= 8, let high = self.readUInt32(), let low = self.readUInt32() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    /// The next `count` bytes as a range of the span that the reader was made of.
    @inlinable public mutating func readRange(count: Int) -> Range<Int>? {
        guard count >= 0, self.remaining >= count else { return nil }
        defer { self.position += count }
        return self.position..<(self.position + count)
    }

    @inlinable @_lifetime(copy self)
    public mutating func readBytes(count: Int) -> Span<UInt8>? {
        guard let range = self.readRange(count: count) else { return nil }
        return self.bytes.extracting(range)
    }

    /// Two bytes of length, then that many bytes: the range of the latter.
    @inlinable public mutating func readLengthPrefixedRange() -> Range<Int>? {
        guard self.remaining >= 2 else { return nil }
        let length = Int(self.bytes[self.position]) << 8 | Int(self.bytes[self.position + 1])
        guard self.remaining >= 2 + length else { return nil }
        let start = self.position + 2
        self.position = start + length
        return start..<(start + length)
    }

    /// Two bytes of length, then that many bytes. Source: MQTT 5.0 §1.5.4 (strings) and §1.5.6 (binary data).
    @inlinable @_lifetime(copy self)
    public mutating func readLengthPrefixed() -> Span<UInt8>? {
        guard let range = self.readLengthPrefixedRange() else { return nil }
        return self.bytes.extracting(range)
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes.
    @inlinable @inline(__always) public func elementsEqual(_ other: borrowing Span<UInt8>) -> Bool {
        if self.count != other.count { return false }
        if self.count == 0 { return true }
        return self.withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                bytesEqual(mine.baseAddress.unsafelyUnwrapped, theirs.baseAddress.unsafelyUnwrapped, mine.count)
            }
        }
    }

    /// The same for an array that is a property of an object, whose own span the compiler does not let out.
    @inlinable @inline(__always) public func elementsEqual(_ other: [UInt8]) -> Bool {
        if self.count != other.count { return false }
        if self.count == 0 { return true }
        return self.withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                bytesEqual(mine.baseAddress.unsafelyUnwrapped, theirs.baseAddress.unsafelyUnwrapped, mine.count)
            }
        }
    }

    /// A copy as an array: for what outlives the read and is rare.
    @inlinable public func copied() -> [UInt8] { self.withUnsafeBufferPointer { Array($0) } }

    /// A copy as a string, repairing what is not UTF-8: for what was validated, or for people.
    @inlinable public func string() -> String {
        self.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
