public import Bytes
import Topics

/// Where the parts of a PUBLISH lie in its body: the hot path's form, read in place and never a value with bytes of its own.
///
/// Source: MQTT 5.0 §3.3.
@usableFromInline
package struct PublishFields {
    @usableFromInline package var qos: UInt8
    @usableFromInline package var isDuplicate: Bool
    @usableFromInline package var retain: Bool
    @usableFromInline package var topic: Range<Int>
    /// 0 at QoS 0.
    @usableFromInline package var packetID: UInt16
    /// The properties without their length; empty before 5.0.
    @usableFromInline package var properties: Range<Int>
    @usableFromInline package var payload: Range<Int>

    /// - Throws: `.malformed` for what ends too early, QoS 3, DUP at QoS 0, or a property length that is longer than needed;
    ///   `.protocolError` for a packet identifier of 0. The topic is not looked at: a cache knows most of them.
    @inlinable @inline(__always)
    package init(_ typeAndFlags: UInt8, _ body: Span<UInt8>, _ version: MQTTVersion) throws(MQTTDecodeError) {
        let qos = typeAndFlags >> 1 & 3
        self.qos = qos
        self.isDuplicate = typeAndFlags & 8 != 0
        self.retain = typeAndFlags & 1 != 0
        if qos == 3 || typeAndFlags & 0b1110 == 0b1000 { throw PublishFields.badFlags(typeAndFlags) }
        var reader = ByteReader(body)
        guard let topic = reader.readLengthPrefixedRange() else { throw PublishFields.short("topic name") }
        self.topic = topic
        if qos > 0 {
            guard let packetID = reader.readUInt16() else { throw PublishFields.short("packet identifier") }
            if packetID == 0 { throw .protocolError("the packet identifier is 0") }
            self.packetID = packetID
        } else {
            self.packetID = 0
        }
        if version == .v5, reader.remaining > 0, body[reader.index] == 0 {
            // No properties: what most publishes have.
            self.properties = (reader.index + 1)..<(reader.index + 1)
            self.payload = (reader.index + 1)..<body.count
        } else if version == .v5 {
            guard let length = try variableByteInteger(in: body, at: reader.index) else {
                throw PublishFields.short("property length")
            }
            if length.width > variableByteIntegerWidth(length.value) { throw PublishFields.padded }
            let start = reader.index + length.width
            guard start + length.value <= body.count else { throw PublishFields.short("properties") }
            self.properties = start..<(start + length.value)
            self.payload = (start + length.value)..<body.count
        } else {
            self.properties = reader.index..<reader.index
            self.payload = reader.index..<body.count
        }
    }

    @usableFromInline static func short(_ what: String) -> MQTTDecodeError {
        .malformed("PUBLISH ends inside its \(what)")
    }

    /// Source: [MQTT-1.5.5-1].
    @usableFromInline static var padded: MQTTDecodeError {
        .malformed("the property length is written longer than needed")
    }

    @usableFromInline static func badFlags(_ typeAndFlags: UInt8) -> MQTTDecodeError {
        do throws(MQTTDecodeError) { try validateFlags(typeAndFlags) } catch { return error }
        return .malformed("reserved flags are set in the fixed header of PUBLISH")
    }
}

/// What a server has to know of a PUBLISH's properties; the rest travels on as bytes.
///
/// Source: MQTT 5.0 §3.3.2.3.
package struct PublishProperties: Equatable {
    /// 0 when the packet has none.
    package var topicAlias: UInt16 = 0
    /// Seconds.
    package var messageExpiryInterval: UInt32?
    /// The properties that go to subscribers unaltered [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17], as the
    /// packet has them; nil when that is all of its properties, in one piece.
    package var forwarded: [UInt8]?

    /// - Throws: what the specification says of a property that a client may not send, has twice, or that is malformed.
    package init(_ bytes: Span<UInt8>) throws(MQTTDecodeError) {
        var reader = ByteReader(bytes)
        var seen: UInt64 = 0
        var kept: [Range<Int>] = []
        var hasOwn = false
        while !reader.isAtEnd {
            let start = reader.index
            guard let number = reader.readUInt8() else { break }
            guard let property = MQTTPropertyID(rawValue: number) else {
                throw .malformed("property \(number) is not one of MQTT 5")
            }
            if property != .userProperty {
                if seen & (1 << UInt64(number)) != 0 { throw .protocolError("\(property) stands twice") }
                seen |= 1 << UInt64(number)
            }
            switch property {
            case .payloadFormatIndicator:
                guard let value = reader.readUInt8() else { throw Self.short }
                if value > 1 { throw .protocolError("payload format indicator \(value)") }
            case .messageExpiryInterval:
                guard let value = reader.readUInt32() else { throw Self.short }
                self.messageExpiryInterval = value
                hasOwn = true
                continue
            case .topicAlias:
                guard let value = reader.readUInt16() else { throw Self.short }
                // [MQTT-3.3.2-8]; what is above the maximum, the caller refuses with the same reason.
                if value == 0 { throw .invalidTopicAlias("alias 0") }
                self.topicAlias = value
                hasOwn = true
                continue
            case .responseTopic:
                guard let value = reader.readLengthPrefixed() else { throw Self.short }
                if !isValidMQTTString(value) { throw .malformed("the response topic is no MQTT string") }
                if !TopicName.isValid(value) { throw .protocolError("the response topic is no topic name") }
            case .contentType:
                guard let value = reader.readLengthPrefixed() else { throw Self.short }
                if !isValidMQTTString(value) { throw .malformed("the content type is no MQTT string") }
            case .correlationData:
                guard reader.readLengthPrefixedRange() != nil else { throw Self.short }
            case .userProperty:
                guard let name = reader.readLengthPrefixed(), let value = reader.readLengthPrefixed() else {
                    throw Self.short
                }
                if !isValidMQTTString(name) || !isValidMQTTString(value) {
                    throw .malformed("a user property is no MQTT string")
                }
            case .subscriptionIdentifier:
                throw .protocolError("a client's PUBLISH has a subscription identifier")  // [MQTT-3.3.4-6]
            default: throw .malformed("\(property) is not a property of PUBLISH")  // §2.2.2.2
            }
            kept.append(start..<reader.index)
        }
        if hasOwn {
            var copy: [UInt8] = []
            for range in kept { copy += bytes.extracting(range).copied() }
            self.forwarded = copy
        }
    }

    private static var short: MQTTDecodeError { .malformed("a property of PUBLISH ends too early") }
}

