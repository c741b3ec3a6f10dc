import Bytes
import Machine

extension Queue {
    /// Does what is due: deliveries time out, back-offs end, cursors are committed, what is idle ends, segments go.
    package func tick(now: UInt64, wall: UInt64) {
        if let retry = self.retryReadsAt, retry <= now {
            self.retryReadsAt = nil
            for group in self.groups where group.waitsForRead { group.needsDispatch = true }
        }
        for group in self.groups { self.tick(group, now: now, wall: wall) }
        self.expireIdleGroups(now: now)
        self.tellExpiry(now: now)
        self.dedupe?.prune(window: self.definition.dedupeWindow, wall: wall)
        if let due = self.maintenanceAt, due <= now {
            self.maintenanceAt = nil
            self.trim()
        }
        if self.wantsRetention, self.retainAt <= now {
            self.retainAt = now + Queue.retentionInterval
            self.retain()
        }
        if self.hasCache, now >= self.usedAt + Queue.cacheTime {
            for lane in self.lanes {
                lane.dropTail()
                lane.dropWindows()
            }
            self.delayed?.lane.dropWindows()
        }
    }

    private func tick(_ group: Group, now: UInt64, wall: UInt64) {
        let timeout = self.definition.visibilityTimeout
        if timeout > 0 {
            while let slot = group.pending.oldestDelivered, group.pending[slot].deliveredAt + timeout <= now {
                group.counters.timedOut += 1
                self.counters.timedOut += 1
                group.unlink(slot)
                self.giveBack(slot, of: group, delay: 0, now: now, wall: wall)
            }
        }
        while let (slot, due) = group.firstWaiting(), due <= now { group.makeReady(slot) }
        if group.dead.count > 0, group.retryDeadAt <= now { group.needsDispatch = true }
        for lane in group.places.indices where self.headIsDue(group, lane, wall: wall) { group.needsDispatch = true }
        if let due = group.commitAt, due <= now {
            group.commitAt = nil
            for lane in self.lanes.indices where group.places[lane].committed != group.places[lane].cursor {
                group.places[lane].committed = group.places[lane].cursor
                self.journal.append(.committed(group.number, lane: UInt8(lane), offset: group.places[lane].cursor))
            }
        }
    }

    private func headIsDue(_ group: Group, _ lane: Int, wall: UInt64) -> Bool {
        let place = group.places[lane]
        return place.headChecked == place.cursor && place.headExpiry != 0 && place.headExpiry <= wall
    }

    private func expireIdleGroups(now: UInt64) {
        let expiry = self.definition.idleGroupExpiry
        guard expiry > 0 else { return }
        for group in self.groups
        where group.consumers.isEmpty && !group.isKeeper && group.moving == 0 && group.idleSince + expiry <= now {
            self.remove(group, now: now)
        }
    }

    // MARK: What nobody needs

    /// Tells storage which records no work queue's group needs. Streams keep theirs, unless retention says otherwise.
    private func trim() {
        for index in self.lanes.indices {
            let lane = self.lanes[index]
            if !self.isStream {
                // A keeper that only ends what it has under way still needs that.
                let lowest = self.groups.lazy.filter(\.keepsMessages).map { $0.committed(lane: index) }.min()
                lane.raiseFloor(to: min(lowest ?? lane.floor, lane.stored))
            }
            self.trim(lane, to: min(lane.floor, lane.stored))
        }
        if let delayed = self.delayed { self.trim(delayed.lane, to: min(delayed.lowest, delayed.lane.stored)) }
    }

    private func trim(_ lane: Lane, to offset: UInt64) {
        guard offset > lane.trimmedTo else { return }
        lane.trimmedTo = offset
        self.output.commands.append(.trim(self.log(lane.part), before: offset))
    }

    private func retain() {
        let retention = self.effectiveRetention
        for lane in self.lanes where lane.stored > lane.head {
            self.output.commands.append(.retain(self.log(lane.part), retention))
        }
    }

    private var wantsRetention: Bool { self.effectiveRetention != LogRetention() }

    /// Limits of age and size, by the segment. Nobody gets what has expired, so that a stream's expired segments may go.
    private var effectiveRetention: LogRetention {
        let wanted = self.definition.retention
        var retention = LogRetention()
        retention.maximumAge = wanted.maximumAge
        let ttl = self.definition.limits.ttl
        if self.isStream, ttl > 0 { retention.maximumAge = wanted.maximumAge == 0 ? ttl : min(ttl, wanted.maximumAge) }
        retention.maximumBytes = wanted.maximumBytes
        retention.maximumRecords = wanted.maximumMessages
        retention.compacts = self.definition.compacts && self.isStream
        return retention
    }

    private var hasCache: Bool {
        self.lanes.contains { $0.cachedBytes > 0 } || (self.delayed?.lane.cachedBytes ?? 0) > 0
    }

    // MARK: Deadline

