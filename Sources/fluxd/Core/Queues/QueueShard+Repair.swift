package import Machine
import QueueEngine

/// What a queue's repair gave up, or would give up.
package struct QueueRepairReport: Sendable {
    /// Part by part, in the order of ``LogPart``.
    package var losses: [(part: LogPart, loss: RepairReport.Loss)] = []

    package var records: UInt64 { self.losses.reduce(0) { $0 + $1.loss.records } }
    package var bytes: Int { self.losses.reduce(0) { $0 + $1.loss.bytes } }
}

/// A repair that is under way: each log's turn at the volume, then the groups' journal is read, then a new queue takes the place of
/// the old one.
final class QueueRepair {
    typealias Answer = (Result<QueueRepairReport, QueueRefusal>) -> Void

    let isDry: Bool
    /// Called once.
    let answer: Answer
    /// Parts that the volume has not answered for.
    var left: Int
    var logs: [(part: LogPart, log: RepairedLog)] = []
    var failure: StorageFailure?
    var operations: [LogRead] = []

    init(dryRun: Bool, parts: Int, _ answer: @escaping Answer) {
        self.isDry = dryRun
        self.left = parts
        self.answer = answer
    }

    var report: QueueRepairReport {
        var report = QueueRepairReport()
        for (part, log) in self.logs.sorted(by: { $0.part.rawValue < $1.part.rawValue }) {
            report.losses += log.report.losses.map { (part, $0) }
        }
        return report
    }
}

/// What a ticket of a repair is for.
enum RepairStep {
    case log(LogPart)
    /// Reads the groups' journal up to this offset.
    case journal(end: UInt64)
}

extension QueueShard {
    /// Bytes of the groups' journal that are read at a time.
    private static let readBytes = 256 << 10

    /// Looks at every byte of a queue's logs and leaves out what is damaged; the queue then goes on with what is left, and its
    /// consumers with it. What consumers have in hand comes again.
    ///
    /// The volume does nothing else while it looks at a log. While the repair is under way the queue takes and gives nothing.
    ///
    /// - Parameters:
    ///   - dryRun: Only tells what would be lost; the queue goes on.
    ///   - answer: Called once, later.
    package func repair(
        _ home: QueueHome,
        dryRun: Bool,
        _ answer: @escaping (Result<QueueRepairReport, QueueRefusal>) -> Void
    ) {
        if home.repair != nil { return answer(.failure(QueueRefusal(beingRepaired: home.definition.name))) }
        guard self.shard.broker.volume.isWritable else {
            let why = "the volume is full or has failed: a repair writes what it keeps anew, and needs space for that"
            return answer(.failure(QueueRefusal(.storage, why)))
        }
        let logs = home.definition.logs
        let repair = QueueRepair(dryRun: dryRun, parts: logs.count, answer)
        home.repair = repair
        if !dryRun {
            home.queue.prepareRepair()
            self.touch(home)
            self.endOfBurst(on: self.shard)
            home.queue.stop()
        }
        for log in logs {
            guard let part = log.part else { preconditionFailure("a queue has no log of no part") }
            let ticket = self.repairTicket(home, .log(part))
            // Behind everything that the queue has given the store in this burst, whatever its class.
            self.shard.store(.synced, .repair(log, ticket: ticket, dryRun: dryRun))
        }
    }

    private func repairTicket(_ home: QueueHome, _ step: RepairStep) -> UInt64 {
        self.lastTicket += 1
        self.repairing[self.lastTicket] = (home.number, step)
        return self.lastTicket
    }

    /// The queue is gone: who waits for its repair is told so.
    func endRepair(of home: QueueHome) {
        home.repair?.answer(.failure(QueueRefusal(.notFound, "the queue has been deleted")))
        home.repair = nil
    }

    // MARK: What the volume says

    func repaired(_ ticket: UInt64, _ result: Result<RepairedLog, StorageFailure>) {
        guard let (number, step) = self.repairing.removeValue(forKey: ticket), case .log(let part) = step,
            let home = self.home(number), let repair = home.repair
        else { return }
        repair.left -= 1
        switch result {
        case .success(let log): repair.logs.append((part, log))
        case .failure(let failure):
            // Most queues have few of the logs that one may have.
            if failure.kind != .gone { repair.failure = repair.failure ?? failure }
        }
        guard repair.left == 0 else { return }
        if let failure = repair.failure { return self.failed(home, repair, failure.description) }
        if repair.isDry {
            home.repair = nil
            return repair.answer(.success(repair.report))
        }
        guard let journal = repair.logs.first(where: { $0.part == .groups })?.log else {
            return self.load(home, repair)
        }
        self.readJournal(of: home, repair, from: journal.head, to: journal.next)
    }

    private func readJournal(of home: QueueHome, _ repair: QueueRepair, from first: UInt64, to end: UInt64) {
        if first >= end { return self.load(home, repair) }
        let ticket = self.repairTicket(home, .journal(end: end))
        let log = LogID(owner: home.number, part: .groups)
        let question = ReadRequest.Question.records(from: first, maximumBytes: QueueShard.readBytes)
        self.shard.effects.reads.append(ReadRequest(ticket: ticket, log: log, question: question))
    }

    /// - Returns: false when the read was nothing of a repair.
    func readForRepair(_ ticket: UInt64, _ result: Result<LogRead, StorageFailure>) -> Bool {
        guard let (number, step) = self.repairing.removeValue(forKey: ticket) else { return false }
        guard case .journal(let end) = step, let home = self.home(number), let repair = home.repair else { return true }
        switch result {
        case .failure(let failure): self.failed(home, repair, failure.description)
        case .success(let read):
            repair.operations.append(read)
            self.readJournal(of: home, repair, from: read.next, to: end)
        }
        return true
    }

    // MARK: The end

    private func load(_ home: QueueHome, _ repair: QueueRepair) {
        let states = repair.logs.map { part, log in
            Queue.LogState(part: part, head: log.head, next: log.next, bytes: log.bytes)
        }
        let queue: Queue
        do throws(QueueRestoreError) {
            queue = try Queue.restore(
                home.definition,
                logs: states,
                operations: repair.operations,
                output: self.output,
                now: self.shard.now,
                wall: self.shard.wallNow
            )
        } catch {
            return self.failed(home, repair, error.description)
        }
        queue.takeOver(from: home.queue, now: self.shard.now)
        self.forgetReads(of: home.number)
        home.queue = queue
        home.repair = nil
        self.touch(home)
        repair.answer(.success(repair.report))
    }

    /// The old queue goes on. A log that was changed under it is none of its any more.
    private func failed(_ home: QueueHome, _ repair: QueueRepair, _ why: String) {
        home.repair = nil
        if !repair.isDry {
            for (part, log) in repair.logs where !log.report.losses.isEmpty {
                home.queue.quarantined(part, StorageFailure(.damaged, "its repair has to be ended: \(why)"))
            }
            home.queue.goOn()
            self.touch(home)
        }
        repair.answer(.failure(QueueRefusal(.storage, why)))
    }
}

extension QueueRefusal {
    package init(beingRepaired name: String) {
        self.init(.storage, "queue \"\(name)\" is being repaired: try again when that is done")
    }
}
