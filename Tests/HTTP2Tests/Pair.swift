import HTTP
import HTTP2
import Machine
import Simulation

/// What a server's handler was told, and its stream.
final class ServerCall: HTTPServerHandler {
    let head: HTTPRequestHead
    let stream: any HTTPServerStream
    var body: [UInt8] = []
    var hasEnded = false
    var cancellations: [HTTPStreamError] = []
    var drains = 0
    /// Whether what comes is given back to the window at once.
    var consumes = true
    var onBody: (ServerCall, [UInt8]) -> Void = { _, _ in }
    var onEnd: (ServerCall) -> Void = { _ in }
    var onDrained: (ServerCall) -> Void = { _ in }

    init(_ head: HTTPRequestHead, _ stream: any HTTPServerStream) {
        self.head = head
        self.stream = stream
    }

    override func received(_ body: Span<UInt8>) {
        let bytes = body.indices.map { body[$0] }
        self.body += bytes
        if self.consumes { self.stream.consumed(bytes.count) }
        self.onBody(self, bytes)
    }

    override func ended() {
        self.hasEnded = true
        self.onEnd(self)
    }

    override func cancelled(_ error: HTTPStreamError) { self.cancellations.append(error) }

    override func drained() {
        self.drains += 1
        self.onDrained(self)
    }

    func respond(_ status: Int, _ fields: KeyValuePairs<String, String> = [:]) {
        self.stream.respond(HTTPResponseHead(status: status, fields: HTTPFields(fields)))
    }

    func finish(_ trailers: KeyValuePairs<String, String> = [:]) { self.stream.finish(trailers: HTTPFields(trailers)) }

    /// The request's body, back again.
    static func echo(_ call: ServerCall) {
        call.respond(200)
        call.stream.write(call.body)
        call.finish(["x-bytes": "\(call.body.count)"])
    }
}

/// What a client's handler was told.
final class Asked: HTTPClientHandler {
    var stream: (any HTTPClientStream)?
    var head: HTTPResponseHead?
    var body: [UInt8] = []
    var received = 0
    var trailers: HTTPFields?
    var failures: [HTTPStreamError] = []
    var drains = 0
    var consumes = true
    var keepsBody = true
    var onHead: (Asked) -> Void = { _ in }
    var onDrained: (Asked) -> Void = { _ in }

    /// How often it was told the end, which must be once.
    var ends = 0

    override func received(_ head: HTTPResponseHead) {
        self.head = head
        self.onHead(self)
    }

    override func received(_ body: Span<UInt8>) {
        self.received += body.count
        if self.keepsBody { self.body += body.indices.map { body[$0] } }
        if self.consumes { self.stream?.consumed(body.count) }
    }

    override func ended(trailers: HTTPFields) {
        self.ends += 1
        self.trailers = trailers
    }

    override func failed(_ error: HTTPStreamError) {
        self.ends += 1
        self.failures.append(error)
    }

    override func drained() {
        self.drains += 1
        self.onDrained(self)
    }
}

/// A client's and a server's engine, and the bytes between them, cut anywhere.
final class Pair {
    let client: HTTP2ClientConnection
    private(set) var server: HTTP2ServerConnection
    private(set) var calls: [ServerCall] = []
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    private var random: SeededRandom
    /// Bytes that arrive together at most.
    private let largestPiece: Int

    /// - Parameter setUp: Tells a call what to do, before anything is received for it; false refuses it.
    init(
        seed: UInt64 = 1,
        largestPiece: Int = 64 << 10,
        settings: HTTP2Settings = HTTP2Settings(),
        setUp: @escaping (ServerCall) -> Bool = { _ in true }
    ) {
        self.random = SeededRandom(seed: seed)
        self.largestPiece = largestPiece
        self.client = HTTP2ClientConnection()
        self.server = HTTP2ServerConnection(peer: .ipv4(0x7F00_0001, port: 1)) { _, _ in nil }
        self.server = HTTP2ServerConnection(peer: .ipv4(0x7F00_0001, port: 1), settings: settings) {
            [weak self] head, stream in
            let call = ServerCall(head, stream)
            guard setUp(call) else { return nil }
            self?.calls.append(call)
            return call
        }
    }

    @discardableResult
    func ask(
        _ path: String = "/",
        method: String = "GET",
        fields: HTTPFields = HTTPFields(),
        body: [UInt8]? = nil,
        ends: Bool = true,
        setUp: (Asked) -> Void = { _ in }
    ) -> Asked {
        let asked = Asked()
        setUp(asked)
        let head = HTTPRequestHead(method: method, path: path, authority: "localhost", fields: fields)
        let stream = self.client.request(head, asked)
        asked.stream = stream
        if let body { stream.write(body) }
        if ends { stream.finish() }
        return asked
    }

    /// Carries bytes until there are none.
    func run() {
        while self.step() {}
    }

    /// One piece each way.
    func step() -> Bool {
        self.drainClient()
        self.drainServer()
        if self.toServer.isEmpty, self.toClient.isEmpty { return false }
        self.deliver(&self.toServer, to: self.server)
        self.deliver(&self.toClient, to: self.client)
        return true
    }

    /// Only the way to the server is open: the client reads nothing.
    func runToServer() {
        repeat {
            self.drainClient()
            while !self.toServer.isEmpty { self.deliver(&self.toServer, to: self.server) }
            self.drainServer()
            self.drainClient()
        } while !self.toServer.isEmpty
    }

    func drainClient() {
        repeat {
            self.client.drain(into: &self.toServer)
        } while self.client.deliver() && self.toServer.count < 256 << 10
    }

    func drainServer() {
        repeat {
            self.server.drain(into: &self.toClient)
        } while self.server.deliver() && self.toClient.count < 256 << 10
    }

    private func deliver(_ bytes: inout [UInt8], to connection: HTTP2Connection) {
        if bytes.isEmpty { return }
        let piece = Array(bytes.prefix(self.random.value(in: 1...self.largestPiece)))
        bytes.removeFirst(piece.count)
        try? connection.receive(piece.span)
    }
}

/// Bytes in, in one piece.
func feed(_ connection: HTTP2Connection, _ bytes: [UInt8]) throws(HTTP2Error) { try connection.receive(bytes.span) }

/// Frames of one direction, without their payloads. The client's preface is skipped.
func frames(_ bytes: [UInt8]) -> [(type: UInt8, flags: UInt8, stream: UInt32, length: Int)] {
    var rest = bytes[...]
    if rest.starts(with: Array("PRI * HTTP/2.0".utf8)) { rest = rest.dropFirst(24) }
    var frames: [(type: UInt8, flags: UInt8, stream: UInt32, length: Int)] = []
    while rest.count >= 9 {
        let head = Array(rest.prefix(9))
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        let stream = head[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        frames.append((head[3], head[4], stream, length))
        rest = rest.dropFirst(9 + length)
    }
    return frames
}

/// A frame by hand, for what a good client does not send.
func frame(_ type: UInt8, _ flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
    let length = payload.count
    return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
        + stride(from: 24, through: 0, by: -8).map { UInt8(stream >> UInt32($0) & 255) } + payload
}

let clientPreface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, stream: 0, [])
