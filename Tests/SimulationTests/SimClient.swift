import MQTTWire
import Simulation

/// An MQTT client for the simulation: does what the specification says a client does, and remembers what it was given.
final class SimClient: SimulatedPeer {
    struct Delivery: Equatable {
        var topic: String
        var payload: [UInt8]
        var qos: UInt8
        var retain: Bool
        var dup: Bool
        var packetID: UInt16?
        var identifiers: [UInt32]
        /// Seconds that the message still had.
        var expiry: UInt32?
        var user: [MQTTUserProperty] = []
        var time: UInt64
        /// The value of the only user property of that name; nil for none, and for several.
        subscript(name: String) -> String? {
            let found = self.user.filter { $0.name == name }
            return found.count == 1 ? found[0].value : nil
        }
        var text: String { String(decoding: self.payload, as: UTF8.self) }
    }
    /// What a run that checks a model is told, as it happens.
    enum Event {
        case sent(tag: Int, isRepeated: Bool)
        case acknowledged(tag: Int, MQTTReasonCode)
        case connack(MQTTConnack)
        case suback(filters: [[UInt8]], MQTTSuback)
        case unsuback(filter: [UInt8])
        case delivery(Delivery)
        case closed(MQTTReasonCode?, wasReset: Bool)
        /// A connection that this client replaced by another one.
        case formerClosed(MQTTReasonCode?, MQTTVersion, wasReset: Bool)
    }
    struct Outgoing {
        enum State { case waiting, sent, released }
        var tag: Int
        var packet: MQTTPublish
        var state = State.waiting
    }
    struct Subscription {
        var filter: MQTTSubscription
        var identifier: UInt32
        var user: [MQTTUserProperty] = []
        var isAcknowledged = false
    }

    /// Packet identifiers from here on are for who sends bytes with ``send(raw:)``.
    static let rawIDs: UInt16 = 60_000

    let clientID: String
    var version: MQTTVersion
    private unowned let world: World
    /// Which shard accepts it; nil for the seed's choice.
    var shard: Int?

    // What CONNECT says.
    var cleanStart = true
    var expiry: UInt32 = 0
    var keepAlive: UInt16 = 0
    var will: MQTTWill?
    var receiveMaximum: UInt16?
    /// Identifiers begin again behind it: a low one has them used again soon.
    var highestID = UInt16.max
    var maximumPacketSize: UInt32?
    var aliasMaximum: UInt16 = 0
    /// Milliseconds after which a lost connection is made again; nil for never.
    var reconnects: ClosedRange<Int>?
    /// Answers what it receives.
    var acknowledges = true
    /// Answers PUBREL too.
    var answersPubrel = true
    var pings = true
    /// Subscribes again when the server has lost the session.
    var resubscribes = true
    /// Sends nothing more on its connection, and leaves it open.
    var isMute = false
    var watcher: ((Event) -> Void)?

    // What happened.
    private(set) var connection: SimulatedConnection?
    private(set) var isOnline = false
    private(set) var connacks: [MQTTConnack] = []
    private(set) var deliveries: [Delivery] = []
    private(set) var acknowledged: [(tag: Int, reason: MQTTReasonCode, time: UInt64)] = []
    private(set) var subacks: [(packet: MQTTSuback, time: UInt64)] = []
    private(set) var connackTimes: [UInt64] = []
    private(set) var disconnectReason: MQTTReasonCode?
    private(set) var closes = 0
    private(set) var pubrels: [UInt16] = []
    private(set) var errors: [String] = []
    /// Reason strings of answers.
    private(set) var reasons: [String] = []

