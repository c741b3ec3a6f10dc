import AdminAPI
import Protobuf
import Terminal

extension TopModel {
    /// For what only a panel shows: a scan of all connections is not worth more than every two seconds.
    private var sideIntervalMs: UInt32 { max(2_000, self.options.intervalMs) }
    /// For the subscriptions of one client: a scan over all of them, and they seldom change.
    private var rareIntervalMs: UInt32 { max(10_000, self.options.intervalMs) }

    /// Brings ``wanted`` in line with what is in view. To be called after every change.
    mutating func updateCalls() {
        self.followSubject()
        let changed = self.calls.update(self.requests)
        if changed.contains(.subscriptions) { self.live.subscriptions.clear() }
        if changed.contains(.retained) { self.live.retained = nil }
        if changed.contains(.queueGroups) { self.live.queueGroups.clear() }
        if changed.contains(.consumers) { self.live.consumers.clear() }
        if changed.contains(.pending) { self.live.pending.clear() }
    }

    /// As ``updateCalls()``, after everything that was known has been forgotten.
    mutating func renewCalls() {
        self.followSubject()
        self.calls.renew(self.requests)
    }

    private var requests: [CallBook.Purpose: TopCall.Request] {
        var requests: [CallBook.Purpose: TopCall.Request] = [:]
        // One row, and the header, the titles and the smallest screens live on it: wanted everywhere.
        requests[.broker] = self.watch(.broker, limit: 1)
        if FrameLayout.isLine(self.size) { return requests }
        switch self.screen {
        case .overview: requests.merge(self.overviewRequests) { $1 }
        case .events: requests[.journal] = self.journalRequest
        case .connections, .queues, .groups, .topics: requests.merge(self.tableRequests) { $1 }
        }
        return requests
    }

    // MARK: Overview

    private var overviewRequests: [CallBook.Purpose: TopCall.Request] {
        let plan = self.overviewPlan
        var requests: [CallBook.Purpose: TopCall.Request] = [:]
        if plan[.traffic] != nil { requests[.series] = self.seriesRequest }
        if let rect = plan[.slow], self.serves(.connection) {
            requests[.slow] = self.watch(
                .connection,
                filter: "buffered_bytes>0",
                sort: "-buffered_bytes",
                limit: rect.height - 1,
                fields: ["id", "client_id", "buffered_bytes", "queued", "dropped", "state"],
                every: self.sideIntervalMs
            )
        }
        if let rect = plan[.topics], self.serves(.topic) {
            requests[.busy] = self.watch(
                .topic,
                sort: TableKind.topics.defaultSort.text,
                limit: rect.height - 1,
                fields: ["id", "messages_per_s", "bytes_per_s", "subscribers"],
                every: self.sideIntervalMs
            )
        }
        if self.serves(.queue) {
            // Asked for where the panel has no room, too: whether there are queues decides whether it gets any.
            requests[.deepest] = self.watch(
                .queue,
                filter: "type!=stream",
                sort: TableKind.queues.defaultSort.text,
                limit: max(1, (plan[.queues]?.height ?? 0) - 2),
                fields: ["id", "ready", "growth_per_s", "consumers", "state", "note"],
                withTotals: true,
                every: self.sideIntervalMs
            )
        }
        if plan[.events] != nil {
            var request = AdminV1.EventsRequest()
            request.fromSeq = self.live.headlines.nextSeq
            request.last = 50
            request.follow = true
            request.minLevel = .notice
            requests[.headlines] = .events(request)
        }
        return requests
    }

    /// What the overview has room for.
    package var overviewPlan: OverviewPlan {
        OverviewPlan(body: self.layout.body, withQueues: (self.data.deepest.total ?? 0) > 0)
    }

    private var seriesRequest: TopCall.Request? {
        let known = Set(self.live.hello?.series.map(\.name) ?? [])
        let names = Figure.allCases.map(\.rawValue).filter { known.contains($0) }
        if names.isEmpty { return nil }
        var request = AdminV1.SeriesRequest()
        request.names = names
        request.stepS = 1
        request.points = self.live.series.pointsWanted(now: self.now)
        return .series(request, everyMs: min(max(1_000, self.options.intervalMs), 10_000))
    }

    // MARK: Lists

