import Blocking
import Bytes
import Glibc
import Machine

/// Carries events between a socket, a clock, the application and ``ClientMachine``, on a thread of its own.
final class ClientDriver {
    typealias Instant = ClientMachine.Instant

    /// Where the transport stands.
    enum Link {
        case none
        /// Until `deadline`; `attempt` tells an old look-up's answer from the current one's.
        case resolving(deadline: Instant)
        case connecting(rest: [NetworkAddress], deadline: Instant)
        /// TLS and WebSocket are being opened.
        case opening(deadline: Instant)
        /// CONNECT was sent.
        case handshaking(deadline: Instant)
        case open
        case waiting(until: Instant)
        /// Waits for the broker to close, so that the last bytes are not lost to a reset.
        case lingering(deadline: Instant)
    }

    enum Waiter {
        case publish(ClientCommand.Completion<MQTTPublishReceipt>)
        case publisher(MQTTPublisher, index: Int, bytes: Int)
        case subscribe(ClientCommand.Completion<[MQTTSubscribeOutcome]>)
        case unsubscribe(ClientCommand.Completion<[MQTTReason]>)
    }

    let configuration: MQTTClientConfiguration
    let mailbox: Mailbox
    let inbox: Inbox
    var machine: ClientMachine
    var link = Link.none
    var socket: ClientSocket?
    var now = ContinuousClock.now
    var isFinished = false

    var connectWaiter: ClientCommand.Completion<MQTTConnectionInfo>?
    var disconnectWaiters: [ClientCommand.Completion<Void>] = []
    var waiters: [ClientMachine.Ticket: Waiter] = [:]
    var nextTicket: ClientMachine.Ticket = 0
    /// Messages at QoS 0 whose bytes are not all with the system yet, oldest first.
    var handedOver: [(ticket: ClientMachine.Ticket, afterBytes: Int)] = []
    var sending: [UInt8] = []
    var sent = 0
    var written = 0
    var partial: [UInt8] = []
    /// Made by the first ``connect(_:)``.
    var transport: ClientTransport?
    /// Nil where MQTT stands on the socket itself.
    var pipe: LayerPipe?
    /// What the pipe has not wrapped yet.
    var unwrapped: OutputBuffer
    /// Bytes that the pipe has wrapped and the system has not taken yet, as they were before.
    var wrapped = 0
    private let pool = ChunkPool(limit: 2)
    private let scratch = LayerScratch()
    private let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    var mayRead = true
    var lookUps = 0
    var failedAttempts = 0
    /// Set for good: the client ends when the link does.
    var isEnding = false

    init(_ configuration: MQTTClientConfiguration, mailbox: Mailbox, inbox: Inbox) {
        self.configuration = configuration
        self.mailbox = mailbox
        self.inbox = inbox
        self.machine = ClientMachine(configuration: configuration, now: self.now)
        self.unwrapped = OutputBuffer(pool: self.pool)
    }

    deinit { self.readBuffer.deallocate() }

    /// Works until the client has ended and nobody holds it.
    func run() {
        while !self.isFinished {
            self.poll()
            self.now = .now
            for command in self.mailbox.take() { self.perform(command) }
            self.checkTime()
            self.machine.tick(now: self.now)
            self.settle()
        }
    }

    // MARK: Link

    func lookUp() {
        self.lookUps += 1
        self.link = .resolving(deadline: self.now + self.configuration.connectTimeout)
        let (mailbox, attempt) = (self.mailbox, self.lookUps)
        resolve(host: self.configuration.host, port: self.configuration.port) {
            mailbox.post(.resolved($0, attempt: attempt))
        }
    }

    func resolved(_ result: Result<[NetworkAddress], MQTTClientError>, attempt: Int) {
        guard case .resolving(let deadline) = self.link, attempt == self.lookUps else { return }
        switch result {
        case .success(let addresses): self.tryNext(of: addresses, deadline: deadline, failure: "no address")
        case .failure(let error): self.lost(error)
        }
    }

    func tryNext(of addresses: [NetworkAddress], deadline: Instant, failure: String) {
        var failure = failure
        for (index, address) in addresses.enumerated() {
            if let socket = ClientSocket(connectingTo: address, failure: &failure) {
                self.socket = consume socket
                self.link = .connecting(rest: Array(addresses[(index + 1)...]), deadline: deadline)
                return
            }
        }
        self.lost(.unreachable("cannot connect to \(self.endpoint): \(failure)"))
    }

    var endpoint: String {
        let host = self.configuration.host
        return (host.contains(":") ? "[\(host)]" : host) + ":\(self.configuration.port)"
    }

