/// What sender and receiver promise each other about one message. Source: MQTT 5.0 §4.3.
public enum MQTTQoS: UInt8, Sendable, CaseIterable {
    /// Sent once, and not repeated.
    case atMostOnce = 0
    /// Acknowledged, and perhaps received more than once.
    case atLeastOnce = 1
    /// Acknowledged in two steps, and received once.
    case exactlyOnce = 2
}

/// One name and value of an application; a message may have several of one name. Source: MQTT 5.0 §3.3.2.3.7.
public struct MQTTUserProperty: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What MQTT 5.0 says about a message beside its payload. MQTT 3.1.1 can carry none of it.
///
/// Source: MQTT 5.0 §3.3.2.3.
public struct MQTTMessageProperties: Equatable, Sendable {
    public var contentType: String?
    /// Where an answer is expected; a topic without wildcards.
    public var responseTopic: String?
    /// What the answer carries back, so that the asker knows what it answers.
    public var correlationData: [UInt8]?
    /// Seconds until a copy that was not delivered is discarded.
    public var expirySeconds: UInt32?
    /// Says that the payload is UTF-8; nil says nothing.
    public var payloadIsUTF8: Bool?
    /// Order and duplicates are kept.
    public var userProperties: [MQTTUserProperty]

    public init(
        contentType: String? = nil,
        responseTopic: String? = nil,
        correlationData: [UInt8]? = nil,
        expirySeconds: UInt32? = nil,
        payloadIsUTF8: Bool? = nil,
        userProperties: [MQTTUserProperty] = []
    ) {
        self.contentType = contentType
        self.responseTopic = responseTopic
        self.correlationData = correlationData
        self.expirySeconds = expirySeconds
        self.payloadIsUTF8 = payloadIsUTF8
        self.userProperties = userProperties
    }

    public var isEmpty: Bool { self == MQTTMessageProperties() }
}

/// A message as an application publishes it.
public struct MQTTMessage: Equatable, Sendable {
    /// 1...65,535 bytes of UTF-8 without `+`, `#` and U+0000.
    public var topic: String
    /// The broker's maximum packet size bounds it, 256 MiB at most.
    public var payload: [UInt8]
    public var qos: MQTTQoS
    /// Whether the broker keeps it for later subscribers; an empty payload removes what is kept.
    public var retain: Bool
    public var properties: MQTTMessageProperties

    public init(
        topic: String,
        payload: [UInt8] = [],
        qos: MQTTQoS = .atMostOnce,
        retain: Bool = false,
        properties: MQTTMessageProperties = MQTTMessageProperties()
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = properties
    }
}

/// A message as a broker delivered it.
public struct MQTTDelivery: Equatable, Sendable {
    /// `retain` says that the broker kept it, not that it keeps it now; `qos` is that of the delivery.
    public var message: MQTTMessage
    /// The broker has sent it before, perhaps on an earlier connection.
    public var isDuplicate: Bool
    /// Those of the subscriptions that matched, where they have one.
    public var subscriptionIdentifiers: [UInt32]

    public init(message: MQTTMessage, isDuplicate: Bool = false, subscriptionIdentifiers: [UInt32] = []) {
        self.message = message
        self.isDuplicate = isDuplicate
        self.subscriptionIdentifiers = subscriptionIdentifiers
    }
}
