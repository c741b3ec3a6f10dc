import Bytes
import Synchronization
import Topics

/// Names a filter while anybody is subscribed to it, on any shard. Dense: shards index tables with it.
public typealias FilterID = Int32

/// Where a topic goes: what a shard caches.
package struct RouteTargets: Equatable, Sendable {
    /// Filters that match and have subscribers on the shard that asked.
    package var local: [FilterID] = []
    /// Other shards with subscribers, a bit each.
    package var remote: UInt64 = 0
    /// Those among them with subscribers that store.
    package var remoteStoring = StoringShards()
    /// A queue takes it, on whatever shard.
    package var hasQueues = false

    package init() {}
}

/// Who is subscribed to what: filters, and for each the shards that have subscribers and the shards that have storing ones.
///
/// One tree that all shards share. A publisher reads it only when its cache has no valid route, under its own shard's seat; a
/// change takes all seats, and happens only for a filter's first and last subscriber on a shard (or first and last that
/// stores). Nothing is called while a seat is held.
package final class SubscriptionTree: @unchecked Sendable {
    // Sendable because: `nodes` is read with one seat held and written with all of them held.
    package let epochs: Epochs
    private let seats: [Seat]
    private var nodes: TreeNodes

    private final class Seat: Sendable { let lock = Mutex<Void>(()) }

    /// - Parameter shards: At most 64.
    package init(shards: Int, hash: KeyedHash) {
        precondition((1...64).contains(shards), "there are 1 to 64 shards")
        self.epochs = Epochs(hash: hash)
        self.seats = (0..<shards).map { _ in Seat() }
        self.nodes = TreeNodes(hash: hash)
    }

    /// What one shard says about one filter.
    package struct Presence: Equatable, Sendable {
        package var subscribed: Bool
        package var stores: StoreClasses
        package init(subscribed: Bool, stores: StoreClasses) {
            self.subscribed = subscribed
            self.stores = stores
        }
    }

    /// Finds or makes the filter's identity and sets what the shard has of it. When this returns, publishers everywhere see it.
    package func set(_ presence: Presence, _ filter: Span<UInt8>, in namespace: Namespace, on shard: Int) -> FilterID {
        let identity = self.withAllSeats { nodes in
            let node = nodes.insert(filter, in: namespace)
            nodes.update(node, shard: shard, presence)
            return nodes.filter(of: node)
        }
        self.epochs.bump(filter, in: namespace)
        return identity
    }

    /// The shard has no subscriber of the filter any more; with the last shard gone the identity is free for another filter.
    package func remove(_ filter: Span<UInt8>, in namespace: Namespace, on shard: Int) {
        let changed = self.withAllSeats { nodes in
            guard let node = nodes.find(filter, in: namespace) else { return false }
            nodes.update(node, shard: shard, Presence(subscribed: false, stores: []))
            nodes.prune(node)
            return true
        }
        if changed { self.epochs.bump(filter, in: namespace) }
    }

    /// Where a topic goes, as the shard sees it.
    package func match(_ topic: Span<UInt8>, in namespace: Namespace, for shard: Int) -> RouteTargets {
        self.seats[shard].lock.withLock { _ in self.nodes.match(topic, in: namespace, for: shard) }
    }

    package var filterCount: Int { self.seats[0].lock.withLock { _ in self.nodes.filterCount } }

    /// Seats are taken in order, so that two writers cannot wait for each other.
    private func withAllSeats<Result>(_ body: (inout TreeNodes) -> Result) -> Result {
        for seat in self.seats { seat.lock._unsafeLock() }
        defer { for seat in self.seats.reversed() { seat.lock._unsafeUnlock() } }
        return body(&self.nodes)
    }
}
