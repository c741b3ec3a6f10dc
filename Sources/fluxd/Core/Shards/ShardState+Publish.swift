import Bytes
import Machine
import QueueEngine

struct OverlapEntry {
    var subscriber: Unmanaged<Subscriber>
    var options: SubscriptionOptions
    var identifiers: [UInt32]
}

/// What a publish was routed to, and so what its acknowledgement waits for.
package struct PublishOutcome {
    /// Somebody's filter matched, on any shard.
    package var hasSubscribers: Bool
    /// In which classes this shard stores it: ``ShardState/receipt(for:keeper:)`` says what to wait for.
    package var storesHere: StoreClasses
    /// What other shards store of it; nil for nothing.
    package var remote: RemoteReceipts?
    /// A session of this shard should keep it, and the process has no memory left for messages; or a queue of this shard is full.
    package var isRefused: Bool
}

/// By reference: in the common case it is not there, and costs nothing.
package final class RemoteReceipts {
    let receipts: [Receipt.Remote]
    init(_ receipts: [Receipt.Remote]) { self.receipts = receipts }
}

@available(*, unavailable)
extension RemoteReceipts: Sendable {}

extension ShardState {
    /// Finds where a topic goes, or nil for what is no topic name. Good until the next look-up on this shard.
    @inline(__always)
    package func route(_ topic: Span<UInt8>, in namespace: Namespace, hint: inout Int32) -> Unmanaged<CachedRoute>? {
        self.routes.find(topic, in: namespace, hint: &hint)
    }

    /// Whether a publish along this route has to wait: a link it needs is full.
    @inline(__always) package func isBlocked(_ route: Unmanaged<CachedRoute>) -> Bool {
        self.fullLinks != 0 && route._withUnsafeGuaranteedRef { $0.remote } & self.fullLinks != 0
    }

    /// Delivers a message to everybody on this shard and hands it to the other shards that want it.
    ///
    /// A message that came as a block is announced first (``announce(_:)``).
    @inline(__always)
    package func publish(
        _ message: borrowing MessageView,
        along route: Unmanaged<CachedRoute>
    ) -> PublishOutcome {
        route._withUnsafeGuaranteedRef { route in
            route.count(payload: message.payload.count)
            let outer = self.pending.touched
            self.pending.touched = []
            let refusals = self.refusals
            if route.only >= 0 {
                self.fanOut(message, to: route.only)
            } else if route.hasSeveral {
                self.fanOut(message, toAll: route.targets.local)
            }
            if route.remote != 0 { self.forward(message, to: route.remote) }
            // Before the end, which may publish a will, and look up another route in this one's place.
            let (hasTargets, storesHere) = (route.hasTargets, self.pending.touched)
            let remote = route.remoteStoring.isEmpty ? nil : self.remoteReceipts(route.remoteStoring)
            self.pending.touched.formUnion(outer)
            self.endFanOut()
            return PublishOutcome(
                hasSubscribers: hasTargets,
                storesHere: storesHere,
                remote: remote,
                isRefused: self.refusals != refusals
            )
        }
    }

    /// Whether a shard that a message at QoS 1 or 2 goes to along this route has no memory for it, or somebody stores it and there
    /// is no disk for it: it is refused where it came from, which can still say so.
    @inline(__always) package func lacksRoom(for route: Unmanaged<CachedRoute>) -> Bool {
        let overdrawn = self.budget._withUnsafeGuaranteedRef { $0.overdrawnShards }
        if overdrawn != 0, route._withUnsafeGuaranteedRef({ $0.remote }) & overdrawn != 0 { return true }
        return !self.volume._withUnsafeGuaranteedRef { $0.isWritable } && self.isStored(route)
    }

    /// Whether a queue takes what goes along this route, or the topic is a queue's address: then the message says who published it.
    @inline(__always) package func hasQueues(_ route: Unmanaged<CachedRoute>) -> Bool {
        route._withUnsafeGuaranteedRef { $0.hasQueues }
    }

    /// Whether anybody along the route stores, here or elsewhere.
    @inline(never) package func isStored(_ route: Unmanaged<CachedRoute>) -> Bool {
        route._withUnsafeGuaranteedRef { route in
            if !route.remoteStoring.isEmpty { return true }
            return route.targets.local.contains { filter in
                self.lists[filter].map {
                    !$0._withUnsafeGuaranteedRef { $0.storing.classes.subtracting(.queued).isEmpty }
                } ?? false
            }
        }
    }

