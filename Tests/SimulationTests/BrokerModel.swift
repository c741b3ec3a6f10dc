import MQTTWire

/// What a run found that the model does not allow.
struct Fault: Equatable {
    enum Kind {
        case sessionPresent, astray, early, late, twice, lost, order, form, closed, notClosed, retained, leak, store
    }
    var kind: Kind
    var text: String
}

/// The reference: sessions, messages and what is retained, and what each client must, may and must not get.
///
/// What it leaves open, since real concurrency or the specification does:
/// - what is under way at the same time (packets of two connections; a packet and the cut of its connection) may be taken in
///   either order, see ``ModelMessage``;
/// - after a CONNECT without an answer, either session may be there, and what it held may be lost;
/// - a will is its client's own or nobody's, for No Local; a retained message is sent to its publisher, or not;
/// - overlapping subscriptions have one delivery, with what any of them asked for;
/// - QoS 1 may come again, with DUP; from a group without it, to another member;
/// - a group's message is lost when a member's session ends that has it.
struct BrokerModel {
    var sessions = Array(repeating: SessionModel(), count: Program.clients + 1)
    private(set) var messages: [Int: ModelMessage] = [:]
    /// In the order of actions.
    private(set) var all: [ModelMessage] = []
    private(set) var faults: [Fault] = []
    /// Shared filters that a member left, in whatever way.
    private var leftGroups: Set<String> = []

    mutating func add(_ message: ModelMessage) {
        self.messages[message.id] = message
        self.all.append(message)
    }

    mutating func fail(_ kind: Fault.Kind, _ text: String) { self.faults.append(Fault(kind: kind, text: text)) }

    // MARK: Sessions

    mutating func connected(_ client: Int, present: Bool, at now: UInt64) {
        let shared = self.sessions[client].spans.filter { $0.group != nil }
        if !present || shared.contains(where: \.isBlurred) { self.leftGroups.formUnion(shared.map(\.wish.filter)) }
        let isV5 = self.sessions[client].link?.connect.isV5 ?? true
        if let fault = self.sessions[client].connected(present: present, at: now) {
            self.fail(.sessionPresent, "client \(client): \(fault)")
        }
        // What is sent again in 3.1.1's form has no expiry any more.
        for message in self.all where !isV5 && message.publisher == client && message.to == nil { message.expiry = nil }
    }

    mutating func subscribes(_ client: Int, _ wish: Subscribe, at now: UInt64) {
        if self.sessions[client].spans.contains(where: { $0.wish.filter == wish.filter }) {
            self.leftGroups.insert(wish.filter)
        }
        self.sessions[client].subscribes(wish, at: now)
    }

    mutating func unsubscribes(_ client: Int, _ filter: String, at now: UInt64) {
        self.leftGroups.insert(filter)
        self.sessions[client].drops(filter, at: now)
    }

    // MARK: Publishing

    /// A connection that stands, long after a message of QoS 0 was sent on it, has brought it.
    func settleQoS0(of links: Set<Int>, at now: UInt64) {
        for message in self.all where message.qos == 0 && message.to == nil && links.contains(message.link) {
            guard let from = message.from, from + SessionModel.notice < now else { continue }
            message.to = from + SessionModel.notice
            message.isCertain = true
        }
    }

    func sent(_ id: Int, isRepeated: Bool, at now: UInt64) {
        guard let message = self.messages[id] else { return }
        if message.from == nil { message.from = now }
        message.sends += 1
        if !isRepeated { message.attempts += 1 }
    }

    mutating func acknowledged(_ id: Int, _ reason: MQTTReasonCode, at now: UInt64) {
        guard let message = self.messages[id] else { return }
        message.to = now
        message.isCertain = true
        if reason != .success, reason != .noMatchingSubscribers {
            return self.fail(.form, "message \(id) was refused with \(reason)")
        }
        if message.retain || message.sends != 1 { return }
        var must = false
        var may = false
        for (client, session) in self.sessions.enumerated() {
            for span in session.current {
                may = may || span.mayTake(message, from: client) || span.wish.noLocal && span.matches(message.topic)
                must = must || span.group == nil && span.mustTake(message, from: client)
            }
        }
        if reason == .noMatchingSubscribers, must { self.fail(.form, "message \(id) was said to have no subscriber") }
    }

    // MARK: Retained messages

