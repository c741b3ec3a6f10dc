import Bytes
import CUV
import Machine
import Synchronization

/// What a stream with layers does otherwise. What waits for the socket is the pipe's wire, and what the peer is offered is what
/// the layers made of what was read; all rules for the peer are those of a plain stream.
extension UVStream {
    /// Bytes of one read before the layers are open: no handshake message is larger, and a peer that floods gets no more.
    private static let handshakeRead = 16 << 10
    /// With so much of its wire unsent a stream is not read: what its layers answer is bounded by that and one read. Bytes.
    private static let wireLimit = 2 * LayerPipe.pieceSize

    // MARK: The handshake

    func beginHandshake() {
        guard let pipe = self.pipe else { return }
        var end: LayerPipe.End?
        do { try pipe.start { self.admit($0) } } catch { end = error }
        self.afterLayers(pipe, end)
    }

    private func admit(_ remote: PeerAddress) -> AdmissionRefusal? {
        guard let listener = self.listener else { return nil }
        self.remote = remote
        if let refusal = self.driver.admit(remote, listener) { return refusal }
        if listener.initial.admission != nil { self.admitted = remote }
        return nil
    }

    /// The machine makes a peer, in place of the one that stood in.
    private func open(_ facts: StreamFacts) {
        self.driver.handshakes.end(self.id)
        guard let listener = self.listener,
            let peer = self.driver.machine.opened(self.id, listener: listener.initial.index, facts: facts)
        else { return self.close() }
        peer.isWriting = self.peer.isWriting
        self.isOpen = true
        self.peer = peer
    }

    func handshakeTimedOut() {
        guard let listener = self.listener, !self.isClosing else { return }
        listener.handshakeTimeouts.add(1, ordering: .relaxed)
        self.driver.report(.handshakeTimeout(listener: listener.initial.name, remote: self.remote))
        self.close()
    }

    // MARK: Turns

    /// Where the next read goes; nowhere when it is costly and it is not the stream's turn, which libuv answers with ENOBUFS.
    func roomBelow(_ pipe: LayerPipe) -> uv_buf_t {
        let buffer = self.driver.readBuffer
        let base = buffer.baseAddress.unsafelyUnwrapped
        if pipe.isOpen || self.stopped == .closing { return uv_buf_t(base, buffer.count) }
        if pipe.isCostly, !self.hasTurn, !self.driver.handshakes.takeStep() { return uv_buf_t(base, 0) }
        self.hasTurn = false
        return uv_buf_t(base, UVStream.handshakeRead)
    }

    func waitForTurn() {
        self.stopReading()
        self.driver.handshakes.wait(self.id)
    }

    func takeTurn() {
        self.hasTurn = true
        self.startReading()
    }

    // MARK: Reading

    func received(_ count: Int, through pipe: LayerPipe) {
        let read = UnsafeRawBufferPointer(rebasing: self.driver.readBuffer[..<count]).bindMemory(to: UInt8.self)
        var carried = self.driver.scratch.take()
        defer { self.driver.scratch.giveBack(&carried) }
        if self.block == nil, self.keptStart < self.kept.count {
            carried.append(contentsOf: self.kept[self.keptStart...])
            (self.kept, self.keptStart) = ([], 0)
        }
        var end: LayerPipe.End?
        do {
            try pipe.received(Span(_unsafeElements: read), up: &carried) { self.admit($0) }
        } catch {
            end = error
        }
        if pipe.isOpen, !self.isOpen { self.open(pipe.facts) }
        if self.isOpen, !self.isClosing { carried.withUnsafeBufferPointer { self.deliver($0) } }
        self.afterLayers(pipe, end)
    }

    /// Offers the peer what the layers carried: first to the packet that has a block of its own, then what is behind it.
    private func deliver(_ bytes: UnsafeBufferPointer<UInt8>) {
        var rest = bytes
        while !rest.isEmpty, self.stopped == nil {
            guard let block = self.block else {
                let result = self.peer.received(Span(_unsafeElements: rest), block: nil)
                return self.after(result, rest: UnsafeBufferPointer(rebasing: rest[result.consumed...]))
            }
            let part = min(rest.count, block.count - self.filled)
            block.fill(at: self.filled, with: Span(_unsafeElements: UnsafeBufferPointer(rebasing: rest[..<part])))
            self.filled += part
            rest = UnsafeBufferPointer(rebasing: rest[part...])
            if self.filled < block.count { self.peer.heard() } else { self.offer(block) }
        }
        if !rest.isEmpty, self.stopped != .closing { (self.kept, self.keptStart) = (Array(rest), 0) }
    }

