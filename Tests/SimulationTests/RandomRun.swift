import Bytes
import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing
import Topics

/// Many clients doing legal things in a bad network, and a model of what each of them must have got in the end.
final class RandomRun {
    struct Size {
        var keepers = 8
        var publishers = 6
        var visitors = 6
        var members = 4
        var topics = 6
        var steps = 400
        /// Milliseconds between steps at most.
        var pause = 60
        var reconnects = 5...2_000
        var keepAlive: UInt16 = 60
    }
    /// What was published, by publisher and sequence.
    private struct Message {
        var publisher: Int
        var sequence: Int
        var topic: String
        var qos: UInt8
        var key: String { "\(self.publisher):\(self.sequence)" }
    }

    let seed: UInt64
    let world: World
    private let size: Size
    private var random: SeededRandom
    private var messages: [Message] = []
    private var sequences: [Int]
    private var keepers: [SimClient] = []
    private var publishers: [SimClient] = []
    private var visitors: [SimClient] = []
    private var members: [SimClient] = []
    private var visited: [Set<String>]
    /// The last retained payload per topic; each topic has one publisher.
    private var retained: [String: String] = [:]

    init(seed: UInt64, size: Size, conditions: SimulationConditions) {
        self.seed = seed
        var random = SeededRandom(seed: seed)
        let window = random.value(in: 300...3_000)
        self.world = World(seed: random.next(), conditions: conditions) {
            $0.linkWindow = window
        } mqtt: {
            $0.maxInflight = 20
            $0.maxOfflineMessages = 100_000
        }
        self.size = size
        self.random = random
        self.sequences = Array(repeating: 0, count: size.publishers)
        self.visited = Array(repeating: [], count: size.visitors)
    }

    // MARK: Clients

    private func makeClient(_ name: String, kept: Bool) -> SimClient {
        let client = self.world.client(name, self.random.pick([.v5, .v5, .v3_1_1, .v3_1]))
        client.cleanStart = !kept
        client.expiry = kept ? .max : 0
        client.reconnects = self.size.reconnects
        client.keepAlive = self.size.keepAlive
        client.aliasMaximum = self.random.pick([0, 3, 100])
        client.receiveMaximum = self.random.pick([nil, 1, 5, 50])
        return client
    }

    private func makeFilter() -> String {
        let number = self.random.below(self.size.topics)
        switch self.random.below(24) {
        case 0: return "t/+/a"
        case 1: return "+/\(number)/b"
        case 2...7: return "t/\(number)/+"
        case 8...13: return "t/\(number)/#"
        default: return "t/\(number)/\(self.random.pick(["a", "b", "c"]))"
        }
    }

    private func connectAll() {
        for number in 0..<self.size.keepers {
            let client = self.makeClient("keeper-\(number)", kept: true)
            for _ in 0...self.random.below(3) { client.subscribe(self.makeFilter(), qos: UInt8(self.random.below(3))) }
            self.keepers.append(client)
        }
        for number in 0..<self.size.members {
            let client = self.makeClient("member-\(number)", kept: true)
            client.subscribe("$share/g/t/0/#", qos: 2)
            self.members.append(client)
        }
        self.publishers = (0..<self.size.publishers).map { self.makeClient("publisher-\($0)", kept: true) }
        self.visitors = (0..<self.size.visitors).map { self.makeClient("visitor-\($0)", kept: false) }
        for client in self.all {
            client.connect()
            self.world.run(UInt64(self.random.below(20)))
        }
        self.world.wait("everybody is connected and subscribed", atMost: 600_000) {
            (self.keepers + self.members).allSatisfy { $0.isSubscribed && !$0.subacks.isEmpty }
        }
    }

    private var all: [SimClient] { self.keepers + self.members + self.publishers + self.visitors }

    // MARK: Steps

    /// Does everything and checks it.
    func run() {
        self.connectAll()
        for _ in 0..<self.size.steps {
            self.step()
            self.world.run(UInt64(self.random.below(self.size.pause)))
        }
        self.world.simulator.conditions.resetsPerMille = 0
        self.world.wait("all publishes are finished", atMost: 3_600_000) { self.publishers.allSatisfy(\.isIdle) }
        self.world.wait("everybody is back", atMost: 3_600_000) { self.all.allSatisfy(\.isOnline) }
        self.world.run(600_000)
        self.check()
    }

    private func step() {
        switch self.random.below(20) {
        case 0: self.random.pick(self.all).cut()
        case 1:
            let client = self.random.pick(self.all)
            if client.isOnline { client.disconnect() }
        case 2:  // over its own old connection
            self.random.pick(self.keepers + self.members + self.publishers).connect()
        case 3: self.visit()
        case 4: self.publishRetained()
        default: self.publish()
        }
    }

    private func publish() {
        let publisher = self.random.below(self.publishers.count)
        let topic = "t/\(self.random.below(self.size.topics))/\(self.random.pick(["a", "b", "c"]))"
        let qos = UInt8(self.random.below(3))
        if qos == 0, !self.publishers[publisher].isOnline { return }
        self.sequences[publisher] += 1
        let message = Message(publisher: publisher, sequence: self.sequences[publisher], topic: topic, qos: qos)
        self.messages.append(message)
        let filler = self.random.chance(perMille: 10) ? 40_000 : self.random.below(120)
        let payload = "\(message.key) " + String(repeating: "x", count: filler)
        self.publishers[publisher].publish(topic, Array(payload.utf8), qos: qos)
    }

