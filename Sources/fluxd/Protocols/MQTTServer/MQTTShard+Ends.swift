package import Core
import MQTTWire
import Machine

/// Sessions that are over, oldest first.
///
/// A hundred thousand sessions may expire in one second, and one may have 60,000 subscriptions. They leave the table at once, so
/// that their clients may come back; what they have in the shard's structures is given back in slices, one a tick.
struct EndingSessions {
    private var sessions: [MQTTSession] = []
    private var first = 0
    /// One of them is being taken apart: what that brings about must not begin with it again.
    var isAtWork = false
    /// What the rest of this tick may still do: a part of a session is 1, and each session is ``perSession`` more.
    var budget = EndingSessions.slice

    /// About 300 us.
    static let slice = 256
    static let perSession = 4

    var isEmpty: Bool { self.first == self.sessions.count }
    var next: MQTTSession? { self.isEmpty ? nil : self.sessions[self.first] }

    mutating func append(_ session: MQTTSession) { self.sessions.append(session) }

    mutating func removeFirst() {
        self.first += 1
        if self.first == self.sessions.count {
            self.sessions = []
            self.first = 0
        } else if self.first > 1_024, self.first * 2 > self.sessions.count {
            self.sessions.removeFirst(self.first)
            self.first = 0
        }
    }
}

extension MQTTShard {
    /// A connection is over, for whatever reason: its session ends or waits, its will too.
    func left(_ connection: MQTTConnection) {
        self.movesAway(connection)
        if let user = connection.countedUser { self.shard.broker.users.leave(user) }
        connection.countedUser = nil
        guard let session = connection.session else { return }
        connection.session = nil
        guard session.connection === connection || session.claimant === connection else { return }
        self.report(
            .disconnected(
                client: session.clientID,
                user: connection.identity.username,
                origin: connection.origin,
                why: connection.end
            )
        )
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
        if session.expiryInterval == 0 { return self.end(session) }
        session.storeRecord(isAway: true)
        if session.will == nil { session.deleteWill() }
        if session.expiryInterval != .max {
            session.expiresAt = self.shard.now + UInt64(session.expiryInterval) * 1_000
            self.remind(session, .sessionExpiry, \.sessionExpiry, at: session.expiresAt)
        }
    }

    /// The session is over now; what it has is given back at once if that is little and nobody waits for it, else in its turn.
    func end(_ session: MQTTSession) {
        self.publishWill(of: session)  // one that still waits is due at the session's end at the latest
        session.deleteRecord()
        self.remove(session)
        self.shard.counters.add(.sessionsEnded)
        session.beginEnd()
        self.ending.append(session)
        self.endSlice()
        if !self.ending.isEmpty { self.shard.effects.hasMore = true }
    }

    package func goOn(on shard: ShardState) -> Bool {
        self.ending.budget = EndingSessions.slice
        self.endSlice()
        self.checkSlice()
        self.filterSlice()
        self.journal?.cleaningSlice()
        return !self.ending.isEmpty || self.rightsCheck != nil || !self.requests.isEmpty
            || self.journal?.wantsCleaning ?? false
    }

    /// The connection's request was too long for one slice.
    func goOnLater(_ connection: MQTTConnection) {
        self.requests.append(connection.id)
        self.shard.effects.hasMore = true
    }

    /// Requests take turns, a slice each; several that are nearly done share one.
    private func filterSlice() {
        var budget = FilterRequest.slice
        while budget > 0, !self.requests.isEmpty {
            let id = self.requests.removeFirst()
            guard let connection = self.find(id), connection.goOnWithFilters(&budget) else { continue }
            self.requests.append(id)
        }
    }

    private func endSlice() {
        if self.ending.isAtWork { return }
        self.ending.isAtWork = true
        while self.ending.budget > 0, let session = self.ending.next {
            var budget = self.ending.budget
            let isDone = session.giveBack(&budget)
            self.ending.budget = budget - (isDone ? EndingSessions.perSession : 0)
            if isDone { self.ending.removeFirst() }
        }
        self.ending.isAtWork = false
    }
}
