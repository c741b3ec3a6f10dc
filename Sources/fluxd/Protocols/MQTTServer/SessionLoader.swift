import Core
package import Machine
import Protobuf
package import StateRecords

/// Rebuilds what the broker knew from the store: retained messages, sessions with their subscriptions and wills, memberships of shared
/// subscriptions.
///
/// Called once, when all shards are made and none of their loops runs: a session is put on one shard and its shared subscriptions on
/// others, without a link between them, so that everybody is there before the first publisher is.
package struct SessionLoader {
    package private(set) var sessions = 0
    package private(set) var subscriptions = 0
    package private(set) var wills = 0
    package private(set) var retained = 0
    /// Records that nothing belongs to any more: what a kill leaves of a session that was ending, and expired retained messages.
    package private(set) var leftovers = 0
    private let servers: [MQTTShard]

    /// - Parameters:
    ///   - servers: By shard. Deletions of what nobody needs go out with the first burst of the first.
    ///   - homes: The shard whose journal has a session; see ``JournalLoader``.
    /// - Throws: ``StorageFailure`` of the store, and one of kind `damaged` that names the key of a record that does not read. The
    ///   broker must not be started then: it would go on without what it promised to keep.
    package static func load(
        from reader: any StateReader,
        into servers: [MQTTShard],
        homes: (UInt64) -> Int? = { _ in nil }
    ) throws(StorageFailure) -> SessionLoader {
        var loader = SessionLoader(servers: servers)
        try loader.loadRetained(reader)
        try loader.loadNumbers(reader)
        try loader.loadSessions(reader, homes)
        return loader
    }

    private init(servers: [MQTTShard]) { self.servers = servers }

    private mutating func loadRetained(_ reader: any StateReader) throws(StorageFailure) {
        let shard = self.servers[0].shard
        let loaded = try RetainedLoader.load(from: reader, into: shard.broker, now: shard.now)
        self.retained = loaded.messages
        for key in loaded.expired { self.drop(key) }
    }

    private func loadNumbers(_ reader: any StateReader) throws(StorageFailure) {
        let numbers = self.servers[0].shard.broker.sessionNumbers
        var leases = StateCursor(reader, prefix: StateKey.Kind.numberLease.prefix)
        while let stored = try leases.next() {
            guard let lease = try? StateV1.NumberLease(serialized: stored.value) else {
                throw StorageFailure(unreadable: stored.key, "a lease of session numbers")
            }
            numbers.goOn(from: lease.end)
        }
    }

    /// Sessions, their subscriptions and their wills stand in the order of the sessions' numbers: three cursors go along together.
    private mutating func loadSessions(
        _ reader: any StateReader,
        _ homes: (UInt64) -> Int?
    ) throws(StorageFailure) {
        var sessions = StateCursor(reader, prefix: StateKey.Kind.session.prefix)
        var filters = StateCursor(reader, prefix: StateKey.Kind.subscription.prefix)
        var wills = StateCursor(reader, prefix: StateKey.Kind.will.prefix)
        while let stored = try sessions.next() {
            guard case .session(let number)? = StateKey(stored.key),
                let record = try? StateV1.Session(serialized: stored.value), record.expiryInterval > 0
            else { throw StorageFailure(unreadable: stored.key, "a session") }
            var session = StoredSession(number: number, record: record)
            try self.takeSubscriptions(&session, &filters)
            try self.takeWill(&session, &wills)
            self.place(session, homes(number))
        }
        while let orphan = try filters.next() { self.drop(orphan.key) }
        while let orphan = try wills.next() { self.drop(orphan.key) }
    }

    private mutating func takeSubscriptions(
        _ session: inout StoredSession,
        _ filters: inout StateCursor
    ) throws(StorageFailure) {
        while let stored = try filters.peek() {
            guard case .subscription(let number, let filter)? = StateKey(stored.key),
                let record = try? StateV1.Subscription(serialized: stored.value), record.qos <= 2
            else { throw StorageFailure(unreadable: stored.key, "a subscription") }
            if number > session.number { return }
            _ = try filters.next()
            guard number == session.number else {
                self.drop(stored.key)
                continue
            }
            self.subscriptions += 1
            session.subscriptions.append((filter, record))
        }
    }

    private mutating func takeWill(_ session: inout StoredSession, _ wills: inout StateCursor) throws(StorageFailure) {
        while let stored = try wills.peek() {
            guard case .will(let number)? = StateKey(stored.key),
                let will = (try? StateV1.Will(serialized: stored.value))?.will
            else { throw StorageFailure(unreadable: stored.key, "a will") }
            if number > session.number { return }
            _ = try wills.next()
            guard number == session.number else {
                self.drop(stored.key)
                continue
            }
            self.wills += 1
            session.will = will
        }
    }

    /// Where its journal is, so that it has to be copied to no other one; else shards take turns: nobody knows which of the clients
    /// will come back.
    private mutating func place(_ session: StoredSession, _ home: Int?) {
        let broker = self.servers[0].shard.broker
        // A client's later session is the one that it was promised; the end of the former one was not stored any more.
        if let home = broker.directory.home(of: session.name) { self.servers[home].discard(session) }
        broker.sessionNumbers.goOn(from: session.number + 1)
        let shard = (home ?? self.sessions) % self.servers.count
        _ = broker.directory.claim(session.name, for: shard)
        self.servers[shard].restore(session, self.servers)
        self.sessions += 1
    }

    private mutating func drop(_ key: [UInt8]) {
        self.leftovers += 1
        self.servers[0].shard.store(.state, .delete(key: key))
    }
}
