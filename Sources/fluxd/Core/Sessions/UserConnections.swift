import Synchronization

/// How many connections each user has, over all shards.
///
/// Locked at a named client's CONNECT and at its connection's end; a stripe of 64 each. A user without one takes no memory.
package final class UserConnections: Sendable {
    private final class Stripe: Sendable { let counts = Mutex<[String: Int]>([:]) }
    private let stripes = (0..<64).map { _ in Stripe() }
    private let hash: KeyedHash

    package init(hash: KeyedHash) { self.hash = hash }

    /// Counts one more; false, and nothing has happened, when the user has `limit` of them.
    package func enter(_ user: String, limit: Int) -> Bool {
        self.stripe(user).counts.withLock { counts in
            let count = counts[user] ?? 0
            if count >= limit { return false }
            counts[user] = count + 1
            return true
        }
    }

    /// One that ``enter(_:limit:)`` counted has ended.
    package func leave(_ user: String) {
        self.stripe(user).counts.withLock { counts in
            guard let count = counts[user] else { preconditionFailure("a connection ends that was not counted") }
            counts[user] = count > 1 ? count - 1 : nil
        }
    }

    package func count(of user: String) -> Int { self.stripe(user).counts.withLock { $0[user] ?? 0 } }

    private func stripe(_ user: String) -> Stripe {
        let bytes = Array(user.utf8)
        return self.stripes[Int(self.hash.hash(bytes.span) & 63)]
    }
}
