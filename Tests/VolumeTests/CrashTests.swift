import LogStorage
import Machine
import Simulation
import Testing
import Volume

/// What was given to a volume, and what it said of it, to be compared with what a start finds.
private struct Model {
    /// Per log, what was appended and is not known to be lost.
    var given: [LogID: [String]] = [:]
    /// Batches of one class, in order: which appends each has, as log and number of records afterwards.
    var batches: [DurabilityClass: [[(log: LogID, count: Int)]]] = [:]
    var counter = 0

    mutating func append(_ log: LogID, _ count: Int) -> (first: UInt64, [String]) {
        let first = UInt64(self.given[log]?.count ?? 0)
        let bodies = (0..<count).map { _ in
            self.counter += 1
            return "\(self.counter) \(String(repeating: "z", count: self.counter % 90))"
        }
        self.given[log, default: []] += bodies
        return (first, bodies)
    }

    /// Records that a log must have after the class was stored up to a number.
    func promised(_ kind: DurabilityClass, _ number: UInt64) -> [LogID: Int] {
        var least: [LogID: Int] = [:]
        for batch in (self.batches[kind] ?? []).prefix(Int(number)) {
            for entry in batch { least[entry.log] = max(least[entry.log] ?? 0, entry.count) }
        }
        return least
    }
}

@Suite("A volume that ends in the middle of something")
struct CrashTests {
    private static let logs: [LogID] = (1...5).map { messages($0) } + [LogID(owner: 0, part: .sessions)]

    /// Gives the volume a batch that the seed chooses. Some logs are always synced, some never, one now and then.
    private static func give(_ rig: VolumeRig, _ model: inout Model, _ random: inout SeededRandom) {
        let kind = random.pick([DurabilityClass.buffered, .synced, .synced, .journal])
        let places: [Int] =
            switch kind {
            case .buffered: [0, 1, 4]
            case .synced: [2, 3, 4]
            default: [5]
            }
        var commands: [StoreCommand] = []
        var entries: [(log: LogID, count: Int)] = []
        for _ in 0..<random.value(in: 1...3) {
            let log = self.logs[random.pick(places)]
            let (first, bodies) = model.append(log, random.value(in: 1...4))
            commands.append(append(log, first, bodies, compresses: random.chance(perMille: 300)))
            entries.append((log, Int(first) + bodies.count))
        }
        model.batches[kind, default: []].append(entries)
        rig.submit(kind, commands)
    }

    /// Compares what is there with what was given and promised; goes on with what is there.
    private static func check(_ rig: VolumeRig, _ model: inout Model, least: [LogID: Int], _ what: Comment) throws {
        for log in self.logs {
            let found = try rig.contents(log)
            let given = model.given[log] ?? []
            #expect(found.count >= least[log] ?? 0, what)
            #expect(found == Array(given.prefix(found.count)), what)
            model.given[log] = found
        }
        model.batches = [:]
    }

    private static func promises(_ rig: VolumeRig, _ model: Model, afterPowerLoss: Bool) -> [LogID: Int] {
        var least: [LogID: Int] = [:]
        for kind in afterPowerLoss ? [.synced] : [DurabilityClass.synced, .buffered, .journal] {
            least.merge(model.promised(kind, rig.stored(kind))) { max($0, $1) }
        }
        return least
    }

