import Bytes
import Core
import MQTTWire
import Machine
import Topics

extension MQTTConnection {
    /// Source: MQTT 5.0 §3.8.4, §3.10.4.
    func receivedFilters(
        _ type: MQTTPacketType,
        _ body: Span<UInt8>,
        _ session: MQTTSession
    ) throws(MQTTDecodeError) -> StopReason? {
        let reader = try MQTTFilterReader(type, body, version: self.version)
        // Before any of it counts: it is kept until all of it is done.
        if body.count >= MQTTConnection.reservedSize, !self.reserve(body.count) {
            self.fail(.quotaExceeded, "no memory for a packet of \(body.count) bytes")
            return .closing
        }
        let request = FilterRequest(reader, body.copied())
        self.request = request
        var budget = FilterRequest.slice
        if try self.advance(request, session, &budget) {
            // Homes of shared filters may be on other shards.
            return self.request == nil ? nil : .reply
        }
        self.server.goOnLater(self)
        return .reply
    }

    /// The next slice of a request that was too long for one.
    ///
    /// - Returns: Whether there is more to do.
    func goOnWithFilters(_ budget: inout Int) -> Bool {
        guard let request = self.request, let session = self.session else { return false }
        do throws(MQTTDecodeError) {
            guard try self.advance(request, session, &budget) else { return true }
            if self.request == nil { self.resumeParsing() }
        } catch {
            self.fail(error)
        }
        return false
    }

    /// - Returns: Whether all filters are done. Then the answer is on its way, unless homes of shared subscriptions are awaited.
    private func advance(
        _ request: FilterRequest,
        _ session: MQTTSession,
        _ budget: inout Int
    ) throws(MQTTDecodeError) -> Bool {
        guard try request.check(&budget) else { return false }
        let before = request.reasons.count
        while budget > 0, !request.isThrough {
            guard let subscription = try request.next() else {
                request.isThrough = true
                break
            }
            budget -= FilterRequest.perFilter
            if request.isSubscribe {
                self.subscribe(subscription, request, session)
            } else {
                self.unsubscribe(subscription.filter, request, session)
            }
        }
        self.shard.workDeliveries += (request.reasons.count - before) * MQTTConnection.filterWork
        if session.isKept, request.isThrough || request.reasons.count > before {
            self.shard.store(.state)
            if request.isThrough { request.receipt = self.shard.receipt(for: .state) }
        }
        if request.isAnswered { self.finish(request) }
        return request.isThrough
    }

    /// Levels of a filter, as in Mosquitto: each may be a node of the shared tree, and a client could ask for 32,000 a filter.
    static let maximumLevels = 200

