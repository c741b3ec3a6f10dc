package import AdminAPI

package enum JournalKind: Int, CaseIterable, Sendable {
    case events, log

    package var name: String {
        switch self {
        case .events: "events"
        case .log: "log"
        }
    }
}

/// How the operator looks at events or at the log.
package struct JournalState: Equatable, Sendable {
    package internal(set) var level = AdminV1.Level.info
    package internal(set) var filter = ""
    package internal(set) var failure: TopFailure?
    /// The line under the cursor by its number; nil while the end is followed.
    package internal(set) var cursor: UInt64?
    /// The first line in view, by its number, while nothing is followed.
    var top: UInt64 = 0

    package var isFollowing: Bool { self.cursor == nil }

    static let levels: [AdminV1.Level] = [.debug, .info, .notice, .warning, .error]

    mutating func nextLevel() {
        let index = Self.levels.firstIndex(of: self.level) ?? 0
        self.level = Self.levels[(index + 1) % Self.levels.count]
    }

    /// The lines in view, `rows` of them at most.
    package func visible(_ lines: [LogLine], rows: Int) -> ArraySlice<LogLine> {
        guard !self.isFollowing else { return lines.suffix(rows) }
        let first = min(firstIndex(of: self.top, in: lines), max(0, lines.count - rows))
        return lines[first..<min(lines.count, first + rows)]
    }

    mutating func move(by step: Int, in lines: [LogLine], rows: Int) {
        guard !lines.isEmpty else { return }
        let from = self.cursor.map { firstIndex(of: $0, in: lines) } ?? lines.count - (step < 0 ? 0 : 1)
        let index = min(max(0, from + step), lines.count - 1)
        // The window stays where it is until the cursor leaves it.
        let shown = self.visible(lines, rows: rows)
        var first = shown.startIndex
        if index < first { first = index }
        if index >= first + rows { first = index - rows + 1 }
        self.top = lines[first].seq
        self.cursor = lines[index].seq
    }
}

/// The first line with this number or a later one; the last if there is none.
private func firstIndex(of seq: UInt64, in lines: [LogLine]) -> Int {
    var low = 0
    var high = lines.count
    while low < high {
        let middle = (low + high) / 2
        if lines[middle].seq < seq { low = middle + 1 } else { high = middle }
    }
    return min(low, max(0, lines.count - 1))
}
