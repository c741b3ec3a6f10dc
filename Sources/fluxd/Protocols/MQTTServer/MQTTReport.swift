package import Core
package import MQTTWire
package import Machine

/// What happened that an operator may want to read. Bytes are a peer's own: whoever prints them makes them safe.
///
/// `user` is the name that the client is known under, nil for an anonymous one; in ``loginFailed`` it is only what was claimed.
package enum MQTTReport: Sendable {
    case connected(client: [UInt8], user: String?, origin: MQTTOrigin, version: MQTTVersion, isResumed: Bool)
    /// - Parameter why: In words: "the client disconnected", "the network connection ended".
    case disconnected(client: [UInt8], user: String?, origin: MQTTOrigin, why: String)
    case refused(client: [UInt8], user: String?, origin: MQTTOrigin, reason: MQTTReasonCode, String)
    case protocolError(client: [UInt8]?, origin: MQTTOrigin, String)
    /// - Parameters:
    ///   - from: The client's end of the connection that lost the session.
    ///   - by: Of the one that has it now.
    case takenOver(client: [UInt8], user: String?, from: PeerAddress, by: MQTTOrigin)
    /// - Parameter why: More than the client is told.
    case loginFailed(client: [UInt8], user: String?, origin: MQTTOrigin, why: String)
    /// Rights did not allow it. A connection's publishes and subscriptions are reported once a second at most.
    case denied(client: [UInt8], user: String?, action: Action, topic: [UInt8], origin: MQTTOrigin)
    /// A subscription that was allowed is not any more, and is gone.
    case revoked(client: [UInt8], user: String?, filter: [UInt8])
    /// A limit was met. A connection's rates are reported once a minute at most.
    case limited(client: [UInt8], user: String?, origin: MQTTOrigin, what: String)
}

/// Where a client came in.
package struct MQTTOrigin: Sendable {
    package let remote: PeerAddress
    /// The listener's name.
    package let listener: String
}
