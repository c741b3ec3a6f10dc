import AdminAPI
import Terminal
import TopModel

extension Frame {
    mutating func drawJournal(_ body: Rect) {
        guard let state = self.model.journals[self.model.journal] else { return }
        let lines = self.model.journalLines
        if self.model.isDetailOpen, let line = lines.first(where: { $0.seq == state.cursor }) {
            self.drawRecord(line, body)
            return
        }
        self.drawJournalTitle(state, lines, body)
        let visible = state.visible(lines, rows: max(0, body.height - 1))
        for (index, line) in visible.enumerated() {
            guard let place = body.line(index + 1) else { return }
            self.drawLogLine(line, isCursor: line.seq == state.cursor, place)
        }
        guard lines.isEmpty, let place = body.line(1) else { return }
        var page = Page(Rect(x: place.x, y: place.y, width: place.width, height: body.maxY - place.y))
        let log = self.model.journal == .events ? self.model.data.events : self.model.data.log
        if let failure = state.failure {
            self.put(self.shown(failure.message), x: place.x, y: place.y, width: place.width, .crit)
        } else if !log.hasAnswer {
            self.drawWaiting(place)
        } else {
            let text =
                "nothing yet at level \(state.level.word) or above"
                + (state.filter.isEmpty ? "; v changes the level" : " that matches; Esc clears the filter")
            for part in self.flowed(text, width: body.width) {
                if let line = page.next() { self.put(part, x: line.x, y: line.y, width: line.width) }
            }
        }
    }

    private mutating func drawJournalTitle(_ state: JournalState, _ lines: [LogLine], _ rect: Rect) {
        var runs: [Run] = []
        for kind in JournalKind.allCases {
            let isOpen = kind == self.model.journal
            runs.append(Run(isOpen ? "[\(kind.name)]" : " \(kind.name) ", isOpen ? .strong : .dim))
        }
        runs.append(Run("   level>=\(state.level.word)", .text))
        if !state.filter.isEmpty { runs.append(Run("   filter \(self.shown(state.filter))", .accent)) }
        let log = self.model.journal == .events ? self.model.data.events : self.model.data.log
        if log.lost > 0 { runs.append(Run("   \(Quantity.count(log.lost)) older ones are no longer kept", .dim)) }
        let end = self.put(runs, in: rect)
        let mode = self.model.isPaused ? "PAUSED" : state.isFollowing ? "FOLLOWING" : "G follows"
        if end + displayWidth(mode) + 2 <= rect.maxX {
            self.buffer.draw(mode, maxX: rect.maxX, y: rect.y, state.isFollowing ? .ok : .dim)
        }
    }

    private mutating func drawLogLine(_ line: LogLine, isCursor: Bool, _ rect: Rect) {
        let isWide = rect.width >= 60
        let time = self.localText(line.unixMs, digits: isWide ? .milliseconds : .seconds)
        var cells = [Run(time + " ", .dim), Run(levelText(line.level) + " ", levelRole(line.level))]
        if isWide, self.model.journal == .events {
            cells.append(Run(self.fitted(self.shown(line.kind), rect.width >= 100 ? 22 : 18) + " ", .dim))
        }
        if !line.subject.isEmpty { cells.append(Run(self.shown(line.subject) + " ", .accent)) }
        cells.append(Run(self.shown(line.text)))
        if self.model.journal == .log {
            for attribute in line.attributes {
                cells.append(Run(" \(self.shown(attribute.name))=", .dim))
                cells.append(Run(self.shown(attribute.value)))
            }
        }
        self.put(cells, in: rect)
        if isCursor { self.buffer.paint(rect, .sel) }
    }

    /// One record with everything that belongs to it.
    private mutating func drawRecord(_ line: LogLine, _ rect: Rect) {
        var page = Page(rect)
        if let place = page.next() {
            let name = self.model.journal.name.capitalizedFirst
            self.put(
                [
                    Run("\(name) \(self.symbols.into) ", .dim), Run("\(line.seq)", .strong),
                    Run("  " + self.localText(line.unixMs, digits: .milliseconds) + "  ", .dim),
                    Run(line.level.word, levelRole(line.level)),
                ],
                in: place
            )
        }
        self.drawCut(self.shown(line.text), &page)
        _ = page.next()
        var facts: [(String, String)] = []
        if !line.kind.isEmpty { facts.append(("kind", line.kind)) }
        if !line.subject.isEmpty { facts.append(("subject", line.subject)) }
        facts += line.attributes.map { ($0.name, $0.value) }
        let width = min(20, (facts.map { displayWidth(self.shown($0.0)) }.max() ?? 0) + 2)
        for (name, value) in facts {
            guard let place = page.next() else { return }
            self.put(self.shown(name), x: place.x, y: place.y, width: width - 1, .dim)
            self.put(self.shown(value), x: place.x + width, y: place.y, width: place.width - width)
        }
    }

    /// A moment of the server as local time of the day.
    func localText(_ unixMs: Int64, digits: ClockDigits) -> String {
        let offset = Int64(self.model.clock?.utcOffsetSeconds ?? 0) * 1_000
        return clockText(unixMs &+ offset, digits: digits)
    }
}

/// Five letters, so that what follows is aligned.
func levelText(_ level: AdminV1.Level) -> String {
    switch level {
    case .trace: "TRACE"
    case .debug: "DEBUG"
    case .info: "INFO "
    case .notice: "NOTE "
    case .warning: "WARN "
    case .error: "ERROR"
    case .critical: "CRIT "
    case .unspecified, .unrecognized: "-    "
    }
}

func levelRole(_ level: AdminV1.Level) -> Role {
    switch level {
    case .warning: .warn
    case .error, .critical: .crit
    case .notice: .info
    case .trace, .debug: .dim
    case .info, .unspecified, .unrecognized: .text
    }
}