    // Under way.
    private var buffer: [UInt8] = []
    private(set) var outgoing: [Outgoing] = []
    private(set) var subscriptions: [Subscription] = []
    private var subscribing: [UInt16: [[UInt8]]] = [:]
    private(set) var unsubacks = 0
    private var lastID: UInt16 = 0
    private var sendMaximum = 20
    private var receivedIDs: Set<UInt16> = []
    private var unanswered: [MQTTAcknowledgement] = []
    private var aliases: [UInt16: [UInt8]] = [:]
    private var generation = 0
    private lazy var connectionVersion = self.version
    private var unsubscribing: [UInt16: [UInt8]] = [:]
    /// Connections that were replaced: what came on them is only looked at for its DISCONNECT.
    private var formers: [(connection: SimulatedConnection, version: MQTTVersion, bytes: [UInt8])] = []

    init(_ clientID: String, _ version: MQTTVersion, in world: World, shard: Int?) {
        self.clientID = clientID
        self.version = version
        self.world = world
        self.shard = shard
    }

    /// Goes on as a client that was with an earlier life of the broker: with all that it remembers, and must.
    func goOn(from former: SimClient) {
        (self.cleanStart, self.expiry, self.reconnects) = (former.cleanStart, former.expiry, former.reconnects)
        (self.outgoing, self.lastID, self.receivedIDs) = (former.outgoing, former.lastID, former.receivedIDs)
        (self.subscriptions, self.deliveries) = (former.subscriptions, former.deliveries)
        (self.acknowledged, self.connacks) = (former.acknowledged, former.connacks)
        (self.errors, self.receiveMaximum, self.highestID) = (former.errors, former.receiveMaximum, former.highestID)
    }

    var texts: [String] { self.deliveries.map(\.text) }
    var isSubscribed: Bool { self.subscriptions.allSatisfy(\.isAcknowledged) }
    var isIdle: Bool { self.outgoing.isEmpty }
    var sessionPresent: Bool { self.connacks.last?.sessionPresent ?? false }
    func forgetDeliveries() { self.deliveries = [] }

    // MARK: Connecting

    /// Whether the server keeps the session when the connection goes.
    var isKept: Bool { self.version == .v5 ? self.expiry > 0 : !self.cleanStart }

    func connect() {
        self.generation += 1
        if let connection = self.connection, connection.isOpen {
            self.formers.append((connection, self.connectionVersion, self.buffer))
        }
        self.connectionVersion = self.version
        self.isMute = false
        self.disconnectReason = nil
        self.buffer = []
        self.aliases = [:]
        self.unanswered = []
        self.subscribing = [:]
        self.unsubscribing = [:]
        self.isOnline = false
        var packet = MQTTConnect(
            version: self.version,
            cleanStart: self.cleanStart,
            keepAlive: self.keepAlive,
            clientID: self.clientID
        )
        packet.will = self.will
        if self.version == .v5 {
            if self.expiry > 0 { packet.properties.sessionExpiryInterval = self.expiry }
            packet.properties.receiveMaximum = self.receiveMaximum
            packet.properties.maximumPacketSize = self.maximumPacketSize
            if self.aliasMaximum > 0 { packet.properties.topicAliasMaximum = self.aliasMaximum }
        }
        let connection = self.world.simulator.connect(self, to: self.shard)
        self.connection = connection
        connection.send(packet.encoded())
    }

    /// Bytes as they are, with no regard for any state.
    func send(raw bytes: [UInt8]) { if !self.isMute { self.connection?.send(bytes) } }

    func disconnect(_ reason: MQTTReasonCode = .normalDisconnection, expiry: UInt32? = nil) {
        var packet = MQTTDisconnect(reason: reason)
        packet.properties.sessionExpiryInterval = expiry
        self.send(raw: packet.encoded(self.version))
        self.connection?.finish()
        self.isOnline = false
    }

    /// The network breaks.
    func cut() { self.connection?.reset() }

    /// The network breaks for the connections that were replaced.
    func cutFormers() { for former in self.formers { former.connection.reset() } }

    /// QoS 1 and 2 messages that the server may count as unacknowledged.
    var unansweredCount: Int { self.unanswered.count }

