import Bytes
import Files
import LogFormat
package import Machine

/// One log: segments of batches in a directory. Synchronous, and one thread's own; other threads read by ``view``.
///
/// It is opened by what first needs its files. Until then it knows what the last clean stop wrote down of it.
package final class Log {
    package let id: LogID
    let directory: String
    unowned let set: LogSet

    /// What a clean stop said, until the log is opened.
    private(set) var tail: LogTail?
    private(set) var isOpen = false

    /// Oldest first, without the last.
    var older: [LogSegment] = []
    /// The one that grows; its index is ``index``.
    var last = LogSegment(emptyAt: 0, created: 0)
    /// Whether the last segment's file is there. A new one comes with its first batch.
    var lastExists = false
    /// A write failed: something may stand behind what counts.
    var mustTruncate = false
    var index: [LogIndexEntry] = []
    /// As readers know it: replaced seldom, so that an append seldom copies it.
    private var sharedIndex: [LogIndexEntry] = []
    /// Bytes of the last segment that its saved index tells of.
    var indexSaved = 0
    /// The index to be saved once the sync point that it belongs to is reached.
    var markedIndex: LogIndexFile?
    /// Counts new names in the directory, and how many of them are synced.
    var names = 0
    var namesSynced = 0
    var damage: LogDamage?
    /// The sync journal says that all below was on the device: a log that ends before it is damaged.
    let durable: UInt64

    init(_ id: LogID, _ set: LogSet, tail: LogTail?, durable: UInt64 = 0) {
        self.id = id
        self.set = set
        self.durable = durable
        self.directory = LogPaths.directory(of: id)
        self.tail = tail
    }

    var files: any FileSystem { self.set.files }
    var options: LogOptions { self.set.options }

    // MARK: What is there

    /// The oldest offset that is kept.
    package var head: UInt64 { self.tail?.head ?? self.older.first?.base ?? self.last.base }
    /// The offset of the next record.
    package var next: UInt64 { self.tail?.next ?? self.last.next }
    package var isQuarantined: LogDamage? { self.damage }

    package var info: LogInfo {
        if let tail { return tail.info }
        var info = LogInfo(log: self.id, head: self.head, next: self.next, bytes: 0, records: 0, segments: 0)
        for number in 0...self.older.count {
            let segment = number < self.older.count ? self.older[number] : self.last
            if segment.bytes > 0 { info.segments += 1 }
            info.bytes += UInt64(segment.bytes)
            info.records += segment.summary.records
            if segment.summary.records > 0 {
                info.firstTime = info.firstTime ?? segment.summary.firstTime
                info.lastTime = max(info.lastTime ?? 0, segment.summary.maximumTime)
            }
        }
        info.damage = self.damage
        return info
    }

    /// What readers on other threads need, as of now.
    package func view() throws(LogError) -> LogView {
        try self.open()
        if self.index.count >= self.sharedIndex.count + 64 || self.sharedIndex.count > self.index.count {
            self.sharedIndex = self.index
        }
        return LogView(
            log: self.id,
            directory: self.directory,
            older: self.older,
            last: self.last,
            lastIndex: self.sharedIndex,
            damage: self.damage
        )
    }

    func forgetSharedIndex() { self.sharedIndex = [] }

    /// Records from an offset on: ``LogReader/read(_:from:maximumBytes:)`` with the volume's own reader.
    package func read(from first: UInt64, maximumBytes: Int) throws(LogError) -> LogRead {
        try self.reading { view throws(LogError) in
            try self.set.reader.read(view, from: first, maximumBytes: maximumBytes)
        }
    }

    /// The first offset whose record is not older than the time, in milliseconds since 1970.
    package func offset(notBefore time: UInt64) throws(LogError) -> UInt64 {
        try self.reading { view throws(LogError) in try self.set.reader.offset(view, notBefore: time) }
    }

    private func reading<Answer>(_ read: (LogView) throws(LogError) -> Answer) throws(LogError) -> Answer {
        do throws(LogError) {
            return try read(try self.view())
        } catch {
            if case .damaged(let damage) = error { self.quarantine(damage) }
            throw error
        }
    }

    /// What a reader found: the log takes nothing more, and gives what is before it.
    package func quarantine(_ damage: LogDamage) {
        if self.damage == nil { self.damage = damage }
    }

    /// - Throws: Only what the file system says; damage puts the log into quarantine instead.
    package func open() throws(LogError) {
        if self.isOpen { return }
        try self.recover()
        self.isOpen = true
        if let tail {
            self.tail = nil
            if self.damage == nil, self.last.next != tail.next || self.last.bytes != tail.lastBytes {
                let path = "\(self.directory)/\(LogPaths.segment(tail.lastBase))"
                self.quarantine(
                    LogDamage(
                        path: path,
                        position: self.last.bytes,
                        offset: self.last.next,
                        expected: "\(tail.lastBytes) bytes to offset \(tail.next), as the clean stop left it",
                        found: "\(self.last.bytes) bytes to offset \(self.last.next)"
                    )
                )
            }
        }
    }

    /// Forgets everything but that it is there, so that the next use reads the files again.
    func close() {
        for segment in self.older { self.closeFile(segment.base) }
        self.closeFile(self.last.base)
        self.older = []
        self.last = LogSegment(emptyAt: 0, created: 0)
        self.lastExists = false
        self.mustTruncate = false
        self.index = []
        self.sharedIndex = []
        self.indexSaved = 0
        self.markedIndex = nil
        self.damage = nil
        self.isOpen = false
    }

    func path(_ base: UInt64) -> String { "\(self.directory)/\(LogPaths.segment(base))" }
    func indexPath(_ base: UInt64) -> String { "\(self.directory)/\(LogPaths.index(base))" }
    func closeFile(_ base: UInt64) {
        self.set.writers.close(FileCache.Key(log: self.id, base: base))
        self.set.reader.close(self.id, base)
    }

    func writableFile(_ base: UInt64) throws(FileError) -> any DataFile {
        let key = FileCache.Key(log: self.id, base: base)
        if let file = self.set.writers.file(key) { return file }
        let file = try self.files.open(self.path(base), writable: true)
        self.set.writers.insert(file, key)
        return file
    }

    /// What a clean stop writes down.
    func makeTail() -> LogTail {
        if let tail { return tail }
        return LogTail(
            info: self.info,
            lastBase: self.last.base,
            lastBytes: self.last.bytes,
            isOpenedAtStart: self.damage != nil
        )
    }
}

@available(*, unavailable)
extension Log: Sendable {}
