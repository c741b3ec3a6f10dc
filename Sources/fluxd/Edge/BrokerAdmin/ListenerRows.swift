import AdminAPI
package import EventLoop
import Query
import Synchronization

/// What an operator wants to know of a listener beyond what it counts itself.
package struct ListenerFacts: Sendable {
    package var listener: Listener
    /// `mqtt`, `http`, `admin`.
    package var `protocol`: String
    package var allowsAnonymous: Bool

    package init(_ listener: Listener, protocol: String, allowsAnonymous: Bool) {
        self.listener = listener
        self.protocol = `protocol`
        self.allowsAnonymous = allowsAnonymous
    }

    var name: String { self.listener.settings.name }

    var row: AdminV1.Listener {
        var row = AdminV1.Listener()
        row.id = self.name
        row.address = "\(self.listener.address)"
        row.protocol = self.protocol
        row.state = self.listener.isPaused ? "paused" : "open"
        row.connections = UInt64(max(0, self.listener.open.load(ordering: .relaxed)))
        row.connectionsLimit = UInt64(self.listener.settings.maximum)
        row.accepted = UInt64(self.listener.accepted.load(ordering: .relaxed))
        row.refused = UInt64(self.listener.refused.load(ordering: .relaxed))
        row.allowAnonymous = self.allowsAnonymous
        row.version = self.listener.isPaused ? "paused" : "open"
        return row
    }
}
