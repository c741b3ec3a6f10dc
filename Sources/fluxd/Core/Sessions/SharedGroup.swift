import Bytes
import Machine

/// Names a shared subscription: `$share/group/filter`.
public struct ShareKey: Hashable, Sendable {
    package var namespace: Namespace
    package var group: [UInt8]
    package var filter: [UInt8]

    package init(namespace: Namespace, group: [UInt8], filter: [UInt8]) {
        self.namespace = namespace
        self.group = group
        self.filter = filter
    }
}

/// One message handed to one member: what its settlement names.
public struct ShareDelivery: Hashable, Sendable {
    package var home: SubscriberAddress
    /// 0 for a delivery that nobody settles (quality of service 0).
    package var number: UInt32

    package init(home: SubscriberAddress, number: UInt32) {
        self.home = home
        self.number = number
    }
}

/// A member's verdict on a delivery.
package enum ShareVerdict: UInt8, Sendable {
    /// The member has it, or refused it for good: nobody else gets it [MQTT-4.8.2-6].
    case settled
    /// The member is gone or did not take it: another one gets it.
    case released
}

/// What a member lends the group.
package struct ShareCredit: Equatable, Sendable {
    /// Unsettled deliveries at most; 0 while the member is away or does not read.
    package var limit: UInt16
    /// The member's session outlives its connection, so the group may keep messages for it.
    package var isPersistent: Bool

    package init(limit: UInt16, isPersistent: Bool) {
        self.limit = limit
        self.isPersistent = isPersistent
    }
}

