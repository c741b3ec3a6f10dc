import Files
import LogStorage
import Machine
import Metrics

/// Owns the logs: everything that is written to them is written here, all that waits in one go.
///
/// What does not fit stays, is tried again, and is answered when it is there. What frees space is not held up by it.
final class WriterLane {
    let exchange: VolumeExchange
    let logs: LogSet
    /// Milliseconds since 1970.
    let unixTime: () -> UInt64
    /// Nanoseconds of a clock that never goes back.
    private let clock: () -> UInt64
    private var groups: UInt64 = 0
    /// The last group that is done.
    private var written: UInt64 = 0
    private var group: WriteGroup?
    /// Came while a group was stuck.
    private var waiting: [Submitted] = []
    private var backoff = Backoff()
    /// Removed while what came before the removal was stuck: appends up to it are void.
    private var removedEarly: Set<LogID> = []
    private var quarantined: Set<LogID> = []
    private var hasRemoved = false
    /// Repaired since the start: readers may still tell of the damage.
    private var repaired: Set<LogID> = []
    /// Logs with something that nothing has synced: no journal, no sync of theirs.
    private var buffered: Set<LogID> = []
    /// Those whose sync is under way in the background, with the last order for it.
    private var syncing: [LogID: UInt64] = [:]
    private var syncOrders: UInt64 = 0
    /// Logs with something that the journal alone has on the device.
    private var journaled: Set<LogID> = []

    /// Logs that wait for their compaction; each once.
    var compacting: [LogID] = []
    var compaction: (log: LogID, LogCompaction)?
    /// Logs of an earlier life that belong to nobody, to be removed when there is time.
    var leftovers: [LogID] = []

    init(
        _ exchange: VolumeExchange,
        _ logs: LogSet,
        unixTime: @escaping () -> UInt64,
        clock: @escaping () -> UInt64
    ) {
        self.exchange = exchange
        self.logs = logs
        self.unixTime = unixTime
        self.clock = clock
        self.quarantined = Set(logs.quarantined)
        self.countQuarantined()
    }

    func wanted() -> UInt64? {
        if self.exchange.hasWriterErrands { return 0 }
        if self.exchange.health.isFailed { return nil }
        if !self.exchange.syncRequests.isEmpty, self.group == nil { return 0 }
        if let at = self.backoff.at { return at }
        return self.isIdle && !self.hasCompaction && self.leftovers.isEmpty ? nil : 0
    }

    func turn(now: UInt64) {
        self.runErrands()
        if self.exchange.health.isFailed { return }
        if self.group == nil { self.begin() }
        if self.group == nil, self.hasCompaction { self.compact() }
        if self.group == nil { self.sweep() }
        if self.group != nil, self.backoff.at.map({ $0 <= now }) ?? true { self.goOn(now) }
        if self.exchange.health.isFailed { return }
        self.answerSyncRequests()
    }

    // MARK: Groups

    private func begin() {
        let submitted = self.waiting + self.exchange.commands.takeAll()
        self.waiting = []
        if submitted.isEmpty { return }
        self.groups += 1
        let group = WriteGroup(self.groups, submitted) { self.exchange.isSynced($0) }
        self.group = group
        for (owner, name) in group.names { self.logs.setName(name, of: owner) }
        if group.synced.isEmpty && group.entries.isEmpty { return }
        self.exchange.acknowledgements.owe(group.synced)
        self.exchange.journalGroups.put(JournalGroup(number: group.number, entries: group.entries))
        self.exchange.wake(.syncer)
    }

    private func goOn(_ now: UInt64) {
        guard var group = self.group else { return }
        self.group = nil
        var answers = AnswerList()
        let start = self.clock()
        do throws(StuckWrite) {
            while group.done < group.works.count {
                try self.run(&group[group.done], &answers)
                group.done += 1
            }
        } catch {
            self.exchange.acknowledgements.deliver(answers)
            if error.isFinal { return self.exchange.health.fail(error.reason) }
            self.group = group
            self.backoff.failed(now: now)
            self.exchange.health.stuck(.writer, error.reason)
            return self.relieve(group)
        }
        if self.backoff.at != nil {
            self.backoff.succeeded()
            self.exchange.health.goesOn(.writer)
        }
        self.finish(group, took: self.clock() - start, &answers)
    }

