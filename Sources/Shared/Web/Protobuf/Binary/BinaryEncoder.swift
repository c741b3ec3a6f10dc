/// Writes protobuf's binary form from the end of one buffer to its front.
///
/// So the length of a nested message is known when it is to be written, without a pass that only counts and without moving
/// what is there. Everything is therefore written in reverse: the last field first, and of a field the tag last.
public struct BinaryEncoder {
    private var storage: [UInt8]
    /// The written bytes are `storage[start...]`.
    private var start: Int

    public init(capacity: Int = 256) {
        self.storage = [UInt8](repeating: 0, count: capacity)
        self.start = capacity
    }

    /// Bytes written so far.
    public var count: Int { self.storage.count - self.start }

    public consuming func finish() -> [UInt8] { Array(self.storage[self.start...]) }

    /// Makes room for `count` more bytes.
    ///
    /// - Returns: Where they go.
    private mutating func advance(_ count: Int) -> Int {
        if self.start < count {
            let used = self.count
            var larger = [UInt8](repeating: 0, count: max(self.storage.count, count + 64))
            self.start += larger.count
            larger.reserveCapacity(larger.count + self.storage.count)
            larger += self.storage
            self.storage = larger
            assert(self.count == used)
        }
        self.start -= count
        return self.start
    }

    public mutating func prependVarint(_ value: UInt64) {
        let width = (64 - (value | 1).leadingZeroBitCount + 6) / 7
        let first = self.advance(width)
        var rest = value
        for index in first..<(first + width - 1) {
            self.storage[index] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
        }
        self.storage[first + width - 1] = UInt8(rest)
    }

    /// Little-endian, as many bytes as the integer has.
    public mutating func prependFixed<Integer: FixedWidthInteger>(_ value: Integer) {
        let width = Integer.bitWidth / 8
        let first = self.advance(width)
        for index in 0..<width { self.storage[first + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }

    public mutating func prepend(_ text: String) {
        let first = self.advance(text.utf8.count)
        self.copy(text.utf8.span, to: first)
    }

    public mutating func prepend(_ bytes: [UInt8]) {
        let first = self.advance(bytes.count)
        self.copy(bytes.span, to: first)
    }

    private mutating func copy(_ bytes: Span<UInt8>, to first: Int) {
        var target = self.storage.mutableSpan
        for index in bytes.indices { target[first + index] = bytes[index] }
    }

    /// A field of bytes that `body` writes, with their length.
    public mutating func writeNested(_ number: Int, _ body: (inout BinaryEncoder) -> Void) {
        self.prependNested(body)
        self.prependTag(number, .lengthDelimited)
    }

    /// Puts the length of what `body` writes before it.
    mutating func prependNested(_ body: (inout BinaryEncoder) -> Void) {
        let before = self.count
        body(&self)
        self.prependVarint(UInt64(self.count - before))
    }

    mutating func prependTag(_ number: Int, _ wireType: WireType) {
        self.prependVarint(UInt64(number) << 3 | UInt64(wireType.rawValue))
    }
}
