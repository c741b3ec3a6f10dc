import Protobuf
import RPC

/// Where a call's requests go, as bytes.
protocol RequestSink: AnyObject {
    /// Whether a message may be delivered now.
    var wantsNext: Bool { get }
    /// Bytes of a message that waits here for the handler.
    var heldBytes: Int { get }
    func received(_ message: [UInt8]) throws(RPCError)
    /// The last message was delivered, and none is being handled.
    func ended() throws(RPCError)
    /// The call is over: lets go of what the handler left here.
    func close()
}

/// The sink of a method that takes exactly one request: it is handed on when it is certain that there is no second one.
final class SingleRequest<Request: Message>: RequestSink {
    private let codec: MessageCodec
    private var message: [UInt8]?
    private var start: ((Request) -> Void)?
    let wantsNext = true
    var heldBytes: Int { self.message?.count ?? 0 }

    init(codec: MessageCodec, start: @escaping (Request) -> Void) {
        self.codec = codec
        self.start = start
    }

    func received(_ message: [UInt8]) throws(RPCError) {
        // gRPC, "Status codes and their use": request cardinality violation.
        if self.message != nil { throw RPCError(.unimplemented, "the method takes one request, and more came") }
        self.message = message
    }

    func ended() throws(RPCError) {
        guard let message = self.message else {
            throw RPCError(.unimplemented, "the method takes one request, and none came")
        }
        self.message = nil
        let request: Request = try self.codec.decode(message)
        let start = self.start
        self.start = nil
        start?(request)
    }

    func close() {
        self.message = nil
        self.start = nil
    }
}
