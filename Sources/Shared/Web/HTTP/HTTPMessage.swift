package import Machine

/// Header or trailer fields in their order. Names are lower case, as HTTP/2 wants them; HTTP/1.1 does not care.
public struct HTTPFields: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var all: [Field] = []

    package init() {}
    package init(_ fields: KeyValuePairs<String, String>) { self.all = fields.map { Field($0.key, $0.value) } }

    /// The first field of the name; setting replaces all of them, with nil by none.
    package subscript(name: String) -> String? {
        get { self.all.first { $0.name == name }?.value }
        set {
            self.all.removeAll { $0.name == name }
            if let newValue { self.all.append(Field(name, newValue)) }
        }
    }

    package mutating func append(_ name: String, _ value: String) { self.all.append(Field(name, value)) }
}

/// What a request says before its body.
package struct HTTPRequestHead: Equatable, Sendable {
    package enum Version: Sendable { case http1, http2 }

    package var method: String
    /// With the query.
    package var path: String
    /// HTTP/2's `:authority`, HTTP/1.1's `Host`; empty when there was none.
    package var authority: String
    package var scheme = "http"
    package var version = Version.http2
    package var fields: HTTPFields

    package init(method: String, path: String, authority: String, fields: HTTPFields = HTTPFields()) {
        self.method = method
        self.path = path
        self.authority = authority
        self.fields = fields
    }
}

public struct HTTPResponseHead: Equatable, Sendable {
    package var status: Int
    package var fields: HTTPFields

    package init(status: Int, fields: HTTPFields = HTTPFields()) {
        self.status = status
        self.fields = fields
    }
}

/// Why a stream ended early. The codes are HTTP/2's; HTTP/1.1 closes the connection. Source: RFC 9113 §7.
public enum HTTPStreamError: UInt32, Error, Sendable {
    case noError = 0
    case protocolError = 1
    case internalError = 2
    case refusedStream = 7
    case cancel = 8
    case enhanceYourCalm = 0xb
    /// The whole connection is gone. Not a code of the wire.
    case connectionLost = 0xffff_ffff
}

/// The answering side of one request, whatever HTTP it came by. Used on the loop that owns the connection, also from inside a
/// handler's methods; what is written goes out at the end of the burst. After ``finish(trailers:)`` or ``reset(_:)``, and after
/// ``HTTPServerHandler/cancelled(_:)``, every call is ignored, and the handler is told nothing more.
package protocol HTTPServerStream: AnyObject {
    var peer: PeerAddress { get }
    /// Once, before the first ``write(_:)``.
    func respond(_ head: HTTPResponseHead)
    func write(_ body: [UInt8])
    /// Ends the response. HTTP/1.1 writes trailers only into a chunked body.
    func finish(trailers: HTTPFields)
    func reset(_ error: HTTPStreamError)
    /// Bytes written that the peer's window or the socket has not taken yet, without those in the connection's own output,
    /// which are 256 KiB at most.
    var pendingBytes: Int { get }
    /// Gives back room for so many bytes of the request's body: without it the peer stops sending after a window of 1 MiB.
    func consumed(_ bytes: Int)
}

/// What one request's handler is told. A subclass overrides what it cares about.
open class HTTPServerHandler {
    package init() {}

    open func received(_ body: Span<UInt8>) {}
    /// The request is whole.
    open func ended() {}
    /// The peer gave up, or its connection is gone. The last call.
    open func cancelled(_ error: HTTPStreamError) {}
    /// ``HTTPServerStream/pendingBytes`` is down to at most 64 KiB after having been more.
    open func drained() {}
}

@available(*, unavailable)
extension HTTPServerHandler: Sendable {}

/// Makes the handler of a request. Its stream may be answered at once; nil answers 404.
package typealias HTTPRouter = (_ head: HTTPRequestHead, _ stream: any HTTPServerStream) -> HTTPServerHandler?

/// The asking side of one request.
package protocol HTTPClientStream: AnyObject {
    func write(_ body: [UInt8])
    /// No more body.
    func finish()
    func reset(_ error: HTTPStreamError)
    var pendingBytes: Int { get }
    func consumed(_ bytes: Int)
}

/// What one request's asker is told.
open class HTTPClientHandler {
    package init() {}

    open func received(_ head: HTTPResponseHead) {}
    open func received(_ body: Span<UInt8>) {}
    /// The response is whole; fields are its trailers. A response that is one HEADERS frame with the end in it has them in its head.
    open func ended(trailers: HTTPFields) {}
    /// No (whole) response will come. The last call.
    open func failed(_ error: HTTPStreamError) {}
    open func drained() {}
}

@available(*, unavailable)
extension HTTPClientHandler: Sendable {}
