package import Machine

/// Where simulated machines listen for each other, and the streams between them.
final class SimulatedNetwork {
    fileprivate var listeners: [ConnectTarget: (listener: Int, shards: [Int])] = [:]
    /// Open ones, oldest first.
    fileprivate var lines: [(target: ConnectTarget, line: SimulatedLine)] = []
}

extension Simulator {
    /// Streams that machines ask for at `target` are accepted by these shards, by the seed's choice.
    package func listen(at target: ConnectTarget, listener: Int = 0, shards: [Int]) {
        precondition(!shards.isEmpty, "nobody would accept at \(target)")
        self.network.listeners[target] = (listener, shards)
    }

    /// Whoever asks from now on is refused. Streams stay.
    package func stopListening(at target: ConnectTarget) { self.network.listeners[target] = nil }

    /// Breaks all streams to `target`, for both ends at once.
    package func cut(_ target: ConnectTarget) {
        for line in self.lines(to: target) { line.reset() }
    }

    /// No byte gets through to `target` or back, and nobody is told; or they do again.
    package func silence(_ target: ConnectTarget, _ isSilent: Bool) {
        for line in self.lines(to: target) { line.isSilent = isSilent }
    }

    private func lines(to target: ConnectTarget) -> [SimulatedLine] {
        self.network.lines.removeAll { !$0.line.isOpen }
        return self.network.lines.filter { $0.target == target }.map { $0.line }
    }

    func connect(_ shard: Int, _ request: UInt64, to target: ConnectTarget) {
        self.note(9, UInt64(shard), request)
        self.after(self.conditions.latency) { [self] in
            guard let place = self.network.listeners[target],
                !self.random.chance(perMille: self.conditions.refusalsPerMille)
            else {
                return self.loops[shard].open(.refused(request: request, "Connection refused"), from: shard)
            }
            let line = SimulatedLine(self, listener: place.listener, to: self.random.pick(place.shards))
            self.network.lines.removeAll { !$0.line.isOpen }
            self.network.lines.append((target, line))
            self.loops[shard].open(.connected(line.near, request: request), from: shard)
        }
    }
}

/// A stream between two machines: two connections, whose clients' ends are tied to each other. So either machine meets partial
/// writes, cuts and delays of its own.
final class SimulatedLine: SimulatedPeer {
    /// The server's end of the first is the machine that asked, that of the second the one that accepts.
    private var ends: [SimulatedConnection] = []

    init(_ simulator: Simulator, listener: Int, to shard: Int) {
        self.ends = [simulator.makeConnection(self), simulator.connect(self, listener: listener, to: shard)]
        for end in self.ends { end.hasRoom = { [weak self] in self?.letThrough() } }
    }

    var near: SimulatedConnection { self.ends[0] }
    var isOpen: Bool { self.ends.contains { $0.isOpen } }
    var isSilent = false { didSet { self.letThrough() } }

    func reset() {
        for end in self.ends { end.reset() }
    }

    /// Whoever does not read holds up the other's writes.
    private func letThrough() {
        for end in self.ends {
            let other = self.other(end)
            let takes = !self.isSilent && other.unread < other.capacity
            if end.takes != takes { end.takes = takes }
        }
    }

    private func other(_ end: SimulatedConnection) -> SimulatedConnection { self.ends[end === self.ends[0] ? 1 : 0] }

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) {
        self.other(connection).send(bytes)
        self.letThrough()
    }

    func closed(_ connection: SimulatedConnection, wasReset: Bool) {
        if wasReset { self.other(connection).reset() } else { self.other(connection).finish() }
    }
}
