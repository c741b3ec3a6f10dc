import Bytes
import Core
import MQTTWire
import Machine
import StateRecords
import Topics

/// A session as it was stored.
struct StoredSession {
    var number: UInt64
    var record: StateV1.Session
    var subscriptions: [(filter: [UInt8], record: StateV1.Subscription)] = []
    var will: MQTTWill?

    var name: Directory.Name {
        .client(Namespace(UInt16(truncatingIfNeeded: self.record.namespace)), self.record.clientID)
    }
}

/// Sessions of an earlier run of the broker: their clients are away.
extension MQTTShard {
    /// Puts a session back, as if its client had left when it did; one that was connected when the broker ended has left now. What was
    /// due meanwhile, the session's end or its will, is done as soon as the loop runs.
    ///
    /// - Parameter homes: All shards' servers, by shard: shared subscriptions may live on any of them.
    func restore(_ stored: StoredSession, _ homes: [MQTTShard]) {
        let record = stored.record
        let identity = Identity(
            clientID: record.clientID,
            username: record.user,
            listener: 0,
            isLocal: record.isLocal
        )
        let (now, wall) = (self.shard.now, self.shard.wallNow)
        let namespace = Namespace(UInt16(truncatingIfNeeded: record.namespace))
        let session = MQTTSession(identity, namespace: namespace, server: self, createdWall: record.createdAt)
        (session.number, session.isStored, session.generation) = (stored.number, true, record.generation)
        self.shard.register(session)
        session.setExpiry(record.expiryInterval)
        self.sessions[Key(namespace: namespace, clientID: record.clientID)] = session
        self.shard.counters.add(.sessionsStarted)
        for (filter, record) in stored.subscriptions { self.restore(filter, record, of: session, homes) }

        let away = record.disconnectedAt == 0 || record.disconnectedAt > wall ? 0 : wall - record.disconnectedAt
        func due(after seconds: UInt32) -> UInt64 {
            let length = UInt64(seconds) * 1_000
            return max(1, length > away ? now + length - away : now)
        }
        if session.expiryInterval != .max {
            session.expiresAt = due(after: session.expiryInterval)
            self.remind(session, .sessionExpiry, \.sessionExpiry, at: session.expiresAt)
        }
        if let will = stored.will {
            (session.will, session.hasStoredWill) = (will, true)
            session.willAt = due(after: min(will.properties.willDelayInterval ?? 0, session.expiryInterval))
            self.remind(session, .will, \.will, at: session.willAt)
        }
        self.watchRights()
    }

    /// The client had a later session, which takes this one's place.
    func discard(_ later: StoredSession) {
        let namespace = Namespace(UInt16(truncatingIfNeeded: later.record.namespace))
        guard let session = self.session(named: later.record.clientID, in: namespace) else { return }
        session.will = nil  // it was published when the session ended
        self.end(session)
    }

    /// With the rights of today.
    private func restore(
        _ filter: [UInt8],
        _ record: StateV1.Subscription,
        of session: MQTTSession,
        _ homes: [MQTTShard]
    ) {
        let options = SubscriptionOptions(
            qos: UInt8(record.qos),
            noLocal: record.noLocal,
            retainAsPublished: record.retainAsPublished,
            identifier: record.identifier
        )
        if QueueAddress.isOne(filter.span) {
            session.restoreQueue(filter, record, options)
            return session.checkRight(to: filter)
        }
        switch SharedFilter.parse(filter.span) {
        case .invalid: return session.deleteSubscription(filter)
        case .plain:
            session.subscriptions[filter] = options
            self.shard.subscribe(session, filter, options)
        case .shared(let group, let inner):
            let key = ShareKey(namespace: session.namespace, group: Array(filter[group]), filter: Array(filter[inner]))
            let home = self.shard.broker.directory.claim(.share(key), for: self.shard.index)
            let address = homes[home].shard.restoreMember(session.address, of: key, options)
            session.shares[filter] = MQTTSession.Share(key: key, options: options, home: address)
        }
        session.checkRight(to: filter)
    }
}
