import Bytes
import Core
import Machine
import SessionJournal

/// A shard's session journal: what its kept sessions have under way is written here, burst by burst, and what must not happen before
/// it is stored waits here.
///
/// Stating anew what is alive, so that the log stays short, is in `ShardJournal+Cleaning`; messages of quality of service 2 that are
/// on their way in are in ``PublishIntents``.
final class ShardJournal: StoreWaiter {
    unowned let server: MQTTShard
    let shard: ShardState
    var writer: JournalWriter
    lazy var intents = PublishIntents(self)
    /// The message whose entries are being gathered.
    private var open = MessageSlot.none
    var lastMessage: UInt64 = 0
    /// Per origin: what sessions of this shard have of its messages, in this journal or in the batch under way.
    private var taken = [UInt64](repeating: 0, count: 256)
    /// Per origin that this shard routes for.
    private var done = [UInt64](repeating: 0, count: 256)
    /// Origins whose numbers are to be written with this burst.
    private var changedTaken: Set<UInt8> = []
    private var changedDone: Set<UInt8> = []
    /// The message that was taken last: all of this shard's sessions may have it.
    private var current: UInt64 = 0

    /// What is to be done when something is stored.
    enum Step {
        case send(SubscriberAddress, packetID: UInt16, entry: UInt32, generation: UInt32)
        case release(SubscriberAddress, packetID: UInt16, entry: UInt32)
        case routeIntents(Int)
        case goOnCleaning
        case leave(LeftJournals)
    }
    private var steps: [Step] = []
    private var waiting = FIFO<(receipt: Receipt, steps: [Step])>()
    private var isWaiting = false

    // Records that nobody waits for: settlements, and what is sent at quality of service 1.
    /// When the oldest came that was not handed over yet, in milliseconds of the shard's clock.
    private var heldSince: UInt64?
    /// Milliseconds that they wait for something that somebody waits for.
    static let patience: UInt64 = 5
    /// Bytes of them that may wait.
    private static let heldBytes = 64 << 10

    // Cleaning.
    var space = JournalSpace()
    var cleaning: Cleaning?
    /// The next append is the first of a cleaning.
    var beginsCleaning = false
    /// Bytes that the log had at the start: short lives of fluxd add up too.
    private let inherited: UInt64

    /// - Parameters:
    ///   - next: The log's next offset.
    ///   - bytes: Of the log.
    ///   - lastMessage: The highest number that a message has in the log.
    init(_ server: MQTTShard, next: UInt64, bytes: UInt64, lastMessage: UInt64) {
        self.server = server
        self.inherited = bytes
        self.shard = server.shard
        self.lastMessage = lastMessage
        self.writer = JournalWriter(log: LogID(owner: UInt64(server.shard.index), part: .sessions), next: next)
    }

    // MARK: Entries

    /// A session has to get a message.
    @inline(__always)
    func add(
        _ slot: MessageSlot,
        of session: MQTTSession,
        _ number: UInt32,
        _ qos: UInt8,
        _ retain: Bool,
        _ state: JournalEntry.State,
        _ packetID: UInt16,
        _ identifier: UInt32
    ) {
        if slot != self.open { self.begin(slot) }
        self.shard.store(.journal)
        if identifier == 0 { return self.writer.add(session.number, number, qos, retain, state, packetID, Span()) }
        let identifiers = session.identifiers(identifier)
        self.writer.add(session.number, number, qos, retain, state, packetID, identifiers.span)
    }

    private func begin(_ slot: MessageSlot) {
        self.close()
        self.open = slot
        self.shard.messages.retain(slot)
    }

    /// Writes the entries that were gathered: before anything else is written, which might be about them.
    private func close() {
        if self.open == .none { return }
        let slot = self.open
        self.open = .none
        let (number, isNew) = self.number(of: slot)
        self.writer.endEntries(of: number)
        if isNew { self.shard.messages.withView(slot) { self.writeBody(number, $0) } }
        self.shard.release(slot)
    }

    private func number(of slot: MessageSlot) -> (UInt64, isNew: Bool) {
        let known = self.shard.messages.journalNumber(slot)
        if known != 0 { return (known, false) }
        self.lastMessage += 1
        self.shard.messages.setJournalNumber(self.lastMessage, slot)
        return (self.lastMessage, true)
    }

    func writeBody(_ number: UInt64, _ message: borrowing MessageView) {
        self.writer.body(
            number,
            topic: message.topic,
            header: message.header,
            payload: message.payload,
            qos: message.qos,
            retain: message.retain,
            expiresAt: message.expiry == 0 ? 0 : self.shard.broker.wall(at: message.expiry),
            namespace: message.namespace.number
        )
    }

    /// The session is this journal's from here on, whatever others say of it.
    func makeHome(_ session: MQTTSession) {
        session.journalGeneration += 1
        self.write { $0.home(session.number, session.journalGeneration) }
    }

    /// One record that may be about something that was gathered.
    func write(_ body: (inout JournalWriter) -> Void) {
        self.close()
        self.shard.store(.journal)
        body(&self.writer)
    }

    /// Nobody waits for that to be stored, so it goes with what comes next: a client's acknowledgements come in reads of their own,
    /// and would be a write each, with a wake-up of the volume's writer and one of this loop.
    func settled(_ session: MQTTSession, _ number: UInt32) {
        self.close()
        self.writer.settled(session.number, number)
    }

