import Bytes
public import Machine
import QueueEngine

/// Makes the machine's side of a stream that a listener accepted.
package protocol StreamAcceptor: AnyObject {
    func accept(_ id: StreamID, listener: Int, facts: StreamFacts, on shard: ShardState) -> StreamPeer?
    /// A stream that another shard sent here; its unread bytes come next.
    func adopt(_ id: StreamID, _ state: MovingState, on shard: ShardState) -> StreamPeer
    /// A reminder that was set with ``ShardState/remind(_:_:_:at:stamp:)`` is due.
    func due(_ entry: TimerEntry, on shard: ShardState)
    /// A job that was given to ``ShardState/perform(_:_:)`` is done.
    func finished(_ ticket: UInt64, _ result: any Sendable, on shard: ShardState)
    /// Does a slice of what takes longer, once a tick.
    ///
    /// - Returns: Whether there is more, so that the next iteration has a tick too.
    func goOn(on shard: ShardState) -> Bool
    /// The burst ends: what it gathered for the store is handed over now.
    func endOfBurst(on shard: ShardState)
    /// The broker stops: streams are told and closed, no new ones are taken.
    func shutDown()
}

/// An acceptor that puts nothing off is asked for nothing.
extension StreamAcceptor {
    package func finished(_ ticket: UInt64, _ result: any Sendable, on shard: ShardState) {}
    package func goOn(on shard: ShardState) -> Bool { false }
    package func endOfBurst(on shard: ShardState) {}
}

/// One shard: what it owns is touched by its loop alone, and it does no I/O.
///
/// The parts stand in files of their own: routes and fan-out in `ShardState+Publish`, subscriptions in
/// `ShardState+Subscriptions`, other shards in `ShardState+Links`, shared subscriptions in `ShardState+Shares`.
public final class ShardState: Machine {
    package let index: Int
    package let broker: Broker
    /// The broker's, which are asked with each message: not counted each time.
    let budget: Unmanaged<MemoryBudget>
    let volume: Unmanaged<VolumeStatus>
    package let effects = Effects()
    /// Milliseconds of a clock that never goes back, read once an iteration.
    package var now: UInt64 = 0
    /// The same moment on the wall, for what is stored.
    package var wallNow: UInt64 { self.broker.wall(at: self.now) }
    package let counters: ShardCounters
    package let connections: ConnectionTable
    private var acceptors: [Int: any StreamAcceptor] = [:]
    /// Each acceptor once; a reminder names its own by the position here.
    private var reminded: [any StreamAcceptor] = []
    private var lastTicket: UInt64 = 0

    // Subscribers and their filters.
    var subscribers: [Subscriber?] = []
    var subscriberGenerations: [UInt32] = []
    var freeSubscribers: [Int] = []
    var lists = LocalLists()
    var filterIDs = StripedMap<FilterKey, FilterID>()
    package let routes: RouteCache
    /// Where the last topic of another shard was found: its publishers repeat theirs too.
    var inboundHint: Int32 = -1

    // The fan-out under way, and what it put off.
    var fanOuts: UInt64 = 0
    var overlap: [OverlapEntry] = []
    var identifierLists: [[UInt32]] = []
    var current = MessageSlot.none
    /// The message under way as a block, when it came as one.
    var currentStored: StoredMessage?
    /// Something above has to be let go when the fan-out ends: one look in the common case that nothing has.
    var hasLeftovers = false
    var afterFanOut: [() -> Void] = []
    /// Deliveries and bytes since the outputs were flushed.
    package var workDeliveries = 0
    package var workBytes = 0

    /// Bytes of one output beyond which messages are dropped or wait; less than the maximum while memory is short.
    package private(set) var outputWatermark = Int.max
    package var maximumOutput = Int.max { didSet { self.outputWatermark = self.maximumOutput } }
    /// Bytes that all outputs of this shard should not exceed: half as much as messages may take.
    private let outputShare: Int

