import Bytes

/// What a queue is told beside a message: who published it, and what the publisher wants of the queue.
///
/// A protocol makes one when the route has a queue, and none otherwise. It travels as bytes, in ``MessageView/envelope``.
package struct QueueEnvelope: Equatable, Sendable {
    /// Who published; kept with the message.
    package var publisher = QueuePublisher()
    /// 0...9; nil for what the queue has for messages without one.
    package var priority: UInt8?
    /// How long the message waits before it may be delivered, in milliseconds; 0 for not at all.
    package var delay: UInt64 = 0
    /// What de-duplication knows the message by; empty for none.
    package var messageID: [UInt8] = []
    /// What compaction knows it by; empty for none.
    package var key: [UInt8] = []
    /// It comes from a queue, which moves it aside: its header says so, in properties that publishers may not have.
    package var isMoved = false

    package init() {}

    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = [self.isMoved ? 1 : 0, self.priority ?? 255]
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: self.delay >> UInt64(8 * shift))) }
        bytes.append(prefixed: self.messageID)
        bytes.append(prefixed: self.key)
        return bytes + self.publisher.encoded()
    }
}

/// An encoded ``QueueEnvelope`` as a queue reads it with each message: where its parts lie, so that nothing is copied.
struct QueueEnvelopeParts {
    var isMoved = false
    var priority: UInt8?
    var delay: UInt64 = 0
    var messageID = 0..<0
    var key = 0..<0
    /// ``QueuePublisher``, encoded.
    var publisher = 0..<0

    /// - Returns: nil for bytes that are no envelope; of no bytes, what a message without one has.
    init?(_ bytes: Span<UInt8>) {
        if bytes.isEmpty { return }
        var reader = ByteReader(bytes)
        guard let flags = reader.readUInt8(), let priority = reader.readUInt8() else { return nil }
        self.isMoved = flags & 1 != 0
        self.priority = priority == 255 ? nil : priority
        for shift in 0..<8 {
            guard let byte = reader.readUInt8() else { return nil }
            self.delay |= UInt64(byte) << UInt64(8 * shift)
        }
        guard let messageID = reader.readLengthPrefixedRange(), let key = reader.readLengthPrefixedRange() else {
            return nil
        }
        self.messageID = messageID
        self.key = key
        self.publisher = reader.index..<bytes.count
    }
}

/// Who published a message that a queue keeps.
package struct QueuePublisher: Equatable, Sendable {
    /// Raw values are stored.
    package enum Origin: UInt8, Sendable {
        case unknown = 0
        case mqtt = 1
        case amqp091 = 2
        case amqp10 = 3
        case http = 4
        case coap = 5

        /// As the delivery property `protocol` names it; nil for an unknown one.
        package var name: String? {
            switch self {
            case .unknown: nil
            case .mqtt: "mqtt"
            case .amqp091: "amqp"
            case .amqp10: "amqp1"
            case .http: "http"
            case .coap: "coap"
            }
        }
    }
    package var origin = Origin.unknown
    package var clientID: [UInt8] = []
    /// The authenticated name.
    package var externalID: [UInt8] = []

    package init() {}

    package init(_ origin: Origin, clientID: [UInt8], externalID: [UInt8]) {
        self.origin = origin
        self.clientID = clientID
        self.externalID = externalID
    }

    package func encoded() -> [UInt8] {
        var bytes = [self.origin.rawValue]
        bytes.append(prefixed: self.clientID)
        bytes.append(prefixed: self.externalID)
        return bytes
    }

    package init?(_ bytes: Span<UInt8>) {
        if bytes.isEmpty { return }
        var reader = ByteReader(bytes)
        guard let origin = reader.readUInt8(), let clientID = reader.readLengthPrefixed(),
            let externalID = reader.readLengthPrefixed()
        else { return nil }
        self.origin = Origin(rawValue: origin) ?? .unknown
        self.clientID = clientID.copied()
        self.externalID = externalID.copied()
    }
}

extension [UInt8] {
    fileprivate mutating func append(prefixed bytes: [UInt8]) {
        let count = Swift.min(bytes.count, Int(UInt16.max))
        self += [UInt8(count >> 8), UInt8(count & 255)]
        self += bytes.prefix(count)
    }
}
