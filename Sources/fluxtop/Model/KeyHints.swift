/// A key that means something now, as help and the last line show it.
package struct KeyHint: Equatable, Sendable {
    package enum Group: CaseIterable, Sendable {
        case move, view, find, act

        package var title: String {
            switch self {
            case .move: "MOVE"
            case .view: "VIEW"
            case .find: "FIND"
            case .act: "ACT"
            }
        }
    }

    package var keys: String
    package var label: String
    package var group: Group
    /// Where it stands among what the last line drops for want of room, 0 last; nil is for help alone.
    package var rank: Int?
    /// Whether it may be used; help shows it in grey if not.
    package var isAllowed = true
}

extension TopModel {
    /// The keys that are valid here, in the order of the last line.
    package var keyHints: [KeyHint] {
        if self.prompt != nil {
            return [
                KeyHint(keys: "Enter", label: "filter", group: .find, rank: 0),
                KeyHint(keys: "Esc", label: "leave as it was", group: .find, rank: 1),
                KeyHint(keys: "Up Down", label: "history", group: .find, rank: 2),
                KeyHint(keys: "^U", label: "clear", group: .find, rank: 3),
            ]
        }
        var hints: [KeyHint] = []
        switch self.screen {
        case .overview: hints += [KeyHint(keys: "Enter", label: "connections", group: .act, rank: 3)]
        case .connections, .queues, .groups, .topics: hints += self.listHints
        case .events: hints += self.journalHints
        }
        hints += [
            KeyHint(
                keys: "1-\(TopScreen.allCases.count)",
                label: "screen",
                group: .move,
                rank: self.screen == .overview ? 2 : nil
            ),
            KeyHint(keys: "Esc", label: "back, clear", group: .move, rank: self.isDetailOpen ? 2 : nil),
            KeyHint(keys: "p", label: self.isPaused ? "live" : "pause", group: .view, rank: 7),
            KeyHint(keys: "+ -", label: "slower, faster", group: .view, rank: self.screen == .overview ? 8 : nil),
            KeyHint(keys: "u", label: "KiB, kB, bytes", group: .view, rank: self.screen == .overview ? 9 : nil),
            KeyHint(
                keys: "r",
                label: self.isDown ? "connect now" : "ask again",
                group: .view,
                rank: self.isDown ? 2 : nil
            ),
            KeyHint(keys: "?", label: "help", group: .view, rank: 1),
            KeyHint(keys: "q", label: "quit", group: .view, rank: 0),
        ]
        return hints
    }

    private var listHints: [KeyHint] {
        var hints = [
            KeyHint(keys: "jk, arrows", label: "row", group: .move),
            KeyHint(keys: "PgUp PgDn", label: "page", group: .move),
            KeyHint(keys: "Home End", label: "first, last", group: .move),
        ]
        if !self.isDetailOpen { hints += [KeyHint(keys: "Enter", label: "details", group: .act, rank: 2)] }
        let deeds = self.deedHints
        if !deeds.isEmpty {
            hints += deeds
            hints += [
                KeyHint(keys: "Space", label: "tag", group: .act, rank: self.isDetailOpen ? nil : 9),
                KeyHint(keys: "U", label: "untag all", group: .act),
            ]
        }
        if self.isDetailOpen { return hints }
        hints += [
            KeyHint(keys: "/", label: "filter", group: .find, rank: 4),
            KeyHint(keys: "< >", label: "sort", group: .find, rank: 5),
            KeyHint(keys: "I", label: "invert", group: .find, rank: 8),
        ]
        if self.screen == .connections {
            hints += [KeyHint(keys: "o", label: self.showsSessions ? "connections" : "sessions", group: .view, rank: 6)]
        }
        return hints
    }

    /// What can be done to the rows in view.
    private var deedHints: [KeyHint] {
        guard let kind = self.tableKind else { return [] }
        func hint(_ keys: String, _ label: String, _ verb: Deed.Verb, rank: Int) -> KeyHint {
            let isAllowed = self.refusal(of: verb, on: kind) == nil
            return KeyHint(keys: keys, label: label, group: .act, rank: isAllowed ? rank : nil, isAllowed: isAllowed)
        }
        if kind == .connections { return [hint("K", "close...", .close, rank: 3)] }
        var hints: [KeyHint] = []
        if self.offers(.pause, on: kind) { hints.append(hint("z", "hold...", .pause, rank: 3)) }
        if self.offers(.purge, on: kind) { hints.append(hint("X", "purge...", .purge, rank: 6)) }
        return hints
    }

    private var journalHints: [KeyHint] {
        let isFollowing = self.journals[self.journal]?.isFollowing ?? true
        if self.isDetailOpen { return [KeyHint(keys: "jk", label: "next, previous", group: .move, rank: 3)] }
        return [
            KeyHint(keys: "jk, arrows", label: "line", group: .move),
            KeyHint(keys: "PgUp PgDn", label: "page", group: .move),
            KeyHint(keys: "G, End", label: "follow", group: .move, rank: isFollowing ? nil : 3),
            KeyHint(keys: "Enter", label: "whole record", group: .act, rank: 6),
            KeyHint(keys: "Tab", label: self.journal == .events ? "log" : "events", group: .view, rank: 2),
            KeyHint(keys: "v", label: "level", group: .find, rank: 4),
            KeyHint(keys: "/", label: "filter", group: .find, rank: 5),
        ]
    }
}
