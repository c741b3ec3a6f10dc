import Bytes
import Core
import MQTTWire
import Machine
import Topics

/// A SUBSCRIBE whose SUBACK waits until publishers see all of it.
struct PendingSubscribe {
    var packetID: UInt16
    var reasons: [MQTTReasonCode]
    /// Why the first filter that was refused was.
    var why: String?
    /// Shared filters whose home has not answered.
    var awaited: Set<[UInt8]>
    /// The record of a kept session's subscriptions.
    var receipt: Receipt?
}

extension MQTTConnection {
    /// Source: MQTT 5.0 §3.8.4.
    func receivedSubscribe(_ packet: MQTTSubscribe, _ session: MQTTSession) -> StopReason? {
        self.shard.workDeliveries += packet.filters.count * MQTTConnection.filterWork
        let identifier = packet.properties.subscriptionIdentifiers.first ?? 0
        var pending = PendingSubscribe(packetID: packet.packetID, reasons: [], awaited: [])
        self.subscribing = pending
        for subscription in packet.filters {
            let reason = self.subscribe(subscription, identifier, session, &pending)
            pending.reasons.append(reason)
        }
        if session.isKept {
            self.shard.store(.state)
            pending.receipt = self.shard.receipt(for: .state)
        }
        // Homes on this shard have answered while we asked.
        pending.awaited = pending.awaited.filter { session.shares[$0]?.home == nil }
        self.subscribing = pending
        if !pending.awaited.isEmpty { return .reply }
        self.finishSubscribe(session)
        return nil
    }

    /// Levels of a filter, as in Mosquitto: each may be a node of the shared tree, and a client could ask for 32,000 a filter.
    static let maximumLevels = 200

    private func subscribe(
        _ subscription: MQTTSubscription,
        _ identifier: UInt32,
        _ session: MQTTSession,
        _ pending: inout PendingSubscribe
    ) -> MQTTReasonCode {
        let filter = subscription.filter
        func refuse(_ reason: MQTTReasonCode, _ counter: ShardCounter?, _ why: String) -> MQTTReasonCode {
            if let counter { self.shard.counters.add(counter) }
            if pending.why == nil { pending.why = why }
            return reason
        }
        func deny(_ topics: [UInt8]) -> MQTTReasonCode {
            if self.mayReport(&self.lastDenial, every: 1_000) { self.reportDenial(.subscribe, topics) }
            return refuse(.notAuthorized, .subscribesDenied, "not authorized to subscribe")
        }
        if !self.filterTokens.take(now: self.shard.now) {
            if self.mayReport(&self.lastLimit, every: 60_000) { self.reportLimit("its rate of subscribing") }
            return refuse(.quotaExceeded, .subscribesThrottled, "too many filters a second")
        }
        let limit = self.server.settings.maxSubscriptions
        let isKnown = session.subscriptions[filter] != nil || session.shares[filter] != nil
        if limit > 0, !isKnown, session.subscriptionCount >= limit {
            if self.mayReport(&self.lastLimit, every: 60_000) { self.reportLimit("\(limit) subscriptions") }
            return refuse(.quotaExceeded, .subscriptionsLimited, "the session has all its \(limit) subscriptions")
        }
        let qos = min(subscription.qos, self.server.settings.maxQoS)
        var options = SubscriptionOptions(
            qos: qos,
            noLocal: subscription.noLocal,
            retainAsPublished: subscription.retainAsPublished,
            identifier: identifier
        )
        if filter.count(where: { $0 == UInt8(ascii: "/") }) >= MQTTConnection.maximumLevels {
            return refuse(.topicFilterInvalid, nil, "the filter has too many levels")
        }
        switch SharedFilter.parse(filter.span) {
        case .invalid: return refuse(.topicFilterInvalid, nil, "the filter is no topic filter")
        case .plain:
            guard self.server.authorizer.allows(.subscribe, filter, for: self.identity) else { return deny(filter) }
            // Joins the tree, then reads: a message may come twice, none can be missed.
            let isNew = session.subscriptions.updateValue(options, forKey: filter) == nil
            self.shard.subscribe(session, filter, options)
            if subscription.retainHandling == 0 || (subscription.retainHandling == 1 && isNew) {
                options.flags |= 2  // a retained message that a subscription asks for says that it is one
                self.replays.append(RetainedReplay(filter: filter, options: options))
            }
        case .shared(let group, let inner):
            let topics = Array(filter[inner])
            guard self.server.authorizer.allows(.subscribe, topics, for: self.identity) else { return deny(topics) }
            let key = ShareKey(namespace: session.namespace, group: Array(filter[group]), filter: topics)
            let home = session.shares[filter]?.home
            session.shares[filter] = MQTTSession.Share(key: key, options: options, home: home)
            pending.awaited.insert(filter)
            self.shard.join(key, session.address, options, session.credit(limit: self.sendMaximum))
        }
        return MQTTReasonCode(rawValue: qos)
    }

