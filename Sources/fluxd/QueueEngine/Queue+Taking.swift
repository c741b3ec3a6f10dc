import Machine

/// Messages that an operator takes out of a work queue: for all of its groups, also for those that are not there yet.
extension Queue {
    /// Takes messages out: nobody gets them any more, and settling one is an error.
    ///
    /// - Parameter inHand: Also those that some consumer has. What is on its way to a dead-letter queue stays in any case.
    /// - Returns: Those that were there to be taken, in the order in which they were named. Fewer than could be when the queue has as
    ///   many gaps as it may have.
    package func take(_ ids: [MessageID], inHand: Bool, now: UInt64) -> [MessageID] {
        if self.isStream || self.isStopped || self.journalLog.isQuarantined { return [] }
        var taken: [MessageID] = []
        var ranges = [[Range<UInt64>]](repeating: [], count: self.lanes.count)
        for id in ids where self.mayTake(id, inHand: inHand) {
            let lane = Int(id.priority)
            if self.lanes[lane].taken.ranges.count + ranges[lane].count >= TakenOffsets.maximumRanges { break }
            taken.append(id)
            if let last = ranges[lane].last, last.upperBound == id.offset {
                ranges[lane][ranges[lane].count - 1] = last.lowerBound..<(id.offset + 1)
            } else {
                ranges[lane].append(id.offset..<(id.offset + 1))
            }
        }
        for (lane, added) in ranges.enumerated() where !added.isEmpty {
            self.lanes[lane].taken.insert(added)
            for range in added {
                self.journal.append(
                    .taken(lane: UInt8(lane), first: range.lowerBound, count: UInt64(range.count))
                )
            }
        }
        for id in taken { self.settleTaken(id, now: now) }
        if !taken.isEmpty { self.passTaken(now: now) }
        return taken
    }

    private func mayTake(_ id: MessageID, inHand: Bool) -> Bool {
        guard Int(id.priority) < self.lanes.count else { return false }
        let lane = self.lanes[Int(id.priority)]
        guard id.offset >= lane.floor, id.offset < lane.stored, !lane.taken.contains(id.offset) else { return false }
        var isWanted = false
        for group in self.groups where group.keepsMessages {
            if let slot = group.pending.slot(of: id.number) {
                switch group.pending[slot].state {
                case .dead, .moving: return false
                case .delivered, .waiting: if !inHand { return false }
                case .ready, .free: break
                }
                isWanted = true
            } else if id.offset >= group.places[Int(id.priority)].cursor {
                isWanted = isWanted || !group.isRetired
            }
        }
        return isWanted
    }

    private func settleTaken(_ id: MessageID, now: UInt64) {
        // A group that only ends what it had under way may end by this.
        for group in Array(self.groups) where group.keepsMessages {
            if let slot = group.pending.slot(of: id.number) { self.finish(slot, of: group, now: now) }
        }
    }

    /// No cursor waits before what nobody gets.
    private func passTaken(now: UInt64) {
        for group in self.groups where group.keepsMessages {
            for index in self.lanes.indices { self.passTaken(group, lane: index) }
            group.needsDispatch = true
        }
        self.wantMaintenance(now: now)
    }

    /// - Returns: Whether the cursor stood before messages that were taken out.
    @discardableResult
    func passTaken(_ group: Group, lane index: Int) -> Bool {
        let cursor = group.places[index].cursor
        guard let end = self.lanes[index].taken.end(of: cursor) else { return false }
        let bytes = Int(clamping: (end - cursor) &* self.lanes[index].averageBytes)
        group.places[index].headChecked = .max
        self.pass(group, lane: index, to: end, bytes: bytes)
        return true
    }

    // MARK: From the beginning on

    /// Removes what lies before an offset of each priority, also what consumers have in hand, and of a stream its records.
    ///
    /// - Parameter offsets: By priority.
    /// - Returns: How many messages somebody would still have got.
    package func purge(before offsets: [UInt64], now: UInt64) throws(QueueError) -> UInt64 {
        if self.isStopped || self.journalLog.isQuarantined { throw .damaged }
        if self.isStream { return try self.trim(before: min(offsets.first ?? 0, self.lanes[0].stored), now: now) }
        let purged = self.count(before: offsets)
        for (index, lane) in self.lanes.enumerated() where index < offsets.count {
            let end = min(offsets[index], lane.stored)
            for group in Array(self.groups) where group.keepsMessages {
                self.settle(group, lane: index, before: end, now: now)
            }
            guard end > lane.floor, self.groups.allSatisfy({ $0.committed(lane: index) >= end }) else { continue }
            lane.raiseFloor(to: end)
            self.journal.append(.floor(lane: UInt8(index), offset: end))
        }
        self.maintenanceAt = now
        return purged
    }

    private func settle(_ group: Group, lane: Int, before end: UInt64, now: UInt64) {
        var next = group.pending.lowest(priority: lane)
        while let slot = next, group.pending[slot].messageID.offset < end {
            next = group.pending.after(slot)
            // On its way to a dead-letter queue: it is gone from here when it is there.
            if group.pending[slot].state == .moving || group.pending[slot].state == .dead { continue }
            self.finish(slot, of: group, now: now)
        }
        guard group.places[lane].cursor < end else { return }
        let bytes = Int(clamping: (end - group.places[lane].cursor) &* self.lanes[lane].averageBytes)
        group.places[lane].headChecked = .max
        self.pass(group, lane: lane, to: end, bytes: bytes)
        group.needsDispatch = true
    }

    /// How many messages somebody would still get that lie before an offset of each priority.
    package func count(before offsets: [UInt64]) -> UInt64 {
        if self.isStream {
            return min(offsets.first ?? 0, self.lanes[0].stored) - min(self.lanes[0].floor, offsets.first ?? 0)
        }
        var most: UInt64 = 0
        for group in self.groups where group.keepsMessages && !group.isRetired {
            var count: UInt64 = 0
            for (index, lane) in self.lanes.enumerated() where index < offsets.count {
                let end = min(offsets[index], lane.stored)
                let begin = min(max(group.places[index].cursor, lane.head), end)
                count += end - begin - lane.taken.count(from: begin, to: end)
                var next = group.pending.lowest(priority: index)
                while let slot = next, group.pending[slot].messageID.offset < end {
                    next = group.pending.after(slot)
                    if group.pending[slot].state != .moving, group.pending[slot].state != .dead { count += 1 }
                }
            }
            most = max(most, count)
        }
        return most
    }

    /// Where the last `count` messages of a priority begin that somebody may still get.
    package func offset(ofLast count: UInt64, priority: UInt8) -> UInt64 {
        guard Int(priority) < self.lanes.count else { return 0 }
        let lane = self.lanes[Int(priority)]
        var start = lane.stored - min(count, lane.stored - lane.floor)
        // Each step back makes up for what was taken out behind the one before.
        while start > lane.floor {
            let there = lane.stored - start - lane.taken.count(from: start, to: lane.stored)
            if there >= count { break }
            start -= min(count - there, start - lane.floor)
        }
        return start
    }
}
