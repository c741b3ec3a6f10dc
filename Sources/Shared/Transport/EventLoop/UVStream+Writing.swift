import Bytes
import CUV
import Glibc
import Machine
import Synchronization

/// Output, and what ends a stream.
extension UVStream {
    // MARK: Writing

    /// One system call for all that the burst produced. What the socket does not take is sent when it can.
    func flush() {
        if self.peer.isWriting || self.isClosing { return self.peer.noteOutput() }
        if let pipe = self.pipe { return self.flush(through: pipe) }
        while !self.peer.output.isEmpty {
            let (wanted, sent) = self.peer.output.withPending(limit: UVStream.segmentsPerWrite) { segments in
                (segments.reduce(0) { $0 + $1.count }, self.tryWrite(segments))
            }
            guard let sent else { return self.close() }
            self.peer.output.dropFirst(sent)
            if sent < wanted {
                self.peer.output.seal()
                self.peer.output.withPending(limit: UVStream.segmentsPerWrite) {
                    self.writeLater(UVStream.front(of: $0))
                }
                return self.peer.noteOutput()
            }
        }
        self.peer.noteOutput()
        self.wasDrained()
    }

    /// - Returns: Bytes that the socket took; nil when it is broken.
    func tryWrite(_ segments: UnsafeBufferPointer<OutputSegment>) -> Int? {
        segments.withMemoryRebound(to: uv_buf_t.self) {
            self.taken(uv_try_write(self.stream, $0.baseAddress, UInt32($0.count)))
        }
    }

    func tryWrite(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress else { return 0 }
        var buffer = uv_buf_t(UnsafeMutableRawPointer(mutating: base), bytes.count)
        return self.taken(uv_try_write(self.stream, &buffer, 1))
    }

    private func taken(_ result: Int32) -> Int? {
        result >= 0 ? Int(result) : result == Int32(UV_EAGAIN.rawValue) ? 0 : nil
    }

    /// The segments that a write waits with: all of them count as output until the last byte is sent. Waiting with 32 MiB, a stream
    /// had messages dropped for a reader that had taken most of it. The rest is tried when these are through.
    private static func front(of segments: UnsafeBufferPointer<OutputSegment>) -> UnsafeBufferPointer<OutputSegment> {
        var (count, bytes) = (0, 0)
        while count < segments.count, bytes < ChunkPool.chunkSize {
            bytes += segments[count].count
            count += 1
        }
        return UnsafeBufferPointer(rebasing: segments[..<count])
    }

    /// - Parameter segments: Sealed where they are, and not dropped before the write is through.
    func writeLater(_ segments: UnsafeBufferPointer<OutputSegment>) {
        self.peer.isWriting = true
        self.writeStarted = uv_now(self.driver.loop)
        self.driver.isWriting(self.id, true)
        let request = self.request ?? .allocate(capacity: 1)
        self.request = request
        request.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        self.writeSize = segments.reduce(0) { $0 + $1.count }
        self.lastLeft = self.writeSize
        let result = segments.withMemoryRebound(to: uv_buf_t.self) {
            uv_write(request, self.stream, $0.baseAddress, UInt32($0.count)) { request, status in
                guard let request else { return }
                Unmanaged<UVStream>.fromOpaque(request.pointee.data).takeUnretainedValue().wrote(status)
            }
        }
        check(result, "uv_write")
    }

    private func wrote(_ status: Int32) {
        self.peer.isWriting = false
        self.driver.isWriting(self.id, false)
        if self.isClosing { return }
        if status < 0 { return self.close() }
        self.driver.refreshTime()
        if let pipe = self.pipe {
            pipe.wire.dropFirst(self.writeSize)
        } else {
            self.peer.output.dropFirst(self.writeSize)
        }
        self.flush()
        if self.isHeld { self.letGo() }
        if self.peer.isWriting, self.peer.takeRoom() { self.peer.drained() }
        self.driver.stayAwake()
    }

    func wasDrained() {
        if self.closesAfterWriting { self.shutdown() } else { self.peer.drained() }
    }

    func isStalled(_ now: UInt64) -> Bool {
        if self.isLingering { return now - self.writeStarted >= 1_000 }
        let limit = self.listener?.writeTimeout.load(ordering: .relaxed) ?? OutboundConnect.writeTimeout
        let left = uv_stream_get_write_queue_size(self.stream)
        if left != self.lastLeft {
            self.lastLeft = left
            self.writeStarted = now
            return false
        }
        return now - self.writeStarted >= (self.closesAfterWriting ? min(limit, 5_000) : limit)
    }

    // MARK: Leaving

    /// Closes once the output is on its way: what a last packet wants. Bounded by the write timeout.
    func closeAfterWriting() {
        if self.isClosing { return }
        self.closesAfterWriting = true
        self.stopped = .closing
        self.kept = []
        self.block = nil
        self.flush()
    }

    /// The peer reads the last packet before the end: a close with unread input would send a reset that overtakes it.
    private func shutdown() {
        if self.isClosing || self.isLingering { return }
        var descriptor: uv_os_fd_t = 0
        guard uv_fileno(self.tcp.handle, &descriptor) == 0, Glibc.shutdown(descriptor, Int32(SHUT_WR)) == 0 else {
            return self.close()
        }
        self.isLingering = true
        self.isHeld = false
        self.writeStarted = uv_now(self.driver.loop)
        self.driver.isWriting(self.id, true)
        self.startReading()
    }

    func close() {
        if self.isClosing { return }
        self.isClosing = true
        self.isReading = false
        self.driver.isWriting(self.id, false)
        if self.pipe != nil { self.driver.handshakes.end(self.id) }
        uv_close(self.tcp.handle) { handle in
            guard let handle else { return }
            let me = owner(of: handle, as: UVStream.self)
            me.peer.output.removeAll()
            me.peer.noteOutput()
            me.driver.released(me)
        }
        self.tellPeer()
    }

    /// Says once that the stream is gone.
    func tellPeer() {
        if self.hasLeft { return }
        self.hasLeft = true
        self.peer.closed()
    }

    /// Gives the descriptor away, with the layers and the bytes that nobody has used; nil when the stream is already closing.
    func leave(with state: MovingState) -> MovedStream? {
        if self.isClosing || self.hasLeft { return nil }
        var descriptor: uv_os_fd_t = 0
        guard uv_fileno(self.tcp.handle, &descriptor) == 0 else { return nil }
        let copy = dup(descriptor)
        guard copy >= 0 else {
            self.close()
            return nil
        }
        var moved = MovedStream(
            descriptor: copy,
            listener: self.listener,
            admitted: self.admitted,
            layers: self.pipe?.leave(written: self.written),
            state: state
        )
        // A large CONNECT stands in a block of its own; behind it is what the same read of the layers' brought.
        let started = self.block.map { $0.span(0..<self.filled).copied() } ?? []
        moved.state.unread = started + self.kept[self.keptStart...]
        self.admitted = nil
        self.hasLeft = true
        self.close()
        return moved
    }

    /// Bytes of the write under way that the socket has taken.
    private var written: Int {
        self.peer.isWriting ? self.writeSize - uv_stream_get_write_queue_size(self.stream) : 0
    }
}
