import Bytes
import Files
import LogFormat
package import Machine

extension Log {
    /// Appends bursts, in order, with one write unless a segment ends between them.
    ///
    /// After an error nothing more than ``next`` says is there, and the same may be appended again.
    package func append(_ appends: [LogAppend]) throws(LogError) {
        try self.open()
        if let damage { throw .damaged(damage) }
        var pending: [EncodedLogBatch] = []
        var pendingBytes = 0
        var next = self.next
        for append in appends {
            precondition(append.log == self.id, "an append for log \(append.log.bits) came to log \(self.id.bits)")
            precondition(append.first == next, "\(self.directory): offset \(append.first) comes where \(next) is next")
            let bytes = LogBatch.headerBytes + append.records.count
            let isEmpty = self.last.summary.records == 0 && pending.isEmpty
            let created = self.last.bytes == 0 ? append.time : self.last.created
            let isOld = self.options.segmentAge > 0 && append.time >= created + self.options.segmentAge
            let isFar = append.first - self.last.base > UInt64(Int32.max)
            let isAnew = append.beginsSegment && self.last.bytes + pendingBytes >= self.options.trimBytes
            if !isEmpty, isOld || isFar || isAnew || self.last.bytes + pendingBytes + bytes > self.options.segmentBytes
            {
                if !pending.isEmpty { try self.write(pending) }
                pending = []
                pendingBytes = 0
                try self.roll(at: append.time)
            }
            let encoded = EncodedLogBatch(append, synced: self.last.synced, compressor: self.set.compressor)
            pending.append(encoded)
            pendingBytes += encoded.bytes
            next = encoded.batch.next
        }
        if !pending.isEmpty { try self.write(pending) }
    }

    private func write(_ batches: [EncodedLogBatch]) throws(LogError) {
        var blocks: [ByteBlock] = []
        blocks.reserveCapacity(batches.count * 2 + 1)
        var created = self.last
        if self.last.bytes == 0 {
            created.created = batches[0].batch.baseTime
            blocks.append(self.makeHeader(&created))
        }
        let start = self.last.bytes
        for batch in batches {
            blocks.append(batch.header)
            blocks.append(batch.records)
        }
        try self.write(blocks, at: start)
        self.last = created
        var position = start
        if start == 0 { position = blocks[0].count }
        for batch in batches {
            let before = self.last.summary.maximumTime
            self.index.note(
                batch.batch,
                at: position,
                base: self.last.base,
                interval: self.options.indexInterval,
                before
            )
            self.last.summary.add(batch.batch, at: position)
            position += batch.bytes
        }
    }

    /// The last segment's header, and in the segment what is known by it.
    private func makeHeader(_ segment: inout LogSegment) -> ByteBlock {
        let block = LogSegmentHeader(
            log: self.id.bits,
            baseOffset: segment.base,
            created: segment.created,
            name: self.set.name(of: self.id)
        ).encoded()
        segment.identity = LogSegmentHeader.identity(block)
        return block
    }

    private func write(_ blocks: [ByteBlock], at position: Int) throws(LogError) {
        let file: any DataFile
        do {
            file = try self.lastFile()
            if self.mustTruncate { try self.cut(file, to: position) }
            self.mustTruncate = false
        } catch {
            throw .file(error)
        }
        do {
            let pieces = blocks.map { UnsafeRawBufferPointer(start: $0.base, count: $0.count) }
            try withExtendedLifetime(blocks) { () throws(FileError) in try file.write(pieces, at: position) }
        } catch let failure {
            // What of it is there goes now, or before the next write.
            self.mustTruncate = true
            do { try self.cut(file, to: position) } catch  where error.kind == .device { throw .file(error) } catch {
                throw .file(failure)
            }
            self.mustTruncate = false
            throw .file(failure)
        }
    }

    /// What stands behind a position goes for good: power must not bring it back behind what is written there next.
    private func cut(_ file: any DataFile, to position: Int) throws(FileError) {
        try file.truncate(to: position)
        do throws(FileError) { try file.sync() } catch {
            // Whatever the reason: a second sync would not say what this one lost.
            throw FileError(.device, error.description)
        }
    }

    /// The file that grows, made when it is not there yet.
    private func lastFile() throws(FileError) -> any DataFile {
        if self.lastExists { return try self.writableFile(self.last.base) }
        if self.names == 0, self.older.isEmpty { try self.files.makeDirectory(self.directory) }
        let file = try self.files.create(self.path(self.last.base))
        self.set.writers.insert(file, FileCache.Key(log: self.id, base: self.last.base))
        self.lastExists = true
        self.names += 1
        return file
    }

