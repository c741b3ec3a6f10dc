package import Terminal

/// The screens, by the keys that open them.
package enum TopScreen: Int, CaseIterable, Sendable {
    case overview = 1
    case connections
    case queues
    case groups
    case topics
    case events

    /// What `--screen` takes and batch rows are called by.
    package var name: String {
        switch self {
        case .overview: "overview"
        case .connections: "connections"
        case .queues: "queues"
        case .groups: "groups"
        case .topics: "topics"
        case .events: "events"
        }
    }

    package init?(name: some StringProtocol) {
        guard let screen = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = screen
    }
}

/// What the command line and the configuration file say.
package struct TopOptions: Equatable, Sendable {
    /// The screen to begin with; `filter`, `sort` and `columns` are for its table.
    package var screen = TopScreen.overview
    /// A filter as docs/filters.md has it; the server judges it.
    package var filter = ""
    /// One column's name, "-" before it for descending; empty for the screen's own order. ``problem`` judges it.
    package var sort = ""
    /// Names of columns in their order; empty for the screen's own. ``problem`` judges it.
    package var columns: [String] = []
    package var symbols = SymbolSet.block
    package var units = SizeUnits.iec
    /// Takes the keys away that change something.
    package var readOnly = false
    /// Unit: milliseconds. Range: 200...60_000.
    package var intervalMs: UInt32 = 1_000
    /// Name of the context; the header begins with it.
    package var context = "local"
    /// Where fluxd is asked, as an operator writes it: `unix:/run/fluxmq/admin.sock`.
    package var endpoint = ""

    package init() {}
}