    // Messages that somebody waits for.
    package var messages = MessageTable()
    var lease: MemoryLease
    /// How often there was no room for a message that somebody had to keep: in the lease, or in a queue.
    var refusals = 0
    /// Why a queue of this shard refused a message last.
    var lastQueueRefusal: Queue.Refusal?
    /// The message under way came over a link: its publisher may have its acknowledgement already.
    var isPublishInbound = false
    /// More is held than was leased, and other shards know.
    var isOverdrawn = false

    // Other shards and the store.
    var links: [ShardLink]
    var inbound: [InboundLink]
    /// Per shard and class, the store's batch that the batch under way waits for.
    var inboundNeeds: [ClassNumbers]
    /// The link whose turn it is.
    var nextInbound = 0
    var linkWaiters: [StreamID] = []
    package var fullLinks: UInt64 = 0
    var pending = PendingStores()
    var storeNumbers = ClassNumbers.zero
    var storedNumbers = ClassNumbers.zero
    var storeWaiters: StoreWaiters

    var wheel: TimingWheel
    var shares: [ShareKey: SharedGroup] = [:]
    /// The queues that live here.
    package private(set) lazy var queues = QueueShard(on: self)
    /// When somebody wants a burst at the latest; `max` for never.
    private var wantedTick = UInt64.max
    private var sweepCursor: [UInt8]?
    private var nextSweep: UInt64 = 0

    package init(index: Int, broker: Broker, now: UInt64 = 0) {
        self.index = index
        self.broker = broker
        self.now = now
        self.counters = broker.counters[index]
        self.connections = ConnectionTable(now: now)
        self.routes = RouteCache(tree: broker.tree, shard: index, hash: broker.hash)
        self.lease = MemoryLease(broker.budget)
        self.budget = .passUnretained(broker.budget)
        self.volume = .passUnretained(broker.volume)
        self.outputShare = broker.settings.memoryLimit / 2 / broker.shards
        self.links = Array(repeating: ShardLink(), count: broker.shards)
        self.inbound = Array(repeating: InboundLink(), count: broker.shards)
        self.storeWaiters = StoreWaiters(shards: broker.shards)
        self.inboundNeeds = Array(repeating: .zero, count: broker.shards)
        self.wheel = TimingWheel(now: now)
        if index == 0 { self.effects.deadline = now + 10_000 }  // for the sweep
        self.register(self.queues, listeners: [])  // first: what it brings about at a burst's end is others' to store
    }

    // MARK: Streams

    /// Streams of these listeners belong to `acceptor`.
    package func register(_ acceptor: any StreamAcceptor, listeners: [Int]) {
        for listener in listeners { self.acceptors[listener] = acceptor }
        self.reminded.append(acceptor)
    }

    /// Tells all streams that the broker stops, and takes no more.
    package func shutDown() { for acceptor in self.reminded { acceptor.shutDown() } }

    package func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? {
        self.counters.add(.connectionsOpened)
        return self.acceptors[listener]?.accept(id, listener: listener, facts: facts, on: self)
    }

    package func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer {
        guard let acceptor = self.acceptors[state.listener] else {
            preconditionFailure("a stream moved from a listener that this shard does not know")
        }
        return acceptor.adopt(id, state, on: self)
    }

    // MARK: Subscribers

    package func register(_ subscriber: Subscriber) {
        let slot: Int
        if let free = self.freeSubscribers.popLast() {
            slot = free
        } else {
            slot = self.subscribers.count
            self.subscribers.append(nil)
            self.subscriberGenerations.append(1)
        }
        self.subscribers[slot] = subscriber
        subscriber.address = SubscriberAddress(
            shard: self.index,
            slot: slot,
            generation: self.subscriberGenerations[slot]
        )
    }

    /// Its subscriptions must be gone. The slot is used again under another generation.
    package func unregister(_ subscriber: Subscriber) {
        precondition(subscriber.positions.isEmpty, "a subscriber goes while a fan-out could still find it")
        let slot = subscriber.address.slot
        self.subscribers[slot] = nil
        self.subscriberGenerations[slot] = self.subscriberGenerations[slot] % 0xFF_FFFF + 1
        self.freeSubscribers.append(slot)
    }

