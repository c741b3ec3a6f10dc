import Bytes
import Files
import LogFormat
package import Machine

extension Log {
    /// Looks at every byte of the log, and leaves out what is damaged: every whole batch before and behind it is kept, under its
    /// offsets. Torn tails are not damage, and opening the log has cut them already.
    ///
    /// A damaged segment is kept beside the new one, with `.damaged` behind its name. The log is out of quarantine afterwards.
    ///
    /// - Parameter dryRun: Only tells what would be lost.
    package func repair(dryRun: Bool, now: UInt64) throws(LogError) -> RepairReport {
        try self.open()
        var report = RepairReport()
        try touching { () throws(FileError) in
            let bases = try self.files.list(self.directory).compactMap { LogPaths.base(of: $0, ending: ".seg") }
            var expected = bases.first ?? 0
            for (number, base) in bases.enumerated() {
                if base > expected {
                    report.losses.append(try self.bridge(from: expected, to: base, dryRun: dryRun, now: now))
                }
                let following = number + 1 < bases.count ? bases[number + 1] : nil
                let found = try self.examine(base, following: following)
                expected = found.next
                guard let reason = found.reason else { continue }
                var loss = RepairReport.Loss(
                    path: self.path(base),
                    bytes: found.lostBytes,
                    offsets: found.lost,
                    reason: reason,
                    kept: nil
                )
                if !dryRun { loss.kept = try self.rewrite(found, now: now) }
                report.losses.append(loss)
            }
        }
        if !dryRun, !report.losses.isEmpty {
            self.close()
            try self.open()
            if let damage { throw .damaged(damage) }
        }
        return report
    }

    /// What one segment's file has.
    private struct Found {
        var base: UInt64
        var size = 0
        var header: LogSegmentHeader?
        /// Whole batches, and where they are.
        var kept: [(position: Int, batch: LogBatch)] = []
        var lost: [Range<UInt64>] = []
        var lostBytes = 0
        /// The offset behind it.
        var next: UInt64
        /// nil when nothing is wrong.
        var reason: String?
    }

    private func examine(_ base: UInt64, following: UInt64?) throws(FileError) -> Found {
        let file = try self.files.open(self.path(base), writable: false)
        defer { file.close() }
        var found = Found(base: base, size: try file.size(), next: base)
        // Behind what counts may be what a failed write left.
        if base == self.last.base, self.damage == nil { found.size = self.last.bytes }
        if found.size == 0 { return found }
        let start = try readBlock(file, at: 0, count: LogSegmentHeader.maximumBytes)
        var position = 0
        do {
            let header = try LogSegmentHeader(UnsafeRawBufferPointer(start: start.base, count: start.count))
            if header.log == self.id.bits, header.baseOffset == base {
                found.header = header
                position = header.bytes
            } else {
                found.reason = "header of log \(header.log) from offset \(header.baseOffset)"
            }
        } catch {
            found.reason = "header: \(error)"
        }
        var scanner = SegmentScanner(
            file,
            from: position,
            limit: found.size,
            expected: base,
            allowsGaps: found.header?.rewrittenThrough != nil
        )
        scanning: while found.reason == nil {
            switch try scanner.next() {
            case .batch(let batch, let position, _, _): found.kept.append((position, batch))
            case .end: break scanning
            case .bad(let position, let error): found.reason = "byte \(position): \(error)"
            }
        }
        found.next = max(scanner.expected, found.header?.rewrittenThrough ?? 0)
        // Where there is no header to compare it with, an index is believed.
        let index =
            found.header == nil
            ? loadIndex(self.files, self.id, self.directory, base) : self.savedIndex(base, start)
        let known = index.map { $0.summary.bytes } ?? 0
        if found.reason == nil, known > found.size {
            found.reason = "\(found.size) bytes, of which \(known) were synced"
        }
        guard found.reason != nil else { return found }
        let behind = try survivors(file, from: scanner.position, limit: found.size, expected: scanner.expected)
        found.kept += behind
        // A batch whose records are damaged may still say how many they were.
        let said = try readBlock(file, at: scanner.position, count: LogBatch.headerBytes)
        var end = max(found.next, behind.last?.batch.next ?? 0, index?.summary.next ?? 0, following ?? 0)
        if said.count == LogBatch.headerBytes, let batch = try? LogBatch(at: said.base),
            batch.baseOffset == scanner.expected, batch.bytes <= found.size - scanner.position
        {
            end = max(end, batch.next)
        }
        if let following {
            end = following
            // The next segment has them too: it was made from the sync journal (``keep(_:now:)``).
            found.kept.removeAll { $0.batch.baseOffset >= following }
        }
        self.countLosses(&found, until: end)
        return found
    }

