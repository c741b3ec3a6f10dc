import HTTP
import RPC

/// gRPC: messages in frames, the status in trailers, and in the head alone when there is no message.
///
/// Source: gRPC over HTTP/2, "Requests", "Responses".
struct GRPCDialect: CallDialect {
    private var framer: MessageFramer
    private var hasEnded = false
    private var hasHead = false
    private let contentType: String

    init(contentType: String, messageLimit: Int) {
        self.framer = MessageFramer(limit: messageLimit)
        self.contentType = contentType
    }

    mutating func received(_ bytes: Span<UInt8>) { self.framer.append(bytes) }
    mutating func receivedEnd() { self.hasEnded = true }
    var heldBytes: Int { self.framer.leftover }

    mutating func next() throws(RPCError) -> MessageFramer.Frame? {
        if let frame = try self.framer.next() { return frame }
        if self.hasEnded, self.framer.leftover > 0 { throw RPCError(.internal, "the requests end inside a message") }
        return nil
    }

    mutating func send(_ message: [UInt8], with metadata: ResponseMetadata) -> [ResponsePart] {
        let body = ResponsePart.body(MessageFramer.frame(message))
        if self.hasHead { return [body] }
        return [.head(self.head(metadata)), body]
    }

    mutating func end(_ error: RPCError?, with metadata: ResponseMetadata) -> [ResponsePart] {
        var trailers = GRPCStatus.trailers(error)
        metadata.trailers.append(to: &trailers)
        // "Trailers-Only" is for calls that end badly at once; one that ends well has a head, were it only for its metadata.
        if error != nil, !self.hasHead {
            var head = self.head(metadata)
            head.fields.all += trailers.all
            return [.head(head), .end(trailers: HTTPFields())]
        }
        let end = ResponsePart.end(trailers: trailers)
        return self.hasHead ? [end] : [.head(self.head(metadata)), end]
    }

    private mutating func head(_ metadata: ResponseMetadata) -> HTTPResponseHead {
        self.hasHead = true
        var fields = HTTPFields(["content-type": self.contentType, "grpc-accept-encoding": "identity"])
        metadata.headers.append(to: &fields)
        return HTTPResponseHead(status: 200, fields: fields)
    }

    /// Whether a request speaks gRPC, in a form that is served here.
    static func claims(_ head: HTTPRequestHead) -> Bool {
        ["application/grpc", "application/grpc+proto"].contains(head.mediaType)
    }

    /// What a request that ``claims(_:)`` means.
    ///
    /// - Parameter method: nil when the path names none.
    static func verdict(_ head: HTTPRequestHead, method: RPCRouter.Method?, messageLimit: Int) -> RequestVerdict {
        if head.version != .http2 { return plainAnswer(505, "gRPC needs HTTP/2") }
        if head.method != "POST" { return plainAnswer(405, "gRPC needs POST", ["allow": "POST"]) }
        var setup = CallSetup(
            path: head.path,
            transport: .grpc,
            dialect: GRPCDialect(contentType: head.mediaType, messageLimit: messageLimit),
            codec: .grpc
        )
        do throws(RPCError) {
            guard method != nil else { throw RPCError(.unimplemented, "there is no method '\(head.path)'") }
            guard head.fields["te"] == "trailers" else {
                throw RPCError(.internal, "'te: trailers' is missing: something on the way does not pass trailers on")
            }
            if let encoding = head.fields["grpc-encoding"], encoding != "identity" {
                throw RPCError(.unimplemented, "messages in '\(encoding)' are not understood, only 'identity'")
            }
            if let timeout = head.fields["grpc-timeout"] {
                setup.timeout = GRPCTimeout.parse(timeout)
                if setup.timeout == nil { throw RPCError(.internal, "malformed grpc-timeout '\(timeout)'") }
            }
            setup.metadata = try Metadata(head.fields)
        } catch {
            setup.error = error
        }
        return .call(setup)
    }
}
