import AdminAPI
import Terminal
import TopModel

/// The details of a queue and of a group.
extension Frame {
    // MARK: Queue

    mutating func drawQueue(_ queue: AdminV1.Queue, _ subject: TopData.Subject, _ page: inout Page) {
        let why = Why.explain(queue, self.model.options.units)
        // Where not everything has room, the answer comes before the figures that it is drawn from, and no line stays blank.
        let isShort = page.rect.height < 24
        if isShort, !subject.isGone { self.drawWhy(why, &page) }
        self.drawFacts(self.facts(of: queue), &page)
        if !isShort { _ = page.next() }
        self.drawFlow(
            [
                ("messages in", perSecond(queue.messagesInPerS), Quantity.count(queue.published), subject.messagesIn),
                (
                    "         out", perSecond(queue.messagesOutPerS), Quantity.count(queue.delivered),
                    subject.messagesOut
                ),
                ("acknowledged", perSecond(queue.acknowledgedPerS), Quantity.count(queue.acknowledged), nil),
            ],
            &page
        )
        self.drawBacklog(
            [
                ("ready", Quantity.exact(queue.ready)), ("unacked", Quantity.exact(queue.unacked)),
                ("delayed", queue.delayed == 0 ? "" : Quantity.exact(queue.delayed)),
            ],
            trend: queue.growthPerS,
            subject.backlog,
            &page
        )
        self.drawLimit(queue, &page)
        if !isShort {
            if !subject.isGone { self.drawWhy(why, &page) }
            _ = page.next()
        }
        self.drawGroups(of: queue, below: isShort ? 2 : 9, &page)
        if !isShort { _ = page.next() }
        self.drawLabelled("LIMITS", self.limits(of: queue), &page)
        self.drawLabelled("POLICY", self.policy(of: queue), &page)
        self.drawLabelled("COUNTED", counted(queue), &page)
    }

    private func facts(of queue: AdminV1.Queue) -> [String] {
        var facts = [self.shown(queue.type), self.shown(queue.state), self.shown(queue.durability)]
        if queue.reserved { facts.append("the broker's own") }
        if !queue.deadLettersOf.isEmpty { facts.append("dead letters of \(self.shown(queue.deadLettersOf))") }
        facts += [
            "shard \(queue.shard)", "number \(queue.number)",
            "\(Quantity.count(queue.consumers)) consumer\(queue.consumers == 1 ? "" : "s")",
        ]
        if let oldest = queue.oldestMs { facts.append("oldest \(Quantity.duration(milliseconds: oldest))") }
        facts.append("offsets \(Quantity.exact(queue.firstOffset)) to \(Quantity.exact(queue.nextOffset))")
        if !queue.topics.isEmpty { facts.append("topics \(self.shown(queue.topics.joined(separator: " ")))") }
        return facts.filter { !$0.isEmpty }
    }

    /// Messages and bytes, with what there may be of them.
    private mutating func drawLimit(_ queue: AdminV1.Queue, _ page: inout Page) {
        let units = self.model.options.units
        let shares: [(UInt64, UInt64)] = [(queue.depth, queue.depthLimit), (queue.bytes, queue.bytesLimit)]
        let share = shares.filter { $0.1 > 0 }.map { Double($0.0) / Double($0.1) }.max()
        var text = Quantity.size(queue.bytes, units)
        if queue.bytesLimit > 0 { text += " of \(Quantity.size(queue.bytesLimit, units))" }
        if queue.cachedBytes > 0 { text += "  \(Quantity.size(queue.cachedBytes, units)) in memory" }
        guard let line = page.next() else { return }
        self.buffer.draw("bytes", x: line.x, y: line.y)
        let end = min(line.maxX, line.x + 13 + displayWidth(text))
        let isFull = (share ?? 0) >= 0.9
        self.put(text, x: line.x + 13, y: line.y, width: line.maxX - line.x - 13, isFull ? .warn : .text)
        guard let share, line.maxX - end >= 19 else { return }
        let word = "full \(Quantity.percent(share * 100))"
        self.buffer.draw(word, x: end + 2, y: line.y, isFull ? .warn : .dim)
        let x = end + 3 + displayWidth(word)
        self.bar(share, x: x, y: line.y, width: min(20, line.maxX - x))
    }

