package import Machine

extension Queue {
    /// Records of a log before `next` are stored as safely as the queue promises: they may be delivered.
    package func stored(_ part: LogPart, before next: UInt64, now: UInt64) {
        if part == .groups { return self.journalLog.stored(before: next, &self.output.commands, self.log(.groups)) }
        if part == .delayed {
            self.delayed?.lane.setStored(next)
            return
        }
        guard Int(part.rawValue) < self.lanes.count else { return }
        let lane = self.lanes[Int(part.rawValue)]
        lane.setStored(next)
        let mayExpire = self.definition.limits.ttl > 0 || lane.mayExpire
        for group in self.groups {
            // Without consumers only the expiry of what stands first has to be known.
            let place = group.places[Int(part.rawValue)]
            let isUnknown = mayExpire && group.keepsMessages && place.headChecked != place.cursor
            if !group.consumers.isEmpty || group.dead.count > 0 || isUnknown { group.needsDispatch = true }
        }
        self.finishFired()
    }

    /// A log's answer to ``QueueRead`` that asked for records.
    package func received(_ ticket: UInt32, _ answer: Result<LogRead, StorageFailure>, now: UInt64) {
        guard let place = self.reads.firstIndex(where: { $0.ticket == ticket }) else { return }
        switch self.reads.remove(at: place).purpose {
        case .records(let lane, let from): self.received(answer, lane, from: from, now: now)
        case .peek(let token): self.tell(.peeked(token: token, answer))
        case .age(let lane, let offset): self.receivedAge(answer, lane, of: offset)
        case .dedupe(let wall): self.recoverIDs(answer, wall: wall)
        case .seek, .dedupeStart: preconditionFailure("records came where an offset was asked for")
        }
    }

    /// A log's answer to ``QueueRead`` that asked where a time begins.
    package func found(_ ticket: UInt32, _ answer: Result<UInt64, StorageFailure>) {
        guard let place = self.reads.firstIndex(where: { $0.ticket == ticket }) else { return }
        switch self.reads.remove(at: place).purpose {
        case .seek(let group, let lane): self.sought(group, lane: lane, answer)
        case .dedupeStart(let wall): self.recoverIDs(from: answer, wall: wall)
        case .records, .peek, .age, .dedupe: preconditionFailure("an offset came where records were asked for")
        }
    }

    private func received(_ answer: Result<LogRead, StorageFailure>, _ lane: Lane, from: UInt64, now: UInt64) {
        lane.endRead(from)
        switch answer {
        case .success(let read):
            if read.entries.isEmpty, read.next <= from {
                let found = "record \(from) of log \(self.log(lane.part).bits) was stored, and a read finds none there"
                self.quarantined(lane.part, StorageFailure(.damaged, found))
                return
            }
            lane.keepWindow(RecordRun(read, from: from))
        case .failure(let failure):
            switch failure.kind {
            case .gone: lane.keepWindow(RecordRun(gone: from..<(from + 1)))
            case .damaged: self.quarantined(lane.part, failure)
            // The volume says more about it elsewhere, once: nobody is told here.
            case .full, .failed: self.retryReadsAt = now + Queue.retryInterval
            }
        }
        for group in self.groups where group.waitsForRead { group.needsDispatch = true }
    }

    private func receivedAge(_ answer: Result<LogRead, StorageFailure>, _ lane: Lane, of offset: UInt64) {
        switch answer {
        case .success(let read): if let entry = read.entries.first { lane.learn(offset, entry.time) }
        case .failure(let failure): if failure.kind == .damaged { self.quarantined(lane.part, failure) }
        }
    }

    /// Retention or a trim took records before `head`.
    package func trimmed(_ part: LogPart, head: UInt64, bytes: UInt64) {
        if part == .groups { return }
        if part == .delayed {
            self.delayed?.lane.setHead(head, bytes: bytes)
            return
        }
        guard Int(part.rawValue) < self.lanes.count else { return }
        let index = Int(part.rawValue)
        self.lanes[index].setHead(head, bytes: bytes)
        for group in self.groups where group.places[index].cursor < head || group.pending.count > 0 {
            self.overtakePending(of: group, lane: index, head: head)
        }
    }

