package import Protobuf
package import RPC

/// The request's side of a call that sends more than one message.
package struct RPCSender<Request: Message> {
    package let call: RPCCall

    /// Ignored after ``finish()`` and after the call's end. ``RPCCall/pendingBytes`` says whether to wait.
    package func send(_ request: Request) { self.call.send(request.serialized()) }

    /// There are no more messages; the answer may still come.
    package func finish() { self.call.finish() }
}

/// Calls of the four kinds. Closures are called later and never inline; each `onEnd` once, and never after a cancel.
extension RPCChannel {
    @discardableResult
    package func unary<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ request: Request,
        _ options: RPCCallOptions = RPCCallOptions(),
        onEnd: @escaping (Result<Response, RPCError>) -> Void
    ) -> RPCCall {
        precondition(method.kind == .unary, "\(method.path) is no unary method")
        let call = self.callForOne(method, options, onEnd)
        call.send(request.serialized())
        call.finish()
        return call
    }

    @discardableResult
    package func serverStreaming<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ request: Request,
        _ options: RPCCallOptions = RPCCallOptions(),
        onMessage: @escaping (Response) -> Void,
        onEnd: @escaping (Result<Void, RPCError>) -> Void
    ) -> RPCCall {
        precondition(method.kind == .serverStreaming, "\(method.path) is no method whose server streams")
        let call = self.callForMany(method, options, onMessage, onEnd)
        call.send(request.serialized())
        call.finish()
        return call
    }

    package func clientStreaming<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ options: RPCCallOptions = RPCCallOptions(),
        onEnd: @escaping (Result<Response, RPCError>) -> Void
    ) -> RPCSender<Request> {
        precondition(method.kind == .clientStreaming, "\(method.path) is no method whose client streams")
        return RPCSender(call: self.callForOne(method, options, onEnd))
    }

    package func bidirectional<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ options: RPCCallOptions = RPCCallOptions(),
        onMessage: @escaping (Response) -> Void,
        onEnd: @escaping (Result<Void, RPCError>) -> Void
    ) -> RPCSender<Request> {
        precondition(method.kind == .bidirectional, "\(method.path) is no bidirectional method")
        return RPCSender(call: self.callForMany(method, options, onMessage, onEnd))
    }

    private func callForMany<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ options: RPCCallOptions,
        _ onMessage: @escaping (Response) -> Void,
        _ onEnd: @escaping (Result<Void, RPCError>) -> Void
    ) -> RPCCall {
        self.call(
            method.path,
            options,
            onMessage: { bytes throws(RPCError) in onMessage(try decode(bytes)) },
            onEnd: onEnd
        )
    }

    private func callForOne<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ options: RPCCallOptions,
        _ onEnd: @escaping (Result<Response, RPCError>) -> Void
    ) -> RPCCall {
        var answer: Response?
        return self.call(
            method.path,
            options,
            onMessage: { bytes throws(RPCError) in
                guard answer == nil else { throw RPCError(.internal, "two messages came where one is due") }
                answer = try decode(bytes)
            },
            onEnd: { result in
                onEnd(
                    result.flatMap {
                        answer.map { .success($0) } ?? .failure(RPCError(.internal, "the answer has no message"))
                    }
                )
            }
        )
    }
}

private func decode<Response: Message>(_ bytes: [UInt8]) throws(RPCError) -> Response {
    do {
        return try Response(serialized: bytes)
    } catch {
        throw RPCError(.internal, "the server's answer is no \(Response.protoName): \(error)")
    }
}