/// One PUBLISH on its way out, prepared so that writing it is one pass and one check of room.
package struct PublishEncoding {
    package var qos: UInt8 = 0
    package var isDuplicate = false
    package var retain = false
    package var packetID: UInt16 = 0
    package var version = MQTTVersion.v5
    /// 0 for none.
    package var topicAlias: UInt16 = 0
    /// The topic was sent under its alias before, so its name can stay away.
    package var omitsTopic = false
    /// Seconds that are left.
    package var expiry: UInt32?
    /// Zero for none: most have at most one.
    package var identifier: UInt32 = 0
    package var moreIdentifiers: [UInt32] = []

    @inlinable package init() {}

    /// Bytes of the properties, without their own length.
    package func propertyBytes(_ forwarded: Int) -> Int {
        if self.version != .v5 { return 0 }
        var bytes = forwarded
        if self.topicAlias != 0 { bytes += 3 }
        if self.expiry != nil { bytes += 5 }
        if self.identifier != 0 { bytes += 1 + variableByteIntegerWidth(Int(self.identifier)) }
        for identifier in self.moreIdentifiers { bytes += 1 + variableByteIntegerWidth(Int(identifier)) }
        return bytes
    }

    /// Bytes of the whole packet.
    package func packetBytes(topic: Int, forwarded: Int, payload: Int) -> Int {
        let remaining = self.remainingBytes(topic: topic, properties: self.propertyBytes(forwarded), payload: payload)
        return 1 + variableByteIntegerWidth(remaining) + remaining
    }

    @inline(__always) private func remainingBytes(topic: Int, properties: Int, payload: Int) -> Int {
        2 + (self.omitsTopic ? 0 : topic) + (self.qos > 0 ? 2 : 0)
            + (self.version == .v5 ? variableByteIntegerWidth(properties) + properties : 0) + payload
    }

    /// Everything but the payload, of which `payload` bytes follow.
    package func writeHead(_ writer: inout PacketWriter, topic: Span<UInt8>, forwarded: Span<UInt8>, payload: Int) {
        let properties = self.propertyBytes(forwarded.count)
        writer.write(0x30 | (self.isDuplicate ? 8 : 0) | self.qos << 1 | (self.retain ? 1 : 0))
        writer.write(
            variableByteInteger: self.remainingBytes(topic: topic.count, properties: properties, payload: payload)
        )
        if self.omitsTopic {
            writer.write(bigEndian: UInt16(0))
        } else {
            writer.write(bigEndian: UInt16(truncatingIfNeeded: topic.count))
            writer.write(topic)
        }
        if self.qos > 0 { writer.write(bigEndian: self.packetID) }
        guard self.version == .v5 else { return }
        writer.write(variableByteInteger: properties)
        if self.topicAlias != 0 {
            writer.write(MQTTPropertyID.topicAlias.rawValue)
            writer.write(bigEndian: self.topicAlias)
        }
        if let expiry = self.expiry {
            writer.write(MQTTPropertyID.messageExpiryInterval.rawValue)
            writer.write(bigEndian: expiry)
        }
        if self.identifier != 0 { Self.write(self.identifier, &writer) }
        for identifier in self.moreIdentifiers { Self.write(identifier, &writer) }
        writer.write(forwarded)
    }

    private static func write(_ identifier: UInt32, _ writer: inout PacketWriter) {
        writer.write(MQTTPropertyID.subscriptionIdentifier.rawValue)
        writer.write(variableByteInteger: Int(identifier))
    }
}

/// Bytes that a value takes as a variable byte integer. Source: MQTT 5.0 §1.5.5.
@inlinable @inline(__always)
package func variableByteIntegerWidth(_ value: Int) -> Int {
    value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4
}
