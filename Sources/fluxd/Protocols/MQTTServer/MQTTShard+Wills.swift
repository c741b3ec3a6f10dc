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
        if self.shard.isBlocked(route) {
            // One reminder for all of them: each is looked at again with the rest.
            if self.waitingWills.isEmpty { self.remind(.waitingWills, at: self.shard.now + 100) }
            self.waitingWills.append((will, namespace))
            return
        }
        let header = will.header
        let expiry = will.properties.messageExpiryInterval.map { max(1, self.shard.now + UInt64($0) * 1_000) } ?? 0
        let message = MessageView(
            topic: will.topic.span,
            header: header.span,
            payload: will.payload.span,
            qos: min(will.qos, self.settings.maxQoS),
            retain: will.retain,
            expiry: expiry,
            namespace: namespace
        )
        if will.retain {
            self.shard.store(.state)
            _ = self.retain(message)
        }
        _ = self.shard.publish(message, along: route)
    }

    /// - Returns: False when there is no room for another retained message.
    func retain(_ message: borrowing MessageView) -> Bool {
        if message.payload.isEmpty {
            _ = self.shard.broker.retained.remove(message.topic, in: message.namespace)
            return true
        }
        let kept = self.shard.storedForm(of: message)
        let broker = self.shard.broker
        guard broker.retained.bytes + kept.weight + broker.budget.leasedBytes <= broker.budget.limit else {
            self.shard.counters.add(.droppedMemory)
            return false
        }
        let limit = self.shard.broker.settings.maxRetained
        if self.shard.broker.retained.set(kept, limit: limit, now: self.shard.now) == .full {
            self.shard.counters.add(.droppedQueueFull)
            return false
        }
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
