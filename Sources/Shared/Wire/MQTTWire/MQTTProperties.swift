/// One name and value of an application. Source: MQTT 5.0 §3.3.2.3.7.
package struct MQTTUserProperty: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Every property of every packet; which of them a packet may have is ``MQTTPropertyContext``'s.
///
/// Nil means that the property is absent, whatever default the specification then names.
///
/// Source: MQTT 5.0 §2.2.2.2.
package struct MQTTProperties: Equatable, Sendable {
    // The message, in PUBLISH and in a will.
    /// 0 bytes of any kind, 1 UTF-8.
    package var payloadFormatIndicator: UInt8?
    /// Seconds.
    package var messageExpiryInterval: UInt32?
    package var contentType: String?
    package var responseTopic: String?
    package var correlationData: [UInt8]?
    /// 1...268_435_455; in a SUBSCRIBE at most one, in a PUBLISH one per subscription that matched.
    package var subscriptionIdentifiers: [UInt32] = []
    package var topicAlias: UInt16?
    /// Seconds; in a will only.
    package var willDelayInterval: UInt32?

    // The session and its limits, in CONNECT, CONNACK and DISCONNECT.
    /// Seconds; 0xFFFF_FFFF never expires.
    package var sessionExpiryInterval: UInt32?
    package var assignedClientIdentifier: String?
    /// Seconds.
    package var serverKeepAlive: UInt16?
    package var receiveMaximum: UInt16?
    package var topicAliasMaximum: UInt16?
    /// Bytes of a whole packet.
    package var maximumPacketSize: UInt32?
    /// 0 or 1; absent means 2.
    package var maximumQoS: UInt8?
    package var retainAvailable: Bool?
    package var wildcardSubscriptionAvailable: Bool?
    package var subscriptionIdentifierAvailable: Bool?
    package var sharedSubscriptionAvailable: Bool?
    package var requestProblemInformation: Bool?
    package var requestResponseInformation: Bool?
    package var responseInformation: String?
    package var serverReference: String?

    // Authentication, in CONNECT, CONNACK and AUTH.
    package var authenticationMethod: String?
    package var authenticationData: [UInt8]?

    // Anywhere, or in every answer.
    package var reasonString: String?
    /// Order and duplicates are kept.
    package var userProperties: [MQTTUserProperty] = []

    package init() {}

    package var isEmpty: Bool { self == MQTTProperties() }
}

/// Where properties stand: a packet type, or the will inside a CONNECT.
package enum MQTTPropertyContext: UInt8, Sendable, CaseIterable {
    case connect
    case will
    case connack
    case publish
    case puback
    case pubrec
    case pubrel
    case pubcomp
    case subscribe
    case suback
    case unsubscribe
    case unsuback
    case disconnect
    case auth
}

/// Source: MQTT 5.0 §2.2.2.2, table 2-4.
package enum MQTTPropertyID: UInt8, Sendable, CaseIterable {
    case payloadFormatIndicator = 0x01
    case messageExpiryInterval = 0x02
    case contentType = 0x03
    case responseTopic = 0x08
    case correlationData = 0x09
    case subscriptionIdentifier = 0x0B
    case sessionExpiryInterval = 0x11
    case assignedClientIdentifier = 0x12
    case serverKeepAlive = 0x13
    case authenticationMethod = 0x15
    case authenticationData = 0x16
    case requestProblemInformation = 0x17
    case willDelayInterval = 0x18
    case requestResponseInformation = 0x19
    case responseInformation = 0x1A
    case serverReference = 0x1C
    case reasonString = 0x1F
    case receiveMaximum = 0x21
    case topicAliasMaximum = 0x22
    case topicAlias = 0x23
    case maximumQoS = 0x24
    case retainAvailable = 0x25
    case userProperty = 0x26
    case maximumPacketSize = 0x27
    case wildcardSubscriptionAvailable = 0x28
    case subscriptionIdentifierAvailable = 0x29
    case sharedSubscriptionAvailable = 0x2A

    /// Whether the property may stand there at all.
    package func isAllowed(in context: MQTTPropertyContext) -> Bool {
        switch self {
        case .payloadFormatIndicator, .messageExpiryInterval, .contentType, .responseTopic, .correlationData:
            context == .publish || context == .will
        case .willDelayInterval: context == .will
        case .topicAlias: context == .publish
        case .subscriptionIdentifier: context == .publish || context == .subscribe
        case .sessionExpiryInterval: context == .connect || context == .connack || context == .disconnect
        case .receiveMaximum, .topicAliasMaximum, .maximumPacketSize: context == .connect || context == .connack
        case .requestProblemInformation, .requestResponseInformation: context == .connect
        case .authenticationMethod, .authenticationData: context == .connect || context == .connack || context == .auth
        case .assignedClientIdentifier, .serverKeepAlive, .responseInformation, .maximumQoS, .retainAvailable,
            .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable, .sharedSubscriptionAvailable:
            context == .connack
        case .serverReference: context == .connack || context == .disconnect
        case .reasonString:
            switch context {
            case .connect, .will, .publish, .subscribe, .unsubscribe: false
            default: true
            }
        case .userProperty: true
        }
    }
}
