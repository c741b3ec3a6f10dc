import Bytes
import LogFormat
import Machine
import SessionJournal
import Simulation
import Testing

/// What a journal ought to come to, kept beside what is written into it.
private struct JournalModel: Equatable {
    struct Session: Equatable {
        var entries: [UInt32: Entry] = [:]
        var received: Set<UInt16> = []
        var isEmpty: Bool { self.entries.isEmpty && self.received.isEmpty }
    }
    struct Entry: Equatable {
        var entry: JournalEntry
        var text: String?
    }
    var sessions: [UInt64: Session] = [:]
    var intents: [JournalPosition: String] = [:]
    var taken: [UInt8: UInt64] = [:]

    /// What a replay says, in the same words.
    init(_ replay: JournalReplay) {
        func text(_ number: UInt64) -> String? {
            replay.messages[number].map { message in
                let start = message.topicCount + message.headerCount
                return String(decoding: message.block.span(start..<message.block.count).copied(), as: UTF8.self)
            }
        }
        for (number, session) in replay.sessions where !session.isEmpty {
            var found = Session()
            for (entry, message) in session.inOrder {
                found.entries[entry.number] = Entry(entry: entry, text: message == 0 ? nil : text(message) ?? "missing")
            }
            found.received = session.received
            self.sessions[number] = found
        }
        for intent in replay.intents { self.intents[intent.position] = text(intent.message) ?? "missing" }
        self.taken = replay.taken
    }

    init() {}

    func withoutEmpty() -> JournalModel {
        var copy = self
        copy.sessions = self.sessions.filter { !$0.value.isEmpty }
        return copy
    }
}

/// Does random things to a few sessions, and says after each burst what there is.
private struct Program: ~Copyable {
    var random: SeededRandom
    var writer = JournalWriter(log: LogID(owner: 1, part: .sessions), next: 0)
    var model = JournalModel()
    var lastMessage: UInt64 = 0
    var lastSequence: UInt64 = 0
    var numbers: [UInt64: UInt32] = [:]
    /// The number of each message that somebody has to get.
    var messages: [String: UInt64] = [:]

    init(seed: UInt64) { self.random = SeededRandom(seed: seed) }

    private mutating func session() -> UInt64 { UInt64(1 + self.random.below(5)) }

    private mutating func number(_ session: UInt64) -> UInt32 {
        // They wrap early on.
        let next = (self.numbers[session] ?? UInt32.max - 20) &+ 1
        self.numbers[session] = next
        return next
    }

    private mutating func publish() {
        self.lastMessage += 1
        let text = "m\(self.lastMessage)"
        var takers: Set<UInt64> = []
        for _ in 0...self.random.below(3) { takers.insert(self.session()) }
        if self.random.chance(perMille: 300) { self.intend(text) }
        for session in takers.sorted() {
            var entry = JournalEntry(
                session: session,
                number: self.number(session),
                qos: UInt8(1 + self.random.below(2)),
                retain: self.random.chance(perMille: 200)
            )
            if self.random.chance(perMille: 500) {
                (entry.state, entry.packetID) = (.sent, UInt16(1 + self.random.below(65_535)))
            }
            if self.random.chance(perMille: 200) { entry.identifiers = [3, 70_000] }
            self.writer.add(entry)
            self.model.sessions[session, default: .init()].entries[entry.number] = .init(entry: entry, text: text)
        }
        self.writer.endEntries(of: self.lastMessage)
        self.writer.body(self.lastMessage, text)
        self.messages[text] = self.lastMessage
    }

    private mutating func intend(_ text: String) {
        self.lastSequence += 1
        let position = JournalPosition(origin: 1, sequence: self.lastSequence)
        self.writer.intent(JournalIntent(position: position, session: 1, message: self.lastMessage))
        self.model.intents[position] = text
    }

    private mutating func anyEntry() -> (UInt64, JournalModel.Entry)? {
        let session = self.session()
        guard let entries = self.model.sessions[session]?.entries, !entries.isEmpty else { return nil }
        let number = entries.keys.sorted()[self.random.below(entries.count)]
        return entries[number].map { (session, $0) }
    }

