import Bytes
package import Core
package import MQTTWire
package import Machine

/// One connection as an operator sees it. Each value is worked out when it is asked for; good for as long as the call that
/// brought it.
package struct ConnectionView {
    private let connection: MQTTConnection

    init(_ connection: MQTTConnection) { self.connection = connection }

    package enum State: String {
        case ok
        /// Before CONNECT.
        case new
        /// Takes its output more slowly than it comes.
        case slow
        /// Not read, because what it sends has nowhere to go.
        case waiting
        /// Not read because it used up its rate.
        case throttled
    }

    package var id: StreamID { self.connection.id }
    package var state: State {
        switch self.connection.phase {
        case .awaitingConnect, .authenticating: return .new
        case .storing, .open, .closed: break
        }
        if self.connection.isWriting, self.bufferedBytes >= ConnectionView.slowOutput { return .slow }
        if self.isThrottled { return .throttled }
        return self.connection.isStopped ? .waiting : .ok
    }
    /// Bytes of output that the network refused to take, from which on a client is called slow.
    private static let slowOutput = 64 << 10

    /// Empty before CONNECT.
    package var clientID: [UInt8] { self.connection.session?.clientID ?? [] }
    /// As its CONNECT says, until it is let in; then as it is known: by its own name, or its certificate's.
    package var username: String? { self.connection.identity.username }
    /// nil for a connection in the clear.
    package var tls: TLSFacts? { self.connection.facts.tls }
    /// The proxy that brought the connection.
    package var proxy: PeerAddress? { self.connection.facts.proxy }
    package var isWebSocket: Bool { self.connection.facts.isWebSocket }
    /// The method of enhanced authentication that the client uses.
    package var authenticationMethod: String? { self.connection.authenticationMethod }
    /// Its rate has stopped it, until it has tokens again.
    package var isThrottled: Bool { self.connection.throttledSince != 0 }
    /// nil before CONNECT.
    package var version: MQTTVersion? { self.connection.isVersionKnown ? self.connection.version : nil }
    package var listener: MQTTListener { self.connection.listener }
    package var remote: PeerAddress { self.connection.remote }
    package var counters: UnsafePointer<ConnectionCounters> { UnsafePointer(self.connection.line) }
    /// Milliseconds of the shard's clock.
    package var openedAt: UInt64 { self.connection.openedAt }
    package var lastSeen: UInt64 { self.connection.lastSeen }
    /// Milliseconds that the client promised to be heard in; 0 for none.
    package var keepAlive: UInt64 { self.connection.keepAliveLimit / 3 * 2 }
    package var bufferedBytes: Int { self.connection.output.count }
    package var inflight: Int { self.connection.session?.window.count ?? 0 }
    package var inflightLimit: Int { self.connection.sendMaximum }
    package var queued: Int { self.connection.session?.queue.count ?? 0 }
    package var queuedBytes: Int { self.connection.session?.queue.bytes ?? 0 }
    package var subscriptions: Int { self.connection.session?.subscriptionCount ?? 0 }
    package var isCleanStart: Bool { self.connection.isCleanStart }
    /// Seconds.
    package var sessionExpiry: UInt32 { self.connection.session?.expiryInterval ?? 0 }
    /// Bytes; nil for no limit.
    package var packetLimit: Int? {
        self.connection.maximumPacketSize == .max ? nil : self.connection.maximumPacketSize
    }
    package var willTopic: [UInt8] { self.connection.session?.will?.topic ?? [] }
}

/// One session as an operator sees it, likewise.
package struct SessionView {
    private let session: MQTTSession

    init(_ session: MQTTSession) { self.session = session }

    package var address: SubscriberAddress { self.session.address }
    package var clientID: [UInt8] { self.session.clientID }
    /// The user that it belongs to; nil for an anonymous client's.
    package var username: String? { self.session.identity.username }
    /// nil while the client is away.
    package var connection: StreamID? { self.session.connection?.id }
    /// Milliseconds of the shard's clock.
    package var createdAt: UInt64 { self.session.createdAt }
    /// Seconds.
    package var expiry: UInt32 { self.session.expiryInterval }
    /// Milliseconds of the shard's clock; nil while the client is here, and for a session that is kept for ever.
    package var expiresAt: UInt64? { self.session.expiresAt == 0 ? nil : self.session.expiresAt }
    package var subscriptions: Int { self.session.subscriptionCount }
    package var queued: Int { self.session.queue.count }
    package var queuedBytes: Int { self.session.queue.bytes }
    package var inflight: Int { self.session.window.count }
    package var inflightIn: Int { self.session.received.count }
    package var willTopic: [UInt8] { self.session.will?.topic ?? [] }
}

package struct SubscriptionView {
    package let clientID: [UInt8]
    /// As the client wrote it.
    package let filter: [UInt8]
    /// Name of the shared subscription.
    package let share: [UInt8]?
    /// Consumer group of a subscription to a queue.
    package var group: String?
    package let options: SubscriptionOptions
}