    private func countLosses(_ found: inout Found, until end: UInt64) {
        var position = found.header?.bytes ?? 0
        var offset = found.base
        for (start, batch) in found.kept {
            if start > position {
                found.lostBytes += start - position
                if batch.baseOffset > offset { found.lost.append(offset..<batch.baseOffset) }
            }
            position = start + batch.bytes
            offset = batch.next
        }
        found.lostBytes += found.size - position
        if end > offset { found.lost.append(offset..<end) }
        found.next = max(end, offset)
    }

    private func savedIndex(_ base: UInt64, _ start: ByteBlock) -> LogIndexFile? {
        guard start.count >= LogSegmentHeader.minimumBytes else { return nil }
        var segment = LogSegment(emptyAt: base, created: 0)
        segment.identity = LogSegmentHeader.identity(start)
        return loadIndex(self.files, self.id, self.directory, segment, summaryOnly: true)
    }

    /// - Returns: Where the damaged file is kept.
    private func rewrite(_ found: Found, now: UInt64) throws(FileError) -> String {
        let path = self.path(found.base)
        let source = try self.files.open(path, writable: true)
        defer { source.close() }
        let kept = try self.freeName(path + ".damaged")
        try self.copy(source, 0..<(try source.size()), to: kept)
        self.closeFile(found.base)
        if found.next == found.base {
            try source.truncate(to: 0)
            try source.sync()
            return kept
        }
        let rewriter = try SegmentRewriter(
            self,
            base: found.base,
            created: max(now, (found.header?.created ?? 0) + 1)
        )
        for (position, batch) in found.kept {
            let block = try readBlock(source, at: position, count: batch.bytes)
            try rewriter.add(batch, [block])
        }
        _ = try rewriter.finish(through: found.next)
        return kept
    }

    /// Offsets whose segment is missing become a segment without records.
    private func bridge(
        from start: UInt64,
        to end: UInt64,
        dryRun: Bool,
        now: UInt64
    ) throws(FileError) -> RepairReport.Loss {
        if !dryRun {
            _ = try SegmentRewriter(self, base: start, created: now).finish(through: end)
        }
        return RepairReport.Loss(
            path: self.path(start),
            bytes: 0,
            offsets: [start..<end],
            reason: "the segment is missing",
            kept: nil
        )
    }

    func freeName(_ path: String) throws(FileError) -> String {
        let there = Set(try self.files.list(self.directory))
        var candidate = path
        var number = 2
        while there.contains(String(candidate.dropFirst(self.directory.utf8.count + 1))) {
            candidate = "\(path)-\(number)"
            number += 1
        }
        return candidate
    }

    func copy(_ source: any DataFile, _ range: Range<Int>, to path: String) throws(FileError) {
        let target = try self.files.create(path)
        defer { target.close() }
        for start in stride(from: range.lowerBound, to: range.upperBound, by: SegmentScanner.chunkBytes) {
            let count = min(SegmentScanner.chunkBytes, range.upperBound - start)
            let block = try readBlock(source, at: start, count: count)
            try target.write(block, at: start - range.lowerBound)
        }
        try target.sync()
    }
}

extension DataFile {
    func write(_ block: ByteBlock, at position: Int) throws(FileError) {
        try withExtendedLifetime(block) { () throws(FileError) in
            try self.write([UnsafeRawBufferPointer(start: block.base, count: block.count)], at: position)
        }
    }
}
