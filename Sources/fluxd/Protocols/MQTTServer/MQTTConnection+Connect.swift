import Bytes
import Core
import MQTTWire
import Machine

extension MQTTConnection {
    /// Source: MQTT 5.0 §3.1.4. The order matters: the form of the packet; who the client is; what it may; the claim of its name,
    /// which would else be a way to throw others out; the session.
    ///
    /// - Returns: Why parsing stops behind the packet: to wait, to move, or for good.
    func receivedConnect(_ typeAndFlags: UInt8, _ body: Span<UInt8>) throws(MQTTDecodeError) -> StopReason? {
        try validateFlags(typeAndFlags)
        if let level = MQTTConnect.protocolLevel(in: body), let known = MQTTVersion(rawValue: level) {
            self.version = known
            self.isVersionKnown = true
        }
        var connect = try MQTTConnect.decode(body)
        self.takeForm(of: connect)
        if let refusal = self.refusal(of: connect) { return self.refuse(refusal.reason, refusal.why) }
        if self.server.isShuttingDown { return self.refuseForShutdown() }
        let isAssigned = connect.clientID.isEmpty
        if isAssigned { connect.clientID = self.server.makeClientID() }
        let pending = PendingConnect(packet: connect, isAssigned: isAssigned)
        self.setIdentity(pending.clientID, connect.username)  // as it says, so far
        return self.logIn(pending)
    }

    /// What an answer has to look like, whether the client is let in or not.
    private func takeForm(of connect: MQTTConnect) {
        self.version = connect.version
        self.isVersionKnown = true
        self.maximumPacketSize = connect.properties.maximumPacketSize.map { Int($0) } ?? .max
        self.wantsProblemInformation = connect.properties.requestProblemInformation ?? true
    }

    private func setIdentity(_ clientID: [UInt8], _ username: String?) {
        self.identity = Identity(
            clientID: clientID,
            username: username,
            listener: self.listener.index,
            isLocal: self.facts.isLocal
        )
    }

    /// What makes a well-formed CONNECT unwelcome, whoever sends it.
    private func refusal(of connect: MQTTConnect) -> (reason: MQTTReasonCode, why: String)? {
        if !self.listener.versions.contains(connect.version) {
            return (
                .unsupportedProtocolVersion, "listener \(self.listener.name) does not serve MQTT \(connect.version)"
            )
        }
        if connect.clientID.isEmpty, connect.version == .v3_1 || (connect.version == .v3_1_1 && !connect.cleanStart) {
            return (.clientIdentifierNotValid, "a kept session needs a client identifier")  // [MQTT-3.1.3-8]
        }
        if let will = connect.will, will.qos > self.server.settings.maxQoS {
            return (.qosNotSupported, "the will's QoS is above \(self.server.settings.maxQoS)")
        }
        return nil
    }

    /// The client is who it says: what may it do, and where does its session live?
    func admit(_ pending: PendingConnect) -> StopReason? {
        if self.server.isShuttingDown { return self.refuseForShutdown() }
        let authenticator = self.shard.broker.authenticator
        if authenticator.generation != pending.generation,
            !authenticator.stillKnows(username: pending.username, listener: self.listener.index)
        {
            return self.loginFailed(.notAuthorized, "the users changed while the login was under way")
        }
        self.setIdentity(pending.clientID, pending.username)
        let authorizer = self.server.authorizer
        if !authorizer.allows(.connect, [], for: self.identity) {
            self.reportDenial(.connect, [])
            return self.refuse(.notAuthorized, "not authorized to connect")
        }
        if let will = pending.packet.will, !authorizer.allows(.will, will.topic, for: self.identity) {
            self.reportDenial(.will, will.topic)
            return self.refuse(.notAuthorized, "not authorized to publish the will")
        }
        let name = Directory.Name.client(self.listener.namespace, pending.clientID)
        let home = self.shard.broker.directory.claim(name, for: self.shard.index)
        if home != self.shard.index { return self.move(to: home, pending) }
        return self.connect(pending)
    }

