import Bytes

/// Finds requests in the bytes of one connection, as a server must: what two readers could read differently is refused.
///
/// A head waits in the caller's bytes until it is whole; a body is taken as it comes. After an error, and after a request
/// that closes the connection, nothing more is read.
///
///     var index = 0
///     while let request = try parser.next(in: bytes, at: &index) { ... }
///     if parser.takeContinue() { write(HTTP1Response.continue) }
///     // Drop `index` bytes, keep the rest for the next call.
///
/// Source: RFC 9112.
package struct HTTP1RequestParser: Sendable {
    private enum Phase {
        case head
        /// The body is `remaining` bytes short.
        case body(HTTP1Request, remaining: Int)
        case chunked(HTTP1Request, ChunkedBody)
        case closed
    }

    private let limits: HTTP1Limits
    private var phase = Phase.head
    /// Bytes of the head that were seen to hold no end of it, so that a peer who dribbles costs no more than one who does not.
    private var scanned = 0
    private var owesContinue = false

    package init(limits: HTTP1Limits = HTTP1Limits()) { self.limits = limits }

    /// Takes the next request that is whole.
    ///
    /// - Parameter index: Where to start, then where the bytes start that the next call wants again.
    /// - Returns: nil when more bytes are needed.
    package mutating func next(in bytes: Span<UInt8>, at index: inout Int) throws(HTTP1Error) -> HTTP1Request? {
        do {
            return try self.advance(bytes, &index)
        } catch {
            self.phase = .closed
            throw error
        }
    }

    /// Whether `100 Continue` is to be written now: the peer waits for it before it sends the body. True once a request.
    ///
    /// Source: RFC 9110 §10.1.1.
    package mutating func takeContinue() -> Bool {
        defer { self.owesContinue = false }
        return self.owesContinue
    }

    /// Whether a request has begun and is not whole: what a deadline for slow peers is for.
    package func isWithinRequest(unread: Int) -> Bool {
        switch self.phase {
        case .head: unread > 0
        case .body, .chunked: true
        case .closed: false
        }
    }

    private mutating func advance(_ bytes: Span<UInt8>, _ index: inout Int) throws(HTTP1Error) -> HTTP1Request? {
        if case .head = self.phase {
            guard let head = try self.head(bytes, &index) else { return nil }
            try self.begin(head)
        }
        switch self.phase {
        case .body(var request, let remaining):
            self.phase = .closed  // so that the body below has one owner, and is appended to and not copied
            let count = min(remaining, bytes.count - index)
            request.body.append(contentsOf: bytes.extracting(index..<(index + count)).copied())
            index += count
            if count == remaining { return self.finish(request) }
            self.phase = .body(request, remaining: remaining - count)
            return nil
        case .chunked(var request, var decoder):
            self.phase = .closed  // as above
            let isWhole = try decoder.decode(bytes, &index, into: &request.body)
            if isWhole { return self.finish(request) }
            self.phase = .chunked(request, decoder)
            return nil
        case .closed:
            if index < bytes.count { throw .badRequest("bytes follow the last request of the connection") }
            return nil
        case .head:
            return nil
        }
    }

    private mutating func head(_ bytes: Span<UInt8>, _ index: inout Int) throws(HTTP1Error) -> HTTP1Head? {
        // Source: RFC 9112 §2.2: an empty line before a request is ignored.
        while self.scanned == 0, index + 1 < bytes.count, bytes[index] == CR, bytes[index + 1] == LF { index += 2 }
        let unread = bytes.extracting(index..<bytes.count)
        guard let count = try headLength(unread, from: self.scanned) else {
            try HTTP1Head.checkLimits(of: unread, self.limits)
            self.scanned = max(unread.count - 3, 0)
            return nil
        }
        self.scanned = 0
        let head = try HTTP1Head(unread.extracting(0..<count), self.limits)
        index += count
        return head
    }

    private mutating func begin(_ head: HTTP1Head) throws(HTTP1Error) {
        switch head.framing {
        case .none:
            self.phase = .body(head.request, remaining: 0)
        case .length(let count):
            if count > self.limits.body { throw HTTP1Error(413, "the body is longer than \(self.limits.body) bytes") }
            self.phase = .body(head.request, remaining: count)
            self.owesContinue = head.expectsContinue && count > 0
        case .chunked:
            self.phase = .chunked(head.request, ChunkedBody(limits: self.limits))
            self.owesContinue = head.expectsContinue
        }
    }

    private mutating func finish(_ request: HTTP1Request) -> HTTP1Request {
        self.phase = request.keepAlive ? .head : .closed
        self.owesContinue = false
        return request
    }
}

/// Bytes up to and with the empty line; nil while there is none.
///
/// A line feed alone is refused here already, since a peer who ends lines with it would wait for ever.
private func headLength(_ bytes: Span<UInt8>, from start: Int) throws(HTTP1Error) -> Int? {
    var index = start
    while index < bytes.count {
        defer { index += 1 }
        guard bytes[index] == LF else { continue }
        guard index > 0, bytes[index - 1] == CR else { throw .badRequest("a line feed without a carriage return") }
        if index >= 3, bytes[index - 2] == LF, bytes[index - 3] == CR { return index + 1 }
    }
    return nil
}
