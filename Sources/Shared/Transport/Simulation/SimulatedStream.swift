import Bytes
import Machine

/// The twin of the event loop's stream: the same rules for what is kept, stopped and written, over a ``SimulatedConnection``.
final class SimulatedStream {
    static let blockThreshold = 32 << 10
    static let segmentsPerWrite = 64
    private static let readBufferSize = 256 << 10

    let id: StreamID
    var peer: StreamPeer
    /// nil for a plain stream.
    let pipe: LayerPipe?
    let listener: Int
    let connection: SimulatedConnection
    let loop: SimulatedLoop
    var kept: [UInt8] = []
    var keptStart = 0
    var block: ByteBlock?
    var filled = 0
    var stopped: StopReason?
    var isReading = false
    var isClosing = false
    var closesAfterWriting = false
    /// The peer knows that the stream is over, or goes on with it elsewhere.
    var hasLeft = false
    var hasMoved = false
    var isHeld = false
    /// The machine has made a peer.
    var isOpen: Bool
    /// A write under way: the very pointers that it was given, so that memory which moves under it shows.
    var writing: [OutputSegment] = []
    var written = 0
    var writeSize = 0
    var writeStarted: UInt64 = 0
    var lastLeft = 0

    init(
        _ peer: StreamPeer,
        _ connection: SimulatedConnection,
        loop: SimulatedLoop,
        listener: Int = 0,
        pipe: LayerPipe? = nil
    ) {
        self.id = peer.id
        self.peer = peer
        self.listener = listener
        self.pipe = pipe
        self.isOpen = pipe?.isOpen ?? true
        self.connection = connection
        self.loop = loop
        connection.stream = self
    }

    // MARK: Reading

    func startReading() {
        if self.isReading || self.isClosing || self.isHeld { return }
        self.isReading = true
        self.connection.readableLater()
    }

    func keep(_ bytes: [UInt8]) {
        self.kept = bytes
        self.keptStart = 0
        self.stopped = bytes.isEmpty ? nil : .slice
    }

    /// One read.
    func readable() {
        if !self.isReading || self.isClosing { return }
        self.loop.refreshTime()
        let room =
            self.pipe != nil
            ? SimulatedStream.readBufferSize
            : self.block.map { $0.count - self.filled } ?? SimulatedStream.readBufferSize - self.kept.count
        switch self.connection.read(upTo: room) {
        case .bytes(let bytes): self.received(bytes)
        case .end, .failure: self.close()
        case .nothing: return
        }
        self.loop.endOfRead()
        if self.isReading { self.connection.readableLater() }
    }

    private func received(_ bytes: [UInt8]) {
        if self.stopped == .closing { return }
        if let pipe = self.pipe { return self.received(bytes, through: pipe) }
        if let block = self.block {
            block.fill(at: self.filled, with: bytes.span)
            self.filled += bytes.count
            if self.filled == block.count { self.offer(block) } else { self.peer.heard() }
            return
        }
        let all = self.kept + bytes
        let result = self.peer.received(all.span, block: nil)
        self.after(result, rest: Array(all[result.consumed...]))
    }

    func offer(_ block: ByteBlock) {
        let result = self.peer.received(block.span(0..<block.count), block: block)
        if result.consumed == block.count {
            self.block = nil
            self.filled = 0
            if let stop = result.stop { self.stop(stop) }
        } else if let stop = result.stop {
            self.stop(stop)
        } else {
            preconditionFailure("a machine used a part of a packet that has a block of its own")
        }
    }

    func after(_ result: Received, rest: [UInt8]) {
        if result.stop == nil, result.wanted >= SimulatedStream.blockThreshold, rest.count < result.wanted {
            let block = ByteBlock.make(count: result.wanted)
            block.fill(at: 0, with: rest.span)
            (self.block, self.filled) = (block, rest.count)
            self.kept = []
        } else {
            self.kept = rest
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
        case .slice: self.loop.resumeLater(self.id)
        case .link, .reply, .output, .rate, .moving: break
        }
        if reason != .closing { self.isReading = false }
    }

    func resume() {
        guard let reason = self.stopped, reason != .closing, reason != .moving, !self.isClosing else { return }
        self.stopped = nil
        if let block = self.block, self.filled == block.count {
            self.offer(block)
        }
        if self.stopped == nil, self.keptStart < self.kept.count { self.parseKept() }
        if self.stopped != nil { return }
        if let pipe = self.pipe, pipe.hasEnded { self.end() } else { self.startReading() }
    }

    private func parseKept() {
        let kept = self.kept
        let result = self.peer.received(kept.span.extracting(self.keptStart..<kept.count), block: nil)
        let start = self.keptStart + result.consumed
        if let stop = result.stop, stop != .closing {
            self.keptStart = start
            if self.keptStart == kept.count { (self.kept, self.keptStart) = ([], 0) }
            self.stop(stop)
        } else {
            self.after(result, rest: Array(kept[start...]))
        }
    }
}

@available(*, unavailable)
extension SimulatedStream: Sendable {}
