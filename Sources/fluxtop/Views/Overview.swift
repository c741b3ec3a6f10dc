import AdminAPI
import Terminal
import TopModel

extension Frame {
    mutating func drawOverview(_ body: Rect) {
        guard let broker = self.model.data.broker else {
            self.drawWaiting(body)
            return
        }
        let plan = self.model.overviewPlan
        for x in plan.separators {
            self.buffer.verticalLine(x: x, y: body.y, height: body.height, self.symbols)
        }
        for place in plan.places {
            switch place.panel {
            case .traffic: self.drawTraffic(broker, place.rect)
            case .node: self.drawNode(broker, place.rect)
            case .counts: self.drawCounts(broker, place.rect)
            case .protocols: self.drawProtocols(broker, place.rect)
            case .faults: self.drawFaults(broker, place.rect)
            case .slow: self.drawSlow(place.rect)
            case .queues: self.drawQueues(place.rect)
            case .topics: self.drawTopics(place.rect)
            case .events: self.drawHeadlines(place.rect)
            }
        }
    }

    /// Nothing is known yet, and why.
    mutating func drawWaiting(_ body: Rect) {
        let place = self.model.options.endpoint.isEmpty ? "fluxd" : self.shown(self.model.options.endpoint)
        let text =
            self.model.isDown
            ? "nothing to show yet: \(place) has not answered" : "asking \(place) \(self.symbols.ellipsis)"
        self.put(text, x: body.x, y: body.y, width: body.width, .dim)
    }

    // MARK: Traffic

    private mutating func drawTraffic(_ broker: AdminV1.Broker, _ rect: Rect) {
        let rows = Figure.allCases.map { self.trafficRow($0, broker) }
        let valueWidth = max(9, rows.map { displayWidth($0.value) }.max() ?? 0)
        let hasTitle = rect.height > rows.count
        let heightOfOne = max(1, (rect.height - 1) / rows.count)
        // A blank row keeps high graphs apart.
        let graphHeight = heightOfOne >= 3 ? heightOfOne - 1 : heightOfOne
        let left = 8 + valueWidth + 1
        let right = 7
        let graphWidth = rect.width - left - right >= 5 ? rect.width - left - right : 0
        let window = heightOfOne == 1 ? 60 : graphWidth >= 60 ? 900 : 300
        let title = window == 60 ? "last 60 s" : "last \(window / 60) min"
        if hasTitle {
            self.put("TRAFFIC", x: rect.x, y: rect.y, width: rect.width, .strong)
            if graphWidth >= displayWidth(title) { self.buffer.draw(title, x: rect.x + left, y: rect.y, .dim) }
            if graphWidth > 0 { self.buffer.draw("peak", maxX: rect.maxX, y: rect.y, .dim) }
        }
        var y = rect.y + (hasTitle ? 1 : 0)
        for (figure, row) in zip(Figure.allCases, rows) where y + heightOfOne <= rect.maxY {
            let values = self.model.data.series[figure.rawValue].suffix(window)
            let isBad = figure == .dropped && (broker.droppedPerS ?? 0) > 0
            self.buffer.draw(row.label, x: rect.x, y: y, isBad ? .warn : .text)
            self.buffer.draw(row.value, maxX: rect.x + 8 + valueWidth, y: y, isBad ? .warn : .strong)
            defer { y += heightOfOne }
            if graphWidth == 0 { continue }
            let points = condensed(values.map { $0 }, to: graphWidth * self.symbols.pointsPerCell)
            let graph = self.symbols.graph(points, width: graphWidth, height: graphHeight)
            let role: Role = isBad ? .warn : figure == .messagesIn || figure == .bytesIn ? .graph1 : .graph2
            for (index, line) in graph.enumerated() { self.buffer.draw(line, x: rect.x + left, y: y + index, role) }
            self.buffer.draw(self.rate(figure, values.max(), isShort: true), maxX: rect.maxX, y: y, .dim)
        }
    }

    private func trafficRow(_ figure: Figure, _ broker: AdminV1.Broker) -> (label: String, value: String) {
        switch figure {
        case .messagesIn: ("msgs in", self.rate(figure, broker.messagesInPerS, isShort: false))
        case .messagesOut: ("    out", self.rate(figure, broker.messagesOutPerS, isShort: false))
        case .bytesIn: ("data in", self.rate(figure, broker.bytesInPerS, isShort: false))
        case .bytesOut: ("    out", self.rate(figure, broker.bytesOutPerS, isShort: false))
        case .dropped: ("drops", self.rate(figure, broker.droppedPerS, isShort: false))
        }
    }

