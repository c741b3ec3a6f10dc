package import Machine

/// What happened on a loop that an operator may want to know. A flood of connections brings a flood of these.
package enum LoopReport: Sendable {
    case outOfDescriptors(listener: String)
    case writeTimeout(remote: PeerAddress)
    /// The stream was closed at once.
    case refused(listener: String, remote: PeerAddress, AdmissionRefusal)
    /// A layer ended the stream.
    ///
    /// - Parameters:
    ///   - isPeersFault: It did something wrong, so that it counts against its address.
    ///   - wasOpen: All layers were open: a broken frame or record, not a broken handshake.
    case layerFailed(listener: String, remote: PeerAddress, reason: String, isPeersFault: Bool, wasOpen: Bool)
    /// The layers were not all open within the listener's `handshake_timeout`.
    case handshakeTimeout(listener: String, remote: PeerAddress)
    /// The stream was closed at once because the loop had ``LoopDriver/handshakeLimit`` handshakes under way.
    case tooManyHandshakes(listener: String, remote: PeerAddress)
}
