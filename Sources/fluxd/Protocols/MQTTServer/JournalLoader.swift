import Bytes
import Core
package import Machine
import SessionJournal
import Synchronization

/// Puts back what kept sessions had under way, from the session journals of an earlier run of the broker, which may have had another
/// number of shards.
///
/// Journals are read first, since ``home(of:)`` says where ``SessionLoader`` best puts a session; then sessions are loaded; then
/// ``restore(into:)`` fills them and has new journals begun, before any loop runs:
///
///     var journals = JournalLoader()
///     for log in logs where log.part == .sessions { journals.begin(log, next: …, bytes: …); for read in … { try journals.read(read) } }
///     _ = try SessionLoader.load(from: state, into: servers, homes: journals.home(of:))
///     journals.restore(into: servers)
package struct JournalLoader {
    /// What came back, for the log.
    package struct Report: Equatable, Sendable {
        /// Sessions that had something under way, and how many messages for them.
        package var sessions = 0
        package var entries = 0
        /// Messages of quality of service 2 that are routed now.
        package var intents = 0
        /// Entries whose message is not there; 0 unless a journal was damaged.
        package var missing = 0
    }
    private struct Journal {
        var replay: JournalReplay
        var next: UInt64
        var bytes: UInt64
    }

    private var journals: [Journal] = []
    /// The journal that counts for a session, and with which generation.
    private var homes: [UInt64: (journal: Int, generation: UInt32)]?

    package init() {}

    /// - Parameters:
    ///   - next: The log's next offset.
    ///   - bytes: Of the log.
    package mutating func begin(_ log: LogID, next: UInt64, bytes: UInt64) {
        precondition(self.homes == nil, "a journal is read after its sessions were placed")
        self.journals.append(Journal(replay: JournalReplay(log: log), next: next, bytes: bytes))
    }

    /// The next records of the log that was begun last.
    ///
    /// - Throws: ``StorageFailure`` of kind `damaged`. The broker must not be started then.
    package mutating func read(_ read: LogRead) throws(StorageFailure) {
        try self.journals[self.journals.count - 1].replay.read(read)
    }

    /// The shard in whose journal the session is; it may be more than there are now.
    package mutating func home(of session: UInt64) -> Int? {
        self.findHomes()[session].map { Int(self.journals[$0.journal].replay.log.owner) }
    }

    private mutating func findHomes() -> [UInt64: (journal: Int, generation: UInt32)] {
        if let homes = self.homes { return homes }
        var homes: [UInt64: (journal: Int, generation: UInt32)] = [:]
        for (index, journal) in self.journals.enumerated() {
            for (number, session) in journal.replay.sessions where session.generation > 0 {
                if homes[number].map({ session.generation > $0.generation }) ?? true {
                    homes[number] = (index, session.generation)
                }
            }
        }
        self.homes = homes
        return homes
    }

    // MARK: Restoring

    /// Begins a journal on every shard, fills sessions, and routes what was taken in and not routed.
    ///
    /// Called once, with sessions loaded and no loop running. Journals of shards that there are no more are removed as soon as those
    /// that take over have stored what is in them.
    ///
    /// - Parameter minimumBytes: Below that a journal is not cleaned.
    @discardableResult
    package mutating func restore(into servers: [MQTTShard], minimumBytes: UInt64 = 8 << 20) -> Report {
        let homes = self.findHomes()
        var report = Report()
        let positions = self.positions()
        for (shard, server) in servers.enumerated() {
            let own = self.journals.first { $0.replay.log.owner == UInt64(shard) }
            let journal = ShardJournal(
                server,
                next: own?.next ?? 0,
                bytes: own?.bytes ?? 0,
                lastMessage: own?.replay.lastMessage ?? 0
            )
            journal.space.minimum = minimumBytes
            server.journal = journal
            journal.intents.begin(after: positions.last[UInt8(shard)] ?? 0)
            for (origin, sequence) in own?.replay.taken.sorted(by: { $0.key < $1.key }) ?? [] {
                journal.setTaken(JournalPosition(origin: origin, sequence: sequence))
            }
            // Of shards that there are no more too: they may be there again one day, and must not begin anew.
            for (origin, sequence) in positions.done.sorted(by: { $0.key < $1.key })
            where Int(origin) % servers.count == shard {
                journal.setDone(JournalPosition(origin: origin, sequence: sequence))
            }
            self.fill(server, journal, homes, &report)
        }
        self.restoreIntents(into: servers, positions.done, &report)
        self.removeForeign(servers)
        self.journals = []
        for server in servers { server.journal?.intents.route() }
        return report
    }

    /// Per origin, over all journals: what is done, and the highest number that was given.
    private func positions() -> (done: [UInt8: UInt64], last: [UInt8: UInt64]) {
        var (done, last, taken): ([UInt8: UInt64], [UInt8: UInt64], [UInt8: UInt64]) = ([:], [:], [:])
        for journal in self.journals {
            done.merge(journal.replay.done, uniquingKeysWith: max)
            taken.merge(journal.replay.taken, uniquingKeysWith: max)
            for intent in journal.replay.intents {
                last[intent.position.origin] = max(last[intent.position.origin] ?? 0, intent.position.sequence)
            }
        }
        last.merge(done, uniquingKeysWith: max)
        last.merge(taken, uniquingKeysWith: max)
        return (done, last)
    }

    private func fill(
        _ server: MQTTShard,
        _ journal: ShardJournal,
        _ homes: [UInt64: (journal: Int, generation: UInt32)],
        _ report: inout Report
    ) {
        var sessions: [MQTTSession] = []
        server.sessions.forEach { _, session in sessions.append(session) }
        // Messages that several sessions wait for are kept once.
        var slots: [[UInt64: MessageSlot]] = Array(repeating: [:], count: self.journals.count)
        for session in sessions.sorted(by: { $0.number < $1.number }) {
            guard let home = homes[session.number], let stored = self.session(session.number, of: home.journal) else {
                session.takenElsewhere = [:]
                journal.makeHome(session)
                continue
            }
            let replay = self.journals[home.journal].replay
            let isOwn = replay.log == journal.writer.log
            session.journalGeneration = home.generation
            if !isOwn { session.takenElsewhere = replay.taken }
            if !stored.isEmpty { report.sessions += 1 }
            report.entries += session.restore(stored) { message in
                if let known = slots[home.journal][message] {
                    server.shard.messages.retain(known)
                    return known
                }
                guard let slot = self.keep(message, of: home.journal, on: server, isOwn: isOwn) else {
                    report.missing += 1
                    return nil
                }
                slots[home.journal][message] = slot
                return slot
            }
            if !isOwn { journal.adopt(session) }
        }
    }

    private func session(_ number: UInt64, of journal: Int) -> JournalReplay.Session? {
        self.journals[journal].replay.sessions[number]
    }

    private func keep(_ message: UInt64, of journal: Int, on server: MQTTShard, isOwn: Bool) -> MessageSlot? {
        guard let stored = self.journals[journal].replay.messages[message] else { return nil }
        let slot = server.shard.keep(StoredMessage(stored, on: server.shard))
        if isOwn { server.shard.messages.setJournalNumber(message, slot) }
        return slot
    }

    /// Each origin's go on at one shard, in their order.
    private func restoreIntents(into servers: [MQTTShard], _ done: [UInt8: UInt64], _ report: inout Report) {
        var left: [JournalPosition: (journal: Int, intent: JournalIntent)] = [:]
        for (index, journal) in self.journals.enumerated() {
            for intent in journal.replay.intents where intent.position.sequence > done[intent.position.origin] ?? 0 {
                left[intent.position] = (index, intent)
            }
        }
        var sessions: [UInt64: MQTTSession] = [:]
        if !left.isEmpty {
            for server in servers { server.sessions.forEach { _, session in sessions[session.number] = session } }
        }
        for (position, (index, intent)) in left.sorted(by: { $0.key < $1.key }) {
            let server = servers[Int(position.origin) % servers.count]
            guard let journal = server.journal, let message = self.journals[index].replay.messages[intent.message]
            else {
                report.missing += 1
                continue
            }
            let slot = server.shard.keep(StoredMessage(message, on: server.shard))
            let session = sessions[intent.session]
            let publisher = session.flatMap { $0.shard === server.shard ? $0.address : nil }
            report.intents += 1
            journal.intents.restore(
                PublishIntents.Intent(
                    position: position,
                    slot: slot,
                    publisher: publisher ?? .none,
                    session: intent.session,
                    packetID: 0
                )
            )
        }
    }

    private func removeForeign(_ servers: [MQTTShard]) {
        let foreign = self.journals.map(\.replay.log).filter { $0.owner >= UInt64(servers.count) }
        if foreign.isEmpty { return }
        let left = LeftJournals(foreign, shards: servers.count)
        for server in servers {
            server.shard.store(.journal)
            server.journal?.whenStored(.leave(left))
        }
    }
}

