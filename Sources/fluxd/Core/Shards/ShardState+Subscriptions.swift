import Bytes

extension ShardState {
    /// Subscribes, or changes the options of a subscription that is there. When this returns, publishers everywhere see it.
    ///
    /// - Returns: Whether it is new.
    @discardableResult
    package func subscribe(_ subscriber: Subscriber, _ filter: [UInt8], _ options: SubscriptionOptions) -> Bool {
        let list: LocalList
        let identity: FilterID
        if let known = self.identity(of: filter, in: subscriber.namespace), let found = self.lists[known] {
            identity = known
            list = found.takeUnretainedValue()
        } else {
            let presence = SubscriptionTree.Presence(subscribed: true, stores: subscriber.stores)
            identity = self.broker.tree.set(presence, filter.span, in: subscriber.namespace, on: self.index)
            list = LocalList(filter: filter, namespace: subscriber.namespace)
            self.lists[identity] = .passRetained(list)
            self.filterIDs[FilterKey(namespace: subscriber.namespace, filter: filter)] = identity
        }
        if let position = subscriber.positions[identity] {
            list.setOptions(at: position, options)
            return false
        }
        subscriber.positions.set(identity, list.append(subscriber, options))
        if !subscriber.stores.isEmpty { self.changeStoring(list, subscriber.stores, by: 1) }
        if subscriber.isCounted { self.counters.add(.subscriptionsAdded) }
        return true
    }

    /// - Returns: Whether there was such a subscription.
    @discardableResult
    package func unsubscribe(_ subscriber: Subscriber, _ filter: [UInt8]) -> Bool {
        guard let identity = self.identity(of: filter, in: subscriber.namespace),
            let position = subscriber.positions.remove(identity)
        else { return false }
        self.remove(subscriber, at: position, of: identity)
        return true
    }

    /// Takes away some of what the subscriber has, in an order that a replay repeats.
    ///
    /// - Returns: How many; fewer than `limit` when none is left.
    package func unsubscribe(_ subscriber: Subscriber, atMost limit: Int) -> Int {
        var place = Int.max
        var count = 0
        while count < limit, let identity = subscriber.positions.next(from: &place),
            let position = subscriber.positions.remove(identity)
        {
            self.remove(subscriber, at: position, of: identity)
            count += 1
        }
        return count
    }

    private func remove(_ subscriber: Subscriber, at position: Int32, of identity: FilterID) {
        guard let found = self.lists[identity] else {
            preconditionFailure("a subscriber stands in a list that is gone")
        }
        let list = found.takeUnretainedValue()
        list.remove(at: position, identity)
        if subscriber.isCounted { self.counters.add(.subscriptionsRemoved) }
        if list.count == 0 {
            let filter = list.filter
            self.filterIDs[FilterKey(namespace: list.namespace, filter: filter)] = nil
            self.lists[identity] = nil
            self.broker.tree.remove(filter.span, in: list.namespace, on: self.index)
            found.release()
        } else if !subscriber.stores.isEmpty {
            self.changeStoring(list, subscriber.stores, by: -1)
        }
    }

    /// In which classes what the subscriber is owed is stored from now on.
    package func setStores(_ subscriber: Subscriber, _ stores: StoreClasses) {
        let before = subscriber.stores
        if before == stores { return }
        subscriber.stores = stores
        subscriber.positions.forEach { identity in
            guard let list = self.lists[identity] else { return }
            self.changeStoring(list.takeUnretainedValue(), stores.subtracting(before), by: 1)
            self.changeStoring(list.takeUnretainedValue(), before.subtracting(stores), by: -1)
        }
    }

    package func hasSubscription(_ subscriber: Subscriber, _ filter: [UInt8]) -> Bool {
        guard let identity = self.identity(of: filter, in: subscriber.namespace) else { return false }
        return subscriber.positions[identity] != nil
    }

    /// Only the first and the last that stores changes what other shards see.
    private func changeStoring(_ list: LocalList, _ classes: StoreClasses, by amount: Int32) {
        let before = list.storing.classes
        list.storing.add(classes, amount)
        let after = list.storing.classes
        if before == after { return }
        let presence = SubscriptionTree.Presence(subscribed: true, stores: after)
        let filter = list.filter
        _ = self.broker.tree.set(presence, filter.span, in: list.namespace, on: self.index)
    }

    private func identity(of filter: [UInt8], in namespace: Namespace) -> FilterID? {
        self.filterIDs[FilterKey(namespace: namespace, filter: filter)]
    }
}

struct FilterKey: Hashable {
    var namespace: Namespace
    var filter: [UInt8]
}
