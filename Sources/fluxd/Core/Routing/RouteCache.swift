import Bytes
import Synchronization
import Topics

/// Where one topic goes, as one shard last saw it.
package final class CachedRoute {
    /// The topic, and behind it the slots: bytes by hand, because comparing an array would count references, and together,
    /// because who looks at one looks at the other soon.
    private let memory: UnsafeMutableRawPointer
    fileprivate let count: Int
    private let slotCount: Int
    /// Never given twice by a cache, unlike a position there: what is remembered about a route is filed under it.
    package let serial: UInt64
    package let namespace: Namespace
    /// Of topic and namespace, the same on all shards.
    package let hash: UInt64
    /// The epochs' sum and generation at the last check.
    fileprivate var sum: UInt64
    fileprivate var generation: UInt64
    package fileprivate(set) var targets: RouteTargets {
        didSet {
            self.only = self.targets.local.count == 1 ? self.targets.local[0] : -1
            self.hasSeveral = self.targets.local.count > 1
            self.remote = self.targets.remote
            self.remoteStoring = self.targets.remoteStoring
            self.hasQueues = self.targets.hasQueues || self.isQueueAddress
        }
    }
    // The same as plain values: what the hot path reads.
    /// The only local filter, or -1 when there are none or several.
    private(set) var only: FilterID = -1
    private(set) var hasSeveral = false
    private(set) var remote: UInt64 = 0
    private(set) var remoteStoring = StoringShards()
    /// A queue takes it, or it is addressed to one, whether or not there is such a queue.
    private(set) var hasQueues: Bool
    private let isQueueAddress: Bool
    /// Looked at since the clock's hand last passed.
    fileprivate var wasUsed = true
    /// What was published to the topic on this shard since the route was made: messages, and bytes of payload.
    package private(set) var messages: UInt64 = 0
    package private(set) var bytes: UInt64 = 0
    /// The same a second, over the last two looks; nil before the first.
    package private(set) var rates: (messages: Float, bytes: Float)?
    private var seen: (messages: UInt64, bytes: UInt64) = (0, 0)

    fileprivate init(
        _ topic: Span<UInt8>,
        _ namespace: Namespace,
        _ hash: UInt64,
        _ slots: [UInt16],
        serial: UInt64
    ) {
        self.count = topic.count
        self.slotCount = slots.count
        self.serial = serial
        let start = CachedRoute.slotStart(topic.count)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: start + slots.count * 2, alignment: 8)
        self.memory = memory
        topic.withUnsafeBytes { if let bytes = $0.baseAddress { memory.copyMemory(from: bytes, byteCount: $0.count) } }
        slots.withUnsafeBytes {
            if let bytes = $0.baseAddress { (memory + start).copyMemory(from: bytes, byteCount: $0.count) }
        }
        self.namespace = namespace
        self.hash = hash
        self.sum = 0
        self.generation = 0
        self.targets = RouteTargets()
        self.isQueueAddress = QueueAddress.isOne(topic)
        self.hasQueues = self.isQueueAddress
    }

    deinit { self.memory.deallocate() }

    private static func slotStart(_ count: Int) -> Int { (count + 1) & ~1 }

    @inline(__always) private var name: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: self.memory.assumingMemoryBound(to: UInt8.self), count: self.count)
    }

    @inline(__always) fileprivate var slots: UnsafeBufferPointer<UInt16> {
        let start = (self.memory + CachedRoute.slotStart(self.count)).assumingMemoryBound(to: UInt16.self)
        return UnsafeBufferPointer(start: start, count: self.slotCount)
    }

    @inline(__always) func count(payload: Int) {
        self.messages &+= 1
        self.bytes &+= UInt64(truncatingIfNeeded: payload)
    }

    fileprivate func look(over seconds: Float) {
        self.rates = (
            Float(self.messages - self.seen.messages) / seconds, Float(self.bytes - self.seen.bytes) / seconds
        )
        self.seen = (self.messages, self.bytes)
    }

    package var topic: [UInt8] { Array(self.name) }

    @inline(__always) fileprivate func isAbout(_ topic: Span<UInt8>, _ namespace: Namespace) -> Bool {
        self.namespace == namespace && topic.elementsEqual(self.name.span)
    }

    /// What clients decide: the topic and its levels.
    fileprivate var weight: Int { self.count + self.slotCount * 2 }

    package var hasTargets: Bool { self.only >= 0 || self.remote != 0 || self.hasSeveral }
}

