import Bytes
import LogFormat
package import Machine

/// Writes one shard's session journal, burst by burst: no more than a few stores into a block for a settlement.
package struct JournalWriter: ~Copyable {
    package let log: LogID
    /// Offset that the next record gets.
    package private(set) var next: UInt64
    /// Bytes of records so far.
    package private(set) var written: UInt64 = 0
    private var records = LogRecordWriter()
    /// The entries of the message under way. In memory of our own: an array would look who else has it at each byte.
    private var entries = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)
    private var entryBytes = 0
    private var entryCount = 0

    package init(log: LogID, next: UInt64) {
        self.log = log
        self.next = next
    }

    deinit { self.entries.deallocate() }

    package var isEmpty: Bool { self.records.isEmpty }
    /// Of the records that were not handed out yet.
    package var bytes: Int { self.records.bytes }

    /// What the burst has for the log.
    ///
    /// - Parameter time: Milliseconds since 1970.
    package mutating func finish(time: UInt64) -> LogAppend? {
        if self.records.isEmpty { return nil }
        let count = self.records.count
        let summary = self.records.summary
        return LogAppend(
            log: self.log,
            first: self.next - UInt64(count),
            count: count,
            time: time,
            records: self.records.finish(isKept: false),
            summary: summary
        )
    }

    // MARK: Towards clients

    /// Gathers an entry of one message; ``endEntries(of:)`` writes them all.
    package mutating func add(_ entry: borrowing JournalEntry) {
        self.add(
            entry.session,
            entry.number,
            entry.qos,
            entry.retain,
            entry.state,
            entry.packetID,
            entry.identifiers.span
        )
    }

    /// The same without a value of its own for each of a fan-out.
    package mutating func add(
        _ session: UInt64,
        _ number: UInt32,
        _ qos: UInt8,
        _ retain: Bool,
        _ state: JournalEntry.State,
        _ packetID: UInt16,
        _ identifiers: Span<UInt32>
    ) {
        let most = JournalWriter.entryBytes + identifiers.count * 5
        if self.entries.count - self.entryBytes < most { self.makeRoom(for: most) }
        self.entryCount += 1
        let start = self.entries.baseAddress.unsafelyUnwrapped
        var pen = Pen(start + self.entryBytes)
        pen.put(session)
        pen.put(UInt64(number))
        var flags = qos | state.rawValue &<< EntryFlags.stateShift
        if retain { flags |= EntryFlags.retain }
        if !identifiers.isEmpty { flags |= EntryFlags.identifiers }
        pen.put(flags)
        if state != .waiting { pen.put(packetID) }
        if !identifiers.isEmpty {
            pen.put(UInt64(identifiers.count))
            for index in identifiers.indices { pen.put(UInt64(identifiers[index])) }
        }
        self.entryBytes = pen.distance(from: start)
    }

    /// Of an entry at most, but for its identifiers: session, number, flags, packet identifier, count of identifiers.
    private static let entryBytes = 10 + 5 + 1 + 2 + 10
    /// What room for entries a burst leaves behind.
    private static let keptEntryBytes = 4_096

    private mutating func makeRoom(for bytes: Int) {
        let larger = Room.allocate(capacity: max(self.entries.count * 2, self.entryBytes + bytes))
        _ = larger.update(fromContentsOf: self.entries[..<self.entryBytes])
        self.entries.deallocate()
        self.entries = larger
    }

    /// - Parameter message: Its number, given once in this journal; 0 for entries that are released.
    package mutating func endEntries(of message: UInt64) {
        let count = UInt64(self.entryCount)
        let entries = UnsafeBufferPointer(start: self.entries.baseAddress, count: self.entryBytes)
        let bytes = 1 + width(message) + width(count) + entries.count
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(JournalRecord.Kind.entries.rawValue)
            pen.put(message)
            pen.put(count)
            pen.put(entries)
        }
        self.note(bytes)
        (self.entryBytes, self.entryCount) = (0, 0)
        if self.entries.count > JournalWriter.keptEntryBytes {
            self.entries.deallocate()
            self.entries = .allocate(capacity: 256)
        }
    }

    /// The message that entries or an intent are about: behind them, and in the same burst.
    package mutating func body(
        _ message: UInt64,
        topic: Span<UInt8>,
        header: Span<UInt8>,
        payload: Span<UInt8>,
        qos: UInt8,
        retain: Bool,
        expiresAt: UInt64,
        namespace: UInt16
    ) {
        var flags = qos
        if retain { flags |= BodyFlags.retain }
        if expiresAt != 0 { flags |= BodyFlags.expires }
        if namespace != 0 { flags |= BodyFlags.namespace }
        let (topicCount, headerCount) = (UInt64(topic.count), UInt64(header.count))
        var bytes = 2 + width(message) + width(topicCount) + width(headerCount)
        bytes += topic.count + header.count + payload.count
        if expiresAt != 0 { bytes += width(expiresAt) }
        if namespace != 0 { bytes += width(UInt64(namespace)) }
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(JournalRecord.Kind.body.rawValue)
            pen.put(message)
            pen.put(flags)
            if expiresAt != 0 { pen.put(expiresAt) }
            if namespace != 0 { pen.put(UInt64(namespace)) }
            pen.put(topicCount)
            pen.put(headerCount)
            pen.put(topic)
            pen.put(header)
            pen.put(payload)
        }
        self.note(bytes)
    }

    package mutating func sent(_ session: UInt64, _ entry: UInt32, _ packetID: UInt16) {
        let bytes = 3 + width(session) + width(UInt64(entry))
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(JournalRecord.Kind.sent.rawValue)
            pen.put(session)
            pen.put(UInt64(entry))
            pen.put(packetID)
        }
        self.note(bytes)
    }

    package mutating func released(_ session: UInt64, _ entry: UInt32) { self.pair(.released, session, UInt64(entry)) }
    package mutating func settled(_ session: UInt64, _ entry: UInt32) { self.pair(.settled, session, UInt64(entry)) }

    // MARK: From clients

    package mutating func received(_ session: UInt64, _ packetID: UInt16) { self.inbound(.received, session, packetID) }
    package mutating func completed(_ session: UInt64, _ packetID: UInt16) {
        self.inbound(.completed, session, packetID)
    }

    package mutating func intent(_ intent: JournalIntent) {
        let position = intent.position
        let bytes = 2 + width(position.sequence) + width(intent.session) + width(intent.message)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(JournalRecord.Kind.intent.rawValue)
            pen.put(position.origin)
            pen.put(position.sequence)
            pen.put(intent.session)
            pen.put(intent.message)
        }
        self.note(bytes)
    }

    package mutating func done(_ position: JournalPosition) { self.write(.done, position) }
    package mutating func taken(_ position: JournalPosition) { self.write(.taken, position) }

    // MARK: Sessions

    package mutating func home(_ session: UInt64, _ generation: UInt32) {
        self.pair(.home, session, UInt64(generation))
    }

    package mutating func ended(_ session: UInt64) {
        let bytes = 1 + width(session)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(JournalRecord.Kind.ended.rawValue)
            pen.put(session)
        }
        self.note(bytes)
    }

    // MARK: Forms

    @inline(__always)
    private mutating func pair(_ kind: JournalRecord.Kind, _ first: UInt64, _ second: UInt64) {
        let bytes = 1 + width(first) + width(second)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(kind.rawValue)
            pen.put(first)
            pen.put(second)
        }
        self.note(bytes)
    }

    private mutating func inbound(_ kind: JournalRecord.Kind, _ session: UInt64, _ packetID: UInt16) {
        let bytes = 3 + width(session)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(kind.rawValue)
            pen.put(session)
            pen.put(packetID)
        }
        self.note(bytes)
    }

    private mutating func write(_ kind: JournalRecord.Kind, _ position: JournalPosition) {
        let bytes = 2 + width(position.sequence)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var pen = Pen(room)
            pen.put(kind.rawValue)
            pen.put(position.origin)
            pen.put(position.sequence)
        }
        self.note(bytes)
    }

    @inline(__always) private mutating func note(_ bytes: Int) {
        self.next &+= 1
        self.written &+= UInt64(truncatingIfNeeded: bytes) &+ 2
    }
}

