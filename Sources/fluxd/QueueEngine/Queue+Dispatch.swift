import Bytes
import Machine

extension Queue {
    /// Hands out what there is to whom has credit, and ends the burst: appends, journal.
    package func endOfBurst(now: UInt64, wall: UInt64) {
        var looks = Queue.maximumLooks
        self.hasMore = false
        if self.isStopped { return }
        self.fireDelayed(now: now, wall: wall)
        let count = self.groups.count
        if count > 0 {
            // Another group begins each time, so that one that always has something holds nobody up.
            let start = self.nextTurn % count
            self.nextTurn = start + 1
            for turn in 0..<count {
                let index = (start + turn) % count
                // A keeper that ends takes itself out of the list.
                guard index < self.groups.count else { break }
                let group = self.groups[index]
                guard group.needsDispatch else { continue }
                if looks <= 0 {
                    self.hasMore = true
                    break
                }
                self.dispatch(group, &looks, now: now, wall: wall)
            }
        }
        self.takeAppends(now: now, wall: wall)
    }

    private func dispatch(_ group: Group, _ looks: inout Int, now: UInt64, wall: UInt64) {
        group.needsDispatch = false
        group.waitsForRead = false
        self.moveDead(group, now: now, wall: wall)
        var hasEnded = group.seeking == 0
        let isHeld = self.definition.isPaused || group.isPaused || self.journalLog.isQuarantined
        if isHeld || group.isRetired || group.seeking > 0 {
            if hasEnded { self.endDrains(of: group) }
            return
        }
        self.deliverClaims(group, now: now)
        switch group.mode {
        case .queue: hasEnded = self.dispatchQueue(group, &looks, now: now, wall: wall)
        case .stream: hasEnded = self.dispatchStream(group, &looks, now: now, wall: wall)
        }
        if looks <= 0 {
            group.needsDispatch = true
            self.hasMore = true
        } else if hasEnded, !group.waitsForRead {
            self.endDrains(of: group)
        }
    }

    private func endDrains(of group: Group) {
        if group.consumers.draining == 0 { return }
        for slot in group.consumers.slots.indices where group.consumers.slots[slot].drains {
            let consumer = group.consumers.slots[slot].id
            let count = group.consumers.drain(Int32(slot))
            self.tell(.drained(consumer, group.number, deliveryCount: count))
        }
    }

    // MARK: Work queues

    /// - Returns: Whether there is nothing that another consumer could get.
    private func dispatchQueue(_ group: Group, _ looks: inout Int, now: UInt64, wall: UInt64) -> Bool {
        while looks > 0 {
            looks -= 1
            guard group.consumers.hasTaker() else {
                self.expireHeads(group, &looks, now: now, wall: wall)
                return true
            }
            let waiting = self.highestWaiting(group)
            if let slot = group.firstReady(), Int(group.pending[slot].messageID.priority) >= waiting {
                let id = group.pending[slot].messageID
                switch self.look(group, lane: Int(id.priority), at: id.offset, now: now) {
                // Newer messages do not overtake it while it is read: maybe nobody has seen it yet, and first deliveries keep their order.
                case .absent: return false
                case .gone: self.lose(slot, of: group, now: now)
                case .found(let run, let index):
                    group.ready.removeFirst()
                    // Put there by a restart that did not know better: nobody has looked whether the group wants it.
                    if group.pending[slot].count == 0, !group.matches(run.record(index), root: self.root) {
                        self.finish(slot, of: group, now: now)
                        continue
                    }
                    self.redeliver(slot, of: group, run.record(index), now: now, wall: wall)
                }
                continue
            }
            guard waiting >= 0 else { return true }
            guard group.pending.count < Group.maximumPending else { return true }
            if self.passTaken(group, lane: waiting) { continue }
            let cursor = group.places[waiting].cursor
            switch self.look(group, lane: waiting, at: cursor, now: now) {
            case .absent: return false
            case .gone(let next): self.overtake(group, lane: waiting, to: next)
            case .found(let run, let index):
                let record = run.record(index)
                if self.hasExpired(record, wall: wall) {
                    self.expire(group, lane: waiting, record, now: now)
                } else if !group.matches(record, root: self.root) {
                    self.pass(group, lane: waiting, to: cursor + 1, bytes: record.body.count)
                } else {
                    self.claim(group, lane: waiting, record, now: now, wall: wall)
                }
            }
        }
        return false
    }

