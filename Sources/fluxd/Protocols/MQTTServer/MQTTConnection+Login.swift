import Bytes
import Core
import MQTTWire
import Machine

/// A CONNECT between its packet and its session. When the stream moves to another shard it goes along, verdict included: the
/// password was worth a hash once, and nothing but this process's own memory says so.
struct PendingConnect: Sendable {
    /// Without its password once that was looked at.
    var packet: MQTTConnect
    /// The client named no identifier, and has got the packet's from us.
    var isAssigned: Bool
    /// Who the client turned out to be; nil for an anonymous one.
    var username: String?
    /// The users' generation before anybody was asked.
    var generation: UInt64 = 0
    /// What goes with CONNACK at the end of an exchange.
    var authenticationData: [UInt8] = []

    var clientID: [UInt8] { Array(self.packet.clientID.utf8) }
}

/// Who the client is: before the session, and again whenever the client likes.
extension MQTTConnection {
    /// A packet before CONNACK.
    ///
    /// - Returns: Why parsing stops behind it: to wait, to move, or for good.
    func receivedBeforeSession(_ typeAndFlags: UInt8, _ body: Span<UInt8>) throws(MQTTDecodeError) -> StopReason? {
        guard case .authenticating(let pending) = self.phase else {
            return try self.receivedConnect(typeAndFlags, body)
        }
        try validateFlags(typeAndFlags)
        switch MQTTPacketType(rawValue: typeAndFlags >> 4) {
        case .auth:
            let packet = try MQTTAuth.decode(body, version: self.version)
            if packet.reason != .continueAuthentication {
                throw .protocolError("AUTH \(packet.reason.rawValue) before CONNACK")
            }
            if packet.properties.authenticationMethod != self.authenticationMethod {
                // [MQTT-4.12.0-5]
                return self.refuse(.badAuthenticationMethod, "AUTH names another method than CONNECT")
            }
            return self.step(packet.properties.authenticationData ?? [], pending)
        case .disconnect:
            _ = try MQTTDisconnect.decode(body, version: self.version)
            self.finish("the client gave up its authentication")
            return .closing
        default: throw .protocolError("only AUTH and DISCONNECT may come before CONNACK")  // [MQTT-3.1.2-30]
        }
    }

    /// Asks who the client is; rights, the claim of its name and the session come after the answer.
    func logIn(_ connect: PendingConnect) -> StopReason? {
        var pending = connect
        let authenticator = self.shard.broker.authenticator
        let method = pending.packet.properties.authenticationMethod
        let hasCertificate = self.facts.tls?.certificate != nil
        if pending.packet.username == nil, !hasCertificate, method == nil, !self.listener.allowsAnonymous {
            return self.refuse(.notAuthorized, "the listener takes no anonymous clients")
        }
        let credentials = Credentials(
            clientID: pending.clientID,
            username: pending.packet.username,
            password: pending.packet.password,
            listener: self.listener.index,
            facts: self.facts
        )
        pending.packet.password = nil
        pending.generation = authenticator.generation
        if let method {
            guard let exchange = authenticator.exchange(method: method, credentials) else {
                return self.refuse(.badAuthenticationMethod, "the authentication method is not served here")
            }
            self.authenticationMethod = method
            self.exchange = exchange
            self.phase = .authenticating(pending)
            return self.step(pending.packet.properties.authenticationData ?? [], pending)
        }
        switch authenticator.login(credentials) {
        case .decided(let verdict): return self.loggedIn(pending, verdict)
        case .work(let work):
            guard self.server.startLogin(work, for: self) else {
                self.shard.counters.add(.loginsBusy)
                return self.refuse(.serverBusy, "too many logins are under way", isOverload: true)
            }
            self.phase = .authenticating(pending)
            self.isHeld = true
            return .reply
        }
    }

    /// A login's job is done. The connection may have come to its end meanwhile; the shard looks that up.
    func loginFinished(_ verdict: LoginVerdict) {
        guard case .authenticating(let pending) = self.phase else { return }
        self.login = nil
        self.isHeld = false
        if self.loggedIn(pending, verdict) == nil { self.resumeParsing() }
    }

    private func loggedIn(_ connect: PendingConnect, _ verdict: LoginVerdict) -> StopReason? {
        switch verdict {
        case .accepted(let username):
            var pending = connect
            pending.username = username
            return self.admit(pending)
        case .refused(let refusal, let why): return self.loginFailed(refusal, why)
        }
    }

    /// The client is told less than the log: whether a user exists is nobody's business.
    func loginFailed(_ refusal: LoginRefusal, _ why: String) -> StopReason {
        self.shard.counters.add(.loginsFailed)
        let identity = self.identity
        let report = MQTTReport.loginFailed(
            client: identity.clientID,
            user: identity.username,
            origin: self.origin,
            why: why
        )
        return switch refusal {
        case .badCredentials: self.refuse(.badUserNameOrPassword, "user name or password is wrong", report)
        case .notAuthorized: self.refuse(.notAuthorized, "not authorized to connect", report)
        case .unavailable: self.refuse(.serverUnavailable, "logins cannot be checked at the moment", report)
        }
    }

