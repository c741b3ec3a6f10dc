import CUV
import Glibc
import Machine
import Synchronization

/// Streams whose layers are not open yet: they cost the machine nothing.
extension LoopDriver {
    func beginHandshake(
        _ id: StreamID,
        _ descriptor: Int32,
        _ listener: Listener,
        _ remote: PeerAddress,
        _ layers: [StreamLayer]
    ) {
        let deadline = uv_now(self.loop) + listener.handshakeTimeout.load(ordering: .relaxed)
        // Who has not got on for a second gives way: a good client needs milliseconds.
        if self.handshakes.isFull, let stalled = self.handshakes.oldest(dueBefore: deadline - min(deadline, 1_000)) {
            self.stream(stalled)?.handshakeTimedOut()
        }
        if self.handshakes.isFull {
            listener.handshakesRefused.add(1, ordering: .relaxed)
            self.report(.tooManyHandshakes(listener: listener.initial.name, remote: remote))
            return self.drop(descriptor, id, listener)
        }
        let stream = UVStream(
            StreamPeer(id: id, effects: self.effects),  // takes nothing and says nothing until the machine has made one
            descriptor: descriptor,
            remote: remote,
            listener: listener,
            driver: self,
            pipe: LayerPipe(layers, remote: remote, scratch: self.scratch, pool: self.effects.chunks)
        )
        self.handshakes.begin(id, deadline: deadline)
        self.armHandshakes(for: deadline)
        self.start(stream)
        stream.beginHandshake()
    }

    /// Calls those whose turn it is to take a costly step.
    func callHandshakes() {
        for id in self.handshakes.beginIteration() { self.stream(id)?.takeTurn() }
    }

    private func armHandshakes(for deadline: UInt64) {
        if let armed = self.handshakesArmedFor, armed <= deadline { return }
        self.handshakesArmedFor = deadline
        let now = uv_now(self.loop)
        uv_timer_start(
            self.handshakeTimer,
            { timer in
                guard let timer else { return }
                owner(of: timer.handle, as: LoopDriver.self).closeUnfinishedHandshakes()
            },
            deadline > now ? deadline - now : 0,
            0
        )
    }

    private func closeUnfinishedHandshakes() {
        self.handshakesArmedFor = nil
        for id in self.handshakes.due(at: uv_now(self.loop)) { self.stream(id)?.handshakeTimedOut() }
        if let next = self.handshakes.nextDeadline { self.armHandshakes(for: next) }
    }
}
