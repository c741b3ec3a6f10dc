import Bytes
import Core
import MQTTWire
import Machine

extension MQTTConnection {
    /// A PUBLISH of an open connection.
    ///
    /// - Returns: False when it cannot go yet, because a link is full; nothing has happened then, and it is offered again.
    @inline(__always)
    func receivedPublish(_ typeAndFlags: UInt8, _ body: Span<UInt8>, _ packet: PacketBlock?) throws(MQTTDecodeError) -> Bool {
        let fields = try PublishFields(typeAndFlags, body, self.version)
        if fields.properties.isEmpty, !fields.topic.isEmpty {
            let payload = body.extracting(fields.payload)
            return try self.route(
                MessageView(
                    topic: body.extracting(fields.topic),
                    header: body.extracting(fields.properties),
                    payload: payload,
                    qos: fields.qos,
                    retain: fields.retain
                ),
                fields,
                packet.map { StoredParts($0, topic: fields.topic, header: fields.properties, payload: fields.payload) }
            )
        }
        return try self.receivedPublishWithProperties(fields, body, packet)
    }

    /// A topic alias, or properties of which some are ours and the rest travels on.
    @inline(never)
    private func receivedPublishWithProperties(
        _ fields: PublishFields,
        _ body: Span<UInt8>,
        _ packet: PacketBlock?
    ) throws(MQTTDecodeError) -> Bool {
        let properties = try PublishProperties(body.extracting(fields.properties))
        var expiry: UInt64 = 0
        if let seconds = properties.messageExpiryInterval { expiry = max(1, self.shard.now + UInt64(seconds) * 1_000) }
        let topic = try self.resolve(properties.topicAlias, body.extracting(fields.topic))
        let payload = body.extracting(fields.payload)
        let forwarded = properties.forwarded
        if topic == nil, forwarded == nil {
            return try self.route(
                MessageView(
                    topic: body.extracting(fields.topic),
                    header: body.extracting(fields.properties),
                    payload: payload,
                    qos: fields.qos,
                    retain: fields.retain,
                    expiry: expiry
                ),
                fields,
                packet.map { StoredParts($0, topic: fields.topic, header: fields.properties, payload: fields.payload) }
            )
        }
        let name = topic ?? body.extracting(fields.topic).copied()
        let header = forwarded ?? body.extracting(fields.properties).copied()
        return try self.route(
            MessageView(
                topic: name.span,
                header: header.span,
                payload: payload,
                qos: fields.qos,
                retain: fields.retain,
                expiry: expiry
            ),
            fields,
            nil
        )
    }

    /// - Returns: The topic that an alias stands for; nil when the packet names its own.
    private func resolve(_ alias: UInt16, _ topic: Span<UInt8>) throws(MQTTDecodeError) -> [UInt8]? {
        if alias == 0 {
            if topic.isEmpty { throw .protocolError("PUBLISH without a topic or an alias") }
            return nil
        }
        guard alias <= self.server.settings.topicAliasMaximum else {
            throw .invalidTopicAlias("alias \(alias), the maximum is \(self.server.settings.topicAliasMaximum)")
        }
        if topic.isEmpty {
            guard let known = self.inboundAliases[alias] else { throw .protocolError("topic alias \(alias) was never set") }
            return known
        }
        self.inboundAliases[alias] = topic.copied()
        return nil
    }

    /// Checks, stores what is retained, delivers, and answers.
    @inline(__always)
    private func route(
        _ view: consuming MessageView,
        _ fields: PublishFields,
        _ parts: StoredParts?
    ) throws(MQTTDecodeError) -> Bool {
        var message = view
        guard let session = self.session else { return true }
        message.origin = session.address
        message.namespace = session.namespace
        guard let route = self.shard.route(message.topic, in: session.namespace, hint: &self.routeHint) else {
            throw .invalidTopicName("a PUBLISH's topic is empty, has a wildcard, or is no MQTT string")
        }
        if self.shard.isBlocked(route) {
            self.shard.waitForLink(self.id)
            return false
        }
        self.shard.counters.add(.messagesReceived)
        self.shard.counters.add(.bytesReceived, message.payload.count)
        self.line.pointee.messagesReceived &+= 1
        self.line.pointee.bytesReceived &+= UInt64(message.payload.count)
        if message.payload.count > self.server.settings.maxMessageSize {
            throw .packetTooLarge(bytes: message.payload.count, limit: self.server.settings.maxMessageSize)
        }
        if fields.qos > 0 {
            if fields.qos > self.server.settings.maxQoS { throw .qosNotSupported(fields.qos) }
            if try !self.accept(fields, session) { return true }
        }
        guard self.mayPublish(message.topic) else {
            self.acknowledge(fields, .notAuthorized, nil)
            return true
        }
        let stored = parts.map { $0.message(message) }
        var refusal: MQTTReasonCode?
        if message.retain { refusal = self.retain(message, stored) }
        let outcome = self.shard.publish(message, along: route, stored: stored)
        if fields.qos > 0 {
            let reason = refusal ?? (outcome.hasSubscribers || message.retain ? .success : .noMatchingSubscribers)
            self.acknowledge(fields, reason, self.shard.receipt(for: outcome, retained: message.retain))
        }
        return true
    }

