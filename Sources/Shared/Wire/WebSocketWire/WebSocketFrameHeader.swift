import Bytes

/// What a frame carries. Source: RFC 6455 §5.2.
package enum WebSocketOpcode: UInt8, CaseIterable, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Control frames may stand between the fragments of a message, and are none themselves.
    package var isControl: Bool { self.rawValue >= 0x8 }
}

/// Who sent a frame: a client masks all of its frames, a server none. Source: RFC 6455 §5.1.
package enum WebSocketRole: Sendable {
    case client
    case server
}

/// The two to fourteen bytes before a frame's payload. Source: RFC 6455 §5.2.
///
///     FIN RSV1-3 opcode(4) | MASK length(7) | 0, 2 or 8 bytes of length | 0 or 4 bytes of mask
package struct WebSocketFrameHeader: Equatable, Sendable {
    package static let longest = 14
    /// Bytes of payload that a control frame may have. Source: RFC 6455 §5.5.
    package static let controlLimit = 125

    package var opcode: WebSocketOpcode
    /// Whether the message ends with this frame.
    package var isFinal: Bool
    package var payloadLength: Int
    package var mask: WebSocketMask?

    package init(_ opcode: WebSocketOpcode, isFinal: Bool = true, payloadLength: Int, mask: WebSocketMask? = nil) {
        self.opcode = opcode
        self.isFinal = isFinal
        self.payloadLength = payloadLength
        self.mask = mask
    }

    /// Reads the header at the start of `bytes`; nil while bytes of it are missing.
    ///
    /// - Throws: 1002 for what no frame of that sender may be, as soon as it shows.
    package init?(_ bytes: Span<UInt8>, sentBy sender: WebSocketRole) throws(WebSocketError) {
        guard bytes.count > 0 else { return nil }
        let first = bytes[0]
        // No extension is ever agreed on, so that nobody has a use for these bits.
        guard first & 0x70 == 0 else { throw .protocolError("a reserved bit is set, and no extension was agreed on") }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else {
            throw .protocolError("opcode \(first & 0x0F) is reserved")
        }
        let isFinal = first & 0x80 != 0
        if opcode.isControl, !isFinal { throw .protocolError("a control frame is fragmented") }
        guard bytes.count > 1 else { return nil }
        let isMasked = bytes[1] & 0x80 != 0
        if isMasked != (sender == .client) {
            throw .protocolError(isMasked ? "a server's frame is masked" : "a client's frame is not masked")
        }
        let short = Int(bytes[1] & 0x7F)
        if opcode.isControl, short > Self.controlLimit {
            throw .protocolError("a control frame has more than \(Self.controlLimit) bytes")
        }
        var reader = ByteReader(bytes, at: 2)
        guard let length = try Self.payloadLength(short, &reader) else { return nil }
        var mask: WebSocketMask?
        if isMasked {
            guard let key = reader.readUInt32() else { return nil }
            mask = WebSocketMask(key: key)
        }
        self.init(opcode, isFinal: isFinal, payloadLength: length, mask: mask)
    }

    /// The length in the fewest bytes that hold it, as the specification demands.
    private static func payloadLength(_ short: Int, _ reader: inout ByteReader) throws(WebSocketError) -> Int? {
        switch short {
        case 126:
            guard let length = reader.readUInt16() else { return nil }
            if length < 126 { throw .protocolError("a length of \(length) is written in two bytes more than it needs") }
            return Int(length)
        case 127:
            guard let length = reader.readUInt64() else { return nil }
            guard let length = Int(exactly: length) else { throw .protocolError("a length is negative") }
            if length < 1 << 16 { throw .protocolError("a length of \(length) is written in more bytes than it needs") }
            return length
        default: return short
        }
    }

    /// Bytes of the header itself: 2...14.
    package var length: Int {
        2 + (self.payloadLength < 126 ? 0 : self.payloadLength < 1 << 16 ? 2 : 8) + (self.mask == nil ? 0 : 4)
    }

    package func append(to output: inout [UInt8]) {
        output.append((self.isFinal ? 0x80 : 0) | self.opcode.rawValue)
        let maskBit: UInt8 = self.mask == nil ? 0 : 0x80
        switch self.payloadLength {
        case ..<126: output.append(maskBit | UInt8(self.payloadLength))
        case ..<(1 << 16):
            output.append(maskBit | 126)
            self.appendLength(bytes: 2, to: &output)
        default:
            output.append(maskBit | 127)
            self.appendLength(bytes: 8, to: &output)
        }
        if let mask { for index in 0..<4 { output.append(mask[index]) } }
    }

    private func appendLength(bytes: Int, to output: inout [UInt8]) {
        for index in (0..<bytes).reversed() {
            output.append(UInt8(truncatingIfNeeded: self.payloadLength >> (8 * index)))
        }
    }
}