    /// Messages of which each may be the retained one of its topic for somebody who reads in `when`.
    private func candidates(_ topic: String, in when: ClosedRange<UInt64>) -> [ModelMessage] {
        let writes = self.all.filter {
            $0.retain && $0.topic == topic && !$0.isCancelled && $0.from ?? .max <= when.upperBound
        }
        return writes.filter { write in
            !writes.contains { later in
                guard later.isCertain, let from = later.from, let to = later.to, let end = write.to else {
                    return false
                }
                return from > end && to < when.lowerBound
            }
        }
    }

    private func mayReplay(_ message: ModelMessage, _ span: SubscriptionSpan, at now: UInt64) -> Bool {
        guard message.retain, span.wish.retainHandling != 2, span.group == nil, span.matches(message.topic) else {
            return false
        }
        if span.wish.retainHandling == 1, span.isNew == false { return false }
        return self.candidates(message.topic, in: span.requested...max(now, span.requested)).contains { $0 === message }
    }

    // MARK: Deliveries

    mutating func delivered(_ delivery: SimClient.Delivery, to client: Int, isV5: Bool, at now: UInt64) {
        let text = String(delivery.text.prefix { $0 != " " })
        if delivery.payload.isEmpty { return self.emptyDelivered(delivery, to: client) }
        guard let id = Int(text), let message = self.messages[id], message.topic == delivery.topic else {
            return self.fail(.astray, "client \(client) got '\(text)' on \(delivery.topic), which nobody published")
        }
        let what = "client \(client), message \(id)"
        guard let from = message.from, from <= now, !message.isCancelled else {
            return self.fail(.early, "\(what) came at \(now), and is published from \(message.from ?? 0) or never")
        }
        let spans = self.sessions[client].spans
        let live = spans.filter { $0.group == nil && $0.mayTake(message, from: client) }
        let shared = spans.filter { $0.mayShare(message, from: client) }
        let replays = spans.filter { self.mayReplay(message, $0, at: now) }
        if live.isEmpty, shared.isEmpty, replays.isEmpty {
            return self.fail(.astray, "\(what) came at QoS \(delivery.qos) without a subscription")
        }
        message.deliveries += 1
        self.checkForm(delivery, message, live, shared, replays, isV5 ? what : "")
        if !delivery.dup, now > message.deadline + SessionModel.notice {
            self.fail(.late, "\(what) came after it had expired")
        }
        var received = self.sessions[client].received[id] ?? SessionModel.Received()
        received.all += 1
        // At QoS 2 the client itself leaves out what it has, so a repetition that it shows is one too many.
        if !delivery.dup || delivery.qos != 1 { received.counted += 1 }
        if delivery.retain { received.replayedAt = now }
        self.sessions[client].received[id] = received
        let routed = message.qos == 1 ? message.sends : message.attempts
        let limit = (live.isEmpty ? 0 : routed) + replays.count + shared.count * routed
        if received.counted > limit, delivery.qos != 1 || shared.isEmpty {
            self.fail(
                .twice,
                "\(what) came \(received.counted) times, now at QoS \(delivery.qos), \(limit) at most are right"
            )
        }
        if shared.isEmpty, !delivery.retain, received.all == 1 { self.checkOrder(delivery, message, client, what) }
    }

    private mutating func emptyDelivered(_ delivery: SimClient.Delivery, to client: Int) {
        if self.sessions[client].spans.contains(where: { $0.matches(delivery.topic) }) { return }
        self.fail(.astray, "client \(client) got an empty message on \(delivery.topic) without a subscription")
    }

    /// QoS, retain flag and identifiers.
    private mutating func checkForm(
        _ delivery: SimClient.Delivery,
        _ message: ModelMessage,
        _ live: [SubscriptionSpan],
        _ shared: [SubscriptionSpan],
        _ replays: [SubscriptionSpan],
        _ what: String
    ) {
        let all = live + shared + replays
        let name = what.isEmpty ? "message \(message.id)" : what
        if !all.contains(where: { min($0.wish.qos, message.qos) == delivery.qos }) {
            self.fail(.form, "\(name) came at QoS \(delivery.qos)")
        }
        let canBeRetained =
            !replays.isEmpty || message.retain && (live + shared).contains { $0.wish.retainAsPublished }
        let canBeLive = !message.retain || !(live + shared).allSatisfy { $0.wish.retainAsPublished }
        if delivery.retain ? !canBeRetained : !canBeLive || live.isEmpty && shared.isEmpty {
            self.fail(.form, "\(name) came with retain \(delivery.retain)")
        }
        if what.isEmpty { return }
        // One for each subscription that matches, and so the same one several times [MQTT-3.3.4-5].
        let allowed = all.map(\.wish.identifier).filter { $0 > 0 }
        for identifier in Set(delivery.identifiers)
        where delivery.identifiers.count(where: { $0 == identifier }) > allowed.count(where: { $0 == identifier }) {
            self.fail(.form, "\(name) came with identifiers \(delivery.identifiers), of \(allowed)")
        }
        if delivery.identifiers.isEmpty, all.allSatisfy({ $0.wish.identifier > 0 }) {
            self.fail(.form, "\(name) came without an identifier")
        }
        if let expiry = message.expiry, delivery.expiry ?? .max > expiry {
            self.fail(.form, "\(name) came with \(delivery.expiry ?? 0) seconds left of \(expiry)")
        }
    }

