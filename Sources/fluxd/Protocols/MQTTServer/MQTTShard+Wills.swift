import Bytes
import Core
import MQTTWire
import Machine
import StateRecords

/// Messages that the server publishes for somebody: wills, and what is retained.
extension MQTTShard {
    /// With the rights that its client has now.
    func publishWill(of session: MQTTSession) {
        guard let will = session.will else { return }
        session.will = nil
        session.willAt = 0
        guard self.authorizer.allows(.will, will.topic, for: session.identity) else {
            self.shard.counters.add(.droppedNotAuthorized)
            return session.deleteWill()
        }
        self.shard.counters.add(.willsPublished)
        self.publish(will, in: session.namespace, session.handOverWill())
    }

    func publishWaitingWills() {
        let wills = self.waitingWills
        self.waitingWills = []
        for (will, namespace, record) in wills { self.publish(will, in: namespace, record) }
    }

    /// A full link keeps a will here, and it is tried again: nobody's reading can be stopped for it.
    ///
    /// - Parameter record: Goes when the message is stored; nil for a will that no store has.
    private func publish(_ will: MQTTWill, in namespace: Namespace, _ record: WillRecord?) {
        var hint: Int32 = -1
        guard let route = self.shard.route(will.topic.span, in: namespace, hint: &hint) else {
            record?.delete()
            return
        }
        if self.shard.isBlocked(route)
            || (will.retain && self.shard.isKeeperBlocked(will.topic.span, in: namespace))
        {
            // One reminder for all of them: each is looked at again with the rest.
            if self.waitingWills.isEmpty { self.remind(.waitingWills, at: self.shard.now + 100) }
            self.waitingWills.append((will, namespace, record))
            return
        }
        let isAddressed = QueueAddress.isOne(will.topic.span)
        if isAddressed, !QueueAddress.isPlain(will.topic.span) {
            record?.delete()  // nobody is left to have settled anything
            return
        }
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
        let isRetained = retain && self.retain(message)
        let outcome = self.shard.publish(message, along: route)
        let keeper = isRetained ? self.shard.keeper(of: will.topic.span, in: namespace) : nil
        record?.goes(with: self.shard.receipt(for: outcome, keeper: keeper))
    }

    /// Sets, replaces or removes its topic's retained message, and has that stored.
    ///
    /// - Returns: False when there is no room for another retained message, in memory or on the disk.
    func retain(_ message: borrowing MessageView) -> Bool {
        let broker = self.shard.broker
        guard broker.volume.isWritable else {
            self.shard.counters.add(.droppedNoSpace)
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

/// The record of a will that is published: it goes when all who store the message have it. A kill before that has the will
/// published again, rather than never.
final class WillRecord: StoreWaiter {
    private let session: UInt64
    private unowned let server: MQTTShard
    private var receipt: Receipt?
    /// The session has ended meanwhile, and its record goes with the will's.
    var endsSession = false

    init(of session: UInt64, _ server: MQTTShard) {
        self.session = session
        self.server = server
    }

    func goes(with receipt: Receipt?) {
        guard let receipt else { return self.delete() }
        self.receipt = receipt
        self.server.shard.waitForStore(self, until: receipt)
    }

    func progressed() {
        if let receipt = self.receipt, !self.server.shard.isSettled(receipt) {
            return self.server.shard.waitForStore(self, until: receipt)
        }
        self.delete()
    }

    func delete() {
        // The session may have another will by now, under the same key.
        guard self.server.willRecords[self.session] === self else { return }
        self.server.willRecords[self.session] = nil
        self.server.shard.store(.state, .delete(key: StateKey.will(session: self.session).bytes))
        if self.endsSession { self.server.shard.store(.state, .delete(key: StateKey.session(self.session).bytes)) }
    }
}

@available(*, unavailable)
extension WillRecord: Sendable {}

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
