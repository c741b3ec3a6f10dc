package import Bytes

/// A message on its way into a queue, borrowed from wherever its bytes are.
package struct QueueMessage: ~Escapable {
    /// As it was published: `$queue/orders/eu`, or the topic that was captured.
    package let topic: Span<UInt8>
    package let header: Span<UInt8>
    package let payload: Span<UInt8>
    /// What compaction and ``StartPosition/lastPerKey`` know it by; empty for none.
    package var key: Span<UInt8>
    /// What de-duplication knows it by; empty for none.
    package var messageID: Span<UInt8>
    /// Who published it, in the glue's own encoding; empty for unknown. Kept with the message, never looked into.
    package var publisher: Span<UInt8>
    /// 0...9, more counts as 9; without meaning unless the queue has priorities.
    package var priority: UInt8 = 0
    /// As published: 0, 1 or 2.
    package var qos: UInt8 = 1
    /// When the message expires, in milliseconds since 1970; 0 for never.
    package var expiry: UInt64 = 0
    /// When the message may be delivered, in milliseconds since 1970; 0 for now.
    package var deliverAt: UInt64 = 0

    @_lifetime(copy topic, copy header, copy payload, copy key, copy messageID, copy publisher)
    package init(
        topic: Span<UInt8>,
        header: Span<UInt8>,
        payload: Span<UInt8>,
        key: Span<UInt8> = Span(),
        messageID: Span<UInt8> = Span(),
        publisher: Span<UInt8> = Span()
    ) {
        self.topic = topic
        self.header = header
        self.payload = payload
        self.key = key
        self.messageID = messageID
        self.publisher = publisher
    }

    /// Topic, header and payload: what ``QueueDefinition/Limits/maximumMessageSize`` bounds.
    package var byteCount: Int { self.topic.count + self.header.count + self.payload.count }
}

/// The body of a queue's record: where the parts of a message lie in a block.
///
/// Layout, little-endian: flags (qos 0...2 in the low two bits, 4 expiry, 8 deliver-at, 16 message id, 32 publisher; the others
/// are 0), priority u8, then what the flags name in this order: expiry u64, deliver-at u64, and message id and publisher each
/// with a length u16; topic length u16, header length u32, topic, header, and the payload up to the end. The key is the record's.
package struct StoredQueueMessage: Sendable {
    package var topic: Range<Int>
    package var header: Range<Int>
    package var payload: Range<Int>
    package var messageID: Range<Int>
    package var publisher: Range<Int>
    package var expiry: UInt64
    package var deliverAt: UInt64
    package var qos: UInt8
    package var priority: UInt8

    /// - Returns: nil when the bytes are no message: a body from a newer version, or not from a queue.
    package init?(_ block: ByteBlock, _ body: Range<Int>) {
        var reader = BodyReader(block: block, index: body.lowerBound, end: body.upperBound)
        guard let flags = reader.integer(bytes: 1), flags & 0xC0 == 0, flags & 3 != 3,
            let priority = reader.integer(bytes: 1)
        else { return nil }
        self.qos = UInt8(flags & 3)
        self.priority = UInt8(priority)
        let nothing = body.lowerBound..<body.lowerBound
        self.expiry = 0
        self.deliverAt = 0
        self.messageID = nothing
        self.publisher = nothing
        if flags & Flags.expiry != 0 {
            guard let expiry = reader.integer(bytes: 8) else { return nil }
            self.expiry = expiry
        }
        if flags & Flags.deliverAt != 0 {
            guard let time = reader.integer(bytes: 8) else { return nil }
            self.deliverAt = time
        }
        if flags & Flags.messageID != 0 {
            guard let range = reader.prefixed() else { return nil }
            self.messageID = range
        }
        if flags & Flags.publisher != 0 {
            guard let range = reader.prefixed() else { return nil }
            self.publisher = range
        }
        guard let topicCount = reader.integer(bytes: 2), let headerCount = reader.integer(bytes: 4),
            let topic = reader.range(Int(topicCount)), let header = reader.range(Int(headerCount))
        else { return nil }
        self.topic = topic
        self.header = header
        self.payload = reader.index..<body.upperBound
    }

    /// The expiry alone, for those who only want to know whether to read on; 0 for never.
    static func expiry(of block: ByteBlock, _ body: Range<Int>) -> UInt64 {
        guard !body.isEmpty, UInt64(block.base[body.lowerBound]) & Flags.expiry != 0 else { return 0 }
        var reader = BodyReader(block: block, index: body.lowerBound + 2, end: body.upperBound)
        return reader.integer(bytes: 8) ?? 0
    }

    enum Flags {
        static let expiry: UInt64 = 4
        static let deliverAt: UInt64 = 8
        static let messageID: UInt64 = 16
        static let publisher: UInt64 = 32
    }
}

