package import AdminAPI
import Terminal

/// How the operator looks at one table. The rows themselves are in ``TopData``.
package struct TableState: Equatable, Sendable {
    package let kind: TableKind
    package internal(set) var columns: [TopColumn]
    package internal(set) var sort: SortChoice
    package internal(set) var filter = ""
    /// What the server said about the filter, or about the call as a whole.
    package internal(set) var failure: TopFailure?
    /// The object that the cursor is on: it follows the object and not the place. Nil while nobody chose one; then the list shows
    /// whatever is on top.
    package internal(set) var cursor: String?
    /// Where the cursor's object stands, or stood.
    package internal(set) var cursorIndex = 0
    /// The cursor's row as it was seen last.
    var cursorRow: AdminV1.Row?
    /// The cursor's row when it is not among the server's answer any more; stays in view until the cursor leaves it.
    package internal(set) var ghost: Ghost?
    /// The first row in view.
    package internal(set) var offset = 0
    package internal(set) var tagged: [Target] = []

    package struct Ghost: Equatable, Sendable {
        package var row: AdminV1.Row
        package var index: Int
        package var fate: Fate
    }

    /// What became of a row.
    package enum Fate: Equatable, Sendable {
        case present
        /// It exists, and the filter or the limit leaves it out; or that is being found out.
        case aside
        case gone
    }

    /// An object as it was on the screen when a key was hit.
    package struct Target: Equatable, Sendable {
        package var id: String
        package var version: String
        package var title: String
        package var note: String
        package var state: String

        init(_ row: AdminV1.Row) {
            self.id = row.id
            self.version = row.version
            self.title = row.title
            self.state = row.state
            switch row.row {
            case .connection(let connection):
                self.note = connection.username.isEmpty ? "" : "user \(connection.username)"
            case .queue(let queue):
                self.note = "\(Quantity.exact(queue.ready)) ready, \(Quantity.exact(queue.unacked)) unacked"
            case .group(let group): self.note = "of \(group.queue), lag \(Quantity.exact(group.lag))"
            default: self.note = ""
            }
        }
    }

    /// Tags that are kept; beyond it a tag is refused.
    static let mostTags = 100

    init(_ kind: TableKind) {
        self.kind = kind
        self.columns = kind.columns
        self.sort = kind.defaultSort
    }

    /// As a query has it.
    var sortText: String {
        guard let tie = self.kind.tieBreak, !tie.hasSuffix(self.sort.column) else { return self.sort.text }
        return "\(self.sort.text),\(tie)"
    }

    package func isTagged(_ id: String) -> Bool { self.tagged.contains { $0.id == id } }

    /// Rows of the list: the server's, and the ghost among them.
    package func count(in store: RowStore) -> Int { store.order.count + (self.ghost == nil ? 0 : 1) }

    /// The row at a place of the list.
    package func row(at index: Int, in store: RowStore) -> TopRow? {
        var place = index
        if let ghost = self.ghost {
            if index == ghost.index {
                return TopRow(
                    row: ghost.row,
                    history: nil,
                    fate: ghost.fate,
                    isCursor: true,
                    isTagged: self.isTagged(ghost.row.id)
                )
            }
            if index > ghost.index { place -= 1 }
        }
        guard store.order.indices.contains(place), let row = store[store.order[place]] else { return nil }
        let id = store.order[place]
        return TopRow(
            row: row,
            history: store.histories[id],
            fate: .present,
            isCursor: id == self.cursor,
            isTagged: self.isTagged(id)
        )
    }

    /// Brings cursor, ghost and scroll in line with what the store holds now.
    mutating func reconcile(with store: RowStore, visible: Int) {
        if let cursor = self.cursor {
            if let index = store.order.firstIndex(of: cursor) {
                self.cursorIndex = index
                self.cursorRow = store[cursor]
                self.ghost = nil
            } else if self.ghost == nil, let row = self.cursorRow {
                self.ghost = Ghost(row: row, index: min(self.cursorIndex, store.order.count), fate: .aside)
            }
            if var ghost = self.ghost {
                ghost.index = min(ghost.index, store.order.count)
                self.ghost = ghost
                self.cursorIndex = ghost.index
            }
        }
        for index in self.tagged.indices {
            guard let row = store[self.tagged[index].id] else { continue }
            self.tagged[index] = Target(row)
        }
        self.scroll(in: store, visible: visible)
    }

    mutating func scroll(in store: RowStore, visible: Int) {
        let last = max(0, self.count(in: store) - max(1, visible))
        if self.cursor != nil {
            if self.cursorIndex < self.offset { self.offset = self.cursorIndex }
            if self.cursorIndex >= self.offset + visible { self.offset = self.cursorIndex - visible + 1 }
        } else {
            self.offset = 0
        }
        self.offset = min(max(0, self.offset), last)
    }

    /// Puts the cursor on a place of the list; a ghost is given up when it leaves it.
    mutating func moveCursor(to index: Int, in store: RowStore, visible: Int) {
        let count = self.count(in: store)
        guard count > 0 else { return }
        let target = min(max(0, index), count - 1)
        guard let row = self.row(at: target, in: store)?.row else { return }
        if let ghost = self.ghost, target != ghost.index { self.ghost = nil }
        self.cursor = row.id
        self.cursorRow = row
        self.cursorIndex = self.ghost == nil ? store.order.firstIndex(of: row.id) ?? target : target
        self.scroll(in: store, visible: visible)
    }

    mutating func clearCursor() {
        self.cursor = nil
        self.cursorRow = nil
        self.ghost = nil
        self.cursorIndex = 0
        self.offset = 0
    }
}

/// A row of a table as it is to be shown.
package struct TopRow: Equatable, Sendable {
    package var row: AdminV1.Row
    package var history: RateHistory?
    package var fate: TableState.Fate
    package var isCursor: Bool
    package var isTagged: Bool

    package var id: String { self.row.id }
}
