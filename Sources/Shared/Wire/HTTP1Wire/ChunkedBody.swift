import Bytes

/// Decodes a chunked body as it comes. Source: RFC 9112 §7.1.
struct ChunkedBody: Sendable {
    private enum Phase {
        case size
        case data(remaining: Int)
        /// The CR LF that ends a chunk's data.
        case dataEnd
        case trailer
    }

    private let limits: HTTP1Limits
    private var phase = Phase.size
    private var extensionBytes = 0
    private var trailerBytes = 0

    init(limits: HTTP1Limits) { self.limits = limits }

    /// Takes what can be taken from `index` on; a line is taken when it is whole.
    ///
    /// - Returns: Whether the body is whole.
    mutating func decode(
        _ bytes: Span<UInt8>,
        _ index: inout Int,
        into body: inout [UInt8]
    ) throws(HTTP1Error) -> Bool {
        while true {
            switch self.phase {
            case .size:
                guard let line = try self.line(bytes, index, limit: 16 + self.limits.chunkExtensions) else {
                    return false
                }
                let size = try self.size(bytes.extracting(line))
                if size > self.limits.body - body.count {
                    throw HTTP1Error(413, "the body is longer than \(self.limits.body) bytes")
                }
                index = line.upperBound + 2
                self.phase = size == 0 ? .trailer : .data(remaining: size)
            case .data(let remaining):
                let count = min(remaining, bytes.count - index)
                body.append(contentsOf: bytes.extracting(index..<(index + count)).copied())
                index += count
                if count < remaining {
                    self.phase = .data(remaining: remaining - count)
                    return false
                }
                self.phase = .dataEnd
            case .dataEnd:
                if index < bytes.count, bytes[index] != CR { throw .badRequest("a chunk is longer than its size") }
                if index + 1 < bytes.count, bytes[index + 1] != LF {
                    throw .badRequest("a chunk is longer than its size")
                }
                guard index + 1 < bytes.count else { return false }
                index += 2
                self.phase = .size
            case .trailer:
                let room = max(self.limits.trailer - self.trailerBytes, 0)
                guard let line = try self.line(bytes, index, limit: room) else { return false }
                index = line.upperBound + 2
                if line.isEmpty { return true }
                self.trailerBytes += line.count + 2
                // Checked, since whoever reads a trailer differently reads the next request differently, and dropped.
                _ = try fieldLine(bytes.extracting(line))
            }
        }
    }

    /// The line that starts at `start`, without its end; nil while it is not whole.
    private func line(_ bytes: Span<UInt8>, _ start: Int, limit: Int) throws(HTTP1Error) -> Range<Int>? {
        var end = start
        while end < bytes.count, end - start <= limit {
            if bytes[end] == LF { throw .badRequest("a line feed without a carriage return") }
            if bytes[end] == CR {
                guard end + 1 < bytes.count else { return nil }
                guard bytes[end + 1] == LF else { throw .badRequest("a carriage return without a line feed") }
                return start..<end
            }
            end += 1
        }
        guard end - start > limit else { return nil }
        if case .trailer = self.phase {
            throw HTTP1Error(431, "the trailer is longer than \(self.limits.trailer) bytes")
        }
        throw .badRequest("the line of a chunk's size is too long")
    }

    /// `size [;extension]`, the size in hexadecimal digits and nothing else.
    private mutating func size(_ line: Span<UInt8>) throws(HTTP1Error) -> Int {
        let end = line.firstIndex(of: UInt8(ascii: ";"), from: 0) ?? line.count
        guard end > 0, line.extracting(0..<end).allSatisfy(isHexDigit) else {
            throw .badRequest("a chunk's size is not a hexadecimal number")
        }
        let allowed = line.extracting(end..<line.count).allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        if !allowed { throw .badRequest("a chunk extension has a control character") }
        self.extensionBytes += line.count - end
        if self.extensionBytes > self.limits.chunkExtensions { throw .badRequest("too many chunk extensions") }
        guard end <= 15, let size = Int(line.extracting(0..<end).string(), radix: 16) else {
            throw .badRequest("a chunk's size has too many digits")
        }
        return size
    }
}
