package import Bytes

extension MQTTProperties {
    /// Reads a property length and the properties of that length.
    ///
    /// - Throws: `.malformed` for what is unknown, not allowed in the context, or cut; `.protocolError` for what is there
    ///   twice or has a value that the specification forbids.
    ///
    /// Source: MQTT 5.0 §2.2.2.
    package static func decode(
        _ reader: inout ByteReader,
        for context: MQTTPropertyContext
    ) throws(MQTTDecodeError) -> MQTTProperties {
        var properties = MQTTProperties()
        let length = try reader.variableByteInteger("the property length")
        guard let bytes = reader.readBytes(count: length) else {
            throw .malformed("the property length is beyond the packet")
        }
        var fields = ByteReader(bytes)
        var seen: UInt64 = 0
        while !fields.isAtEnd {
            let number = try fields.byte("a property identifier")
            guard let id = MQTTPropertyID(rawValue: number) else { throw .malformed("property \(number) is unknown") }
            guard id.isAllowed(in: context) else { throw .malformed("\(id) is not a property of \(context)") }
            let bit = UInt64(1) << UInt64(number)
            let mayRepeat = id == .userProperty || (id == .subscriptionIdentifier && context == .publish)
            if seen & bit != 0, !mayRepeat { throw .protocolError("\(id) is there twice") }
            seen |= bit
            try properties.read(id, from: &fields)
        }
        if properties.authenticationData != nil, properties.authenticationMethod == nil {
            throw .protocolError("authentication data without an authentication method")
        }
        return properties
    }

    private mutating func read(_ id: MQTTPropertyID, from fields: inout ByteReader) throws(MQTTDecodeError) {
        switch id {
        case .payloadFormatIndicator:
            self.payloadFormatIndicator = try fields.bit("the payload format indicator") ? 1 : 0
        case .messageExpiryInterval: self.messageExpiryInterval = try fields.uint32("the message expiry interval")
        case .contentType: self.contentType = try fields.string("the content type")
        case .responseTopic: self.responseTopic = try fields.responseTopic()
        case .correlationData: self.correlationData = try fields.binary("the correlation data")
        case .subscriptionIdentifier:
            let value = try fields.variableByteInteger("the subscription identifier")
            if value == 0 { throw .protocolError("the subscription identifier is 0") }
            self.subscriptionIdentifiers.append(UInt32(value))
        case .sessionExpiryInterval: self.sessionExpiryInterval = try fields.uint32("the session expiry interval")
        case .assignedClientIdentifier:
            self.assignedClientIdentifier = try fields.string("the assigned client identifier")
        case .serverKeepAlive: self.serverKeepAlive = try fields.uint16("the server keep alive")
        case .authenticationMethod: self.authenticationMethod = try fields.string("the authentication method")
        case .authenticationData: self.authenticationData = try fields.binary("the authentication data")
        case .requestProblemInformation:
            self.requestProblemInformation = try fields.bit("request problem information")
        case .willDelayInterval: self.willDelayInterval = try fields.uint32("the will delay interval")
        case .requestResponseInformation:
            self.requestResponseInformation = try fields.bit("request response information")
        case .responseInformation: self.responseInformation = try fields.string("the response information")
        case .serverReference: self.serverReference = try fields.string("the server reference")
        case .reasonString: self.reasonString = try fields.string("the reason string")
        case .receiveMaximum: self.receiveMaximum = try fields.positiveUInt16("the receive maximum")
        case .topicAliasMaximum: self.topicAliasMaximum = try fields.uint16("the topic alias maximum")
        case .topicAlias: self.topicAlias = try fields.positiveUInt16("the topic alias")
        case .maximumQoS: self.maximumQoS = try fields.bit("the maximum QoS") ? 1 : 0
        case .retainAvailable: self.retainAvailable = try fields.bit("retain available")
        case .userProperty:
            let name = try fields.string("the name of a user property")
            let value = try fields.string("the value of a user property")
            self.userProperties.append(MQTTUserProperty(name: name, value: value))
        case .maximumPacketSize:
            let value = try fields.uint32("the maximum packet size")
            if value == 0 { throw .protocolError("the maximum packet size is 0") }
            self.maximumPacketSize = value
        case .wildcardSubscriptionAvailable:
            self.wildcardSubscriptionAvailable = try fields.bit("wildcard subscription available")
        case .subscriptionIdentifierAvailable:
            self.subscriptionIdentifierAvailable = try fields.bit("subscription identifier available")
        case .sharedSubscriptionAvailable:
            self.sharedSubscriptionAvailable = try fields.bit("shared subscription available")
        }
    }