    /// The highest priority that has a message at the group's cursor which may be delivered; -1 for none.
    private func highestWaiting(_ group: Group) -> Int {
        var lane = self.lanes.count - 1
        while lane >= 0, !self.lanes[lane].has(group.places[lane].cursor) { lane -= 1 }
        return lane
    }

    /// First deliveries.
    private func claim(_ group: Group, lane: Int, _ record: QueueRecord, now: UInt64, wall: UInt64) {
        let id = MessageID(priority: UInt8(lane), offset: group.places[lane].cursor)
        let slot = group.pending.insert(id.number, size: record.body.count, .ready)
        // A claim says where the cursor stands: what was skipped before it needs no operation of its own.
        self.journal.claimed(group.number, id)
        group.places[lane].claim(bytes: record.body.count)
        self.deliver(slot, of: group, record, now: now, wall: wall)
    }

    private func redeliver(_ slot: Int32, of group: Group, _ record: QueueRecord, now: UInt64, wall: UInt64) {
        if self.hasExpired(record, wall: wall) {
            group.counters.expired += 1
            self.counters.expired += 1
            return self.giveUp(slot, of: group, .expired, now: now)
        }
        let id = group.pending[slot].messageID
        let isAgain = group.pending[slot].count > 0
        self.deliver(slot, of: group, record, now: now, wall: wall)
        if isAgain {
            group.counters.redelivered += 1
            self.counters.redelivered += 1
        }
        let count = UInt64(group.pending[slot].count)
        self.journal.append(.counted(group.number, lane: id.priority, offset: id.offset, count: count, notBefore: 0))
    }

    private func deliver(_ slot: Int32, of group: Group, _ record: QueueRecord, now: UInt64, wall: UInt64) {
        let taker = group.consumers.takeTurn()
        group.give(slot, to: taker, now: now, wall: wall)
        self.put(
            QueueDelivery(
                queue: self.number,
                group: group.number,
                consumer: group.consumers[taker].id,
                id: group.pending[slot].messageID,
                count: UInt32(group.pending[slot].count),
                record: record
            ),
            of: group,
            now: now
        )
    }

    func put(_ delivery: QueueDelivery, of group: Group, now: UInt64) {
        group.counters.countDelivery(bytes: delivery.record.body.count)
        self.counters.countDelivery(bytes: delivery.record.body.count)
        self.usedAt = now
        self.output.deliveries.append(delivery)
    }

    /// A pending message whose record retention took.
    func lose(_ slot: Int32, of group: Group, now: UInt64) {
        group.counters.droppedRetention += 1
        self.counters.droppedRetention += 1
        self.finish(slot, of: group, now: now)
    }

    /// The group had not come there yet, and the records are gone.
    private func overtake(_ group: Group, lane: Int, to next: UInt64) {
        if group.keepsMessages {
            group.counters.droppedRetention += next - group.places[lane].cursor
            self.counters.droppedRetention += next - group.places[lane].cursor
        }
        self.pass(group, lane: lane, to: next, bytes: 0)
    }

    // MARK: Streams

    private func dispatchStream(_ group: Group, _ looks: inout Int, now: UInt64, wall: UInt64) -> Bool {
        while looks > 0 {
            looks -= 1
            if group.lastPerKey?.scan != nil {
                if !self.scanKeys(group, &looks, now: now) { return false }
                continue
            }
            let index = self.highestWaiting(group)
            guard group.consumers.hasTaker(), index >= 0 else { return true }
            var cursor = group.places[index].cursor
            if index == 0, let wanted = group.lastPerKey?.offset(from: cursor), wanted > cursor {
                self.pass(group, lane: 0, to: min(wanted, self.lanes[0].next), bytes: 0)
                cursor = wanted
                if cursor >= self.lanes[0].stored { continue }
            }
            switch self.look(group, lane: index, at: cursor, now: now) {
            case .absent: return false
            case .gone(let next): self.overtake(group, lane: index, to: next)
            case .found(let run, let place):
                let record = run.record(place)
                self.pass(group, lane: index, to: cursor + 1, bytes: record.body.count)
                if self.hasExpired(record, wall: wall) {
                    group.counters.expired += 1
                    self.counters.expired += 1
                } else if group.matches(record, root: self.root) {
                    self.deliver(record, MessageID(priority: UInt8(index), offset: cursor), of: group, now: now)
                }
                if group.commitsAutomatically { self.wantCommit(group, now: now) }
            }
        }
        return false
    }

