import AdminAPI
import Terminal
import TopModel

extension Frame {
    /// Everything about the object under the cursor.
    mutating func drawDetail(_ rect: Rect) {
        guard let table = self.model.table, table.cursor != nil, let subject = self.model.data.subject else {
            self.put("move the cursor to a row to see it here", x: rect.x, y: rect.y, width: rect.width, .dim)
            return
        }
        var page = Page(rect)
        guard let row = subject.row else {
            let text = subject.isGone ? "\(self.shown(subject.id)) is gone" : "asking for \(self.shown(subject.id))"
            if let line = page.next() {
                self.put(text, x: line.x, y: line.y, width: line.width, subject.isGone ? .gone : .dim)
            }
            if let failure = subject.failure, let line = page.next() {
                self.put(self.shown(failure.message), x: line.x, y: line.y, width: line.width, .crit)
            }
            return
        }
        self.drawName(row, subject, &page)
        switch row.row {
        case .connection(let connection): self.drawConnection(connection, subject, &page)
        case .session(let session): self.drawSession(session, &page)
        case .topic(let topic): self.drawTopic(topic, subject, &page)
        case .queue(let queue): self.drawQueue(queue, subject, &page)
        case .group(let group): self.drawGroup(group, subject, &page)
        default: break
        }
        if subject.isGone { self.buffer.paint(rect, .gone) }
    }

    /// Lines that are given out from the top.
    struct Page {
        let rect: Rect
        private(set) var used = 0

        init(_ rect: Rect) { self.rect = rect }

        var left: Int { self.rect.height - self.used }

        mutating func next() -> Rect? {
            defer { self.used += 1 }
            return self.rect.line(self.used)
        }
    }

    private mutating func drawName(_ row: AdminV1.Row, _ subject: TopData.Subject, _ page: inout Page) {
        guard let line = page.next() else { return }
        let place = self.model.tableKind?.name.capitalizedFirst ?? ""
        var runs = self.model.isDetailOpen ? [Run("\(place) \(self.symbols.into) ", .dim)] : []
        runs.append(Run(self.shown(row.title), .strong))
        if row.title != row.id { runs.append(Run("  " + self.shown(row.id), .dim)) }
        if subject.isGone {
            runs.append(Run("  GONE", .gone))
        } else if self.model.table?.ghost?.row.id == row.id {
            runs.append(Run("  not in the list any more", .warn))
        }
        self.put(runs, in: line)
    }

    // MARK: Connection

    private mutating func drawConnection(
        _ connection: AdminV1.Connection,
        _ subject: TopData.Subject,
        _ page: inout Page
    ) {
        let units = self.model.options.units
        let why = Why.explain(Why.Facts(connection: connection, newlyDropped: subject.newlyDropped, units: units))
        // Where not everything has room, the answer comes before the figures that it is drawn from.
        let isShort = page.rect.height < 16
        if isShort, !subject.isGone { self.drawWhy(why, &page) }
        self.drawFacts(self.facts(of: connection), &page)
        _ = page.next()
        self.drawFlow(connection, subject, &page)
        self.drawBacklog(of: connection, &page)
        if !isShort, !subject.isGone { self.drawWhy(why, &page) }
        _ = page.next()
        self.drawSubscriptions(of: connection.subscriptions, &page)
    }

    private func facts(of connection: AdminV1.Connection) -> [String] {
        func span(_ ms: UInt64) -> String { Quantity.duration(milliseconds: ms) }
        var facts = [
            self.shown(connection.protocol), self.shown(connection.transport), self.shown(connection.peer),
        ]
        if !connection.proxy.isEmpty { facts.append("proxy \(self.shown(connection.proxy))") }
        if !connection.username.isEmpty { facts.append("user \(self.shown(connection.username))") }
        if !connection.authentication.isEmpty {
            facts.append("authentication \(self.shown(connection.authentication))")
        }
        if !connection.listener.isEmpty { facts.append("listener \(self.shown(connection.listener))") }
        facts.append(self.shown(connection.tls))
        if !connection.certificate.isEmpty { facts.append("certificate \(self.shown(connection.certificate))") }
        facts += ["shard \(connection.shard)", "up \(span(connection.uptimeMs))"]
        facts.append(connection.keepAliveMs == 0 ? "no keep-alive" : "keep-alive \(exact(connection.keepAliveMs))")
        facts.append("heard \(span(connection.idleMs)) ago")
        facts.append(
            connection.sessionExpiryMs == 0
                ? "session ends with it" : "session kept \(kept(connection.sessionExpiryMs))"
        )
        if connection.cleanStart { facts.append("clean start") }
        if connection.packetLimitBytes > 0 {
            facts.append("packets to \(Quantity.size(connection.packetLimitBytes, self.model.options.units))")
        }
        if !connection.willTopic.isEmpty { facts.append("will \(self.shown(connection.willTopic))") }
        return facts.filter { !$0.isEmpty }
    }

