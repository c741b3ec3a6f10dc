package import Bytes

/// One step of a segment's sparse index: a batch begins here.
package struct LogIndexEntry: Equatable, Sendable {
    /// Offset of the batch's first record, from the segment's.
    package var offset: UInt32
    /// Where the batch is in the file.
    package var position: UInt32
    /// No record before it is later; milliseconds since 1970.
    package var timeBefore: UInt64

    package init(offset: UInt32, position: UInt32, timeBefore: UInt64) {
        self.offset = offset
        self.position = position
        self.timeBefore = timeBefore
    }
}

/// What is known of a segment without reading it.
package struct LogSegmentSummary: Equatable, Sendable {
    /// Of the file, that the summary tells of.
    package var bytes: Int
    package var records: UInt64
    /// Offset behind the last record.
    package var next: UInt64
    /// Milliseconds since 1970; 0 without records.
    package var firstTime: UInt64
    package var maximumTime: UInt64

    package init(bytes: Int, records: UInt64, next: UInt64, firstTime: UInt64, maximumTime: UInt64) {
        self.bytes = bytes
        self.records = records
        self.next = next
        self.firstTime = firstTime
        self.maximumTime = maximumTime
    }
}

/// The file `.idx` beside a segment: where batches are, by offset and by time, and the segment's summary.
///
/// It is written whole, and only of what is synced, so it also says how far the segment cannot be torn. It can always be made
/// again from the segment.
///
/// | at | bytes | what |
/// |---|---|---|
/// | 0 | 4 | magic number, "FLXI" |
/// | 4 | 4 | CRC-32C of bytes 8 to 80 |
/// | 8 | 2 | version, 1 |
/// | 10 | 2 | 1 for a sealed segment |
/// | 12 | 4 | entries |
/// | 16 | 8 | the log |
/// | 24 | 8 | offset of the segment's first record |
/// | 32 | 8 | bytes of the segment that are told of |
/// | 40 | 8 | records in them |
/// | 48 | 8 | offset behind them |
/// | 56 | 8 | time of the first batch |
/// | 64 | 8 | latest time |
/// | 72 | 4 | CRC-32C of the entries |
/// | 76 | 4 | the checksum in the segment's header |
/// | 80 | 16 each | offset from the segment's first, position, latest time before (4, 4, 8) |
package struct LogIndexFile: Equatable, Sendable {
    package static let headerBytes = 80
    package static let entryBytes = 16
    package static let magic: UInt32 = 0x4958_4C46
    package static let version: UInt16 = 1

    package var log: UInt64
    package var baseOffset: UInt64
    /// The checksum in the header of the segment that it tells of: not that of a file that was there before.
    package var segment: UInt32
    package var isSealed: Bool
    package var summary: LogSegmentSummary
    /// Empty when only the header was read.
    package var entries: [LogIndexEntry]

    package init(
        log: UInt64,
        baseOffset: UInt64,
        segment: UInt32,
        isSealed: Bool,
        summary: LogSegmentSummary,
        entries: [LogIndexEntry]
    ) {
        self.log = log
        self.baseOffset = baseOffset
        self.segment = segment
        self.isSealed = isSealed
        self.summary = summary
        self.entries = entries
    }

    package func encoded() -> ByteBlock {
        let block = ByteBlock.make(count: LogIndexFile.headerBytes + self.entries.count * LogIndexFile.entryBytes)
        let start = UnsafeMutableRawPointer(block.base)
        start.setLittle(LogIndexFile.magic, at: 0)
        start.setLittle(LogIndexFile.version, at: 8)
        start.setLittle(UInt16(self.isSealed ? 1 : 0), at: 10)
        start.setLittle(UInt32(self.entries.count), at: 12)
        start.setLittle(self.log, at: 16)
        start.setLittle(self.baseOffset, at: 24)
        start.setLittle(UInt64(self.summary.bytes), at: 32)
        start.setLittle(self.summary.records, at: 40)
        start.setLittle(self.summary.next, at: 48)
        start.setLittle(self.summary.firstTime, at: 56)
        start.setLittle(self.summary.maximumTime, at: 64)
        start.setLittle(self.segment, at: 76)
        var position = LogIndexFile.headerBytes
        for entry in self.entries {
            start.setLittle(entry.offset, at: position)
            start.setLittle(entry.position, at: position + 4)
            start.setLittle(entry.timeBefore, at: position + 8)
            position += LogIndexFile.entryBytes
        }
        let body = UnsafeRawBufferPointer(
            start: start + LogIndexFile.headerBytes,
            count: position - LogIndexFile.headerBytes
        )
        start.setLittle(crc32c(body), at: 72)
        start.setLittle(crc32c(UnsafeRawBufferPointer(start: start + 8, count: LogIndexFile.headerBytes - 8)), at: 4)
        return block
    }

    /// - Parameter file: All of it, or its first ``headerBytes`` for the summary alone.
    package init(_ file: UnsafeRawBufferPointer, summaryOnly: Bool = false) throws(LogFormatError) {
        guard let start = file.baseAddress, file.count >= LogIndexFile.headerBytes else {
            throw LogFormatError(.length, expected: "at least \(LogIndexFile.headerBytes)", found: "\(file.count)")
        }
        let magic = start.little(UInt32.self, at: 0)
        guard magic == LogIndexFile.magic else {
            throw LogFormatError(.magic, expected: hexadecimal(LogIndexFile.magic), found: hexadecimal(magic))
        }
        let expected = start.little(UInt32.self, at: 4)
        let found = crc32c(UnsafeRawBufferPointer(start: start + 8, count: LogIndexFile.headerBytes - 8))
        guard expected == found else {
            throw LogFormatError(.checksum, expected: hexadecimal(expected), found: hexadecimal(found))
        }
        let version = start.little(UInt16.self, at: 8)
        guard version == LogIndexFile.version else {
            throw LogFormatError(.version, expected: "\(LogIndexFile.version)", found: "\(version)")
        }
        self.isSealed = start.little(UInt16.self, at: 10) == 1
        self.log = start.little(UInt64.self, at: 16)
        self.baseOffset = start.little(UInt64.self, at: 24)
        self.segment = start.little(UInt32.self, at: 76)
        self.summary = LogSegmentSummary(
            bytes: Int(clamping: start.little(UInt64.self, at: 32)),
            records: start.little(UInt64.self, at: 40),
            next: start.little(UInt64.self, at: 48),
            firstTime: start.little(UInt64.self, at: 56),
            maximumTime: start.little(UInt64.self, at: 64)
        )
        guard self.summary.bytes <= Int(UInt32.max), self.summary.next >= self.baseOffset else {
            throw LogFormatError(.length, expected: "a segment's summary", found: "\(self.summary)")
        }
        self.entries = []
        if summaryOnly { return }
        let count = Int(start.little(UInt32.self, at: 12))
        guard (file.count - LogIndexFile.headerBytes) / LogIndexFile.entryBytes == count else {
            let there = (file.count - LogIndexFile.headerBytes) / LogIndexFile.entryBytes
            throw LogFormatError(.count, expected: "\(count) entries", found: "\(there)")
        }
        let end = LogIndexFile.headerBytes + count * LogIndexFile.entryBytes
        let sum = crc32c(UnsafeRawBufferPointer(rebasing: file[LogIndexFile.headerBytes..<end]))
        guard sum == start.little(UInt32.self, at: 72) else {
            let said = start.little(UInt32.self, at: 72)
            throw LogFormatError(.checksum, expected: hexadecimal(said), found: hexadecimal(sum))
        }
        self.entries.reserveCapacity(count)
        for position in stride(from: LogIndexFile.headerBytes, to: end, by: LogIndexFile.entryBytes) {
            self.entries.append(
                LogIndexEntry(
                    offset: start.little(UInt32.self, at: position),
                    position: start.little(UInt32.self, at: position + 4),
                    timeBefore: start.little(UInt64.self, at: position + 8)
                )
            )
        }
    }
}