    private func deliver(_ record: QueueRecord, _ id: MessageID, of group: Group, now: UInt64) {
        let taker = group.consumers.takeTurn()
        self.put(
            QueueDelivery(
                queue: self.number,
                group: group.number,
                consumer: group.consumers[taker].id,
                id: id,
                count: 1,
                record: record,
                primaryCommitted: self.primaryCommitted(for: group, lane: Int(id.priority))
            ),
            of: group,
            now: now
        )
    }

    /// The primary group is the one with the reader's own filter.
    private func primaryCommitted(for group: Group, lane: Int) -> UInt64? {
        guard !self.definition.primaryGroup.isEmpty else { return nil }
        let id = Group.effectiveID(group: self.definition.primaryGroup, filter: group.filter)
        guard let number = self.numbersByID[id] else { return nil }
        return self.group(number)?.committed(lane: lane)
    }

    private func wantCommit(_ group: Group, now: UInt64) {
        if group.commitAt == nil { group.commitAt = now + self.definition.autoCommitInterval }
    }

    /// - Returns: false when a record has to be read first.
    private func scanKeys(_ group: Group, _ looks: inout Int, now: UInt64) -> Bool {
        guard var keys = group.lastPerKey, var scan = keys.scan else { return true }
        let lane = self.lanes[0]
        while looks > 0, scan < keys.end {
            looks -= 1
            if scan >= lane.stored {
                group.lastPerKey = keys
                return false
            }
            switch self.look(group, lane: 0, at: scan, now: now) {
            case .absent:
                group.lastPerKey = keys
                return false
            case .gone(let next): scan = next
            case .found(let run, let index):
                let record = run.record(index)
                if !keys.saw(scan, key: record.block.span(record.key).copied()) {
                    group.lastPerKey = nil
                    return true
                }
                scan += 1
            }
            keys.advance(to: scan)
        }
        group.lastPerKey = keys
        return true
    }

    // MARK: Expiry

    /// When a message expires, in milliseconds since 1970; 0 for never.
    func expiry(of record: QueueRecord) -> UInt64 {
        let own = StoredQueueMessage.expiry(of: record.block, record.body)
        let ttl = self.definition.limits.ttl
        if ttl == 0 { return own }
        return own == 0 ? record.time + ttl : min(own, record.time + ttl)
    }

    private func hasExpired(_ record: QueueRecord, wall: UInt64) -> Bool {
        let expiry = self.expiry(of: record)
        return expiry != 0 && expiry <= wall
    }

    private func expire(_ group: Group, lane: Int, _ record: QueueRecord, now: UInt64) {
        group.counters.expired += 1
        self.counters.expired += 1
        if self.definition.moves(.expired) {
            self.setAside(group, lane: lane, offset: group.places[lane].cursor, bytes: record.body.count, .expired)
        } else {
            self.pass(group, lane: lane, to: group.places[lane].cursor + 1, bytes: record.body.count)
        }
        self.wantMaintenance(now: now)
    }

    /// Nobody takes anything: the message at each cursor is looked at once, and again when it expires.
    private func expireHeads(_ group: Group, _ looks: inout Int, now: UInt64, wall: UInt64) {
        for index in self.lanes.indices {
            let lane = self.lanes[index]
            guard self.definition.limits.ttl > 0 || lane.mayExpire else { continue }
            while looks > 0, group.places[index].cursor < lane.stored, group.pending.count < Group.maximumPending {
                if self.passTaken(group, lane: index) { continue }
                let cursor = group.places[index].cursor
                if group.places[index].headChecked == cursor {
                    let expiry = group.places[index].headExpiry
                    if expiry == 0 || expiry > wall { break }
                } else if let expiry = self.earliestExpiry(lane, at: cursor), expiry > wall {
                    group.places[index].headExpiry = expiry
                    group.places[index].headChecked = cursor
                    break
                }
                looks -= 1
                switch self.look(group, lane: index, at: cursor, now: now) {
                case .absent: return
                case .gone(let next): self.overtake(group, lane: index, to: next)
                case .found(let run, let place):
                    let record = run.record(place)
                    if self.hasExpired(record, wall: wall) {
                        self.expire(group, lane: index, record, now: now)
                    } else {
                        group.places[index].headExpiry = self.expiry(of: record)
                        group.places[index].headChecked = cursor
                    }
                }
            }
        }
    }

