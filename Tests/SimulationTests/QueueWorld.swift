import Core
import Files
import MQTTWire
import QueueEngine
import Simulation
import StateStore
import Testing
import Volume

/// What tests of queues have in a world: logs, and what they do with queues most often.
extension World {
    /// A world whose logs are kept in memory as long as it lives.
    static func withLogs(
        seed: UInt64 = SimulationEnvironment.seed ?? 1,
        shards: Int = 3,
        conditions: SimulationConditions = SimulationConditions(),
        store: MemoryStore = MemoryStore(),
        loads: Bool = false
    ) throws -> World {
        let engine = try VolumeEngine(
            files: MemoryFiles(limit: 1 << 30),
            state: store,
            environment: VolumeEnvironment(unixTime: { 1_700_000_000_000 }, clock: { 0 }, random: { 4 }),
            now: 0,
            notify: { _ in }
        )
        return World(seed: seed, shards: shards, conditions: conditions, store: loads ? store : nil, engine: engine)
    }

    /// Makes a queue on a shard, as an operator does.
    func declare(
        _ name: String,
        _ kind: QueueDefinition.Kind = .classic,
        topics: [String]? = nil,
        on shard: Int = 0,
        _ change: (inout QueueDefinition) -> Void = { _ in }
    ) {
        var definition = QueueDefinition(name: name, number: 0, kind: kind, topics: topics ?? ["$queue/\(name)/#"])
        change(&definition)
        let state = self.shards[shard]
        self.simulator.loops[shard].perform {
            do {
                _ = try state.queues.declare(definition)
            } catch {
                Issue.record("queue \(name) is not made: \(error)")
            }
        }
        self.wait("\(name) is made") { self.broker.queues.find(name, in: .standard) != nil }
    }

    func status(_ name: String) -> QueueStatus? {
        guard let place = self.broker.queues.find(name, in: .standard),
            let home = self.shards[place.shard].queues.home(place.number)
        else { return nil }
        return home.queue.status(now: self.shards[place.shard].now, wall: self.shards[place.shard].wallNow)
    }

    /// A client that is connected and consumes.
    func consumer(
        _ clientID: String,
        of filter: String,
        _ user: KeyValuePairs<String, String> = [:],
        qos: UInt8 = 1,
        version: MQTTVersion = .v5,
        on shard: Int? = nil,
        at location: SourceLocation = #_sourceLocation,
        _ change: (SimClient) -> Void = { _ in }
    ) -> SimClient {
        let client = self.connected(clientID, version, on: shard, at: location, change)
        client.subscribe(filter, qos: qos, user: user)
        self.wait("\(clientID) consumes", at: location) { client.isSubscribed }
        return client
    }

    /// Publishes numbers, and waits until all are acknowledged.
    func publish(_ range: Range<Int>, to topic: String, from client: SimClient, qos: UInt8 = 1) {
        for number in range { client.publish(topic, text: "\(number)", qos: qos) }
        self.wait("\(range) are published") { client.isIdle }
    }
}

extension SimClient {
    /// Settles a delivery as the delivery says it is to be done.
    func settle(
        _ delivery: Delivery,
        _ verb: String = "$ack",
        qos: UInt8 = 1,
        _ more: KeyValuePairs<String, String> = [:]
    ) {
        self.publish("\(delivery.topic)/\(verb)", [], qos: qos) { properties in
            for name in ["message-id", "group-id"] {
                if let value = delivery[name] {
                    properties.userProperties.append(MQTTUserProperty(name: name, value: value))
                }
            }
            properties.userProperties += more.map { MQTTUserProperty(name: $0.key, value: $0.value) }
        }
    }

    func publish(_ topic: String, text: String, qos: UInt8 = 1, user: KeyValuePairs<String, String>) {
        self.publish(topic, Array(text.utf8), qos: qos) { properties in
            properties.userProperties = user.map { MQTTUserProperty(name: $0.key, value: $0.value) }
        }
    }

    /// The reason of the last answer to a publish.
    var lastReason: MQTTReasonCode? { self.acknowledged.last?.reason }
}
