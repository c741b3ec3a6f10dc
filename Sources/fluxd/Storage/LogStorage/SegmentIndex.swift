import Bytes
import Files
import LogFormat
import Machine

/// The entries of a sparse index, as batches come.
struct LogIndexBuilder {
    private let base: UInt64
    private let interval: Int
    private(set) var summary: LogSegmentSummary
    private(set) var entries: [LogIndexEntry] = []

    init(base: UInt64, interval: Int) {
        self.base = base
        self.interval = interval
        self.summary = LogSegmentSummary(bytes: 0, records: 0, next: base, firstTime: 0, maximumTime: 0)
    }

    /// Goes on behind what an index tells of.
    init(_ saved: LogIndexFile, interval: Int) {
        self.base = saved.baseOffset
        self.interval = interval
        self.summary = saved.summary
        self.entries = saved.entries
    }

    /// Counts the segment's header.
    mutating func begin(bytes: Int) { self.summary.bytes = bytes }

    mutating func add(_ batch: LogBatch, at position: Int) {
        self.entries.note(batch, at: position, base: self.base, interval: self.interval, self.summary.maximumTime)
        self.summary.add(batch, at: position)
    }
}

extension [LogIndexEntry] {
    /// Adds an entry when the last one is far enough away.
    mutating func note(_ batch: LogBatch, at position: Int, base: UInt64, interval: Int, _ timeBefore: UInt64) {
        if let last = self.last, position - Int(last.position) < interval { return }
        self.append(
            LogIndexEntry(
                offset: UInt32(batch.baseOffset - base),
                position: UInt32(position),
                timeBefore: timeBefore
            )
        )
    }
}

extension LogSegmentSummary {
    mutating func add(_ batch: LogBatch, at position: Int) {
        if self.records == 0 { self.firstTime = batch.baseTime }
        self.bytes = position + batch.bytes
        self.records += UInt64(batch.count)
        self.next = batch.next
        self.maximumTime = max(self.maximumTime, batch.maximumTime)
    }
}

/// The index beside a segment; nil when it is missing, damaged, or of another file.
func loadIndex(
    _ files: any FileSystem,
    _ log: LogID,
    _ directory: String,
    _ segment: LogSegment,
    summaryOnly: Bool = false
) -> LogIndexFile? {
    let index = loadIndex(files, log, directory, segment.base, summaryOnly: summaryOnly)
    return index?.segment == segment.identity ? index : nil
}

/// The same, whichever file of that name it is of.
func loadIndex(
    _ files: any FileSystem,
    _ log: LogID,
    _ directory: String,
    _ base: UInt64,
    summaryOnly: Bool = true
) -> LogIndexFile? {
    guard let file = try? files.open("\(directory)/\(LogPaths.index(base))", writable: false) else { return nil }
    defer { file.close() }
    guard let size = try? file.size(),
        let block = try? readBlock(file, at: 0, count: summaryOnly ? min(size, LogIndexFile.headerBytes) : size),
        let index = try? LogIndexFile(
            UnsafeRawBufferPointer(start: block.base, count: block.count),
            summaryOnly: summaryOnly
        ),
        index.log == log.bits, index.baseOffset == base
    else { return nil }
    return index
}
