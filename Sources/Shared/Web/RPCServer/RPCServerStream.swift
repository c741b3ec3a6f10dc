package import Protobuf
package import RPC

/// The answering side of a call whose response is a stream of messages.
///
/// Nothing queues for a client that does not read: whoever sends much asks ``hasRoom`` before each message and goes on in
/// ``onReady``. Who does not is stopped at 16 MiB: the call is reset.
package final class RPCServerStream<Response: Message> {
    package let context: RPCContext
    private let call: ServerCall

    init(_ call: ServerCall) {
        self.call = call
        self.context = call.context
    }

    /// Ignored after the call has ended.
    package func send(_ message: Response) { self.call.send(message) }

    /// Bytes sent that the client's window or the socket has not taken yet.
    package var pendingBytes: Int { self.call.pendingBytes }

    /// Whether little enough is pending to send more. When it is false, ``onReady`` is called once it is true again.
    package var hasRoom: Bool { self.pendingBytes <= 64 << 10 }

    /// Room has come back after ``pendingBytes`` had been more than 64 KiB.
    package var onReady: (() -> Void)? {
        get { self.call.onReady }
        set { self.call.setReady(newValue) }
    }

    /// As ``RPCContext/onCancel``.
    package var onCancel: (() -> Void)? {
        get { self.context.onCancel }
        set { self.context.onCancel = newValue }
    }

    package func finish() { self.call.finish(nil) }
    package func fail(_ error: RPCError) { self.call.finish(error) }
}

@available(*, unavailable)
extension RPCServerStream: Sendable {}

/// The requests of a call that takes a stream of them, one at a time: the next one comes after ``consumed()``, and the client is
/// held back by its window until then.
package final class RPCRequests<Request: Message> {
    private weak var call: ServerCall?
    private let codec: MessageCodec
    private var isHandling = false

    init(_ call: ServerCall) {
        self.call = call
        self.codec = call.codec
    }

    /// Nothing is delivered before this is set.
    package var onMessage: ((Request) -> Void)? {
        didSet { self.call?.pump() }
    }
    /// The client has sent its last message, and all have been consumed. Not called for a call that is cancelled.
    package var onEnd: (() -> Void)?

    /// The handler is done with the message that it was given, and wants the next one.
    package func consumed() {
        guard self.isHandling else { return }
        self.isHandling = false
        self.call?.consumedMessage()
    }
}

@available(*, unavailable)
extension RPCRequests: Sendable {}

extension RPCRequests: RequestSink {
    var wantsNext: Bool { !self.isHandling && self.onMessage != nil }
    var heldBytes: Int { 0 }

    func received(_ message: [UInt8]) throws(RPCError) {
        let request: Request = try self.codec.decode(message)
        self.isHandling = true
        self.onMessage?(request)
    }

    func ended() { self.onEnd?() }

    func close() {
        self.call = nil
        self.onMessage = nil
        self.onEnd = nil
    }
}
