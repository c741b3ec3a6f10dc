package import Terminal

extension TopModel {
    /// Takes in a key: the line that is being edited has it first, then what lies over the screen, then the screen.
    package mutating func key(_ key: KeyPress, now: UInt64) -> [TopEffect] {
        self.now = now
        let before = self.wanted
        if let toast = self.toast, toast.until <= now { self.toast = nil }
        var effects: [TopEffect]
        if case .resize(let size) = key {
            self.size = size
            self.reconcile()
            effects = []
        } else if key == .control("c"), self.prompt == nil, !self.isNaming {
            return [.quit]
        } else if self.prompt != nil {
            self.promptKey(key)
            effects = []
        } else if let overlay = self.overlay {
            effects = self.overlayKey(key, overlay)
        } else {
            effects = self.commonKey(key) ?? self.screenKey(key)
        }
        self.updateCalls()
        if self.wanted != before { effects.append(.resample) }
        return effects + [.redraw]
    }

    // MARK: Keys that mean the same everywhere

    private mutating func commonKey(_ key: KeyPress) -> [TopEffect]? {
        switch key {
        case .character("q"), .function(10): return [.quit]
        case .character("?"), .function(1): self.overlay = .help
        case .character("p"): self.togglePause()
        case .character("u"): self.nextUnits()
        case .character("+"), .character("="): self.stepInterval(up: true)
        case .character("-"): self.stepInterval(up: false)
        case .character("r"):
            if self.isDown { return [.retryNow] }
            self.calls.retry()
        case .escape: self.back()
        case .character(let digit):
            guard let number = digit.wholeNumberValue, let screen = TopScreen(rawValue: number) else { return nil }
            self.open(screen)
        default: return nil
        }
        return []
    }

    private mutating func open(_ screen: TopScreen) {
        self.isDetailOpen = false
        self.screen = screen
        self.reconcile()
    }

    private mutating func togglePause() {
        if self.frozen == nil {
            self.frozen = self.live
        } else {
            self.frozen = nil
            self.reconcile()
        }
    }

    private mutating func nextUnits() {
        let all = SizeUnits.allCases
        let index = all.firstIndex(of: self.options.units) ?? 0
        self.options.units = all[(index + 1) % all.count]
        let names: [SizeUnits: String] = [.iec: "KiB of 1,024 bytes", .si: "kB of 1,000 bytes", .raw: "bytes"]
        self.say("sizes in \(names[self.options.units] ?? "")")
    }

    private mutating func stepInterval(up: Bool) {
        let now = self.options.intervalMs
        let next = up ? Self.intervals.first { $0 > now } : Self.intervals.last { $0 < now }
        if let next { self.options.intervalMs = next }
        self.say("every \(Quantity.duration(milliseconds: UInt64(self.options.intervalMs)))")
    }

    private static let intervals: [UInt32] = [200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000]

    /// One step back: out of the details, then without the filter, then without the cursor.
    private mutating func back() {
        if self.isDetailOpen {
            self.isDetailOpen = false
            return
        }
        if self.screen == .events {
            if self.journals[self.journal]?.filter.isEmpty == false {
                self.setFilter("")
            } else {
                self.journals[self.journal]?.cursor = nil
            }
        } else if let kind = self.tableKind {
            if self.tables[kind]?.filter.isEmpty == false {
                self.setFilter("")
            } else {
                self.tables[kind]?.clearCursor()
            }
        }
    }

    // MARK: Keys of a screen

    private mutating func screenKey(_ key: KeyPress) -> [TopEffect] {
        switch self.screen {
        case .overview: self.overviewKey(key)
        case .connections, .queues, .groups, .topics: self.listKey(key)
        case .events: self.journalKey(key)
        }
        return []
    }

    /// From a panel to the screen that has all of it.
    private mutating func overviewKey(_ key: KeyPress) {
        if key == .enter { self.open(.connections) }
    }

    private mutating func listKey(_ key: KeyPress) {
        guard let kind = self.tableKind else { return }
        let page = max(1, self.tableLayout.rows.height - 1)
        switch key {
        case .down, .character("j"): self.move(by: 1)
        case .up, .character("k"): self.move(by: -1)
        case .pageDown, .control("f"): self.move(by: page)
        case .pageUp, .control("b"): self.move(by: -page)
        case .home, .character("g"): self.move(to: 0)
        case .end, .character("G"): self.move(to: .max)
        case .enter: self.openDetail()
        case .character("/"), .function(4): self.openPrompt()
        case .character("<"), .left: self.stepSort(-1)
        case .character(">"), .right: self.stepSort(1)
        case .character("I"): self.tables[kind]?.sort.isDescending.toggle()
        // Where one row fills the screen there is nothing to choose from, and no mark would show.
        case .character(" ") where self.isDetailOpen, .insert where self.isDetailOpen: break
        case .character(" "), .insert: self.toggleTag()
        case .character("U"): self.tables[kind]?.tagged = []
        case .character("o") where self.screen == .connections:
            self.isDetailOpen = false
            self.showsSessions.toggle()
            self.reconcile()
        case .character("K"), .function(9): self.askToClose()
        case .character("z"): self.askToHold()
        case .character("X"): self.askToPurge()
        default: break
        }
    }

