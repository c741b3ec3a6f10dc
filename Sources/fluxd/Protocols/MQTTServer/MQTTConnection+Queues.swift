import Bytes
import Core
import MQTTWire
import Machine
import QueueEngine
import Topics

/// What a client asks of queues: to take a message, to be a consumer, to settle a delivery.
extension MQTTConnection {
    // MARK: Subscribing

    func subscribeToQueue(
        _ filter: [UInt8],
        _ options: SubscriptionOptions,
        _ request: FilterRequest,
        _ session: MQTTSession
    ) {
        guard TopicFilter.isValid(filter.span), case .queue(let name, let key)? = QueueAddress(filter.span.string()),
            !name.unicodeScalars.contains(where: { $0 == "+" || $0 == "#" })
        else {
            return request.refuse(
                .topicFilterInvalid,
                "a queue's filter is $queue/<name> or $queue/<name>/<filter>, or $dlq/<queue>"
            )
        }
        let terms: QueueTerms
        do throws(QueueRefusal) {
            terms = try request.queueTerms()
        } catch {
            return request.refuse(.implementationSpecificError, error.reason)
        }
        let isStream = self.shard.broker.queues.find(name, in: session.namespace)?.isStream ?? false
        if options.qos == 0, !isStream {
            let why = "a queue is consumed at QoS 1: at QoS 0 nobody could say that a message was processed"
            return request.refuse(.implementationSpecificError, why)
        }
        if terms.start != .stored, !isStream {
            return request.refuse(.implementationSpecificError, "x-stream-offset: queue \"\(name.shown)\" is no stream")
        }
        let subscription = QueueSubscription(
            filter,
            queue: name,
            key: key,
            group: terms.group ?? String(decoding: session.clientID, as: UTF8.self),
            terms: terms,
            options: options,
            isStream: isStream
        )
        let index = request.reasons.count
        request.reasons.append(MQTTReasonCode(rawValue: subscription.qos))
        guard let handle = session.subscribe(to: subscription) else { return }
        request.awaitedQueues[handle] = index
        session.join(subscription, on: self.shard)
    }

    /// A queue answered; if it is on this shard, before the request went on.
    ///
    /// - Returns: Whether a SUBSCRIBE waits for it.
    @discardableResult
    func queueAnswered(_ handle: UInt32, _ refusal: QueueRefusal?) -> Bool {
        guard let request = self.request, let index = request.awaitedQueues.removeValue(forKey: handle) else {
            return false
        }
        if let refusal {
            request.reasons[index] = refusal.kind == .limit ? .quotaExceeded : .implementationSpecificError
            if request.why == nil { request.why = refusal.reason }
        } else if let session = self.session, session.isStored {
            request.receipt = self.shard.receipt(for: .state)  // its record was put there just now
        }
        self.goOnIfAnswered(request)
        return true
    }

    // MARK: Publishing

    /// A message that a queue takes, or that is about one.
    ///
    /// - Returns: As ``receivedPublish(_:_:_:)``.
    @inline(never)
    func routeToQueues(
        _ message: borrowing MessageView,
        _ fields: PublishFields,
        _ session: MQTTSession,
        isInPlace: Bool,
        hasTargets: Bool
    ) throws(MQTTDecodeError) -> Bool {
        let isAddressed = QueueAddress.isOne(message.topic)
        // What is most frequent is not taken apart: no verb, and somebody takes it.
        if isAddressed, !QueueAddress.isPlain(message.topic) || !hasTargets {
            switch QueueAddress(message.topic.string()) {
            case .queue(let name, _):
                if let isDone = try self.makeQueue(name, message, fields, session) { return isDone }
            case .settle(let name, let verb):
                if try self.admit(message.payload.count, fields, session) {
                    self.settle(message, name, verb, fields, session)
                }
                return true
            case .commit(let name):
                if try self.admit(message.payload.count, fields, session) {
                    self.commit(message, name, fields, session)
                }
                return true
            case .misplaced(let verb):
                if try self.admit(message.payload.count, fields, session) {
                    self.refuse(
                        fields,
                        .topicNameInvalid,
                        "\(verb) stands where it cannot: only at the end of a queue's address",
                        nil
                    )
                }
                return true
            case nil:
                if try self.admit(message.payload.count, fields, session) {
                    self.refuse(fields, .topicNameInvalid, "the topic names no queue", nil)
                }
                return true
            }
        }
        guard try self.admit(message.payload.count, fields, session) else { return true }
        let envelope: [UInt8]
        do throws(QueueRefusal) {
            envelope = try self.queueEnvelope(message.header, session, isAddressed: isAddressed)
        } catch {
            self.refuse(fields, .implementationSpecificError, error.reason, nil)
            return true
        }
        // Looked up again: the queue may be new.
        guard let route = self.shard.route(message.topic, in: session.namespace, hint: &self.routeHint) else {
            preconditionFailure("a topic that was one is none any more")
        }
        let whole = MessageView(
            topic: message.topic,
            header: message.header,
            payload: message.payload,
            qos: message.qos,
            // Nothing is retained at a queue's address: the queue keeps the message.
            retain: message.retain && !isAddressed,
            expiry: message.expiry,
            origin: message.origin,
            namespace: message.namespace,
            envelope: envelope.span
        )
        self.deliver(whole, along: route, fields, session, isInPlace: isInPlace, hasQueues: true)
        return true
    }

