import Bytes
package import Machine

/// What one shard's session journal comes to, read record by record.
///
/// A message is kept while somebody has to get it, and its bytes are copied out of what was read: what is held is what is alive.
package struct JournalReplay {
    package struct Session {
        /// Of several journals the one with the highest counts; 0 where none is said.
        package fileprivate(set) var generation: UInt32 = 0
        fileprivate var entries: [UInt32: Entry] = [:]
        /// Packet identifiers of messages that came at quality of service 2 and are not released.
        package fileprivate(set) var received: Set<UInt16> = []
        /// The highest entry that was seen; numbers wrap.
        package fileprivate(set) var lastEntry: UInt32 = 0

        package var isEmpty: Bool { self.entries.isEmpty && self.received.isEmpty }

        /// In the order in which they go to the client, which is the one in which they came.
        package var inOrder: [(entry: JournalEntry, message: UInt64)] {
            self.entries.values.map { ($0.entry, $0.message) }
                .sorted { self.lastEntry &- $0.entry.number > self.lastEntry &- $1.entry.number }
        }
    }
    fileprivate struct Entry {
        var entry: JournalEntry
        var message: UInt64
    }

    package let log: LogID
    package private(set) var sessions: [UInt64: Session] = [:]
    /// Messages that somebody has to get, or that are to be routed.
    package private(set) var messages: [UInt64: JournalMessage] = [:]
    /// The highest number that was given to a message.
    package private(set) var lastMessage: UInt64 = 0
    /// Per origin: all up to here are routed and stored; and taken by what is kept in this journal.
    package private(set) var done: [UInt8: UInt64] = [:]
    package private(set) var taken: [UInt8: UInt64] = [:]
    private var owners: [UInt64: Int] = [:]
    private var allIntents: [JournalPosition: JournalIntent] = [:]
    /// The lowest sequence that an origin's intents have; those behind it follow without gaps.
    private var lowest: [UInt8: UInt64] = [:]

    package init(log: LogID) { self.log = log }

    /// Those that are not known to be routed, in their order.
    package var intents: [JournalIntent] { self.allIntents.values.sorted { $0.position < $1.position } }

    /// - Throws: ``StorageFailure`` of kind `damaged`, with the record's offset.
    package mutating func read(_ read: LogRead) throws(StorageFailure) {
        for entry in read.entries {
            do throws(JournalError) {
                self.apply(try JournalRecord(read.block.span(entry.body)))
            } catch {
                let place = "session journal \(self.log.owner), record \(entry.offset)"
                throw StorageFailure(.damaged, "\(place): \(error)")
            }
        }
    }

    package mutating func apply(_ record: JournalRecord) {
        switch record {
        case .entries(let message, let entries):
            self.lastMessage = max(self.lastMessage, message)
            for entry in entries { self.set(entry, message) }
        case .body(let message, let body):
            self.lastMessage = max(self.lastMessage, message)
            if self.owners[message] != nil { self.messages[message] = body }
        case .sent(let session, let entry, let packetID):
            self.change(session, entry) { ($0.entry.state, $0.entry.packetID) = (.sent, packetID) }
        case .released(let session, let entry): self.release(session, entry)
        case .settled(let session, let entry):
            if let old = self.sessions[session]?.entries.removeValue(forKey: entry) { self.disown(old.message) }
        case .received(let session, let packetID): self.sessions[session, default: Session()].received.insert(packetID)
        case .completed(let session, let packetID): self.sessions[session]?.received.remove(packetID)
        case .intent(let intent): self.take(intent)
        case .done(let position): self.finish(position)
        case .home(let session, let generation):
            self.sessions[session, default: Session()].generation = generation
        case .ended(let session): self.end(session)
        case .taken(let position):
            self.taken[position.origin] = max(self.taken[position.origin] ?? 0, position.sequence)
        }
    }

    private mutating func set(_ entry: JournalEntry, _ message: UInt64) {
        let old = self.sessions[entry.session]?.entries[entry.number]
        self.own(message)
        if let old { self.disown(old.message) }
        var session = Session()
        swap(&session, &self.sessions[entry.session, default: Session()])
        if session.entries.isEmpty || Int32(bitPattern: entry.number &- session.lastEntry) > 0 {
            session.lastEntry = entry.number
        }
        session.entries[entry.number] = Entry(entry: entry, message: message)
        swap(&session, &self.sessions[entry.session, default: Session()])
    }

    private mutating func change(_ session: UInt64, _ entry: UInt32, _ body: (inout Entry) -> Void) {
        guard var known = self.sessions[session]?.entries[entry] else { return }
        body(&known)
        self.sessions[session]?.entries[entry] = known
    }

    private mutating func release(_ session: UInt64, _ entry: UInt32) {
        guard let known = self.sessions[session]?.entries[entry] else { return }
        self.change(session, entry) { ($0.entry.state, $0.entry.identifiers, $0.message) = (.released, [], 0) }
        self.disown(known.message)
    }

    private mutating func end(_ session: UInt64) {
        guard let old = self.sessions.removeValue(forKey: session) else { return }
        for entry in old.entries.values { self.disown(entry.message) }
    }

    private mutating func take(_ intent: JournalIntent) {
        self.lastMessage = max(self.lastMessage, intent.message)
        let position = intent.position
        if position.sequence <= self.done[position.origin] ?? 0 { return }
        self.lowest[position.origin] = min(self.lowest[position.origin] ?? .max, position.sequence)
        self.own(intent.message)
        if let old = self.allIntents.updateValue(intent, forKey: intent.position) { self.disown(old.message) }
    }

    private mutating func finish(_ position: JournalPosition) {
        let before = self.done[position.origin] ?? 0
        if position.sequence <= before { return }
        self.done[position.origin] = position.sequence
        guard let lowest = self.lowest[position.origin], lowest <= position.sequence else { return }
        for sequence in lowest...position.sequence {
            let place = JournalPosition(origin: position.origin, sequence: sequence)
            if let intent = self.allIntents.removeValue(forKey: place) { self.disown(intent.message) }
        }
        self.lowest[position.origin] = position.sequence + 1
    }

    private mutating func own(_ message: UInt64) {
        if message != 0 { self.owners[message, default: 0] += 1 }
    }

    private mutating func disown(_ message: UInt64) {
        guard let owners = self.owners[message] else { return }
        self.owners[message] = owners > 1 ? owners - 1 : nil
        if owners == 1 { self.messages[message] = nil }
    }
}
