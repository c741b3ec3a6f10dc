import Bytes
import Core
import MQTTWire
import Machine
import QueueEngine
import StateRecords

/// A session as a consumer of queues: joining and leaving, deliveries and what they wait for, credit.
///
/// The subscription is the session's and is kept with it; the consumer is there while the client is. What a client had and did not
/// settle goes to others as soon as it is gone.
extension MQTTSession {
    /// Deliveries that a queue may send ahead at most.
    private static let maximumCredit = 256

    /// The part of the client's receive maximum that each of its queues has: all get the same, and ordinary messages as much as one.
    private func share(of queues: QueueSubscriptions) -> Int { max(1, self.sendMaximum / (queues.count + 1)) }

    // MARK: Joining

    /// Takes the place of a subscription with the same filter.
    ///
    /// - Returns: The handle that the queue's answer will name; nil when there is nothing to ask.
    func subscribe(to subscription: QueueSubscription) -> UInt32? {
        let queues = self.queues ?? QueueSubscriptions()
        self.queues = queues
        if let known = queues.byFilter[subscription.filter] {
            if known.group == subscription.group, known.qos == subscription.qos, known.link != nil,
                subscription.terms.start == .stored
            {
                (known.terms, known.identifier) = (subscription.terms, subscription.identifier)
                if self.isStored { self.storeSubscription(known) }
                return nil
            }
            self.leave(known, of: queues)
        }
        queues.insert(subscription)
        return queues.makeHandle(for: subscription)
    }

    /// Asks the queue; the answer may come before this returns.
    func join(_ subscription: QueueSubscription, on shard: ShardState) {
        guard let queues = self.queues, subscription.handle != 0 else { return }
        let credit = min(self.share(of: queues), MQTTSession.maximumCredit)
        subscription.allowed = UInt32(credit)
        var request = ConsumeRequest(
            namespace: self.namespace,
            queue: subscription.queue,
            group: subscription.group,
            credit: UInt32(credit)
        )
        request.filter = subscription.key
        request.start = subscription.terms.start
        request.commitsAutomatically = subscription.terms.commitsAutomatically
        subscription.terms.start = .stored  // only the first time
        shard.consume(request, for: self.address, handle: subscription.handle)
    }

    /// The client is back: its queues are asked anew.
    func joinQueues() {
        guard let queues = self.queues else { return }
        for subscription in queues.inOrder {
            _ = queues.makeHandle(for: subscription)
            self.join(subscription, on: self.shard)
        }
    }

    func receivedAnswer(_ handle: UInt32, _ answer: Result<QueueLink, QueueRefusal>) {
        guard let queues = self.queues, let subscription = queues.byHandle[handle] else {
            if case .success(let link) = answer { self.shard.leave(link) }  // it was given up meanwhile
            return
        }
        switch answer {
        case .success(let link):
            subscription.link = link
            subscription.isStream =
                self.shard.broker.queues.find(subscription.queue, in: self.namespace)?.isStream ?? subscription.isStream
            if self.isStored { self.storeSubscription(subscription) }
            self.connection?.queueAnswered(handle, nil)
        case .failure(let refusal):
            self.drop(subscription, of: queues)
            // A client that has just come back is told nothing: it asked for nothing.
            if self.connection?.queueAnswered(handle, refusal) != true { self.reportLost(subscription) }
        }
    }

    /// The queue or its group is gone, or an operator threw the consumer out.
    func consumerEnded(_ handle: UInt32) {
        guard let queues = self.queues, let subscription = queues.byHandle[handle] else { return }
        self.drop(subscription, of: queues)
        self.reportLost(subscription)
    }

    private func drop(_ subscription: QueueSubscription, of queues: QueueSubscriptions) {
        queues.remove(subscription)
        if self.isStored { self.deleteSubscription(subscription.filter) }
    }

    private func reportLost(_ subscription: QueueSubscription) {
        self.shard.counters.add(.subscriptionsRevoked)
        self.server.report(
            .revoked(client: self.clientID, user: self.identity.username, filter: subscription.filter)
        )
    }

    /// As it was stored; the queue is asked when the client comes.
    func restoreQueue(_ filter: [UInt8], _ record: StateV1.Subscription, _ options: SubscriptionOptions) {
        guard case .queue(let name, let key)? = QueueAddress(filter.span.string()) else {
            return self.deleteSubscription(filter)
        }
        var terms = QueueTerms()
        terms.commitsAutomatically = !record.commitsByHand
        terms.settlesWithPuback = record.settlesWithPuback
        let queues = self.queues ?? QueueSubscriptions()
        self.queues = queues
        queues.insert(
            QueueSubscription(
                filter,
                queue: name,
                key: key,
                group: record.group,
                terms: terms,
                options: options,
                isStream: options.qos == 0
            )
        )
    }

