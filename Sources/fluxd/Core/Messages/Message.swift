package import Bytes

/// The scope in which topics, client identifiers and queues are unique: AMQP's virtual host, later a tenant.
public struct Namespace: Hashable, Sendable {
    package var number: UInt16
    package init(_ number: UInt16) { self.number = number }
    /// Where MQTT clients are unless their listener or user says otherwise.
    @usableFromInline package static let standard = Namespace(0)
}

/// Names a session, a shared subscription or another taker of messages, on any shard. A stale one is a miss.
public struct SubscriberAddress: Hashable, Sendable {
    /// Shard in the top byte, then 24 bits of generation, then the slot.
    @usableFromInline package let bits: UInt64

    @inlinable package init(bits: UInt64) { self.bits = bits }

    package init(shard: Int, slot: Int, generation: UInt32) {
        self.bits = UInt64(shard) << 56 | UInt64(generation & 0xFF_FFFF) << 32 | UInt64(UInt32(slot))
    }

    package var shard: Int { Int(self.bits >> 56) }
    package var slot: Int { Int(UInt32(truncatingIfNeeded: self.bits)) }
    package var generation: UInt32 { UInt32(truncatingIfNeeded: self.bits >> 32) & 0xFF_FFFF }
    /// Nobody: generations start at 1.
    @usableFromInline package static let none = SubscriberAddress(bits: 0)
}

/// A message on its way through a shard, borrowed from wherever its bytes are: a read buffer, a link batch, a block.
public struct MessageView: ~Escapable {
    /// Not empty, valid UTF-8, no wildcards.
    @usableFromInline package let topic: Span<UInt8>
    /// Header fields as ``HeaderField`` encodes them.
    @usableFromInline package let header: Span<UInt8>
    @usableFromInline package let payload: Span<UInt8>
    /// Quality of service as published: 0, 1 or 2.
    @usableFromInline package var qos: UInt8
    /// As published; deliveries decide for themselves.
    @usableFromInline package var retain: Bool
    /// When the message expires, in milliseconds of the shard's clock; 0 for never.
    @usableFromInline package var expiry: UInt64
    /// Who published, so that `no local` can be kept.
    @usableFromInline package var origin: SubscriberAddress
    @usableFromInline package var namespace: Namespace
    /// What queues are told beside the message (``QueueEnvelope``); empty where no queue takes it. On a delivery from a queue, its
    /// publisher (``QueuePublisher``).
    @usableFromInline package var envelope: Span<UInt8>
    /// Under which position of a session journal it is routed, so that what is stored already is not stored again after a restart;
    /// 0 for most messages.
    @usableFromInline package var position: UInt64 = 0

    @inlinable @_lifetime(copy topic, copy header, copy payload, copy envelope)
    package init(
        topic: Span<UInt8>,
        header: Span<UInt8>,
        payload: Span<UInt8>,
        qos: UInt8,
        retain: Bool = false,
        expiry: UInt64 = 0,
        origin: SubscriberAddress = .none,
        namespace: Namespace = .standard,
        envelope: Span<UInt8> = Span()
    ) {
        self.envelope = envelope
        self.topic = topic
        self.header = header
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.expiry = expiry
        self.origin = origin
        self.namespace = namespace
    }

    /// Bytes of topic, header and payload.
    @inlinable package var byteCount: Int { self.topic.count + self.header.count + self.payload.count }
}

/// A message that is kept: one block that all its owners share, and where its parts lie in it.
public struct StoredMessage: Sendable {
    package var block: ByteBlock
    package var topic: Range<Int> { Int(self.topicStart)..<(Int(self.topicStart) + Int(self.topicCount)) }
    package var header: Range<Int> { Int(self.headerStart)..<(Int(self.headerStart) + Int(self.headerCount)) }
    package var payload: Range<Int> { Int(self.payloadStart)..<(Int(self.payloadStart) + Int(self.payloadCount)) }
    package var expiry: UInt64
    package var origin: SubscriberAddress
    package var namespace: Namespace
    package var qos: UInt8
    package var retain: Bool
    private var topicCount: UInt16
    private var topicStart: UInt32
    private var headerStart: UInt32
    private var headerCount: UInt32
    private var payloadStart: UInt32
    private var payloadCount: UInt32

    /// Copies the message into a block of its own.
    package init(copying message: borrowing MessageView) {
        self.init(
            block: .make(message.topic, message.header, message.payload),
            topic: 0..<message.topic.count,
            header: message.topic.count..<(message.topic.count + message.header.count),
            payload: (message.topic.count + message.header.count)..<message.byteCount,
            like: message
        )
    }

    /// Keeps a block that holds the parts already.
    package init(
        block: ByteBlock,
        topic: Range<Int>,
        header: Range<Int>,
        payload: Range<Int>,
        like message: borrowing MessageView
    ) {
        self.block = block
        self.topicStart = UInt32(topic.lowerBound)
        self.topicCount = UInt16(topic.count)
        self.headerStart = UInt32(header.lowerBound)
        self.headerCount = UInt32(header.count)
        self.payloadStart = UInt32(payload.lowerBound)
        self.payloadCount = UInt32(payload.count)
        self.expiry = message.expiry
        self.origin = message.origin
        self.namespace = message.namespace
        self.qos = message.qos
        self.retain = message.retain
    }

    /// What the message keeps from being freed, in bytes.
    package var weight: Int { self.block.count + 64 }

    package func hasExpired(at now: UInt64) -> Bool { self.expiry != 0 && self.expiry <= now }

    /// Calls `body` with a message that somebody else owns meanwhile: no reference is counted, which a method's `self` would be.
    @inline(__always)
    static func withView(of message: UnsafePointer<StoredMessage>, _ body: (borrowing MessageView) -> Void) {
        let base = UnsafePointer(message.pointee.block.base)
        func part(_ start: UInt32, _ count: Int) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(start: base + Int(start), count: count)
        }
        let topic = part(message.pointee.topicStart, Int(message.pointee.topicCount))
        let header = part(message.pointee.headerStart, Int(message.pointee.headerCount))
        let payload = part(message.pointee.payloadStart, Int(message.pointee.payloadCount))
        body(
            MessageView(
                topic: Span(_unsafeElements: topic),
                header: Span(_unsafeElements: header),
                payload: Span(_unsafeElements: payload),
                qos: message.pointee.qos,
                retain: message.pointee.retain,
                expiry: message.pointee.expiry,
                origin: message.pointee.origin,
                namespace: message.pointee.namespace
            )
        )
    }

    /// Calls `body` with the message, borrowed.
    package func withView<Result>(_ body: (borrowing MessageView) -> Result) -> Result {
        body(
            MessageView(
                topic: self.block.span(self.topic),
                header: self.block.span(self.header),
                payload: self.block.span(self.payload),
                qos: self.qos,
                retain: self.retain,
                expiry: self.expiry,
                origin: self.origin,
                namespace: self.namespace
            )
        )
    }
}
