import HTTP
import Protobuf
import RPC

/// One call, from its request's head to its status: carries events between HTTP, a ``CallDialect`` and the method's handler.
///
/// Request bytes are given back to the peer's window as the handler consumes messages. Those of a message that is not whole yet
/// are given back at once, since it may be larger than the window: a call holds one message's limit and one window at most.
final class ServerCall: HTTPServerHandler {
    /// What a handler may have pending that does not ask for room; beyond it the call is reset.
    static let pendingLimit = 16 << 20

    let context: RPCContext
    let codec: MessageCodec
    private var dialect: any CallDialect
    private let stream: any HTTPServerStream
    private let timers: Timers
    private let memory: PeerMemory
    private var timer: Timers.ID?
    private var sink: (any RequestSink)?
    private(set) var onReady: (() -> Void)?

    private var hasBodyEnded = false
    private var hasSinkEnded = false
    private var isPumping = false
    private var isOver = false
    /// Body bytes that the peer's window has not got back.
    private var withheld = 0
    /// What the message that is being handled took on the wire.
    private var handledBytes = 0
    /// What ``memory`` counts for this call.
    private var notedBytes = 0

    init(_ setup: CallSetup, context: RPCContext, stream: any HTTPServerStream, timers: Timers, memory: PeerMemory) {
        self.context = context
        self.codec = setup.codec
        self.dialect = setup.dialect
        self.stream = stream
        self.timers = timers
        self.memory = memory
    }

    /// Sets the deadline and lets the method's handler in.
    func begin(_ open: (ServerCall) -> any RequestSink) {
        if let deadline = self.context.deadline {
            if deadline <= self.timers.now { return self.abandon(Self.deadlineExceeded) }
            self.timer = self.timers.schedule(at: deadline) { [weak self] in
                self?.timer = nil
                self?.abandon(Self.deadlineExceeded)
            }
        }
        let sink = open(self)
        // A handler may have ended the call already.
        if self.isOver { sink.close() } else { self.sink = sink }
        self.pump()
    }

    // MARK: What the peer does

    override func received(_ body: Span<UInt8>) {
        if self.isOver { return }
        self.withheld += body.count
        do throws(RPCError) {
            try self.dialect.received(body)
            self.pump()
            if self.notedBytes > 0, !self.memory.takesRequests(of: self.stream.peer) {
                throw RPCError(.resourceExhausted, "too many unfinished requests at once")
            }
        } catch {
            self.abandon(error)
        }
    }

    override func ended() {
        self.hasBodyEnded = true
        self.dialect.receivedEnd()
        self.pump()
    }

    override func cancelled(_ error: HTTPStreamError) {
        if self.isOver { return }
        self.close()
        self.context.cancel()
    }

    override func drained() { self.onReady?() }

    /// Delivers what is whole and wanted.
    func pump() {
        if self.isPumping { return }
        self.isPumping = true
        defer {
            self.isPumping = false
            self.noteMemory()
        }
        do throws(RPCError) {
            while let sink = self.sink, sink.wantsNext {
                if let frame = try self.dialect.next() {
                    self.handledBytes = frame.wireBytes
                    try sink.received(frame.message)
                    continue
                }
                self.giveBack(self.withheld)
                if self.hasBodyEnded, !self.hasSinkEnded {
                    self.hasSinkEnded = true
                    try sink.ended()
                }
                return
            }
        } catch {
            self.abandon(error)
        }
    }

    private func noteMemory() {
        let held = self.isOver ? 0 : self.dialect.heldBytes + (self.sink?.heldBytes ?? 0)
        if held == self.notedBytes { return }
        self.memory.noteRequests(of: self.stream.peer, from: self.notedBytes, to: held)
        self.notedBytes = held
    }

    // MARK: What the handler does

    func consumedMessage() {
        self.giveBack(min(self.withheld, self.handledBytes))
        self.pump()
    }

    private func giveBack(_ bytes: Int) {
        if bytes == 0 || self.isOver { return }
        self.withheld -= bytes
        self.stream.consumed(bytes)
    }

    var pendingBytes: Int { self.stream.pendingBytes }

    func setReady(_ body: (() -> Void)?) { self.onReady = self.isOver ? nil : body }

    func send(_ message: some Message) {
        if self.isOver { return }
        if self.stream.pendingBytes > Self.pendingLimit {
            self.close()
            self.stream.reset(.enhanceYourCalm)
            self.context.cancel()
            return
        }
        self.perform(self.dialect.send(self.codec.encode(message), with: self.responseMetadata))
    }

    /// The handler's own end of the call, good or bad.
    func finish(_ error: RPCError?) {
        if self.isOver { return }
        self.context.forget()
        self.end(error)
    }

    /// Ends the call for another reason than the handler's wish, and tells it.
    func abandon(_ error: RPCError) {
        if self.isOver { return }
        self.end(error)
        self.context.cancel()
    }

    private func end(_ error: RPCError?) {
        self.close()
        self.perform(self.dialect.end(error, with: self.responseMetadata))
        self.memory.noteAnswer(on: self.stream)
    }

    private func close() {
        self.isOver = true
        if let timer = self.timer { self.timers.cancel(timer) }
        self.timer = nil
        self.onReady = nil
        self.sink?.close()
        self.sink = nil
        self.noteMemory()
    }

    private var responseMetadata: ResponseMetadata {
        ResponseMetadata(headers: self.context.responseMetadata, trailers: self.context.trailers)
    }

    private func perform(_ parts: [ResponsePart]) {
        for part in parts {
            switch part {
            case .head(let head): self.stream.respond(head)
            case .body(let bytes): self.stream.write(bytes)
            case .end(let trailers): self.stream.finish(trailers: trailers)
            }
        }
    }

    private static let deadlineExceeded = RPCError(.deadlineExceeded, "the deadline has passed")
}
