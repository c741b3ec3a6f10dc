import Bytes

/// The server's answer to CONNECT. Source: MQTT 5.0 §3.2.
package struct MQTTConnack: Equatable, Sendable {
    package var sessionPresent: Bool
    package var reason: MQTTReasonCode
    package var properties: MQTTProperties

    package init(
        sessionPresent: Bool = false,
        reason: MQTTReasonCode = .success,
        properties: MQTTProperties = MQTTProperties()
    ) {
        self.sessionPresent = sessionPresent
        self.reason = reason
        self.properties = properties
    }

    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTConnack {
        var reader = ByteReader(body)
        let flags = try reader.byte("the acknowledge flags")
        let code = try reader.byte("the reason code")
        // 3.1 reserves the first byte without saying that it is 0.
        if version != .v3_1, flags > 1 { throw .malformed("reserved acknowledge flags are set") }
        var answer = MQTTConnack(sessionPresent: version != .v3_1 && flags == 1)
        if version == .v5 {
            answer.reason = MQTTReasonCode(rawValue: code)
            guard answer.reason.isAllowed(in: .connack) else { throw .malformed("reason code \(code) in CONNACK") }
            answer.properties = try MQTTProperties.decode(&reader, for: .connack)
        } else {
            guard let reason = MQTTReasonCode(v3ConnackCode: code) else {
                throw .malformed("return code \(code) in CONNACK is reserved")
            }
            answer.reason = reason
        }
        try reader.expectEnd(of: .connack)
        // Source: [MQTT-3.2.2-6].
        if answer.sessionPresent, answer.reason != .success { throw .protocolError("a refusal says session present") }
        return answer
    }

    /// The whole packet. A refusal never says session present, and 3.1 never does. Before 5.0 the reason must be one that
    /// ``MQTTReasonCode/v3ConnackCode`` has a code for.
    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        let sessionPresent = self.sessionPresent && self.reason == .success && version != .v3_1
        guard let code = version == .v5 ? self.reason.rawValue : self.reason.v3ConnackCode else {
            preconditionFailure("a CONNACK before 5.0 cannot say \(self.reason)")
        }
        var body: [UInt8] = [sessionPresent ? 1 : 0, code]
        if version == .v5 { self.properties.encode(into: &body) }
        return packet(MQTTPacketType.connack.firstByte, body)
    }
}
