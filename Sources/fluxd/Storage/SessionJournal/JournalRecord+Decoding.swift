import Bytes

extension JournalRecord {
    /// Reads one record, which is not to be trusted. A body is copied out.
    package init(_ bytes: Span<UInt8>) throws(JournalError) {
        var reader = RecordReader(bytes)
        let byte = try reader.byte()
        guard let kind = Kind(rawValue: byte) else {
            throw JournalError(what: "a record of kind \(byte), expected 1 to 12: was it written by a newer fluxd?")
        }
        switch kind {
        case .entries: self = try Self.entries(&reader)
        case .body: self = try Self.body(&reader)
        case .sent:
            self = .sent(session: try reader.number(), entry: try reader.short(), packetID: try reader.packetID())
        case .released: self = .released(session: try reader.number(), entry: try reader.short())
        case .settled: self = .settled(session: try reader.number(), entry: try reader.short())
        case .received: self = .received(session: try reader.number(), packetID: try reader.packetID())
        case .completed: self = .completed(session: try reader.number(), packetID: try reader.packetID())
        case .intent:
            self = .intent(
                JournalIntent(
                    position: try reader.position(),
                    session: try reader.number(),
                    message: try reader.number()
                )
            )
        case .done: self = .done(try reader.position())
        case .home: self = .home(session: try reader.number(), generation: try reader.short())
        case .ended: self = .ended(session: try reader.number())
        case .taken: self = .taken(try reader.position())
        }
        guard reader.isAtEnd else { throw JournalError(what: "a record of kind \(byte) goes on behind its end") }
    }

    private static func entries(_ reader: inout RecordReader) throws(JournalError) -> JournalRecord {
        let message = try reader.number()
        let count = try reader.number()
        // Three bytes at least for each: a number that was damaged must not set memory aside.
        guard count <= UInt64(reader.remaining / 3) else {
            throw JournalError(what: "\(count) entries in \(reader.remaining) bytes")
        }
        var entries: [JournalEntry] = []
        entries.reserveCapacity(Int(count))
        for _ in 0..<count { entries.append(try self.entry(&reader)) }
        return .entries(message: message, entries)
    }

    private static func entry(_ reader: inout RecordReader) throws(JournalError) -> JournalEntry {
        let session = try reader.number()
        let number = try reader.short()
        let flags = try reader.byte()
        let qos = flags & EntryFlags.qos
        guard flags & ~EntryFlags.known == 0, (1...2).contains(qos),
            let state = JournalEntry.State(rawValue: (flags & EntryFlags.state) >> EntryFlags.stateShift)
        else { throw JournalError(what: "an entry's flags are \(flags)") }
        var entry = JournalEntry(
            session: session,
            number: number,
            qos: qos,
            retain: flags & EntryFlags.retain != 0,
            state: state
        )
        if state != .waiting { entry.packetID = try reader.packetID() }
        if flags & EntryFlags.identifiers != 0 {
            let count = try reader.number()
            guard count <= UInt64(reader.remaining) else {
                throw JournalError(what: "\(count) identifiers in \(reader.remaining) bytes")
            }
            for _ in 0..<count { entry.identifiers.append(try reader.short()) }
        }
        return entry
    }

    private static func body(_ reader: inout RecordReader) throws(JournalError) -> JournalRecord {
        let message = try reader.number()
        let flags = try reader.byte()
        guard flags & ~BodyFlags.known == 0 else { throw JournalError(what: "a body's flags are \(flags)") }
        let expiresAt = flags & BodyFlags.expires == 0 ? 0 : try reader.number()
        let namespace = flags & BodyFlags.namespace == 0 ? 0 : try reader.number()
        let topic = try reader.number()
        let header = try reader.number()
        let rest = reader.rest()
        guard topic >= 1, topic <= UInt64(UInt16.max), header <= UInt64(rest.count),
            topic + header <= UInt64(rest.count),
            namespace <= UInt64(UInt16.max)
        else { throw JournalError(what: "a topic of \(topic) and a header of \(header) in \(rest.count) bytes") }
        let block = ByteBlock.make(count: rest.count)
        block.fill(at: 0, with: rest)
        return .body(
            message: message,
            JournalMessage(
                block: block,
                topicCount: Int(topic),
                headerCount: Int(header),
                qos: flags & BodyFlags.qos,
                retain: flags & BodyFlags.retain != 0,
                expiresAt: expiresAt,
                namespace: UInt16(namespace)
            )
        )
    }
}

private struct RecordReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var index = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var remaining: Int { self.bytes.count - self.index }
    var isAtEnd: Bool { self.remaining == 0 }

    mutating func byte() throws(JournalError) -> UInt8 {
        guard self.index < self.bytes.count else { throw JournalError(what: "a record ends too early") }
        defer { self.index += 1 }
        return self.bytes[self.index]
    }

    mutating func number() throws(JournalError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try self.byte()
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw JournalError(what: "a number is longer than 64 bits")
    }

    mutating func short() throws(JournalError) -> UInt32 {
        let number = try self.number()
        guard let short = UInt32(exactly: number) else {
            throw JournalError(what: "\(number) is more than 32 bits hold")
        }
        return short
    }

    mutating func packetID() throws(JournalError) -> UInt16 {
        let value = UInt16(try self.byte()) << 8 | UInt16(try self.byte())
        guard value != 0 else { throw JournalError(what: "a packet identifier is 0") }
        return value
    }

    mutating func position() throws(JournalError) -> JournalPosition {
        let origin = try self.byte()
        let sequence = try self.number()
        guard sequence > 0, sequence >> 56 == 0 else { throw JournalError(what: "a sequence is \(sequence)") }
        return JournalPosition(origin: origin, sequence: sequence)
    }

    /// All bytes that are left.
    @_lifetime(copy self)
    mutating func rest() -> Span<UInt8> {
        defer { self.index = self.bytes.count }
        return self.bytes.extracting(self.index..<self.bytes.count)
    }
}
