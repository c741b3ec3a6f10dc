import LogFormat
package import Machine

/// One file of a log, as its log knows it.
struct LogSegment: Sendable {
    var base: UInt64
    var summary: LogSegmentSummary
    /// The checksum of the file's header, by which a rewritten file is told from the one before; 0 while it has none.
    var identity: UInt32
    /// When it was begun, milliseconds since 1970.
    var created: UInt64
    /// Compaction or repair wrote it: offsets may be missing.
    var isRewritten = false
    /// Bytes that are known to be on the device.
    var synced = 0
    /// Of a segment whose index is not in its file yet.
    var index: [LogIndexEntry]?

    var next: UInt64 { self.summary.next }
    var bytes: Int { self.summary.bytes }
    var isSynced: Bool { self.synced == self.bytes }

    init(emptyAt base: UInt64, created: UInt64) {
        self.base = base
        self.summary = LogSegmentSummary(bytes: 0, records: 0, next: base, firstTime: 0, maximumTime: 0)
        self.identity = 0
        self.created = created
        self.index = []
    }
}

/// What a reader needs of a log: a value that other threads may have, true until segments of it go.
package struct LogView: Sendable {
    package let log: LogID
    let directory: String
    /// Oldest first, without the last.
    let older: [LogSegment]
    /// The one that grows.
    let last: LogSegment
    /// Sparse: as of some time ago.
    let lastIndex: [LogIndexEntry]
    /// Nothing from here on can be read.
    let damage: LogDamage?

    /// The oldest offset that is kept.
    package var head: UInt64 { self.older.first?.base ?? self.last.base }
    /// The offset behind the last record.
    package var next: UInt64 { self.last.next }

    var count: Int { self.older.count + 1 }
    subscript(_ number: Int) -> LogSegment { number < self.older.count ? self.older[number] : self.last }

    /// The segment that an offset is in, or would be.
    func segment(of offset: UInt64) -> Int {
        var low = 0
        var high = self.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle].base <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// What an operator sees of a log.
package struct LogInfo: Equatable, Sendable {
    package var log: LogID
    package var head: UInt64
    package var next: UInt64
    package var bytes: UInt64
    package var records: UInt64
    package var segments: Int
    /// Milliseconds since 1970; nil without records.
    package var firstTime: UInt64?
    package var lastTime: UInt64?
    package var damage: LogDamage?
}

/// What of a log is not on the device yet.
package struct LogSyncPoint: Sendable {
    package struct Target: Sendable {
        package var path: String
        /// Bytes that were written before.
        package var through: Int
        let base: UInt64
        let identity: UInt32
    }
    package var log: LogID
    /// In the order in which they are to be synced.
    package var files: [Target]
    /// To be synced behind the files; their names are new.
    package var directories: [String]
    let names: Int
}

/// What a trim or a retention left.
package struct LogTrimmed: Equatable, Sendable {
    package var head: UInt64
    /// Of the segments that went.
    package var bytes: UInt64
    package var segments: Int
}
