import Core
import Machine
import SessionJournal

/// States anew what is alive, slice by slice, so that all that was written before may go.
///
/// Sessions go first, then intents, then the messages that they are about: a message is needed where somebody is known to wait for
/// it. What happens meanwhile is written as always; it is behind the mark anyway.
extension ShardJournal {
    struct Cleaning {
        enum Stage {
            /// From a subscriber's slot on.
            case sessions(from: Int)
            /// The queue of one session from behind an entry, and then the sessions behind it.
            case queue(SubscriberAddress, after: UInt32, then: Int)
            /// Messages from a slot of the table on.
            case messages(from: Int)
            case storing
        }
        var stage = Stage.sessions(from: 0)
        /// Messages with higher numbers came behind the mark.
        var lastMessage: UInt64
        /// A slice is not stored yet: there is never more than one.
        var isHeld = false
    }
    /// Entries and bytes of messages in one slice: about 100 us.
    private static let sliceEntries = 512
    private static let sliceBytes = 256 << 10

    func considerCleaning() {
        let alive = UInt64(self.shard.messages.journalWeight)
        if self.space.isDue(written: self.written, alive: alive) { self.beginCleaning() }
    }

    private func beginCleaning() {
        self.space.begin(written: self.written, next: self.writer.next)
        self.beginsCleaning = true
        self.cleaning = Cleaning(lastMessage: self.lastMessage)
        self.statePositions()
        self.shard.store(.journal)
        self.shard.effects.hasMore = true
    }

    /// Whether a slice may be done now.
    var wantsCleaning: Bool { self.cleaning.map { !$0.isHeld } ?? false }

    func cleaningSlice() {
        guard var cleaning = self.cleaning, !cleaning.isHeld else { return }
        let before = self.writer.written
        var budget = ShardJournal.sliceEntries
        while budget > 0 {
            switch cleaning.stage {
            case .sessions(let slot): cleaning.stage = self.stateSession(at: slot, &budget)
            case .queue(let address, let entry, let next):
                cleaning.stage = self.stateQueue(of: address, after: entry, then: next, &budget)
            case .messages(let slot):
                cleaning.stage = self.stateMessages(from: slot, through: cleaning.lastMessage)
                budget = 0
            case .storing: budget = 0
            }
        }
        self.space.state(self.writer.written - before)
        cleaning.isHeld = true
        self.cleaning = cleaning
        self.shard.store(.journal)
        self.whenStored(.goOnCleaning)
    }

    /// The slice is stored.
    func cleaningStored() {
        self.cleaning?.isHeld = false
        if case .storing? = self.cleaning?.stage {
            self.cleaning = nil
            if let mark = self.space.finish() { self.shard.store(.journal, .trim(self.writer.log, before: mark)) }
        } else {
            self.shard.effects.hasMore = true
        }
    }

    private func stateSession(at slot: Int, _ budget: inout Int) -> Cleaning.Stage {
        var found: MQTTSession?
        budget -= 1
        let next = self.shard.forEachSubscriber(from: slot, limit: 1) { subscriber in
            guard let session = subscriber as? MQTTSession, !session.isEnding else { return }
            if session.isKept { found = session }
        }
        if let session = found {
            self.write { $0.home(session.number, session.journalGeneration) }
            return .queue(session.address, after: session.queue.beforeFirst, then: slot + 1)
        }
        if let next { return .sessions(from: next) }
        self.intents.state()
        return .messages(from: 0)
    }

    private func stateQueue(
        of address: SubscriberAddress,
        after entry: UInt32,
        then next: Int,
        _ budget: inout Int
    ) -> Cleaning.Stage {
        guard let session = self.session(at: address), session.isKept else { return .sessions(from: next) }
        let entries = session.queue.entries(after: entry, limit: budget)
        self.stateQueue(entries, of: session)
        budget -= entries.count + 1
        if budget > 0 || entries.isEmpty {
            // Last, since what waits may only go from there into the window.
            budget -= self.stateWindow(of: session)
            return .sessions(from: next)
        }
        return .queue(address, after: entries.last?.ticket ?? entry, then: next)
    }

    private func stateQueue(_ entries: ArraySlice<MessageQueue.Entry>, of session: MQTTSession) {
        for entry in entries {
            self.add(entry.slot, of: session, entry.ticket, entry.qos, entry.retain, .waiting, 0, entry.identifier)
        }
    }

    /// What is under way to a client, and what came from it.
    ///
    /// - Returns: How much that was.
    private func stateWindow(of session: MQTTSession) -> Int {
        let entries = session.window.inOrder
        for entry in entries {
            switch entry.state {
            case .free: break
            case .awaitingPuback, .unsent, .awaitingPubrec:
                if entry.slot == .none { continue }  // a queue has it
                let qos: UInt8 = entry.state == .awaitingPuback ? 1 : 2
                self.add(
                    entry.slot,
                    of: session,
                    entry.sequence,
                    qos,
                    entry.retain,
                    .sent,
                    entry.packetID,
                    entry.identifier
                )
            case .unreleased, .awaitingPubcomp:
                self.write { writer in
                    writer.add(session.number, entry.sequence, 2, entry.retain, .released, entry.packetID, Span())
                    writer.endEntries(of: 0)
                }
            }
        }
        session.received.forEach { packetID in
            if session.isInJournal(packetID) { self.write { $0.received(session.number, packetID) } }
        }
        return entries.count + session.received.count
    }

    private func stateMessages(from slot: Int, through last: UInt64) -> Cleaning.Stage {
        let before = self.writer.written
        self.write { _ in }
        let next = self.shard.messages.forEachInJournal(from: slot, limit: 4_096) { number, message in
            if number <= last { message.withView { self.writeBody(number, $0) } }
            return self.writer.written - before < UInt64(ShardJournal.sliceBytes)
        }
        return next.map { .messages(from: $0) } ?? .storing
    }

    /// Takes a session over from another journal, with all it has; that it counts is said last. Before any loop runs.
    func adopt(_ session: MQTTSession) {
        self.stateQueue(session.queue.entries(after: session.queue.beforeFirst, limit: .max), of: session)
        _ = self.stateWindow(of: session)
        self.makeHome(session)
    }
}
