import Core
import Glibc
import MQTTServer
import MQTTWire
import Machine
import Simulation
import StateStore
import Testing

/// The seeds and lengths that `make simulate` sets.
enum SimulationEnvironment {
    private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
    static let seed = number("FLUXMQ_SIMULATION_SEED")
    /// Simulated days of the long run; nil for the short one of CI.
    static let days = number("FLUXMQ_SIMULATION_DAYS")
    /// The given seed, or a few fixed ones.
    static var seeds: [UInt64] { Self.seed.map { [$0] } ?? [1, 2, 3, 4, 5, 6] }
}

/// A whole broker without sockets or threads: shards in a simulator, and clients to try it with.
final class World {
    let seed: UInt64
    let simulator: Simulator
    let broker: Broker
    let shards: [ShardState]
    let servers: [MQTTShard]
    /// Where state is kept that outlives this world; nil for nowhere.
    let volume: StateVolume?
    /// What was found there.
    let loaded: SessionLoader?
    /// What came back from session journals.
    let restored: JournalLoader.Report?

    /// - Parameters:
    ///   - store: What an earlier world left, and this one leaves.
    ///   - engine: A volume with logs, in whose state the store is; nil for one of the store alone.
    ///   - status: That volume's.
    ///   - journals: The same for what sessions have under way; nil for what ends with the world.
    ///   - wall: Milliseconds since 1970 when it begins.
    init(
        seed: UInt64 = SimulationEnvironment.seed ?? 1,
        shards count: Int = 3,
        conditions: SimulationConditions = SimulationConditions(),
        store: (any KeyValueStore)? = nil,
        engine: (any SteppedStore)? = nil,
        status: VolumeStatus = VolumeStatus(),
        journals: JournalLogs? = nil,
        wall: UInt64 = 1_700_000_000_000,
        core: (inout BrokerSettings) -> Void = { _ in },
        mqtt: (inout MQTTSettings) -> Void = { _ in }
    ) {
        self.seed = seed
        self.simulator = Simulator(seed: seed, conditions: conditions)
        var brokerSettings = BrokerSettings()
        core(&brokerSettings)
        var mqttSettings = MQTTSettings()
        mqtt(&mqttSettings)
        let broker = Broker(shards: count, key: seed, settings: brokerSettings, volume: status)
        let start = self.simulator.now
        let shards = (0..<count).map { ShardState(index: $0, broker: broker, now: start) }
        let listener = MQTTListener(index: 0, name: "simulated", allowsAnonymous: true, connectTimeout: 10_000)
        let servers = shards.map { MQTTShard(on: $0, settings: mqttSettings, listeners: [listener]) }
        self.broker = broker
        self.shards = shards
        broker.setWall(wall, when: start)
        self.servers = servers
        self.volume = store.map { StateVolume($0, journals, shards: journals == nil ? 0 : count) }
        do {
            var loader = try journals.map { try $0.load() }
            let homes: (UInt64) -> Int? = { loader?.home(of: $0) }
            self.loaded = try store.map { try SessionLoader.load(from: $0, into: servers, homes: homes) }
            self.restored = loader?.restore(into: servers, minimumBytes: 20_000)
        } catch {
            preconditionFailure("the state does not load: \(error)")
        }
        self.simulator.store = engine ?? self.volume
        self.simulator.add(shards)
    }

    var now: UInt64 { self.simulator.now }
    func run(_ milliseconds: UInt64) { self.simulator.run(for: milliseconds) }

    /// Runs until `condition` holds, for a simulated minute at most; says the seed when it does not.
    func wait(
        _ what: Comment,
        atMost milliseconds: UInt64 = 60_000,
        at location: SourceLocation = #_sourceLocation,
        _ condition: () -> Bool
    ) {
        let held = self.simulator.run(atMost: milliseconds, until: condition)
        #expect(held, "\(what) (seed \(self.seed))", sourceLocation: location)
    }

    func client(
        _ clientID: String,
        _ version: MQTTVersion = .v5,
        on shard: Int? = nil,
        _ change: (SimClient) -> Void = { _ in }
    ) -> SimClient {
        let client = SimClient(clientID, version, in: self, shard: shard)
        change(client)
        return client
    }

    /// A client that is connected.
    func connected(
        _ clientID: String,
        _ version: MQTTVersion = .v5,
        on shard: Int? = nil,
        at location: SourceLocation = #_sourceLocation,
        _ change: (SimClient) -> Void = { _ in }
    ) -> SimClient {
        let client = self.client(clientID, version, on: shard, change)
        client.connect()
        self.wait("\(clientID) is connected", at: location) { client.isOnline }
        return client
    }

    /// A client that is connected and subscribed.
    func subscriber(
        _ clientID: String,
        to filters: String...,
        qos: UInt8 = 1,
        version: MQTTVersion = .v5,
        on shard: Int? = nil,
        at location: SourceLocation = #_sourceLocation,
        _ change: (SimClient) -> Void = { _ in }
    ) -> SimClient {
        let client = self.connected(clientID, version, on: shard, at: location, change)
        for filter in filters { client.subscribe(filter, qos: qos) }
        self.wait("\(clientID) is subscribed", at: location) { client.isSubscribed }
        return client
    }
}
