import Bytes
import MQTTWire

/// Messages on their way from the broker. Source: MQTT 5.0 §4.3, §4.9, §3.3.2.3.4.
struct Incoming {
    /// Topics that the broker has given a number, on this connection.
    fileprivate var aliases: [UInt16: [UInt8]] = [:]
    /// At QoS 2: given to the application, PUBREC not sent.
    fileprivate var delivered: Set<UInt16> = []
    /// At QoS 2: PUBREC sent, PUBREL awaited. Part of the session.
    fileprivate var recorded: Set<UInt16> = []

    mutating func connectionBegan() {
        self.aliases = [:]
        // Not acknowledged, so the broker sends them again, and the application has not been given them for good.
        self.delivered = []
    }

    mutating func sessionResumed(_ isPresent: Bool) {
        if !isPresent { self.recorded = [] }
    }
}

extension ClientMachine {
    /// Takes every whole packet at the start of `bytes`.
    ///
    /// - Returns: How many bytes that was; the rest is to be offered again with what follows it.
    mutating func received(_ bytes: Span<UInt8>, now: Instant) -> Int {
        self.heard()
        var index = 0
        while self.phase == .connecting || self.phase == .open {
            do throws(MQTTDecodeError) {
                guard let header = try mqttFrameHeader(in: bytes, at: index) else { return index }
                if header.totalLength > self.configuration.maximumPacketSize {
                    throw .packetTooLarge(bytes: header.totalLength, limit: self.configuration.maximumPacketSize)
                }
                guard bytes.count - index >= header.totalLength else { return index }
                let body = bytes.extracting((index + header.headerLength)..<(index + header.totalLength))
                try self.received(header, body, now: now)
                index += header.totalLength
            } catch {
                self.violated(error.description, error.reasonCode, now: now)
                return bytes.count
            }
        }
        return bytes.count
    }

    private mutating func received(_ header: MQTTFrameHeader, _ body: Span<UInt8>, now: Instant) throws(MQTTDecodeError)
    {
        try validateFlags(header.typeAndFlags)
        guard let type = header.type else { throw .malformed("packet type 0 is reserved") }
        if self.phase == .connecting {
            guard type == .connack else { throw .protocolError("\(type) before CONNACK") }
            return try self.receivedConnack(body, now: now)
        }
        let version = self.wireVersion
        switch type {
        case .publish: try self.received(MQTTPublish.decode(body, version: version, flags: header.flags), now: now)
        case .puback, .pubrec, .pubcomp:
            self.received(try MQTTAcknowledgement.decode(type, body, version: version), now: now)
        case .pubrel: self.receivedPubrel(try MQTTAcknowledgement.decode(type, body, version: version), now: now)
        case .suback: self.received(try MQTTSuback.decode(body, version: version), now: now)
        case .unsuback: self.received(try MQTTUnsuback.decode(body, version: version))
        case .pingresp: try MQTTPing.validate(type, body)
        case .disconnect:
            if version != .v5 { throw .protocolError("DISCONNECT from a broker") }
            let packet = try MQTTDisconnect.decode(body, version: version)
            self.close(.disconnected(MQTTReason(packet.reason), packet.properties.reasonString))
        case .connack, .connect, .subscribe, .unsubscribe, .pingreq, .auth:
            throw .protocolError("\(type) from a broker")
        }
    }

    /// A broker that has never heard of 5.0 answers in 3.1.1's form, two bytes. Source: MQTT 3.1.1 §3.1.2.2, §3.2.2.3.
    private mutating func receivedConnack(_ body: Span<UInt8>, now: Instant) throws(MQTTDecodeError) {
        let isOldForm = self.configuration.version == .v5 && body.count == 2
        let connack = try MQTTConnack.decode(body, version: isOldForm ? .v3_1_1 : self.wireVersion)
        if connack.reason == .success {
            if isOldForm { throw .malformed("CONNACK ends before its properties") }
            self.accepted(connack, now: now)
        } else if connack.reason == .unsupportedProtocolVersion {
            self.close(.versionNotSupported(self.configuration.version))
        } else {
            self.close(.refused(MQTTReason(connack.reason), connack.properties.reasonString))
        }
    }

    private mutating func received(_ packet: MQTTPublish, now: Instant) throws(MQTTDecodeError) {
        let topic = try self.topic(of: packet)
        let qos = MQTTQoS(rawValue: packet.qos) ?? .atMostOnce
        var receipt: IncomingReceipt?
        if let id = packet.packetID {
            if qos == .exactlyOnce, self.incoming.recorded.contains(id) {
                return self.send(MQTTAcknowledgement(type: .pubrec, packetID: id).encoded(self.wireVersion), now: now)
            }
            if qos == .exactlyOnce, !self.incoming.delivered.insert(id).inserted { return }
            // More than the receive maximum is the broker's mistake [MQTT-3.3.4-9], and is taken all the same: Mosquitto
            // 2.0.11 makes it under load, and the inbox bounds what waits here.
            receipt = IncomingReceipt(packetID: id, qos: qos, generation: self.generation)
        }
        let message = MQTTMessage(
            topic: String(decoding: topic, as: UTF8.self),
            payload: packet.payload,
            qos: qos,
            retain: packet.retain,
            properties: MQTTMessageProperties(packet.properties)
        )
        let delivery = MQTTDelivery(
            message: message,
            isDuplicate: packet.dup,
            subscriptionIdentifiers: packet.properties.subscriptionIdentifiers
        )
        self.events.append(.delivered(delivery, receipt))
    }

    private mutating func topic(of packet: MQTTPublish) throws(MQTTDecodeError) -> [UInt8] {
        guard let alias = packet.properties.topicAlias else { return packet.topic }
        if alias > Self.topicAliasMaximum {
            throw .protocolError("topic alias \(alias), and the most is \(Self.topicAliasMaximum)")
        }
        if packet.topic.isEmpty {
            guard let topic = self.incoming.aliases[alias] else {
                throw .protocolError("topic alias \(alias) was never set")
            }
            return topic
        }
        self.incoming.aliases[alias] = packet.topic
        return packet.topic
    }

    /// The application has taken a delivery: the broker is told, unless it was another connection's.
    mutating func taken(_ receipt: IncomingReceipt, now: Instant) {
        guard receipt.generation == self.generation, self.phase == .open else { return }
        if receipt.qos == .exactlyOnce {
            self.incoming.delivered.remove(receipt.packetID)
            self.incoming.recorded.insert(receipt.packetID)
            self.send(
                MQTTAcknowledgement(type: .pubrec, packetID: receipt.packetID).encoded(self.wireVersion),
                now: now
            )
        } else {
            self.send(
                MQTTAcknowledgement(type: .puback, packetID: receipt.packetID).encoded(self.wireVersion),
                now: now
            )
        }
    }

    private mutating func receivedPubrel(_ release: MQTTAcknowledgement, now: Instant) {
        let isKnown = self.incoming.recorded.remove(release.packetID) != nil
        let reason: MQTTReasonCode = isKnown || self.configuration.version != .v5 ? .success : .packetIdentifierNotFound
        self.send(
            MQTTAcknowledgement(type: .pubcomp, packetID: release.packetID, reason: reason).encoded(self.wireVersion),
            now: now
        )
    }
}
