/// Which web pages may connect. What is not a browser names no origin, could name any, and is not held back by this.
///
/// Source: RFC 6454 §7, RFC 6455 §10.2.
package enum WebSocketOrigins: Hashable, Sendable {
    case any
    /// Pages that this machine serves itself: a page from elsewhere, in a browser on this machine, reaches loopback too.
    case loopback
    /// As browsers write them: `https://example.com`.
    case listed([String])

    package func allows(_ origin: String) -> Bool {
        switch self {
        case .any: return true
        case .listed(let origins): return origins.contains { $0.lowercased() == origin.lowercased() }
        case .loopback:
            let parts = origin.lowercased().split(separator: "/", omittingEmptySubsequences: true)
            guard parts.count == 2, parts[0] == "http:" || parts[0] == "https:" else { return false }
            let host = parts[1].hasPrefix("[") ? parts[1].prefix { $0 != "]" } : parts[1].prefix { $0 != ":" }
            return host == "localhost" || host == "[::1" || Self.isLoopbackIPv4(host)
        }
    }

    /// `127.0.0.1`, not `127.0.0.1.example.com`.
    private static func isLoopbackIPv4(_ host: Substring) -> Bool {
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return bytes.count == 4 && bytes[0] == 127 && bytes.allSatisfy { $0 != nil }
    }
}
