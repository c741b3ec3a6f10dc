package import Bytes

/// What a proxy says at the front of a stream about the client that it forwards: the PROXY protocol, in its text and its binary
/// form.
///
/// Source: proxy-protocol.txt of HAProxy, §2.1 (version 1), §2.2 (version 2).
package struct ProxyHeader: Equatable, Sendable {
    package enum Source: Hashable, Sendable {
        /// Over TCP.
        case ip(IPAddress, port: UInt16)
        /// A unix stream socket on the proxy's machine.
        case unix
        /// The proxy speaks for itself, as in a health check, or cannot say who: the socket's own address counts.
        case proxyItself
    }

    package var source: Source
    /// Bytes of the header; what follows is the client's.
    package var length: Int

    /// What a header may have at most, a length that the peer chose included. Bytes; enough for a client's certificate, which is
    /// the largest thing that a proxy passes on.
    package static let maximumLength = 16 << 10

    /// Reads the header at the start of a stream.
    ///
    /// - Parameter bytes: Everything since the start.
    /// - Returns: nil while bytes are missing.
    /// - Throws: As soon as no header can begin like this.
    package static func read(_ bytes: Span<UInt8>) throws(ProxyError) -> ProxyHeader? {
        if bytes.isEmpty { return nil }
        if bytes[0] == ProxyHeaderV2.signature[0] { return try ProxyHeaderV2.read(bytes) }
        return try ProxyHeaderV1.read(bytes)
    }
}

/// Why bytes are no PROXY header.
package enum ProxyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The stream begins with something else.
    case noHeader
    /// Version 1: no end of line within its 107 bytes, or a CR or LF alone.
    case line
    /// Version 1: neither `TCP4`, `TCP6` nor `UNKNOWN`.
    case family
    /// Version 1: an address, a port, or their number is wrong.
    case endpoints
    /// Version 2: another version, or a command that nobody has defined. The byte as it came.
    case versionOrCommand(UInt8)
    /// Version 2: an address family or a transport that nobody has defined. The byte as it came.
    case familyOrTransport(UInt8)
    /// Version 2: shorter than the addresses of its family, or longer than ``ProxyHeader/maximumLength``. Bytes after the 16th.
    case length(Int)
    /// Version 2: a type-length-value that reaches beyond the header.
    case extensions
    /// Version 2: the header's CRC-32C is another one.
    case checksum

    package var description: String {
        switch self {
        case .noHeader: "the stream does not begin with a PROXY header"
        case .line: "a PROXY line has no CRLF within 107 bytes, or a CR or LF alone"
        case .family: "a PROXY line names neither TCP4, TCP6 nor UNKNOWN"
        case .endpoints: "a PROXY line's addresses or ports are malformed"
        case .versionOrCommand(let byte): "a PROXY header's version and command are 0x\(String(byte, radix: 16))"
        case .familyOrTransport(let byte): "a PROXY header's family and transport are 0x\(String(byte, radix: 16))"
        case .length(let length): "a PROXY header's length is \(length) bytes"
        case .extensions: "a PROXY header's extensions reach beyond its end"
        case .checksum: "a PROXY header's checksum is wrong"
        }
    }
}
