package import Bytes
package import Machine

/// Carries an ``HTTP2ClientConnection`` on one outbound byte stream: what a machine returns for a stream that it had connected.
///
///     let connection = HTTP2ClientConnection()
///     let peer = HTTP2ClientPeer(id: id, effects: self.effects, connection: connection)
///     let stream = connection.request(head, handler)
///
/// Requests may be made before and after the peer exists. It needs nothing of its machine but to be its stream's peer: what is
/// written outside of a read is sent in the loop's next iteration. It asks for the close itself when the connection wants it.
package final class HTTP2ClientPeer: StreamPeer {
    private let connection: HTTP2ClientConnection
    /// The stream is gone; handlers have been told.
    package var didClose: () -> Void = {}
    private var isClosing = false

    package init(id: StreamID, effects: Effects, connection: HTTP2ClientConnection) {
        self.connection = connection
        super.init(id: id, effects: effects)
        connection.wantsOutput = { [unowned self] in self.markDirty() }
        self.markDirty()
    }

    package override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        // A failure is in the connection: it wants to close.
        try? self.connection.receive(bytes)
        self.pump()
        return Received(consumed: bytes.count, stop: self.isClosing ? .closing : nil)
    }

    /// The loop has written all there was, be it nothing: frames that were submitted meanwhile are made now.
    package override func drained() { self.pump() }

    package override func closed() {
        self.connection.lost()
        self.didClose()
        self.didClose = {}
    }

    private func pump() {
        self.connection.pump(self)
        if self.connection.wantsToClose, !self.isClosing {
            self.isClosing = true
            self.effects.close.append((self.id, afterWriting: true))
        }
    }
}
