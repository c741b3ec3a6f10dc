import QueueEngine

/// The series of queues and groups at one scrape: those that stand for themselves, and the rest of each kind.
package struct QueueFigures: Sendable {
    package struct Queue: Sendable {
        package var name: String
        package var sum: QueueSum
    }
    package struct Group: Sendable {
        package var queue: String
        package var name: String
        package var sum: GroupSum
    }

    /// Of queues and groups without a series of their own. No queue can be called so.
    package static let restName = "$rest"

    package var queues: [Queue] = []
    package var groups: [Group] = []
    package var count = QueueCount()
    package var groupCount = 0
    package var deadLetters: UInt64 = 0

    package init() {}
}

/// Makes figures of censuses. What it remembers of the last one keeps the rest's counters from going back.
package struct QueueSeries: Sendable {
    private var queues = CounterRest<UInt64>()
    private var groups = CounterRest<QueueCensus.GroupKey>()

    package init() {}

    /// - Parameter census: Finished.
    package mutating func figures(of census: QueueCensus) -> QueueFigures {
        var figures = QueueFigures()
        figures.count = census.queueCount
        figures.groupCount = census.groupCount
        figures.deadLetters = census.deadLetters
        figures.queues = census.queues.map { QueueFigures.Queue(name: $0.name, sum: $0.sum) }
        figures.groups = census.groups.map { QueueFigures.Group(queue: $0.queue, name: $0.name, sum: $0.sum) }
        var rest = census.otherQueues
        rest.counters = self.queues.look(
            total: census.counters,
            shown: census.queues.map { ($0.number, $0.sum.counters) },
            hasOthers: rest.count > 0
        )
        if rest != QueueSum() {
            figures.queues.append(QueueFigures.Queue(name: QueueFigures.restName, sum: rest))
        }
        var groups = census.otherGroups
        // What is delivered is delivered to a group: the queues' counters are those of all groups, also of ended ones.
        groups.counters = self.groups.look(
            total: census.counters,
            shown: census.groups.map { ($0.key, $0.sum.counters) },
            hasOthers: groups.count > 0
        )
        if groups.count > 0 || groups.counters.delivered + groups.counters.acknowledged > 0 {
            let name = QueueFigures.restName
            figures.groups.append(QueueFigures.Group(queue: name, name: name, sum: groups))
        }
        return figures
    }
}
