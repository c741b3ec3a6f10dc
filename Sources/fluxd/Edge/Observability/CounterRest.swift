import QueueEngine

/// The counters of all that have no series of their own, as one series that never goes back.
///
/// Who has a series of its own changes from scrape to scrape. If the rest were the sum of those that have none, it would fall when
/// a busy one got its own, and rise by its whole life when it lost it: both look like traffic. So each message is counted in the
/// rest, or for the one whose series it came in, by who had one when it was looked at; and stays there.
struct CounterRest<Key: Hashable & Sendable>: Sendable {
    private struct Member {
        /// What it had counted when it got its series: that is in the rest.
        var base: QueueCounters
        var last: QueueCounters
    }
    private var members: [Key: Member] = [:]
    /// What those counted, while they had a series, that have none any more.
    private var given = QueueCounters()
    private var total = QueueCounters()
    private var rest = QueueCounters()
    /// Somebody was without a series: who is new may be one of them.
    private var hadOthers = false
    private var isFirst = true

    /// - Parameters:
    ///   - total: Of all, those that have ended too.
    ///   - shown: Who has a series now, and what it has counted.
    ///   - hasOthers: Whether somebody has none.
    /// - Returns: What the rest's series says now.
    mutating func look(
        total: QueueCounters,
        shown: [(key: Key, counters: QueueCounters)],
        hasOthers: Bool
    ) -> QueueCounters {
        self.total = self.total.raised(to: total)
        var members: [Key: Member] = [:]
        members.reserveCapacity(shown.count)
        var theirs = QueueCounters()
        for (key, counters) in shown {
            var member = self.members.removeValue(forKey: key) ?? self.newcomer(counters)
            if member.last - counters != QueueCounters() {
                // It began anew.
                self.given += member.last - member.base
                member.base = QueueCounters()
            }
            member.last = counters
            theirs += member.last - member.base
            members[key] = member
        }
        for member in self.members.values { self.given += member.last - member.base }
        self.members = members
        self.hadOthers = self.hadOthers || hasOthers
        self.isFirst = false
        self.rest = self.rest.raised(to: self.total - self.given - theirs)
        return self.rest
    }

    private func newcomer(_ counters: QueueCounters) -> Member {
        let base = self.isFirst || !self.hadOthers ? QueueCounters() : counters
        return Member(base: base, last: counters)
    }
}
