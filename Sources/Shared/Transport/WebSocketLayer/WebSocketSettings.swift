/// What a listener of MQTT over WebSocket takes.
package struct WebSocketSettings: Hashable, Sendable {
    /// As it stands in the URL, percent-encoded; the query does not count.
    package var path: String
    /// Origins whose pages may connect, as browsers write them: `https://example.com`. Empty allows all; what is not a browser
    /// sends no origin, and is not held back by this.
    package var allowedOrigins: [String]
    /// Bytes of one frame's payload, above which the connection is closed with 1009. Fragments count one by one, since bytes are
    /// handed on as they come: what bounds an MQTT packet is MQTT's own limit.
    package var maxPayload: Int

    package init(path: String = "/mqtt", allowedOrigins: [String] = [], maxPayload: Int) {
        self.path = path
        self.allowedOrigins = allowedOrigins
        self.maxPayload = maxPayload
    }
}
