import Bytes
package import Files
import LogFormat
package import Machine

/// Reads logs by their views: one thread's own, with its open files and the places where its readers go on.
package final class LogReader {
    /// Where a reader that goes on will begin: no index is searched.
    private struct Cursor {
        var log = LogID(bits: 0)
        var base: UInt64 = 0
        var identity: UInt32 = 0
        var next = UInt64.max
        var position = 0
        /// Of the batch that comes there, as its header said, or of the one before it.
        var batchBytes = 0
    }
    /// Which segments a log had when it was last read.
    private struct Shape: Equatable {
        var head: UInt64
        var older: Int
        var last: UInt64
    }
    private static let cursorCount = 64
    /// Logs of which the shape is known; with more all are forgotten, which costs a look at the open files.
    private static let shapeCount = 4_096
    private static let smallestRead = 4_096

    private let files: any FileSystem
    private let open: FileCache
    private let indexInterval: Int
    private let decompressor = LogDecompressor()
    private var cursors = [Cursor](repeating: Cursor(), count: LogReader.cursorCount)
    private var nextCursor = 0
    private var shapes: [LogID: Shape] = [:]

    package init(files: any FileSystem, options: LogOptions = LogOptions()) {
        self.files = files
        self.open = FileCache(capacity: options.openFiles)
        self.indexInterval = options.indexInterval
    }

    /// Open files at present.
    package var openFiles: Int { self.open.count }

    package func closeAll() { self.open.closeAll() }

    /// Records from an offset on, whole batches at a time.
    ///
    /// - Parameters:
    ///   - first: At or behind the head. At the end of the log there is nothing: no entries.
    ///   - maximumBytes: Of the batches; the first one comes even if it has more.
    /// - Throws: `.gone` for an offset below the head; `.damaged`; `.stale` when the log has a newer view.
    package func read(_ view: LogView, from first: UInt64, maximumBytes: Int) throws(LogError) -> LogRead {
        self.closeRemoved(view)
        guard first >= view.head else {
            throw .gone("\(view.directory): offset \(first) is gone, the oldest is \(view.head)")
        }
        var number = view.segment(of: first)
        while number < view.count {
            if let read = try self.read(view, number, from: first, maximumBytes: maximumBytes) { return read }
            number += 1
        }
        if let damage = view.damage { throw .damaged(damage) }
        return LogRead(block: LogReader.nothing, entries: [], next: max(first, view.next))
    }

    private static let nothing = ByteBlock.make(count: 0)

    /// The first offset whose record is not older than the time; the end of the log if all are.
    package func offset(_ view: LogView, notBefore time: UInt64) throws(LogError) -> UInt64 {
        self.closeRemoved(view)
        for number in 0..<view.count where view[number].summary.maximumTime >= time && view[number].summary.records > 0
        {
            let segment = view[number]
            let file = try self.file(view, segment)
            let index = try self.index(view, number, file)
            // No record before the last entry whose "latest before" is older is wanted.
            var low = 0
            var high = index.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if index[middle].timeBefore < time { low = middle } else { high = middle }
            }
            let start = try self.start(view, segment, file, low < index.count ? index[low] : nil)
            var scanner = SegmentScanner(
                file,
                from: start.position,
                limit: segment.bytes,
                expected: start.offset,
                allowsGaps: segment.isRewritten
            )
            while true {
                switch try touching({ () throws(FileError) in try scanner.next() }) {
                case .end:
                    throw self.damage(view, segment, at: segment.bytes, "a record of \(time) or later", "the end")
                case .bad(let position, let error):
                    throw self.damage(view, segment, at: position, error, scanner.expected)
                case .batch(let batch, let position, let block, let start):
                    if batch.maximumTime < time { continue }
                    let raw = try self.records(view, segment, batch, position, block, start)
                    var walk = LogRecordWalk(batch, raw.block, raw.range)
                    do {
                        while let entry = try walk.next() {
                            if entry.time >= time { return entry.offset }
                        }
                    } catch {
                        throw self.damage(view, segment, at: position, error, batch.baseOffset)
                    }
                }
            }
        }
        if let damage = view.damage { throw .damaged(damage) }
        return view.next
    }

    // MARK: One segment

    /// nil when the segment has nothing at or behind the offset.
    private func read(
        _ view: LogView,
        _ number: Int,
        from first: UInt64,
        maximumBytes: Int
    ) throws(LogError) -> LogRead? {
        let segment = view[number]
        if first >= segment.next || segment.summary.records == 0 { return nil }
        let file = try self.file(view, segment)
        var (position, expected, batchBytes) = try self.place(view, number, file, first)
        var wanted = LogReader.readBytes(maximumBytes, batchBytes)
        while position < segment.bytes {
            let block: ByteBlock
            let count = min(wanted, segment.bytes - position)
            do { block = try readBlock(file, at: position, count: count) } catch { throw .file(error) }
            var gathered = Gathered(block: block, limit: maximumBytes)
            var index = 0
            var problem: LogFormatError?
            gathering: do throws(LogFormatError) {
                while block.count - index >= LogBatch.headerBytes {
                    let batch = try LogBatch(at: block.base + index)
                    guard batch.baseOffset == expected || (segment.isRewritten && batch.baseOffset > expected) else {
                        throw LogFormatError(.offset, expected: "\(expected)", found: "\(batch.baseOffset)")
                    }
                    guard batch.bytes <= segment.bytes - position - index else {
                        let left = segment.bytes - position - index
                        throw LogFormatError(.length, expected: "at most \(left)", found: "\(batch.bytes)")
                    }
                    batchBytes = batch.bytes
                    if batch.next > first {
                        guard batch.bytes <= block.count - index else { break gathering }
                        guard gathered.takes(batch) else { break gathering }
                        try LogBatch.verify(UnsafeRawBufferPointer(start: block.base + index, count: batch.bytes))
                        try gathered.take(batch, at: index, from: first)
                    }
                    index += batch.bytes
                    expected = batch.next
                }
            } catch {
                problem = error
            }
            if let problem, gathered.isEmpty {
                throw self.damage(view, segment, at: position + min(index, block.count), problem, expected)
            }
            if !gathered.isEmpty {
                do {
                    let read = try gathered.finish(next: expected, from: first, self.decompressor)
                    self.remember(view.log, segment, expected, position + index, batchBytes)
                    // All that is there of these batches may be below the offset, in a rewritten segment.
                    if !read.entries.isEmpty || expected >= segment.next { return read.entries.isEmpty ? nil : read }
                    position += index
                    continue
                } catch {
                    throw self.damage(view, segment, at: position, error, first)
                }
            }
            if block.count < count {
                throw self.damage(view, segment, at: position + block.count, "\(segment.bytes) bytes", "the end", first)
            }
            if index == 0 {
                // One batch that is larger than the block; or less than a header, which cannot be.
                guard block.count >= LogBatch.headerBytes, let batch = try? LogBatch(at: block.base) else {
                    throw self.damage(view, segment, at: position, "a batch", "\(block.count) bytes", first)
                }
                wanted = batch.bytes
            }
            position += index
        }
        return nil
    }

    /// The batch that an offset is in, or one before it.
    private func place(
        _ view: LogView,
        _ number: Int,
        _ file: any DataFile,
        _ first: UInt64
    ) throws(LogError) -> (position: Int, offset: UInt64, batchBytes: Int) {
        let segment = view[number]
        for cursor in self.cursors
        where cursor.next == first && cursor.base == segment.base && cursor.log == view.log
            && cursor.identity == segment.identity
        {
            return (cursor.position, first, cursor.batchBytes)
        }
        let index = try self.index(view, number, file)
        var low = 0
        var high = index.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if segment.base + UInt64(index[middle].offset) <= first { low = middle } else { high = middle }
        }
        let start = try self.start(view, segment, file, low < index.count ? index[low] : nil)
        return (start.position, start.offset, 0)
    }

    /// How much to read at once: whole batches if they are like the one that is known, since what is read of one in part is read
    /// again, and the next one's header.
    private static func readBytes(_ maximumBytes: Int, _ batchBytes: Int) -> Int {
        if batchBytes == 0 { return max(maximumBytes, LogReader.smallestRead) }
        let batches = max(1, maximumBytes / batchBytes)
        return max(batches * batchBytes + LogBatch.headerBytes, LogReader.smallestRead)
    }

    private func start(
        _ view: LogView,
        _ segment: LogSegment,
        _ file: any DataFile,
        _ entry: LogIndexEntry?
    ) throws(LogError) -> (position: Int, offset: UInt64) {
        if let entry, segment.base + UInt64(entry.offset) >= segment.base, Int(entry.position) < segment.bytes {
            return (Int(entry.position), segment.base + UInt64(entry.offset))
        }
        let header = try self.header(view, segment, file)
        return (header.bytes, segment.base)
    }

    private func remember(
        _ log: LogID,
        _ segment: LogSegment,
        _ next: UInt64,
        _ position: Int,
        _ batchBytes: Int
    ) {
        let cursor = Cursor(
            log: log,
            base: segment.base,
            identity: segment.identity,
            next: next,
            position: position,
            batchBytes: batchBytes
        )
        for place in self.cursors.indices where self.cursors[place].next == next && self.cursors[place].log == log {
            self.cursors[place] = cursor
            return
        }
        self.cursors[self.nextCursor] = cursor
        self.nextCursor = (self.nextCursor + 1) % LogReader.cursorCount
    }

    private func records(
        _ view: LogView,
        _ segment: LogSegment,
        _ batch: LogBatch,
        _ position: Int,
        _ block: ByteBlock,
        _ start: Int
    ) throws(LogError) -> (block: ByteBlock, range: Range<Int>) {
        do {
            return try rawRecords(batch, block, start, self.decompressor)
        } catch {
            throw self.damage(view, segment, at: position, error, batch.baseOffset)
        }
    }

    // MARK: Files

    /// Also of logs that nobody reads any more.
    ///
    /// - Parameter current: The log as it is now; nil when it is gone.
    package func closeRemoved(_ current: (LogID) -> LogView?) {
        for log in self.open.logs {
            if let view = current(log) { self.closeRemoved(view) } else { self.open.closeOthers(log) { _, _ in false } }
        }
    }

    /// A file that was removed keeps its space while it is open here.
    private func closeRemoved(_ view: LogView) {
        let shape = Shape(head: view.head, older: view.older.count, last: view.last.base)
        if self.shapes[view.log] == shape { return }
        if self.shapes.count >= LogReader.shapeCount { self.shapes = [:] }
        self.shapes[view.log] = shape
        self.open.closeOthers(view.log) { base, identity in
            let segment = view[view.segment(of: base)]
            return segment.base == base && segment.identity == identity
        }
    }

    /// What the log's own thread has removed or replaced.
    func close(_ log: LogID, _ base: UInt64) { self.open.close(FileCache.Key(log: log, base: base)) }

    /// The segment's file, which was the view's when it was opened.
    private func file(_ view: LogView, _ segment: LogSegment) throws(LogError) -> any DataFile {
        let key = FileCache.Key(log: view.log, base: segment.base)
        if let (file, identity) = self.open.identified(key), identity == segment.identity { return file }
        let path = "\(view.directory)/\(LogPaths.segment(segment.base))"
        let file: any DataFile
        do { file = try self.files.open(path, writable: false) } catch {
            throw error.kind == .notFound ? .stale("\(path) is gone") : .file(error)
        }
        do throws(LogError) { _ = try self.header(view, segment, file) } catch {
            file.close()
            throw error
        }
        self.open.insert(file, key, identity: segment.identity)
        return file
    }

    private func header(
        _ view: LogView,
        _ segment: LogSegment,
        _ file: any DataFile
    ) throws(LogError) -> LogSegmentHeader {
        let found: (header: LogSegmentHeader, identity: UInt32)
        do {
            let block = try touching { () throws(FileError) in
                try readBlock(file, at: 0, count: LogSegmentHeader.maximumBytes)
            }
            let header = try LogSegmentHeader(UnsafeRawBufferPointer(start: block.base, count: block.count))
            found = (header, LogSegmentHeader.identity(block))
        } catch let error as LogError {
            throw error
        } catch {
            throw self.damage(view, segment, at: 0, "a segment's header", "\(error)", segment.base)
        }
        guard found.identity == segment.identity else {
            throw .stale("\(view.directory)/\(LogPaths.segment(segment.base)) was rewritten")
        }
        return found.header
    }

    private func index(_ view: LogView, _ number: Int, _ file: any DataFile) throws(LogError) -> [LogIndexEntry] {
        let segment = view[number]
        if number == view.older.count { return view.lastIndex }
        if let index = segment.index { return index }
        let key = FileCache.Key(log: view.log, base: segment.base)
        if let index = self.open.index(key) { return index }
        let index: [LogIndexEntry]
        if let saved = loadIndex(self.files, view.log, view.directory, segment), saved.summary == segment.summary {
            index = saved.entries
        } else {
            // Missing or damaged: made again, for as long as the file stays open.
            let header = try self.header(view, segment, file)
            var builder = LogIndexBuilder(base: segment.base, interval: self.indexInterval)
            var scanner = SegmentScanner(
                file,
                from: header.bytes,
                limit: segment.bytes,
                expected: segment.base,
                allowsGaps: segment.isRewritten,
                verifies: false
            )
            scanning: while true {
                switch try touching({ () throws(FileError) in try scanner.next() }) {
                case .batch(let batch, let position, _, _): builder.add(batch, at: position)
                // What is behind damage is found to be so by who reads it.
                case .end, .bad: break scanning
                }
            }
            index = builder.entries
        }
        self.open.setIndex(index, key)
        return index
    }

    private func damage(
        _ view: LogView,
        _ segment: LogSegment,
        at position: Int,
        _ error: LogFormatError,
        _ offset: UInt64
    ) -> LogError {
        let expected = "\(error.field.rawValue): \(error.expected)"
        return self.damage(view, segment, at: position, expected, error.found, offset)
    }

    private func damage(
        _ view: LogView,
        _ segment: LogSegment,
        at position: Int,
        _ expected: String,
        _ found: String,
        _ offset: UInt64? = nil
    ) -> LogError {
        // What was open may be a file that is damaged only as an open one.
        self.open.close(FileCache.Key(log: view.log, base: segment.base))
        return .damaged(
            LogDamage(
                path: "\(view.directory)/\(LogPaths.segment(segment.base))",
                position: position,
                offset: offset ?? segment.base,
                expected: expected,
                found: found
            )
        )
    }
}