    // MARK: Leaving

    /// - Returns: Whether there was such a subscription.
    func unsubscribeQueue(_ filter: [UInt8]) -> Bool {
        guard let queues = self.queues, let subscription = queues.byFilter[filter] else { return false }
        self.leave(subscription, of: queues)
        queues.remove(subscription)
        if self.isStored { self.deleteSubscription(filter) }
        return true
    }

    private func leave(_ subscription: QueueSubscription, of queues: QueueSubscriptions) {
        // What waits here, and what is still under way, the client never had.
        if let link = subscription.link { self.shard.leave(link, seen: subscription.deliveries &- subscription.unsent) }
        queues.forgetLink(of: subscription)
    }

    /// The client is gone: others get what it had.
    func leaveQueues() {
        guard let queues = self.queues else { return }
        for subscription in queues.inOrder {
            self.leave(subscription, of: queues)
            subscription.unanswered = 0
        }
        for packetID in queues.inflight.keys.sorted() { self.window.close(packetID) }
        queues.inflight = [:]
        while !queues.waiting.isEmpty { self.shard.unreserve(queues.waiting.removeFirst().message.weight) }
    }

    // MARK: Deliveries

    func take(_ message: borrowing MessageView, _ handover: QueueHandover) {
        guard let queues = self.queues, let subscription = queues.byHandle[handover.handle],
            let connection = self.connection
        else { return }  // it has left, and the queue is about to hear of it
        subscription.deliveries &+= 1
        let delivery = QueueSubscriptions.Inflight(subscription: subscription, handover: handover)
        if subscription.qos == 0 {
            self.write(message, message.envelope, delivery, 0, on: connection)
            return self.renewCredit(of: subscription, queues)
        }
        subscription.unanswered += 1
        if queues.waiting.isEmpty, self.hasRoom(connection) {
            self.send(message, message.envelope, delivery, queues, connection)
        } else {
            self.keep(message, delivery, queues)
        }
        self.renewCredit(of: subscription, queues)
    }

    private func keep(
        _ message: borrowing MessageView,
        _ delivery: QueueSubscriptions.Inflight,
        _ queues: QueueSubscriptions
    ) {
        let stored = StoredMessage(copying: message)
        guard self.shard.reserve(stored.weight) else {
            // No memory here; another consumer may have some, or this one later.
            delivery.subscription.unanswered -= 1
            queues.withholdsCredit = true
            return self.shard.settle(SettleRequest(delivery.handover, .released), from: self.address)
        }
        delivery.subscription.unsent += 1
        queues.waiting.append(
            QueueSubscriptions.Waiting(message: stored, publisher: message.envelope.copied(), delivery: delivery)
        )
    }

    /// Sends what waits, as far as the window and the output have room.
    func sendWaiting() {
        guard let queues = self.queues, let connection = self.connection else { return }
        while !queues.waiting.isEmpty, self.hasRoom(connection) {
            let waiting = queues.waiting.removeFirst()
            self.shard.unreserve(waiting.message.weight)
            guard queues.byHandle[waiting.delivery.handover.handle] === waiting.delivery.subscription else {
                waiting.delivery.subscription.unanswered -= 1  // unsubscribed meanwhile: others have it
                continue
            }
            waiting.delivery.subscription.unsent -= 1
            self.shard.deliver(waiting.message) {
                self.send($0, waiting.publisher.span, waiting.delivery, queues, connection)
            }
        }
    }

    private func send(
        _ message: borrowing MessageView,
        _ publisher: Span<UInt8>,
        _ delivery: QueueSubscriptions.Inflight,
        _ queues: QueueSubscriptions,
        _ connection: MQTTConnection
    ) {
        let packetID = self.window.open(.awaitingPuback, .none, retain: false, identifier: 0)
        if self.write(message, publisher, delivery, packetID, on: connection) {
            queues.inflight[packetID] = delivery
            return
        }
        // Larger than the client takes: it never will be processed here [MQTT-3.1.2-25].
        self.window.close(packetID)
        delivery.subscription.unanswered -= 1
        var request = SettleRequest(delivery.handover, .rejected)
        request.reason = "the message is larger than its consumer takes"
        self.shard.settle(request, from: self.address)
    }

