import HTTP
import JSON
import Protobuf
import RPC

/// What the head of a Connect request means. Source: Connect, "Unary Request", "Unary-Get-Request", "Streaming Request".
struct ConnectRequest {
    let head: HTTPRequestHead
    let messageLimit: Int
    let errors: ConnectErrors

    /// The path without the query, which only a GET has.
    private var path: String { String(self.head.path.prefix { $0 != "?" }) }

    /// - Parameter method: nil when the path names none.
    func verdict(method: RPCRouter.Method?, isServiceKnown: Bool) -> RequestVerdict {
        guard let method else {
            let speaksConnect = self.head.fields["connect-protocol-version"] != nil || self.streamCodec != nil
            return isServiceKnown || speaksConnect ? self.noSuchMethod : .pass
        }
        switch (self.head.method, method.kind) {
        case ("POST", .unary):
            guard let codec = self.unaryCodec(self.head.mediaType) else {
                return self.unsupportedType("application/json, application/proto")
            }
            return .call(self.unary(codec))
        case ("POST", let kind):
            guard let codec = self.streamCodec else {
                return self.unsupportedType("application/connect+json, application/connect+proto")
            }
            if kind == .bidirectional, self.head.version != .http2 {
                return plainAnswer(505, "the method needs HTTP/2")
            }
            return .call(self.streaming(codec))
        case ("GET", .unary) where method.isSafe: return self.get()
        default:
            let allowed = method.isSafe ? "GET, POST" : "POST"
            return plainAnswer(405, "'\(self.path)' needs \(allowed)", ["allow": allowed])
        }
    }

    private var noSuchMethod: RequestVerdict {
        let error = RPCError(.unimplemented, "there is no method '\(self.path)'")
        let body = Array(self.errors.json(error).text.utf8)
        let fields = HTTPFields(["content-type": "application/json", "content-length": String(body.count)])
        return .answer(HTTPResponseHead(status: 404, fields: fields), body: body)
    }

    private func unsupportedType(_ known: String) -> RequestVerdict {
        plainAnswer(415, "the content type must be one of \(known)", ["accept-post": known])
    }

    private func unaryCodec(_ type: String) -> MessageCodec? {
        switch type {
        case "application/json": .connectJSON
        case "application/proto": .connectBinary
        default: nil
        }
    }

    private var streamCodec: MessageCodec? {
        switch self.head.mediaType {
        case "application/connect+json": .connectJSON
        case "application/connect+proto": .connectBinary
        default: nil
        }
    }

    private func unary(_ codec: MessageCodec) -> CallSetup {
        let dialect = ConnectUnaryDialect(
            contentType: self.head.mediaType,
            messageLimit: self.messageLimit,
            errors: self.errors
        )
        return self.checked(dialect, codec, encoding: self.head.fields["content-encoding"])
    }

    private func streaming(_ codec: MessageCodec) -> CallSetup {
        let dialect = ConnectStreamDialect(
            contentType: self.head.mediaType,
            messageLimit: self.messageLimit,
            errors: self.errors
        )
        return self.checked(dialect, codec, encoding: self.head.fields["connect-content-encoding"])
    }

    /// A unary request whose message is in the query: `?connect=v1&encoding=json&message=%7B%7D`.
    private func get() -> RequestVerdict {
        let query = QueryParameters(self.head.path)
        let type = "application/\(query["encoding"] ?? "")"
        guard let codec = self.unaryCodec(type) else {
            return plainAnswer(415, "the parameter 'encoding' must be 'json' or 'proto'")
        }
        let (message, error) = self.message(of: query)
        let dialect = ConnectUnaryDialect(
            contentType: type,
            messageLimit: self.messageLimit,
            errors: self.errors,
            query: message
        )
        var setup = self.checked(dialect, codec, encoding: query["compression"])
        setup.error = error ?? setup.error
        return .call(setup)
    }

    private func message(of query: QueryParameters) -> ([UInt8], RPCError?) {
        if let version = query["connect"], version != "v1" {
            return ([], RPCError(.invalidArgument, "the parameter 'connect' must be 'v1', not '\(version)'"))
        }
        guard let message = query.bytes("message") else {
            return ([], RPCError(.invalidArgument, "the parameter 'message' is missing"))
        }
        guard query["base64"] == "1" else { return (message, nil) }
        guard let bytes = Base64.decode(String(decoding: message, as: UTF8.self)) else {
            return ([], RPCError(.invalidArgument, "the parameter 'message' is not base64"))
        }
        return (bytes, nil)
    }

    /// What all three forms have in common.
    private func checked(_ dialect: any CallDialect, _ codec: MessageCodec, encoding: String?) -> CallSetup {
        var setup = CallSetup(path: self.path, transport: .connect, dialect: dialect, codec: codec)
        do throws(RPCError) {
            if let version = self.head.fields["connect-protocol-version"], version != "1" {
                throw RPCError(.invalidArgument, "connect-protocol-version must be '1', not '\(version)'")
            }
            if let encoding, !encoding.isEmpty, encoding != "identity" {
                throw RPCError(.unimplemented, "messages in '\(encoding)' are not understood, only 'identity'")
            }
            if let timeout = self.head.fields["connect-timeout-ms"] {
                guard timeout.utf8.count <= 10, let milliseconds = decimal(timeout.utf8) else {
                    throw RPCError(.invalidArgument, "connect-timeout-ms must be at most ten digits, not '\(timeout)'")
                }
                setup.timeout = milliseconds
            }
            do throws(RPCError) {
                setup.metadata = try Metadata(self.head.fields)
            } catch {
                throw RPCError(.invalidArgument, error.message)
            }
        } catch {
            setup.error = error
        }
        return setup
    }
}

/// The parameters of a path's query, `a=1&b=2`, with their escapes.
struct QueryParameters {
    private var parameters: [(name: Substring, value: Substring)] = []

    init(_ path: String) {
        guard let mark = path.firstIndex(of: "?") else { return }
        for part in path[path.index(after: mark)...].split(separator: "&") {
            let name = part.prefix { $0 != "=" }
            self.parameters.append((name, part.dropFirst(name.count + 1)))
        }
    }

    /// The value of the first parameter of the name, which is any bytes once it is unescaped; `+` is a space.
    func bytes(_ name: String) -> [UInt8]? {
        guard let value = self.parameters.first(where: { $0.name == name })?.value else { return nil }
        return PercentEncoding.bytes(String(value.map { $0 == "+" ? " " : $0 }))
    }

    subscript(name: String) -> String? { self.bytes(name).map { String(decoding: $0, as: UTF8.self) } }
}