    /// A message from another shard goes to this shard's subscribers only.
    func publishHere(_ message: borrowing MessageView, stored: StoredMessage?) {
        guard let route = self.route(message.topic, in: message.namespace, hint: &self.inboundHint) else { return }
        route._withUnsafeGuaranteedRef { route in
            self.isPublishInbound = true
            defer { self.isPublishInbound = false }
            if let stored { self.announce(stored) }
            if route.only >= 0 {
                self.fanOut(message, to: route.only)
            } else if route.hasSeveral {
                self.fanOut(message, toAll: route.targets.local)
            }
            self.endFanOut()
        }
    }

    /// One filter matches: no subscriber can be met twice.
    @inline(__always) private func fanOut(_ message: borrowing MessageView, to filter: FilterID) {
        guard let list = self.lists[filter] else { return }
        list._withUnsafeGuaranteedRef { list in
            let base = list.base
            let count = list.count
            for index in 0..<count {
                let options = base[index].options
                base[index].subscriber._withUnsafeGuaranteedRef { subscriber in
                    if options.noLocal, subscriber.address == message.origin { return }
                    subscriber.deliver(message, options, on: self)
                }
            }
            self.workDeliveries += count
            self.workBytes += count * min(message.payload.count, 8 << 10)
        }
    }

    /// Several filters match: who has more than one of them gets one delivery, with the highest quality of service and all
    /// the identifiers [MQTT-3.3.4-2] to [MQTT-3.3.4-4].
    @inline(never) private func fanOut(_ message: borrowing MessageView, toAll filters: [FilterID]) {
        self.fanOuts += 1
        for filter in filters {
            self.lists[filter]?._withUnsafeGuaranteedRef { list in
                for index in 0..<list.count { self.gather(list.base[index], message.origin) }
            }
        }
        // Taken out and given back: a copy would make a new block for every message.
        var entries: [OverlapEntry] = []
        swap(&entries, &self.overlap)
        self.workDeliveries += entries.count
        self.workBytes += entries.count * min(message.payload.count, 8 << 10)
        for entry in entries {
            var options = entry.options
            if entry.identifiers.count > 1 {
                options.identifier = 1 << 31 | UInt32(self.identifierLists.count)
                self.identifierLists.append(entry.identifiers)
                self.hasLeftovers = true
            }
            entry.subscriber._withUnsafeGuaranteedRef { $0.deliver(message, options, on: self) }
        }
        entries.removeAll(keepingCapacity: entries.capacity <= ShardState.keptOverlap)
        swap(&entries, &self.overlap)
    }

    /// Entries that the list of a fan-out keeps room for: one message to a million should not cost memory for ever.
    private static let keptOverlap = 4_096

    private func gather(_ entry: LocalList.Entry, _ origin: SubscriberAddress) {
        entry.subscriber._withUnsafeGuaranteedRef { subscriber in
            if entry.options.noLocal, subscriber.address == origin { return }
            if subscriber.fanOut != self.fanOuts {
                subscriber.fanOut = self.fanOuts
                subscriber.fanOutIndex = self.overlap.count
                let identifiers = entry.options.identifier == 0 ? [] : [entry.options.identifier]
                self.overlap.append(
                    OverlapEntry(subscriber: entry.subscriber, options: entry.options, identifiers: identifiers)
                )
                return
            }
            let at = subscriber.fanOutIndex
            self.overlap[at].options.qos = max(self.overlap[at].options.qos, entry.options.qos)
            self.overlap[at].options.flags |= entry.options.flags & 2
            if entry.options.identifier != 0 {
                self.overlap[at].identifiers.append(entry.options.identifier)
                self.overlap[at].options.identifier = self.overlap[at].identifiers[0]
            }
        }
    }

    /// The identifiers of a delivery's options.
    package func identifiers(_ options: SubscriptionOptions) -> [UInt32] {
        if options.identifier == 0 { return [] }
        return options.hasSeveralIdentifiers
            ? self.identifierLists[Int(options.identifier & 0x7FFF_FFFF)] : [options.identifier]
    }

    // MARK: The message under way

    /// The next message to be delivered is in this block already.
    package func announce(_ stored: StoredMessage) {
        self.currentStored = stored
        self.hasLeftovers = true
    }

