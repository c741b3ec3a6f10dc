package import RPC

package struct RPCChannelSettings: Sendable {
    package var authority: String
    package var userAgent = "fluxmq"
    package var backoff = RPCBackoff()
    /// From asking for a connection to the server's first word. Milliseconds.
    package var connectTimeout: UInt64 = 20_000
    /// Connects before the first call and again after each loss, also when nobody calls.
    package var staysConnected = false
    package var keepalive: Keepalive?
    /// Calls that wait for a connection at a time; more fail with RESOURCE_EXHAUSTED.
    package var waitingLimit = 1_000

    /// Pings that find out whether the server is still there. Source: gRPC "Keepalive User Guide".
    package struct Keepalive: Sendable {
        /// Silence that is broken by a ping. Servers hang up on who pings more often than they like. Milliseconds.
        package var interval: UInt64
        /// Silence after the ping that ends the connection. Milliseconds.
        package var timeout: UInt64 = 20_000
        /// Also while no call is open.
        package var withoutCalls = false

        package init(interval: UInt64) { self.interval = interval }
    }

    package init(authority: String) { self.authority = authority }
}

/// How one call is made.
package struct RPCCallOptions: Sendable {
    /// The server is told, and the call ends here too when it is over. Milliseconds; nil for no end.
    package var timeout: UInt64?
    package var metadata = Metadata()
    /// Waits through failed attempts to connect; else the call fails with the first of them.
    package var waitsForReady = false
    /// Bytes of one message of the server's.
    package var messageLimit = MessageFramer.defaultLimit

    package init() {}
}
