import MQTTWire

/// Messages on their way to the broker. Source: MQTT 5.0 §4.3, §4.4, §4.9.
struct Outgoing {
    enum Step: Equatable { case awaitingPuback, awaitingPubrec, awaitingPubcomp }

    struct Flight {
        let ticket: ClientMachine.Ticket
        /// Emptied of its payload once the broker has it.
        var message: MQTTMessage
        var step: Step
        /// Order of first sending, which is the order of sending again.
        let sequence: Int
        var sentAt: ClientMachine.Instant
    }

    struct Waiting {
        let ticket: ClientMachine.Ticket
        let message: MQTTMessage
    }

    /// By packet identifier: sent, and not acknowledged to the end.
    fileprivate(set) var flights: [UInt16: Flight] = [:]
    /// Not yet sent: the window is full, or there is no connection.
    fileprivate var waiting: [Waiting] = []
    fileprivate var firstWaiting = 0
    /// Of an earlier connection and not yet sent again, last first.
    fileprivate var unsent: [UInt16] = []
    fileprivate var nextID: UInt16 = 1
    fileprivate var nextSequence = 0

    /// Flights that count against the broker's receive maximum.
    fileprivate var inWindow: Int { self.flights.count - self.unsent.count }

    func uses(_ id: UInt16) -> Bool { self.flights[id] != nil }

    mutating func removeAll() -> [ClientMachine.Ticket] {
        let tickets =
            self.flights.values.sorted { $0.sequence < $1.sequence }.map(\.ticket)
            + self.waiting[self.firstWaiting...].map(\.ticket)
        self = Outgoing()
        return tickets
    }

    fileprivate mutating func nextWaiting() -> Waiting? {
        guard self.firstWaiting < self.waiting.count else { return nil }
        defer {
            self.firstWaiting += 1
            if self.firstWaiting == self.waiting.count || self.firstWaiting > 4_096 {
                self.waiting.removeFirst(self.firstWaiting)
                self.firstWaiting = 0
            }
        }
        return self.waiting[self.firstWaiting]
    }
}

extension ClientMachine {
    /// Sends a message, now or once the window and the connection allow it.
    mutating func publish(_ message: MQTTMessage, ticket: Ticket, now: Instant) {
        let isIdle = self.outgoing.firstWaiting == self.outgoing.waiting.count && self.outgoing.unsent.isEmpty
        if self.phase == .open, message.qos == .atMostOnce || (isIdle && self.outgoing.inWindow < self.window) {
            self.start(Outgoing.Waiting(ticket: ticket, message: message), now: now)
        } else {
            self.outgoing.waiting.append(Outgoing.Waiting(ticket: ticket, message: message))
        }
    }

    /// Messages at QoS 1 and 2 that may be without acknowledgement.
    private var window: Int {
        self.configuration.version == .v5 ? self.info.receiveMaximum : Self.defaultWindow
    }

    private mutating func start(_ item: Outgoing.Waiting, now: Instant) {
        let message = item.message
        if let problem = message.problem(in: self.configuration.version, limits: self.info) {
            return self.events.append(.published(item.ticket, .failure(problem)))
        }
        let id = message.qos == .atMostOnce ? nil : self.takePacketID()
        let packet = message.wire(packetID: id, dup: false).encoded(self.wireVersion)
        if let limit = self.info.maximumPacketSize, packet.count > limit {
            return self.events.append(
                .published(item.ticket, .failure(.packetTooLarge(bytes: packet.count, limit: limit)))
            )
        }
        self.send(packet, now: now)
        guard let id else { return self.events.append(.handedOver(item.ticket, afterBytes: self.produced)) }
        self.outgoing.flights[id] = Outgoing.Flight(
            ticket: item.ticket,
            message: message,
            step: message.qos == .exactlyOnce ? .awaitingPubrec : .awaitingPuback,
            sequence: self.outgoing.nextSequence,
            sentAt: now
        )
        self.outgoing.nextSequence += 1
    }

