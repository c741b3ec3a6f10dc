import Bytes

/// PUBACK, PUBREC, PUBREL or PUBCOMP. Source: MQTT 5.0 §3.4 to §3.7.
package struct MQTTAcknowledgement: Equatable, Sendable {
    /// `.puback`, `.pubrec`, `.pubrel` or `.pubcomp`.
    package var type: MQTTPacketType
    package var packetID: UInt16
    /// Always `.success` before 5.0.
    package var reason: MQTTReasonCode
    package var properties: MQTTProperties

    package init(
        type: MQTTPacketType,
        packetID: UInt16,
        reason: MQTTReasonCode = .success,
        properties: MQTTProperties = MQTTProperties()
    ) {
        precondition(MQTTAcknowledgement.context(of: type) != nil, "not a type of acknowledgement")
        self.type = type
        self.packetID = packetID
        self.reason = reason
        self.properties = properties
    }

    package static func decode(
        _ type: MQTTPacketType,
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTAcknowledgement {
        guard let context = MQTTAcknowledgement.context(of: type) else {
            preconditionFailure("not a type of acknowledgement")
        }
        var reader = ByteReader(body)
        var answer = MQTTAcknowledgement(type: type, packetID: try reader.packetID())
        if version == .v5, !reader.isAtEnd {
            answer.reason = MQTTReasonCode(rawValue: try reader.byte("the reason code"))
            guard answer.reason.isAllowed(in: type) else {
                throw .malformed("reason code \(answer.reason.rawValue) in \(type)")
            }
            if !reader.isAtEnd { answer.properties = try MQTTProperties.decode(&reader, for: context) }
        }
        try reader.expectEnd(of: type)
        return answer
    }

    /// The whole packet, in its shortest form.
    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        var body: [UInt8] = []
        body.append(bigEndian: self.packetID)
        if version == .v5 {
            let hasProperties = !self.properties.isEmpty
            if self.reason != .success || hasProperties { body.append(self.reason.rawValue) }
            if hasProperties { self.properties.encode(into: &body) }
        }
        return packet(self.type.firstByte, body)
    }

    private static func context(of type: MQTTPacketType) -> MQTTPropertyContext? {
        switch type {
        case .puback: .puback
        case .pubrec: .pubrec
        case .pubrel: .pubrel
        case .pubcomp: .pubcomp
        default: nil
        }
    }
}
