import MQTTWire

/// What a broker answered; 128 and above is a refusal. Source: MQTT 5.0 §2.4.
///
/// MQTT 3.1.1's few codes are given as the 5.0 codes of the same meaning.
public struct MQTTReason: Hashable, Sendable, CustomStringConvertible {
    public let code: UInt8

    public init(code: UInt8) { self.code = code }

    public var isRefusal: Bool { self.code >= 0x80 }
    /// As the specification writes it: `Not authorized`.
    public var description: String { MQTTReasonCode(rawValue: self.code).description }
    /// The broker does not know the client, or does not let it do this.
    public var isAboutRights: Bool { [0x86, 0x87, 0x8A, 0x8C].contains(self.code) }

    init(_ code: MQTTReasonCode) { self.code = code.rawValue }
}

/// Why something that a client was asked for did not happen.
public enum MQTTClientError: Error, Equatable, Sendable {
    /// No connection could be made: the name is unknown, nobody listens, no answer in time.
    case unreachable(String)
    /// The connection cannot be secured: the broker's certificate is not to be trusted, it wants one, or speaks no TLS.
    case tls(String)
    /// The broker answered CONNECT with a refusal.
    case refused(MQTTReason, String?)
    /// The broker does not speak the version.
    case versionNotSupported(MQTTProtocolVersion)
    /// The broker ended the connection and said why.
    case disconnected(MQTTReason, String?)
    /// The connection ended without a word.
    case connectionLost(String)
    /// The broker sent what the protocol does not allow.
    case protocolViolation(String)
    /// The broker refused a message or a request.
    case rejected(MQTTReason, String?)
    /// The packet would be larger than the broker takes.
    case packetTooLarge(bytes: Int, limit: Int)
    /// The version or this broker cannot do it.
    case unsupported(String)
    /// A value that the protocol has no place for: a topic with a wildcard, a string of 65,536 bytes.
    case invalid(String)
    /// The broker had lost the session, so that nobody knows whether it has this QoS 2 message.
    case sessionLost
    /// ``MQTTClient/disconnect()`` was called, or ``MQTTClient/connect()`` was not.
    case closed
}

extension MQTTClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let what), .tls(let what): what
        case .refused(let reason, let text): "the broker refused the connection: \(Self.words(reason, text))"
        case .versionNotSupported(let version): "the broker does not speak MQTT \(version.rawValue)"
        case .disconnected(let reason, let text): "the broker closed the connection: \(Self.words(reason, text))"
        case .connectionLost(let what): "the connection was lost: \(what)"
        case .protocolViolation(let what): "the broker broke the protocol: \(what)"
        case .rejected(let reason, let text): "refused by the broker: \(Self.words(reason, text))"
        case .packetTooLarge(let bytes, let limit): "the packet has \(bytes) bytes, and the broker takes \(limit)"
        case .unsupported(let what): what
        case .invalid(let what): what
        case .sessionLost: "the broker lost the session, and with it whether it has the message"
        case .closed: "the client is not connected"
        }
    }

    /// The code that the broker gave, if it gave one.
    public var reason: MQTTReason? {
        switch self {
        case .refused(let reason, _), .disconnected(let reason, _), .rejected(let reason, _): reason
        default: nil
        }
    }

    private static func words(_ reason: MQTTReason, _ text: String?) -> String {
        text.map { "\(reason) (\($0))" } ?? reason.description
    }
}
