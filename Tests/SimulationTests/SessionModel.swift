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
    }

    init(_ id: Int, _ will: Will) {
        self.id = id
        self.topic = will.topic
        self.publisher = nil
        self.qos = will.qos
        self.retain = will.retain
        self.isEmpty = false
        self.expiry = nil
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

/// What is known of one client's session: the reference for CONNACK's session present, and for when sessions and wills end.
struct SessionModel {
    enum Knowledge { case no, yes, maybe }
    /// A connection, from CONNECT on.
    struct Link {
        var id: Int
        var connect: Connect
        var sentAt: UInt64
        var connackAt: UInt64?
        /// When DISCONNECT was sent, a rule was broken, or the client fell silent.
        var endAskedAt: UInt64?
        var goodbye: Goodbye?
        var hostile: Hostile?
        var isMute = false
        var hasWithheld = false
        /// Since when it has acknowledged again.
        var resumedAt: UInt64 = 0
        /// A connection that was given up before its CONNACK may still throw this one out.
        var mayBeTakenOver = false
        var will: ModelMessage?
        /// That of the connection which this one replaced.
        var formerWill: ModelMessage?
        var aliases: [UInt16: String] = [:]
    }
    struct Received {
        var all = 0
        /// Without repetitions at QoS 1.
        var counted = 0
        var replayedAt: UInt64?
    }

    /// Milliseconds until the server has noticed what a client's side knows already, and until all shards have a message.
    static let notice: UInt64 = 2_500

    var link: Link?
    var exists = Knowledge.no
    /// When the session of an absent client ends.
    var deadline: ClosedRange<UInt64>?
    /// A will that waits for its delay, or the session's end.
    var waitingWill: ModelMessage?
    var spans: [SubscriptionSpan] = []
    /// Grows with each new session.
    var incarnation = 0
    var received: [Int: Received] = [:]
    var order: [String: Int] = [:]
    private var ghostsUntil: UInt64 = 0

    // MARK: Connections

    mutating func connects(_ connect: Connect, id: Int, will: ModelMessage?, at now: UInt64) {
        let old = self.link
        self.link = Link(id: id, connect: connect, sentAt: now, will: will)
        if connect.clean, let will = self.waitingWill { will.from = min(will.from ?? now, now) }
        self.link?.mayBeTakenOver = now <= self.ghostsUntil
        if let old { self.superseded(old, by: connect, at: now) }
    }

    /// The server sees the second CONNECT and throws the first connection out; the session goes on unless one of them says that
    /// it does not.
    private mutating func superseded(_ old: Link, by new: Connect, at now: UInt64) {
        let when = now...(now + SessionModel.notice)
        let ends = old.connect.kept == 0 || new.clean
        if old.connect.kept == 0 {
            self.exists = .no
            self.finishSpans(when)
        }
        self.link?.formerWill = old.will
        if let will = old.will {
            let waits = old.connect.isV5 && (old.connect.will?.delay ?? 0) > 0 && !ends
            if waits { will.cancel() } else { will.publish(when, certain: true) }
        }
    }

    /// - Returns: What was wrong with CONNACK's session present.
    mutating func connected(present: Bool, at now: UInt64) -> String? {
        guard let link = self.link else { return "CONNACK without a CONNECT" }
        let expected = link.connect.clean ? .no : self.existence(in: link.sentAt...now)
        let isWrong = expected == .no && present || expected == .yes && !present
        self.settleWill(present: present, from: link.sentAt, at: now)
        if !present {
            self.finishSpans(link.sentAt...now)
            self.incarnation += 1
            self.received = [:]
            self.order = [:]
            self.spans = []
        }
        self.exists = .yes
        self.deadline = nil
        self.link?.connackAt = now
        return isWrong ? "session present is \(present), the session's existence is '\(expected)'" : nil
    }

    private func existence(in when: ClosedRange<UInt64>) -> Knowledge {
        guard self.exists == .yes, let deadline = self.deadline else { return self.exists }
        if deadline.upperBound < when.lowerBound { return .no }
        return deadline.lowerBound > when.upperBound ? .yes : .maybe
    }

    /// Coming back in time cancels a will that waits; a session that ended in between has published it.
    private mutating func settleWill(present: Bool, from sent: UInt64, at now: UInt64) {
        guard let will = self.waitingWill, let from = will.from, let to = will.to else { return }
        self.waitingWill = nil
        if to < sent { return }
        if !present {
            will.publish(min(from, sent)...(now + SessionModel.notice), certain: will.isCertain)
        } else if from > now {
            will.cancel()
        } else {
            will.isCertain = false
        }
    }

    /// The client did what ends its connection. Until the end is seen, its will may be published or not.
    mutating func asksForEnd(at now: UInt64) {
        if self.link?.endAskedAt != nil { return }
        self.link?.endAskedAt = now
        self.link?.will?.publish(now...(.max / 2), certain: false)
    }

    /// The connection is over at the client's end.
    mutating func lost(at now: UInt64, wasReset: Bool) {
        guard let link = self.link else { return }
        self.link = nil
        guard link.connackAt != nil else { return self.blur(link, at: now) }
        // The server's end is over before the client hears of it, or soon after the network broke.
        let first = link.endAskedAt ?? (wasReset ? now : now - min(now, SessionModel.notice))
        let when = first...(now + (wasReset ? SessionModel.notice : 0))
        let kept = link.connect.kept
        var expiries = kept...kept
        var fate: Bool? = true  // the will is published; false for not, nil for perhaps
        if let goodbye = link.goodbye {
            switch goodbye {
            case .normal: fate = false
            case .withWill: fate = link.connect.isV5
            case .expiry(let wanted) where link.connect.isV5:
                if kept > 0 || wanted == 0 {
                    fate = false
                    expiries = wasReset ? min(kept, wanted)...max(kept, wanted) : wanted...wanted
                }
            case .expiry: fate = false
            }
            if wasReset, fate == false { fate = nil }
        }
        if link.mayBeTakenOver { return self.blur(link, at: now) }
        self.leave(when, expiries, link, fate)
    }

    private mutating func leave(
        _ when: ClosedRange<UInt64>,
        _ expiries: ClosedRange<UInt32>,
        _ link: Link,
        _ willIsPublished: Bool?
    ) {
        func after(_ seconds: UInt32, _ time: UInt64) -> UInt64 {
            seconds == .max ? .max / 2 : time + UInt64(seconds) * 1_000
        }
        let slack = SessionModel.notice
        if expiries.upperBound == 0 {
            self.exists = .no
            self.finishSpans(when)
        } else {
            self.exists = .yes
            self.deadline =
                after(expiries.lowerBound, when.lowerBound)...(after(expiries.upperBound, when.upperBound) + slack)
        }
        guard let will = link.will else { return }
        guard willIsPublished != false else { return will.cancel() }
        let delay = link.connect.isV5 ? link.connect.will?.delay ?? 0 : 0
        let first = after(min(delay, expiries.lowerBound), when.lowerBound)
        let last = after(min(delay, expiries.upperBound), when.upperBound) + slack
        will.publish(first...last, certain: willIsPublished == true)
        if delay > 0, expiries.upperBound > 0 { self.waitingWill = will }
    }

    /// A CONNECT without an answer: it may have made a session, ended one, or never have arrived.
    private mutating func blur(_ link: Link, at now: UInt64) {
        self.ghostsUntil = now + SessionModel.notice
        self.exists = .maybe
        self.deadline = nil
        for index in self.spans.indices { self.spans[index].isBlurred = true }
        for will in [link.will, link.formerWill] { will?.publish(link.sentAt...(.max / 2), certain: false) }
        if let will = self.waitingWill, let from = will.from { will.publish(from...(.max / 2), certain: false) }
        self.waitingWill = nil
    }

    // MARK: Subscriptions

    private mutating func finishSpans(_ when: ClosedRange<UInt64>) {
        for index in self.spans.indices where self.spans[index].dropped == nil {
            let asked = self.deadline.map { min($0.lowerBound, when.lowerBound) } ?? when.lowerBound
            self.spans[index].dropRequested = min(self.spans[index].dropRequested ?? .max, asked)
            self.spans[index].dropped = when.upperBound
        }
    }

    mutating func subscribes(_ wish: Subscribe, at now: UInt64) {
        guard let link = self.link else { return }
        var span = SubscriptionSpan(wish, link: link.id, at: now)
        let known = self.spans.filter { $0.wish.filter == wish.filter && $0.dropped == nil }
        span.isNew = known.isEmpty ? true : nil
        if known.contains(where: { $0.granted != nil && $0.dropRequested == nil && !$0.isBlurred }) {
            span.isNew = false
        }
        self.drops(wish.filter, at: now)
        self.spans.append(span)
    }

    mutating func subscribed(_ filter: String, at now: UInt64) {
        guard let last = self.spans.lastIndex(where: { $0.wish.filter == filter && $0.granted == nil }) else { return }
        self.spans[last].granted = now
        for index in 0..<last where self.spans[index].wish.filter == filter && self.spans[index].dropped == nil {
            self.spans[index].dropped = now
        }
    }

    mutating func drops(_ filter: String, at now: UInt64) {
        for index in self.spans.indices where self.spans[index].wish.filter == filter {
            if self.spans[index].dropRequested == nil { self.spans[index].dropRequested = now }
        }
    }

    mutating func dropped(_ filter: String, at now: UInt64) {
        for index in self.spans.indices where self.spans[index].wish.filter == filter {
            if self.spans[index].dropRequested != nil, self.spans[index].dropped == nil {
                self.spans[index].dropped = now
            }
        }
    }

    /// Subscriptions as they stand, with the end of an absent client's session counted in.
    var current: [SubscriptionSpan] {
        guard self.link == nil, let deadline = self.deadline else { return self.spans }
        return self.spans.map { span in
            var span = span
            span.dropRequested = min(span.dropRequested ?? .max, deadline.lowerBound)
            span.dropped = min(span.dropped ?? .max, deadline.upperBound)
            return span
        }
    }
}
