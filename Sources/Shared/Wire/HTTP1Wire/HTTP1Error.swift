/// Why a request was refused. The answer carries ``status``, and the connection is closed: where the next request would
/// start is not known.
package struct HTTP1Error: Error, Equatable, Sendable, CustomStringConvertible {
    /// 400, 413, 414, 417, 431, 501 or 505.
    package let status: Int
    /// What is wrong, in words for the answer's body and the log; holds nothing of what the peer sent.
    package let reason: String

    package init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    static func badRequest(_ reason: String) -> HTTP1Error { HTTP1Error(400, reason) }

    package var description: String { "\(self.status) \(HTTP1Response.phrase(for: self.status)): \(self.reason)" }
}

/// How much of a request is taken. Units: bytes, unless said.
package struct HTTP1Limits: Equatable, Sendable {
    /// Beyond it 414.
    package var requestLine = 8 << 10
    /// Field lines of the header; beyond it 431.
    package var headerBlock = 32 << 10
    /// Field lines behind a chunked body, which nobody reads; beyond it 431.
    package var trailer = 4 << 10
    /// Number of field lines; beyond it 431.
    package var headers = 128
    /// Beyond it 413, before the body arrives where the request says its length.
    package var body = 1 << 20
    /// Chunk extensions of one body together, which nobody reads; beyond it 400.
    package var chunkExtensions = 1 << 10

    package init() {}
}