    private var tableRequests: [CallBook.Purpose: TopCall.Request] {
        guard let table = self.table, self.serves(table.kind.kind) else { return [:] }
        var requests: [CallBook.Purpose: TopCall.Request] = [:]
        if !self.isDetailOpen { requests[.table] = self.tableRequest(table) }
        if table.kind == .queues, !self.isDetailOpen {
            requests[.deadLetters] = self.watch(
                .queue,
                filter: "dead_letters_of!=\"\"",
                limit: 1,
                fields: ["id", "depth"],
                withTotals: true,
                every: self.sideIntervalMs
            )
        }
        guard let subject = self.live.subject else { return requests }
        var get = AdminV1.GetRequest()
        get.kind = subject.kind.kind
        get.id = subject.id
        requests[.subject] = .get(get, everyMs: self.options.intervalMs)
        guard self.showsDetail else { return requests }
        switch subject.row?.row {
        case .connection(let row) where !row.clientID.isEmpty:
            requests[.subscriptions] = self.subscriptionsRequest(of: row.clientID)
        case .session(let row): requests[.subscriptions] = self.subscriptionsRequest(of: row.id)
        case .topic(let row) where row.retained && self.serves(.retained):
            var get = AdminV1.GetRequest()
            get.kind = .retained
            get.id = row.id
            requests[.retained] = .get(get, everyMs: self.rareIntervalMs)
        case .queue(let row) where self.serves(.group):
            requests[.queueGroups] = self.watch(
                .group,
                filter: "queue=\(quoted(row.id))",
                sort: "-lag",
                limit: self.layout.body.height,
                every: self.options.intervalMs
            )
        case .group(let row):
            let filter = "queue=\(quoted(row.queue)) group=\(quoted(row.name))"
            if self.serves(.consumer) { requests[.consumers] = self.membersRequest(.consumer, filter, "-pending") }
            if self.serves(.pending) { requests[.pending] = self.membersRequest(.pending, filter, "-idle_ms") }
        default: break
        }
        return requests
    }

    private func membersRequest(_ kind: AdminV1.Kind, _ filter: String, _ sort: String) -> TopCall.Request {
        self.watch(kind, filter: filter, sort: sort, limit: self.layout.body.height, every: self.sideIntervalMs)
    }

    /// As many rows as there is room for and some more for scrolling, and of each only what the columns in view show.
    private func tableRequest(_ table: TableState) -> TopCall.Request {
        let layout = self.tableLayout
        let shown = Self.fitted(table.columns, width: layout.rows.width).map(\.column)
        var names: Set<String> = ["id", "version", table.sort.column]
        for column in shown where column.isSortable { names.insert(column.name) }
        names.formUnion(table.kind.neededFields)
        if shown.contains(where: { $0.shape == .history }) { names.formUnion(table.kind.historyFields) }
        // In steps, so that scrolling does not begin a new watch with every line.
        let rows = table.offset + layout.rows.height + 16
        let steps = (rows + 63) / 64
        return self.watch(
            table.kind.kind,
            filter: table.filter,
            sort: table.sortText,
            limit: steps * 64,
            fields: names.intersection(table.kind.fields.map(\.name)).sorted(),
            withTotals: table.kind.holdsMessages,
            every: self.options.intervalMs
        )
    }

    private func subscriptionsRequest(of client: String) -> TopCall.Request? {
        guard self.serves(.subscription) else { return nil }
        return self.watch(
            .subscription,
            filter: "client_id=\(quoted(client))",
            sort: "filter",
            limit: max(8, self.layout.body.height),
            every: self.rareIntervalMs
        )
    }

    /// Whose details are wanted: the object under the cursor, when they have room, or to find out what became of it.
    private mutating func followSubject() {
        var id: String?
        if let table = self.table, self.showsDetail || table.ghost != nil { id = table.cursor }
        guard let kind = self.tableKind, let id else {
            self.live.subject = nil
            return
        }
        if self.live.subject?.id == id, self.live.subject?.kind == kind { return }
        self.live.subject = TopData.Subject(kind: kind, id: id)
    }

    // MARK: Journals

    private var journalRequest: TopCall.Request? {
        guard let state = self.journals[self.journal] else { return nil }
        switch self.journal {
        case .events:
            var request = AdminV1.EventsRequest()
            request.fromSeq = self.live.events.nextSeq
            request.last = 500
            request.follow = true
            request.minLevel = state.level
            request.filter = state.filter
            return .events(request)
        case .log:
            var request = AdminV1.LogRequest()
            request.fromSeq = self.live.log.nextSeq
            request.last = 500
            request.follow = true
            request.minLevel = state.level
            request.filter = state.filter
            return .log(request)
        }
    }

    private func watch(
        _ kind: AdminV1.Kind,
        filter: String = "",
        sort: String = "",
        limit: Int,
        fields: [String] = [],
        withTotals: Bool = false,
        every intervalMs: UInt32? = nil
    ) -> TopCall.Request {
        var request = AdminV1.WatchRequest()
        var query = AdminV1.Query()
        query.kind = kind
        query.filter = filter
        query.sort = sort
        query.limit = UInt32(min(max(1, limit), RowStore.mostRows))
        query.fields = fields
        query.skipTotals = !withTotals
        request.query = query
        request.intervalMs = intervalMs ?? self.options.intervalMs
        return .watch(request)
    }
}

/// A value of the filter's grammar that means exactly this text.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" { result.append("\\") }
        result.unicodeScalars.append(scalar)
    }
    return result + "\""
}
