/// Where a channel stands with its server, and when to try next. It decides; ``RPCChannel`` does.
///
/// Source: gRPC "Connectivity Semantics and API", "Connection Backoff Protocol".
package struct Connectivity: Sendable {
    package enum State: Equatable, Sendable {
        /// No connection, and nobody asked for one.
        case idle
        case connecting
        case ready
        /// The last attempt failed; the next one is made at this time, if it is still wanted.
        case waiting(until: UInt64)
        case closed
    }

    package private(set) var state = State.idle
    /// Attempts that failed since the last that was answered.
    package private(set) var failures = 0
    private let backoff: RPCBackoff
    private var attemptStarted: UInt64 = 0
    /// The server has spoken on the current connection: what accepts and says nothing is no server.
    package private(set) var isEstablished = false

    package init(_ backoff: RPCBackoff) { self.backoff = backoff }

    /// Somebody wants a connection.
    ///
    /// - Returns: Whether to ask for one now; else there is one, or it is under way, or has to wait.
    package mutating func wanted(now: UInt64) -> Bool {
        guard self.state == .idle else { return false }
        self.state = .connecting
        self.attemptStarted = now
        self.isEstablished = false
        return true
    }

    /// - Returns: Whether the connection is wanted; else it is closed.
    package mutating func connected() -> Bool {
        guard self.state == .connecting else { return false }
        self.state = .ready
        return true
    }

    /// The server has answered something.
    package mutating func established() {
        guard self.state == .ready else { return }
        self.isEstablished = true
        self.failures = 0
    }

    /// The attempt failed, or the connection is lost or takes no more calls.
    ///
    /// - Parameter random: 0 ..< 1.
    package mutating func ended(now: UInt64, random: Double) {
        switch self.state {
        case .connecting, .ready: break
        case .idle, .waiting, .closed: return
        }
        // A connection that was good is replaced at once, unless it was made a moment ago: a server that lets everybody in and
        // throws them out again is not to be hammered.
        if !self.isEstablished { self.failures += 1 }
        let delay =
            self.isEstablished ? self.backoff.initial : self.backoff.delay(failures: self.failures, random: random)
        let next = self.attemptStarted + delay
        self.state = next <= now ? .idle : .waiting(until: next)
    }

    /// The time of ``State/waiting(until:)`` has come.
    package mutating func waited(now: UInt64) {
        if case .waiting(let until) = self.state, until <= now { self.state = .idle }
    }

    /// As if nothing had failed.
    package mutating func resetBackoff() {
        self.failures = 0
        if case .waiting = self.state { self.state = .idle }
    }

    package mutating func close() { self.state = .closed }
}