/// A shared subscription on its home shard: an ephemeral queue whose consumers are members with credit.
///
/// Publishers' routes see it as one subscriber. Messages go round the members that have credit; what is not settled stands in a
/// pending list, and goes to another member when its own one is gone (quality of service 1) or ends with that member's session
/// (quality of service 2) [MQTT-4.8.2-4] [MQTT-4.8.2-5].
package final class SharedGroup: Subscriber {
    private struct Member {
        var options: SubscriptionOptions
        var credit: ShareCredit
        /// Deliveries that are not settled, oldest first.
        var pending: [UInt32] = []
        /// Stands in the line of those with room.
        var isInLine = false
        var hasRoom: Bool { self.pending.count < Int(self.credit.limit) }
    }
    private struct Pending {
        var slot: MessageSlot
        var member: SubscriberAddress
        var qos: UInt8
    }

    let key: ShareKey
    private var members: [SubscriberAddress: Member] = [:]
    /// Members whose sessions outlive their connections.
    private var persistentMembers = 0
    /// Members that had room when they were put here, in the order in which they get messages. Who has none any more, or is
    /// gone, is passed over when its turn comes: with 10,000 members nobody looks at all of them for one message.
    private(set) var line = FIFO<SubscriberAddress>()
    /// Who had the last turn, and is not in the line yet.
    private var lastPicked: SubscriberAddress?
    private var pending: [UInt32: Pending] = [:]
    private var lastNumber: UInt32 = 0
    /// Waiting, oldest first, from `firstWaiting`.
    private var waiting: [MessageSlot] = []
    private var firstWaiting = 0
    private var waitingBytes = 0
    private var isDispatching = false

    init(_ key: ShareKey) {
        self.key = key
        super.init(namespace: key.namespace)
    }

    package var waitingCount: Int { self.waiting.count - self.firstWaiting }
    package var pendingCount: Int { self.pending.count }
    package var memberCount: Int { self.members.count }
    private var isPersistent: Bool { self.persistentMembers > 0 }

    // MARK: Members

    func join(_ address: SubscriberAddress, _ options: SubscriptionOptions, _ credit: ShareCredit, on shard: ShardState)
    {
        var member = self.members[address] ?? Member(options: options, credit: credit)
        let wasPersistent = self.members[address]?.credit.isPersistent ?? false
        member.options = options
        member.credit = credit
        self.members[address] = member
        self.changed(address, wasPersistent: wasPersistent, on: shard)
    }

    func setCredit(_ credit: ShareCredit, of address: SubscriberAddress, on shard: ShardState) {
        guard let wasPersistent = self.members[address]?.credit.isPersistent else { return }
        self.members[address]?.credit = credit
        self.changed(address, wasPersistent: wasPersistent, on: shard)
    }

    private func changed(_ address: SubscriberAddress, wasPersistent: Bool, on shard: ShardState) {
        let isPersistent = self.members[address]?.credit.isPersistent ?? false
        self.persistentMembers += (isPersistent ? 1 : 0) - (wasPersistent ? 1 : 0)
        shard.setStores(self, self.isPersistent ? .journal : [])
        self.lineUp(address)
        self.dispatchWaiting(on: shard)
    }

    private func lineUp(_ address: SubscriberAddress) {
        guard let member = self.members[address], member.hasRoom, !member.isInLine else { return }
        self.members[address]?.isInLine = true
        self.line.append(address)
        if self.line.count > 64 + 2 * self.members.count { self.clearLine() }
    }

    /// Takes out those who left and came again while nothing was published.
    private func clearLine() {
        var line = FIFO<SubscriberAddress>()
        while !self.line.isEmpty {
            let address = self.line.removeFirst()
            guard self.members[address]?.isInLine == true else { continue }
            self.members[address]?.isInLine = false
            line.append(address)
        }
        for index in 0..<line.count { self.members[line[index]]?.isInLine = true }
        self.line = line
    }

    /// - Returns: Whether that was the last one, and the group is over.
    func leave(_ address: SubscriberAddress, finishes: Bool, on shard: ShardState) -> Bool {
        guard let member = self.members.removeValue(forKey: address) else { return false }
        if member.credit.isPersistent { self.persistentMembers -= 1 }
        if !finishes {
            for number in member.pending.reversed() {
                guard let entry = self.pending.removeValue(forKey: number) else { continue }
                // What went out at quality of service 2 may have arrived: only its own session may finish it.
                if entry.qos < 2 { self.putBack(entry.slot, on: shard) } else { shard.release(entry.slot) }
            }
        }
        if self.members.isEmpty {
            while let slot = self.takeWaiting(on: shard) {
                shard.counters.add(.droppedQueueFull)
                shard.release(slot)
            }
            for entry in self.pending.values { shard.release(entry.slot) }
            self.pending = [:]
            return true
        }
        shard.setStores(self, self.isPersistent ? .journal : [])
        self.dispatchWaiting(on: shard)
        return false
    }

    func settle(_ number: UInt32, _ verdict: ShareVerdict, on shard: ShardState) {
        guard let entry = self.pending.removeValue(forKey: number) else { return }
        // The oldest, as a rule.
        if let index = self.members[entry.member]?.pending.firstIndex(of: number) {
            self.members[entry.member]?.pending.remove(at: index)
            self.lineUp(entry.member)
        }
        switch verdict {
        case .settled: shard.release(entry.slot)
        case .released:
            shard.counters.add(.sharedRequeued)
            self.putBack(entry.slot, on: shard)
        }
        self.dispatchWaiting(on: shard)
    }

    // MARK: Messages

    package override func deliver(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        on shard: ShardState
    ) {
        if self.waitingCount == 0, let member = self.pick(), message.qos > 0 || self.reaches(member, on: shard) {
            self.dispatch(message, nil, to: member, on: shard)
            if self.isPersistent, message.qos > 0 { shard.store(.journal) }
            return
        }
        // Nobody has room: a message without acknowledgement is dropped, as it is for a single subscriber that does not read.
        guard message.qos > 0 else {
            shard.counters.add(.droppedOutputFull)
            return
        }
        guard let slot = shard.hold(message) else { return }
        self.enqueue(slot, message.byteCount, on: shard)
        if self.isPersistent { shard.store(.journal) }
    }

    private func enqueue(_ slot: MessageSlot, _ bytes: Int, on shard: ShardState) {
        let settings = shard.broker.settings
        let isFull =
            self.waitingCount >= settings.maxSharedMessages || self.waitingBytes + bytes > settings.maxSharedBytes
        if isFull {
            shard.counters.add(.droppedQueueFull)
            guard settings.evictsOldest, let oldest = self.takeWaiting(on: shard) else { return shard.release(slot) }
            shard.release(oldest)
        }
        self.waiting.append(slot)
        self.waitingBytes += bytes
    }

    private func putBack(_ slot: MessageSlot, on shard: ShardState) {
        if self.firstWaiting > 0 {
            self.firstWaiting -= 1
            self.waiting[self.firstWaiting] = slot
        } else {
            // Room for the next ones too: a member that leaves gives back what it has one by one.
            let room = max(64, self.waiting.count / 2)
            self.waiting.insert(contentsOf: repeatElement(slot, count: room), at: 0)
            self.firstWaiting = room - 1
        }
        self.waitingBytes += shard.messages[slot].byteCount
    }

    private func takeWaiting(on shard: ShardState) -> MessageSlot? {
        guard self.firstWaiting < self.waiting.count else { return nil }
        let slot = self.waiting[self.firstWaiting]
        self.firstWaiting += 1
        self.waitingBytes -= shard.messages[slot].byteCount
        if self.firstWaiting == self.waiting.count {
            self.waiting.removeAll(keepingCapacity: self.firstWaiting <= 1_024)
            self.firstWaiting = 0
        } else if self.firstWaiting > 1_024, self.firstWaiting * 2 > self.waiting.count {
            self.waiting.removeFirst(self.firstWaiting)
            self.firstWaiting = 0
        }
        return slot
    }

    /// Hands out what waits while somebody has room. A member may settle at once, inside the call: then this goes on by itself.
    private func dispatchWaiting(on shard: ShardState) {
        if self.isDispatching { return }
        self.isDispatching = true
        defer { self.isDispatching = false }
        while self.waitingCount > 0, let member = self.pick(), let slot = self.takeWaiting(on: shard) {
            if shard.messages[slot].hasExpired(at: shard.now) {
                shard.counters.add(.droppedExpired)
                shard.release(slot)
                continue
            }
            shard.withCurrent(slot) { self.dispatch($0, slot, to: member, on: shard) }
            shard.release(slot)
        }
    }

    /// Credit does not bound what nobody settles: there the link's window does.
    private func reaches(_ member: SubscriberAddress, on shard: ShardState) -> Bool {
        shard.fullLinks & 1 << UInt64(member.shard) == 0
    }

    /// The next member in turn that has room.
    private func pick() -> SubscriberAddress? {
        // Now, so that it stands behind those who got room meanwhile.
        if let last = self.lastPicked { self.lineUp(last) }
        self.lastPicked = nil
        while !self.line.isEmpty {
            let address = self.line.removeFirst()
            guard let member = self.members[address], member.isInLine else { continue }
            self.members[address]?.isInLine = false
            guard member.hasRoom else { continue }
            self.lastPicked = address
            return address
        }
        return nil
    }

    /// - Parameter slot: The message when it is kept already.
    private func dispatch(
        _ message: borrowing MessageView,
        _ slot: MessageSlot?,
        to address: SubscriberAddress,
        on shard: ShardState
    ) {
        guard let options = self.members[address]?.options else { return }
        let qos = min(message.qos, options.qos)
        var delivery = ShareDelivery(home: self.address, number: 0)
        if qos > 0 {
            guard let kept = shard.hold(message) else { return }
            repeat {
                self.lastNumber = self.lastNumber == .max ? 1 : self.lastNumber + 1
            } while self.pending[self.lastNumber] != nil
            delivery.number = self.lastNumber
            self.pending[delivery.number] = Pending(slot: kept, member: address, qos: qos)
            self.members[address]?.pending.append(delivery.number)
        }
        shard.counters.add(.sharedDispatched)
        shard.deliver(message, options, delivery, to: address)
    }
}

extension StoredMessage {
    /// Bytes of topic, header and payload.
    package var byteCount: Int { self.topic.count + self.header.count + self.payload.count }
}
