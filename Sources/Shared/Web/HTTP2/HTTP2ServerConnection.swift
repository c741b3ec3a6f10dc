package import HTTP
package import Machine

/// The serving side: makes a stream of each request and hands it to the router.
package final class HTTP2ServerConnection: HTTP2Connection {
    let peer: PeerAddress
    let router: HTTPRouter

    package init(peer: PeerAddress, settings: HTTP2Settings = HTTP2Settings(), router: @escaping HTTPRouter) {
        self.peer = peer
        self.router = router
        super.init(.server, settings)
    }

    override func opened(_ stream: Int32) { self.streams[stream] = HTTP2ServerStream(stream, self) }

    override func submit(_ stream: HTTP2Stream) {
        guard let stream = stream as? HTTP2ServerStream, let head = stream.takeHead() else { return }
        let hasBody = !(stream.isFinished && stream.body.isEmpty && stream.trailers.all.isEmpty)
        let fields = [HTTPFields.Field(":status", "\(head.status)")] + head.fields.all
        self.session.respond(on: stream.id, fields, hasBody: hasBody)
    }
}

/// One request on the serving side.
final class HTTP2ServerStream: HTTP2Stream, HTTPServerStream {
    let peer: PeerAddress
    private var phase = Phase.awaitingHead
    private var handler: HTTPServerHandler?
    /// Announced, and not yet given to the session.
    private var head: HTTPResponseHead?
    /// The response ends with its head: HEAD, 204 and 304 have no body.
    private var dropsBody = false

    private enum Phase {
        case awaitingHead
        /// The handler has it.
        case open
        /// The handler has announced its response.
        case responding
        /// The handler has ended, or was told of the end.
        case over
    }

    init(_ number: Int32, _ connection: HTTP2ServerConnection) {
        self.peer = connection.peer
        super.init(connection)
        self.id = number
    }

    func takeHead() -> HTTPResponseHead? {
        defer { self.head = nil }
        return self.head
    }

    // MARK: The handler's side

    var pendingBytes: Int { self.body.count }

    func respond(_ head: HTTPResponseHead) {
        guard self.phase == .open else { return }
        self.phase = .responding
        self.head = head
        if head.status == 204 || head.status == 304 { self.dropsBody = true }
        self.connection?.submitLater(self)
    }

    func write(_ body: [UInt8]) {
        guard self.phase == .responding, !self.dropsBody, !body.isEmpty else { return }
        self.append(body)
    }

    func finish(trailers: HTTPFields) {
        guard self.phase == .responding else { return }
        self.phase = .over
        self.isFinished = true
        self.trailers = trailers
        self.handler = nil
        self.discardInput()
        self.connection?.resume(self)
    }

    func reset(_ error: HTTPStreamError) {
        guard self.phase == .open || self.phase == .responding else { return }
        self.phase = .over
        self.head = nil
        self.handler = nil
        self.discardInput()
        self.connection?.reset(self, error)
    }

    func consumed(_ bytes: Int) { self.connection?.consumed(bytes, of: self) }

    /// Nobody will read the request any more.
    private func discardInput() { self.connection?.consumed(self.unconsumed, of: self) }

    // MARK: The connection's side

    override func receivedHeaders(ends: Bool) {
        if self.phase == .awaitingHead {
            self.route()
        } else if self.block.isTooLarge {
            self.fail(.enhanceYourCalm)
        }
        if ends { self.receivedEnd() }
    }

    private func route() {
        guard let connection = self.connection as? HTTP2ServerConnection else { return }
        self.phase = .open
        if self.block.isTooLarge {
            return self.answer(431, "the header is longer than \(connection.settings.headerListLimit) bytes\n")
        }
        guard let head = self.block.requestHead() else { return self.reset(.protocolError) }
        self.block = FieldBlock()
        self.dropsBody = head.method == "HEAD"
        let handler = connection.router(head, self)
        if self.phase != .over { self.handler = handler }
        if handler == nil, self.phase == .open { self.answer(404, "not found\n") }
    }

    /// Ends what a handler has, for a reason that it did not give.
    private func fail(_ error: HTTPStreamError) {
        let handler = self.handler
        self.reset(error)
        handler?.cancelled(error)
    }

    override func received(_ data: Span<UInt8>) {
        guard let handler = self.handler else { return self.discardInput() }
        handler.received(data)
    }

    override func receivedEnd() { self.handler?.ended() }

    /// The response is whole and the request is not: its rest is not wanted. Only now, since a reset discards what waits.
    override func sentEnd() { self.connection?.reset(self, .noError) }

    override func drained() { self.handler?.drained() }

    override func closed(_ error: HTTPStreamError) {
        self.isClosed = true
        self.body.removeAll()
        self.phase = .over
        let handler = self.handler
        self.handler = nil
        handler?.cancelled(error == .noError ? .cancel : error)
    }
}
