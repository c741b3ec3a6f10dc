import Core
import Files
import LogStorage
import MQTTWire
import Machine
import QueueEngine
import Simulation
import StateStore
import Testing
import Volume

@Suite("Simulation: repairs of queues")
struct QueueRepairTests {
    private static let queue = "$queue/jobs"

    /// A broker with one volume whose files can be damaged under it.
    private final class Rig {
        let files = MemoryFiles(limit: 1 << 30)
        let world: World

        init(shards: Int) throws {
            let store = MemoryStore()
            let engine = try VolumeEngine(
                files: self.files,
                state: store,
                environment: VolumeEnvironment(unixTime: { 1_700_000_000_000 }, clock: { 0 }, random: { 4 }),
                now: 0,
                notify: { _ in }
            )
            self.world = World(seed: 1, shards: shards, store: nil, engine: engine)
        }

        var home: (shard: ShardState, home: QueueHome) {
            get throws {
                let place = try #require(self.world.broker.queues.find("jobs", in: .standard))
                let shard = self.world.shards[place.shard]
                return (shard, try #require(shard.queues.home(place.number)))
            }
        }

        /// Flips a bit of a log's first segment, so many bytes before its end.
        func flip(_ part: LogPart, before end: Int) throws {
            let directory = LogPaths.directory(of: LogID(owner: try self.home.home.number, part: part))
            let name = try #require(try self.files.list(directory).first { $0.hasSuffix(".seg") })
            let file = try self.files.open("\(directory)/\(name)", writable: true)
            defer { file.close() }
            var byte: UInt8 = 0
            let place = try file.size() - end
            _ = try withUnsafeMutableBytes(of: &byte) { try file.read(at: place, into: $0) }
            byte ^= 0x10
            try withUnsafeBytes(of: &byte) { try file.write([$0], at: place) }
        }

        func repair(dryRun: Bool = false) throws -> Result<QueueRepairReport, QueueRefusal> {
            let (shard, home) = try self.home
            var answer: Result<QueueRepairReport, QueueRefusal>?
            self.world.simulator.loops[shard.index].perform {
                shard.queues.repair(home, dryRun: dryRun) { answer = $0 }
            }
            self.world.wait("the repair has ended") { answer != nil }
            return try #require(answer)
        }
    }

    @Test(
        "a queue whose messages are damaged under a running broker serves again behind its repair, to those who consumed already",
        arguments: [1, 3],
        [QueueDefinition.Kind.classic, .stream]
    )
    func messages(shards: Int, kind: QueueDefinition.Kind) throws {
        let rig = try Rig(shards: shards)
        let world = rig.world
        world.declare("jobs", kind)
        let publisher = world.connected("p", on: 0)
        // One batch each, and none kept in memory: nobody consumes.
        for number in 0..<6 { world.publish(number..<(number + 1), to: Self.queue, from: publisher) }
        try rig.flip(.messages(), before: 150)
        var user: KeyValuePairs = ["x-ack-mode": "puback"]
        if kind == .stream { user = ["x-ack-mode": "puback", "x-stream-offset": "first"] }
        let consumer = world.consumer("c", of: Self.queue, user, on: shards - 1)
        world.wait("it is noticed") { (try? rig.home.home.queue.quarantinedParts) == [.messages()] }
        #expect(try rig.home.home.queue.damage.allSatisfy { $0.reason.contains(".seg") })
        publisher.publish(Self.queue, text: "refused")
        world.wait("it is refused") { publisher.isIdle }
        #expect(publisher.lastReason == .quotaExceeded)

        let told = try rig.repair(dryRun: true).get()
        #expect(told.records == 1 && told.losses.allSatisfy { $0.part == .messages() && $0.loss.kept == nil })
        #expect(try rig.home.home.queue.quarantinedParts == [.messages()])
        let done = try rig.repair().get()
        #expect(done.losses.map(\.loss.offsets) == told.losses.map(\.loss.offsets))
        #expect(try rig.home.home.queue.quarantinedParts == [] && !(try rig.home.home.isBeingRepaired))
        world.publish(10..<13, to: Self.queue, from: publisher)
        world.wait("the consumer goes on") { consumer.texts.contains("12") }
        let lost = try #require(done.losses.first?.loss.offsets.first?.lowerBound)
        #expect(Set(consumer.texts) == Set(((0..<6).filter { $0 != lost } + [10, 11, 12]).map { "\($0)" }))
        #expect(try rig.repair().get().losses.isEmpty)
        world.run(5_000)
        #expect(world.status("jobs")?.consumers == 1)
    }

