import Bytes
package import Machine

/// The twin of `LoopDriver`: drives one machine with what the simulator lets happen, in the production driver's order of steps.
package final class SimulatedLoop {
    enum Envelope {
        case accepted(SimulatedConnection, listener: Int)
        case moved(SimulatedConnection, MovingState, listener: Int, MovingPipe?)
        case batch(LinkBatch)
        case answer(LinkAnswer)
        case connected(SimulatedConnection, request: UInt64)
        case refused(request: UInt64, String)
        case finished(ticket: UInt64, any Sendable)
        case stored([StoreAnswer])
    }

    package let index: Int
    package let machine: any Machine
    unowned let simulator: Simulator
    let effects: Effects
    private let scratch = LayerScratch()
    private var streams: [SimulatedStream?] = []
    private var generations: [UInt32] = []
    private var freeSlots: [UInt32] = []
    private var closing: [SimulatedStream] = []
    private var resumable: [StreamID] = []
    private var willIterate = false
    private var armedFor: UInt64?
    /// What the store has been given, per class, oldest first.
    var storing: [[UInt64]] = Array(repeating: [], count: DurabilityClass.allCases.count)
    /// Where a stepped store leaves its answers.
    let mailbox = StoreMailbox()
    package private(set) var openStreams = 0

    init(index: Int, machine: any Machine, simulator: Simulator) {
        self.index = index
        self.machine = machine
        self.effects = machine.effects
        self.simulator = simulator
        self.refreshTime()
    }

    func refreshTime() { self.machine.now = self.simulator.now }

    // MARK: Streams

    private func makeSlot() -> StreamID {
        if let slot = self.freeSlots.popLast() { return StreamID(slot: slot, generation: self.generations[Int(slot)]) }
        self.streams.append(nil)
        self.generations.append(1)
        return StreamID(slot: UInt32(self.streams.count - 1), generation: 1)
    }

    private func stream(_ id: StreamID) -> SimulatedStream? {
        guard Int(id.slot) < self.streams.count, self.generations[Int(id.slot)] == id.generation else { return nil }
        return self.streams[Int(id.slot)]
    }

    private func adopt(_ connection: SimulatedConnection, listener: Int) {
        let id = self.makeSlot()
        let remote = PeerAddress.ipv4(0x7F00_0001, port: UInt16(truncatingIfNeeded: connection.number))
        let layers = self.simulator.layers[listener]?.layers(for: remote) ?? []
        if !layers.isEmpty {
            let pipe = LayerPipe(layers, remote: remote, scratch: self.scratch, pool: self.effects.chunks)
            let nobody = StreamPeer(id: id, effects: self.effects)
            let stream = SimulatedStream(nobody, connection, loop: self, listener: listener, pipe: pipe)
            self.start(stream)
            return stream.beginHandshake()
        }
        guard let peer = self.machine.opened(id, listener: listener, facts: StreamFacts(remote: remote)) else {
            connection.closeServerEnd()
            return self.forget(id)
        }
        self.start(SimulatedStream(peer, connection, loop: self, listener: listener))
    }

    private func connected(_ connection: SimulatedConnection, _ request: UInt64) {
        let id = self.makeSlot()
        guard let peer = self.machine.connected(id, request: request) else {
            connection.closeServerEnd()
            return self.forget(id)
        }
        self.start(SimulatedStream(peer, connection, loop: self))
    }

    private func adopt(
        _ connection: SimulatedConnection,
        _ state: MovingState,
        _ listener: Int,
        _ layers: MovingPipe?
    ) {
        let id = self.makeSlot()
        let stream = SimulatedStream(
            self.machine.arrived(id, state),
            connection,
            loop: self,
            listener: listener,
            pipe: layers.map { LayerPipe($0, scratch: self.scratch, pool: self.effects.chunks) }
        )
        stream.keep(state.unread)
        // The resume comes before the first read, as it does in libuv, which polls a new descriptor in the next iteration.
        if state.unread.isEmpty {
            self.start(stream)
        } else {
            self.streams[Int(id.slot)] = stream
            self.openStreams += 1
            self.resumable.append(id)
        }
        if layers != nil { stream.flush() }
    }

    private func start(_ stream: SimulatedStream) {
        self.streams[Int(stream.id.slot)] = stream
        self.openStreams += 1
        stream.startReading()
    }

    func releaseLater(_ stream: SimulatedStream) {
        self.closing.append(stream)
        self.iterateLater()
    }

    private func forget(_ id: StreamID) {
        self.streams[Int(id.slot)] = nil
        self.generations[Int(id.slot)] &+= 1
        self.freeSlots.append(id.slot)
    }

    /// Once a second while a write is pending.
    func watchWrite(of stream: SimulatedStream) {
        self.simulator.after(1_000...1_000) { [weak self, weak stream] in
            guard let self, let stream, !stream.isClosing, stream.peer.isWriting else { return }
            if stream.isStalled(limit: self.simulator.writeTimeout) {
                self.refreshTime()
                stream.close()
            } else {
                self.watchWrite(of: stream)
            }
        }
    }

    func resumeLater(_ id: StreamID) { self.resumable.append(id) }

    // MARK: Iterations

    func endOfRead() {
        if self.machine.wantsFlush { self.settle() }
        self.iterateLater()
    }

    func open(_ envelope: Envelope, from shard: Int) {
        self.refreshTime()
        switch envelope {
        case .accepted(let connection, let listener): self.adopt(connection, listener: listener)
        case .moved(let connection, let state, let listener, let layers):
            self.adopt(connection, state, listener, layers)
        case .batch(let batch):
            self.machine.received(batch, from: shard)
            self.endOfRead()
        case .answer(let answer): self.machine.received(answer, from: shard)
        case .connected(let connection, let request): self.connected(connection, request)
        case .refused(let request, let reason): self.machine.connectFailed(request, reason)
        case .finished(let ticket, let result): self.machine.finished(ticket, result)
        case .stored(let answers): self.received(answers)
        }
        self.iterateLater()
    }

    func iterateLater() {
        if self.willIterate { return }
        self.willIterate = true
        self.simulator.after(self.simulator.conditions.iterationDelay) { [self] in
            self.willIterate = false
            self.endIteration()
        }
    }

    private func endIteration() {
        self.refreshTime()
        self.simulator.note(4, UInt64(self.index), UInt64(self.resumable.count))
        let ready = self.resumable
        self.resumable.removeAll(keepingCapacity: true)
        for id in ready {
            self.stream(id)?.resume()
            self.endOfRead()
        }
        if self.effects.hasMore {
            self.effects.hasMore = false
            self.machine.tick()
        }
        self.settle()
        if self.hasWork { self.iterateLater() }
        let closed = self.closing
        self.closing = []
        for stream in closed {
            stream.released()
            self.openStreams -= 1
            self.forget(stream.id)
        }
    }

    /// Work that no event will bring: an iteration more has to follow.
    private var hasWork: Bool {
        self.effects.hasMore || !self.resumable.isEmpty || !self.effects.dirty.isEmpty || !self.effects.close.isEmpty
    }

    private func settle() {
        self.machine.endOfBurst()
        self.store()
        for (shard, batch) in self.effects.batches { self.simulator.send(.batch(batch), from: self.index, to: shard) }
        self.effects.batches.removeAll(keepingCapacity: true)
        for (shard, answer) in self.effects.answers {
            self.simulator.send(.answer(answer), from: self.index, to: shard)
        }
        self.effects.answers.removeAll(keepingCapacity: true)
        let dirty = self.effects.dirty
        self.effects.dirty = []
        for peer in dirty {
            peer._withUnsafeGuaranteedRef { peer in
                peer.clearDirty()
                self.stream(peer.id)?.flush()
            }
        }
        self.machine.flushed()
        self.moveAndClose()
        let connects = self.effects.connects
        self.effects.connects = []
        for (request, target) in connects { self.simulator.connect(self.index, request, to: target) }
        if !self.effects.jobs.isEmpty { self.startJobs() }
        for id in self.effects.resume { self.resumable.append(id) }
        self.effects.resume.removeAll(keepingCapacity: true)
        if self.hasWork { self.iterateLater() }
        self.arm()
    }

    private func moveAndClose() {
        let moves = self.effects.moves
        self.effects.moves = []
        for move in moves {
            guard let stream = self.stream(move.stream), let (unread, layers) = stream.leave() else { continue }
            var state = move.state
            state.unread = unread
            let envelope = Envelope.moved(stream.connection, state, listener: stream.listener, layers)
            self.simulator.send(envelope, from: self.index, to: move.to)
        }
        while !self.effects.close.isEmpty {
            let closes = self.effects.close
            self.effects.close = []
            for (id, afterWriting) in closes {
                guard let stream = self.stream(id) else { continue }
                if afterWriting { stream.closeAfterWriting() } else { stream.close() }
            }
        }
    }

    /// Done here and now, since nothing else runs meanwhile, and told when the seed has it.
    private func startJobs() {
        let jobs = self.effects.jobs
        self.effects.jobs = []
        for (ticket, job) in jobs {
            let result = job()
            self.simulator.after(self.simulator.conditions.jobDelay) { [self] in
                self.simulator.note(10, UInt64(self.index), ticket)
                self.open(.finished(ticket: ticket, result), from: self.index)
            }
        }
    }

    // MARK: Time

    private func arm() {
        guard let deadline = self.effects.deadline else { return }
        if let armed = self.armedFor, armed <= deadline { return }
        self.armedFor = deadline
        self.simulator.at(deadline) { [self] in
            guard self.armedFor == deadline else { return }
            self.armedFor = nil
            self.refreshTime()
            self.simulator.note(6, UInt64(self.index), deadline)
            self.machine.tick()
            self.settle()
        }
    }

    /// Calls `body` on the machine as somebody awaiting it would, and does what it then wants done.
    package func perform<Result>(_ body: () -> Result) -> Result {
        self.refreshTime()
        defer { self.settle() }
        return body()
    }
}

@available(*, unavailable)
extension SimulatedLoop: Sendable {}
