import AdminAPI
import Terminal
import Testing
import TopModel

/// Keys as a table: where, which, and what is different afterwards.
@Suite("Keys")
struct KeyTests {
    struct Walk: Sendable, CustomTestStringConvertible {
        let start: String
        let keys: [KeyPress]
        let what: String
        let holds: @Sendable (Stage) -> Bool

        var testDescription: String { "\(self.start) \(self.keys): \(self.what)" }

        init(_ start: String, _ keys: [KeyPress], _ what: String, _ holds: @escaping @Sendable (Stage) -> Bool) {
            self.start = start
            self.keys = keys
            self.what = what
            self.holds = holds
        }

        init(_ start: String, _ keys: String, _ what: String, _ holds: @escaping @Sendable (Stage) -> Bool) {
            self.init(start, keys.map { .character($0) }, what, holds)
        }
    }

    static let walks = [
        Walk("", "1", "the overview") { $0.model.screen == .overview },
        Walk("", "2", "connections") { $0.model.screen == .connections },
        Walk("", "3", "queues") { $0.model.screen == .queues },
        Walk("", "4", "groups") { $0.model.screen == .groups },
        Walk("", "5", "topics") { $0.model.screen == .topics },
        Walk("", "6", "events") { $0.model.screen == .events },
        Walk("2", "9", "no screen, no change") { $0.model.screen == .connections },
        Walk("", [.enter], "from the overview to connections") { $0.model.screen == .connections },
        Walk("", "q", "quits") { $0.quits == 1 },
        Walk("2", [.function(10)], "quits") { $0.quits == 1 },
        Walk("2/", [.control("c")], "leaves the filter's line, and only that") {
            $0.quits == 0 && $0.model.prompt == nil
        },
        Walk("2", [.control("c")], "quits") { $0.quits == 1 },
        Walk("2/", "q", "is a letter of the filter") { $0.quits == 0 && $0.model.prompt?.string == "q" },
        Walk("", "?", "opens help") { $0.model.overlay == .help },
        Walk("?", "q", "closes help, and only that") { $0.model.overlay == nil && $0.quits == 0 },
        Walk("", "p", "pauses") { $0.model.isPaused },
        Walk("p", "p", "lives on") { !$0.model.isPaused },
        Walk("", "u", "other units") { $0.model.options.units == .si },
        Walk("uu", "u", "and back to the first") { $0.model.options.units == .iec },
        Walk("", "+", "asks less often") { $0.model.options.intervalMs == 2_000 },
        Walk("", "-", "asks more often") { $0.model.options.intervalMs == 500 },
        Walk("", "-----", "not below 200 ms") { $0.model.options.intervalMs == 200 },
        Walk("", "+++++++++", "not above a minute") { $0.model.options.intervalMs == 60_000 },
        Walk("2", "j", "the first row") { $0.model.table?.cursor == "c0.800.1" },
        Walk("2jj", "k", "a row up") { $0.model.table?.cursor == "c0.800.1" },
        Walk("2", [.down, .down], "the second row") { $0.model.table?.cursorIndex == 1 },
        Walk("2", [.end], "the last row") { $0.model.table?.cursorIndex == 9 },
        Walk("2G", [.home], "the first row") { $0.model.table?.cursorIndex == 0 },
        Walk("2j", [.pageDown], "a page on, no farther than the end") { $0.model.table?.cursorIndex == 9 },
        Walk("2j", [.escape], "no cursor") { $0.model.table?.cursor == nil },
        Walk("2j", [.enter], "details") { $0.model.isDetailOpen && $0.model.data.subject?.id == "c0.800.1" },
        Walk("2", [.enter], "details of the first row") { $0.model.data.subject?.id == "c0.800.1" },
        Walk("2", [.enter, .escape], "back to the list, the cursor stays") {
            !$0.model.isDetailOpen && $0.model.table?.cursor == "c0.800.1"
        },
        Walk("2", [.enter, .down], "details of the next") { $0.model.data.subject?.id == "c1.801.1" },
        Walk("2", "o", "sessions") { $0.model.tableKind == .sessions },
        Walk("2o", "o", "connections again") { $0.model.tableKind == .connections },
        Walk("5", "o", "means nothing on topics") { $0.model.tableKind == .topics },
        Walk("2", ">", "sorts by the next column") { $0.model.table?.sort.column == "inflight" },
        Walk("2", "<", "sorts by the column before") { $0.model.table?.sort.column == "messages_out_per_s" },
        Walk("2", "I", "the other way round") { $0.model.table?.sort.isDescending == false },
        Walk("2", [.character("/"), .character("x"), .enter], "filters") { $0.model.table?.filter == "x" },
        Walk("2", [.character("/"), .character("x"), .escape], "leaves the filter as it was") {
            $0.model.table?.filter == "" && $0.model.prompt == nil
        },
        Walk("2", [.character("/"), .character("x"), .enter, .escape], "Esc takes the filter away") {
            $0.model.table?.filter == ""
        },
        Walk("2", [.character("/"), .character("x"), .enter, .character("/"), .control("u"), .up], "recalls a filter") {
            $0.model.prompt?.string == "x"
        },
        Walk("2j", " ", "tags and moves on") {
            $0.model.table?.tagged.map(\.id) == ["c0.800.1"] && $0.model.table?.cursorIndex == 1
        },
        Walk("2j  ", "U", "takes all tags away") { $0.model.table?.tagged.isEmpty == true },
        Walk("2j k", " ", "takes one tag away") { $0.model.table?.tagged.isEmpty == true },
        Walk("2", "K", "asks nothing without a row") { $0.model.overlay == nil && $0.model.toast != nil },
        Walk("3", "j", "the first queue") { $0.model.table?.cursor == "audit" },
        Walk("3", ">", "sorts by the next column") { $0.model.table?.sort.column == "unacked" },
        Walk("3", "I", "the other way round") { $0.model.table?.sort.isDescending == false },
        Walk("3", [.character("/"), .character("m"), .enter], "filters") { $0.model.table?.filter == "m" },
        Walk("3jj", [.enter], "details") { $0.model.isDetailOpen && $0.model.data.subject?.id == "orders" },
        Walk("3jj", [.enter, .escape], "back") { !$0.model.isDetailOpen && $0.model.table?.cursor == "orders" },
        Walk("3jj", "z", "asks before it pauses") { deed($0)?.verb == .pause && deed($0)?.typed == nil },
        Walk("3/sms", [.enter, .character("j"), .character("z")], "asks before it resumes what is paused") {
            deed($0)?.verb == .resume
        },
        Walk("3jjz", "n", "anything but y leaves it") { $0.model.overlay == nil && $0.performed.isEmpty },
        Walk("3jjz", "y", "pauses") { $0.performed.map(\.verb) == ["pause"] && $0.performed.first?.id == "orders" },
        Walk("3jj", "X", "asks for the name") { deed($0)?.verb == .purge && deed($0)?.typed?.string == "" },
        Walk("3jjX", "y", "is a letter of the name") { $0.performed.isEmpty && deed($0)?.typed?.string == "y" },
        Walk("3jjXorder", [.enter], "purges nothing by half a name") {
            $0.performed.isEmpty && $0.model.overlay != nil && $0.model.toast?.isTrouble == true
        },
        Walk("3jjXorders", [.enter], "purges") {
            $0.performed.map(\.verb) == ["purge"] && $0.performed.first?.ifVersion == "v0"
        },
        Walk("3jjXorders", [.escape], "leaves it") { $0.model.overlay == nil && $0.performed.isEmpty },
        Walk("3jjXq", [.control("c")], "leaves the dialog, and only that") {
            $0.model.overlay == nil && $0.quits == 0
        },
        Walk("3", "z", "asks nothing without a row") { $0.model.overlay == nil && $0.model.toast != nil },
        Walk("3jj", "K", "means nothing on queues") { $0.model.overlay == nil },
        Walk("5j", "z", "means nothing on topics") { $0.model.overlay == nil },
        Walk("4j", "X", "means nothing on groups") { $0.model.overlay == nil },
        Walk("4jjzy", "", "pauses a group by its whole id") {
            $0.performed.map(\.id) == ["orders billing"] && $0.performed.first?.kind == .group
        },
        Walk("3j  ", "zy", "pauses what is tagged") { $0.performed.map(\.id) == ["audit", "orders"] },
        Walk("3j  ", "X", "purges one at a time") { $0.model.overlay == nil && $0.model.toast?.isTrouble == true },
        Walk("6", [.tab], "the log") { $0.model.journal == .log },
        Walk("6", [.tab, .backTab], "events again") { $0.model.journal == .events },
        Walk("6", "v", "fewer events") { $0.model.journals[.events]?.level == .notice },
        Walk("6", "vvvv", "all of them") { $0.model.journals[.events]?.level == .debug },
        Walk("6", "k", "stops following") { $0.model.journals[.events]?.isFollowing == false },
        Walk("6k", "G", "follows again") { $0.model.journals[.events]?.isFollowing == true },
        Walk("6", [.enter], "the whole record") { $0.model.isDetailOpen },
    ]

