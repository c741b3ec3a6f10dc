import AdminAPI
import Terminal

extension TopModel {
    /// Takes in what happened. Answers to calls that are no longer wanted are ignored.
    package mutating func receive(_ input: TopInput, now: UInt64) -> [TopEffect] {
        self.now = now
        let before = self.wanted
        var isVisible = true
        switch input {
        case .connected(let hello): self.connected(hello)
        case .disconnected(let outage): self.link = .down(outage)
        case .clock(let clock):
            self.clock = clock
            self.clockAt = now
        case .load(let load): self.load = load
        case .done(let request, let result): self.done(request, result)
        case .failed(let id, let failure): isVisible = self.failed(id, failure)
        case .watch(let id, let response): isVisible = self.watched(id, response)
        case .series(let id, let response):
            guard self.calls.purpose(of: id) == .series else { return [] }
            self.live.series.apply(response, now: now)
        case .events(let id, let response):
            let lines = response.events.map(LogLine.init)
            isVisible = self.append(id, lines, lost: response.lost, nextSeq: response.nextSeq)
        case .log(let id, let response):
            let lines = response.records.map(LogLine.init)
            isVisible = self.append(id, lines, lost: response.lost, nextSeq: response.nextSeq)
        case .row(let id, let response): isVisible = self.received(id, response)
        }
        guard isVisible else { return [] }
        if let toast = self.toast, toast.until <= now { self.toast = nil }
        self.updateCalls()
        return self.wanted == before ? [.redraw] : [.redraw, .resample]
    }

    private mutating func connected(_ hello: AdminV1.HelloResponse) {
        let isAnother = self.live.hello.map { $0.bootID != hello.bootID } ?? false
        if isAnother { self.forget() }
        self.link = .up
        self.live.hello = hello
        self.live.helloAt = self.now
        self.live.lastAnswerAt = self.now
        if isAnother { self.renewCalls() } else { self.calls.retry() }
    }

    /// Another process answers: its identifiers and counters have nothing to do with those before.
    private mutating func forget() {
        self.live = TopData()
        self.frozen = nil
        for kind in TableKind.allCases {
            self.tables[kind]?.clearCursor()
            self.tables[kind]?.tagged = []
        }
        for kind in JournalKind.allCases { self.journals[kind]?.cursor = nil }
        self.isDetailOpen = false
        if case .confirm = self.overlay { self.overlay = nil }
        self.say("fluxd was started again: its counters begin at zero")
    }

    private mutating func watched(_ id: UInt64, _ response: AdminV1.WatchResponse) -> Bool {
        guard let purpose = self.calls.purpose(of: id), case .watch(let request)? = self.calls[purpose]?.request else {
            return false
        }
        let interval = request.intervalMs
        self.live.lastAnswerAt = self.now
        switch purpose {
        case .broker: self.live.brokers.apply(response, now: self.now, intervalMs: interval)
        case .slow: self.live.slow.apply(response, now: self.now, intervalMs: interval)
        case .busy: self.live.busy.apply(response, now: self.now, intervalMs: interval)
        case .deepest: self.live.deepest.apply(response, now: self.now, intervalMs: interval)
        case .deadLetters: self.live.deadLetters.apply(response, now: self.now, intervalMs: interval)
        case .subscriptions: self.live.subscriptions.apply(response, now: self.now, intervalMs: interval)
        case .queueGroups: self.live.queueGroups.apply(response, now: self.now, intervalMs: interval)
        case .consumers: self.live.consumers.apply(response, now: self.now, intervalMs: interval)
        case .pending: self.live.pending.apply(response, now: self.now, intervalMs: interval)
        case .table:
            guard let kind = self.tableKind else { return false }
            self.live[kind].apply(response, now: self.now, intervalMs: interval)
            self.tables[kind]?.failure = nil
            if case .confirm(var deed) = self.overlay, deed.kind == kind {
                deed.refresh(from: self.live[kind])
                self.overlay = .confirm(deed)
            }
            if !self.isPaused { self.reconcile() }
        case .series, .headlines, .journal, .subject, .retained: return false
        }
        return true
    }