    /// - Parameter rest: Lines to be left for what comes below.
    private mutating func drawGroups(of queue: AdminV1.Queue, below rest: Int, _ page: inout Page) {
        let store = self.model.data.queueGroups
        let groups = store.order.compactMap { id -> AdminV1.Group? in
            if case .group(let row) = store[id]?.row { row } else { nil }
        }
        let rows = groups.map { group in
            [
                Cell(self.shown(group.name)), Cell(Quantity.exact(group.lag), isNumber: true),
                trendCell(group.growthPerS), Cell(Quantity.count(group.pending), isNumber: true),
                Cell(Quantity.count(group.members), group.state == "no members" ? .warn : .text, isNumber: true),
                Cell(group.drainText, group.drainText == "never" ? .warn : .text, isNumber: true),
            ]
        }
        let head = [
            Cell("GROUPS \(Quantity.exact(store.total == nil ? queue.groups : store.matched))", .strong),
            Cell("LAG", .dim, isNumber: true), Cell("TREND", .dim, isNumber: true), Cell("PEND", .dim, isNumber: true),
            Cell("MEMB", .dim, isNumber: true), Cell("DRAIN", .dim, isNumber: true),
        ]
        self.drawGrid(
            head,
            rows,
            ranks: [0, 1, 3, 4, 5, 2],
            most: max(1, page.left - rest - 1),
            of: store.matched,
            &page
        )
    }

    private func limits(of queue: AdminV1.Queue) -> [String] {
        let units = self.model.options.units
        var facts = [
            "messages \(limit(queue.depthLimit, Quantity.count))",
            "bytes \(limit(queue.bytesLimit) { Quantity.size($0, units) })",
        ]
        if queue.messageBytesLimit > 0 { facts.append("message to \(Quantity.size(queue.messageBytesLimit, units))") }
        if queue.delayedLimit > 0 { facts.append("delayed \(Quantity.count(queue.delayedLimit))") }
        facts.append("ttl \(limit(queue.ttlMs, exact))")
        if !queue.overflow.isEmpty { facts.append("when full \(self.shown(queue.overflow))") }
        if queue.retentionMs > 0 { facts.append("kept for \(exact(queue.retentionMs))") }
        if queue.retentionBytesLimit > 0 { facts.append("kept to \(Quantity.size(queue.retentionBytesLimit, units))") }
        if queue.retentionMessagesLimit > 0 {
            facts.append("kept to \(Quantity.count(queue.retentionMessagesLimit)) messages")
        }
        return facts
    }

    private func policy(of queue: AdminV1.Queue) -> [String] {
        var facts = ["deliveries \(limit(queue.deliveriesLimit, Quantity.count))"]
        if queue.backoffMs > 0 {
            let isWhole = queue.backoffMultiplier == queue.backoffMultiplier.rounded() && queue.backoffMultiplier < 1e6
            let factor = isWhole ? String(Int(queue.backoffMultiplier)) : Quantity.rate(queue.backoffMultiplier)
            facts.append(
                "again after \(exact(queue.backoffMs)) to \(exact(queue.backoffLimitMs)), each time x\(factor)"
            )
        }
        if queue.visibilityTimeoutMs > 0 { facts.append("in hand for \(exact(queue.visibilityTimeoutMs))") }
        if queue.deadLetterQueue.isEmpty {
            facts.append("no dead letters")
        } else {
            facts.append("dead letters to \(self.shown(queue.deadLetterQueue))")
            facts.append("for \(self.shown(queue.deadLetterReasons.joined(separator: ", ")))")
        }
        if queue.dedupeWindowMs > 0 { facts.append("duplicates within \(exact(queue.dedupeWindowMs))") }
        if queue.singleActiveConsumer { facts.append("one active consumer") }
        if queue.priorities { facts.append("priorities") }
        if queue.compacts { facts.append("compacted") }
        if queue.compresses { facts.append("compressed") }
        if !queue.primaryGroup.isEmpty { facts.append("primary group \(self.shown(queue.primaryGroup))") }
        if queue.idleExpiryMs > 0 { facts.append("ends after \(exact(queue.idleExpiryMs)) idle") }
        if queue.idleGroupExpiryMs > 0 { facts.append("groups end after \(exact(queue.idleGroupExpiryMs)) idle") }
        return facts
    }