    func transportConnected(deadline: Instant) {
        (self.sending, self.sent, self.written, self.partial) = ([], 0, 0, [])
        self.mayRead = true
        self.pipe = self.transport?.makePipe(scratch: self.scratch, pool: self.pool)
        if let pipe { self.open(pipe, deadline: deadline) } else { self.transportOpened(deadline: deadline) }
    }

    /// Bytes from here on are MQTT.
    func transportOpened(deadline: Instant) {
        self.link = .handshaking(deadline: deadline)
        self.machine.connected(now: self.now)
    }

    /// The link failed or ended: another attempt, or the end.
    func lost(_ error: MQTTClientError) {
        self.socket = nil
        self.pipe = nil
        self.machine.connectionEnded()
        // Whatever was written of them is gone, and QoS 0 promises no more.
        for item in self.handedOver { self.settle(item.ticket, .failure(error)) }
        self.handedOver = []
        if let waiter = self.connectWaiter {
            self.connectWaiter = nil
            self.link = .none
            self.machine.abandon(error)
            self.carryOutEvents()
            return waiter(.failure(error))
        }
        guard !self.isEnding, let backoff = self.configuration.backoff, error.isWorthRetrying else {
            return self.end(self.isEnding ? .closed : error)
        }
        let delay = backoff.delay(attempt: self.failedAttempts, random: .random(in: 0...1))
        self.failedAttempts += 1
        self.link = .waiting(until: self.now + delay)
        self.configuration.onEvent?(.disconnected(error, retryAfter: delay))
    }

    func end(_ error: MQTTClientError) {
        let wasLost = !self.isEnding
        self.isEnding = true
        self.link = .none
        self.socket = nil
        self.pipe = nil
        self.machine.connectionEnded()
        for item in self.handedOver { self.settle(item.ticket, .failure(error)) }
        self.handedOver = []
        self.machine.abandon(error)
        self.carryOutEvents()
        self.inbox.end(wasLost ? .failure(error) : .success(()))
        if let waiter = self.connectWaiter { waiter(.failure(error)) }
        self.connectWaiter = nil
        for waiter in self.disconnectWaiters { waiter(.success(())) }
        self.disconnectWaiters = []
        if wasLost { self.configuration.onEvent?(.disconnected(error, retryAfter: nil)) }
    }

    // MARK: Time

    var deadline: Instant? {
        switch self.link {
        case .none: nil
        case .resolving(let deadline), .connecting(_, let deadline), .opening(let deadline),
            .handshaking(let deadline), .lingering(let deadline):
            deadline
        case .waiting(let until): until
        // While reading is paused the broker's answers are not seen, and its silence says nothing.
        case .open: self.mayRead ? self.machine.deadline : nil
        }
    }

    func checkTime() {
        guard let deadline = self.deadline, self.now >= deadline else { return }
        switch self.link {
        case .resolving: self.lost(.unreachable("cannot look up \"\(self.configuration.host)\" in time"))
        case .connecting: self.lost(.unreachable("cannot connect to \(self.endpoint): timed out"))
        case .opening: self.lost(.unreachable("\(self.endpoint) does not answer the \(self.opening) handshake"))
        case .handshaking: self.lost(.unreachable("\(self.endpoint) accepts connections and does not answer CONNECT"))
        case .lingering: self.end(.closed)
        case .waiting: self.lookUp()
        case .none, .open: break
        }
    }

    func poll() {
        var entries = [pollfd(fd: self.mailbox.wakeUp.readEnd, events: Int16(POLLIN), revents: 0)]
        if self.socket != nil, let descriptor = self.socket?.descriptor {
            var events: Int16 = 0
            if case .connecting = self.link {
                events = Int16(POLLOUT)
            } else {
                if self.mayRead || self.isEnding { events |= Int16(POLLIN) }
                if self.hasOutput { events |= Int16(POLLOUT) }
            }
            entries.append(pollfd(fd: descriptor, events: events, revents: 0))
        }
        var timeout: Int32 = -1
        if let deadline = self.deadline {
            let left = (deadline - .now).components
            timeout = Int32(clamping: max(0, left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000 + 1))
        }
        _ = Glibc.poll(&entries, nfds_t(entries.count), timeout)
        self.now = .now
        if entries[0].revents != 0 { self.mailbox.wakeUp.drain() }
        guard entries.count > 1, entries[1].revents != 0 else { return }
        if case .connecting(let rest, let deadline) = self.link {
            if let failure = self.socket?.connectError {
                self.socket = nil
                self.tryNext(of: rest, deadline: deadline, failure: failure)
            } else {
                self.transportConnected(deadline: deadline)
            }
        } else if entries[1].revents & ~Int16(POLLOUT) != 0 {
            self.read()
        }
    }

