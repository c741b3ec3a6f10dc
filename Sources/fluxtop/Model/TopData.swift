package import AdminAPI

/// Everything that came from the server. Pausing keeps a copy of it in view.
package struct TopData: Equatable, Sendable {
    package var hello: AdminV1.HelloResponse?
    /// When `hello` came. Unit: monotonic milliseconds.
    package var helloAt: UInt64 = 0
    package var brokers = RowStore()
    package var connections = RowStore()
    package var sessions = RowStore()
    package var topics = RowStore()
    /// The overview's: clients whose output waits, and topics with most messages.
    package var slow = RowStore()
    package var busy = RowStore()
    package var series = SeriesStore()
    package var headlines = LineLog()
    package var events = LineLog()
    package var log = LineLog()
    package var subject: Subject?
    package var subscriptions = RowStore()
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
            default: break
            }
        }
    }

    package subscript(kind: TableKind) -> RowStore {
        get {
            switch kind {
            case .connections: self.connections
            case .sessions: self.sessions
            case .topics: self.topics
            }
        }
        set {
            switch kind {
            case .connections: self.connections = newValue
            case .sessions: self.sessions = newValue
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
