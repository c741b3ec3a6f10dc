/// What each delivery has to be.
extension QueueModel {
    mutating func delivered(_ handed: Handed, at now: UInt64) {
        guard let queue = self.queue(handed.queue) else { return }  // it is being deleted
        guard let group = queue.group(handed.group) else {
            if queue.hasNamesake { return }
            return self.fail(.astray, "\(handed) comes from a group that nobody made")
        }
        guard let message = queue.message(handed.name) else {
            return queue.hasNamesake ? () : self.fail(.astray, "\(handed): it is not there, or was refused")
        }
        self.note(handed.number, of: message, in: queue)
        // Nobody is given what a crash could still take away.
        message.kept.become(queue.promise, at: now)
        if queue.isPaused.0, now > queue.isPaused.since + QueueModel.transit {
            self.fail(.forbidden, "\(handed) comes although the queue is paused")
        }
        if let expiry = message.expiry, now > expiry.upperBound + QueueModel.transit {
            self.fail(.expired, "\(handed) comes \(now - expiry.upperBound) ms after it has expired")
        }
        // On its way when the group was moved: it is not the group's any more.
        if now <= group.movedAt + QueueModel.transit {
            group.hasUnseen = true
            return
        }
        if queue.isStream { self.checkStream(handed, group) } else { self.check(handed, group, queue, now) }
        self.checkOrder(handed, group, message)
        group[handed.name].membership = handed.membership
        group[handed.name].deliveredAt = now
        // A verdict that is on its way may make it anybody's again.
        let settledAt = group[handed.name].settledAt
        group[handed.name].isFree = settledAt > 0 && now <= settledAt + QueueModel.transit
        group[handed.name].counts.insert(handed.count)
        group[handed.name].highest = max(group[handed.name].highest, handed.count)
    }

    /// A message has one number, and keeps it.
    mutating func note(_ number: UInt64, of message: Posted, in queue: ModelQueue) {
        if message.number == number { return }
        if let known = message.number {
            self.fail(.astray, "\(message.name) of \(queue.name) is number \(known) and number \(number)")
        }
        if let other = queue.messages.first(where: { $0.number == number }) {
            self.fail(.astray, "\(message.name) and \(other.name) of \(queue.name) are both number \(number)")
        }
        message.number = number
    }

    private mutating func check(_ handed: Handed, _ group: ModelGroup, _ queue: ModelQueue, _ now: UInt64) {
        let entry = group[handed.name]
        if entry.settled.promise > .open, now > entry.settled.since + QueueModel.transit {
            self.fail(.returned, "\(handed) comes \(now - entry.settled.since) ms after it was settled")
        }
        let limit = Int(queue.shape.maximumDeliveries)
        if limit > 0, handed.count > limit { self.fail(.count, "\(handed): \(limit) deliveries are the most") }
        if entry.counts.contains(handed.count) { self.fail(.count, "\(handed): it came with that count already") }
        if entry.counts.isEmpty, handed.count <= entry.highest {
            self.fail(.count, "\(handed): before an orderly stop it was \(entry.highest)")
        }
        let visibility = queue.shape.visibility
        let isTimedOut = visibility > 0 && now + QueueModel.transit >= entry.deliveredAt + visibility
        if let holder = entry.membership, !entry.isFree, !isTimedOut {
            self.fail(.twice, "\(handed): consumer \(holder) has it for \(now - entry.deliveredAt) ms")
        }
        // What comes is owed, whatever was asked for.
        group[handed.name].isExcused = false
    }

    private mutating func checkStream(_ handed: Handed, _ group: ModelGroup) {
        if handed.number < group.committed {
            self.fail(.returned, "\(handed) comes although \(group.committed) was committed")
        }
        if !group[handed.name].counts.isEmpty { self.fail(.twice, "\(handed): a stream's group got it already") }
    }

    /// First deliveries to one consumer come in the order of the queue.
    private mutating func checkOrder(_ handed: Handed, _ group: ModelGroup, _ message: Posted) {
        if handed.count > 1 || group[handed.name].mayBeLate { return }
        let priority = Int(handed.number >> 56)
        if let last = group.reached[handed.membership]?[priority], last >= handed.number {
            self.fail(.order, "\(handed) comes for the first time, behind number \(last)")
        }
        group.reached[handed.membership, default: [:]][priority] = handed.number
    }

    /// A consumer leaves, or its connection is gone: others may get what it had.
    func left(_ membership: Int, _ group: ModelGroup, of queue: ModelQueue) {
        group.hasUnseen = true
        // What was on its way to it comes late to another one, and does not count.
        for message in queue.messages { group[message.name].mayBeLate = true }
        group.reached[membership] = nil
        for (name, entry) in group.entries where entry.membership == membership { group[name].isFree = true }
    }
}
