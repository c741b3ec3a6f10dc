import Bytes
package import Core
import MQTTWire
package import Machine

/// MQTT on one shard: the sessions that live there, and what happens to them by time.
package final class MQTTShard: StreamAcceptor {
    /// New ones count for connections that come afterwards; rates, and what is about sessions, at once.
    package var settings: MQTTSettings {
        didSet {
            self.limits = PacketLimits(self.settings)
            self.shard.maximumOutput = self.settings.highWatermark
            if self.settings.hasOtherRates(than: oldValue) {
                for connection in self.connections { connection?.setRates(self.settings) }
            }
        }
    }
    package let shard: ShardState
    let authorizer: any Authorizer
    private(set) var limits: PacketLimits
    /// Retained messages go on below it.
    let lowWatermark = 1 << 20
    /// By index. What is set anew counts for connections that come afterwards.
    private var listeners: [Int: MQTTListener]
    private let reporter: @Sendable (MQTTReport) -> Void
    var sessions = StripedMap<Key, MQTTSession>()
    /// Numbers that this shard may give to sessions.
    var sessionNumbers: Range<UInt64> = 0..<0
    /// Where sessions that are kept write what they have under way; nil when that ends with the process.
    var journal: ShardJournal? { didSet { self.uncountedJournal = self.journal.map { .passUnretained($0) } } }
    /// The same for what happens with each message: not counted each time.
    private(set) var uncountedJournal: Unmanaged<ShardJournal>?
    /// The client whose CONNECT is being given a session.
    private var successor: Key?
    /// Connections without a session yet, by slot: their CONNECT has a deadline.
    private(set) var newcomers: [UInt32: MQTTConnection] = [:]
    /// Passwords that are being looked at, away from the loop, by ticket. A connection that goes meanwhile frees no place.
    private var logins: [UInt64: StreamID] = [:]
    /// How many at most: each holds a thread for milliseconds, and has a password in memory.
    static let maximumLogins = 256
    /// All connections by slot, from accept to their end.
    private(set) var connections: [MQTTConnection?] = []
    package private(set) var connectionCount = 0
    private(set) var isShuttingDown = false
    private var assigned: UInt64 = 0
    /// Wills that wait for a link to have room.
    var waitingWills: [(will: MQTTWill, namespace: Namespace, record: WillRecord?)] = []
    /// Records of wills that were published, by their sessions' numbers: they stay until who gets the will has stored it.
    var willRecords: [UInt64: WillRecord] = [:]
    /// Sessions that are over and not yet taken apart.
    var ending = EndingSessions()
    /// Connections with a request under way, the one that has waited longest first; stale when it has ended.
    var requests = FIFO<StreamID>()
    /// What rules and users looked like when everybody was last checked.
    var checkedRights: UInt64
    var checkedUsers: UInt64
    var rightsCheck: RightsCheck?
    /// The reminder to look at both stands.
    var watchesRights = false

    struct Key: Hashable {
        var namespace: Namespace
        var clientID: [UInt8]
    }

    package init(
        on shard: ShardState,
        settings: MQTTSettings,
        listeners: [MQTTListener],
        report: @escaping @Sendable (MQTTReport) -> Void = { _ in }
    ) {
        self.shard = shard
        self.settings = settings
        self.authorizer = shard.broker.authorizer
        self.checkedRights = shard.broker.authorizer.generation
        self.checkedUsers = shard.broker.authenticator.generation
        self.limits = PacketLimits(settings)
        self.listeners = Dictionary(uniqueKeysWithValues: listeners.map { ($0.index, $0) })
        self.reporter = report
        shard.maximumOutput = settings.highWatermark
        shard.register(self, listeners: listeners.map(\.index))
    }

    /// Takes over what may change of listeners while they run; none comes or goes.
    package func update(_ listeners: [MQTTListener]) {
        for listener in listeners where self.listeners[listener.index] != nil {
            self.listeners[listener.index] = listener
        }
    }

    func report(_ report: MQTTReport) { self.reporter(report) }

    package var sessionCount: Int { self.sessions.count }

    // MARK: Streams

    package func accept(_ id: StreamID, listener: Int, facts: StreamFacts, on shard: ShardState) -> StreamPeer? {
        if self.isShuttingDown { return nil }
        return self.makeConnection(id, listener, facts)
    }

    package func adopt(_ id: StreamID, _ state: MovingState, on shard: ShardState) -> StreamPeer {
        let connection = self.makeConnection(id, state.listener, state.facts)
        guard let pending = state.memory as? PendingConnect else {
            preconditionFailure("a stream moved before its CONNECT was read")
        }
        connection.arrive(pending, hops: state.hops)
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
        self.remind(connection, .connectTimeout, at: self.shard.now + listener.connectTimeout)
        self.watchRights()
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

    func find(_ id: StreamID) -> MQTTConnection? {
        guard Int(id.slot) < self.connections.count, let connection = self.connections[Int(id.slot)],
            connection.id == id
        else { return nil }
        return connection
    }

    // MARK: Logins

    /// - Returns: False when too many are under way.
    func startLogin(_ work: @escaping @Sendable () -> LoginVerdict, for connection: MQTTConnection) -> Bool {
        if self.logins.count >= MQTTShard.maximumLogins { return false }
        let login = PendingLogin()
        connection.login = login
        let ticket = self.shard.perform(self) {
            // Who has left is not worth a hash: else those who only knock would keep the others waiting.
            login.isAbandoned ? LoginVerdict.refused(.unavailable, why: "the client has left") : work()
        }
        self.logins[ticket] = connection.id
        return true
    }

    package func finished(_ ticket: UInt64, _ result: any Sendable, on shard: ShardState) {
        guard let id = self.logins.removeValue(forKey: ticket), let verdict = result as? LoginVerdict else {
            preconditionFailure("a job ends that is no login")
        }
        self.find(id)?.loginFinished(verdict)
    }

    // MARK: Sessions

    enum SessionAnswer {
        case found(MQTTSession)
        case made(MQTTSession)
        /// There is no room for another session.
        case full
        case refused(MQTTReasonCode, String)
    }

    /// The session of a CONNECT: the one that is there, or a new one. A client that is connected already is thrown out.
    ///
    /// A session that belongs to a named user is nobody else's: identifiers are no secret, and who knows one would else read what
    /// waits for its owner, or end it. What an anonymous client left belongs to nobody, and a named user may have it.
    func session(for connection: MQTTConnection, _ connect: MQTTConnect) -> SessionAnswer {
        let user = connection.identity.username
        let key = Key(namespace: connection.listener.namespace, clientID: connection.identity.clientID)
        self.successor = key
        defer { self.successor = nil }
        if let overdue = self.sessions[key], overdue.isOverdue {  // its reminder was not taken yet
            self.shard.counters.add(.sessionsExpired)
            connection.endedStoredSession = overdue.isStored
            self.end(overdue)
        }
        let known = self.sessions[key]
        if let owner = known?.identity.username, owner != user {
            return .refused(.notAuthorized, "the session with this client identifier belongs to another user")
        }
        let old = known?.connection ?? known?.claimant
        if let user {
            let limit = self.settings.maxConnectionsPerUser
            // Who takes over a connection of its own has none more afterwards.
            let allowed = limit == 0 ? Int.max : limit + (old?.countedUser == user ? 1 : 0)
            guard self.shard.broker.users.enter(user, limit: allowed) else {
                if known == nil { self.release(key) }
                self.shard.counters.add(.userConnectionsLimited)
                connection.reportLimit("\(limit) connections of its user")
                return .refused(.quotaExceeded, "the user has \(limit) connections, and may have no more")
            }
            connection.countedUser = user
        }
        if let old { self.takeOver(old, by: connection) }
        if connect.cleanStart, let old = self.sessions[key] {
            connection.endedStoredSession = old.isStored
            self.end(old)
        }
        let expiry = self.expiry(of: connect)
        if let session = self.sessions[key] {
            session.identity = connection.identity
            session.setExpiry(expiry)
            session.will = connect.will
            return .found(session)
        }
        if self.shard.broker.directory.count > self.settings.maxSessions {
            self.release(key)
            return .full
        }
        let session = MQTTSession(connection.identity, namespace: key.namespace, server: self)
        self.shard.register(session)
        session.setExpiry(expiry)
        session.will = connect.will
        self.sessions[key] = session
        self.shard.counters.add(.sessionsStarted)
        return .made(session)
    }

    /// The session of a client, if it lives here.
    func session(named clientID: [UInt8], in namespace: Namespace) -> MQTTSession? {
        self.sessions[Key(namespace: namespace, clientID: clientID)]
    }

    /// The session is in no table any more. A successor that is being made has the name already, and nobody else may get it in
    /// between.
    func remove(_ session: MQTTSession) {
        let key = Key(namespace: session.namespace, clientID: session.clientID)
        self.sessions[key] = nil
        if self.successor != key { self.release(key) }
    }

    private func release(_ key: Key) {
        self.shard.broker.directory.release(.client(key.namespace, key.clientID), from: self.shard.index)
    }

    private func expiry(of connect: MQTTConnect) -> UInt32 {
        if connect.version == .v5 { return min(connect.properties.sessionExpiryInterval ?? 0, self.settings.maxExpiry) }
        return connect.cleanStart ? 0 : self.settings.defaultExpiry
    }

    /// Source: MQTT 5.0 §3.1.4 [MQTT-3.1.4-3].
    private func takeOver(_ old: MQTTConnection, by new: MQTTConnection) {
        self.shard.counters.add(.takeovers)
        self.report(
            .takenOver(
                client: new.identity.clientID,
                user: new.identity.username,
                from: old.remote,
                by: new.origin
            )
        )
        old.fail(.sessionTakenOver, "another connection has this client identifier")
    }

    /// Every client is told and closed; nobody new is let in.
    package func shutDown() {
        self.isShuttingDown = true
        for (_, connection) in self.newcomers.sorted(by: { $0.key < $1.key }) {
            connection.finish("the broker is stopping")
        }
        var open: [MQTTConnection] = []
        self.sessions.forEach { _, session in
            if let connection = session.connection ?? session.claimant { open.append(connection) }
        }
        for connection in open.sorted(by: { $0.id.slot < $1.id.slot }) {
            // Nobody is left to read it, unless it is to wait: then it is in the store.
            if let session = connection.session, !session.keepsWillThroughStop { session.will = nil }
            connection.endForShutdown()
        }
    }
}
