/// Where a daemon's admin protocol is served.
package struct AdminEndpoint: Equatable, Sendable, CustomStringConvertible {
    package enum Place: Equatable, Sendable {
        /// The admin socket, where everything is allowed.
        case unix(path: String)
        /// The HTTP listener, where only reading is. `tcp://` and `http://` mean the same bytes: gRPC over HTTP/2 in the clear.
        case tcp(host: String, port: UInt16)
    }

    package let place: Place
    /// As it was written.
    package let description: String
    /// Who said it, for messages: "--admin", "$FLUXMQ_ADMIN"; nil when it was found.
    package let source: String?

    private static let shapes = "unix:/path, /path, tcp://host:port or http://host:port"

    /// - Parameters:
    ///   - text: ``shapes``.
    ///   - source: Who said it, for messages.
    /// - Throws: ``AdminClientError/badEndpoint(_:)``.
    package init(parsing text: String, source: String?) throws(AdminClientError) {
        func refuse(_ reason: String) -> AdminClientError {
            .badEndpoint("\(source.map { "\($0): " } ?? "")'\(text)' \(reason)")
        }
        self.description = text
        self.source = source
        if let path = AdminEndpoint.path(in: text) {
            guard !path.isEmpty else { throw refuse("names no path") }
            // What sockaddr_un has room for, without the zero at its end.
            guard path.utf8.count <= 107 else {
                throw refuse("is longer than the 107 bytes that a unix socket's path may have")
            }
            self.place = .unix(path: path)
            return
        }
        guard let separator = text.firstRange(of: "://") else {
            throw refuse("is no admin address; write \(AdminEndpoint.shapes)")
        }
        let scheme = text[..<separator.lowerBound]
        guard scheme == "tcp" || scheme == "http" else {
            throw refuse("has the unknown scheme '\(scheme)'; write \(AdminEndpoint.shapes)")
        }
        var authority = text[separator.upperBound...]
        if authority.hasSuffix("/") { authority.removeLast() }
        guard let colon = authority.lastIndex(of: ":"), let port = UInt16(authority[authority.index(after: colon)...]),
            port > 0, colon > authority.startIndex
        else {
            throw refuse("has no host and port; write \(scheme)://host:port")
        }
        var host = authority[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw refuse("has an IPv6 address without brackets; write \(scheme)://[\(host)]:\(port)")
        }
        guard !host.contains("/"), !host.contains("@") else { throw refuse("has more than a host and a port") }
        self.place = .tcp(host: String(host), port: port)
    }

    /// A socket that was found.
    init(socket path: String) {
        self.place = .unix(path: path)
        self.description = "unix:\(path)"
        self.source = nil
    }

    private static func path(in text: String) -> String? {
        if text.hasPrefix("unix://") { return String(text.dropFirst(7)) }
        if text.hasPrefix("unix:") { return String(text.dropFirst(5)) }
        return text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("../") ? text : nil
    }

    /// HTTP/2's `:authority`. A socket's path is none: servers refuse it.
    package var authority: String {
        switch self.place {
        case .unix: "localhost"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
