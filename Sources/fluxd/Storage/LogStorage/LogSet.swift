package import Files
import LogFormat
package import Machine

/// All logs of a volume. One thread's own, like the logs themselves.
package final class LogSet {
    package let files: any FileSystem
    package let options: LogOptions
    /// What was cut from tails at the start.
    package internal(set) var recoveries: [RecoveryReport] = []

    let writers: FileCache
    let reader: LogReader
    let compressor = LogCompressor()
    let decompressor = LogDecompressor()
    private var logs: [LogID: Log] = [:]
    /// How many logs a queue has.
    private var parts: [UInt64: Int] = [:]
    private var names: [UInt64: String] = [:]

    /// Finds the logs of a volume.
    ///
    /// After a clean stop nothing is read but what that stop wrote, and a log's files are looked at by its first use. Otherwise
    /// every log is opened: what was not written whole is cut from its tail, and told in ``recoveries``.
    ///
    /// - Parameters:
    ///   - clean: What ``cleanStop()`` returned; nil after anything else than a clean stop, or when it cannot be read.
    ///   - durable: Of logs, offsets below which everything was synced: what is missing of that is damage.
    package init(
        files: any FileSystem,
        options: LogOptions = LogOptions(),
        clean: CleanStop? = nil,
        durable: [LogID: UInt64] = [:]
    ) throws(LogError) {
        self.files = files
        self.options = options
        self.writers = FileCache(capacity: options.openFiles)
        self.reader = LogReader(files: files, options: options)
        if let clean {
            for tail in clean.tails {
                let log = Log(tail.info.log, self, tail: tail.isOpenedAtStart ? nil : tail)
                if tail.isOpenedAtStart { try log.open() }
                self.add(log)
            }
            return
        }
        for id in try self.list() {
            let log = Log(id, self, tail: nil, durable: durable[id] ?? 0)
            // Nobody reads those of the last process.
            if !id.isEphemeral { try log.open() }
            self.add(log)
        }
    }

    /// In order.
    package var ids: [LogID] { self.logs.keys.sorted() }
    /// In order; each says why in ``Log/isQuarantined``.
    package var quarantined: [LogID] { self.ids.filter { self.logs[$0]?.damage != nil } }
    /// In no order.
    package func forEach(_ body: (Log) -> Void) {
        for log in self.logs.values { body(log) }
    }

    /// Files open for writing and reading.
    package var openFiles: Int { self.writers.count + self.reader.openFiles }

    /// nil for a log that is not there.
    package func existing(_ id: LogID) -> Log? { self.logs[id] }

    /// The log, begun at offset 0 if there is none. Files come with the first append.
    package func log(_ id: LogID) -> Log {
        if let log = self.logs[id] { return log }
        let log = Log(id, self, tail: nil)
        self.add(log)
        return log
    }

    /// What an owner is called, for people who look into a segment; written into segments that begin from now on.
    package func setName(_ name: String, of owner: UInt64) { self.names[owner] = name }

    func name(of id: LogID) -> String {
        if id.part == .sessions { return "sessions of shard \(id.owner)" }
        return self.names[id.owner] ?? ""
    }

    /// The log ends, and its files go.
    package func remove(_ id: LogID) throws(LogError) {
        guard let log = self.logs[id] else {
            if self.parts[id.owner] == nil { self.names[id.owner] = nil }
            return
        }
        try log.removeFiles()
        self.logs[id] = nil
        if id.part == .sessions { return }
        self.parts[id.owner, default: 1] -= 1
        if self.parts[id.owner] != 0 { return }
        self.parts[id.owner] = nil
        self.names[id.owner] = nil
        do { try self.files.removeDirectory(LogPaths.ownerDirectory(of: id)) } catch  where error.kind == .notFound {
        } catch {
            throw .file(error)
        }
    }

    private func add(_ log: Log) {
        self.logs[log.id] = log
        if log.id.part != .sessions { self.parts[log.id.owner, default: 0] += 1 }
    }

    /// Syncs everything here and now: file by file, or, where there are many, all that the file system has.
    package func syncAll() throws(LogError) {
        let logs = self.ids.compactMap { self.logs[$0] }.filter { !$0.id.isEphemeral }
        let points = logs.compactMap { log in log.syncPoint().map { (log, $0) } }
        if points.count < self.options.syncsAtOnce {
            for (log, _) in points { try log.sync() }
            return
        }
        try touching { () throws(FileError) in try self.files.syncAll() }
        for (log, point) in points { log.synced(point) }
    }

    /// What the next start needs in order to read nothing, for the volume to write down once all logs are synced.
    package func cleanStop() -> CleanStop {
        for id in self.ids { self.logs[id]?.saveIndexes() }
        return CleanStop(tails: self.ids.compactMap { self.logs[$0]?.makeTail() })
    }

    /// Closes all files. They are opened again when they are needed.
    package func closeFiles() {
        self.writers.closeAll()
        self.reader.closeAll()
    }

    /// What has to be synced so that the names of a log's files last, inner first.
    func directories(of id: LogID) -> [String] {
        if id.part == .sessions { return [LogPaths.directory(of: id), LogPaths.sessions, ""] }
        return [LogPaths.directory(of: id), LogPaths.ownerDirectory(of: id), LogPaths.queues, ""]
    }

    private func list() throws(LogError) -> [LogID] {
        try touching { () throws(FileError) in
            var ids: [LogID] = []
            for name in try self.files.list(LogPaths.queues) {
                guard let owner = LogPaths.owner(named: name) else { continue }
                for part in try self.files.list("\(LogPaths.queues)/\(name)") {
                    if let part = LogPaths.part(named: part) { ids.append(LogID(owner: owner, part: part)) }
                }
            }
            for name in try self.files.list(LogPaths.sessions) {
                if let shard = LogPaths.shard(named: name) { ids.append(LogID(owner: shard, part: .sessions)) }
            }
            return ids.sorted()
        }
    }
}

@available(*, unavailable)
extension LogSet: Sendable {}
