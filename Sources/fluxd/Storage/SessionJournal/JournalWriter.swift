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
    /// The entries of the message under way.
    private var entries: [UInt8] = []
    private var entryCount = 0

    package init(log: LogID, next: UInt64) {
        self.log = log
        self.next = next
    }

    package var isEmpty: Bool { self.records.isEmpty }

    /// What the burst has for the log.
    ///
    /// - Parameter time: Milliseconds since 1970.
    package mutating func finish(time: UInt64) -> LogAppend? {
        if self.records.isEmpty { return nil }
        let count = self.records.count
        let first = self.next - UInt64(count)
        return LogAppend(log: self.log, first: first, count: count, time: time, records: self.records.finish())
    }

    // MARK: Towards clients

    /// Gathers an entry of one message; ``endEntries(of:)`` writes them all.
    package mutating func add(_ entry: borrowing JournalEntry) {
        self.add(entry.session, entry.number, entry.qos, entry.retain, entry.state, entry.packetID, entry.identifiers)
    }

    /// The same without a value of its own for each of a fan-out.
    @inline(__always)
    package mutating func add(
        _ session: UInt64,
        _ number: UInt32,
        _ qos: UInt8,
        _ retain: Bool,
        _ state: JournalEntry.State,
        _ packetID: UInt16,
        _ identifiers: [UInt32]
    ) {
        self.entryCount += 1
        self.putEntry(session)
        self.putEntry(UInt64(number))
        var flags = qos | state.rawValue << EntryFlags.stateShift
        if retain { flags |= EntryFlags.retain }
        if !identifiers.isEmpty { flags |= EntryFlags.identifiers }
        self.entries.append(flags)
        if state != .waiting {
            self.entries.append(UInt8(packetID >> 8))
            self.entries.append(UInt8(truncatingIfNeeded: packetID))
        }
        if !identifiers.isEmpty {
            self.putEntry(UInt64(identifiers.count))
            for identifier in identifiers { self.putEntry(UInt64(identifier)) }
        }
    }

    @inline(__always) private mutating func putEntry(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.entries.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.entries.append(UInt8(truncatingIfNeeded: rest))
    }

    /// - Parameter message: Its number, given once in this journal; 0 for entries that are released.
    package mutating func endEntries(of message: UInt64) {
        // Taken out and given back: its bytes are read while the records are written.
        var entries: [UInt8] = []
        swap(&entries, &self.entries)
        let count = UInt64(self.entryCount)
        self.entryCount = 0
        let bytes = 1 + width(message) + width(count) + entries.count
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var at = put(JournalRecord.Kind.entries.rawValue, at: 0, in: room)
            at = put(message, at: at, in: room)
            at = put(count, at: at, in: room)
            _ = put(entries.span, at: at, in: room)
        }
        self.note(bytes)
        entries.removeAll(keepingCapacity: entries.count <= 4_096)
        swap(&entries, &self.entries)
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
            var at = put(JournalRecord.Kind.body.rawValue, at: 0, in: room)
            at = put(message, at: at, in: room)
            at = put(flags, at: at, in: room)
            if expiresAt != 0 { at = put(expiresAt, at: at, in: room) }
            if namespace != 0 { at = put(UInt64(namespace), at: at, in: room) }
            at = put(topicCount, at: at, in: room)
            at = put(headerCount, at: at, in: room)
            at = put(topic, at: at, in: room)
            at = put(header, at: at, in: room)
            _ = put(payload, at: at, in: room)
        }
        self.note(bytes)
    }

    package mutating func sent(_ session: UInt64, _ entry: UInt32, _ packetID: UInt16) {
        let bytes = 3 + width(session) + width(UInt64(entry))
        self.records.append(after: 0, bodyBytes: bytes) { room in
            var at = put(JournalRecord.Kind.sent.rawValue, at: 0, in: room)
            at = put(session, at: at, in: room)
            at = put(UInt64(entry), at: at, in: room)
            _ = put(packetID, at: at, in: room)
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
            var at = put(JournalRecord.Kind.intent.rawValue, at: 0, in: room)
            at = put(position.origin, at: at, in: room)
            at = put(position.sequence, at: at, in: room)
            at = put(intent.session, at: at, in: room)
            _ = put(intent.message, at: at, in: room)
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
            _ = put(session, at: put(JournalRecord.Kind.ended.rawValue, at: 0, in: room), in: room)
        }
        self.note(bytes)
    }

    // MARK: Forms

    @inline(__always)
    private mutating func pair(_ kind: JournalRecord.Kind, _ first: UInt64, _ second: UInt64) {
        let bytes = 1 + width(first) + width(second)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            let at = put(first, at: put(kind.rawValue, at: 0, in: room), in: room)
            _ = put(second, at: at, in: room)
        }
        self.note(bytes)
    }

    private mutating func inbound(_ kind: JournalRecord.Kind, _ session: UInt64, _ packetID: UInt16) {
        let bytes = 3 + width(session)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            let at = put(session, at: put(kind.rawValue, at: 0, in: room), in: room)
            _ = put(packetID, at: at, in: room)
        }
        self.note(bytes)
    }

    private mutating func write(_ kind: JournalRecord.Kind, _ position: JournalPosition) {
        let bytes = 2 + width(position.sequence)
        self.records.append(after: 0, bodyBytes: bytes) { room in
            let at = put(position.origin, at: put(kind.rawValue, at: 0, in: room), in: room)
            _ = put(position.sequence, at: at, in: room)
        }
        self.note(bytes)
    }

    @inline(__always) private mutating func note(_ bytes: Int) {
        self.next += 1
        self.written += UInt64(bytes) + 2
    }
}

private typealias Room = UnsafeMutableBufferPointer<UInt8>

/// Bytes of a number as a varint.
@inline(__always) private func width(_ value: UInt64) -> Int { max(1, (70 - value.leadingZeroBitCount) / 7) }

@inline(__always) private func put(_ byte: UInt8, at index: Int, in room: Room) -> Int {
    room[index] = byte
    return index + 1
}

@inline(__always) private func put(_ packetID: UInt16, at index: Int, in room: Room) -> Int {
    room[index] = UInt8(packetID >> 8)
    room[index + 1] = UInt8(truncatingIfNeeded: packetID)
    return index + 2
}

@inline(__always) private func put(_ value: UInt64, at start: Int, in room: Room) -> Int {
    var index = start
    var rest = value
    while rest >= 0x80 {
        room[index] = UInt8(truncatingIfNeeded: rest) | 0x80
        rest >>= 7
        index += 1
    }
    room[index] = UInt8(truncatingIfNeeded: rest)
    return index + 1
}

@inline(__always) private func put(_ bytes: Span<UInt8>, at index: Int, in room: Room) -> Int {
    bytes.withUnsafeBufferPointer { source in
        if let start = source.baseAddress {
            (room.baseAddress.unsafelyUnwrapped + index).update(from: start, count: source.count)
        }
    }
    return index + bytes.count
}