    private func move(to home: Int, _ pending: PendingConnect) -> StopReason {
        // A name that keeps changing hands while the stream follows it: the client may try again.
        if self.hops >= 8 { return self.refuse(.serverBusy, "its session is moving", isOverload: true) }
        self.shard.counters.add(.connectionsMoved)
        var state = MovingState(listener: self.listener.index, facts: self.facts, unread: [], hops: self.hops + 1)
        state.memory = pending
        self.isClosed = true
        self.isMoving = true
        self.looksFirst = true
        self.phase = .closed  // here; where it arrives it goes on with its CONNECT
        self.giveReserved()
        self.server.movesAway(self)
        self.giveLineBack()
        self.effects.moves.append((self.id, home, state))
        return .moving
    }

    /// The stream came from another shard, where its client has proved who it is. The claim is looked at again.
    func arrive(_ pending: PendingConnect, hops: Int) {
        self.hops = hops
        self.takeForm(of: pending.packet)
        self.authenticationMethod = pending.packet.properties.authenticationMethod
        if self.admit(pending) != nil { self.isStopped = true }
    }

    /// Finds or makes the session. What the client was promised before CONNACK is stored before CONNACK.
    private func connect(_ pending: PendingConnect) -> StopReason? {
        let connect = pending.packet
        let session: MQTTSession
        let isResumed: Bool
        switch self.server.session(for: self, connect) {
        case .found(let found): (session, isResumed) = (found, true)
        case .made(let made): (session, isResumed) = (made, false)
        case .full: return self.refuse(.quotaExceeded, "the broker has all its sessions", isOverload: true)
        case .refused(let reason, let why): return self.refuse(reason, why)
        }
        self.session = session
        self.line.pointee.version = self.version.rawValue
        self.isCleanStart = connect.cleanStart
        self.server.forget(self)
        let settings = self.server.settings
        self.sendMaximum = min(Int(connect.properties.receiveMaximum ?? .max), settings.maxInflight)
        let aliases = min(connect.properties.topicAliasMaximum ?? 0, settings.topicAliasMaximum)
        self.outboundAliases = aliases > 0 ? OutboundAliases(maximum: aliases) : nil

        var keepAlive = connect.keepAlive
        if settings.maxKeepAlive > 0, keepAlive == 0 || keepAlive > settings.maxKeepAlive {
            keepAlive = settings.maxKeepAlive
        }
        self.keepAliveLimit = UInt64(keepAlive) * 1_500
        session.claimed(by: self)
        let connack = self.connack(pending, session, keepAlive, isResumed: isResumed)
        session.storeAtConnect()
        if session.isKept || self.endedStoredSession {
            // Also the end of a session whose state the client asked to be forgotten: a restart must not bring it back.
            self.phase = .storing(session.connectReceipt(), connack, isResumed: isResumed)
            self.isHeld = true
            self.awaitStore()
            return .reply
        }
        self.open(connack, isResumed: isResumed)
        return self.isClosed ? .closing : nil
    }

    private func connack(
        _ pending: PendingConnect,
        _ session: MQTTSession,
        _ keepAlive: UInt16,
        isResumed: Bool
    ) -> MQTTConnack {
        var connack = MQTTConnack(sessionPresent: isResumed, reason: .success)
        if self.version != .v5 { return connack }
        let asked = pending.packet.properties
        connack.properties.receiveMaximum = UInt16(min(self.limits.inflight, Int(UInt16.max)))
        if self.limits.qos < 2 { connack.properties.maximumQoS = self.limits.qos }
        connack.properties.maximumPacketSize = UInt32(self.limits.remaining + 5)
        connack.properties.topicAliasMaximum = self.limits.topicAliases
        if pending.isAssigned { connack.properties.assignedClientIdentifier = pending.packet.clientID }
        if keepAlive != pending.packet.keepAlive { connack.properties.serverKeepAlive = keepAlive }
        if session.expiryInterval != asked.sessionExpiryInterval ?? 0 {
            connack.properties.sessionExpiryInterval = session.expiryInterval
        }
        if let method = self.authenticationMethod {
            connack.properties.authenticationMethod = method
            if !pending.authenticationData.isEmpty {
                connack.properties.authenticationData = pending.authenticationData
            }
        }
        if asked.requestResponseInformation == true {
            connack.properties.responseInformation = self.server.settings.responseInformation(for: self.identity)
        }
        return connack
    }

