import Bytes
import LogFormat
import Machine
import SessionJournal
import Simulation
import Testing

/// Reads what a writer appended, as storage would hand it out.
func read(_ append: LogAppend) throws -> LogRead {
    var entries: [LogRead.Entry] = []
    let batch = LogBatch(
        flags: [],
        storedBytes: append.records.count,
        rawBytes: append.records.count,
        count: append.count,
        lastOffsetDelta: UInt32(append.count - 1),
        synced: 0,
        baseOffset: append.first,
        baseTime: append.time,
        maximumTime: append.time
    )
    try batch.read(append.records, 0..<append.records.count, from: 0, into: &entries)
    return LogRead(block: append.records, entries: entries, next: append.first + UInt64(append.count))
}

extension JournalWriter {
    mutating func body(_ message: UInt64, _ text: String, expiresAt: UInt64 = 0, namespace: UInt16 = 0) {
        let (topic, header, payload) = (Array("t/\(message)".utf8), [UInt8]([1, 2, 3]), Array(text.utf8))
        self.body(
            message,
            topic: topic.span,
            header: header.span,
            payload: payload.span,
            qos: 2,
            retain: true,
            expiresAt: expiresAt,
            namespace: namespace
        )
    }
}

@Suite("Session journal: records")
struct RecordTests {
    private func decoded(_ write: (inout JournalWriter) -> Void) throws -> [JournalRecord] {
        var writer = JournalWriter(log: LogID(owner: 3, part: .sessions), next: 10)
        write(&writer)
        guard let append = writer.finish(time: 5) else { return [] }
        let found = try read(append)
        return try found.entries.map { try JournalRecord(found.block.span($0.body)) }
    }

    @Test("entries come back as they were written, whatever they have")
    func entries() throws {
        let entries = [
            JournalEntry(session: 1, number: 0, qos: 1, retain: false),
            JournalEntry(session: .max, number: .max, qos: 2, retain: true, state: .sent, packetID: 65_535),
            JournalEntry(session: 300, number: 7, qos: 2, retain: false, state: .released, packetID: 1),
            JournalEntry(session: 2, number: 8, qos: 1, retain: true, identifiers: [1, 268_435_455, 0x7FFF_FFFF]),
        ]
        let records = try self.decoded { writer in
            for entry in entries { writer.add(entry) }
            writer.endEntries(of: 99)
        }
        guard case .entries(99, let found)? = records.first, records.count == 1 else {
            Issue.record("found \(records)")
            return
        }
        #expect(found == entries)
    }

    @Test("a body comes back with all it had", arguments: [0, 1_700_000_000_000] as [UInt64], [0, 9] as [UInt16])
    func body(expiresAt: UInt64, namespace: UInt16) throws {
        let records = try self.decoded { $0.body(1 << 40, "hello", expiresAt: expiresAt, namespace: namespace) }
        guard case .body(let number, let message)? = records.first else {
            Issue.record("found \(records)")
            return
        }
        #expect(number == 1 << 40)
        #expect(message.expiresAt == expiresAt && message.namespace == namespace)
        #expect(message.qos == 2 && message.retain)
        let header = message.topicCount + message.headerCount
        #expect(message.block.span(0..<message.topicCount).copied() == Array("t/\(UInt64(1) << 40)".utf8))
        #expect(message.block.span(message.topicCount..<header).copied() == [1, 2, 3])
        #expect(message.block.span(header..<message.block.count).copied() == Array("hello".utf8))
    }

    @Test("a settlement of a session among the first two million is ten bytes at most")
    func sizes() {
        var writer = JournalWriter(log: LogID(owner: 0, part: .sessions), next: 0)
        writer.settled(2_000_000, 250_000)
        let append = writer.finish(time: 0)
        #expect(append?.records.count == 9)
        let written = writer.written
        #expect(written == 9)
    }

    @Test("appends follow each other without gaps, and a burst of nothing is none")
    func offsets() {
        var writer = JournalWriter(log: LogID(owner: 0, part: .sessions), next: 100)
        let nothing = writer.finish(time: 0)
        #expect(nothing?.count == nil)
        for count in 1...5 {
            let next = writer.next
            for number in 0..<count { writer.settled(1, UInt32(number)) }
            let append = writer.finish(time: 7)
            #expect(append?.first == next && append?.count == count && append?.time == 7)
        }
        let next = writer.next
        #expect(next == 115)
    }

    @Test("a record cut anywhere, or with a byte more, is refused and traps nowhere")
    func damage() throws {
        var writer = JournalWriter(log: LogID(owner: 0, part: .sessions), next: 0)
        writer.add(
            JournalEntry(session: 5, number: 6, qos: 2, retain: true, state: .sent, packetID: 7, identifiers: [8])
        )
        writer.endEntries(of: 300)
        writer.sent(1, 2, 3)
        writer.released(1, 2)
        writer.settled(1, 2)
        writer.received(1, 3)
        writer.completed(1, 3)
        writer.intent(JournalIntent(position: JournalPosition(origin: 1, sequence: 9), session: 1, message: 4))
        writer.done(JournalPosition(origin: 1, sequence: 9))
        writer.home(1, 1)
        writer.ended(1)
        writer.taken(JournalPosition(origin: 1, sequence: 9))
        let finished = writer.finish(time: 0)
        let append = try #require(finished)
        let found = try read(append)
        #expect(found.entries.count == 11)
        for entry in found.entries {
            let bytes = found.block.span(entry.body).copied()
            for count in 0..<bytes.count {
                let cut = Array(bytes[..<count])
                #expect(throws: JournalError.self) { _ = try JournalRecord(cut.span) }
            }
            let long = bytes + [0]
            #expect(throws: JournalError.self) { _ = try JournalRecord(long.span) }
        }
    }

    @Test("bytes that mean nothing are refused or read, and never trap", arguments: 1...20 as ClosedRange<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            var bytes = (0..<random.below(30)).map { _ in UInt8(random.below(256)) }
            if !bytes.isEmpty, random.chance(perMille: 900) { bytes[0] = UInt8(1 + random.below(12)) }
            do throws(JournalError) { _ = try JournalRecord(bytes.span) } catch { #expect(!error.description.isEmpty) }
        }
    }
}
