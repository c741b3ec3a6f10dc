import Machine

/// Makes a queue's groups from what its journal says.
///
/// While it runs nothing has a consumer, and an entry's time of delivery is the time before which it may not go out again.
final class Replay {
    let queue: Queue
    /// The journal speaks of messages that the logs do not have: the machine lost what the process had written.
    private var isAhead = false
    /// Offset of the record that comes next, unless a repair has left some out.
    private var next: UInt64
    /// Where what groups were given and settled is not known since records that were left out.
    private var unsure: Set<Unsure> = []
    /// What was taken out of each lane since the last snapshot.
    private var taken: [Int: [Range<UInt64>]] = [:]

    private struct Unsure: Hashable {
        var group: GroupNumber
        var lane: Int
    }

    /// - Parameter first: The oldest record that the journal's log has.
    init(queue: Queue, from first: UInt64) {
        self.queue = queue
        self.next = first
        if !queue.isStream { self.add(GroupNumber(0), .queue, commitsAutomatically: false, id: "", filter: "") }
    }

    func apply(_ read: LogRead, _ entry: LogRead.Entry) throws(QueueRestoreError) {
        if entry.offset > self.next { self.skipRecords() }
        self.next = entry.offset + 1
        var reader = GroupJournalReader(read.block, entry.body)
        while let operation = reader.next() { self.apply(operation, time: entry.time) }
        guard reader.isAtEnd else {
            throw QueueRestoreError(
                record: entry.offset,
                description: """
                    queue '\(self.queue.definition.name)': record \(entry.offset) of its group journal (log \
                    \(self.queue.log(.groups).bits)) is not understood; a newer fluxd may have written it: start that one, or \
                    remove the log to begin with groups that know nothing
                    """
            )
        }
    }

    /// Whatever the groups did there is not known: what they may have been given then, and is not known to be settled, comes again.
    private func skipRecords() {
        self.isAhead = true
        for group in self.queue.groups where group.mode == .queue {
            for lane in group.places.indices { self.unsure.insert(Unsure(group: group.number, lane: lane)) }
        }
    }

    /// The group was given everything before `end`, as far as its filter takes it.
    private func wasGiven(_ group: Group, _ lane: Int, before end: UInt64) {
        guard self.unsure.contains(Unsure(group: group.number, lane: lane)), end > group.places[lane].cursor else {
            return
        }
        let begin = max(group.places[lane].cursor, self.queue.lanes[lane].head)
        // Bounded like all that is pending; beyond that the oldest count as settled.
        let room = UInt64(max(0, Group.maximumPending - group.pending.count))
        for offset in max(begin, end - min(end, room))..<max(begin, end) {
            _ = self.insert(group, lane, offset, size: Int(self.queue.lanes[lane].averageBytes))
        }
        group.places[lane].cursor = end
    }

    /// From here on the group's cursor is known.
    private func isSure(_ group: Group, _ lane: Int, at offset: UInt64) {
        if self.unsure.isEmpty { return }
        self.wasGiven(group, lane, before: offset)
        self.unsure.remove(Unsure(group: group.number, lane: lane))
    }

    private func add(_ number: GroupNumber, _ mode: GroupMode, commitsAutomatically: Bool, id: String, filter: String) {
        let group = Group(
            number: number,
            id: id,
            filter: filter,
            mode: mode,
            commitsAutomatically: commitsAutomatically,
            lanes: self.queue.lanes.count,
            now: self.queue.idleSince
        )
        for lane in self.queue.lanes.indices { group.places[lane].cursor = self.queue.lanes[lane].floor }
        self.queue.add(group)
    }

