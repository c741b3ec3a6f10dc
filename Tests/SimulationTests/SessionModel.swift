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

    /// Subscriptions as they stand, with what may end the session meanwhile counted in: its expiry, or a clean start under way.
    var current: [SubscriptionSpan] {
        var first = self.deadline?.lowerBound ?? .max
        if let link = self.link, link.connackAt == nil, link.connect.clean { first = min(first, link.sentAt) }
        if first == .max { return self.spans }
        return self.spans.map { span in
            var span = span
            span.dropRequested = min(span.dropRequested ?? .max, first)
            if self.link == nil, let deadline = self.deadline {
                span.dropped = min(span.dropped ?? .max, deadline.upperBound)
            }
            return span
        }
    }
}
