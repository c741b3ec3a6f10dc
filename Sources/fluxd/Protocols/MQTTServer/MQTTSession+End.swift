import Core

/// How a session lets go: of a subscription, or of all it has.
extension MQTTSession {
    /// - Returns: Whether there was such a subscription.
    func unsubscribe(_ filter: [UInt8]) -> Bool {
        if self.subscriptions.removeValue(forKey: filter) != nil {
            self.shard.unsubscribe(self, filter)
            if self.isStored { self.deleteSubscription(filter) }
            return true
        }
        guard let share = self.shares.removeValue(forKey: filter) else { return self.unsubscribeQueue(filter) }
        if self.isStored { self.deleteSubscription(filter) }
        if let home = share.home { self.leave(home) }
        return true
    }

    /// No member any more: what was begun is completed [MQTT-3.10.4-3], what still waits here goes to another member, and is lost
    /// with the group if this was the last one.
    private func leave(_ home: SubscriberAddress) {
        let waiting = self.queue.remove(
            unless: { self.sharedQueued[$0.ticket]?.home != home },
            bytes: { self.shard.messages[$0.slot].byteCount }
        )
        // first, so that what is given back does not come here again
        self.shard.leave(home, self.address, finishes: true)
        self.giveBack(waiting)
    }

    /// Entries that have left the queue go back to the groups that sent them.
    func giveBack(_ entries: [MessageQueue.Entry]) {
        for entry in entries.reversed() {
            self.journal?.settled(self, entry.ticket)
            self.forget(entry.identifier)
            self.shard.release(entry.slot)
            if let delivery = self.sharedQueued.removeValue(forKey: entry.ticket) {
                self.shard.settle(delivery, .released)
            }
        }
    }

    // MARK: The end

    /// The session is not kept after all, and goes with its connection, which is about to end: what other shards know of its
    /// durability need not follow.
    func endsWithConnection() { self.expiryInterval = 0 }

    /// Filters in parts of about 100, shared ones included. What is in a part is a matter of our own hash, and so the same in
    /// each run; whoever takes one sorts it, which for 60,000 at once would take too long.
    func filterGroups() -> [[[UInt8]]] {
        let count = self.subscriptionCount
        if count == 0 { return [] }
        var groups: [[[UInt8]]] = Array(repeating: [], count: count / 128 + 1)
        func add(_ filter: [UInt8]) {
            let place = self.shard.broker.hash.hash(filter.span) % UInt64(groups.count)
            groups[Int(place)].append(filter)
        }
        self.subscriptions.forEach { filter, _ in add(filter) }
        for filter in self.shares.keys { add(filter) }
        for subscription in self.queues?.inOrder ?? [] { add(subscription.filter) }
        return groups
    }

    /// The session is in no table any more, its record in no store, and takes nothing from now on; ``giveBack(_:)`` does the rest.
    func beginEnd() {
        self.isEnding = true
        self.expiryInterval = 0
        // The shard knows them too; the store has to be told of each.
        if self.number == 0 { self.subscriptions = GrowingMap() }
        self.remains = self.filterGroups()
        self.subscriptions = GrowingMap()
        self.leaveQueues()
        self.queues = nil
        // What was begun at QoS 2 ends with the session and goes to nobody else [MQTT-4.8.2-5].
        for packetID in self.sharedInflight.keys.sorted() {
            if let delivery = self.sharedInflight[packetID] { self.shard.settle(delivery, .settled) }
        }
        self.sharedInflight = [:]
    }

    /// Gives back what the session has, as far as the budget goes: 1 for each subscription and message.
    ///
    /// - Returns: Whether nothing is left, and the session is gone.
    func giveBack(_ budget: inout Int) -> Bool {
        budget -= self.shard.unsubscribe(self, atMost: budget)
        if budget <= 0 { return false }
        while budget > 0, let group = self.remains.popLast() {
            budget -= group.count
            for filter in group.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                if let home = self.shares.removeValue(forKey: filter)?.home { self.shard.leave(home, self.address) }
                if self.number != 0 { self.deleteSubscription(filter) }
            }
        }
        while budget > 0, let entry = self.queue.next {
            budget -= 1
            self.dropFirstQueued(entry)
        }
        guard budget > 0 || self.window.count == 0, self.remains.isEmpty, self.queue.isEmpty else { return false }
        budget -= self.window.count
        for entry in self.window.inOrder { self.shard.release(entry.slot) }
        self.window = InflightWindow()
        self.shard.unregister(self)
        return true
    }
}
