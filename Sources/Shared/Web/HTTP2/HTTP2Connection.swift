package import Bytes
import HTTP
package import Machine

/// One HTTP/2 connection without I/O: bytes come in by ``receive(_:)``, frames go out by ``drain(into:)``.
///
/// Confined to the loop of the stream that carries it. Handlers are called while bytes come in and after frames went out, never
/// inside a call that they made themselves; what they write is taken at the next drain, all frames of a burst together.
package class HTTP2Connection: SessionEvents {
    let session: Session
    let settings: HTTP2Settings
    var streams: [Int32: HTTP2Stream] = [:]
    /// Somebody wrote outside of ``receive(_:)``: the owner is to drain, soon and not inline.
    package final var wantsOutput: () -> Void = {}
    /// Why the connection is lost, as far as it was found out here.
    package private(set) final var failure: HTTP2Error?
    private(set) final var isLost = false
    private var owesGoAway = false
    private var isShuttingDown = false
    private var pingsSent: UInt64 = 0
    /// Streams whose head has not been given to the session yet, so that head and end can be one frame.
    private var unsubmitted: [HTTP2Stream] = []
    private var notices: [Notice] = []

    /// What a handler is told once nghttp2 has returned.
    private enum Notice {
        case drained(HTTP2Stream)
        case closed(HTTP2Stream, HTTPStreamError)
    }

    init(_ role: Session.Role, _ settings: HTTP2Settings) {
        self.settings = settings
        self.session = Session(role, settings)
        self.session.events = self
    }

    // MARK: Bytes

    /// Takes all of `bytes`, however they are cut.
    ///
    /// - Throws: When the connection is lost. What ``drain(into:)`` still gives is a GOAWAY.
    package final func receive(_ bytes: Span<UInt8>) throws(HTTP2Error) {
        if let failure = self.failure { throw failure }
        do {
            try self.session.receive(bytes)
        } catch {
            self.fail(error)
            throw error
        }
        self.deliver()
    }

    /// Appends frames until there are none, or ``HTTP2Settings/outputLimit`` bytes wait in `output`.
    package final func drain(into output: inout OutputBuffer) {
        self.drain(room: self.settings.outputLimit - output.count) { frame in
            output.append(upTo: frame.count) { $0.write(Span(_unsafeElements: frame)) }
        }
    }

    /// The same for an owner with bytes of its own.
    package final func drain(into output: inout [UInt8]) {
        self.drain(room: self.settings.outputLimit - output.count) { output.append(contentsOf: $0) }
    }

    private func drain(room: Int, _ append: (UnsafeBufferPointer<UInt8>) -> Void) {
        var room = room
        do throws(HTTP2Error) {
            while self.failure == nil, room > 0 {
                self.submit()
                guard let frame = try self.session.nextFrame() else { break }
                append(frame)
                room -= frame.count
            }
        } catch {
            self.fail(error)
        }
        if self.owesGoAway {
            self.owesGoAway = false
            self.goAway.withUnsafeBufferPointer(append)
        }
    }

    /// Calls handlers whose turn came while frames were made. To be called after each drain, since they may write.
    ///
    /// - Returns: Whether there is more to drain.
    @discardableResult
    package final func deliver() -> Bool {
        while !self.notices.isEmpty {
            let notices = self.notices
            self.notices = []
            for notice in notices {
                switch notice {
                case .drained(let stream): stream.drained()
                case .closed(let stream, let error): stream.closed(error)
                }
            }
        }
        return self.hasOutput
    }

    /// Brings frames into a peer's output, and has it call again (``StreamPeer/drained()``) when that is full.
    package final func pump(_ peer: StreamPeer) {
        repeat { self.drain(into: &peer.output) } while self.deliver() && peer.output.count < self.settings.outputLimit
        if !peer.output.isEmpty { peer.markDirty() }
        if self.hasOutput { peer.roomWanted = self.settings.outputLimit / 4 }
    }

    private var hasOutput: Bool {
        self.failure == nil ? self.session.wantsWrite || !self.unsubmitted.isEmpty : self.owesGoAway
    }

    /// The peer asks for more than it reads: nothing further is read from it until ``drain(into:)`` has made room.
    package final var isOverwhelmed: Bool { self.session.queuedFrames > self.settings.queuedFramesLimit }

    /// Nothing more will come or go: the stream that carries the connection is to be closed after its output is written.
    package final var wantsToClose: Bool {
        self.failure == nil ? !self.session.wantsRead && !self.hasOutput : !self.owesGoAway
    }

    // MARK: The connection's life

    package final var openStreams: Int { self.streams.count + self.unsubmitted.count { $0.id == 0 } }

    /// The carrying stream is gone: every open request is told, once. Also breaks the cycles between handlers and streams.
    package final func lost() {
        if self.isLost { return }
        self.isLost = true
        self.deliver()
        let unsent = self.unsubmitted.filter { $0.id == 0 }
        let open = self.streams.sorted { $0.key < $1.key }.map(\.value) + unsent
        self.streams = [:]
        self.unsubmitted = []
        for stream in open { stream.closed(.connectionLost) }
        self.wantsOutput = {}
    }

    /// Asks for a sign of life; the answer counts in ``pongs``.
    package final func ping() {
        self.pingsSent += 1
        self.session.ping(self.pingsSent)
        self.wantsOutput()
    }

    /// Whether a ping of ``ping()`` has not been answered yet.
    package final var isPingUnanswered: Bool { self.pongs < self.pingsSent }
    private var pongs: UInt64 = 0

    /// Takes no new streams and lets the open ones end; ``wantsToClose`` says when.
    ///
    /// The peer is warned first: what it sent before it knew is still served. Its answer to a ping shows that it knows;
    /// ``finishShutDown()`` is for those that do not answer.
    package final func shutDown() {
        if self.isShuttingDown || self.isLost { return }
        self.isShuttingDown = true
        self.session.announceGoAway()
        self.session.ping(HTTP2Connection.lastPing)
        self.wantsOutput()
    }

    /// The second step of ``shutDown()``: streams that begin from now on are refused.
    package final func finishShutDown() {
        if self.isLost { return }
        self.isShuttingDown = true
        self.session.goAway()
        self.wantsOutput()
    }

    private static let lastPing = UInt64.max

    private func fail(_ error: HTTP2Error) {
        if self.failure != nil { return }
        self.failure = error
        self.owesGoAway = true
    }

    /// The session makes no frames after a fatal error, so this one is made by hand. Source: RFC 9113 §6.8.
    private var goAway: [UInt8] {
        let code: HTTPStreamError =
            switch self.failure {
            case .flooded, .tooManyContinuations: .enhanceYourCalm
            case .badPreface, .session, nil: .protocolError
            }
        let last = UInt32(max(0, self.session.lastStream))
        let payload = [last, code.rawValue].flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(word >> $0 & 255) }
        }
        return [0, 0, 8, 7, 0, 0, 0, 0, 0] + payload
    }

    // MARK: What streams do

    final func submitLater(_ stream: HTTP2Stream) {
        self.unsubmitted.append(stream)
        self.wantsOutput()
    }

    private func submit() {
        if self.unsubmitted.isEmpty { return }
        let streams = self.unsubmitted
        self.unsubmitted = []
        for stream in streams where !stream.isClosed { self.submit(stream) }
    }

    /// Gives a stream's head to the session.
    func submit(_ stream: HTTP2Stream) { preconditionFailure("a connection is a server's or a client's") }

    /// There is body, or the end of it.
    final func resume(_ stream: HTTP2Stream) {
        if stream.isWaiting {
            stream.isWaiting = false
            self.session.resume(stream.id)
        }
        self.wantsOutput()
    }

    final func reset(_ stream: HTTP2Stream, _ error: HTTPStreamError) {
        if stream.id != 0 { self.session.reset(stream.id, code: error.rawValue) }
        self.wantsOutput()
    }

    final func consumed(_ bytes: Int, of stream: HTTP2Stream) {
        let count = min(bytes, stream.unconsumed)
        if count <= 0 { return }
        stream.unconsumed -= count
        self.session.consume(count, on: stream.id)
        self.wantsOutput()
    }

    /// For a stream that never got a number: nobody else will tell its handler.
    final func closeLater(_ stream: HTTP2Stream, _ error: HTTPStreamError) {
        self.notices.append(.closed(stream, error))
        self.wantsOutput()
    }

    // MARK: What nghttp2 tells

    /// A request begins; clients have none to take.
    func opened(_ stream: Int32) {}

    final func beganHeaders(on stream: Int32, opens: Bool) {
        if opens { self.opened(stream) }
        self.streams[stream]?.block = FieldBlock()
    }

    final func received(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, on stream: Int32) {
        self.streams[stream]?.block.append(name, value, limit: self.settings.headerListLimit)
    }

    final func receivedHeaders(on stream: Int32, ends: Bool) { self.streams[stream]?.receivedHeaders(ends: ends) }

    final func received(_ data: Span<UInt8>, on stream: Int32) {
        guard let stream = self.streams[stream] else { return self.session.consume(data.count) }
        stream.unconsumed += data.count
        stream.received(data)
    }

    final func receivedEnd(of stream: Int32) { self.streams[stream]?.receivedEnd() }

    final func receivedPong(_ payload: UInt64) {
        if payload == HTTP2Connection.lastPing, self.isShuttingDown {
            self.finishShutDown()
        } else {
            // A peer that makes up answers has given a sign of life all the same.
            self.pongs = max(self.pongs, min(payload, self.pingsSent))
        }
    }

    func receivedGoAway() {}

    final func fill(_ stream: Int32, _ target: UnsafeMutableRawBufferPointer) -> BodyPart {
        guard let stream = self.streams[stream] else { return .none }
        let count = stream.body.take(into: target)
        if stream.wantsRoom, stream.body.count <= lowWater {
            stream.wantsRoom = false
            self.notices.append(.drained(stream))
        }
        if stream.body.isEmpty, stream.isFinished { return .last(count, trailers: stream.trailers) }
        stream.isWaiting = count == 0
        return count == 0 ? .none : .bytes(count)
    }

    final func sentEnd(of stream: Int32) { self.streams[stream]?.sentEnd() }

    final func didNotSend(on stream: Int32) { self.session.reset(stream, code: HTTPStreamError.internalError.rawValue) }

    final func closed(_ number: Int32, code: UInt32) {
        guard let stream = self.streams.removeValue(forKey: number) else { return }
        stream.isClosed = true
        // What the handler left lying would be missing in the window of all others.
        if stream.unconsumed > 0 { self.session.consume(stream.unconsumed) }
        stream.unconsumed = 0
        self.notices.append(.closed(stream, HTTPStreamError(code: code)))
    }
}

@available(*, unavailable)
extension HTTP2Connection: Sendable {}
