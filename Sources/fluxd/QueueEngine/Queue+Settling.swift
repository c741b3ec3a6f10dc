import Bytes
import Machine

extension Queue {
    /// A consumer's verdict on one delivery. Exactly this message is settled, whatever else is pending.
    ///
    /// `accepted` is taken from anybody who was given the message, also when it timed out meanwhile: what is done is done. The
    /// others count only from the consumer that has it. In a stream `released` and `failed` mean nothing, and `rejected` moves the
    /// cursor and the committed offset behind the message if they stand before that.
    ///
    /// - Parameters:
    ///   - consumer: nil for whoever has it: who settles by a message's id alone.
    ///   - isOperator: Also what was delivered and nobody has at the moment can be released, at once, and rejected.
    /// - Throws: `.notPending` when the message is settled, sought past, a dead letter by now, or with somebody else.
    package func settle(
        _ id: MessageID,
        group number: GroupNumber,
        by consumer: ConsumerID?,
        _ settlement: Settlement,
        isOperator: Bool = false,
        now: UInt64,
        wall: UInt64
    ) throws(QueueError) {
        let group = try self.found(group: number)
        if self.journalLog.isQuarantined { throw .damaged }
        self.usedAt = now
        guard group.mode == .queue else { return try self.settleStream(id, group, settlement, now: now) }
        guard let slot = group.pending.slot(of: id.number) else { throw .notPending(id) }
        let entry = group.pending[slot]
        if entry.state == .dead || entry.state == .moving { throw .notPending(id) }
        if settlement == .accepted {
            group.counters.acknowledged += 1
            self.counters.acknowledged += 1
            return self.finish(slot, of: group, now: now)
        }
        guard entry.state == .delivered else {
            if isOperator { return try self.settleFree(slot, of: group, settlement, now: now) }
            throw .notPending(id)
        }
        if let consumer, group.consumers[entry.consumer].id != consumer { throw .notPending(id) }
        group.unlink(slot)
        switch settlement {
        case .accepted: break
        case .released:
            group.counters.released += 1
            self.counters.released += 1
            self.uncount(slot, of: group)
        case .failed(let delay):
            group.counters.failed += 1
            self.counters.failed += 1
            let wait = delay ?? self.definition.retry.backoff(afterDeliveries: UInt32(entry.count))
            self.giveBack(slot, of: group, delay: wait, now: now, wall: wall)
        case .rejected:
            group.counters.rejected += 1
            self.counters.rejected += 1
            self.giveUp(slot, of: group, .rejected, now: now)
        }
    }

    /// What waits to be delivered again, and nobody has.
    private func settleFree(_ slot: Int32, of group: Group, _ settlement: Settlement, now: UInt64) throws(QueueError) {
        let entry = group.pending[slot]
        switch settlement {
        case .accepted, .failed: throw .notPending(entry.messageID)
        case .released:
            if entry.state == .waiting { self.free(slot, of: group, count: entry.count) }
        case .rejected:
            group.counters.rejected += 1
            self.counters.rejected += 1
            self.giveUp(slot, of: group, .rejected, now: now)
        }
    }

    /// A delivery that was none: somebody else gets it at once, and it is not counted.
    func uncount(_ slot: Int32, of group: Group) {
        self.free(slot, of: group, count: group.pending[slot].count - 1)
    }

    private func free(_ slot: Int32, of group: Group, count: UInt16) {
        let id = group.pending[slot].messageID
        group.pending[slot].count = count
        group.makeReady(slot)
        self.journal.append(
            .counted(group.number, lane: id.priority, offset: id.offset, count: UInt64(count), notBefore: 0)
        )
    }

    private func settleStream(
        _ id: MessageID,
        _ group: Group,
        _ settlement: Settlement,
        now: UInt64
    ) throws(QueueError) {
        let lane = Int(id.priority)
        guard lane < self.lanes.count, id.offset < self.lanes[lane].next else {
            throw .invalidOffset(id.number, expected: 0...(self.lanes[0].next))
        }
        switch settlement {
        case .accepted:
            group.counters.acknowledged += 1
            self.counters.acknowledged += 1
            if group.commitsAutomatically {
                self.commit(group, lane: lane, min(id.offset + 1, group.places[lane].cursor))
            }
        case .rejected:
            group.counters.rejected += 1
            self.counters.rejected += 1
            if id.offset >= group.places[lane].cursor { self.pass(group, lane: lane, to: id.offset + 1, bytes: 0) }
            self.commit(group, lane: lane, id.offset + 1)
        case .released: group.counters.released += 1
        case .failed: group.counters.failed += 1
        }
    }