    private func apply(_ operation: GroupOperation, time: UInt64) {
        let queue = self.queue
        switch operation {
        case .reset(let nextGroup):
            queue.groups = []
            queue.numbersByID = [:]
            queue.nextGroup = nextGroup
            for lane in queue.lanes {
                lane.forgetFloor()
                lane.taken = TakenOffsets()
            }
            self.taken = [:]
            self.isAhead = false
            self.unsure = []
            queue.delayed?.done = OffsetRanges()
            queue.delayed?.lowest = queue.delayed?.lane.head ?? 0
        case .created(let number, let mode, let commits, let id, let filter):
            if number.value == 0, let keeper = queue.groups.first, keeper.isKeeper {
                keeper.isRetired = false
            } else if queue.group(number) == nil {
                self.add(number, mode, commitsAutomatically: commits, id: id, filter: filter)
                queue.nextGroup = max(queue.nextGroup, number.value + 1)
            }
        case .removed(let number):
            guard let group = queue.group(number) else { return }
            queue.groups.removeAll { $0 === group }
            queue.numbersByID[group.id] = nil
        case .retired(let number): queue.group(number)?.isRetired = true
        case .paused(let number, let isPaused): queue.group(number)?.isPaused = isPaused
        case .claimed(let number, let lane, let first, let count):
            self.on(number, lane) { group, lane in
                self.isSure(group, lane, at: first)
                for offset in first..<(first + count) { self.claim(group, lane, offset, time: time) }
                group.places[lane].cursor = first + count
            }
        case .setAside(let number, let lane, let offset, let reason):
            self.on(number, lane) { group, lane in
                self.isSure(group, lane, at: offset)
                if let slot = self.insert(group, lane, offset, size: 0) { group.pending[slot].reason = reason }
                group.places[lane].cursor = offset + 1
            }
        case .settled(let number, let lane, let first, let count):
            self.on(number, lane) { group, lane in
                self.wasGiven(group, lane, before: first + count)
                for offset in first..<(first + count) {
                    let id = MessageID(priority: UInt8(lane), offset: offset)
                    if let slot = group.pending.slot(of: id.number) { group.pending.remove(slot) }
                }
            }
        case .counted(let number, let lane, let offset, let count, let notBefore):
            self.onEntry(number, lane, offset) { group, slot in
                group.pending[slot].count = UInt16(clamping: count)
                group.pending[slot].deliveredAt = notBefore
            }
        case .dead(let number, let lane, let offset, let reason):
            self.onEntry(number, lane, offset) { group, slot in group.pending[slot].reason = reason }
        case .cursor(let number, let lane, let offset):
            self.on(number, lane) { group, lane in
                self.isSure(group, lane, at: offset)
                group.places[lane].cursor = offset
            }
        case .committed(let number, let lane, let offset):
            self.on(number, lane) { group, lane in
                group.places[lane].committed = offset
                if group.mode == .stream { group.places[lane].cursor = offset }
            }
        case .cleared(let number):
            // A seek or a purge: its cursor follows.
            queue.group(number)?.pending = PendingList()
            self.unsure = self.unsure.filter { $0.group != number }
        case .pending(let number, let lane, let offset, let count, let firstDelivered, let reason, let size):
            self.on(number, lane) { group, lane in
                guard let slot = self.insert(group, lane, offset, size: Int(clamping: size)) else { return }
                group.pending[slot].count = UInt16(clamping: count)
                group.pending[slot].firstDelivered = firstDelivered
                group.pending[slot].reason = reason
            }
        case .delayedDone(let first, let count):
            guard let delayed = queue.delayed else { return self.isAhead = true }
            let end = min(first + count, delayed.lane.next)
            if end < first + count { self.isAhead = true }
            delayed.done.insert(min(first, end)..<end)
            delayed.lowest = delayed.done.advance(from: delayed.lowest)
        case .floor(let lane, let offset):
            guard Int(lane) < queue.lanes.count else { return }
            if offset > queue.lanes[Int(lane)].next { self.isAhead = true }
            queue.lanes[Int(lane)].raiseFloor(to: offset)
        case .taken(let lane, let first, let count):
            guard Int(lane) < queue.lanes.count else { return }
            let end = min(first + count, queue.lanes[Int(lane)].next)
            if end < first + count { self.isAhead = true }
            if first < end { self.taken[Int(lane), default: []].append(first..<end) }
        }
    }

    private func on(_ number: GroupNumber, _ lane: UInt8, _ body: (Group, Int) -> Void) {
        guard let group = self.queue.group(number), Int(lane) < group.places.count else { return }
        body(group, Int(lane))
    }