    // MARK: Group

    mutating func drawGroup(_ group: AdminV1.Group, _ subject: TopData.Subject, _ page: inout Page) {
        let (consumers, pending) = (self.consumers, self.pendingRows)
        let clients = Dictionary(consumers.map { ($0.id, $0.clientID.isEmpty ? $0.id : $0.clientID) }) { first, _ in
            first
        }
        let oldest = pending.first { $0.state == "delivered" && ($0.idleMs ?? 0) >= stuckMs }
        let why = Why.explain(
            group,
            credit: self.hasAllConsumers ? consumers.reduce(0) { $0 &+ $1.credit } : nil,
            stuck: oldest.map { (clients[$0.consumer] ?? $0.consumer, $0.idleMs ?? 0) }
        )
        let isShort = page.rect.height < 24
        if isShort, !subject.isGone { self.drawWhy(why, &page) }
        self.drawFacts(self.facts(of: group), &page)
        if !isShort { _ = page.next() }
        self.drawFlow(
            [
                ("messages in", perSecond(group.messagesInPerS), "", subject.messagesIn),
                (
                    "         out", perSecond(group.messagesOutPerS), Quantity.count(group.delivered),
                    subject.messagesOut
                ),
                ("acknowledged", perSecond(group.acknowledgedPerS), Quantity.count(group.acknowledged), nil),
            ],
            &page
        )
        self.drawBacklog(
            [
                ("lag", Quantity.exact(group.lag)), ("ready", Quantity.exact(group.ready)),
                ("pending", Quantity.exact(group.pending)), ("drain", group.drainText),
            ],
            trend: group.growthPerS,
            subject.backlog,
            &page
        )
        if !isShort {
            if !subject.isGone { self.drawWhy(why, &page) }
            _ = page.next()
        }
        // Two heads, what was counted, and blank lines between; the rest is for rows, of members first.
        let rows = page.left - (isShort ? 3 : 5)
        self.drawMembers(group, consumers, clients, most: max(1, rows * 2 / 3, rows - pending.count), &page)
        if !isShort { _ = page.next() }
        self.drawPending(group, pending, clients, most: max(1, page.left - (isShort ? 2 : 3)), &page)
        if !isShort { _ = page.next() }
        self.drawLabelled("COUNTED", counted(group), &page)
    }

    private var hasAllConsumers: Bool {
        let store = self.model.data.consumers
        return store.hasAnswer && store.order.count == Int(clamping: store.matched)
    }

    private var consumers: [AdminV1.Consumer] {
        let store = self.model.data.consumers
        return store.order.compactMap { if case .consumer(let row) = store[$0]?.row { row } else { nil } }
    }

    private var pendingRows: [AdminV1.Pending] {
        let store = self.model.data.pending
        return store.order.compactMap { if case .pending(let row) = store[$0]?.row { row } else { nil } }
    }

    private func facts(of group: AdminV1.Group) -> [String] {
        var facts = ["queue \(self.shown(group.queue))", self.shown(group.state)]
        facts.append(group.mode == "stream" ? "a cursor that moves on" : "each message to one member")
        if !group.filter.isEmpty { facts.append("filter \(self.shown(group.filter))") }
        if group.commitsAutomatically { facts.append("commits by itself") }
        facts.append("shard \(group.shard)")
        if let oldest = group.oldestMs { facts.append("oldest \(Quantity.duration(milliseconds: oldest))") }
        facts += [
            "committed \(Quantity.exact(group.committedOffset))", "cursor \(Quantity.exact(group.cursorOffset))",
            "end \(Quantity.exact(group.tailOffset))",
        ]
        return facts
    }