    /// Hard limits win over a group that lags: what it had in hand is lost to it too.
    private func overtakePending(of group: Group, lane: Int, head: UInt64) {
        let lost = group.places[lane].cursor < head ? head - group.places[lane].cursor : 0
        if lost > 0 {
            if group.keepsMessages {
                group.counters.droppedRetention += lost
                self.counters.droppedRetention += lost
            }
            self.pass(group, lane: lane, to: head, bytes: 0)
            group.places[lane].passedBytes = self.passedBytes(lane: lane, at: head)
            group.needsDispatch = true
        }
        if group.mode == .stream, group.places[lane].committed < head {
            group.places[lane].committed = head
            self.journal.append(.committed(group.number, lane: UInt8(lane), offset: head))
        }
        // Who was given it has its copy, and may still say that it is done. A dead letter that is under way has one, too.
        var next = group.pending.lowest(priority: lane)
        while let slot = next, group.pending[slot].messageID.offset < head {
            next = group.pending.after(slot)
            let state = group.pending[slot].state
            if state == .delivered || state == .moving { continue }
            group.counters.droppedRetention += 1
            self.counters.droppedRetention += 1
            self.finish(slot, of: group, now: self.usedAt)
            if group.isRetired, group.pending.isEmpty { return }
        }
    }

    /// A log is damaged: nothing is delivered from it, and publishes are refused.
    package func quarantined(_ part: LogPart, _ failure: StorageFailure) {
        if part == .groups {
            self.journalLog.isQuarantined = true
        } else if part == .delayed {
            self.delayed?.lane.isQuarantined = true
        } else if Int(part.rawValue) < self.lanes.count {
            self.lanes[Int(part.rawValue)].isQuarantined = true
        }
        if self.damages[part] == nil { self.damages[part] = failure.description }
        self.tell(.quarantined(self.log(part), failure))
    }

    // MARK: Appends

    /// Ends the burst's batches: messages, delayed messages, then what the groups did.
    func takeAppends(now: UInt64, wall: UInt64) {
        let keeps = self.consumers > 0
        for lane in self.lanes where lane.hasWritten {
            if let append = lane.takeAppend(
                self.log(lane.part),
                compresses: self.definition.compresses,
                keeps: keeps
            ) {
                self.output.appends.append(
                    QueueAppend(queue: self.number, durability: self.durability, append: append)
                )
            }
        }
        if let delayed = self.delayed, delayed.lane.hasWritten,
            let append = delayed.lane.takeAppend(
                self.log(.delayed),
                compresses: self.definition.compresses,
                keeps: false
            )
        {
            self.output.appends.append(QueueAppend(queue: self.number, durability: self.durability, append: append))
        }
        for group in self.groups { self.writeCursors(of: group) }
        self.dropReadTails()
        guard !self.journal.isEmpty || self.journalLog.needsSnapshot, !self.journalLog.isQuarantined else { return }
        var body = self.journal.take()
        if self.journalLog.wantsSnapshot(after: body.count) {
            body = self.snapshot(now: now, wall: wall)
            self.journalLog.beginSnapshot(bytes: body.count)
        }
        let append = self.journalLog.append(body, to: self.log(.groups), wall: wall)
        self.output.appends.append(QueueAppend(queue: self.number, durability: .buffered, append: append))
    }

    /// Batches at the tail are kept for groups with consumers until these have read them, and settled them too, since what is
    /// returned is wanted again soon.
    private func dropReadTails() {
        for index in self.lanes.indices where !self.lanes[index].tail.isEmpty {
            var lowest = self.lanes[index].next
            var isRead = false
            for group in self.groups where !group.consumers.isEmpty {
                lowest = min(lowest, group.mode == .queue ? group.committed(lane: index) : group.places[index].cursor)
                isRead = true
            }
            if isRead { self.lanes[index].dropTail(before: lowest) } else { self.lanes[index].dropTail() }
        }
    }
}