@available(*, unavailable)
extension LogReader: Sendable {}

/// Batches of one read: used where they are, or decompressed into one block together.
private struct Gathered {
    private let block: ByteBlock
    private let limit: Int
    private var batches: [(batch: LogBatch, records: Range<Int>)] = []
    private var entries: [LogRead.Entry] = []
    private var isCompressed = false
    private var bytes = 0

    init(block: ByteBlock, limit: Int) {
        self.block = block
        self.limit = limit
    }

    var isEmpty: Bool { self.bytes == 0 }

    /// Whether the batch goes into the same read: within the limit, and like those before it.
    func takes(_ batch: LogBatch) -> Bool {
        if self.isEmpty { return true }
        let more = LogBatch.headerBytes + batch.rawBytes
        return self.isCompressed == batch.flags.contains(.compressed) && self.bytes + more <= self.limit
    }

    mutating func take(_ batch: LogBatch, at index: Int, from first: UInt64) throws(LogFormatError) {
        self.isCompressed = batch.flags.contains(.compressed)
        let start = index + LogBatch.headerBytes
        let records = start..<(start + batch.storedBytes)
        if self.isCompressed {
            self.batches.append((batch, records))
        } else {
            if self.isEmpty {
                // As if those behind it were like it.
                let like = self.block.count / batch.bytes * batch.count
                self.entries.reserveCapacity(min(like, self.block.count / 32))
            }
            try batch.read(self.block, records, from: first, into: &self.entries)
        }
        self.bytes += LogBatch.headerBytes + batch.rawBytes
    }

