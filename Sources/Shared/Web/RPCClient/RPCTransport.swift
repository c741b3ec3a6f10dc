package import HTTP
package import HTTP2

/// What a channel needs of an HTTP/2 connection, which belongs to its driver.
package protocol RPCTransport: AnyObject {
    /// Sends a request's head.
    ///
    /// - Returns: nil when the connection takes no more requests; the handler is then never called.
    func start(_ head: HTTPRequestHead, _ handler: HTTPClientHandler) -> (any HTTPClientStream)?
    /// Asks the server for a sign of life.
    func ping()
    /// Whether the last ``ping()`` has not been answered yet.
    var isPingUnanswered: Bool { get }
    /// Ends the connection at once, and what is under way on it. ``RPCChannel/closed(_:_:)`` need not follow.
    func close()
}

/// An ``HTTP2ClientConnection``, whoever carries its bytes.
package final class HTTP2RPCTransport: RPCTransport {
    package let connection: HTTP2ClientConnection
    private let closeStream: () -> Void

    /// - Parameter closeStream: Closes the stream that carries the connection, later and never inline.
    package init(_ connection: HTTP2ClientConnection, closeStream: @escaping () -> Void) {
        self.connection = connection
        self.closeStream = closeStream
    }

    package func start(_ head: HTTPRequestHead, _ handler: HTTPClientHandler) -> (any HTTPClientStream)? {
        self.connection.takesRequests ? self.connection.request(head, handler) : nil
    }

    package func ping() { self.connection.ping() }
    package var isPingUnanswered: Bool { self.connection.isPingUnanswered }
    package func close() { self.closeStream() }
}

@available(*, unavailable)
extension HTTP2RPCTransport: Sendable {}
