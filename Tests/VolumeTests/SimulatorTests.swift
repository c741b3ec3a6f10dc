import LogFormat
import Machine
import Simulation
import Testing
import Volume

@Suite("A volume in the simulation")
struct SimulatorTests {
    @Test("machines store, read and lose their power as the seed has it; what was answered is there", arguments: 1...25)
    func survives(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let rig = try VolumeRig(seed: seed)
        var kept = [0, 0, 0]
        for round in 0..<3 {
            var conditions = SimulationConditions()
            conditions.storeDelay = random.pick([nil, 0...3, 0...40])
            let simulator = Simulator(seed: seed, conditions: conditions, start: rig.now)
            let machines = (0..<3).map { AppendingMachine(shard: $0, next: UInt64(kept[$0])) }
            simulator.store = rig.engine
            simulator.add(machines)
            simulator.run(for: UInt64(random.value(in: 50...3_000)))
            for machine in machines {
                #expect(machine.mistakes == [])
                #expect(machine.acknowledged > 0, "seed \(seed), round \(round)")
            }
            rig.pass(simulator.now - rig.now)
            try rig.reopen(afterPowerLoss: true)
            for machine in machines {
                let found = try rig.contents(machine.log)
                #expect(found.count >= machine.acknowledged, "seed \(seed), round \(round)")
                #expect(found == (0..<found.count).map { "record \($0)" })
                kept[machine.shard] = found.count
            }
        }
    }

    @Test("the same seed is the same history")
    func repeats() throws {
        func trace() throws -> UInt64 {
            let rig = try VolumeRig(seed: 4)
            var conditions = SimulationConditions()
            conditions.storeDelay = 0...9
            let simulator = Simulator(seed: 4, conditions: conditions, start: rig.now)
            simulator.store = rig.engine
            simulator.add((0..<3).map { AppendingMachine(shard: $0, next: 0) })
            simulator.run(for: 5_000)
            return simulator.trace
        }
        #expect(try trace() == trace())
    }
}

/// Appends to a log of its own, and reads back what it was told is stored.
private final class AppendingMachine: Machine {
    let effects = Effects()
    var now: UInt64 = 0
    let shard: Int
    let log: LogID
    private var next: UInt64
    private var numbers: UInt64 = 0
    /// Per batch, the offset behind it.
    private var ends: [UInt64] = []
    private(set) var acknowledged = 0
    private(set) var mistakes: [String] = []
    private var tickets: UInt64 = 0

    init(shard: Int, next: UInt64) {
        self.shard = shard
        self.log = messages(UInt64(shard + 1))
        self.next = next
        self.effects.deadline = 0
    }

    func tick() {
        self.effects.deadline = self.now + 7
        if self.ends.count - Int(self.numbers) > 20 { return }
        var writer = LogRecordWriter()
        for _ in 0...(self.now % 3) {
            writer.append(after: 0, body: Array("record \(self.next)".utf8).span)
            self.next += 1
        }
        let count = writer.count
        self.ends.append(self.next)
        let append = LogAppend(
            log: self.log,
            first: self.next - UInt64(count),
            count: count,
            time: self.now,
            records: writer.finish()
        )
        let number = UInt64(self.ends.count)
        self.effects.storage.append(
            StoreBatch(kind: .synced, number: number, records: count, commands: [.append(append)])
        )
    }

    func stored(_ kind: DurabilityClass, through number: UInt64) {
        if number <= self.numbers { self.mistakes.append("stored \(number) after \(self.numbers)") }
        self.numbers = number
        self.acknowledged = Int(self.ends[Int(number) - 1])
        self.tickets += 1
        let question = ReadRequest.Question.records(from: UInt64(self.acknowledged - 1), maximumBytes: 1)
        self.effects.reads.append(ReadRequest(ticket: self.tickets, log: self.log, question: question))
    }

    func received(_ news: StorageNews) {
        guard case .read(_, .success(let read)) = news, read.entries.first != nil else {
            return self.mistakes.append("a read of what is stored brought nothing: \(news)")
        }
    }

    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? { nil }
    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer { preconditionFailure("no stream moves here") }
    func received(_ batch: LinkBatch, from shard: Int) {}
    func received(_ answer: LinkAnswer, from shard: Int) {}
    func endOfBurst() {}
    var wantsFlush: Bool { false }
    func flushed() {}
}