    private func finish(_ group: WriteGroup, took nanoseconds: UInt64, _ answers: inout AnswerList) {
        self.written = group.number
        self.tellRemoved()
        self.exchange.space.take(group.space)
        let openFiles = self.logs.openFiles
        self.exchange.count { counters in
            counters.openFiles = openFiles
            counters.bytes += group.bytes
            counters.records += group.records
            counters.appends += group.appends
            counters.groups += 1
            if group.appends > 0 { counters.writeLatency.record(nanoseconds) }
        }
        answers.add(group.written)
        self.exchange.acknowledgements.deliver(answers)
        if self.exchange.acknowledgements.wrote(through: group.number) { self.exchange.wake(.syncer) }
    }

    /// Why a group does not go on.
    private struct StuckWrite: Error {
        /// Nothing that comes later would help.
        var isFinal: Bool
        var reason: String
    }

    private func run(_ work: inout WriteGroup.Work, _ answers: inout AnswerList) throws(StuckWrite) {
        defer { self.publish(work.log) }
        while work.done < work.steps.count {
            do throws(LogError) {
                try self.run(work.steps[work.done], work, &answers)
            } catch {
                try self.judge(error, work, &answers)
            }
            work.done += 1
        }
        if work.hasSynced { self.journaled.insert(work.log) }
        if work.hasBuffered, !work.log.isEphemeral { self.buffered.insert(work.log) }
        let isBehind = self.buffered.contains(work.log) || self.syncing[work.log] != nil
        guard work.hasSynced, isBehind, let log = self.logs.existing(work.log) else { return }
        // The journal has what is synced, and not what came before it in the same log: a replay would find a gap.
        do throws(LogError) {
            try log.sync()
        } catch {
            throw StuckWrite(isFinal: true, reason: error.description)
        }
        self.buffered.remove(work.log)
        self.journaled.remove(work.log)
    }

    private func run(
        _ step: WriteGroup.Step,
        _ work: WriteGroup.Work,
        _ answers: inout AnswerList
    ) throws(LogError) {
        if self.removedEarly.contains(work.log) {
            if case .remove = step { self.removedEarly.remove(work.log) }
            if case .repair(let ticket, _) = step {
                answers.add(.news(.repaired(ticket: ticket, .failure(self.gone(work.log)))), for: work.shard)
            }
            return
        }
        switch step {
        case .append(let appends):
            // Only a beginning begins a log: what comes behind its removal belongs to nobody.
            guard let log = self.logs.existing(work.log) ?? (appends.first?.first == 0 ? self.logs.log(work.log) : nil)
            else { return }
            // A part of it may be there from an attempt that found no space for the rest.
            let next = log.next
            let rest = appends.drop { $0.first < next }
            if rest.isEmpty { return }
            try self.append(Array(rest), to: log)
        case .trim(let offset):
            guard let log = self.logs.existing(work.log) else { return }
            self.note(try log.trim(before: offset, now: self.unixTime()))
            self.tellTrimmed(log, work.shard, &answers)
        case .retain(let limits):
            guard let log = self.logs.existing(work.log) else { return }
            self.note(try log.retain(limits, now: self.unixTime()))
            if limits.compacts { self.compactLater(work.log) }
            self.tellTrimmed(log, work.shard, &answers)
        case .remove:
            try self.logs.remove(work.log)
            self.hasRemoved = true
            self.leaveQuarantine(work.log)
            self.repaired.remove(work.log)
        case .repair(let ticket, let isDry):
            // What cannot be repaired is said, and holds nobody up.
            answers.add(.news(.repaired(ticket: ticket, self.repair(work.log, dryRun: isDry))), for: work.shard)
        }
    }

