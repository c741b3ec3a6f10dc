import Bytes
import CUV
import Glibc
import Machine

/// One byte stream on libuv: reads into the loop's buffer, writes from its peer's output, knows no protocol.
final class UVStream {
    /// From here on a packet is read straight into a block of its own: copying what is there in front of each read is quadratic.
    static let blockThreshold = 32 << 10
    /// A stream with this much pending is flushed before the slice ends.
    static let segmentsPerWrite = 64

    let peer: StreamPeer
    let remote: PeerAddress
    /// Where it was accepted; nil for a stream that the machine asked for.
    let listener: Listener?
    private unowned(unsafe) let driver: LoopDriver
    private let tcp = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
    /// Bytes that were read and not yet used, from `keptStart`.
    private var kept: [UInt8] = []
    private var keptStart = 0
    /// A packet that is being read into its own block, and how much of it is there.
    private var block: ByteBlock?
    private var filled = 0
    private var stopped: StopReason?
    private var isReading = false
    private var isClosing = false
    private var closesAfterWriting = false
    private var hasLeft = false
    /// We have said all; what the peer still says is read and dropped until it closes too, for a second at most.
    private(set) var isLingering = false
    private var writeStarted: UInt64 = 0
    private var writeSize = 0
    private var lastLeft = 0
    /// Made with the first write that the socket does not take at once: an idle stream needs none.
    private var request: UnsafeMutablePointer<uv_write_t>?

