package import Bytes

/// What one burst of a shard produced for one other shard: records as bytes, large payloads as counted references.
public struct LinkBatch: Sendable {
    /// Counts the batches of this link from 1, without gaps.
    package var number: UInt64
    package var bytes: [UInt8]
    package var blocks: [ByteBlock]
    /// Bytes that the batch keeps from being taken, those of the blocks included: what the link's window counts.
    package var weight: Int

    package init(number: UInt64, bytes: [UInt8], blocks: [ByteBlock], weight: Int) {
        self.number = number
        self.bytes = bytes
        self.blocks = blocks
        self.weight = weight
    }
}

/// How safe a class of records is once it is stored. A slow class holds up no other.
public enum DurabilityClass: UInt8, CaseIterable, Sendable {
    /// Looked up by key: sessions, subscriptions, retained messages, definitions.
    case state
    /// What kept sessions have in flight or wait for.
    case journal
    /// Queues: handed to the system, so that the end of the process loses nothing.
    case buffered
    /// Queues: synced to the device.
    case synced
}

/// One number per durability class: of batches that were handed over, or answered.
public typealias ClassNumbers = SIMD4<UInt64>

extension ClassNumbers {
    package subscript(kind: DurabilityClass) -> UInt64 {
        get { self[Int(kind.rawValue)] }
        set { self[Int(kind.rawValue)] = newValue }
    }
}

/// What one burst wants stored. The store answers with the number, later, and in order per class.
public struct StoreBatch: Sendable {
    package var kind: DurabilityClass
    /// Counts the batches of this shard and class from 1, without gaps.
    package var number: UInt64
    package var records: Int
    package var commands: [StoreCommand]

    package init(kind: DurabilityClass, number: UInt64, records: Int, commands: [StoreCommand] = []) {
        self.kind = kind
        self.number = number
        self.records = records
        self.commands = commands
    }
}

/// One record of a link: the number of its batch, and how many came before it there.
public struct LinkPosition: Hashable, Sendable {
    package var batch: UInt64
    package var record: Int

    package init(batch: UInt64, record: Int) {
        self.batch = batch
        self.record = record
    }
}

/// A record that its receiver did not take.
public struct LinkRefusal: Sendable {
    package var position: LinkPosition
    /// Why, as the machines on both ends number it.
    package var reason: UInt8

    package init(position: LinkPosition, reason: UInt8) {
        self.position = position
        self.reason = reason
    }
}

/// A link's answer to the shard that sent: everything up to these numbers is done.
public struct LinkAnswer: Sendable {
    /// Processed: the batch's memory and its part of the window are free.
    package var taken: UInt64
    /// Stored, per durability class.
    package var stored: ClassNumbers
    /// Records that a queue had no room for: their publishers are told so instead.
    package var refused: [LinkRefusal]

    package init(taken: UInt64, stored: ClassNumbers, refused: [LinkRefusal] = []) {
        self.taken = taken
        self.stored = stored
        self.refused = refused
    }
}

/// State of a stream that goes to another shard, without its descriptor, which the loop adds.
public struct MovingState: Sendable {
    package var listener: Int
    package var facts: StreamFacts
    /// The packet that asked for the move, to be processed again where it arrives.
    package var unread: [UInt8]
    /// How often this stream has moved already: a claim that changes hands for ever must end.
    package var hops: Int
    /// What the machine has found out already and need not find out again. It never leaves the process.
    package var memory: (any Sendable)?

    package init(listener: Int, facts: StreamFacts, unread: [UInt8], hops: Int) {
        self.listener = listener
        self.facts = facts
        self.unread = unread
        self.hops = hops
    }
}

/// What may take its time, away from every loop. It shares nothing that moves.
package typealias Job = @Sendable () -> any Sendable

/// The lists a machine fills and its driver empties, in this order: batches, answers, storage, reads, flushes, moves, closes, connects,
/// jobs, resumes.
public final class Effects {
    package let chunks = ChunkPool()
    public var dirty: [Unmanaged<StreamPeer>] = []
    /// Streams whose parsing may go on.
    package var resume: [StreamID] = []
    package var close: [(stream: StreamID, afterWriting: Bool)] = []
    /// Streams that the machine wants. Each request is answered once, by ``Machine/connected(_:request:)`` or
    /// ``Machine/connectFailed(_:_:)``, later and never inline; the machine numbers them as it likes.
    package var connects: [(request: UInt64, to: ConnectTarget)] = []
    package var moves: [(stream: StreamID, to: Int, state: MovingState)] = []
    package var batches: [(to: Int, batch: LinkBatch)] = []
    package var answers: [(to: Int, answer: LinkAnswer)] = []
    package var storage: [StoreBatch] = []
    /// Questions to logs. The machine bounds how many it has under way.
    package var reads: [ReadRequest] = []
    /// Work that would hold up the loop (a password's hash): done on another thread, answered once by
    /// ``Machine/finished(_:_:)``, later and never inline. The machine numbers and bounds what it has under way.
    package var jobs: [(ticket: UInt64, run: Job)] = []
    /// When the machine wants a ``Machine/tick(_:)`` at the latest, in milliseconds; nil for never.
    package var deadline: UInt64?
    /// The machine has work left for its next iteration.
    package var hasMore = false
    /// Bytes that wait in all outputs, as of their last writes.
    package var pendingOutput = 0

    package init() {}
}

@available(*, unavailable)
extension Effects: Sendable {}

/// What a loop drives: inputs in, outputs out through ``effects``, time passed in, no I/O inside.
///
/// There are two drivers: libuv's in `EventLoop`, and the seeded one in `Simulation`, which owns order, partial writes, time and
/// completions. Bytes and closes of a stream go to its ``StreamPeer``.
package protocol Machine: AnyObject {
    var effects: Effects { get }

    /// Milliseconds of a clock that never goes back; set before any other input of an iteration.
    var now: UInt64 { get set }

    /// A stream was accepted and its layers are open; nil refuses it, and it is closed at once.
    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer?
    /// A stream arrived from another shard.
    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer
    /// A stream that ``Effects/connects`` asked for is there; nil is "no longer wanted", and it is closed at once.
    func connected(_ id: StreamID, request: UInt64) -> StreamPeer?
    /// None will be: refused, unreachable, or not answered for ``ConnectTarget/timeout``.
    ///
    /// - Parameter reason: For people, as the system words it: "Connection refused".
    func connectFailed(_ request: UInt64, _ reason: String)
    func received(_ batch: LinkBatch, from shard: Int)
    func received(_ answer: LinkAnswer, from shard: Int)
    func stored(_ kind: DurabilityClass, through number: UInt64)
    func received(_ news: StorageNews)
    /// A job of ``Effects/jobs`` is done.
    func finished(_ ticket: UInt64, _ result: any Sendable)
    /// Runs what is due at ``now``.
    func tick()
    /// Ends a burst: hands on what it gathered for other shards and for the store.
    func endOfBurst()
    /// Whether a slice is used up, so that outputs want flushing before more is parsed.
    var wantsFlush: Bool { get }
    func flushed()
}

/// A machine that asks for nothing is told of nothing.
extension Machine {
    package func connected(_ id: StreamID, request: UInt64) -> StreamPeer? { nil }
    package func connectFailed(_ request: UInt64, _ reason: String) {}
    package func finished(_ ticket: UInt64, _ result: any Sendable) {}
    package func received(_ news: StorageNews) {}
}
