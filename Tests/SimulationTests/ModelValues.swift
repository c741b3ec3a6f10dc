import Topics

/// A message as the model sees it: known by its payload, and routed at some moment between two that are known.
///
/// The broker's shards and the network give no order to what is under way at the same time. So nothing here has a moment, only
/// an interval, and what overlaps may have happened in either order.
final class ModelMessage {
    let id: Int
    let topic: String
    /// The client; nil for a will, of which the specification does not say whose it is.
    let publisher: Int?
    let qos: UInt8
    let retain: Bool
    let isEmpty: Bool
    /// Seconds.
    var expiry: UInt32?
    /// It had an expiry when it was first sent, though not in every form that was sent.
    let mayExpire: Bool
    /// nil while it has not been sent; then not routed before, and not after, which is nil while that is not known.
    var from: UInt64?
    var to: UInt64?
    /// Whether it is routed for sure by ``to``.
    var isCertain = false
    /// A will that was thrown away.
    var isCancelled = false
    /// Times it was sent, and of these, times that were not repetitions.
    var sends = 0
    var attempts = 0
    /// Deliveries to whomever, and the publisher's connection when it is of QoS 0.
    var deliveries = 0
    var link = 0

    init(_ id: Int, _ publish: Publish, by publisher: Int) {
        self.id = id
        self.topic = publish.topic
        self.publisher = publisher
        self.qos = publish.qos
        self.retain = publish.retain
        self.isEmpty = publish.isEmpty
        self.expiry = publish.expiry
        self.mayExpire = publish.expiry != nil
    }

    init(_ id: Int, _ will: Will) {
        self.id = id
        self.topic = will.topic
        self.publisher = nil
        self.qos = will.qos
        self.retain = will.retain
        self.isEmpty = false
        self.expiry = nil
        self.mayExpire = false
        self.sends = 1
        self.attempts = 1
    }

    /// A will's fate.
    func publish(_ when: ClosedRange<UInt64>, certain: Bool) {
        self.from = when.lowerBound
        self.to = when.upperBound
        self.isCertain = certain
        self.isCancelled = false
    }

    func cancel() {
        self.isCancelled = true
        self.isCertain = false
    }

    /// From when on nobody new may get it. Milliseconds.
    var deadline: UInt64 { self.expiry.map { (self.to ?? .max / 2) + UInt64($0) * 1_000 } ?? .max / 2 }
}

/// One subscription, from SUBSCRIBE to what ended it.
struct SubscriptionSpan {
    var wish: Subscribe
    /// Shared subscriptions: the group. And the filter without it.
    var group: String?
    var filter: String
    var link: Int
    var requested: UInt64
    /// SUBACK.
    var granted: UInt64?
    /// UNSUBSCRIBE, another SUBSCRIBE of the filter, or the session's end: not before, and not after.
    var dropRequested: UInt64?
    var dropped: UInt64?
    /// It may not be there at all.
    var isBlurred = false
    /// Whether the filter had no subscription before; nil when that is not known.
    var isNew: Bool?

    init(_ wish: Subscribe, link: Int, at now: UInt64) {
        self.wish = wish
        self.link = link
        self.requested = now
        self.filter = wish.filter
        let parts = wish.filter.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3, parts[0] == "$share" { (self.group, self.filter) = (String(parts[1]), String(parts[2])) }
    }

    func matches(_ topic: String) -> Bool {
        let (filter, topic) = (Array(self.filter.utf8), Array(topic.utf8))
        return topicMatches(filter: filter.span, topic: topic.span)
    }

    /// Whether a message that is routed in its interval may meet this subscription.
    func mayTake(_ message: ModelMessage, from client: Int) -> Bool {
        guard let from = message.from, !message.isCancelled, self.matches(message.topic) else { return false }
        if self.wish.noLocal, message.publisher == client { return false }
        return self.requested <= message.to ?? .max && from <= self.dropped ?? .max
    }

    /// Whether a member may get it: also what waited in the group before it came.
    func mayShare(_ message: ModelMessage, from client: Int) -> Bool {
        guard self.group != nil, let from = message.from, !message.isCancelled else { return false }
        return self.matches(message.topic) && from <= self.dropped ?? .max
    }

    /// Whether it must.
    func mustTake(_ message: ModelMessage, from client: Int) -> Bool {
        guard let granted = self.granted, let from = message.from, let to = message.to, message.isCertain else {
            return false
        }
        if self.isBlurred || self.wish.noLocal && message.publisher == nil { return false }
        return self.mayTake(message, from: client) && granted <= from && to <= self.dropRequested ?? .max
    }
}
