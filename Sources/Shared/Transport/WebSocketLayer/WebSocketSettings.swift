package import WebSocketWire

/// What a listener of MQTT over WebSocket takes.
package struct WebSocketSettings: Hashable, Sendable {
    /// As it stands in the URL, percent-encoded; the query does not count.
    package var path: String
    package var origins: WebSocketOrigins
    /// Bytes of one frame's payload, above which the connection is closed with 1009. Fragments count one by one, since bytes are
    /// handed on as they come: what bounds an MQTT packet is MQTT's own limit.
    package var maxPayload: Int

    package init(path: String = "/mqtt", origins: WebSocketOrigins = .any, maxPayload: Int) {
        self.path = path
        self.origins = origins
        self.maxPayload = maxPayload
    }
}
