import HTTP
package import RPC

/// One call, from its start to its status. Confined to its channel's loop.
///
/// Its owner is told of messages and of the end by the closures that it gave at the start, later and never inline. It is told of
/// the end exactly once, unless it cancelled the call itself.
package final class RPCCall {
    /// Bytes that may wait to be sent: an owner that goes on beyond it, without heeding ``pendingBytes``, loses the call with
    /// RESOURCE_EXHAUSTED.
    package static let pendingLimit = 16 << 20
    /// Bytes of a request that are kept for a second attempt; a longer one is sent once.
    static let retryLimit = 1 << 20

    private enum Phase {
        case waiting
        case open(Attempt, any HTTPClientStream, on: any RPCTransport)
        case ended
    }

    /// The server's metadata, once its first word is there.
    package private(set) var headers = Metadata()
    package private(set) var trailers = Metadata()
    /// No more than 64 KiB of the request are pending, after there had been more.
    package var onDrained: (() -> Void)?
    /// While it is set no message is delivered, and the server stops sending after a window of them.
    package var isPaused = false { didSet { if !self.isPaused { self.deliver() } } }

    let waitsForReady: Bool
    private let path: String
    private let metadata: Metadata
    private let deadline: UInt64?
    private var channel: RPCChannel?
    private var onMessage: (([UInt8]) throws(RPCError) -> Void)?
    private var onEnd: ((Result<Void, RPCError>) -> Void)?
    private var timer: Timers.ID?
    private var phase = Phase.waiting

    /// Frames of the request: all of them while another attempt is possible, else those that wait for the first.
    private var frames: [[UInt8]] = []
    private var frameBytes = 0
    private var isFinished = false
    private var mayRetry = true

    private var framer: MessageFramer
    /// Bytes that came while the call was paused, and for which the server has not got new room.
    private var heldBytes = 0
    private var responseHead: HTTPResponseHead?
    /// How the call ends once all messages are delivered.
    private var status: Result<Void, RPCError>?

    init(
        _ channel: RPCChannel,
        path: String,
        options: RPCCallOptions,
        onMessage: @escaping ([UInt8]) throws(RPCError) -> Void,
        onEnd: @escaping (Result<Void, RPCError>) -> Void
    ) {
        self.channel = channel
        self.path = path
        self.metadata = options.metadata
        self.waitsForReady = options.waitsForReady
        self.framer = MessageFramer(limit: options.messageLimit)
        self.onMessage = onMessage
        self.onEnd = onEnd
        self.deadline = options.timeout.map { channel.timers.now + $0 }
        self.timer = self.deadline.map { deadline in
            channel.timers.schedule(at: deadline) { [weak self] in self?.timedOut(after: options.timeout ?? 0) }
        }
    }

    // MARK: The owner's side

    package var isEnded: Bool { if case .ended = self.phase { true } else { false } }

    /// Bytes of the request that have not left yet.
    package var pendingBytes: Int {
        switch self.phase {
        case .waiting: self.frameBytes
        case .open(_, let stream, _): stream.pendingBytes
        case .ended: 0
        }
    }

    func send(_ message: [UInt8]) {
        if self.isEnded || self.isFinished { return }
        let frame = MessageFramer.frame(message)
        let stream: (any HTTPClientStream)? = if case .open(_, let stream, _) = self.phase { stream } else { nil }
        if self.mayRetry || stream == nil {
            self.frames.append(frame)
            self.frameBytes += frame.count
            if self.frameBytes > RPCCall.retryLimit { self.commit(keeping: stream == nil) }
        }
        stream?.write(frame)
        if self.pendingBytes > RPCCall.pendingLimit { self.failLater(.resourceExhausted, "too much is sent at once") }
    }

    func finish() {
        if self.isEnded || self.isFinished { return }
        self.isFinished = true
        if case .open(_, let stream, _) = self.phase { stream.finish() }
    }

    /// The answer is no longer wanted: the server is told, the owner is not.
    package func cancel() {
        self.onEnd = nil
        self.end(.failure(RPCError(.cancelled, "the call was cancelled")), reset: true)
    }

    // MARK: The channel's side

    /// - Returns: False when the transport takes no more calls.
    func start(on transport: any RPCTransport) -> Bool {
        guard case .waiting = self.phase, let channel = self.channel else { return true }
        let attempt = Attempt(self)
        guard let stream = transport.start(self.head(channel), attempt) else { return false }
        self.phase = .open(attempt, stream, on: transport)
        for frame in self.frames { stream.write(frame) }
        if !self.mayRetry { self.forgetFrames() }
        if self.isFinished { stream.finish() }
        return true
    }

    private func head(_ channel: RPCChannel) -> HTTPRequestHead {
        var fields = HTTPFields(["te": "trailers"])
        if let deadline = self.deadline {
            let left = deadline - min(deadline, channel.timers.now)
            fields.append("grpc-timeout", GRPCTimeout.format(milliseconds: max(1, left)))
        }
        fields.append("content-type", "application/grpc+proto")
        fields.append("user-agent", channel.settings.userAgent)
        self.metadata.append(to: &fields)
        return HTTPRequestHead(method: "POST", path: self.path, authority: channel.settings.authority, fields: fields)
    }

    func isOpen(on transport: any RPCTransport) -> Bool {
        if case .open(_, _, let mine) = self.phase { mine === transport } else { false }
    }

    func fail(_ error: RPCError) { self.end(.failure(error), reset: true) }

    /// Another attempt would not be the same call any more.
    private func commit(keeping isWaiting: Bool = false) {
        self.mayRetry = false
        if !isWaiting { self.forgetFrames() }
    }

    private func forgetFrames() {
        self.frames = []
        self.frameBytes = 0
    }

    private func timedOut(after timeout: UInt64) {
        var message = "no answer within \(timeout) ms"
        if case .waiting = self.phase, let reason = self.channel?.lastFailure { message += "; \(reason)" }
        self.end(.failure(RPCError(.deadlineExceeded, message)), reset: true)
    }

    /// For what goes wrong inside one of the owner's calls.
    private func failLater(_ code: RPCCode, _ message: String) {
        guard let timers = self.channel?.timers else { return }
        timers.schedule(at: timers.now) { [weak self] in self?.fail(RPCError(code, message)) }
    }

    private func end(_ result: Result<Void, RPCError>, reset: Bool) {
        if self.isEnded { return }
        if reset, case .open(_, let stream, _) = self.phase { stream.reset(.cancel) }
        self.phase = .ended
        if let timer = self.timer { self.channel?.timers.cancel(timer) }
        self.channel?.ended(self)
        self.channel = nil
        self.forgetFrames()
        self.onMessage = nil
        let onEnd = self.onEnd
        self.onEnd = nil
        onEnd?(result)
    }

    // MARK: The server's side

    /// One stream's part in the call. What an earlier one still says is not heard.
    private final class Attempt: HTTPClientHandler {
        private weak var call: RPCCall?

        init(_ call: RPCCall) { self.call = call }

        private var current: RPCCall? {
            guard let call = self.call, case .open(let attempt, _, _) = call.phase, attempt === self else { return nil }
            return call
        }

        override func received(_ head: HTTPResponseHead) { self.current?.received(head) }
        override func received(_ body: Span<UInt8>) { self.current?.received(body) }
        override func ended(trailers: HTTPFields) { self.current?.ended(trailers) }
        override func failed(_ error: HTTPStreamError) { self.current?.failed(error) }
        override func drained() { self.current?.onDrained?() }
    }

    private func heard() {
        if case .open(_, _, let transport) = self.phase { self.channel?.heard(on: transport) }
    }

    private func received(_ head: HTTPResponseHead) {
        self.commit()
        self.heard()
        self.responseHead = head
        if head.fields["grpc-status"] != nil { return }  // the head is the trailers too, and the end follows
        if let code = RPCCode(httpStatus: head.status) {
            return self.fail(RPCError(code, "the server answered with HTTP status \(head.status)"))
        }
        let type = head.fields["content-type"] ?? ""
        guard type == "application/grpc" || type.hasPrefix("application/grpc+") || type.hasPrefix("application/grpc;")
        else {
            return self.fail(RPCError(.unknown, "the server does not speak gRPC: content-type '\(type)'"))
        }
        if let encoding = head.fields["grpc-encoding"], encoding != "identity" {
            return self.fail(
                RPCError(.internal, "the server compresses with '\(encoding)', which it was not asked for")
            )
        }
        do {
            self.headers = try Metadata(head.fields)
        } catch {
            self.fail(error)
        }
    }

    private func received(_ body: Span<UInt8>) {
        self.heard()
        self.framer.append(body)
        self.heldBytes += body.count
        self.deliver()
    }

    private func deliver() {
        while !self.isPaused {
            guard case .open(_, let stream, _) = self.phase else { return }
            do {
                guard let frame = try self.framer.next() else {
                    // All that came is used or part of one message, whose length has been looked at.
                    if self.heldBytes > 0 { stream.consumed(self.heldBytes) }
                    self.heldBytes = 0
                    break
                }
                try self.onMessage?(frame.message)
            } catch {
                return self.fail(error)
            }
        }
        guard !self.isPaused, let status = self.status else { return }
        if case .success = status, self.framer.leftover > 0 {
            self.end(.failure(RPCError(.internal, "the answer ends inside a message")), reset: false)
        } else {
            self.end(status, reset: false)
        }
    }

    private func ended(_ fields: HTTPFields) {
        self.heard()
        let head = self.responseHead?.fields ?? HTTPFields()
        let isHeadOnly = GRPCStatus.parse(fields) == nil
        do {
            self.trailers = try Metadata(isHeadOnly ? head : fields)
        } catch {
            return self.fail(error)
        }
        switch GRPCStatus.parse(fields) ?? GRPCStatus.parse(head) {
        case .success: self.status = .success(())
        case .failure(let error): self.status = .failure(error)
        case nil: self.status = .failure(RPCError(.unknown, "the answer has no status"))
        }
        self.deliver()
    }

    private func failed(_ error: HTTPStreamError) {
        if error == .refusedStream, self.mayRetry, let channel = self.channel {
            // The server says that it has not looked at the request: once more is not twice. Source: gRPC A6, "Transparent Retries".
            self.mayRetry = false
            self.phase = .waiting
            channel.timers.schedule(at: channel.timers.now) { [self] in channel.admit(self) }
            return
        }
        self.end(.failure(RPCError(error)), reset: false)
    }
}

@available(*, unavailable)
extension RPCCall: Sendable {}

extension RPCError {
    /// What a stream's end without a status means. Source: gRPC over HTTP/2, "HTTP2 Transport Mapping".
    init(_ error: HTTPStreamError) {
        switch error {
        case .noError, .protocolError, .internalError: self.init(.internal, "the server broke the call off: \(error)")
        case .refusedStream: self.init(.unavailable, "the server takes no calls at the moment")
        case .cancel: self.init(.cancelled, "the server cancelled the call")
        case .enhanceYourCalm: self.init(.resourceExhausted, "the server asks for fewer calls")
        case .connectionLost: self.init(.unavailable, "the connection was lost")
        }
    }
}
