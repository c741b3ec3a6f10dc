import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

@Suite("Simulation: shared subscriptions over shards")
struct SharedSimulationTests {
    private let filter = "$share/g/t"

    @Test("each message goes to one member, and every member has its part", arguments: [0, 1, 2] as [UInt8])
    func oneEach(qos: UInt8) {
        let world = World()
        let members = (0..<3).map { (number: Int) in world.subscriber("m\(number)", to: self.filter, qos: 2, on: number)
        }
        let publisher = world.connected("p")
        for number in 0..<300 { publisher.publish("t", text: "\(number)", qos: qos) }
        world.wait("all arrived") { members.reduce(0) { $0 + $1.deliveries.count } == 300 }
        world.run(1_000)
        #expect(Set(members.flatMap(\.texts)).count == 300)
        #expect(members.allSatisfy { $0.deliveries.count > 50 })
    }

    @Test(
        "what a member had not acknowledged at QoS 1 goes to another when it is gone",
        arguments: [0, 600] as [UInt32]
    )
    func failover(expiry: UInt32) {
        for seed in SimulationEnvironment.seeds {
            let world = World(seed: seed)
            let lost = world.subscriber("lost", to: self.filter, on: 0) {
                ($0.expiry, $0.acknowledges) = (expiry, false)
            }
            let stays = world.subscriber("stays", to: self.filter, on: 1)
            let publisher = world.connected("p", on: 2)
            for number in 0..<40 { publisher.publish("t", text: "\(number)") }
            world.wait("both have some") { lost.deliveries.count + stays.deliveries.count == 40 }
            #expect(lost.deliveries.count > 10)
            lost.cut()
            world.wait("all went to the other") { Set(stays.texts).count == 40 }
            for number in 40..<60 { publisher.publish("t", text: "\(number)") }
            world.wait("later ones too") { Set(stays.texts).count == 60 }
            world.run(1_000)
            #expect(stays.deliveries.count == 60, "seed \(seed)")
        }
    }

    @Test("what a member had at QoS 2 waits for its session, and goes to nobody else [MQTT-4.8.2-4]")
    func qos2StaysWithItsSession() {
        let world = World()
        let lost = world.subscriber("lost", to: self.filter, qos: 2, on: 0) {
            ($0.expiry, $0.cleanStart, $0.acknowledges) = (600, false, false)
        }
        let stays = world.subscriber("stays", to: self.filter, qos: 2, on: 1)
        let publisher = world.connected("p", on: 2)
        for number in 0..<20 { publisher.publish("t", text: "\(number)", qos: 2) }
        world.wait("both have some") { lost.deliveries.count + stays.deliveries.count == 20 }
        let had = lost.texts
        lost.cut()
        world.run(5_000)
        #expect(Set(stays.texts).isDisjoint(with: had))
        lost.acknowledges = true
        lost.connect()
        world.wait("it finishes them") { lost.pubrels.count == had.count }
        #expect(lost.texts == had)
        #expect(stays.deliveries.count + had.count == 20)
    }

    @Test("QoS 2 messages of a member whose session ends are not handed on [MQTT-4.8.2-5]")
    func qos2EndsWithItsSession() {
        let world = World()
        let lost = world.subscriber("lost", to: self.filter, qos: 2, on: 0) { $0.acknowledges = false }
        let stays = world.subscriber("stays", to: self.filter, qos: 2, on: 1)
        let publisher = world.connected("p", on: 2)
        for number in 0..<20 { publisher.publish("t", text: "\(number)", qos: 2) }
        world.wait("both have some") { lost.deliveries.count + stays.deliveries.count == 20 }
        lost.cut()
        world.run(5_000)
        #expect(stays.deliveries.count + lost.deliveries.count == 20)
        #expect(world.shards.reduce(0) { $0 + $1.messages.count } == 0)
    }

    @Test("with every kept member away messages wait, and come to whoever is back first")
    func waiting() {
        let world = World()
        let members = (0..<2).map { (number: Int) in
            world.subscriber("m\(number)", to: self.filter, on: number) { ($0.expiry, $0.cleanStart) = (600, false) }
        }
        for member in members { member.cut() }
        let publisher = world.connected("p", on: 2)
        for number in 0..<10 { publisher.publish("t", text: "\(number)") }
        world.wait("they are acknowledged") { publisher.isIdle }
        members[1].connect()
        world.wait("all came") { members[1].deliveries.count == 10 }
        #expect(members[0].deliveries.isEmpty)
        #expect(members[1].texts == (0..<10).map { "\($0)" })
    }

    @Test("a member that goes while it is being let in takes nothing along")
    func goneWhileJoining() {
        for pause in 0..<30 {
            var conditions = SimulationConditions()
            (conditions.linkDelay, conditions.latency) = (5...5, 0...0)
            let world = World(seed: UInt64(pause), conditions: conditions)
            let stays = world.subscriber("stays", to: self.filter, on: 0)
            let publisher = world.connected("p", on: 0)
            let lost = world.connected("lost", on: 1) { $0.expiry = 600 }
            lost.subscribe(self.filter)
            world.run(UInt64(pause))
            for number in 0..<10 { publisher.publish("t", text: "a\(number)") }
            lost.cut()
            for number in 0..<10 { publisher.publish("t", text: "b\(number)") }
            world.run(5_000)
            #expect(Set(stays.texts + lost.texts).count == 20, "pause \(pause)")
            #expect(stays.deliveries.count >= 20 - lost.deliveries.count, "pause \(pause)")
        }
    }

    @Test("the group ends with its last member, wherever it lived")
    func end() {
        let world = World()
        let members = (0..<3).map { (number: Int) in world.subscriber("m\(number)", to: self.filter, on: number) }
        #expect(world.broker.tree.filterCount == 1)
        members[0].unsubscribe(self.filter)
        members[1].cut()
        members[2].disconnect()
        world.wait("nothing is left") { world.broker.tree.filterCount == 0 && world.broker.directory.count == 1 }
    }

    @Test("in a bad network every QoS 1 message reaches a member, however they come and go")
    func churn() {
        for seed in SimulationEnvironment.seeds {
            let world = World(seed: seed, conditions: .bad)
            let members = (0..<6).map { number in
                world.client("m\(number)", number % 2 == 0 ? .v5 : .v3_1_1) {
                    ($0.cleanStart, $0.expiry, $0.reconnects) = (false, 3_600, 10...3_000)
                    $0.subscribe(self.filter)
                    $0.connect()
                }
            }
            world.wait("all are members") { members.allSatisfy(\.isSubscribed) }
            let publisher = world.client("p") {
                ($0.cleanStart, $0.expiry, $0.reconnects) = (false, 3_600, 10...100)
                $0.connect()
            }
            for number in 0..<200 {
                publisher.publish("t", text: "\(number)")
                if number % 10 == 0 { world.simulator.random.pick(members).cut() }
                world.run(20)
            }
            world.simulator.conditions.resetsPerMille = 0
            world.wait("all are published") { publisher.isIdle }
            world.wait("each has reached somebody") { Set(members.flatMap(\.texts)).count == 200 }
        }
    }
}
