/// What became of a request, or why a connection ends; below 0x80 it went well.
///
/// A value rather than an enum, since a packet may carry a code that a later specification defines.
///
/// Source: MQTT 5.0 §2.4.
@usableFromInline
package struct MQTTReasonCode: RawRepresentable, Hashable, Sendable {
    @usableFromInline package let rawValue: UInt8

    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
    @usableFromInline init(_ rawValue: UInt8) { self.rawValue = rawValue }

    /// The peer did not do what it was asked to.
    @inlinable package var isError: Bool { self.rawValue >= 0x80 }

    @inlinable package static var success: Self { Self(0x00) }
    /// What DISCONNECT calls 0x00.
    @inlinable package static var normalDisconnection: Self { Self(0x00) }
    /// What SUBACK calls 0x00.
    @inlinable package static var grantedQoS0: Self { Self(0x00) }
    @inlinable package static var grantedQoS1: Self { Self(0x01) }
    @inlinable package static var grantedQoS2: Self { Self(0x02) }
    @inlinable package static var disconnectWithWill: Self { Self(0x04) }
    @inlinable package static var noMatchingSubscribers: Self { Self(0x10) }
    @inlinable package static var noSubscriptionExisted: Self { Self(0x11) }
    @inlinable package static var continueAuthentication: Self { Self(0x18) }
    @inlinable package static var reauthenticate: Self { Self(0x19) }
    @inlinable package static var unspecifiedError: Self { Self(0x80) }
    @inlinable package static var malformedPacket: Self { Self(0x81) }
    @inlinable package static var protocolError: Self { Self(0x82) }
    @inlinable package static var implementationSpecificError: Self { Self(0x83) }
    @inlinable package static var unsupportedProtocolVersion: Self { Self(0x84) }
    @inlinable package static var clientIdentifierNotValid: Self { Self(0x85) }
    @inlinable package static var badUserNameOrPassword: Self { Self(0x86) }
    @inlinable package static var notAuthorized: Self { Self(0x87) }
    @inlinable package static var serverUnavailable: Self { Self(0x88) }
    @inlinable package static var serverBusy: Self { Self(0x89) }
    @inlinable package static var banned: Self { Self(0x8A) }
    @inlinable package static var serverShuttingDown: Self { Self(0x8B) }
    @inlinable package static var badAuthenticationMethod: Self { Self(0x8C) }
    @inlinable package static var keepAliveTimeout: Self { Self(0x8D) }
    @inlinable package static var sessionTakenOver: Self { Self(0x8E) }
    @inlinable package static var topicFilterInvalid: Self { Self(0x8F) }
    @inlinable package static var topicNameInvalid: Self { Self(0x90) }
    @inlinable package static var packetIdentifierInUse: Self { Self(0x91) }
    @inlinable package static var packetIdentifierNotFound: Self { Self(0x92) }
    @inlinable package static var receiveMaximumExceeded: Self { Self(0x93) }
    @inlinable package static var topicAliasInvalid: Self { Self(0x94) }
    @inlinable package static var packetTooLarge: Self { Self(0x95) }
    @inlinable package static var messageRateTooHigh: Self { Self(0x96) }
    @inlinable package static var quotaExceeded: Self { Self(0x97) }
    @inlinable package static var administrativeAction: Self { Self(0x98) }
    @inlinable package static var payloadFormatInvalid: Self { Self(0x99) }
    @inlinable package static var retainNotSupported: Self { Self(0x9A) }
    @inlinable package static var qosNotSupported: Self { Self(0x9B) }
    @inlinable package static var useAnotherServer: Self { Self(0x9C) }
    @inlinable package static var serverMoved: Self { Self(0x9D) }
    @inlinable package static var sharedSubscriptionsNotSupported: Self { Self(0x9E) }
    @inlinable package static var connectionRateExceeded: Self { Self(0x9F) }
    @inlinable package static var maximumConnectTime: Self { Self(0xA0) }
    @inlinable package static var subscriptionIdentifiersNotSupported: Self { Self(0xA1) }
    @inlinable package static var wildcardSubscriptionsNotSupported: Self { Self(0xA2) }
}

