import Core
import MQTTServer
import MQTTWire
import Simulation

/// Runs one program against a broker in the simulator, and tells the model all that its clients see.
final class ModelRun {
    /// Changes what the model is told, or hides it: the broken broker that the checker is tried with.
    typealias Mutation = (_ client: Int, SimClient.Event) -> [SimClient.Event]

    let program: Program
    let world: World
    private let mutation: Mutation?
    private(set) var clients: [SimClient] = []
    var model = BrokerModel()
    var strangers: [StrangerPeer] = []
    private var links = 0
    /// Clients that left packet identifiers of QoS 2 behind, see ``Hostile/receiveMaximumOverrun``.
    private var overran: Set<Int> = []
    private(set) var actionsDone = 0

    /// - Parameter settings: The broker's; others than the model reckons with make a broker that breaks its promises.
    init(_ program: Program, settings: (inout MQTTSettings) -> Void = { _ in }, mutation: Mutation? = nil) {
        self.program = program
        self.mutation = mutation
        var random = SeededRandom(seed: program.seed)
        var conditions = SimulationConditions()
        conditions.latency = 0...random.pick([3, 12])
        conditions.linkDelay = 0...random.pick([2, 12])
        conditions.storeDelay = random.pick([nil, 0...5, 0...20])
        conditions.largestPiece = random.pick([400, 4_000, 64 << 10])
        conditions.resetsPerMille = random.pick([0, 0, 2])
        if !program.breaks { conditions.resetsPerMille = 0 }
        let window = random.value(in: 300...3_000)
        self.world = World(seed: random.next(), shards: random.pick([1, 2, 3]), conditions: conditions) {
            $0.linkWindow = window
        } mqtt: {
            $0.maxInflight = 20
            settings(&$0)
        }
        for number in 0..<self.model.sessions.count {
            let client = self.world.client("c\(number)")
            client.resubscribes = false
            client.watcher = { [unowned self] event in
                for told in self.mutation?(number, event) ?? [event] { self.handle(told, number) }
            }
            self.clients.append(client)
        }
    }

    var now: UInt64 { self.world.now }

    /// - Returns: What the model found; the program ends with the first of it.
    func run() -> [Fault] {
        for action in self.program.actions {
            self.actionsDone += 1
            self.perform(action)
            self.rest(action.pause)
            if !self.model.faults.isEmpty { return self.model.faults }
        }
        self.finish()
        return self.model.faults
    }

    func rest(_ milliseconds: Int) {
        self.world.run(UInt64(milliseconds))
        if milliseconds >= Action.settled { self.check() }
    }

    // MARK: Actions

    func link(_ number: Int) -> SessionModel.Link? { self.model.sessions[number].link }

    /// A connection that stands and has not been asked to end.
    private func isUsable(_ number: Int) -> Bool {
        guard let link = self.link(number) else { return false }
        return link.connackAt != nil && link.endAskedAt == nil
    }

    private func perform(_ action: Action) {
        let number = action.client
        let client = self.clients[number]
        switch action.kind {
        case .connect(let connect): self.connect(number, connect, id: action.id)
        case .cut: client.cut()
        case .publish(let publish): self.publish(number, publish, id: action.id)
        case .wait: break
        case .stranger(let kind):
            let peer = StrangerPeer(kind, began: self.now)
            self.strangers.append(peer)
            self.world.simulator.connect(peer).send(kind.bytes)
        default: if self.isUsable(number) { self.performOnConnection(action.kind, number, client) }
        }
    }

    func performOnConnection(_ kind: Action.Kind, _ number: Int, _ client: SimClient) {
        switch kind {
        case .disconnect(let goodbye):
            self.model.sessions[number].link?.goodbye = goodbye
            self.model.sessions[number].asksForEnd(at: self.now)
            switch goodbye {
            case .normal: client.disconnect()
            case .withWill: client.disconnect(.disconnectWithWill)
            case .expiry(let seconds): client.disconnect(expiry: seconds)
            }
        case .mute: self.mute(number)
        case .subscribe(let wish): self.subscribe(number, wish)
        case .unsubscribe(let filter):
            self.model.unsubscribes(number, filter, at: self.now)
            client.unsubscribe(filter)
        case .withhold:
            client.acknowledges = false
            self.model.sessions[number].link?.hasWithheld = true
        case .acknowledge: client.acknowledgeAll()
        case .hostile(let hostile):
            guard let bytes = hostile.bytes(client.version) else { return }
            self.model.sessions[number].link?.hostile = hostile
            self.model.sessions[number].asksForEnd(at: self.now)
            client.send(raw: bytes)
            if hostile == .half { self.mute(number) }
            if hostile == .receiveMaximumOverrun { self.overran.insert(number) }
        default: break
        }
    }

    private func mute(_ number: Int) {
        self.clients[number].isMute = true
        self.model.sessions[number].link?.isMute = true
        self.model.sessions[number].asksForEnd(at: self.now)
    }

    func connect(_ number: Int, _ connect: Connect, id: Int) {
        if let link = self.link(number), link.connackAt == nil || link.endAskedAt != nil && !link.isMute { return }
        let client = self.clients[number]
        client.version = connect.version
        (client.cleanStart, client.expiry, client.keepAlive) = (connect.clean, connect.expiry, connect.keepAlive)
        (client.receiveMaximum, client.aliasMaximum) = (connect.receiveMaximum, connect.aliases)
        client.acknowledges = true
        client.will = connect.will.map { will in
            var packet = MQTTWill(
                topic: Array(will.topic.utf8),
                payload: Array("\(id)".utf8),
                qos: will.qos,
                retain: will.retain
            )
            if will.delay > 0 { packet.properties.willDelayInterval = will.delay }
            return packet
        }
        let will = connect.will.map { ModelMessage(id, $0) }
        if let will { self.model.add(will) }
        self.links += 1
        self.model.sessions[number].connects(connect, id: self.links, will: will, at: self.now)
        client.connect()
    }