    private mutating func journalKey(_ key: KeyPress) {
        let rows = self.journalRows
        switch key {
        case .down, .character("j"): self.moveJournal(by: 1)
        case .up, .character("k"): self.moveJournal(by: -1)
        case .pageDown, .control("f"): self.moveJournal(by: rows - 1)
        case .pageUp, .control("b"): self.moveJournal(by: 1 - rows)
        case .home, .character("g"): self.moveJournal(by: -LineLog.length)
        case .end, .character("G"):
            self.journals[self.journal]?.cursor = nil
            self.isDetailOpen = false
        case .enter:
            if self.journals[self.journal]?.cursor == nil { self.moveJournal(by: 0) }
            self.isDetailOpen = self.journals[self.journal]?.cursor != nil
        case .tab, .backTab:
            self.isDetailOpen = false
            self.journal = self.journal == .events ? .log : .events
        case .character("v"):
            self.journals[self.journal]?.nextLevel()
            self.restartJournal()
        case .character("/"), .function(4): self.openPrompt()
        default: break
        }
    }

    private mutating func moveJournal(by step: Int) {
        let (lines, rows) = (self.journalLines, self.journalRows)
        self.journals[self.journal]?.move(by: step, in: lines, rows: rows)
    }

    package var journalLines: [LogLine] {
        switch self.journal {
        case .events: self.data.events.lines
        case .log: self.data.log.lines
        }
    }

    /// Other lines are wanted now: those in view are not among them, or not all of them.
    private mutating func restartJournal() {
        self.isDetailOpen = false
        self.journals[self.journal]?.cursor = nil
        self.journals[self.journal]?.failure = nil
        switch self.journal {
        case .events:
            self.live.events = LineLog()
            self.frozen?.events = LineLog()
        case .log:
            self.live.log = LineLog()
            self.frozen?.log = LineLog()
        }
    }

    // MARK: Cursor, sort, tags

    private mutating func move(by step: Int) {
        guard let kind = self.tableKind, let table = self.tables[kind] else { return }
        // Without a cursor the first key puts one on the first row in view.
        guard table.cursor != nil else { return self.move(to: table.offset + (step > 1 ? step : 0)) }
        self.move(to: table.cursorIndex + step)
    }

    private mutating func move(to index: Int) {
        guard let kind = self.tableKind else { return }
        let visible = self.tableLayout.rows.height
        let store = self.data[kind]
        self.tables[kind]?.moveCursor(to: index, in: store, visible: visible)
    }

    private mutating func openDetail() {
        guard let kind = self.tableKind else { return }
        if self.tables[kind]?.cursor == nil { self.move(by: 0) }
        self.isDetailOpen = self.tables[kind]?.cursor != nil
    }

    private mutating func stepSort(_ step: Int) {
        guard let kind = self.tableKind, let table = self.tables[kind] else { return }
        let columns = Self.fitted(table.columns, width: self.tableLayout.rows.width).map(\.column).filter(\.isSortable)
        guard !columns.isEmpty else { return }
        let place = columns.firstIndex { $0.name == table.sort.column }
        let next = place.map { ($0 + step + columns.count) % columns.count } ?? 0
        self.tables[kind]?.sort = SortChoice(column: columns[next].name, isDescending: columns[next].isNumber)
    }

    private mutating func toggleTag() {
        guard let kind = self.tableKind, let table = self.tables[kind], let row = self.cursorRow else {
            return self.move(by: 0)
        }
        if let index = table.tagged.firstIndex(where: { $0.id == row.id }) {
            self.tables[kind]?.tagged.remove(at: index)
        } else if table.tagged.count >= TableState.mostTags {
            return self.say(
                "\(TableState.mostTags) rows are tagged, that is all that can be; U takes the tags away",
                isTrouble: true
            )
        } else if row.fate != .gone {
            self.tables[kind]?.tagged.append(TableState.Target(row.row))
        }
        self.move(by: 1)
    }

    /// The row under the cursor as it is on the screen.
    package var cursorRow: TopRow? {
        guard let kind = self.tableKind, let table = self.tables[kind], table.cursor != nil else { return nil }
        guard let row = table.row(at: table.cursorIndex, in: self.data[kind]), row.id == table.cursor else {
            return nil
        }
        return row
    }