    @Test("does what the table says", arguments: walks)
    func walk(walk: Walk) {
        var stage = Stage.live(.ok)
        stage.type(walk.start)
        for key in walk.keys { stage.key(key) }
        #expect(walk.holds(stage), "\(walk.testDescription)")
    }

    @Test("every hint of the last line is a key that the screen takes", arguments: TopScreen.allCases)
    func hintsAreTrue(screen: TopScreen) {
        let named: [String: KeyPress] = ["Enter": .enter, "Esc": .escape, "Space": .character(" "), "Tab": .tab]
        var stage = Stage.live(.ok)
        stage.key(.character(Character("\(screen.rawValue)")))
        for hint in stage.model.keyHints where hint.rank != nil {
            let first = hint.keys.split(separator: " ").first.map(String.init) ?? ""
            guard let key = named[first] ?? (first.count == 1 ? first.first.map { .character($0) } : nil) else {
                continue
            }
            var other = stage
            other.key(key)
            #expect(
                other.model.isUnlike(stage.model) || other.quits > 0 || other.retries > 0 || hint.label == "ask again",
                "\(screen): \(hint.keys) \(hint.label)"
            )
        }
    }
}

/// What is being asked.
private func deed(_ stage: Stage) -> Deed? {
    if case .confirm(let deed) = stage.model.overlay { deed } else { nil }
}

extension TopModel {
    /// Whether an operator would see a difference.
    fileprivate func isUnlike(_ other: TopModel) -> Bool {
        self.screen != other.screen || self.tables != other.tables || self.journals != other.journals
            || self.journal != other.journal || self.overlay != other.overlay || self.prompt != other.prompt
            || self.isPaused != other.isPaused || self.options != other.options
            || self.isDetailOpen != other.isDetailOpen
            || self.tableKind != other.tableKind || self.toast != other.toast
    }
}
