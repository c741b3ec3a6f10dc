import Core
import Simulation
import Testing

@Suite("Simulation: random clients against a model")
struct RandomSimulationTests {
    /// The network, links and stores that a seed gets.
    private func conditions(_ seed: UInt64) -> SimulationConditions {
        var random = SeededRandom(seed: seed ^ 0xC0DE)
        var conditions = SimulationConditions.bad
        conditions.storeDelay = random.pick([nil, 0...5, 0...200])
        conditions.linkDelay = random.pick([0...2, 0...60])
        conditions.largestPiece = random.pick([20, 300, 64 << 10])
        conditions.socketBuffer = random.pick([16...200, 1_000...60_000])
        conditions.resetsPerMille = random.pick([0, 1, 5])
        return conditions
    }

    @Test(
        "no message is lost, doubled at QoS 2, out of order or astray, whatever the network does",
        arguments: SimulationEnvironment.seed.map { [$0] } ?? Array(1...12)
    )
    func randomRun(seed: UInt64) {
        RandomRun(seed: seed, size: RandomRun.Size(), conditions: self.conditions(seed)).run()
    }

    @Test("a thousand sessions live through a day")
    func day() {
        var size = RandomRun.Size()
        (size.keepers, size.publishers, size.visitors, size.members, size.topics) = (450, 250, 250, 50, 200)
        let days = Int(SimulationEnvironment.days ?? 1)
        size.steps = 6_000 * days
        size.pause = 86_400_000 * days / size.steps * 2
        size.reconnects = 100...60_000
        size.keepAlive = 3_600
        var conditions = SimulationConditions()
        conditions.storeDelay = 0...10
        conditions.resetsPerMille = 1
        let run = RandomRun(seed: SimulationEnvironment.seed ?? 7, size: size, conditions: conditions)
        run.run()
        #expect(run.world.now > UInt64(days) * 80_000_000)
    }
}