    /// Rates, totals and the last minute.
    private mutating func drawFlow(_ connection: AdminV1.Connection, _ subject: TopData.Subject, _ page: inout Page) {
        let units = self.model.options.units
        func perSecond(_ value: Double?) -> String { Quantity.rate(value) + (value == nil ? "" : "/s") }
        let rows: [(String, String, String, RateHistory?)] = [
            (
                "messages in", perSecond(connection.messagesInPerS), Quantity.count(connection.messagesIn),
                subject.messagesIn
            ),
            (
                "         out", perSecond(connection.messagesOutPerS), Quantity.count(connection.messagesOut),
                subject.messagesOut
            ),
            (
                "bytes    in", Quantity.byteRate(connection.bytesInPerS, units),
                Quantity.shortSize(connection.bytesIn, units), nil
            ),
            (
                "         out", Quantity.byteRate(connection.bytesOutPerS, units),
                Quantity.shortSize(connection.bytesOut, units), nil
            ),
        ]
        self.drawFlow(rows, &page)
    }

    /// Figures with their rate, their total and, where there is one, their graph.
    mutating func drawFlow(_ rows: [(String, String, String, RateHistory?)], _ page: inout Page) {
        let rateWidth = max(10, rows.map { displayWidth($0.1) }.max() ?? 0)
        let totalWidth = max(6, rows.map { displayWidth($0.2) }.max() ?? 0)
        let rateEnd = 13 + rateWidth
        let totalEnd = rateEnd + 1 + totalWidth
        if let line = page.next() {
            self.buffer.draw("FLOW", x: line.x, y: line.y, .strong)
            self.buffer.draw("now", maxX: line.x + rateEnd, y: line.y, .dim)
            self.buffer.draw("total", maxX: line.x + totalEnd, y: line.y, .dim)
            if line.width - totalEnd >= 14 {
                self.buffer.draw("while you look", x: line.x + totalEnd + 2, y: line.y, .dim)
            }
        }
        for row in rows {
            guard let line = page.next() else { return }
            self.buffer.draw(row.0, x: line.x, y: line.y)
            if rateEnd <= line.width { self.buffer.draw(row.1, maxX: line.x + rateEnd, y: line.y, .strong) }
            if totalEnd <= line.width { self.buffer.draw(row.2, maxX: line.x + totalEnd, y: line.y) }
            let width = min(30, line.width - totalEnd - 2)
            guard let history = row.3, width >= 5 else { continue }
            let points = condensed(history.points, to: width * self.symbols.pointsPerCell)
            self.buffer.draw(self.symbols.sparkline(points, width: width), x: line.x + totalEnd + 2, y: line.y, .graph1)
        }
    }

    /// What waits for the client, from the network's end to the queue's.
    private mutating func drawBacklog(of connection: AdminV1.Connection, _ page: inout Page) {
        let units = self.model.options.units
        let limit = connection.inflightLimit
        let lines: [(String, String, Role)] = [
            ("buffered", Quantity.size(connection.bufferedBytes, units), connection.state == "slow" ? .warn : .text),
            (
                "inflight",
                "\(Quantity.exact(connection.inflight)) of \(limit == 0 ? Quantity.unknown : Quantity.exact(limit))",
                limit > 0 && connection.inflight >= limit ? .warn : .text
            ),
            (
                "queued",
                "\(Quantity.exact(connection.queued))"
                    + (connection.queued == 0 ? "" : "  \(Quantity.size(connection.queuedBytes, units))"),
                .text
            ),
            ("dropped", Quantity.exact(connection.dropped), connection.dropped > 0 ? .warn : .text),
        ]
        for (label, value, role) in lines {
            guard let line = page.next() else { return }
            self.buffer.draw(label, x: line.x, y: line.y)
            let end = self.buffer.draw(value, x: line.x + 13, y: line.y, role)
            if label == "inflight", limit > 0, line.maxX - end >= 8 {
                let share = Double(connection.inflight) / Double(limit)
                self.bar(
                    share,
                    x: max(end + 2, line.x + 30),
                    y: line.y,
                    width: min(20, line.maxX - max(end + 2, line.x + 30))
                )
            }
        }
    }