    /// CONNACK, then whatever the session has for its client.
    func open(_ connack: MQTTConnack, isResumed: Bool) {
        guard let session = self.session else { return }
        var bare = connack
        bare.properties.responseInformation = nil
        guard self.sendFirst(of: connack.encoded(self.version), bare.encoded(self.version)) else {
            self.refuse(.packetTooLarge, "the client takes no packet as large as its CONNACK")
            return
        }
        self.phase = .open
        self.isOpen = true
        self.isStopped = false
        session.attach(self)
        if self.keepAliveLimit > 0 { self.server.remindKeepAlive(self, session) }
        self.server.report(
            .connected(
                client: session.clientID,
                user: self.identity.username,
                origin: self.origin,
                version: self.version,
                isResumed: isResumed
            )
        )
    }

    // MARK: Refusals

    private func refusal(_ reason: MQTTReasonCode, _ why: String) -> MQTTReport {
        let who = self.identity
        return .refused(client: who.clientID, user: who.username, origin: self.origin, reason: reason, why)
    }

    private func refuseForShutdown() -> StopReason {
        self.refuse(.serverShuttingDown, "the broker is stopping", isOverload: true)
    }

    /// - Parameters:
    ///   - report: What the operator reads; nil for the same as the client.
    ///   - isOverload: Another server might serve the client: it is sent there, if there is one.
    @discardableResult
    func refuse(
        _ reason: MQTTReasonCode,
        _ why: String,
        _ report: MQTTReport? = nil,
        isOverload: Bool = false
    ) -> StopReason {
        self.shard.counters.add(.refusedConnects)
        self.server.report(report ?? self.refusal(reason, why))
        if self.version != .v5, reason.v3ConnackCode == nil {
            self.finish(why)  // before 5.0 there are no words for it [MQTT 3.1.1: MQTT-3.1.4-1, MQTT-3.2.2-6]
            return .closing
        }
        var connack = MQTTConnack(sessionPresent: false, reason: reason)
        let reference = self.server.settings.serverReference
        if self.version == .v5, isOverload, !reference.isEmpty {
            connack.reason = .useAnotherServer
            connack.properties.serverReference = reference
        }
        let bare = connack
        if self.version == .v5 { connack.properties.reasonString = why }
        self.sendFirst(of: connack.encoded(self.version), bare.encoded(self.version))
        self.finish(why)
        return .closing
    }

    /// A CONNECT that cannot be read is answered in the form of the version it names, if it names one we know.
    func refuseMalformed(_ error: MQTTDecodeError) {
        if case .unsupportedVersion(_, let level) = error {
            self.version = level >= 5 ? .v5 : .v3_1_1
            self.refuse(.unsupportedProtocolVersion, "\(error)")
            return
        }
        if self.isVersionKnown {
            self.refuse(error.reasonCode, "\(error)")
        } else {
            self.finish("\(error)")
        }
    }

    // MARK: DISCONNECT

    /// Source: MQTT 5.0 §3.14.4.
    func receivedDisconnect(_ packet: MQTTDisconnect, _ session: MQTTSession) throws(MQTTDecodeError) {
        if let expiry = packet.properties.sessionExpiryInterval {
            if session.expiryInterval == 0, expiry != 0 {
                throw .protocolError("a session that ends with its connection cannot be kept by DISCONNECT")
            }
            if expiry > 0 {
                session.setExpiry(min(expiry, self.server.settings.maxExpiry))
            } else {
                session.endsWithConnection()
            }
        }
        if packet.reason == .normalDisconnection {
            session.will = nil
            self.finish("the client disconnected")
        } else {
            self.finish("the client disconnected: \(packet.reason)")  // and its will is published [MQTT-3.14.4-3]
        }
    }
}

extension MQTTSettings {
    /// nil when there is none, or when the client's names would make something of it that cannot begin a topic.
    fileprivate func responseInformation(for identity: Identity) -> String? {
        if self.responseInformation.isEmpty { return nil }
        var text = ""
        var rest = Substring(self.responseInformation)
        while let percent = rest.firstIndex(of: "%") {
            text += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            switch rest.first {
            case "c": text += String(decoding: identity.clientID, as: UTF8.self)
            case "u": text += identity.username ?? ""
            default:
                text += "%"
                continue
            }
            rest.removeFirst()
        }
        text += rest
        if text.utf8.count > Int(UInt16.max) || text.contains(where: { $0 == "+" || $0 == "#" }) { return nil }
        return text
    }
}
