import Bytes
import Machine

extension Queue {
    /// Takes a message, or says why not. It is gone when this returns: kept are its bytes in the append of this burst.
    ///
    /// Cost without de-duplication: one copy of the bytes, no allocation but the growth of the burst's block.
    package func publish(_ message: borrowing QueueMessage, now: UInt64, wall: UInt64) -> Verdict {
        self.usedAt = now
        let limits = self.definition.limits
        if limits.maximumMessageSize > 0, UInt64(message.byteCount) > limits.maximumMessageSize {
            return self.refuse(.tooLarge)
        }
        // Their lengths have two bytes in the record.
        if message.messageID.count > 65_535 || message.publisher.count > 65_535 { return self.refuse(.tooLarge) }
        let priority = self.definition.hasPriorities ? Int(min(message.priority, 9)) : 0
        let lane = self.lanes[priority]
        if lane.isQuarantined || self.journalLog.isQuarantined || self.isStopped { return self.refuse(.storage) }
        var id: [UInt8] = []
        if self.dedupe != nil, !message.messageID.isEmpty {
            if self.isRecovering { return self.refuse(.recovering) }
            id = message.messageID.copied()
            if self.dedupe?.contains(id, window: self.definition.dedupeWindow, wall: wall) == true {
                self.counters.duplicates += 1
                return .duplicate
            }
        }
        if message.expiry != 0, message.expiry <= max(wall, message.deliverAt) {
            self.counters.expired += 1
            return .dropped
        }
        let verdict: Verdict
        if message.deliverAt > wall {
            let delayed = self.delayed ?? DelayedMessages(Lane(.delayed))
            if delayed.lane.isQuarantined { return self.refuse(.storage) }
            // 0 is no exception here: each costs memory.
            if delayed.count >= Int(max(1, min(limits.maximumDelayed, 1_000_000))) {
                return self.refuse(.tooManyDelayed)
            }
            self.delayed = delayed
            let record = delayed.lane.append(message, deliverAt: message.deliverAt, wall: wall)
            delayed.heap.insert(message.deliverAt, record.offset)
            self.count(published: record.bytes)
            verdict = .delayed
        } else {
            guard self.makeRoom(for: message.byteCount, now: now) else { return self.refuse(.full) }
            let record = lane.append(message, deliverAt: 0, wall: wall)
            self.count(published: record.bytes)
            verdict = .appended(MessageID(priority: UInt8(priority), offset: record.offset))
        }
        if !id.isEmpty { self.dedupe?.insert(id, window: self.definition.dedupeWindow, wall: wall) }
        return verdict
    }

    private func refuse(_ refusal: Refusal) -> Verdict {
        self.counters.count(refusal)
        return .refused(refusal)
    }

    private func count(published bytes: Int) {
        self.counters.published += 1
        self.counters.publishedBytes += UInt64(bytes)
    }

    // MARK: Limits

    /// Messages that the group has not claimed.
    func waiting(_ group: Group) -> UInt64 {
        var waiting: UInt64 = 0
        for index in self.lanes.indices {
            let lane = self.lanes[index]
            let begin = min(max(group.places[index].cursor, lane.head), lane.next)
            waiting += lane.next - begin - lane.taken.count(from: begin, to: lane.next)
        }
        return waiting
    }

    /// Bytes of bodies that the group has not settled; an estimate for what was there before a restart.
    func bytes(_ group: Group) -> UInt64 {
        var bytes: Int64 = 0
        for index in self.lanes.indices where group.places[index].cursor < self.lanes[index].next {
            bytes += max(0, self.lanes[index].publishedBytes - group.places[index].passedBytes)
        }
        return UInt64(bytes) + group.pending.bytes
    }

    /// Messages that somebody still has to process: dead letters on their way do not count.
    func depth(_ group: Group) -> UInt64 {
        self.waiting(group) + UInt64(max(0, group.pending.count - group.dead.count - group.moving))
    }

    /// Of the depth, what somebody has in hand or gave back to have it again later. What a consumer left behind waits like the rest.
    func unacknowledged(_ group: Group) -> UInt64 {
        UInt64(max(0, group.pending.count - group.dead.count - group.moving - group.pending.ready))
    }

    /// Lets old messages give way, if that is the policy, until one more fits.
    private func makeRoom(for added: Int, now: UInt64) -> Bool {
        let limits = self.definition.limits
        if self.isStream || (limits.maximumMessages == 0 && limits.maximumBytes == 0) { return true }
        // What never fits drives nobody out.
        if limits.maximumBytes > 0, UInt64(added) > limits.maximumBytes { return false }
        for group in self.groups where group.keepsMessages && !group.isRetired {
            while true {
                let isOver =
                    (limits.maximumMessages > 0 && self.depth(group) >= limits.maximumMessages)
                    || (limits.maximumBytes > 0 && self.bytes(group) + UInt64(added) > limits.maximumBytes)
                if !isOver { break }
                if self.definition.overflow == .reject || !self.dropOldest(of: group, now: now) { return false }
            }
        }
        return true
    }

    /// - Returns: false when nothing waits, or when there is no room for one more dead letter.
    private func dropOldest(of group: Group, now: UInt64) -> Bool {
        for index in self.lanes.indices {
            let lane = self.lanes[index]
            self.passTaken(group, lane: index)
            let offset = max(group.places[index].cursor, lane.head)
            guard offset < lane.next else { continue }
            if self.definition.overflow == .deadLetter, self.definition.moves(.overflow) {
                guard group.pending.count < Group.maximumPending else { return false }
                self.setAside(group, lane: index, offset: offset, bytes: Int(lane.averageBytes), .overflow)
            } else {
                group.counters.droppedOverflow += 1
                self.counters.droppedOverflow += 1
                self.pass(group, lane: index, to: offset + 1, bytes: Int(lane.averageBytes))
            }
            self.wantMaintenance(now: now)
            return true
        }
        return false
    }
}
