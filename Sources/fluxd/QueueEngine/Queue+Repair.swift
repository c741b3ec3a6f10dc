package import Machine

/// A repair of a queue's logs: the queue stands still, its logs are repaired, and a new one is made of them as after a restart, which
/// takes over who consumes.
extension Queue {
    /// Before ``stop()``, with an ``endOfBurst(now:wall:)`` in between: what is known of the groups is written down as a whole, so that
    /// damage in the operations before that costs nothing. Of a journal that could not be read to its end not all is known.
    package func prepareRepair() {
        if !self.journalLog.isQuarantined { self.journalLog.needsSnapshot = true }
    }

    /// From now on nothing is taken, given or written: publishes and verdicts are refused as those to a damaged queue are.
    package func stop() { self.isStopped = true }

    /// The repair came to nothing: all goes on, as far as the logs can be trusted.
    package func goOn() {
        self.isStopped = false
        for group in self.groups { group.needsDispatch = true }
    }

    /// What is damaged, part by part: the file, the place in it, what was expected and what was found.
    package var damage: [(part: LogPart, reason: String)] {
        self.quarantinedParts.map { ($0, self.damages[$0] ?? "it cannot be read") }
    }

    /// Takes over from the queue that this one replaces: its counters, and its consumers with their credit. What they have in hand
    /// comes again.
    ///
    /// Who consumes from a group of which the repaired journal knows nothing begins with the oldest message; if another group has
    /// its number by now, the consumer is removed, which ``QueueEvent/consumerRemoved(_:_:_:)`` says.
    package func takeOver(from former: Queue, now: UInt64) {
        self.counters = former.counters
        for old in former.groups where !old.isKeeper {
            let consumers = old.consumers.slots.filter(\.isHere).sorted { $0.rank < $1.rank }
            guard let group = self.counterpart(of: old, now: now) else {
                for consumer in consumers { self.tell(.consumerRemoved(consumer.id, old.number, .groupRemoved)) }
                continue
            }
            group.counters = old.counters
            for consumer in consumers { group.consumers.takeOver(consumer) }
            self.consumersChanged(by: consumers.count, now: now)
            group.needsDispatch = true
        }
    }

    private func counterpart(of old: Group, now: UInt64) -> Group? {
        if let number = self.numbersByID[old.id] { return number == old.number ? self.group(number) : nil }
        // Without consumers it may have been removed behind what could be read.
        if old.consumers.isEmpty || self.group(old.number) != nil { return nil }
        return self.beginGroup(
            old.number,
            id: old.id,
            filter: old.filter,
            mode: old.mode,
            commitsAutomatically: old.commitsAutomatically,
            now: now
        )
    }
}

extension ConsumerLine {
    /// A consumer of the line that this one replaces: with its credit, and nothing in hand.
    fileprivate mutating func takeOver(_ former: Consumer) {
        guard self.join(former.id), let slot = self.slot(of: former.id) else { return }
        self[slot].deliveryCount = former.deliveryCount
        self[slot].delivered = former.delivered
        self.setCredit(slot, former.credit, drains: former.drains)
    }
}
