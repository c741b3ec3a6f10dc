import HTTP
import HTTP2
import Machine

/// Reads bytes as an HTTP/2 client's frames, behind a good preface, and traps when a promise of the server's side does not hold.
///
/// The first byte chooses into what pieces the stream is cut. Cut or whole, the same requests come out, and both fail or
/// neither does; each request ends once; what is answered is whole frames, in bounded bytes.
///
/// There are two exceptions. nghttp2 counts CONTINUATION frames by the pieces in which they come; and who has said GOAWAY is
/// listened to until the end of the piece only.
package func fuzzHTTP2(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0] + bytes.dropFirst()
    let whole = serve(stream, inPiecesOf: stream.count)
    let cut = serve(stream, inPiecesOf: Int(first) % 61 + 1)
    if whole.failure == .tooManyContinuations || cut.failure == .tooManyContinuations { return }
    precondition(whole.requests.starts(with: cut.requests), "where the bytes are cut changes what is asked")
    if saysGoAway(bytes.dropFirst()) { return }
    precondition(whole.requests.count == cut.requests.count, "where the bytes are cut changes how much is asked")
    precondition(whole.failure == cut.failure, "where the bytes are cut changes what is refused")
}

private func saysGoAway(_ frames: ArraySlice<UInt8>) -> Bool {
    var rest = frames
    while rest.count >= 9 {
        let head = Array(rest.prefix(9))
        if head[3] == 7 { return true }
        rest = rest.dropFirst(9 + (Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])))
    }
    return false
}

private struct Request: Equatable {
    var head: HTTPRequestHead
    var body: [UInt8]
    var hasEnded: Bool
}

/// Answers each request by what its path's length says: at once, with its body, never, or with a reset.
private final class Answerer: HTTPServerHandler {
    let stream: any HTTPServerStream
    var request: Request
    var isDone = false
    var ends = 0

    init(_ head: HTTPRequestHead, _ stream: any HTTPServerStream) {
        self.stream = stream
        self.request = Request(head: head, body: [], hasEnded: false)
    }

    override func received(_ body: Span<UInt8>) {
        precondition(self.ends == 0 && !self.isDone, "a handler is told of bytes after its end")
        for index in body.indices { self.request.body.append(body[index]) }
        if self.request.head.path.utf8.count % 2 == 0 { self.stream.consumed(body.count) }
    }

    override func ended() {
        precondition(self.ends == 0 && !self.isDone, "a handler is told of the request's end after its own")
        self.request.hasEnded = true
        switch self.request.head.path.utf8.count % 4 {
        case 1:
            self.stream.answer(200, "hello\n")
            self.isDone = true
        case 2:
            self.stream.respond(HTTPResponseHead(status: 200))
            self.stream.write(self.request.body)
            self.stream.finish(trailers: HTTPFields(["x-bytes": "\(self.request.body.count)"]))
            self.isDone = true
        case 3:
            self.stream.reset(.internalError)
            self.isDone = true
        default: break
        }
    }

    override func cancelled(_ error: HTTPStreamError) { self.ends += 1 }
}

private func serve(_ stream: [UInt8], inPiecesOf size: Int) -> (requests: [Request], failure: HTTP2Error?) {
    var handlers: [Answerer] = []
    let server = HTTP2ServerConnection(peer: .unix(nil)) { head, stream in
        let handler = Answerer(head, stream)
        handlers.append(handler)
        return handler
    }
    var start = 0
    while start < stream.count {
        let piece = stream.span.extracting(start..<min(start + size, stream.count))
        start += piece.count
        do { try server.receive(piece) } catch { break }
    }
    var output: [UInt8] = []
    repeat { server.drain(into: &output) } while server.deliver() && output.count < HTTP2Settings().outputLimit
    precondition(output.count <= HTTP2Settings().outputLimit + (16 << 10) + 9, "more is put out than is bounded")
    checkFrames(output)
    server.lost()
    for handler in handlers {
        precondition(handler.ends + (handler.isDone ? 1 : 0) == 1, "a request has not one end")
    }
    return (handlers.map(\.request), server.failure)
}

private func checkFrames(_ output: [UInt8]) {
    var start = 0
    while start < output.count {
        precondition(start + 9 <= output.count, "a frame's head is not whole")
        start += 9 + (Int(output[start]) << 16 | Int(output[start + 1]) << 8 | Int(output[start + 2]))
    }
    precondition(start == output.count, "a frame is not whole")
}