    @Test("damage in what the groups did costs nothing while the broker knows it", arguments: [1, 3])
    func groups(shards: Int) throws {
        let rig = try Rig(shards: shards)
        let world = rig.world
        world.declare("jobs")
        let publisher = world.connected("p", on: 0)
        let consumer = world.consumer("c", of: Self.queue, ["x-ack-mode": "puback"], on: shards - 1)
        for number in 0..<8 { world.publish(number..<(number + 1), to: Self.queue, from: publisher) }
        world.wait("all are settled") { consumer.deliveries.count == 8 && world.status("jobs")?.depth == 0 }
        try rig.flip(.groups, before: 200)
        let done = try rig.repair().get()
        #expect(done.losses.count == 1 && done.losses[0].part == .groups && done.records > 0)
        world.publish(8..<12, to: Self.queue, from: publisher)
        world.wait("the new ones are settled") { world.status("jobs")?.depth == 0 && consumer.deliveries.count >= 12 }
        #expect(consumer.texts == (0..<12).map { "\($0)" })
    }

    @Test("each priority and what waits for its time is repaired by itself")
    func parts() throws {
        let rig = try Rig(shards: 1)
        let world = rig.world
        world.declare("jobs") { $0.hasPriorities = true }
        let publisher = world.connected("p")
        for round in 0..<3 {
            for priority in [0, 7] {
                publisher.publish(Self.queue, text: "\(priority)-\(round)", user: ["x-priority": "\(priority)"])
                world.run(50)
            }
            publisher.publish(Self.queue, text: "later-\(round)", user: ["x-delay": "5000"])
            world.run(50)
        }
        for part in [LogPart.messages(priority: 7), .delayed] { try rig.flip(part, before: 120) }
        let done = try rig.repair().get()
        #expect(done.losses.map(\.part) == [.messages(priority: 7), .delayed])
        #expect(done.losses.allSatisfy { $0.loss.records == 1 })
        world.run(10_000)
        let consumer = world.consumer("c", of: Self.queue, ["x-ack-mode": "puback"])
        world.wait("what is left comes") { consumer.deliveries.count == 7 }
        #expect(consumer.texts.count { $0.hasPrefix("7-") } == 2 && consumer.texts.count { $0.hasPrefix("0-") } == 3)
        #expect(consumer.texts.count { $0.hasPrefix("later-") } == 2)
    }

    @Test("a queue has one repair at a time, and deleting it ends that")
    func underWay() throws {
        let rig = try Rig(shards: 1)
        let world = rig.world
        world.declare("jobs")
        let publisher = world.connected("p")
        world.publish(0..<3, to: Self.queue, from: publisher)
        let (shard, home) = try rig.home
        var answers: [String] = []
        func note(_ answer: Result<QueueRepairReport, QueueRefusal>) {
            switch answer {
            case .success: answers.append("done")
            case .failure(let refusal): answers.append(refusal.reason)
            }
        }
        world.simulator.loops[0].perform {
            shard.queues.repair(home, dryRun: false, note)
            #expect(home.isBeingRepaired)
            shard.queues.repair(home, dryRun: true, note)
            shard.queues.end(home)
        }
        world.run(1_000)
        #expect(answers.count == 2 && answers[0].contains("is being repaired") && answers[1].contains("deleted"))
        #expect(world.status("jobs") == nil)
    }
}
