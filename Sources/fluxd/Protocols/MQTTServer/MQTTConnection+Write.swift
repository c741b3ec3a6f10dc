import Bytes
import Core
import MQTTWire
import Machine

extension MQTTConnection {
    /// Whether a message can go out as ``writePlain(_:retain:packetID:qos:)`` writes it: with no property that is this
    /// subscriber's own.
    @inline(__always)
    func takesPlain(_ message: borrowing MessageView, _ identifier: UInt32) -> Bool {
        message.payload.count < MQTTConnection.referenceThreshold && self.maximumPacketSize == .max
            && (self.version != .v5 || (message.expiry == 0 && identifier == 0 && !self.hasAliases))
    }

    /// The fan-out's form of PUBLISH: topic, header and payload as they came, one check of room.
    @inline(__always)
    func writePlain(_ message: borrowing MessageView, retain: Bool, packetID: UInt16, qos: UInt8) {
        let isV5 = self.version == .v5
        let header = isV5 ? message.header.count : 0
        let properties = isV5 ? variableByteIntegerWidth(header) + header : 0
        let remaining = 2 + message.topic.count + (qos > 0 ? 2 : 0) + properties + message.payload.count
        let topic = message.topic
        let payload = message.payload
        let forwarded = message.header
        self.output.append(upTo: remaining + 5) { packet in
            packet.write(0x30 | qos << 1 | (retain ? 1 : 0))
            packet.write(variableByteInteger: remaining)
            packet.write(bigEndian: UInt16(truncatingIfNeeded: topic.count))
            packet.write(topic)
            if qos > 0 { packet.write(bigEndian: packetID) }
            if isV5 {
                packet.write(variableByteInteger: header)
                if header > 0 { packet.write(forwarded) }
            }
            packet.write(payload)
        }
        self.sent(message.payload.count)
    }

    /// Every other PUBLISH.
    ///
    /// - Returns: False when the client does not take packets of that size: the message is dropped, and counted.
    @discardableResult
    func write(_ message: borrowing MessageView, _ encoding: inout PublishEncoding, _ identifiers: [UInt32]) -> Bool {
        encoding.version = self.version
        let isV5 = self.version == .v5
        if isV5 {
            if message.expiry != 0 {
                let left = message.expiry > self.shard.now ? message.expiry - self.shard.now : 0
                encoding.expiry = UInt32(min((left + 999) / 1_000, UInt64(UInt32.max)))
            }
            encoding.identifier = identifiers.first ?? 0
            if identifiers.count > 1 { encoding.moreIdentifiers = Array(identifiers.dropFirst()) }
            if let aliases = self.outboundAliases, message.topic.count > 3 {
                let alias = aliases.find(message.topic)
                encoding.topicAlias = alias.number
                encoding.omitsTopic = alias.isKnown
            }
        }
        let forwarded = isV5 ? message.header : message.header.extracting(first: 0)
        let payload = message.payload.count
        let size = encoding.packetBytes(topic: message.topic.count, forwarded: forwarded.count, payload: payload)
        if size > self.maximumPacketSize {
            // The client never learns of an alias that this packet would have set.
            if encoding.topicAlias != 0, !encoding.omitsTopic { self.outboundAliases?.forgetLast() }
            self.shard.counters.add(.droppedTooLarge)
            self.line.pointee.droppedMessages &+= 1
            return false
        }
        let copy = encoding
        let topic = message.topic
        if payload < MQTTConnection.referenceThreshold {
            let bytes = message.payload
            self.output.append(upTo: size) { packet in
                copy.writeHead(&packet, topic: topic, forwarded: forwarded, payload: payload)
                packet.write(bytes)
            }
        } else {
            self.output.append(upTo: size - payload) { packet in
                copy.writeHead(&packet, topic: topic, forwarded: forwarded, payload: payload)
            }
            let stored = self.shard.storedForm(of: message)
            self.output.append(stored.block, stored.payload)
        }
        self.sent(payload)
        return true
    }

    @inline(__always) private func sent(_ payload: Int) {
        self.counters.add(.messagesSent)
        self.counters.add(.bytesSent, payload)
        self.line.pointee.messagesSent &+= 1
        self.line.pointee.bytesSent &+= UInt64(payload)
        self.markDirty()
    }

    func sendPubrel(_ packetID: UInt16, _ reason: MQTTReasonCode) {
        self.sendAcknowledgement(0x62, packetID, reason)
    }

    /// An answer of four bytes, or six with a reason that an MQTT 5 client can be told.
    @inline(__always)
    func sendAcknowledgement(_ typeAndFlags: UInt8, _ packetID: UInt16, _ reason: MQTTReasonCode) {
        let hasReason = self.version == .v5 && reason != .success
        self.counters.add(.answersSent)
        self.output.append(upTo: 5) { packet in
            packet.write(typeAndFlags)
            packet.write(hasReason ? 3 : 2)
            packet.write(bigEndian: packetID)
            if hasReason { packet.write(reason.rawValue) }
        }
        self.markDirty()
    }
}