    private func rate(_ figure: Figure, _ value: Double?, isShort: Bool) -> String {
        let units = self.model.options.units
        switch figure {
        case .bytesIn, .bytesOut:
            return isShort ? Quantity.shortByteRate(value, units) : Quantity.byteRate(value, units)
        case .messagesIn, .messagesOut, .dropped:
            let rate = Quantity.rate(value)
            return isShort || value == nil ? rate : rate + "/s"
        }
    }

    // MARK: The node and what it holds

    private mutating func drawNode(_ broker: AdminV1.Broker, _ rect: Rect) {
        let units = self.model.options.units
        let state = self.shown(broker.state)
        self.put(
            [
                Run("NODE ", .strong), Run(self.shown(broker.id), .accent), Run("  "),
                Run(state, state == "ready" ? .ok : .warn),
                Run("  fluxd \(self.shown(broker.fluxdVersion))  pid \(broker.pid)", .dim),
            ],
            in: rect
        )
        let cores = Double(max(1, broker.shards))
        let shards = "\(broker.shards) shard\(broker.shards == 1 ? "" : "s")"
        self.gauge(
            "cpu",
            Quantity.percent(broker.cpuPercent),
            shards,
            (broker.cpuPercent ?? 0) / 100 / cores,
            rect.line(1)
        )
        self.gauge("memory", Quantity.size(broker.memoryBytes, units), "", nil, rect.line(2))
        self.gauge(
            "messages",
            Quantity.size(broker.messageMemoryBytes, units),
            "of \(Quantity.size(broker.messageMemoryLimitBytes, units))",
            share(broker.messageMemoryBytes, of: broker.messageMemoryLimitBytes),
            rect.line(3)
        )
        self.gauge(
            "files",
            Quantity.count(broker.descriptors),
            "of \(Quantity.count(broker.descriptorsLimit))",
            share(broker.descriptors, of: broker.descriptorsLimit),
            rect.line(4)
        )
        if broker.storageState.isEmpty { return }
        var note =
            broker.storageCapacityBytes > 0 ? "free of \(Quantity.size(broker.storageCapacityBytes, units))" : "free"
        if let sync = broker.storageSyncMs { note += ", sync \(shortTime(sync))" }
        let used = broker.storageCapacityBytes - min(broker.storageFreeBytes, broker.storageCapacityBytes)
        self.gauge(
            "disk",
            Quantity.size(broker.storageFreeBytes, units),
            note,
            share(used, of: broker.storageCapacityBytes),
            rect.line(5)
        )
    }

    /// A label, a number, what it is to be compared with, and a bar where there is room for one.
    private mutating func gauge(_ label: String, _ value: String, _ note: String, _ share: Double?, _ rect: Rect?) {
        guard let rect else { return }
        let valueEnd = rect.x + max(20, 10 + displayWidth(value))
        self.buffer.draw(label, x: rect.x, y: rect.y)
        let isFull = (share ?? 0) >= 0.9
        self.buffer.draw(value, maxX: valueEnd, y: rect.y, isFull ? .warn : .strong)
        let noteEnd = valueEnd + 1 + displayWidth(note)
        guard noteEnd <= rect.maxX else { return }
        self.buffer.draw(note, x: valueEnd + 1, y: rect.y, .dim)
        let x = max(noteEnd, valueEnd + 11) + 1
        if let share, rect.maxX - x >= 5 { self.bar(share, x: x, y: rect.y, width: min(40, rect.maxX - x)) }
    }

