/// Any packet as a value: for clients, tests and tools, which have time for it.
package enum MQTTPacket: Equatable, Sendable {
    case connect(MQTTConnect)
    case connack(MQTTConnack)
    case publish(MQTTPublish)
    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    case acknowledgement(MQTTAcknowledgement)
    case subscribe(MQTTSubscribe)
    case suback(MQTTSuback)
    case unsubscribe(MQTTUnsubscribe)
    case unsuback(MQTTUnsuback)
    case pingreq
    case pingresp
    case disconnect(MQTTDisconnect)
    case auth(MQTTAuth)

    /// Reads a packet whose header was read by ``mqttFrameHeader(in:at:)`` and whose body is whole.
    ///
    /// - Parameter version: What the connection speaks; a CONNECT says it itself.
    package static func decode(
        _ header: MQTTFrameHeader,
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTPacket {
        try validateFlags(header.typeAndFlags)
        guard let type = header.type else { throw .malformed("packet type 0 is reserved") }
        switch type {
        case .connect: return .connect(try .decode(body))
        case .connack: return .connack(try .decode(body, version: version))
        case .publish: return .publish(try .decode(body, version: version, flags: header.flags))
        case .puback, .pubrec, .pubrel, .pubcomp: return .acknowledgement(try .decode(type, body, version: version))
        case .subscribe: return .subscribe(try .decode(body, version: version))
        case .suback: return .suback(try .decode(body, version: version))
        case .unsubscribe: return .unsubscribe(try .decode(body, version: version))
        case .unsuback: return .unsuback(try .decode(body, version: version))
        case .pingreq:
            try MQTTPing.validate(type, body)
            return .pingreq
        case .pingresp:
            try MQTTPing.validate(type, body)
            return .pingresp
        case .disconnect: return .disconnect(try .decode(body, version: version))
        case .auth: return .auth(try .decode(body, version: version))
        }
    }

    /// The whole packet.
    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        switch self {
        case .connect(let packet): packet.encoded()
        case .connack(let packet): packet.encoded(version)
        case .publish(let packet): packet.encoded(version)
        case .acknowledgement(let packet): packet.encoded(version)
        case .subscribe(let packet): packet.encoded(version)
        case .suback(let packet): packet.encoded(version)
        case .unsubscribe(let packet): packet.encoded(version)
        case .unsuback(let packet): packet.encoded(version)
        case .pingreq: MQTTPing.request
        case .pingresp: MQTTPing.response
        case .disconnect(let packet): packet.encoded(version)
        case .auth(let packet): packet.encoded()
        }
    }
}
