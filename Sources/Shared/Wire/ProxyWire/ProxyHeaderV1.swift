import Bytes

/// The text form: `PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883` and CRLF.
///
/// Source: proxy-protocol.txt §2.1.
enum ProxyHeaderV1 {
    private static let prefix = Array("PROXY ".utf8)
    private static let (unknown, tcp4, tcp6) = (Array("UNKNOWN".utf8), Array("TCP4".utf8), Array("TCP6".utf8))
    /// With the CRLF.
    private static let maximumLength = 107
    private static let space = UInt8(ascii: " ")

    static func read(_ bytes: Span<UInt8>) throws(ProxyError) -> ProxyHeader? {
        for index in 0..<min(bytes.count, self.prefix.count) where bytes[index] != self.prefix[index] {
            throw .noHeader
        }
        guard let end = try self.endOfLine(bytes) else { return nil }
        let fields = self.fields(of: bytes.extracting(self.prefix.count..<end))
        let length = end + 2
        let family = bytes.extracting(fields[0])
        // Whatever stands behind UNKNOWN is ignored.
        if family.elementsEqual(self.unknown) { return ProxyHeader(source: .proxyItself, length: length) }
        let isV4 = family.elementsEqual(self.tcp4)
        guard isV4 || family.elementsEqual(self.tcp6) else { throw .family }
        guard fields.count == 5, let source = IPAddress(bytes.extracting(fields[1])),
            let target = IPAddress(bytes.extracting(fields[2])), let port = self.port(bytes.extracting(fields[3])),
            self.port(bytes.extracting(fields[4])) != nil, source.isV4 == isV4, target.isV4 == isV4
        else { throw .endpoints }
        return ProxyHeader(source: .ip(source, port: port), length: length)
    }

    /// Where the CR stands; nil while it may still come.
    private static func endOfLine(_ bytes: Span<UInt8>) throws(ProxyError) -> Int? {
        for index in 0..<min(bytes.count, self.maximumLength) {
            if bytes[index] == UInt8(ascii: "\n") { throw .line }
            guard bytes[index] == UInt8(ascii: "\r") else { continue }
            guard index + 1 < self.maximumLength else { throw .line }
            if index + 1 == bytes.count { return nil }
            guard bytes[index + 1] == UInt8(ascii: "\n") else { throw .line }
            return index
        }
        if bytes.count >= self.maximumLength { throw .line }
        return nil
    }

    /// Ranges in the stream, split at each single space: two in a row make an empty field.
    private static func fields(of line: Span<UInt8>) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var start = 0
        for index in 0...line.count where index == line.count || line[index] == self.space {
            fields.append((self.prefix.count + start)..<(self.prefix.count + index))
            start = index + 1
        }
        return fields
    }

    /// Decimal, without leading zeros.
    private static func port(_ text: Span<UInt8>) -> UInt16? {
        guard (1...5).contains(text.count), text.count == 1 || text[0] != UInt8(ascii: "0") else { return nil }
        var value = 0
        for index in text.indices {
            let digit = text[index] &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            value = value * 10 + Int(digit)
        }
        return UInt16(exactly: value)
    }
}

extension IPAddress {
    fileprivate var isV4: Bool { if case .v4 = self { true } else { false } }
}