    private func append(_ appends: [LogAppend], to log: Log) throws(LogError) {
        do throws(LogError) {
            try log.append(appends)
        } catch {
            // The shard hears of the damage and of this group's end together, so that it acknowledges what it had sent before: that
            // becomes a segment of its own, behind the damage, where a repair finds it.
            if case .damaged = error { _ = try log.keep(appends, now: self.unixTime()) }
            throw error
        }
    }

    private func note(_ trimmed: LogTrimmed) { if trimmed.bytes > 0 { self.hasRemoved = true } }

    /// Readers may have open what was removed, and its space is not free before they have closed it. Behind the views that say so.
    private func tellRemoved() {
        if !self.hasRemoved { return }
        self.hasRemoved = false
        self.exchange.tellRemoved()
    }

    private func tellTrimmed(_ log: Log, _ shard: Int, _ answers: inout AnswerList) {
        self.journaled.insert(log.id)
        answers.add(.news(.trimmed(log.id, head: log.head, bytes: log.info.bytes)), for: shard)
    }

    /// Ends the group's turn, or this log's part of it.
    private func judge(
        _ error: LogError,
        _ work: WriteGroup.Work,
        _ answers: inout AnswerList
    ) throws(StuckWrite) {
        var failure = error.failure
        if case .file(let file) = error {
            switch file.kind {
            case .full, .other: throw StuckWrite(isFinal: false, reason: file.description)
            case .device: throw StuckWrite(isFinal: true, reason: file.description)
            case .notFound, .exists:
                // Somebody else was at the log's files.
                let damage = LogDamage(
                    path: LogPaths.directory(of: work.log),
                    position: 0,
                    offset: self.logs.log(work.log).next,
                    expected: "files as they were left",
                    found: file.description
                )
                self.logs.log(work.log).quarantine(damage)
                failure = LogError.damaged(damage).failure
            }
        }
        self.noteQuarantine(work.log, failure)
        answers.add(.news(.quarantined(work.log, failure)), for: work.shard)
    }

    func noteQuarantine(_ log: LogID, _ failure: StorageFailure) {
        if self.quarantined.insert(log).inserted {
            self.countQuarantined()
            self.exchange.health.note(.quarantined(log, failure.description))
        }
    }

    /// The log is repaired, or gone.
    private func leaveQuarantine(_ log: LogID) {
        if self.quarantined.remove(log) != nil { self.countQuarantined() }
    }

    private func countQuarantined() {
        let quarantined = self.quarantined.count
        self.exchange.count { $0.quarantined = quarantined }
    }

    /// What the logs take together.
    func measureLogs() {
        var totals = LogTotals()
        self.logs.forEach { log in
            let info = log.info
            totals.logs += 1
            totals.segments += info.segments
            totals.bytes += info.bytes
        }
        let found = totals
        self.exchange.count { counters in
            counters.logs = found
            counters.isMeasuring = false
        }
    }

    /// Readers find a log by its view.
    func publish(_ id: LogID) {
        var view: LogView?
        if let log = self.logs.existing(id) {
            do throws(LogError) { view = try log.view() } catch {
                // The next use of the log meets the error again, and answers for it.
                return
            }
        }
        self.exchange.show(view, of: id)
    }

    // MARK: No space

    /// Does now what frees space, though it came behind what is stuck. It is done again in its place, where it is answered.
    private func relieve(_ group: WriteGroup) {
        self.waiting += self.exchange.commands.takeAll()
        for work in group.works[group.done...] {
            for step in work.steps[work.done...] { self.relieve(work.log, step) }
        }
        for command in self.waiting.lazy.flatMap(\.batch.commands) {
            switch command {
            case .trim(let log, let offset): self.relieve(log, .trim(before: offset))
            case .retain(let log, let limits): self.relieve(log, .retain(limits))
            case .remove(let log): self.relieve(log, .remove)
            case .append, .repair, .name, .put, .delete: break
            }
        }
        self.tellRemoved()
    }

