import Files
import LogFormat
package import Machine

extension Log {
    /// Nobody needs records below an offset: segments that are wholly below it go.
    ///
    /// The last one only when all its records are below it and it is worth the while (``LogOptions/trimBytes``).
    ///
    /// - Parameter now: Milliseconds since 1970.
    package func trim(before offset: UInt64, now: UInt64) throws(LogError) -> LogTrimmed {
        try self.open()
        if let damage { throw .damaged(damage) }
        if offset >= self.next, self.last.bytes >= self.options.trimBytes, self.last.summary.records > 0 {
            try self.roll(at: now)
        }
        return try self.removeFirst(self.older.prefix { $0.next <= offset }.count, now: now)
    }

    /// Applies limits to all but the last segment: what is too old or too much goes, oldest first.
    ///
    /// - Parameter now: Milliseconds since 1970.
    package func retain(_ limits: LogRetention, now: UInt64) throws(LogError) -> LogTrimmed {
        try self.open()
        if let damage { throw .damaged(damage) }
        let age = self.options.segmentAge
        if age > 0, self.last.summary.records > 0, now >= self.last.created + age { try self.roll(at: now) }
        var bytes = self.info.bytes
        var records = self.info.records
        var count = 0
        for segment in self.older {
            let isOld = limits.maximumAge > 0 && segment.summary.maximumTime + limits.maximumAge < now
            let isMuch = limits.maximumBytes > 0 && bytes > limits.maximumBytes
            let areMany = limits.maximumRecords > 0 && records > limits.maximumRecords
            guard isOld || isMuch || areMany else { break }
            count += 1
            bytes -= UInt64(segment.bytes)
            records -= segment.summary.records
        }
        return try self.removeFirst(count, now: now)
    }

    /// Oldest first, so that what is left has no gap wherever this ends.
    private func removeFirst(_ count: Int, now: UInt64) throws(LogError) -> LogTrimmed {
        var bytes: UInt64 = 0
        if count > 0 { try self.syncSuccessors() }
        if count > 0, self.last.bytes == 0 {
            // The name of the last segment is where the next offset is kept: it has to be there before the others are not.
            try self.beginLast(at: now)
            try self.sync()
        }
        for _ in 0..<count {
            let segment = self.older[0]
            self.closeFile(segment.base)
            try touching { () throws(FileError) in
                try self.files.removeIfThere(self.indexPath(segment.base))
                try self.files.removeIfThere(self.path(segment.base))
            }
            bytes += UInt64(segment.bytes)
            self.older.removeFirst()
        }
        return LogTrimmed(head: self.head, bytes: bytes, segments: count)
    }

    /// A journal's beginning may go because what came later says it again: a snapshot, a message that was written anew. That has to
    /// be on the device before. Nothing of the kind stands in a log of messages.
    private func syncSuccessors() throws(LogError) {
        guard self.id.part == .groups || self.id.part == .sessions else { return }
        do throws(LogError) {
            try self.sync()
        } catch .file(let error) {
            // Whatever the reason: a second sync would not say what the first one lost.
            throw .file(FileError(.device, error.description))
        } catch {
            throw error
        }
    }

    /// The log ends, and its files go. Its number is not given out again.
    func removeFiles() throws(LogError) {
        for segment in self.older { self.closeFile(segment.base) }
        self.closeFile(self.last.base)
        try touching { () throws(FileError) in
            for name in try self.files.list(self.directory) { try self.files.remove("\(self.directory)/\(name)") }
            do throws(FileError) { try self.files.removeDirectory(self.directory) } catch  where error.kind == .notFound
            {}
        }
        self.close()
    }
}
