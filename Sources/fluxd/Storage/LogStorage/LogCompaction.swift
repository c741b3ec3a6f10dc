import Bytes
import Files
import LogFormat
import Machine

/// What a compaction did.
package struct LogCompacted: Equatable, Sendable {
    package var recordsBefore: UInt64 = 0
    package var recordsAfter: UInt64 = 0
    package var bytesBefore: UInt64 = 0
    package var bytesAfter: UInt64 = 0
}

/// Leaves of each key only the last record, in all segments but the one that grows. Records without a key stay.
///
/// It goes step by step, so that its thread has time for others; between steps the log may be used, trimmed and removed. First
/// it learns the keys of segments that were not compacted yet, as many as its memory holds; then it writes the segments from the
/// first to the last that it learned anew without what is superseded, several into one where they have become small. Offsets
/// stay. Each new segment takes the old ones' place in one step, so whenever this ends the log is whole.
package final class LogCompaction {
    private enum Phase {
        case learning(segment: Int)
        case writing(segment: Int)
        case done
    }
    /// What a key costs besides its bytes.
    private static let keyOverhead = 64

    private let log: Log
    private let now: UInt64
    private var phase: Phase
    /// The log's segments when this began, as far as they take part.
    private var segments: [LogSegment]
    private var last: [[UInt8]: UInt64] = [:]
    private var memory = 0
    private var scanner: SegmentScanner?
    private var file: (any DataFile)?
    private var rewriter: SegmentRewriter?
    private var inputs: Range<Int> = 0..<0
    package private(set) var result = LogCompacted()

    init?(_ log: Log, now: UInt64) {
        let sealed = Array(log.older.prefix { $0.isSynced })
        guard let first = sealed.firstIndex(where: { !$0.isRewritten }) else { return nil }
        let clean = sealed[..<first].reduce(0) { $0 + $1.bytes }
        let dirty = sealed[first...].reduce(0) { $0 + $1.bytes }
        // Each time everything before is written again: not for little.
        guard dirty * 2 >= clean else { return nil }
        self.log = log
        self.now = now
        self.segments = sealed
        self.phase = .learning(segment: first)
    }

    /// Goes on for about so many bytes of the log.
    ///
    /// - Returns: Whether it is finished.
    /// - Throws: Damage, which it leaves as it is, or what the file system says; it is over then, and the log as it was.
    package func step(maximumBytes: Int) throws(LogError) -> Bool {
        var left = maximumBytes
        do throws(LogError) {
            while left > 0 {
                guard self.log.isOpen, self.isCurrent else {
                    try self.abandon()
                    return true
                }
                switch self.phase {
                case .learning(let segment): left -= try self.learn(segment)
                case .writing(let segment): left -= try self.write(segment)
                case .done: return true
                }
            }
        } catch {
            if case .damaged(let damage) = error { self.log.quarantine(damage) }
            try? self.abandon()
            throw error
        }
        if case .done = self.phase { return true }
        return false
    }

    /// Whether the log still has what is being compacted.
    private var isCurrent: Bool {
        let from: Int
        switch self.phase {
        case .learning: from = 0
        case .writing: from = self.inputs.lowerBound
        case .done: return true
        }
        guard let there = self.log.older.firstIndex(where: { $0.base == self.segments[from].base }),
            self.log.older.count - there >= self.segments.count - from
        else { return false }
        return (from..<self.segments.count).allSatisfy {
            self.log.older[there + $0 - from].identity == self.segments[$0].identity
        }
    }

    private func abandon() throws(LogError) {
        self.phase = .done
        self.endScan()
        if let rewriter {
            self.rewriter = nil
            try touching { () throws(FileError) in try rewriter.abandon() }
        }
    }

    // MARK: Keys

    private func learn(_ number: Int) throws(LogError) -> Int {
        guard let (batch, block, start) = try self.nextBatch(of: number) else {
            if number + 1 < self.segments.count, self.memory < self.log.options.compactionMemory {
                self.phase = .learning(segment: number + 1)
            } else {
                self.beginWriting(through: number)
            }
            return 1
        }
        if batch.flags.contains(.keys), self.memory < self.log.options.compactionMemory {
            let entries = try self.entries(batch, block, start, of: number)
            for entry in entries.entries {
                guard let key = entry.key else { continue }
                let bytes = entries.block.span(key).copied()
                if self.last.updateValue(entry.offset, forKey: bytes) == nil {
                    self.memory += bytes.count + LogCompaction.keyOverhead
                }
            }
        }
        return batch.bytes
    }

    private func beginWriting(through number: Int) {
        self.endScan()
        self.segments.removeLast(self.segments.count - number - 1)
        self.inputs = 0..<0
        self.phase = .writing(segment: 0)
    }

    // MARK: Segments

    private func write(_ number: Int) throws(LogError) -> Int {
        if number == self.segments.count {
            try self.finishOutput()
            self.phase = .done
            return 1
        }
        let segment = self.segments[number]
        if self.scanner == nil, !self.inputs.isEmpty, let rewriter {
            // Between segments only, so that each new one stands for whole old ones; it has half as much again at most.
            let base = self.segments[self.inputs.lowerBound].base
            let isFull = rewriter.bytes > self.log.options.segmentBytes / 2
            if isFull || segment.next - base > UInt64(Int32.max) { try self.finishOutput() }
        }
        if self.rewriter == nil {
            self.inputs = number..<number
            self.rewriter = try touching { () throws(FileError) in
                try SegmentRewriter(
                    self.log,
                    base: segment.base,
                    created: max(self.now, segment.created + 1)
                )
            }
        }
        guard let rewriter else { return 0 }
        guard let (batch, block, start) = try self.nextBatch(of: number) else {
            self.endScan()
            self.inputs = self.inputs.lowerBound..<(number + 1)
            self.result.recordsBefore += segment.summary.records
            self.result.bytesBefore += UInt64(segment.bytes)
            self.phase = .writing(segment: number + 1)
            return 1
        }
        try self.copy(batch, block, start, of: number, to: rewriter)
        return batch.bytes
    }

    private func copy(
        _ batch: LogBatch,
        _ block: ByteBlock,
        _ start: Int,
        of number: Int,
        to rewriter: SegmentRewriter
    ) throws(LogError) {
        var whole = true
        var left: [LogRead.Entry] = []
        var records = block
        if batch.flags.contains(.keys) {
            let read = try self.entries(batch, block, start, of: number)
            records = read.block
            left = read.entries.filter { entry in
                guard let key = entry.key, let last = self.last[read.block.span(key).copied()] else { return true }
                return entry.offset >= last
            }
            whole = left.count == read.entries.count
        }
        try touching { () throws(FileError) in
            if whole {
                let copy = ByteBlock.make(count: batch.bytes)
                copy.fill(at: 0, with: block.span(start..<(start + batch.bytes)))
                try rewriter.add(batch, [copy])
            } else if !left.isEmpty {
                let encoded = EncodedLogBatch(
                    keeping: left,
                    of: batch,
                    in: records,
                    compressor: self.log.set.compressor
                )
                try rewriter.add(encoded.batch, [encoded.header, encoded.records])
            }
        }
    }

    private func finishOutput() throws(LogError) {
        guard let rewriter else { return }
        let replaced = self.segments[self.inputs]
        guard let first = replaced.first, let final = replaced.last,
            let place = self.log.older.firstIndex(where: { $0.base == first.base })
        else { return }
        for segment in replaced { self.log.closeFile(segment.base) }
        try touching { () throws(FileError) in
            let segment = try rewriter.finish(through: final.next)
            self.rewriter = nil
            self.log.older.replaceSubrange(place..<(place + replaced.count), with: [segment])
            self.result.recordsAfter += segment.summary.records
            self.result.bytesAfter += UInt64(segment.bytes)
            for old in replaced.dropFirst() {
                try self.log.files.removeIfThere(self.log.indexPath(old.base))
                try self.log.files.removeIfThere(self.log.path(old.base))
            }
        }
        self.inputs = self.inputs.upperBound..<self.inputs.upperBound
    }

    // MARK: Reading

    /// nil at the segment's end.
    private func nextBatch(of number: Int) throws(LogError) -> (LogBatch, ByteBlock, Int)? {
        let segment = self.segments[number]
        if self.scanner == nil { try self.beginScan(segment) }
        let step = try touching { () throws(FileError) in try self.scanner?.next() ?? .end }
        switch step {
        case .batch(let batch, _, let block, let start): return (batch, block, start)
        case .end:
            self.endScan()
            return nil
        case .bad(let position, let error): throw self.damage(segment, position, error)
        }
    }

    private func beginScan(_ segment: LogSegment) throws(LogError) {
        let file = try touching { () throws(FileError) in
            try self.log.files.open(self.log.path(segment.base), writable: false)
        }
        self.file = file
        let start = try touching { () throws(FileError) in
            try readBlock(file, at: 0, count: LogSegmentHeader.maximumBytes)
        }
        let header: LogSegmentHeader
        do {
            header = try LogSegmentHeader(UnsafeRawBufferPointer(start: start.base, count: start.count))
        } catch {
            throw self.damage(segment, 0, error)
        }
        self.scanner = SegmentScanner(
            file,
            from: header.bytes,
            limit: segment.bytes,
            expected: segment.base,
            allowsGaps: segment.isRewritten
        )
    }

    private func endScan() {
        self.file?.close()
        self.file = nil
        self.scanner = nil
    }

    private func entries(
        _ batch: LogBatch,
        _ block: ByteBlock,
        _ start: Int,
        of number: Int
    ) throws(LogError) -> (entries: [LogRead.Entry], block: ByteBlock) {
        do {
            let raw = try rawRecords(batch, block, start, self.log.set.decompressor)
            var entries: [LogRead.Entry] = []
            try batch.read(raw.block, raw.range, from: 0, into: &entries)
            return (entries, raw.block)
        } catch {
            throw self.damage(self.segments[number], 0, error)
        }
    }

    private func damage(_ segment: LogSegment, _ position: Int, _ error: LogFormatError) -> LogError {
        .damaged(
            LogDamage(
                path: self.log.path(segment.base),
                position: position,
                offset: self.scanner?.expected ?? segment.base,
                expected: "\(error.field.rawValue): \(error.expected)",
                found: error.found
            )
        )
    }
}

@available(*, unavailable)
extension LogCompaction: Sendable {}

extension Log {
    /// A compaction of all but the last segment, to be stepped to its end; nil when too little has come since the last.
    ///
    /// Only what is synced takes part.
    ///
    /// - Parameter now: Milliseconds since 1970.
    package func compaction(now: UInt64) throws(LogError) -> LogCompaction? {
        try self.open()
        if let damage { throw .damaged(damage) }
        return LogCompaction(self, now: now)
    }
}
