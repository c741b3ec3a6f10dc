import Bytes
import Testing

@testable import MQTTWire

/// Bytes from hexadecimal digits; what stands between single quotes is text: `00 04 'MQTT' 05`.
func hex(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, part) in text.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
        if index % 2 == 1 {
            bytes += part.utf8
            continue
        }
        let digits = part.filter { $0 != " " }.compactMap(\.hexDigitValue)
        for pair in stride(from: 0, to: digits.count, by: 2) {
            bytes.append(UInt8(digits[pair] << 4 | digits[pair + 1]))
        }
    }
    return bytes
}

// `#expect` cannot look into calls that take a span; these take what a span is made of.

func header(of bytes: some Sequence<UInt8>, at start: Int = 0) throws(MQTTDecodeError) -> MQTTFrameHeader? {
    try mqttFrameHeader(in: Array(bytes).span, at: start)
}

func level(of digits: String) -> UInt8? { MQTTConnect.protocolLevel(in: hex(digits).span) }
func connect(_ digits: String) throws(MQTTDecodeError) -> MQTTConnect { try MQTTConnect.decode(hex(digits).span) }

func properties(_ bytes: some Sequence<UInt8>, _ context: MQTTPropertyContext) throws(MQTTDecodeError) -> MQTTProperties
{
    let copy = Array(bytes)
    var reader = ByteReader(copy.span)
    let properties = try MQTTProperties.decode(&reader, for: context)
    if !reader.isAtEnd { throw .malformed("bytes are left") }
    return properties
}

/// Decodes one whole packet.
func decode(_ bytes: [UInt8], _ version: MQTTVersion) throws(MQTTDecodeError) -> MQTTPacket {
    guard let header = try mqttFrameHeader(in: bytes.span, at: 0), header.totalLength == bytes.count else {
        throw .malformed("the row's length is wrong")
    }
    return try MQTTPacket.decode(header, bytes.span.extracting(header.headerLength..<bytes.count), version: version)
}

/// Decodes a body under the first byte that is given.
func decode(first: UInt8, body: [UInt8], _ version: MQTTVersion) throws(MQTTDecodeError) -> MQTTPacket {
    try decode(packet(first, body), version)
}

/// One packet that is to be refused.
struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let version: MQTTVersion
    let first: UInt8
    let body: [UInt8]
    let reason: MQTTReasonCode

    init(_ name: String, _ version: MQTTVersion, _ first: UInt8, _ body: String, _ reason: MQTTReasonCode) {
        self.name = name
        self.version = version
        self.first = first
        self.body = hex(body)
        self.reason = reason
    }

    var testDescription: String { self.name }

    func check() {
        do {
            let packet = try decode(first: self.first, body: self.body, self.version)
            Issue.record("taken for \(packet)")
        } catch {
            #expect(error.reasonCode == self.reason, "\(error)")
        }
    }
}

/// Every property that the context allows, each with a value of its own.
func allProperties(in context: MQTTPropertyContext) -> MQTTProperties {
    var properties = MQTTProperties()
    for id in MQTTPropertyID.allCases where id.isAllowed(in: context) {
        switch id {
        case .payloadFormatIndicator: properties.payloadFormatIndicator = 1
        case .messageExpiryInterval: properties.messageExpiryInterval = 0x0102_0304
        case .contentType: properties.contentType = "text/plain"
        case .responseTopic: properties.responseTopic = "answers/ä"
        case .correlationData: properties.correlationData = [0, 0xFF]
        case .subscriptionIdentifier:
            properties.subscriptionIdentifiers = context == .publish ? [1, 268_435_455, 1] : [128]
        case .sessionExpiryInterval: properties.sessionExpiryInterval = .max
        case .assignedClientIdentifier: properties.assignedClientIdentifier = "auto-1"
        case .serverKeepAlive: properties.serverKeepAlive = 0
        case .authenticationMethod: properties.authenticationMethod = "SCRAM-SHA-256"
        case .authenticationData: properties.authenticationData = []
        case .requestProblemInformation: properties.requestProblemInformation = false
        case .willDelayInterval: properties.willDelayInterval = 5
        case .requestResponseInformation: properties.requestResponseInformation = true
        case .responseInformation: properties.responseInformation = "answers/"
        case .serverReference: properties.serverReference = "other:1883"
        case .reasonString: properties.reasonString = "because"
        case .receiveMaximum: properties.receiveMaximum = 65_535
        case .topicAliasMaximum: properties.topicAliasMaximum = 0
        case .topicAlias: properties.topicAlias = 1
        case .maximumQoS: properties.maximumQoS = 1
        case .retainAvailable: properties.retainAvailable = false
        case .userProperty:
            properties.userProperties = [
                MQTTUserProperty(name: "b", value: "1"), MQTTUserProperty(name: "a", value: ""),
                MQTTUserProperty(name: "b", value: "1"),
            ]
        case .maximumPacketSize: properties.maximumPacketSize = 1
        case .wildcardSubscriptionAvailable: properties.wildcardSubscriptionAvailable = true
        case .subscriptionIdentifierAvailable: properties.subscriptionIdentifierAvailable = false
        case .sharedSubscriptionAvailable: properties.sharedSubscriptionAvailable = true
        }
    }
    return properties
}

