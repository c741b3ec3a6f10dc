import MQTTWire

/// Subscriptions, and the requests to change them that have no answer yet. Source: MQTT 5.0 §3.8 to §3.11.
struct Requests {
    enum Request {
        case subscribe([MQTTFilter], MQTTSubscribeProperties, ClientMachine.Ticket?)
        case unsubscribe([String], ClientMachine.Ticket)

        func failure(_ error: MQTTClientError) -> ClientMachine.Event? {
            switch self {
            case .subscribe(_, _, let ticket): ticket.map { .subscribed($0, .failure(error)) }
            case .unsubscribe(_, let ticket): .unsubscribed(ticket, .failure(error))
            }
        }
    }

    /// By packet identifier, on this connection.
    fileprivate var sent: [UInt16: Request] = [:]
    /// In order; there was no connection when they came.
    fileprivate var waiting: [Request] = []
    /// What the broker granted, for a broker that loses the session.
    fileprivate var granted: [(filter: MQTTFilter, properties: MQTTSubscribeProperties)] = []

    func uses(_ id: UInt16) -> Bool { self.sent[id] != nil }

    mutating func removeAll() -> [Request] {
        defer { self = Requests() }
        return self.sent.sorted { $0.key < $1.key }.map(\.value) + self.waiting
    }
}

extension ClientMachine {
    mutating func subscribe(
        _ filters: [MQTTFilter],
        _ properties: MQTTSubscribeProperties = MQTTSubscribeProperties(),
        ticket: Ticket,
        now: Instant
    ) {
        self.request(.subscribe(filters, properties, ticket), now: now)
    }

    mutating func unsubscribe(_ filters: [String], ticket: Ticket, now: Instant) {
        self.request(.unsubscribe(filters, ticket), now: now)
    }

    private mutating func request(_ request: Requests.Request, now: Instant) {
        if self.phase == .open { self.start(request, now: now) } else { self.requests.waiting.append(request) }
    }

    private mutating func start(_ request: Requests.Request, now: Instant) {
        if let problem = self.problem(of: request) {
            if let event = request.failure(problem) { self.events.append(event) }
            return
        }
        let id = self.takePacketID()
        var packet: [UInt8]
        switch request {
        case .subscribe(let filters, let wanted, _):
            var properties = MQTTProperties()
            if let identifier = wanted.identifier { properties.subscriptionIdentifiers = [identifier] }
            properties.userProperties = wanted.userProperties.map {
                MQTTWire.MQTTUserProperty(name: $0.name, value: $0.value)
            }
            packet = MQTTSubscribe(packetID: id, filters: filters.map(\.wire), properties: properties).encoded(
                self.wireVersion
            )
        case .unsubscribe(let filters, _):
            packet = MQTTUnsubscribe(packetID: id, filters: filters.map { Array($0.utf8) }).encoded(self.wireVersion)
        }
        if let limit = self.info.maximumPacketSize, packet.count > limit {
            if let event = request.failure(.packetTooLarge(bytes: packet.count, limit: limit)) {
                self.events.append(event)
            }
            return
        }
        self.requests.sent[id] = request
        self.send(packet, now: now)
    }

    private func problem(of request: Requests.Request) -> MQTTClientError? {
        let version = self.configuration.version
        switch request {
        case .subscribe(let filters, let properties, _):
            if filters.isEmpty { return .invalid("a subscription needs a filter") }
            if let problem = properties.userProperties.lazy.compactMap(\.problem).first { return problem }
            if !properties.userProperties.isEmpty, version == .v311 {
                return .unsupported("MQTT 3.1.1 has no user properties")
            }
            if let identifier = properties.identifier {
                if version == .v311 { return .unsupported("MQTT 3.1.1 has no subscription identifiers") }
                if !self.info.subscriptionIdentifiersAvailable {
                    return .unsupported("the broker has no subscription identifiers")
                }
                if !(1...268_435_455).contains(identifier) {
                    return .invalid("a subscription identifier is 1 to 268,435,455")
                }
            }
            return filters.lazy.compactMap { $0.problem(in: version, limits: self.info) }.first
        case .unsubscribe(let filters, _):
            if filters.isEmpty { return .invalid("there is no filter to unsubscribe") }
            return filters.lazy.compactMap { MQTTFilter($0).problem(in: version, limits: MQTTConnectionInfo()) }.first
        }
    }

    /// Asks again what got no answer, and for all that was granted when the broker has lost the session.
    mutating func resumeRequests(now: Instant) {
        let again = self.requests.sent.sorted { $0.key < $1.key }.map(\.value) + self.requests.waiting
        self.requests.sent = [:]
        self.requests.waiting = []
        if !self.info.sessionPresent {
            let lost = self.requests.granted
            self.requests.granted = []
            for (filter, properties) in lost { self.start(.subscribe([filter], properties, nil), now: now) }
        }
        for request in again { self.start(request, now: now) }
    }

    mutating func received(_ answer: MQTTSuback, now: Instant) {
        guard case .subscribe(let filters, let properties, let ticket)? = self.requests.sent[answer.packetID] else {
            return
        }
        guard answer.reasons.count == filters.count else {
            return self.violated(
                "SUBACK has \(answer.reasons.count) reason codes for \(filters.count) filters",
                .protocolError,
                now: now
            )
        }
        self.requests.sent[answer.packetID] = nil
        let outcomes = answer.reasons.map { reason -> MQTTSubscribeOutcome in
            MQTTQoS(rawValue: reason.rawValue).map { .granted($0) } ?? .refused(MQTTReason(reason))
        }
        for (filter, outcome) in zip(filters, outcomes) {
            guard case .granted = outcome else { continue }
            self.requests.granted.removeAll { $0.filter.topicFilter == filter.topicFilter }
            self.requests.granted.append((filter, properties))
        }
        if let ticket { self.events.append(.subscribed(ticket, .success(outcomes))) }
    }

    mutating func received(_ answer: MQTTUnsuback) {
        guard case .unsubscribe(let filters, let ticket)? = self.requests.sent[answer.packetID] else { return }
        self.requests.sent[answer.packetID] = nil
        self.requests.granted.removeAll { filters.contains($0.filter.topicFilter) }
        let reasons =
            answer.reasons.isEmpty ? filters.map { _ in MQTTReason(code: 0) } : answer.reasons.map { MQTTReason($0) }
        self.events.append(.unsubscribed(ticket, .success(reasons)))
    }
}
