package import Core
import MQTTWire
import Machine

/// What happens by time.
extension MQTTShard {
    enum Reminder: UInt8 {
        // Of a connection, by its slot; stamped with its generation.
        case connectTimeout = 1
        case packet, rate, authentication
        // Of a session.
        case keepAlive, sessionExpiry, will
        // Of the shard.
        case waitingWills, rights, intents
    }

    func remindKeepAlive(_ connection: MQTTConnection, _ session: MQTTSession) {
        self.remind(session, .keepAlive, \.keepAlive, at: connection.lastSeen + connection.keepAliveLimit)
    }

    func remind(_ connection: MQTTConnection, _ reminder: Reminder, at due: UInt64) {
        let address = SubscriberAddress(bits: UInt64(connection.id.slot))
        self.shard.remind(self, address, reminder.rawValue, at: due, stamp: connection.id.generation)
    }

    func remind(_ reminder: Reminder, at due: UInt64) {
        self.shard.remind(self, .none, reminder.rawValue, at: due, stamp: 0)
    }

    /// A reminder that stands earlier serves as well: when it comes too early, it is set again.
    func remind(
        _ session: MQTTSession,
        _ reminder: Reminder,
        _ standing: WritableKeyPath<Reminders, UInt64>,
        at due: UInt64
    ) {
        let earlier = session.reminders[keyPath: standing]
        if earlier != 0, earlier <= due { return }
        session.reminders[keyPath: standing] = due
        self.shard.remind(self, session.address, reminder.rawValue, at: due, stamp: 0)
    }

    /// - Returns: Whether the reminder still counts; it stands no more.
    private func take(
        _ entry: TimerEntry,
        _ standing: WritableKeyPath<Reminders, UInt64>,
        of session: MQTTSession
    ) -> Bool {
        guard session.reminders[keyPath: standing] == entry.due else { return false }
        session.reminders[keyPath: standing] = 0
        return true
    }

    package func due(_ entry: TimerEntry, on shard: ShardState) {
        guard let reminder = Reminder(rawValue: entry.kind) else { return }
        switch reminder {
        case .connectTimeout, .packet, .rate, .authentication:
            let id = StreamID(slot: UInt32(entry.address.slot), generation: entry.stamp)
            if let connection = self.find(id) { self.due(reminder, for: connection) }
        case .keepAlive, .sessionExpiry, .will:
            guard let session = shard.subscriber(at: entry.address) as? MQTTSession, !session.isEnding else { return }
            self.due(reminder, entry, for: session)
        case .waitingWills: self.publishWaitingWills()
        case .rights: self.lookAtRights()
        case .intents: self.journal?.intents.reminded()
        }
    }

    private func due(_ reminder: Reminder, for connection: MQTTConnection) {
        switch reminder {
        case .connectTimeout:
            if self.newcomers[connection.id.slot] == nil { return }
            let isAsking = if case .authenticating = connection.phase { true } else { false }
            connection.closeSilently(isAsking ? "the login took too long" : "no CONNECT in time")
        case .packet: connection.checkPartial()
        case .rate: connection.endThrottle()
        default: connection.checkExchange()
        }
    }

    private func due(_ reminder: Reminder, _ entry: TimerEntry, for session: MQTTSession) {
        switch reminder {
        case .keepAlive:
            if self.take(entry, \.keepAlive, of: session) { self.checkKeepAlive(session) }
        case .sessionExpiry:
            guard self.take(entry, \.sessionExpiry, of: session), session.expiresAt != 0 else { return }
            if self.shard.now >= session.expiresAt {
                self.shard.counters.add(.sessionsExpired)
                return self.end(session)
            }
            self.remind(session, .sessionExpiry, \.sessionExpiry, at: session.expiresAt)
        default:
            guard self.take(entry, \.will, of: session), session.willAt != 0 else { return }
            if self.shard.now >= session.willAt { return self.publishWill(of: session) }
            self.remind(session, .will, \.will, at: session.willAt)
        }
    }

    /// Source: MQTT 5.0 §3.1.2.10 [MQTT-3.1.2-22]. A client that we do not read cannot be late.
    private func checkKeepAlive(_ session: MQTTSession) {
        guard let connection = session.connection, connection.keepAliveLimit > 0 else { return }
        if connection.isStopped { connection.lastSeen = self.shard.now }
        if self.shard.now < connection.lastSeen + connection.keepAliveLimit {
            return self.remindKeepAlive(connection, session)
        }
        self.shard.counters.add(.keepAliveTimeouts)
        connection.fail(.keepAliveTimeout, "nothing came for one and a half times the keep-alive")
    }
}
