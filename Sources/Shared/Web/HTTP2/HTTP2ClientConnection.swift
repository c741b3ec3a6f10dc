package import HTTP

/// The asking side.
package final class HTTP2ClientConnection: HTTP2Connection {
    /// The server takes no more requests on this connection. Called at most once.
    package var didGoAway: () -> Void = {}
    private var isGoingAway = false

    package init(settings: HTTP2Settings = HTTP2Settings()) { super.init(.client, settings) }

    /// Whether a request has a chance. One that comes too late fails with `.refusedStream`: the server has not seen it.
    package var takesRequests: Bool {
        !self.isLost && self.failure == nil && !self.isGoingAway && self.session.takesRequests
    }

    /// Asks. More requests at a time than the server allows wait here for their turn.
    ///
    /// - Parameter head: Its authority is a host name; that of a socket's path is `localhost`, since servers refuse the path.
    ///
    /// Its handler is told nothing before this returns, but for `.connectionLost` when that has happened already.
    package func request(_ head: HTTPRequestHead, _ handler: HTTPClientHandler) -> any HTTPClientStream {
        let stream = HTTP2ClientStream(head, handler, self)
        if self.takesRequests {
            self.submitLater(stream)
        } else if self.isLost {
            stream.closed(.connectionLost)
        } else {
            stream.isClosed = true
            self.closeLater(stream, .refusedStream)
        }
        return stream
    }

    override func submit(_ stream: HTTP2Stream) {
        guard let stream = stream as? HTTP2ClientStream else { return }
        let head = stream.head
        let fields =
            [
                HTTPFields.Field(":method", head.method), HTTPFields.Field(":scheme", head.scheme),
                HTTPFields.Field(":authority", head.authority), HTTPFields.Field(":path", head.path),
            ] + head.fields.all
        if let id = self.session.request(fields, hasBody: !(stream.isFinished && stream.body.isEmpty)) {
            stream.id = id
            self.streams[id] = stream
        } else {
            stream.isClosed = true
            self.closeLater(stream, .refusedStream)
        }
    }

    override func receivedGoAway() {
        if self.isGoingAway { return }
        self.isGoingAway = true
        self.didGoAway()
    }
}

/// One request on the asking side.
final class HTTP2ClientStream: HTTP2Stream, HTTPClientStream {
    let head: HTTPRequestHead
    private var handler: HTTPClientHandler?
    private var hasHead = false

    init(_ head: HTTPRequestHead, _ handler: HTTPClientHandler, _ connection: HTTP2ClientConnection) {
        self.head = head
        self.handler = handler
        super.init(connection)
    }

    // MARK: The asker's side. Without a handler all is over.

    var pendingBytes: Int { self.body.count }

    func write(_ body: [UInt8]) {
        if self.handler == nil || self.isFinished || body.isEmpty { return }
        self.append(body)
    }

    func finish() {
        if self.handler == nil || self.isFinished { return }
        self.isFinished = true
        self.connection?.resume(self)
    }

    func reset(_ error: HTTPStreamError) {
        if self.handler == nil { return }
        self.handler = nil
        self.discardInput()
        if self.id == 0 { self.isClosed = true }
        self.connection?.reset(self, error)
    }

    func consumed(_ bytes: Int) { self.connection?.consumed(bytes, of: self) }

    private func discardInput() { self.connection?.consumed(self.unconsumed, of: self) }

    // MARK: The connection's side

    override func receivedHeaders(ends: Bool) {
        if self.block.isTooLarge { return self.fail(.enhanceYourCalm) }
        let block = self.block
        self.block = FieldBlock()
        if 100..<200 ~= block.status { return }  // the response comes after it
        if self.hasHead { return self.end(trailers: block.fields) }
        self.hasHead = true
        self.handler?.received(HTTPResponseHead(status: block.status, fields: block.fields))
        if ends { self.end(trailers: HTTPFields()) }
    }

    override func received(_ data: Span<UInt8>) {
        guard let handler = self.handler else { return self.discardInput() }
        handler.received(data)
    }

    override func receivedEnd() { self.end(trailers: HTTPFields()) }

    private func end(trailers: HTTPFields) {
        let handler = self.handler
        let isAsking = handler != nil && !(self.isFinished && self.body.isEmpty)
        self.handler = nil
        self.discardInput()
        handler?.ended(trailers: trailers)
        // The rest of a request that is answered already is of no use to anybody.
        if isAsking { self.connection?.reset(self, .noError) }
    }

    private func fail(_ error: HTTPStreamError) {
        let handler = self.handler
        self.reset(error)
        handler?.failed(error)
    }

    override func drained() { self.handler?.drained() }

    override func closed(_ error: HTTPStreamError) {
        self.isClosed = true
        self.body.removeAll()
        let handler = self.handler
        self.handler = nil
        handler?.failed(error == .noError ? .protocolError : error)
    }
}