    private var stream: UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(self.tcp).assumingMemoryBound(to: uv_stream_t.self)
    }

    init(_ peer: StreamPeer, descriptor: Int32, remote: PeerAddress, listener: Listener?, driver: LoopDriver) {
        self.peer = peer
        self.remote = remote
        self.listener = listener
        self.driver = driver
        check(uv_tcp_init(driver.loop, self.tcp), "uv_tcp_init")
        check(uv_tcp_open(self.tcp, descriptor), "uv_tcp_open")
        uv_tcp_nodelay(self.tcp, 1)
        self.tcp.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        self.tcp.deallocate()
        self.request?.deallocate()
    }

    // MARK: Reading

    func startReading() {
        if self.isReading || self.isClosing { return }
        self.isReading = true
        uv_read_start(
            self.stream,
            { handle, _, buffer in
                guard let handle, let buffer else { return }
                buffer.pointee = owner(of: handle, as: UVStream.self).room()
            },
            { stream, count, _ in
                guard let stream else { return }
                let me = owner(of: stream.handle, as: UVStream.self)
                if count > 0 { me.received(count) } else if count < 0 { me.close() }
                me.driver.endOfRead()
            }
        )
    }

    private func stopReading() {
        if !self.isReading { return }
        self.isReading = false
        uv_read_stop(self.stream)
    }

    /// Bytes that another shard read and did not use: parsed first.
    func keep(_ bytes: [UInt8]) {
        self.kept = bytes
        self.keptStart = 0
        self.stopped = bytes.isEmpty ? nil : .slice
    }

    private func room() -> uv_buf_t {
        if let block = self.block {
            return uv_buf_t(UnsafeMutableRawPointer(block.base) + self.filled, block.count - self.filled)
        }
        let buffer = self.driver.readBuffer
        return uv_buf_t(buffer.baseAddress.unsafelyUnwrapped + self.kept.count, buffer.count - self.kept.count)
    }

    private func received(_ count: Int) {
        if self.stopped == .closing { return }
        self.driver.refreshTime()
        if let block = self.block {
            self.filled += count
            if self.filled == block.count { self.offer(block) } else { self.peer.heard() }
        } else {
            let held = self.kept.count
            let all = self.driver.readBuffer
            if held > 0 { self.kept.withUnsafeBytes { all.copyMemory(from: $0) } }
            let bytes = UnsafeRawBufferPointer(rebasing: all[..<(held + count)]).bindMemory(to: UInt8.self)
            let result = self.peer.received(Span(_unsafeElements: bytes), block: nil)
            if result.consumed == bytes.count, result.stop == nil {
                if held > 0 { self.kept = [] }
            } else {
                self.after(result, rest: UnsafeBufferPointer(rebasing: bytes[result.consumed...]))
            }
        }
    }

    private func offer(_ block: ByteBlock) {
        let result = self.peer.received(block.span(0..<block.count), block: block)
        if result.consumed == block.count {
            self.block = nil
            self.filled = 0
            self.after(result, rest: UnsafeBufferPointer(start: nil, count: 0))
        } else if let stop = result.stop {
            self.stop(stop)  // the whole packet waits in its block
        } else {
            preconditionFailure("a machine used a part of a packet that has a block of its own")
        }
    }

    /// Keeps what was not used. `rest` may lie in the loop's buffer, which the next read overwrites.
    private func after(_ result: Received, rest: UnsafeBufferPointer<UInt8>) {
        if result.stop == nil, result.wanted >= UVStream.blockThreshold, rest.count < result.wanted {
            let block = ByteBlock.make(count: result.wanted)
            block.fill(at: 0, with: Span(_unsafeElements: rest))
            (self.block, self.filled) = (block, rest.count)
            self.kept = []
        } else {
            self.kept = Array(rest)
        }
        self.keptStart = 0
        if let stop = result.stop { self.stop(stop) }
    }

    private func stop(_ reason: StopReason) {
        self.stopped = reason
        switch reason {
        case .closing:
            self.kept = []
            self.block = nil
        case .slice: self.driver.resumeLater(self.peer.id)
        case .link, .reply, .output, .moving: break
        }
        // A stream that is closing is still read, so that the peer's own close is seen; its bytes go nowhere.
        if reason != .closing { self.stopReading() }
    }

    /// Goes on where parsing stopped, with at most one slice.
    func resume() {
        guard let reason = self.stopped, reason != .closing, reason != .moving, !self.isClosing else { return }
        self.stopped = nil
        if let block = self.block, self.filled == block.count {
            self.offer(block)
        } else if self.keptStart < self.kept.count {
            self.parseKept()
        }
        if self.stopped == nil { self.startReading() }
    }

    /// Parses in place: a long backlog is walked through, never copied back.
    private func parseKept() {
        let kept = self.kept
        let result = kept.withUnsafeBufferPointer { all in
            self.peer.received(Span(_unsafeElements: UnsafeBufferPointer(rebasing: all[self.keptStart...])), block: nil)
        }
        let start = self.keptStart + result.consumed
        if let stop = result.stop, stop != .closing {
            self.keptStart = start
            if self.keptStart == kept.count { (self.kept, self.keptStart) = ([], 0) }
            self.stop(stop)
        } else {
            kept.withUnsafeBufferPointer { self.after(result, rest: UnsafeBufferPointer(rebasing: $0[start...])) }
        }
    }

    // MARK: Writing

    /// One system call for all that the burst produced. What the socket does not take is sent when it can.
    func flush() {
        if self.peer.isWriting || self.isClosing { return self.peer.noteOutput() }
        while !self.peer.output.isEmpty {
            let (wanted, sent) = self.peer.output.withPending(limit: UVStream.segmentsPerWrite) { segments in
                let total = segments.reduce(0) { $0 + $1.count }
                let sent = segments.withMemoryRebound(to: uv_buf_t.self) {
                    uv_try_write(self.stream, $0.baseAddress, UInt32($0.count))
                }
                return (total, sent)
            }
            if sent < 0, sent != Int32(UV_EAGAIN.rawValue) { return self.close() }
            self.peer.output.dropFirst(max(0, Int(sent)))
            if Int(sent) < wanted {
                self.writeLater()
                self.peer.noteOutput()
                return
            }
        }
        self.peer.noteOutput()
        self.wasDrained()
    }

    private func writeLater() {
        self.peer.output.seal()
        self.peer.isWriting = true
        self.writeStarted = uv_now(self.driver.loop)
        self.driver.isWriting(self.peer.id, true)
        let request = self.request ?? .allocate(capacity: 1)
        self.request = request
        request.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        self.peer.output.withPending(limit: UVStream.segmentsPerWrite) { segments in
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
    }

    private func wrote(_ status: Int32) {
        self.peer.isWriting = false
        self.driver.isWriting(self.peer.id, false)
        if self.isClosing { return }
        if status < 0 { return self.close() }
        self.driver.refreshTime()
        self.peer.output.dropFirst(self.writeSize)
        self.flush()
        if self.peer.isWriting, self.peer.takeRoom() { self.peer.drained() }
        self.driver.stayAwake()
    }

    private func wasDrained() {
        if self.closesAfterWriting { self.shutdown() } else { self.peer.drained() }
    }

    func isStalled(_ now: UInt64) -> Bool {
        if self.isLingering { return now - self.writeStarted >= 1_000 }
        let limit = self.listener?.settings.writeTimeout ?? OutboundConnect.writeTimeout
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
        self.writeStarted = uv_now(self.driver.loop)
        self.driver.isWriting(self.peer.id, true)
        self.startReading()
    }

    func close() {
        if self.isClosing { return }
        self.isClosing = true
        self.isReading = false
        self.driver.isWriting(self.peer.id, false)
        uv_close(self.tcp.handle) { handle in
            guard let handle else { return }
            let me = owner(of: handle, as: UVStream.self)
            me.peer.output.removeAll()
            me.peer.noteOutput()
            me.driver.released(me)
        }
        if !self.hasLeft { self.peer.closed() }
    }

    /// Gives the descriptor away, with the bytes that nobody has used; nil when the stream is already closing.
    func leave() -> (descriptor: Int32, unread: [UInt8])? {
        if self.isClosing { return nil }
        var descriptor: uv_os_fd_t = 0
        guard uv_fileno(self.tcp.handle, &descriptor) == 0 else { return nil }
        let copy = dup(descriptor)
        guard copy >= 0 else {
            self.close()
            return nil
        }
        // A large CONNECT stands in a block of its own; nothing was read behind it.
        let unread = self.block.map { $0.span(0..<self.filled).copied() } ?? Array(self.kept[self.keptStart...])
        self.hasLeft = true
        self.close()
        return (copy, unread)
    }
}

extension uv_buf_t {
    fileprivate init(_ base: UnsafeMutableRawPointer, _ count: Int) {
        self = uv_buf_init(base.assumingMemoryBound(to: CChar.self), UInt32(count))
    }
}
