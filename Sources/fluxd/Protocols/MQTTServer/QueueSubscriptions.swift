import Bytes
import Core
import MQTTWire
import QueueEngine

/// One session's subscription to a queue: it makes the session a consumer of a group while its client is here.
final class QueueSubscription {
    /// As the client wrote it.
    let filter: [UInt8]
    let queue: String
    /// What routing keys have to match; empty for everything.
    let key: String
    let group: String
    /// The queue's own address, below which its deliveries are.
    private let root: [UInt8]
    var terms: QueueTerms
    var identifier: UInt32
    /// 1, or 0 of a stream.
    let qos: UInt8
    var isStream: Bool

    /// Names the link, or the question whether there may be one; 0 for neither.
    var handle: UInt32 = 0
    /// nil while the queue has not answered, and while the client is away.
    var link: QueueLink?
    /// Of the link: deliveries that came, and how many of them the queue was told it may send.
    var deliveries: UInt32 = 0
    var allowed: UInt32 = 0
    /// Deliveries whose packet identifiers are in use, or will be.
    var unanswered = 0
    /// Of the link: deliveries that wait for room in the client's receive maximum.
    var unsent: UInt32 = 0

    init(
        _ filter: [UInt8],
        queue: String,
        key: String,
        group: String,
        terms: QueueTerms,
        options: SubscriptionOptions,
        isStream: Bool
    ) {
        self.filter = filter
        self.queue = queue
        self.key = key
        self.group = group
        self.root = Array(QueueAddress.topic(of: queue).utf8)
        self.terms = terms
        self.identifier = options.identifier
        self.qos = min(options.qos, 1)
        self.isStream = isStream
    }

    /// The group's name as deliveries have it.
    var groupID: String { self.key.isEmpty ? self.group : "\(self.group)@\(self.key)" }
    /// Where a delivery of a message with this topic is addressed.
    func address(of topic: Span<UInt8>) -> [UInt8] {
        let bytes = topic.copied()
        if bytes.starts(with: self.root), bytes.count == self.root.count || bytes[self.root.count] == UInt8(ascii: "/")
        {
            return bytes
        }
        return Array(QueueAddress.delivery(of: String(decoding: bytes, as: UTF8.self), from: self.queue).utf8)
    }
    /// Deliveries that the queue may still send.
    var credit: Int { Int(self.allowed &- self.deliveries) }
}

/// How a client wants to consume, as the user properties of its SUBSCRIBE say.
struct QueueTerms: Equatable {
    /// nil for the client's identifier.
    var group: String?
    /// Moves the whole group; `stored` for where it stands.
    var start = StartPosition.stored
    var commitsAutomatically = true
    /// PUBACK says that the message is processed. Before MQTT 5 it always does.
    var settlesWithPuback = false

    init() {}

    /// - Throws: ``QueueRefusal`` that names the property, what it has and what it may have.
    init(_ properties: [MQTTUserProperty]) throws(QueueRefusal) {
        for property in properties {
            switch property.name {
            case "consumer-group": self.group = property.value
            case "x-stream-offset":
                guard let start = StartPosition(property.value) else {
                    throw QueueTerms.bad(property, "first, last, next, offset:N or timestamp:N")
                }
                self.start = start
            case "x-auto-commit":
                guard let value = Bool(property.value) else { throw QueueTerms.bad(property, "true or false") }
                self.commitsAutomatically = value
            case "x-ack-mode":
                switch property.value {
                case "puback": self.settlesWithPuback = true
                case "settle": self.settlesWithPuback = false
                default: throw QueueTerms.bad(property, "puback or settle")
                }
            default: break
            }
        }
    }

    private static func bad(_ property: MQTTUserProperty, _ expected: String) -> QueueRefusal {
        QueueRefusal(.invalid, "\(property.name) is '\(property.value.prefix(64))': expected \(expected)")
    }
}

extension StartPosition {
    /// As `x-stream-offset` writes it; numbers may stand behind `:` or `=`, and a time is in milliseconds if it is beyond 10^12.
    init?(_ text: String) {
        switch text.lowercased() {
        case "first": self = .first
        case "last": self = .last
        case "next": self = .next
        case let text:
            if let offset = UInt64(text) {
                self = .offset(offset)
                return
            }
            let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == ":" || $0 == "=" }
            guard parts.count == 2, let number = UInt64(parts[1]) else { return nil }
            switch parts[0] {
            case "offset": self = .offset(number)
            case "timestamp": self = .time(number > 1_000_000_000_000 ? number : number * 1_000)
            default: return nil
            }
        }
    }
}

/// All of a session's subscriptions to queues, and what came by them. Most sessions have none of these.
final class QueueSubscriptions {
    /// A delivery whose PUBACK has not come.
    struct Inflight {
        var subscription: QueueSubscription
        var handover: QueueHandover
    }
    /// A delivery that found no room in the client's receive maximum: other messages had taken it.
    struct Waiting {
        var message: StoredMessage
        /// ``QueuePublisher``, encoded.
        var publisher: [UInt8]
        var delivery: Inflight
    }

    private(set) var byFilter: [[UInt8]: QueueSubscription] = [:]
    private(set) var byHandle: [UInt32: QueueSubscription] = [:]
    var inflight: [UInt16: Inflight] = [:]
    var waiting = FIFO<Waiting>()
    private var lastHandle: UInt32 = 0
    private var lastToken: UInt32 = 0
    /// Some credit was not renewed because the client does not read.
    var withholdsCredit = false

    var count: Int { self.byFilter.count }

    /// In an order that is the same in each run.
    var inOrder: [QueueSubscription] {
        self.byFilter.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    func insert(_ subscription: QueueSubscription) { self.byFilter[subscription.filter] = subscription }

    func remove(_ subscription: QueueSubscription) {
        self.forgetLink(of: subscription)
        if self.byFilter[subscription.filter] === subscription { self.byFilter[subscription.filter] = nil }
    }

    /// Names the next link of a subscription.
    func makeHandle(for subscription: QueueSubscription) -> UInt32 {
        repeat {
            self.lastHandle = self.lastHandle == .max ? 1 : self.lastHandle + 1
        } while self.byHandle[self.lastHandle] != nil
        subscription.handle = self.lastHandle
        self.byHandle[self.lastHandle] = subscription
        return self.lastHandle
    }

    /// What comes by it from now on comes to nobody.
    func forgetLink(of subscription: QueueSubscription) {
        if subscription.handle != 0 { self.byHandle[subscription.handle] = nil }
        (subscription.handle, subscription.link) = (0, nil)
        (subscription.deliveries, subscription.allowed, subscription.unsent) = (0, 0, 0)
    }

    /// Names a question to a queue, never 0.
    func makeToken() -> UInt32 {
        self.lastToken = self.lastToken == .max ? 1 : self.lastToken + 1
        return self.lastToken
    }
}

@available(*, unavailable)
extension QueueSubscription: Sendable {}

@available(*, unavailable)
extension QueueSubscriptions: Sendable {}
