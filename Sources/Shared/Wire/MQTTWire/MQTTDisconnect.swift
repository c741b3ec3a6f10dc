import Bytes

/// The last packet of a connection; before 5.0 only a client sends it, and it says nothing. Source: MQTT 5.0 §3.14.
package struct MQTTDisconnect: Equatable, Sendable {
    package var reason: MQTTReasonCode
    package var properties: MQTTProperties

    package init(reason: MQTTReasonCode = .normalDisconnection, properties: MQTTProperties = MQTTProperties()) {
        self.reason = reason
        self.properties = properties
    }

    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTDisconnect {
        var reader = ByteReader(body)
        var packet = MQTTDisconnect()
        if version == .v5, !reader.isAtEnd {
            packet.reason = MQTTReasonCode(rawValue: try reader.byte("the reason code"))
            guard packet.reason.isAllowed(in: .disconnect) else {
                throw .malformed("reason code \(packet.reason.rawValue) in DISCONNECT")
            }
            if !reader.isAtEnd { packet.properties = try MQTTProperties.decode(&reader, for: .disconnect) }
        }
        try reader.expectEnd(of: .disconnect)
        return packet
    }

    /// The whole packet, in its shortest form.
    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        guard version == .v5 else { return packet(MQTTPacketType.disconnect.firstByte, []) }
        return packet(MQTTPacketType.disconnect.firstByte, reasonAndProperties(self.reason, self.properties))
    }
}

/// One step of an authentication that takes several; 5.0 only. Source: MQTT 5.0 §3.15.
package struct MQTTAuth: Equatable, Sendable {
    /// `.success`, `.continueAuthentication` or `.reauthenticate`.
    package var reason: MQTTReasonCode
    package var properties: MQTTProperties

    package init(reason: MQTTReasonCode = .success, properties: MQTTProperties = MQTTProperties()) {
        self.reason = reason
        self.properties = properties
    }

    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTAuth {
        guard version == .v5 else { throw .malformed("packet type 15 is reserved before MQTT 5.0") }
        var reader = ByteReader(body)
        var packet = MQTTAuth()
        if reader.isAtEnd { return packet }
        packet.reason = MQTTReasonCode(rawValue: try reader.byte("the reason code"))
        guard packet.reason.isAllowed(in: .auth) else {
            throw .malformed("reason code \(packet.reason.rawValue) in AUTH")
        }
        if !reader.isAtEnd { packet.properties = try MQTTProperties.decode(&reader, for: .auth) }
        try reader.expectEnd(of: .auth)
        // Source: §3.15.2.2.2.
        if packet.properties.authenticationMethod == nil {
            throw .protocolError("AUTH without an authentication method")
        }
        return packet
    }

    /// The whole packet, in its shortest form.
    package func encoded() -> [UInt8] {
        packet(MQTTPacketType.auth.firstByte, reasonAndProperties(self.reason, self.properties))
    }
}

private func reasonAndProperties(_ reason: MQTTReasonCode, _ properties: MQTTProperties) -> [UInt8] {
    let hasProperties = !properties.isEmpty
    if reason == .success, !hasProperties { return [] }
    var body = [reason.rawValue]
    if hasProperties { properties.encode(into: &body) }
    return body
}

/// The two packets without a body. Source: MQTT 5.0 §3.12, §3.13.
package enum MQTTPing {
    package static let request: [UInt8] = [0xC0, 0]
    package static let response: [UInt8] = [0xD0, 0]

    /// Refuses a body.
    package static func validate(
        _ type: MQTTPacketType,
        _ body: Span<UInt8>
    ) throws(MQTTDecodeError) {
        if !body.isEmpty { throw .malformed("\(body.count) bytes follow the end of \(type)") }
    }
}
