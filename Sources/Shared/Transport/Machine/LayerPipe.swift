package import Bytes

/// All layers of one stream as one: the socket's bytes in, the peer's bytes out, and the other way round. No I/O and no clock.
///
/// What the layers answer, and what they made of the peer's output, gathers in ``wire`` until whoever has the socket writes it.
package final class LayerPipe {
    /// Why a stream ends before either side has said that it is done.
    package enum End: Error, Hashable, Sendable {
        case failed(LayerFailure)
        case refused(AdmissionRefusal)
    }

    /// Output is wrapped in pieces of at most this, so that what waits is the peer's own, which is what watermarks count. Bytes.
    package static let pieceSize = 64 << 10
    /// A segment of less is put together with its neighbours: each piece becomes a TLS record or a WebSocket frame of its own.
    package static let ownPieceSize = 16 << 10

    /// None any more once the stream has left for another loop.
    private var layers: [StreamLayer]
    /// Layers that are open, counted from below; the one above them has been started.
    private var opened = 0
    private var isAdmitted = false
    private var isClosed = false
    /// The layer that failed: it and those above it say no more.
    private var failed: Int?
    private let scratch: LayerScratch
    /// On its way to the socket. A write may point into it once it is sealed.
    package var wire: OutputBuffer
    /// The socket's address, and what the layers that are open have learned.
    package private(set) var facts: StreamFacts

    /// - Parameters:
    ///   - layers: Lowest first, at least one.
    ///   - remote: The socket's address.
    package init(_ layers: [StreamLayer], remote: PeerAddress, scratch: LayerScratch, pool: ChunkPool) {
        precondition(!layers.isEmpty, "a stream without layers needs no pipe")
        self.layers = layers
        self.scratch = scratch
        self.wire = OutputBuffer(pool: pool)
        self.facts = StreamFacts(remote: remote)
    }

    package var isOpen: Bool { self.opened == self.layers.count }
    /// Nothing more comes up.
    package var hasEnded: Bool { self.layers.contains { $0.hasEnded } }
    /// What comes next from the socket is worth a turn of its own in the loop. That holds for what precedes it, too: one read may
    /// bring a proxy's header and a handshake's first message.
    package var isCostly: Bool { self.layers[self.opened...].contains { $0.isCostly } }

    // MARK: From the socket to the peer

    /// What can be settled before a byte has come, and what the client's side says first. Called once, before anything else.
    ///
    /// - Parameter admit: As for ``received(_:up:admit:)``.
    package func start(admit: (PeerAddress) -> AdmissionRefusal?) throws(End) {
        try self.askWhetherAdmitted(admit)
        try self.startLayer(0)
        try self.openLayers(admit)
    }

    /// Takes all of `bytes`.
    ///
    /// - Parameters:
    ///   - up: What they carry for the peer is appended, also when the call throws.
    ///   - admit: Whether the client may come in; asked once, as soon as its address is known, and before a layer above the one
    ///     that names it does anything.
    /// - Throws: When the stream has to end; what is in ``wire`` is its last word.
    package func received(
        _ bytes: Span<UInt8>,
        up: inout [UInt8],
        admit: (PeerAddress) -> AdmissionRefusal?
    ) throws(End) {
        let top = self.layers.count - 1
        if top == 0 { return try self.receive(bytes, at: 0, up: &up, admit) }
        var (input, output) = (self.scratch.take(), self.scratch.take())
        defer {
            self.scratch.giveBack(&input)
            self.scratch.giveBack(&output)
        }
        try self.receive(bytes, at: 0, up: &output, admit)
        for level in 1...top {
            if output.isEmpty { return }
            swap(&input, &output)
            output.removeAll(keepingCapacity: true)
            if level == top {
                try self.receive(input.span, at: level, up: &up, admit)
            } else {
                try self.receive(input.span, at: level, up: &output, admit)
            }
        }
    }

    private func receive(
        _ bytes: Span<UInt8>,
        at level: Int,
        up: inout [UInt8],
        _ admit: (PeerAddress) -> AdmissionRefusal?
    ) throws(End) {
        var answers: [UInt8] = []
        var failure: LayerFailure?
        do { try self.layers[level].received(bytes, up: &up, down: &answers) } catch { failure = error }
        try self.sendDown(answers, from: level)
        if let failure { throw self.fail(at: level, failure) }
        if level == self.opened { try self.openLayers(admit) }
    }

    /// Starts each layer whose lower neighbour has opened.
    private func openLayers(_ admit: (PeerAddress) -> AdmissionRefusal?) throws(End) {
        while !self.isOpen, self.layers[self.opened].isOpen {
            self.layers[self.opened].describe(&self.facts)
            self.opened += 1
            try self.askWhetherAdmitted(admit)
            if !self.isOpen { try self.startLayer(self.opened) }
        }
    }

    private func startLayer(_ level: Int) throws(End) {
        var greeting: [UInt8] = []
        var failure: LayerFailure?
        do { try self.layers[level].start(down: &greeting) } catch { failure = error }
        try self.sendDown(greeting, from: level)
        if let failure { throw self.fail(at: level, failure) }
    }

    private func askWhetherAdmitted(_ admit: (PeerAddress) -> AdmissionRefusal?) throws(End) {
        if self.isAdmitted || self.layers[self.opened...].contains(where: { $0.namesRemote }) { return }
        self.isAdmitted = true
        if let refusal = admit(self.facts.remote) { throw .refused(refusal) }
    }

    private func fail(at level: Int, _ failure: LayerFailure) -> End {
        self.failed = min(level, self.failed ?? level)
        return .failed(failure)
    }

    // MARK: From the peer to the socket

    /// Wraps a piece of the peer's output, ``pieceSize`` at most, and drops it there. Only while the pipe is open.
    ///
    /// - Parameter write: Offered what became of it when nothing else waits in ``wire``, and says how much of that the socket
    ///   took: so the usual piece is not copied once more.
    package func wrap(_ output: inout OutputBuffer, write: (UnsafeBufferPointer<UInt8>) -> Int) throws(End) {
        var (piece, wrapped) = (self.scratch.take(), self.scratch.take())
        defer {
            self.scratch.giveBack(&piece)
            self.scratch.giveBack(&wrapped)
        }
        var (count, failure) = (0, End?.none)
        output.withPending(limit: 64) { segments in
            guard let first = segments.first else { return }
            if segments.count == 1 || first.count >= LayerPipe.ownPieceSize {
                count = min(first.count, LayerPipe.pieceSize)
                failure = self.send(UnsafeRawBufferPointer(start: first.base, count: count), &wrapped)
                return
            }
            for segment in segments where piece.count < LayerPipe.pieceSize {
                let part = min(segment.count, LayerPipe.pieceSize - piece.count)
                piece.append(contentsOf: UnsafeRawBufferPointer(start: segment.base, count: part))
            }
            count = piece.count
            failure = piece.withUnsafeBytes { self.send($0, &wrapped) }
        }
        output.dropFirst(count)
        let taken = self.wire.isEmpty && !wrapped.isEmpty ? wrapped.withUnsafeBufferPointer(write) : 0
        self.append(wrapped, from: taken)
        if let failure { throw failure }
    }

    private func send(_ bytes: UnsafeRawBufferPointer, _ wrapped: inout [UInt8]) -> End? {
        do throws(End) {
            try self.wrap(bytes.bindMemory(to: UInt8.self), from: self.layers.count, into: &wrapped)
            return nil
        } catch {
            return error
        }
    }

    /// Says in each layer's own way that nothing more comes from above.
    package func close() {
        if self.isClosed { return }
        self.isClosed = true
        for level in (0..<min(self.opened, self.failed ?? self.opened)).reversed() {
            var farewell: [UInt8] = []
            self.layers[level].close(down: &farewell)
            do { try self.sendDown(farewell, from: level) } catch { return }
        }
    }

    /// Sends what a layer said through those below it.
    private func sendDown(_ bytes: [UInt8], from level: Int) throws(End) {
        if bytes.isEmpty { return }
        var wrapped: [UInt8] = []
        var failure: End?
        bytes.withUnsafeBufferPointer { bytes in
            do throws(End) { try self.wrap(bytes, from: level, into: &wrapped) } catch { failure = error }
        }
        self.append(wrapped, from: 0)
        if let failure { throw failure }
    }

    private func wrap(
        _ bytes: UnsafeBufferPointer<UInt8>,
        from level: Int,
        into wrapped: inout [UInt8]
    ) throws(End) {
        if level == 0 {
            wrapped.append(contentsOf: bytes)
            return
        }
        var failure: End?
        if level == 1 {
            do { try self.layers[0].send(bytes, down: &wrapped) } catch { failure = self.fail(at: 0, error) }
        } else {
            var below = self.scratch.take()
            defer { self.scratch.giveBack(&below) }
            do {
                try self.layers[level - 1].send(bytes, down: &below)
            } catch {
                failure = self.fail(at: level - 1, error)
            }
            if !below.isEmpty {
                below.withUnsafeBufferPointer { below in
                    do throws(End) {
                        try self.wrap(below, from: level - 1, into: &wrapped)
                    } catch {
                        failure = failure ?? error
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    private func append(_ bytes: [UInt8], from start: Int) {
        if start >= bytes.count { return }
        self.wire.append(upTo: bytes.count - start) { $0.write(bytes.span.extracting(start..<bytes.count)) }
    }

    // MARK: Moving

    /// Lets go of the layers, which go on in another loop. Only of an open pipe, whose own life ends with it.
    ///
    /// - Parameter written: Bytes at the front of ``wire`` that the socket has taken although they are not dropped yet.
    package func leave(written: Int) -> MovingPipe {
        precondition(self.isOpen, "a stream moves before its layers are open")
        for layer in self.layers { layer.willMove() }
        self.wire.seal()
        let unsent = self.wire.withPending(limit: 1_024) { segments in
            segments.reduce(into: [UInt8]()) {
                $0.append(contentsOf: UnsafeRawBufferPointer(start: $1.base, count: $1.count))
            }
        }
        precondition(unsent.count == self.wire.count, "a wire has more pieces than it may hold bytes for")
        defer { (self.layers, self.opened) = ([], 0) }
        return MovingPipe(layers: self.layers, facts: self.facts, unsent: Array(unsent[written...]))
    }

    /// Goes on with what another loop let go of.
    package init(_ moving: MovingPipe, scratch: LayerScratch, pool: ChunkPool) {
        self.layers = moving.layers
        self.opened = moving.layers.count
        self.isAdmitted = true
        self.scratch = scratch
        self.wire = OutputBuffer(pool: pool)
        self.facts = moving.facts
        self.wire.append(moving.unsent)
    }
}

@available(*, unavailable)
extension LayerPipe: Sendable {}

/// Layers on their way to another loop.
package struct MovingPipe: @unchecked Sendable {
    // Sendable because: ``LayerPipe/leave(written:)`` is the last thing that happens to the pipe, so that the layers belong to
    // whoever has this value, which is taken out of one inbox once.
    fileprivate let layers: [StreamLayer]
    fileprivate let facts: StreamFacts
    /// Wrapped for the socket, which had no room yet.
    fileprivate let unsent: [UInt8]
}