    /// What the queue is told beside the message, encoded. Most messages say nothing of their own: theirs is the same each time.
    private func queueEnvelope(
        _ header: Span<UInt8>,
        _ session: MQTTSession,
        isAddressed: Bool
    ) throws(QueueRefusal) -> [UInt8] {
        if header.isEmpty, !self.plainEnvelope.isEmpty { return self.plainEnvelope }
        var envelope = QueueEnvelope()
        try envelope.take(header, isAddressed: isAddressed)
        envelope.publisher = QueuePublisher(
            .mqtt,
            clientID: session.clientID,
            externalID: self.identity.username.map { Array($0.utf8) } ?? []
        )
        let encoded = envelope.encoded()
        if header.isEmpty { self.plainEnvelope = encoded }
        return encoded
    }

    /// Sees to it that an addressed queue is there.
    ///
    /// - Returns: nil when it is; else what ``routeToQueues(_:_:_:isInPlace:hasTargets:)`` returns.
    private func makeQueue(
        _ name: String,
        _ message: borrowing MessageView,
        _ fields: PublishFields,
        _ session: MQTTSession
    ) throws(MQTTDecodeError) -> Bool? {
        guard let route = self.shard.route(message.topic, in: session.namespace, hint: &self.routeHint) else {
            return nil
        }
        if route._withUnsafeGuaranteedRef({ $0.hasTargets }) { return nil }
        if self.shard.broker.queues.find(name, in: session.namespace) != nil {
            // Another shard is making it this very moment, or unmaking it.
            self.effects.resume.append(self.id)
            return false
        }
        let serial = route._withUnsafeGuaranteedRef { $0.serial }
        // Who may not publish makes nothing; it is refused where everybody is.
        if self.allowedRoute != serial, !self.askToPublish(message.topic, serial) {
            if try self.admit(message.payload.count, fields, session) {
                self.refuse(fields, .notAuthorized, "not authorized to publish to this topic", nil)
            }
            return true
        }
        do throws(QueueRefusal) {
            _ = try self.shard.queues.make(name, in: session.namespace)
            return nil
        } catch {
            self.shard.counters.add(.queueRefused)
            if try self.admit(message.payload.count, fields, session) {
                self.refuse(fields, error.kind == .limit ? .quotaExceeded : .topicNameInvalid, error.reason, nil)
            }
            return true
        }
    }

    // MARK: Settling

