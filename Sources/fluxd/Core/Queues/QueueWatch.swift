package import QueueEngine

/// What happens a second, between two looks.
package struct QueueRates: Equatable, Sendable {
    package var published = 0.0
    package var delivered = 0.0
    package var acknowledged = 0.0
    package var deadLettered = 0.0
    /// Change of a queue's depth, or of a group's lag.
    package var growth = 0.0
}

/// Rates of a queue and its groups, from what the last look saw.
package struct QueueWatch {
    private struct Look {
        var counters: QueueCounters
        var depth: UInt64

        func rates(since before: Look, seconds: Double) -> QueueRates {
            func rate(_ counter: (QueueCounters) -> UInt64) -> Double {
                Double(counter(self.counters) &- counter(before.counters)) / seconds
            }
            return QueueRates(
                published: rate(\.published),
                delivered: rate(\.delivered),
                acknowledged: rate(\.acknowledged),
                deadLettered: rate(\.deadLettered),
                growth: (Double(self.depth) - Double(before.depth)) / seconds
            )
        }
    }

    private var lookedAt: UInt64?
    private var queue: Look?
    private var groups: [GroupNumber: Look] = [:]
    /// nil before there were two looks.
    package private(set) var rates: QueueRates?
    private var groupRates: [GroupNumber: QueueRates] = [:]

    init() {}

    package func rates(of group: GroupNumber) -> QueueRates? { self.groupRates[group] }

    /// - Parameter age: Nothing is done when the last look was less than so many milliseconds ago.
    package mutating func look(at queue: Queue, now: UInt64, wall: UInt64, unlessYoungerThan age: UInt64) {
        if let lookedAt, now < lookedAt + max(age, 1) { return }
        let status = queue.status(now: now, wall: wall)
        let look = Look(counters: status.counters, depth: status.depth)
        let seconds = self.lookedAt.map { Double(now - $0) / 1_000 }
        var (groups, groupRates) = ([GroupNumber: Look](), [GroupNumber: QueueRates]())
        for number in queue.groupNumbers {
            guard let group = queue.status(of: number) else { continue }
            let look = Look(counters: group.counters, depth: group.lag)
            groups[number] = look
            if let before = self.groups[number], let seconds {
                groupRates[number] = look.rates(since: before, seconds: seconds)
            }
        }
        if let before = self.queue, let seconds { self.rates = look.rates(since: before, seconds: seconds) }
        (self.lookedAt, self.queue, self.groups, self.groupRates) = (now, look, groups, groupRates)
    }
}
