import Bytes
import CUV
import Glibc
import Machine

/// One byte stream on libuv: reads into the loop's buffer, writes from its peer's output, knows no protocol.
///
/// A stream with layers has a ``pipe`` between the two, and no peer of the machine's before they are open.
final class UVStream {
    /// From here on a packet is read straight into a block of its own: copying what is there in front of each read is quadratic.
    static let blockThreshold = 32 << 10
    /// A stream with this much pending is flushed before the slice ends.
    static let segmentsPerWrite = 64

    let id: StreamID
    var peer: StreamPeer
    var remote: PeerAddress
    /// Where it was accepted; nil for a stream that the machine asked for.
    let listener: Listener?
    unowned(unsafe) let driver: LoopDriver
    /// nil for a plain stream.
    let pipe: LayerPipe?
    /// Whom the listener's admission control has let in and is to be told of when the stream is gone; not when it has moved.
    var admitted: PeerAddress?
    let tcp = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
    /// Bytes that were read and not yet used, from `keptStart`.
    var kept: [UInt8] = []
    var keptStart = 0
    /// A packet that is being read into its own block, and how much of it is there.
    var block: ByteBlock?
    var filled = 0
    var stopped: StopReason?
    var isReading = false
    var isClosing = false
    var closesAfterWriting = false
    /// The peer knows that the stream is over, or goes on with it elsewhere.
    var hasLeft = false
    /// The wire holds so much that the socket is not read until some of it is written.
    var isHeld = false
    /// The machine has made a peer.
    var isOpen: Bool
    /// The stream may take one costly step.
    var hasTurn = false
    /// We have said all; what the peer still says is read and dropped until it closes too, for a second at most.
    var isLingering = false
    var writeStarted: UInt64 = 0
    var writeSize = 0
    var lastLeft = 0
    /// Made with the first write that the socket does not take at once: an idle stream needs none.
    var request: UnsafeMutablePointer<uv_write_t>?

    var stream: UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(self.tcp).assumingMemoryBound(to: uv_stream_t.self)
    }

    init(
        _ peer: StreamPeer,
        descriptor: Int32,
        remote: PeerAddress,
        listener: Listener?,
        driver: LoopDriver,
        pipe: LayerPipe? = nil
    ) {
        self.id = peer.id
        self.peer = peer
        self.pipe = pipe
        self.isOpen = pipe?.isOpen ?? true
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
        if self.isReading || self.isClosing || self.isHeld { return }
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
                if count > 0 { me.received(count) } else if count < 0 { me.readFailed(count) }
                me.driver.endOfRead()
            }
        )
    }

    func stopReading() {
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
        if let pipe = self.pipe { return self.roomBelow(pipe) }
        if let block = self.block {
            return uv_buf_t(UnsafeMutableRawPointer(block.base) + self.filled, block.count - self.filled)
        }
        let buffer = self.driver.readBuffer
        return uv_buf_t(buffer.baseAddress.unsafelyUnwrapped + self.kept.count, buffer.count - self.kept.count)
    }

    private func received(_ count: Int) {
        if self.stopped == .closing { return }
        self.driver.refreshTime()
        if let pipe = self.pipe { return self.received(count, through: pipe) }
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

    func offer(_ block: ByteBlock) {
        let result = self.peer.received(block.span(0..<block.count), block: block)
        if result.consumed == block.count {
            self.block = nil
            self.filled = 0
            if let stop = result.stop { self.stop(stop) }
        } else if let stop = result.stop {
            self.stop(stop)  // the whole packet waits in its block
        } else {
            preconditionFailure("a machine used a part of a packet that has a block of its own")
        }
    }

    /// Keeps what was not used. `rest` may lie in the loop's buffer, which the next read overwrites.
    func after(_ result: Received, rest: UnsafeBufferPointer<UInt8>) {
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
        case .slice: self.driver.resumeLater(self.id)
        case .link, .reply, .output, .rate, .moving: break
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
        }
        if self.stopped == nil, self.keptStart < self.kept.count { self.parseKept() }
        if self.stopped == nil { self.readOn() }
    }

    /// All that was read is used up.
    private func readOn() {
        if let pipe = self.pipe, pipe.hasEnded { self.end() } else { self.startReading() }
    }

    private func readFailed(_ status: Int) {
        if status == Int(UV_ENOBUFS.rawValue) { self.waitForTurn() } else { self.close() }
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
}

extension uv_buf_t {
    init(_ base: UnsafeMutableRawPointer, _ count: Int) {
        self = uv_buf_init(base.assumingMemoryBound(to: CChar.self), UInt32(count))
    }
}
