extension Queue {
    /// How the queue is. One look at each group.
    package func status(now: UInt64, wall: UInt64) -> QueueStatus {
        var status = QueueStatus()
        for group in self.groups where group.keepsMessages && !self.isStream && !group.isRetired {
            let depth = self.depth(group)
            if depth > status.depth || status.depth == 0 {
                status.depth = depth
                status.pending = self.unacknowledged(group)
                status.waiting = depth - status.pending
            }
            status.bytes = max(status.bytes, self.bytes(group))
            status.moving += UInt64(group.dead.count + group.moving)
        }
        if self.isStream {
            for lane in self.lanes {
                status.depth += lane.next - lane.floor
                status.bytes += lane.logBytes
            }
            status.waiting = status.depth
        }
        status.delayed = UInt64(self.delayed?.count ?? 0)
        status.groups = self.groups.count - (self.groups.first?.isKeeper == true ? 1 : 0)
        status.consumers = self.consumers
        status.oldestAge = self.oldestTime.map { wall - min($0, wall) }
        status.counters = self.counters
        status.isPaused = self.definition.isPaused
        for lane in self.lanes { status.cachedBytes += lane.cachedBytes }
        return status
    }

    /// When the oldest message that counts was appended.
    private var oldestTime: UInt64? {
        var oldest: UInt64?
        for index in self.lanes.indices {
            let offset = self.oldestWanted(lane: index)
            guard offset < self.lanes[index].next, let time = self.lanes[index].marks.time(of: offset) else { continue }
            oldest = min(oldest ?? time, time)
        }
        return oldest
    }

    /// By number, which is the order in which they were made.
    package var groupNumbers: [GroupNumber] { self.groups.lazy.filter { !$0.isKeeper }.map(\.number) }

    /// nil when there is no such group.
    package func status(of number: GroupNumber) -> GroupStatus? {
        guard let group = self.group(number), !group.isKeeper else { return nil }
        let shown = self.lanes.indices.first { self.lanes[$0].next > 0 } ?? 0
        var lag: UInt64 = 0
        if group.mode == .queue {
            // Behind the lowest unsettled message many may be settled, or dropped for new ones.
            lag = self.waiting(group) + UInt64(group.pending.count)
        } else {
            for lane in self.lanes.indices {
                lag += self.lanes[lane].next - min(group.committed(lane: lane), self.lanes[lane].next)
            }
        }
        return GroupStatus(
            number: number,
            id: group.id,
            filter: group.filter,
            mode: group.mode,
            isPaused: group.isPaused,
            commitsAutomatically: group.commitsAutomatically,
            consumers: group.consumers.count,
            cursor: group.places[shown].cursor,
            committed: group.committed(lane: shown),
            tail: self.lanes[shown].next,
            lag: lag,
            waiting: self.waiting(group) + UInt64(group.pending.ready),
            pending: UInt64(group.pending.count - group.pending.ready),
            counters: group.counters
        )
    }

    /// In the order of their places, which is nobody's promise.
    package func consumers(of number: GroupNumber) -> [ConsumerStatus] {
        guard let group = self.group(number) else { return [] }
        return group.consumers.slots.indices.lazy.filter { group.consumers.slots[$0].isHere }.map { slot in
            let consumer = group.consumers.slots[slot]
            return ConsumerStatus(
                consumer: consumer.id,
                credit: consumer.credit,
                pending: consumer.pending,
                delivered: consumer.delivered,
                isActive: !group.consumers.isSingle || group.consumers.active == Int32(slot)
            )
        }
    }

    /// What a group has in hand, by priority and offset, from `first` on.
    package func pending(of number: GroupNumber, from first: MessageID, limit: Int, now: UInt64) -> [PendingStatus] {
        guard let group = self.group(number) else { return [] }
        var found: [PendingStatus] = []
        for priority in Int(first.priority)..<max(self.lanes.count, Int(first.priority)) {
            var next = group.pending.lowest(priority: priority)
            while let slot = next, found.count < limit {
                next = group.pending.after(slot)
                let entry = group.pending[slot]
                if entry.id < first.number { continue }
                let state: PendingStatus.State =
                    switch entry.state {
                    case .delivered: .delivered
                    case .waiting: .waiting
                    case .dead, .moving: .deadLetter
                    case .ready, .free: .ready
                    }
                found.append(
                    PendingStatus(
                        id: entry.messageID,
                        state: state,
                        consumer: entry.consumer == PendingList.nowhere ? nil : group.consumers[entry.consumer].id,
                        count: UInt32(entry.count),
                        idle: entry.deliveredAt == 0 ? nil : now - min(entry.deliveredAt, now),
                        firstDelivered: entry.firstDelivered
                    )
                )
            }
        }
        return found
    }

    /// Where the messages of a priority begin and end: the oldest that anybody wants, what may be delivered, what comes next.
    package func offsets(priority: UInt8 = 0) -> (first: UInt64, stored: UInt64, next: UInt64) {
        guard Int(priority) < self.lanes.count else { return (0, 0, 0) }
        let lane = self.lanes[Int(priority)]
        return (
            max(lane.head, self.isStream ? lane.floor : self.oldestWanted(lane: Int(priority))), lane.stored, lane.next
        )
    }
}
