import HTTP
import JSON
import RPC

/// Connect's unary calls: the body is the message, the status is HTTP's. Source: Connect, "Unary RPCs".
struct ConnectUnaryDialect: CallDialect {
    private let contentType: String
    private let messageLimit: Int
    private let errors: ConnectErrors
    private var request: [UInt8]
    /// A GET has its message in the query; its body, if there is one, means nothing.
    private let takesBody: Bool
    private var hasEnded = false
    private var isTaken = false
    private var response: [UInt8]?

    /// - Parameter query: The message that a GET brings.
    init(contentType: String, messageLimit: Int, errors: ConnectErrors, query: [UInt8]? = nil) {
        self.contentType = contentType
        self.messageLimit = messageLimit
        self.errors = errors
        self.request = query ?? []
        self.takesBody = query == nil
    }

    mutating func received(_ bytes: Span<UInt8>) throws(RPCError) {
        guard self.takesBody else { return }
        if self.request.count + bytes.count > self.messageLimit {
            throw RPCError(.resourceExhausted, "the request is over the limit of \(self.messageLimit) bytes")
        }
        bytes.withUnsafeBufferPointer { self.request.append(contentsOf: $0) }
    }

    mutating func receivedEnd() { self.hasEnded = true }
    var heldBytes: Int { self.request.count }

    mutating func next() -> MessageFramer.Frame? {
        guard self.hasEnded, !self.isTaken else { return nil }
        self.isTaken = true
        defer { self.request = [] }
        return MessageFramer.Frame(message: self.request)
    }

    mutating func send(_ message: [UInt8], with metadata: ResponseMetadata) -> [ResponsePart] {
        self.response = message
        return []
    }

    mutating func end(_ error: RPCError?, with metadata: ResponseMetadata) -> [ResponsePart] {
        let body = error.map { Array(self.errors.json($0).text.utf8) } ?? self.response ?? []
        var fields = HTTPFields([
            "content-type": error == nil ? self.contentType : "application/json", "content-length": String(body.count),
        ])
        metadata.headers.append(to: &fields)
        metadata.trailers.append(to: &fields, prefix: "trailer-")
        let head = HTTPResponseHead(status: error?.code.httpStatus ?? 200, fields: fields)
        return [.head(head), .body(body), .end(trailers: HTTPFields())]
    }
}

/// Connect's streams: messages in frames, the status in a last frame of JSON, HTTP's own status always 200.
///
/// Source: Connect, "Streaming RPCs".
struct ConnectStreamDialect: CallDialect {
    private let contentType: String
    private let errors: ConnectErrors
    private var framer: MessageFramer
    private var hasEnded = false
    private var hasHead = false

    init(contentType: String, messageLimit: Int, errors: ConnectErrors) {
        self.contentType = contentType
        self.errors = errors
        self.framer = MessageFramer(limit: messageLimit)
    }

    mutating func received(_ bytes: Span<UInt8>) { self.framer.append(bytes) }
    mutating func receivedEnd() { self.hasEnded = true }
    var heldBytes: Int { self.framer.leftover }

    mutating func next() throws(RPCError) -> MessageFramer.Frame? {
        if let frame = try self.framer.next() { return frame }
        if self.hasEnded, self.framer.leftover > 0 {
            throw RPCError(.invalidArgument, "the requests end inside a message")
        }
        return nil
    }

    mutating func send(_ message: [UInt8], with metadata: ResponseMetadata) -> [ResponsePart] {
        self.withHead(metadata, [.body(MessageFramer.frame(message))])
    }

    mutating func end(_ error: RPCError?, with metadata: ResponseMetadata) -> [ResponsePart] {
        var members: [(String, JSONValue)] = []
        if let error { members.append(("error", self.errors.json(error))) }
        if !metadata.trailers.entries.isEmpty {
            var values: [(String, JSONValue)] = []
            for entry in metadata.trailers.entries where !values.contains(where: { $0.0 == entry.name }) {
                let same = metadata.trailers.entries.filter { $0.name == entry.name }
                values.append((entry.name, .array(same.map { .string($0.wireValue) })))
            }
            members.append(("metadata", .object(values)))
        }
        let last = MessageFramer.frame(Array(JSONValue.object(members).text.utf8), flags: MessageFramer.endOfStream)
        return self.withHead(metadata, [.body(last), .end(trailers: HTTPFields())])
    }

    private mutating func withHead(_ metadata: ResponseMetadata, _ parts: [ResponsePart]) -> [ResponsePart] {
        if self.hasHead { return parts }
        self.hasHead = true
        var fields = HTTPFields(["content-type": self.contentType])
        metadata.headers.append(to: &fields)
        return [.head(HTTPResponseHead(status: 200, fields: fields))] + parts
    }
}

/// Errors as Connect writes them: `{"code":"not_found","message":"...","details":[...]}`. Source: Connect, "Error Responses".
struct ConnectErrors {
    /// Puts the details of a type into words, by the type's name.
    var readers: [String: ([UInt8]) -> JSONValue?] = [:]

    func json(_ error: RPCError) -> JSONValue {
        var members: [(String, JSONValue)] = [("code", .string(error.code.name))]
        if !error.message.isEmpty { members.append(("message", .string(error.message))) }
        if !error.details.isEmpty { members.append(("details", .array(error.details.map(self.json)))) }
        return .object(members)
    }

    private func json(_ detail: RPCError.Detail) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("type", .string(detail.type)), ("value", .string(Base64.encode(detail.value))),
        ]
        if let debug = self.readers[detail.type]?(detail.value) { members.append(("debug", debug)) }
        return .object(members)
    }
}
