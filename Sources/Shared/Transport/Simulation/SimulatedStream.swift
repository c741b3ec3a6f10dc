import Bytes
import Machine

/// The twin of the event loop's stream: the same rules for what is kept, stopped and written, over a ``SimulatedConnection``.
final class SimulatedStream {
    static let blockThreshold = 32 << 10
    static let segmentsPerWrite = 64
    private static let readBufferSize = 256 << 10

    let peer: StreamPeer
    let connection: SimulatedConnection
    private let loop: SimulatedLoop
    private var kept: [UInt8] = []
    private var keptStart = 0
    private var block: ByteBlock?
    private var filled = 0
    private(set) var stopped: StopReason?
    private var isReading = false
    private(set) var isClosing = false
    private var closesAfterWriting = false
    private var hasLeft = false
    /// A write under way: the very pointers that it was given, so that memory which moves under it shows.
    private var writing: [OutputSegment] = []
    private var written = 0
    private var writeSize = 0
    private var writeStarted: UInt64 = 0
    private var lastLeft = 0

    init(_ peer: StreamPeer, _ connection: SimulatedConnection, loop: SimulatedLoop) {
        self.peer = peer
        self.connection = connection
        self.loop = loop
        connection.stream = self
    }

    // MARK: Reading

    func startReading() {
        if self.isReading || self.isClosing { return }
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
        let room = self.block.map { $0.count - self.filled } ?? SimulatedStream.readBufferSize - self.kept.count
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

    private func offer(_ block: ByteBlock) {
        let result = self.peer.received(block.span(0..<block.count), block: block)
        if result.consumed == block.count {
            self.block = nil
            self.filled = 0
            self.after(result, rest: [])
        } else if let stop = result.stop {
            self.stop(stop)
        } else {
            preconditionFailure("a machine used a part of a packet that has a block of its own")
        }
    }

    private func after(_ result: Received, rest: [UInt8]) {
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
        case .slice: self.loop.resumeLater(self.peer.id)
        case .link, .reply, .output, .moving: break
        }
        if reason != .closing { self.isReading = false }
    }

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

    // MARK: Writing

    func flush() {
        if self.peer.isWriting || self.isClosing { return self.peer.noteOutput() }
        while !self.peer.output.isEmpty {
            let (wanted, sent) = self.peer.output.withPending(limit: SimulatedStream.segmentsPerWrite) { segments in
                let total = segments.reduce(0) { $0 + $1.count }
                var sent = 0
                for segment in segments {
                    guard let taken = self.write(segment, from: 0) else { return (total, Int?.none) }
                    sent += taken
                    if taken < segment.count { break }
                }
                return (total, sent)
            }
            guard let sent else { return self.close() }
            self.peer.output.dropFirst(sent)
            if sent < wanted {
                self.writeLater()
                self.peer.noteOutput()
                return
            }
        }
        self.peer.noteOutput()
        self.wasDrained()
    }

    private func write(_ segment: OutputSegment, from start: Int) -> Int? {
        self.connection.write(UnsafeRawBufferPointer(start: segment.base + start, count: segment.count - start))
    }

    private func writeLater() {
        self.peer.output.seal()
        self.peer.isWriting = true
        self.writeStarted = self.loop.simulator.now
        self.writing = self.peer.output.withPending(limit: SimulatedStream.segmentsPerWrite) { Array($0) }
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
        self.peer.output.dropFirst(self.writeSize)
        self.flush()
        if self.peer.isWriting, self.peer.takeRoom() { self.peer.drained() }
        self.loop.iterateLater()
    }

    private func endWrite() {
        self.peer.isWriting = false
        self.writing = []
    }

    private func wasDrained() {
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
        if !self.hasLeft {
            self.connection.closeServerEnd()
            self.peer.closed()
        }
        self.loop.releaseLater(self)
    }

    /// After the iteration: nothing points into the output any more.
    func released() {
        self.peer.isWriting = false
        self.peer.output.removeAll()
        self.peer.noteOutput()
    }

    func leave() -> [UInt8]? {
        if self.isClosing { return nil }
        let unread = self.block.map { $0.span(0..<self.filled).copied() } ?? Array(self.kept[self.keptStart...])
        self.hasLeft = true
        self.close()
        return unread
    }
}

@available(*, unavailable)
extension SimulatedStream: Sendable {}
