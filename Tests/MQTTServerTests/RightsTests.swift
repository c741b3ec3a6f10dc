import Core
import MQTTWire
import Synchronization
import Testing

@testable import MQTTServer

/// Allows everything but what is on a list, and counts how often it is asked to publish.
final class ListAuthorizer: Authorizer {
    private let state = Mutex((generation: UInt64(1), denied: Set<String>(), asked: 0))

    var generation: UInt64 { self.state.withLock { $0.generation } }
    var asked: Int { self.state.withLock { $0.asked } }

    func deny(_ topics: String...) {
        self.state.withLock {
            $0.denied.formUnion(topics)
            $0.generation += 1
        }
    }

    func allows(_ action: Action, _ topic: [UInt8], for identity: Identity) -> Bool {
        self.state.withLock { state in
            if action == .publish { state.asked += 1 }
            return !state.denied.contains(String(decoding: topic, as: UTF8.self))
        }
    }
}

@Suite("Rights")
struct RightsTests {
    @Test("a publisher of 1,000 topics is asked for once a topic, and anew when the rules change")
    func cache() {
        let rules = ListAuthorizer()
        let bench = Bench(authorizer: rules)
        let client = bench.connect("c")
        for _ in 0..<3 { for number in 0..<1_000 { client.publish("t/\(number)") } }
        #expect(rules.asked == 1_000)
        rules.deny("t/7")
        for number in 0..<1_000 { client.publish("t/\(number)") }
        #expect(rules.asked == 2_000)
        #expect(bench.count(.droppedNotAuthorized) == 1)
    }

    @Test("the table takes nothing for one topic, remembers what was put in, and stays within its bound")
    func table() {
        var rights = PublishRights()
        #expect(!rights.contains(1) && rights.capacity == 0)
        for serial in 1...12_000 as ClosedRange<UInt64> { rights.insert(serial * 7) }
        #expect((1...12_000 as ClosedRange<UInt64>).allSatisfy { rights.contains($0 * 7) })
        #expect(!rights.contains(8))
        for serial in 1...100_000 as ClosedRange<UInt64> { rights.insert(serial * 5) }
        #expect(rights.capacity == PublishRights.limit)
    }

    @Test(
        "a publish that is not allowed: 0x87 with a reason in MQTT 5, acknowledged and dropped before, QoS 0 just dropped"
    )
    func deniedPublish() {
        let rules = ListAuthorizer()
        rules.deny("no")
        let bench = Bench(authorizer: rules)
        let watcher = bench.connect("w")
        watcher.subscribe("#")
        let newer = bench.connect("n")
        newer.publish("no", qos: 1, packetID: 3)
        newer.publish("no", qos: 2, packetID: 4)
        #expect(newer.answers.map(\.reason) == [.notAuthorized, .notAuthorized])
        #expect(newer.answers.first?.properties.reasonString == "not authorized to publish to this topic")
        let older = bench.connect("o", version: .v3_1_1)
        older.publish("no", qos: 1, packetID: 3)
        older.publish("no")
        #expect(older.answers.map(\.packetID) == [3] && older.isIn)
        #expect(bench.count(.droppedNotAuthorized) == 4 && watcher.publishes.isEmpty)
        #expect(bench.reports.words.filter { $0.contains("denied") }.count == 2)
    }

    @Test("reason strings: none in a PUBACK for a client that wants none, or that takes no packet as large")
    func reasonStrings() {
        let rules = ListAuthorizer()
        rules.deny("no")
        let bench = Bench(authorizer: rules)
        let plain = bench.connect("p") { $0.properties.requestProblemInformation = false }
        let small = bench.connect("s") { $0.properties.maximumPacketSize = 30 }
        for client in [plain, small] {
            client.publish("no", qos: 1)
            client.subscribe("no")
            #expect(client.answers.first?.reason == .notAuthorized)
            #expect(client.answers.first?.properties.reasonString == nil)
            #expect(client.subacks.first?.reasons == [.notAuthorized])
            #expect(client.subacks.first?.properties.reasonString == nil)
        }
        let other = bench.connect("o")
        other.subscribe("no")
        #expect(other.subacks.first?.properties.reasonString == "not authorized to subscribe")
    }

    @Test("a subscription that is no longer allowed is taken away, from whoever is away too; the connection stays")
    func revoked() {
        let rules = ListAuthorizer()
        let bench = Bench(authorizer: rules)
        let here = bench.connect("here")
        here.subscribe("a", "b", "$share/g/a")
        let away = bench.connect("away") { $0.properties.sessionExpiryInterval = 600 }
        away.subscribe("a")
        bench.close(away)
        rules.deny("a")
        bench.run(1_200)
        #expect(here.isIn && bench.servers[0].session("here".bytes)?.subscriptions == 1)
        #expect(bench.servers[0].session("away".bytes)?.subscriptions == 0)
        #expect(bench.count(.subscriptionsRevoked) == 3)
        #expect(bench.reports.words.filter { $0.contains("revoked") }.count == 3)
        let publisher = bench.connect("p")
        publisher.publish("b")
        #expect(here.publishes.count == 1)
    }

    @Test("a will is published with the rights of its time")
    func will() {
        let rules = ListAuthorizer()
        let bench = Bench(authorizer: rules)
        let watcher = bench.connect("w")
        watcher.subscribe("will")
        let client = bench.connect("c") { $0.will = MQTTWill(topic: "will".bytes, payload: [1]) }
        rules.deny("will")
        bench.close(client)
        #expect(watcher.publishes.isEmpty && bench.count(.willsPublished) == 0)
    }
}
