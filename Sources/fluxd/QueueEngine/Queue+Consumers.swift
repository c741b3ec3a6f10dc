import Bytes
import Machine
import Topics

extension Queue {
    /// What a consumer asks for.
    package struct Joining: Sendable {
        package var group: String
        /// What routing keys have to match; empty for everything. It is part of the group's name: `group@filter`.
        package var filter = ""
        package var consumer: ConsumerID
        /// nil for what the queue's kind has: ``GroupMode/stream`` for streams, ``GroupMode/queue`` for the others.
        package var mode: GroupMode?
        /// Moves the whole group, not this consumer alone.
        package var start = StartPosition.stored
        /// Of a stream's new group: whether its cursor is committed by itself.
        package var commitsAutomatically = true

        package init(group: String, consumer: ConsumerID) {
            self.group = group
            self.consumer = consumer
        }
    }

    /// Adds a consumer to a group, which is made if it is new. It gets nothing until it has credit.
    ///
    /// Joining again is no error, and keeps the credit.
    package func join(_ joining: Joining, now: UInt64, wall: UInt64) throws(QueueError) -> GroupNumber {
        let id = Group.effectiveID(group: joining.group, filter: joining.filter)
        let mode = joining.mode ?? (self.isStream ? .stream : .queue)
        let group: Group
        if let number = self.numbersByID[id], let known = self.group(number) {
            guard known.mode == mode else { throw .groupModeMismatch(group: id, is: known.mode, wanted: mode) }
            if known.consumers.count >= Queue.maximumConsumers, known.consumers.slot(of: joining.consumer) == nil {
                throw .tooManyConsumers(limit: Queue.maximumConsumers)
            }
            group = known
            if joining.start != .stored { self.seek(group, to: joining.start, now: now) }
        } else {
            group = try self.makeGroup(
                joining.group,
                filter: joining.filter,
                mode: mode,
                start: joining.start,
                commitsAutomatically: joining.commitsAutomatically,
                now: now
            )
        }
        let active = group.consumers.active
        if group.consumers.join(joining.consumer) { self.consumersChanged(by: 1, now: now) }
        self.tellActivation(group, from: active)
        group.needsDispatch = true
        return group.number
    }

    /// Says how many more deliveries a consumer takes: `credit`, counted from its delivery `deliveryCount`.
    ///
    /// - Parameter drain: What cannot be used at once is given back, with ``QueueEvent/drained(_:_:deliveryCount:)``.
    ///
    /// An unknown consumer is no error: its removal may be on its way to it. Source: AMQP 1.0 §2.6.7.
    package func setCredit(
        _ consumer: ConsumerID,
        group number: GroupNumber,
        deliveryCount: UInt32,
        credit: UInt32,
        drain: Bool = false
    ) {
        guard let group = self.group(number), let slot = group.consumers.slot(of: consumer) else { return }
        let sent = Int32(bitPattern: group.consumers[slot].deliveryCount &- deliveryCount)
        let left = Int64(credit) - Int64(max(sent, 0))
        group.consumers.setCredit(slot, UInt32(max(left, 0)), drains: drain)
        group.needsDispatch = true
    }

    /// A consumer is gone: what it had goes to others at once, and its deliveries count.
    ///
    /// - Parameter seen: Deliveries that came to it at all, the first 32 bits; those after them were still on their way, and do not
    ///   count. nil when nobody knows.
    package func leave(
        _ consumer: ConsumerID,
        group number: GroupNumber,
        seen: UInt32? = nil,
        now: UInt64,
        wall: UInt64
    ) {
        guard let group = self.group(number), let slot = group.consumers.slot(of: consumer) else { return }
        let sent = UInt32(truncatingIfNeeded: group.consumers[slot].delivered)
        var unseen = seen.map { Int32(bitPattern: sent &- $0) } ?? 0
        while unseen > 0, group.consumers[slot].lastPending != PendingList.nowhere {
            let entry = group.consumers[slot].lastPending
            group.unlink(entry)
            self.uncount(entry, of: group)
            unseen -= 1
        }
        self.remove(slot, from: group, .left, now: now, wall: wall)
    }

