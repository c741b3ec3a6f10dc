import Bytes
import Topics

/// Reads of the rare packets: each fails with words that name the field.
extension ByteReader {
    mutating func byte(_ what: String) throws(MQTTDecodeError) -> UInt8 {
        guard let value = self.readUInt8() else { throw .malformed("the packet ends within \(what)") }
        return value
    }

    mutating func uint16(_ what: String) throws(MQTTDecodeError) -> UInt16 {
        guard let value = self.readUInt16() else { throw .malformed("the packet ends within \(what)") }
        return value
    }

    mutating func uint32(_ what: String) throws(MQTTDecodeError) -> UInt32 {
        guard let value = self.readUInt32() else { throw .malformed("the packet ends within \(what)") }
        return value
    }

    /// Source: MQTT 5.0 §1.5.5; a form that is longer than needed is malformed [MQTT-1.5.5-1].
    mutating func variableByteInteger(_ what: String) throws(MQTTDecodeError) -> Int {
        var value = 0
        for shift in [0, 7, 14, 21] {
            let byte = try self.byte(what)
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 {
                if byte == 0, shift > 0 { throw .malformed("\(what) is written longer than needed") }
                return value
            }
        }
        throw .malformed("\(what) is longer than four bytes")
    }

    mutating func binary(_ what: String) throws(MQTTDecodeError) -> [UInt8] {
        guard let bytes = self.readLengthPrefixed() else { throw .malformed("the packet ends within \(what)") }
        return bytes.copied()
    }

    /// The bytes of an MQTT string.
    mutating func stringBytes(_ what: String) throws(MQTTDecodeError) -> [UInt8] {
        guard let bytes = self.readLengthPrefixed() else { throw .malformed("the packet ends within \(what)") }
        guard isValidMQTTString(bytes) else { throw .malformed("\(what) is not UTF-8, or contains U+0000") }
        return bytes.copied()
    }

    mutating func string(_ what: String) throws(MQTTDecodeError) -> String {
        guard let bytes = self.readLengthPrefixed() else { throw .malformed("the packet ends within \(what)") }
        guard isValidMQTTString(bytes) else { throw .malformed("\(what) is not UTF-8, or contains U+0000") }
        return bytes.string()
    }

    /// Source: MQTT 5.0 §2.2.1 [MQTT-2.2.1-3].
    mutating func packetID() throws(MQTTDecodeError) -> UInt16 {
        let value = try self.uint16("the packet identifier")
        if value == 0 { throw .protocolError("the packet identifier is 0") }
        return value
    }

    func expectEnd(of type: MQTTPacketType) throws(MQTTDecodeError) {
        if !self.isAtEnd { throw .malformed("\(self.remaining) bytes follow the end of \(type)") }
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: UInt16) {
        self.append(UInt8(value >> 8))
        self.append(UInt8(value & 0xFF))
    }

    mutating func append(bigEndian value: UInt32) {
        self.append(bigEndian: UInt16(value >> 16))
        self.append(bigEndian: UInt16(value & 0xFFFF))
    }

    mutating func append(variableByteInteger value: Int) {
        precondition((0...268_435_455).contains(value), "a variable byte integer is out of its range")
        var rest = value
        while rest > 127 {
            self.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        self.append(UInt8(rest))
    }

    mutating func append(lengthPrefixed bytes: [UInt8]) {
        precondition(bytes.count <= 65_535, "a string or binary field is longer than 65,535 bytes")
        self.append(bigEndian: UInt16(bytes.count))
        self.append(contentsOf: bytes)
    }

    mutating func append(lengthPrefixed text: String) {
        let bytes = text.utf8
        precondition(bytes.count <= 65_535, "a string or binary field is longer than 65,535 bytes")
        self.append(bigEndian: UInt16(bytes.count))
        self.append(contentsOf: bytes)
    }
}

/// Puts the fixed header before a body.
func packet(_ firstByte: UInt8, _ body: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count + 5)
    bytes.append(firstByte)
    bytes.append(variableByteInteger: body.count)
    bytes.append(contentsOf: body)
    return bytes
}
