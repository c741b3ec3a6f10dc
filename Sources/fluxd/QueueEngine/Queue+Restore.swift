import Bytes
package import Machine

/// Why a queue's journal does not say what its groups did.
package struct QueueRestoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Offset of the record in the `groups` log.
    package var record: UInt64
    package var description: String
}

extension Queue {
    /// A queue as it was when the process ended: what was unsettled comes again, with its count.
    ///
    /// - Parameters:
    ///   - logs: All logs that the volume has of the queue.
    ///   - operations: Everything that its `groups` log has, in order.
    /// Records that a repair of that log has left out are no error: what groups may have been given there comes again, unless it is
    /// known to be settled.
    ///
    /// - Throws: When a record of the `groups` log is not understood: written by a newer version, or not by a queue.
    ///
    /// The first ``endOfBurst(now:wall:)`` asks for what else has to be read: delayed messages, and message ids of the last window,
    /// until when publishes that carry one are refused. ``isRecovering`` says so.
    package static func restore(
        _ definition: QueueDefinition,
        logs: [LogState],
        operations: [LogRead],
        output: QueueOutput,
        now: UInt64,
        wall: UInt64
    ) throws(QueueRestoreError) -> Queue {
        let queue = Queue(definition, logs: logs, output: output, now: now)
        let replay = Replay(queue: queue, from: logs.first { $0.part == .groups }?.head ?? 0)
        for read in operations {
            for entry in read.entries {
                try replay.apply(read, entry)
                queue.journalLog.replayed(bytes: entry.body.count)
            }
        }
        queue.journalLog.needsSnapshot = replay.finish(now: now, wall: wall)
        queue.askAges()
        if let delayed = queue.delayed {
            delayed.unread = delayed.lowest < delayed.lane.next ? max(delayed.lowest, delayed.lane.head) : nil
            delayed.loadEnd = delayed.lane.next
        }
        if definition.dedupeWindow > 0 {
            queue.dedupe = DedupeWindow()
            queue.recoverIDs(ofLane: 0, wall: wall)
        }
        return queue
    }

    /// How long the oldest message of each priority has waited is told by its record only: one is read for it.
    private func askAges() {
        for (index, lane) in self.lanes.enumerated() {
            let offset = max(self.oldestWanted(lane: index), lane.head)
            if offset < lane.stored {
                self.ask(self.log(lane.part), .records(from: offset, maximumBytes: 1), .age(lane, of: offset))
            }
        }
    }

    /// The queue does not know yet what it has to remember about message ids.
    package var isRecovering: Bool { self.recovery != nil || (self.dedupe != nil && self.delayed?.unread != nil) }

    // MARK: Message ids

    private func recoverIDs(ofLane first: Int, wall: UInt64) {
        for index in first..<max(first, self.lanes.count) where self.lanes[index].next > self.lanes[index].head {
            self.recovery = (index, self.lanes[index].next)
            let start = wall - min(wall, self.definition.dedupeWindow)
            return self.ask(self.log(self.lanes[index].part), .offset(notBefore: start), .dedupeStart(wall: wall))
        }
        self.recovery = nil
        self.tellRecovered()
    }

    /// A log that cannot be read gives no ids: duplicates get through rather than nothing.
    func recoverIDs(from answer: Result<UInt64, StorageFailure>, wall: UInt64) {
        guard let recovery = self.recovery else { return }
        guard case .success(let offset) = answer, offset < recovery.end else {
            return self.recoverIDs(ofLane: recovery.lane + 1, wall: wall)
        }
        self.readIDs(from: offset, wall: wall)
    }

    private func readIDs(from offset: UInt64, wall: UInt64) {
        guard let recovery = self.recovery else { return }
        self.ask(
            self.log(self.lanes[recovery.lane].part),
            .records(from: offset, maximumBytes: Lane.readBytes),
            .dedupe(wall: wall)
        )
    }

    func recoverIDs(_ answer: Result<LogRead, StorageFailure>, wall: UInt64) {
        guard let recovery = self.recovery else { return }
        guard case .success(let read) = answer, !read.entries.isEmpty else {
            return self.recoverIDs(ofLane: recovery.lane + 1, wall: wall)
        }
        for entry in read.entries {
            guard let message = StoredQueueMessage(read.block, entry.body) else { continue }
            self.remember(message, in: read.block, time: entry.time)
        }
        if read.next < recovery.end {
            self.readIDs(from: read.next, wall: wall)
        } else {
            self.recoverIDs(ofLane: recovery.lane + 1, wall: wall)
        }
    }

    func remember(_ message: StoredQueueMessage, in block: ByteBlock, time: UInt64) {
        guard self.dedupe != nil, !message.messageID.isEmpty else { return }
        self.dedupe?.insert(block.span(message.messageID).copied(), window: self.definition.dedupeWindow, wall: time)
    }

    func tellRecovered() {
        if !self.isRecovering { self.tell(.recovered) }
    }

    // MARK: Snapshot

    /// All that the journal has to say about how things stand, as one record's body.
    func snapshot(now: UInt64, wall: UInt64) -> [UInt8] {
        var journal = GroupJournal()
        journal.append(.reset(nextGroup: self.nextGroup))
        for (index, lane) in self.lanes.enumerated() where lane.floor > 0 {
            journal.append(.floor(lane: UInt8(index), offset: lane.floor))
        }
        for (index, lane) in self.lanes.enumerated() {
            for range in lane.taken.ranges {
                journal.append(.taken(lane: UInt8(index), first: range.lowerBound, count: UInt64(range.count)))
            }
        }
        for group in self.groups {
            self.write(group, to: &journal, now: now, wall: wall)
        }
        if let delayed = self.delayed {
            journal.append(.delayedDone(first: 0, count: delayed.lowest))
            for range in delayed.done.ranges {
                journal.append(.delayedDone(first: range.lowerBound, count: range.upperBound - range.lowerBound))
            }
        }
        return journal.take()
    }

    private func write(_ group: Group, to journal: inout GroupJournal, now: UInt64, wall: UInt64) {
        journal.append(
            .created(
                group.number,
                mode: group.mode,
                commitsAutomatically: group.commitsAutomatically,
                id: group.id,
                filter: group.filter
            )
        )
        if group.isRetired { journal.append(.retired(group.number)) }
        if group.isPaused { journal.append(.paused(group.number, true)) }
        for index in self.lanes.indices {
            let lane = UInt8(index)
            if group.mode == .stream {
                journal.append(.committed(group.number, lane: lane, offset: group.places[index].committed))
                continue
            }
            journal.append(.cursor(group.number, lane: lane, offset: group.places[index].cursor))
            var next = group.pending.lowest(priority: index)
            while let slot = next {
                let entry = group.pending[slot]
                next = group.pending.after(slot)
                journal.append(
                    .pending(
                        group.number,
                        lane: lane,
                        offset: entry.messageID.offset,
                        count: UInt64(entry.count),
                        firstDelivered: entry.firstDelivered,
                        reason: entry.reason,
                        size: UInt64(entry.size)
                    )
                )
            }
        }
        // Back-offs last: they are few, and in no order that matters.
        for item in group.waiting.items.sorted(by: { $0.precedes($1) }) {
            guard let slot = group.pending.slot(of: item.value), group.pending[slot].state == .waiting else { continue }
            let id = group.pending[slot].messageID
            journal.append(
                .counted(
                    group.number,
                    lane: id.priority,
                    offset: id.offset,
                    count: UInt64(group.pending[slot].count),
                    notBefore: wall + (item.key - min(item.key, now))
                )
            )
        }
    }
}