    /// When ``tick(now:wall:)`` is wanted at the latest, in the shard's milliseconds; nil for never. One look at each group.
    package func deadline(now: UInt64, wall: UInt64) -> UInt64? {
        var first = UInt64.max
        if let retry = self.retryReadsAt { first = min(first, retry) }
        if let due = self.maintenanceAt { first = min(first, due) }
        if let due = self.expiryDeadline { first = min(first, due) }
        if self.wantsRetention, self.lanes.contains(where: { $0.stored > $0.head }) {
            first = min(first, self.retainAt)
        }
        if self.hasCache { first = min(first, self.usedAt + Queue.cacheTime) }
        func local(_ time: UInt64) -> UInt64 { time <= wall ? now : now + (time - wall) }
        if let delayed = self.delayed, !delayed.isReading, let due = delayed.heap.first {
            first = min(first, local(due.key))
        }
        for group in self.groups {
            if self.definition.visibilityTimeout > 0, let slot = group.pending.oldestDelivered {
                first = min(first, group.pending[slot].deliveredAt + self.definition.visibilityTimeout)
            }
            if let (_, due) = group.firstWaiting() { first = min(first, due) }
            if let due = group.commitAt { first = min(first, due) }
            if group.dead.count > 0, group.retryDeadAt > now { first = min(first, group.retryDeadAt) }
            if group.consumers.isEmpty, !group.isKeeper, group.moving == 0, self.definition.idleGroupExpiry > 0 {
                first = min(first, group.idleSince + self.definition.idleGroupExpiry)
            }
            guard self.mayExpireHeads(of: group) else { continue }
            for (index, place) in group.places.enumerated()
            where place.headChecked == place.cursor && place.headExpiry != 0 && !self.lanes[index].isQuarantined {
                first = min(first, local(place.headExpiry))
            }
        }
        return first == .max ? nil : max(first, now)
    }

    /// What ends the hindrance leads to a dispatch by itself: until then no time is worth waking up for.
    private func mayExpireHeads(of group: Group) -> Bool {
        !self.definition.isPaused && !group.isPaused && !group.isRetired && !group.waitsForRead && group.seeking == 0
            && group.pending.count < Group.maximumPending
    }

    // MARK: Delayed messages

    /// Appends the messages whose time has come. It is called in every burst.
    func fireDelayed(now: UInt64, wall: UInt64) {
        guard let delayed = self.delayed else { return }
        self.loadDelayed(delayed, now: now)
        delayed.isReading = false
        var fired = 0
        while let due = delayed.heap.first, due.key <= wall {
            if fired == DelayedMessages.maximumFired {
                self.hasMore = true
                return
            }
            guard delayed.lane.has(due.value) else {
                // Due before it is stored: that is when it goes out.
                delayed.isReading = true
                return
            }
            switch delayed.lane.lookUp(due.value) {
            case .absent:
                delayed.isReading = true
                self.want(delayed.lane, due.value, DelayedMessages.readBytes, now: now)
                return
            case .gone:
                delayed.heap.removeFirst()
                self.counters.droppedRetention += 1
                self.finishDelayed(delayed, due.value)
            case .found(let run, let index):
                delayed.heap.removeFirst()
                self.fire(run.record(index), due.value, delayed, wall: wall)
                fired += 1
            }
        }
    }

    private func fire(_ record: QueueRecord, _ offset: UInt64, _ delayed: DelayedMessages, wall: UInt64) {
        guard let stored = StoredQueueMessage(record.block, record.body) else {
            self.counters.droppedUnreadable += 1
            return self.finishDelayed(delayed, offset)
        }
        var message = QueueMessage(
            topic: record.block.span(stored.topic),
            header: record.block.span(stored.header),
            payload: record.block.span(stored.payload)
        )
        message.key = record.block.span(record.key)
        message.messageID = record.block.span(stored.messageID)
        message.publisher = record.block.span(stored.publisher)
        message.priority = stored.priority
        message.qos = stored.qos
        message.expiry = stored.expiry
        let lane = self.definition.hasPriorities ? Int(min(stored.priority, 9)) : 0
        let appended = self.lanes[lane].append(message, deliverAt: 0, wall: wall)
        delayed.fired.append((lane, appended.offset, offset))
    }

    /// What was appended is stored now.
    func finishFired() {
        guard let delayed = self.delayed, !delayed.fired.isEmpty else { return }
        var left: [(lane: Int, offset: UInt64, delayed: UInt64)] = []
        for fired in delayed.fired {
            if fired.offset < self.lanes[fired.lane].stored {
                self.finishDelayed(delayed, fired.delayed)
            } else {
                left.append(fired)
            }
        }
        delayed.fired = left
    }

    private func finishDelayed(_ delayed: DelayedMessages, _ offset: UInt64) {
        guard offset >= delayed.lowest else { return }
        delayed.finish(offset)
        self.journal.append(.delayedDone(first: offset, count: 1))
        if self.maintenanceAt == nil { self.maintenanceAt = self.usedAt + Queue.maintenanceInterval }
    }

    /// After a restart: looks through the log for what still waits.
    private func loadDelayed(_ delayed: DelayedMessages, now: UInt64) {
        while let offset = delayed.unread {
            switch delayed.lane.lookUp(offset) {
            case .absent: return self.want(delayed.lane, offset, Lane.readBytes, now: now)
            case .gone(let next): delayed.unread = next
            case .found(let run, let index):
                let record = run.record(index)
                if !delayed.done.contains(offset), let message = StoredQueueMessage(record.block, record.body) {
                    delayed.heap.insert(message.deliverAt, offset)
                    self.remember(message, in: record.block, time: record.time)
                }
                delayed.unread = offset + 1
            }
            if let next = delayed.unread, next >= delayed.loadEnd {
                delayed.unread = nil
                if self.dedupe != nil { self.tellRecovered() }
            }
        }
    }
}
