import Bytes
import Topics

/// One filter of a SUBSCRIBE, and how its messages are to come. Source: MQTT 5.0 §3.8.3.1.
package struct MQTTSubscription: Equatable, Sendable {
    package var filter: [UInt8]
    /// 0...2.
    package var qos: UInt8
    package var noLocal: Bool
    package var retainAsPublished: Bool
    /// 0 send retained messages, 1 only for a new subscription, 2 never.
    package var retainHandling: UInt8

    package init(
        filter: [UInt8],
        qos: UInt8,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retainHandling: UInt8 = 0
    ) {
        self.filter = filter
        self.qos = qos
        self.noLocal = noLocal
        self.retainAsPublished = retainAsPublished
        self.retainHandling = retainHandling
    }

    /// Source: MQTT 5.0 §3.8.3.1 [MQTT-3.8.3-4] [MQTT-3.8.3-5]; MQTT 3.1.1 §3.8.3 [MQTT-3.8.3-4].
    init(filter: [UInt8], options: UInt8, version: MQTTVersion) throws(MQTTDecodeError) {
        self.init(filter: filter, qos: options & 3)
        let reserved: UInt8 = version == .v5 ? 0xC0 : 0xFC
        if options & reserved != 0 { throw .malformed("reserved subscription options are set") }
        if self.qos == 3 {
            if version == .v5 { throw .protocolError("a subscription with QoS 3") }
            throw .malformed("a subscription with QoS 3")
        }
        self.noLocal = options & 0x04 != 0
        self.retainAsPublished = options & 0x08 != 0
        self.retainHandling = options >> 4 & 3
        if self.retainHandling == 3 { throw .protocolError("a subscription with retain handling 3") }
        if self.noLocal, case .shared = SharedFilter.parse(filter.span) {
            throw .protocolError("no local on a shared subscription")
        }
    }

    func options(_ version: MQTTVersion) -> UInt8 {
        if version != .v5 { return self.qos }
        return self.qos | (self.noLocal ? 0x04 : 0) | (self.retainAsPublished ? 0x08 : 0) | self.retainHandling << 4
    }
}

/// Asks for messages. Source: MQTT 5.0 §3.8.
package struct MQTTSubscribe: Equatable, Sendable {
    package var packetID: UInt16
    /// At least one.
    package var filters: [MQTTSubscription]
    package var properties: MQTTProperties

    package init(packetID: UInt16, filters: [MQTTSubscription], properties: MQTTProperties = MQTTProperties()) {
        self.packetID = packetID
        self.filters = filters
        self.properties = properties
    }

    /// Filters are MQTT strings; whether each is a valid filter is for the SUBACK to say, one by one.
    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTSubscribe {
        var reader = try MQTTFilterReader(.subscribe, body, version: version)
        var request = MQTTSubscribe(packetID: reader.packetID, filters: [], properties: reader.properties)
        while let subscription = try reader.next(in: body) { request.filters.append(subscription) }
        return request
    }

    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        precondition(!self.filters.isEmpty, "a SUBSCRIBE names no filter")
        var body: [UInt8] = []
        body.append(bigEndian: self.packetID)
        if version == .v5 { self.properties.encode(into: &body) }
        for filter in self.filters {
            body.append(lengthPrefixed: filter.filter)
            body.append(filter.options(version))
        }
        return packet(MQTTPacketType.subscribe.firstByte, body)
    }
}

/// Says of each filter what it got. Source: MQTT 5.0 §3.9.
package struct MQTTSuback: Equatable, Sendable {
    package var packetID: UInt16
    /// One for each filter of the SUBSCRIBE, in its order.
    package var reasons: [MQTTReasonCode]
    package var properties: MQTTProperties

    package init(packetID: UInt16, reasons: [MQTTReasonCode], properties: MQTTProperties = MQTTProperties()) {
        self.packetID = packetID
        self.reasons = reasons
        self.properties = properties
    }

    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTSuback {
        var reader = ByteReader(body)
        var answer = MQTTSuback(packetID: try reader.packetID(), reasons: [])
        if version == .v5 { answer.properties = try MQTTProperties.decode(&reader, for: .suback) }
        while let code = reader.readUInt8() {
            let reason = MQTTReasonCode(rawValue: code)
            // Before 5.0 there is one failure. Source: MQTT 3.1.1 §3.9.3.
            let isKnown = version == .v5 ? reason.isAllowed(in: .suback) : code <= 2 || code == 0x80
            guard isKnown else { throw .malformed("reason code \(code) in SUBACK") }
            answer.reasons.append(reason)
        }
        if answer.reasons.isEmpty { throw .malformed("SUBACK without a reason code") }
        return answer
    }

    /// The whole packet; before 5.0 every error is 0x80.
    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        var body: [UInt8] = []
        body.append(bigEndian: self.packetID)
        if version == .v5 { self.properties.encode(into: &body) }
        for reason in self.reasons {
            body.append(version != .v5 && reason.isError ? MQTTReasonCode.unspecifiedError.rawValue : reason.rawValue)
        }
        return packet(MQTTPacketType.suback.firstByte, body)
    }
}