    private mutating func drawCounts(_ broker: AdminV1.Broker, _ rect: Rect) {
        let units = self.model.options.units
        self.buffer.draw("COUNTS", x: rect.x, y: rect.y, .strong)
        var opened = "\(Quantity.count(broker.connectionsOpened)) opened"
        let refused = broker.connectionsRefused > 0 ? ", \(Quantity.count(broker.connectionsRefused)) refused" : ""
        if 22 + displayWidth(opened + refused) <= rect.width { opened += refused }
        let rows: [(String, UInt64, String)] = [
            ("connections", broker.connections, opened),
            ("sessions", broker.sessions, "\(Quantity.count(broker.sessionsOffline)) offline"),
            ("subscriptions", broker.subscriptions, "\(Quantity.count(broker.topicFilters)) filters"),
            ("retained", broker.retained, Quantity.size(broker.retainedBytes, units)),
            ("dropped", broker.dropped, reasons(broker)),
        ]
        for (index, row) in rows.enumerated() {
            guard let line = rect.line(index + 1) else { return }
            let isDrop = row.0 == "dropped" && row.1 > 0
            self.buffer.draw(row.0, x: line.x, y: line.y)
            self.buffer.draw(Quantity.count(row.1), maxX: line.x + 20, y: line.y, isDrop ? .warn : .strong)
            self.put(row.2, x: line.x + 22, y: line.y, width: line.width - 22, .dim)
        }
    }

    private mutating func drawProtocols(_ broker: AdminV1.Broker, _ rect: Rect) {
        self.head("PROTOCOL", ["CONNS", "IN/s", "OUT/s"], rect)
        for (index, use) in broker.protocols.prefix(max(0, rect.height - 1)).enumerated() {
            guard let line = rect.line(index + 1) else { return }
            self.row(
                self.shown(use.protocol),
                [
                    Quantity.count(use.connections), Quantity.rate(use.messagesInPerS),
                    Quantity.rate(use.messagesOutPerS),
                ],
                line
            )
        }
        if broker.protocols.isEmpty { self.empty("no protocol is in use", rect) }
    }

    private mutating func drawFaults(_ broker: AdminV1.Broker, _ rect: Rect) {
        self.buffer.draw("SINCE THE START", x: rect.x, y: rect.y, .strong)
        let rows: [(String, UInt64)] = [
            ("dropped: output full", broker.droppedOutputFull), ("dropped: queue full", broker.droppedQueueFull),
            ("dropped: expired", broker.droppedExpired), ("dropped: no memory", broker.droppedMemory),
            ("dropped: too large", broker.droppedTooLarge), ("connections refused", broker.connectionsRefused),
            ("protocol errors", broker.protocolErrors), ("sessions taken over", broker.takeovers),
        ]
        for (index, row) in rows.enumerated() {
            guard let line = rect.line(index + 1) else { return }
            self.buffer.draw(row.0, x: line.x, y: line.y)
            self.buffer.draw(Quantity.count(row.1), maxX: line.x + 28, y: line.y, row.1 == 0 ? .dim : .strong)
        }
    }

    // MARK: Who and what stands out

    private mutating func drawSlow(_ rect: Rect) {
        self.head("SLOWEST CLIENTS", ["BUF", "QUEUE", "DROPS"], rect)
        let store = self.model.data.slow
        for (index, id) in store.order.prefix(max(0, rect.height - 1)).enumerated() {
            guard let line = rect.line(index + 1), let row = store[id], case .connection(let client) = row.row else {
                return
            }
            let cells = [
                Quantity.shortSize(client.bufferedBytes, self.model.options.units), Quantity.count(client.queued),
                Quantity.count(client.dropped),
            ]
            self.row(self.shown(row.title), cells, line, client.state == "slow" ? .warn : .text)
        }
        if store.isEmpty { self.empty(store.hasAnswer ? "none: no output is waiting" : "", rect) }
    }

    /// All queues together, and the deepest of them; those that need looking after stand out. What lies in streams waits for nobody.
    private mutating func drawQueues(_ rect: Rect) {
        let store = self.model.data.deepest
        self.head("QUEUES \(Quantity.count(store.total))", ["READY", "TREND", "CONS"], rect)
        guard let line = rect.line(1) else { return }
        if case .queue(let sum) = store.totals?.row {
            let cells = [Quantity.count(sum.ready), Quantity.change(sum.growthPerS), Quantity.count(sum.consumers)]
            self.row(store.matched == store.total ? "all together" : "all but streams", cells, line)
        }
        for (index, id) in store.order.prefix(max(0, rect.height - 2)).enumerated() {
            guard let line = rect.line(index + 2), case .queue(let queue) = store[id]?.row else { return }
            let cells = [
                Quantity.count(queue.ready), Quantity.change(queue.growthPerS), Quantity.count(queue.consumers),
            ]
            self.row(self.shown(queue.id), cells, line, queue.note.isEmpty ? .text : .warn)
        }
    }

