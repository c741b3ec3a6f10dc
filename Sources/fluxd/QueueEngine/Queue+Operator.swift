package import Machine

/// What operators ask of a queue beside its status.
extension Queue {
    /// How a message of a queue stands.
    package enum MessageState: Equatable, Sendable {
        /// Some group has yet to be given it.
        case ready
        /// Some group has it in hand.
        case unacknowledged
        /// No group wants it any more; it goes with its segment.
        case settled
        /// Of a stream, whose messages nobody takes away.
        case kept
    }

    /// One look at each group.
    package func state(of id: MessageID) -> MessageState {
        self.state(of: id, in: self.groups.filter { $0.keepsMessages && !$0.isRetired })
    }

    /// - Parameter group: The one that counts. One that is not there yet will begin with what somebody has not settled.
    package func state(of id: MessageID, in group: String) -> MessageState {
        guard let number = self.numbersByID[group], let known = self.group(number) else { return self.state(of: id) }
        return self.state(of: id, in: [known])
    }

    private func state(of id: MessageID, in groups: [Group]) -> MessageState {
        if self.isStream { return .kept }
        let lane = Int(id.priority)
        guard lane < self.lanes.count, !self.lanes[lane].taken.contains(id.offset) else { return .settled }
        var state = MessageState.settled
        for group in groups {
            if let slot = group.pending.slot(of: id.number) {
                // What was given back waits again.
                if group.pending[slot].state != .ready { return .unacknowledged }
                state = .ready
            } else if id.offset >= group.places[lane].cursor {
                state = .ready
            }
        }
        return state
    }

    /// Highest priority in use: 0, or 9.
    package var highestPriority: UInt8 { UInt8(self.lanes.count - 1) }

    /// The logs that are damaged: nothing is delivered from them.
    package var quarantinedParts: [LogPart] {
        var parts = self.lanes.filter(\.isQuarantined).map(\.part)
        if self.journalLog.isQuarantined { parts.append(.groups) }
        if self.delayed?.lane.isQuarantined == true { parts.append(.delayed) }
        return parts
    }

    /// Age of the oldest message that a group has not settled, in milliseconds; nil when there is none, or nothing is known of records
    /// that old. Never too young.
    package func oldestAge(of number: GroupNumber, wall: UInt64) -> UInt64? {
        guard let group = self.group(number) else { return nil }
        var oldest: UInt64?
        for index in self.lanes.indices {
            let offset = max(group.committed(lane: index), self.lanes[index].floor)
            guard offset < self.lanes[index].next, let time = self.lanes[index].marks.time(of: offset) else { continue }
            oldest = min(oldest ?? time, time)
        }
        return oldest.map { wall - min($0, wall) }
    }

    /// Where a group stands in the log of a priority, and where it would be moved to; nil for a group that is not there.
    ///
    /// - Parameter start: `.time` and `.lastPerKey` are the end and the beginning here: only the logs know better.
    package func preview(
        of number: GroupNumber,
        to start: StartPosition,
        priority: UInt8 = 0
    ) -> (from: UInt64, to: UInt64)? {
        guard let group = self.group(number), Int(priority) < self.lanes.count else { return nil }
        let lane = self.lanes[Int(priority)]
        let from = group.places[Int(priority)].cursor
        let to: UInt64 =
            switch start {
            case .stored: from
            case .first, .lastPerKey: lane.floor
            case .last: lane.next > lane.floor ? lane.next - 1 : lane.next
            case .next, .time: lane.next
            case .back(let count): lane.next - min(count, lane.next - lane.floor)
            case .offset(let number): min(max(MessageID(number: number).offset, lane.floor), lane.next)
            }
        return (from, to)
    }

    /// Lets go of a stream's messages before an offset; groups that have not come there go on behind it.
    ///
    /// - Returns: How many messages went.
    package func trim(before offset: UInt64, now: UInt64) throws(QueueError) -> UInt64 {
        guard self.isStream else { throw .notAStream(group: "") }
        let lane = self.lanes[0]
        guard offset <= lane.stored else { throw .invalidOffset(offset, expected: lane.floor...lane.stored) }
        guard offset > lane.floor else { return 0 }
        let trimmed = offset - lane.floor
        for group in self.groups {
            if group.places[0].cursor < offset { self.place(group, lane: 0, at: offset) }
            if group.places[0].committed < offset {
                group.places[0].committed = offset
                self.journal.append(.committed(group.number, lane: 0, offset: offset))
            }
        }
        lane.raiseFloor(to: offset)
        self.journal.append(.floor(lane: 0, offset: offset))
        self.maintenanceAt = now
        return trimmed
    }
}
