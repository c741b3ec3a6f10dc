package import HTTP

/// What one listener serves, the same over HTTP/1.1 and HTTP/2.
package struct WebSite {
    package var router: HTTPRouter
    /// Only this machine reaches the listener, so only its own names are answered to; others get 421.
    ///
    /// A page in a browser can give its own name our address, and would read what it was answered.
    package var requiresLoopbackHost: Bool
    /// Milliseconds that HTTP/1.1 has for a request's head, and that a connection may be idle between two requests. An HTTP/2
    /// connection that was quiet for so long is asked for a sign of life, and closed after as long again.
    package var idleTimeout: UInt64
    /// Milliseconds after which an HTTP/2 connection without requests is closed.
    package var emptyTimeout: UInt64 = 300_000
    /// Of an HTTP/1.1 request, in bytes; beyond it 413. Over HTTP/2 a handler gets the body as it comes, and limits it itself.
    package var bodyLimit = 4 << 20

    package init(requiresLoopbackHost: Bool, idleTimeout: UInt64 = 30_000, router: @escaping HTTPRouter) {
        self.requiresLoopbackHost = requiresLoopbackHost
        self.idleTimeout = idleTimeout
        self.router = router
    }

    func route(_ head: HTTPRequestHead, _ stream: any HTTPServerStream) -> HTTPServerHandler? {
        // Without a name the request is none of a browser's.
        if self.requiresLoopbackHost, !head.authority.isEmpty, !isOwnName(head.authority) {
            stream.answer(421, "this listener answers to localhost and loopback addresses only\n")
            return nil
        }
        return self.router(head, stream)
    }
}

/// Whether a name can only mean the machine that it is said to.
///
/// - Parameter authority: `localhost:8082`, `127.0.0.1`, `[::1]:8082`.
func isOwnName(_ authority: String) -> Bool {
    if authority.first == "[" { return authority == "[::1]" || authority.hasPrefix("[::1]:") }
    let host = authority.prefix { $0 != ":" }.lowercased()
    if host == "localhost" { return true }
    let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return bytes.count == 4 && bytes[0] == 127 && !bytes.contains(nil)
}