    package func subscriber(at address: SubscriberAddress) -> Subscriber? {
        guard address.shard == self.index, address.slot < self.subscribers.count,
            self.subscriberGenerations[address.slot] == address.generation
        else { return nil }
        return self.subscribers[address.slot]
    }

    // MARK: For those who watch

    /// The acceptor of a kind, if streams of its protocol are served.
    package func acceptor<Acceptor: StreamAcceptor>(_ kind: Acceptor.Type) -> Acceptor? {
        for case let acceptor as Acceptor in self.reminded { return acceptor }
        return nil
    }

    /// Calls `body` with subscribers from a slot on; at most `limit` slots are looked at.
    ///
    /// - Returns: The slot to go on from; nil at the end.
    package func forEachSubscriber(from slot: Int, limit: Int, _ body: (Subscriber) -> Void) -> Int? {
        let end = min(self.subscribers.count, slot + limit)
        if slot < end { for index in slot..<end { if let subscriber = self.subscribers[index] { body(subscriber) } } }
        return end < self.subscribers.count ? end : nil
    }

    /// Calls `body` with plain subscriptions from a place on, filter by filter; at most `limit` entries are looked at.
    ///
    /// - Returns: The place to go on from; nil at the end.
    package func forEachSubscription(
        from place: SubscriptionPlace,
        limit: Int,
        _ body: (_ filter: [UInt8], Subscriber, SubscriptionOptions) -> Void
    ) -> SubscriptionPlace? {
        var place = place
        var left = limit
        while left > 0, place.filter < self.lists.limit {
            left -= 1
            guard let list = self.lists[FilterID(place.filter)], place.entry < list.takeUnretainedValue().count else {
                place = SubscriptionPlace(filter: place.filter + 1, entry: 0)
                continue
            }
            list._withUnsafeGuaranteedRef { list in
                let entry = list.base[place.entry]
                body(list.filter, entry.subscriber.takeUnretainedValue(), entry.options)
            }
            place.entry += 1
        }
        return place.filter < self.lists.limit ? place : nil
    }

    /// Subscriptions of this shard that match a topic.
    package func subscriptionCount(_ topic: [UInt8], in namespace: Namespace) -> Int {
        self.broker.tree.match(topic.span, in: namespace, for: self.index).local.reduce(0) { sum, filter in
            sum + (self.lists[filter].map { $0._withUnsafeGuaranteedRef { $0.count } } ?? 0)
        }
    }

    // MARK: Time

    /// Has ``StreamAcceptor/due(_:on:)`` called at `due` or a little later; never cancelled, so the stamp must tell.
    package func remind(
        _ acceptor: any StreamAcceptor,
        _ address: SubscriberAddress,
        _ kind: UInt8,
        at due: UInt64,
        stamp: UInt32
    ) {
        let owner = UInt8(self.number(of: acceptor))
        self.wheel.insert(TimerEntry(due: due, owner: owner, kind: kind, address: address, stamp: stamp))
        if self.effects.deadline.map({ due < $0 }) ?? true { self.effects.deadline = due }
    }

    private func number(of acceptor: any StreamAcceptor) -> Int {
        guard let number = self.reminded.firstIndex(where: { $0 === acceptor }) else {
            preconditionFailure("who is not registered cannot be reminded, or told of a job's end")
        }
        return number
    }

    /// Has a burst come at `due` at the latest: to the millisecond, where a reminder may be a tick of the wheel late.
    package func wantTick(at due: UInt64) {
        self.wantedTick = min(self.wantedTick, due)
        if self.effects.deadline.map({ due < $0 }) ?? true { self.effects.deadline = due }
    }

    /// At most so many are due in one tick, about 300 us if each ends a session.
    private static let reminders = 64

    package func tick() {
        for entry in self.wheel.take(now: self.now, limit: ShardState.reminders) {
            self.reminded[Int(entry.owner)].due(entry, on: self)
        }
        for acceptor in self.reminded where acceptor.goOn(on: self) { self.effects.hasMore = true }
        self.processInbound()
        self.sweepRetained()
        if self.now >= self.wantedTick { self.wantedTick = .max }
        self.setDeadline()
    }

