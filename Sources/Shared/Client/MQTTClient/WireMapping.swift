import MQTTWire

extension MQTTProtocolVersion {
    var wire: MQTTVersion { self == .v5 ? .v5 : .v3_1_1 }
}

extension MQTTMessage {
    /// Why the message cannot be written in the version; nil when it can.
    ///
    /// The codec takes values that fit their fields, so what an application made up is looked at here.
    func problem(in version: MQTTProtocolVersion, limits: MQTTConnectionInfo) -> MQTTClientError? {
        let topic = self.topic.utf8
        if topic.isEmpty { return .invalid("the topic is empty") }
        if topic.count > 65_535 { return .invalid("the topic has \(topic.count) bytes, and 65,535 is the most") }
        if topic.contains(where: { $0 == 0 || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) {
            return .invalid("a topic to publish to contains no '+', '#' and U+0000")
        }
        if version == .v311, !self.properties.isEmpty { return .unsupported("MQTT 3.1.1 has no message properties") }
        if self.qos.rawValue > limits.maximumQoS.rawValue {
            return .unsupported("the broker takes no messages above QoS \(limits.maximumQoS.rawValue)")
        }
        if self.retain, !limits.retainAvailable { return .unsupported("the broker keeps no retained messages") }
        if let problem = self.properties.problem { return problem }
        let size = topic.count + self.payload.count + self.properties.bytes
        return size > 268_435_000 ? .packetTooLarge(bytes: size, limit: 268_435_455) : nil
    }

    func wire(packetID: UInt16?, dup: Bool) -> MQTTPublish {
        MQTTPublish(
            topic: Array(self.topic.utf8),
            payload: self.payload,
            qos: self.qos.rawValue,
            packetID: packetID,
            retain: self.retain,
            dup: dup,
            properties: self.properties.wire
        )
    }
}

extension MQTTMessageProperties {
    fileprivate var problem: MQTTClientError? {
        let fields = [
            ("content type", self.contentType?.utf8.count), ("response topic", self.responseTopic?.utf8.count),
            ("correlation data", self.correlationData?.count),
        ]
        for (name, count) in fields where count ?? 0 > 65_535 {
            return .invalid("the \(name) has \(count ?? 0) bytes, and 65,535 is the most")
        }
        if let topic = self.responseTopic, topic.isEmpty || topic.contains(where: { "+#\0".contains($0) }) {
            return .invalid("the response topic is a topic without '+' and '#'")
        }
        if self.contentType?.utf8.contains(0) == true { return .invalid("the content type contains U+0000") }
        return self.userProperties.lazy.compactMap(\.problem).first
    }

    /// An upper bound of what the properties take on the wire.
    fileprivate var bytes: Int {
        let user = self.userProperties.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 5 }
        return user + (self.contentType?.utf8.count ?? 0) + (self.responseTopic?.utf8.count ?? 0)
            + (self.correlationData?.count ?? 0) + 32
    }

    var wire: MQTTProperties {
        var wire = MQTTProperties()
        if self.isEmpty { return wire }
        wire.contentType = self.contentType
        wire.responseTopic = self.responseTopic
        wire.correlationData = self.correlationData
        wire.messageExpiryInterval = self.expirySeconds
        wire.payloadFormatIndicator = self.payloadIsUTF8.map { $0 ? 1 : 0 }
        wire.userProperties = self.userProperties.map { MQTTWire.MQTTUserProperty(name: $0.name, value: $0.value) }
        return wire
    }

    init(_ wire: MQTTProperties) {
        self.init()
        if wire.isEmpty { return }
        self.contentType = wire.contentType
        self.responseTopic = wire.responseTopic
        self.correlationData = wire.correlationData
        self.expirySeconds = wire.messageExpiryInterval
        self.payloadIsUTF8 = wire.payloadFormatIndicator.map { $0 == 1 }
        self.userProperties = wire.userProperties.map { MQTTUserProperty($0.name, $0.value) }
    }
}

extension MQTTUserProperty {
    var problem: MQTTClientError? {
        for text in [self.name, self.value] {
            if text.utf8.count > 65_535 {
                return .invalid("a user property has \(text.utf8.count) bytes, and 65,535 is the most")
            }
            if text.utf8.contains(0) { return .invalid("a user property contains U+0000") }
        }
        return nil
    }
}

