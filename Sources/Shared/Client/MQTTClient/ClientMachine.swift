import Bytes
import MQTTWire

/// One client's side of MQTT: a value that reads and writes bytes and decides everything, without a socket or a clock.
///
/// The driver calls a method for each thing that happened, then sends ``output`` and carries out ``events``. What belongs to
/// the session (messages in flight, those at QoS 2 that arrived, requests without an answer) outlives a connection.
struct ClientMachine {
    typealias Instant = ContinuousClock.Instant

    enum Phase: Equatable {
        case idle
        case connecting
        case open
        /// DISCONNECT was written or the stream is lost; nothing more is read or sent.
        case closing
    }

    /// Names one request in events; the driver knows who waits for it.
    typealias Ticket = UInt64

    /// What the driver has to do.
    enum Event {
        case connected(MQTTConnectionInfo)
        /// A message at QoS 0 that is gone once so many bytes of all output have been written.
        case handedOver(Ticket, afterBytes: Int)
        case published(Ticket, Result<MQTTPublishReceipt, MQTTClientError>)
        case subscribed(Ticket, Result<[MQTTSubscribeOutcome], MQTTClientError>)
        case unsubscribed(Ticket, Result<[MQTTReason], MQTTClientError>)
        case delivered(MQTTDelivery, IncomingReceipt?)
        /// Send what is left of the output and close the connection.
        case close(MQTTClientError)
    }

    /// What to hand back when the application has taken a delivery at QoS 1 or 2.
    struct IncomingReceipt: Equatable, Sendable {
        let packetID: UInt16
        let qos: MQTTQoS
        /// An acknowledgement for an earlier connection is dropped: the broker sends the message again.
        let generation: Int
    }

    static let topicAliasMaximum: UInt16 = 64
    /// Where the broker names no limit. MQTT 3.1.1 cannot, and brokers drop what is beyond theirs.
    static let defaultWindow = 1_000

    let configuration: MQTTClientConfiguration
    var phase = Phase.idle
    /// Counts connections.
    var generation = 0
    var info = MQTTConnectionInfo()
    /// Bytes for the broker, which the driver takes.
    var output: [UInt8] = []
    /// Bytes that were ever put into the output of this connection.
    var produced = 0
    var events: [Event] = []

    var outgoing = Outgoing()
    var requests = Requests()
    var incoming = Incoming()

    private var lastSent: Instant
    private var pingSentAt: Instant?

    init(configuration: MQTTClientConfiguration, now: Instant) {
        self.configuration = configuration
        self.lastSent = now
    }

    // MARK: Connection

    /// The transport is there: writes CONNECT.
    mutating func connected(now: Instant) {
        self.generation += 1
        self.phase = .connecting
        self.output.removeAll(keepingCapacity: true)
        self.produced = 0
        self.pingSentAt = nil
        self.incoming.connectionBegan()
        let isFirst = self.generation == 1
        let clientID = isFirst || self.info.clientID.isEmpty ? self.configuration.clientID : self.info.clientID
        self.send(
            self.configuration.wire(cleanStart: isFirst && self.configuration.cleanStart, clientID: clientID).encoded(),
            now: now
        )
    }

    /// The transport is gone.
    mutating func connectionEnded() {
        self.phase = .idle
        self.output.removeAll(keepingCapacity: true)
    }

    /// Writes DISCONNECT; the caller closes the transport once it is sent.
    mutating func disconnect(withWill: Bool, now: Instant) {
        if self.phase == .open {
            let reason: MQTTReasonCode =
                withWill && self.configuration.version == .v5 ? .disconnectWithWill : .normalDisconnection
            self.send(MQTTDisconnect(reason: reason).encoded(self.wireVersion), now: now)
        }
        self.phase = .closing
    }

    /// There will be no further connection: nobody gets an answer any more.
    mutating func abandon(_ error: MQTTClientError) {
        for ticket in self.outgoing.removeAll() { self.events.append(.published(ticket, .failure(error))) }
        self.events += self.requests.removeAll().compactMap { $0.failure(error) }
    }

    mutating func accepted(_ connack: MQTTConnack, now: Instant) {
        let properties = connack.properties
        var info = MQTTConnectionInfo()
        info.sessionPresent = connack.sessionPresent
        info.clientID =
            properties.assignedClientIdentifier
            ?? (self.info.clientID.isEmpty ? self.configuration.clientID : self.info.clientID)
        info.keepAliveSeconds = properties.serverKeepAlive ?? self.configuration.keepAliveSeconds
        info.maximumPacketSize = properties.maximumPacketSize.map { Int($0) }
        info.receiveMaximum = properties.receiveMaximum.map { Int($0) } ?? 65_535
        info.maximumQoS = properties.maximumQoS.flatMap { MQTTQoS(rawValue: $0) } ?? .exactlyOnce
        info.retainAvailable = properties.retainAvailable ?? true
        info.wildcardSubscriptionsAvailable = properties.wildcardSubscriptionAvailable ?? true
        info.sharedSubscriptionsAvailable = properties.sharedSubscriptionAvailable ?? true
        info.subscriptionIdentifiersAvailable = properties.subscriptionIdentifierAvailable ?? true
        self.info = info
        self.phase = .open
        self.events.append(.connected(info))
        self.incoming.sessionResumed(info.sessionPresent)
        // Subscriptions first: where the broker has lost them, the messages that follow may be for this client too.
        self.resumeRequests(now: now)
        self.resumeOutgoing(now: now)
    }

    // MARK: Time

    /// When ``tick(now:)`` wants to be called next; nil for never.
    var deadline: Instant? {
        guard self.phase == .open, self.info.keepAliveSeconds > 0 else { return nil }
        let period = Duration.seconds(Int64(self.info.keepAliveSeconds))
        if let pingSentAt { return pingSentAt + period }
        return self.lastSent + period
    }

    /// Pings when nothing was sent for a keep-alive; gives the connection up when a ping got no answer for another.
    ///
    /// Source: MQTT 5.0 §3.1.2.10.
    mutating func tick(now: Instant) {
        guard let deadline = self.deadline, now >= deadline else { return }
        if self.pingSentAt == nil {
            self.send(MQTTPing.request, now: now)
            self.pingSentAt = now
        } else {
            self.close(.connectionLost("no answer to a ping within \(self.info.keepAliveSeconds) s"))
        }
    }

    /// The broker was heard of.
    mutating func heard() { self.pingSentAt = nil }

    // MARK: Output

    var wireVersion: MQTTVersion { self.configuration.version.wire }

    mutating func send(_ packet: [UInt8], now: Instant) {
        self.output.append(contentsOf: packet)
        self.produced += packet.count
        self.lastSent = now
    }

    mutating func close(_ error: MQTTClientError) {
        if self.phase == .closing { return }
        self.phase = .closing
        self.events.append(.close(error))
    }

    /// The broker's mistake: it is told, where the version has words for it.
    mutating func violated(_ text: String, _ reason: MQTTReasonCode, now: Instant) {
        if self.phase == .open, self.configuration.version == .v5 {
            self.send(MQTTDisconnect(reason: reason).encoded(.v5), now: now)
        }
        self.close(.protocolViolation(text))
    }
}
