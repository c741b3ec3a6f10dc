/// How much a line matters, and to whom.
package enum LogLevel: UInt8, CaseIterable, Comparable, Sendable {
    /// Per packet.
    case trace
    /// Once per connection, or an error by a peer.
    case debug
    /// Once per definition or session.
    case info
    /// Start, stop, reload, change of role.
    case notice
    /// Act soon.
    case warning
    /// An accepted promise was broken.
    case error
    /// About to stop.
    case critical

    /// By its name; `warn` is the configuration's word for `warning`.
    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name || (name == "warn" && $0 == .warning) }) else {
            return nil
        }
        self = level
    }

    package var name: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    package static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}
