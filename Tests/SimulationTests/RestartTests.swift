import Bytes
import Core
import MQTTServer
import MQTTWire
import Machine
import Protobuf
import Simulation
import StateRecords
import StateStore
import Testing

/// A broker that ends, in whatever way, and begins again with what it had stored.
@Suite("Simulation: state over restarts")
struct RestartTests {
    private static let start: UInt64 = 1_700_000_000_000
    private let store = MemoryStore()

    /// The next run of the broker.
    ///
    /// - Parameter later: Milliseconds that have passed since the first one began.
    private func world(_ later: UInt64 = 0, shards: Int = 3, conditions: SimulationConditions = SimulationConditions())
        -> World
    {
        World(shards: shards, conditions: conditions, store: self.store, wall: Self.start + later)
    }

    private static func slow(_ store: ClosedRange<Int>) -> SimulationConditions {
        var conditions = SimulationConditions()
        conditions.storeDelay = store
        return conditions
    }

    /// Ends a run as SIGKILL does: what is not written yet is lost.
    private func kill(_ world: World) { world.volume?.stop() }

    /// Ends a run as SIGTERM does.
    private func stop(_ world: World) {
        for (server, loop) in zip(world.servers, world.simulator.loops) { loop.perform { server.shutDown() } }
        world.run(1_000)
        self.kill(world)
    }

    private func count(_ kind: StateKey.Kind) throws -> Int {
        try self.store.scan(prefix: kind.prefix, from: [], limit: .max).count
    }

    @Test(
        "a kept session is there after a kill, with its subscriptions",
        arguments: [1, 3],
        [MQTTVersion.v5, .v3_1_1]
    )
    func sessions(shards: Int, version: MQTTVersion) {
        let first = self.world(shards: shards)
        let subscriber = first.subscriber("s", to: "a/+", "b", "$share/g/c", qos: 1, version: version) {
            ($0.cleanStart, $0.expiry) = (false, 3_600)
        }
        subscriber.unsubscribe("b")
        first.run(1_000)
        self.kill(first)

        let second = self.world(60_000, shards: shards)
        #expect(second.loaded?.sessions == 1)
        #expect(second.loaded?.subscriptions == 2)
        let publisher = second.connected("p")
        publisher.publish("a/1", text: "plain")
        publisher.publish("b", text: "unsubscribed")
        publisher.publish("c", text: "shared")
        second.wait("all are acknowledged") { publisher.isIdle }
        let back = second.client("s", version) { ($0.cleanStart, $0.expiry) = (false, 3_600) }
        back.connect()
        second.wait("what waited comes") { back.deliveries.count == 2 }
        #expect(back.sessionPresent)
        #expect(Set(back.texts) == ["plain", "shared"])
    }

    @Test("a subscription's options come back with it")
    func options() throws {
        let first = self.world()
        let client = first.connected("s") { ($0.cleanStart, $0.expiry) = (false, 3_600) }
        client.subscribe("t", qos: 2, identifier: 77) { ($0.noLocal, $0.retainAsPublished) = (true, true) }
        first.wait("it is subscribed") { client.isSubscribed }
        self.kill(first)

        let second = self.world()
        let back = second.connected("s") { ($0.cleanStart, $0.expiry) = (false, 3_600) }
        back.publish("t", text: "its own", qos: 2)
        second.connected("p").publish("t", text: "retained", qos: 2, retain: true)
        second.wait("it comes") { !back.deliveries.isEmpty }
        second.run(1_000)
        #expect(back.texts == ["retained"])
        let delivery = try #require(back.deliveries.first)
        #expect(delivery.qos == 2 && delivery.retain && delivery.identifiers == [77])
    }

    @Test("a session that ends with its connection leaves nothing in the store, and writes nothing")
    func cleanSessions() throws {
        let world = self.world()
        let client = world.subscriber("c", to: "a", "$share/g/b")
        client.publish("t", text: "plain")
        client.unsubscribe("a")
        world.run(1_000)
        client.cut()
        world.run(1_000)
        #expect(world.volume?.writes == 0)
        #expect(self.store.statistics().keys == 0)
    }