    /// The client's side of the receive maximum, and QoS 2's promise to route once.
    ///
    /// - Returns: False when this message was routed before.
    @inline(__always)
    private func accept(_ fields: PublishFields, _ session: MQTTSession) throws(MQTTDecodeError) -> Bool {
        if fields.qos == 2, session.received.contains(fields.packetID) {
            self.acknowledge(fields, .success, nil)
            return false
        }
        if self.owed.publishes + session.received.count >= self.server.settings.maxInflight, self.version == .v5 {
            throw .receiveMaximumExceeded(self.server.settings.maxInflight)
        }
        if fields.qos == 2 {
            _ = session.received.insert(fields.packetID)
            if session.isKept { self.shard.store(.journal) }
        }
        return true
    }

    @inline(__always)
    private func acknowledge(_ fields: PublishFields, _ reason: MQTTReasonCode, _ receipt: Receipt?) {
        if fields.qos == 0 { return }
        // A refused QoS 2 message ends here: its identifier is free again.
        if fields.qos == 2, reason.isError { _ = self.session?.received.remove(fields.packetID) }
        let type: UInt8 = fields.qos == 1 ? 0x40 : 0x50
        if receipt == nil, self.owed.isEmpty { return self.sendAcknowledgement(type, fields.packetID, reason) }
        var packet = [type, 2, UInt8(fields.packetID >> 8), UInt8(fields.packetID & 255)]
        if self.version == .v5, reason != .success {
            packet[1] = 3
            packet.append(reason.rawValue)
        }
        self.owe(packet, receipt, true)
    }

    /// Source: MQTT 5.0 §4.3.3.
    func receivedPubrel(_ packetID: UInt16) {
        guard let session = self.session else { return }
        let wasKnown = session.received.remove(packetID)
        if session.isKept { self.shard.store(.journal) }
        let reason: MQTTReasonCode = wasKnown ? .success : .packetIdentifierNotFound
        if self.owed.isEmpty { return self.sendAcknowledgement(0x70, packetID, reason) }
        self.owe(MQTTAcknowledgement(type: .pubcomp, packetID: packetID, reason: reason).encoded(self.version), nil, false)
    }

    /// Asked once for as long as the publisher stays with its topic and the rules stay as they are.
    @inline(__always)
    private func mayPublish(_ topic: Span<UInt8>) -> Bool {
        if self.allowedRoute == self.routeHint, self.allowedGeneration == self.server.authorizer.generation { return true }
        return self.askToPublish(topic)
    }

    @inline(never) private func askToPublish(_ topic: Span<UInt8>) -> Bool {
        let generation = self.server.authorizer.generation
        guard self.server.authorizer.allows(.publish, topic.copied(), for: self.identity) else { return false }
        self.allowedRoute = self.routeHint
        self.allowedGeneration = generation
        return true
    }

    // MARK: Retained

    /// - Returns: Why it was not retained.
    private func retain(_ message: borrowing MessageView, _ stored: StoredMessage?) -> MQTTReasonCode? {
        self.shard.store(.state)
        return self.server.retain(message, stored) ? nil : .quotaExceeded
    }
}

/// The parts of a message inside the block that its packet was read into.
struct StoredParts {
    private let packet: PacketBlock
    private let topic: Range<Int>
    private let header: Range<Int>
    private let payload: Range<Int>

    init(_ packet: PacketBlock, topic: Range<Int>, header: Range<Int>, payload: Range<Int>) {
        self.packet = packet
        self.topic = topic
        self.header = header
        self.payload = payload
    }

    func message(_ view: borrowing MessageView) -> StoredMessage {
        func shifted(_ range: Range<Int>) -> Range<Int> {
            (range.lowerBound + self.packet.body)..<(range.upperBound + self.packet.body)
        }
        return StoredMessage(
            block: self.packet.block,
            topic: shifted(self.topic),
            header: shifted(self.header),
            payload: shifted(self.payload),
            like: view
        )
    }
}