    // MARK: Segments

    /// Ends the last segment; the next one gets its file with its first batch.
    func roll(at time: UInt64) throws(LogError) {
        precondition(self.last.summary.records > 0, "a segment without records is ended")
        if self.older.lazy.filter({ !$0.isSynced }).count >= self.options.unsyncedSegments { try self.sync() }
        if self.mustTruncate {
            // Behind a segment that has ended nothing may stand: a start would take it for damage.
            try touching { () throws(FileError) in
                try self.cut(try self.writableFile(self.last.base), to: self.last.bytes)
            }
            self.mustTruncate = false
        }
        self.last.index = self.index
        self.closeFile(self.last.base)
        self.older.append(self.last)
        self.last = LogSegment(emptyAt: self.last.next, created: time)
        self.lastExists = false
        self.index = []
        self.forgetSharedIndex()
        self.indexSaved = 0
        self.markedIndex = nil
    }

    /// Gives the last segment its file now, so that its name keeps ``next`` when the segments before it go.
    func beginLast(at time: UInt64) throws(LogError) {
        if self.last.bytes > 0 { return }
        var begun = self.last
        begun.created = time
        let header = self.makeHeader(&begun)
        try self.write([header], at: 0)
        begun.summary.bytes = header.count
        self.last = begun
    }

    // MARK: Sync

    /// What is to be synced for all that was written so far; nil when nothing is.
    ///
    /// The caller syncs the files and then the directories, on whatever thread, and then says ``synced(_:)``.
    package func syncPoint() -> LogSyncPoint? {
        guard self.isOpen else { return nil }
        var files: [LogSyncPoint.Target] = []
        for segment in self.older + [self.last] where !segment.isSynced {
            files.append(
                LogSyncPoint.Target(
                    path: self.path(segment.base),
                    through: segment.bytes,
                    base: segment.base,
                    identity: segment.identity
                )
            )
        }
        let isNamed = self.names == self.namesSynced
        if files.isEmpty, isNamed { return nil }
        if self.last.bytes - self.indexSaved >= self.options.indexSaveBytes {
            self.markedIndex = LogIndexFile(
                log: self.id.bits,
                baseOffset: self.last.base,
                segment: self.last.identity,
                isSealed: false,
                summary: self.last.summary,
                entries: self.index
            )
        }
        let directories = isNamed ? [] : self.set.directories(of: self.id)
        return LogSyncPoint(log: self.id, files: files, directories: directories, names: self.names)
    }

    /// All of a sync point is on the device.
    package func synced(_ point: LogSyncPoint) {
        self.namesSynced = max(self.namesSynced, point.names)
        for target in point.files {
            if target.base == self.last.base, target.identity == self.last.identity {
                self.last.synced = max(self.last.synced, target.through)
                if let marked = self.markedIndex, marked.summary.bytes <= self.last.synced, self.save(marked) {
                    self.indexSaved = marked.summary.bytes
                    self.markedIndex = nil
                }
            } else if let number = self.older.firstIndex(where: { $0.base == target.base }),
                self.older[number].identity == target.identity
            {
                self.older[number].synced = max(self.older[number].synced, target.through)
            }
        }
        for number in self.older.indices where self.older[number].isSynced {
            guard let index = self.older[number].index else { continue }
            let sealed = LogIndexFile(
                log: self.id.bits,
                baseOffset: self.older[number].base,
                segment: self.older[number].identity,
                isSealed: true,
                summary: self.older[number].summary,
                entries: index
            )
            if self.save(sealed) { self.older[number].index = nil }
        }
    }

    /// Syncs everything here and now.
    package func sync() throws(LogError) {
        guard let point = self.syncPoint() else { return }
        do {
            for target in point.files { try self.writableFile(target.base).sync() }
            for directory in point.directories { try self.files.syncDirectory(directory) }
        } catch {
            throw .file(error)
        }
        self.synced(point)
    }

    /// Whether it is there now. An index can be made again, so a failure to save it is nobody's error: the next sync tries again.
    func save(_ index: LogIndexFile) -> Bool {
        let path = self.indexPath(index.baseOffset)
        let unfinished = path + ".new"
        do {
            try self.files.removeIfThere(unfinished)
            let file = try self.files.create(unfinished)
            defer { file.close() }
            let block = index.encoded()
            try withExtendedLifetime(block) { () throws(FileError) in
                try file.write([UnsafeRawBufferPointer(start: block.base, count: block.count)], at: 0)
            }
            try self.files.rename(unfinished, to: path)
            return true
        } catch {
            return false
        }
    }
}