    /// Messages of one publisher, topic and QoS, of which none was sent again by its publisher. Source: MQTT 5.0 §4.6.
    private mutating func checkOrder(
        _ delivery: SimClient.Delivery,
        _ message: ModelMessage,
        _ client: Int,
        _ what: String
    ) {
        guard let publisher = message.publisher, message.sends == 1 else { return }
        let lane = "\(publisher) \(message.topic) \(message.qos) \(delivery.qos)"
        if let last = self.sessions[client].order[lane], last > message.id {
            self.fail(.order, "\(what) came after message \(last) of the same publisher")
        }
        self.sessions[client].order[lane] = message.id
    }

    // MARK: At rest

    /// Nothing is under way: what had to come has come.
    mutating func checkArrivals(of client: Int, at now: UInt64) {
        let session = self.sessions[client]
        guard let link = session.link, let connackAt = link.connackAt else { return }
        let since = max(connackAt, link.resumedAt)
        if since + SessionModel.notice >= now { return }
        if link.endAskedAt != nil || link.hasWithheld || link.mayBeTakenOver { return }
        for message in self.all where !message.isEmpty {
            guard let from = message.from, let to = message.to, to + SessionModel.notice <= now else { continue }
            let must = session.spans.filter { $0.group == nil && $0.mustTake(message, from: client) }
            guard let qos = must.map({ min($0.wish.qos, message.qos) }).max() else { continue }
            // QoS 0 is for who is there, and what expires may have waited for who was not.
            if qos == 0 || message.mayExpire, since > from { continue }
            if session.received[message.id] == nil {
                self.fail(.lost, "client \(client) did not get message \(message.id) at QoS \(qos), sent at \(from)")
            }
        }
        for span in session.spans { self.checkReplay(span, session, client, at: now) }
    }

    private mutating func checkReplay(_ span: SubscriptionSpan, _ session: SessionModel, _ client: Int, at now: UInt64)
    {
        guard let granted = span.granted, granted + SessionModel.notice <= now, span.link == session.link?.id,
            span.dropRequested == nil, span.group == nil, !span.wish.noLocal
        else { return }
        if span.wish.retainHandling == 2 || span.wish.retainHandling == 1 && span.isNew != true { return }
        for topic in Set(self.all.filter(\.retain).map(\.topic)).sorted() where span.matches(topic) {
            let found = self.candidates(topic, in: span.requested...(granted + SessionModel.notice))
            guard found.count == 1, let message = found.first, message.isCertain, !message.isEmpty,
                message.to ?? .max < span.requested, !message.mayExpire
            else { continue }
            let came = session.received[message.id]?.replayedAt
            if came == nil || came ?? 0 < span.requested {
                self.fail(
                    .retained,
                    "client \(client) did not get the retained message \(message.id) for \(span.wish.filter)"
                )
            }
        }
    }

    /// At the end, with every client back: a group's messages were taken by somebody.
    mutating func checkGroups(at now: UInt64) {
        var groups: [String: [(client: Int, span: SubscriptionSpan)]] = [:]
        for (client, session) in self.sessions.enumerated() {
            for span in session.spans where span.group != nil {
                groups[span.wish.filter, default: []].append((client, span))
            }
        }
        for (filter, members) in groups.sorted(by: { $0.key < $1.key }) {
            let isWhole = members.allSatisfy { member in
                let link = self.sessions[member.client].link
                return member.span.dropRequested == nil && !member.span.isBlurred && member.span.granted != nil
                    && link?.hasWithheld == false && member.span.wish.qos > 0
            }
            guard isWhole, !self.leftGroups.contains(filter) else { continue }
            for message in self.all where message.qos > 0 && !message.mayExpire && !message.isEmpty {
                guard members.contains(where: { $0.span.mustTake(message, from: $0.client) }) else { continue }
                if message.deliveries == 0 { self.fail(.lost, "group \(filter) did not get message \(message.id)") }
            }
        }
    }
}
