/// Why a packet was refused: the stream is lost, and the connection is closed with ``reasonCode``.
@usableFromInline
package enum MQTTDecodeError: Error, Equatable, Sendable {
    /// Bytes that cannot be parsed by the specification.
    case malformed(String)
    /// Bytes that can be parsed and say what is not allowed.
    case protocolError(String)
    /// The fixed header announces more than the receiver takes.
    case packetTooLarge(bytes: Int, limit: Int)
    /// A CONNECT of a protocol or level that is not spoken here.
    case unsupportedVersion(name: String, level: UInt8)
    case invalidClientID(String)
    case invalidTopicName(String)
    case invalidTopicFilter(String)
    case invalidTopicAlias(String)
    /// More QoS 1 and 2 messages than the receiver said it takes at a time.
    case receiveMaximumExceeded(Int)
    case qosNotSupported(UInt8)

    /// What CONNACK or DISCONNECT says about it. Source: MQTT 5.0 §4.13.
    package var reasonCode: MQTTReasonCode {
        switch self {
        case .malformed: .malformedPacket
        case .protocolError: .protocolError
        case .packetTooLarge: .packetTooLarge
        case .unsupportedVersion: .unsupportedProtocolVersion
        case .invalidClientID: .clientIdentifierNotValid
        case .invalidTopicName: .topicNameInvalid
        case .invalidTopicFilter: .topicFilterInvalid
        case .invalidTopicAlias: .topicAliasInvalid
        case .receiveMaximumExceeded: .receiveMaximumExceeded
        case .qosNotSupported: .qosNotSupported
        }
    }
}

extension MQTTDecodeError: CustomStringConvertible {
    @usableFromInline package var description: String {
        switch self {
        case .malformed(let what): "malformed packet: \(what)"
        case .protocolError(let what): "protocol error: \(what)"
        case .packetTooLarge(let bytes, let limit): "packet too large: \(bytes) bytes, the limit is \(limit)"
        case .unsupportedVersion(let name, let level): "unsupported protocol version: '\(name)' level \(level)"
        case .invalidClientID(let what): "client identifier not valid: \(what)"
        case .invalidTopicName(let what): "topic name invalid: \(what)"
        case .invalidTopicFilter(let what): "topic filter invalid: \(what)"
        case .invalidTopicAlias(let what): "topic alias invalid: \(what)"
        case .receiveMaximumExceeded(let limit): "more than \(limit) unacknowledged messages at a time"
        case .qosNotSupported(let qos): "QoS \(qos) is above the maximum"
        }
    }
}