/// A packet of every type with all that it can hold, in a form that the version has.
func fullPackets(_ version: MQTTVersion) -> [MQTTPacket] {
    func properties(_ context: MQTTPropertyContext) -> MQTTProperties {
        version == .v5 ? allProperties(in: context) : MQTTProperties()
    }
    let isV5 = version == .v5
    var packets: [MQTTPacket] = [
        .connect(
            MQTTConnect(
                version: version,
                cleanStart: false,
                keepAlive: 300,
                clientID: "gerät-1",
                will: MQTTWill(
                    topic: Array("will".utf8),
                    payload: [0, 1],
                    qos: 2,
                    retain: true,
                    properties: properties(.will)
                ),
                username: "user",
                password: [0xFF, 0],
                properties: properties(.connect)
            )
        ),
        .connect(MQTTConnect(version: version, clientID: "a")),
        .connack(MQTTConnack(sessionPresent: version != .v3_1, reason: .success, properties: properties(.connack))),
        .connack(MQTTConnack(reason: .notAuthorized)),
        .publish(MQTTPublish(topic: Array("a/b".utf8), payload: [])),
        .publish(
            MQTTPublish(
                topic: Array("a/b".utf8),
                payload: Array(0...255),
                qos: 2,
                packetID: 65_535,
                retain: true,
                dup: true,
                properties: properties(.publish)
            )
        ),
        .subscribe(
            MQTTSubscribe(
                packetID: 1,
                filters: [
                    MQTTSubscription(
                        filter: Array("a/#".utf8),
                        qos: 2,
                        noLocal: isV5,
                        retainAsPublished: isV5,
                        retainHandling: isV5 ? 2 : 0
                    ),
                    MQTTSubscription(filter: Array("$share/g/+".utf8), qos: 0),
                ],
                properties: properties(.subscribe)
            )
        ),
        .suback(
            MQTTSuback(
                packetID: 1,
                reasons: [.grantedQoS2, .unspecifiedError, .success],
                properties: properties(.suback)
            )
        ),
        .unsubscribe(
            MQTTUnsubscribe(
                packetID: 2,
                filters: [Array("a/#".utf8), Array("b".utf8)],
                properties: properties(.unsubscribe)
            )
        ),
        .unsuback(
            MQTTUnsuback(
                packetID: 2,
                reasons: isV5 ? [.success, .noSubscriptionExisted] : [],
                properties: properties(.unsuback)
            )
        ),
        .pingreq, .pingresp,
        .disconnect(MQTTDisconnect()),
    ]
    let acknowledgements: [(MQTTPacketType, MQTTPropertyContext, MQTTReasonCode)] = [
        (.puback, .puback, .noMatchingSubscribers), (.pubrec, .pubrec, .quotaExceeded),
        (.pubrel, .pubrel, .packetIdentifierNotFound), (.pubcomp, .pubcomp, .packetIdentifierNotFound),
    ]
    for (type, context, reason) in acknowledgements {
        packets.append(.acknowledgement(MQTTAcknowledgement(type: type, packetID: 7)))
        guard isV5 else { continue }
        packets.append(.acknowledgement(MQTTAcknowledgement(type: type, packetID: 7, reason: reason)))
        packets.append(
            .acknowledgement(
                MQTTAcknowledgement(type: type, packetID: 7, reason: reason, properties: properties(context))
            )
        )
    }
    if isV5 {
        packets.append(.disconnect(MQTTDisconnect(reason: .sessionTakenOver, properties: properties(.disconnect))))
        packets.append(.auth(MQTTAuth()))
        packets.append(.auth(MQTTAuth(reason: .continueAuthentication, properties: properties(.auth))))
    }
    return packets
}
