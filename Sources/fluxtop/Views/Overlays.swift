import Terminal
import TopModel

extension Frame {
    /// The keys that are valid on this screen; those that one may not use are grey.
    mutating func drawHelp() {
        let hints = self.model.keyHints
        guard self.model.size.width >= 74, self.model.size.height >= 20 else { return self.drawShortHelp(hints) }
        let groups = KeyHint.Group.allCases.map { group in (group, hints.filter { $0.group == group }) }
        let columns: [[KeyHint.Group]] = [[.move, .find], [.view], [.act]]
        let lines = columns.map { column in
            column.map { group in (group, groups.first { $0.0 == group }?.1 ?? []) }.filter { !$0.1.isEmpty }
        }
        let rows = lines.map { $0.reduce(-1) { $0 + $1.1.count + 2 } }.max() ?? 0
        let inner = self.drawHelpBox(width: 78, height: rows + 3 + self.legend.count)
        for (index, column) in lines.enumerated() {
            var page = Page(
                Rect(x: inner.x + index * 26, y: inner.y, width: index == 2 ? 22 : 25, height: inner.height)
            )
            let keyWidth = (column.flatMap(\.1).map { displayWidth($0.keys) }.max() ?? 0) + 1
            for (order, group) in column.enumerated() {
                if order > 0 { _ = page.next() }
                if let line = page.next() { self.buffer.draw(group.0.title, x: line.x, y: line.y, .strong) }
                for hint in group.1 { self.drawHint(hint, keyWidth, page.next()) }
            }
        }
        for (index, runs) in self.legend.enumerated() {
            if let line = inner.line(rows + 1 + index) { self.put(runs, in: line) }
        }
    }

    /// Two columns of keys, what one can do first: for screens that have no room for more.
    private mutating func drawShortHelp(_ hints: [KeyHint]) {
        let order: [KeyHint.Group] = [.act, .find, .view, .move]
        let sorted = order.flatMap { group in hints.filter { $0.group == group } }
        let inner = self.drawHelpBox(width: 44, height: (sorted.count + 1) / 2 + 2)
        let width = inner.width / 2
        for (index, hint) in sorted.enumerated() {
            guard let line = inner.line(index / 2) else { return }
            let place = Rect(x: line.x + index % 2 * width, y: line.y, width: width - 1, height: 1)
            self.drawHint(hint, displayWidth(hint.keys) + 1, place)
        }
    }

    private mutating func drawHint(_ hint: KeyHint, _ keyWidth: Int, _ line: Rect?) {
        guard let line else { return }
        self.put(hint.keys, x: line.x, y: line.y, width: min(keyWidth, line.width), hint.isAllowed ? .accent : .dim)
        let room = line.width - keyWidth
        self.put(hint.label, x: line.x + keyWidth, y: line.y, width: room, hint.isAllowed ? .text : .dim)
    }

    /// - Returns: The room inside.
    private mutating func drawHelpBox(width: Int, height: Int) -> Rect {
        let size = self.model.size
        let (width, height) = (min(size.width, width), min(size.height, height))
        let box = Rect(x: (size.width - width) / 2, y: (size.height - height) / 2, width: width, height: height)
        self.buffer.box(box, title: "help: \(self.model.screen.name)", self.symbols)
        if box.width >= 20 { self.buffer.draw(" any key closes ", x: box.x + 2, y: box.maxY - 1, .dim) }
        return Rect(x: box.x + 2, y: box.y + 1, width: box.width - 4, height: box.height - 2)
    }

