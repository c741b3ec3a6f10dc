import Bytes
import Machine

/// What crosses between shards. A record is bytes with at most one reference to a block beside them, so that a link to another
/// node can carry it too.
enum LinkRecord: UInt8 {
    case publish = 1
    case join, joined, leave, credit
    case shareDelivery, settle
    case retained
    case consume, consuming, consumerEnded, consumerDrained
    case queueCredit, queueLeave, queueDelivery, queueSettle, queueCommit, queueSettled
}

/// Writes the records of one burst.
struct LinkWriter {
    /// Payloads from here on travel as a counted reference.
    static let referenceThreshold = 4 << 10

    private(set) var bytes: [UInt8] = []
    private(set) var blocks: [ByteBlock] = []
    private var blockBytes = 0
    private(set) var records = 0

    var isEmpty: Bool { self.bytes.isEmpty }
    var weight: Int { self.bytes.count + self.blockBytes }

    mutating func finish(number: UInt64) -> LinkBatch {
        defer { self = LinkWriter() }
        return LinkBatch(number: number, bytes: self.bytes, blocks: self.blocks, weight: self.weight)
    }

    mutating func write(_ record: LinkRecord) {
        self.records += 1
        self.bytes.append(record.rawValue)
    }

    mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func write(prefixed value: [UInt8]) {
        self.write(UInt16(value.count))
        self.bytes += value
    }

    mutating func write(prefixed value: Span<UInt8>) {
        self.write(UInt16(value.count))
        value.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
    }

    mutating func write(prefixed value: String) { self.write(prefixed: Array(value.utf8)) }

    mutating func write(_ options: SubscriptionOptions) {
        self.write(options.qos | options.flags << 2)
        self.write(options.identifier)
    }

    /// - Parameter stored: The message as a block, where its payload is worth a reference.
    mutating func write(_ message: borrowing MessageView, _ stored: StoredMessage?) {
        let hasEnvelope: UInt8 = message.envelope.isEmpty ? 0 : 16
        let hasPosition: UInt8 = message.position == 0 ? 0 : 32
        self.write(message.qos | (message.retain ? 4 : 0) | (stored != nil ? 8 : 0) | hasEnvelope | hasPosition)
        if hasEnvelope != 0 { self.write(prefixed: message.envelope) }
        if hasPosition != 0 { self.write(message.position) }
        self.write(message.namespace.number)
        self.write(message.origin.bits)
        self.write(message.expiry)
        self.write(UInt16(message.topic.count))
        self.write(UInt32(message.header.count))
        self.write(UInt32(message.payload.count))
        guard let stored else {
            message.topic.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
            message.header.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
            message.payload.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
            return
        }
        assert(
            stored.payload.count == message.payload.count && stored.topic.count == message.topic.count,
            "a block of another message"
        )
        self.write(UInt32(self.blocks.count))
        self.write(UInt32(stored.topic.lowerBound))
        self.write(UInt32(stored.header.lowerBound))
        self.write(UInt32(stored.payload.lowerBound))
        self.blocks.append(stored.block)
        self.blockBytes += stored.block.count
    }
}

/// Reads the records of one batch. A batch comes from our own process: what does not read is a bug, and traps.
struct LinkReader: ~Escapable {
    private var reader: ByteReader
    private let blocks: [ByteBlock]
    private let bytes: Span<UInt8>

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, at position: Int, blocks: [ByteBlock]) {
        self.bytes = bytes
        self.reader = ByteReader(bytes, at: position)
        self.blocks = blocks
    }

    var position: Int { self.reader.index }
    var isAtEnd: Bool { self.reader.isAtEnd }

    mutating func record() -> LinkRecord { some(self.reader.readUInt8().flatMap { LinkRecord(rawValue: $0) }) }
    mutating func uint8() -> UInt8 { some(self.reader.readUInt8()) }
    mutating func uint16() -> UInt16 { some(self.reader.readUInt16()) }
    mutating func uint32() -> UInt32 { some(self.reader.readUInt32()) }
    mutating func uint64() -> UInt64 { some(self.reader.readUInt64()) }
    mutating func string() -> String { String(decoding: self.prefixed(), as: UTF8.self) }
    mutating func address() -> SubscriberAddress { SubscriberAddress(bits: some(self.reader.readUInt64())) }
    mutating func prefixed() -> [UInt8] { self.bytes.extracting(some(self.reader.readLengthPrefixedRange())).copied() }

    mutating func options() -> SubscriptionOptions {
        let bits = self.uint8()
        var options = SubscriptionOptions(qos: bits & 3, identifier: self.uint32())
        options.flags = bits >> 2
        return options
    }

    mutating func key() -> ShareKey {
        let namespace = Namespace(self.uint16())
        return ShareKey(namespace: namespace, group: self.prefixed(), filter: self.prefixed())
    }

    /// Calls `body` with the message, and with its stored form when it travelled as a reference.
    mutating func message(_ body: (borrowing MessageView, StoredMessage?) -> Void) {
        let flags = self.uint8()
        let envelope = flags & 16 == 0 ? Span() : self.bytes.extracting(some(self.reader.readLengthPrefixedRange()))
        let position = flags & 32 == 0 ? 0 : some(self.reader.readUInt64())
        let namespace = Namespace(self.uint16())
        let origin = self.address()
        let expiry = some(self.reader.readUInt64())
        let topicCount = Int(self.uint16())
        let headerCount = Int(self.uint32())
        let payloadCount = Int(self.uint32())
        if flags & 8 == 0 {
            let topic = some(self.reader.readRange(count: topicCount))
            let header = some(self.reader.readRange(count: headerCount))
            let payload = some(self.reader.readRange(count: payloadCount))
            var view = MessageView(
                topic: self.bytes.extracting(topic),
                header: self.bytes.extracting(header),
                payload: self.bytes.extracting(payload),
                qos: flags & 3,
                retain: flags & 4 != 0,
                expiry: expiry,
                origin: origin,
                namespace: namespace,
                envelope: envelope
            )
            view.position = position
            body(view, nil)
            return
        }
        let block = self.blocks[Int(self.uint32())]
        let topic = Int(self.uint32())
        let header = Int(self.uint32())
        let payload = Int(self.uint32())
        var view = MessageView(
            topic: block.span(topic..<(topic + topicCount)),
            header: block.span(header..<(header + headerCount)),
            payload: block.span(payload..<(payload + payloadCount)),
            qos: flags & 3,
            retain: flags & 4 != 0,
            expiry: expiry,
            origin: origin,
            namespace: namespace,
            envelope: envelope
        )
        view.position = position
        let stored = StoredMessage(
            block: block,
            topic: topic..<(topic + topicCount),
            header: header..<(header + headerCount),
            payload: payload..<(payload + payloadCount),
            like: view
        )
        body(view, stored)
    }
}

private func some<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a link record ends too early") }
    return value
}