    /// What waited is under way to the client. At quality of service 1 that goes out at once, and nobody waits here either.
    func sent(_ session: MQTTSession, _ number: UInt32, _ packetID: UInt16, _ qos: UInt8) {
        self.close()
        if qos == 2 { self.shard.store(.journal) }
        self.writer.sent(session.number, number, packetID)
    }

    func received(_ session: MQTTSession, _ packetID: UInt16) {
        self.write { $0.received(session.number, packetID) }
    }

    func completed(_ session: MQTTSession, _ packetID: UInt16) { self.write { $0.completed(session.number, packetID) } }

    /// Nothing of the session counts any more.
    func ended(_ session: MQTTSession) {
        self.write { $0.ended(session.number) }
    }

    // MARK: Once

    /// Whether sessions of this shard may keep a message: not if it was routed to them before, by an earlier run of the broker.
    func takes(_ bits: UInt64) -> Bool {
        if bits == self.current { return true }
        guard let position = JournalPosition(bits: bits) else { return true }
        if position.sequence <= self.taken[Int(position.origin)] { return false }
        self.taken[Int(position.origin)] = position.sequence
        self.changedTaken.insert(position.origin)
        self.current = bits
        return true
    }

    func setTaken(_ position: JournalPosition) {
        self.taken[Int(position.origin)] = max(self.taken[Int(position.origin)], position.sequence)
        self.changedTaken.insert(position.origin)
    }

    func setDone(_ position: JournalPosition) {
        self.done[Int(position.origin)] = max(self.done[Int(position.origin)], position.sequence)
        self.changedDone.insert(position.origin)
        self.shard.store(.journal)
    }

    func intend(_ position: JournalPosition, _ session: UInt64, _ slot: MessageSlot) {
        let (number, isNew) = self.number(of: slot)
        self.write { $0.intent(JournalIntent(position: position, session: session, message: number)) }
        if isNew { self.shard.messages.withView(slot) { self.writeBody(number, $0) } }
    }

    /// Says again how far every origin's messages are taken and done.
    func statePositions() {
        for origin in UInt8.min...UInt8.max {
            if self.taken[Int(origin)] != 0 { self.changedTaken.insert(origin) }
            if self.done[Int(origin)] != 0 { self.changedDone.insert(origin) }
        }
    }

    // MARK: Bursts

    /// Has a step done when what this burst writes is stored.
    func whenStored(_ step: Step) {
        if case .routeIntents(let more) = step, case .routeIntents(let count)? = self.steps.last {
            self.steps[self.steps.count - 1] = .routeIntents(count + more)
        } else {
            self.steps.append(step)
        }
    }

    /// The burst ends: one append has it all.
    func endOfBurst() {
        self.close()
        if !self.changedTaken.isEmpty || !self.changedDone.isEmpty { self.shard.store(.journal) }
        for origin in self.changedTaken.sorted() {
            self.writer.taken(JournalPosition(origin: origin, sequence: self.taken[Int(origin)]))
        }
        for origin in self.changedDone.sorted() {
            self.writer.done(JournalPosition(origin: origin, sequence: self.done[Int(origin)]))
        }
        self.changedTaken.removeAll(keepingCapacity: true)
        self.changedDone.removeAll(keepingCapacity: true)
        if !self.holdsBack(), var append = self.writer.finish(time: self.shard.wallNow) {
            append.beginsSegment = self.beginsCleaning
            self.beginsCleaning = false
            self.shard.store(.journal, .append(append))
            self.considerCleaning()
        }
        if self.steps.isEmpty { return }
        self.waiting.append((self.shard.receipt(for: .journal), self.steps))
        self.steps = []
        self.wait()
    }

    /// Whether there is nothing that somebody waits for, and what there is may wait a little longer.
    private func holdsBack() -> Bool {
        if self.writer.isEmpty || self.server.isShuttingDown || self.shard.hasStores(.journal)
            || self.writer.bytes > ShardJournal.heldBytes
        {
            self.heldSince = nil
            return false
        }
        let since = self.heldSince ?? self.shard.now
        let due = since + ShardJournal.patience
        self.heldSince = self.shard.now < due ? since : nil
        if self.heldSince != nil { self.shard.wantTick(at: due) }
        return self.heldSince != nil
    }

    private func wait() {
        guard !self.isWaiting, let first = self.waiting.first else { return }
        self.isWaiting = true
        self.shard.waitForStore(self, until: first.receipt)
    }

    func progressed() {
        self.isWaiting = false
        while let first = self.waiting.first, self.shard.isSettled(first.receipt) {
            _ = self.waiting.removeFirst()
            for step in first.steps { self.perform(step) }
        }
        self.wait()
    }

    private func perform(_ step: Step) {
        switch step {
        case .send(let address, let packetID, let entry, let generation):
            self.session(at: address)?.sendStored(packetID, entry, generation)
        case .release(let address, let packetID, let entry):
            self.session(at: address)?.releaseStored(packetID, entry)
        case .routeIntents(let count): self.intents.stored(count)
        case .goOnCleaning: self.cleaningStored()
        case .leave(let journals): journals.stored(on: self.shard)
        }
    }

    /// Bytes of the log, what was trimmed from it since the start included.
    var written: UInt64 { self.inherited + self.writer.written }

    func session(at address: SubscriberAddress) -> MQTTSession? {
        guard let session = self.shard.subscriber(at: address) as? MQTTSession, !session.isEnding else { return nil }
        return session
    }
}

@available(*, unavailable)
extension ShardJournal: Sendable {}
