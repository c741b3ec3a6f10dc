/// A client's side of the simulation: what it is told.
package protocol SimulatedPeer: AnyObject {
    func received(_ bytes: [UInt8], on connection: SimulatedConnection)
    /// The connection is over; whatever was on its way is lost when it was reset.
    func closed(_ connection: SimulatedConnection, wasReset: Bool)
}

/// One simulated byte stream, both ends of it: the client calls its methods, the server's end belongs to a ``SimulatedStream``.
/// A stream between two machines is two of them, see ``SimulatedLine``.
package final class SimulatedConnection {
    package let number: Int
    private let simulator: Simulator
    private var peer: (any SimulatedPeer)?
    /// Sent by the client and on its way; arrived and not read.
    private var outbound: [UInt8] = []
    private var arrived: [UInt8] = []
    private var hasFinished = false
    private var finishArrived = false
    /// Written by the server and not taken by the client.
    private var inbound: [UInt8] = []
    private var serverClosed = false
    private(set) var isReset = false
    /// The server's end while a loop owns it: not before accept, not while it moves.
    weak var stream: SimulatedStream?
    private var isSending = false
    private var isReceiving = false
    private var isReadable = false
    /// Gives this connection's sender room again, once the server has read some of what waits for it.
    var hasRoom: (() -> Void)?

    /// Whether the client takes what arrives. A client that does not makes the server's writes partial.
    package var takes = true {
        didSet { self.receiveLater() }
    }
    package var isOpen: Bool { self.peer != nil }
    /// Sent, and not read yet.
    var unread: Int { self.outbound.count + self.arrived.count }
    let capacity: Int

    init(number: Int, capacity: Int, peer: any SimulatedPeer, simulator: Simulator) {
        self.number = number
        self.capacity = capacity
        self.peer = peer
        self.simulator = simulator
    }

    // MARK: The client's end

    package func send(_ bytes: [UInt8]) {
        if !self.isOpen || self.hasFinished || bytes.isEmpty { return }
        self.outbound += bytes
        self.sendLater()
    }

    /// Sends no more, and says so; still takes what comes.
    package func finish() {
        if !self.isOpen { return }
        self.hasFinished = true
        self.sendLater()
    }

    /// Breaks the connection for both ends at once. The server may still find bytes that had arrived.
    package func reset() {
        guard let peer = self.peer else { return }
        self.peer = nil
        self.isReset = true
        self.outbound = []
        self.inbound = []
        if self.simulator.random.chance(perMille: 500) { self.arrived = [] }
        self.simulator.note(1, UInt64(self.number))
        peer.closed(self, wasReset: true)
        self.readableLater()
        self.stream?.writable()
    }

    private func sendLater() {
        if self.isSending || (self.outbound.isEmpty && !self.hasFinished) { return }
        self.isSending = true
        self.simulator.after(self.simulator.conditions.latency) { [self] in
            self.isSending = false
            if self.isReset { return }
            if !self.outbound.isEmpty, self.simulator.meetsReset() { return self.reset() }
            let count = self.piece(of: self.outbound.count)
            self.arrived += self.outbound[..<count]
            self.outbound.removeFirst(count)
            self.simulator.note(2, UInt64(self.number), UInt64(count))
            if self.outbound.isEmpty { self.finishArrived = self.hasFinished } else { self.sendLater() }
            self.readableLater()
        }
    }

    private func receiveLater() {
        if self.isReceiving || !self.takes || !self.isOpen || (self.inbound.isEmpty && !self.serverClosed) { return }
        self.isReceiving = true
        self.simulator.after(self.simulator.conditions.latency) { [self] in
            self.isReceiving = false
            guard self.takes, let peer = self.peer else { return }
            if !self.inbound.isEmpty, self.simulator.meetsReset() { return self.reset() }
            let bytes = Array(self.inbound.prefix(self.piece(of: self.inbound.count)))
            self.inbound.removeFirst(bytes.count)
            self.simulator.note(3, UInt64(self.number), bytes)
            if !bytes.isEmpty { peer.received(bytes, on: self) }
            if self.inbound.isEmpty, self.serverClosed, let peer = self.peer {
                self.peer = nil
                peer.closed(self, wasReset: false)
            }
            self.stream?.writable()
            self.receiveLater()
        }
    }

    private func piece(of count: Int) -> Int {
        count == 0 ? 0 : self.simulator.random.value(in: 1...min(count, self.simulator.conditions.largestPiece))
    }

    // MARK: The server's end

    /// What a read finds.
    enum Reading { case bytes([UInt8]), end, failure, nothing }

    func read(upTo limit: Int) -> Reading {
        if !self.arrived.isEmpty {
            let bytes = Array(self.arrived.prefix(min(limit, self.piece(of: self.arrived.count))))
            self.arrived.removeFirst(bytes.count)
            self.hasRoom?()
            return .bytes(bytes)
        }
        return self.isReset ? .failure : self.finishArrived ? .end : .nothing
    }

    var hasNews: Bool { !self.arrived.isEmpty || self.isReset || self.finishArrived }

    /// Tells the server's end, in its loop's time, that there is something to read.
    func readableLater() {
        if self.isReadable || !self.hasNews { return }
        self.isReadable = true
        self.simulator.after(0...0) { [self] in
            self.isReadable = false
            self.stream?.readable()
        }
    }

    /// - Returns: Bytes that the socket took; nil when the connection is broken.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
        if self.isReset { return nil }
        let count = max(0, min(bytes.count, self.capacity - self.inbound.count))
        self.inbound += bytes[..<count]
        self.receiveLater()
        return count
    }

    func closeServerEnd() {
        self.serverClosed = true
        self.arrived = []
        self.receiveLater()
    }
}

@available(*, unavailable)
extension SimulatedConnection: Sendable {}
