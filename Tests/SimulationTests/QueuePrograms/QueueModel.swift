import QueueEngine

/// What the broker has promised about its queues, told as simply as possible; it hears all that clients hear.
///
/// Times are milliseconds since 1970, which go on over all lives.
struct QueueModel {
    /// What is buffered is on the device after this long, while the disk is well.
    static let background: UInt64 = 2_000
    /// What was on its way when something changed has arrived after this long.
    static let transit: UInt64 = 1_000

    var queues: [ModelQueue] = []
    private(set) var faults: [QueueFault] = []
    /// Lives that have ended.
    private(set) var ends = 0
    /// Since when the volume has failed, in this life.
    var failedSince: UInt64?

    mutating func fail(_ kind: QueueFault.Kind, _ text: String) {
        self.faults.append(QueueFault(kind: kind, text: text))
    }

    /// The queue that answers to a name now.
    func queue(_ name: String) -> ModelQueue? { self.queues.last { $0.name == name && !$0.isDeleted } }

    // MARK: What is asked for

    mutating func declares(_ name: String, _ shape: QueueShape, number: UInt64) {
        let queue = ModelQueue(name, shape, number: number, life: self.ends)
        queue.hasNamesake = self.queues.contains { $0.name == name }
        self.queues.append(queue)
    }

    mutating func posts(_ message: Posted, to queue: ModelQueue) {
        queue.add(message)
        // A group whose consumer was not let in yet may begin behind it.
        for group in queue.groups where !group.isIn && !group.id.isEmpty {
            self.excuse(message, in: group)
        }
    }

    private func excuse(_ message: Posted, in group: ModelGroup) {
        if group[message.name].standing == .owed { group[message.name].standing = .open }
        group[message.name].isExcused = true
    }

    /// A group is moved, emptied or removed: what it owed before that means nothing until the next look.
    func moves(_ group: ModelGroup, of queue: ModelQueue, at now: UInt64) {
        for message in queue.messages {
            group[message.name].standing = .open
            group[message.name].isExcused = true
            group[message.name].settled = Promised()
            group[message.name].isFree = true
            (group[message.name].counts, group[message.name].highest) = ([], 0)
        }
        group.reached = [:]
        group.moves += 1
        group.movedAt = now
        queue.isEstimated = true
        (group.committed, group.committing) = (0, Promised())
        queue.mayHold = .max
    }

    /// A consumer wants to join: the first group takes over what the queue kept; another one begins with what some group still owes.
    func joins(_ id: String, of queue: ModelQueue) {
        if let group = queue.group(id), !group.isRemoved { return }
        let group = ModelGroup(id)
        // Of several that come at once, any may be the first.
        let others = queue.groups.filter { !$0.id.isEmpty && !$0.isIn }
        if let keeper = queue.group("") {
            group.entries = keeper.entries
            group.heirOf = keeper.id
            queue.groups = []
        } else {
            for other in others + [group] {
                for message in queue.messages { self.excuse(message, in: other) }
            }
            queue.mayHold = .max
        }
        queue.groups.removeAll { $0.id == id }
        queue.groups.append(group)
    }

    func removes(_ group: ModelGroup, of queue: ModelQueue, at now: UInt64) {
        group.isRemoved = true
        self.moves(group, of: queue, at: now)
    }

    /// A client says that a delivery is done, or never will be.
    func settles(_ name: String, of group: ModelGroup, _ verdict: Verdict, at now: UInt64) {
        switch verdict {
        case .acknowledge: group[name].hasAck = true
        case .reject: group[name].hasReject = true
        case .fail: break
        }
        group[name].isFree = true
        group[name].settledAt = now
        if group[name].standing == .owed, verdict == .acknowledge { group[name].standing = .open }
    }

    // MARK: What is answered

    mutating func answered(_ message: Posted, of queue: ModelQueue, isTaken: Bool, at now: UInt64) {
        message.hasAnswer = true
        guard isTaken else { return queue.remove { $0 === message } }
        self.checkHealth("message \(message.name) is acknowledged", now)
        message.kept.become(queue.promise, at: now)
        if queue.shape.kind != .ephemeral { queue.exists.become(.synced, at: now) }
    }

    /// - Parameter moves: What ``ModelGroup/moves`` was when the verdict was given: a group that was moved since may bring it again.
    mutating func settled(
        _ delivery: Handed,
        of group: ModelGroup,
        in queue: ModelQueue,
        _ verdict: Verdict,
        moves: Int,
        at now: UInt64
    ) {
        self.checkHealth("a settlement of \(delivery.name) is acknowledged", now)
        if group.moves != moves { return }
        switch verdict {
        case .fail: return
        case .acknowledge where queue.isStream:
            group.committed = max(group.committed, delivery.number + 1)
            group.committing = Promised()
            group.committing.become(.written, at: now)
        case .acknowledge:
            group[delivery.name].standing = .done
            group[delivery.name].settled.become(.written, at: now)
        case .reject: if !queue.isStream { group[delivery.name].settled.become(.written, at: now) }
        }
    }

    private mutating func checkHealth(_ what: String, _ now: UInt64) {
        guard let since = self.failedSince, now > since + QueueModel.transit else { return }
        self.fail(.forbidden, "\(what) \(now - since) ms after the disk failed")
    }

    // MARK: Ends

    /// A life of the broker ends: what is beyond doubt stays so.
    ///
    /// - Parameter isClean: All that waited was written.
    mutating func ended(by cause: End.Cause, isClean: Bool) {
        self.ends += 1
        self.failedSince = nil
        self.queues.removeAll { $0.shape.kind == .ephemeral }
        for queue in self.queues {
            // What gave way may be back: it was written that it had, not synced.
            queue.isPaused = (false, 0)
            if !isClean { queue.mayHold = .max }
            _ = queue.exists.lost(by: cause)
            for message in queue.messages {
                message.hasAnswer = true
                if message.kept.lost(by: cause) { message.number = nil }
            }
            for group in queue.groups {
                _ = group.exists.lost(by: cause)
                group.reached = [:]
                group.hasUnseen = true
                if group.committing.lost(by: cause) { group.committed = 0 }
                for message in queue.messages {
                    if !isClean { group[message.name].highest = 0 }
                    self.ended(&group[message.name], of: queue, by: cause)
                }
            }
            for key in queue.letters.keys.sorted() where queue.letters[key]?.lost(by: cause) == true {
                queue.letters[key] = nil
            }
        }
    }

    private func ended(_ entry: inout ModelGroup.Entry, of queue: ModelQueue, by cause: End.Cause) {
        entry.isFree = true
        entry.counts = []
        if entry.settled.lost(by: cause), entry.standing == .done {
            (entry.standing, entry.isExcused) = (.open, true)
        }
        // Where dead letters are not synced, one may be lost whose message was not.
        if cause == .power, queue.promise == .written, queue.shape.movesDeadLetters, entry.standing != .done {
            (entry.standing, entry.isExcused) = (.open, true)
        }
    }
}
