import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: random programs against a model of sessions")
struct ModelSimulationTests {
    /// A minute of CI has room for the first; `make simulate` goes on from its seed.
    private static var seeds: Range<UInt64> {
        guard let seed = SimulationEnvironment.seed else { return 1..<501 }
        return (seed * 100_000)..<(seed * 100_000 + 1_000 * (SimulationEnvironment.days ?? 1))
    }
    private static let groups = 10

    private func program(_ seed: UInt64) -> Program {
        let isLong = SimulationEnvironment.seed != nil
        return Program(seed: seed, count: seed % 3 == 0 ? 120 : 40, longest: isLong ? 7_200_000 : 130_000)
    }

    @Test("whatever clients do, the broker does what the model of sessions allows", arguments: 0..<Self.groups)
    func programs(group: Int) {
        for seed in Self.seeds where seed % UInt64(Self.groups) == UInt64(group) {
            let program = self.program(seed)
            guard let fault = ModelRun(program).run().first else { continue }
            let small = program.shrunk(kind: fault.kind)
            let faults = ModelRun(small).run().map { "\($0.kind): \($0.text)" }
            Issue.record(
                "seed \(seed): \(faults.joined(separator: "; ")); a row for Regressions.swift:\n\(small.source)"
            )
            return
        }
    }

    /// Brokers that break one promise each, by what the model is told of them.
    enum Break: CaseIterable {
        case losesMessage, doublesMessage, forgetsSession, invents, keepsTalking, losesRetained

        var kind: Fault.Kind {
            switch self {
            case .losesMessage: .lost
            case .doublesMessage: .twice
            case .forgetsSession: .sessionPresent
            case .invents: .astray
            case .keepsTalking: .closed
            case .losesRetained: .retained
            }
        }

        func mutate(_ event: SimClient.Event) -> [SimClient.Event] {
            switch (self, event) {
            case (.losesMessage, .delivery(let delivery)) where delivery.topic == "a/b" && !delivery.retain: return []
            case (.losesRetained, .delivery(let delivery)) where delivery.retain: return []
            case (.doublesMessage, .delivery(let delivery)) where delivery.qos == 2: return [event, event]
            case (.forgetsSession, .connack(var packet)) where packet.sessionPresent:
                packet.sessionPresent = false
                return [.connack(packet)]
            case (.invents, .delivery(var delivery)) where delivery.topic == "x/y":
                delivery.topic = "x/z"
                return [.delivery(delivery)]
            case (.keepsTalking, .closed(let reason?, _)) where reason == .malformedPacket:
                return [.closed(.quotaExceeded, wasReset: false)]
            default: return [event]
            }
        }
    }

    @Test("a broker that breaks a promise is found out, and in five actions at most", arguments: Break.allCases)
    func brokenBroker(_ broken: Break) throws {
        try self.expect(broken.kind, inAtMost: 5) { ModelRun($0, mutation: { broken.mutate($1) }) }
    }

    @Test("a broker that keeps one message for an absent client, or its session for a second, is found out")
    func forgetfulBroker() throws {
        try self.expect(.lost, inAtMost: 8) { ModelRun($0, settings: { $0.maxOfflineMessages = 1 }) }
        try self.expect(.sessionPresent, inAtMost: 4) { ModelRun($0, settings: { $0.maxExpiry = 1 }) }
    }

    /// Some program finds the fault, and shrinks to so many actions, which a broker as it should be survives.
    private func expect(_ kind: Fault.Kind, inAtMost count: Int, _ run: (Program) -> ModelRun) throws {
        var shrunk: [Program] = []
        for seed in 1..<200 as Range<UInt64> where shrunk.count < 4 {
            let program = Program(seed: seed, count: 120, longest: 20_000)
            guard run(program).run().first?.kind == kind else { continue }
            shrunk.append(program.shrunk { run($0).run().first?.kind == kind })
        }
        let small = try #require(shrunk.min { $0.actions.count < $1.actions.count }, "no program found it")
        #expect(small.actions.count <= count, "\(small.source)")
        #expect(ModelRun(small).run().isEmpty, "the broker itself breaks it:\n\(small.source)")
    }

    @Test("without one of its actions, a program's others are what they were")
    func independence() {
        let program = Program(seed: 5, count: 60, longest: 20_000)
        #expect(program == Program(seed: 5, count: 60, longest: 20_000))
        #expect(Set(program.actions.map(\.id)).count == 60)
        let first = program.shrunk { $0.actions.contains { $0.id == 17 } }
        #expect(first.actions == [program.actions[17]])
    }

    @Test("a program's source is the Swift of it")
    func source() {
        let actions = [
            Action(id: 3, client: 1, pause: 4_000, kind: .connect(Connect(expiry: 5, receiveMaximum: 1))),
            Action(id: 4, client: 1, pause: 0, kind: .subscribe(Subscribe(filter: "a/#", qos: 2))),
            Action(id: 5, client: 1, pause: 9, kind: .hostile(.half)),
        ]
        let text = Program(seed: 7, actions: actions).source
        #expect(
            text.hasPrefix(
                "    Program(seed: 7, breaks: true, actions: [\n        Action(id: 3, client: 1, pause: 4000, kind: "
            )
        )
        #expect(text.contains("Action.Kind.subscribe(Subscribe(filter: \"a/#\", qos: 2, noLocal: false"))
        #expect(text.contains("receiveMaximum: Optional(1)"))
        #expect(!text.contains("SimulationTests."))
    }
}
