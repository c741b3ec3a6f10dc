package import Bytes

/// Records of one batch, encoded one after the other into one block.
///
/// Used on a shard's loop: one check of room per record, no allocation but the block's growth. Layout of a record
/// (docs/storage-format.md): `time delta << 1 | has key` as a varint; with a key its length as a varint and its bytes; the
/// body's length as a varint and its bytes.
package struct LogRecordWriter: ~Copyable {
    /// Three varints of at most ten bytes.
    @usableFromInline static let overhead = 30

    /// What an idle writer holds; without room, so it is never written.
    private static let nothing = ByteBlock.make(count: 0)

    /// Written here alone until ``finish()`` hands it out.
    @usableFromInline var block: ByteBlock
    /// Bytes that the first record makes room for: as much as the last batch needed, within reason.
    private var expected: Int
    @usableFromInline var used = 0
    /// Records so far.
    package private(set) var count = 0

    /// - Parameter capacity: Bytes to begin with; what the last batch needed is a good guess.
    package init(capacity: Int = 256) {
        self.block = LogRecordWriter.nothing
        self.expected = max(capacity, 64)
    }

    /// Bytes so far.
    package var bytes: Int { self.used }
    package var isEmpty: Bool { self.count == 0 }

    /// - Parameter after: Milliseconds between the batch's time and this record's.
    package mutating func append(after delta: UInt64, body: Span<UInt8>) {
        self.append(after: delta, bodyBytes: body.count) { room in
            body.withUnsafeBufferPointer { room.copy(from: $0) }
        }
    }

    /// - Parameters:
    ///   - delta: Milliseconds between the batch's time and this record's.
    ///   - key: What compaction knows the record by. It may be empty.
    package mutating func append(after delta: UInt64, key: Span<UInt8>, body: Span<UInt8>) {
        self.append(after: delta, key: key, bodyBytes: body.count) { room in
            body.withUnsafeBufferPointer { room.copy(from: $0) }
        }
    }

    /// A record whose body is written in place.
    ///
    /// - Parameter fill: Sets each byte of the room that it is given, which holds `bodyBytes`.
    @inlinable @inline(__always)
    package mutating func append(
        after delta: UInt64,
        bodyBytes: Int,
        fill: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        self.makeRoom(LogRecordWriter.overhead + bodyBytes)
        let base = self.block.base
        var index = putVarint(delta << 1, at: self.used, in: base)
        index = putVarint(UInt64(bodyBytes), at: index, in: base)
        fill(UnsafeMutableBufferPointer(start: base + index, count: bodyBytes))
        self.finishRecord(at: index + bodyBytes)
    }

    /// A record with a key, whose body is written in place.
    @inlinable @inline(__always)
    package mutating func append(
        after delta: UInt64,
        key: Span<UInt8>,
        bodyBytes: Int,
        fill: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        self.makeRoom(LogRecordWriter.overhead + key.count + bodyBytes)
        let base = self.block.base
        var index = putVarint(delta << 1 | 1, at: self.used, in: base)
        index = putVarint(UInt64(key.count), at: index, in: base)
        self.block.fill(at: index, with: key)
        index = putVarint(UInt64(bodyBytes), at: index + key.count, in: base)
        fill(UnsafeMutableBufferPointer(start: base + index, count: bodyBytes))
        self.finishRecord(at: index + bodyBytes)
    }

    /// The block of all records, for ``LogAppend/records``; the writer begins anew.
    ///
    /// What is appended is kept in memory for readers at the tail: a block with much room left is copied into one that fits.
    package mutating func finish() -> ByteBlock {
        let full = self.block
        let used = self.used
        self.block = LogRecordWriter.nothing
        self.expected = min(max(used, 64), 65_536)
        self.used = 0
        self.count = 0
        if full.count - used <= used >> 3 {
            full.shrink(to: used)
            return full
        }
        let exact = ByteBlock.make(count: used)
        exact.fill(at: 0, with: full.span(0..<used))
        return exact
    }

    @inlinable @inline(__always)
    mutating func makeRoom(_ bytes: Int) {
        if self.used + bytes > self.block.count { self.grow(for: bytes) }
    }

    @usableFromInline mutating func finishRecord(at index: Int) {
        self.used = index
        self.count += 1
    }

    @usableFromInline mutating func grow(for bytes: Int) {
        let larger = ByteBlock.make(count: max(self.block.count * 2, self.used + bytes, self.expected))
        larger.fill(at: 0, with: self.block.span(0..<self.used))
        self.block = larger
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    fileprivate func copy(from source: UnsafeBufferPointer<UInt8>) {
        if let start = source.baseAddress, let target = self.baseAddress {
            target.update(from: start, count: source.count)
        }
    }
}

/// Seven bits a byte, the lowest first, the top bit set on all but the last.
///
/// - Returns: The index behind it.
@inlinable @inline(__always)
func putVarint(_ value: UInt64, at start: Int, in base: UnsafeMutablePointer<UInt8>) -> Int {
    var index = start
    var rest = value
    while rest >= 0x80 {
        base[index] = UInt8(truncatingIfNeeded: rest) | 0x80
        rest >>= 7
        index += 1
    }
    base[index] = UInt8(truncatingIfNeeded: rest)
    return index + 1
}
