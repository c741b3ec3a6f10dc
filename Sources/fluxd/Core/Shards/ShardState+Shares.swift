import Bytes

/// Shared subscriptions: each call goes straight to the group when its home is here, else over the link to where it is.
extension ShardState {
    /// Asks to be a member; ``Subscriber/joined(_:home:on:)`` is called when publishers see it, maybe before this returns.
    package func join(
        _ key: ShareKey,
        _ subscriber: SubscriberAddress,
        _ options: SubscriptionOptions,
        _ credit: ShareCredit
    ) {
        let home = self.broker.directory.claim(.share(key), for: self.index)
        if home != self.index {
            self.write(to: home, .join) { writer in
                writer.write(key)
                writer.write(subscriber.bits)
                writer.write(options)
                writer.write(credit)
            }
            return
        }
        // A question that went round by another shard, whose group had ended, may come back after the session it was asked for.
        if subscriber.shard == self.index, self.subscriber(at: subscriber) == nil {
            if self.shares[key] == nil { self.broker.directory.release(.share(key), from: self.index) }
            return
        }
        let group = self.group(named: key)
        group.join(subscriber, options, credit, on: self)
        self.tellJoined(key, subscriber, group.address)
    }

    /// Finds or makes a group whose home is here.
    private func group(named key: ShareKey) -> SharedGroup {
        if let known = self.shares[key] { return known }
        let group = SharedGroup(key)
        self.shares[key] = group
        self.counters.add(.sharesStarted)
        self.register(group)
        self.subscribe(group, key.filter, SubscriptionOptions(qos: 2, retainAsPublished: true))
        return group
    }

    /// A member whose client is away, at the start: called before any loop runs, on the shard that the directory calls the home, so
    /// that the group takes messages before there are publishers.
    ///
    /// - Returns: The group's address.
    package func restoreMember(
        _ subscriber: SubscriberAddress,
        of key: ShareKey,
        _ options: SubscriptionOptions
    ) -> SubscriberAddress {
        let group = self.group(named: key)
        group.join(subscriber, options, ShareCredit(limit: 0, isPersistent: true), on: self)
        return group.address
    }

    private func tellJoined(_ key: ShareKey, _ subscriber: SubscriberAddress, _ home: SubscriberAddress) {
        if subscriber.shard == self.index {
            self.subscriber(at: subscriber)?.joined(key, home: home, on: self)
            return
        }
        self.write(to: subscriber.shard, .joined) { writer in
            writer.write(key)
            writer.write(subscriber.bits)
            writer.write(home.bits)
        }
    }

    /// - Parameter finishes: The member still settles what it has: it unsubscribed, and completes what was begun
    ///   [MQTT-3.10.4-3]. Else that goes to another one.
    package func leave(_ home: SubscriberAddress, _ subscriber: SubscriberAddress, finishes: Bool = false) {
        guard home.shard == self.index else {
            return self.write(to: home.shard, .leave) { writer in
                writer.write(home.bits)
                writer.write(subscriber.bits)
                writer.write(UInt8(finishes ? 1 : 0))
            }
        }
        guard let group = self.group(at: home), group.leave(subscriber, finishes: finishes, on: self) else { return }
        self.unsubscribe(group, group.key.filter)
        self.shares[group.key] = nil
        self.counters.add(.sharesEnded)
        self.unregister(group)
        self.broker.directory.release(.share(group.key), from: self.index)
    }

    package func setCredit(_ credit: ShareCredit, _ home: SubscriberAddress, _ subscriber: SubscriberAddress) {
        guard home.shard == self.index else {
            return self.write(to: home.shard, .credit) { writer in
                writer.write(home.bits)
                writer.write(subscriber.bits)
                writer.write(credit)
            }
        }
        self.group(at: home)?.setCredit(credit, of: subscriber, on: self)
    }

    package func settle(_ delivery: ShareDelivery, _ verdict: ShareVerdict) {
        if delivery.number == 0 { return }
        guard delivery.home.shard == self.index else {
            return self.write(to: delivery.home.shard, .settle) { writer in
                writer.write(delivery.home.bits)
                writer.write(delivery.number)
                writer.write(verdict.rawValue)
            }
        }
        self.group(at: delivery.home)?.settle(delivery.number, verdict, on: self)
    }

    /// From the group to a member. A member that is gone meanwhile has released what it had.
    func deliver(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        _ delivery: ShareDelivery,
        to member: SubscriberAddress
    ) {
        self.workDeliveries += 1
        if member.shard == self.index {
            guard let subscriber = self.subscriber(at: member) else { return self.settle(delivery, .released) }
            subscriber.deliver(message, options, for: delivery, on: self)
            return
        }
        let stored = message.payload.count >= LinkWriter.referenceThreshold ? self.storedForm(of: message) : nil
        self.links[member.shard].writer.write(.shareDelivery)
        self.links[member.shard].writer.write(member.bits)
        self.links[member.shard].writer.write(delivery.home.bits)
        self.links[member.shard].writer.write(delivery.number)
        self.links[member.shard].writer.write(options)
        self.links[member.shard].writer.write(message, stored)
        self.checkWindow(member.shard)
    }

    private func group(at address: SubscriberAddress) -> SharedGroup? { self.subscriber(at: address) as? SharedGroup }

    func write(to shard: Int, _ record: LinkRecord, _ body: (inout LinkWriter) -> Void) {
        self.links[shard].writer.write(record)
        body(&self.links[shard].writer)
        self.checkWindow(shard)
    }

    // MARK: From other shards

    func processShare(_ record: LinkRecord, _ reader: inout LinkReader) {
        switch record {
        case .join:
            let key = reader.key()
            let subscriber = reader.address()
            let options = reader.options()
            self.join(key, subscriber, options, reader.credit())
        case .joined:
            let key = reader.key()
            let subscriber = reader.address()
            let home = reader.address()
            if let found = self.subscriber(at: subscriber) {
                found.joined(key, home: home, on: self)
            } else {
                self.leave(home, subscriber)  // its session ended while the question was under way
            }
        case .leave:
            let home = reader.address()
            let subscriber = reader.address()
            self.leave(home, subscriber, finishes: reader.uint8() == 1)
        case .credit:
            let home = reader.address()
            let subscriber = reader.address()
            self.setCredit(reader.credit(), home, subscriber)
        case .settle:
            let home = reader.address()
            let number = reader.uint32()
            guard let verdict = ShareVerdict(rawValue: reader.uint8()) else { preconditionFailure("no such verdict") }
            self.settle(ShareDelivery(home: home, number: number), verdict)
        case .shareDelivery:
            let member = reader.address()
            let home = reader.address()
            let delivery = ShareDelivery(home: home, number: reader.uint32())
            let options = reader.options()
            reader.message { message, stored in
                if let stored { self.announce(stored) }
                self.deliver(message, options, delivery, to: member)
                self.finishDeliveries()
            }
        default: preconditionFailure("a record that is not about shared subscriptions")
        }
    }
}

extension LinkWriter {
    mutating func write(_ key: ShareKey) {
        self.write(key.namespace.number)
        self.write(prefixed: key.group)
        self.write(prefixed: key.filter)
    }

    mutating func write(_ credit: ShareCredit) {
        self.write(credit.limit)
        self.write(UInt8(credit.isPersistent ? 1 : 0))
    }
}

extension LinkReader {
    mutating func credit() -> ShareCredit {
        let limit = self.uint16()
        return ShareCredit(limit: limit, isPersistent: self.uint8() == 1)
    }
}
