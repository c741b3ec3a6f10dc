import Bytes
import Files
import LogFormat
import LogStorage
import Machine

/// From files as the last process left them to logs that go on.
enum StartUp {
    static func open(
        _ files: any FileSystem,
        _ settings: VolumeSettings,
        _ health: VolumeHealth,
        now: UInt64
    ) throws(StorageFailure) -> LogSet {
        do throws(LogError) {
            let clean = try self.takeCleanStop(files)
            let durable = clean == nil ? try JournalFloors(files, failure: LogError.file).offsets : [:]
            let logs = try LogSet(files: files, options: settings.logs, clean: clean, durable: durable)
            for report in logs.recoveries { health.note(.cut(report)) }
            let kept = try self.replay(files, to: logs, health, now: now)
            for id in logs.quarantined {
                guard let damage = logs.existing(id)?.isQuarantined else { continue }
                var text = damage.description
                if let records = kept[id] { text += "; \(records) records behind it came back from the sync journal" }
                health.note(.quarantined(id, text))
            }
            return logs
        } catch {
            throw error.failure
        }
    }

    /// What the last stop wrote down, if it was clean. It is true until the first write: it goes before.
    private static func takeCleanStop(_ files: any FileSystem) throws(LogError) -> CleanStop? {
        try self.touching { () throws(FileError) in
            if try !files.list("").contains(StorageNames.clean) { return nil }
            let bytes = try files.contents(of: StorageNames.clean)
            try files.remove(StorageNames.clean)
            try files.syncDirectory("")
            // One that cannot be read is none: the logs are read instead.
            return try? CleanStop(bytes)
        }
    }

    /// Appends what the logs do not have, and syncs it. Done twice it changes nothing.
    ///
    /// - Returns: Of logs that are damaged, how many records the journal had that their files did not. They are beside the damage now.
    private static func replay(
        _ files: any FileSystem,
        to logs: LogSet,
        _ health: VolumeHealth,
        now: UInt64
    ) throws(LogError) -> [LogID: Int] {
        var back = (bytes: 0, records: 0)
        var behindDamage: [LogID: [LogAppend]] = [:]
        let replay = try JournalReplay(files, failure: LogError.file) { entry, _ throws(LogError) in
            switch entry {
            case .remove(let log):
                behindDamage[log] = nil
                try logs.remove(log)
            case .append(let append):
                // Frames of a log that is gone were checkpointed, or its removal came later: only a beginning begins a log.
                guard let log = logs.existing(append.log) ?? (append.first == 0 ? logs.log(append.log) : nil) else {
                    return
                }
                try log.open()
                if log.isQuarantined != nil { return behindDamage[append.log, default: []].append(append) }
                // Behind a gap stands what was not acknowledged: its log had something that was not synced.
                if append.first != log.next { return }
                try log.append([append])
                back.bytes += append.records.count
                back.records += append.count
            }
        }
        var kept: [LogID: Int] = [:]
        for (id, appends) in behindDamage.sorted(by: { $0.key < $1.key }) {
            guard let count = try logs.existing(id)?.keep(appends, now: now), count > 0 else { continue }
            kept[id] = count
        }
        try logs.syncAll()
        if back.records > 0 { health.note(.recovered(bytes: back.bytes, records: back.records)) }
        for damage in replay.damage { health.note(.journalDamaged(damage)) }
        return kept
    }

    private static func touching<Value>(_ work: () throws(FileError) -> Value) throws(LogError) -> Value {
        do throws(FileError) { return try work() } catch { throw .file(error) }
    }
}