    private mutating func drawMembers(
        _ group: AdminV1.Group,
        _ members: [AdminV1.Consumer],
        _ clients: [String: String],
        most: Int,
        _ page: inout Page
    ) {
        let store = self.model.data.consumers
        let head = [
            Cell("MEMBERS \(Quantity.exact(store.hasAnswer ? store.matched : group.members))", .strong),
            Cell("SHARD", .dim, isNumber: true), Cell("PEND", .dim, isNumber: true),
            Cell("CREDIT", .dim, isNumber: true), Cell("TAKEN", .dim, isNumber: true), Cell("ST", .dim),
        ]
        let rows = members.map { member in
            [
                Cell(self.shown(clients[member.id] ?? member.id)), Cell(String(member.shard), isNumber: true),
                Cell(Quantity.count(member.pending), isNumber: true),
                Cell(
                    Quantity.count(member.credit),
                    member.credit == 0 && member.pending > 0 ? .warn : .text,
                    isNumber: true
                ),
                Cell(Quantity.count(member.delivered), isNumber: true), Cell(self.shown(member.state), .dim),
            ]
        }
        self.drawGrid(head, rows, ranks: [0, 5, 1, 2, 4, 3], most: most, of: store.matched, &page)
    }

    private mutating func drawPending(
        _ group: AdminV1.Group,
        _ pending: [AdminV1.Pending],
        _ clients: [String: String],
        most: Int,
        _ page: inout Page
    ) {
        let store = self.model.data.pending
        let head = [
            Cell("IN HAND \(Quantity.exact(store.hasAnswer ? store.matched : group.pending))", .strong),
            Cell("TRIES", .dim, isNumber: true), Cell("FOR", .dim, isNumber: true), Cell("ST", .dim),
            Cell("WHOSE", .dim),
        ]
        let rows = pending.map { entry in
            let isStuck = entry.state == "delivered" && (entry.idleMs ?? 0) >= stuckMs
            return [
                Cell("#\(Quantity.exact(entry.offset))" + (entry.priority == 0 ? "" : " priority \(entry.priority)")),
                Cell(Quantity.count(entry.deliveries), entry.deliveries > 1 ? .warn : .text, isNumber: true),
                Cell(Quantity.duration(milliseconds: entry.idleMs), isStuck ? .warn : .text, isNumber: true),
                Cell(isStuck ? "STUCK" : self.shown(entry.state), isStuck ? .warn : .dim),
                Cell(entry.consumer.isEmpty ? Quantity.unknown : self.shown(clients[entry.consumer] ?? entry.consumer)),
            ]
        }
        self.drawGrid(head, rows, ranks: [0, 3, 1, 2, 4], most: most, of: store.matched, &page)
    }

    // MARK: Parts

    /// What waits, in a few words, how it changes, and how it was.
    private mutating func drawBacklog(
        _ figures: [(String, String)],
        trend: Double?,
        _ history: RateHistory,
        _ page: inout Page
    ) {
        guard let line = page.next() else { return }
        var x = line.x
        for (index, figure) in figures.filter({ !$0.1.isEmpty }).enumerated() {
            let label = index == 0 ? fit(figure.0, 13) : "   \(figure.0) "
            // Half a number is another number: what has no room goes as a whole.
            guard x + displayWidth(label + figure.1) <= line.maxX else { break }
            x = self.buffer.draw(label, x: x, y: line.y)
            x = self.buffer.draw(figure.1, x: x, y: line.y, figure.1 == "never" ? .warn : .strong)
        }
        guard let second = page.next() else { return }
        let text = trend == nil ? Quantity.unknown : Quantity.change(trend) + "/s"
        self.buffer.draw("trend", x: second.x, y: second.y)
        let end = self.buffer.draw(text, x: second.x + 13, y: second.y, (trend ?? 0) >= 1 ? .warn : .text)
        let graphX = max(end + 2, second.x + 32)
        let width = min(30, second.maxX - graphX)
        guard width >= 5 else { return }
        let points = condensed(raised(history.points), to: width * self.symbols.pointsPerCell)
        self.buffer.draw(self.symbols.sparkline(points, width: width), x: graphX, y: second.y, .graph1)
    }

    /// Short facts behind their title.
    private mutating func drawLabelled(_ label: String, _ facts: [String], _ page: inout Page) {
        let indent = 9
        let width = page.rect.width - indent
        guard width > 0 else { return }
        var lines: [String] = []
        for fact in facts {
            if let last = lines.last, displayWidth(last) + 2 + displayWidth(fact) <= width {
                lines[lines.count - 1] = last + "  " + fact
            } else {
                lines.append(fact)
            }
        }
        for (index, text) in lines.enumerated() {
            guard let line = page.next() else { return }
            if index == 0 { self.buffer.draw(label, x: line.x, y: line.y, .strong) }
            self.put(text, x: line.x + indent, y: line.y, width: width)
        }
    }

