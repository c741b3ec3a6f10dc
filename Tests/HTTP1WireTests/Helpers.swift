import HTTP1Wire

/// What a parser made of a stream.
struct Reading: Equatable {
    var requests: [HTTP1Request] = []
    var error: HTTP1Error?
    /// Bytes that the next call would want again.
    var left = 0
    /// How often the parser asked for `100 Continue`.
    var continues = 0
}

/// Parses a stream that arrives in pieces of the given size, dropping what was consumed as a connection does.
func read(_ stream: [UInt8], inPiecesOf size: Int = .max, limits: HTTP1Limits = HTTP1Limits()) -> Reading {
    var parser = HTTP1RequestParser(limits: limits)
    var reading = Reading()
    var pending: [UInt8] = []
    var arrived = 0
    while arrived < stream.count {
        let count = min(size, stream.count - arrived)
        pending += stream[arrived..<(arrived + count)]
        arrived += count
        var index = 0
        do {
            while let request = try parser.next(in: pending.span, at: &index) { reading.requests.append(request) }
        } catch {
            reading.error = error
            return reading
        }
        if parser.takeContinue() { reading.continues += 1 }
        pending.removeFirst(index)
    }
    reading.left = pending.count
    return reading
}

func read(_ stream: String, inPiecesOf size: Int = .max, limits: HTTP1Limits = HTTP1Limits()) -> Reading {
    read(Array(stream.utf8), inPiecesOf: size, limits: limits)
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