    private func remove(_ slot: Int32, from group: Group, _ end: ConsumerEnd, now: UInt64, wall: UInt64) {
        while group.consumers[slot].firstPending != PendingList.nowhere {
            let entry = group.consumers[slot].firstPending
            group.unlink(entry)
            self.giveBack(entry, of: group, delay: 0, now: now, wall: wall)
        }
        let id = group.consumers[slot].id
        let active = group.consumers.active
        group.consumers.leave(slot)
        self.tell(.consumerRemoved(id, group.number, end))
        self.tellActivation(group, from: active)
        if group.consumers.isEmpty {
            group.idleSince = now
            if group.mode == .stream, !group.commitsAutomatically { self.goBack(group) }
        }
        self.consumersChanged(by: -1, now: now)
        group.needsDispatch = true
    }

    func tellActivation(_ group: Group, from active: Int32) {
        let now = group.consumers.active
        if now != active, now != PendingList.nowhere { self.tell(.activated(group.consumers[now].id, group.number)) }
    }

    // MARK: Groups

    /// A group that nobody has joined yet.
    package func createGroup(
        _ name: String,
        filter: String = "",
        mode: GroupMode? = nil,
        start: StartPosition = .stored,
        commitsAutomatically: Bool = true,
        now: UInt64
    ) throws(QueueError) -> GroupNumber {
        let id = Group.effectiveID(group: name, filter: filter)
        if self.numbersByID[id] != nil { throw .groupExists(group: id) }
        return try self.makeGroup(
            name,
            filter: filter,
            mode: mode ?? (self.isStream ? .stream : .queue),
            start: start,
            commitsAutomatically: commitsAutomatically,
            now: now
        ).number
    }

    private func makeGroup(
        _ name: String,
        filter: String,
        mode: GroupMode,
        start: StartPosition,
        commitsAutomatically: Bool,
        now: UInt64
    ) throws(QueueError) -> Group {
        if name.isEmpty || name.utf8.count > 1_024 || name.utf8.contains(0) { throw .invalidGroup(name) }
        if !filter.isEmpty, filter.utf8.count > 1_024 || !TopicFilter.isValid(Array(filter.utf8).span) {
            throw .invalidFilter(filter)
        }
        if start == .lastPerKey, mode != .stream { throw .notAStream(group: name) }
        if self.groups.count >= Queue.maximumGroups { throw .tooManyGroups(limit: Queue.maximumGroups) }
        let group = self.beginGroup(
            GroupNumber(self.nextGroup),
            id: Group.effectiveID(group: name, filter: filter),
            filter: filter,
            mode: mode,
            commitsAutomatically: commitsAutomatically,
            now: now
        )
        if start != .stored { self.seek(group, to: start, now: now) }
        return group
    }

    /// A group that begins with the oldest message that some group wants.
    func beginGroup(
        _ number: GroupNumber,
        id: String,
        filter: String,
        mode: GroupMode,
        commitsAutomatically: Bool,
        now: UInt64
    ) -> Group {
        let group = Group(
            number: number,
            id: id,
            filter: filter,
            mode: mode,
            commitsAutomatically: commitsAutomatically,
            lanes: self.lanes.count,
            now: now
        )
        self.nextGroup = max(self.nextGroup, number.value + 1)
        for lane in self.lanes.indices {
            let begin = self.oldestWanted(lane: lane)
            group.places[lane].committed = begin
            self.pass(group, lane: lane, to: begin, bytes: 0)
            group.places[lane].passedBytes =
                self.groups.first { $0.keepsMessages && $0.places[lane].cursor == begin }?.places[lane].passedBytes
                ?? self.passedBytes(lane: lane, at: begin)
        }
        self.journal.append(
            .created(group.number, mode: mode, commitsAutomatically: commitsAutomatically, id: group.id, filter: filter)
        )
        for lane in self.lanes.indices {
            self.journal.append(.committed(group.number, lane: UInt8(lane), offset: group.places[lane].committed))
        }
        self.add(group)
        if group.keepsMessages { self.retireKeeper() }
        return group
    }

    func add(_ group: Group) {
        group.consumers.setSingle(self.definition.hasSingleActiveConsumer)
        if group.isKeeper {
            self.groups.insert(group, at: 0)
        } else {
            let place = self.groups.lastIndex { $0.number < group.number }.map { $0 + 1 } ?? 0
            self.groups.insert(group, at: place)
            self.numbersByID[group.id] = group.number
        }
    }

