extension MQTTReasonCode {
    /// Whether a packet of this type may carry the code, by either side. Source: MQTT 5.0 §2.4, table 2-6.
    package func isAllowed(in type: MQTTPacketType) -> Bool {
        switch type {
        case .connack: Self.inConnack.contains(self)
        case .puback, .pubrec: Self.inPuback.contains(self)
        case .pubrel, .pubcomp: self == .success || self == .packetIdentifierNotFound
        case .suback: Self.inSuback.contains(self)
        case .unsuback: Self.inUnsuback.contains(self)
        case .disconnect: Self.inDisconnect.contains(self)
        case .auth: self == .success || self == .continueAuthentication || self == .reauthenticate
        case .connect, .publish, .subscribe, .unsubscribe, .pingreq, .pingresp: false
        }
    }

    private static let inConnack: Set<Self> = [
        .success, .unspecifiedError, .malformedPacket, .protocolError, .implementationSpecificError,
        .unsupportedProtocolVersion, .clientIdentifierNotValid, .badUserNameOrPassword, .notAuthorized,
        .serverUnavailable, .serverBusy, .banned, .badAuthenticationMethod, .topicNameInvalid, .packetTooLarge,
        .quotaExceeded, .payloadFormatInvalid, .retainNotSupported, .qosNotSupported, .useAnotherServer, .serverMoved,
        .connectionRateExceeded,
    ]

    private static let inPuback: Set<Self> = [
        .success, .noMatchingSubscribers, .unspecifiedError, .implementationSpecificError, .notAuthorized,
        .topicNameInvalid, .packetIdentifierInUse, .quotaExceeded, .payloadFormatInvalid,
    ]

    private static let inSuback: Set<Self> = [
        .grantedQoS0, .grantedQoS1, .grantedQoS2, .unspecifiedError, .implementationSpecificError, .notAuthorized,
        .topicFilterInvalid, .packetIdentifierInUse, .quotaExceeded, .sharedSubscriptionsNotSupported,
        .subscriptionIdentifiersNotSupported, .wildcardSubscriptionsNotSupported,
    ]

    private static let inUnsuback: Set<Self> = [
        .success, .noSubscriptionExisted, .unspecifiedError, .implementationSpecificError, .notAuthorized,
        .topicFilterInvalid, .packetIdentifierInUse,
    ]

    private static let inDisconnect: Set<Self> = [
        .normalDisconnection, .disconnectWithWill, .unspecifiedError, .malformedPacket, .protocolError,
        .implementationSpecificError, .notAuthorized, .serverBusy, .serverShuttingDown, .badAuthenticationMethod,
        .keepAliveTimeout, .sessionTakenOver, .topicFilterInvalid, .topicNameInvalid, .receiveMaximumExceeded,
        .topicAliasInvalid, .packetTooLarge, .messageRateTooHigh, .quotaExceeded, .administrativeAction,
        .payloadFormatInvalid, .retainNotSupported, .qosNotSupported, .useAnotherServer, .serverMoved,
        .sharedSubscriptionsNotSupported, .connectionRateExceeded, .maximumConnectTime,
        .subscriptionIdentifiersNotSupported, .wildcardSubscriptionsNotSupported,
    ]
}
