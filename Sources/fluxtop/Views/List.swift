import AdminAPI
import Terminal
import TopModel

extension Frame {
    /// A screen that is a list, with the details of its cursor's object beside it or instead of it.
    mutating func drawList(_ body: Rect) {
        guard let table = self.model.table, let kind = self.model.tableKind else { return }
        let layout = TableLayout(body: body, withDetail: true)
        if self.model.isDetailOpen {
            self.drawDetail(body)
            return
        }
        if let title = layout.title { self.drawTitle(table, title) }
        self.drawTable(table, self.model.data[kind], layout)
        if let x = layout.separatorX { self.buffer.verticalLine(x: x, y: body.y, height: body.height, self.symbols) }
        if let detail = layout.detail { self.drawDetail(detail) }
    }

    /// What there is, how much of it is in view.
    private mutating func drawTitle(_ table: TableState, _ rect: Rect) {
        let data = self.model.data
        let store = data[table.kind]
        var runs = [
            Run(table.kind.name.capitalizedFirst + (store.total.map { " " + Quantity.exact($0) } ?? ""), .strong)
        ]
        if !table.tagged.isEmpty { runs.append(Run("\(table.tagged.count) tagged", .accent)) }
        if store.hasAnswer {
            if !table.filter.isEmpty, table.failure == nil {
                runs.append(Run("matched \(Quantity.exact(store.matched))"))
            }
            let shown = min(table.count(in: store), self.model.tableLayout.rows.height)
            if shown < Int(clamping: store.matched) {
                runs.append(Run("shown \(table.offset + 1)-\(table.offset + shown)", .dim))
            }
            runs += self.totalRuns(table.kind, store)
            if table.kind == .connections, let broker = data.broker, broker.sessionsOffline > 0 {
                runs.append(Run("offline \(Quantity.count(broker.sessionsOffline)) (o)", .dim))
            }
        }
        self.putWhole(runs, in: rect)
    }

    /// What all rows together come to.
    private func totalRuns(_ kind: TableKind, _ store: RowStore) -> [Run] {
        if store.matched == 0 { return [] }
        switch store.totals?.row {
        case .queue(let sum) where kind == .queues:
            var runs = [
                Run("ready \(Quantity.count(sum.ready))"), Run("unacked \(Quantity.count(sum.unacked))"),
                Run("consumers \(Quantity.count(sum.consumers))"),
            ]
            if case .queue(let dead) = self.model.data.deadLetters.totals?.row, dead.depth > 0 {
                runs.append(Run("dead letters \(Quantity.count(dead.depth))", .warn))
            }
            return runs + [Run(Quantity.size(sum.bytes, self.model.options.units), .dim)]
        case .group(let sum) where kind == .groups:
            let runs = [Run("lag \(Quantity.count(sum.lag))"), Run("pending \(Quantity.count(sum.pending))")]
            // What only the rows say can be counted where all of them are here.
            guard store.order.count == Int(clamping: store.matched) else { return runs }
            let states = store.order.compactMap { store[$0]?.state }
            return runs
                + ["falling behind", "no members", "paused"].compactMap { state in
                    let count = states.filter { $0 == state }.count
                    return count == 0 ? nil : Run("\(count) \(state)", .warn)
                }
        default: return []
        }
    }

    private mutating func drawTable(_ table: TableState, _ store: RowStore, _ layout: TableLayout) {
        let serverNow = self.model.data.serverTime(now: self.now)
        let units = self.model.options.units
        let last = min(table.count(in: store), table.offset + layout.rows.height)
        let rows = (table.offset..<max(table.offset, last)).compactMap { table.row(at: $0, in: store) }
        let cells = rows.map { row in
            table.columns.map { self.cellText($0, row, units, serverNow) }
        }
        let places = Dictionary(uniqueKeysWithValues: table.columns.enumerated().map { ($1.name, $0) })
        let columns = TopModel.fitted(table.columns, width: layout.rows.width) { column in
            let place = places[column.name] ?? 0
            let title = displayWidth(column.title) + (column.name == table.sort.column ? 1 : 0)
            return cells.reduce(title) { max($0, displayWidth($1[place])) }
        }
        if let head = layout.head { self.drawHead(table, columns, head) }
        guard !rows.isEmpty else {
            self.drawNoRows(table, store, layout.rows)
            return
        }
        for (index, row) in rows.enumerated() {
            guard let line = layout.rows.line(index) else { return }
            self.drawRow(row, cells[index], columns, places, line)
        }
        // Rows of the filter before: still readable, but not an answer to the one that stands there now.
        if table.failure != nil { self.buffer.paint(layout.rows, .dim) }
    }

    private func cellText(_ column: TopColumn, _ row: TopRow, _ units: SizeUnits, _ serverNow: Int64?) -> String {
        if column.name == "state" { return row.fate == .gone ? "GONE" : self.stateText(column, row, units) }
        // A connection before its CONNECT has no client identifier; where it comes from says more than nothing.
        if column.name == "client_id", case .connection(let connection) = row.row.row, connection.clientID.isEmpty {
            return "(\(self.shown(connection.id)))"
        }
        let text = column.text(of: row.row, units, serverNow: serverNow)
        return column.isNumber ? text : self.shown(text)
    }