    // MARK: Deeds

    private mutating func askToClose() {
        guard self.tableKind == .connections else { return }
        self.ask(.close)
    }

    /// Pauses what runs; where all of it is paused already, resumes it.
    private mutating func askToHold() {
        guard let kind = self.tableKind, self.offers(.pause, on: kind) else { return }
        let targets = self.targets
        self.ask(!targets.isEmpty && targets.allSatisfy { $0.state == "paused" } ? .resume : .pause)
    }

    private mutating func askToPurge() {
        guard let kind = self.tableKind, self.offers(.purge, on: kind) else { return }
        if self.targets.count > 1 {
            return self.say(
                "one at a time: U takes the tags away, then X purges the row under the cursor",
                isTrouble: true
            )
        }
        if let title = self.targets.first?.title, title.utf8.count > Prompt.longest {
            return self.say("its name is too long to be typed here: fluxctl queue purge takes it", isTrouble: true)
        }
        self.ask(.purge)
    }

    /// What a deed would be done to: the tagged rows where one sees that they are tagged, else the one under the cursor.
    private var targets: [TableState.Target] {
        if let tagged = self.table?.tagged, !tagged.isEmpty, !self.isDetailOpen { return tagged }
        return self.cursorRow.map { [TableState.Target($0.row)] } ?? []
    }

    private mutating func ask(_ verb: Deed.Verb) {
        guard let kind = self.tableKind else { return }
        if let refusal = self.refusal(of: verb, on: kind) {
            return self.say("cannot \(verb.rawValue) \(kind.name): \(refusal)", isTrouble: true)
        }
        let targets = self.targets
        if targets.isEmpty { return self.say("no row is chosen: move the cursor to one first") }
        if let row = self.cursorRow, self.isGone(row), targets.map(\.id) == [row.id] {
            return self.say("\(row.row.title) is gone already")
        }
        // Of several rows only those that are not what they are to become.
        let state = verb == .pause ? "paused" : nil
        let wanted = targets.filter { $0.state != state || targets.count == 1 }
        self.overlay = .confirm(Deed(verb, kind, wanted))
    }

    private func isGone(_ row: TopRow) -> Bool {
        row.fate == .gone || (self.data.subject?.id == row.id && self.data.subject?.isGone == true)
    }

    private mutating func overlayKey(_ key: KeyPress, _ overlay: Overlay) -> [TopEffect] {
        guard case .confirm(var deed) = overlay, deed.typed != nil else {
            self.overlay = nil
            guard case .confirm(let deed) = overlay, key == .character("y") else { return [] }
            return self.perform(deed)
        }
        switch deed.typed?.key(key, history: []) {
        case .accept where deed.isNamed:
            self.overlay = nil
            return self.perform(deed)
        case .accept: self.say("that is not its name", isTrouble: true)
        case .editing: self.overlay = .confirm(deed)
        case .cancel, nil: self.overlay = nil
        }
        return []
    }

    /// Whether a name is being typed: there Ctrl-C leaves the line, as it does in the filter's.
    private var isNaming: Bool {
        if case .confirm(let deed) = self.overlay { deed.typed != nil } else { false }
    }

    private mutating func perform(_ deed: Deed) -> [TopEffect] {
        if let refusal = self.refusal(of: deed.verb, on: deed.kind) {
            self.say("nothing was \(deed.verb.past): \(refusal)", isTrouble: true)
            return []
        }
        self.deeds.begin(deed)
        self.tables[deed.kind]?.tagged.removeAll { tag in deed.targets.contains { $0.id == tag.id } }
        return deed.requests.map(TopEffect.perform)
    }

    // MARK: Filter

    private mutating func openPrompt() {
        let failure = self.filterFailure
        self.prompt = Prompt(self.filter, caretAt: failure?.offset.map { Int($0) })
        self.isDetailOpen = false
    }

    /// The filter of what is in view.
    package var filter: String { self.table?.filter ?? self.journals[self.journal]?.filter ?? "" }

    private mutating func promptKey(_ key: KeyPress) {
        guard var prompt = self.prompt else { return }
        switch prompt.key(key, history: self.filterHistory) {
        case .editing: self.prompt = prompt
        case .cancel: self.prompt = nil
        case .accept:
            self.prompt = nil
            Prompt.remember(prompt.string, in: &self.filterHistory)
            self.setFilter(prompt.string)
        }
    }

    private mutating func setFilter(_ filter: String) {
        if let kind = self.tableKind {
            self.tables[kind]?.filter = filter
            self.tables[kind]?.failure = nil
            self.tables[kind]?.clearCursor()
        } else if self.screen == .events {
            self.journals[self.journal]?.filter = filter
            self.restartJournal()
        }
    }
}