    /// Keeps the message under way, once for all of this shard who ask.
    ///
    /// - Returns: nil when the process has no memory left for messages.
    package func hold(_ message: borrowing MessageView) -> MessageSlot? {
        if self.current == .none {
            let stored = self.currentStored ?? StoredMessage(copying: message)
            let weight = stored.weight
            if !self.lease.take(weight) {
                guard self.isPublishInbound, message.qos > 0 else {
                    self.refusals += 1
                    self.lastQueueRefusal = nil
                    self.counters.add(.droppedMemory)
                    return nil
                }
                // Its publisher's shard has no way to take back what it acknowledges.
                self.lease.force(weight)
                self.isOverdrawn = true
                self.broker.budget.setOverdrawn(self.index, true)
            }
            self.current = self.messages.insert(consume stored)
            self.hasLeftovers = true
        }
        self.messages.retain(self.current)
        return self.current
    }

    /// A queue did not take the message under way.
    func refuseMessage(_ why: Queue.Refusal) {
        self.refusals += 1
        self.lastQueueRefusal = why
    }

    /// Why somebody here refused the message that was just published, if somebody did.
    package func takeRefusal() -> MessageRefusal {
        defer { self.lastQueueRefusal = nil }
        return self.lastQueueRefusal.map { .queue($0) } ?? .noMemory
    }

    package func release(_ slot: MessageSlot) {
        if slot == .none { return }
        let freed = self.messages.release(slot)
        if freed == 0 { return }
        self.lease.give(freed)
        if self.isOverdrawn, !self.lease.isOverdrawn {
            self.isOverdrawn = false
            self.broker.budget.setOverdrawn(self.index, false)
        }
    }

    /// Delivers something that is kept already, as if it was under way.
    package func withCurrent(_ slot: MessageSlot, _ body: (borrowing MessageView) -> Void) {
        let (outer, outerStored) = (self.current, self.currentStored)
        self.messages.retain(slot)
        self.current = slot
        self.currentStored = nil
        self.messages[slot].withView { body($0) }
        self.release(slot)
        (self.current, self.currentStored) = (outer, outerStored)
    }

    /// Delivers a message that is kept elsewhere (a retained one), as if it was under way.
    package func deliver(_ message: StoredMessage, _ body: (borrowing MessageView) -> Void) {
        self.announce(message)
        message.withView { body($0) }
        self.endFanOut()
    }

    /// Counts bytes that are no message yet.
    ///
    /// - Returns: False when the process has no memory left for them.
    package func reserve(_ bytes: Int) -> Bool {
        if self.broker.budget.reserve(bytes) {
            if self.lease.take(bytes) { return true }
            self.broker.budget.unreserve(bytes)
        }
        self.counters.add(.droppedMemory)
        return false
    }

    package func unreserve(_ bytes: Int) {
        if bytes == 0 { return }
        self.broker.budget.unreserve(bytes)
        self.lease.give(bytes)
    }

    /// The message under way as a block: for outputs that send large payloads from where they are, and for what is retained.
    package func storedForm(of message: borrowing MessageView) -> StoredMessage {
        if let stored = self.currentStored { return stored }
        if self.current != .none { return self.messages[self.current] }
        let stored = StoredMessage(copying: message)
        self.announce(stored)
        return stored
    }

    /// Runs something that must not happen while deliveries are made: closing, unsubscribing, publishing.
    package func afterDeliveries(_ body: @escaping () -> Void) {
        self.afterFanOut.append(body)
        self.hasLeftovers = true
    }

    /// For deliveries outside a publish: what they held for a moment is let go, and what they put off is done.
    package func finishDeliveries() { self.endFanOut() }

    @inline(__always) private func endFanOut() {
        if self.hasLeftovers { self.cleanUpFanOut() }
    }

    @inline(never) private func cleanUpFanOut() {
        self.hasLeftovers = false
        self.release(self.current)
        self.current = .none
        self.currentStored = nil
        if !self.identifierLists.isEmpty { self.identifierLists.removeAll(keepingCapacity: true) }
        if !self.afterFanOut.isEmpty { self.runAfterDeliveries() }
    }

    func runAfterDeliveries() {
        while !self.afterFanOut.isEmpty {
            let bodies = self.afterFanOut
            self.afterFanOut = []
            for body in bodies { body() }
        }
    }
}