private typealias Room = UnsafeMutableBufferPointer<UInt8>

/// Bytes of a number as a varint.
@inline(__always) private func width(_ value: UInt64) -> Int {
    value < 0x80 ? 1 : (70 &- value.leadingZeroBitCount) / 7
}

/// Puts one thing behind the other into room that was measured before, so that nothing is checked.
private struct Pen {
    private var at: UnsafeMutablePointer<UInt8>

    @inline(__always) init(_ room: Room) { self.at = room.baseAddress.unsafelyUnwrapped }
    @inline(__always) init(_ at: UnsafeMutablePointer<UInt8>) { self.at = at }

    /// Bytes from there to here.
    @inline(__always) func distance(from start: UnsafeMutablePointer<UInt8>) -> Int { self.at - start }

    @inline(__always) mutating func put(_ byte: UInt8) {
        self.at.pointee = byte
        self.at += 1
    }

    @inline(__always) mutating func put(_ packetID: UInt16) {
        self.at.pointee = UInt8(truncatingIfNeeded: packetID >> 8)
        (self.at + 1).pointee = UInt8(truncatingIfNeeded: packetID)
        self.at += 2
    }

    @inline(__always) mutating func put(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.put(UInt8(truncatingIfNeeded: rest))
    }

    @inline(__always) mutating func put(_ bytes: Span<UInt8>) {
        if bytes.isEmpty { return }
        bytes.withUnsafeBufferPointer { self.put($0) }
    }

    @inline(__always) mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.at.update(from: bytes.baseAddress.unsafelyUnwrapped, count: bytes.count)
        self.at += bytes.count
    }
}
