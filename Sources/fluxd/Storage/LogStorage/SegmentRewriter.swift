import Bytes
import Files
import LogFormat
import Machine

/// Writes a segment anew, beside the one it replaces, and puts it in its place in one step.
///
/// It is synced before it gets its name, so it is never torn; it says up to which offset it goes, so that segments which it
/// replaces besides the first are known as such if their removal does not come to pass.
final class SegmentRewriter {
    private let log: Log
    private let path: String
    private let file: any DataFile
    private var segment: LogSegment
    private let headerBytes: Int
    private var builder: LogIndexBuilder

    init(_ log: Log, base: UInt64, created: UInt64) throws(FileError) {
        self.log = log
        self.path = log.path(base) + ".new"
        self.segment = LogSegment(emptyAt: base, created: created)
        self.segment.isRewritten = true
        self.headerBytes = SegmentRewriter.header(log, self.segment, through: base + 1).bytes
        self.builder = LogIndexBuilder(base: base, interval: log.options.indexInterval)
        self.builder.begin(bytes: self.headerBytes)
        try log.files.removeIfThere(self.path)
        self.file = try log.files.create(self.path)
    }

    private static func header(_ log: Log, _ segment: LogSegment, through: UInt64) -> LogSegmentHeader {
        LogSegmentHeader(
            log: log.id.bits,
            baseOffset: segment.base,
            created: segment.created,
            rewrittenThrough: through,
            name: log.set.name(of: log.id)
        )
    }

    /// Bytes so far.
    var bytes: Int { self.builder.summary.bytes }

    /// - Parameter blocks: The batch, header and records.
    func add(_ batch: LogBatch, _ blocks: [ByteBlock]) throws(FileError) {
        let position = self.builder.summary.bytes
        try withExtendedLifetime(blocks) { () throws(FileError) in
            let pieces = blocks.map { UnsafeRawBufferPointer(start: $0.base, count: $0.count) }
            try self.file.write(pieces, at: position)
        }
        self.builder.add(batch, at: position)
    }

    /// The segment is in place, with its index.
    ///
    /// - Parameter through: The offset behind it.
    func finish(through: UInt64) throws(FileError) -> LogSegment {
        precondition(through > self.segment.base, "a segment from \(self.segment.base) to \(through)")
        // Last, since only now it is known how far it goes: its length is the same whatever it says.
        let header = SegmentRewriter.header(self.log, self.segment, through: through).encoded()
        self.segment.identity = LogSegmentHeader.identity(header)
        try self.file.write(header, at: 0)
        try self.file.sync()
        self.file.close()
        try self.log.files.rename(self.path, to: self.log.path(self.segment.base))
        try self.log.files.syncDirectory(self.log.directory)
        self.segment.summary = self.builder.summary
        self.segment.summary.next = through
        self.segment.synced = self.segment.bytes
        self.segment.index = nil
        let index = LogIndexFile(
            log: self.log.id.bits,
            baseOffset: self.segment.base,
            segment: self.segment.identity,
            isSealed: true,
            summary: self.segment.summary,
            entries: self.builder.entries
        )
        if !self.log.save(index) { self.segment.index = self.builder.entries }
        return self.segment
    }

    /// Nothing was there.
    func abandon() throws(FileError) {
        self.file.close()
        try self.log.files.removeIfThere(self.path)
    }
}
