import Bytes
import Core
import MQTTWire
import Machine

/// Messages that the server publishes for somebody: wills, and what is retained.
extension MQTTShard {
    /// With the rights that its client has now.
    func publishWill(of session: MQTTSession) {
        guard let will = session.will else { return }
        session.will = nil
        session.willAt = 0
        session.deleteWill()
        guard self.authorizer.allows(.will, will.topic, for: session.identity) else {
            self.shard.counters.add(.droppedNotAuthorized)
            return
        }
        self.shard.counters.add(.willsPublished)
        self.publish(will, in: session.namespace)
    }

    func publishWaitingWills() {
        let wills = self.waitingWills
        self.waitingWills = []
        for (will, namespace) in wills { self.publish(will, in: namespace) }
    }

    /// A full link keeps a will here, and it is tried again: nobody's reading can be stopped for it.
    private func publish(_ will: MQTTWill, in namespace: Namespace) {
        var hint: Int32 = -1
        guard let route = self.shard.route(will.topic.span, in: namespace, hint: &hint) else { return }
        if self.shard.isBlocked(route)
            || (will.retain && self.shard.isKeeperBlocked(will.topic.span, in: namespace))
        {
            // One reminder for all of them: each is looked at again with the rest.
            if self.waitingWills.isEmpty { self.remind(.waitingWills, at: self.shard.now + 100) }
            self.waitingWills.append((will, namespace))
            return
        }
        let isAddressed = QueueAddress.isOne(will.topic.span)
        if isAddressed, !QueueAddress.isPlain(will.topic.span) { return }  // nobody is left to have settled anything
        let retain = will.retain && !isAddressed
        let header = will.header
        let expiry = will.properties.messageExpiryInterval.map { max(1, self.shard.now + UInt64($0) * 1_000) } ?? 0
        let message = MessageView(
            topic: will.topic.span,
            header: header.span,
            payload: will.payload.span,
            qos: min(will.qos, self.settings.maxQoS),
            retain: retain,
            expiry: expiry,
            namespace: namespace
        )
        if retain { _ = self.retain(message) }
        _ = self.shard.publish(message, along: route)
    }

    /// Sets, replaces or removes its topic's retained message, and has that stored.
    ///
    /// - Returns: False when there is no room for another retained message, in memory or on the disk.
    func retain(_ message: borrowing MessageView) -> Bool {
        let broker = self.shard.broker
        guard broker.volume.isWritable else {
            self.shard.counters.add(.droppedQueueFull)
            return false
        }
        if message.payload.isEmpty {
            _ = broker.retained.remove(message.topic, in: message.namespace)
            self.shard.storeRetained(nil, message.topic, in: message.namespace)
            return true
        }
        let kept = self.shard.storedForm(of: message)
        guard broker.retained.bytes + kept.weight + broker.budget.leasedBytes <= broker.budget.limit else {
            self.shard.counters.add(.droppedMemory)
            return false
        }
        if broker.retained.set(kept, limit: broker.settings.maxRetained, now: self.shard.now) == .full {
            self.shard.counters.add(.droppedQueueFull)
            return false
        }
        self.shard.storeRetained(kept, message.topic, in: message.namespace)
        return true
    }
}

extension MQTTWill {
    /// The properties that travel with the will's message.
    fileprivate var header: [UInt8] {
        var header = MessageHeader()
        header.isText = self.properties.payloadFormatIndicator.map { $0 == 1 }
        header.contentType = self.properties.contentType
        header.replyTo = self.properties.responseTopic
        header.correlation = self.properties.correlationData
        header.userHeaders = self.properties.userProperties.map { .init($0.name, $0.value) }
        return header.encoded()
    }
}
