import Files
import LogStorage
import Machine

/// Compaction takes the writer's time only while nothing else wants it, a piece after the other.
extension WriterLane {
    /// Bytes of a log that are gone through at a time: some milliseconds.
    private static let step = 1 << 20
    private static let sweep = 8

    /// Goes on with the log's compaction, or begins one.
    func compactLater(_ id: LogID) { if !self.compacting.contains(id) { self.compacting.append(id) } }

    var hasCompaction: Bool { self.compaction != nil || !self.compacting.isEmpty }

    func compact() {
        do throws(LogError) {
            if self.compaction == nil { self.compaction = try self.nextCompaction() }
            guard let (id, compaction) = self.compaction else { return }
            let isDone = try compaction.step(maximumBytes: Self.step)
            self.publish(id)
            if isDone { self.compaction = nil }
        } catch {
            // The log is as it was, and its next retention tries again; only a device that fails is everybody's matter.
            let id = self.compaction?.log
            self.compaction = nil
            switch error {
            case .file(let file) where file.kind == .device: self.exchange.health.fail(file.description)
            case .damaged:
                guard let id else { return }
                self.noteQuarantine(id, error.failure)
                self.publish(id)
            case .file, .gone, .stale: break
            }
        }
    }

    /// Removes a few of the logs that nobody has: some milliseconds.
    func sweep() {
        for id in self.leftovers.suffix(Self.sweep) {
            do throws(LogError) { try self.logs.remove(id) } catch {
                // The next start finds it again.
                if case .file(let file) = error, file.kind == .device { self.exchange.health.fail(file.description) }
            }
        }
        self.leftovers.removeLast(min(Self.sweep, self.leftovers.count))
    }

    private func nextCompaction() throws(LogError) -> (log: LogID, LogCompaction)? {
        while !self.compacting.isEmpty {
            let id = self.compacting.removeFirst()
            guard let log = self.logs.existing(id), log.isQuarantined == nil else { continue }
            if let compaction = try log.compaction(now: self.unixTime()) { return (id, compaction) }
        }
        return nil
    }
}
