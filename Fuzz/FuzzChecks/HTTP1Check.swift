import HTTP1Wire

/// Reads bytes as an HTTP client's stream and traps when a promise of the parser does not hold.
///
/// The first byte chooses into what pieces the stream is cut. Cut or whole, the same requests come out, and both fail or
/// neither does; a request that is written again is read as the same one.
package func fuzzHTTP1(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = Array(bytes.dropFirst())
    let whole = read(stream, inPiecesOf: max(stream.count, 1))
    let cut = read(stream, inPiecesOf: Int(first) % 61 + 1)
    precondition(whole.requests == cut.requests, "where the bytes are cut changes what is read")
    precondition((whole.error == nil) == (cut.error == nil), "where the bytes are cut changes what is refused")
    for request in whole.requests { checkRoundTrip(request) }
    if let error = whole.error { _ = HTTP1Response(refusing: error).encoded(to: nil) }
}

private func read(_ stream: [UInt8], inPiecesOf size: Int) -> (requests: [HTTP1Request], error: HTTP1Error?) {
    var limits = HTTP1Limits()
    limits.body = 4_096
    var parser = HTTP1RequestParser(limits: limits)
    var requests: [HTTP1Request] = []
    var (consumed, arrived) = (0, 0)
    while arrived < stream.count {
        arrived = min(arrived + size, stream.count)
        do {
            while let request = try parser.next(in: stream.span.extracting(0..<arrived), at: &consumed) {
                requests.append(request)
            }
        } catch {
            return (requests, error)
        }
    }
    return (requests, nil)
}

private func checkRoundTrip(_ request: HTTP1Request) {
    var text = "\(request.method) \(request.target) HTTP/\(request.version == .http1_1 ? "1.1" : "1.0")\r\n"
    for header in request.headers where !header.isNamed("content-length") && !header.isNamed("transfer-encoding") {
        text += "\(header.name): \(header.value)\r\n"
    }
    if !request.body.isEmpty { text += "Content-Length: \(request.body.count)\r\n" }
    var limits = HTTP1Limits()
    // Bytes that are not UTF-8 have become three each.
    limits.headerBlock *= 4
    var parser = HTTP1RequestParser(limits: limits)
    var consumed = 0
    let bytes = Array((text + "\r\n").utf8) + request.body
    guard let again = try? parser.next(in: bytes.span, at: &consumed), consumed == bytes.count else {
        preconditionFailure("a request is refused after it was written again")
    }
    precondition(
        (again.method, again.target, again.version) == (request.method, request.target, request.version)
            && again.body == request.body && again.keepAlive == request.keepAlive,
        "a request is another one after it was written and read again"
    )
}
