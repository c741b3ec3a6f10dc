import Core
import MQTTServer
import MQTTWire
import Simulation
import StateStore
import Testing

/// What kept sessions have under way, over kills of the broker.
@Suite("Simulation: session journals over restarts")
struct JournalTests {
    private static let start: UInt64 = 1_700_000_000_000
    private let store = MemoryStore()
    private let journals = JournalLogs()

    private func world(
        _ later: UInt64 = 0,
        seed: UInt64 = 1,
        shards: Int = 3,
        conditions: SimulationConditions = SimulationConditions()
    ) -> World {
        World(
            seed: seed,
            shards: shards,
            conditions: conditions,
            store: self.store,
            journals: self.journals,
            wall: Self.start + later
        )
    }

    private func kill(_ world: World) { world.volume?.stop() }

    private static func slow(_ store: ClosedRange<Int>) -> SimulationConditions {
        var conditions = SimulationConditions()
        conditions.storeDelay = store
        return conditions
    }

    /// A kept client.
    private func kept(_ name: String, in world: World, from former: SimClient? = nil, _ version: MQTTVersion = .v5)
        -> SimClient
    {
        let client = world.client(name, version) { ($0.cleanStart, $0.expiry) = (false, 3_600) }
        if let former { client.goOn(from: former) }
        client.connect()
        world.wait("\(name) is connected") { client.isOnline }
        return client
    }

    private func subscribed(_ name: String, to filter: String, in world: World, _ version: MQTTVersion = .v5)
        -> SimClient
    {
        let client = self.kept(name, in: world, version)
        client.subscribe(filter, qos: 2)
        world.wait("\(name) is subscribed") { client.isSubscribed }
        return client
    }

    @Test(
        "what waits for absent clients is there after a kill, in its order, once a session",
        arguments: [1, 3],
        [MQTTVersion.v5, .v3_1_1]
    )
    func offline(shards: Int, version: MQTTVersion) {
        let first = self.world(shards: shards)
        let subscribers = (0..<4).map { self.subscribed("s\($0)", to: "t/#", in: first, version) }
        for subscriber in subscribers { subscriber.cut() }
        first.run(1_000)
        let publisher = first.connected("p")
        for number in 0..<50 { publisher.publish("t/a", text: "\(number)", qos: UInt8(1 + number % 2)) }
        first.wait("all are acknowledged") { publisher.isIdle }
        self.kill(first)

        let second = self.world(5_000, shards: shards)
        #expect(second.restored?.sessions == 4)
        #expect(second.restored?.entries == 200)
        #expect(second.restored?.missing == 0)
        for former in subscribers {
            let back = self.kept(former.clientID, in: second, from: former, version)
            second.wait("what waited comes") { back.deliveries.count == 50 }
            #expect(back.sessionPresent)
            // In order for each quality of service: what is sent at 2 waits for the journal, what is sent at 1 does not.
            for qos in [1, 2] as [UInt8] {
                let expected = (0..<50).filter { UInt8(1 + $0 % 2) == qos }.map(String.init)
                #expect(back.deliveries.filter { $0.qos == qos }.map(\.text) == expected)
            }
        }
        second.run(1_000)
        self.kill(second)
        #expect(self.world(6_000, shards: shards).restored?.entries == 0)
    }

    @Test("a message's properties, its identifiers and what is left of its time come back with it")
    func properties() throws {
        let first = self.world()
        let subscriber = self.kept("s", in: first)
        subscriber.subscribe("a/#", qos: 2, identifier: 5) { $0.retainAsPublished = true }
        subscriber.subscribe("a/+", qos: 1, identifier: 70_000) { $0.retainAsPublished = true }
        first.wait("it is subscribed") { subscriber.isSubscribed }
        subscriber.cut()
        first.run(1_000)
        let publisher = first.connected("p")
        publisher.publish("a/b", Array("brief".utf8), qos: 2) { $0.messageExpiryInterval = 10 }
        publisher.publish("a/b", Array("long".utf8), qos: 2, retain: true) { $0.messageExpiryInterval = 100 }
        first.wait("all are acknowledged") { publisher.isIdle }
        self.kill(first)

        let second = self.world(40_000)
        let back = self.kept("s", in: second, from: subscriber)
        second.wait("it comes") { back.deliveries.count == 1 }
        second.run(1_000)
        let delivery = try #require(back.deliveries.first)
        #expect(back.texts == ["long"])
        #expect(delivery.qos == 2 && delivery.retain)
        #expect(delivery.identifiers.sorted() == [5, 70_000])
        #expect((50...62).contains(delivery.expiry ?? 0))
    }

