package import Bytes
package import Machine

/// Steps through records that are not to be trusted.
struct LogRecordCursor {
    struct Record {
        var offsetDelta: UInt64
        var timeDelta: UInt64
        var key: Range<Int>?
        var body: Range<Int>
    }
    private let base: UnsafePointer<UInt8>
    private let end: Int
    private(set) var index: Int
    private let isSparse: Bool
    private var nextDelta: UInt64 = 0

    /// - Parameter range: Of the block whose first byte is at `base`; it lives as long as the cursor is used.
    init(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, isSparse: Bool) {
        self.base = base
        self.index = range.lowerBound
        self.end = range.upperBound
        self.isSparse = isSparse
    }

    var isAtEnd: Bool { self.index == self.end }

    @inline(__always)
    mutating func next() throws(LogFormatError) -> Record {
        var offsetDelta = self.nextDelta
        if self.isSparse {
            let said = try self.varint()
            guard said >= offsetDelta else {
                throw LogFormatError(.offset, expected: "delta of at least \(offsetDelta)", found: "\(said)")
            }
            offsetDelta = said
        }
        self.nextDelta = offsetDelta &+ 1
        let (timeDelta, key, body) = try self.nextDense()
        return Record(offsetDelta: offsetDelta, timeDelta: timeDelta, key: key, body: body)
    }

    /// What a record has besides its offset.
    @inline(__always)
    mutating func nextDense() throws(LogFormatError) -> (timeDelta: UInt64, key: Range<Int>?, body: Range<Int>) {
        let head = try self.varint()
        let key = head & 1 == 0 ? nil : try self.range()
        return (head >> 1, key, try self.range())
    }

    @inline(__always)
    private mutating func range() throws(LogFormatError) -> Range<Int> {
        let length = try self.varint()
        guard length <= UInt64(self.end - self.index) else {
            throw LogFormatError(.records, expected: "at most \(self.end - self.index) bytes", found: "\(length)")
        }
        let start = self.index
        self.index += Int(length)
        return start..<self.index
    }

    @inline(__always)
    private mutating func varint() throws(LogFormatError) -> UInt64 {
        if self.index < self.end, self.base[self.index] < 0x80 {
            self.index += 1
            return UInt64(self.base[self.index - 1])
        }
        if self.index + 1 < self.end, self.base[self.index + 1] < 0x80 {
            self.index += 2
            return UInt64(self.base[self.index - 2] & 0x7F) | UInt64(self.base[self.index - 1]) << 7
        }
        return try self.longVarint()
    }

    private mutating func longVarint() throws(LogFormatError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard self.index < self.end else {
                throw LogFormatError(.records, expected: "a number", found: "the end")
            }
            let byte = self.base[self.index]
            self.index += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw LogFormatError(.records, expected: "a number of 64 bits", found: "more")
    }
}

extension LogRecordSummary {
    /// Walks over the records of a block.
    ///
    /// - Returns: How many there are, too.
    static func walking(_ block: ByteBlock) throws(LogFormatError) -> (count: Int, LogRecordSummary) {
        var count = 0
        var summary = LogRecordSummary()
        var cursor = LogRecordCursor(UnsafePointer(block.base), 0..<block.count, isSparse: false)
        while !cursor.isAtEnd {
            let record = try cursor.next()
            count += 1
            if record.key != nil { summary.hasKeys = true }
            summary.maximumDelta = max(summary.maximumDelta, record.timeDelta)
        }
        return (count, summary)
    }
}

extension LogBatch {
    /// Adds the batch's records from an offset on to what was read.
    ///
    /// - Parameters:
    ///   - range: Where its records lie in the block, decompressed.
    ///   - first: Records below it are passed over.
    package func read(
        _ block: ByteBlock,
        _ range: Range<Int>,
        from first: UInt64,
        into entries: inout [LogRead.Entry]
    ) throws(LogFormatError) {
        if self.flags.contains(.sparse) {
            var walk = LogRecordWalk(self, block, range)
            while let entry = try walk.next() {
                if entry.offset >= first { entries.append(entry) }
            }
            return
        }
        // The common case by itself: offsets need no look.
        precondition(range.lowerBound >= 0 && range.upperBound <= block.count, "records are beyond their block")
        var cursor = LogRecordCursor(UnsafePointer(block.base), range, isSparse: false)
        for delta in 0..<UInt64(self.count) {
            let (timeDelta, key, body) = try cursor.nextDense()
            let offset = self.baseOffset + delta
            if offset < first { continue }
            entries.append(LogRead.Entry(offset: offset, time: self.baseTime &+ timeDelta, key: key, body: body))
        }
        guard cursor.isAtEnd else {
            throw LogFormatError(.records, expected: "an end behind \(self.count) records", found: "more bytes")
        }
    }
}

/// The records of one batch, one after the other.
package struct LogRecordWalk {
    private let batch: LogBatch
    private let block: ByteBlock
    private var cursor: LogRecordCursor
    private var seen = 0

    package init(_ batch: LogBatch, _ block: ByteBlock, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= block.count, "records are beyond their block")
        self.batch = batch
        self.block = block
        self.cursor = LogRecordCursor(UnsafePointer(block.base), range, isSparse: batch.flags.contains(.sparse))
    }

    /// nil behind the last.
    package mutating func next() throws(LogFormatError) -> LogRead.Entry? {
        if self.seen == self.batch.count {
            guard self.cursor.isAtEnd else {
                throw LogFormatError(.records, expected: "an end behind \(self.seen) records", found: "more bytes")
            }
            return nil
        }
        let record = try self.cursor.next()
        guard record.offsetDelta <= UInt64(self.batch.lastOffsetDelta) else {
            throw LogFormatError(
                .offset,
                expected: "delta of at most \(self.batch.lastOffsetDelta)",
                found: "\(record.offsetDelta)"
            )
        }
        self.seen += 1
        return LogRead.Entry(
            offset: self.batch.baseOffset + record.offsetDelta,
            time: self.batch.baseTime &+ record.timeDelta,
            key: record.key,
            body: record.body
        )
    }
}