    // MARK: Exchanges

    /// One message of an exchange before CONNACK.
    private func step(_ data: [UInt8], _ connect: PendingConnect) -> StopReason? {
        switch self.exchange?.received(data) {
        case .goOn(let answer)?:
            if self.sendAuth(.continueAuthentication, answer) { return nil }
            return self.refuse(.packetTooLarge, "the client takes no packet as large as its AUTH")
        case .done(let username, let answer)?:
            self.exchange = nil
            var pending = connect
            pending.username = username
            pending.authenticationData = answer
            return self.admit(pending)
        case .refused(let refusal, let why)?:
            self.exchange = nil
            return self.loginFailed(refusal, why)
        case nil: preconditionFailure("a connection authenticates without an exchange")
        }
    }

    /// AUTH on an open connection. Source: MQTT 5.0 §4.12.1.
    func receivedAuth(_ packet: MQTTAuth) throws(MQTTDecodeError) -> StopReason? {
        guard let method = self.authenticationMethod else {
            throw .protocolError("AUTH without an authentication method in CONNECT")  // [MQTT-4.12.0-7]
        }
        if packet.properties.authenticationMethod != method {
            self.fail(.badAuthenticationMethod, "AUTH names another method than CONNECT")  // [MQTT-4.12.1-1]
            return .closing
        }
        if packet.reason == .reauthenticate {
            if self.exchange != nil { throw .protocolError("AUTH begins anew while it is under way") }
            let credentials = Credentials(
                clientID: self.identity.clientID,
                username: self.identity.username,
                password: nil,
                listener: self.listener.index,
                facts: self.facts
            )
            guard let exchange = self.shard.broker.authenticator.exchange(method: method, credentials) else {
                self.fail(.badAuthenticationMethod, "the authentication method is no longer served here")
                return .closing
            }
            self.exchange = exchange
            self.exchangeDue = self.shard.now + self.listener.connectTimeout
            self.server.remind(self, .authentication, at: self.exchangeDue)
        } else if packet.reason != .continueAuthentication || self.exchange == nil {
            throw .protocolError("AUTH \(packet.reason.rawValue) answers nothing")
        }
        return self.stepAgain(packet.properties.authenticationData ?? [])
    }

    /// One message of an exchange on an open connection. Messages go on in both directions meanwhile.
    private func stepAgain(_ data: [UInt8]) -> StopReason? {
        switch self.exchange?.received(data) {
        case .goOn(let answer)?:
            if self.sendAuth(.continueAuthentication, answer) { return nil }
            self.fail(.packetTooLarge, "the client takes no packet as large as its AUTH")
        case .done(let username, let answer)?:
            self.exchange = nil
            self.exchangeDue = 0
            if username == self.identity.username {
                if self.sendAuth(.success, answer) { return nil }
                self.fail(.packetTooLarge, "the client takes no packet as large as its AUTH")
            } else {
                // whose session is not this one
                self.authenticationFailed(.notAuthorized, "the client became another user")
            }
        case .refused(let refusal, let why)?: self.authenticationFailed(refusal, why)
        case nil: preconditionFailure("a connection authenticates without an exchange")
        }
        return .closing
    }

    /// Source: MQTT 5.0 §4.12.1 [MQTT-4.12.1-2]. DISCONNECT knows fewer reasons than CONNACK.
    private func authenticationFailed(_ refusal: LoginRefusal, _ why: String) {
        self.shard.counters.add(.loginsFailed)
        let identity = self.identity
        self.server.report(
            .loginFailed(client: identity.clientID, user: identity.username, origin: self.origin, why: why)
        )
        switch refusal {
        case .badCredentials, .notAuthorized: self.fail(.notAuthorized, "the authentication failed")
        case .unavailable: self.fail(.serverBusy, "logins cannot be checked at the moment")
        }
    }

    /// The time of an exchange on an open connection is over.
    func checkExchange() {
        if self.exchangeDue == 0 || self.shard.now < self.exchangeDue { return }
        self.authenticationFailed(.notAuthorized, "the authentication took too long")
    }

    /// - Returns: False when the client takes no packet of that size.
    private func sendAuth(_ reason: MQTTReasonCode, _ data: [UInt8]) -> Bool {
        var packet = MQTTAuth(reason: reason)
        packet.properties.authenticationMethod = self.authenticationMethod
        if !data.isEmpty { packet.properties.authenticationData = data }
        return self.sendFirst(of: packet.encoded())
    }
}
