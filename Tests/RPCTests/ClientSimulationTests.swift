import AdminAPI
import Bytes
import HTTP
import HTTP2
import Machine
import RPC
import RPCClient
import RPCServer
import Simulation
import Testing

/// Part of a simulated machine that nobody cares about here.
private class QuietMachine: Machine {
    let effects = Effects()
    var now: UInt64 = 0 { didSet { self.timers.advance(to: self.now) } }
    let timers: Timers

    init(_ timers: Timers) { self.timers = timers }

    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? { nil }
    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer { StreamPeer(id: id, effects: self.effects) }
    func connected(_ id: StreamID, request: UInt64) -> StreamPeer? { nil }
    func connectFailed(_ request: UInt64, _ reason: String) {}
    func received(_ batch: LinkBatch, from shard: Int) {}
    func received(_ answer: LinkAnswer, from shard: Int) {}
    func stored(_ kind: DurabilityClass, through number: UInt64) {}
    func tick() { self.timers.run(now: self.now) }
    func endOfBurst() { self.effects.deadline = self.timers.deadline }
    var wantsFlush: Bool { false }
    func flushed() {}
}

private final class ServerMachine: QuietMachine {
    let service = TestService()

    init() { super.init(self.service.timers) }

    override func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? {
        ServerPeer(id, self.effects, facts.remote, self.service)
    }
}

private final class ServerPeer: StreamPeer {
    private let connection: HTTP2ServerConnection

    init(_ id: StreamID, _ effects: Effects, _ remote: PeerAddress, _ service: TestService) {
        self.connection = HTTP2ServerConnection(peer: remote) { service.router.handler(for: $0, stream: $1) }
        super.init(id: id, effects: effects)
        self.connection.wantsOutput = { [unowned self] in self.markDirty() }
        self.markDirty()
    }

    override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        try? self.connection.receive(bytes)
        self.connection.pump(self)
        return Received(consumed: bytes.count)
    }

    override func drained() { self.connection.pump(self) }
    override func closed() { self.connection.lost() }
}

private final class ClientMachine: QuietMachine {
    static let target = ConnectTarget.ipv4(0x7F00_0001, port: 50_051)
    let channel: RPCChannel
    private(set) var attempts = 0

    init(seed: UInt64, _ change: (inout RPCChannelSettings) -> Void) {
        let timers = Timers(now: 0)
        var settings = RPCChannelSettings(authority: "localhost")
        change(&settings)
        var random = SeededRandom(seed: seed)
        let requests = Requests()
        self.channel = RPCChannel(
            settings,
            timers: timers,
            random: { Double(random.below(1 << 20)) / Double(1 << 20) },
            connect: { requests.ask?() }
        )
        super.init(timers)
        requests.ask = { [unowned self] in
            self.attempts += 1
            self.effects.connects.append((UInt64(self.attempts), Self.target))
        }
    }

    private final class Requests { var ask: (() -> Void)? }

    override func connected(_ id: StreamID, request: UInt64) -> StreamPeer? {
        self.channel.connected(id, effects: self.effects)
    }

    override func connectFailed(_ request: UInt64, _ reason: String) { self.channel.connectFailed(reason) }
}

/// A client and a server in one simulation.
private struct RPCWorld {
    let simulator: Simulator
    let client: ClientMachine
    let server = ServerMachine()

    init(
        seed: UInt64,
        _ conditions: SimulationConditions = SimulationConditions(),
        _ change: (inout RPCChannelSettings) -> Void = { _ in }
    ) {
        self.simulator = Simulator(seed: seed, conditions: conditions)
        self.client = ClientMachine(seed: seed, change)
        self.simulator.add([self.client, self.server])
        self.simulator.listen(at: ClientMachine.target, shards: [1])
    }

    func echo(_ text: String, waits: Bool = true, timeout: UInt64? = 30_000) -> Outcome<AdminV1.KindInfo> {
        var options = RPCCallOptions()
        options.waitsForReady = waits
        options.timeout = timeout
        let outcome = Outcome<AdminV1.KindInfo>()
        let channel = self.client.channel
        _ = self.simulator.loops[0]
            .perform { channel.unary(TestService.echo, TestService.word(text), options, onEnd: outcome.end) }
        return outcome
    }
}

