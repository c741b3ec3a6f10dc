import Bytes
import Files
import LogFormat
import Machine

extension Log {
    /// Reads what the directory has, and cuts what was not written whole from the tail.
    ///
    /// The rule: what is known to have been synced cannot be torn, so where its bytes are wrong they are damaged. Everything
    /// else may be there in part, in any order, after power was lost; the log ends before the first byte that is missing. What is
    /// synced is known from indexes (they tell only of what is), from batches (each says what was synced when it was written),
    /// from the order of syncs (a segment never before the one before it), and from the sync journal (``durable``). And what
    /// ``TornWrite`` rules out is damage whatever was synced.
    func recover() throws(LogError) {
        try touching { () throws(FileError) in try self.readFiles() }
        if self.damage == nil, self.next < self.durable {
            self.damage = LogDamage(
                path: self.path(self.last.base),
                position: self.last.bytes,
                offset: self.next,
                expected: "batches up to offset \(self.durable), which were synced",
                found: "the end"
            )
        }
    }

    private func readFiles() throws(FileError) {
        let bases = try self.tidiedBases()
        var segments: [LogSegment] = []
        for (number, base) in bases.enumerated() {
            if let before = segments.last {
                if before.isRewritten, base < before.next {
                    // Its records are in the rewritten one: the step that removes it had not come.
                    try self.files.removeIfThere(self.indexPath(base))
                    try self.files.removeIfThere(self.path(base))
                    continue
                }
                if base != before.next {
                    self.damage = LogDamage(
                        path: self.path(base),
                        position: 0,
                        offset: before.next,
                        expected: "a segment that begins at offset \(before.next)",
                        found: "one that begins at \(base)"
                    )
                    break
                }
            }
            let later = Array(bases[(number + 1)...])
            let (segment, goesOn) = try self.readSegment(base, later: later)
            segments.append(segment)
            if !goesOn { break }
        }
        guard let last = segments.popLast() else { return }
        self.older = segments
        self.names = 1
        self.namesSynced = self.tail == nil ? 0 : 1
        if self.damage == nil, last.isRewritten || last.index == nil {
            // Sealed: what comes next begins a segment of its own.
            self.older.append(last)
            self.last = LogSegment(emptyAt: last.next, created: last.created)
            return
        }
        self.last = last
        self.last.index = nil
        self.index = last.index ?? []
        self.lastExists = true
        if self.tail != nil, self.damage == nil { self.last.synced = self.last.bytes }
    }

    /// Base offsets of the segments that are there; what was left half done is removed.
    private func tidiedBases() throws(FileError) -> [UInt64] {
        let names = try self.files.list(self.directory)
        let bases = names.compactMap { LogPaths.base(of: $0, ending: ".seg") }
        let known = Set(bases)
        for name in names {
            let isOrphan = LogPaths.base(of: name, ending: ".idx").map { !known.contains($0) } ?? false
            if isOrphan || name.hasSuffix(".new") { try self.files.remove("\(self.directory)/\(name)") }
        }
        return bases.sorted()
    }

    /// A segment as far as it can be read; its index is nil when it is sealed.
    ///
    /// - Returns: Also whether segments behind it are still to be looked at.
    private func readSegment(_ base: UInt64, later: [UInt64]) throws(FileError) -> (LogSegment, goesOn: Bool) {
        let file = try self.files.open(self.path(base), writable: true)
        defer { file.close() }
        let size = try file.size()
        var segment = LogSegment(emptyAt: base, created: 0)
        let start = try readBlock(file, at: 0, count: min(size, LogSegmentHeader.maximumBytes))
        let header: LogSegmentHeader
        do {
            header = try LogSegmentHeader(UnsafeRawBufferPointer(start: start.base, count: start.count))
            guard header.log == self.id.bits, header.baseOffset == base else {
                throw LogFormatError(
                    .records,
                    expected: "log \(self.id.bits) from offset \(base)",
                    found: "log \(header.log) from offset \(header.baseOffset)"
                )
            }
        } catch {
            // An empty file is a segment that was about to begin.
            if size == 0, later.isEmpty { return (segment, false) }
            let error = error as? LogFormatError ?? LogFormatError(.records, expected: "a header", found: "\(error)")
            // An index that has no segment any more tells all the same that there was one, and what of it was synced.
            let synced = loadIndex(self.files, self.id, self.directory, base)?.summary.bytes ?? 0
            return (try self.end(segment, file, size, at: 0, error, synced: synced, later), false)
        }
        segment.identity = LogSegmentHeader.identity(start)
        segment.created = header.created
        segment.isRewritten = header.rewrittenThrough != nil
        var builder = LogIndexBuilder(base: base, interval: self.options.indexInterval)
        var synced = 0
        if let saved = loadIndex(self.files, self.id, self.directory, segment, summaryOnly: true),
            saved.isSealed, saved.summary.bytes <= size
        {
            segment.summary = saved.summary
            segment.synced = saved.summary.bytes
            segment.index = nil
            return (segment, true)
        }
        if let saved = loadIndex(self.files, self.id, self.directory, segment) {
            synced = saved.summary.bytes
            if synced <= size, !saved.isSealed {
                builder = LogIndexBuilder(saved, interval: self.options.indexInterval)
                if later.isEmpty { self.indexSaved = synced }
            }
        }
        if builder.summary.bytes == 0 { builder.begin(bytes: header.bytes) }
        var scanner = SegmentScanner(
            file,
            from: builder.summary.bytes,
            limit: size,
            expected: builder.summary.next,
            allowsGaps: segment.isRewritten
        )
        while true {
            switch try scanner.next() {
            case .batch(let batch, let position, _, _):
                builder.add(batch, at: position)
                // A rewritten segment is synced before it has its name; its batches tell of the file they came from.
                if !segment.isRewritten { synced = max(synced, Int(batch.synced)) }
            case .end where builder.summary.bytes >= synced:
                segment.summary = builder.summary
                segment.index = builder.entries
                segment.synced = synced
                if header.rewrittenThrough == nil, let following = later.first, following > segment.next {
                    // It may have ended later, with batches that did not reach the device.
                    let error = LogFormatError(.length, expected: "batches up to offset \(following)", found: "the end")
                    return (try self.end(segment, file, size, at: size, error, synced: synced, later), false)
                }
                if let through = header.rewrittenThrough {
                    segment.summary.next = through
                    segment.synced = size
                }
                return (segment, true)
            case .end:
                let error = LogFormatError(.length, expected: "\(synced) bytes that were synced", found: "\(size)")
                segment.summary = builder.summary
                segment.index = builder.entries
                return (try self.end(segment, file, size, at: size, error, synced: synced, later), false)
            case .bad(let position, let error):
                segment.summary = builder.summary
                segment.index = builder.entries
                if segment.isRewritten { synced = size }
                return (try self.end(segment, file, size, at: position, error, synced: synced, later), false)
            }
        }
    }

