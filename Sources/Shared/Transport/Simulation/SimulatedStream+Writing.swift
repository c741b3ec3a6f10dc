import Bytes
import Machine

/// Output, and what ends a stream.
extension SimulatedStream {
    // MARK: Writing

    func flush() {
        if self.peer.isWriting || self.isClosing { return self.peer.noteOutput() }
        if let pipe = self.pipe { return self.flush(through: pipe) }
        while !self.peer.output.isEmpty {
            let (wanted, sent) = self.peer.output.withPending(limit: SimulatedStream.segmentsPerWrite) { segments in
                (segments.reduce(0) { $0 + $1.count }, self.tryWrite(segments))
            }
            guard let sent else { return self.close() }
            self.peer.output.dropFirst(sent)
            if sent < wanted {
                self.peer.output.seal()
                self.writeLater(self.peer.output.withPending(limit: SimulatedStream.segmentsPerWrite) { Array($0) })
                return self.peer.noteOutput()
            }
        }
        self.peer.noteOutput()
        self.wasDrained()
    }

    /// - Returns: Bytes that the socket took; nil when it is broken.
    func tryWrite(_ segments: UnsafeBufferPointer<OutputSegment>) -> Int? {
        var sent = 0
        for segment in segments {
            guard let taken = self.write(segment, from: 0) else { return nil }
            sent += taken
            if taken < segment.count { break }
        }
        return sent
    }

    private func write(_ segment: OutputSegment, from start: Int) -> Int? {
        self.connection.write(UnsafeRawBufferPointer(start: segment.base + start, count: segment.count - start))
    }

    func writeLater(_ segments: [OutputSegment]) {
        self.peer.isWriting = true
        self.writeStarted = self.loop.simulator.now
        self.writing = segments
        self.written = 0
        self.writeSize = self.writing.reduce(0) { $0 + $1.count }
        self.lastLeft = self.writeSize
        self.loop.watchWrite(of: self)
    }

    /// The socket has room again, or is broken: a pending write goes on.
    func writable() {
        if !self.peer.isWriting || self.isClosing { return }
        self.loop.refreshTime()
        while let segment = self.writing.first {
            guard let taken = self.write(segment, from: self.written) else {
                self.endWrite()
                return self.close()
            }
            self.written += taken
            if self.written < segment.count { return }
            self.writing.removeFirst()
            self.written = 0
        }
        self.endWrite()
        if let pipe = self.pipe {
            pipe.wire.dropFirst(self.writeSize)
        } else {
            self.peer.output.dropFirst(self.writeSize)
        }
        self.flush()
        if self.isHeld { self.letGo() }
        if self.peer.isWriting, self.peer.takeRoom() { self.peer.drained() }
        self.loop.iterateLater()
    }

    private func endWrite() {
        self.peer.isWriting = false
        self.writing = []
    }

    func wasDrained() {
        if self.closesAfterWriting { self.close() } else { self.peer.drained() }
    }

    /// Called once a second while a write is under way.
    func isStalled(limit: UInt64) -> Bool {
        let left = self.writing.reduce(0) { $0 + $1.count } - self.written
        if left != self.lastLeft {
            self.lastLeft = left
            self.writeStarted = self.loop.simulator.now
            return false
        }
        return self.loop.simulator.now - self.writeStarted >= (self.closesAfterWriting ? min(limit, 5_000) : limit)
    }

    // MARK: Leaving

    func closeAfterWriting() {
        if self.isClosing { return }
        self.closesAfterWriting = true
        self.stopped = .closing
        self.kept = []
        self.block = nil
        self.flush()
    }

    func close() {
        if self.isClosing { return }
        self.isClosing = true
        self.isReading = false
        if self.connection.stream === self { self.connection.stream = nil }
        if !self.hasMoved { self.connection.closeServerEnd() }
        self.tellPeer()
        self.loop.releaseLater(self)
    }

    /// Says once that the stream is gone.
    func tellPeer() {
        if self.hasLeft { return }
        self.hasLeft = true
        self.peer.closed()
    }

    /// After the iteration: nothing points into the output any more.
    func released() {
        self.peer.isWriting = false
        self.peer.output.removeAll()
        self.peer.noteOutput()
    }

    func leave() -> (unread: [UInt8], layers: MovingPipe?)? {
        if self.isClosing || self.hasLeft { return nil }
        let written = self.writeSize - self.writing.reduce(0) { $0 + $1.count } + self.written
        let layers = self.pipe?.leave(written: self.peer.isWriting ? written : 0)
        let unread = (self.block.map { $0.span(0..<self.filled).copied() } ?? []) + self.kept[self.keptStart...]
        self.hasLeft = true
        self.hasMoved = true
        self.close()
        return (unread, layers)
    }
}