    /// The home of a shared subscription answered.
    func joined(_ filter: [UInt8]) {
        // In place: a SUBSCRIBE may name 60,000 shared filters, and a copy of what is awaited for each answer would be too much.
        guard self.subscribing?.awaited.remove(filter) != nil, let session = self.session else { return }
        if self.subscribing?.awaited.isEmpty == true {
            self.finishSubscribe(session)
            self.resumeParsing()
        }
    }

    private func finishSubscribe(_ session: MQTTSession) {
        guard let pending = self.subscribing else { return }
        self.subscribing = nil
        let suback = MQTTSuback(packetID: pending.packetID, reasons: pending.reasons)
        var packet = suback.encoded(self.version)
        if packet.count > self.maximumPacketSize { return self.cannotAnswer("SUBACK") }
        if let why = pending.why, self.wantsProblemInformation {
            var explained = suback
            explained.properties.reasonString = why
            let bytes = explained.encoded(self.version)
            if bytes.count <= self.maximumPacketSize { packet = bytes }  // [MQTT-3.9.2-1]
        }
        // While homes were asked the record may have been stored: then nothing would come to wake the answer.
        let receipt = pending.receipt.flatMap { self.shard.isSettled($0) ? nil : $0 }
        self.answer(packet, receipt)
        if !self.replays.isEmpty { self.replay() }
    }

    /// Source: MQTT 5.0 §3.10.4.
    func receivedUnsubscribe(_ packet: MQTTUnsubscribe, _ session: MQTTSession) {
        self.shard.workDeliveries += packet.filters.count * MQTTConnection.filterWork
        var reasons: [MQTTReasonCode] = []
        for filter in packet.filters {
            self.replays.remove(filter)
            if session.unsubscribe(filter) {
                reasons.append(.success)
            } else if case .invalid = SharedFilter.parse(filter.span) {
                reasons.append(.topicFilterInvalid)
            } else {
                reasons.append(.noSubscriptionExisted)
            }
        }
        if session.isKept { self.shard.store(.state) }
        let unsuback = MQTTUnsuback(packetID: packet.packetID, reasons: reasons)
        var bytes = unsuback.encoded(self.version)
        if bytes.count > self.maximumPacketSize { return self.cannotAnswer("UNSUBACK") }
        if self.wantsProblemInformation, reasons.contains(.topicFilterInvalid) {
            var explained = unsuback
            explained.properties.reasonString = "a filter is no topic filter"
            let longer = explained.encoded(self.version)
            if longer.count <= self.maximumPacketSize { bytes = longer }  // [MQTT-3.11.2-1]
        }
        self.answer(bytes, session.isKept ? self.shard.receipt(for: .state) : nil)
    }

    /// A client that asks for more in one packet than it takes in the answer to it [MQTT-3.1.2-24].
    private func cannotAnswer(_ packet: String) {
        self.fail(.packetTooLarge, "the client takes no packet as large as its \(packet)")
    }

    // MARK: Retained messages

    /// Sends retained messages while the output has room; goes on when it has drained. At most 16 slices of 256 at a time.
    func replay() {
        guard self.isOpen, let session = self.session else { return }
        for _ in 0..<16 {
            guard let replay = self.replays.first else { return }
            if self.output.count > self.server.lowWatermark || session.queue.count > self.server.settings.maxInflight {
                return
            }
            let slice = self.shard.broker.retained.read(
                replay.filter.span,
                in: session.namespace,
                after: replay.last,
                now: self.shard.now
            )
            for message in slice.messages { self.deliverRetained(message, replay.options, session) }
            guard self.isOpen else { return }  // a delivery may have been one too many
            self.replays.goOn(after: slice.last)
        }
        self.markDirty()  // a flush, even of nothing, brings the next turn
    }

    private func deliverRetained(_ message: StoredMessage, _ options: SubscriptionOptions, _ session: MQTTSession) {
        let topic = message.block.span(message.topic).copied()
        guard self.server.authorizer.allows(.readRetained, topic, for: self.identity) else { return }
        self.shard.workDeliveries += 1
        self.shard.deliver(message) { session.take($0, options, nil) }
    }
}