    private func subscribe(_ subscription: MQTTSubscription, _ request: FilterRequest, _ session: MQTTSession) {
        let filter = subscription.filter
        func deny(_ topics: [UInt8]) {
            if self.mayReport(&self.lastDenial, every: 1_000) { self.reportDenial(.subscribe, topics) }
            self.shard.counters.add(.subscribesDenied)
            request.refuse(.notAuthorized, "not authorized to subscribe")
        }
        if !self.filterTokens.take(now: self.shard.now) {
            if self.mayReport(&self.lastLimit, every: 60_000) { self.reportLimit("its rate of subscribing") }
            self.shard.counters.add(.subscribesThrottled)
            return request.refuse(.quotaExceeded, "too many filters a second")
        }
        let limit = self.server.settings.maxSubscriptions
        let isKnown =
            session.subscriptions[filter] != nil || session.shares[filter] != nil
            || session.queues?.byFilter[filter] != nil
        if limit > 0, !isKnown, session.subscriptionCount >= limit {
            if self.mayReport(&self.lastLimit, every: 60_000) { self.reportLimit("\(limit) subscriptions") }
            self.shard.counters.add(.subscriptionsLimited)
            return request.refuse(.quotaExceeded, "the session has all its \(limit) subscriptions")
        }
        let qos = min(subscription.qos, self.server.settings.maxQoS)
        var options = SubscriptionOptions(
            qos: qos,
            noLocal: subscription.noLocal,
            retainAsPublished: subscription.retainAsPublished,
            identifier: request.identifier
        )
        if filter.count(where: { $0 == UInt8(ascii: "/") }) >= MQTTConnection.maximumLevels {
            return request.refuse(.topicFilterInvalid, "the filter has too many levels")
        }
        if QueueAddress.isOne(filter.span) {
            guard self.server.authorizer.allows(.subscribe, filter, for: self.identity) else { return deny(filter) }
            return self.subscribeToQueue(filter, options, request, session)
        }
        switch SharedFilter.parse(filter.span) {
        case .invalid: return request.refuse(.topicFilterInvalid, "the filter is no topic filter")
        case .plain:
            guard self.server.authorizer.allows(.subscribe, filter, for: self.identity) else { return deny(filter) }
            // Joins the tree, then reads: a message may come twice, none can be missed.
            let isNew = session.subscriptions[filter] == nil
            session.subscriptions[filter] = options
            self.shard.subscribe(session, filter, options)
            if session.isStored { session.storeSubscription(filter, options) }
            if subscription.retainHandling == 0 || (subscription.retainHandling == 1 && isNew) {
                options.flags |= 2  // a retained message that a subscription asks for says that it is one
                self.replays.append(RetainedReplay(filter: filter, options: options))
            }
        case .shared(let group, let inner):
            let topics = Array(filter[inner])
            if QueueAddress.isOne(topics.span) {
                let why = "a queue shares by itself: subscribe to its address, with consumer-group"
                return request.refuse(.topicFilterInvalid, why)
            }
            guard self.server.authorizer.allows(.subscribe, topics, for: self.identity) else { return deny(topics) }
            let key = ShareKey(namespace: session.namespace, group: Array(filter[group]), filter: topics)
            let home = session.shares[filter]?.home
            session.shares[filter] = MQTTSession.Share(key: key, options: options, home: home)
            if session.isStored { session.storeSubscription(filter, options) }
            if home == nil { request.awaited.insert(filter) }
            self.shard.join(key, session.address, options, session.credit(limit: self.sendMaximum))
        }
        request.reasons.append(MQTTReasonCode(rawValue: qos))
    }

    private func unsubscribe(_ filter: [UInt8], _ request: FilterRequest, _ session: MQTTSession) {
        self.replays.remove(filter)
        if session.unsubscribe(filter) {
            request.reasons.append(.success)
        } else if case .invalid = SharedFilter.parse(filter.span) {
            request.refuse(.topicFilterInvalid, "a filter is no topic filter")
        } else {
            request.reasons.append(.noSubscriptionExisted)
        }
    }

    /// The home of a shared subscription answered; if it is on this shard, before the request went on.
    func joined(_ filter: [UInt8]) {
        guard let request = self.request, request.awaited.remove(filter) != nil else { return }
        self.goOnIfAnswered(request)
    }

    func goOnIfAnswered(_ request: FilterRequest) {
        guard request.isAnswered else { return }
        self.finish(request)
        self.resumeParsing()
    }

    private func finish(_ request: FilterRequest) {
        self.request = nil
        self.giveReserved()
        var packet = self.answer(to: request, why: nil)
        if packet.count > self.maximumPacketSize {
            // A client that asks for more in one packet than it takes in the answer to it [MQTT-3.1.2-24].
            let name = request.isSubscribe ? "SUBACK" : "UNSUBACK"
            return self.fail(.packetTooLarge, "the client takes no packet as large as its \(name)")
        }
        if let why = request.why, self.wantsProblemInformation {
            let explained = self.answer(to: request, why: why)
            if explained.count <= self.maximumPacketSize { packet = explained }  // [MQTT-3.9.2-1] [MQTT-3.11.2-1]
        }
        // While homes were asked the record may have been stored: then nothing would come to wake the answer.
        let receipt = request.receipt.flatMap { self.shard.isSettled($0) ? nil : $0 }
        self.answer(packet, receipt)
        if !self.replays.isEmpty { self.replay() }
    }

    private func answer(to request: FilterRequest, why: String?) -> [UInt8] {
        if request.isSubscribe {
            var suback = MQTTSuback(packetID: request.packetID, reasons: request.reasons)
            suback.properties.reasonString = why
            return suback.encoded(self.version)
        }
        var unsuback = MQTTUnsuback(packetID: request.packetID, reasons: request.reasons)
        unsuback.properties.reasonString = why
        return unsuback.encoded(self.version)
    }

    // MARK: Retained messages

    /// Sends retained messages while the output has room; goes on when it has drained, and not before a request under way is
    /// answered. At most 16 slices of 256 at a time.
    func replay() {
        guard self.isOpen, self.request == nil, let session = self.session else { return }
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
