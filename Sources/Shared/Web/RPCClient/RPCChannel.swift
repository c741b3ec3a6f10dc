package import HTTP
import RPC

/// Calls to one server over one connection at a time, which is made when it is needed and made again when it is lost.
///
/// It does no I/O. Its driver is asked for a connection, answers with ``connected(_:)`` or ``connectFailed(_:)``, says what
/// becomes of it, and runs the timers. Confined to the driver's loop.
package final class RPCChannel {
    let settings: RPCChannelSettings
    /// The driver's, which brings the time and runs what is due.
    let timers: Timers
    /// 0 ..< 1.
    private let random: () -> Double
    private let connect: () -> Void

    private var connectivity: Connectivity
    private(set) var transport: (any RPCTransport)?
    /// Calls that have not ended.
    private var calls: [ObjectIdentifier: RPCCall] = [:]
    /// Those of them that have no connection yet, oldest first.
    private var waiting: [RPCCall] = []
    /// What is to be done when the server's first word does not come in time, or when the wait for an attempt is over.
    private var connectTimer: Timers.ID?
    var keepalive = KeepaliveState()

    private var failure: String?
    /// Called after each change of ``state``, also from inside the driver's calls.
    package var onStateChange: (() -> Void)?

    /// - Parameters:
    ///   - timers: Run by the driver, which looks at their deadline after each input.
    ///   - random: A number of 0 ..< 1, for jitter.
    ///   - connect: Asks for a connection. Answered once, later and never inline.
    package init(
        _ settings: RPCChannelSettings,
        timers: Timers,
        random: @escaping () -> Double,
        connect: @escaping () -> Void
    ) {
        self.settings = settings
        self.timers = timers
        self.random = random
        self.connect = connect
        self.connectivity = Connectivity(settings.backoff)
        if settings.staysConnected { timers.schedule(at: timers.now) { [weak self] in self?.wantConnection() } }
    }

    package var state: Connectivity.State { self.connectivity.state }
    /// Why there is no connection, in words; nil while there is one that works, and before there was any.
    package var lastFailure: String? {
        self.noteAnswer()
        return self.failure
    }
    /// The server has answered something on the current connection.
    package var isEstablished: Bool {
        self.noteAnswer()
        return self.transport != nil && self.connectivity.isEstablished
    }
    /// Calls that have not ended.
    package var openCalls: Int { self.calls.count }

    // MARK: The driver's side

    /// The driver's answer: a connection on which nothing has been said but HTTP/2's beginning.
    package func connected(_ transport: any RPCTransport) {
        guard self.connectivity.connected() else { return transport.close() }
        self.transport = transport
        // The first word of a server that answers nothing else.
        transport.ping()
        self.startKeepalive()
        let calls = self.waiting
        self.waiting = []
        for call in calls { self.admit(call) }
        self.onStateChange?()
    }

    /// The driver's other answer.
    ///
    /// - Parameter reason: With the server's address, for people.
    package func connectFailed(_ reason: String) {
        if case .connecting = self.state { self.lost(reason) }
    }

    /// The server takes no more requests on the connection. Calls that it has end there.
    package func draining(_ transport: any RPCTransport) {
        if self.transport === transport { self.lost("the server is going away") }
    }

    /// The connection is gone. The calls on it are told by their handlers, before or after.
    package func closed(_ transport: any RPCTransport, _ reason: String) {
        if self.transport === transport { self.lost(reason) }
    }

    /// Forgets failures: the next call is an attempt, not a refusal for want of one. For a caller with a reason of its own to
    /// try again, such as a person.
    package func resetBackoff() {
        self.connectivity.resetBackoff()
        if self.state == .idle { self.connectAgain() }
    }

    /// Ends all calls with CANCELLED, and the connection. Nothing can be called afterwards.
    package func close() {
        self.connectivity.close()
        self.stopTimers()
        let (calls, transport) = (self.calls.values.map { $0 }, self.transport)
        self.transport = nil
        for call in calls { call.fail(RPCError(.cancelled, "the client was closed")) }
        transport?.close()
        self.onStateChange?()
    }

    // MARK: Calls

    /// Starts a call that sends and receives serialized messages; see the typed ones.
    func call(
        _ path: String,
        _ options: RPCCallOptions,
        onMessage: @escaping ([UInt8]) throws(RPCError) -> Void,
        onEnd: @escaping (Result<Void, RPCError>) -> Void
    ) -> RPCCall {
        let call = RPCCall(self, path: path, options: options, onMessage: onMessage, onEnd: onEnd)
        self.calls[ObjectIdentifier(call)] = call
        self.admit(call)
        return call
    }

    /// Gives the call to the connection, or lets it wait for one.
    func admit(_ call: RPCCall) {
        if call.isEnded { return }
        if let transport = self.transport, call.start(on: transport) { return }
        switch self.state {
        case .closed: return self.failLater(call, .cancelled, "the client was closed")
        case .waiting where !call.waitsForReady: return self.failLater(call, .unavailable, self.whyUnavailable)
        default: break
        }
        guard self.waiting.count < self.settings.waitingLimit else {
            return self.failLater(call, .resourceExhausted, "\(self.waiting.count) calls wait for a connection already")
        }
        self.waiting.append(call)
        self.wantConnection()
    }

    private var whyUnavailable: String { self.failure ?? "there is no connection" }

    private func failLater(_ call: RPCCall, _ code: RPCCode, _ message: String) {
        self.timers.schedule(at: self.timers.now) { call.fail(RPCError(code, message)) }
    }

    func ended(_ call: RPCCall) {
        self.calls[ObjectIdentifier(call)] = nil
        if let index = self.waiting.firstIndex(where: { $0 === call }) { self.waiting.remove(at: index) }
    }

    // MARK: Connecting

    private func wantConnection() {
        guard self.connectivity.wanted(now: self.timers.now) else { return }
        self.restartConnectTimer(at: self.timers.now + self.settings.connectTimeout) { channel in
            channel.noteAnswer()
            if channel.connectivity.isEstablished { return }
            channel.abandon(
                "no answer from \(channel.settings.authority) within \(channel.settings.connectTimeout) ms"
            )
        }
        self.connect()
        self.onStateChange?()
    }

    /// The server said something in a call. What comes on a connection that is being left says nothing of the current one.
    func heard(on transport: any RPCTransport) {
        guard self.transport === transport else { return }
        self.keepalive.lastHeard = self.timers.now
        self.established()
    }

    private func noteAnswer() {
        if let transport = self.transport, !transport.isPingUnanswered { self.established() }
    }

    private func established() {
        if self.transport == nil || self.connectivity.isEstablished { return }
        self.connectivity.established()
        self.failure = nil
        if let timer = self.connectTimer { self.timers.cancel(timer) }
        self.connectTimer = nil
    }

    /// Ends a connection, or an attempt, that does not answer.
    func abandon(_ reason: String) {
        guard let transport = self.transport else { return self.connectFailed(reason) }
        let calls = self.calls.values.filter { $0.isOpen(on: transport) }
        self.lost(reason)
        for call in calls { call.fail(RPCError(.unavailable, reason)) }
        transport.close()
    }

    private func lost(_ reason: String) {
        self.noteAnswer()
        self.stopTimers()
        self.failure = reason
        let hadConnection = self.transport != nil
        self.transport = nil
        self.connectivity.ended(now: self.timers.now, random: self.random())
        if case .waiting(let until) = self.state {
            self.restartConnectTimer(at: until) { $0.connectAgain() }
        } else {
            self.restartConnectTimer(at: self.timers.now) { $0.connectAgain() }
        }
        // Calls that came while a good connection was going may have the next one.
        let isReplaced = hadConnection && self.state == .idle
        let impatient = isReplaced ? [] : self.waiting.filter { !$0.waitsForReady }
        for call in impatient { call.fail(RPCError(.unavailable, reason)) }
        self.onStateChange?()
    }

    private func connectAgain() {
        self.connectivity.waited(now: self.timers.now)
        if self.settings.staysConnected || !self.waiting.isEmpty { self.wantConnection() }
        self.onStateChange?()
    }

    private func restartConnectTimer(at due: UInt64, _ body: @escaping (RPCChannel) -> Void) {
        if let timer = self.connectTimer { self.timers.cancel(timer) }
        self.connectTimer = self.timers.schedule(at: due) { [weak self] in
            guard let self else { return }
            self.connectTimer = nil
            body(self)
        }
    }

    private func stopTimers() {
        self.stopKeepalive()
        if let timer = self.connectTimer { self.timers.cancel(timer) }
        self.connectTimer = nil
    }
}

@available(*, unavailable)
extension RPCChannel: Sendable {}
