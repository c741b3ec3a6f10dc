import HTTP2
package import Machine

extension RPCChannel {
    /// For a machine whose ``Effects/connects`` the channel's `connect` filled: the peer of the stream that came of it.
    ///
    /// The machine passes failures on to ``connectFailed(_:)``, runs the timers in its tick, and keeps its deadline at theirs.
    package func connected(_ id: StreamID, effects: Effects) -> StreamPeer {
        let connection = HTTP2ClientConnection()
        let peer = HTTP2ClientPeer(id: id, effects: effects, connection: connection)
        let transport = HTTP2RPCTransport(connection) { effects.close.append((id, afterWriting: false)) }
        connection.didGoAway = { [weak self, weak transport] in
            if let self, let transport { self.draining(transport) }
        }
        peer.didClose = { [weak self] in self?.closed(transport, "the connection to the server was lost") }
        self.connected(transport)
        return peer
    }
}
