import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: takeover and moving connections")
struct TakeoverSimulationTests {
    @Test(
        "a second connection with the identifier throws the first out with 0x8E, on whatever shard it is accepted",
        arguments: 0..<3
    )
    func takeover(shard: Int) {
        let world = World()
        let first = world.subscriber("c", to: "t", on: 0) { $0.expiry = 60 }
        let second = world.connected("c", on: shard) { ($0.expiry, $0.cleanStart) = (60, false) }
        world.wait("the first one is closed") { first.connection == nil }
        #expect(first.disconnectReason == .sessionTakenOver)
        #expect(second.sessionPresent)
        #expect(world.broker.total(.takeovers) == 1)
        #expect(world.broker.total(.connectionsMoved) == (shard == 0 ? 0 : 1))
        world.connected("p", on: 1).publish("t", text: "hello")
        world.wait("the second has the session") { second.texts == ["hello"] }
        #expect(first.texts.isEmpty)
    }

    @Test("a clean start at takeover ends the old session, will included")
    func cleanTakeover() {
        let world = World()
        let watcher = world.subscriber("w", to: "will")
        let first = world.subscriber("c", to: "t", on: 0) {
            $0.expiry = 600
            $0.will = MQTTWill(topic: Array("will".utf8), payload: Array("gone".utf8), qos: 1)
            $0.will?.properties.willDelayInterval = 300
        }
        let second = world.connected("c", on: 2) { $0.expiry = 600 }
        #expect(!second.sessionPresent)
        world.wait("the will is due with the session's end") { watcher.texts == ["gone"] }
        world.wait("it is told why") { first.disconnectReason == .sessionTakenOver }
    }

    @Test("a will with a delay is not published when the session is taken over in time")
    func willSurvivesTakeover() {
        let world = World()
        let watcher = world.subscriber("w", to: "will")
        _ = world.connected("c", on: 0) {
            $0.expiry = 600
            $0.will = MQTTWill(topic: Array("will".utf8), payload: Array("gone".utf8), qos: 1)
            $0.will?.properties.willDelayInterval = 5
        }
        let second = world.connected("c", on: 1) { ($0.expiry, $0.cleanStart) = (600, false) }
        world.run(20_000)
        #expect(watcher.texts.isEmpty)
        second.disconnect(.normalDisconnection)
        world.run(20_000)
        #expect(watcher.texts.isEmpty)
    }

    @Test(
        "what a client sent behind its CONNECT travels with it to its shard, wherever it is cut",
        arguments: [1, 7, 40, 64 << 10]
    )
    func unreadBytesTravel(piece: Int) {
        var conditions = SimulationConditions()
        conditions.largestPiece = piece
        let world = World(conditions: conditions)
        let old = world.connected("c", on: 0) { $0.expiry = 60 }
        old.cut()
        let watcher = world.subscriber("w", to: "out", on: 1)
        let client = world.client("c", on: 2) { ($0.expiry, $0.cleanStart) = (60, false) }
        client.connect()
        // Without waiting for CONNACK.
        client.send(
            raw: MQTTSubscribe(packetID: 7, filters: [MQTTSubscription(filter: Array("in".utf8), qos: 1)]).encoded(.v5)
        )
        for number in 0..<50 {
            let packet = MQTTPublish(
                topic: Array("out".utf8),
                payload: Array("\(number)".utf8),
                qos: 1,
                packetID: UInt16(number + 1)
            )
            client.send(raw: packet.encoded(.v5))
        }
        world.wait("everything arrived") { watcher.deliveries.count == 50 && client.subacks.count == 1 }
        #expect(watcher.texts == (0..<50).map { "\($0)" })
        #expect(client.sessionPresent)
        #expect(world.broker.total(.connectionsMoved) == 1)
    }

    @Test("connections that race for one identifier leave exactly one of them, and no stream behind")
    func race() {
        for seed in SimulationEnvironment.seeds {
            let world = World(seed: seed, conditions: .bad)
            let clients = (0..<20).map { number in
                world.client("same", number % 3 == 0 ? .v3_1_1 : .v5) { $0.cleanStart = number % 2 == 0 }
            }
            for client in clients {
                client.connect()
                world.run(UInt64(world.simulator.random.below(15)))
            }
            world.run(120_000)
            let online = clients.filter(\.isOnline)
            #expect(online.count <= 1, "seed \(seed)")
            #expect(world.servers.reduce(0) { $0 + $1.connectionCount } == online.count, "seed \(seed)")
            #expect(world.simulator.loops.reduce(0) { $0 + $1.openStreams } == online.count, "seed \(seed)")
        }
    }
}