    func closed(_ connection: SimulatedConnection, wasReset: Bool) {
        guard connection === self.connection else { return self.closedFormer(connection, wasReset: wasReset) }
        self.connection = nil
        self.isOnline = false
        self.closes += 1
        self.watcher?(.closed(self.disconnectReason, wasReset: wasReset))
        guard let delay = self.reconnects else { return }
        let generation = self.generation
        self.world.simulator.after(delay) { [self] in
            if self.generation == generation, self.reconnects != nil { self.connect() }
        }
    }

    private func closedFormer(_ connection: SimulatedConnection, wasReset: Bool) {
        guard let index = self.formers.firstIndex(where: { $0.connection === connection }) else { return }
        let former = self.formers.remove(at: index)
        var reason: MQTTReasonCode?
        var start = 0
        while let header = try? mqttFrameHeader(in: former.bytes.span, at: start),
            former.bytes.count - start >= header.totalLength
        {
            let body = Array(former.bytes[(start + header.headerLength)..<(start + header.totalLength)])
            let packet = try? MQTTPacket.decode(header, body.span, version: former.version)
            if case .disconnect(let packet)? = packet { reason = packet.reason }
            start += header.totalLength
        }
        self.watcher?(.formerClosed(reason, former.version, wasReset: wasReset))
    }

    private func connected(_ packet: MQTTConnack) {
        self.connacks.append(packet)
        self.connackTimes.append(self.world.now)
        self.watcher?(.connack(packet))
        guard packet.reason == .success else { return }
        self.isOnline = true
        if self.version == .v5 { self.sendMaximum = min(20, Int(packet.properties.receiveMaximum ?? 20)) }
        // MQTT 3.1 cannot say whether there is a session: a client that asked for one goes on with it.
        let isResumed = packet.sessionPresent || (self.version == .v3_1 && !self.cleanStart && self.connacks.count > 1)
        if !isResumed {
            self.receivedIDs = []
            self.outgoing.removeAll { $0.state == .released }
            for index in self.outgoing.indices { self.outgoing[index].state = .waiting }
            for index in self.subscriptions.indices { self.subscriptions[index].isAcknowledged = false }
        }
        if !self.resubscribes { self.subscriptions = [] }
        for index in self.outgoing.indices {
            switch self.outgoing[index].state {
            case .waiting: break
            case .sent:
                self.outgoing[index].packet.dup = true
                self.watcher?(.sent(tag: self.outgoing[index].tag, isRepeated: true))
                self.send(raw: self.outgoing[index].packet.encoded(self.version))
            case .released:
                guard let packetID = self.outgoing[index].packet.packetID else { continue }
                self.send(raw: MQTTAcknowledgement(type: .pubrel, packetID: packetID).encoded(self.version))
            }
        }
        for subscription in self.subscriptions where !subscription.isAcknowledged { self.send(subscription) }
        self.pump()
        if self.keepAlive > 0, self.pings { self.pingLater() }
    }

    private func pingLater() {
        let generation = self.generation
        let pause = Int(self.keepAlive) * 1_000
        self.world.simulator.after((pause / 2)...(pause * 3 / 4)) { [self] in
            guard self.generation == generation, self.isOnline else { return }
            self.send(raw: MQTTPing.request)
            self.pingLater()
        }
    }

    // MARK: Publishing

    @discardableResult
    func publish(
        _ topic: String,
        _ payload: [UInt8],
        qos: UInt8 = 1,
        retain: Bool = false,
        tag: Int = 0,
        _ change: (inout MQTTProperties) -> Void = { _ in }
    ) -> Int {
        var packet = MQTTPublish(topic: Array(topic.utf8), payload: payload, qos: qos, retain: retain)
        change(&packet.properties)
        if qos == 0 {
            if self.isOnline { self.send(raw: packet.encoded(self.version)) }
        } else {
            self.outgoing.append(Outgoing(tag: tag, packet: packet))
            if self.isOnline { self.pump() }
        }
        return tag
    }

    func publish(_ topic: String, text: String, qos: UInt8 = 1, retain: Bool = false, tag: Int = 0) {
        self.publish(topic, Array(text.utf8), qos: qos, retain: retain, tag: tag)
    }

