package import Machine

/// Who a client says it is, and what it shows for it.
package struct Credentials: Sendable {
    /// As the broker will call the client: one that it chose when the client named none.
    package var clientID: [UInt8]
    package var username: String?
    package var password: [UInt8]?
    package var listener: Int
    package var facts: StreamFacts

    package init(clientID: [UInt8], username: String?, password: [UInt8]?, listener: Int, facts: StreamFacts) {
        self.clientID = clientID
        self.username = username
        self.password = password
        self.listener = listener
        self.facts = facts
    }
}

/// Whether a client is let in.
package enum LoginVerdict: Sendable {
    /// - Parameter username: Under which it is known from now on: its own, or its certificate's; nil for an anonymous client.
    case accepted(username: String?)
    case refused(LoginRefusal, why: String)
}

package enum LoginRefusal: Sendable {
    /// A name or a password that is wrong: which one is nobody's business. MQTT 5 0x86, MQTT 3 4.
    case badCredentials
    /// Known, and not welcome here: no anonymous clients, the wrong listener. 0x87, 5.
    case notAuthorized
    /// Nobody can tell at the moment. 0x88, 3.
    case unavailable
}

/// What an ``Authenticator`` has to say at once.
package enum LoginStep: Sendable {
    case decided(LoginVerdict)
    /// A password's hash takes milliseconds by design: it is worked out away from the loop.
    case work(@Sendable () -> LoginVerdict)
}

/// Decides who is who. Asked on every shard's loop; must not block.
package protocol Authenticator: Sendable {
    func login(_ credentials: Credentials) -> LoginStep
    /// MQTT 5's enhanced authentication (§4.12), by the method that CONNECT names; nil when it is not served on that listener.
    func exchange(method: String, _ credentials: Credentials) -> (any LoginExchange)?
    /// Whether a client that was let in may stay after the users changed: asked once a session when ``generation`` has moved.
    func stillKnows(username: String?, listener: Int) -> Bool
    var generation: UInt64 { get }
}

/// One run of an authentication method, message by message. Kept by its connection.
package protocol LoginExchange: Sendable {
    /// Takes what the client sent. Cheap: the costly part of SCRAM is the client's.
    mutating func received(_ data: [UInt8]) -> LoginExchangeStep
}

package enum LoginExchangeStep: Sendable {
    /// Sent to the client with reason 0x18; its next message is awaited.
    case goOn([UInt8])
    /// The client is who it says it is; the data goes with the CONNACK, or with an AUTH of reason 0x00.
    case done(username: String, [UInt8])
    case refused(LoginRefusal, why: String)
}

/// Lets in whoever the listener lets in without credentials: what a broker has until users exist. Names are taken as they are.
package struct OpenAuthenticator: Authenticator {
    /// Listeners, by index, that take anonymous clients.
    private let anonymous: Set<Int>

    package init(anonymous: Set<Int>) { self.anonymous = anonymous }

    package var generation: UInt64 { 0 }

    package func login(_ credentials: Credentials) -> LoginStep {
        if self.anonymous.contains(credentials.listener) { return .decided(.accepted(username: credentials.username)) }
        return .decided(.refused(.notAuthorized, why: "the listener takes no anonymous clients"))
    }

    package func exchange(method: String, _ credentials: Credentials) -> (any LoginExchange)? { nil }
    package func stillKnows(username: String?, listener: Int) -> Bool { true }
}