    /// What words and colours in lists mean.
    private var legend: [[Run]] {
        var lines: [[Run]] = []
        if self.model.screen == .connections {
            lines.append([
                Run("ok", .ok), Run(" normal  "), Run("SLOW", .warn), Run(" its output waits  "), Run("WAITING", .warn),
                Run(" held back  "), Run("GONE", .gone), Run(" vanished"),
            ])
            if let refusal = self.model.refusal(of: .close, on: .connections) {
                lines.append([Run("K is off: \(self.shown(refusal))", .dim)])
            }
        }
        if self.model.screen == .queues {
            lines.append([
                Run("running", .ok), Run("  idle", .dim), Run(" nothing moves  "), Run("PAUSED", .warn), Run(" held  "),
                Run("QUARANTINED", .crit), Run(" unreadable  "), Run("GONE", .gone),
            ])
            lines.append([Run("READY wait, UNACK in hand: in the group that is furthest behind", .dim)])
        }
        if self.model.screen == .groups {
            lines.append([
                Run("ok", .ok), Run("  "), Run("BEHIND", .warn), Run(" lag grows  "), Run("NO MEMBERS", .warn),
                Run(" nobody takes  "), Run("STUCK", .warn), Run(" in hand for a minute"),
            ])
            lines.append([Run("LAG not settled yet, PEND of those in hand, DRAIN until none is left", .dim)])
        }
        if self.model.screen == .queues || self.model.screen == .groups, let kind = self.model.screen.table,
            self.model.offers(.pause, on: kind), let refusal = self.model.refusal(of: .pause, on: kind)
        {
            lines.append([Run("nothing can be changed: \(self.shown(refusal))", .dim)])
        }
        return lines
    }

    /// Asks before something is done: only `y` does it, or the name in full where it cannot be undone.
    mutating func drawConfirm(_ deed: Deed) {
        let size = self.model.size
        let count = deed.targets.count
        let verb = deed.verb.rawValue
        let singular = String(deed.kind.name.dropLast())
        let title =
            deed.typed != nil
            ? "\(verb) \(singular)".uppercased()
            : count == 1 ? "\(verb) \(singular)" : "\(verb) \(count) \(deed.kind.name)"
        let names = deed.targets.map { target in
            [self.shown(target.title), target.id == target.title ? "" : self.shown(target.id), self.shown(target.note)]
                .filter { !$0.isEmpty }.joined(separator: "  ")
        }
        let typed = deed.typed.map { self.shown($0.string) }
        guard size.width >= 30, size.height >= 8 else {
            let place = Rect(x: 0, y: size.height - 1, width: size.width, height: 1)
            self.buffer.fill(place)
            let what = count == 1 ? names.first ?? "" : "\(count)"
            let question = typed.map { [Run("\(verb), type its name: ", .warn), Run($0)] }
            self.put(question ?? [Run("y = \(verb) ", .warn), Run(what)], in: place)
            return
        }
        let room = max(1, min(names.count, size.height - 7))
        var lines = names.prefix(room).map { Run($0) }
        if names.count > room {
            lines[room - 1] = Run("\(self.symbols.ellipsis) and \(names.count - room + 1) more", .dim)
        }
        lines.append(Run(self.consequence(of: deed), .dim))
        if typed != nil { lines.append(Run("type its name, then Enter", .strong)) }
        let width = min(size.width, max(42, (lines.map { displayWidth($0.text) }.max() ?? 0) + 4))
        let height = lines.count + 4
        let box = Rect(x: (size.width - width) / 2, y: max(0, (size.height - height) / 2), width: width, height: height)
        self.buffer.box(box, title: title.capitalizedFirst, self.symbols, deed.typed == nil ? .warn : .crit)
        for (index, line) in lines.enumerated() {
            self.put(line.text, x: box.x + 2, y: box.y + 1 + index, width: box.width - 4, line.role)
        }
        let y = box.maxY - 2
        if let typed {
            let head = suffix(of: typed, width: box.width - 7)
            let end = self.buffer.draw("> \(head)", x: box.x + 2, y: y, deed.isNamed ? .ok : .text)
            self.buffer.draw(" ", x: end, y: y, .sel)
            return
        }
        self.buffer.draw("[ No ]", x: box.x + 8, y: y, .sel)
        self.buffer.draw("y = \(verb)", x: box.x + 19, y: y, .strong)
    }

    private func consequence(of deed: Deed) -> String {
        switch (deed.verb, deed.kind) {
        case (.close, _): "clients mostly connect again at once"
        case (.pause, .groups): "its members are given nothing"
        case (.pause, _): "consumers are given nothing"
        case (.resume, _): "what waits is delivered again"
        case (.purge, _): "every message in it is gone for good"
        }
    }
}
