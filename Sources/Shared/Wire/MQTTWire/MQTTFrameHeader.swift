/// The fixed header of one packet, known before its body has arrived. Source: MQTT 5.0 §2.1.
@usableFromInline
package struct MQTTFrameHeader: Equatable, Sendable {
    @usableFromInline package var typeAndFlags: UInt8
    /// Bytes of the fixed header, 2...5.
    @usableFromInline package var headerLength: Int
    /// Bytes that follow it, 0...268_435_455.
    @usableFromInline package var remainingLength: Int

    @inlinable package init(typeAndFlags: UInt8, headerLength: Int, remainingLength: Int) {
        self.typeAndFlags = typeAndFlags
        self.headerLength = headerLength
        self.remainingLength = remainingLength
    }

    /// Nil for the reserved type 0.
    @inlinable package var type: MQTTPacketType? { MQTTPacketType(rawValue: self.typeAndFlags >> 4) }
    @inlinable package var flags: UInt8 { self.typeAndFlags & 0x0F }
    /// The length is written in more bytes than it needs, which MQTT 5 forbids [MQTT-1.5.5-1] and 3.1.1 does not.
    @inlinable package var isPadded: Bool {
        self.headerLength > 2 && self.headerLength > 1 + variableByteIntegerWidth(self.remainingLength)
    }
    /// Bytes of the whole packet.
    @inlinable package var totalLength: Int { self.headerLength + self.remainingLength }
}

/// Reads the fixed header that starts at `start`; the caller refuses a length it does not want before the body arrives.
///
/// - Returns: nil while bytes of the header are missing, whatever there is of the body.
/// - Throws: `.malformed` when the fourth byte of the length still says "more". Flags and type are not looked at.
@inlinable
package func mqttFrameHeader(in bytes: Span<UInt8>, at start: Int) throws(MQTTDecodeError) -> MQTTFrameHeader? {
    guard bytes.count - start >= 2 else { return nil }
    let first = bytes[start + 1]
    if first < 0x80 {
        return MQTTFrameHeader(typeAndFlags: bytes[start], headerLength: 2, remainingLength: Int(first))
    }
    guard let length = try variableByteInteger(in: bytes, at: start + 1) else { return nil }
    return MQTTFrameHeader(typeAndFlags: bytes[start], headerLength: 1 + length.width, remainingLength: length.value)
}

/// Reads an integer of one to four bytes, seven bits each, the lowest first. Source: MQTT 5.0 §1.5.5.
///
/// - Returns: The value (0...268_435_455) and its width (1...4 bytes); nil while bytes are missing.
/// - Throws: `.malformed` when the fourth byte still says "more". A form that is longer than needed is
///   accepted, see ``MQTTFrameHeader/isPadded``.
@inlinable
package func variableByteInteger(
    in bytes: Span<UInt8>,
    at start: Int
) throws(MQTTDecodeError) -> (value: Int, width: Int)? {
    var value = 0
    for width in 1...4 {
        let index = start + width - 1
        guard index < bytes.count else { return nil }
        let byte = bytes[index]
        value |= Int(byte & 0x7F) << (7 * (width - 1))
        if byte < 0x80 { return (value, width) }
    }
    throw .malformed("a variable byte integer is longer than four bytes")
}

/// Refuses a first byte whose type or flags the specification reserves.
///
/// Source: MQTT 5.0 §2.1.2, §2.1.3 [MQTT-2.1.3-1] and, for PUBLISH, §3.3.1 [MQTT-3.3.1-2] [MQTT-3.3.1-4].
@inlinable
package func validateFlags(_ typeAndFlags: UInt8) throws(MQTTDecodeError) {
    guard let type = MQTTPacketType(rawValue: typeAndFlags >> 4) else { throw .malformed("packet type 0 is reserved") }
    let flags = typeAndFlags & 0x0F
    guard let required = type.requiredFlags else {
        if flags & 0b0110 == 0b0110 { throw .malformed("PUBLISH with QoS 3") }
        if flags & 0b1110 == 0b1000 { throw .malformed("PUBLISH with DUP at QoS 0") }
        return
    }
    if flags != required { throw .malformed("reserved flags are set in the fixed header of \(type)") }
}