    @Test(
        "clean start ends the stored session, and a kill right behind its CONNACK does not bring it back",
        arguments: [0, 3_600] as [UInt32]
    )
    func cleanStart(expiry: UInt32) throws {
        let first = self.world(conditions: Self.slow(200...300))
        first.subscriber("s", to: "t", "$share/g/u") { ($0.cleanStart, $0.expiry) = (false, 3_600) }.cut()
        first.run(1_000)
        let again = first.client("s") { ($0.cleanStart, $0.expiry) = (true, expiry) }
        again.connect()
        first.wait("it is connected") { again.isOnline }
        #expect(!again.sessionPresent)
        self.kill(first)

        let second = self.world()
        let back = second.connected("s") { ($0.cleanStart, $0.expiry) = (false, 3_600) }
        #expect(back.sessionPresent == (expiry > 0))
        second.connected("p").publish("t", text: "for nobody")
        second.run(1_000)
        #expect(back.deliveries.isEmpty)
        #expect(try self.count(.subscription) == 0)
    }

    @Test(
        "DISCONNECT with an expiry of 0, and a session's expiry, leave nothing in the store",
        arguments: [true, false]
    )
    func ends(byDisconnect: Bool) throws {
        let world = self.world()
        let client = world.subscriber("s", to: "a/#", "b", "$share/g/c") {
            ($0.cleanStart, $0.expiry) = (false, 10)
            $0.will = MQTTWill(topic: Array("w".utf8), payload: [1])
            $0.will?.properties.willDelayInterval = 5
        }
        #expect(try self.count(.session) == 1 && self.count(.subscription) == 3 && self.count(.will) == 1)
        if byDisconnect { client.disconnect(.normalDisconnection, expiry: 0) } else { client.cut() }
        world.run(20_000)
        #expect(try self.count(.session) == 0 && self.count(.subscription) == 0 && self.count(.will) == 0)
    }

    @Test(
        "a session's expiry goes on while the broker is away",
        arguments: [(50_000, true), (70_000, false)] as [(UInt64, Bool)]
    )
    func expiry(away: UInt64, isThere: Bool) throws {
        let first = self.world()
        first.subscriber("s", to: "t") { ($0.cleanStart, $0.expiry) = (false, 60) }.cut()
        first.run(1_000)
        self.kill(first)

        let second = self.world(away)
        let back = second.connected("s") { ($0.cleanStart, $0.expiry) = (false, 60) }
        #expect(back.sessionPresent == isThere)
        back.disconnect(.normalDisconnection, expiry: 0)
        second.run(1_000)
        #expect(try self.count(.session) == 0 && self.count(.subscription) == 0)
    }

    @Test("an expired session whose client comes first is not there, though nobody has looked at it yet")
    func expiredAtOnce() {
        let first = self.world()
        for number in 0..<2_000 { first.client("s\(number)") { ($0.cleanStart, $0.expiry) = (false, 60) }.connect() }
        first.wait("all are connected") { first.broker.total(.sessionsAttached) == 2_000 }
        self.stop(first)

        let second = self.world(600_000)
        #expect(second.loaded?.sessions == 2_000)
        let back = (1_990..<2_000).map { number in
            second.client("s\(number)") { ($0.cleanStart, $0.expiry) = (false, 60) }
        }
        for client in back { client.connect() }
        second.wait("they are back") { back.allSatisfy { $0.isOnline } }
        #expect(back.allSatisfy { !$0.sessionPresent })
        second.wait("the others have ended") { second.broker.directory.count == 10 }
        second.run(1_000)
        #expect(second.broker.total(.sessionsExpired) == 2_000)
    }

    @Test("a session that was connected when the broker was killed counts from the restart")
    func connectedAtKill() {
        let first = self.world()
        _ = first.subscriber("s", to: "t") { ($0.cleanStart, $0.expiry) = (false, 60) }
        self.kill(first)

        let second = self.world(3_600_000)
        second.run(59_000)
        #expect(second.broker.directory.count == 1)
        second.run(2_000)
        #expect(second.broker.directory.count == 0)
    }

