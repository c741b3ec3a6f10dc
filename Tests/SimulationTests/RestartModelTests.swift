import Core
import MQTTServer
import MQTTWire
import Simulation
import StateStore
import Testing

/// What a broker owes its clients after a kill, by what it has told them: kept beside it over several lives.
@Suite("Simulation: promises over many kills")
struct RestartModelTests {
    /// What is known of one subscription.
    private enum Fact {
        case there, gone
        /// Asked for, and not answered before the kill: either is right.
        case open
    }

    private static let filters = ["a", "b/+", "c/#", "$share/g/a", "$share/h/b/+"]

    /// One client over all lives, and what it was told last.
    private final class Memory {
        let clientID: String
        var facts: [String: Fact] = Dictionary(uniqueKeysWithValues: RestartModelTests.filters.map { ($0, .gone) })
        /// Questions under way per filter.
        var asked: [String: Int] = [:]

        init(_ clientID: String) { self.clientID = clientID }

        func ask(_ filter: String) {
            self.facts[filter] = .open
            self.asked[filter, default: 0] += 1
        }

        /// An answer counts when no later question is under way: answers come in order.
        func hear(_ filter: String, _ fact: Fact) {
            let left = self.asked[filter, default: 0] - 1
            self.asked[filter] = left
            if left == 0 { self.facts[filter] = fact }
        }
    }

    @Test(
        "what was acknowledged is so after every kill, whatever was under way",
        arguments: 1...12 as ClosedRange<UInt64>
    )
    func promises(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let store = MemoryStore()
        let memories = (0..<6).map { Memory("client-\($0)") }
        for life in UInt64(0)..<6 {
            var conditions = SimulationConditions()
            conditions.storeDelay = 0...random.value(in: 0...120)
            conditions.linkDelay = 0...random.value(in: 0...20)
            let world = World(
                seed: seed &* 31 &+ life,
                shards: random.value(in: 1...4),
                conditions: conditions,
                store: store,
                wall: 1_700_000_000_000 + life * 10_000
            )
            for memory in memories { self.compare(memory, with: world, life) }
            self.live(memories, in: world, &random)
            world.volume?.stop()
        }
    }

    /// The state that was loaded, before anything happens to it.
    private func compare(_ memory: Memory, with world: World, _ life: UInt64) {
        for filter in Self.filters {
            let isThere = world.servers.contains {
                $0.subscription(of: Array(memory.clientID.utf8), to: Array(filter.utf8)) != nil
            }
            switch memory.facts[filter] {
            case .there: #expect(isThere, "\(memory.clientID) has \(filter) in life \(life) (seed \(world.seed))")
            case .gone: #expect(!isThere, "\(memory.clientID) has no \(filter) in life \(life) (seed \(world.seed))")
            case .open, nil: memory.facts[filter] = isThere ? .there : .gone
            }
        }
        memory.asked = [:]
    }

    /// Clients come, subscribe, unsubscribe, begin anew and go, until some moment.
    private func live(_ memories: [Memory], in world: World, _ random: inout SeededRandom) {
        var clients: [SimClient] = []
        for memory in memories {
            let client = world.client(memory.clientID) {
                ($0.cleanStart, $0.expiry, $0.resubscribes) = (false, 3_600, false)
            }
            client.watcher = { event in
                switch event {
                case .suback(let filters, _):
                    for filter in filters { memory.hear(String(decoding: filter, as: UTF8.self), .there) }
                case .unsuback(let filter): memory.hear(String(decoding: filter, as: UTF8.self), .gone)
                case .connack(let connack) where !connack.sessionPresent:
                    for filter in Self.filters { memory.facts[filter] = .gone }
                default: break
                }
            }
            clients.append(client)
        }
        for _ in 0..<random.value(in: 5...60) {
            let index = random.below(clients.count)
            let (client, memory) = (clients[index], memories[index])
            if client.isOnline {
                let filter = Self.filters[random.below(Self.filters.count)]
                switch random.value(in: 0...9) {
                case 0:
                    client.disconnect()
                    // What was under way may have happened, and nobody will say.
                    memory.asked = [:]
                case 1...5:
                    memory.ask(filter)
                    client.subscribe(filter, qos: UInt8(random.value(in: 0...2)))
                default:
                    memory.ask(filter)
                    client.unsubscribe(filter)
                }
            } else if client.connection == nil {
                client.cleanStart = random.value(in: 0...4) == 0
                if client.cleanStart { for filter in Self.filters { memory.facts[filter] = .open } }
                client.connect()
            }
            world.run(UInt64(random.value(in: 0...60)))
        }
    }
}
