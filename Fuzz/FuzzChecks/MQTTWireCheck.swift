import MQTTWire
import Topics

/// Reads bytes as an MQTT peer's stream and traps when a promise of the codec does not hold.
///
/// The first byte chooses the version. What decodes must decode to the same value after it was written again.
package func fuzzMQTTWire(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let version = MQTTVersion.allCases[Int(first) % MQTTVersion.allCases.count]
    let stream = bytes.span.extracting(1..<bytes.count)
    var index = 0
    while let header = try? mqttFrameHeader(in: stream, at: index), header.totalLength <= stream.count - index {
        let body = stream.extracting((index + header.headerLength)..<(index + header.totalLength))
        index += header.totalLength
        checkTopics(body)
        _ = MQTTConnect.protocolLevel(in: body)
        let packet = try? MQTTPacket.decode(header, body, version: version)
        if header.type == .publish { checkFields(header, body, version, packet) }
        if let packet { checkRoundTrip(packet, version) }
    }
}

/// The broker reads a PUBLISH in place and never as a value: both readers must see the same.
private func checkFields(_ header: MQTTFrameHeader, _ body: Span<UInt8>, _ version: MQTTVersion, _ packet: MQTTPacket?)
{
    guard let fields = try? PublishFields(header.typeAndFlags, body, version) else {
        precondition(packet == nil, "a PUBLISH is refused in place that is a packet")
        return
    }
    let properties = try? PublishProperties(body.extracting(fields.properties))
    guard case .publish(let publish) = packet else { return }  // its topic or properties are checked later in place
    precondition(fields.qos == publish.qos && fields.retain == publish.retain, "flags are read differently in place")
    precondition(fields.packetID == publish.packetID ?? 0, "a packet identifier is read differently in place")
    precondition(copy(body, fields.topic) == publish.topic, "a topic is read differently in place")
    precondition(copy(body, fields.payload) == publish.payload, "a payload is read differently in place")
    // Only a server may send subscription identifiers.
    guard version == .v5, publish.properties.subscriptionIdentifiers.isEmpty else { return }
    precondition(properties != nil, "properties are refused in place that are good")
    precondition(properties?.topicAlias == publish.properties.topicAlias ?? 0, "an alias is read differently in place")
    precondition(
        properties?.messageExpiryInterval == publish.properties.messageExpiryInterval,
        "an expiry is read differently in place"
    )
}

private func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] { range.map { bytes[$0] } }

private func checkRoundTrip(_ packet: MQTTPacket, _ version: MQTTVersion) {
    let written = packet.encoded(version)
    guard let header = try? mqttFrameHeader(in: written.span, at: 0), header.totalLength == written.count else {
        preconditionFailure("a packet was written with another length than it has")
    }
    let body = written.span.extracting(header.headerLength..<written.count)
    let again = try? MQTTPacket.decode(header, body, version: version)
    precondition(again == packet, "a packet is another one after it was written and read again")
}

private func checkTopics(_ bytes: Span<UInt8>) {
    let copy = (0..<bytes.count).map { bytes[$0] }
    let isString = String(validating: copy, as: UTF8.self) != nil && !copy.contains(0)
    precondition(isValidMQTTString(bytes) == isString, "the standard library disagrees on what UTF-8 is")
    let hasWildcard = copy.contains(UInt8(ascii: "+")) || copy.contains(UInt8(ascii: "#"))
    let isName = isString && !hasWildcard && !copy.isEmpty && copy.count <= 65_535
    precondition(TopicName.isValid(bytes) == isName, "a topic name is judged wrongly")
    if isName {
        precondition(topicMatches(filter: bytes, topic: bytes), "a topic does not match itself")
        precondition(TopicFilter.literalPrefix(of: bytes) == 0..<bytes.count, "a topic is not its own literal prefix")
    }
    switch SharedFilter.parse(bytes) {
    case .plain: precondition(TopicFilter.isValid(bytes), "a plain filter is not valid")
    case .shared(let group, let filter):
        precondition(!group.isEmpty, "a shared subscription has no group")
        precondition(TopicFilter.isValid(bytes.extracting(filter)), "a shared filter is not valid")
    case .invalid: break
    }
}
