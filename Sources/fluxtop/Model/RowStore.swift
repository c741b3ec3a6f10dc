package import AdminAPI

/// The rows of one watch as they are on the server: its first answer, with every later one applied.
package struct RowStore: Equatable, Sendable {
    /// The server's own bound for a query; what an answer holds beyond it is not kept.
    static let mostRows = 10_000

    package private(set) var order: [String] = []
    package private(set) var rows: [String: AdminV1.Row] = [:]
    package private(set) var histories: [String: RateHistory] = [:]
    /// Rows of the kind, and those that the filter lets through. Nil before the first answer.
    package private(set) var total: UInt64?
    package private(set) var matched: UInt64 = 0
    /// Sums over the rows that the filter lets through; nil where they were not asked for.
    package private(set) var totals: AdminV1.Row?
    /// What the last answer cost the server. Unit: microseconds of CPU time.
    package private(set) var costUs: UInt64 = 0
    /// When the last answer came. Unit: monotonic milliseconds.
    private var appliedAt: UInt64 = 0

    package init() {}

    package var isEmpty: Bool { self.order.isEmpty }
    package var hasAnswer: Bool { self.total != nil }

    package subscript(id: String) -> AdminV1.Row? { self.rows[id] }

    /// - Parameter intervalMs: Time between two looks of the watch; a silent one is a point in the histories all the same.
    mutating func apply(_ response: AdminV1.WatchResponse, now: UInt64, intervalMs: UInt32) {
        if response.seq <= 1 {
            // The whole result: what is not in it is no longer there. Histories live on, for a list that was only sorted anew.
            self.rows.removeAll(keepingCapacity: true)
            self.order = []
        }
        for row in response.changed where self.rows.count < Self.mostRows || self.rows[row.id] != nil {
            self.rows[row.id] = row
        }
        for id in response.removed { self.rows[id] = nil }
        if !response.order.isEmpty {
            self.order = response.order.filter { self.rows[$0] != nil }
        } else if response.seq <= 1 {
            self.order = response.changed.map(\.id).filter { self.rows[$0] != nil }
        } else if !response.removed.isEmpty {
            self.order.removeAll { self.rows[$0] == nil }
        }
        self.total = response.total
        self.matched = response.totalMatched
        self.totals = response.totals
        self.costUs = response.costUs
        self.remember(now: now, intervalMs: intervalMs)
    }

    private mutating func remember(now: UInt64, intervalMs: UInt32) {
        let elapsed = now >= self.appliedAt ? now - self.appliedAt : 0
        let looks =
            self.histories.isEmpty ? 1 : Int(min(elapsed / UInt64(max(1, intervalMs)), UInt64(RateHistory.length)))
        self.appliedAt = now
        var kept: [String: RateHistory] = [:]
        kept.reserveCapacity(self.rows.count)
        for (id, row) in self.rows {
            var history = self.histories[id] ?? RateHistory()
            history.add(row.activity, looks: looks)
            kept[id] = history
        }
        self.histories = kept
    }

    mutating func clear() { self = RowStore() }
}
