import Terminal
import TopModel

extension Frame {
    /// The line in which the filter is edited, or what the server had to say about it.
    mutating func drawPrompt(_ rect: Rect) {
        if let prompt = self.model.prompt {
            let room = rect.width - 3
            guard room > 0 else { return }
            let before = self.shown(String(prompt.text.prefix(prompt.caret)))
            let after = self.shown(String(prompt.text.dropFirst(prompt.caret)))
            // The caret is always in view: what does not fit before it goes out at the left.
            let head = String(suffix(of: before, width: room))
            self.put([Run("/ ", .strong), Run(head)], in: rect)
            let x = rect.x + 2 + displayWidth(head)
            self.put("\(after) ", x: x, y: rect.y, width: rect.maxX - x)
            self.buffer.paint(Rect(x: x, y: rect.y, width: 1, height: 1), .sel)
        } else if self.model.filterFailure != nil {
            self.put([Run("/ ", .strong), Run(self.shown(self.model.filter))], in: rect)
        }
        guard let failure = self.model.filterFailure, let second = rect.line(1) else { return }
        let filter = self.model.filter
        var x = 0
        if let offset = failure.offset, !filter.isEmpty {
            x = min(displayWidth(self.shown(prefix(of: filter, bytes: Int(offset)))) + 2, max(0, rect.width - 12))
            self.buffer.draw("^", x: rect.x + x, y: second.y, .crit)
            x += 2
        }
        let hint = failure.hint.isEmpty ? "" : "; did you mean \(failure.hint)?"
        let message = self.shown(failure.message + hint)
        if displayWidth(message) <= rect.width - x || rect.width - x >= x - 3 {
            self.put(message, x: rect.x + x, y: second.y, width: rect.width - x, .crit)
        } else {
            // There is more room before the mark than behind it.
            let room = x - 3
            self.put(message, x: rect.x, y: second.y, width: min(room, displayWidth(message)), .crit)
        }
    }

    /// How the view is ordered, or what just happened; what looking costs, at the right.
    mutating func drawStatus(_ rect: Rect) {
        let cost = self.costText
        let toast = self.model.toast.flatMap { $0.until > self.now ? $0 : nil }
        let left = toast.map { [Run(self.shown($0.text), $0.isTrouble ? .crit : .accent)] } ?? self.orderRuns
        let needed = left.reduce(0) { $0 + displayWidth($1.text) }
        let widths = divide(
            rect.width,
            among: [Claim(min(needed, 20), needed, rank: 0), Claim(displayWidth(cost), rank: 1)],
            gap: 2
        )
        if let width = widths[0] {
            var place = rect
            place.width = width
            self.put(left, in: place)
        } else {
            self.put(left, in: rect)
        }
        if widths[1] != nil { self.buffer.draw(cost, maxX: rect.maxX, y: rect.y, .dim) }
    }

    private var orderRuns: [Run] {
        guard let table = self.model.table, !self.model.isDetailOpen else { return [] }
        let title = table.kind.columns.first { $0.name == table.sort.column }?.title.lowercased() ?? table.sort.column
        let arrow = table.sort.isDescending ? self.symbols.down : self.symbols.up
        var runs = [Run("sort ", .dim), Run("\(title) \(arrow)")]
        if !table.filter.isEmpty, self.model.prompt == nil, table.failure == nil {
            runs += [Run("   filter ", .dim), Run(self.shown(table.filter), .accent)]
        }
        return runs
    }

    private var costText: String {
        let data = self.model.data
        var us = data.brokers.costUs
        if self.model.screen == .overview { us += data.slow.costUs + data.busy.costUs + data.deepest.costUs }
        if let kind = self.model.tableKind { us += data[kind].costUs }
        var words: [String] = []
        if data.brokers.hasAnswer { words.append("server \(milliseconds(us)) ms") }
        if let load = self.model.load {
            words.append("fluxtop cpu \(Quantity.percent(load.cpuPercent))")
            words.append(Quantity.byteRate(load.terminalBytesPerS, self.model.options.units))
        }
        return words.joined(separator: "  ")
    }

    /// Keys that mean something here; those that matter least go first when there is no room.
    mutating func drawKeys(_ rect: Rect) {
        let hints = self.model.keyHints.compactMap { hint in hint.rank.map { (hint, $0) } }
        let texts = hints.map { hint, _ in "\(hint.keys) \(hint.label)" }
        let claims = zip(hints, texts).map { Claim(displayWidth($1), rank: $0.1) }
        let widths = divide(rect.width, among: claims, gap: 2)
        var x = rect.x
        for (index, width) in widths.enumerated() {
            guard let width else { continue }
            let hint = hints[index].0
            let end = self.buffer.draw(hint.keys, x: x, y: rect.y, hint.isAllowed ? .strong : .dim)
            self.buffer.draw(hint.label, x: end + 1, y: rect.y, hint.isAllowed ? .text : .dim)
            x += width + 2
        }
    }
}

/// Tenths of milliseconds: `1.4`.
private func milliseconds(_ us: UInt64) -> String { "\(us / 1_000).\(us % 1_000 / 100)" }

/// The end of a text that takes at most `width` cells.
func suffix(of text: String, width: Int) -> Substring {
    var rest = text[...]
    while displayWidth(rest) > width { rest = rest.dropFirst() }
    return rest
}

/// The characters that lie whole within the first `bytes` bytes.
private func prefix(of text: String, bytes: Int) -> String {
    var result = ""
    var used = 0
    for character in text {
        used += character.utf8.count
        if used > bytes { break }
        result.append(character)
    }
    return result
}
