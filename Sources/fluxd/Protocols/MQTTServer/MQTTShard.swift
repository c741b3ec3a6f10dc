import Bytes
package import Core
package import MQTTWire
package import Machine

/// What happened that an operator may want to read. Bytes are a peer's own: whoever prints them makes them safe.
package enum MQTTReport: Sendable {
    case connected(client: [UInt8], remote: PeerAddress, version: MQTTVersion, isResumed: Bool)
    case disconnected(client: [UInt8], remote: PeerAddress)
    case refused(remote: PeerAddress, reason: MQTTReasonCode, String)
    case protocolError(client: [UInt8]?, remote: PeerAddress, String)
    case takenOver(client: [UInt8], by: PeerAddress)
}

/// MQTT on one shard: the sessions that live there, and what happens to them by time.
package final class MQTTShard: StreamAcceptor {
    /// New ones count for connections that come afterwards, and for sessions at once.
    package var settings: MQTTSettings {
        didSet {
            self.limits = PacketLimits(self.settings)
            self.shard.maximumOutput = self.settings.highWatermark
        }
    }
    let shard: ShardState
    let authorizer: any Authorizer
    private(set) var limits: PacketLimits
    /// Retained messages go on below it.
    let lowWatermark = 1 << 20
    private let listeners: [Int: MQTTListener]
    private let reporter: @Sendable (MQTTReport) -> Void
    private var sessions = StripedMap<Key, MQTTSession>()
    /// The client whose CONNECT is being given a session.
    private var successor: Key?
    /// Connections without a session yet, by slot: their CONNECT has a deadline.
    private var newcomers: [UInt32: MQTTConnection] = [:]
    /// All connections by slot, from accept to their end.
    private(set) var connections: [MQTTConnection?] = []
    package private(set) var connectionCount = 0
    private(set) var isShuttingDown = false
    private var assigned: UInt64 = 0
    /// Wills that wait for a link to have room.
    private var waitingWills: [(will: MQTTWill, namespace: Namespace)] = []

    private struct Key: Hashable {
        var namespace: Namespace
        var clientID: [UInt8]
    }

    private enum Reminder: UInt8 { case connectTimeout = 1, keepAlive, sessionExpiry, will, waitingWills }

    package init(
        on shard: ShardState,
        settings: MQTTSettings,
        listeners: [MQTTListener],
        report: @escaping @Sendable (MQTTReport) -> Void = { _ in }
    ) {
        self.shard = shard
        self.settings = settings
        self.authorizer = shard.broker.authorizer
        self.limits = PacketLimits(settings)
        self.listeners = Dictionary(uniqueKeysWithValues: listeners.map { ($0.index, $0) })
        self.reporter = report
        shard.maximumOutput = settings.highWatermark
        shard.register(self, listeners: listeners.map(\.index))
    }

    var rightsGeneration: UInt64 { self.authorizer.generation }

    func report(_ report: MQTTReport) { self.reporter(report) }

    package var sessionCount: Int { self.sessions.count }

    // MARK: Streams

    package func accept(_ id: StreamID, listener: Int, facts: StreamFacts, on shard: ShardState) -> StreamPeer? {
        if self.isShuttingDown { return nil }
        return self.makeConnection(id, listener, facts)
    }

    package func adopt(_ id: StreamID, _ state: MovingState, on shard: ShardState) -> StreamPeer {
        let connection = self.makeConnection(id, state.listener, state.facts)
        connection.hops = state.hops
        return connection
    }

    private func makeConnection(_ id: StreamID, _ index: Int, _ facts: StreamFacts) -> MQTTConnection {
        guard let listener = self.listeners[index] else {
            preconditionFailure("a stream comes from an unknown listener")
        }
        let connection = MQTTConnection(id: id, listener: listener, facts: facts, server: self)
        let slot = Int(id.slot)
        if slot >= self.connections.count {
            self.connections += Array(repeating: nil, count: slot + 1 - self.connections.count)
        }
        self.connections[slot] = connection
        self.connectionCount += 1
        self.newcomers[id.slot] = connection
        let address = SubscriberAddress(bits: UInt64(id.slot))
        let due = self.shard.now + listener.connectTimeout
        self.shard.remind(self, address, Reminder.connectTimeout.rawValue, at: due, stamp: id.generation)
        return connection
    }

    /// The connection has its session, or goes.
    func forget(_ connection: MQTTConnection) { self.newcomers[connection.id.slot] = nil }

    /// The connection is no longer one of this shard.
    func movesAway(_ connection: MQTTConnection) {
        self.connectionCount -= 1
        self.connections[Int(connection.id.slot)] = nil
        self.forget(connection)
    }

    func makeClientID() -> String {
        self.assigned += 1
        let nothing: [UInt8] = []
        let seed = self.shard.broker.hash.hash(nothing.span, seed: self.assigned << 8 | UInt64(self.shard.index))
        let digits = String(seed, radix: 16)
        return "auto-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: Sessions

    /// The session of a CONNECT: the one that is there, or a new one. A client that is connected already is thrown out.
    ///
    /// - Returns: nil when there is no room for another session.
    func session(for clientID: [UInt8], in namespace: Namespace, _ connect: MQTTConnect) -> (
        MQTTSession, isResumed: Bool
    )? {
        let key = Key(namespace: namespace, clientID: clientID)
        self.successor = key
        defer { self.successor = nil }
        if let old = self.sessions[key]?.connection ?? self.sessions[key]?.claimant { self.takeOver(old) }
        if connect.cleanStart, let old = self.sessions[key] { self.end(old) }
        let expiry = self.expiry(of: connect)
        if let session = self.sessions[key] {
            session.setExpiry(expiry)
            session.will = connect.will
            return (session, true)
        }
        if self.shard.broker.directory.count > self.settings.maxSessions { return nil }
        let session = MQTTSession(clientID: clientID, namespace: namespace, server: self)
        self.shard.register(session)
        session.setExpiry(expiry)
        session.will = connect.will
        self.sessions[key] = session
        self.shard.counters.add(.sessionsStarted)
        return (session, false)
    }

    /// The session of a client, if it lives here.
    func session(named clientID: [UInt8], in namespace: Namespace) -> MQTTSession? {
        self.sessions[Key(namespace: namespace, clientID: clientID)]
    }

    private func expiry(of connect: MQTTConnect) -> UInt32 {
        if connect.version == .v5 { return min(connect.properties.sessionExpiryInterval ?? 0, self.settings.maxExpiry) }
        return connect.cleanStart ? 0 : self.settings.defaultExpiry
    }

    /// Source: MQTT 5.0 §3.1.4 [MQTT-3.1.4-3].
    private func takeOver(_ old: MQTTConnection) {
        self.shard.counters.add(.takeovers)
        self.report(.takenOver(client: old.session?.clientID ?? [], by: old.remote))
        old.fail(.sessionTakenOver, "another connection has this client identifier")
    }

    /// A connection is over, for whatever reason: its session ends or waits, its will too.
    func left(_ connection: MQTTConnection) {
        self.movesAway(connection)
        guard let session = connection.session else { return }
        connection.session = nil
        guard session.connection === connection || session.claimant === connection else { return }
        self.report(.disconnected(client: session.clientID, remote: connection.remote))
        session.claimant = nil
        session.detach()
        let delay = session.will?.properties.willDelayInterval ?? 0
        if session.will != nil, delay > 0, session.expiryInterval > 0 {
            // The will waits for its delay or the session's end, whichever is first.
            session.willAt = self.shard.now + UInt64(min(delay, session.expiryInterval)) * 1_000
            self.remind(session, .will, \.will, at: session.willAt)
        } else {
            self.publishWill(of: session)
        }
        if session.expiryInterval == 0 {
            self.end(session)
        } else if session.expiryInterval != .max {
            session.expiresAt = self.shard.now + UInt64(session.expiryInterval) * 1_000
            self.remind(session, .sessionExpiry, \.sessionExpiry, at: session.expiresAt)
        }
    }

    func end(_ session: MQTTSession) {
        self.publishWill(of: session)  // one that still waits is due at the session's end at the latest
        self.sessions[Key(namespace: session.namespace, clientID: session.clientID)] = nil
        session.end()
        // A successor that is being made has the name already, and nobody else may get it in between.
        if self.successor?.clientID != session.clientID || self.successor?.namespace != session.namespace {
            self.shard.broker.directory.release(.client(session.namespace, session.clientID), from: self.shard.index)
        }
        self.shard.counters.add(.sessionsEnded)
    }

    // MARK: Time

    func remindKeepAlive(_ connection: MQTTConnection, _ session: MQTTSession) {
        self.remind(session, .keepAlive, \.keepAlive, at: connection.lastSeen + connection.keepAliveLimit)
    }

    /// A reminder that stands earlier serves as well: when it comes too early, it is set again.
    private func remind(
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
        case .connectTimeout:
            guard let connection = self.newcomers[UInt32(entry.address.slot)], connection.id.generation == entry.stamp
            else { return }
            connection.closeSilently("no CONNECT in time")
            return
        case .waitingWills:
            let wills = self.waitingWills
            self.waitingWills = []
            for (will, namespace) in wills { self.publish(will, in: namespace) }
            return
        case .keepAlive, .sessionExpiry, .will: break
        }
        guard let session = shard.subscriber(at: entry.address) as? MQTTSession else { return }
        switch reminder {
        case .keepAlive:
            if self.take(entry, \.keepAlive, of: session) { self.checkKeepAlive(session) }
        case .sessionExpiry:
            guard self.take(entry, \.sessionExpiry, of: session), session.expiresAt != 0 else { return }
            if shard.now >= session.expiresAt { return self.end(session) }
            self.remind(session, .sessionExpiry, \.sessionExpiry, at: session.expiresAt)
        case .will:
            guard self.take(entry, \.will, of: session), session.willAt != 0 else { return }
            if shard.now >= session.willAt { return self.publishWill(of: session) }
            self.remind(session, .will, \.will, at: session.willAt)
        case .connectTimeout, .waitingWills: break
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

    // MARK: Messages of our own

    private func publishWill(of session: MQTTSession) {
        guard let will = session.will else { return }
        session.will = nil
        session.willAt = 0
        self.shard.counters.add(.willsPublished)
        self.publish(will, in: session.namespace)
    }

    /// A full link keeps a will here, and it is tried again: nobody's reading can be stopped for it.
    private func publish(_ will: MQTTWill, in namespace: Namespace) {
        var hint: Int32 = -1
        guard let route = self.shard.route(will.topic.span, in: namespace, hint: &hint) else { return }
        if self.shard.isBlocked(route) {
            // One reminder for all of them: each is looked at again with the rest.
            if self.waitingWills.isEmpty {
                self.shard.remind(self, .none, Reminder.waitingWills.rawValue, at: self.shard.now + 100, stamp: 0)
            }
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

    // MARK: The end

    /// Every client is told and closed; nobody new is let in.
    package func shutDown() {
        self.isShuttingDown = true
        for (_, connection) in self.newcomers.sorted(by: { $0.key < $1.key }) { connection.finish() }
        var open: [MQTTConnection] = []
        self.sessions.forEach { _, session in
            if let connection = session.connection ?? session.claimant { open.append(connection) }
        }
        for connection in open.sorted(by: { $0.id.slot < $1.id.slot }) {
            connection.session?.will = nil  // nobody is left to read it
            connection.fail(.serverShuttingDown, "the broker is stopping")
        }
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
