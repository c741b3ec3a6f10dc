import HTTP
import HTTP1Wire
import HTTP2
import Machine

/// One request over HTTP/1.1: turns what its handler writes into a response's bytes.
///
/// Head and body are held until the burst's end, so that a response that is whole by then gets its length; a longer one goes out
/// in chunks.
final class HTTP1ServerStream: HTTPServerStream {
    let peer: PeerAddress
    private weak var connection: HTTP1ServerConnection?
    private let request: HTTPRequestHead
    /// HTTP/1.0 knows no chunks: what has no length ends with the connection.
    private let knowsChunks: Bool
    private var phase = Phase.open
    private var handler: HTTPServerHandler?
    /// What was written and not yet encoded.
    private var held: [[UInt8]] = []
    private var heldBytes = 0
    private var wantsRoom = false

    private enum Phase {
        case open
        /// The head is held.
        case announced(HTTPResponseHead)
        case body(Framing)
        case over
    }

    private enum Framing {
        case length(remaining: Int)
        case chunked
        case untilClose
        /// HEAD, 204, 304.
        case none
    }

    init(_ request: HTTPRequestHead, knowsChunks: Bool, on connection: HTTP1ServerConnection) {
        self.request = request
        self.knowsChunks = knowsChunks
        self.connection = connection
        self.peer = connection.peer
    }

    // MARK: The handler's side

    func respond(_ head: HTTPResponseHead) {
        guard case .open = self.phase else { return }
        self.phase = .announced(head)
        self.connection?.wantsOutput()
    }

    func write(_ body: [UInt8]) {
        switch self.phase {
        case .open, .over: return
        case .announced:
            self.held.append(body)
            self.heldBytes += body.count
        case .body(let framing): self.encode(body, framing)
        }
        if self.pendingBytes > lowWater { self.wantsRoom = true }
        self.connection?.wantsOutput()
    }

    func finish(trailers: HTTPFields) {
        switch self.phase {
        case .open, .over: return
        case .announced(var head):
            if head.fields["content-length"] == nil, self.hasBody(head), trailers.all.isEmpty || !self.knowsChunks {
                head.fields["content-length"] = "\(self.heldBytes)"
            }
            self.send(head)
        case .body: break
        }
        guard case .body(let framing) = self.phase else { return }
        self.phase = .over
        self.handler = nil
        switch framing {
        case .chunked: self.connection?.append("0\r\n\(fieldLines(trailers))\r\n")
        case .length(let remaining) where remaining > 0: self.connection?.abort()  // the peer would wait for the rest
        case .length, .untilClose, .none: break
        }
        self.connection?.ended(self)
    }

    func reset(_ error: HTTPStreamError) {
        if case .over = self.phase { return }
        self.phase = .over
        self.handler = nil
        self.connection?.abort()
    }

    var pendingBytes: Int { self.heldBytes + (self.connection?.outgoing.count ?? 0) }

    /// The body came whole, with the request.
    func consumed(_ bytes: Int) {}

    // MARK: The connection's side

    /// Gives the request to its handler.
    func begin(_ site: WebSite, body: [UInt8]) {
        let handler = site.route(self.request, self)
        if handler == nil, case .open = self.phase { self.answer(404, "not found\n") }
        if case .over = self.phase { return }
        self.handler = handler
        if !body.isEmpty { handler?.received(body.span) }
        // It may have answered, and heard enough.
        self.handler?.ended()
    }

    /// The burst ends: what is held goes out, of whatever length the rest will be.
    func flush() {
        if case .announced(let head) = self.phase { self.send(head) }
    }

    /// Bytes went out.
    func noteRoom() {
        if !self.wantsRoom || self.pendingBytes > lowWater { return }
        self.wantsRoom = false
        self.handler?.drained()
    }

    func lost() {
        self.phase = .over
        let handler = self.handler
        self.handler = nil
        handler?.cancelled(.connectionLost)
    }

    // MARK: Bytes

    /// Source: RFC 9110 §6.4.1.
    private func hasBody(_ head: HTTPResponseHead) -> Bool { head.status != 204 && head.status != 304 }

    private func send(_ head: HTTPResponseHead) {
        guard let connection = self.connection else { return }
        var text = "HTTP/1.1 \(head.status) \(HTTP1Response.phrase(for: head.status))\r\n\(fieldLines(head.fields))"
        let framing: Framing
        if !self.hasBody(head) {
            framing = .none
        } else if let length = head.fields["content-length"].flatMap({ Int($0) }) {
            framing = .length(remaining: length)
        } else if self.knowsChunks {
            framing = .chunked
            text += "transfer-encoding: chunked\r\n"
        } else {
            framing = .untilClose
            connection.closesNext = true
        }
        if connection.closesNext {
            text += "connection: close\r\n"
        } else if !self.knowsChunks {
            text += "connection: keep-alive\r\n"
        }
        connection.append(text + "\r\n")
        self.phase = .body(self.request.method == "HEAD" ? .none : framing)
        let held = self.held
        self.held = []
        self.heldBytes = 0
        for bytes in held {
            if case .body(let framing) = self.phase { self.encode(bytes, framing) }
        }
    }

    private func encode(_ bytes: [UInt8], _ framing: Framing) {
        guard let connection = self.connection, !bytes.isEmpty else { return }
        switch framing {
        case .none: break
        case .untilClose: connection.append(bytes)
        case .chunked:
            connection.append("\(String(bytes.count, radix: 16))\r\n")
            connection.append(bytes)
            connection.append("\r\n")
        case .length(let remaining):
            // More than was announced would be read as the next response.
            connection.append(bytes.count <= remaining ? bytes : Array(bytes[..<remaining]))
            self.phase = .body(.length(remaining: max(0, remaining - bytes.count)))
        }
    }
}

@available(*, unavailable)
extension HTTP1ServerStream: Sendable {}

/// A value ends where its line ends: a peer's text in a field must not start another one.
private func fieldLines(_ fields: HTTPFields) -> String {
    fields.all.reduce(into: "") { text, field in
        let isClean = field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        let value =
            isClean
            ? field.value
            : String(decoding: field.value.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : 0x20 }, as: UTF8.self)
        text += "\(field.name): \(value)\r\n"
    }
}
