import QueueEngine

/// The broker is compared with the model: when the world has come to rest, and after every start.
extension QueueModel {
    /// - Parameters:
    ///   - sight: What there is under the queue's name; nil for no queue, or another one.
    ///   - isFirst: The first look of a life: nothing was done yet in it.
    mutating func look(at queue: ModelQueue, _ sight: QueueSight?, isFirst: Bool, now: UInt64) {
        guard let sight else {
            if queue.exists.promise > .open, !queue.isDeleted { self.fail(.lost, "queue \(queue.name) is gone") }
            return self.queues.removeAll { $0 === queue }
        }
        if queue.isDeleted {
            // The crash came before its end: what it still has is anybody's guess.
            queue.isDeleted = false
            for group in queue.groups {
                self.moves(group, of: queue, at: now)
                group.exists = Promised()
            }
            for message in queue.messages { message.kept = Promised() }
        }
        if isFirst { queue.isPaused = (sight.isPaused, now) }
        queue.exists.become(queue.shape.kind == .ephemeral ? .written : .synced, at: now)
        if !queue.isStream { self.meetGroups(of: queue, sight) }
        self.lookAtRecords(of: queue, sight, now)
        if queue.isStream {
            self.lookAtCommits(of: queue, sight)
        } else {
            self.lookAtGroups(of: queue, sight, now)
            self.lookAtLetters(of: queue, sight, now)
            self.lookAtCounters(of: queue, sight)
        }
        self.checkPublishersOrder(in: queue)
        self.age(queue, now)
    }

    // MARK: Records

    private mutating func lookAtRecords(of queue: ModelQueue, _ sight: QueueSight, _ now: UInt64) {
        var numbers: [String: UInt64] = [:]
        for (number, record) in sight.records.sorted(by: { $0.key < $1.key }) {
            if let other = numbers.updateValue(number, forKey: record.name) {
                self.fail(.twice, "\(record.name) is number \(other) and number \(number) of \(queue.name)")
            }
            guard let message = queue.message(record.name) else {
                if !queue.hasNamesake { self.fail(.astray, "\(record.name) is in \(queue.name), and was refused") }
                continue
            }
            self.note(number, of: message, in: queue)
            message.kept.become(.written, at: now)
            message.isGone = false
        }
        let unsettled = queue.messages.filter { message in
            numbers[message.name] == nil && message.kept.promise > .open && !message.mayGo && !message.isGone
                && (queue.isStream || queue.groups.contains { !self.mayBeGone(message, from: $0, of: queue, now) })
        }
        for message in unsettled {
            self.fail(.lost, "\(message.name) is not in \(queue.name) any more (\(message.kept.promise))")
        }
        queue.remove { numbers[$0.name] == nil && $0.hasAnswer && $0.kept.promise == .open }
        for message in queue.messages where numbers[message.name] == nil && message.kept.promise > .open {
            message.isGone = true
        }
    }

    private func mayBeGone(_ message: Posted, from group: ModelGroup, of queue: ModelQueue, _ now: UInt64) -> Bool {
        let entry = group[message.name]
        return entry.standing == .done || entry.hasAck || entry.hasReject || entry.isExcused
            || !self.reasons(message, entry, group, of: queue, now).isEmpty
    }

    // MARK: Groups

    /// Those that are there, and those that are not.
    private mutating func meetGroups(of queue: ModelQueue, _ sight: QueueSight) {
        for group in queue.groups where sight.groups[group.id] == nil {
            if group.exists.promise > .open, !group.isRemoved { self.fail(.lost, "group \(group.id) of \(queue.name)") }
        }
        let gone = queue.groups.filter { sight.groups[$0.id] == nil }
        queue.groups.removeAll { sight.groups[$0.id] == nil }
        for id in sight.groups.keys.sorted() where queue.group(id) == nil {
            if !id.isEmpty, !queue.hasNamesake { self.fail(.astray, "group \(id) of \(queue.name), which nobody made") }
            // What the last group had is the queue's again; what it had settled out of order may come to the next one.
            let keeper = ModelGroup(id)
            for message in queue.messages where gone.allSatisfy({ $0[message.name].standing != .owed }) {
                (keeper[message.name].standing, keeper[message.name].isExcused) = (.open, true)
            }
            queue.groups.append(keeper)
        }
    }

