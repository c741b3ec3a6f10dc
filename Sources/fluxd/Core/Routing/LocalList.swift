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

/// How many subscribers store in each class.
struct StoringCounts {
    private var state: Int32 = 0
    private var journal: Int32 = 0
    private var buffered: Int32 = 0
    private var synced: Int32 = 0
    private var queued: Int32 = 0

    var classes: StoreClasses {
        var classes: StoreClasses = []
        if self.state > 0 { classes.insert(.state) }
        if self.journal > 0 { classes.insert(.journal) }
        if self.buffered > 0 { classes.insert(.buffered) }
        if self.synced > 0 { classes.insert(.synced) }
        if self.queued > 0 { classes.insert(.queued) }
        return classes
    }

    mutating func add(_ classes: StoreClasses, _ amount: Int32) {
        if classes.contains(.state) { self.state += amount }
        if classes.contains(.journal) { self.journal += amount }
        if classes.contains(.buffered) { self.buffered += amount }
        if classes.contains(.synced) { self.synced += amount }
        if classes.contains(.queued) { self.queued += amount }
    }
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
    /// How many of them store, in each class.
    var storing = StoringCounts()

    init(filter: [UInt8], namespace: Namespace) {
        self.filter = filter
        self.namespace = namespace
        self.base = .allocate(capacity: 1)
    }

    deinit { self.base.deallocate() }

    func append(_ subscriber: Subscriber, _ options: SubscriptionOptions) -> Int32 {
        // By a half: lists of a hundred thousand should not be half empty.
        if self.count == self.capacity { self.resize(self.capacity + max(1, self.capacity / 2)) }
        (self.base + self.count).initialize(
            to: Entry(subscriber: .passUnretained(subscriber), options: options)
        )
        self.count += 1
        return Int32(self.count - 1)
    }

    private func resize(_ capacity: Int) {
        let other = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        other.initialize(from: self.base, count: self.count)
        self.base.deallocate()
        self.base = other
        self.capacity = capacity
    }

    func setOptions(at position: Int32, _ options: SubscriptionOptions) { self.base[Int(position)].options = options }

    /// Takes one out; the last entry takes its place, and its subscriber is told: as much work in a list of a hundred thousand as
    /// in one of two.
    func remove(at position: Int32, _ identity: FilterID) {
        self.count -= 1
        if Int(position) < self.count {
            self.base[Int(position)] = self.base[self.count]
            self.base[Int(position)].subscriber._withUnsafeGuaranteedRef { $0.positions.move(identity, to: position) }
        }
        if self.capacity > 64, self.count * 4 < self.capacity { self.resize(self.capacity / 2) }
    }
}

/// A shard's lists by filter: a plain table in pages, because the fan-out's look-up must not count references, and nobody may wait
/// while a table of a million is copied.
struct LocalLists: ~Copyable {
    private typealias Page = UnsafeMutablePointer<Unmanaged<LocalList>?>
    private static let pageSize = 1_024
    private var pages: UnsafeMutablePointer<Page>
    private var pageCount = 0
    private var room = 8

    init() { self.pages = .allocate(capacity: self.room) }

    deinit {
        for page in 0..<self.pageCount {
            for index in 0..<LocalLists.pageSize { self.pages[page][index]?.release() }
            self.pages[page].deallocate()
        }
        self.pages.deallocate()
    }

    /// No filter's number is as large.
    var limit: Int { self.pageCount * LocalLists.pageSize }

    subscript(filter: FilterID) -> Unmanaged<LocalList>? {
        get { Int(filter) < self.limit ? self.pages[Int(filter) >> 10][Int(filter) & 1_023] : nil }
        set {
            while Int(filter) >= self.limit { self.grow() }
            self.pages[Int(filter) >> 10][Int(filter) & 1_023] = newValue
        }
    }

    private mutating func grow() {
        if self.pageCount == self.room {
            let bigger = UnsafeMutablePointer<Page>.allocate(capacity: self.room * 2)
            bigger.initialize(from: self.pages, count: self.pageCount)
            self.pages.deallocate()
            self.pages = bigger
            self.room *= 2
        }
        let page = Page.allocate(capacity: LocalLists.pageSize)
        page.initialize(repeating: nil, count: LocalLists.pageSize)
        (self.pages + self.pageCount).initialize(to: page)
        self.pageCount += 1
    }
}

@available(*, unavailable)
extension LocalList: Sendable {}