/// One shard's routes by topic, each valid while nothing that could touch it has changed (see ``Epochs``).
///
/// Bounded, with a clock for what goes: unique reply topics must not make it grow.
package final class RouteCache {
    private let tree: SubscriptionTree
    private let epochs: Epochs
    private let shard: Int
    private let hash: KeyedHash
    private let limit: Int
    private let weightLimit: Int
    private var weight = 0
    private var lastSerial: UInt64 = 0
    /// Retained by hand: a look-up must not count references.
    private var routes: [Unmanaged<CachedRoute>] = []
    private var hand = 0
    /// When the last round of looks began, and how long after the one before. Milliseconds.
    private var lastRound: UInt64 = 0
    private var round: UInt64 = 0
    /// For the topic that is met first: its slots, worked out here.
    private var scratch: [UInt16] = []
    /// How often the tree was asked: for topics met first, and for routes that a change may have touched.
    package private(set) var matches: UInt64 = 0
    /// Positions in `routes`, open addressing; -1 is empty.
    private var buckets: [Int32] = Array(repeating: -1, count: 64)

    /// - Parameters:
    ///   - limit: Routes at most.
    ///   - weightLimit: Bytes of their topics and levels at most; a topic may have 64 KiB.
    package init(
        tree: SubscriptionTree,
        shard: Int,
        hash: KeyedHash,
        limit: Int = 65_536,
        weightLimit: Int = 16 << 20
    ) {
        self.tree = tree
        self.epochs = tree.epochs
        self.shard = shard
        self.hash = hash
        self.limit = limit
        self.weightLimit = weightLimit
    }

    deinit { for route in self.routes { route.release() } }

    package var count: Int { self.routes.count }

    /// Calls `body` with routes from a position on, at most `limit`.
    ///
    /// - Returns: The position to go on from; nil at the end. What is evicted meanwhile moves another one to its place.
    package func forEach(from position: Int, limit: Int, _ body: (CachedRoute) -> Void) -> Int? {
        let end = min(self.routes.count, position + limit)
        if position < end { for index in position..<end { self.routes[index]._withUnsafeGuaranteedRef(body) } }
        return end < self.routes.count ? end : nil
    }

    /// Works out the rates of such a slice anew. A round begins at position 0, and its rates are over the time since the last one.
    ///
    /// - Parameter now: Milliseconds of the shard's clock.
    package func look(from position: Int, limit: Int, now: UInt64) -> Int? {
        if position == 0 {
            self.round = now - self.lastRound
            self.lastRound = now
        }
        let seconds = Float(max(1, self.round)) / 1_000
        return self.forEach(from: position, limit: limit) { $0.look(over: seconds) }
    }

    /// The route of a topic that was published to; nil for others.
    package func known(_ topic: [UInt8], in namespace: Namespace) -> CachedRoute? {
        let span = topic.span
        let hash = self.hash.hash(span, seed: UInt64(namespace.number))
        let mask = self.buckets.count - 1
        var at = Int(truncatingIfNeeded: hash) & mask
        while self.buckets[at] >= 0 {
            let route = self.routes[Int(self.buckets[at])]
            if route._withUnsafeGuaranteedRef({ $0.hash == hash && $0.isAbout(span, namespace) }) {
                return route.takeUnretainedValue()
            }
            at = (at + 1) & mask
        }
        return nil
    }

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
            if route._withUnsafeGuaranteedRef({ $0.isAbout(topic, namespace) }) {
                self.validate(route, topic)
                return route
            }
        }
        return self.search(topic, namespace, &hint)
    }

    @inline(__always) private func validate(_ route: Unmanaged<CachedRoute>, _ topic: Span<UInt8>) {
        let generation = self.epochs.generation.load(ordering: .acquiring)
        if route._withUnsafeGuaranteedRef({ $0.generation }) != generation { self.revalidate(route, topic, generation) }
    }

    /// The generation was read before the slots: a change in between makes the route stale again, never wrongly good.
    @inline(never) private func revalidate(_ route: Unmanaged<CachedRoute>, _ topic: Span<UInt8>, _ generation: UInt64)
    {
        route._withUnsafeGuaranteedRef { route in
            let sum = self.epochs.sum(route.slots)
            if route.generation == 0 || sum != route.sum {
                self.matches += 1
                route.targets = self.tree.match(topic, in: route.namespace, for: self.shard)
                route.sum = sum
            }
            route.generation = generation
        }
    }

    @inline(never) private func search(_ topic: Span<UInt8>, _ namespace: Namespace, _ hint: inout Int32) -> Unmanaged<
        CachedRoute
    >? {
        let hash = self.hash.hash(topic, seed: UInt64(namespace.number))
        let mask = self.buckets.count - 1
        var at = Int(truncatingIfNeeded: hash) & mask
        while self.buckets[at] >= 0 {
            let position = Int(self.buckets[at])
            let route = self.routes[position]
            if route._withUnsafeGuaranteedRef({ $0.hash == hash && $0.isAbout(topic, namespace) }) {
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
        self.scratch.removeAll(keepingCapacity: true)
        self.epochs.appendSlots(of: topic, in: namespace, to: &self.scratch)
        self.lastSerial += 1
        let new = CachedRoute(topic, namespace, hash, self.scratch, serial: self.lastSerial)
        self.weight += new.weight
        while !self.routes.isEmpty, self.routes.count >= self.limit || self.weight > self.weightLimit { self.evict() }
        let route = Unmanaged.passRetained(new)
        let position = self.routes.count
        self.routes.append(route)
        if (self.routes.count + 1) * 4 > self.buckets.count * 3 {
            self.rehash(self.buckets.count * 2)
        } else {
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

    /// Lets the first route under the hand go that was not used since the hand's last round; the last one takes its position.
    private func evict() {
        while true {
            let position = self.hand % self.routes.count
            self.hand = position + 1
            let spared = self.routes[position]._withUnsafeGuaranteedRef { route in
                defer { route.wasUsed = false }
                return route.wasUsed
            }
            if spared { continue }
            self.unplace(position)
            let gone = self.routes[position]
            let last = self.routes.count - 1
            if position != last {
                self.unplace(last)
                self.routes[position] = self.routes[last]
                self.place(position)
            }
            self.routes.removeLast()
            self.weight -= gone._withUnsafeGuaranteedRef { $0.weight }
            gone.release()
            return
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