    private mutating func lookAtCommits(of queue: ModelQueue, _ sight: QueueSight) {
        for group in queue.groups {
            guard let seen = sight.groups[group.id], seen.committed < group.committed else { continue }
            self.fail(
                .lost,
                "group \(group.id) of \(queue.name): \(group.committed) was committed, \(seen.committed) is"
            )
        }
    }

    private mutating func lookAtGroups(of queue: ModelQueue, _ sight: QueueSight, _ now: UInt64) {
        for group in queue.groups {
            guard let seen = sight.groups[group.id] else { continue }
            if !group.id.isEmpty { group.exists.become(.written, at: now) }
            group.isIn = true
            group.isRemoved = false
            for number in seen.owed.union(seen.leaving).sorted() where sight.records[number] == nil {
                self.fail(.astray, "group \(group.id) of \(queue.name) owes \(number), which its log does not have")
            }
            // Not done yet at the last look: so many there may have been at once.
            let candidates = queue.messages.count {
                group[$0.name].standing != .done || group[$0.name].settled.since >= queue.lookedAt
            }
            var vanished = 0
            for message in queue.messages {
                guard let number = message.number else { continue }
                let isOwed = seen.owed.contains(number)
                group[message.name].attempts = seen.attempts[number] ?? group[message.name].attempts
                vanished += self.look(
                    at: message,
                    in: group,
                    of: queue,
                    isOwed,
                    seen.leaving.contains(number),
                    sight,
                    now
                )
            }
            group.hasUnseen = false
            // After a crash, what they gave way to may be lost.
            if queue.groups.count == 1, queue.mayHold != .max, vanished > max(0, candidates - Int(queue.shape.limit)) {
                self.fail(.limit, "\(vanished) of \(candidates) messages gave way in \(queue.name)")
            }
        }
        queue.lookedAt = now
    }

    /// - Returns: 1 for a message that gave way to others.
    private mutating func look(
        at message: Posted,
        in group: ModelGroup,
        of queue: ModelQueue,
        _ isOwed: Bool,
        _ isLeaving: Bool,
        _ sight: QueueSight,
        _ now: UInt64
    ) -> Int {
        let entry = group[message.name]
        let what = "\(message.name), number \(message.number ?? 0) of \(queue.name), in group \(group.id)"
        if isOwed {
            if entry.standing == .done { self.fail(.returned, "\(what) is owed again") }
            group[message.name].standing = .owed
            (group[message.name].hasAck, group[message.name].isExcused) = (false, false)
            return 0
        }
        if isLeaving {
            group[message.name].reasons += self.reasons(message, entry, group, of: queue, now)
            return 0
        }
        if entry.standing == .done { return 0 }
        let reasons = entry.reasons + self.reasons(message, entry, group, of: queue, now)
        let letter = [group.id, group.heirOf].lazy.compactMap { $0 }.map {
            LetterKey(transfer: "\(queue.name):\(message.number ?? 0):\($0)", name: message.name)
        }.first { sight.letters[$0] != nil }
        group[message.name].standing = .done
        group[message.name].settled.become(.written, at: now)
        if let letter { queue.letters[letter, default: Promised()].become(queue.promise, at: now) }
        if letter != nil, reasons.contains(where: { queue.moves($0) }) || group.moves > 0 { return 0 }
        if entry.hasAck || entry.isExcused { return 0 }
        if letter != nil {
            self.fail(.deadLetter, "\(what) is a dead letter for no reason")
            return 0
        }
        if reasons.contains(where: { !queue.moves($0) }) { return reasons == [.overflow] ? 1 : 0 }
        let why = reasons.isEmpty ? "and nobody settled it" : "and is no dead letter (\(reasons))"
        self.fail(.lost, "\(what), is not owed any more, \(why)")
        return 0
    }

