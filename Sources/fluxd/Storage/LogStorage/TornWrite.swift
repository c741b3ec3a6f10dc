import LogFormat

/// What the loss of power may leave of a write that nothing had synced.
///
/// It reaches the device in pieces, in any order. A piece that did not reach it is missing at the end of the file, or zeros: file
/// systems let nobody see what a device had there before. So a place whose bytes are neither those of a batch nor zeros was
/// not left by power, and neither was a batch that is there to its last byte and is not what its checksum says.
enum TornWrite {
    /// What devices write at once.
    private static let sectorBytes = 512

    /// - Parameter rest: A segment's file, whose header does not read.
    static func mayLeaveHeader(_ rest: UnsafeRawBufferPointer) -> Bool {
        guard self.begins(rest, with: LogSegmentHeader.magic) else { return false }
        if rest.count < LogSegmentHeader.minimumBytes || rest[0] == 0 { return true }
        // A header of another log, or one with its batches behind it, was written to its end.
        if (try? LogSegmentHeader(rest)) != nil { return false }
        let end = Int(rest[10]) | Int(rest[11]) << 8
        guard end >= LogSegmentHeader.minimumBytes, end < rest.count else { return true }
        let behind = UnsafeRawBufferPointer(rebasing: rest[end...])
        return behind.count < LogBatch.headerBytes || !self.isWhole(behind, LogBatch.magic)
    }

    /// - Parameters:
    ///   - rest: The file from where a batch that does not read should begin.
    ///   - position: Where that is in the file.
    static func mayLeaveBatch(_ rest: UnsafeRawBufferPointer, at position: Int) -> Bool {
        guard self.begins(rest, with: LogBatch.magic) else { return false }
        guard let start = rest.baseAddress, rest.count >= LogBatch.headerBytes, self.isWhole(rest, LogBatch.magic)
        else { return true }
        guard let batch = try? LogBatch(at: start) else {
            // The last field of a header is a time, which is never 0.
            return rest[LogBatch.headerBytes - 8..<LogBatch.headerBytes].allSatisfy { $0 == 0 }
        }
        if batch.bytes > rest.count { return true }
        let whole = UnsafeRawBufferPointer(rebasing: rest[..<batch.bytes])
        // A batch of an offset that has no place here.
        if (try? LogBatch.verify(whole)) != nil { return false }
        return whole.last == 0 || self.hasEmptySector(whole, at: position)
    }

    /// Whether as many bytes as there are of the number are its own, or zeros.
    private static func begins(_ bytes: UnsafeRawBufferPointer, with magic: UInt32) -> Bool {
        zip(bytes, withUnsafeBytes(of: magic.littleEndian) { Array($0) }).allSatisfy { $0 == $1 || $0 == 0 }
    }

    private static func isWhole(_ bytes: UnsafeRawBufferPointer, _ magic: UInt32) -> Bool {
        bytes.starts(with: withUnsafeBytes(of: magic.littleEndian) { Array($0) })
    }

    private static func hasEmptySector(_ batch: UnsafeRawBufferPointer, at position: Int) -> Bool {
        let first = (self.sectorBytes - position % self.sectorBytes) % self.sectorBytes
        return stride(from: first, through: batch.count - self.sectorBytes, by: self.sectorBytes).contains { start in
            batch[start..<start + self.sectorBytes].allSatisfy { $0 == 0 }
        }
    }
}
