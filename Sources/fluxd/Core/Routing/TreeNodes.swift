import Bytes
import Topics

/// The tree itself, unlocked: nodes in one flat table, found by (parent, level), so that a node with many children costs no more
/// than one with few, and nothing is a dictionary of its own.
///
/// Nodes and filters lie in pages that never move: whoever changes the tree holds everybody up, and must not copy megabytes
/// meanwhile.
struct TreeNodes: ~Copyable {
    typealias Index = UInt32

    private struct Node {
        /// Of a node that is not used: the next such node.
        var parent: Index
        var hash: UInt32
        var children: UInt32
        /// Present while somebody is subscribed here; else -1.
        var filter: FilterID
        var level: LevelText
    }

    private struct Filter {
        /// Of an identity that is not used: the next such identity.
        var shards: UInt64 = 0
        var storing = StoringShards()
    }

    private static let none = Index.max
    private let hash: KeyedHash
    private var nodes = Pages<Node>()
    private var freeNode = TreeNodes.none
    private var filters = Pages<Filter>()
    private var freeFilter: FilterID = -1
    private(set) var filterCount = 0
    /// Buckets of node indices. 256 tables, because growing one of a million entries would hold everybody up.
    private var tables = [ChildTable](repeating: ChildTable(), count: 256)
    private static let rootParent: Index = 0x8000_0000

    init(hash: KeyedHash) { self.hash = hash }

    deinit { for index in 0..<self.nodes.count { self.nodes[index].level.free() } }

    // MARK: Changes

    mutating func insert(_ filter: Span<UInt8>, in namespace: Namespace) -> Index {
        var parent = TreeNodes.rootParent | Index(namespace.number)
        var levels = TopicLevels(filter)
        while let range = levels.next() {
            let level = filter.extracting(range)
            parent = self.child(of: parent, LevelKey(level), level) ?? self.add(level, to: parent)
        }
        if self.nodes[Int(parent)].filter < 0 { self.nodes[Int(parent)].filter = self.makeFilter() }
        return parent
    }

    private mutating func makeFilter() -> FilterID {
        self.filterCount += 1
        guard self.freeFilter >= 0 else { return FilterID(self.filters.append(Filter())) }
        let filter = self.freeFilter
        self.freeFilter = FilterID(truncatingIfNeeded: Int64(bitPattern: self.filters[Int(filter)].shards))
        self.filters[Int(filter)] = Filter()
        return filter
    }

    func find(_ filter: Span<UInt8>, in namespace: Namespace) -> Index? {
        var node = TreeNodes.rootParent | Index(namespace.number)
        var levels = TopicLevels(filter)
        while let range = levels.next() {
            let level = filter.extracting(range)
            guard let child = self.child(of: node, LevelKey(level), level) else { return nil }
            node = child
        }
        return self.nodes[Int(node)].filter < 0 ? nil : node
    }

    func filter(of node: Index) -> FilterID { self.nodes[Int(node)].filter }

    mutating func update(_ node: Index, shard: Int, _ presence: SubscriptionTree.Presence) {
        let filter = Int(self.nodes[Int(node)].filter)
        let bit = UInt64(1) << UInt64(shard)
        if presence.subscribed { self.filters[filter].shards |= bit } else { self.filters[filter].shards &= ~bit }
        self.filters[filter].storing.set(presence.stores, of: shard)
    }

    /// Frees the filter when no shard has it, and the nodes that led only to it.
    mutating func prune(_ leaf: Index) {
        let filter = self.nodes[Int(leaf)].filter
        if filter >= 0, self.filters[Int(filter)].shards == 0 {
            self.filters[Int(filter)].shards = UInt64(bitPattern: Int64(self.freeFilter))
            self.freeFilter = filter
            self.filterCount -= 1
            self.nodes[Int(leaf)].filter = -1
        }
        var node = leaf
        while self.nodes[Int(node)].filter < 0, self.nodes[Int(node)].children == 0 {
            let parent = self.nodes[Int(node)].parent
            let hash = self.nodes[Int(node)].hash
            self.tables[Int(hash >> 24)].remove(node, hash)
            self.nodes[Int(node)].level.free()
            self.nodes[Int(node)].parent = self.freeNode
            self.freeNode = node
            if parent >= TreeNodes.rootParent { return }
            self.nodes[Int(parent)].children -= 1
            node = parent
        }
    }

    private mutating func add(_ level: Span<UInt8>, to parent: Index) -> Index {
        let hash = self.hash(parent, LevelKey(level), level)
        let node = Node(parent: parent, hash: hash, children: 0, filter: -1, level: LevelText(level))
        let index: Index
        if self.freeNode != TreeNodes.none {
            index = self.freeNode
            self.freeNode = self.nodes[Int(index)].parent
            self.nodes[Int(index)] = node
        } else {
            index = Index(self.nodes.append(node))
        }
        if parent < TreeNodes.rootParent { self.nodes[Int(parent)].children += 1 }
        self.tables[Int(node.hash >> 24)].insert(index, node.hash)
        return index
    }

    // MARK: Look-ups

    @inline(__always) private func hash(_ parent: Index, _ key: LevelKey, _ level: Span<UInt8>) -> UInt32 {
        let seed = UInt64(parent) << 20
        let hash = key.isShort ? self.hash.hash(key.low, key.high, seed: seed) : self.hash.hash(level, seed: seed)
        return UInt32(truncatingIfNeeded: hash >> 16)
    }

