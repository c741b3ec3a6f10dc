import Machine

extension Queue {
    /// Gives a message that the group has pending to one of its consumers, whoever had it until now. It is a delivery like any
    /// other: it is counted, takes one of the consumer's credit, and may time out.
    ///
    /// - Throws: `.notPending` also for dead letters on their way; `.noCredit` when the consumer takes nothing at the moment.
    package func claim(
        _ id: MessageID,
        group number: GroupNumber,
        for consumer: ConsumerID,
        now: UInt64,
        wall: UInt64
    ) throws(QueueError) {
        let group = try self.found(group: number)
        if self.quarantinedParts.contains(.messages(priority: id.priority)) || self.journalLog.isQuarantined {
            throw .damaged
        }
        guard let slot = group.pending.slot(of: id.number), group.pending[slot].state != .dead,
            group.pending[slot].state != .moving
        else { throw .notPending(id) }
        guard let taker = group.consumers.slot(of: consumer) else { throw .consumerNotFound(group: group.id) }
        guard group.consumers[taker].credit > 0, !group.consumers.isSingle || group.consumers.active == taker else {
            throw .noCredit(group: group.id)
        }
        group.unlink(slot)
        group.consumers.takeTurn(of: taker)
        group.give(slot, to: taker, now: now, wall: wall)
        let count = group.pending[slot].count
        group.claims.append(Group.Claim(id: id, consumer: consumer, count: count))
        group.needsDispatch = true
        self.journal.append(
            .counted(number, lane: id.priority, offset: id.offset, count: UInt64(count), notBefore: 0)
        )
    }

    /// Sends what was claimed as soon as it is in memory.
    func deliverClaims(_ group: Group, now: UInt64) {
        if group.claims.isEmpty { return }
        let claims = group.claims
        group.claims = []
        for claim in claims {
            // It may be settled, timed out or claimed again meanwhile, and its consumer gone.
            guard let slot = group.pending.slot(of: claim.id.number), group.pending[slot].state == .delivered,
                group.pending[slot].count == claim.count,
                group.consumers[group.pending[slot].consumer].id == claim.consumer
            else { continue }
            switch self.look(group, lane: Int(claim.id.priority), at: claim.id.offset, now: now) {
            case .absent: group.claims.append(claim)
            case .gone: self.lose(slot, of: group, now: now)
            case .found(let run, let index):
                self.put(
                    QueueDelivery(
                        queue: self.number,
                        group: group.number,
                        consumer: claim.consumer,
                        id: claim.id,
                        count: UInt32(claim.count),
                        record: run.record(index)
                    ),
                    of: group,
                    now: now
                )
            }
        }
    }
}
