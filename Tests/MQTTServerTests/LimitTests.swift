import Core
import MQTTWire
import Machine
import Testing

@testable import MQTTServer

@Suite("Limits")
struct LimitTests {
    @Test("a rate stops the reading: the burst, then exactly as many as the time allows, and nothing is lost")
    func messageRate() {
        let bench = Bench { $0.messageRate = RateLimit(perSecond: 10, burst: 5) }
        let watcher = bench.connect("w")
        watcher.subscribe("t", qos: 0)
        let client = bench.connect("c")
        for _ in 0..<100 { client.publish("t") }
        #expect(watcher.publishes.count == 5 && client.stop == .rate)
        bench.run(2_000)
        // a reminder is up to 64 ms late, what it owes is not lost
        #expect((24...25).contains(watcher.publishes.count))
        bench.run(8_000)
        #expect(watcher.publishes.count == 100 || watcher.publishes.count == 99)
        bench.run(1_000)
        #expect(watcher.publishes.count == 100 && client.isIn)
        #expect(bench.count(.throttles) > 10)
        #expect((9_000...9_700).contains(bench.count(.throttledMilliseconds)))
    }

    @Test("bytes are owed when one read was too much")
    func byteRate() {
        let bench = Bench { $0.byteRate = RateLimit(perSecond: 1_000, burst: 1_000) }
        let client = bench.connect("c")
        client.publish("t", Array(repeating: 0, count: 3_000))
        client.publish("t")
        #expect(client.stop == .rate && bench.count(.messagesReceived) == 1)
        bench.run(1_900)
        #expect(bench.count(.messagesReceived) == 1)
        bench.run(300)
        #expect(bench.count(.messagesReceived) == 2)
    }

    @Test("filters beyond a session's number, or beyond the rate, get 0x97, and 0x80 before MQTT 5")
    func subscriptions() {
        let bench = Bench { $0.maxSubscriptions = 2 }
        let client = bench.connect("c")
        client.subscribe("a", "b", "c", "$share/g/d")
        #expect(client.subacks.first?.reasons == [.grantedQoS1, .grantedQoS1, .quotaExceeded, .quotaExceeded])
        client.subscribe("a")
        #expect(client.subacks.last?.reasons == [.grantedQoS1])
        #expect(bench.count(.subscriptionsLimited) == 2)
        let rated = Bench { $0.subscribeRate = RateLimit(perSecond: 1, burst: 1) }
        let older = rated.connect("o", version: .v3_1_1)
        older.subscribe("a", "b")
        #expect(older.subacks.first?.reasons == [.grantedQoS1, .unspecifiedError])
        rated.run(1_100)
        older.subscribe("b")
        #expect(older.subacks.last?.reasons == [.grantedQoS1])
    }

    @Test("a user's connections are counted over all shards; taking over one of its own is always possible")
    func perUser() {
        let bench = Bench(shards: 2, authenticator: JobAuthenticator()) { $0.maxConnectionsPerUser = 2 }
        func connect(_ clientID: String, on shard: Int) -> BenchClient {
            let client = bench.connect(clientID, user: "bob", password: "bob", on: shard)
            bench.finishJob()
            return client
        }
        let first = connect("1", on: 0)
        _ = connect("2", on: 1)
        #expect(connect("3", on: 1).connack?.reason == .quotaExceeded)
        #expect(connect("1", on: 1).isIn && first.isClosed)
        #expect(bench.broker.users.count(of: "bob") == 2 && bench.count(.userConnectionsLimited) == 1)
    }

    @Test("a packet that does not become whole ends its connection, whatever the keep-alive")
    func partial() {
        let bench = Bench { $0.packetTimeout = 5_000 }
        let client = bench.connect("c")
        client.send([0x30, 10, 0])
        bench.run(4_900)
        client.send([1])
        #expect(client.isIn)
        bench.run(300)
        #expect(client.disconnect?.reason == .implementationSpecificError && bench.count(.packetTimeouts) == 1)
        let other = bench.connect("o")
        other.send([0x30, 4, 0])
        other.send([1, 0x61, 0])
        bench.run(20_000)
        #expect(other.isIn)
    }

    @Test("who is turned away for shutdown or overload is told where else to go, if there is a place")
    func serverReference() {
        let bench = Bench { $0.serverReference = "other.example:1883" }
        let client = bench.connect("c")
        let late = bench.client()
        bench.shards[0].shutDown()
        bench.settle()
        #expect(client.disconnect?.reason == .useAnotherServer)
        #expect(client.disconnect?.properties.serverReference == "other.example:1883")
        #expect(late.isClosed)
        let full = Bench(authenticator: JobAuthenticator()) { $0.serverReference = "other.example" }
        for _ in 0..<256 { _ = full.connect("", user: "bob", password: "bob") }
        let refused = full.connect("x", user: "bob", password: "bob")
        #expect(refused.connack?.reason == .useAnotherServer)
        #expect(refused.connack?.properties.serverReference == "other.example")
        let plain = Bench()
        let told = plain.connect("c")
        plain.shards[0].shutDown()
        plain.settle()
        #expect(told.disconnect?.reason == .serverShuttingDown)
    }