    /// - Parameter body: Called with an entry of the pending list, if it is there.
    private func onEntry(_ number: GroupNumber, _ lane: UInt8, _ offset: UInt64, _ body: (Group, Int32) -> Void) {
        self.on(number, lane) { group, lane in self.wasGiven(group, lane, before: offset + 1) }
        guard let group = self.queue.group(number),
            let slot = group.pending.slot(of: MessageID(priority: lane, offset: offset).number)
        else { return }
        body(group, slot)
    }

    private func claim(_ group: Group, _ lane: Int, _ offset: UInt64, time: UInt64) {
        guard let slot = self.insert(group, lane, offset, size: Int(self.queue.lanes[lane].averageBytes)) else {
            return
        }
        group.pending[slot].count = 1
        group.pending[slot].firstDelivered = time
    }

    /// nil for what is not there any more, or was not stored after all: its offset will be given to another message.
    private func insert(_ group: Group, _ lane: Int, _ offset: UInt64, size: Int) -> Int32? {
        let log = self.queue.lanes[lane]
        let id = MessageID(priority: UInt8(lane), offset: offset)
        guard offset >= log.head, offset < log.next, group.pending.slot(of: id.number) == nil else { return nil }
        if let last = group.pending.last(priority: lane), group.pending[last].id >= id.number { return nil }
        return group.pending.insert(id.number, size: size, .ready)
    }

    /// Puts every entry where it belongs now.
    ///
    /// - Returns: Whether a snapshot has to be written before offsets are given again that the journal has spoken of.
    func finish(now: UInt64, wall: UInt64) -> Bool {
        if self.next < self.queue.journalLog.next { self.isAhead = true }
        for (lane, ranges) in self.taken {
            self.queue.lanes[lane].taken.insert(ranges)
            self.queue.lanes[lane].taken.forget(before: self.queue.lanes[lane].floor)
        }
        for (index, lane) in self.queue.lanes.enumerated() {
            let given = self.queue.groups.map { max($0.places[index].cursor, $0.places[index].committed) }.max() ?? 0
            self.queue.missing += given - min(given, lane.next)
        }
        if !self.queue.groups.contains(where: { $0.keepsMessages && !$0.isRetired }) { self.queue.keepPlace(now: now) }
        for group in self.queue.groups {
            for (index, lane) in self.queue.lanes.enumerated() {
                if group.places[index].cursor > lane.next || group.places[index].committed > lane.next {
                    self.isAhead = true
                }
                let cursor = min(max(group.places[index].cursor, lane.head), lane.next)
                group.places[index].cursor = cursor
                group.places[index].committed = min(group.places[index].committed, lane.next)
                group.places[index].passedBytes = self.queue.passedBytes(lane: index, at: cursor)
                var next = group.pending.lowest(priority: index)
                while let slot = next {
                    next = group.pending.after(slot)
                    if lane.taken.contains(group.pending[slot].messageID.offset) {
                        group.pending.remove(slot)
                        continue
                    }
                    self.settle(slot, of: group, now: now, wall: wall)
                }
            }
            group.needsDispatch = true
        }
        return self.isAhead
    }

    private func settle(_ slot: Int32, of group: Group, now: UInt64, wall: UInt64) {
        let entry = group.pending[slot]
        group.pending[slot].deliveredAt = 0
        let limit = self.queue.definition.retry.maximumDeliveries
        if let reason = DeadLetterReason(rawValue: entry.reason) {
            // The queue may have lost its dead-letter queue meanwhile: then this is dropped, as it would be now.
            if self.queue.definition.moves(reason) {
                self.queue.makeDead(slot, of: group, reason)
            } else {
                self.queue.giveUp(slot, of: group, reason, now: now)
            }
        } else if limit > 0, UInt32(entry.count) >= limit {
            self.queue.giveUp(slot, of: group, .maximumDeliveries, now: now)
        } else if entry.deliveredAt > wall {
            group.makeWaiting(slot, until: now + (entry.deliveredAt - wall))
        } else {
            group.makeReady(slot)
        }
    }
}
