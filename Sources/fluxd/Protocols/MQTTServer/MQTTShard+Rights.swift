import Core
import MQTTWire
import Machine

/// A walk over everybody, because rules or users changed: connections first, whose users may be gone, then each session's
/// subscriptions.
struct RightsCheck {
    /// The next one to be looked at; nil when all have been.
    var connection: Int?
    var subscriber: Int?
    /// What is left of the session under way: filters, and parts that are not sorted yet.
    var filters: [[UInt8]] = []
    var groups: [[[UInt8]]] = []
    var session = SubscriberAddress.none
    /// Looked at in one tick.
    static let slice = 256
}

extension MQTTShard {
    var rightsGeneration: UInt64 { self.authorizer.generation }

    /// Who only listens sends nothing that its rights could be checked at, so both generations are looked at once a second for
    /// as long as there is anybody.
    func watchRights() {
        if self.watchesRights { return }
        self.watchesRights = true
        self.remind(.rights, at: self.shard.now + 1_000)
    }

    func lookAtRights() {
        self.watchesRights = false
        if self.connectionCount > 0 || self.sessionCount > 0 { self.watchRights() }
        let (rights, users) = (self.rightsGeneration, self.shard.broker.authenticator.generation)
        if rights == self.checkedRights, users == self.checkedUsers { return }
        var check = self.rightsCheck ?? RightsCheck()
        if users != self.checkedUsers { check.connection = 0 }
        if rights != self.checkedRights { (check.subscriber, check.filters, check.groups) = (0, [], []) }
        (self.checkedRights, self.checkedUsers) = (rights, users)
        self.rightsCheck = check
        self.shard.effects.hasMore = true
    }

    /// Goes on with the walk.
    func checkSlice() {
        guard var check = self.rightsCheck else { return }
        self.rightsCheck = nil
        var left = RightsCheck.slice
        while left > 0 {
            left -= 1
            if let slot = check.connection {
                check.connection = slot + 1 < self.connections.count ? slot + 1 : nil
                if slot < self.connections.count { self.connections[slot]?.checkUser() }
            } else if let filter = check.filters.popLast() {
                (self.shard.subscriber(at: check.session) as? MQTTSession)?.checkRight(to: filter)
            } else if let group = check.groups.popLast() {
                check.filters = group.sorted { $1.lexicographicallyPrecedes($0) }
            } else if let slot = check.subscriber {
                check.subscriber = self.shard.forEachSubscriber(from: slot, limit: 1) { subscriber in
                    guard let session = subscriber as? MQTTSession, !session.isEnding else { return }
                    check.session = session.address
                    check.groups = session.filterGroups()
                }
            } else {
                return
            }
        }
        self.rightsCheck = check
    }
}

extension MQTTConnection {
    /// Users have changed. A session of one that is gone stays as long as it said: if the user comes back, so does its state.
    func checkUser() {
        if self.session == nil { return }  // a login under way looks by itself before it goes on
        let authenticator = self.shard.broker.authenticator
        if authenticator.stillKnows(username: self.identity.username, listener: self.listener.index) { return }
        self.fail(.notAuthorized, "its user is no longer let in here")
    }
}

extension MQTTSession {
    /// Rules have changed. A subscription that they no longer allow is taken away, and the client stays connected: the rest of
    /// what it does is lawful, a server has no packet to say it with, and sessions whose clients are away have to be treated the
    /// same. The operator reads of it.
    func checkRight(to filter: [UInt8]) {
        if self.isEnding { return }
        let share = self.shares[filter]
        guard share != nil || self.subscriptions[filter] != nil || self.queues?.byFilter[filter] != nil else { return }
        if self.server.authorizer.allows(.subscribe, share?.key.filter ?? filter, for: self.identity) { return }
        _ = self.unsubscribe(filter)
        self.connection?.replays.remove(filter)
        if self.isKept { self.shard.store(.state) }
        self.shard.counters.add(.subscriptionsRevoked)
        self.server.report(.revoked(client: self.clientID, user: self.identity.username, filter: filter))
    }
}