    @Test(
        "what was in flight is sent again with its old identifiers, in its old order, and says so",
        arguments: [1, 3]
    )
    func inflight(shards: Int) {
        let first = self.world(shards: shards)
        let subscriber = self.subscribed("s", to: "t", in: first)
        subscriber.acknowledges = false
        let publisher = first.connected("p")
        for number in 0..<10 { publisher.publish("t", text: "\(number)", qos: UInt8(1 + number % 2)) }
        first.wait("all came") { subscriber.deliveries.count == 10 }
        first.run(1_000)
        self.kill(first)

        let second = self.world(1_000, shards: shards)
        let back = self.kept("s", in: second)  // one that has forgotten what it has
        second.wait("all come again") { back.deliveries.count == 10 }
        #expect(back.deliveries.allSatisfy { $0.dup })
        let sorted = { (client: SimClient, qos: UInt8) in client.deliveries.filter { $0.qos == qos } }
        for qos in [1, 2] as [UInt8] {
            #expect(sorted(back, qos).map(\.text) == sorted(subscriber, qos).map(\.text))
            #expect(sorted(back, qos).map(\.packetID) == sorted(subscriber, qos).map(\.packetID))
        }
    }

    @Test("after PUBREC only PUBREL is sent again", arguments: [MQTTVersion.v5, .v3_1_1])
    func released(version: MQTTVersion) {
        let first = self.world()
        let subscriber = self.subscribed("s", to: "t", in: first, version)
        subscriber.answersPubrel = false
        let publisher = first.connected("p")
        for number in 0..<5 { publisher.publish("t", text: "\(number)", qos: 2) }
        first.wait("all are released") { subscriber.pubrels.count == 5 }
        self.kill(first)

        let second = self.world(1_000)
        let back = self.kept("s", in: second, from: subscriber, version)
        second.wait("they are released again") { back.pubrels.count == 5 }
        second.run(2_000)
        #expect(back.pubrels == subscriber.pubrels)
        #expect(back.texts == (0..<5).map(String.init))
        // The identifiers are free: new messages come.
        let other = second.connected("q")
        for number in 5..<40 { other.publish("t", text: "\(number)", qos: 2) }
        second.wait("they come") { back.deliveries.count == 40 }
        #expect(back.texts == (0..<40).map(String.init))
    }

    @Test("a session that ends with its connection writes nothing into a journal")
    func cleanSessions() {
        let world = self.world()
        let subscriber = world.subscriber("s", to: "t", qos: 2)
        let publisher = world.connected("p")
        for number in 0..<20 { publisher.publish("t", text: "\(number)", qos: UInt8(number % 3)) }
        world.wait("all come") { subscriber.deliveries.count == 20 }
        world.run(1_000)
        #expect(self.journals.records == 0)
    }

    @Test("a session that ended takes what waited for it along", arguments: [true, false])
    func ended(byCleanStart: Bool) {
        let first = self.world()
        let subscriber = self.subscribed("s", to: "t", in: first)
        subscriber.cut()
        first.run(1_000)
        let publisher = first.connected("p")
        for number in 0..<20 { publisher.publish("t", text: "\(number)", qos: 2) }
        first.wait("all are acknowledged") { publisher.isIdle }
        if byCleanStart {
            _ = first.connected("s") { ($0.cleanStart, $0.expiry) = (true, 3_600) }
        } else {
            let back = first.connected("s") { ($0.cleanStart, $0.expiry, $0.acknowledges) = (false, 3_600, false) }
            back.disconnect(.normalDisconnection, expiry: 0)
        }
        first.run(1_000)
        self.kill(first)
        let second = self.world(1_000)
        #expect(second.restored?.entries == 0)
        let back = second.connected("s") { ($0.cleanStart, $0.expiry) = (false, 3_600) }
        #expect(back.sessionPresent == byCleanStart)
        second.run(1_000)
        #expect(back.deliveries.isEmpty)
    }

