import Synchronization

/// Which shard a client's session, or a shared subscription, lives on.
///
/// Locked at CONNECT, at a shared subscription's first and last member, and at a session's end; a stripe of 64 each.
package final class Directory: Sendable {
    package enum Name: Hashable, Sendable {
        case client(Namespace, [UInt8])
        case share(ShareKey)
    }

    private final class Stripe: Sendable { let homes = Mutex<[Name: Int]>([:]) }
    private let stripes = (0..<64).map { _ in Stripe() }
    private let hash: KeyedHash

    package init(hash: KeyedHash) { self.hash = hash }

    /// The name's shard; `shard` itself when nobody has the name yet.
    package func claim(_ name: Name, for shard: Int) -> Int {
        self.stripe(name).homes.withLock { homes in
            if let home = homes[name] { return home }
            homes[name] = shard
            return shard
        }
    }

    /// nil when nobody has the name.
    package func home(of name: Name) -> Int? { self.stripe(name).homes.withLock { $0[name] } }

    /// Only its home gives a name up.
    package func release(_ name: Name, from shard: Int) {
        self.stripe(name).homes.withLock { homes in
            if homes[name] == shard { homes[name] = nil }
        }
    }

    package var count: Int { self.stripes.reduce(0) { $0 + $1.homes.withLock { $0.count } } }

    /// The stripe is chosen by a hash of ours: Swift's differs from run to run.
    private func stripe(_ name: Name) -> Stripe {
        let bits =
            switch name {
            case .client(let namespace, let identifier): self.hash.hash(identifier.span, seed: UInt64(namespace.number))
            case .share(let key): self.hash.hash(key.filter.span, seed: self.hash.hash(key.group.span))
            }
        return self.stripes[Int(bits & 63)]
    }
}