@Suite("gRPC client: in the simulation")
struct ClientSimulationTests {
    @Test("calls are answered through small sockets, late and in pieces", arguments: 1...6 as ClosedRange<UInt64>)
    func rough(seed: UInt64) {
        var conditions = SimulationConditions.bad
        conditions.resetsPerMille = 0
        let world = RPCWorld(seed: seed, conditions)
        let outcomes = (0..<50).map { world.echo("\($0)", timeout: 600_000) }
        #expect(world.simulator.run(atMost: 600_000) { outcomes.allSatisfy { $0.isEnded } }, "seed \(seed)")
        #expect(outcomes.map { $0.value?.name } == (0..<50).map { "\($0)" })
    }

    @Test(
        "with cuts, refusals and silence no call hangs, none is answered twice, none is done twice, and all is well after",
        arguments: 1...12 as ClosedRange<UInt64>
    )
    func cuts(seed: UInt64) {
        var conditions = SimulationConditions.bad
        conditions.resetsPerMille = 5
        conditions.refusalsPerMille = 200
        let world = RPCWorld(seed: seed, conditions) { settings in
            settings.keepalive = RPCChannelSettings.Keepalive(interval: 10_000)
            settings.backoff.maximum = 5_000
        }
        var random = SeededRandom(seed: seed &+ 99)
        var outcomes: [Outcome<AdminV1.KindInfo>] = []
        for round in 0..<200 {
            for _ in 0..<random.below(4) {
                outcomes.append(world.echo("\(outcomes.count)", waits: random.chance(perMille: 700)))
            }
            if random.chance(perMille: 40) { world.simulator.cut(ClientMachine.target) }
            if round % 50 == 20 { world.simulator.silence(ClientMachine.target, true) }
            if round % 50 == 23 { world.simulator.stopListening(at: ClientMachine.target) }
            if round % 50 == 26 { world.simulator.listen(at: ClientMachine.target, shards: [1]) }
            world.simulator.run(for: UInt64(random.below(2_000)))
        }
        world.simulator.run(for: 31_000)
        let expected = outcomes.indices.map { "\($0)" }
        #expect(outcomes.allSatisfy { $0.results.count == 1 }, "a call hangs or was answered twice: seed \(seed)")
        for (outcome, text) in zip(outcomes, expected) {
            if let value = outcome.value { #expect(value.name == text, "seed \(seed)") }
            if let error = outcome.error {
                #expect([.unavailable, .deadlineExceeded].contains(error.code), "\(error) (seed \(seed))")
            }
        }
        #expect(outcomes.count { $0.value != nil } > outcomes.count / 4, "hardly any call got through: seed \(seed)")
        let done = Dictionary(grouping: world.server.service.calls) { $0 }
        #expect(done.values.allSatisfy { $0.count == 1 }, "the server did a call twice: seed \(seed)")
        #expect(world.client.channel.openCalls == 0)

        world.simulator.conditions = SimulationConditions()
        let last = world.echo("last")
        world.simulator.run(for: 29_000)
        #expect(last.value?.name == "last", "\(String(describing: last.error)) (seed \(seed))")
    }

    @Test("a server that is started late is found, at the times of the back-off")
    func late() {
        let world = RPCWorld(seed: 5)
        world.simulator.stopListening(at: ClientMachine.target)
        let (patient, fast) = (world.echo("a"), world.echo("b", waits: false))
        world.simulator.run(for: 10_000)
        #expect(fast.error == RPCError(.unavailable, "Connection refused"))
        #expect(!patient.isEnded)
        #expect((4...6).contains(world.client.attempts), "\(world.client.attempts) attempts in 10 s")
        world.simulator.listen(at: ClientMachine.target, shards: [1])
        world.simulator.run(for: 15_000)
        #expect(patient.value?.name == "a")
    }

    @Test("silence on an open call is found out by a ping")
    func keepalive() {
        let world = RPCWorld(seed: 7) { $0.keepalive = RPCChannelSettings.Keepalive(interval: 10_000) }
        world.server.service.answersAtOnce = false
        let outcome = world.echo("x", timeout: nil)
        world.simulator.run(for: 25_000)
        #expect(!outcome.isEnded, "an answered ping is no silence")
        world.simulator.silence(ClientMachine.target, true)
        world.simulator.run(for: 60_000)
        #expect(outcome.error?.code == .unavailable)
    }
}