extension SubscriptionView {
    init(_ session: MQTTSession, _ queue: QueueSubscription) {
        let options = SubscriptionOptions(qos: queue.qos, identifier: queue.identifier)
        self.init(clientID: session.clientID, filter: queue.filter, share: nil, group: queue.group, options: options)
    }

    init(_ session: MQTTSession, _ filter: [UInt8], _ share: MQTTSession.Share) {
        self.init(clientID: session.clientID, filter: filter, share: share.key.group, options: share.options)
    }
}

@available(*, unavailable)
extension ConnectionView: Sendable {}

@available(*, unavailable)
extension SessionView: Sendable {}

extension MQTTSession {
    var subscriptionCount: Int { self.subscriptions.count + self.shares.count + (self.queues?.count ?? 0) }
}

extension MQTTShard {
    /// Calls `body` with connections from a slot on; at most `limit` slots are looked at.
    ///
    /// - Returns: The slot to go on from; nil at the end.
    package func forEachConnection(from slot: Int, limit: Int, _ body: (ConnectionView) -> Void) -> Int? {
        let end = min(self.connections.count, slot + limit)
        if slot < end {
            for index in slot..<end { if let connection = self.connections[index] { body(ConnectionView(connection)) } }
        }
        return end < self.connections.count ? end : nil
    }

    package func connection(_ id: StreamID) -> ConnectionView? { self.find(id).map { ConnectionView($0) } }

    /// Likewise with sessions.
    package func forEachSession(from slot: Int, limit: Int, _ body: (SessionView) -> Void) -> Int? {
        self.shard.forEachSubscriber(from: slot, limit: limit) { subscriber in
            if let session = subscriber as? MQTTSession, !session.isEnding { body(SessionView(session)) }
        }
    }

    package func session(_ clientID: [UInt8]) -> SessionView? {
        self.session(named: clientID, in: .standard).map { SessionView($0) }
    }

    /// Whose session it is that consumes from a queue; nil when it has ended.
    package func clientID(of session: SubscriberAddress) -> [UInt8]? {
        (self.shard.subscriber(at: session) as? MQTTSession)?.clientID
    }

    /// Likewise with subscriptions that are not shared.
    package func forEachPlainSubscription(
        from place: SubscriptionPlace,
        limit: Int,
        _ body: (SubscriptionView) -> Void
    ) -> SubscriptionPlace? {
        self.shard.forEachSubscription(from: place, limit: limit) { filter, subscriber, options in
            guard let session = subscriber as? MQTTSession, !session.isEnding else { return }
            body(SubscriptionView(clientID: session.clientID, filter: filter, share: nil, options: options))
        }
    }

    /// Likewise with shared ones and those to queues, session by session.
    package func forEachSharedSubscription(from slot: Int, limit: Int, _ body: (SubscriptionView) -> Void) -> Int? {
        self.shard.forEachSubscriber(from: slot, limit: limit) { subscriber in
            guard let session = subscriber as? MQTTSession, !session.isEnding else { return }
            for (filter, share) in session.shares { body(SubscriptionView(session, filter, share)) }
            for queue in session.queues?.inOrder ?? [] { body(SubscriptionView(session, queue)) }
        }
    }

    package func subscription(of clientID: [UInt8], to filter: [UInt8]) -> SubscriptionView? {
        guard let session = self.session(named: clientID, in: .standard) else { return nil }
        if let options = session.subscriptions[filter] {
            return SubscriptionView(clientID: clientID, filter: filter, share: nil, options: options)
        }
        if let queue = session.queues?.byFilter[filter] { return SubscriptionView(session, queue) }
        return session.shares[filter].map { SubscriptionView(session, filter, $0) }
    }

    /// The client is told why (MQTT 5) and its connection closed; its will is published, its session stays as long as it said.
    ///
    /// - Returns: Whether there is such a connection.
    package func close(_ id: StreamID) -> Bool {
        guard let connection = self.find(id) else { return false }
        connection.fail(.administrativeAction, "closed by an administrator")
        return true
    }

    /// Ends a session now, and its connection if it has one. A will that is pending is published.
    ///
    /// - Returns: Whether there is such a session.
    package func expire(_ clientID: [UInt8]) -> Bool {
        guard let session = self.session(named: clientID, in: .standard) else { return false }
        session.endsWithConnection()
        if let connection = session.connection ?? session.claimant {
            connection.fail(.administrativeAction, "session ended by an administrator")
        } else {
            self.end(session)
        }
        return true
    }

    /// Removes a topic's retained message if it still is the one with the serial.
    package func removeRetained(_ topic: [UInt8], ifSerial serial: UInt64) -> Bool {
        guard self.shard.broker.retained.remove(topic.span, in: .standard, ifSerial: serial) == .removed else {
            return false
        }
        self.shard.storeRetained(nil, topic.span, in: .standard)
        return true
    }
}