    private mutating func drawTopics(_ rect: Rect) {
        self.head("BUSIEST TOPICS", ["MSG/s", "DATA/s", "SUBS"], rect)
        let store = self.model.data.busy
        for (index, id) in store.order.prefix(max(0, rect.height - 1)).enumerated() {
            guard let line = rect.line(index + 1), case .topic(let topic) = store[id]?.row else { return }
            let cells = [
                Quantity.rate(topic.messagesPerS), Quantity.shortByteRate(topic.bytesPerS, self.model.options.units),
                Quantity.count(topic.subscribers),
            ]
            self.row(self.shown(topic.id), cells, line)
        }
        if store.isEmpty { self.empty(store.hasAnswer ? "none; try: mosquitto_pub -t a -m hi" : "", rect) }
    }

    private mutating func drawHeadlines(_ rect: Rect) {
        self.put([Run("EVENTS ", .strong), Run("notice and above", .dim)], in: rect)
        let log = self.model.data.headlines
        for (index, line) in log.lines.suffix(max(0, rect.height - 1)).reversed().enumerated() {
            guard let place = rect.line(index + 1) else { return }
            self.put(self.headline(line), in: place)
        }
        if log.lines.isEmpty { self.empty(log.hasAnswer ? "none yet" : "", rect) }
    }

    private func headline(_ line: LogLine) -> [Run] {
        let time = self.localText(line.unixMs, digits: .seconds)
        let what = [line.subject, line.text].filter { !$0.isEmpty }.joined(separator: " ")
        return [Run(time + " ", .dim), Run(levelText(line.level) + " ", levelRole(line.level)), Run(self.shown(what))]
    }

    // MARK: Small tables

    /// Every number of a small table has this room; `shortSize`, `rate` and `count` need no more.
    private static let numberWidth = 6

    private mutating func head(_ title: String, _ columns: [String], _ rect: Rect) {
        self.cells(columns.map { ($0, Role.dim) }, title, .strong, rect)
    }

    private mutating func row(_ name: String, _ numbers: [String], _ rect: Rect, _ role: Role = .text) {
        self.cells(numbers.map { ($0, $0 == "0" ? Role.dim : role) }, name, role, rect)
    }

    private mutating func cells(_ numbers: [(String, Role)], _ name: String, _ role: Role, _ rect: Rect) {
        var x = rect.maxX
        // From the right: a number that has no room goes as a whole, and with it those before.
        for (text, role) in numbers.reversed() {
            let width = max(Self.numberWidth, displayWidth(text))
            guard x - width - 1 - rect.x >= 8 else { break }
            self.buffer.draw(text, maxX: x, y: rect.y, role)
            x -= width + 1
        }
        self.put(name, x: rect.x, y: rect.y, width: x - rect.x, role)
    }

    private mutating func empty(_ text: String, _ rect: Rect) {
        guard let line = rect.line(1) else { return }
        self.put(text, x: line.x, y: line.y, width: line.width, .dim)
    }
}

private func share(_ part: UInt64, of whole: UInt64) -> Double? {
    whole == 0 ? nil : Double(part) / Double(whole)
}

/// What most of the drops were for.
private func reasons(_ broker: AdminV1.Broker) -> String {
    if broker.dropped == 0 { return "since the start" }
    let known: [(String, UInt64)] = [
        ("output full", broker.droppedOutputFull), ("queue full", broker.droppedQueueFull),
        ("expired", broker.droppedExpired), ("no memory", broker.droppedMemory), ("too large", broker.droppedTooLarge),
        ("no space", broker.droppedNoSpace),
    ]
    guard let most = known.max(by: { $0.1 < $1.1 }), most.1 > 0 else { return "" }
    return "\(Quantity.count(most.1)) \(most.0)"
}

/// `0.84 ms`, `12 ms`.
private func shortTime(_ milliseconds: Double) -> String {
    let hundredths = UInt64((max(0, milliseconds) * 100).rounded())
    if hundredths >= 1_000 { return "\(hundredths / 100) ms" }
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) ms"
}