    mutating func finish(
        next: UInt64,
        from first: UInt64,
        _ decompressor: LogDecompressor
    ) throws(LogFormatError) -> LogRead {
        if !self.isCompressed { return LogRead(block: self.block, entries: self.entries, next: next) }
        let whole = ByteBlock.make(count: self.batches.reduce(0) { $0 + $1.batch.rawBytes })
        var end = 0
        for (batch, records) in self.batches {
            let range = end..<(end + batch.rawBytes)
            let stored = UnsafeRawBufferPointer(start: self.block.base + records.lowerBound, count: records.count)
            try decompressor.decompress(stored, into: whole, range)
            try batch.read(whole, range, from: first, into: &self.entries)
            end = range.upperBound
        }
        return LogRead(block: whole, entries: self.entries, next: next)
    }
}

/// A batch's records as they were before compression.
func rawRecords(
    _ batch: LogBatch,
    _ block: ByteBlock,
    _ start: Int,
    _ decompressor: LogDecompressor
) throws(LogFormatError) -> (block: ByteBlock, range: Range<Int>) {
    let stored = (start + LogBatch.headerBytes)..<(start + batch.bytes)
    guard batch.flags.contains(.compressed) else { return (block, stored) }
    let raw = ByteBlock.make(count: batch.rawBytes)
    let bytes = UnsafeRawBufferPointer(start: block.base + stored.lowerBound, count: stored.count)
    try decompressor.decompress(bytes, into: raw, 0..<batch.rawBytes)
    return (raw, 0..<batch.rawBytes)
}
