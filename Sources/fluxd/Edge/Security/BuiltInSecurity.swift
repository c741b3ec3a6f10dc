import AccessRules
package import Core
import Credentials
package import Machine
import Synchronization

/// The broker's own users and rules, from a password file and an ACL file: who comes in, and what they may do.
///
/// Without a password file names are taken as they are, where the listener takes anonymous clients. Without an ACL file everything
/// is allowed but what ``StandingRules`` keeps for the broker. Asked on every shard's loop: a look at the current state is a lock
/// for as long as a reference is copied, and answers about rights are kept by their sessions while ``generation`` stands.
package final class BuiltInSecurity: Authenticator, Authorizer {
    private struct Current {
        var state: SecurityState
        var cache: RuleCache
        /// Which state it is: the first is 0.
        var number: UInt64
    }

    /// Clients whose rules are kept compiled.
    private static let cachedClients = 10_000

    private let current: Mutex<Current>
    private let changes = Atomic<UInt64>(0)

    /// Asked on a worker's thread, before a password is looked at.
    package typealias IsBanned = @Sendable (PeerAddress) -> Bool
    private let isBanned: IsBanned

    /// - Throws: What is wrong with a file, and which key names it.
    package init(
        _ settings: SecuritySettings,
        isBanned: @escaping IsBanned = { _ in false }
    ) throws(SecurityError) {
        self.isBanned = isBanned
        let state = try SecurityState(settings, isBanned)
        self.current = Mutex(Current(state: state, cache: RuleCache(limit: Self.cachedClients), number: 0))
    }

    /// Reads the files again, from disk: not on a loop that has connections.
    ///
    /// A file that has nothing left of what it had is refused, as one that was cut short while it was written: it would lock
    /// everybody out.
    ///
    /// - Returns: What they say, to be taken over; dropped, all stays as it was.
    package func prepare(_ settings: SecuritySettings) throws(SecurityError) -> Prepared {
        let state = try SecurityState(settings, self.isBanned)
        try state.checkNotEmptied(since: self.state)
        return Prepared(summary: state.summary) {
            self.current.withLock { current in
                let number = current.number + 1
                current = Current(state: state, cache: RuleCache(limit: Self.cachedClients), number: number)
            }
            // After the exchange: whoever sees the new number asks the new state.
            self.changes.add(1, ordering: .sequentiallyConsistent)
        }
    }

    package struct Prepared: Sendable {
        package let summary: SecuritySummary
        package let commit: @Sendable () -> Void

        init(summary: SecuritySummary, commit: @escaping @Sendable () -> Void) {
            self.summary = summary
            self.commit = commit
        }
    }

    package var generation: UInt64 { self.changes.load(ordering: .sequentiallyConsistent) }

    package var summary: SecuritySummary { self.state.summary }

    private var state: SecurityState { self.current.withLock { $0.state } }

    package func login(_ credentials: Credentials) -> LoginStep { self.state.login(credentials) }

    package func exchange(method: String, _ credentials: Credentials) -> (any LoginExchange)? {
        self.state.exchange(method: method, credentials)
    }

    package func stillKnows(username: String?, listener: Int) -> Bool {
        self.state.stillKnows(username: username, listener: listener)
    }

    package func allows(_ action: Action, _ topic: [UInt8], for identity: Identity) -> Bool {
        let access: TopicAccess
        switch action {
        case .connect: return true
        case .publish, .will: access = .write
        case .subscribe, .readRetained: access = .read
        }
        let refusal = StandingRules.refusal(
            access,
            topic.span,
            isAnonymous: identity.username == nil,
            isLocal: identity.isLocal
        )
        if refusal != nil { return false }
        guard let rules = self.rules(of: identity) else { return true }
        return action == .subscribe
            ? rules.allowsSubscription(topic.span) : rules.allows(access, topic: topic.span)
    }

    /// nil without an ACL file.
    private func rules(of identity: Identity) -> CompiledRules? {
        let key = RuleCache.Key(username: identity.username, clientID: identity.clientID)
        let (kept, rules, number) = self.current.withLock { current in
            let rules = current.state.rules
            return (rules == nil ? nil : current.cache.rules(for: key), rules, current.number)
        }
        if let kept { return kept }
        guard let rules else { return nil }
        let compiled = rules.compiled(user: identity.username, client: identity.clientID)
        self.current.withLock { current in
            // A reload between the two locks has other rules, and these are not for its cache.
            if current.number == number { current.cache.insert(compiled, for: key) }
        }
        return compiled
    }
}