    private func stateText(_ column: TopColumn, _ row: TopRow, _ units: SizeUnits) -> String {
        let word = self.shown(column.text(of: row.row, units, serverNow: nil))
        switch word {
        case "slow", "waiting", "throttled", "paused", "quarantined", "no members": return word.uppercased()
        case "falling behind": return "BEHIND"
        default: return word
        }
    }

    private mutating func drawHead(_ table: TableState, _ columns: [(column: TopColumn, width: Int)], _ rect: Rect) {
        var x = rect.x + TableLayout.markWidth
        for (column, width) in columns {
            let isSort = column.name == table.sort.column
            let arrow = isSort ? String(table.sort.isDescending ? self.symbols.down : self.symbols.up) : ""
            let title = column.isNumber ? arrow + column.title : column.title + arrow
            self.put(
                title,
                x: x,
                y: rect.y,
                width: width,
                isSort ? .accent : .dim,
                column.isNumber ? .trailing : .leading
            )
            x += width + 1
        }
    }

    private mutating func drawRow(
        _ row: TopRow,
        _ cells: [String],
        _ columns: [(column: TopColumn, width: Int)],
        _ places: [String: Int],
        _ rect: Rect
    ) {
        let base: Role = row.fate == .gone ? .gone : row.fate == .aside ? .dim : row.isTagged ? .accent : .text
        self.buffer.draw(row.isCursor ? ">" : row.isTagged ? "+" : " ", x: rect.x, y: rect.y, base)
        if row.isCursor, row.isTagged { self.buffer.draw("+", x: rect.x + 1, y: rect.y, base) }
        var x = rect.x + TableLayout.markWidth
        for (column, width) in columns {
            if column.shape == .history {
                let history = row.history?.points ?? []
                let isBacklog = self.model.tableKind?.holdsMessages ?? false
                let points = condensed(isBacklog ? raised(history) : history, to: width * self.symbols.pointsPerCell)
                self.buffer.draw(
                    self.symbols.sparkline(points, width: width),
                    x: x,
                    y: rect.y,
                    row.fate == .present ? .graph1 : base
                )
            } else {
                let text = cells[places[column.name] ?? 0]
                let role = base == .text ? cellRole(column, text) : base
                self.put(text, x: x, y: rect.y, width: width, role, column.isNumber ? .trailing : .leading)
            }
            x += width + 1
        }
        if row.isCursor { self.buffer.paint(rect, .sel) }
    }

    /// Nothing to list: why, and what would change it.
    private mutating func drawNoRows(_ table: TableState, _ store: RowStore, _ rect: Rect) {
        var lines: [(String, Role)]
        if let failure = table.failure {
            lines = [(self.shown(failure.message), .crit), ("/ changes the filter, Esc clears it, r asks again", .dim)]
        } else if let hello = self.model.data.hello, !hello.kinds.contains(where: { $0.kind == table.kind.kind }) {
            lines = [("this fluxd (\(self.shown(hello.version))) does not list \(table.kind.name)", .text)]
        } else if !store.hasAnswer {
            self.drawWaiting(rect)
            return
        } else if !table.filter.isEmpty {
            let total = Quantity.exact(store.total)
            lines = [
                ("none of \(total) \(table.kind.name) match: \(self.shown(table.filter))", .text),
                ("Esc clears the filter", .dim),
            ]
        } else {
            switch table.kind {
            case .connections: lines = [("no connections; try: mosquitto_sub -t '#'", .text)]
            case .sessions: lines = [("no sessions; a client makes one when it connects", .text)]
            case .queues: lines = [("no queues; try: fluxctl queue add orders --bind 'orders/#'", .text)]
            case .groups: lines = [("no groups; a queue makes one when a consumer comes", .text)]
            case .topics: lines = [("nothing was published lately; try: mosquitto_pub -t a -m hi", .text)]
            }
        }
        var page = Page(rect)
        for (text, role) in lines {
            for part in self.flowed(text, width: rect.width - TableLayout.markWidth) {
                guard let place = page.next() else { return }
                let x = place.x + TableLayout.markWidth
                self.put(part, x: x, y: place.y, width: place.maxX - x, role)
            }
        }
    }
}

/// Words that say something is wrong stand out, zeros stand back.
private func cellRole(_ column: TopColumn, _ text: String) -> Role {
    switch column.name {
    case "state":
        switch text {
        case "SLOW", "WAITING", "THROTTLED", "PAUSED", "NO MEMBERS", "BEHIND": .warn
        case "QUARANTINED": .crit
        case "new": .new
        case "closing", "offline", "idle": .dim
        default: .ok
        }
    case "dropped", "dead_lettered_per_s", "dead_lettered": text == "0" ? .dim : text == Quantity.unknown ? .dim : .warn
    case "note": text == Quantity.unknown ? .dim : text.hasPrefix("quarantined") ? .crit : .warn
    case "growth_per_s": text.hasPrefix("+") ? .warn : text == "0" || text == Quantity.unknown ? .dim : .text
    case "drain_ms":
        text == "never" ? .warn : text == "0s" || text == "steady" || text == Quantity.unknown ? .dim : .text
    default: text == Quantity.unknown || column.isNumber && (text == "0" || text == "0s") ? .dim : .text
    }
}
