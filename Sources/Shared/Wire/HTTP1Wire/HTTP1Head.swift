import Bytes

let CR = UInt8(ascii: "\r")
let LF = UInt8(ascii: "\n")

/// The request line and header of one request, checked. Source: RFC 9112 §3, §5, §6.
struct HTTP1Head {
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
    }

    var request: HTTP1Request
    var framing = Framing.none
    /// The peer wants `100 Continue` before it sends the body.
    var expectsContinue = false

    /// Reads a head that ends with its empty line.
    init(_ bytes: Span<UInt8>, _ limits: HTTP1Limits) throws(HTTP1Error) {
        try HTTP1Head.checkLimits(of: bytes, limits)
        var lines = LineReader(bytes)
        guard let first = try lines.next() else { throw .badRequest("there is no request line") }
        self.request = try requestLine(bytes.extracting(first))
        while let line = try lines.next(), !line.isEmpty {
            if self.request.headers.count == limits.headers {
                throw HTTP1Error(431, "more than \(limits.headers) header fields")
            }
            self.request.headers.append(try fieldLine(bytes.extracting(line)))
        }
        try self.checkTarget()
        try self.readFraming()
        try self.readExpectation()
        self.request.keepAlive = self.wantsKeepAlive
    }

    /// Refuses a head that is too long, whole or not.
    static func checkLimits(of bytes: Span<UInt8>, _ limits: HTTP1Limits) throws(HTTP1Error) {
        if bytes.count <= min(limits.requestLine, limits.headerBlock) { return }
        var end = 0
        while end < bytes.count, bytes[end] != LF { end += 1 }
        if end > limits.requestLine {
            throw HTTP1Error(414, "the request line is longer than \(limits.requestLine) bytes")
        }
        if bytes.count - end - 1 > limits.headerBlock {
            throw HTTP1Error(431, "the header is longer than \(limits.headerBlock) bytes")
        }
    }

    private func values(_ name: String) -> [String] {
        self.request.headers.filter { $0.isNamed(name) }.map(\.value)
    }

    /// Source: RFC 9112 §3.2.
    private func checkTarget() throws(HTTP1Error) {
        let hosts = self.values("host")
        if hosts.count > 1 { throw .badRequest("more than one Host") }
        if hosts.isEmpty, self.request.version == .http1_1 { throw .badRequest("no Host") }
        if let host = hosts.first, !isAuthority(host) { throw .badRequest("Host is not a host and port") }
        let target = self.request.target
        if target.utf8.first == UInt8(ascii: "/") { return }
        if target == "*", self.request.method == "OPTIONS" { return }
        guard let authority = authority(ofAbsoluteForm: Substring(target)), !authority.isEmpty, isAuthority(authority)
        else { throw .badRequest("the target is neither a path nor an absolute URI") }
        // Source: RFC 9112 §3.2.2. Proxies may rewrite Host, others must send the target's.
        if let host = hosts.first, !equalsIgnoringCase(authority, host.lowercased()) {
            throw .badRequest("Host contradicts the target")
        }
    }

    /// Source: RFC 9112 §6.
    private mutating func readFraming() throws(HTTP1Error) {
        let codings = self.values("transfer-encoding")
        let lengths = self.values("content-length")
        if codings.count > 1 { throw .badRequest("more than one Transfer-Encoding") }
        if let coding = codings.first {
            if !lengths.isEmpty { throw .badRequest("both Content-Length and Transfer-Encoding") }
            if self.request.version == .http1_0 { throw .badRequest("Transfer-Encoding in HTTP/1.0") }
            guard let last = tokens(coding).last, equalsIgnoringCase(last, "chunked") else {
                throw .badRequest("Transfer-Encoding does not end in chunked")
            }
            if tokens(coding).count > 1 { throw HTTP1Error(501, "only the chunked transfer coding is spoken") }
            self.framing = .chunked
        } else if let length = lengths.first {
            // Equal ones may be folded into one; nobody who means well sends them.
            if lengths.count > 1 { throw .badRequest("more than one Content-Length") }
            guard !length.isEmpty, length.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
                throw .badRequest("Content-Length is not a number")
            }
            // What does not fit is beyond every limit.
            self.framing = .length(Int(length) ?? .max)
        }
    }

    /// Source: RFC 9110 §10.1.1; HTTP/1.0 did not know it.
    private mutating func readExpectation() throws(HTTP1Error) {
        guard self.request.version == .http1_1 else { return }
        for expectation in self.values("expect") {
            guard equalsIgnoringCase(expectation, "100-continue") else {
                throw HTTP1Error(417, "an unknown expectation")
            }
            self.expectsContinue = true
        }
    }

    /// Source: RFC 9112 §9.3.
    private var wantsKeepAlive: Bool {
        let options = self.values("connection").flatMap { tokens($0) }
        if options.contains(where: { equalsIgnoringCase($0, "close") }) { return false }
        return self.request.version == .http1_1 || options.contains { equalsIgnoringCase($0, "keep-alive") }
    }
}

/// The lines of a head or trailer as ranges, each ended by CR LF; a bare CR or LF is refused. Source: RFC 9112 §2.2.
struct LineReader: ~Escapable {
    private let bytes: Span<UInt8>
    private(set) var index = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    mutating func next() throws(HTTP1Error) -> Range<Int>? {
        let start = self.index
        while self.index < self.bytes.count {
            let byte = self.bytes[self.index]
            self.index += 1
            if byte == LF { throw .badRequest("a line feed without a carriage return") }
            if byte == CR {
                guard self.index < self.bytes.count, self.bytes[self.index] == LF else {
                    throw .badRequest("a carriage return without a line feed")
                }
                self.index += 1
                return start..<(self.index - 2)
            }
        }
        return nil
    }
}
