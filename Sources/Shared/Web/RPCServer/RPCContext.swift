import HTTP
package import Machine
package import RPC

/// What a handler is told about its call, and what it may add to the answer. Used on the loop that owns the connection.
package final class RPCContext {
    package enum Transport: Sendable { case grpc, connect }

    package let peer: PeerAddress
    /// HTTP/2's `:authority`, HTTP/1.1's `Host`.
    package let authority: String
    /// `/fluxmq.admin.v1.Admin/List`.
    package let path: String
    package let transport: Transport
    /// What the client sent along.
    package let metadata: Metadata
    /// When the call ends by itself, in milliseconds of ``Timers/now``; nil when the client set no deadline.
    package let deadline: UInt64?
    private let timers: Timers

    /// Goes out before the first message: what is added later is lost.
    package var responseMetadata = Metadata()
    /// Goes out after the last message, with the status.
    package var trailers = Metadata()

    /// Nobody waits for the answer any more: the client cancelled, the deadline passed, its connection or its stream broke.
    package private(set) var isCancelled = false
    /// Called once when ``isCancelled`` becomes true, at once when it is already; never after the handler has ended the call.
    package var onCancel: (() -> Void)? {
        didSet { if self.isCancelled { self.tellCancelled() } }
    }

    init(head: HTTPRequestHead, setup: CallSetup, peer: PeerAddress, timers: Timers) {
        self.peer = peer
        self.authority = head.authority
        self.path = setup.path
        self.transport = setup.transport
        self.metadata = setup.metadata
        self.deadline = setup.timeout.map { timers.now + $0 }
        self.timers = timers
    }

    /// Milliseconds until the deadline, 0 when it has passed; nil when there is none.
    package var remaining: UInt64? { self.deadline.map { $0 > self.timers.now ? $0 - self.timers.now : 0 } }

    func cancel() {
        self.isCancelled = true
        self.tellCancelled()
    }

    /// The handler has ended the call: what it wanted to know of a cancellation is let go.
    func forget() { self.onCancel = nil }

    private func tellCancelled() {
        guard let body = self.onCancel else { return }
        self.onCancel = nil
        body()
    }
}

@available(*, unavailable)
extension RPCContext: Sendable {}