    mutating func drawWhy(_ why: Why, _ page: inout Page) {
        let role: Role =
            switch why.weight {
            case .fine: .ok
            case .notice: .info
            case .trouble: .warn
            }
        // In line with the figures where there is room for that.
        let indent = page.rect.width < 42 ? displayWidth(why.title) + 2 : 13
        let width = page.rect.width - indent
        var lines = self.flowed(self.shown(why.sentence), width: width)
        if lines.count > 3 { lines = lines[..<2] + [self.fitted(lines[2...].joined(separator: " "), width)] }
        for (index, text) in lines.enumerated() {
            guard let line = page.next() else { return }
            if index == 0 { self.buffer.draw(why.title, x: line.x, y: line.y, role) }
            self.put(text, x: line.x + indent, y: line.y, width: width, role)
        }
    }

    // MARK: Session and topic

    private mutating func drawSession(_ session: AdminV1.Session, _ page: inout Page) {
        let units = self.model.options.units
        let now = self.model.data.serverTime(now: self.now)
        func ago(_ time: Int64?) -> String {
            guard let time, let now else { return Quantity.unknown }
            return Quantity.duration(milliseconds: UInt64(abs(now - time)))
        }
        var facts = [self.shown(session.state), "shard \(session.shard)", "made \(ago(session.createdAt?.unixMs)) ago"]
        if !session.connectionID.isEmpty { facts.append("connection \(self.shown(session.connectionID))") }
        facts.append(session.expiryMs == 0 ? "ends with its connection" : "kept \(kept(session.expiryMs))")
        if let end = session.expiresAt?.unixMs { facts.append("expires in \(ago(end))") }
        if !session.willTopic.isEmpty { facts.append("will \(self.shown(session.willTopic))") }
        self.drawFacts(facts, &page)
        _ = page.next()
        let lines = [
            ("queued", "\(Quantity.exact(session.queued))  \(Quantity.size(session.queuedBytes, units))"),
            ("inflight", "\(Quantity.exact(session.inflight)) out  \(Quantity.exact(session.inflightIn)) in (QoS 2)"),
        ]
        for (label, value) in lines {
            guard let line = page.next() else { return }
            self.put([Run(fit(label, 13)), Run(value, .strong)], in: line)
        }
        _ = page.next()
        self.drawSubscriptions(of: session.subscriptions, &page)
    }

    private mutating func drawTopic(_ topic: AdminV1.Topic, _ subject: TopData.Subject, _ page: inout Page) {
        let units = self.model.options.units
        let rate = Quantity.rate(topic.messagesPerS) + (topic.messagesPerS == nil ? "" : "/s")
        let rows: [(String, String)] = [
            ("messages", "\(rate)  \(Quantity.exact(topic.messages)) in all"),
            ("bytes", "\(Quantity.byteRate(topic.bytesPerS, units))  \(Quantity.size(topic.bytes, units)) in all"),
            ("subscribers", topic.subscribers == 0 ? "0: nobody listens" : Quantity.exact(topic.subscribers)),
        ]
        for (label, value) in rows {
            guard let line = page.next() else { return }
            self.put([Run(fit(label, 13)), Run(value, .strong)], in: line)
        }
        if let line = page.next() {
            let width = min(30, line.width - 13)
            self.buffer.draw("last looks", x: line.x, y: line.y)
            let points = condensed(subject.messagesIn.points, to: max(0, width) * self.symbols.pointsPerCell)
            self.buffer.draw(self.symbols.sparkline(points, width: width), x: line.x + 13, y: line.y, .graph1)
        }
        _ = page.next()
        guard let line = page.next() else { return }
        guard topic.retained else {
            self.put([Run(fit("retained", 13)), Run("nothing", .dim)], in: line)
            return
        }
        guard let retained = self.model.data.retained, retained.id == topic.id else {
            self.put([Run(fit("retained", 13)), Run("asking for it", .dim)], in: line)
            return
        }
        let size = Quantity.size(retained.payloadBytes, units)
        let age = Quantity.duration(milliseconds: retained.ageMs)
        let type = retained.contentType.isEmpty ? "" : "  \(self.shown(retained.contentType))"
        self.put([Run(fit("retained", 13)), Run("\(size)  QoS \(retained.qos)  \(age) old\(type)", .strong)], in: line)
        let text = self.shown(String(decoding: retained.payload, as: UTF8.self))
        self.drawCut(text, &page)
    }

