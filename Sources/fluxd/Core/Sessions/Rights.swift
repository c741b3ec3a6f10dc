package import Machine

/// What a client wants to do. Checked at CONNECT, SUBSCRIBE and PUBLISH, for a will, and for a retained message's delivery.
package enum Action: UInt8, CaseIterable, Sendable {
    case connect
    case publish
    case subscribe
    case will
    case readRetained
}

/// Who asks: what rules may name.
package struct Identity: Equatable, Sendable {
    package var clientID: [UInt8]
    /// nil for an anonymous client.
    package var username: String?
    package var listener: Int
    /// The client's address is one of this machine's own.
    package var isLocal: Bool

    package init(clientID: [UInt8], username: String?, listener: Int, isLocal: Bool = true) {
        self.clientID = clientID
        self.username = username
        self.listener = listener
        self.isLocal = isLocal
    }
}

extension StreamFacts {
    /// Whether the client runs on this machine. A proxy's word is not enough for that.
    package var isLocal: Bool {
        if self.proxy != nil { return false }
        switch self.remote {
        case .unix: return true
        case .ipv4(let address, _): return address >> 24 == 127
        case .ipv6(0, let low, _): return low == 1 || low >> 24 == 0xFFFF_7F  // also 127.0.0.0/8 in IPv6's form
        case .ipv6: return false
        }
    }
}

/// The place where rights are decided.
///
/// Answers are cached by who asks (a session for its subscriptions, a publisher for its route) for as long as
/// ``generation`` stands still, so an authorizer may be slow, but it must not block: one that has to ask elsewhere answers from
/// what it has and moves the generation when it knows better.
package protocol Authorizer: Sendable {
    /// Moves whenever an answer given before may be different now.
    var generation: UInt64 { get }
    func allows(_ action: Action, _ topic: [UInt8], for identity: Identity) -> Bool
}

/// Everything is allowed: what a broker on loopback has until users exist.
package struct AllowEverything: Authorizer {
    package init() {}
    package var generation: UInt64 { 0 }
    package func allows(_ action: Action, _ topic: [UInt8], for identity: Identity) -> Bool { true }
}