    private mutating func change() {
        guard let found = self.anyEntry() else { return }
        let session = found.0
        var known = found.1
        let number = known.entry.number
        switch self.random.below(4) {
        case 0 where known.entry.state == .waiting:
            known.entry.state = .sent
            known.entry.packetID = UInt16(1 + self.random.below(65_535))
            self.writer.sent(session, number, known.entry.packetID)
            self.model.sessions[session]?.entries[number] = known
        case 1 where known.entry.state == .sent:
            (known.entry.state, known.entry.identifiers, known.text) = (.released, [], nil)
            self.writer.released(session, number)
            self.model.sessions[session]?.entries[number] = known
        default:
            self.writer.settled(session, number)
            self.model.sessions[session]?.entries[number] = nil
        }
    }

    private mutating func step() {
        switch self.random.below(12) {
        case 0...3: self.publish()
        case 4...7: self.change()
        case 8:
            let (session, packetID) = (self.session(), UInt16(1 + self.random.below(30)))
            if self.model.sessions[session, default: .init()].received.remove(packetID) != nil {
                self.writer.completed(session, packetID)
            } else {
                self.writer.received(session, packetID)
                self.model.sessions[session, default: .init()].received.insert(packetID)
            }
        case 9:
            guard let first = self.model.intents.keys.min() else { return }
            let last = JournalPosition(origin: 1, sequence: first.sequence + UInt64(self.random.below(2)))
            guard last.sequence <= self.lastSequence else { return }
            self.writer.done(last)
            self.model.intents = self.model.intents.filter { $0.key > last }
        case 10:
            let position = JournalPosition(
                origin: UInt8(self.random.below(3)),
                sequence: UInt64(1 + self.random.below(500))
            )
            self.writer.taken(position)
            self.model.taken[position.origin] = max(self.model.taken[position.origin] ?? 0, position.sequence)
        default:
            guard self.random.chance(perMille: 100) else { return }
            let session = self.session()
            self.writer.ended(session)
            self.model.sessions[session] = nil
        }
    }

    mutating func burst() -> LogAppend? {
        for _ in 0...self.random.below(8) { self.step() }
        return self.writer.finish(time: 0)
    }

    /// Says again all that is alive, in several bursts, with other things happening in between.
    ///
    /// - Returns: The bursts with what there was after each; all before them may go then.
    mutating func clean() -> [(LogAppend, JournalModel)] {
        var bursts: [(LogAppend, JournalModel)] = []
        func finish(_ program: inout Program) {
            if let append = program.burst() { bursts.append((append, program.model)) }
        }
        let last = self.lastMessage
        for (origin, sequence) in self.model.taken {
            self.writer.taken(JournalPosition(origin: origin, sequence: sequence))
        }
        for session in self.model.sessions.keys.sorted() {
            let known = self.model.sessions[session] ?? .init()
            for entry in known.entries.values.sorted(by: { $0.entry.number < $1.entry.number }) {
                self.writer.add(entry.entry)
                self.writer.endEntries(of: entry.text.flatMap { self.messages[$0] } ?? 0)
            }
            for packetID in known.received { self.writer.received(session, packetID) }
            finish(&self)
        }
        for (position, text) in self.model.intents.sorted(by: { $0.key < $1.key }) {
            self.writer.intent(JournalIntent(position: position, session: 1, message: self.messages[text] ?? 0))
        }
        finish(&self)
        var alive = Set(self.model.intents.values)
        for session in self.model.sessions.values { alive.formUnion(session.entries.values.compactMap(\.text)) }
        for text in alive.sorted() {
            guard let number = self.messages[text], number <= last else { continue }
            self.writer.body(number, text)
        }
        finish(&self)
        return bursts
    }
}

@Suite("Session journal: replay")
struct ReplayTests {
    private func replay(_ appends: [LogAppend], from first: UInt64 = 0) throws -> JournalReplay {
        var replay = JournalReplay(log: LogID(owner: 1, part: .sessions))
        for append in appends {
            var found = try read(append)
            found.entries.removeAll { $0.offset < first }
            try replay.read(found)
        }
        return replay
    }

    @Test("a journal cut behind any burst comes to what there was then", arguments: 1...30 as ClosedRange<UInt64>)
    func cuts(seed: UInt64) throws {
        var program = Program(seed: seed)
        var whole = JournalReplay(log: LogID(owner: 1, part: .sessions))
        for _ in 0..<300 {
            guard let append = program.burst() else { continue }
            try whole.read(try read(append))
            #expect(JournalModel(whole) == program.model.withoutEmpty())
        }
    }

