import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: keep-alive and time limits")
struct KeepAliveSimulationTests {
    @Test("a silent client is closed after one and a half times its keep-alive", arguments: [0, 3_600] as [UInt32])
    func silence(expiry: UInt32) {
        let world = World()
        let client = world.connected("c") { ($0.keepAlive, $0.pings, $0.expiry) = (10, false, expiry) }
        let began = world.now
        world.wait("it is closed") { client.connection == nil }
        #expect(client.disconnectReason == .keepAliveTimeout)
        let took = world.now - began
        #expect(took >= 14_900 && took < 15_500, "after \(took) ms")
    }

    @Test("a client that subscribed to a group elsewhere and fell silent is closed too")
    func silenceAfterSharedSubscribe() {
        let world = World()
        let home = world.subscriber("home", to: "$share/g/t", on: 0)
        let client = world.subscriber("c", to: "$share/g/t", on: 1) { ($0.keepAlive, $0.pings) = (10, false) }
        let began = world.now
        world.wait("it is closed") { client.connection == nil }
        #expect(world.now - began < 15_500)
        #expect(home.isOnline)
    }

    @Test("a client that pings stays for a day")
    func pings() {
        let world = World()
        let client = world.connected("c", .v3_1_1) { $0.keepAlive = 600 }
        world.run(86_400_000)
        #expect(client.isOnline)
        #expect(world.broker.total(.keepAliveTimeouts) == 0)
    }

    @Test("a client whose bytes we do not take is not late")
    func stoppedClient() {
        var conditions = SimulationConditions()
        conditions.linkDelay = 60_000...60_000
        let world = World(conditions: conditions) { $0.linkWindow = 200 }
        let subscriber = world.subscriber("s", to: "t", qos: 0, on: 1)
        let publisher = world.connected("p", on: 0) { ($0.keepAlive, $0.pings) = (10, false) }
        for number in 0..<20 { publisher.publish("t", text: "\(number)", qos: 0) }
        world.run(59_000)
        #expect(world.broker.total(.linkStops) > 0)
        #expect(publisher.isOnline)
        #expect(subscriber.isOnline)
    }

    @Test("a stream without a CONNECT is closed in time, a half CONNECT too")
    func connectTimeout() {
        let world = World()
        let client = world.client("c")
        client.connect()
        world.wait("it is connected") { client.isOnline }
        let silent = Silent()
        let connection = world.simulator.connect(silent)
        connection.send([0x10, 20, 0, 4])
        world.run(9_900)
        #expect(!silent.isClosed)
        world.run(300)
        #expect(silent.isClosed)
        #expect(client.isOnline)
    }

    @Test("a reader that stalls is closed when its write times out, and holds up nobody")
    func writeTimeout() {
        let world = World(mqtt: { $0.highWatermark = 100_000 })
        let stalled = world.subscriber("stalled", to: "t", qos: 0)
        let other = world.subscriber("other", to: "t", qos: 0)
        stalled.connection?.takes = false
        let publisher = world.connected("p")
        for _ in 0..<400 {
            publisher.publish("t", Array(repeating: 1, count: 1_000), qos: 0)
            world.run(20)
        }
        world.wait("the other has all") { other.deliveries.count == 400 }
        #expect(world.broker.total(.droppedOutputFull) > 200)
        #expect(world.simulator.loops.reduce(0) { $0 + $1.openStreams } == 3)
        world.run(32_000)
        #expect(world.simulator.loops.reduce(0) { $0 + $1.openStreams } == 2)
    }
}

private final class Silent: SimulatedPeer {
    var isClosed = false
    func received(_ bytes: [UInt8], on connection: SimulatedConnection) {}
    func closed(_ connection: SimulatedConnection, wasReset: Bool) { self.isClosed = true }
}