    private func relieve(_ id: LogID, _ step: WriteGroup.Step) {
        guard let log = self.logs.existing(id), !self.removedEarly.contains(id) else { return }
        // What fails here is met again in its place.
        switch step {
        case .append, .repair: return
        case .trim(let offset):
            do throws(LogError) {
                self.note(try log.trim(before: min(offset, log.next), now: self.unixTime()))
            } catch {
                // A journal's trim syncs: that it failed is said only once.
                if case .file(let file) = error, file.kind == .device { self.exchange.health.fail(file.description) }
            }
        case .retain(let limits): if let trimmed = try? log.retain(limits, now: self.unixTime()) { self.note(trimmed) }
        case .remove:
            guard (try? self.logs.remove(id)) != nil else { break }
            self.hasRemoved = true
            self.removedEarly.insert(id)
            self.leaveQuarantine(id)
        }
        self.publish(id)
    }

    // MARK: Errands

    private func runErrands() {
        for work in self.exchange.syncedWork.takeAll() {
            for point in work.points {
                self.logs.existing(point.log)?.synced(point)
                if self.syncing[point.log] == work.number { self.syncing[point.log] = nil }
            }
        }
        for (id, damage) in self.exchange.damages.takeAll() {
            guard let log = self.logs.existing(id), self.isStillThere(damage, in: log) else { continue }
            log.quarantine(damage)
            self.noteQuarantine(id, LogError.damaged(damage).failure)
            self.publish(id)
        }
        for inquiry in self.exchange.inquiries.takeAll() { inquiry(self) }
        for var question in self.exchange.unopened.takeAll() {
            self.publish(question.request.log)
            question.isLookedFor = true
            self.exchange.questions.put(question)
            self.exchange.wake(.reader)
        }
    }

    private func answerSyncRequests() {
        // A group that is stuck has written some of what a checkpoint must have seen.
        if self.group != nil || self.exchange.syncRequests.isEmpty { return }
        for request in self.exchange.syncRequests.takeAll() {
            var ids = self.buffered
            if case .checkpoint(let through) = request {
                precondition(
                    through <= self.written,
                    "a checkpoint of group \(through), where \(self.written) is written"
                )
                ids.formUnion(self.journaled)
                self.journaled = []
            }
            self.syncOrders += 1
            let points = ids.sorted().compactMap { self.logs.existing($0)?.syncPoint() }
            for point in points where self.buffered.contains(point.log) { self.syncing[point.log] = self.syncOrders }
            self.buffered = []
            if points.isEmpty, request == .buffered { continue }
            self.exchange.syncWork.put(SyncWork(number: self.syncOrders, request: request, points: points))
            self.exchange.wake(.background)
        }
    }

    private func gone(_ id: LogID) -> StorageFailure {
        StorageFailure(.gone, "log \(id.bits): there is no such log")
    }

    /// Looks at every byte of a log, and leaves out what is damaged; or only tells what would be left out.
    private func repair(_ id: LogID, dryRun: Bool) -> Result<RepairedLog, StorageFailure> {
        guard let log = self.logs.existing(id) else { return .failure(self.gone(id)) }
        do throws(LogError) {
            let report = try log.repair(dryRun: dryRun, now: self.unixTime())
            if !dryRun, log.isQuarantined == nil {
                self.hasRemoved = true
                self.leaveQuarantine(id)
                self.repaired.insert(id)
            }
            let info = log.info
            return .success(RepairedLog(report: report, head: info.head, next: info.next, bytes: info.bytes))
        } catch {
            return .failure(error.failure)
        }
    }

    /// Whether what a reader found is there. It may have read before the repair, and say so behind it.
    private func isStillThere(_ damage: LogDamage, in log: Log) -> Bool {
        guard self.repaired.contains(log.id) else { return true }
        do throws(LogError) {
            _ = try log.read(from: damage.offset, maximumBytes: 1)
            return false
        } catch {
            if case .damaged = error { return true }
            return false
        }
    }

    /// Nothing waits here.
    var isIdle: Bool { self.group == nil && self.waiting.isEmpty && self.exchange.commands.isEmpty }

    /// At a clean stop: syncs every log.
    ///
    /// - Returns: What the next start needs in order to read nothing.
    func finish() throws(LogError) -> CleanStop {
        try self.logs.syncAll()
        return self.logs.cleanStop()
    }
}

@available(*, unavailable)
extension WriterLane: Sendable {}