    private func publishRetained() {
        let publisher = self.random.below(self.publishers.count)
        // One QoS per topic: a QoS 1 message that is sent again may overtake the QoS 2 one behind it, which is not.
        let number = self.random.below(3)
        let topic = "own/\(publisher)/\(number)"
        let payload = self.random.chance(perMille: 200) ? "" : "\(self.random.below(1_000_000))"
        self.retained[topic] = payload.isEmpty ? nil : payload
        self.publishers[publisher].publish(topic, text: payload, qos: UInt8(1 + number % 2), retain: true)
    }

    private func visit() {
        let number = self.random.below(self.visitors.count)
        let filter = self.makeFilter()
        if self.visited[number].contains(filter), self.visitors[number].isOnline {
            self.visitors[number].unsubscribe(filter)
        } else {
            self.visited[number].insert(filter)
            self.visitors[number].subscribe(filter, qos: UInt8(self.random.below(3)))
        }
    }

    // MARK: The model

    private func key(of delivery: SimClient.Delivery) -> String { String(delivery.text.prefix { $0 != " " }) }

    private func matches(_ filter: [UInt8], _ topic: String) -> Bool {
        topicMatches(filter: filter.span, topic: Array(topic.utf8).span)
    }

    private func check() {
        let published = Dictionary(uniqueKeysWithValues: self.messages.map { ($0.key, $0) })
        for client in self.all { #expect(client.errors.isEmpty, "\(client.clientID), seed \(self.seed)") }
        for keeper in self.keepers { self.check(keeper, published) }
        for (number, visitor) in self.visitors.enumerated() {
            let filters = self.visited[number].map { Array($0.utf8) }
            let strays = visitor.deliveries.filter { delivery in !filters.contains { self.matches($0, delivery.topic) }
            }
            #expect(strays.isEmpty, "a visitor got what it did not ask for, seed \(self.seed)")
        }
        self.checkMembers()
        self.checkRetained()
        #expect(self.world.shards.reduce(0) { $0 + $1.messages.count } == 0, "messages stay behind, seed \(self.seed)")
        #expect(self.world.simulator.loops.allSatisfy { $0.unstored == 0 })
    }

    private func check(_ keeper: SimClient, _ published: [String: Message]) {
        var counts: [String: Int] = [:]
        var last: [String: Int] = [:]
        var granted: [String: UInt8] = [:]
        for message in self.messages where granted[message.topic] == nil {
            let options = keeper.subscriptions.filter { self.matches($0.filter.filter, message.topic) }
            granted[message.topic] = options.map(\.filter.qos).max() ?? 255
        }
        var faults: [String] = []
        for delivery in keeper.deliveries {
            let key = self.key(of: delivery)
            guard let message = published[key], message.topic == delivery.topic, let qos = granted[message.topic],
                qos < 3
            else {
                faults.append("\(key) on \(delivery.topic) is nobody's")
                continue
            }
            counts[key, default: 0] += 1
            if delivery.qos != min(message.qos, qos) { faults.append("\(key) came at QoS \(delivery.qos)") }
            // What was sent again (by its publisher or by us) may come late, but never first.
            guard counts[key] == 1, delivery.qos > 0 || message.qos == 0 else { continue }
            let lane = "\(message.publisher) \(message.topic) \(delivery.qos > 0)"
            if message.sequence < last[lane, default: 0] {
                faults.append("\(key) came after \(last[lane, default: 0])")
            }
            last[lane] = message.sequence
        }
        for message in self.messages {
            guard let granted = granted[message.topic], granted < 3 else { continue }
            let count = counts[message.key, default: 0]
            switch min(message.qos, granted) {
            case 0: if count > 1, message.qos != 1 { faults.append("\(message.key) came \(count) times at QoS 0") }
            case 1: if count == 0 { faults.append("\(message.key) never came") }
            default: if count != 1 { faults.append("\(message.key) came \(count) times at QoS 2") }
            }
        }
        #expect(faults.isEmpty, "\(faults.prefix(5)): \(keeper.clientID) of MQTT \(keeper.version), seed \(self.seed)")
    }

    private func checkMembers() {
        var counts: [String: Int] = [:]
        for delivery in self.members.flatMap(\.deliveries) { counts[self.key(of: delivery), default: 0] += 1 }
        var faults: [String] = []
        for message in self.messages where message.topic.hasPrefix("t/0/") && message.qos > 0 {
            let count = counts[message.key, default: 0]
            if count == 0 || (message.qos == 2 && count > 1) {
                faults.append("\(message.key) (QoS \(message.qos)) came \(count) times")
            }
        }
        #expect(faults.isEmpty, "\(faults.prefix(5)): shared, seed \(self.seed)")
    }

    private func checkRetained() {
        let reader = self.world.subscriber("reader", to: "own/#", qos: 1)
        self.world.run(60_000)
        let found = Dictionary(reader.deliveries.map { ($0.topic, $0.text) }) { $1 }
        #expect(found == self.retained, "seed \(self.seed)")
    }
}
