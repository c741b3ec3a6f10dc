package import HTTP
import JSON
import Machine
package import Protobuf
package import RPC

/// Serves methods over gRPC and over Connect, on whatever HTTP a stream comes by. It lives on one loop, as do its handlers; they
/// answer by callback, now or later, and each call once.
package final class RPCRouter {
    struct Method {
        var kind: RPCMethodKind
        /// Answers a GET too.
        var isSafe: Bool
        var open: (ServerCall) -> any RequestSink
    }

    private let timers: Timers
    private let messageLimit: Int
    private let memory: PeerMemory
    private var methods: [String: Method] = [:]
    /// `fluxmq.admin.v1.Admin`, of every method.
    private var services: Set<Substring> = []
    private var errors = ConnectErrors()

    /// Asked before a handler runs, with the path; an error refuses the call.
    package var authorize: ((RPCContext, String) -> RPCError?)?

    /// - Parameters:
    ///   - timers: Those of the loop, for deadlines.
    ///   - messageLimit: Bytes of one request message; RESOURCE_EXHAUSTED beyond.
    ///   - peerLimit: Bytes of unfinished requests, and of unread answers, that one peer may cause; RESOURCE_EXHAUSTED beyond.
    package init(timers: Timers, messageLimit: Int = MessageFramer.defaultLimit, peerLimit: Int = 64 << 20) {
        self.timers = timers
        self.messageLimit = messageLimit
        self.memory = PeerMemory(limit: peerLimit)
    }

    /// One request, one response.
    ///
    /// - Parameter safe: It has no side effects, so that Connect's clients may ask by GET.
    package func unary<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        safe: Bool = false,
        _ handler: @escaping (Request, RPCContext, _ reply: @escaping (Result<Response, RPCError>) -> Void) -> Void
    ) {
        self.add(method, .unary, isSafe: safe) { call in
            SingleRequest<Request>(codec: call.codec) { [unowned call] request in
                handler(request, call.context, Self.reply(call))
            }
        }
    }

    /// One request, many responses.
    package func serverStreaming<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ handler: @escaping (Request, RPCServerStream<Response>) -> Void
    ) {
        self.add(method, .serverStreaming) { call in
            SingleRequest<Request>(codec: call.codec) { [unowned call] request in
                handler(request, RPCServerStream(call))
            }
        }
    }

    /// Many requests, one response. The handler is called before the first request has come.
    package func clientStreaming<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ handler:
            @escaping (
                RPCRequests<Request>, RPCContext, _ reply: @escaping (Result<Response, RPCError>) -> Void
            ) -> Void
    ) {
        self.add(method, .clientStreaming) { call in
            let requests = RPCRequests<Request>(call)
            handler(requests, call.context, Self.reply(call))
            return requests
        }
    }

    /// Many requests, many responses, in any order. The handler is called before the first request has come.
    package func bidirectional<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ handler: @escaping (RPCRequests<Request>, RPCServerStream<Response>) -> Void
    ) {
        self.add(method, .bidirectional) { call in
            let requests = RPCRequests<Request>(call)
            handler(requests, RPCServerStream(call))
            return requests
        }
    }

    /// Lets errors that Connect's clients see show details of the type as JSON, beside their bytes.
    package func describesDetails<Detail: Message>(of type: Detail.Type) {
        self.errors.readers[Detail.protoName] = { bytes in
            guard let detail = try? Detail(serialized: bytes) else { return nil }
            return try? JSONParser.parse(detail.json())
        }
    }

    /// An ``HTTPRouter``: nil when the request is for no service known here.
    package func handler(for head: HTTPRequestHead, stream: any HTTPServerStream) -> HTTPServerHandler? {
        switch self.verdict(head) {
        case .pass: return nil
        case .answer(let response, let body):
            return RefusedRequest.handler(for: head, stream: stream) {
                stream.respond(response)
                stream.write(body)
                stream.finish(trailers: HTTPFields())
            }
        case .call(let setup):
            let context = RPCContext(head: head, setup: setup, peer: stream.peer, timers: self.timers)
            let call = ServerCall(setup, context: context, stream: stream, timers: self.timers, memory: self.memory)
            if let error = setup.error ?? self.fullness(of: stream.peer) ?? self.authorize?(context, setup.path) {
                return RefusedRequest.handler(for: head, stream: stream) { call.abandon(error) }
            }
            if let method = self.methods[setup.path] { call.begin(method.open) }
            return call
        }
    }

    private func fullness(of peer: PeerAddress) -> RPCError? {
        self.memory.takesCalls(of: peer) ? nil : RPCError(.resourceExhausted, "too many answers are waiting to be read")
    }

    private func verdict(_ head: HTTPRequestHead) -> RequestVerdict {
        if GRPCDialect.claims(head) {
            return GRPCDialect.verdict(head, method: self.methods[head.path], messageLimit: self.messageLimit)
        }
        let path = head.path.prefix { $0 != "?" }
        return ConnectRequest(head: head, messageLimit: self.messageLimit, errors: self.errors)
            .verdict(method: self.methods[String(path)], isServiceKnown: self.services.contains(Self.service(path)))
    }

    private func add<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ kind: RPCMethodKind,
        isSafe: Bool = false,
        _ open: @escaping (ServerCall) -> any RequestSink
    ) {
        precondition(method.kind == kind, "'\(method.path)' is not \(kind)")
        precondition(self.methods[method.path] == nil, "'\(method.path)' has a handler already")
        self.methods[method.path] = Method(kind: kind, isSafe: isSafe, open: open)
        self.services.insert(Self.service(method.path[...]))
    }

    private static func service(_ path: Substring) -> Substring { path.dropFirst().prefix { $0 != "/" } }

    private static func reply<Response: Message>(_ call: ServerCall) -> (Result<Response, RPCError>) -> Void {
        { result in
            switch result {
            case .success(let response):
                call.send(response)
                call.finish(nil)
            case .failure(let error): call.finish(error)
            }
        }
    }
}

@available(*, unavailable)
extension RPCRouter: Sendable {}