/// Journals that go when all shards have stored what they took over.
final class LeftJournals: Sendable {
    private let logs: [LogID]
    private let open: Atomic<Int>

    init(_ logs: [LogID], shards: Int) {
        self.logs = logs
        self.open = Atomic(shards)
    }

    /// A shard has stored its part; the last one removes them.
    func stored(on shard: ShardState) {
        guard self.open.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        for log in self.logs { shard.store(.journal, .remove(log)) }
    }
}

extension StoredMessage {
    fileprivate init(_ message: JournalMessage, on shard: ShardState) {
        let header = message.topicCount + message.headerCount
        let block = message.block
        var expiry: UInt64 = 0
        if message.expiresAt != 0 {
            let wall = shard.wallNow
            expiry = max(1, message.expiresAt > wall ? shard.now + (message.expiresAt - wall) : shard.now)
        }
        let view = MessageView(
            topic: block.span(0..<message.topicCount),
            header: block.span(message.topicCount..<header),
            payload: block.span(header..<block.count),
            qos: message.qos,
            retain: message.retain,
            expiry: expiry,
            namespace: Namespace(message.namespace)
        )
        self.init(
            block: block,
            topic: 0..<message.topicCount,
            header: message.topicCount..<header,
            payload: header..<block.count,
            like: view
        )
    }
}