    @Test("response information comes to who asks, with its names in it, and never as what could be a wildcard")
    func responseInformation() {
        let bench = Bench { $0.responseInformation = "r/%u/%c/100%" }
        func ask(_ clientID: String, _ user: String?, _ asks: Bool? = true) -> String? {
            let client = bench.connect(clientID, user: user) { $0.properties.requestResponseInformation = asks }
            return client.connack?.properties.responseInformation
        }
        #expect(ask("c", "bob") == "r/bob/c/100%")
        #expect(ask("d", nil) == "r//d/100%")
        #expect(ask("e", "#") == nil)
        #expect(ask("f", "bob", nil) == nil)
    }

    @Test("no packet is larger than the client takes, the refusal of its CONNECT included [MQTT-3.1.2-24]")
    func packetSize() {
        let bench = Bench { $0.maxSubscriptions = 1 }
        let tiny = bench.connect("c") { $0.properties.maximumPacketSize = 10 }
        #expect(tiny.connack?.reason == .packetTooLarge && tiny.isClosed)
        let tiniest = bench.connect("c") { $0.properties.maximumPacketSize = 4 }
        #expect(tiniest.connack == nil && tiniest.isClosed)
        let small = bench.connect("d") { $0.properties.maximumPacketSize = 24 }
        #expect(small.isIn)
        small.send(
            .subscribe(
                MQTTSubscribe(packetID: 1, filters: (0..<30).map { MQTTSubscription(filter: "\($0)".bytes, qos: 0) })
            )
        )
        #expect(small.subacks.isEmpty && small.disconnect?.reason == .packetTooLarge)
        #expect(small.disconnect?.properties.reasonString == nil)
    }
}

@Suite("Ends of sessions")
struct SessionEndTests {
    @Test("100,000 sessions that expire together end 64 a tick at most")
    func manyExpire() {
        let bench = Bench()
        let server = bench.servers[0]
        var connect = MQTTConnect(clientID: "")
        connect.properties.sessionExpiryInterval = 10
        for number in 0..<100_000 {
            // As a connection that came and went leaves it.
            let name = "client-\(number)".bytes
            _ = bench.broker.directory.claim(.client(.standard, name), for: 0)
            server.leaveBehind(Identity(clientID: name, username: nil, listener: 0), connect)
        }
        #expect(server.sessionCount == 100_000)
        var most = 0
        bench.run(9_900)
        #expect(server.sessionCount == 100_000)
        let shard = bench.shards[0]
        shard.now = 12_000
        var ticks = 0
        while server.sessionCount > 0, ticks < 2_000 {
            let before = server.sessionCount
            shard.tick()
            ticks += 1
            most = max(most, before - server.sessionCount)
        }
        bench.settle()
        #expect(most <= 64 && ticks >= 1_563 && server.sessionCount == 0)
        #expect(shard.forEachSubscriber(from: 0, limit: .max) { _ in Issue.record("a session is left") } == nil)
        #expect(bench.broker.directory.count == 0)
    }

    @Test("a session of 10,000 subscriptions is taken apart in slices, and its client may be back meanwhile")
    func largeSession() {
        let bench = Bench()
        let client = bench.connect("c")
        for part in 0..<20 {
            let filters = (0..<500).map { MQTTSubscription(filter: "f/\(part)/\($0)".bytes, qos: 1) }
            client.send(.subscribe(MQTTSubscribe(packetID: 1, filters: filters)))
        }
        #expect(bench.count(.subscriptionsAdded) == 10_000)
        client.send(.disconnect(MQTTDisconnect()))
        // A settle ticks until nothing is left to do: each tick took at most a slice and a part of filters more.
        #expect(bench.count(.subscriptionsRemoved) == 10_000 && bench.ticks >= 6)
        let again = bench.connect("c") { $0.cleanStart = false }
        #expect(again.isIn && again.connack?.sessionPresent == false)
    }

    @Test("UNSUBSCRIBE of a shared filter gives back what still waits here: another member gets it")
    func unsubscribeShared() {
        let bench = Bench()
        let leaving = bench.connect("l") { $0.properties.receiveMaximum = 1 }
        let staying = bench.connect("s")
        leaving.subscribe("$share/g/t", "own")
        let publisher = bench.connect("p")
        for number in 0..<3 { publisher.publish("own", [UInt8(number)], qos: 1, packetID: UInt16(number + 1)) }
        staying.subscribe("$share/g/t")
        for number in 0..<6 { publisher.publish("t", [UInt8(number)], qos: 1, packetID: UInt16(number + 10)) }
        leaving.send(.unsubscribe(MQTTUnsubscribe(packetID: 2, filters: ["$share/g/t".bytes])))
        bench.run(100)
        let shared = (leaving.publishes + staying.publishes).filter { $0.topic == "t".bytes }
        #expect(Set(shared.map(\.payload)).count == 6)
    }
}

extension MQTTShard {
    /// A session whose client has just gone.
    fileprivate func leaveBehind(_ identity: Identity, _ connect: MQTTConnect) {
        let slot = UInt32(identity.clientID.suffix(6).reduce(0) { $0 &* 10 &+ Int($1 & 15) } % 64)
        let id = StreamID(slot: slot, generation: 1)
        guard
            let connection = self.accept(id, listener: 0, facts: StreamFacts(remote: .unix(nil)), on: self.shard)
                as? MQTTConnection
        else { return }
        connection.identity = identity
        guard case .made(let session) = self.session(for: connection, connect) else { return }
        connection.session = session
        session.claimed(by: connection)
        connection.finish("it was never really there")
        self.shard.effects.close.removeAll()
    }
}
