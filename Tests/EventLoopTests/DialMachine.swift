import Bytes
import EventLoop
import Machine
import Synchronization

/// Asks for streams, says one thing on each and remembers what comes back.
final class DialMachine: Machine {
    let effects = Effects()
    var now: UInt64 = 0
    private(set) var heard: [UInt64: [UInt8]] = [:]
    private(set) var failures: [UInt64: String] = [:]
    private(set) var closed = 0
    /// Requests whose streams are no longer wanted once they are there.
    var unwanted: Set<UInt64> = []
    private var words: [UInt64: [UInt8]] = [:]

    func dial(_ request: UInt64, _ target: ConnectTarget, saying words: [UInt8]) {
        self.words[request] = words
        self.effects.connects.append((request, target))
    }

    func connected(_ id: StreamID, request: UInt64) -> StreamPeer? {
        if self.unwanted.contains(request) { return nil }
        let peer = DialPeer(id, request, self)
        peer.send(self.words[request] ?? [])
        return peer
    }

    func connectFailed(_ request: UInt64, _ reason: String) { self.failures[request] = reason }

    fileprivate func heard(_ bytes: [UInt8], for request: UInt64) { self.heard[request, default: []] += bytes }
    fileprivate func lost() { self.closed += 1 }

    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? { nil }
    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer { DialPeer(id, 0, self) }
    func received(_ batch: LinkBatch, from shard: Int) {}
    func received(_ answer: LinkAnswer, from shard: Int) {}
    func stored(_ kind: DurabilityClass, through number: UInt64) {}
    func tick() {}
    func endOfBurst() {}
    var wantsFlush: Bool { false }
    func flushed() {}
}

private final class DialPeer: StreamPeer {
    private let machine: DialMachine
    private let request: UInt64

    init(_ id: StreamID, _ request: UInt64, _ machine: DialMachine) {
        self.machine = machine
        self.request = request
        super.init(id: id, effects: machine.effects)
    }

    override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        self.machine.heard(bytes.copied(), for: self.request)
        return Received(consumed: bytes.count)
    }

    override func closed() { self.machine.lost() }
}

/// A loop with a machine that dials; stopped and joined at the end.
func withDialer(_ body: (LoopHost<DialMachine>) async throws -> Void) async throws {
    let inboxes = LoopHost<DialMachine>.makeInboxes(1)
    let host = LoopHost(index: 0, inboxes: inboxes, machine: DialMachine()) { _ in }
    host.eventLoop.start()
    try await body(host)
    await host.closeStreams()
    host.eventLoop.stop()
}