    private func settle(
        _ message: borrowing MessageView,
        _ name: String,
        _ verb: QueueAddress.Verb,
        _ fields: PublishFields,
        _ session: MQTTSession
    ) {
        guard self.maySettle(message.topic) else {
            return self.refuse(fields, .notAuthorized, "not authorized to settle messages of this queue", nil)
        }
        let values = UserHeaders(message.header)
        guard let text = values["message-id"] else {
            return self.refuseSettlement(fields, "message-id required for queue acknowledgment")
        }
        guard let group = values["group-id"] else {
            return self.refuseSettlement(fields, "group-id required for queue acknowledgment")
        }
        let digits = text.utf8.lastIndex(of: UInt8(ascii: ":")).map { text[text.index(after: $0)...] } ?? text[...]
        guard let number = UInt64(digits) else {
            return self.refuseSettlement(fields, "invalid message-id '\(text.prefix(64))': expected <queue>:<number>")
        }
        guard let place = self.shard.broker.queues.find(name, in: session.namespace) else {
            return self.refuseSettlement(fields, "queue \"\(name.shown)\" not found")
        }
        var settlement: Settlement
        switch verb {
        case .accept: settlement = .accepted
        case .fail:
            settlement = .failed(delay: nil)
            if let delay = values["x-delay"] {
                guard let wait = QueueEnvelope.delay(delay) else {
                    return self.refuseSettlement(fields, QueueEnvelope.badDelay(delay).reason)
                }
                settlement = .failed(delay: wait)
            }
        case .reject: settlement = .rejected
        }
        var request = SettleRequest(
            shard: place.shard,
            queue: place.number,
            group: .name(group),
            id: MessageID(number: number),
            settlement
        )
        if verb == .reject {
            request.reason = String(
                (values["reason"] ?? "rejected by consumer").prefix(SettleRequest.maximumReason / 4)
            )
        }
        request.token = self.ask(fields, session)
        self.shard.settle(request, from: session.address)
    }

    private func commit(
        _ message: borrowing MessageView,
        _ name: String,
        _ fields: PublishFields,
        _ session: MQTTSession
    ) {
        guard self.maySettle(message.topic) else {
            return self.refuse(fields, .notAuthorized, "not authorized to commit offsets of this queue", nil)
        }
        let values = UserHeaders(message.header)
        guard let group = values["x-group-id"] else {
            return self.refuseSettlement(fields, "x-group-id required for offset commit")
        }
        guard let offset = values["x-offset"].flatMap({ UInt64($0) }) else {
            return self.refuseSettlement(fields, "x-offset required for offset commit: a decimal number")
        }
        guard let place = self.shard.broker.queues.find(name, in: session.namespace) else {
            return self.refuseSettlement(fields, "queue \"\(name.shown)\" not found")
        }
        let token = self.ask(fields, session)
        self.shard.commit(place, group: group, offset: offset, token: token, from: session.address)
    }

    /// Who may consume from a queue may settle what it got: the right to publish the settlement is as good as the right to subscribe
    /// to the address before the verb.
    private func maySettle(_ topic: Span<UInt8>) -> Bool {
        let topic = topic.copied()
        if self.server.authorizer.allows(.publish, topic, for: self.identity) { return true }
        let end = topic.lastIndex(of: UInt8(ascii: "/")) ?? topic.count
        if self.server.authorizer.allows(.subscribe, Array(topic[..<end]), for: self.identity) { return true }
        self.shard.counters.add(.droppedNotAuthorized)
        self.line.pointee.droppedMessages &+= 1
        if self.mayReport(&self.lastDenial, every: 1_000) { self.reportDenial(.publish, topic) }
        return false
    }

    /// The publish is answered when the queue has answered.
    ///
    /// - Returns: What names it; 0 when nobody is owed an answer.
    private func ask(_ fields: PublishFields, _ session: MQTTSession) -> UInt32 {
        if fields.qos == 0 { return 0 }
        let queues = session.queues ?? QueueSubscriptions()
        session.queues = queues
        let token = queues.makeToken()
        let type: UInt8 = fields.qos == 1 ? 0x40 : 0x50
        let packet = [type, 2, UInt8(fields.packetID >> 8), UInt8(fields.packetID & 255)]
        self.owed.append(.init(receipt: nil, packet: packet, answersPublish: fields.qos == 1, token: token))
        return token
    }

    func settled(_ token: UInt32, _ refusal: QueueRefusal?) {
        self.owed.resolve(token) { packet in
            refusal.map { self.refusal(of: packet, .unspecifiedError, $0.reason) } ?? packet
        }
        self.sendOwed()
    }

    /// A settlement at QoS 0 that fails has nobody to be told: it is counted, and the message comes again in its time. The connection
    /// stays: closing it would give back everything else that its client has in hand.
    private func refuseSettlement(_ fields: PublishFields, _ why: String) {
        self.shard.counters.add(.queueSettlesRefused)
        self.refuse(fields, .unspecifiedError, why, nil)
    }