    private struct Cell {
        var text: String
        var role: Role
        var isNumber: Bool

        init(_ text: String, _ role: Role = .text, isNumber: Bool = false) {
            self.text = text
            self.role = role
            self.isNumber = isNumber
        }
    }

    private func trendCell(_ value: Double?) -> Cell {
        Cell(Quantity.change(value), (value ?? 0) >= 1 ? .warn : .text, isNumber: true)
    }

    /// A small table: the first column takes what the others leave, numbers are whole or not there.
    ///
    /// - Parameters:
    ///   - ranks: The columns' ranks, 0 is left out last.
    ///   - most: Lines below the head.
    ///   - count: Rows that there are, here or not.
    private mutating func drawGrid(
        _ head: [Cell],
        _ rows: [[Cell]],
        ranks: [Int],
        most: Int,
        of count: UInt64,
        _ page: inout Page
    ) {
        let width = page.rect.width
        let claims = head.indices.map { column -> Claim in
            let widest = rows.reduce(displayWidth(head[column].text)) { max($0, displayWidth($1[column].text)) }
            if column == 0 { return Claim(12, min(max(16, widest), 40), rank: ranks[0]) }
            let isText = !head[column].isNumber
            return Claim(isText ? min(widest, 8) : widest, isText ? min(widest, 24) : widest, rank: ranks[column])
        }
        let sizes = divide(width, among: claims, gap: 2)
        let isCut = UInt64(rows.count) < count || rows.count > most
        let shown = min(rows.count, isCut ? max(1, most - 1) : most)
        for (index, row) in ([head] + rows.prefix(shown)).enumerated() {
            guard let line = page.next() else { return }
            var x = line.x
            for (cell, size) in zip(row, sizes) {
                guard let size else { continue }
                let role: Role = index > 0 && cell.isNumber && cell.text == "0" && cell.role == .text ? .dim : cell.role
                self.put(cell.text, x: x, y: line.y, width: size, role, cell.isNumber ? .trailing : .leading)
                x += size + 2
            }
        }
        guard shown < Int(clamping: count), shown > 0, most > 1, let line = page.next() else { return }
        let more = "\(self.symbols.ellipsis) \(Quantity.exact(count - UInt64(shown))) more"
        self.put(more, x: line.x, y: line.y, width: line.width, .dim)
    }
}

/// A message that has been in hand for so long, without a word about it, is stuck with who has it.
private let stuckMs: UInt64 = 60_000

/// What a graph of messages that wait is drawn from: they are many and change little, so it stands on the least of them and not on
/// zero, one range below. Less than a hundredth is no change.
func raised(_ points: [Double?]) -> [Double?] {
    let known = points.compactMap { $0 }
    guard let least = known.min(), let most = known.max(), most > least else { return points }
    let floor = max(0, least - max(most - least, most / 100))
    return points.map { $0.map { $0 - floor } }
}

private func perSecond(_ value: Double?) -> String { Quantity.rate(value) + (value == nil ? "" : "/s") }

private func limit(_ value: UInt64, _ text: (UInt64) -> String) -> String { value == 0 ? "no limit" : text(value) }

/// What happened to messages besides that they were processed; what did not happen is left out.
private func counted(_ queue: AdminV1.Queue) -> [String] {
    counted([
        ("again", queue.redelivered), ("failed", queue.failed), ("released", queue.released),
        ("rejected", queue.rejected), ("timed out", queue.timedOut), ("expired", queue.expired),
        ("dead-lettered", queue.deadLettered), ("dropped", queue.dropped), ("refused", queue.refused),
        ("duplicates", queue.duplicates),
    ])
}

private func counted(_ group: AdminV1.Group) -> [String] {
    counted([
        ("again", group.redelivered), ("failed", group.failed), ("released", group.released),
        ("rejected", group.rejected), ("timed out", group.timedOut), ("expired", group.expired),
        ("dead-lettered", group.deadLettered), ("dropped", group.dropped),
    ])
}

private func counted(_ counters: [(String, UInt64)]) -> [String] {
    let facts = counters.filter { $0.1 > 0 }.map { "\($0.0) \(Quantity.count($0.1))" }
    return facts.isEmpty ? ["no failures since the start"] : facts
}
