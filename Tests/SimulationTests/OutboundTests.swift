import Bytes
import Machine
import Simulation
import Testing

/// Echoes what it is sent, and sends to whomever it is told to dial.
private final class Node: Machine {
    let effects = Effects()
    var now: UInt64 = 0
    var peers: [UInt64: NodePeer] = [:]
    private(set) var failures: [UInt64: String] = [:]
    private(set) var accepted = 0
    var lost: Set<UInt64> = []
    var reads = true

    func dial(_ request: UInt64, _ target: ConnectTarget) { self.effects.connects.append((request, target)) }

    func connected(_ id: StreamID, request: UInt64) -> StreamPeer? {
        let peer = NodePeer(id, request, self)
        self.peers[request] = peer
        return peer
    }

    func connectFailed(_ request: UInt64, _ reason: String) { self.failures[request] = reason }

    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? {
        self.accepted += 1
        return NodePeer(id, nil, self)
    }

    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer { NodePeer(id, nil, self) }
    func received(_ batch: LinkBatch, from shard: Int) {}
    func received(_ answer: LinkAnswer, from shard: Int) {}
    func stored(_ kind: DurabilityClass, through number: UInt64) {}
    func tick() {}
    func endOfBurst() {}
    var wantsFlush: Bool { false }
    func flushed() {}
}

private final class NodePeer: StreamPeer {
    private let node: Node
    /// nil for an accepted stream, which echoes.
    private let request: UInt64?
    var heard: [UInt8] = []

    init(_ id: StreamID, _ request: UInt64?, _ node: Node) {
        self.node = node
        self.request = request
        super.init(id: id, effects: node.effects)
    }

    override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        if self.request == nil {
            if !self.node.reads { return Received(consumed: 0, stop: .reply) }
            self.send(bytes.copied())
        } else {
            self.heard += bytes.copied()
        }
        return Received(consumed: bytes.count)
    }

    override func closed() {
        if let request = self.request { self.node.lost.insert(request) }
    }
}

@Suite("Simulated streams between machines")
struct OutboundTests {
    private static let target = ConnectTarget.ipv4(0x7F00_0001, port: 9)

    private func world(_ seed: UInt64, _ conditions: SimulationConditions) -> (Simulator, client: Node, server: Node) {
        let simulator = Simulator(seed: seed, conditions: conditions)
        let (client, server) = (Node(), Node())
        simulator.add([client, server])
        simulator.listen(at: Self.target, shards: [1])
        return (simulator, client, server)
    }

    /// Conditions without cuts, however bad else.
    private static var rough: SimulationConditions {
        var conditions = SimulationConditions.bad
        conditions.resetsPerMille = 0
        return conditions
    }

    @Test("bytes arrive whole and in order, both ways, through small sockets and partial writes", arguments: 1...8)
    func echo(seed: UInt64) {
        let (simulator, client, server) = self.world(seed, Self.rough)
        simulator.loops[0].perform { client.dial(1, Self.target) }
        #expect(simulator.run(atMost: 10_000) { client.peers[1] != nil })
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        simulator.loops[0].perform { client.peers[1]?.send(bytes) }
        #expect(simulator.run(atMost: 600_000) { client.peers[1]?.heard.count == bytes.count })
        #expect(client.peers[1]?.heard == bytes)
        #expect(server.accepted == 1)
    }

    @Test("where nobody listens a machine is refused")
    func refused() {
        let (simulator, client, server) = self.world(1, SimulationConditions())
        simulator.stopListening(at: Self.target)
        simulator.loops[0].perform { client.dial(1, Self.target) }
        #expect(client.failures.isEmpty, "an answer came inline")
        #expect(simulator.run(atMost: 1_000) { client.failures[1] == "Connection refused" })
        #expect(server.accepted == 0)
    }

    @Test("of many requests each is answered once, by a stream or a refusal")
    func sometimesRefused() {
        var conditions = SimulationConditions()
        conditions.refusalsPerMille = 500
        let (simulator, client, _) = self.world(3, conditions)
        simulator.loops[0].perform { for request in 0..<100 { client.dial(UInt64(request), Self.target) } }
        simulator.run(for: 1_000)
        #expect(client.peers.count + client.failures.count == 100)
        #expect(client.failures.count > 20 && client.peers.count > 20)
        #expect(Set(client.peers.keys).isDisjoint(with: client.failures.keys))
    }

    @Test("a cut is seen by both ends, and a later stream is not affected")
    func cut() {
        let (simulator, client, _) = self.world(1, SimulationConditions())
        simulator.loops[0].perform { client.dial(1, Self.target) }
        simulator.run(for: 100)
        simulator.cut(Self.target)
        simulator.loops[0].perform { client.dial(2, Self.target) }
        simulator.run(for: 100)
        #expect(client.lost == [1])
        #expect(simulator.loops[0].openStreams == 1)
        #expect(simulator.loops[1].openStreams == 1)
    }

    @Test("in silence nothing gets through, and afterwards nothing is missing")
    func silence() {
        let (simulator, client, _) = self.world(1, SimulationConditions())
        simulator.loops[0].perform { client.dial(1, Self.target) }
        simulator.run(for: 100)
        simulator.silence(Self.target, true)
        simulator.loops[0].perform { client.peers[1]?.send([1, 2, 3]) }
        simulator.run(for: 20_000)
        #expect(client.peers[1]?.heard == [])
        #expect(client.lost.isEmpty)
        simulator.silence(Self.target, false)
        #expect(simulator.run(atMost: 1_000) { client.peers[1]?.heard == [1, 2, 3] })
    }

    @Test("a machine that does not read holds up the one that writes")
    func backpressure() {
        let (simulator, client, server) = self.world(1, Self.rough)
        server.reads = false
        simulator.writeTimeout = 5_000
        simulator.loops[0].perform { client.dial(1, Self.target) }
        #expect(simulator.run(atMost: 10_000) { client.peers[1] != nil })
        simulator.loops[0].perform { client.peers[1]?.send(Array(repeating: 1, count: 1 << 20)) }
        #expect(simulator.run(atMost: 60_000) { client.lost == [1] }, "the writer was never held up")
    }

    @Test("the same seed gives the same trace")
    func replay() {
        let traces = (0..<2).map { _ in
            let (simulator, client, _) = self.world(9, .bad)
            simulator.loops[0].perform { for request in 0..<20 { client.dial(UInt64(request), Self.target) } }
            simulator.run(for: 500)
            simulator.loops[0].perform { for peer in 0..<20 { client.peers[UInt64(peer)]?.send([1, 2, 3]) } }
            simulator.run(for: 2_000)
            return simulator.trace
        }
        #expect(traces[0] == traces[1])
    }
}
