import Bytes
import Topics

/// The message that is published for a client that vanishes. Source: MQTT 5.0 §3.1.2.5, §3.1.3.2.
package struct MQTTWill: Equatable, Sendable {
    package var topic: [UInt8]
    package var payload: [UInt8]
    /// 0...2.
    package var qos: UInt8
    package var retain: Bool
    package var properties: MQTTProperties

    package init(
        topic: [UInt8],
        payload: [UInt8],
        qos: UInt8 = 0,
        retain: Bool = false,
        properties: MQTTProperties = MQTTProperties()
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = properties
    }
}

/// A client's first packet. Source: MQTT 5.0 §3.1.
package struct MQTTConnect: Equatable, Sendable {
    package var version: MQTTVersion
    /// 3.1 and 3.1.1 call it clean session.
    package var cleanStart: Bool
    /// Seconds; 0 is none.
    package var keepAlive: UInt16
    /// Empty when the server is to choose one.
    package var clientID: String
    package var will: MQTTWill?
    package var username: String?
    package var password: [UInt8]?
    package var properties: MQTTProperties

    package init(
        version: MQTTVersion = .v5,
        cleanStart: Bool = true,
        keepAlive: UInt16 = 60,
        clientID: String,
        will: MQTTWill? = nil,
        username: String? = nil,
        password: [UInt8]? = nil,
        properties: MQTTProperties = MQTTProperties()
    ) {
        self.version = version
        self.cleanStart = cleanStart
        self.keepAlive = keepAlive
        self.clientID = clientID
        self.will = will
        self.username = username
        self.password = password
        self.properties = properties
    }

    /// The level that a CONNECT names, so that a refusal can be written as its sender reads it; nil when the body is too short.
    package static func protocolLevel(in body: Span<UInt8>) -> UInt8? {
        var reader = ByteReader(body)
        guard reader.readLengthPrefixedRange() != nil else { return nil }
        return reader.readUInt8()
    }

    /// Reads the body of a CONNECT of whatever version it names.
    package static func decode(_ body: Span<UInt8>) throws(MQTTDecodeError) -> MQTTConnect {
        var reader = ByteReader(body)
        let version = try MQTTConnect.version(&reader)
        let flags = try ConnectFlags(reader.byte("the connect flags"), version: version)
        let keepAlive = try reader.uint16("the keep alive")
        let properties = version == .v5 ? try MQTTProperties.decode(&reader, for: .connect) : MQTTProperties()
        let clientID = try reader.string("the client identifier")
        if clientID.isEmpty {
            // Only who is forgotten anyway may be nameless before 5.0. Source: MQTT 3.1.1 §3.1.3.1 [MQTT-3.1.3-7], MQTT 3.1 §3.1.
            if version == .v3_1 { throw .invalidClientID("it is empty") }
            if version == .v3_1_1, !flags.cleanStart {
                throw .invalidClientID("it is empty and the session is to be kept")
            }
        }
        let will = flags.hasWill ? try MQTTConnect.will(&reader, flags, version) : nil
        let username = flags.hasUsername ? try reader.string("the user name") : nil
        let password = flags.hasPassword ? try reader.binary("the password") : nil
        try reader.expectEnd(of: .connect)
        return MQTTConnect(
            version: version,
            cleanStart: flags.cleanStart,
            keepAlive: keepAlive,
            clientID: clientID,
            will: will,
            username: username,
            password: password,
            properties: properties
        )
    }

    private static func version(_ reader: inout ByteReader) throws(MQTTDecodeError) -> MQTTVersion {
        let name = try reader.string("the protocol name")
        let level = try reader.byte("the protocol level")
        switch (name, level) {
        case ("MQIsdp", 3): return .v3_1
        case ("MQTT", 4): return .v3_1_1
        case ("MQTT", 5): return .v5
        default: throw .unsupportedVersion(name: name, level: level)
        }
    }

    private static func will(
        _ reader: inout ByteReader,
        _ flags: ConnectFlags,
        _ version: MQTTVersion
    ) throws(MQTTDecodeError) -> MQTTWill {
        let properties = version == .v5 ? try MQTTProperties.decode(&reader, for: .will) : MQTTProperties()
        let topic = try reader.stringBytes("the will topic")
        guard TopicName.isValid(topic.span) else {
            throw .invalidTopicName("the will topic is empty or has a wildcard")
        }
        let payload = try reader.binary("the will payload")
        return MQTTWill(
            topic: topic,
            payload: payload,
            qos: flags.willQoS,
            retain: flags.willRetain,
            properties: properties
        )
    }

    /// The whole packet, in the form of ``version``.
    package func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body.append(lengthPrefixed: self.version == .v3_1 ? "MQIsdp" : "MQTT")
        body.append(self.version.rawValue)
        var flags = self.cleanStart ? ConnectFlags.cleanStart : 0
        if let will = self.will {
            flags |= ConnectFlags.will | will.qos << 3 | (will.retain ? ConnectFlags.willRetain : 0)
        }
        if self.username != nil { flags |= ConnectFlags.username }
        if self.password != nil { flags |= ConnectFlags.password }
        body.append(flags)
        body.append(bigEndian: self.keepAlive)
        if self.version == .v5 { self.properties.encode(into: &body) }
        body.append(lengthPrefixed: self.clientID)
        if let will = self.will {
            if self.version == .v5 { will.properties.encode(into: &body) }
            body.append(lengthPrefixed: will.topic)
            body.append(lengthPrefixed: will.payload)
        }
        if let username = self.username { body.append(lengthPrefixed: username) }
        if let password = self.password { body.append(lengthPrefixed: password) }
        return packet(MQTTPacketType.connect.firstByte, body)
    }
}

/// Source: MQTT 5.0 §3.1.2.3.
private struct ConnectFlags {
    static let cleanStart: UInt8 = 0x02
    static let will: UInt8 = 0x04
    static let willRetain: UInt8 = 0x20
    static let password: UInt8 = 0x40
    static let username: UInt8 = 0x80

    let bits: UInt8
    var cleanStart: Bool { self.bits & Self.cleanStart != 0 }
    var hasWill: Bool { self.bits & Self.will != 0 }
    var willQoS: UInt8 { self.bits >> 3 & 3 }
    var willRetain: Bool { self.bits & Self.willRetain != 0 }
    var hasPassword: Bool { self.bits & Self.password != 0 }
    var hasUsername: Bool { self.bits & Self.username != 0 }

    init(_ bits: UInt8, version: MQTTVersion) throws(MQTTDecodeError) {
        self.bits = bits
        if bits & 1 != 0 { throw .malformed("the reserved connect flag is set") }
        if self.willQoS == 3 { throw .malformed("the will has QoS 3") }
        if !self.hasWill, self.willQoS != 0 || self.willRetain {
            throw .malformed("will QoS or will retain without a will")
        }
        if version != .v5, self.hasPassword, !self.hasUsername { throw .malformed("a password without a user name") }
    }
}
