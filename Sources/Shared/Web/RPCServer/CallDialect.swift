import HTTP
import RPC

/// What is to be written for one step of a call.
enum ResponsePart: Equatable {
    case head(HTTPResponseHead)
    case body([UInt8])
    case end(trailers: HTTPFields)
}

/// What a handler added to the answer, at the moment of a step.
struct ResponseMetadata: Equatable {
    var headers = Metadata()
    var trailers = Metadata()
}

/// What differs between gRPC, Connect's streams and Connect's unary calls: how requests are found in a body, and how messages
/// and status become a response. A value: it decides, and ``ServerCall`` does.
protocol CallDialect {
    /// Part of the body came.
    mutating func received(_ bytes: Span<UInt8>) throws(RPCError)
    /// The body is whole.
    mutating func receivedEnd()
    /// The next whole request; nil while bytes of it are missing, and when there is none.
    mutating func next() throws(RPCError) -> MessageFramer.Frame?
    /// What came and was not taken as a request.
    var heldBytes: Int { get }
    mutating func send(_ message: [UInt8], with metadata: ResponseMetadata) -> [ResponsePart]
    /// - Parameter error: nil when the call ends well.
    mutating func end(_ error: RPCError?, with metadata: ResponseMetadata) -> [ResponsePart]
}

/// What a request's head says about a call to a method that exists.
struct CallSetup {
    var path: String
    var transport: RPCContext.Transport
    var dialect: any CallDialect
    var codec: MessageCodec
    var metadata = Metadata()
    /// Milliseconds from now.
    var timeout: UInt64?
    /// Why the call cannot be made. It is said in the words of the dialect, and no handler is asked.
    var error: RPCError?
}

/// What becomes of a request.
enum RequestVerdict {
    case call(CallSetup)
    /// An answer without a call: to what is not one, or not one that we understand.
    case answer(HTTPResponseHead, body: [UInt8])
    /// Not ours.
    case pass
}

extension HTTPRequestHead {
    /// The content type without its parameters, in lower case; empty when there is none.
    var mediaType: String {
        let type = self.fields["content-type"] ?? ""
        return trimmed(type.prefix { $0 != ";" }).lowercased()
    }
}

/// An answer for people, of one line.
func plainAnswer(_ status: Int, _ text: String, _ more: KeyValuePairs<String, String> = [:]) -> RequestVerdict {
    let body = Array((text + "\n").utf8)
    var fields = HTTPFields(more)
    fields["content-type"] = "text/plain; charset=utf-8"
    fields["content-length"] = String(body.count)
    return .answer(HTTPResponseHead(status: status, fields: fields), body: body)
}
