import Bytes
import Files
import LogFormat

/// Walks over the batches of one segment, from its file.
struct SegmentScanner {
    enum Step {
        /// A whole batch; `start` is where it begins in the block.
        case batch(LogBatch, at: Int, block: ByteBlock, start: Int)
        case end
        case bad(at: Int, LogFormatError)
    }
    static let chunkBytes = 1 << 20

    private let file: any DataFile
    private let limit: Int
    private let allowsGaps: Bool
    private let verifies: Bool
    private(set) var position: Int
    /// The offset of the next batch's first record.
    private(set) var expected: UInt64
    private var block = ByteBlock.make(count: 0)
    private var blockStart = 0

    /// - Parameters:
    ///   - limit: Bytes of the file that count.
    ///   - expected: Offset of the first record at `position`.
    ///   - verifies: Checksums too.
    init(
        _ file: any DataFile,
        from position: Int,
        limit: Int,
        expected: UInt64,
        allowsGaps: Bool,
        verifies: Bool = true
    ) {
        self.file = file
        self.position = position
        self.limit = limit
        self.expected = expected
        self.allowsGaps = allowsGaps
        self.verifies = verifies
    }

    mutating func next() throws(FileError) -> Step {
        let left = self.limit - self.position
        if left <= 0 { return .end }
        do {
            guard left >= LogBatch.headerBytes, try self.load(LogBatch.headerBytes) else {
                throw LogFormatError(.length, expected: "\(LogBatch.headerBytes) bytes of header", found: "\(left)")
            }
            let batch = try LogBatch(at: self.block.base + (self.position - self.blockStart))
            guard batch.bytes <= left, try self.load(batch.bytes) else {
                throw LogFormatError(.length, expected: "a batch of \(batch.bytes) bytes", found: "\(left)")
            }
            let start = self.position - self.blockStart
            if self.verifies {
                try LogBatch.verify(UnsafeRawBufferPointer(start: self.block.base + start, count: batch.bytes))
            }
            guard batch.baseOffset == self.expected || (self.allowsGaps && batch.baseOffset > self.expected) else {
                throw LogFormatError(.offset, expected: "\(self.expected)", found: "\(batch.baseOffset)")
            }
            defer {
                self.position += batch.bytes
                self.expected = batch.next
            }
            return .batch(batch, at: self.position, block: self.block, start: start)
        } catch let error as LogFormatError {
            return .bad(at: self.position, error)
        } catch let error as FileError {
            throw error
        } catch {
            preconditionFailure("neither of the format nor of a file: \(error)")
        }
    }

    /// Has so many bytes from the position on in the block; false when the file ends before.
    private mutating func load(_ bytes: Int) throws(FileError) -> Bool {
        if self.position >= self.blockStart, self.position + bytes <= self.blockStart + self.block.count { return true }
        let wanted = min(self.limit - self.position, max(bytes, SegmentScanner.chunkBytes))
        self.block = try readBlock(self.file, at: self.position, count: wanted)
        self.blockStart = self.position
        return self.block.count >= bytes
    }
}

/// A new block of what the file has there: less than was asked for only at its end.
func readBlock(_ file: any DataFile, at position: Int, count: Int) throws(FileError) -> ByteBlock {
    let block = ByteBlock.make(count: count)
    let there = try file.read(at: position, into: UnsafeMutableRawBufferPointer(start: block.base, count: count))
    if there < count { block.shrink(to: there) }
    return block
}

/// Whole batches of what a file has from a position on, wherever they begin: what is left behind damage.
///
/// - Parameter expected: Batches of lower offsets are not of this place.
func survivors(
    _ file: any DataFile,
    from position: Int,
    limit: Int,
    expected: UInt64
) throws(FileError) -> [(position: Int, batch: LogBatch)] {
    let block = try readBlock(file, at: position, count: max(0, limit - position))
    var found: [(position: Int, batch: LogBatch)] = []
    var next = expected
    var index = 0
    while index + LogBatch.headerBytes <= block.count {
        // The magic number's first byte; most places are passed over here.
        guard block.base[index] == 0x46, let batch = try? LogBatch(at: block.base + index),
            batch.baseOffset >= next, index + batch.bytes <= block.count,
            (try? LogBatch.verify(UnsafeRawBufferPointer(start: block.base + index, count: batch.bytes))) != nil
        else {
            index += 1
            continue
        }
        found.append((position + index, batch))
        next = batch.next
        index += batch.bytes
    }
    return found
}
