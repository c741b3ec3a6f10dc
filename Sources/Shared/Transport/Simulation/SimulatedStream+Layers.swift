import Bytes
import Machine

/// What a stream with layers does otherwise: the event loop's rules, but that handshakes take no turns and have no deadline.
extension SimulatedStream {
    private static let wireLimit = 2 * LayerPipe.pieceSize

    func beginHandshake() {
        guard let pipe = self.pipe else { return }
        var hasFailed = false
        do { try pipe.start { _ in nil } } catch { hasFailed = true }
        self.afterLayers(pipe, hasFailed)
    }

    private func open(_ facts: StreamFacts) {
        guard let peer = self.loop.machine.opened(self.id, listener: self.listener, facts: facts) else {
            return self.close()
        }
        peer.isWriting = self.peer.isWriting
        self.isOpen = true
        self.peer = peer
    }

    // MARK: Reading

    func received(_ bytes: [UInt8], through pipe: LayerPipe) {
        var carried: [UInt8] = []
        if self.block == nil {
            carried += self.kept[self.keptStart...]
            (self.kept, self.keptStart) = ([], 0)
        }
        var hasFailed = false
        do { try pipe.received(bytes.span, up: &carried) { _ in nil } } catch { hasFailed = true }
        if pipe.isOpen, !self.isOpen { self.open(pipe.facts) }
        if self.isOpen, !self.isClosing { self.deliver(carried) }
        self.afterLayers(pipe, hasFailed)
    }

    private func deliver(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count, self.stopped == nil {
            guard let block = self.block else {
                let result = self.peer.received(bytes.span.extracting(start..<bytes.count), block: nil)
                return self.after(result, rest: Array(bytes[(start + result.consumed)...]))
            }
            let part = min(bytes.count - start, block.count - self.filled)
            block.fill(at: self.filled, with: bytes.span.extracting(start..<(start + part)))
            self.filled += part
            start += part
            if self.filled < block.count { self.peer.heard() } else { self.offer(block) }
        }
        if start < bytes.count, self.stopped != .closing { (self.kept, self.keptStart) = (Array(bytes[start...]), 0) }
    }

    private func afterLayers(_ pipe: LayerPipe, _ hasFailed: Bool) {
        if self.isClosing { return }
        if hasFailed { return self.end() }
        if pipe.isOpen, !self.isOpen { self.open(pipe.facts) }
        if self.isClosing { return }
        if pipe.hasEnded, self.stopped == nil { return self.end() }
        if !pipe.wire.isEmpty {
            if self.isOpen { self.peer.markDirty() } else { self.flush() }
        }
        if pipe.wire.count > SimulatedStream.wireLimit {
            self.isHeld = true
            self.isReading = false
        }
    }

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
            let (wanted, sent) = pipe.wire.withPending(limit: SimulatedStream.segmentsPerWrite) { segments in
                (segments.reduce(0) { $0 + $1.count }, self.tryWrite(segments))
            }
            guard let sent else { return self.close() }
            pipe.wire.dropFirst(sent)
            if sent < wanted {
                pipe.wire.seal()
                self.writeLater(pipe.wire.withPending(limit: SimulatedStream.segmentsPerWrite) { Array($0) })
                return self.peer.noteOutput()
            }
        }
        self.peer.noteOutput()
        self.wasDrained()
    }

    private func wrapMore(_ pipe: LayerPipe) -> Bool {
        if self.isOpen, !self.hasLeft, !self.peer.output.isEmpty {
            do {
                try pipe.wrap(&self.peer.output) { _ in 0 }
            } catch {
                self.end()
                return false
            }
        }
        if self.closesAfterWriting, self.hasLeft || self.peer.output.isEmpty { pipe.close() }
        return true
    }

    /// The machine has seen the last of the stream; what its layers have to say still goes out.
    func end() {
        if self.isClosing { return }
        self.tellPeer()
        self.peer.output.removeAll()
        self.closeAfterWriting()
    }
}