    /// The log ends here: by damage, or because the rest was not written whole.
    private func end(
        _ segment: LogSegment,
        _ file: any DataFile,
        _ size: Int,
        at position: Int,
        _ error: LogFormatError,
        synced known: Int,
        _ later: [UInt64]
    ) throws(FileError) -> LogSegment {
        var segment = segment
        let next = segment.summary.next
        let rest = try survivors(file, from: position, limit: size, expected: next)
        var synced = rest.reduce(known) { max($0, Int($1.batch.synced)) }
        var bytes = size - position
        var records = rest.reduce(0) { $0 + $1.batch.count }
        for base in later {
            let other = try self.files.open(self.path(base), writable: false)
            defer { other.close() }
            let otherSize = try other.size()
            let batches = try survivors(other, from: 0, limit: otherSize, expected: base)
            // Segments are synced in order: this one was before that one.
            if batches.contains(where: { $0.batch.synced > 0 }) || self.wasSynced(base, other) { synced = Int.max }
            bytes += otherSize
            records += batches.reduce(0) { $0 + $1.batch.count }
        }
        let mayBeTorn = try self.mayBeTorn(file, position, size)
        if position < synced || next < self.durable || self.tail != nil || !mayBeTorn {
            self.damage = LogDamage(
                path: self.path(segment.base),
                position: position,
                offset: next,
                expected: "\(error.field.rawValue): \(error.expected)",
                found: error.found
            )
            return segment
        }
        if rest.first?.position != position { records += self.announced(file, position, next) }
        for base in later.reversed() {
            try self.files.removeIfThere(self.indexPath(base))
            try self.files.removeIfThere(self.path(base))
        }
        try file.truncate(to: position)
        try file.sync()
        // Segments will be begun again under the names that went: the old ones must not come back.
        if !later.isEmpty { try self.files.syncDirectory(self.directory) }
        segment.synced = position
        if bytes > 0 {
            self.set.recoveries.append(
                RecoveryReport(
                    log: self.id,
                    path: self.path(segment.base),
                    position: position,
                    bytes: bytes,
                    records: records,
                    reason: error.description
                )
            )
        }
        return segment
    }

    private func mayBeTorn(_ file: any DataFile, _ position: Int, _ size: Int) throws(FileError) -> Bool {
        let block = try readBlock(file, at: position, count: size - position)
        let rest = UnsafeRawBufferPointer(start: block.base, count: block.count)
        return position == 0 ? TornWrite.mayLeaveHeader(rest) : TornWrite.mayLeaveBatch(rest, at: position)
    }

    /// By its index, or because it was before it had its name.
    private func wasSynced(_ base: UInt64, _ file: any DataFile) -> Bool {
        guard let start = try? readBlock(file, at: 0, count: LogSegmentHeader.maximumBytes),
            let header = try? LogSegmentHeader(UnsafeRawBufferPointer(start: start.base, count: start.count))
        else { return false }
        if header.rewrittenThrough != nil { return true }
        var segment = LogSegment(emptyAt: base, created: 0)
        segment.identity = LogSegmentHeader.identity(start)
        return loadIndex(self.files, self.id, self.directory, segment, summaryOnly: true) != nil
    }

    /// Records of a batch that is not whole, as its header tells, if that is there.
    private func announced(_ file: any DataFile, _ position: Int, _ next: UInt64) -> Int {
        guard let block = try? readBlock(file, at: position, count: LogBatch.headerBytes),
            block.count == LogBatch.headerBytes, let batch = try? LogBatch(at: block.base), batch.baseOffset == next
        else { return 0 }
        return batch.count
    }

    /// So that the next start reads little of the last segment.
    func saveIndexes() {
        guard self.isOpen, self.damage == nil, self.last.isSynced,
            self.last.bytes - self.indexSaved >= self.options.indexSaveBytes
        else { return }
        let index = LogIndexFile(
            log: self.id.bits,
            baseOffset: self.last.base,
            segment: self.last.identity,
            isSealed: false,
            summary: self.last.summary,
            entries: self.index
        )
        if self.save(index) { self.indexSaved = index.summary.bytes }
    }
}
