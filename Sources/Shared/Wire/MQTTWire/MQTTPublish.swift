import Bytes
import Topics

/// A message, as clients and tests have it; the server's hot path reads the same bytes in place. Source: MQTT 5.0 §3.3.
package struct MQTTPublish: Equatable, Sendable {
    /// The packet may have been sent before.
    package var dup: Bool
    /// 0...2.
    package var qos: UInt8
    package var retain: Bool
    /// Empty only when a topic alias stands for it.
    package var topic: [UInt8]
    /// Nil at QoS 0, and only there.
    package var packetID: UInt16?
    package var properties: MQTTProperties
    package var payload: [UInt8]

    package init(
        topic: [UInt8],
        payload: [UInt8],
        qos: UInt8 = 0,
        packetID: UInt16? = nil,
        retain: Bool = false,
        dup: Bool = false,
        properties: MQTTProperties = MQTTProperties()
    ) {
        self.dup = dup
        self.qos = qos
        self.retain = retain
        self.topic = topic
        self.packetID = packetID
        self.properties = properties
        self.payload = payload
    }

    /// - Parameter flags: The first byte of the packet; its type is not looked at.
    package static func decode(
        _ body: Span<UInt8>,
        version: MQTTVersion,
        flags: UInt8
    ) throws(MQTTDecodeError) -> MQTTPublish {
        try validateFlags(MQTTPacketType.publish.firstByte | (flags & 0x0F))
        var reader = ByteReader(body)
        var message = MQTTPublish(topic: [], payload: [])
        message.dup = flags & 0x08 != 0
        message.qos = flags >> 1 & 3
        message.retain = flags & 0x01 != 0
        message.topic = try reader.stringBytes("the topic name")
        if message.qos > 0 { message.packetID = try reader.packetID() }
        if version == .v5 { message.properties = try MQTTProperties.decode(&reader, for: .publish) }
        if message.topic.isEmpty {
            // Source: MQTT 5.0 §3.3.2.1.
            if version != .v5 { throw .invalidTopicName("it is empty") }
            if message.properties.topicAlias == nil { throw .protocolError("neither a topic name nor a topic alias") }
        } else if !TopicName.isValid(message.topic.span) {
            throw .invalidTopicName("it contains a wildcard")  // [MQTT-3.3.2-2]
        }
        if let payload = reader.readBytes(count: reader.remaining) { message.payload = payload.copied() }
        return message
    }

    package func encoded(_ version: MQTTVersion) -> [UInt8] {
        precondition(
            (self.qos > 0) == (self.packetID != nil),
            "a packet identifier goes with QoS 1 and 2, and only there"
        )
        var body: [UInt8] = []
        body.reserveCapacity(self.topic.count + self.payload.count + 16)
        body.append(lengthPrefixed: self.topic)
        if let packetID = self.packetID { body.append(bigEndian: packetID) }
        if version == .v5 { self.properties.encode(into: &body) }
        body.append(contentsOf: self.payload)
        let flags = (self.dup ? 0x08 : 0) | self.qos << 1 | (self.retain ? 0x01 : 0)
        return packet(MQTTPacketType.publish.firstByte | flags, body)
    }
}
