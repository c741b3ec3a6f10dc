import QueueEngine
import Simulation
import Testing

@Suite("Simulation: random programs against a model of queues, over crashes of the broker and of its disk")
struct QueueProgramTests {
    /// A minute of CI has room for the first; `make simulate` goes on from its seed.
    private static var seeds: Range<UInt64> {
        guard let seed = SimulationEnvironment.seed else { return 1..<201 }
        return (seed * 100_000)..<(seed * 100_000 + 1_000 * (SimulationEnvironment.days ?? 1))
    }
    private static let parts = 10

    private func program(_ seed: UInt64) -> QueueProgram { QueueProgram(seed: seed, count: seed % 3 == 0 ? 80 : 30) }

    @Test("whatever clients, operators and the machine do, queues keep what they promised", arguments: 0..<Self.parts)
    func programs(part: Int) {
        for seed in Self.seeds where seed % UInt64(Self.parts) == UInt64(part) {
            let program = self.program(seed)
            guard let fault = QueueRun(program).run().first else { continue }
            let small = program.shrunk(kind: fault.kind)
            let faults = QueueRun(small).run().map { "\($0.kind): \($0.text)" }
            Issue.record(
                "seed \(seed): \(faults.joined(separator: "; ")); a row for QueueRegressions.swift:\n\(small.source)"
            )
            return
        }
    }

    @Test(
        "a broker that breaks a promise is found out, in few steps",
        arguments: Mutation.allCases.filter { $0 != .none }
    )
    func brokenBroker(_ mutation: Mutation) throws {
        var smallest: QueueProgram?
        for seed in 1..<300 as Range<UInt64> {
            let program = QueueProgram(seed: seed, count: 60)
            guard let fault = QueueRun(program, mutation).run().first else { continue }
            let small = program.shrunk { QueueRun($0, mutation).run().first?.kind == fault.kind }
            if small.steps.count < smallest?.steps.count ?? .max { smallest = small }
            if let smallest, smallest.steps.count <= 6 { break }
        }
        let small = try #require(smallest, "no program found it")
        #expect(small.steps.count <= 6, "\(small.source)")
        #expect(QueueRun(small).run().isEmpty, "the broker itself breaks it:\n\(small.source)")
    }

    @Test("a program runs the same way each time")
    func replay() {
        let program = QueueProgram(seed: 9, count: 60)
        let (first, second) = (QueueRun(program), QueueRun(program))
        #expect(first.run() == second.run())
        #expect(first.life?.world.simulator.trace == second.life?.world.simulator.trace)
        #expect(first.computer.wall.now == second.computer.wall.now)
    }
}

extension QueueProgram {
    /// Takes steps out for as long as the program still fails: chunks first, then one by one. Each candidate is tried with a few
    /// seeds, since what a disk loses is another matter for each.
    func shrunk(runs: Int = 400, while fails: (QueueProgram) -> Bool) -> QueueProgram {
        var best = self
        var left = runs
        func attempt(_ candidate: QueueProgram) -> Bool {
            for shift in 0..<3 as Range<UInt64> where left > 0 {
                left -= 1
                var candidate = candidate
                candidate.seed &+= shift
                if fails(candidate) {
                    best = candidate
                    return true
                }
            }
            return false
        }
        var size = max(1, best.steps.count / 2)
        while left > 0 {
            var start = 0
            var hasShrunk = false
            while start < best.steps.count, left > 0 {
                var candidate = best
                candidate.steps.removeSubrange(start..<min(start + size, best.steps.count))
                if attempt(candidate) { hasShrunk = true } else { start += size }
            }
            if size == 1, !hasShrunk { break }
            size = max(1, size / 2)
        }
        return best
    }

    /// The smallest program that has the same kind of fault.
    func shrunk(kind: QueueFault.Kind) -> QueueProgram { self.shrunk { QueueRun($0).run().first?.kind == kind } }
}

extension QueueProgram: CustomTestStringConvertible {
    var testDescription: String { "seed \(self.seed), \(self.steps.count) steps" }
}
