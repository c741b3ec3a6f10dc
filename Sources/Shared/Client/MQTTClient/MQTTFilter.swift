/// What to subscribe to, and how its messages are to come. Source: MQTT 5.0 §3.8.3.1.
public struct MQTTFilter: Equatable, Sendable {
    /// When a subscription brings the messages that the broker keeps.
    public enum RetainedMessages: UInt8, Sendable {
        case always = 0
        /// Only if the session did not have the subscription.
        case ifNew = 1
        case never = 2
    }

    /// `sensors/+/temperature`, `sensors/#`, `$share/group/sensors/#`.
    public var topicFilter: String
    /// The highest that messages come at.
    public var qos: MQTTQoS
    /// Leaves out what this client publishes. MQTT 5.0 only.
    public var noLocal: Bool
    /// Keeps the retain flag as the publisher set it. MQTT 5.0 only.
    public var retainAsPublished: Bool
    /// Other than `.always` is MQTT 5.0 only.
    public var retained: RetainedMessages

    public init(
        _ topicFilter: String,
        qos: MQTTQoS = .atMostOnce,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retained: RetainedMessages = .always
    ) {
        self.topicFilter = topicFilter
        self.qos = qos
        self.noLocal = noLocal
        self.retainAsPublished = retainAsPublished
        self.retained = retained
    }
}

/// What a request to subscribe says beside its filters. MQTT 5.0 only. Source: MQTT 5.0 §3.8.2.1.
struct MQTTSubscribeProperties: Equatable, Sendable {
    /// 1...268,435,455; comes back with each delivery of these filters.
    var identifier: UInt32?
    /// For the broker; FluxMQ takes `consumer-group` and the like for queues. Order and duplicates are kept.
    var userProperties: [MQTTUserProperty]

    init(identifier: UInt32? = nil, userProperties: [MQTTUserProperty] = []) {
        self.identifier = identifier
        self.userProperties = userProperties
    }
}

/// What became of one filter of a subscription.
public enum MQTTSubscribeOutcome: Equatable, Sendable {
    /// The highest QoS that messages will come at, perhaps lower than asked for.
    case granted(MQTTQoS)
    case refused(MQTTReason)
}

/// What became of a published message.
public struct MQTTPublishReceipt: Equatable, Sendable {
    /// Success, or `No matching subscribers` where the broker says so.
    public var reason: MQTTReason
    /// From sending to the last acknowledgement; nil at QoS 0, which has none.
    public var roundTrip: Duration?
}