    /// What is known without looking, if only the queue's limit counts: ten thousand queues without consumers are not read for
    /// nothing.
    private func earliestExpiry(_ lane: Lane, at cursor: UInt64) -> UInt64? {
        guard !lane.mayExpire, let time = lane.marks.time(of: cursor) else { return nil }
        return time + self.definition.limits.ttl
    }

    // MARK: Dead letters

    /// Puts out dead letters, each with its record.
    private func moveDead(_ group: Group, now: UInt64, wall: UInt64) {
        guard now >= group.retryDeadAt else { return }
        while let number = group.dead.first, group.moving < Group.maximumMoving {
            guard let slot = group.pending.slot(of: number), group.pending[slot].state == .dead,
                let reason = DeadLetterReason(rawValue: group.pending[slot].reason)
            else {
                group.dead.removeFirst()
                continue
            }
            let entry = group.pending[slot]
            let id = entry.messageID
            guard self.lanes[Int(id.priority)].has(id.offset) else { return }
            switch self.look(group, lane: Int(id.priority), at: id.offset, now: now) {
            case .absent: return
            case .gone:
                group.dead.removeFirst()
                self.lose(slot, of: group, now: now)
            case .found(let run, let index):
                group.dead.removeFirst()
                group.pending[slot].state = .moving
                group.moving += 1
                // After a restart only the first time is known.
                let age = now - min(entry.deliveredAt, now)
                self.output.deadLetters.append(
                    DeadLetter(
                        queue: self.number,
                        ticket: DeadLetter.Ticket(group: group.number, id: id),
                        reason: reason,
                        groupID: group.id,
                        count: UInt32(entry.count),
                        firstDelivered: entry.firstDelivered,
                        lastDelivered: entry.deliveredAt == 0 ? entry.firstDelivered : wall - min(age, wall),
                        record: run.record(index)
                    )
                )
            }
        }
    }

    // MARK: Records

    /// Finds a record in memory, or asks for it.
    func look(_ group: Group, lane index: Int, at offset: UInt64, now: UInt64) -> Lane.Lookup {
        let lane = self.lanes[index]
        let found = lane.lookUp(offset)
        if case .absent = found {
            group.waitsForRead = true
            self.want(lane, offset, Lane.readBytes, now: now)
        }
        return found
    }

    func want(_ lane: Lane, _ offset: UInt64, _ bytes: Int, now: UInt64) {
        if lane.isQuarantined || lane.isReading(offset) || !lane.mayRead { return }
        if let retry = self.retryReadsAt, now < retry { return }
        lane.beginRead(offset)
        self.ask(self.log(lane.part), .records(from: offset, maximumBytes: bytes), .records(lane, from: offset))
    }

    /// The cursor goes on without a delivery.
    func pass(_ group: Group, lane index: Int, to offset: UInt64, bytes: Int) {
        group.moveCursor(lane: index, to: offset)
        let lane = self.lanes[index]
        group.places[index].passedBytes =
            offset >= lane.next ? lane.publishedBytes : group.places[index].passedBytes + Int64(bytes)
    }

    /// Tells the journal of cursors that moved without claims. A stream's is not kept: it begins with what is committed.
    func writeCursors(of group: Group) {
        guard group.hasUnwritten else { return }
        group.hasUnwritten = false
        for lane in group.places.indices where group.places[lane].isUnwritten {
            group.places[lane].isUnwritten = false
            if group.mode == .queue {
                self.journal.append(.cursor(group.number, lane: UInt8(lane), offset: group.places[lane].cursor))
            }
        }
    }
}
