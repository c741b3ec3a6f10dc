import HTTP

/// One request and its answer, as far as both sides have the same of it.
class HTTP2Stream {
    /// 0 before the session gave it one.
    final var id: Int32 = 0
    /// nil once the connection is lost.
    final weak var connection: HTTP2Connection?
    /// The HEADERS frame that is coming in.
    final var block = FieldBlock()
    /// What the handler has written.
    final var body = OutgoingBody()
    final var trailers = HTTPFields()
    /// Nothing more will be written.
    final var isFinished = false
    /// The session no longer knows the stream.
    final var isClosed = false
    /// The session found nothing to send and waits to be resumed.
    final var isWaiting = false
    /// More than ``lowWater`` was pending: the writer is told when it is not any more.
    final var wantsRoom = false
    /// Bytes that came in and were not given back to the window.
    final var unconsumed = 0

    init(_ connection: HTTP2Connection) { self.connection = connection }

    final func append(_ bytes: [UInt8]) {
        self.body.append(bytes)
        if self.body.count > lowWater { self.wantsRoom = true }
        self.connection?.resume(self)
    }

    // What subclasses make of it.

    func receivedHeaders(ends: Bool) {}
    func received(_ data: Span<UInt8>) {}
    func receivedEnd() {}
    /// The end of our side went out before the peer's came in.
    func sentEnd() {}
    func drained() {}
    /// The last call: the stream is over, well or not.
    func closed(_ error: HTTPStreamError) {}
}

@available(*, unavailable)
extension HTTP2Stream: Sendable {}