    @Test(
        "a will with a delay waits through a restart, and its client can still cancel it",
        arguments: [true, false],
        [true, false]
    )
    func delayedWill(comesBack: Bool, isKilled: Bool) {
        let first = self.world()
        let client = first.client("c") {
            ($0.cleanStart, $0.expiry) = (false, 600)
            $0.will = MQTTWill(topic: Array("will".utf8), payload: Array("gone".utf8), qos: 1)
            $0.will?.properties.willDelayInterval = 30
            $0.will?.properties.contentType = "text"
            $0.will?.properties.userProperties = [MQTTUserProperty(name: "a", value: "b")]
        }
        client.connect()
        first.wait("it is connected") { client.isOnline }
        if isKilled { self.kill(first) } else { self.stop(first) }

        let second = self.world(5_000)
        #expect(second.loaded?.wills == 1)
        let watcher = second.subscriber("w", to: "will")
        if comesBack { _ = second.connected("c") { ($0.cleanStart, $0.expiry) = (false, 600) } }
        second.run(20_000)
        #expect(watcher.deliveries.isEmpty)
        second.run(15_000)
        #expect(watcher.texts == (comesBack ? [] : ["gone"]))
    }

    @Test("wills that were due while the broker was away are published when it is back, to sessions that wait for them")
    func dueWills() throws {
        let first = self.world()
        first.subscriber("w", to: "will/+") { ($0.cleanStart, $0.expiry) = (false, .max) }.cut()
        for (name, delay, expiry) in [("delay", 5, 600), ("end", 600, 10)] as [(String, UInt32, UInt32)] {
            first.connected(name) {
                $0.expiry = expiry
                $0.will = MQTTWill(topic: Array("will/\(name)".utf8), payload: Array(name.utf8), qos: 1, retain: true)
                $0.will?.properties.willDelayInterval = delay
            }.cut()
        }
        first.run(1_000)
        self.kill(first)

        let second = self.world(60_000)
        second.run(1_000)
        let watcher = second.connected("w") { ($0.cleanStart, $0.expiry) = (false, .max) }
        second.wait("both come") { watcher.deliveries.count == 2 }
        #expect(Set(watcher.texts) == ["delay", "end"])
        #expect(second.broker.retained.count() == 2)
        #expect(try self.count(.will) == 0 && self.count(.retained) == 2)
    }

    @Test("a will that was published is not published again", arguments: [0, 2] as [UInt32])
    func publishedWill(delay: UInt32) throws {
        let first = self.world()
        let watcher = first.subscriber("w", to: "will")
        first.connected("c") {
            $0.expiry = 600
            $0.will = MQTTWill(topic: Array("will".utf8), payload: [1], qos: 1)
            $0.will?.properties.willDelayInterval = delay
        }.cut()
        first.wait("it is published") { watcher.deliveries.count == 1 }
        first.run(1_000)
        self.kill(first)
        #expect(try self.count(.will) == 0)
        #expect(self.world().loaded?.wills == 0)
    }

    @Test(
        "retained messages are there after a kill: the last ones, with their properties and what is left of their time",
        arguments: [1, 3]
    )
    func retained(shards: Int) throws {
        let first = self.world(shards: shards)
        let publisher = first.connected("p")
        for number in 0..<50 { publisher.publish("t/\(number % 20)", text: "\(number)", qos: 1, retain: true) }
        publisher.publish("t/3", text: "", qos: 1, retain: true)
        publisher.publish("brief", Array("gone".utf8), retain: true) { $0.messageExpiryInterval = 10 }
        publisher.publish("long", Array("left".utf8), retain: true) { $0.messageExpiryInterval = 100 }
        first.wait("all are acknowledged") { publisher.isIdle }
        self.kill(first)

        let second = self.world(40_000, shards: shards)
        #expect(second.loaded?.retained == 20)
        let subscriber = second.subscriber("s", to: "t/#", "brief", "long")
        second.wait("they come") { subscriber.deliveries.count == 20 }
        second.run(1_000)
        let expected = (0..<20).filter { $0 != 3 }.map { "t/\($0)" } + ["long"]
        #expect(subscriber.deliveries.map(\.topic).sorted() == expected.sorted())
        #expect(subscriber.deliveries.first { $0.topic == "t/5" }?.text == "45")
        let left = try #require(subscriber.deliveries.first { $0.topic == "long" }?.expiry)
        #expect((50...62).contains(left))
        #expect(try self.count(.retained) == 20)  // and nothing of the one that expired
    }