    @Test(
        "a message of quality of service 2 that was taken in, and not routed yet, is routed after the kill, once to each",
        arguments: 1...40 as ClosedRange<UInt64>
    )
    func intents(seed: UInt64) {
        let first = self.world(seed: seed, conditions: Self.slow(0...60))
        // Some of them have never had a message before.
        let subscribers = (0..<4).map { self.subscribed("s\($0)", to: "t/#", in: first) }
        let publisher = self.kept("p", in: first)
        let count = seed % 2 == 0 ? 40 : 1
        for number in 0..<count { publisher.publish("t/\(number % 3)", text: "\(number)", qos: 2) }
        first.run(seed * 5)
        self.kill(first)

        let second = self.world(1_000, seed: seed)
        let back = subscribers.map { self.kept($0.clientID, in: second, from: $0) }
        let again = self.kept("p", in: second, from: publisher)
        second.wait("all are acknowledged") { again.isIdle }
        second.run(5_000)
        for subscriber in back {
            for topic in 0..<3 {
                let expected = (0..<count).filter { $0 % 3 == topic }.map(String.init)
                #expect(
                    subscriber.deliveries.filter { $0.topic == "t/\(topic)" }.map(\.text) == expected,
                    "seed \(seed)"
                )
            }
        }
    }

    @Test(
        "a retained message of quality of service 2 is retained, whenever the kill comes",
        arguments: 1...6 as ClosedRange<UInt64>
    )
    func retainedIntents(seed: UInt64) {
        let first = self.world(seed: seed, conditions: Self.slow(0...80))
        let publisher = self.kept("p", in: first)
        for number in 0..<10 { publisher.publish("r/\(number)", text: "\(number)", qos: 2, retain: true) }
        first.run(seed * 40)
        self.kill(first)
        let second = self.world(1_000, seed: seed)
        let again = self.kept("p", in: second, from: publisher)
        second.wait("all are acknowledged") { again.isIdle }
        second.run(1_000)
        #expect(second.broker.retained.count() == 10)
    }

    @Test("a journal is said anew while it grows, so that it stays as long as what is alive", arguments: [1, 3])
    func bounded(shards: Int) {
        let first = self.world(shards: shards, conditions: Self.slow(0...5))
        let absent = (0..<3).map { self.subscribed("away\($0)", to: "rare", in: first) }
        for client in absent { client.cut() }
        let subscriber = self.subscribed("s", to: "t", in: first)
        first.run(1_000)
        let publisher = self.kept("p", in: first)
        for number in 0..<20 { publisher.publish("rare", text: "rare \(number)", qos: 2) }
        var most = 0
        for round in 0..<40 {
            let text = String(repeating: "x", count: 200)
            for number in 0..<50 {
                publisher.publish("t", text: "\(round) \(number) \(text)", qos: UInt8(1 + number % 2))
            }
            first.wait("all are acknowledged") { publisher.isIdle && subscriber.deliveries.count == 50 * (round + 1) }
            most = max(most, self.journals.bytes)
        }
        // Half a megabyte and more went through it.
        #expect(most < 150_000)
        self.kill(first)
        let second = self.world(1_000, shards: shards)
        #expect(second.restored?.entries ?? 0 >= 60)
        for former in absent {
            let back = self.kept(former.clientID, in: second, from: former)
            second.wait("what waited comes") { back.deliveries.count == 20 }
            #expect(back.texts == (0..<20).map { "rare \($0)" })
        }
    }

    @Test("many short lives with little to write leave no longer a journal than one long life")
    func shortLives() {
        var most = 0
        var publisher: SimClient?
        for life in 0..<60 {
            let world = self.world(UInt64(life) * 1_000)
            let reader = self.subscribed("s", to: "t", in: world)
            let again = publisher.map { self.kept("p", in: world, from: $0) } ?? self.kept("p", in: world)
            for number in 0..<10 { again.publish("t", text: "\(number) \(String(repeating: "x", count: 200))", qos: 1) }
            world.wait("all are there") { again.isIdle && reader.deliveries.count >= 10 }
            world.run(100)
            most = max(most, self.journals.bytes)
            publisher = again
            self.kill(world)
        }
        // Some 130,000 bytes went through it.
        #expect(most < 60_000)
    }

    @Test("the number of shards may change: nothing is lost, and journals that nobody has go")
    func shardCounts() {
        var subscribers: [SimClient] = []
        let first = self.world(shards: 4)
        for number in 0..<8 { subscribers.append(self.subscribed("s\(number)", to: "t", in: first)) }
        for subscriber in subscribers { subscriber.cut() }
        first.run(1_000)
        var sent = 0
        func publish(in world: World) {
            let publisher = self.kept("p", in: world)
            for _ in 0..<5 {
                publisher.publish("t", text: "\(sent)", qos: 2)
                sent += 1
            }
            world.wait("all are acknowledged") { publisher.isIdle }
            self.kill(world)
        }
        publish(in: first)
        for (life, shards) in [1, 3, 2, 4, 1, 2].enumerated() {
            let world = self.world(UInt64(life + 1) * 1_000, shards: shards)
            #expect(world.restored?.entries == 8 * sent)
            #expect(world.restored?.missing == 0)
            world.run(1_000)
            #expect(self.journals.owners.allSatisfy { $0 < UInt64(shards) })
            publish(in: world)
        }
        let last = self.world(60_000, shards: 3)
        for former in subscribers {
            let back = self.kept(former.clientID, in: last, from: former)
            last.wait("all come") { back.deliveries.count == sent }
            #expect(back.texts == (0..<sent).map(String.init))
        }
    }

    /// What everybody got over all lives, against what publishers were told.
    private func check(_ subscriber: SimClient, _ publishers: [SimClient], _ counts: [Int], _ seed: UInt64) {
        for (index, publisher) in publishers.enumerated() {
            for qos in [1, 2] as [UInt8] {
                let found = subscriber.deliveries.filter { $0.topic == "t/\(index)/\(qos)" }.compactMap { Int($0.text) }
                var seen: Set<Int> = []
                let once = found.filter { seen.insert($0).inserted }
                let who = "\(publisher.clientID) to \(subscriber.clientID) at QoS \(qos), seed \(seed)"
                #expect(once == once.sorted(), "order, \(who)")
                if qos == 2 { #expect(found.count == once.count, "exactly once, \(who)") }
                #expect(
                    seen == Set((0..<counts[index]).filter { UInt8(1 + $0 % 2) == qos }),
                    "nothing is missing, \(who)"
                )
            }
        }
        #expect(subscriber.errors.isEmpty, "seed \(seed)")
    }

    @Test(
        "over many kills nothing that was acknowledged is missing, and what is sent at quality of service 2 comes once",
        arguments: (SimulationEnvironment.seed.map { [$0] } ?? Array(1...24)) as [UInt64]
    )
    func lives(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let shards = seed % 3 == 0 ? 1 : 3
        var publishers: [SimClient] = []
        var subscribers: [SimClient] = []
        var counts = [0, 0, 0]
        let lives = 6
        for life in 0...lives {
            var conditions = SimulationConditions()
            conditions.storeDelay = 0...random.value(in: 1...80)
            conditions.linkDelay = 0...random.value(in: 0...20)
            if life < lives { conditions.resetsPerMille = random.below(4) }
            let world = self.world(
                UInt64(life) * 10_000,
                seed: seed &* 100 &+ UInt64(life),
                shards: seed % 4 == 3 ? 1 + random.below(4) : shards,
                conditions: conditions
            )
            func alive(_ names: [String], _ former: [SimClient]) -> [SimClient] {
                names.enumerated().map { index, name in
                    let client = world.client(name) {
                        ($0.cleanStart, $0.expiry, $0.reconnects) = (false, 36_000, 5...300)
                        ($0.receiveMaximum, $0.highestID) = (5, 24)
                    }
                    if life > 0 { client.goOn(from: former[index]) }
                    client.connect()
                    return client
                }
            }
            subscribers = alive(["s0", "s1", "s2"], subscribers)
            if life == 0 {
                for subscriber in subscribers { subscriber.subscribe("t/#", qos: 2) }
                world.wait("all are subscribed") { subscribers.allSatisfy { $0.isSubscribed && $0.isOnline } }
            }
            publishers = alive(["p0", "p1", "p2"], publishers)
            for _ in 0..<random.value(in: 3...12) {
                let index = random.below(3)
                for _ in 0..<random.below(8) {
                    let number = counts[index]
                    let qos = UInt8(1 + number % 2)
                    publishers[index].publish("t/\(index)/\(qos)", text: "\(number)", qos: qos, tag: number)
                    counts[index] += 1
                }
                if random.chance(perMille: 150) { subscribers[random.below(3)].cut() }
                world.run(UInt64(random.below(150)))
            }
            if life < lives {
                self.kill(world)
                continue
            }
            world.wait("all are acknowledged, seed \(seed)") { publishers.allSatisfy(\.isIdle) }
            world.run(20_000)
            for subscriber in subscribers { self.check(subscriber, publishers, counts, seed) }
            #expect(self.journals.bytes < 200_000)
        }
    }
}
