package import Bytes
package import Machine

/// Records of one batch, encoded one after the other into one block.
///
/// Used on a shard's loop: one check of room per record, no allocation but the block's growth. Layout of a record
/// (docs/storage-format.md): `time delta << 1 | has key` as a varint; with a key its length as a varint and its bytes; the
/// body's length as a varint and its bytes.
///
/// Public, as what is inlined into other modules has to be.
public struct LogRecordWriter: ~Copyable {
    /// Three varints of at most ten bytes.
    @usableFromInline static let overhead = 30

    /// What an idle writer holds; without room, so it is never written.
    private static let nothing = ByteBlock.make(count: 0)

    /// Written here alone until ``finish()`` hands it out.
    private var block: ByteBlock
    /// Where its bytes are, and how many.
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    @usableFromInline var room = 0
    /// Bytes that the first record makes room for: as much as the last batch needed, within reason.
    private var expected: Int
    @usableFromInline var used = 0
    @usableFromInline var records = 0
    @usableFromInline var hasKeys = false
    @usableFromInline var maximumDelta: UInt64 = 0

    /// - Parameter capacity: Bytes to begin with; what the last batch needed is a good guess.
    package init(capacity: Int = 256) {
        self.block = LogRecordWriter.nothing
        self.base = self.block.base
        self.expected = max(capacity, 64)
    }

    /// Bytes so far.
    package var bytes: Int { self.used }
    /// Records so far.
    package var count: Int { self.records }
    package var isEmpty: Bool { self.records == 0 }
    /// Of the records so far, for ``LogAppend/summary``.
    package var summary: LogRecordSummary {
        LogRecordSummary(hasKeys: self.hasKeys, maximumDelta: self.maximumDelta)
    }

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
    public mutating func append(
        after delta: UInt64,
        bodyBytes: Int,
        fill: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        self.makeRoom(LogRecordWriter.overhead + bodyBytes)
        var index = putVarint(delta << 1, at: self.used, in: self.base)
        index = putVarint(UInt64(bodyBytes), at: index, in: self.base)
        fill(UnsafeMutableBufferPointer(start: self.base + index, count: bodyBytes))
        self.finishRecord(at: index + bodyBytes, delta)
    }

    /// A record with a key, whose body is written in place.
    @inlinable @inline(__always)
    public mutating func append(
        after delta: UInt64,
        key: Span<UInt8>,
        bodyBytes: Int,
        fill: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        self.makeRoom(LogRecordWriter.overhead + key.count + bodyBytes)
        var index = putVarint(delta << 1 | 1, at: self.used, in: self.base)
        index = putVarint(UInt64(key.count), at: index, in: self.base)
        key.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { (self.base + index).update(from: start, count: source.count) }
        }
        index = putVarint(UInt64(bodyBytes), at: index + key.count, in: self.base)
        fill(UnsafeMutableBufferPointer(start: self.base + index, count: bodyBytes))
        self.hasKeys = true
        self.finishRecord(at: index + bodyBytes, delta)
    }

    /// The block of all records, for ``LogAppend/records``; the writer begins anew.
    ///
    /// - Parameter isKept: It stays in memory for readers at the tail: a block with much room left is copied into one that fits.
    package mutating func finish(isKept: Bool = true) -> ByteBlock {
        let full = self.block
        let used = self.used
        self.hold(LogRecordWriter.nothing)
        self.expected = min(max(used, 64), 65_536)
        self.used = 0
        self.records = 0
        self.hasKeys = false
        self.maximumDelta = 0
        if !isKept || full.count - used <= used >> 3 {
            full.shrink(to: used)
            return full
        }
        let exact = ByteBlock.make(count: used)
        exact.fill(at: 0, with: full.span(0..<used))
        return exact
    }

    @inlinable @inline(__always)
    mutating func makeRoom(_ bytes: Int) {
        if self.used + bytes > self.room { self.grow(for: bytes) }
    }

    @inlinable @inline(__always)
    mutating func finishRecord(at index: Int, _ delta: UInt64) {
        self.used = index
        self.records &+= 1
        if delta > self.maximumDelta { self.maximumDelta = delta }
    }

    @usableFromInline mutating func grow(for bytes: Int) {
        let larger = ByteBlock.make(count: max(self.room * 2, self.used + bytes, self.expected))
        larger.fill(at: 0, with: self.block.span(0..<self.used))
        self.hold(larger)
    }

    private mutating func hold(_ block: ByteBlock) {
        self.block = block
        self.base = block.base
        self.room = block.count
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
