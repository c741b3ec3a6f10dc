package import Bytes
package import Machine

/// The header of one batch: what one burst appended to one log. Behind it are its records, as they are or compressed.
///
/// | at | bytes | what |
/// |---|---|---|
/// | 0 | 4 | magic number, "FLXB" |
/// | 4 | 4 | CRC-32C over all behind it, records included |
/// | 8 | 2 | version, 1 |
/// | 10 | 2 | flags |
/// | 12 | 4 | bytes of the records as they are stored |
/// | 16 | 4 | bytes of the records, decompressed |
/// | 20 | 4 | records |
/// | 24 | 4 | offset of the last record that the batch was made with, from the first |
/// | 28 | 4 | bytes of this segment that were synced when the batch was written |
/// | 32 | 8 | offset of the first record |
/// | 40 | 8 | time from which the records' deltas count, milliseconds since 1970 |
/// | 48 | 8 | time of the latest record |
package struct LogBatch: Equatable, Sendable {
    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
        /// The records are one zstd frame that says its content's size.
        package static let compressed = Flags(rawValue: 1)
        /// At least one record has a key.
        package static let keys = Flags(rawValue: 2)
        /// Some records are gone: each says how far it is from the batch's first offset.
        package static let sparse = Flags(rawValue: 4)
        static let known: Flags = [.compressed, .keys, .sparse]
    }

    package static let headerBytes = 56
    package static let magic: UInt32 = 0x4258_4C46
    package static let version: UInt16 = 1
    /// The most that records may be, as they are and as they are stored.
    package static let maximumBytes = 1 << 30
    /// Larger batches are not compressed, and none that says so is decompressed: what a reader sets aside has a bound.
    package static let maximumCompressibleBytes = 16 << 20

    package var flags: Flags
    package var storedBytes: Int
    package var rawBytes: Int
    package var count: Int
    package var lastOffsetDelta: UInt32
    package var synced: UInt32
    package var baseOffset: UInt64
    package var baseTime: UInt64
    package var maximumTime: UInt64

    /// Header and records.
    package var bytes: Int { LogBatch.headerBytes + self.storedBytes }
    /// The offset behind the batch. In a sparse one the last records may be gone; their offsets stay taken.
    package var next: UInt64 { self.baseOffset + UInt64(self.lastOffsetDelta) + 1 }

    package init(
        flags: Flags,
        storedBytes: Int,
        rawBytes: Int,
        count: Int,
        lastOffsetDelta: UInt32,
        synced: UInt32,
        baseOffset: UInt64,
        baseTime: UInt64,
        maximumTime: UInt64
    ) {
        self.flags = flags
        self.storedBytes = storedBytes
        self.rawBytes = rawBytes
        self.count = count
        self.lastOffsetDelta = lastOffsetDelta
        self.synced = synced
        self.baseOffset = baseOffset
        self.baseTime = baseTime
        self.maximumTime = maximumTime
    }

    /// Reads a header; its checksum is not looked at, since it covers the records too.
    ///
    /// - Parameter start: Of at least ``headerBytes``.
    package init(at start: UnsafeRawPointer) throws(LogFormatError) {
        let magic = start.little(UInt32.self, at: 0)
        guard magic == LogBatch.magic else {
            throw LogFormatError(.magic, expected: hexadecimal(LogBatch.magic), found: hexadecimal(magic))
        }
        let version = start.little(UInt16.self, at: 8)
        guard version == LogBatch.version else {
            throw LogFormatError(.version, expected: "\(LogBatch.version)", found: "\(version)")
        }
        self.flags = Flags(rawValue: start.little(UInt16.self, at: 10))
        guard self.flags.isSubset(of: .known) else {
            throw LogFormatError(.flags, expected: "none but 1, 2 and 4", found: "\(self.flags.rawValue)")
        }
        self.storedBytes = Int(start.little(UInt32.self, at: 12))
        self.rawBytes = Int(start.little(UInt32.self, at: 16))
        self.count = Int(start.little(UInt32.self, at: 20))
        self.lastOffsetDelta = start.little(UInt32.self, at: 24)
        self.synced = start.little(UInt32.self, at: 28)
        self.baseOffset = start.little(UInt64.self, at: 32)
        self.baseTime = start.little(UInt64.self, at: 40)
        self.maximumTime = start.little(UInt64.self, at: 48)
        try self.checkBounds()
    }

    private func checkBounds() throws(LogFormatError) {
        let limit = self.flags.contains(.compressed) ? LogBatch.maximumCompressibleBytes : LogBatch.maximumBytes
        guard self.rawBytes <= limit, self.storedBytes <= limit else {
            throw LogFormatError(
                .length,
                expected: "at most \(limit) bytes of records",
                found: "\(self.storedBytes) stored, \(self.rawBytes) raw"
            )
        }
        guard self.flags.contains(.compressed) || self.rawBytes == self.storedBytes else {
            throw LogFormatError(.length, expected: "\(self.rawBytes) stored", found: "\(self.storedBytes)")
        }
        // A record has two bytes at least.
        let most = min(UInt64(self.lastOffsetDelta) + 1, UInt64(self.rawBytes) / 2)
        guard self.count >= 1, self.count <= most,
            self.flags.contains(.sparse) || self.count == Int(self.lastOffsetDelta) + 1
        else {
            throw LogFormatError(
                .count,
                expected: "1 to \(most) for a last offset delta of \(self.lastOffsetDelta) in \(self.rawBytes) bytes",
                found: "\(self.count)"
            )
        }
        guard self.baseOffset <= UInt64.max - UInt64(UInt32.max) - 1 else {
            throw LogFormatError(.offset, expected: "room for the batch behind it", found: "\(self.baseOffset)")
        }
    }

    /// Whether the checksum in the header is that of what follows it.
    ///
    /// - Parameter batch: Header and records, exactly.
    package static func verify(_ batch: UnsafeRawBufferPointer) throws(LogFormatError) {
        guard let start = batch.baseAddress, batch.count >= LogBatch.headerBytes else {
            throw LogFormatError(.length, expected: "\(LogBatch.headerBytes) bytes of header", found: "\(batch.count)")
        }
        let expected = start.little(UInt32.self, at: 4)
        let found = crc32c(UnsafeRawBufferPointer(rebasing: batch[8...]))
        guard expected == found else {
            throw LogFormatError(.checksum, expected: hexadecimal(expected), found: hexadecimal(found))
        }
    }

    /// The header as bytes, sealed with the checksum over it and the records.
    ///
    /// - Parameter records: As they are stored.
    package func encoded(with records: ByteBlock) -> ByteBlock {
        let block = ByteBlock.make(count: LogBatch.headerBytes)
        let start = UnsafeMutableRawPointer(block.base)
        start.setLittle(LogBatch.magic, at: 0)
        start.setLittle(LogBatch.version, at: 8)
        start.setLittle(self.flags.rawValue, at: 10)
        start.setLittle(UInt32(self.storedBytes), at: 12)
        start.setLittle(UInt32(self.rawBytes), at: 16)
        start.setLittle(UInt32(self.count), at: 20)
        start.setLittle(self.lastOffsetDelta, at: 24)
        start.setLittle(self.synced, at: 28)
        start.setLittle(self.baseOffset, at: 32)
        start.setLittle(self.baseTime, at: 40)
        start.setLittle(self.maximumTime, at: 48)
        let header = crc32c(UnsafeRawBufferPointer(start: start + 8, count: LogBatch.headerBytes - 8))
        let whole = crc32c(UnsafeRawBufferPointer(start: records.base, count: self.storedBytes), from: header)
        start.setLittle(whole, at: 4)
        return block
    }
}

