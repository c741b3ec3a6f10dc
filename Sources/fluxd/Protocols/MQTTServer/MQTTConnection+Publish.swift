import Bytes
import Core
import MQTTWire
import Machine
import Topics

extension MQTTConnection {
    /// A PUBLISH of an open connection.
    ///
    /// - Returns: False when it cannot go yet, because a link is full; nothing has happened then, and it is offered again.
    @inline(__always)
    func receivedPublish(
        _ typeAndFlags: UInt8,
        _ body: Span<UInt8>,
        _ session: MQTTSession
    ) throws(MQTTDecodeError) -> Bool {
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
                session,
                isInPlace: true
            )
        }
        return try self.receivedPublishWithProperties(fields, body, session)
    }

    /// A topic alias, or properties of which some are ours and the rest travels on.
    @inline(never)
    private func receivedPublishWithProperties(
        _ fields: PublishFields,
        _ body: Span<UInt8>,
        _ session: MQTTSession
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
                session,
                isInPlace: true
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
            session,
            isInPlace: false
        )
    }

    /// - Returns: The topic that an alias stands for; nil when the packet names its own.
    private func resolve(_ alias: UInt16, _ topic: Span<UInt8>) throws(MQTTDecodeError) -> [UInt8]? {
        if alias == 0 {
            if topic.isEmpty { throw .protocolError("PUBLISH without a topic or an alias") }
            return nil
        }
        guard alias <= self.limits.topicAliases else {
            throw .invalidTopicAlias("alias \(alias), the maximum is \(self.limits.topicAliases)")
        }
        if topic.isEmpty {
            guard let known = self.inboundAliases[alias] else {
                throw .protocolError("topic alias \(alias) was never set")
            }
            return known
        }
        self.inboundAliases[alias] = topic.copied()
        return nil
    }

    /// - Parameter isInPlace: The view's parts are the packet's own.
    @inline(__always)
    private func route(
        _ view: consuming MessageView,
        _ fields: PublishFields,
        _ session: MQTTSession,
        isInPlace: Bool
    ) throws(MQTTDecodeError) -> Bool {
        var message = view
        message.origin = session.address
        message.namespace = session.namespace
        guard let route = self.shard.route(message.topic, in: session.namespace, hint: &self.routeHint) else {
            throw MQTTConnection.invalidTopic(message.topic)
        }
        if self.shard.isBlocked(route)
            || (message.retain && self.shard.isKeeperBlocked(message.topic, in: session.namespace))
        {
            self.shard.waitForLink(self.id)
            return false
        }
        if self.shard.hasQueues(route) {
            let hasTargets = route._withUnsafeGuaranteedRef { $0.hasTargets }
            return try self.routeToQueues(message, fields, session, isInPlace: isInPlace, hasTargets: hasTargets)
        }
        guard try self.admit(message.payload.count, fields, session) else { return true }
        self.deliver(message, along: route, fields, session, isInPlace: isInPlace, hasQueues: false)
        return true
    }

    /// Counts a message that comes in, and looks at what its client may send.
    ///
    /// - Returns: False when it was routed before.
    @inline(__always)
    func admit(_ payload: Int, _ fields: PublishFields, _ session: MQTTSession) throws(MQTTDecodeError) -> Bool {
        self.counters.add(.messagesReceived)
        self.counters.add(.bytesReceived, payload)
        self.line.pointee.messagesReceived &+= 1
        self.line.pointee.bytesReceived &+= UInt64(payload)
        if payload > self.limits.payload { throw .packetTooLarge(bytes: payload, limit: self.limits.payload) }
        if fields.qos > 0 {
            if fields.qos > self.limits.qos { throw .qosNotSupported(fields.qos) }
            return try self.accept(fields, session)
        }
        return true
    }

    /// Checks rights, stores what is retained, delivers, and answers.
    @inline(__always)
    func deliver(
        _ message: borrowing MessageView,
        along route: Unmanaged<CachedRoute>,
        _ fields: PublishFields,
        _ session: MQTTSession,
        isInPlace: Bool,
        hasQueues: Bool
    ) {
        if fields.qos > 0, self.shard.lacksRoom(for: route) {
            self.counters.add(self.shard.broker.volume.isWritable ? .droppedMemory : .droppedNoSpace)
            self.packetBlock = nil
            self.refuse(fields, .quotaExceeded, "the broker has no room for the message", nil)
            return
        }
        let serial = route._withUnsafeGuaranteedRef { $0.serial }
        if self.allowedRoute != serial, !self.askToPublish(message.topic, serial) {
            self.packetBlock = nil
            self.refuse(fields, .notAuthorized, "not authorized to publish to this topic", nil)
            return
        }
        if self.packetBlock != nil { self.announceBlock(message, fields, isInPlace: isInPlace) }
        if fields.qos == 2, session.isKept, self.intend(message, along: route, fields, session, hasQueues) { return }
        var refusal: MQTTReasonCode?
        if message.retain, !self.server.retain(message) { refusal = .quotaExceeded }
        let outcome = self.shard.publish(message, along: route)
        if fields.qos > 0 {
            // One that was not retained is stored nowhere for it.
            let isRetained = message.retain && refusal == nil
            let keeper = isRetained ? self.shard.keeper(of: message.topic, in: session.namespace) : nil
            let receipt = self.shard.receipt(for: outcome, keeper: keeper)
            if outcome.isRefused { refusal = .quotaExceeded }
            if let refusal {
                let why = hasQueues ? self.shard.takeRefusal() : .noMemory
                self.refuse(fields, refusal, why.reason, receipt)
            } else {
                let isSomebodys = outcome.hasSubscribers || message.retain
                let reason = isSomebodys ? MQTTReasonCode.success : .noMatchingSubscribers
                if hasQueues, fields.qos == 2 { session.tookForQueue(fields.packetID, reason, receipt) }
                self.acknowledge(fields, reason, receipt)
            }
        }
    }

    /// What a PUBLISH with a topic that is none ends with. Source: MQTT 5.0 §1.5.4, §3.3.2.1.
    private static func invalidTopic(_ topic: Span<UInt8>) -> MQTTDecodeError {
        isValidMQTTString(topic)
            ? .invalidTopicName("a PUBLISH's topic is empty or has a wildcard")
            : .malformed("a PUBLISH's topic is not UTF-8, or contains U+0000")
    }

    /// The packet has a block of its own: whoever keeps the message, or sends it by reference, shares that.
    @inline(never)
    private func announceBlock(_ message: borrowing MessageView, _ fields: PublishFields, isInPlace: Bool) {
        guard let packet = self.packetBlock else { return }
        self.packetBlock = nil
        guard isInPlace else { return }
        func shifted(_ range: Range<Int>) -> Range<Int> {
            (range.lowerBound + packet.body)..<(range.upperBound + packet.body)
        }
        self.shard.announce(
            StoredMessage(
                block: packet.block,
                topic: shifted(fields.topic),
                header: shifted(fields.properties),
                payload: shifted(fields.payload),
                like: message
            )
        )
    }

    /// The client's side of the receive maximum, and QoS 2's promise to route once.
    ///
    /// - Returns: False when this message was routed before.
    @inline(__always)
    private func accept(_ fields: PublishFields, _ session: MQTTSession) throws(MQTTDecodeError) -> Bool {
        if fields.qos == 2, session.received.contains(fields.packetID) {
            self.packetBlock = nil
            self.answerAgain(fields, session)
            return false
        }
        if self.owed.publishes + session.received.count >= self.limits.inflight, self.version == .v5 {
            throw .receiveMaximumExceeded(self.limits.inflight)
        }
        if fields.qos == 2 { _ = session.received.insert(fields.packetID) }
        return true
    }

    @inline(__always)
    func acknowledge(_ fields: PublishFields, _ reason: MQTTReasonCode, _ receipt: Receipt?) {
        if fields.qos == 0 || self.isClosed { return }
        let type: UInt8 = fields.qos == 1 ? 0x40 : 0x50
        if receipt == nil, self.owed.isEmpty { return self.sendAcknowledgement(type, fields.packetID, reason) }
        // At QoS 2 the identifier counts until its PUBREL comes, the answer does not count again.
        self.owe(type, fields.packetID, reason, receipt, answersPublish: fields.qos == 1)
    }

    /// The negative answer, with words for a client that takes them. MQTT 3 has no way to say it: the message is acknowledged,
    /// dropped and counted, as in Mosquitto; closing would only have it sent again.
    @inline(never)
    func refuse(_ fields: PublishFields, _ reason: MQTTReasonCode, _ why: String, _ receipt: Receipt?) {
        if fields.qos == 0 || self.isClosed { return }
        // A refused QoS 2 message ends here: its identifier is free again.
        if fields.qos == 2 { self.session?.forgetReceived(fields.packetID) }
        let packet = self.negativeAnswer(fields.qos == 1 ? .puback : .pubrec, fields.packetID, reason, why)
        self.answer(packet, receipt, toPublish: true)
    }

    func negativeAnswer(_ type: MQTTPacketType, _ packetID: UInt16, _ reason: MQTTReasonCode, _ why: String) -> [UInt8]
    {
        var answer = MQTTAcknowledgement(type: type, packetID: packetID, reason: reason)
        let packet = answer.encoded(self.version)
        if !self.wantsProblemInformation { return packet }
        answer.properties.reasonString = why  // [MQTT-3.4.2-2] [MQTT-3.5.2-2]
        let explained = answer.encoded(self.version)
        return explained.count <= self.maximumPacketSize ? explained : packet
    }

    /// Source: MQTT 5.0 §4.3.3.
    func receivedPubrel(_ packetID: UInt16, _ session: MQTTSession) {
        let reason: MQTTReasonCode = session.forgetReceived(packetID) ? .success : .packetIdentifierNotFound
        // Before it is stored that the identifier is free, the client must not use it for another message.
        let receipt = reason == .success && session.journal != nil ? self.shard.receipt(for: .journal) : nil
        if receipt == nil, self.owed.isEmpty { return self.sendAcknowledgement(0x70, packetID, reason) }
        self.owe(0x70, packetID, reason, receipt, answersPublish: false)
    }

    /// Rights that were given hold until the rules change, which is looked for once a read.
    @inline(__always) func refreshRights() {
        let generation = self.server.rightsGeneration
        if generation != self.allowedGeneration {
            self.allowedGeneration = generation
            self.allowedRoute = 0
            self.rights.removeAll()
        }
    }

    /// Another topic than the last: asked once for each while the rules stand, as far as ``PublishRights`` reaches.
    @inline(never) func askToPublish(_ topic: Span<UInt8>, _ serial: UInt64) -> Bool {
        if self.rights.contains(serial) {
            self.allowedRoute = serial
            return true
        }
        guard self.rights.refused != serial, self.server.authorizer.allows(.publish, topic.copied(), for: self.identity)
        else {
            self.rights.refused = serial
            self.shard.counters.add(.droppedNotAuthorized)
            self.line.pointee.droppedMessages &+= 1
            if self.mayReport(&self.lastDenial, every: 1_000) { self.reportDenial(.publish, topic.copied()) }
            return false
        }
        if self.allowedRoute != 0 {
            self.rights.insert(self.allowedRoute)
            self.rights.insert(serial)
        }
        self.allowedRoute = serial
        return true
    }
}