    /// Never backwards: a late acknowledgement does not make the group read again.
    private func commit(_ group: Group, lane: Int, _ offset: UInt64) {
        guard offset > group.places[lane].committed else { return }
        group.places[lane].committed = offset
        self.journal.append(.committed(group.number, lane: UInt8(lane), offset: offset))
    }

    /// Commits a stream's offset: the group begins there after a restart.
    ///
    /// - Parameter next: The first message that is to come again; not beyond the cursor. It may lie before what was committed.
    package func commit(_ next: MessageID, group number: GroupNumber) throws(QueueError) {
        let group = try self.found(group: number)
        guard group.mode == .stream else { throw .notAStream(group: group.id) }
        let lane = Int(next.priority)
        guard lane < self.lanes.count, next.offset <= group.places[lane].cursor else {
            let end = lane < self.lanes.count ? group.places[lane].cursor : 0
            throw .invalidOffset(next.number, expected: 0...end)
        }
        group.places[lane].committed = next.offset
        self.journal.append(.committed(number, lane: next.priority, offset: next.offset))
    }

    /// The message is settled for the group.
    func finish(_ slot: Int32, of group: Group, now: UInt64) {
        self.journal.settled(group.number, group.pending[slot].messageID)
        group.remove(slot)
        self.wantMaintenance(now: now)
        if group.isRetired, group.pending.isEmpty { self.remove(group, now: now) }
    }

    /// A delivery came to nothing: the message goes to somebody else, or was delivered often enough.
    ///
    /// The journal hears of it only if it has to wait: what nobody has goes out at once after a restart anyway.
    func giveBack(_ slot: Int32, of group: Group, delay: UInt64, now: UInt64, wall: UInt64) {
        let entry = group.pending[slot]
        let limit = self.definition.retry.maximumDeliveries
        if limit > 0, UInt32(entry.count) >= limit { return self.giveUp(slot, of: group, .maximumDeliveries, now: now) }
        guard delay > 0 else { return group.makeReady(slot) }
        group.makeWaiting(slot, until: now + delay)
        self.journal.append(
            .counted(
                group.number,
                lane: entry.messageID.priority,
                offset: entry.messageID.offset,
                count: UInt64(entry.count),
                notBefore: wall + delay
            )
        )
    }

    /// The message will not be processed: it becomes a dead letter, or is dropped, which is counted.
    func giveUp(_ slot: Int32, of group: Group, _ reason: DeadLetterReason, now: UInt64) {
        guard self.definition.moves(reason) else {
            group.counters.count(dropped: reason)
            self.counters.count(dropped: reason)
            return self.finish(slot, of: group, now: now)
        }
        let id = group.pending[slot].messageID
        self.makeDead(slot, of: group, reason)
        self.journal.append(.dead(group.number, lane: id.priority, offset: id.offset, reason: reason.rawValue))
    }

    func makeDead(_ slot: Int32, of group: Group, _ reason: DeadLetterReason) {
        group.pending[slot].state = .dead
        group.pending[slot].reason = reason.rawValue
        group.dead.append(group.pending[slot].id)
        group.needsDispatch = true
    }

    /// Claims the message at the cursor for being moved aside, without a delivery.
    func setAside(_ group: Group, lane: Int, offset: UInt64, bytes: Int, _ reason: DeadLetterReason) {
        let id = MessageID(priority: UInt8(lane), offset: offset)
        let slot = group.pending.insert(id.number, size: bytes, .dead)
        self.makeDead(slot, of: group, reason)
        group.places[lane].cursor = offset
        group.places[lane].claim(bytes: bytes)
        self.journal.append(
            .setAside(group.number, lane: UInt8(lane), offset: offset, reason: reason.rawValue)
        )
    }

    /// The target has stored the dead letter: the message is settled.
    ///
    /// A ticket that means nothing any more, since the group was sought or removed, is no error.
    package func deadLettered(_ ticket: DeadLetter.Ticket, now: UInt64) {
        guard let group = self.group(ticket.group), let slot = group.pending.slot(of: ticket.id.number),
            group.pending[slot].state == .moving
        else { return }
        let reason = DeadLetterReason(rawValue: group.pending[slot].reason)
        group.counters.count(deadLettered: reason)
        self.counters.count(deadLettered: reason)
        self.finish(slot, of: group, now: now)
    }

    /// The target did not take the dead letter: it stays here, and is tried again a second later.
    package func deadLetterFailed(_ ticket: DeadLetter.Ticket, now: UInt64) {
        guard let group = self.group(ticket.group), let slot = group.pending.slot(of: ticket.id.number),
            group.pending[slot].state == .moving
        else { return }
        group.moving -= 1
        group.pending[slot].state = .dead
        group.dead.append(ticket.id.number)
        group.retryDeadAt = now + Queue.retryInterval
    }
}
