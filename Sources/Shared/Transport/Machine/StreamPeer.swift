public import Bytes

/// Names one byte stream on its loop. A slot is used again, a pair of slot and generation never is.
public struct StreamID: Hashable, Sendable {
    package var slot: UInt32
    package var generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// Why a machine stopped parsing a stream before its bytes were used up (core.md §8 in words: every reason has an end).
public enum StopReason: UInt8, Sendable {
    /// The stream had its share of this iteration; the loop goes on with it in the next one.
    case slice
    /// A link to another shard is full; ``Effects/resume`` names the stream when it is not.
    case link
    /// Somebody else's answer is awaited (a store, a worker, another shard).
    case reply
    /// The peer does not read what it is answered; ``StreamPeer/roomWanted`` says when it goes on.
    case output
    /// The peer sends more than it may; ``Effects/resume`` names the stream when it may again.
    case rate
    /// The stream leaves for another shard.
    case moving
    /// The stream is being closed; what it still sends is not looked at.
    case closing
}

/// What a machine did with the bytes of one read.
public struct Received {
    /// Bytes that were used; the rest is offered again, at the front.
    @usableFromInline package var consumed: Int
    @usableFromInline package var stop: StopReason?
    /// Bytes of the packet at the front once its length is known, else 0: lets the loop read a big one straight into its block.
    @usableFromInline package var wanted: Int

    @inlinable package init(consumed: Int, stop: StopReason? = nil, wanted: Int = 0) {
        self.consumed = consumed
        self.stop = stop
        self.wanted = wanted
    }
}

/// One byte stream as its machine sees it: bytes come in by a call, bytes go out through ``output``.
///
/// Everything here happens on the loop that owns the stream. `open` and `public` only because Swift lets no `package` class be
/// subclassed in another module; the module is in no product.
open class StreamPeer {
    package final let id: StreamID
    public final var output: OutputBuffer
    public final unowned(unsafe) let effects: Effects
    /// Listed in ``Effects/dirty``.
    @usableFromInline final var isDirty = false
    /// Set by the loop while the stream's last write is not through.
    package final var isWriting = false
    /// ``drained()`` is called, once, as soon as no more than this is pending; 0 for nothing but the usual call when all is sent.
    package final var roomWanted = 0
    /// Where the machine wants to see what is pending as of the last write; it outlives the stream, or is taken back before.
    public final var outputGauge: UnsafeMutablePointer<UInt64>?
    /// Bytes of ``output`` that ``Effects/pendingOutput`` counts.
    private final var notedOutput = 0

    package init(id: StreamID, effects: Effects) {
        self.id = id
        self.effects = effects
        self.output = OutputBuffer(pool: effects.chunks)
    }

    /// Takes whole packets from the front of `bytes`. When `block` is not nil it holds exactly the same bytes, and they are one
    /// packet, so that it may be kept instead of copied.
    open func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received { Received(consumed: bytes.count) }

    /// Bytes came of a packet that is read into a block of its own, and it is not whole yet.
    open func heard() {}

    /// All output is on its way: pending work that waited for room may go on.
    open func drained() {}

    /// What the stream asked to be told of has happened: something was stored.
    open func progressed() {}

    /// The stream is gone, whoever ended it. Called once; the output is never written again.
    open func closed() {}

    /// Lists the stream among those that the end of the slice flushes.
    @inlinable @inline(__always) public final func markDirty() {
        if self.isDirty { return }
        self.isDirty = true
        self.effects.dirty.append(.passUnretained(self))
    }

    package final func clearDirty() { self.isDirty = false }

    /// The loop wrote some of the output, or dropped it: what the machine's streams have pending is added up anew.
    package final func noteOutput() {
        let pending = self.output.count
        if pending == self.notedOutput { return }
        self.effects.pendingOutput += pending - self.notedOutput
        self.notedOutput = pending
        self.outputGauge?.pointee = UInt64(pending)
    }

    /// After a write: whether whoever waits for room may go on.
    package final func takeRoom() -> Bool {
        if self.roomWanted == 0 || self.output.count > self.roomWanted { return false }
        self.roomWanted = 0
        return true
    }

    open func send(_ bytes: [UInt8]) {
        self.output.append(bytes)
        self.markDirty()
    }
}

@available(*, unavailable)
extension StreamPeer: Sendable {}
