import Bytes
import Core
import MQTTWire
import Machine

extension MQTTConnection {
    /// Source: MQTT 5.0 §3.1.4.
    ///
    /// - Returns: Why parsing stops behind the packet: to wait, to move, or for good.
    func receivedConnect(_ typeAndFlags: UInt8, _ body: Span<UInt8>) throws(MQTTDecodeError) -> StopReason? {
        try validateFlags(typeAndFlags)
        if let level = MQTTConnect.protocolLevel(in: body), let known = MQTTVersion(rawValue: level) {
            self.version = known
            self.isVersionKnown = true
        }
        var connect = try MQTTConnect.decode(body)
        self.version = connect.version
        if let refusal = self.refusal(of: connect) { return self.refuse(refusal.reason, refusal.why) }
        if self.server.isShuttingDown { return self.refuse(.serverShuttingDown, "the broker is stopping") }
        let isAssigned = connect.clientID.isEmpty
        if isAssigned { connect.clientID = self.server.makeClientID() }
        let clientID = Array(connect.clientID.utf8)
        self.identity = Identity(clientID: clientID, username: connect.username, listener: self.listener.index)
        let authorizer = self.server.authorizer
        if !authorizer.allows(.connect, [], for: self.identity) { return self.refuse(.notAuthorized, "not authorized") }
        if let will = connect.will, !authorizer.allows(.will, will.topic, for: self.identity) {
            return self.refuse(.notAuthorized, "not authorized to publish the will")
        }
        // Claimed only now, when we know who asks: else a claim could be used to throw others out.
        let home = self.shard.broker.directory.claim(.client(self.listener.namespace, clientID), for: self.shard.index)
        if home != self.shard.index { return self.move(to: home) }
        return self.connect(connect, clientID, isAssigned: isAssigned)
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
        if connect.properties.authenticationMethod != nil {
            return (.badAuthenticationMethod, "no authentication methods are served")
        }
        if !self.listener.allowsAnonymous { return (.notAuthorized, "the listener takes no anonymous clients") }
        if let will = connect.will, will.qos > self.server.settings.maxQoS {
            return (.qosNotSupported, "the will's QoS is above \(self.server.settings.maxQoS)")
        }
        return nil
    }

    private func move(to home: Int) -> StopReason {
        // A name that keeps changing hands while the stream follows it: the client may try again.
        if self.hops >= 8 { return self.refuse(.serverBusy, "its session is moving") }
        self.shard.counters.add(.connectionsMoved)
        let state = MovingState(listener: self.listener.index, facts: self.facts, unread: [], hops: self.hops + 1)
        self.isClosed = true
        self.phase = .closed  // here; where it arrives it starts anew, with its CONNECT unread
        self.giveReserved()
        self.server.movesAway(self)
        self.giveLineBack()
        self.effects.moves.append((self.id, home, state))
        return .moving
    }

    /// Finds or makes the session. What the client was promised before CONNACK is stored before CONNACK.
    private func connect(_ connect: MQTTConnect, _ clientID: [UInt8], isAssigned: Bool) -> StopReason? {
        let settings = self.server.settings
        guard let (session, isResumed) = self.server.session(for: clientID, in: self.listener.namespace, connect) else {
            self.shard.broker.directory.release(.client(self.listener.namespace, clientID), from: self.shard.index)
            return self.refuse(.quotaExceeded, "the broker has \(settings.maxSessions) sessions")
        }
        self.session = session
        self.line.pointee.version = self.version.rawValue
        self.isCleanStart = connect.cleanStart
        self.server.forget(self)
        let clientMaximum = Int(connect.properties.receiveMaximum ?? .max)
        self.sendMaximum = min(clientMaximum, settings.maxInflight)
        self.maximumPacketSize = connect.properties.maximumPacketSize.map { Int($0) } ?? .max
        self.wantsProblemInformation = connect.properties.requestProblemInformation ?? true
        let aliases = min(connect.properties.topicAliasMaximum ?? 0, settings.topicAliasMaximum)
        self.outboundAliases = aliases > 0 ? OutboundAliases(maximum: aliases) : nil

        var keepAlive = connect.keepAlive
        if settings.maxKeepAlive > 0, keepAlive == 0 || keepAlive > settings.maxKeepAlive {
            keepAlive = settings.maxKeepAlive
        }
        self.keepAliveLimit = UInt64(keepAlive) * 1_500

        var connack = MQTTConnack(sessionPresent: isResumed, reason: .success)
        if self.version == .v5 {
            connack.properties.receiveMaximum = UInt16(min(self.limits.inflight, Int(UInt16.max)))
            if self.limits.qos < 2 { connack.properties.maximumQoS = self.limits.qos }
            connack.properties.maximumPacketSize = UInt32(self.limits.remaining + 5)
            connack.properties.topicAliasMaximum = self.limits.topicAliases
            if isAssigned { connack.properties.assignedClientIdentifier = connect.clientID }
            if keepAlive != connect.keepAlive { connack.properties.serverKeepAlive = keepAlive }
            if session.expiryInterval != connect.properties.sessionExpiryInterval ?? 0 {
                connack.properties.sessionExpiryInterval = session.expiryInterval
            }
        }
        session.claimed(by: self)
        if session.isKept {
            self.shard.store(.state)
            self.phase = .storing(self.shard.receipt(for: .state), connack, isResumed: isResumed)
            self.awaitStore()
            return .reply
        }
        self.open(connack, isResumed: isResumed)
        return nil
    }

    /// CONNACK, then whatever the session has for its client.
    func open(_ connack: MQTTConnack, isResumed: Bool) {
        guard let session = self.session else { return }
        self.phase = .open
        self.isOpen = true
        self.isStopped = false
        self.send(connack.encoded(self.version))
        session.attach(self)
        if self.keepAliveLimit > 0 { self.server.remindKeepAlive(self, session) }
        self.server.report(
            .connected(client: session.clientID, remote: self.remote, version: self.version, isResumed: isResumed)
        )
    }

    // MARK: Refusals

    @discardableResult
    func refuse(_ reason: MQTTReasonCode, _ why: String) -> StopReason {
        self.shard.counters.add(.refusedConnects)
        self.server.report(.refused(remote: self.remote, reason: reason, why))
        var connack = MQTTConnack(sessionPresent: false, reason: reason)
        if self.version == .v5 { connack.properties.reasonString = why }
        self.send(connack.encoded(self.version))
        self.finish()
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
            self.finish()
        }
    }

    // MARK: DISCONNECT

    /// Source: MQTT 5.0 §3.14.4.
    func receivedDisconnect(_ packet: MQTTDisconnect, _ session: MQTTSession) throws(MQTTDecodeError) {
        if let expiry = packet.properties.sessionExpiryInterval {
            if session.expiryInterval == 0, expiry != 0 {
                throw .protocolError("a session that ends with its connection cannot be kept by DISCONNECT")
            }
            session.setExpiry(min(expiry, self.server.settings.maxExpiry))
        }
        if packet.reason != .disconnectWithWill { session.will = nil }
        self.finish()
    }
}