    private func pump() {
        var inflight = 0
        for index in self.outgoing.indices {
            if self.outgoing[index].state == .waiting {
                guard inflight < self.sendMaximum else { return }
                self.outgoing[index].state = .sent
                self.outgoing[index].packet.dup = false
                self.outgoing[index].packet.packetID = self.nextID()
                self.watcher?(.sent(tag: self.outgoing[index].tag, isRepeated: false))
                self.send(raw: self.outgoing[index].packet.encoded(self.version))
            }
            inflight += 1
        }
    }

    private func nextID() -> UInt16 {
        repeat {
            self.lastID = self.lastID >= self.highestID ? 1 : self.lastID + 1
        } while self.subscribing[self.lastID] != nil
            || self.outgoing.contains { $0.state != .waiting && $0.packet.packetID == self.lastID }
        return self.lastID
    }

    private func finish(_ packetID: UInt16, _ reason: MQTTReasonCode, at state: Outgoing.State) {
        guard let index = self.outgoing.firstIndex(where: { $0.packet.packetID == packetID && $0.state == state })
        else { return }
        let entry = self.outgoing.remove(at: index)
        if state == .sent { self.note(entry.tag, reason) }
        self.pump()
    }

    private func note(_ tag: Int, _ reason: MQTTReasonCode) {
        self.acknowledged.append((tag, reason, self.world.now))
        self.watcher?(.acknowledged(tag: tag, reason))
    }

    // MARK: Subscribing

    func subscribe(
        _ filter: String,
        qos: UInt8 = 1,
        identifier: UInt32 = 0,
        user: KeyValuePairs<String, String> = [:],
        _ change: (inout MQTTSubscription) -> Void = { _ in }
    ) {
        var wanted = MQTTSubscription(filter: Array(filter.utf8), qos: qos)
        change(&wanted)
        self.subscriptions.removeAll { $0.filter.filter == wanted.filter }
        var subscription = Subscription(filter: wanted, identifier: identifier)
        subscription.user = user.map { MQTTUserProperty(name: $0.key, value: $0.value) }
        self.subscriptions.append(subscription)
        if self.isOnline { self.send(subscription) }
    }

    private func send(_ subscription: Subscription) {
        var packet = MQTTSubscribe(packetID: self.nextID(), filters: [subscription.filter])
        if self.version == .v5, subscription.identifier > 0 {
            packet.properties.subscriptionIdentifiers = [subscription.identifier]
        }
        if self.version == .v5 { packet.properties.userProperties = subscription.user }
        self.subscribing[packet.packetID] = packet.filters.map(\.filter)
        self.send(raw: packet.encoded(self.version))
    }

    func unsubscribe(_ filter: String) {
        self.subscriptions.removeAll { $0.filter.filter == Array(filter.utf8) }
        let packet = MQTTUnsubscribe(packetID: self.nextID(), filters: [Array(filter.utf8)])
        self.subscribing[packet.packetID] = []
        self.unsubscribing[packet.packetID] = Array(filter.utf8)
        self.send(raw: packet.encoded(self.version))
    }

