import Machine

extension Queue {
    /// Moves a group's cursor, for all its consumers. What they have in hand of a work queue is forgotten: it is delivered again if
    /// it lies behind the new cursor, and settling it fails.
    ///
    /// With priorities, `offset` moves the cursor of its own priority, and the others each priority's.
    package func seek(_ number: GroupNumber, to start: StartPosition, now: UInt64) throws(QueueError) {
        let group = try self.found(group: number)
        if start == .lastPerKey, group.mode != .stream { throw .notAStream(group: group.id) }
        self.seek(group, to: start, now: now)
    }

    func seek(_ group: Group, to start: StartPosition, now: UInt64) {
        guard start != .stored else { return }
        self.forgetPending(of: group)
        group.lastPerKey = nil
        switch start {
        case .stored: break
        case .first: self.place(group) { lane, _ in lane.floor }
        case .last: self.place(group) { lane, _ in lane.next > lane.floor ? lane.next - 1 : lane.next }
        case .next: self.place(group) { lane, _ in lane.next }
        case .back(let count): self.place(group) { lane, _ in lane.next - min(count, lane.next - lane.floor) }
        case .offset(let number):
            let id = MessageID(number: number)
            // A number beyond all priorities is one beyond the end.
            let priority = Int(id.priority) < self.lanes.count ? Int(id.priority) : -1
            self.place(group) { lane, index in
                if priority == -1 { return lane.next }
                return index == priority ? min(max(id.offset, lane.floor), lane.next) : group.places[index].cursor
            }
        case .time(let time):
            for index in self.lanes.indices {
                self.ask(self.log(self.lanes[index].part), .offset(notBefore: time), .seek(group.number, lane: index))
                group.seeking += 1
            }
        case .lastPerKey:
            self.place(group) { lane, _ in lane.floor }
            group.lastPerKey = LastPerKey(from: self.lanes[0].floor, to: self.lanes[0].next)
        }
        group.needsDispatch = true
        self.wantMaintenance(now: now)
    }

    private func forgetPending(of group: Group) {
        guard !group.pending.isEmpty else { return }
        group.clearPending()
        for slot in group.consumers.slots.indices where group.consumers.slots[slot].isHere {
            group.consumers[Int32(slot)].firstPending = PendingList.nowhere
            group.consumers[Int32(slot)].lastPending = PendingList.nowhere
            group.consumers[Int32(slot)].pending = 0
        }
        self.journal.append(.cleared(group.number))
    }

    private func place(_ group: Group, _ position: (Lane, Int) -> UInt64) {
        for index in self.lanes.indices { self.place(group, lane: index, at: position(self.lanes[index], index)) }
    }

    /// To what is committed, as a restart does: whoever comes next gets what the last consumer may never have seen.
    func goBack(_ group: Group) {
        for index in self.lanes.indices where group.places[index].committed < group.places[index].cursor {
            let offset = max(group.places[index].committed, self.lanes[index].floor)
            group.moveCursor(lane: index, to: offset)
            group.places[index].passedBytes = self.passedBytes(lane: index, at: offset)
            group.places[index].headChecked = .max
        }
    }

    /// The committed offset goes along: after a restart the group begins where it was sought to.
    func place(_ group: Group, lane: Int, at offset: UInt64) {
        group.moveCursor(lane: lane, to: offset)
        group.places[lane].passedBytes = self.passedBytes(lane: lane, at: offset)
        group.places[lane].headChecked = .max
        guard group.mode == .stream else { return }
        group.places[lane].committed = offset
        self.journal.append(.committed(group.number, lane: UInt8(lane), offset: offset))
    }

    /// A log has said where a time begins.
    func sought(_ number: GroupNumber, lane: Int, _ answer: Result<UInt64, StorageFailure>) {
        guard let group = self.group(number), group.seeking > 0 else { return }
        group.seeking -= 1
        group.needsDispatch = true
        // A log that cannot say leaves the group where it is.
        guard case .success(let offset) = answer else { return }
        self.place(group, lane: lane, at: min(max(offset, self.lanes[lane].floor), self.lanes[lane].next))
    }

    /// Removes all messages, those in hand and those that wait for their time too. Streams lose their records.
    ///
    /// - Returns: How many messages somebody would still have got.
    @discardableResult
    package func purge(now: UInt64) -> UInt64 {
        let purged = self.status(now: now, wall: 0).depth + UInt64(self.delayed?.count ?? 0)
        for group in self.groups {
            self.forgetPending(of: group)
            self.place(group) { lane, _ in lane.next }
            group.lastPerKey = nil
            group.needsDispatch = true
        }
        for index in self.lanes.indices {
            let lane = self.lanes[index]
            guard lane.next > lane.floor else { continue }
            lane.raiseFloor(to: lane.next)
            self.journal.append(.floor(lane: UInt8(index), offset: lane.next))
        }
        if let delayed = self.delayed { self.purge(delayed) }
        self.maintenanceAt = now
        return purged
    }

    private func purge(_ delayed: DelayedMessages) {
        delayed.heap.removeAll()
        delayed.unread = nil
        let end = delayed.lane.next
        guard end > delayed.lowest else { return }
        self.journal.append(.delayedDone(first: delayed.lowest, count: end - delayed.lowest))
        delayed.done = OffsetRanges()
        delayed.lowest = end
    }

    /// Asks for records without touching any group. The answer is ``QueueEvent/peeked(token:_:)``.
    ///
    /// - Parameter id: Clamped to the oldest message. nil for the first one that counts, of the highest priority that has any.
    package func peek(token: UInt64, from id: MessageID?, maximumBytes: Int) {
        let lane: Lane
        if let id {
            lane = self.lanes[min(Int(id.priority), self.lanes.count - 1)]
        } else {
            lane = self.lanes.last { $0.stored > self.oldestWanted(lane: Int($0.part.rawValue)) } ?? self.lanes[0]
        }
        let first = id?.offset ?? self.oldestWanted(lane: Int(lane.part.rawValue))
        self.ask(
            self.log(lane.part),
            .records(from: max(first, lane.head), maximumBytes: maximumBytes),
            .peek(token: token)
        )
    }
}