    /// Where a new group begins: with the oldest message that some group has not settled; of a stream, with the oldest there is.
    func oldestWanted(lane: Int) -> UInt64 {
        let floor = self.lanes[lane].floor
        let lowest = self.groups.lazy.filter { $0.keepsMessages && !$0.isRetired }.map { group in
            // What the keeper has in hand are dead letters on their way, which it ends itself.
            group.isKeeper ? group.places[lane].cursor : group.committed(lane: lane)
        }
        return max(floor, lowest.min() ?? floor)
    }

    /// A guess, from the average, of what ``Group/Place/passedBytes`` was at an offset.
    func passedBytes(lane: Int, at offset: UInt64) -> Int64 {
        let lane = self.lanes[lane]
        return lane.publishedBytes - Int64(clamping: (lane.next - min(offset, lane.next)) &* lane.averageBytes)
    }

    /// Removes a group with what it has in hand. What it had not settled waits for the next group, if it was the last one.
    package func removeGroup(_ number: GroupNumber, now: UInt64) throws(QueueError) {
        self.remove(try self.found(group: number), now: now)
    }

    func remove(_ group: Group, now: UInt64) {
        // Before what it has in hand is forgotten.
        let places = self.lanes.indices.map { group.committed(lane: $0) }
        self.removeConsumers(of: group, .groupRemoved)
        self.groups.removeAll { $0 === group }
        self.journal.append(.removed(group.number))
        if !group.isKeeper {
            self.numbersByID[group.id] = nil
            self.tell(.groupRemoved(group.number, id: group.id))
        }
        if group.keepsMessages, !group.isKeeper { self.keepPlace(from: places, now: now) }
        self.wantMaintenance(now: now)
    }

    func removeConsumers(of group: Group, _ end: ConsumerEnd) {
        for slot in group.consumers.slots.indices where group.consumers.slots[slot].isHere {
            self.tell(.consumerRemoved(group.consumers.slots[slot].id, group.number, end))
        }
        self.consumersChanged(by: -group.consumers.count, now: self.usedAt)
        group.clearPending()
        group.consumers = ConsumerLine()
        group.consumers.setSingle(self.definition.hasSingleActiveConsumer)
    }

    /// Gives a work queue that has no group one that holds its place.
    func keepPlace(from places: [UInt64]? = nil, now: UInt64) {
        guard !self.isStream, !self.groups.contains(where: { $0.keepsMessages && !$0.isKeeper }) else { return }
        let keeper: Group
        if let retired = self.groups.first, retired.isKeeper {
            keeper = retired
            keeper.isRetired = false
        } else {
            keeper = Group(
                number: GroupNumber(0),
                id: "",
                filter: "",
                mode: .queue,
                commitsAutomatically: false,
                lanes: self.lanes.count,
                now: now
            )
            self.add(keeper)
        }
        for lane in self.lanes.indices {
            // What is under way to be moved aside lies before the cursor, and stays there.
            let place = max(places?[lane] ?? self.lanes[lane].floor, self.lanes[lane].head)
            let begin = max(
                place,
                keeper.pending.last(priority: lane).map { keeper.pending[$0].messageID.offset + 1 } ?? 0
            )
            keeper.places[lane].cursor = min(begin, self.lanes[lane].next)
            keeper.places[lane].passedBytes = self.passedBytes(lane: lane, at: begin)
            keeper.places[lane].isUnwritten = begin > 0
            keeper.hasUnwritten = keeper.hasUnwritten || begin > 0
        }
        keeper.needsDispatch = true
        // A new queue's keeper is where nothing was ever written: the journal need not say so. It has to of one that follows a group.
        if places != nil || self.lanes.contains(where: { $0.next > 0 }) {
            self.journal.append(.created(keeper.number, mode: .queue, commitsAutomatically: false, id: "", filter: ""))
        }
    }

    /// A group keeps the messages now.
    func retireKeeper() {
        guard let keeper = self.groups.first, keeper.isKeeper else { return }
        if keeper.pending.isEmpty {
            self.groups.removeFirst()
            self.journal.append(.removed(keeper.number))
        } else {
            keeper.isRetired = true
            self.journal.append(.retired(keeper.number))
        }
    }

    package func pauseGroup(_ number: GroupNumber, _ isPaused: Bool) throws(QueueError) {
        let group = try self.found(group: number)
        guard group.isPaused != isPaused else { return }
        group.isPaused = isPaused
        group.needsDispatch = true
        self.journal.append(.paused(number, isPaused))
    }

    /// The group's number by its effective id: `workers`, `workers@eu/#`.
    package func groupNumber(named id: String) -> GroupNumber? { self.numbersByID[id] }
}
