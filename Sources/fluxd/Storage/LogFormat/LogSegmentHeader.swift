package import Bytes

/// What a segment's file begins with: whose it is, so that a file that was moved or mixed up is noticed.
///
/// | at | bytes | what |
/// |---|---|---|
/// | 0 | 4 | magic number, "FLXS" |
/// | 4 | 4 | CRC-32C over all behind it |
/// | 8 | 2 | version, 1 |
/// | 10 | 2 | bytes of the header, the name included |
/// | 12 | 4 | 0 |
/// | 16 | 8 | the log |
/// | 24 | 8 | offset of the first record |
/// | 32 | 8 | when it was made, milliseconds since 1970 |
/// | 40 | 8 | of a rewritten segment: the offset behind it; otherwise 0 |
/// | 48 | | the queue's name, UTF-8, for people |
package struct LogSegmentHeader: Equatable, Sendable {
    package static let minimumBytes = 48
    package static let maximumBytes = 48 + maximumNameBytes
    package static let maximumNameBytes = 512
    package static let magic: UInt32 = 0x5358_4C46
    package static let version: UInt16 = 1

    package var log: UInt64
    package var baseOffset: UInt64
    package var created: UInt64
    /// Not nil for a segment that compaction or repair wrote: offsets in it may be missing, and those up to here are its own.
    package var rewrittenThrough: UInt64?
    package var name: String

    package init(log: UInt64, baseOffset: UInt64, created: UInt64, rewrittenThrough: UInt64? = nil, name: String) {
        self.log = log
        self.baseOffset = baseOffset
        self.created = created
        self.rewrittenThrough = rewrittenThrough
        self.name = LogSegmentHeader.shortened(name)
    }

    package var bytes: Int { LogSegmentHeader.minimumBytes + self.name.utf8.count }

    /// The checksum, by which one file of this name is told from another.
    package static func identity(_ header: ByteBlock) -> UInt32 {
        precondition(header.count >= minimumBytes, "a header has \(header.count) bytes")
        return UnsafeRawPointer(header.base).little(UInt32.self, at: 4)
    }

    package func encoded() -> ByteBlock {
        let block = ByteBlock.make(count: self.bytes)
        let start = UnsafeMutableRawPointer(block.base)
        start.setLittle(LogSegmentHeader.magic, at: 0)
        start.setLittle(LogSegmentHeader.version, at: 8)
        start.setLittle(UInt16(self.bytes), at: 10)
        start.setLittle(UInt32(0), at: 12)
        start.setLittle(self.log, at: 16)
        start.setLittle(self.baseOffset, at: 24)
        start.setLittle(self.created, at: 32)
        start.setLittle(self.rewrittenThrough ?? 0, at: 40)
        block.fill(at: LogSegmentHeader.minimumBytes, with: Array(self.name.utf8).span)
        start.setLittle(crc32c(UnsafeRawBufferPointer(start: start + 8, count: self.bytes - 8)), at: 4)
        return block
    }

    /// - Parameter file: The file's beginning: ``maximumBytes`` of it, or all there is.
    package init(_ file: UnsafeRawBufferPointer) throws(LogFormatError) {
        guard let start = file.baseAddress, file.count >= LogSegmentHeader.minimumBytes else {
            throw LogFormatError(
                .length,
                expected: "a header of \(LogSegmentHeader.minimumBytes)",
                found: "\(file.count)"
            )
        }
        let magic = start.little(UInt32.self, at: 0)
        guard magic == LogSegmentHeader.magic else {
            throw LogFormatError(.magic, expected: hexadecimal(LogSegmentHeader.magic), found: hexadecimal(magic))
        }
        let version = start.little(UInt16.self, at: 8)
        guard version == LogSegmentHeader.version else {
            throw LogFormatError(.version, expected: "\(LogSegmentHeader.version)", found: "\(version)")
        }
        let bytes = Int(start.little(UInt16.self, at: 10))
        guard bytes >= LogSegmentHeader.minimumBytes, bytes <= LogSegmentHeader.maximumBytes, bytes <= file.count else {
            let most = min(LogSegmentHeader.maximumBytes, file.count)
            throw LogFormatError(.length, expected: "\(LogSegmentHeader.minimumBytes) to \(most)", found: "\(bytes)")
        }
        let expected = start.little(UInt32.self, at: 4)
        let found = crc32c(UnsafeRawBufferPointer(start: start + 8, count: bytes - 8))
        guard expected == found else {
            throw LogFormatError(.checksum, expected: hexadecimal(expected), found: hexadecimal(found))
        }
        self.log = start.little(UInt64.self, at: 16)
        self.baseOffset = start.little(UInt64.self, at: 24)
        self.created = start.little(UInt64.self, at: 32)
        let through = start.little(UInt64.self, at: 40)
        guard through == 0 || through > self.baseOffset else {
            throw LogFormatError(.offset, expected: "an end behind \(self.baseOffset)", found: "\(through)")
        }
        self.rewrittenThrough = through == 0 ? nil : through
        let name = UnsafeRawBufferPointer(rebasing: file[LogSegmentHeader.minimumBytes..<bytes])
        self.name = String(decoding: name, as: UTF8.self)
        guard self.name.utf8.count <= LogSegmentHeader.maximumNameBytes else {
            throw LogFormatError(.records, expected: "a name in UTF-8", found: "other bytes")
        }
    }

    /// As much of a name as has its place, to the whole character.
    private static func shortened(_ name: String) -> String {
        var short = name
        while short.utf8.count > LogSegmentHeader.maximumNameBytes { short.removeLast() }
        return short
    }
}
