import Bytes
import EventLoop
import Machine

/// Sends back what it gets. A stream that begins with `M` moves to the next shard first, one that begins with `Q` gets a long
/// answer and is closed, one that begins with `B` has the other shards told, one that begins with `J` gets it turned round by a
/// job, one that begins with `L` speaks in packets: `L`, four bytes of length, a body.
final class EchoMachine: Machine {
    let effects = Effects()
    var now: UInt64 = 0
    let index: Int
    let shards: Int
    private(set) var opened = 0
    private(set) var arrived = 0
    private(set) var closed = 0
    private(set) var ticks = 0
    private(set) var facts: [StreamFacts] = []
    /// Packets that came in a block of their own.
    fileprivate(set) var blocks = 0
    fileprivate var jobs: [UInt64: EchoPeer] = [:]
    /// Called at the end of each burst.
    var onEndOfBurst: (@Sendable () -> Void)?
    /// Numbers of the batches that came, per shard.
    private(set) var batches: [[UInt64]]
    private var sent: [UInt64]
    /// Batches to send to everybody else in this burst.
    var announcements = 0
    static let longAnswer = 4 << 20

    init(index: Int, shards: Int) {
        self.index = index
        self.shards = shards
        self.batches = Array(repeating: [], count: shards)
        self.sent = Array(repeating: 0, count: shards)
    }

    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? {
        self.opened += 1
        self.facts.append(facts)
        return EchoPeer(id, self, hasMoved: false)
    }

    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer {
        self.arrived += 1
        return EchoPeer(id, self, hasMoved: true)
    }

    func received(_ batch: LinkBatch, from shard: Int) {
        self.batches[shard].append(batch.number)
        self.effects.answers.append((shard, LinkAnswer(taken: batch.number, stored: .zero)))
    }

    private(set) var answered: [UInt64] = []
    func received(_ answer: LinkAnswer, from shard: Int) { self.answered.append(answer.taken) }
    func stored(_ kind: DurabilityClass, through number: UInt64) {}
    func tick() {
        self.ticks += 1
        self.effects.deadline = nil
    }

    func finished(_ ticket: UInt64, _ result: any Sendable) {
        guard let bytes = result as? [UInt8] else { return }
        self.jobs.removeValue(forKey: ticket)?.send(bytes)
    }

    func endOfBurst() {
        self.onEndOfBurst?()
        for _ in 0..<self.announcements {
            for shard in 0..<self.shards where shard != self.index {
                self.sent[shard] += 1
                self.effects.batches.append(
                    (shard, LinkBatch(number: self.sent[shard], bytes: [1], blocks: [], weight: 1))
                )
            }
        }
        self.announcements = 0
    }

    var wantsFlush: Bool { false }
    func flushed() {}
    fileprivate func lost() { self.closed += 1 }
}

fileprivate final class EchoPeer: StreamPeer {
    private let machine: EchoMachine
    private var isNew: Bool
    private let hasMoved: Bool
    private var speaksPackets = false

    init(_ id: StreamID, _ machine: EchoMachine, hasMoved: Bool) {
        self.machine = machine
        self.hasMoved = hasMoved
        self.isNew = true
        super.init(id: id, effects: machine.effects)
    }

    override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        defer { self.isNew = false }
        if self.isNew {
            switch bytes[0] {
            case UInt8(ascii: "M") where !self.hasMoved:
                let state = MovingState(listener: 0, facts: StreamFacts(remote: .unix(nil)), unread: [], hops: 1)
                self.effects.moves.append((self.id, (self.machine.index + 1) % self.machine.shards, state))
                return Received(consumed: 0, stop: .moving)
            case UInt8(ascii: "Q"):
                self.send(Array(repeating: 81, count: EchoMachine.longAnswer))
                self.effects.close.append((self.id, afterWriting: true))
                return Received(consumed: bytes.count, stop: .closing)
            case UInt8(ascii: "B"): self.machine.announcements += 1
            case UInt8(ascii: "J"):
                let copy = bytes.copied()
                let ticket = UInt64(self.id.slot)
                self.machine.jobs[ticket] = self
                self.effects.jobs.append((ticket, { Array(copy.reversed()) }))
                return Received(consumed: bytes.count)
            case UInt8(ascii: "L"): self.speaksPackets = true
            default: break
            }
        }
        if self.speaksPackets { return self.receivedPackets(bytes, block) }
        self.send(bytes.copied())
        return Received(consumed: bytes.count)
    }

    /// One packet at a time: there is always a reason to be asked again.
    private func receivedPackets(_ bytes: Span<UInt8>, _ block: ByteBlock?) -> Received {
        guard bytes.count >= 5 else { return Received(consumed: 0) }
        let length = 5 + (1..<5).reduce(0) { $0 << 8 | Int(bytes[$1]) }
        guard bytes.count >= length else { return Received(consumed: 0, wanted: length) }
        if block != nil { self.machine.blocks += 1 }
        self.send(bytes.extracting(5..<length).copied())
        return Received(consumed: length, stop: bytes.count > length ? .slice : nil)
    }

    override func closed() { self.machine.lost() }
}
