import Bytes
import Files
import LogFormat
package import Machine

extension Log {
    /// What the sync journal has of a damaged log's end becomes segments of its own, since the journal is begun anew: a repair finds
    /// them, and so does the next start.
    ///
    /// - Parameters:
    ///   - appends: As the journal has them, in order.
    ///   - now: Milliseconds since 1970.
    /// - Returns: Records that the log's files did not have, as far as they read.
    package func keep(_ appends: [LogAppend], now: UInt64) throws(LogError) -> Int {
        guard let damage else { return 0 }
        return try touching { () throws(FileError) in
            let lastBase = try self.files.list(self.directory).compactMap { LogPaths.base(of: $0, ending: ".seg") }.last
            let end = try self.endOfFiles(lastBase ?? 0, damage)
            let missing = appends.filter { $0.first >= end }
            guard let first = missing.first else { return 0 }
            try self.files.makeDirectory(self.directory)
            if first.first == lastBase { try self.setAside(first.first) }
            var next = first.first
            var run: [LogAppend] = []
            for append in missing where append.first >= next {
                if append.first > next {
                    try self.write(run, now: now)
                    run = []
                }
                run.append(append)
                next = append.first + UInt64(append.count)
            }
            try self.write(run, now: now)
            // The damage is found again, and what is kept lies behind it.
            self.close()
            try self.recoverAgain()
            return missing.reduce(0) { $0 + $1.count }
        }
    }

    private func recoverAgain() throws(FileError) {
        do throws(LogError) { try self.open() } catch {
            if case .file(let file) = error { throw file }
        }
    }

    /// The offset up to which the log's files hold what was written, holes behind damage in older segments aside.
    private func endOfFiles(_ lastBase: UInt64, _ damage: LogDamage) throws(FileError) -> UInt64 {
        if damage.offset >= lastBase { return damage.offset }
        let file = try self.files.open(self.path(lastBase), writable: false)
        defer { file.close() }
        let whole = try survivors(file, from: 0, limit: try file.size(), expected: lastBase)
        return whole.last?.batch.next ?? lastBase
    }

    /// Of a damaged segment that gives way to what the journal has, the file is kept.
    private func setAside(_ base: UInt64) throws(FileError) {
        let source = try self.files.open(self.path(base), writable: false)
        defer { source.close() }
        let size = try source.size()
        if size > 0 { try self.copy(source, 0..<size, to: try self.freeName(self.path(base) + ".damaged")) }
        self.closeFile(base)
    }

    private func write(_ run: [LogAppend], now: UInt64) throws(FileError) {
        guard let first = run.first, let last = run.last else { return }
        let rewriter = try SegmentRewriter(self, base: first.first, created: now)
        for append in run {
            let encoded = EncodedLogBatch(append, synced: 0, compressor: self.set.compressor)
            try rewriter.add(encoded.batch, [encoded.header, encoded.records])
        }
        _ = try rewriter.finish(through: last.first + UInt64(last.count))
    }
}