    @inline(__always) private func child(of parent: Index, _ key: LevelKey, _ level: Span<UInt8>) -> Index? {
        let hash = self.hash(parent, key, level)
        return self.tables[Int(hash >> 24)].first(hash) { index in
            let node = self.nodes.pointer(to: Int(index))
            return node.pointee.parent == parent && node.pointee.level.equals(key, level)
        }
    }

    private static let plus: [UInt8] = [UInt8(ascii: "+")]
    private static let number: [UInt8] = [UInt8(ascii: "#")]

    func match(_ topic: Span<UInt8>, in namespace: Namespace, for shard: Int) -> RouteTargets {
        var targets = RouteTargets()
        let hidesFromWildcards = topic.count > 0 && topic[0] == UInt8(ascii: "$")
        let root = TreeNodes.rootParent | Index(namespace.number)
        self.descend(root, topic, hidesFromWildcards, shard, &targets)
        // A shard with storing subscribers of one filter and plain ones of another is both; itself it is never remote.
        let own = UInt64(1) << UInt64(shard)
        targets.remote &= ~own
        targets.remoteStoring.remove(shard)
        return targets
    }

    /// The branches still to look at are a list of ours: a topic may have 32,768 levels, a thread's stack has not.
    private func descend(
        _ root: Index,
        _ topic: Span<UInt8>,
        _ hidden: Bool,
        _ shard: Int,
        _ targets: inout RouteTargets
    ) {
        let plus = TreeNodes.plus.span
        let number = TreeNodes.number.span
        let plusKey = LevelKey(plus)
        let numberKey = LevelKey(number)
        var branches: [(node: Index, index: Int)] = []
        var (node, index) = (root, 0)
        while true {
            while true {
                // A node without children ends the walk: three look-ups fewer for every leaf.
                let hasChildren = node >= TreeNodes.rootParent || self.nodes[Int(node)].children > 0
                let wildcards = hasChildren && !(hidden && index == 0)
                if wildcards, let rest = self.child(of: node, numberKey, number) { self.collect(rest, shard, &targets) }
                if index > topic.count {
                    self.collect(node, shard, &targets)
                    break
                }
                if !hasChildren { break }
                var end = index
                while end < topic.count, topic[end] != UInt8(ascii: "/") { end += 1 }
                if wildcards, let any = self.child(of: node, plusKey, plus) { branches.append((any, end + 1)) }
                let level = topic.extracting(index..<end)
                guard let next = self.child(of: node, LevelKey(level), level) else { break }
                (node, index) = (next, end + 1)
            }
            guard let branch = branches.popLast() else { return }
            (node, index) = branch
        }
    }

    private func collect(_ node: Index, _ shard: Int, _ targets: inout RouteTargets) {
        guard node < TreeNodes.rootParent else { return }
        let identity = self.nodes[Int(node)].filter
        guard identity >= 0 else { return }
        let filter = self.filters[Int(identity)]
        if filter.shards & (1 << UInt64(shard)) != 0 { targets.local.append(identity) }
        targets.remote |= filter.shards
        targets.remoteStoring.formUnion(filter.storing)
        if filter.storing.queued != 0 { targets.hasQueues = true }
    }
}

/// Open addressing over node indices, linear probing, deletion by shifting back.
struct ChildTable {
    private struct Bucket {
        var index: TreeNodes.Index
        var hash: UInt32
        static let empty = Bucket(index: .max, hash: 0)
        var isEmpty: Bool { self.index == .max }
    }
    private var buckets: [Bucket] = []
    private var count = 0

    @inline(__always) func first(_ hash: UInt32, where matches: (TreeNodes.Index) -> Bool) -> TreeNodes.Index? {
        if self.buckets.isEmpty { return nil }
        let mask = self.buckets.count - 1
        var at = Int(hash) & mask
        while !self.buckets[at].isEmpty {
            if self.buckets[at].hash == hash, matches(self.buckets[at].index) { return self.buckets[at].index }
            at = (at + 1) & mask
        }
        return nil
    }

    mutating func insert(_ index: TreeNodes.Index, _ hash: UInt32) {
        if (self.count + 1) * 4 > self.buckets.count * 3 { self.grow() }
        self.place(Bucket(index: index, hash: hash))
        self.count += 1
    }

    mutating func remove(_ index: TreeNodes.Index, _ hash: UInt32) {
        let mask = self.buckets.count - 1
        var hole = Int(hash) & mask
        while self.buckets[hole].index != index {
            precondition(!self.buckets[hole].isEmpty, "a node is not where its hash says")
            hole = (hole + 1) & mask
        }
        var at = (hole + 1) & mask
        while !self.buckets[at].isEmpty {
            // An entry may move into the hole unless that would put it before the place its hash asks for.
            let distance = (at - Int(self.buckets[at].hash) & mask) & mask
            if distance >= (at - hole) & mask {
                self.buckets[hole] = self.buckets[at]
                hole = at
            }
            at = (at + 1) & mask
        }
        self.buckets[hole] = .empty
        self.count -= 1
    }

    private mutating func place(_ bucket: Bucket) {
        let mask = self.buckets.count - 1
        var at = Int(bucket.hash) & mask
        while !self.buckets[at].isEmpty { at = (at + 1) & mask }
        self.buckets[at] = bucket
    }

    private mutating func grow() {
        let old = self.buckets
        self.buckets = Array(repeating: .empty, count: max(8, old.count * 2))
        for bucket in old where !bucket.isEmpty { self.place(bucket) }
    }
}
