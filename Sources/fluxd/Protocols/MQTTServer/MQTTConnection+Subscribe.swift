import Bytes
import Core
import MQTTWire
import Machine
import Topics

/// A SUBSCRIBE whose SUBACK waits until publishers see all of it.
struct PendingSubscribe {
    var packetID: UInt16
    var reasons: [MQTTReasonCode]
    /// Shared filters whose home has not answered.
    var awaited: Set<[UInt8]>
    /// The record of a kept session's subscriptions.
    var receipt: Receipt?
}

/// Retained messages on their way to a new subscription, a slice at a time.
struct RetainedReplay {
    var filter: [UInt8]
    var options: SubscriptionOptions
    /// The last topic that was looked at.
    var last: [UInt8]?
}

extension MQTTConnection {
    /// Source: MQTT 5.0 §3.8.4.
    func receivedSubscribe(_ packet: MQTTSubscribe, _ session: MQTTSession) -> StopReason? {
        self.shard.workDeliveries += packet.filters.count * MQTTConnection.filterWork
        let identifier = packet.properties.subscriptionIdentifiers.first ?? 0
        var pending = PendingSubscribe(packetID: packet.packetID, reasons: [], awaited: [])
        self.subscribing = pending
        for subscription in packet.filters {
            pending.reasons.append(self.subscribe(subscription, identifier, session, &pending.awaited))
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
        _ awaited: inout Set<[UInt8]>
    ) -> MQTTReasonCode {
        let filter = subscription.filter
        let qos = min(subscription.qos, self.server.settings.maxQoS)
        var options = SubscriptionOptions(
            qos: qos,
            noLocal: subscription.noLocal,
            retainAsPublished: subscription.retainAsPublished,
            identifier: identifier
        )
        if filter.count(where: { $0 == UInt8(ascii: "/") }) >= MQTTConnection.maximumLevels {
            return .topicFilterInvalid
        }
        switch SharedFilter.parse(filter.span) {
        case .invalid: return .topicFilterInvalid
        case .plain:
            guard self.server.authorizer.allows(.subscribe, filter, for: self.identity) else { return .notAuthorized }
            // Joins the tree, then reads: a message may come twice, none can be missed.
            let isNew = session.subscriptions.updateValue(options, forKey: filter) == nil
            self.shard.subscribe(session, filter, options)
            if subscription.retainHandling == 0 || (subscription.retainHandling == 1 && isNew) {
                options.flags |= 2  // a retained message that a subscription asks for says that it is one
                self.replays.removeAll { $0.filter == filter }  // asked again: from the start, once
                self.replays.append(RetainedReplay(filter: filter, options: options))
            }
        case .shared(let group, let inner):
            let topics = Array(filter[inner])
            guard self.server.authorizer.allows(.subscribe, topics, for: self.identity) else { return .notAuthorized }
            let key = ShareKey(namespace: session.namespace, group: Array(filter[group]), filter: topics)
            let home = session.shares[filter]?.home
            session.shares[filter] = MQTTSession.Share(key: key, options: options, home: home)
            awaited.insert(filter)
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
        // While homes were asked the record may have been stored: then nothing would come to wake the answer.
        let receipt = pending.receipt.flatMap { self.shard.isSettled($0) ? nil : $0 }
        self.answer(suback.encoded(self.version), receipt)
        if !self.replays.isEmpty { self.replay() }
    }

    /// Source: MQTT 5.0 §3.10.4.
    func receivedUnsubscribe(_ packet: MQTTUnsubscribe, _ session: MQTTSession) {
        self.shard.workDeliveries += packet.filters.count * MQTTConnection.filterWork
        var reasons: [MQTTReasonCode] = []
        for filter in packet.filters {
            self.replays.removeAll { $0.filter == filter }
            if session.subscriptions.removeValue(forKey: filter) != nil {
                self.shard.unsubscribe(session, filter)
                reasons.append(.success)
            } else if let share = session.shares.removeValue(forKey: filter) {
                if let home = share.home { self.shard.leave(home, session.address, finishes: true) }
                reasons.append(.success)
            } else if case .invalid = SharedFilter.parse(filter.span) {
                reasons.append(.topicFilterInvalid)
            } else {
                reasons.append(.noSubscriptionExisted)
            }
        }
        if session.isKept { self.shard.store(.state) }
        let unsuback = MQTTUnsuback(packetID: packet.packetID, reasons: reasons)
        self.answer(unsuback.encoded(self.version), session.isKept ? self.shard.receipt(for: .state) : nil)
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
            if let last = slice.last { self.replays[0].last = last } else { self.replays.removeFirst() }
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