    @Test(
        "what is said again is enough: a journal that begins anywhere before the mark comes to the same",
        arguments: 1...30 as ClosedRange<UInt64>
    )
    func cleaning(seed: UInt64) throws {
        var program = Program(seed: seed)
        var appends: [LogAppend] = []
        for _ in 0..<120 { if let append = program.burst() { appends.append(append) } }
        let mark = program.writer.next
        let bursts = program.clean()
        appends += bursts.map(\.0)
        // While it goes on nothing is gone, and every cut is good.
        for (count, burst) in bursts.enumerated() {
            let cut = try self.replay(Array(appends.dropLast(bursts.count - 1 - count)))
            #expect(JournalModel(cut) == burst.1.withoutEmpty())
        }
        var random = SeededRandom(seed: seed &+ 1_000)
        for _ in 0..<40 { if let append = program.burst() { appends.append(append) } }
        for first in [0, UInt64(random.below(Int(mark))), UInt64(random.below(Int(mark))), mark] {
            #expect(JournalModel(try self.replay(appends, from: first)) == program.model.withoutEmpty())
        }
    }

    @Test("messages that nobody has to get any more are not held while a journal is read")
    func memory() {
        var replay = JournalReplay(log: LogID(owner: 1, part: .sessions))
        for number in 1...1_000 as ClosedRange<UInt64> {
            let entry = JournalEntry(session: 1, number: UInt32(number), qos: 1, retain: false)
            replay.apply(.entries(message: number, [entry]))
            let block = ByteBlock.make([65])
            replay.apply(.body(message: number, JournalMessage(block: block, topicCount: 1, headerCount: 0, qos: 1)))
            replay.apply(.settled(session: 1, entry: UInt32(number)))
            #expect(replay.messages.isEmpty)
        }
        #expect(replay.lastMessage == 1_000)
    }

    @Test("entries go to the client in the order in which they came, also when their numbers wrap")
    func order() {
        var replay = JournalReplay(log: LogID(owner: 1, part: .sessions))
        var numbers = (0..<200 as Range<UInt32>).map { UInt32.max - 100 &+ $0 }
        for number in numbers {
            replay.apply(.entries(message: 1, [JournalEntry(session: 1, number: number, qos: 1, retain: false)]))
        }
        #expect(replay.sessions[1]?.inOrder.map(\.entry.number) == numbers)
        // Said again, in another order.
        for number in numbers.prefix(120).reversed() {
            replay.apply(.entries(message: 1, [JournalEntry(session: 1, number: number, qos: 1, retain: false)]))
        }
        numbers.removeFirst(50)
        for number in 0..<50 as Range<UInt32> { replay.apply(.settled(session: 1, entry: UInt32.max - 100 &+ number)) }
        #expect(replay.sessions[1]?.inOrder.map(\.entry.number) == numbers)
        #expect(replay.sessions[1]?.lastEntry == numbers.last)
    }

    @Test("a record that does not read is named with its journal and its offset")
    func unreadable() throws {
        var records = LogRecordWriter()
        records.append(after: 0, body: [5, 1, 1].span)
        records.append(after: 0, body: [200].span)
        let append = LogAppend(
            log: LogID(owner: 1, part: .sessions),
            first: 40,
            count: 2,
            time: 0,
            records: records.finish()
        )
        var replay = JournalReplay(log: append.log)
        let found = try read(append)
        let failure = #expect(throws: StorageFailure.self) { try replay.read(found) }
        #expect(failure?.kind == .damaged)
        #expect(failure?.description.hasPrefix("session journal 1, record 41: a record of kind 200") ?? false)
    }
}

@Suite("Session journal: space")
struct SpaceTests {
    @Test("a journal is said again when twice as much was written as is alive, and not before its minimum")
    func due() {
        var space = JournalSpace()
        space.minimum = 1_000
        #expect(!space.isDue(written: 1_000, alive: 0))
        #expect(space.isDue(written: 1_001, alive: 0))
        #expect(!space.isDue(written: 10_000, alive: 5_000))
        #expect(space.isDue(written: 10_001, alive: 5_000))
        space.begin(written: 10_001, next: 77)
        space.state(5_000)
        #expect(!space.isDue(written: 1_000_000, alive: 0))
        #expect(space.finish() == 77)
        #expect(!space.isDue(written: 20_001, alive: 0))  // what it took the last time counts too
        #expect(space.isDue(written: 20_002, alive: 0))
    }
}