    /// Appends the property length and the properties, those of the message first, user properties last.
    package func encode(into output: inout [UInt8]) {
        var fields: [UInt8] = []
        fields.append(.payloadFormatIndicator, self.payloadFormatIndicator)
        fields.append(.messageExpiryInterval, self.messageExpiryInterval)
        fields.append(.contentType, self.contentType)
        fields.append(.responseTopic, self.responseTopic)
        fields.append(.correlationData, self.correlationData)
        for identifier in self.subscriptionIdentifiers {
            fields.append(MQTTPropertyID.subscriptionIdentifier.rawValue)
            fields.append(variableByteInteger: Int(identifier))
        }
        fields.append(.topicAlias, self.topicAlias)
        fields.append(.willDelayInterval, self.willDelayInterval)
        fields.append(.sessionExpiryInterval, self.sessionExpiryInterval)
        fields.append(.assignedClientIdentifier, self.assignedClientIdentifier)
        fields.append(.serverKeepAlive, self.serverKeepAlive)
        fields.append(.receiveMaximum, self.receiveMaximum)
        fields.append(.topicAliasMaximum, self.topicAliasMaximum)
        fields.append(.maximumPacketSize, self.maximumPacketSize)
        fields.append(.maximumQoS, self.maximumQoS)
        fields.append(.retainAvailable, self.retainAvailable)
        fields.append(.wildcardSubscriptionAvailable, self.wildcardSubscriptionAvailable)
        fields.append(.subscriptionIdentifierAvailable, self.subscriptionIdentifierAvailable)
        fields.append(.sharedSubscriptionAvailable, self.sharedSubscriptionAvailable)
        fields.append(.requestProblemInformation, self.requestProblemInformation)
        fields.append(.requestResponseInformation, self.requestResponseInformation)
        fields.append(.responseInformation, self.responseInformation)
        fields.append(.serverReference, self.serverReference)
        fields.append(.authenticationMethod, self.authenticationMethod)
        fields.append(.authenticationData, self.authenticationData)
        fields.append(.reasonString, self.reasonString)
        for property in self.userProperties {
            fields.append(MQTTPropertyID.userProperty.rawValue)
            fields.append(lengthPrefixed: property.name)
            fields.append(lengthPrefixed: property.value)
        }
        output.append(variableByteInteger: fields.count)
        output.append(contentsOf: fields)
    }
}

extension ByteReader {
    fileprivate mutating func bit(_ what: String) throws(MQTTDecodeError) -> Bool {
        let value = try self.byte(what)
        if value > 1 { throw .protocolError("\(what) is \(value), and not 0 or 1") }
        return value == 1
    }

    fileprivate mutating func positiveUInt16(_ what: String) throws(MQTTDecodeError) -> UInt16 {
        let value = try self.uint16(what)
        if value == 0 { throw .protocolError("\(what) is 0") }
        return value
    }

    /// Source: MQTT 5.0 §3.3.2.3.5 [MQTT-3.3.2-14].
    fileprivate mutating func responseTopic() throws(MQTTDecodeError) -> String {
        let topic = try self.string("the response topic")
        if topic.isEmpty { throw .protocolError("the response topic is empty") }
        if topic.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) {
            throw .protocolError("the response topic contains a wildcard")
        }
        return topic
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ id: MQTTPropertyID, _ value: UInt8?) {
        guard let value else { return }
        self.append(id.rawValue)
        self.append(value)
    }

    fileprivate mutating func append(_ id: MQTTPropertyID, _ value: Bool?) {
        guard let value else { return }
        self.append(id.rawValue)
        self.append(value ? 1 : 0)
    }

    fileprivate mutating func append(_ id: MQTTPropertyID, _ value: UInt16?) {
        guard let value else { return }
        self.append(id.rawValue)
        self.append(bigEndian: value)
    }

    fileprivate mutating func append(_ id: MQTTPropertyID, _ value: UInt32?) {
        guard let value else { return }
        self.append(id.rawValue)
        self.append(bigEndian: value)
    }

    fileprivate mutating func append(_ id: MQTTPropertyID, _ value: String?) {
        guard let value else { return }
        self.append(id.rawValue)
        self.append(lengthPrefixed: value)
    }

    fileprivate mutating func append(_ id: MQTTPropertyID, _ value: [UInt8]?) {
        guard let value else { return }
        self.append(id.rawValue)
        self.append(lengthPrefixed: value)
    }
}