/// Bytes of the body of a message, and the writing of it into room that somebody else made.
struct BodyWriter {
    let flags: UInt64
    let count: Int

    /// - Parameter deliverAt: What is written instead of the message's own: a delayed message that is due has none any more.
    init(_ message: borrowing QueueMessage, deliverAt: UInt64) {
        var flags = UInt64(min(message.qos, 2))
        var count = 2 + 2 + 4 + message.byteCount
        if message.expiry != 0 {
            flags |= StoredQueueMessage.Flags.expiry
            count += 8
        }
        if deliverAt != 0 {
            flags |= StoredQueueMessage.Flags.deliverAt
            count += 8
        }
        if !message.messageID.isEmpty {
            flags |= StoredQueueMessage.Flags.messageID
            count += 2 + message.messageID.count
        }
        if !message.publisher.isEmpty {
            flags |= StoredQueueMessage.Flags.publisher
            count += 2 + message.publisher.count
        }
        self.flags = flags
        self.count = count
    }

    func write(_ message: borrowing QueueMessage, deliverAt: UInt64, to room: UnsafeMutableBufferPointer<UInt8>) {
        var room = RoomWriter(room: room)
        room.put(self.flags, bytes: 1)
        room.put(UInt64(min(message.priority, 9)), bytes: 1)
        if message.expiry != 0 { room.put(message.expiry, bytes: 8) }
        if deliverAt != 0 { room.put(deliverAt, bytes: 8) }
        if !message.messageID.isEmpty { room.put(prefixed: message.messageID) }
        if !message.publisher.isEmpty { room.put(prefixed: message.publisher) }
        room.put(UInt64(message.topic.count), bytes: 2)
        room.put(UInt64(message.header.count), bytes: 4)
        room.put(message.topic)
        room.put(message.header)
        room.put(message.payload)
        assert(room.index == self.count, "the body of a message is as long as was said")
    }
}

private struct RoomWriter {
    let room: UnsafeMutableBufferPointer<UInt8>
    var index = 0

    mutating func put(_ value: UInt64, bytes: Int) {
        for byte in 0..<bytes { self.room[self.index + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
        self.index += bytes
    }

    mutating func put(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress, let base = self.room.baseAddress else { return }
            (base + self.index).update(from: start, count: source.count)
        }
        self.index += bytes.count
    }

    mutating func put(prefixed bytes: Span<UInt8>) {
        self.put(UInt64(bytes.count), bytes: 2)
        self.put(bytes)
    }
}

private struct BodyReader {
    let block: ByteBlock
    var index: Int
    let end: Int

    mutating func integer(bytes: Int) -> UInt64? {
        guard self.end - self.index >= bytes else { return nil }
        var value: UInt64 = 0
        for byte in 0..<bytes { value |= UInt64(self.block.base[self.index + byte]) << UInt64(8 * byte) }
        self.index += bytes
        return value
    }

    mutating func range(_ count: Int) -> Range<Int>? {
        guard self.end - self.index >= count else { return nil }
        defer { self.index += count }
        return self.index..<(self.index + count)
    }

    mutating func prefixed() -> Range<Int>? {
        guard let count = self.integer(bytes: 2) else { return nil }
        return self.range(Int(count))
    }
}
