import Machine
import Simulation
import Testing

/// A client behind the toy layers, on the simulator's side.
private final class ToyClient: SimulatedPeer {
    private(set) var received = 0
    /// Payloads of all data frames that are whole, and the kinds of the others.
    private(set) var data: [UInt8] = []
    private(set) var others: [UInt8] = []
    private(set) var isClosed = false
    private var begun: [UInt8] = []

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) {
        self.begun += XorLayer.coded(Array(bytes.dropFirst(self.received == 0 ? 1 : 0)))  // the hello is in the clear
        self.received += bytes.count
        while self.begun.count >= 3 {
            let end = 3 + Int(self.begun[1]) << 8 + Int(self.begun[2])
            if end > self.begun.count { return }
            if self.begun[0] == 0 { self.data += self.begun[3..<end] } else { self.others.append(self.begun[0]) }
            self.begun.removeFirst(end)
        }
    }

    func closed(_ connection: SimulatedConnection, wasReset: Bool) { self.isClosed = true }
}

/// Takes what comes as it is.
private final class PlainClient: SimulatedPeer {
    private(set) var received: [UInt8] = []

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) { self.received += bytes }
    func closed(_ connection: SimulatedConnection, wasReset: Bool) {}
}

@Suite("Layers in the simulation")
struct SimulatedLayerTests {
    private func world(_ seed: UInt64, shards: Int = 1) -> (Simulator, [EchoMachine]) {
        var conditions = SimulationConditions.bad
        conditions.resetsPerMille = 0
        let simulator = Simulator(seed: seed, conditions: conditions)
        let machines = (0..<shards).map { EchoMachine(index: $0, shards: shards) }
        simulator.add(machines)
        simulator.layers = [0: ToyFactory.two]
        return (simulator, machines)
    }

    @Test(
        "whatever the pieces, bytes come back whole through two layers, moved or not, large packets among them",
        arguments: 1...12
    )
    func echo(seed: Int) {
        let (simulator, machines) = self.world(UInt64(seed), shards: 2)
        let texts: [[UInt8]] = [
            Array("hello".utf8), Array("Moved!".utf8),
            [UInt8(ascii: "L"), 0, 0, 0xC0, 0] + (0..<(0xC000)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 8) },
        ]
        for text in texts {
            let client = ToyClient()
            let connection = simulator.connect(client)
            connection.send(Array("H".utf8) + XorLayer.coded(FrameLayer.frames(text)))
            let expected = text[0] == UInt8(ascii: "L") ? Array(text.dropFirst(5)) : text
            #expect(simulator.run(atMost: 600_000) { client.data.count >= expected.count })
            #expect(client.data == expected)
            connection.send(XorLayer.coded(FrameLayer.frame(.close)))
            #expect(simulator.run(atMost: 60_000) { client.isClosed })
            #expect(client.others.last == FrameLayer.Kind.close.rawValue)
        }
        #expect(machines.reduce(0) { $0 + $1.arrived } == 1)
        #expect(machines.reduce(0) { $0 + $1.blocks } == 1)
        #expect(machines.flatMap(\.facts).allSatisfy { $0.isWebSocket && $0.tls?.cipher == "xor" })
    }

    @Test("a client that pings and never reads is not read either", arguments: 1...3)
    func pings(seed: Int) {
        let (simulator, _) = self.world(UInt64(seed))
        simulator.conditions.largestPiece = 64 << 10
        let lower = XorLayer()
        simulator.layers = [0: OneStream(lower)]
        let client = ToyClient()
        let connection = simulator.connect(client)
        connection.send(Array("H".utf8))
        #expect(simulator.run(atMost: 60_000) { client.received == 1 })
        connection.takes = false
        let ping = XorLayer.coded(FrameLayer.frame(.ping, Array(repeating: 1, count: 5_000)))
        for _ in 0..<300 { connection.send(ping) }
        simulator.run(for: 20_000)
        #expect(lower.received < 600_000, "it answered \(lower.received) bytes of 1.5 million")
        connection.takes = true
        #expect(simulator.run(atMost: 600_000) { client.others.count == 300 })
    }

    @Test("jobs are done, and answered later, in any order", arguments: 1...5)
    func jobs(seed: Int) {
        let (simulator, _) = self.world(UInt64(seed))
        simulator.layers = [:]
        let clients = (0..<20).map { _ in PlainClient() }
        for (number, client) in clients.enumerated() { simulator.connect(client).send(Array("J\(number % 10)".utf8)) }
        // A job is of what came first, which may be the first byte alone.
        #expect(simulator.run(atMost: 60_000) { clients.allSatisfy { $0.received.count == 2 } })
        for client in clients { #expect(client.received.contains(UInt8(ascii: "J"))) }
    }
}

/// For one stream, whose lower layer the test looks at.
private struct OneStream: LayerFactory, @unchecked Sendable {
    // Sendable because: a simulation has one thread.
    private let lower: XorLayer

    init(_ lower: XorLayer) { self.lower = lower }

    func layers(for remote: PeerAddress) -> [StreamLayer] { [self.lower, FrameLayer()] }
}
