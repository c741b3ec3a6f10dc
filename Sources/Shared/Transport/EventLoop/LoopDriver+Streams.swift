import CUV
import Glibc
import Machine
import Synchronization

/// Streams come, move and go.
extension LoopDriver {
    func makeSlot() -> StreamID {
        if let slot = self.freeSlots.popLast() { return StreamID(slot: slot, generation: self.generations[Int(slot)]) }
        self.streams.append(nil)
        self.generations.append(1)
        return StreamID(slot: UInt32(self.streams.count - 1), generation: 1)
    }

    func stream(_ id: StreamID) -> UVStream? {
        guard Int(id.slot) < self.streams.count, self.generations[Int(id.slot)] == id.generation else { return nil }
        return self.streams[Int(id.slot)]
    }

    /// A descriptor that a listener accepted.
    func adopt(_ descriptor: Int32, _ listener: Listener) {
        let id = self.makeSlot()
        let remote = SocketAddress.peer(of: descriptor)
        let layers = listener.initial.layers?.layers(for: remote) ?? []
        if !layers.isEmpty { return self.beginHandshake(id, descriptor, listener, remote, layers) }
        if let refusal = self.admit(remote, listener) {
            self.refused(remote, listener, refusal)
            return self.drop(descriptor, id, listener)
        }
        guard let peer = self.machine.opened(id, listener: listener.initial.index, facts: StreamFacts(remote: remote))
        else {
            listener.initial.admission?.left(remote, listener: listener.initial.index)
            return self.drop(descriptor, id, listener)
        }
        let stream = UVStream(peer, descriptor: descriptor, remote: remote, listener: listener, driver: self)
        if listener.initial.admission != nil { stream.admitted = remote }
        self.start(stream)
    }

    func adopt(_ moved: MovedStream) {
        let id = self.makeSlot()
        let stream = UVStream(
            self.machine.arrived(id, moved.state),
            descriptor: moved.descriptor,
            remote: moved.state.facts.remote,
            listener: moved.listener,
            driver: self,
            pipe: moved.layers.map { LayerPipe($0, scratch: self.scratch, pool: self.effects.chunks) }
        )
        stream.admitted = moved.admitted
        stream.keep(moved.state.unread)
        self.start(stream)
        if !moved.state.unread.isEmpty { self.resumeLater(id) }
        if moved.layers != nil { stream.flush() }
    }

    func start(_ stream: UVStream) {
        self.streams[Int(stream.id.slot)] = stream
        self.openStreams += 1
        stream.startReading()
    }

    // MARK: Who is let in

    func admit(_ remote: PeerAddress, _ listener: Listener) -> AdmissionRefusal? {
        listener.initial.admission?.admit(remote, listener: listener.initial.index, now: uv_now(self.loop))
    }

    func refused(_ remote: PeerAddress, _ listener: Listener, _ refusal: AdmissionRefusal) {
        listener.countRefusal(refusal)
        self.report(.refused(listener: listener.initial.name, remote: remote, refusal))
    }

    /// Of a stream that never came to be.
    func drop(_ descriptor: Int32, _ id: StreamID, _ listener: Listener?) {
        close(descriptor)
        self.forget(id, listener)
    }

    // MARK: Ends

    /// The handle is closed: the slot may be used again, under a new generation.
    func released(_ stream: UVStream) {
        self.openStreams -= 1
        if let admitted = stream.admitted, let listener = stream.listener {
            listener.initial.admission?.left(admitted, listener: listener.initial.index)
        }
        self.forget(stream.id, stream.listener)
    }

    private func forget(_ id: StreamID, _ listener: Listener?) {
        self.streams[Int(id.slot)] = nil
        self.generations[Int(id.slot)] &+= 1
        self.freeSlots.append(id.slot)
        self.inboxes[self.index].load.subtract(1, ordering: .relaxed)
        listener?.open.subtract(1, ordering: .relaxed)
    }

    func isWriting(_ id: StreamID, _ writing: Bool) {
        if writing { self.writing.insert(id.slot) } else { self.writing.remove(id.slot) }
    }

    func closeStalled() {
        let now = uv_now(self.loop)
        for slot in self.writing.sorted() {
            guard let stream = self.streams[Int(slot)], stream.isStalled(now) else { continue }
            if !stream.isLingering { self.report(.writeTimeout(remote: stream.remote)) }
            stream.close()
        }
    }

    func moveAndClose() {
        if !self.effects.moves.isEmpty {
            let moves = self.effects.moves
            self.effects.moves = []
            for move in moves { self.move(move.stream, to: self.inboxes[move.to], move.state) }
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

    private func move(_ id: StreamID, to target: Inbox, _ state: MovingState) {
        guard let moved = self.stream(id)?.leave(with: state) else { return }
        target.load.add(1, ordering: .relaxed)
        moved.listener?.open.add(1, ordering: .relaxed)
        target.put(.moved(moved))
    }

    func leastLoaded() -> Inbox {
        var best = self.inboxes[0]
        for inbox in self.inboxes.dropFirst()
        where inbox.load.load(ordering: .relaxed) < best.load.load(ordering: .relaxed) {
            best = inbox
        }
        return best
    }
}
