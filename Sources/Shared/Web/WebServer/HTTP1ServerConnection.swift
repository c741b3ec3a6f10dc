import Bytes
import HTTP
import HTTP1Wire
import HTTP2
import Machine

/// ``HTTP/HTTPServerStream/pendingBytes`` at which a writer that waited for room may go on, and the next request be looked at.
let lowWater = 64 << 10

/// One HTTP/1.1 connection without I/O: requests in order, each answered before the next is looked at.
///
/// While a response is under way, what the peer sends is read on, up to a limit, since that is how its leaving is noticed.
final class HTTP1ServerConnection {
    /// Bytes that wait for the socket before no more are put there.
    static let outputLimit = 256 << 10
    /// Requests that the peer sent ahead, in bytes, before it is not read any more.
    private static let backlogLimit = 64 << 10

    /// What the connection waits for.
    enum Phase: Int { case request, head, body, response }

    let peer: PeerAddress
    var wantsOutput: () -> Void = {}
    /// Responses that are encoded, in their order.
    private(set) var outgoing = OutgoingBody()
    /// After the response that is under way or comes next.
    var closesNext = false
    /// All is said.
    private(set) var isFinished = false
    /// What was said must not be taken for all.
    private(set) var isAborted = false
    /// Requests so far.
    private(set) var requests = 0
    /// Reading was stopped for a backlog that was too long.
    private var isStopped = false
    private let site: WebSite
    private var parser: HTTP1RequestParser
    private var current: HTTP1ServerStream?
    /// What came behind the request that is being answered.
    private var backlog: [UInt8] = []
    /// The backlog is the beginning of a request, and was looked at.
    private var isPartial = false

    init(_ site: WebSite, peer: PeerAddress) {
        self.site = site
        self.peer = peer
        var limits = HTTP1Limits()
        limits.body = site.bodyLimit
        self.parser = HTTP1RequestParser(limits: limits)
    }

    var phase: Phase {
        if self.current != nil || !self.outgoing.isEmpty { return .response }
        if self.parser.isWithinRequest(unread: 0) { return .body }
        return self.backlog.isEmpty ? .request : .head
    }

    private var mayParse: Bool {
        self.current == nil && !self.isFinished && !self.isAborted && self.outgoing.count <= lowWater
    }

    // MARK: Bytes in

    func receive(_ bytes: Span<UInt8>) {
        if self.isFinished || self.isAborted || self.closesNext && self.current != nil { return }
        let isFirst = self.backlog.isEmpty
        let used = isFirst ? self.parse(bytes) : 0
        if used < bytes.count { self.backlog.append(contentsOf: bytes.extracting(used..<bytes.count).copied()) }
        self.isPartial = isFirst && self.mayParse
    }

    /// - Returns: Whether requests were found, or the end.
    private func parseBacklog() -> Bool {
        if self.backlog.isEmpty || self.isPartial || !self.mayParse { return false }
        let before = self.requests
        let backlog = self.backlog
        self.backlog = []
        let used = self.parse(backlog.span)
        if self.isFinished { return true }
        self.backlog = used == 0 ? backlog : Array(backlog[used...])
        self.isPartial = self.mayParse
        return self.requests > before
    }

    /// - Returns: Bytes that were used.
    private func parse(_ bytes: Span<UInt8>) -> Int {
        var index = 0
        do throws(HTTP1Error) {
            while self.mayParse, let request = try self.parser.next(in: bytes, at: &index) { self.begin(request) }
            if self.mayParse, self.parser.takeContinue() { self.outgoing.append(HTTP1Response.continue) }
        } catch {
            self.outgoing.append(HTTP1Response(refusing: error).encoded(to: nil, keepAlive: false))
            self.isFinished = true
        }
        return self.isFinished || self.isAborted ? bytes.count : index
    }

    private func begin(_ request: HTTP1Request) {
        self.requests += 1
        if !request.keepAlive { self.closesNext = true }
        let stream = HTTP1ServerStream(
            HTTPRequestHead(request),
            knowsChunks: request.version == .http1_1,
            on: self
        )
        self.current = stream
        stream.begin(self.site, body: request.body)
    }

    // MARK: Bytes out

    /// Brings responses into a peer's output, and looks at the requests that they held up.
    func pump(_ peer: StreamPeer) {
        repeat {
            self.current?.flush()
            let room = HTTP1ServerConnection.outputLimit - peer.output.count
            _ = self.outgoing.take(upTo: room) { piece in
                peer.output.append(upTo: piece.count) { $0.write(Span(_unsafeElements: piece)) }
            }
            self.current?.noteRoom()
        } while self.parseBacklog() || !self.outgoing.isEmpty && peer.output.count < HTTP1ServerConnection.outputLimit
        if !peer.output.isEmpty { peer.markDirty() }
        if !self.outgoing.isEmpty { peer.roomWanted = lowWater }
    }

    /// Why no more is to be read now.
    func stopReason() -> StopReason? {
        if self.isFinished || self.isAborted { return .closing }
        self.isStopped = self.backlog.count > HTTP1ServerConnection.backlogLimit && !self.mayParse
        if !self.isStopped { return nil }
        return self.current == nil ? .output : .reply
    }

    /// Whether reading was stopped and may go on. True once a stop.
    func takeResume() -> Bool {
        guard self.isStopped, self.mayParse || self.backlog.count <= HTTP1ServerConnection.backlogLimit else {
            return false
        }
        self.isStopped = false
        return true
    }

    // MARK: What streams and the owner do

    func append(_ text: String) { self.outgoing.append(Array(text.utf8)) }
    func append(_ bytes: [UInt8]) { self.outgoing.append(bytes) }

    func ended(_ stream: HTTP1ServerStream) {
        guard self.current === stream else { return }
        self.current = nil
        if self.closesNext { self.isFinished = true }
        self.wantsOutput()
    }

    func abort() {
        self.isAborted = true
        self.current = nil
        self.wantsOutput()
    }

    /// Takes no new requests; the one that is being answered, or whose body is coming, is answered.
    func shutDown() {
        let isBusy = self.current != nil || self.parser.isWithinRequest(unread: 0)
        if isBusy { self.closesNext = true } else { self.isFinished = true }
        self.wantsOutput()
    }

    /// The peer took too long over a request that it had begun.
    func timedOut() {
        let error = HTTP1Response(status: 408, text: "the request did not come in time\n")
        self.outgoing.append(error.encoded(to: nil, keepAlive: false))
        self.isFinished = true
        self.wantsOutput()
    }

    /// The carrying stream is gone.
    func lost() {
        self.isAborted = true
        self.outgoing.removeAll()
        self.backlog = []
        let stream = self.current
        self.current = nil
        self.wantsOutput = {}
        stream?.lost()
    }
}

@available(*, unavailable)
extension HTTP1ServerConnection: Sendable {}

extension HTTPRequestHead {
    fileprivate init(_ request: HTTP1Request) {
        var fields = HTTPFields()
        for header in request.headers { fields.append(header.name.lowercased(), header.value) }
        self.init(
            method: request.method,
            path: request.path + (request.query.map { "?\($0)" } ?? ""),
            authority: fields["host"] ?? "",
            fields: fields
        )
        self.version = .http1
    }
}
