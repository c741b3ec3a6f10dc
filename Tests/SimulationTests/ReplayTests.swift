import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: replay")
struct SimulationReplayTests {
    /// A little of everything, on a bad network.
    private func trace(seed: UInt64) -> (trace: UInt64, events: Int) {
        let world = World(seed: seed, conditions: .bad) { $0.linkWindow = 500 }
        let clients = (0..<12).map { number in
            world.client("c\(number)", number % 2 == 0 ? .v5 : .v3_1_1) {
                $0.cleanStart = false
                $0.expiry = 3_600
                $0.reconnects = 10...500
                $0.subscribe("a/\(number % 3)/#", qos: UInt8(number % 3))
                $0.subscribe("$share/g/s/+", qos: 1)
                $0.connect()
            }
        }
        for round in 0..<40 {
            for (number, client) in clients.enumerated() {
                client.publish(
                    "a/\(round % 3)/\(number)",
                    text: "\(round)",
                    qos: UInt8((round + number) % 3),
                    retain: round % 7 == 0
                )
                client.publish("s/\(number)", text: "\(round)")
            }
            world.run(50)
        }
        world.run(5_000)
        return (world.simulator.trace, world.simulator.events)
    }

    @Test("the same seed gives the same events, byte for byte")
    func sameSeed() {
        let first = self.trace(seed: 42)
        let second = self.trace(seed: 42)
        #expect(first == second)
        #expect(first.events > 1_000)
    }

    @Test("another seed gives another course of events")
    func otherSeed() { #expect(self.trace(seed: 1).trace != self.trace(seed: 2).trace) }
}
