/// How one subscription wants its deliveries.
public struct SubscriptionOptions: Equatable, Sendable {
    /// The most that deliveries may have: 0, 1 or 2.
    @usableFromInline package var qos: UInt8
    @usableFromInline package var flags: UInt8
    /// MQTT 5's subscription identifier, 0 for none. In a delivery the top bit says that there are several, and the rest names
    /// them (``ShardState/identifiers(_:)``).
    @usableFromInline package var identifier: UInt32

    package init(qos: UInt8, noLocal: Bool = false, retainAsPublished: Bool = false, identifier: UInt32 = 0) {
        self.qos = qos
        self.identifier = identifier
        self.flags = (noLocal ? 1 : 0) | (retainAsPublished ? 2 : 0)
    }

    @inlinable package var noLocal: Bool { self.flags & 1 != 0 }
    @inlinable package var retainAsPublished: Bool { self.flags & 2 != 0 }
    @inlinable package var hasSeveralIdentifiers: Bool { self.identifier >> 31 != 0 }
}

/// The subscribers that one filter has on one shard, packed: what the fan-out loop walks.
///
/// References are not counted here, which is what the loop costs otherwise. A subscriber takes itself out before it goes, and
/// nothing is taken out while a fan-out walks (the shard's after-list sees to that).
final class LocalList {
    struct Entry {
        var subscriber: Unmanaged<Subscriber>
        var options: SubscriptionOptions
    }

    let filter: [UInt8]
    let namespace: Namespace
    private(set) var base: UnsafeMutablePointer<Entry>
    private(set) var count = 0
    private var capacity = 1
    /// How many of them outlive their connections.
    var storing = 0

    init(filter: [UInt8], namespace: Namespace) {
        self.filter = filter
        self.namespace = namespace
        self.base = .allocate(capacity: 1)
    }

    deinit { self.base.deallocate() }

    func append(_ subscriber: Subscriber, _ options: SubscriptionOptions) -> Int32 {
        if self.count == self.capacity {
            self.capacity *= 2
            let bigger = UnsafeMutablePointer<Entry>.allocate(capacity: self.capacity)
            bigger.update(from: self.base, count: self.count)
            self.base.deallocate()
            self.base = bigger
        }
        self.base[self.count] = Entry(subscriber: .passUnretained(subscriber), options: options)
        self.count += 1
        return Int32(self.count - 1)
    }

    func setOptions(at position: Int32, _ options: SubscriptionOptions) { self.base[Int(position)].options = options }

    /// Takes one out; the last entry takes its place, and its subscriber is told.
    func remove(at position: Int32, _ identity: FilterID) {
        self.count -= 1
        if Int(position) < self.count {
            self.base[Int(position)] = self.base[self.count]
            self.base[Int(position)].subscriber._withUnsafeGuaranteedRef { $0.positions[identity] = position }
        }
    }
}

/// A shard's lists by filter: a plain table, because the fan-out's look-up must not count references either.
struct LocalLists: ~Copyable {
    private var base: UnsafeMutablePointer<Unmanaged<LocalList>?>
    private var count = 64

    init() {
        self.base = .allocate(capacity: self.count)
        self.base.initialize(repeating: nil, count: self.count)
    }

    deinit {
        for index in 0..<self.count { self.base[index]?.release() }
        self.base.deallocate()
    }

    /// No filter's number is as large.
    var limit: Int { self.count }

    subscript(filter: FilterID) -> Unmanaged<LocalList>? {
        get { Int(filter) < self.count ? self.base[Int(filter)] : nil }
        set {
            while Int(filter) >= self.count { self.grow() }
            self.base[Int(filter)] = newValue
        }
    }

    private mutating func grow() {
        let bigger = UnsafeMutablePointer<Unmanaged<LocalList>?>.allocate(capacity: self.count * 2)
        bigger.initialize(from: self.base, count: self.count)
        (bigger + self.count).initialize(repeating: nil, count: self.count)
        self.base.deallocate()
        self.base = bigger
        self.count *= 2
    }
}

@available(*, unavailable)
extension LocalList: Sendable {}