    // MARK: Answers that were to be

    /// Sends answers that nothing holds up any more. A queue on another shard may have refused the message meanwhile.
    func sendOwed() {
        guard self.isOpen else { return }
        while let run = self.owed.takeReady({ self.shard.isSettled($0) }) {
            let refusal = run.receipt.flatMap { self.shard.takeRefusal(of: $0) }
            if !run.packet.isEmpty {
                let refused = refusal.map { self.refusal(of: run.packet, .quotaExceeded, $0.reason) }
                self.send(refused ?? run.packet)
            }
            for answer in run.acknowledgements {
                if let refusal, answer.type != 0x70 {
                    self.send(self.refusal(answer.type, answer.packetID, .quotaExceeded, refusal.reason))
                } else {
                    self.sendAcknowledgement(answer.type, answer.packetID, answer.reason)
                }
            }
        }
        if !self.owed.isEmpty { self.awaitStore() }
    }

    /// Makes the negative answer of a PUBACK or PUBREC; other packets stay what they are.
    private func refusal(of packet: [UInt8], _ reason: MQTTReasonCode, _ why: String) -> [UInt8] {
        guard packet[0] == 0x40 || packet[0] == 0x50 else { return packet }
        return self.refusal(packet[0], UInt16(packet[2]) << 8 | UInt16(packet[3]), reason, why)
    }

    /// - Parameter type: The first byte of the packet: 0x40 or 0x50.
    private func refusal(_ type: UInt8, _ packetID: UInt16, _ reason: MQTTReasonCode, _ why: String) -> [UInt8] {
        if type == 0x50 { self.session?.forgetReceived(packetID) }
        return self.negativeAnswer(type == 0x40 ? .puback : .pubrec, packetID, reason, why)
    }
}

/// User headers of a message by name; of several with one name the first counts.
private struct UserHeaders {
    private let headers: [MessageHeader.UserHeader]

    init(_ header: Span<UInt8>) { self.headers = MessageHeader(header)?.userHeaders ?? [] }

    subscript(name: String) -> String? { self.headers.first { $0.name == name }?.value }
}

extension QueueEnvelope {
    /// Ten years, in milliseconds.
    private static let maximumDelay: UInt64 = 315_360_000_000
    private static let maximumID = 1_024

    static func delay(_ text: String) -> UInt64? { UInt64(text).flatMap { $0 <= self.maximumDelay ? $0 : nil } }

    static func badDelay(_ text: String) -> QueueRefusal {
        QueueRefusal(.invalid, "x-delay is '\(text.prefix(64))': expected milliseconds, 0 to \(self.maximumDelay)")
    }

    /// Takes what the publisher wants of the queue from the message's user headers.
    ///
    /// - Parameter isAddressed: The message is for this queue; one that is captured on its way elsewhere may use these names for
    ///   something else, and is taken as it is.
    mutating func take(_ header: Span<UInt8>, isAddressed: Bool) throws(QueueRefusal) {
        if header.isEmpty { return }
        for property in MessageHeader(header)?.userHeaders ?? [] {
            do throws(QueueRefusal) {
                try self.take(property)
            } catch {
                if isAddressed { throw error }
            }
        }
    }

    private mutating func take(_ property: MessageHeader.UserHeader) throws(QueueRefusal) {
        switch property.name {
        case "x-delay":
            guard let delay = QueueEnvelope.delay(property.value) else { throw QueueEnvelope.badDelay(property.value) }
            self.delay = delay
        case "x-priority":
            guard let priority = UInt8(property.value), priority <= 9 else {
                throw QueueRefusal(.invalid, "x-priority is '\(property.value.prefix(64))': expected 0 to 9")
            }
            self.priority = priority
        case "x-message-id": self.messageID = try QueueEnvelope.bytes(property)
        case "x-key": self.key = try QueueEnvelope.bytes(property)
        default: break
        }
    }

    private static func bytes(_ property: MessageHeader.UserHeader) throws(QueueRefusal) -> [UInt8] {
        let bytes = Array(property.value.utf8)
        if bytes.isEmpty || bytes.count > self.maximumID {
            throw QueueRefusal(.invalid, "\(property.name) has \(bytes.count) bytes: expected 1 to \(self.maximumID)")
        }
        return bytes
    }
}
