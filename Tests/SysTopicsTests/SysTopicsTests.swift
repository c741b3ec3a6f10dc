import Bytes
import Core
import Machine
import Testing

@testable import SysTopics

@Suite("$SYS topics")
struct SysTopicsTests {
    private final class Client: Subscriber {
        var taken: [String: String] = [:]
        var qualities: Set<UInt8> = []

        override func deliver(_ message: borrowing MessageView, _ options: SubscriptionOptions, on shard: ShardState) {
            self.taken[message.topic.string()] = message.payload.string()
            self.qualities.insert(min(message.qos, options.qos))
        }
    }

    private let topics = SysTopics()

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func shard(limit: Int = 1_000) -> ShardState {
        var settings = BrokerSettings()
        settings.maxRetained = limit
        return ShardState(index: 0, broker: Broker(shards: 1, key: 1, settings: settings), now: 5_000)
    }

    private var totals: BrokerTotals {
        var totals = BrokerTotals()
        totals.version = "fluxd 0.1.0"
        totals.uptime = 123
        totals.built = "2026-11-22 20:00:00+0000"
        totals.memory = (5_000_000, 6_000_000)
        totals.clientsConnected = 7
        totals.clientsAway = 3
        totals.subscriptions = 11
        totals.sharedSubscriptions = 2
        totals.retained = 4
        totals.stored = (5, 600)
        totals.connectionsOpened = 20
        totals.connectionsClosed = 13
        totals.clientsAdmitted = 19
        totals.sessionsExpired = 1
        totals.packets = .init(received: 100, sent: 200)
        totals.bytes = .init(received: 1_000, sent: 2_000)
        totals.publishes = .init(received: 60, sent: 150)
        totals.publishBytes = .init(received: 600, sent: 1_500)
        totals.publishesDropped = 9
        totals.errors.protocolErrors = 31
        totals.errors.malformedPackets = 32
        totals.errors.authentication = 33
        totals.errors.authorization = 34
        var queues = BrokerTotals.Queues()
        (queues.count, queues.consumers, queues.ready, queues.unacked) = (41, 42, 43, 44)
        (queues.published, queues.delivered, queues.acknowledged) = (45, 46, 47)
        (queues.refused, queues.dropped, queues.deadLettered, queues.deadLetters) = (48, 49, 50, 51)
        totals.queues = queues
        var storage = BrokerTotals.Storage()
        (storage.state, storage.freeBytes, storage.logBytes) = ("full", 61, 62)
        (storage.writtenBytes, storage.quarantined) = (63, 64)
        totals.storage = storage
        return totals
    }

    @Test("every topic says what it says, to the byte")
    func texts() {
        let expected: [(String, String)] = [
            ("version", "fluxd 0.1.0"), ("uptime", "123 seconds"), ("timestamp", "2026-11-22 20:00:00+0000"),
            ("heap/current", "5000000"), ("heap/maximum", "6000000"), ("clients/connected", "7"),
            ("clients/active", "7"),
            ("clients/disconnected", "3"), ("clients/inactive", "3"), ("clients/total", "10"), ("clients/maximum", "8"),
            ("clients/expired", "1"), ("connections/opened", "20"), ("connections/closed", "13"),
            ("messages/received", "100"), ("messages/sent", "200"), ("messages/stored", "5"),
            ("messages/publish/received", "60"), ("messages/publish/sent", "150"), ("publish/messages/received", "60"),
            ("publish/messages/sent", "150"), ("publish/messages/dropped", "9"), ("publish/bytes/received", "600"),
            ("publish/bytes/sent", "1500"), ("bytes/received", "1000"), ("bytes/sent", "2000"),
            ("subscriptions/count", "11"), ("shared_subscriptions/count", "2"), ("retained messages/count", "4"),
            ("retained/count", "4"), ("store/messages/count", "5"), ("store/messages/bytes", "600"),
            ("errors/protocol", "31"), ("errors/packet", "32"), ("errors/auth", "33"), ("errors/authz", "34"),
            ("queues/count", "41"), ("queues/consumers", "42"), ("queues/messages/ready", "43"),
            ("queues/messages/unacked", "44"), ("queues/messages/published", "45"), ("queues/messages/delivered", "46"),
            ("queues/messages/acknowledged", "47"), ("queues/messages/refused", "48"),
            ("queues/messages/dropped", "49"), ("queues/messages/dead_lettered", "50"), ("queues/dead_letters", "51"),
            ("storage/state", "full"), ("storage/bytes/free", "61"), ("storage/bytes/logs", "62"),
            ("storage/bytes/written", "63"), ("storage/quarantined", "64"),
        ]
        let values = SysTopics.values(self.totals, maximumClients: 8)
        #expect(values.map { "\($0.name)=\($0.text)" } == expected.map { "\($0.0)=\($0.1)" })
    }

    @Test("what nobody knows has no topic")
    func unknown() {
        var totals = self.totals
        totals.built = nil
        totals.memory = nil
        totals.queues = nil
        totals.storage = nil
        let names = SysTopics.values(totals, maximumClients: 0).map(\.name)
        #expect(!names.contains("timestamp"))
        #expect(!names.contains { $0.hasPrefix("heap/") || $0.hasPrefix("queues/") || $0.hasPrefix("storage/") })
    }