    /// - Parameter publisher: ``QueuePublisher``, encoded.
    /// - Returns: False when the client does not take packets of that size.
    @discardableResult
    private func write(
        _ message: borrowing MessageView,
        _ publisher: Span<UInt8>,
        _ delivery: QueueSubscriptions.Inflight,
        _ packetID: UInt16,
        on connection: MQTTConnection
    ) -> Bool {
        let subscription = delivery.subscription
        let topic = subscription.address(of: message.topic)
        var header: [UInt8] = []
        if connection.version == .v5 {
            header = message.header.copied()
            header.stamp(delivery.handover, subscription, message.topic, publisher)
        }
        var encoding = PublishEncoding()
        encoding.qos = packetID == 0 ? 0 : 1
        encoding.packetID = packetID
        let view = MessageView(
            topic: topic.span,
            header: header.span,
            payload: message.payload,
            qos: encoding.qos,
            expiry: message.expiry,
            namespace: self.namespace
        )
        return connection.write(view, &encoding, subscription.identifier == 0 ? [] : [subscription.identifier])
    }

    // MARK: Answers

    /// - Returns: False for a packet that came from no queue.
    func receivedQueuePuback(_ packetID: UInt16, _ reason: MQTTReasonCode, _ queues: QueueSubscriptions) -> Bool {
        guard let delivery = queues.inflight.removeValue(forKey: packetID) else { return false }
        self.window.close(packetID)
        let subscription = delivery.subscription
        subscription.unanswered -= 1
        // Before MQTT 5 there is nothing else to say it with.
        if subscription.terms.settlesWithPuback || self.connection?.version != .v5 {
            let settlement: Settlement = reason.isError ? .failed(delay: nil) : .accepted
            self.shard.settle(SettleRequest(delivery.handover, settlement), from: self.address)
        }
        self.sendWaiting()
        self.renewCredit(of: subscription, queues)
        return true
    }

    // MARK: Credit

    /// Lends the queue as much as the client has room for, unless it still has enough.
    private func renewCredit(of subscription: QueueSubscription, _ queues: QueueSubscriptions) {
        guard let link = subscription.link, let connection = self.connection else { return }
        let room = subscription.qos == 0 ? Int.max : self.share(of: queues) - subscription.unanswered
        let wanted = min(room, MQTTSession.maximumCredit)
        let left = subscription.credit
        guard wanted > left, left == 0 || left <= wanted / 2 else { return }
        if connection.output.count > self.server.lowWatermark {
            queues.withholdsCredit = true
            return
        }
        subscription.allowed = subscription.deliveries &+ UInt32(wanted)
        self.shard.setCredit(link, deliveryCount: subscription.deliveries, credit: UInt32(wanted))
    }

    /// The client has read what was written for it.
    func renewCredit() {
        guard let queues = self.queues else { return }
        self.sendWaiting()
        guard queues.withholdsCredit else { return }
        queues.withholdsCredit = false
        for subscription in queues.inOrder { self.renewCredit(of: subscription, queues) }
    }
}

extension [UInt8] {
    /// What a queue says of a delivery, behind what the publisher said.
    fileprivate mutating func stamp(
        _ handover: QueueHandover,
        _ subscription: QueueSubscription,
        _ topic: Span<UInt8>,
        _ publisher: Span<UInt8>
    ) {
        self.append("message-id", "\(subscription.queue):\(handover.id.number)")
        self.append("group-id", subscription.groupID)
        self.append("queue", subscription.queue)
        self.append("offset", String(handover.id.offset))
        self.append("x-source-topic", topic.copied())
        self.append("x-delivery-count", String(handover.count))
        if let publisher = QueuePublisher(publisher) {
            if !publisher.clientID.isEmpty { self.append("client_id", publisher.clientID) }
            if !publisher.externalID.isEmpty { self.append("external_id", publisher.externalID) }
            if let name = publisher.origin.name { self.append("protocol", name) }
        }
        guard subscription.isStream else { return }
        self.append("x-stream-offset", String(handover.id.offset))
        self.append("x-stream-timestamp", String(handover.time))
        guard let primary = handover.primary else { return }
        self.append("x-work-committed-offset", String(primary.committed))
        self.append("x-work-acked", handover.id.offset < primary.committed ? "true" : "false")
        self.append("x-work-group", primary.group)
    }

    private mutating func append(_ name: String, _ value: String) { self.append(name, Swift.Array(value.utf8)) }

    private mutating func append(_ name: String, _ value: [UInt8]) {
        self.append(HeaderField.userHeader.rawValue)
        for part in [Swift.Array(name.utf8), value] {
            self.append(UInt8(part.count >> 8))
            self.append(UInt8(part.count & 255))
            self += part
        }
    }
}