    @Test("keeps what it answered, in order, whatever it was doing when the power went", arguments: 1...40)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let rig = try VolumeRig(seed: seed)
        var model = Model()
        for round in 0..<6 {
            for _ in 0..<random.value(in: 1...120) {
                switch random.below(12) {
                case 0..<5: Self.give(rig, &model, &random)
                case 5, 6: rig.turn(.writer)
                case 7, 8: rig.turn(.syncer)
                case 9: rig.turn(.background)
                case 10: rig.pass(UInt64(random.value(in: 0...900)))
                default: rig.settle()
                }
            }
            let isPowerLoss = random.chance(perMille: 600)
            let least = Self.promises(rig, model, afterPowerLoss: isPowerLoss)
            try rig.reopen(afterPowerLoss: isPowerLoss)
            let what: Comment = "seed \(seed), round \(round), \(isPowerLoss ? "power" : "process")"
            try Self.check(rig, &model, least: least, what)
            // Whatever was brought back is brought back again.
            let again = Self.logs.reduce(into: [:]) { $0[$1] = model.given[$1]?.count }
            try rig.reopen(afterPowerLoss: true)
            try Self.check(rig, &model, least: again, what)
        }
    }

    @Test("keeps what it answered when the power goes after any step of a script")
    func everyStep() throws {
        for last in 0..<90 {
            let rig = try VolumeRig(seed: UInt64(last + 1))
            var random = SeededRandom(seed: 99)
            var model = Model()
            for step in 0...last {
                switch step % 6 {
                case 0, 2: Self.give(rig, &model, &random)
                case 1: rig.turn(.writer)
                case 3: rig.turn(.syncer)
                case 4:
                    rig.pass(step % 4 == 0 ? 1_000 : 10)
                    rig.turn(.background)
                default: rig.turn(.writer)
                }
            }
            let least = Self.promises(rig, model, afterPowerLoss: true)
            try rig.reopen(afterPowerLoss: true)
            try Self.check(rig, &model, least: least, "after step \(last)")
        }
    }

    @Test("brings back from the journal what its segments lost, says how much, and says it once")
    func recovers() throws {
        var recovered = 0
        for seed in UInt64(1)...20 {
            let rig = try VolumeRig(seed: seed)
            for number in 0..<50 { rig.submit(.synced, [append(messages(1), UInt64(number), ["m\(number)"])]) }
            rig.settle()
            #expect(rig.stored(.synced) == 50)
            try rig.reopen(afterPowerLoss: true)
            #expect(try rig.contents(messages(1)) == (0..<50).map { "m\($0)" })
            for case .recovered(_, let records) in rig.notices { recovered += records }
            try rig.reopen()
            #expect(rig.notices.isEmpty)
        }
        #expect(recovered > 100)
    }

    @Test("does not bring back a log that was removed")
    func removed() throws {
        let rig = try VolumeRig(seed: 6)
        rig.submit(.synced, [append(messages(1), 0, ["a", "b"])])
        rig.settle()
        rig.submit(.buffered, [.remove(messages(1))])
        rig.settle()
        try rig.reopen()
        #expect(rig.engine.logs.isEmpty)
    }

    @Test("syncs what was buffered before what is synced in the same log, so that nothing is missing between")
    func mixed() throws {
        for seed in UInt64(1)...30 {
            let rig = try VolumeRig(seed: seed)
            rig.submit(.buffered, [append(messages(1), 0, ["a", "b"])])
            rig.settle()
            rig.submit(.synced, [append(messages(1), 2, ["c"])])
            rig.settle()
            #expect(rig.stored(.synced) == 1)
            try rig.reopen(afterPowerLoss: true)
            #expect(try rig.contents(messages(1)) == ["a", "b", "c"], "seed \(seed)")
        }
    }

    @Test("answers nothing twice and loses nothing when the journal is full of what is not checkpointed")
    func journalFull() throws {
        let rig = try VolumeRig(seed: 3)
        let long = String(repeating: "y", count: 3_000)
        // The background never has a turn: both files fill up.
        for number in 0..<60 {
            rig.submit(.synced, [append(messages(1), UInt64(number), [long])])
            rig.turn(.writer)
            rig.turn(.syncer)
        }
        let stored = rig.stored(.synced)
        #expect(stored < 60)
        rig.settle()
        #expect(rig.stored(.synced) == 60)
        try rig.reopen(afterPowerLoss: true)
        #expect(try rig.contents(messages(1)).count == 60)
    }
}