    // MARK: Bytes

    /// Reads what has arrived, a bounded number of times so that commands and acknowledgements get their turn.
    func read() {
        for _ in 0..<16 {
            guard let outcome = self.socket?.read(into: self.readBuffer) else { return }
            switch outcome {
            case .bytes(let count):
                self.received(count)
                if count < self.readBuffer.count || !self.mayRead || self.machine.phase == .closing { return }
            case .wouldBlock: return
            case .ended: return self.transportEnded("the broker closed it")
            case .failed(let reason): return self.transportEnded(reason)
            }
        }
    }

    func received(_ count: Int) {
        if case .lingering = self.link { return }
        let bytes = UnsafeRawBufferPointer(rebasing: self.readBuffer[..<count])
        if let pipe {
            self.received(bytes, through: pipe)
        } else if self.partial.isEmpty {
            let used = bytes.withMemoryRebound(to: UInt8.self) {
                self.machine.received(Span(_unsafeElements: $0), now: self.now)
            }
            if used < count { self.partial = Array(bytes[used...]) }
        } else {
            self.partial += bytes
            self.readPartial()
        }
        self.carryOutEvents()
    }

    func readPartial() {
        let used = self.partial.withUnsafeBufferPointer {
            self.machine.received(Span(_unsafeElements: $0), now: self.now)
        }
        self.partial.removeFirst(used)
    }

    func transportEnded(_ reason: String) {
        if case .lingering = self.link { return self.end(.closed) }
        if case .opening = self.link {
            return self.lost(
                .unreachable(
                    "\(self.endpoint) closed the connection during the \(self.opening) handshake; perhaps it speaks none there"
                )
            )
        }
        if case .handshaking = self.link {
            return self.lost(.unreachable("\(self.endpoint) closed the connection before it answered CONNECT"))
        }
        self.lost(.connectionLost(reason))
    }

    /// Carries out what the machine decided, then writes what it wants sent.
    func settle() {
        self.carryOutEvents()
        self.write()
        if case .lingering = self.link, !self.hasOutput {
            if let pipe {
                pipe.close()
                self.writeLayered(pipe)
            }
            if !self.hasOutput { self.socket?.endWriting() }
        }
    }

    var hasOutput: Bool {
        self.sent < self.sending.count || !self.machine.output.isEmpty || self.pipe?.wire.isEmpty == false
            || !self.unwrapped.isEmpty
    }

    func write() {
        if let pipe { return self.writeLayered(pipe) }
        while self.socket != nil {
            if self.sent == self.sending.count {
                self.sending.removeAll(keepingCapacity: self.sending.capacity <= 1 << 20)
                self.sent = 0
                if self.machine.output.isEmpty { break }
                swap(&self.sending, &self.machine.output)
            }
            if case .connecting = self.link { break }
            let outcome = self.sending[self.sent...].withUnsafeBytes { self.socket?.write($0) ?? .ended }
            switch outcome {
            case .bytes(let count):
                self.sent += count
                self.written += count
            case .wouldBlock, .ended: return self.settleHandedOver()
            case .failed(let reason): return self.transportEnded(reason)
            }
        }
        self.settleHandedOver()
    }

    func settleHandedOver() {
        guard let first = self.handedOver.first, first.afterBytes <= self.written else { return }
        let done = self.handedOver.prefix { $0.afterBytes <= self.written }
        let receipt = MQTTPublishReceipt(reason: MQTTReason(code: 0), roundTrip: nil)
        for item in done { self.settle(item.ticket, .success(receipt)) }
        self.handedOver.removeFirst(done.count)
    }
}

extension MQTTClientError {
    /// Whether the same connection may work later; a client that was taken over by its twin must not fight for the session.
    fileprivate var isWorthRetrying: Bool {
        switch self {
        case .unreachable, .tls, .connectionLost: true
        case .refused(let reason, _), .disconnected(let reason, _):
            // Server unavailable, busy, shutting down, quota, rate, maximum time, unspecified, keep-alive.
            [0x80, 0x88, 0x89, 0x8B, 0x8D, 0x96, 0x97, 0x98, 0x9F, 0xA0].contains(reason.code)
        default: false
        }
    }
}

@available(*, unavailable)
extension ClientDriver: Sendable {}