    /// Why a group may have given a message up by itself.
    private func reasons(
        _ message: Posted,
        _ entry: ModelGroup.Entry,
        _ group: ModelGroup,
        of queue: ModelQueue,
        _ now: UInt64
    ) -> [DeadLetterReason] {
        var reasons: [DeadLetterReason] = []
        if entry.hasReject { reasons.append(.rejected) }
        if let expiry = message.expiry, now >= expiry.lowerBound { reasons.append(.expired) }
        let limit = Int(queue.shape.maximumDeliveries)
        if limit > 0, entry.attempts >= limit || entry.counts.contains(limit) || group.hasUnseen {
            reasons.append(.maximumDeliveries)
        }
        if queue.shape.limit > 0, queue.shape.overflow != .reject { reasons.append(.overflow) }
        return reasons
    }

    // MARK: Dead letters

    private mutating func lookAtLetters(of queue: ModelQueue, _ sight: QueueSight, _ now: UInt64) {
        for key in queue.letters.keys.sorted() where sight.letters[key] == nil {
            self.fail(.lost, "dead letter \(key.transfer) (\(key.name)) was there, and is gone")
        }
        for (key, copies) in sight.letters.sorted(by: { $0.key < $1.key }) {
            guard let message = queue.message(key.name) else { continue }
            // Each crash may repeat a move, and each time that a group is moved it may come to that again.
            if copies > 1 + self.ends - message.ends + queue.groups.reduce(0, { $0 + $1.moves }) {
                self.fail(.deadLetter, "dead letter \(key.transfer) (\(key.name)) is there \(copies) times")
            }
        }
    }

    // MARK: Counters and limits

    private mutating func lookAtCounters(of queue: ModelQueue, _ sight: QueueSight) {
        for (id, seen) in sight.groups.sorted(by: { $0.key < $1.key }) {
            let told = seen.waiting + seen.pending
            let there = UInt64(seen.owed.count + seen.leaving.count)
            if told != there {
                self.fail(.counters, "group \(id) of \(queue.name) tells of \(told) messages, and owes \(there)")
            }
            if seen.owed.isEmpty, seen.leaving.isEmpty, seen.bytes > 0 {
                self.fail(.counters, "group \(id) of \(queue.name) tells of \(seen.bytes) bytes of nothing")
            }
            // Of what an earlier life left, of what gives way, and where a group was moved, it has an estimate.
            let bytes = seen.owed.union(seen.leaving).reduce(0) { $0 + (sight.records[$1]?.bytes ?? 0) }
            if queue.life == self.ends, queue.shape.limit == 0, !queue.isEstimated, seen.bytes != bytes {
                self.fail(.counters, "group \(id) of \(queue.name) tells of \(seen.bytes) bytes, and owes \(bytes)")
            }
        }
        let most = sight.groups.values.map { UInt64($0.owed.count) }.max() ?? 0
        if sight.depth != most {
            self.fail(.counters, "\(queue.name) tells of \(sight.depth) messages, and its groups owe \(most)")
        }
        if queue.shape.limit > 0, most > max(queue.shape.limit, queue.mayHold) {
            self.fail(.limit, "\(queue.name) has \(most) messages, and its limit is \(queue.shape.limit)")
        }
        queue.mayHold = most
    }

    /// One connection's messages stand in the order in which it published them, by priority.
    private mutating func checkPublishersOrder(in queue: ModelQueue) {
        struct Lane: Hashable {
            var link: Int
            var priority: UInt64
        }
        var last: [Lane: Posted] = [:]
        for message in queue.messages {
            guard let number = message.number else { continue }
            let lane = Lane(link: message.link, priority: number >> 56)
            if let before = last[lane], let reached = before.number, reached > number {
                self.fail(.order, "\(message.name) of \(queue.name) stands before \(before.name), published earlier")
            }
            last[lane] = message
        }
    }

    /// The disk is well, and has had time.
    private func age(_ queue: ModelQueue, _ now: UInt64) {
        for message in queue.messages { message.kept.age(now) }
        for group in queue.groups {
            group.exists.age(now)
            group.committing.age(now)
            for name in group.entries.keys { group[name].settled.age(now) }
        }
        for key in queue.letters.keys { queue.letters[key]?.age(now) }
    }
}

extension ModelQueue {
    fileprivate func moves(_ reason: DeadLetterReason) -> Bool {
        if reason == .overflow, self.shape.overflow != .deadLetter { return false }
        return self.shape.definition(self.name).moves(reason)
    }
}