    @Test("averages rise towards the rate a minute, the short one first, and fade")
    func averages() {
        var load = LoadAverage()
        // 10 a second: 600 a minute.
        load.look(at: 100, after: 10)
        #expect(load.minutes.map(twoDecimals) == ["92.11", "19.67", "6.63"])
        var count: UInt64 = 100
        for _ in 0..<60 {
            count += 100
            load.look(at: count, after: 10)
        }
        #expect(load.minutes.map(twoDecimals) == ["599.98", "521.46", "295.35"])
        load.look(at: count, after: 60)
        #expect(load.minutes.map(twoDecimals) == ["220.72", "426.94", "276.31"])
    }

    @Test(
        "figures have two decimals",
        arguments: [(0, "0.00"), (0.004, "0.00"), (0.005, "0.01"), (9.999, "10.00"), (12.3, "12.30")]
    )
    func decimals(value: Double, text: String) { #expect(twoDecimals(value) == text) }

    @Test("a subscriber gets what changed, at QoS 0, and every tenth round everything")
    func rounds() {
        let shard = self.shard()
        let client = Client(namespace: .standard)
        shard.register(client)
        shard.subscribe(client, self.bytes("$SYS/#"), SubscriptionOptions(qos: 2))
        var totals = self.totals
        self.topics.publish(totals, on: shard)
        #expect(client.taken.count == 52 + 27)
        #expect(client.taken["$SYS/broker/clients/maximum"] == "7")
        #expect(client.taken["$SYS/broker/load/sockets/1min"] == "8.50")
        #expect(client.qualities == [0])
        client.taken = [:]
        for round in 2...10 {
            totals.uptime += 10
            totals.clientsConnected = 6
            self.topics.publish(totals, on: shard)
            #expect(client.taken["$SYS/broker/uptime"] == "\(totals.uptime) seconds")
            if round == 2 { #expect(client.taken["$SYS/broker/clients/connected"] == "6") }
            #expect(client.taken["$SYS/broker/clients/maximum"] == nil, "it did not change")
            #expect(client.taken["$SYS/broker/version"] == nil, "it did not change")
            client.taken = [:]
        }
        self.topics.publish(totals, on: shard)
        #expect(client.taken.count == 52 + 27)
        #expect(client.taken["$SYS/broker/clients/maximum"] == "7")
        shard.unsubscribe(client, self.bytes("$SYS/#"))
        shard.unregister(client)
    }

    @Test("who comes late finds them retained, and they take no client's place")
    func retained() {
        let shard = self.shard(limit: 1)
        self.topics.publish(self.totals, on: shard)
        let filter = self.bytes("$SYS/broker/version")
        let found = shard.broker.retained.read(filter.span, in: .standard, after: nil, now: 0).messages
        #expect(found.map { $0.withView { $0.payload.string() } } == ["fluxd 0.1.0"])
        #expect(found.first?.retain == true)
        #expect(shard.broker.retained.countedCount() == 0)
        let (topic, payload, header): ([UInt8], [UInt8], [UInt8]) = ([97], [49], [])
        let message = MessageView(topic: topic.span, header: header.span, payload: payload.span, qos: 0, retain: true)
        let kept = StoredMessage(copying: message)
        #expect(shard.broker.retained.set(kept, limit: 1, now: 0) == .added)
        #expect(shard.broker.retained.countedCount() == 1)
        let other: [UInt8] = [98]
        let second = MessageView(topic: other.span, header: header.span, payload: payload.span, qos: 0, retain: true)
        #expect(shard.broker.retained.set(StoredMessage(copying: second), limit: 1, now: 0) == .full)
    }

    @Test("publishing them counts as no message received")
    func counters() {
        let shard = self.shard()
        self.topics.publish(self.totals, on: shard)
        #expect(shard.broker.total(.messagesReceived) == 0)
        #expect(shard.broker.total(.packetsReceived) == 0)
    }

    @Test("totals are what the shards counted")
    func totalsOfABroker() {
        let broker = Broker(shards: 2, key: 1, settings: BrokerSettings())
        for (number, counters) in broker.counters.enumerated() {
            let weight = number + 1
            counters.add(.sessionsStarted, 10 * weight)
            counters.add(.sessionsEnded, weight)
            counters.add(.sessionsAttached, 8 * weight)
            counters.add(.sessionsDetached, 3 * weight)
            counters.add(.messagesSent, 100 * weight)
            counters.add(.answersSent, 5 * weight)
            counters.add(.protocolErrors, 4 * weight)
            counters.add(.malformedPackets, weight)
            counters.add(.droppedOutputFull, weight)
            counters.add(.droppedNotAuthorized, weight)
            counters.add(.subscribesDenied, weight)
            counters.note(.heldMessages, 7)
            counters.note(.heldBytes, 70)
        }
        let totals = BrokerTotals(broker)
        #expect(totals.clientsConnected == 15)
        #expect(totals.clientsAway == 12)
        #expect(totals.packets.sent == 315)
        #expect(totals.errors.protocolErrors == 9)
        #expect(totals.errors.malformedPackets == 3)
        #expect(totals.errors.authorization == 6)
        #expect(totals.publishesDropped == 6)
        #expect(totals.stored == (14, 140))
    }
}
