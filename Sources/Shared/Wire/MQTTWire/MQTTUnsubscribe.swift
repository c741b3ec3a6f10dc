import Bytes

/// Asks for no more messages. Source: MQTT 5.0 §3.10.
package struct MQTTUnsubscribe: Equatable, Sendable {
    package var packetID: UInt16
    /// At least one.
    package var filters: [[UInt8]]
    package var properties: MQTTProperties

    package init(packetID: UInt16, filters: [[UInt8]], properties: MQTTProperties = MQTTProperties()) {
        self.packetID = packetID
        self.filters = filters
        self.properties = properties
    }

    /// Filters are MQTT strings; whether each is a valid filter is for the UNSUBACK to say, one by one.
    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTUnsubscribe {
        var reader = try MQTTFilterReader(.unsubscribe, body, version: version)
        var request = MQTTUnsubscribe(packetID: reader.packetID, filters: [], properties: reader.properties)
        while let subscription = try reader.next(in: body) { request.filters.append(subscription.filter) }
        return request
    }

    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        precondition(!self.filters.isEmpty, "an UNSUBSCRIBE names no filter")
        var body: [UInt8] = []
        body.append(bigEndian: self.packetID)
        if version == .v5 { self.properties.encode(into: &body) }
        for filter in self.filters { body.append(lengthPrefixed: filter) }
        return packet(MQTTPacketType.unsubscribe.firstByte, body)
    }
}

/// Says of each filter what became of it; before 5.0 only that the UNSUBSCRIBE was seen. Source: MQTT 5.0 §3.11.
package struct MQTTUnsuback: Equatable, Sendable {
    package var packetID: UInt16
    /// One for each filter of the UNSUBSCRIBE, in its order; empty before 5.0.
    package var reasons: [MQTTReasonCode]
    package var properties: MQTTProperties

    package init(packetID: UInt16, reasons: [MQTTReasonCode] = [], properties: MQTTProperties = MQTTProperties()) {
        self.packetID = packetID
        self.reasons = reasons
        self.properties = properties
    }

    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTUnsuback {
        var reader = ByteReader(body)
        var answer = MQTTUnsuback(packetID: try reader.packetID())
        guard version == .v5 else {
            try reader.expectEnd(of: .unsuback)
            return answer
        }
        answer.properties = try MQTTProperties.decode(&reader, for: .unsuback)
        while let code = reader.readUInt8() {
            let reason = MQTTReasonCode(rawValue: code)
            guard reason.isAllowed(in: .unsuback) else { throw .malformed("reason code \(code) in UNSUBACK") }
            answer.reasons.append(reason)
        }
        if answer.reasons.isEmpty { throw .malformed("UNSUBACK without a reason code") }
        return answer
    }

    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        var body: [UInt8] = []
        body.append(bigEndian: self.packetID)
        if version == .v5 {
            self.properties.encode(into: &body)
            for reason in self.reasons { body.append(reason.rawValue) }
        }
        return packet(MQTTPacketType.unsuback.firstByte, body)
    }
}
