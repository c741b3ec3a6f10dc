import Bytes

/// The binary form: 12 bytes of signature, version and command, family and transport, 2 bytes of length, addresses, extensions.
///
/// Source: proxy-protocol.txt §2.2.
enum ProxyHeaderV2 {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let fixedLength = 16
    private static let checksumType: UInt8 = 0x03

    static func read(_ bytes: Span<UInt8>) throws(ProxyError) -> ProxyHeader? {
        for index in 0..<min(bytes.count, self.signature.count) where bytes[index] != self.signature[index] {
            throw .noHeader
        }
        if bytes.count > 12, bytes[12] >> 4 != 2 || bytes[12] & 15 > 1 { throw .versionOrCommand(bytes[12]) }
        guard bytes.count >= self.fixedLength else { return nil }
        let following = Int(bytes[14]) << 8 | Int(bytes[15])
        let length = self.fixedLength + following
        guard length <= ProxyHeader.maximumLength else { throw .length(following) }
        // The proxy's own connection: family and addresses say nothing.
        let isLocal = bytes[12] & 15 == 0
        let addresses = isLocal ? 0 : try self.addressLength(bytes[13])
        guard following >= addresses else { throw .length(following) }
        guard bytes.count >= length else { return nil }
        let header = bytes.extracting(0..<length)
        if isLocal { return ProxyHeader(source: .proxyItself, length: length) }
        // Of an unknown family nobody knows where the extensions begin.
        if addresses > 0 { try self.checkExtensions(header, from: self.fixedLength + addresses) }
        return ProxyHeader(source: self.source(header), length: length)
    }

    /// Bytes that both addresses and both ports take.
    private static func addressLength(_ familyAndTransport: UInt8) throws(ProxyError) -> Int {
        guard familyAndTransport & 15 <= 2 else { throw .familyOrTransport(familyAndTransport) }
        switch familyAndTransport >> 4 {
        case 0: return 0
        case 1: return 12
        case 2: return 36
        case 3: return 216
        default: throw .familyOrTransport(familyAndTransport)
        }
    }

    /// Only of a stream: a datagram's or an unknown transport's is taken for unspecified, as the specification wants.
    private static func source(_ header: Span<UInt8>) -> ProxyHeader.Source {
        var reader = ByteReader(header, at: self.fixedLength)
        switch header[13] {
        case 0x11:
            guard let address = reader.readUInt32(), reader.readUInt32() != nil, let port = reader.readUInt16() else {
                break
            }
            return .ip(.v4(address), port: port)
        case 0x21:
            guard let high = reader.readUInt64(), let low = reader.readUInt64(), reader.readRange(count: 16) != nil,
                let port = reader.readUInt16()
            else { break }
            return .ip(.v6(high, low), port: port)
        case 0x31: return .unix
        default: break
        }
        return .proxyItself
    }

    /// One byte of type, two of length, that many bytes; a checksum is compared, the rest is for others.
    private static func checkExtensions(_ header: Span<UInt8>, from start: Int) throws(ProxyError) {
        var reader = ByteReader(header, at: start)
        while let type = reader.readUInt8() {
            guard let value = reader.readLengthPrefixedRange() else { throw .extensions }
            if type != self.checksumType { continue }
            guard value.count == 4 else { throw .extensions }
            var field = ByteReader(header, at: value.lowerBound)
            guard field.readUInt32() == CRC32C.checksum(of: header, zeroing: value) else { throw .checksum }
        }
    }
}

/// Source: RFC 9260, appendix A (Castagnoli's polynomial, reflected).
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { (index: UInt32) in
        (0..<8).reduce(index) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    /// - Parameter hole: Bytes that count as zeros.
    static func checksum(of bytes: Span<UInt8>, zeroing hole: Range<Int> = 0..<0) -> UInt32 {
        var value = UInt32.max
        for index in bytes.indices {
            let byte = hole.contains(index) ? 0 : bytes[index]
            value = value >> 8 ^ self.table[Int(UInt8(truncatingIfNeeded: value) ^ byte)]
        }
        return ~value
    }
}