    @Test("a retained message that expires while the broker runs leaves the store too, whichever shard keeps it")
    func expiredRetained() throws {
        let world = self.world()
        let publisher = world.connected("p")
        for number in 0..<12 {
            publisher.publish("t/\(number)", [1], retain: true) { $0.messageExpiryInterval = number < 9 ? 5 : 500 }
        }
        world.wait("all are acknowledged") { publisher.isIdle }
        #expect(try self.count(.retained) == 12)
        world.run(30_000)
        #expect(try self.count(.retained) == 3)
    }

    @Test(
        "what publishers on several shards retain under one topic is after a restart what it was before",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func retainedRaces(seed: UInt64) {
        var conditions = Self.slow(0...40)
        conditions.linkDelay = 0...40
        let first = World(seed: seed, conditions: conditions, store: self.store)
        let publishers = (0..<6).map { first.connected("p\($0)", on: $0 % 3) }
        for round in 0..<30 {
            for (index, publisher) in publishers.enumerated() {
                let isRemoval = (round + index) % 7 == 0
                publisher.publish("t/\(round % 4)", text: isRemoval ? "" : "\(round)/\(index)", qos: 1, retain: true)
            }
            first.run(UInt64(round % 5) * 10)
        }
        first.wait("all are acknowledged") { publishers.allSatisfy(\.isIdle) }
        let before = first.broker.retained.entries(in: .standard, after: nil).entries
        self.kill(first)

        let second = World(seed: seed, store: self.store)
        let after = second.broker.retained.entries(in: .standard, after: nil).entries
        #expect(after.map { $0.message.topicBytes } == before.map { $0.message.topicBytes })
        #expect(
            after.map { $0.message.block.span($0.message.payload).copied() }
                == before.map { $0.message.block.span($0.message.payload).copied() }
        )
    }

    @Test("a retained message is acknowledged when it is stored, whichever shard stores it")
    func retainedAcknowledgement() {
        let first = self.world(conditions: Self.slow(20...200))
        let publisher = first.connected("p")
        for number in 0..<40 { publisher.publish("t/\(number)", text: "\(number)", qos: 1, retain: true) }
        first.wait("half are acknowledged") { publisher.acknowledged.count >= 20 }
        self.kill(first)
        let promised = publisher.acknowledged.count
        let second = self.world()
        for number in 0..<promised {
            let topic = Array("t/\(number)".utf8)
            #expect(second.broker.retained.entry(topic.span, in: .standard) != nil, "t/\(number)")
        }
    }

    @Test(
        "SUBACK and CONNACK keep their word when the broker is killed right behind them",
        arguments: 1...6 as ClosedRange<UInt64>
    )
    func promises(seed: UInt64) {
        let first = World(
            seed: seed,
            conditions: Self.slow(5...100),
            store: self.store,
            wall: Self.start
        )
        let clients = (0..<12).map { number in
            first.client("c\(number)") { ($0.cleanStart, $0.expiry) = (false, 600) }
        }
        for client in clients {
            client.connect()
            client.subscribe("t/\(client.clientID)", qos: 1)
        }
        first.wait("some are subscribed") { clients.count(where: { !$0.subacks.isEmpty }) >= 5 }
        self.kill(first)
        let second = self.world()
        let publisher = second.connected("p")
        for client in clients where !client.subacks.isEmpty { publisher.publish("t/\(client.clientID)", text: "x") }
        for client in clients where client.isOnline {
            let back = second.connected(client.clientID) { ($0.cleanStart, $0.expiry) = (false, 600) }
            #expect(back.sessionPresent)
            if !client.subacks.isEmpty { second.wait("it is still subscribed") { back.texts == ["x"] } }
        }
    }

