package import Core
package import QueueEngine

/// The queues of a broker, as one walk over its shards finds them: the deepest of them, and the groups that are furthest behind, one
/// by one; all others summed up.
///
/// It is handed from shard to shard. What it holds is bounded by its limits, however many queues there are.
package struct QueueCensus: Sendable {
    package struct QueueEntry: Sendable {
        package var number: UInt64
        package var name: String
        package var sum: QueueSum
    }

    package struct GroupEntry: Sendable {
        package var key: GroupKey
        package var queue: String
        package var name: String
        package var sum: GroupSum
    }

    package struct GroupKey: Hashable, Comparable, Sendable {
        package var queue: UInt64
        package var group: UInt32

        package static func < (one: GroupKey, other: GroupKey) -> Bool {
            one.queue != other.queue ? one.queue < other.queue : one.group < other.group
        }
    }

    package let queueLimit: Int
    package let groupLimit: Int
    package private(set) var queues: [QueueEntry] = []
    package private(set) var groups: [GroupEntry] = []
    /// Those that are not among the entries, and whether there are any.
    package private(set) var otherQueues = QueueSum()
    package private(set) var otherGroups = GroupSum()
    package private(set) var queueCount = QueueCount()
    package private(set) var groupCount = 0
    /// Of all queues, those that have ended too.
    package private(set) var counters = QueueCounters()
    /// Messages in dead-letter queues.
    package private(set) var deadLetters: UInt64 = 0
    /// Of the shard that is walked through.
    private var numbers: [UInt64] = []

    /// - Parameters:
    ///   - queueLimit: Queues that stand for themselves.
    ///   - groupLimit: Groups likewise.
    package init(queueLimit: Int, groupLimit: Int) {
        self.queueLimit = queueLimit
        self.groupLimit = groupLimit
    }

    /// Does one slice of a shard's queues.
    ///
    /// - Parameter start: 0 on each shard, then what the slice before returned.
    /// - Returns: Where to go on; nil at the shard's end.
    package mutating func visit(_ shard: ShardState, from start: Int, limit: Int) -> Int? {
        if start == 0 {
            self.numbers = shard.queues.numbers
            self.counters += shard.queues.endedCounters
        }
        let end = min(self.numbers.count, start + limit)
        for number in self.numbers[start..<end] {
            // One that has ended since is among the ended ones of the next walk.
            if let home = shard.queues.home(number) { self.add(home, on: shard) }
        }
        return end < self.numbers.count ? end : nil
    }

    private mutating func add(_ home: QueueHome, on shard: ShardState) {
        let queue = home.queue
        let status = shard.queues.status(of: home)
        self.counters += status.counters
        self.queueCount.add(home.definition.kind, isQuarantined: !queue.quarantinedParts.isEmpty)
        let name = home.definition.name
        if name.hasPrefix(QueueAddress.deadLetterPrefix)
            || !shard.broker.queues.deadLetterSources(of: name, in: home.namespace).isEmpty
        {
            self.deadLetters += status.depth
        }
        self.add(QueueEntry(number: home.number, name: name, sum: QueueSum(status)))
        for number in queue.groupNumbers {
            guard let status = queue.status(of: number) else { continue }
            let oldest = status.lag > 0 ? queue.oldestAge(of: number, wall: shard.wallNow) : nil
            self.add(
                GroupEntry(
                    key: GroupKey(queue: home.number, group: number.value),
                    queue: name,
                    name: status.id,
                    sum: GroupSum(status, oldestAge: oldest)
                )
            )
        }
    }

    mutating func add(_ entry: QueueEntry) {
        self.queues.append(entry)
        // Rarely, so that a queue costs no more for it than its place in a sort.
        if self.queues.count > self.queueLimit * 2 + 1_024 { self.cutQueues() }
    }

    mutating func add(_ entry: GroupEntry) {
        self.groupCount += 1
        self.groups.append(entry)
        if self.groups.count > self.groupLimit * 2 + 1_024 { self.cutGroups() }
    }

    /// After the last shard: keeps as many as there may be, the deepest first.
    package mutating func finish() {
        self.numbers = []
        self.cutQueues()
        self.cutGroups()
    }

    private mutating func cutQueues() {
        self.queues.sort { ($1.sum.depth, $0.number) < ($0.sum.depth, $1.number) }
        guard self.queues.count > self.queueLimit else { return }
        for entry in self.queues[self.queueLimit...] { self.otherQueues.add(entry.sum) }
        self.queues.removeLast(self.queues.count - self.queueLimit)
    }

    private mutating func cutGroups() {
        self.groups.sort { one, other in
            one.sum.lag != other.sum.lag ? one.sum.lag > other.sum.lag : one.key < other.key
        }
        guard self.groups.count > self.groupLimit else { return }
        for entry in self.groups[self.groupLimit...] { self.otherGroups.add(entry.sum) }
        self.groups.removeLast(self.groups.count - self.groupLimit)
    }
}

/// How many queues there are.
package struct QueueCount: Equatable, Sendable {
    package var ephemeral = 0
    package var classic = 0
    package var stream = 0
    /// Of them, those that have a damaged log.
    package var quarantined = 0

    package var all: Int { self.ephemeral + self.classic + self.stream }

    mutating func add(_ kind: QueueDefinition.Kind, isQuarantined: Bool) {
        switch kind {
        case .ephemeral: self.ephemeral += 1
        case .classic: self.classic += 1
        case .stream: self.stream += 1
        }
        if isQuarantined { self.quarantined += 1 }
    }
}

/// A queue's figures, or those of many together.
package struct QueueSum: Equatable, Sendable {
    package var count = 0
    package var ready: UInt64 = 0
    package var unacked: UInt64 = 0
    package var delayed: UInt64 = 0
    package var bytes: UInt64 = 0
    package var consumers = 0
    /// Of many that of the oldest, in milliseconds; 0 when nothing waits.
    package var oldestAge: UInt64 = 0
    package var counters = QueueCounters()

    package init() {}

    init(_ status: QueueStatus) {
        self.count = 1
        self.ready = status.waiting
        self.unacked = status.pending
        self.delayed = status.delayed
        self.bytes = status.bytes
        self.consumers = status.consumers
        self.oldestAge = status.oldestAge ?? 0
        self.counters = status.counters
    }

    package var depth: UInt64 { self.ready + self.unacked }

    mutating func add(_ other: QueueSum) {
        self.count += other.count
        self.ready += other.ready
        self.unacked += other.unacked
        self.delayed += other.delayed
        self.bytes += other.bytes
        self.consumers += other.consumers
        self.oldestAge = max(self.oldestAge, other.oldestAge)
        self.counters += other.counters
    }
}

/// A group's figures, or those of many together.
package struct GroupSum: Equatable, Sendable {
    package var count = 0
    package var lag: UInt64 = 0
    package var pending: UInt64 = 0
    package var consumers = 0
    package var oldestAge: UInt64 = 0
    package var counters = QueueCounters()

    package init() {}

    init(_ status: GroupStatus, oldestAge: UInt64?) {
        self.count = 1
        self.lag = status.lag
        self.pending = status.pending
        self.consumers = status.consumers
        self.oldestAge = oldestAge ?? 0
        self.counters = status.counters
    }

    mutating func add(_ other: GroupSum) {
        self.count += other.count
        self.lag += other.lag
        self.pending += other.pending
        self.consumers += other.consumers
        self.oldestAge = max(self.oldestAge, other.oldestAge)
        self.counters += other.counters
    }
}
