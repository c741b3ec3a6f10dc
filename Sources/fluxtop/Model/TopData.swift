package import AdminAPI

/// Everything that came from the server. Pausing keeps a copy of it in view.
package struct TopData: Equatable, Sendable {
    package var hello: AdminV1.HelloResponse?
    /// When `hello` came. Unit: monotonic milliseconds.
    package var helloAt: UInt64 = 0
    package var brokers = RowStore()
    package var connections = RowStore()
    package var sessions = RowStore()
    package var queues = RowStore()
    package var groups = RowStore()
    package var topics = RowStore()
    /// The overview's: clients whose output waits, and topics with most messages.
    package var slow = RowStore()
    package var busy = RowStore()
    /// The overview's queues, the deepest first, with the sums over all.
    package var deepest = RowStore()
    /// Dead-letter queues: of interest are the sums.
    package var deadLetters = RowStore()
    package var series = SeriesStore()
    package var headlines = LineLog()
    package var events = LineLog()
    package var log = LineLog()
    package var subject: Subject?
    package var subscriptions = RowStore()
    /// What belongs to the queue or group whose details are in view: a queue's groups, a group's consumers.
    package var queueGroups = RowStore()
    package var consumers = RowStore()
    /// What the group has in hand, the longest first.
    package var pending = RowStore()
    package var retained: AdminV1.Retained?
    /// When the last answer came. Unit: monotonic milliseconds.
    package var lastAnswerAt: UInt64 = 0

    package init() {}

    /// The object whose details are in view.
    package struct Subject: Equatable, Sendable {
        package var kind: TableKind
        package var id: String
        /// Nil before the first answer.
        package var row: AdminV1.Row?
        package var isGone = false
        package var failure: TopFailure?
        package var messagesIn = RateHistory()
        package var messagesOut = RateHistory()
        /// A queue's depth, a group's lag.
        package var backlog = RateHistory()
        /// Messages that it had lost when the page was opened.
        var droppedAtFirst: UInt64?
        package var newlyDropped: UInt64?

        init(kind: TableKind, id: String) {
            self.kind = kind
            self.id = id
        }

        mutating func apply(_ row: AdminV1.Row) {
            self.row = row
            self.isGone = false
            self.failure = nil
            switch row.row {
            case .connection(let connection):
                self.messagesIn.add(connection.messagesInPerS)
                self.messagesOut.add(connection.messagesOutPerS)
                if let first = self.droppedAtFirst {
                    self.newlyDropped = connection.dropped >= first ? connection.dropped - first : 0
                } else {
                    self.droppedAtFirst = connection.dropped
                }
            case .topic(let topic): self.messagesIn.add(topic.messagesPerS)
            case .queue(let queue):
                self.messagesIn.add(queue.messagesInPerS)
                self.messagesOut.add(queue.messagesOutPerS)
                self.backlog.add(Double(queue.depth))
            case .group(let group):
                self.messagesIn.add(group.messagesInPerS)
                self.messagesOut.add(group.messagesOutPerS)
                self.backlog.add(Double(group.lag))
            default: break
            }
        }
    }

    package subscript(kind: TableKind) -> RowStore {
        get {
            switch kind {
            case .connections: self.connections
            case .sessions: self.sessions
            case .queues: self.queues
            case .groups: self.groups
            case .topics: self.topics
            }
        }
        set {
            switch kind {
            case .connections: self.connections = newValue
            case .sessions: self.sessions = newValue
            case .queues: self.queues = newValue
            case .groups: self.groups = newValue
            case .topics: self.topics = newValue
            }
        }
    }

    /// The node that answers; nil before it has.
    package var broker: AdminV1.Broker? {
        guard let id = self.brokers.order.first, case .broker(let broker) = self.brokers[id]?.row else { return nil }
        return broker
    }

    /// The server's clock. Unit: milliseconds since 1970-01-01.
    package func serverTime(now: UInt64) -> Int64? {
        guard let at = self.hello?.now?.unixMs else { return nil }
        return at &+ Int64(clamping: now) &- Int64(clamping: self.helloAt)
    }
}