    /// Text without breaks between words, in as many lines as there are; the last one ends in an ellipsis if it is not all.
    mutating func drawCut(_ text: String, _ page: inout Page) {
        var rest = text[...]
        while !rest.isEmpty, let line = page.next() {
            if page.left == 0 || displayWidth(rest) <= line.width {
                self.put(String(rest), x: line.x, y: line.y, width: line.width)
                return
            }
            var head = ""
            while let character = rest.first, displayWidth(head) + displayWidth(String(character)) <= line.width {
                head.append(character)
                rest.removeFirst()
            }
            if head.isEmpty { return }
            self.put(head, x: line.x, y: line.y, width: line.width)
        }
    }

    // MARK: Parts

    /// Short facts, as many to a line as fit; none is broken.
    mutating func drawFacts(_ facts: [String], _ page: inout Page) {
        var line = page.next()
        var x = line?.x ?? 0
        for fact in facts {
            guard var place = line else { return }
            if x > place.x, x + displayWidth(fact) > place.maxX {
                line = page.next()
                guard let next = line else { return }
                place = next
                x = place.x
            }
            let width = min(displayWidth(fact), place.maxX - x)
            self.put(fact, x: x, y: place.y, width: width)
            x += width + 2
        }
    }

    private mutating func drawSubscriptions(of count: UInt64, _ page: inout Page) {
        guard let head = page.next() else { return }
        let store = self.model.data.subscriptions
        let filters = store.order.map { id in
            if case .subscription(let row) = store[id]?.row { displayWidth(self.shown(row.filter)) } else { 0 }
        }
        let longest = max(24, filters.max() ?? 0)
        let widths = divide(
            head.width,
            among: [Claim(10, upTo: longest, rank: 0), Claim(3, rank: 1), Claim(8, 12, rank: 2), Claim(8, rank: 3)],
            gap: 1
        )
        let numbers = store.hasAnswer ? Quantity.exact(store.matched) : Quantity.exact(count)
        func draw(_ frame: inout Frame, _ cells: [String], _ roles: [Role], _ line: Rect) {
            var x = line.x
            for (index, width) in widths.enumerated() {
                guard let width else { continue }
                frame.put(cells[index], x: x, y: line.y, width: width, roles[index])
                x += width + 1
            }
        }
        draw(&self, ["SUBSCRIPTIONS \(numbers)", "QOS", "SHARE", "OPTIONS"], [.strong, .dim, .dim, .dim], head)
        var drawn = 0
        for id in store.order {
            guard case .subscription(let row) = store[id]?.row else { continue }
            if page.left == 1, store.matched > UInt64(drawn + 1) {
                if let line = page.next() {
                    let more = "\(self.symbols.ellipsis) \(Quantity.exact(store.matched - UInt64(drawn))) more"
                    self.put(more, x: line.x, y: line.y, width: line.width, .dim)
                }
                return
            }
            guard let line = page.next() else { return }
            let options = [(row.noLocal, "nl"), (row.retainAsPublished, "rap")].filter(\.0).map(\.1).joined(
                separator: " "
            )
            let share = row.share.isEmpty ? Quantity.unknown : self.shown(row.share)
            let cells = [self.shown(row.filter), String(row.qos), share, options.isEmpty ? Quantity.unknown : options]
            draw(&self, cells, [.text, .text, .text, .dim], line)
            drawn += 1
        }
    }
}

/// A session's expiry; MQTT's largest means for ever. Source: MQTT 5.0 §3.1.2.11.2.
private func kept(_ ms: UInt64) -> String {
    ms >= 0xFFFF_FFFF * 1_000 ? "for ever" : exact(ms)
}

/// A length of time that somebody chose: `1m` rather than `1m00s`.
func exact(_ ms: UInt64) -> String {
    let text = Quantity.duration(milliseconds: ms)
    if text.hasSuffix(".0s") { return text.dropLast(3) + "s" }
    for end in ["00s", "00m", "00h"] where text.hasSuffix(end) { return String(text.dropLast(3)) }
    return text
}