    /// Brings the table's cursor in line with the rows in view.
    mutating func reconcile() {
        guard let kind = self.tableKind else { return }
        let visible = self.tableLayout.rows.height
        let store = self.data[kind]
        self.tables[kind]?.reconcile(with: store, visible: visible)
    }

    private mutating func append(_ id: UInt64, _ lines: [LogLine], lost: UInt64, nextSeq: UInt64) -> Bool {
        self.live.lastAnswerAt = self.now
        switch self.calls.purpose(of: id) {
        case .headlines: self.live.headlines.append(lines, lost: lost, nextSeq: nextSeq)
        case .journal:
            switch self.journal {
            case .events: self.live.events.append(lines, lost: lost, nextSeq: nextSeq)
            case .log: self.live.log.append(lines, lost: lost, nextSeq: nextSeq)
            }
            self.journals[self.journal]?.failure = nil
        default: return false
        }
        return true
    }

    private mutating func received(_ id: UInt64, _ response: AdminV1.GetResponse) -> Bool {
        guard let row = response.row else { return false }
        switch self.calls.purpose(of: id) {
        case .subject:
            guard row.id == self.live.subject?.id else { return false }
            self.live.subject?.apply(row)
            // Details that were opened in a pause are not older than the pause.
            if let frozen = self.frozen, frozen.subject?.id != row.id || frozen.subject?.row == nil {
                self.frozen?.subject = self.live.subject
            }
            if let kind = self.tableKind, self.tables[kind]?.ghost?.row.id == row.id {
                self.tables[kind]?.ghost?.row = row
                self.tables[kind]?.ghost?.fate = .aside
                self.tables[kind]?.cursorRow = row
            }
        case .retained:
            guard case .retained(let retained) = row.row else { return false }
            self.live.retained = retained
            if self.frozen?.subject?.id == row.id { self.frozen?.retained = retained }
        default: return false
        }
        return true
    }

    /// A filter that the server refused is edited on, at the place that is wrong: what is typed to mend it must not be taken for
    /// keys of the screen.
    private mutating func askAgain(_ failure: TopFailure) {
        if self.prompt != nil || self.overlay != nil { return }
        self.prompt = Prompt(self.filter, caretAt: failure.offset.map { Int($0) })
    }

    private mutating func failed(_ id: UInt64, _ failure: TopFailure) -> Bool {
        guard let purpose = self.calls.purpose(of: id) else { return false }
        self.calls.fail(id)
        switch purpose {
        case .table:
            guard let kind = self.tableKind else { return false }
            self.tables[kind]?.failure = failure
            if self.filter.isEmpty { self.say(failure.message, isTrouble: true) } else { self.askAgain(failure) }
        case .journal:
            self.journals[self.journal]?.failure = failure
            if !self.filter.isEmpty { self.askAgain(failure) }
        case .subject:
            guard failure.code == "not_found" else {
                self.live.subject?.failure = failure
                return true
            }
            self.live.subject?.isGone = true
            if self.frozen?.subject?.id == self.live.subject?.id { self.frozen?.subject?.isGone = true }
            guard let kind = self.tableKind, let gone = self.live.subject?.id else { return true }
            if self.tables[kind]?.ghost?.row.id == gone { self.tables[kind]?.ghost?.fate = .gone }
        case .retained: self.live.retained = nil
        case .broker, .slow, .busy, .deepest, .deadLetters, .series, .headlines, .subscriptions, .queueGroups,
            .consumers,
            .pending:
            self.say(failure.message, isTrouble: true)
        }
        return true
    }

    private mutating func done(_ request: AdminV1.DoRequest, _ result: Result<AdminV1.DoResponse, TopFailure>) {
        guard let verdict = self.deeds.answered(request, result) else { return }
        self.say(verdict.text, isTrouble: verdict.isTrouble)
    }
}
