package import Machine

/// The simulated twin of the event loops: machines, the lanes between them, a clock, clients' connections and a store, all
/// driven by one seed.
///
/// One thread, no clock but its own. The same seed and the same calls give the same ``trace``, on every machine.
package final class Simulator {
    /// Milliseconds.
    package private(set) var now: UInt64
    package var conditions: SimulationConditions
    /// Milliseconds without progress that close a stream with pending output.
    package var writeTimeout: UInt64 = 30_000
    /// What stands between a connection and its peer, by listener; nothing for those that are not named.
    package var layers: [Int: any LayerFactory] = [:]
    package var random: SeededRandom
    /// A hash of all that happened so far.
    package private(set) var trace: UInt64 = 0
    package private(set) var events = 0
    package private(set) var loops: [SimulatedLoop] = []
    /// What all loops store to; nil for the memory of each. Given before the machines are.
    package var store: (any SteppedStore)?
    /// When each of the store's lanes takes its next turn.
    var laneTurns: [UInt64?] = []
    private var queue = EventQueue<() -> Void>()
    /// Per ordered pair of shards: what is on its way, oldest first.
    private var lanes: [[SimulatedLoop.Envelope]] = []
    private var connections = 0
    let network = SimulatedNetwork()

    package init(seed: UInt64, conditions: SimulationConditions = SimulationConditions(), start: UInt64 = 1_000) {
        self.random = SeededRandom(seed: seed)
        self.conditions = conditions
        self.now = start
    }

    /// One machine per shard, in the shards' order.
    package func add(_ machines: [any Machine]) {
        precondition(self.loops.isEmpty, "a simulation's shards are added once")
        self.loops = machines.enumerated().map { SimulatedLoop(index: $0, machine: $1, simulator: self) }
        self.lanes = Array(repeating: [], count: machines.count * machines.count)
        self.attachStore()
        for loop in self.loops { loop.iterateLater() }
    }

    // MARK: Running

    /// Lets everything happen that is due within `milliseconds`.
    package func run(for milliseconds: UInt64) {
        let end = self.now + milliseconds
        while let time = self.queue.nextTime, time <= end { self.step() }
        self.now = end
    }

    /// Runs until `condition` holds.
    ///
    /// - Returns: False when it did not within `milliseconds`.
    package func run(atMost milliseconds: UInt64, until condition: () -> Bool) -> Bool {
        let end = self.now + milliseconds
        while !condition() {
            guard let time = self.queue.nextTime, time <= end else {
                self.now = end
                return condition()
            }
            self.step()
        }
        return true
    }

    private var eventsThisMillisecond = 0

    private func step() {
        guard let (time, event) = self.queue.pop() else { return }
        self.eventsThisMillisecond = time > self.now ? 0 : self.eventsThisMillisecond + 1
        precondition(self.eventsThisMillisecond < 1_000_000, "the simulation does not get past millisecond \(self.now)")
        self.now = max(self.now, time)
        self.events += 1
        event()
    }

    package func at(_ time: UInt64, _ event: @escaping () -> Void) {
        self.queue.push(event, at: max(time, self.now), key: self.random.next())
    }

    package func after(_ delay: ClosedRange<Int>, _ event: @escaping () -> Void) {
        self.at(self.now + UInt64(self.random.value(in: delay)), event)
    }

    // MARK: The world

    /// A client's connection, accepted by `shard`, or by one that the seed chooses.
    package func connect(_ peer: any SimulatedPeer, listener: Int = 0, to shard: Int? = nil) -> SimulatedConnection {
        let connection = self.makeConnection(peer)
        let target = shard ?? self.random.below(self.loops.count)
        self.note(7, UInt64(self.connections), UInt64(target))
        self.after(self.conditions.latency) {
            self.loops[target].open(.accepted(connection, listener: listener), from: target)
        }
        return connection
    }

    func makeConnection(_ peer: any SimulatedPeer) -> SimulatedConnection {
        self.connections += 1
        let capacity = self.random.value(in: self.conditions.socketBuffer)
        return SimulatedConnection(number: self.connections, capacity: capacity, peer: peer, simulator: self)
    }

    /// First in, first out per lane, however long each takes.
    func send(_ envelope: SimulatedLoop.Envelope, from: Int, to: Int) {
        let lane = from * self.loops.count + to
        self.lanes[lane].append(envelope)
        self.after(self.conditions.linkDelay) {
            let first = self.lanes[lane].removeFirst()
            self.note(8, UInt64(lane))
            self.loops[to].open(first, from: from)
        }
    }

    func meetsReset() -> Bool { self.random.chance(perMille: self.conditions.resetsPerMille) }

    // MARK: The trace

    package func note(_ values: UInt64...) {
        for value in values { self.trace = SeededRandom.mix(self.trace ^ value &+ self.now) }
    }

    package func note(_ kind: UInt64, _ number: UInt64, _ bytes: [UInt8]) {
        var hash = self.trace
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        self.trace = hash
        self.note(kind, number, UInt64(bytes.count))
    }
}

@available(*, unavailable)
extension Simulator: Sendable {}
