import AdminAPI
package import Terminal

/// What fluxtop knows and what its operator looks at: keys and answers go in, wishes and effects come out.
///
/// It draws nothing, asks nobody and reads no clock: `now` is monotonic milliseconds. Who runs it calls ``receive(_:now:)`` with
/// what arrives and ``key(_:now:)`` with what is typed, carries out the effects, and keeps exactly ``wanted`` running.
package struct TopModel: Sendable {
    package internal(set) var options: TopOptions
    package internal(set) var size: ScreenSize
    package internal(set) var screen: TopScreen
    /// Whether the connections' screen lists sessions.
    package internal(set) var showsSessions = false
    package internal(set) var tables: [TableKind: TableState]
    package internal(set) var journals: [JournalKind: JournalState]
    package internal(set) var journal = JournalKind.events
    package internal(set) var link = Link.connecting
    /// What came from the server, whether it is in view or not.
    package internal(set) var live = TopData()
    /// What is in view while the operator pauses.
    var frozen: TopData?
    package internal(set) var overlay: Overlay?
    package internal(set) var prompt: Prompt?
    var filterHistory: [String] = []
    /// Whether the details fill the body.
    package internal(set) var isDetailOpen = false
    package internal(set) var toast: Toast?
    package internal(set) var load: TopLoad?
    package internal(set) var clock: TopClock?
    /// When the clock was read.
    package internal(set) var clockAt: UInt64 = 0
    /// The latest `now` that came in.
    var now: UInt64
    var deeds = DeedTally()
    var calls = CallBook()

    package enum Link: Equatable, Sendable {
        case connecting
        case up
        case down(TopOutage)
    }

    package enum Overlay: Equatable, Sendable {
        case help
        case confirm(Deed)
    }

    /// One line that is shown for a while.
    package struct Toast: Equatable, Sendable {
        package var text: String
        package var isTrouble: Bool
        /// Unit: monotonic milliseconds.
        package var until: UInt64
    }

    /// - Parameter options: For which ``TopOptions/problem`` is nil.
    package init(options: TopOptions, size: ScreenSize, now: UInt64) {
        self.options = options
        self.size = size
        self.screen = options.screen
        self.now = now
        self.tables = Dictionary(uniqueKeysWithValues: TableKind.allCases.map { ($0, TableState($0)) })
        self.journals = [.events: JournalState(), .log: JournalState()]
        if options.screen == .events {
            self.journals[.events]?.filter = options.filter
        } else if let kind = options.screen.table {
            self.tables[kind]?.filter = options.filter
            if !options.sort.isEmpty { self.tables[kind]?.sort = SortChoice(text: options.sort) }
            if !options.columns.isEmpty { self.tables[kind]?.columns = options.columns.compactMap { kind.column($0) } }
        }
        self.updateCalls()
    }

    /// What should be running now.
    package var wanted: TopWanted { self.calls.wanted }

    /// What is in view: the server's state, or that of the moment when the operator paused.
    package var data: TopData { self.frozen ?? self.live }
    package var isPaused: Bool { self.frozen != nil }

    /// The table that the screen shows; nil on overview and events.
    package var tableKind: TableKind? {
        guard let kind = self.screen.table else { return nil }
        return kind == .connections && self.showsSessions ? .sessions : kind
    }

    package var table: TableState? { self.tableKind.flatMap { self.tables[$0] } }

    /// Local time as labels have it. Unit: milliseconds since 1970-01-01, moved by the zone.
    package func localTime(now: UInt64) -> Int64? {
        guard let clock = self.clock else { return nil }
        let elapsed = Int64(clamping: now) &- Int64(clamping: self.clockAt)
        return clock.unixMs &+ elapsed &+ Int64(clock.utcOffsetSeconds) * 1_000
    }

    // MARK: Where things stand

    package var layout: FrameLayout {
        FrameLayout(self.size, bannerRows: self.isDown ? 2 : 0, promptRows: self.promptRows)
    }

    package var isDown: Bool { if case .down = self.link { true } else { false } }

    private var promptRows: Int {
        if self.filterFailure != nil { return 2 }
        return self.prompt == nil ? 0 : 1
    }

    /// What the server said about the filter in view.
    package var filterFailure: TopFailure? {
        guard !self.filter.isEmpty else { return nil }
        return self.tableKind.map { self.tables[$0]?.failure } ?? self.journals[self.journal]?.failure
    }

    package var tableLayout: TableLayout { TableLayout(body: self.layout.body, withDetail: true) }

    /// Lines of the journal that have room: its body without the title.
    package var journalRows: Int { max(1, self.layout.body.height - 1) }

    /// Columns that have room in `width` when their widest cells are as wide as `widest` says, with their widths.
    package static func fitted(
        _ columns: [TopColumn],
        width: Int,
        widest: (TopColumn) -> Int = { _ in 0 }
    ) -> [(column: TopColumn, width: Int)] {
        let claims = columns.map { $0.claim(widest: widest($0)) }
        let sizes = divide(max(0, width - TableLayout.markWidth), among: claims, gap: 1)
        return zip(columns, sizes).compactMap { column, size in size.map { (column, $0) } }
    }

    /// Whether the object under the cursor has its details in view, beside the list or instead of it.
    package var showsDetail: Bool {
        guard self.tableKind != nil else { return false }
        return self.isDetailOpen || self.tableLayout.detail != nil
    }

    // MARK: Rights

    /// Whether something may be done to the rows of a table; else why not.
    package func refusal(of verb: Deed.Verb, on kind: TableKind) -> String? {
        if self.options.readOnly { return "fluxtop was started with --readonly" }
        guard let hello = self.live.hello, case .up = self.link else { return "no connection to fluxd" }
        if !hello.canChange { return "\(hello.identity) may only look" }
        return self.offers(verb, on: kind) ? nil : "fluxd \(hello.version) cannot do that"
    }

    /// Whether the server knows the verb, whoever asks.
    package func offers(_ verb: Deed.Verb, on kind: TableKind) -> Bool {
        self.live.hello?.kinds.first { $0.kind == kind.kind }?.verbs.contains(verb.rawValue) ?? false
    }

    /// Whether the server has rows of the kind; unknown before it said.
    func serves(_ kind: AdminV1.Kind) -> Bool {
        guard let hello = self.live.hello else { return true }
        return hello.kinds.contains { $0.kind == kind }
    }

    mutating func say(_ text: String, isTrouble: Bool = false) {
        self.toast = Toast(text: text, isTrouble: isTrouble, until: self.now + 5_000)
    }
}

extension TopScreen {
    /// The table it shows at first.
    package var table: TableKind? {
        switch self {
        case .connections: .connections
        case .queues: .queues
        case .groups: .groups
        case .topics: .topics
        case .overview, .events: nil
        }
    }
}