extension MQTTClientConfiguration {
    /// Why no CONNECT can be made of it; nil when one can.
    var problem: MQTTClientError? {
        if self.host.isEmpty { return .invalid("the host is empty") }
        if let path = self.webSocketPath, !path.hasPrefix("/") || !path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return .invalid("a WebSocket's path begins with / and has no spaces: \(path)")
        }
        if let tls, tls.keyFile != nil, tls.certificateFile == nil {
            return .invalid("a private key without the certificate that it belongs to")
        }
        if self.receiveMaximum == 0 { return .invalid("the receive maximum is 0") }
        for (name, count) in [
            ("client id", self.clientID.utf8.count), ("user name", self.username?.utf8.count ?? 0),
            ("password", self.password?.count ?? 0),
        ] where count > 65_535 { return .invalid("the \(name) has \(count) bytes, and 65,535 is the most") }
        if self.clientID.utf8.contains(0) { return .invalid("the client id contains U+0000") }
        if let problem = self.userProperties.lazy.compactMap(\.problem).first { return problem }
        if let will = self.lastWill {
            if will.message.payload.count > 65_535 { return .invalid("a will carries at most 65,535 bytes") }
            if let problem = will.message.problem(in: self.version, limits: MQTTConnectionInfo()) { return problem }
        }
        guard self.version == .v311 else { return nil }
        if self.password != nil, self.username == nil {
            return .unsupported("MQTT 3.1.1 has no password without a user name")
        }
        if self.sessionExpirySeconds != 0 { return .unsupported("MQTT 3.1.1 has no session expiry") }
        if self.lastWill.map({ $0.delaySeconds != 0 }) == true { return .unsupported("MQTT 3.1.1 has no will delay") }
        if !self.userProperties.isEmpty { return .unsupported("MQTT 3.1.1 has no user properties") }
        if self.clientID.isEmpty, !self.cleanStart {
            return .unsupported("MQTT 3.1.1 keeps no session without a client id")
        }
        return nil
    }

    /// - Parameter cleanStart: That of the configuration for the first connection only; later ones want their session back.
    func wire(cleanStart: Bool, clientID: String) -> MQTTConnect {
        var properties = MQTTProperties()
        if self.version == .v5 {
            properties.sessionExpiryInterval = self.sessionExpirySeconds == 0 ? nil : self.sessionExpirySeconds
            properties.receiveMaximum = self.receiveMaximum
            properties.maximumPacketSize = UInt32(clamping: self.maximumPacketSize)
            properties.topicAliasMaximum = ClientMachine.topicAliasMaximum
            properties.userProperties = self.userProperties.map {
                MQTTWire.MQTTUserProperty(name: $0.name, value: $0.value)
            }
        }
        let will = self.lastWill.map { will in
            var properties = will.message.properties.wire
            if will.delaySeconds > 0 { properties.willDelayInterval = will.delaySeconds }
            return MQTTWill(
                topic: Array(will.message.topic.utf8),
                payload: will.message.payload,
                qos: will.message.qos.rawValue,
                retain: will.message.retain,
                properties: properties
            )
        }
        return MQTTConnect(
            version: self.version.wire,
            cleanStart: cleanStart,
            keepAlive: self.keepAliveSeconds,
            clientID: clientID,
            will: will,
            username: self.username,
            password: self.password,
            properties: properties
        )
    }
}

extension MQTTFilter {
    /// Why it cannot be subscribed to; nil when it can. Whether the wildcards are in their places is for the broker to say.
    func problem(in version: MQTTProtocolVersion, limits: MQTTConnectionInfo) -> MQTTClientError? {
        let bytes = self.topicFilter.utf8
        if bytes.isEmpty || bytes.count > 65_535 { return .invalid("a topic filter has 1 to 65,535 bytes") }
        if bytes.contains(0) { return .invalid("a topic filter contains no U+0000") }
        if version == .v311, self.noLocal || self.retainAsPublished || self.retained != .always {
            return .unsupported("MQTT 3.1.1 has no subscription options")
        }
        let isShared = self.topicFilter.hasPrefix("$share/")
        if isShared, self.noLocal {
            return .invalid("a shared subscription cannot leave out the client's own messages")
        }
        if isShared, !limits.sharedSubscriptionsAvailable {
            return .unsupported("the broker has no shared subscriptions")
        }
        if !limits.wildcardSubscriptionsAvailable,
            bytes.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") })
        {
            return .unsupported("the broker has no subscriptions with wildcards")
        }
        return nil
    }

    var wire: MQTTSubscription {
        MQTTSubscription(
            filter: Array(self.topicFilter.utf8),
            qos: self.qos.rawValue,
            noLocal: self.noLocal,
            retainAsPublished: self.retainAsPublished,
            retainHandling: self.retained.rawValue
        )
    }
}