    private func setDeadline() {
        if self.wheel.hasReady { self.effects.hasMore = true }
        var next = self.wheel.deadline
        if self.index == 0 { next = min(next ?? .max, self.nextSweep) }
        if self.wantedTick != .max { next = min(next ?? .max, self.wantedTick) }
        self.effects.deadline = next
    }

    /// Retained messages that expired take memory until somebody looks: one shard walks by, 256 a tenth of a second.
    private func sweepRetained() {
        guard self.index == 0, self.now >= self.nextSweep else { return }
        self.sweepCursor = self.broker.retained.sweep(.standard, after: self.sweepCursor, now: self.now) {
            self.storeRetained(nil, $0.span, in: .standard)
        }
        self.nextSweep = self.now + (self.sweepCursor == nil ? 10_000 : 100)
    }

    // MARK: Work off the loop

    /// Has `job` done on another thread, and then ``StreamAcceptor/finished(_:_:on:)`` called here, once.
    ///
    /// - Returns: The ticket that the answer will name. How many are under way is for the acceptor to bound.
    package func perform(_ acceptor: any StreamAcceptor, _ job: @escaping Job) -> UInt64 {
        self.lastTicket += 1
        let ticket = self.lastTicket << 8 | UInt64(self.number(of: acceptor))
        self.effects.jobs.append((ticket, job))
        return ticket
    }

    package func finished(_ ticket: UInt64, _ result: any Sendable) {
        self.reminded[Int(ticket & 255)].finished(ticket, result, on: self)
    }

    // MARK: Ends of bursts

    /// Whether outputs want flushing before more is parsed: 4,000 deliveries or 1 MiB, about 500 us, counted and never clocked.
    package var wantsFlush: Bool { self.workDeliveries >= Work.deliveries || self.workBytes >= Work.bytes }

    package func flushed() {
        self.workDeliveries = 0
        self.workBytes = 0
        if self.effects.pendingOutput > self.outputShare / 2 || self.outputWatermark != self.maximumOutput {
            self.setWatermark()
        }
    }

    /// Outputs get shorter when a shard's share of the memory for all of them is half used up.
    @inline(never) private func setWatermark() {
        let left = max(0, self.outputShare - self.effects.pendingOutput)
        let part = min(1, Double(left) / Double(self.outputShare / 2))
        self.outputWatermark = max(min(64 << 10, self.maximumOutput), Int(Double(self.maximumOutput) * part))
    }

    package func endOfBurst() {
        if !self.afterFanOut.isEmpty { self.runAfterDeliveries() }  // put off outside a fan-out
        self.finishDeliveries()  // what was put off outside of a publish
        for acceptor in self.reminded { acceptor.endOfBurst(on: self) }
        if !self.pending.isEmpty { self.handToStore() }
        self.sendLinks()
        self.counters.note(.heldMessages, UInt64(self.messages.count))
        self.counters.note(.heldBytes, UInt64(self.messages.weight))
        self.counters.note(.streamBytesSent, self.effects.chunks.sent)
    }

    private func handToStore() {
        for kind in DurabilityClass.allCases where self.pending.has(kind) {
            self.storeNumbers[kind] += 1
            self.effects.storage.append(self.pending.take(kind, number: self.storeNumbers[kind]))
        }
    }
}

/// How far a walk over a shard's plain subscriptions has come.
package struct SubscriptionPlace: Sendable {
    fileprivate var filter = 0
    fileprivate var entry = 0

    package init() {}

    fileprivate init(filter: Int, entry: Int) {
        self.filter = filter
        self.entry = entry
    }
}

/// What one slice may do before others have their turn.
package enum Work {
    package static let deliveries = 4_000
    /// Packets of one read: only acknowledgements and pings are so small that a read holds more.
    package static let packets = 16_384
    package static let bytes = 1 << 20
}

@available(*, unavailable)
extension ShardState: Sendable {}