    private func afterLayers(_ pipe: LayerPipe, _ end: LayerPipe.End?) {
        if self.isClosing { return }
        if pipe.isOpen, !self.isOpen, end == nil { self.open(pipe.facts) }
        switch end {
        case .failed(let failure): return self.fail(failure)
        case .refused(let refusal): return self.refuse(refusal)
        case nil: break
        }
        if self.isClosing { return }
        if pipe.hasEnded, self.stopped == nil { return self.end() }
        if !pipe.wire.isEmpty {
            // Answers leave with what the burst brings for the peer; before there is one, at once.
            if self.isOpen { self.peer.markDirty() } else { self.flush() }
        }
        if pipe.wire.count > UVStream.wireLimit {
            self.isHeld = true
            self.stopReading()
        }
    }

    /// After a write: whether the socket may be read again.
    func letGo() {
        guard let pipe = self.pipe, pipe.wire.count <= LayerPipe.pieceSize else { return }
        self.isHeld = false
        if self.stopped == nil { self.startReading() }
    }

    // MARK: Writing

    func flush(through pipe: LayerPipe) {
        while true {
            if pipe.wire.count < LayerPipe.ownPieceSize, !self.wrapMore(pipe) { return }
            if pipe.wire.isEmpty {
                if self.isOpen, !self.hasLeft, !self.peer.output.isEmpty { continue }
                break
            }
            let (wanted, sent) = pipe.wire.withPending(limit: UVStream.segmentsPerWrite) { segments in
                (segments.reduce(0) { $0 + $1.count }, self.tryWrite(segments))
            }
            guard let sent else { return self.close() }
            pipe.wire.dropFirst(sent)
            if sent < wanted {
                pipe.wire.seal()
                pipe.wire.withPending(limit: UVStream.segmentsPerWrite) { self.writeLater($0) }
                return self.peer.noteOutput()
            }
        }
        self.peer.noteOutput()
        self.wasDrained()
    }

    /// Wraps a piece of the peer's output, and the layers' farewell behind its last.
    ///
    /// - Returns: False when the stream is over.
    private func wrapMore(_ pipe: LayerPipe) -> Bool {
        if self.isOpen, !self.hasLeft, !self.peer.output.isEmpty {
            var isBroken = false
            do throws(LayerPipe.End) {
                try pipe.wrap(&self.peer.output) { bytes in
                    let sent = self.tryWrite(bytes)
                    isBroken = sent == nil
                    return sent ?? 0
                }
            } catch {
                if case .failed(let failure) = error { self.fail(failure) }
                return false
            }
            if isBroken {
                self.close()
                return false
            }
        }
        if self.closesAfterWriting, self.hasLeft || self.peer.output.isEmpty { pipe.close() }
        return true
    }

    // MARK: Ends

    private func fail(_ failure: LayerFailure) {
        guard let listener = self.listener else { return self.close() }
        if self.isOpen {
            listener.layerFailuresWhenOpen.add(1, ordering: .relaxed)
        } else {
            listener.layerFailures.add(1, ordering: .relaxed)
        }
        self.driver.report(
            .layerFailed(
                listener: listener.initial.name,
                remote: self.remote,
                reason: failure.reason,
                isPeersFault: failure.isPeersFault,
                wasOpen: self.isOpen
            )
        )
        self.end()
    }

    private func refuse(_ refusal: AdmissionRefusal) {
        if let listener = self.listener { self.driver.refused(self.remote, listener, refusal) }
        self.close()
    }

    /// The machine has seen the last of the stream; what its layers have to say still goes out. Also for a peer that has said in
    /// a layer's own way that it is done: what the end of a plain stream is, but that it is answered.
    func end() {
        if self.isClosing { return }
        self.driver.handshakes.end(self.id)
        self.tellPeer()
        self.peer.output.removeAll()
        self.closeAfterWriting()
    }
}