/// A batch as it goes to disk: the header's block, then the records'.
package struct EncodedLogBatch: Sendable {
    package var batch: LogBatch
    package var header: ByteBlock
    package var records: ByteBlock

    /// Checks, compresses if that helps, and seals: the work of the writer's thread, not of a loop.
    ///
    /// - Parameters:
    ///   - append: Its records are as ``LogRecordWriter`` made them, and as many as it says; anything else is our mistake.
    ///   - synced: Bytes of the segment that are known to be on the device.
    package init(_ append: LogAppend, synced: Int, compressor: LogCompressor) {
        let summary: LogRecordSummary
        if let known = append.summary {
            summary = known
            assert(known == append.walk(), "records of log \(append.log) are not as who wrote them says")
        } else {
            summary = append.walk()
        }
        precondition(append.count > 0 && append.count <= Int(UInt32.max), "a batch has \(append.count) records")
        precondition(append.records.count <= LogBatch.maximumBytes, "a batch has \(append.records.count) bytes")
        var batch = LogBatch(
            flags: summary.hasKeys ? .keys : [],
            storedBytes: append.records.count,
            rawBytes: append.records.count,
            count: append.count,
            lastOffsetDelta: UInt32(append.count - 1),
            synced: UInt32(clamping: synced),
            baseOffset: append.first,
            baseTime: append.time,
            maximumTime: append.time &+ summary.maximumDelta
        )
        self.init(&batch, raw: append.records, compressor: append.compresses ? compressor : nil)
    }

    /// A batch whose header is known but for what compression changes.
    package init(_ batch: inout LogBatch, raw: ByteBlock, compressor: LogCompressor?) {
        var stored = raw
        if let smaller = compressor?.compress(raw) {
            stored = smaller
            batch.flags.insert(.compressed)
            batch.storedBytes = smaller.count
        }
        self.batch = batch
        self.header = batch.encoded(with: stored)
        self.records = stored
    }

    package var bytes: Int { self.batch.bytes }
}

extension LogAppend {
    /// What the header says of the records, from themselves. Records that are not as they are announced are our mistake.
    fileprivate func walk() -> LogRecordSummary {
        do {
            let (count, summary) = try LogRecordSummary.walking(self.records)
            precondition(count == self.count, "\(self.count) records are announced, \(count) are there")
            return summary
        } catch {
            preconditionFailure("records for log \(self.log) are not well formed: \(error)")
        }
    }
}