    // MARK: Receiving

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) {
        guard connection === self.connection else {
            if let index = self.formers.firstIndex(where: { $0.connection === connection }) {
                self.formers[index].bytes += bytes
            }
            return
        }
        self.buffer += bytes
        var start = 0
        do throws(MQTTDecodeError) {
            while let header = try mqttFrameHeader(in: self.buffer.span, at: start),
                self.buffer.count - start >= header.totalLength
            {
                let body = Array(self.buffer[(start + header.headerLength)..<(start + header.totalLength)])
                self.received(try MQTTPacket.decode(header, body.span, version: self.version))
                start += header.totalLength
            }
        } catch {
            self.errors.append("\(error)")
        }
        self.buffer.removeFirst(min(start, self.buffer.count))
    }

    private func received(_ packet: MQTTPacket) {
        switch packet {
        case .connack(let packet): self.connected(packet)
        case .publish(let packet): self.received(packet)
        case .acknowledgement(let packet):
            if let reason = packet.properties.reasonString { self.reasons.append(reason) }
            self.received(packet)
        case .suback(let packet):
            if let reason = packet.properties.reasonString { self.reasons.append(reason) }
            self.subacks.append((packet, self.world.now))
            let filters = self.subscribing.removeValue(forKey: packet.packetID) ?? []
            self.watcher?(.suback(filters: filters, packet))
            for filter in filters {
                for index in self.subscriptions.indices where self.subscriptions[index].filter.filter == filter {
                    self.subscriptions[index].isAcknowledged = true
                }
            }
        case .unsuback(let packet):
            self.unsubacks += 1
            self.subscribing[packet.packetID] = nil
            if let filter = self.unsubscribing.removeValue(forKey: packet.packetID) {
                self.watcher?(.unsuback(filter: filter))
            }
        case .disconnect(let packet): self.disconnectReason = packet.reason
        case .pingresp: break
        case .connect, .subscribe, .unsubscribe, .pingreq, .auth: self.errors.append("a server sent \(packet)")
        }
    }

    private func received(_ packet: MQTTAcknowledgement) {
        switch packet.type {
        case .puback: self.finish(packet.packetID, packet.reason, at: .sent)
        case .pubrec:
            guard
                let index = self.outgoing.firstIndex(where: {
                    $0.packet.packetID == packet.packetID && $0.state != .waiting
                })
            else {
                if packet.packetID < SimClient.rawIDs { self.errors.append("PUBREC \(packet.packetID) out of nowhere") }
                return
            }
            if packet.reason.isError { return self.finish(packet.packetID, packet.reason, at: .sent) }
            if self.outgoing[index].state == .sent {
                self.outgoing[index].state = .released
                self.note(self.outgoing[index].tag, packet.reason)
            }
            self.send(raw: MQTTAcknowledgement(type: .pubrel, packetID: packet.packetID).encoded(self.version))
        case .pubcomp: self.finish(packet.packetID, packet.reason, at: .released)
        default:
            self.pubrels.append(packet.packetID)
            self.receivedIDs.remove(packet.packetID)
            if self.answersPubrel { self.answer(.pubcomp, packet.packetID) }
        }
    }

    private func received(_ packet: MQTTPublish) {
        var topic = packet.topic
        if let alias = packet.properties.topicAlias {
            if topic.isEmpty {
                guard let known = self.aliases[alias] else { return self.errors.append("alias \(alias) was never set") }
                topic = known
            } else {
                self.aliases[alias] = topic
            }
        }
        let packetID = packet.packetID ?? 0
        if packet.qos < 2 || self.receivedIDs.insert(packetID).inserted {
            let delivery = Delivery(
                topic: String(decoding: topic, as: UTF8.self),
                payload: packet.payload,
                qos: packet.qos,
                retain: packet.retain,
                dup: packet.dup,
                packetID: packet.packetID,
                identifiers: packet.properties.subscriptionIdentifiers,
                expiry: packet.properties.messageExpiryInterval,
                user: packet.properties.userProperties,
                time: self.world.now
            )
            self.deliveries.append(delivery)
            self.watcher?(.delivery(delivery))
        }
        if packet.qos > 0 { self.answer(packet.qos == 1 ? .puback : .pubrec, packetID) }
    }

    private func answer(_ type: MQTTPacketType, _ packetID: UInt16) {
        let packet = MQTTAcknowledgement(type: type, packetID: packetID)
        if self.acknowledges { self.send(raw: packet.encoded(self.version)) } else { self.unanswered.append(packet) }
    }

    /// Sends the answers that were withheld, and goes on answering.
    func acknowledgeAll() {
        self.acknowledges = true
        for packet in self.unanswered { self.send(raw: packet.encoded(self.version)) }
        self.unanswered = []
    }
}

@available(*, unavailable)
extension SimClient: Sendable {}
