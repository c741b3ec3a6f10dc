import Bytes
import Synchronization
import Topics

/// Where one topic goes, as one shard last saw it.
package final class CachedRoute {
    let topic: [UInt8]
    let namespace: Namespace
    let hash: UInt64
    fileprivate let slots: [UInt16]
    /// The epochs' sum and generation at the last check.
    fileprivate var sum: UInt64
    fileprivate var generation: UInt64
    package fileprivate(set) var targets: RouteTargets
    /// The only local filter, or -1 when there are none or several: the common case without an array.
    @usableFromInline package fileprivate(set) var only: FilterID = -1
    /// Looked at since the clock's hand last passed.
    fileprivate var wasUsed = true

    fileprivate init(_ topic: [UInt8], _ namespace: Namespace, _ hash: UInt64, _ slots: [UInt16]) {
        self.topic = topic
        self.namespace = namespace
        self.hash = hash
        self.slots = slots
        self.sum = 0
        self.generation = 0
        self.targets = RouteTargets()
    }

    package var hasTargets: Bool { self.only >= 0 || self.targets.remote != 0 || !self.targets.local.isEmpty }
}

/// One shard's routes by topic, each valid while nothing that could touch it has changed (see ``Epochs``).
///
/// Bounded, with a clock for what goes: unique reply topics must not make it grow.
package final class RouteCache {
    private let tree: SubscriptionTree
    private let shard: Int
    private let hash: KeyedHash
    private let limit: Int
    /// Retained by hand: a look-up must not count references.
    private var routes: [Unmanaged<CachedRoute>] = []
    private var hand = 0
    /// Positions in `routes`, open addressing; -1 is empty.
    private var buckets: [Int32] = Array(repeating: -1, count: 64)

    package init(tree: SubscriptionTree, shard: Int, hash: KeyedHash, limit: Int = 65_536) {
        self.tree = tree
        self.shard = shard
        self.hash = hash
        self.limit = limit
    }

    deinit { for route in self.routes { route.release() } }

    package var count: Int { self.routes.count }

    /// Finds the route of a topic.
    ///
    /// - Parameter hint: Where the caller's last topic was found: a publisher repeats its topics. Any value is safe.
    /// - Returns: A route that is good until the next look-up on this shard; nil for what is no topic name, which is checked
    ///   once, when the topic is met first.
    @inline(__always)
    package func find(_ topic: Span<UInt8>, in namespace: Namespace, hint: inout Int32) -> Unmanaged<CachedRoute>? {
        let at = Int(hint)
        if at >= 0, at < self.routes.count {
            let route = self.routes[at]
            let same = route._withUnsafeGuaranteedRef {
                $0.namespace == namespace && topic.elementsEqual($0.topic)
            }
            if same {
                self.validate(route, topic)
                return route
            }
        }
        return self.search(topic, namespace, &hint)
    }

    @inline(__always) private func validate(_ route: Unmanaged<CachedRoute>, _ topic: Span<UInt8>) {
        let generation = self.tree.epochs.generation.load(ordering: .acquiring)
        if route._withUnsafeGuaranteedRef({ $0.generation }) != generation { self.revalidate(route, topic, generation) }
    }

    /// The generation was read before the slots: a change in between makes the route stale again, never wrongly good.
    @inline(never) private func revalidate(_ route: Unmanaged<CachedRoute>, _ topic: Span<UInt8>, _ generation: UInt64) {
        route._withUnsafeGuaranteedRef { route in
            let sum = self.tree.epochs.sum(route.slots)
            if route.generation == 0 || sum != route.sum {
                route.targets = self.tree.match(topic, in: route.namespace, for: self.shard)
                route.only = route.targets.local.count == 1 ? route.targets.local[0] : -1
                route.sum = sum
            }
            route.generation = generation
        }
    }

    @inline(never) private func search(_ topic: Span<UInt8>, _ namespace: Namespace, _ hint: inout Int32) -> Unmanaged<CachedRoute>? {
        let hash = self.hash.hash(topic, seed: UInt64(namespace.number))
        let mask = self.buckets.count - 1
        var at = Int(truncatingIfNeeded: hash) & mask
        while self.buckets[at] >= 0 {
            let position = Int(self.buckets[at])
            let route = self.routes[position]
            let same = route._withUnsafeGuaranteedRef { route in
                route.hash == hash && route.namespace == namespace && topic.elementsEqual(route.topic)
            }
            if same {
                hint = Int32(position)
                route._withUnsafeGuaranteedRef { $0.wasUsed = true }
                self.validate(route, topic)
                return route
            }
            at = (at + 1) & mask
        }
        return self.add(topic, namespace, hash, &hint)
    }

    private func add(
        _ topic: Span<UInt8>,
        _ namespace: Namespace,
        _ hash: UInt64,
        _ hint: inout Int32
    ) -> Unmanaged<CachedRoute>? {
        guard TopicName.isValid(topic) else { return nil }
        let slots = self.tree.epochs.slots(of: topic, in: namespace)
        let route = Unmanaged.passRetained(CachedRoute(topic.copied(), namespace, hash, slots))
        let position: Int
        if self.routes.count < self.limit {
            position = self.routes.count
            self.routes.append(route)
            if (self.routes.count + 1) * 4 > self.buckets.count * 3 { self.rehash(self.buckets.count * 2) } else { self.place(position) }
        } else {
            position = self.evict()
            self.routes[position] = route
            self.place(position)
        }
        hint = Int32(position)
        self.validate(route, topic)
        return route
    }

    private func bucket(of position: Int) -> Int {
        let hash = self.routes[position]._withUnsafeGuaranteedRef { $0.hash }
        return Int(truncatingIfNeeded: hash) & (self.buckets.count - 1)
    }

    private func place(_ position: Int) {
        let mask = self.buckets.count - 1
        var at = self.bucket(of: position)
        while self.buckets[at] >= 0 { at = (at + 1) & mask }
        self.buckets[at] = Int32(position)
    }

    private func rehash(_ count: Int) {
        self.buckets = Array(repeating: -1, count: count)
        for position in self.routes.indices { self.place(position) }
    }

    /// Frees the first position under the hand that was not used since the hand's last round.
    private func evict() -> Int {
        while true {
            let position = self.hand
            self.hand = (self.hand + 1) % self.routes.count
            let spared = self.routes[position]._withUnsafeGuaranteedRef { route in
                defer { route.wasUsed = false }
                return route.wasUsed
            }
            if spared { continue }
            self.unplace(position)
            self.routes[position].release()
            return position
        }
    }

    private func unplace(_ position: Int) {
        let mask = self.buckets.count - 1
        var hole = self.bucket(of: position)
        while self.buckets[hole] != Int32(position) { hole = (hole + 1) & mask }
        var at = (hole + 1) & mask
        while self.buckets[at] >= 0 {
            let wanted = self.bucket(of: Int(self.buckets[at]))
            if (at - wanted) & mask >= (at - hole) & mask {
                self.buckets[hole] = self.buckets[at]
                hole = at
            }
            at = (at + 1) & mask
        }
        self.buckets[hole] = -1
    }
}

@available(*, unavailable)
extension RouteCache: Sendable {}

@available(*, unavailable)
extension CachedRoute: Sendable {}