    func subscribe(_ number: Int, _ asked: Subscribe) {
        let client = self.clients[number]
        var wish = asked
        if client.version != .v5 { wish = Subscribe(filter: asked.filter, qos: asked.qos) }
        self.model.subscribes(number, wish, at: self.now)
        client.subscribe(wish.filter, qos: wish.qos, identifier: wish.identifier) {
            $0.noLocal = wish.noLocal
            $0.retainAsPublished = wish.retainAsPublished
            $0.retainHandling = wish.retainHandling
        }
    }

    private func publish(_ number: Int, _ asked: Publish, id: Int) {
        let client = self.clients[number]
        var publish = asked
        let isV5 = self.link(number)?.connect.isV5 ?? false
        if !isV5 { publish.expiry = nil }
        let message = ModelMessage(id, publish, by: number)
        let payload = publish.isEmpty ? [] : Array(("\(id) " + String(repeating: "x", count: publish.filler)).utf8)
        if publish.qos > 0 {
            self.model.add(message)
            client.publish(publish.topic, payload, qos: publish.qos, retain: publish.retain, tag: id) {
                $0.messageExpiryInterval = publish.expiry
            }
            return
        }
        guard self.isUsable(number), let link = self.link(number) else { return }
        message.link = link.id
        self.model.add(message)
        self.model.sent(id, isRepeated: false, at: self.now)
        let alias = isV5 ? publish.alias : 0
        let isKnown = alias > 0 && link.aliases[alias] == publish.topic
        if alias > 0 { self.model.sessions[number].link?.aliases[alias] = publish.topic }
        client.publish(isKnown ? "" : publish.topic, payload, qos: 0, retain: publish.retain) {
            $0.messageExpiryInterval = publish.expiry
            if alias > 0 { $0.topicAlias = alias }
        }
    }

    // MARK: What clients see

    private func handle(_ event: SimClient.Event, _ number: Int) {
        let client = self.clients[number]
        switch event {
        case .sent(let id, let isRepeated): self.model.sent(id, isRepeated: isRepeated, at: self.now)
        case .acknowledged(let id, let reason): self.model.acknowledged(id, reason, at: self.now)
        case .connack(let packet): self.connected(number, packet)
        case .suback(let filters, let packet):
            for filter in filters {
                self.model.sessions[number].subscribed(String(decoding: filter, as: UTF8.self), at: self.now)
            }
            if packet.reasons.contains(where: \.isError) {
                self.model.fail(.form, "SUBACK to client \(number): \(packet.reasons)")
            }
        case .unsuback(let filter):
            self.model.sessions[number].dropped(String(decoding: filter, as: UTF8.self), at: self.now)
        case .delivery(let delivery):
            self.model.delivered(delivery, to: number, isV5: client.version == .v5, at: self.now)
            if client.unansweredCount >= Int(client.receiveMaximum ?? 20), delivery.qos > 0, !client.acknowledges {
                self.model.fail(.form, "client \(number) has more than its receive maximum in flight")
            }
        case .closed(let reason, let wasReset): self.closed(number, reason, wasReset: wasReset)
        case .formerClosed(let reason, let version, let wasReset):
            let allowed: Set<MQTTReasonCode> = [.sessionTakenOver, .keepAliveTimeout, .implementationSpecificError]
            let isRight = version == .v5 ? reason.map(allowed.contains) ?? wasReset : reason == nil
            if !isRight {
                self.model.fail(
                    .closed,
                    "a connection of client \(number) was replaced, and ended with \(reason as Any)"
                )
            }
        }
    }

    private func connected(_ number: Int, _ packet: MQTTConnack) {
        guard packet.reason == .success else {
            return self.model.fail(.closed, "client \(number) was refused with \(packet.reason)")
        }
        self.model.connected(number, present: packet.sessionPresent, at: self.now)
        guard self.overran.remove(number) != nil, packet.sessionPresent else { return }
        let client = self.clients[number]
        for packetID in SimClient.rawIDs...(SimClient.rawIDs + 20) {
            client.send(raw: MQTTAcknowledgement(type: .pubrel, packetID: packetID).encoded(client.version))
        }
    }

    private func closed(_ number: Int, _ reason: MQTTReasonCode?, wasReset: Bool) {
        guard let link = self.link(number) else { return }
        if !wasReset {
            var allowed: Set<MQTTReasonCode?> = []
            if link.goodbye != nil { allowed.insert(nil) }
            if case .expiry? = link.goodbye, link.connect.kept == 0 { allowed.insert(.protocolError) }
            if let hostile = link.hostile { allowed.formUnion(hostile.reasons.map { Optional($0) }) }
            if link.isMute, link.connect.keepAlive > 0 { allowed.insert(.keepAliveTimeout) }
            if link.mayBeTakenOver { allowed.insert(.sessionTakenOver) }
            let isRight = link.connect.isV5 || reason != nil ? allowed.contains(reason) : !allowed.isEmpty
            if !isRight { self.model.fail(.closed, "client \(number) was disconnected with \(reason as Any)") }
        }
        if link.connackAt == nil { self.clients[number].cutFormers() }
        self.model.sessions[number].lost(at: self.now, wasReset: wasReset)
    }
}

@available(*, unavailable)
extension ModelRun: Sendable {}