    /// The next identifier that neither a message nor a request uses. The window leaves enough of them.
    mutating func takePacketID() -> UInt16 {
        while true {
            let id = self.outgoing.nextID
            self.outgoing.nextID = id == .max ? 1 : id + 1
            if !self.outgoing.uses(id), !self.requests.uses(id) { return id }
        }
    }

    /// Sends again what the broker has not acknowledged, first of all. Source: MQTT 5.0 §4.4 [MQTT-4.4.0-1].
    ///
    /// Without a session the broker has forgotten what it received: QoS 1 starts anew, which may make a duplicate; QoS 2 must
    /// not, so those fail whose first step got no answer, and the others are the broker's.
    mutating func resumeOutgoing(now: Instant) {
        let flights = self.outgoing.flights.sorted { $0.value.sequence < $1.value.sequence }
        for (id, flight) in flights where !self.info.sessionPresent && flight.step != .awaitingPuback {
            self.outgoing.flights[id] = nil
            let arrived = flight.step == .awaitingPubcomp
            let receipt = MQTTPublishReceipt(reason: MQTTReason(code: 0), roundTrip: now - flight.sentAt)
            self.events.append(.published(flight.ticket, arrived ? .success(receipt) : .failure(.sessionLost)))
        }
        self.outgoing.unsent = flights.map(\.key).filter { self.outgoing.uses($0) }.reversed()
        self.sendMore(now: now)
    }

    /// Fills the window.
    private mutating func sendMore(now: Instant) {
        while self.phase == .open, self.outgoing.inWindow < self.window {
            if let id = self.outgoing.unsent.popLast(), let flight = self.outgoing.flights[id] {
                if flight.step == .awaitingPubcomp {
                    self.send(MQTTAcknowledgement(type: .pubrel, packetID: id).encoded(self.wireVersion), now: now)
                } else {
                    self.send(
                        flight.message.wire(packetID: id, dup: self.info.sessionPresent).encoded(self.wireVersion),
                        now: now
                    )
                }
            } else if let item = self.outgoing.nextWaiting() {
                self.start(item, now: now)
            } else {
                return
            }
        }
    }

    /// PUBACK, PUBREC or PUBCOMP. One that nobody waits for is left alone, but PUBREC gets the answer that ends it.
    mutating func received(_ answer: MQTTAcknowledgement, now: Instant) {
        guard var flight = self.outgoing.flights[answer.packetID], flight.step == answer.type.step else {
            if answer.type == .pubrec, !answer.reason.isError {
                let reason: MQTTReasonCode = self.configuration.version == .v5 ? .packetIdentifierNotFound : .success
                self.send(
                    MQTTAcknowledgement(type: .pubrel, packetID: answer.packetID, reason: reason).encoded(
                        self.wireVersion
                    ),
                    now: now
                )
            }
            return
        }
        if answer.type == .pubrec, !answer.reason.isError {
            flight.step = .awaitingPubcomp
            flight.message.payload = []
            self.outgoing.flights[answer.packetID] = flight
            return self.send(
                MQTTAcknowledgement(type: .pubrel, packetID: answer.packetID).encoded(self.wireVersion),
                now: now
            )
        }
        self.outgoing.flights[answer.packetID] = nil
        // A PUBCOMP with "not found" still ends a message that the broker had acknowledged with PUBREC.
        if answer.reason.isError, answer.type != .pubcomp {
            self.events.append(
                .published(
                    flight.ticket,
                    .failure(.rejected(MQTTReason(answer.reason), answer.properties.reasonString))
                )
            )
        } else {
            let receipt = MQTTPublishReceipt(reason: MQTTReason(answer.reason), roundTrip: now - flight.sentAt)
            self.events.append(.published(flight.ticket, .success(receipt)))
        }
        self.sendMore(now: now)
    }
}

extension MQTTPacketType {
    fileprivate var step: Outgoing.Step {
        switch self {
        case .puback: .awaitingPuback
        case .pubrec: .awaitingPubrec
        default: .awaitingPubcomp
        }
    }
}