extension MQTTReasonCode {
    /// The return code of a 3.1 or 3.1.1 CONNACK; nil where none fits, and the connection is closed without one.
    ///
    /// There are only five refusals: 1 protocol level, 2 identifier, 3 server unavailable, 4 user name or password,
    /// 5 not authorized. A CONNECT that is against the rules in another way has none.
    ///
    /// Source: MQTT 3.1.1 §3.2.2.3 [MQTT-3.1.4-1] [MQTT-3.2.2-6].
    package var v3ConnackCode: UInt8? {
        guard self.isError else { return 0 }
        return switch self {
        case .unsupportedProtocolVersion: 1
        case .clientIdentifierNotValid: 2
        case .serverUnavailable, .serverBusy, .serverShuttingDown, .quotaExceeded, .connectionRateExceeded,
            .useAnotherServer, .serverMoved, .unspecifiedError, .implementationSpecificError:
            3
        case .badUserNameOrPassword: 4
        case .notAuthorized, .banned, .badAuthenticationMethod: 5
        default: nil
        }
    }

    /// The reason that a 3.1 or 3.1.1 CONNACK's return code stands for; nil for the codes it reserves.
    package init?(v3ConnackCode code: UInt8) {
        switch code {
        case 0: self = .success
        case 1: self = .unsupportedProtocolVersion
        case 2: self = .clientIdentifierNotValid
        case 3: self = .serverUnavailable
        case 4: self = .badUserNameOrPassword
        case 5: self = .notAuthorized
        default: return nil
        }
    }
}

extension MQTTReasonCode: CustomStringConvertible {
    /// The specification's name of the code; 0x00 is `Success` in every packet.
    @usableFromInline package var description: String {
        switch self {
        case .success: "Success"
        case .grantedQoS1: "Granted QoS 1"
        case .grantedQoS2: "Granted QoS 2"
        case .disconnectWithWill: "Disconnect with Will Message"
        case .noMatchingSubscribers: "No matching subscribers"
        case .noSubscriptionExisted: "No subscription existed"
        case .continueAuthentication: "Continue authentication"
        case .reauthenticate: "Re-authenticate"
        case .unspecifiedError: "Unspecified error"
        case .malformedPacket: "Malformed Packet"
        case .protocolError: "Protocol Error"
        case .implementationSpecificError: "Implementation specific error"
        case .unsupportedProtocolVersion: "Unsupported Protocol Version"
        case .clientIdentifierNotValid: "Client Identifier not valid"
        case .badUserNameOrPassword: "Bad User Name or Password"
        case .notAuthorized: "Not authorized"
        case .serverUnavailable: "Server unavailable"
        case .serverBusy: "Server busy"
        case .banned: "Banned"
        case .serverShuttingDown: "Server shutting down"
        case .badAuthenticationMethod: "Bad authentication method"
        case .keepAliveTimeout: "Keep Alive timeout"
        case .sessionTakenOver: "Session taken over"
        case .topicFilterInvalid: "Topic Filter invalid"
        case .topicNameInvalid: "Topic Name invalid"
        case .packetIdentifierInUse: "Packet Identifier in use"
        case .packetIdentifierNotFound: "Packet Identifier not found"
        case .receiveMaximumExceeded: "Receive Maximum exceeded"
        case .topicAliasInvalid: "Topic Alias invalid"
        case .packetTooLarge: "Packet too large"
        case .messageRateTooHigh: "Message rate too high"
        case .quotaExceeded: "Quota exceeded"
        case .administrativeAction: "Administrative action"
        case .payloadFormatInvalid: "Payload format invalid"
        case .retainNotSupported: "Retain not supported"
        case .qosNotSupported: "QoS not supported"
        case .useAnotherServer: "Use another server"
        case .serverMoved: "Server moved"
        case .sharedSubscriptionsNotSupported: "Shared Subscriptions not supported"
        case .connectionRateExceeded: "Connection rate exceeded"
        case .maximumConnectTime: "Maximum connect time"
        case .subscriptionIdentifiersNotSupported: "Subscription Identifiers not supported"
        case .wildcardSubscriptionsNotSupported: "Wildcard Subscriptions not supported"
        default: "Reason code 0x\(String(self.rawValue, radix: 16, uppercase: true))"
        }
    }
}
