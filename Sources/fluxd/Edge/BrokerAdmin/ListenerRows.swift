import AdminAPI
package import EventLoop
import Protobuf
import Query
import Synchronization

/// What an operator wants to know of a listener beyond what it counts itself.
package struct ListenerFacts: Sendable {
    package var listener: Listener
    /// `mqtt`, `http`, `admin`.
    package var `protocol`: String
    /// `tcp`, `tls`, `ws`, `wss`, `unix`.
    package var transport: String
    /// What a reload can change.
    package var live: @Sendable () -> Live

    package struct Live: Sendable {
        package var allowsAnonymous: Bool
        /// Seconds since 1970 when the first of its certificates ends; nil without TLS.
        package var certificatesEnd: Int64?

        package init(allowsAnonymous: Bool, certificatesEnd: Int64? = nil) {
            self.allowsAnonymous = allowsAnonymous
            self.certificatesEnd = certificatesEnd
        }
    }

    package init(_ listener: Listener, protocol: String, transport: String, live: @escaping @Sendable () -> Live) {
        self.listener = listener
        self.protocol = `protocol`
        self.transport = transport
        self.live = live
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
        row.refused = UInt64(self.listener.turnedAway)
        let live = self.live()
        row.allowAnonymous = live.allowsAnonymous
        row.transport = self.transport
        row.certificateExpiresAt = live.certificatesEnd.map { Timestamp(seconds: $0, nanos: 0) }
        row.version = self.listener.isPaused ? "paused" : "open"
        return row
    }
}

extension Listener {
    /// Streams that were accepted and never got as far as a packet, for whatever reason.
    var turnedAway: Int {
        self.refused.load(ordering: .relaxed) + self.handshakesRefused.load(ordering: .relaxed)
            + self.layerFailures.load(ordering: .relaxed) + self.handshakeTimeouts.load(ordering: .relaxed)
    }
}