    @Test("sessions keep their numbers over restarts, and no number is given twice")
    func numbers() throws {
        func stored() throws -> [[UInt8]: UInt64] {
            var numbers: [[UInt8]: UInt64] = [:]
            for value in try self.store.scan(prefix: StateKey.Kind.session.prefix, from: [], limit: .max) {
                guard case .session(let number)? = StateKey(value.key) else { continue }
                numbers[try StateV1.Session(serialized: value.value).clientID] = number
            }
            return numbers
        }
        var seen: Set<UInt64> = []
        var known: [[UInt8]: UInt64] = [:]
        for round in 0..<4 {
            let world = self.world(UInt64(round) * 1_000, shards: 1 + round % 3)
            for (client, number) in known { #expect(try stored()[client] == number) }
            for number in 0..<6 { _ = world.connected("c\(round)-\(number)") { $0.expiry = 600 } }
            world.connected("brief") { $0.expiry = 600 }.disconnect(.normalDisconnection, expiry: 0)
            world.run(1_000)
            self.kill(world)
            let now = try stored()
            for (client, number) in now where known[client] == nil { #expect(seen.insert(number).inserted) }
            known = now
        }
        #expect(known.count == 24)
    }

    @Test("members of a shared subscription that were away are members again, wherever they are")
    func sharedMembers() {
        let first = self.world()
        for number in 0..<4 {
            first.subscriber("m\(number)", to: "$share/g/t") { ($0.cleanStart, $0.expiry) = (false, 600) }.cut()
        }
        first.run(1_000)
        self.kill(first)

        let second = self.world()
        #expect(second.broker.total(.sharesStarted) == 1)
        let publisher = second.connected("p")
        for number in 0..<20 { publisher.publish("t", text: "\(number)") }
        second.wait("all are acknowledged") { publisher.isIdle }
        let members = (0..<4).map { number in
            second.connected("m\(number)") { ($0.cleanStart, $0.expiry) = (false, 600) }
        }
        second.wait("all come") { members.reduce(0) { $0 + $1.deliveries.count } == 20 }
        for number in 20..<40 { publisher.publish("t", text: "\(number)") }
        second.wait("all come") { members.reduce(0) { $0 + $1.deliveries.count } == 40 }
        #expect(members.allSatisfy { $0.deliveries.count >= 5 })
        #expect(Set(members.flatMap(\.texts)).count == 40)
    }

    @Test("a client's later session takes the place of one whose end was not stored any more")
    func twoSessions() throws {
        let first = self.world(shards: 1)
        _ = first.subscriber("s", to: "older") { ($0.cleanStart, $0.expiry) = (false, 600) }
        first.run(1_000)
        self.kill(first)
        // As a kill leaves it that came between two shards' batches.
        let older = try #require(try self.store.scan(prefix: StateKey.Kind.session.prefix, from: [], limit: 2).first)
        try self.store.write(
            [
                .put(key: StateKey.session(5_000).bytes, value: older.value),
                .put(key: StateKey.subscription(session: 5_000, filter: Array("newer".utf8)).bytes, value: []),
                .put(key: StateKey.subscription(session: 9_999, filter: Array("orphan".utf8)).bytes, value: []),
                .put(key: StateKey.will(session: 9_999).bytes, value: []),
            ],
            synced: false
        )
        let second = self.world()
        second.run(1_000)
        #expect(second.broker.directory.count == 1)
        #expect(second.broker.tree.filterCount == 1)
        #expect(try self.count(.session) == 1 && self.count(.subscription) == 1 && self.count(.will) == 0)
        #expect(try self.store.get(StateKey.session(5_000).bytes) != nil)
        let back = second.connected("s") { ($0.cleanStart, $0.expiry) = (false, 600) }
        #expect(back.sessionPresent)
    }

    @Test(
        "a record that does not read stops the start with its key",
        arguments: [
            .numberLease(shard: 0), .session(1), .subscription(session: 1, filter: [65]), .will(session: 1),
            .retained(namespace: 0, topic: [65]),
        ] as [StateKey]
    )
    func unreadable(key: StateKey) throws {
        let first = self.world(shards: 1)
        _ = first.connected("s") { $0.expiry = 600 }
        self.kill(first)
        try self.store.write([.put(key: key.bytes, value: [0xFF])], synced: false)
        let broker = Broker(shards: 1, key: 1, settings: BrokerSettings())
        let server = MQTTShard(on: ShardState(index: 0, broker: broker), settings: MQTTSettings(), listeners: [])
        let failure = #expect(throws: StorageFailure.self) { try SessionLoader.load(from: self.store, into: [server]) }
        #expect(failure?.kind == .damaged)
        let digits = key.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(failure?.description.contains("the record with the key \(digits) should be") ?? false)
    }
}
