import Core
import MQTTWire
import Machine
import QueueEngine
import Simulation
import Volume

/// A broker that breaks a promise, to see that it is found out.
enum Mutation: CaseIterable {
    case none
    /// Syncs of files do nothing.
    case ignoresSync
    /// What is buffered is never synced in the background.
    case skipsBackground
    /// A batch is stored as soon as the volume has been told of it.
    case acknowledgesEarly
    /// Queues begin without what their groups did.
    case forgetsGroups
    /// A start misses the oldest message of each queue.
    case losesHead
}

/// Runs one program, life after life, and tells the model all that clients and operators see.
final class QueueRun {
    /// A client's connection, and what it has in hand.
    final class Worker {
        struct Membership {
            var id: Int
            var queue: UInt64
            var group: String
            var settlesByPuback: Bool
        }
        let client: SimClient
        let link: Int
        /// By the queue's name.
        var memberships: [String: Membership] = [:]
        /// Queues of which it settles by PUBACK, also what comes when it has left.
        var pubacks: Set<String> = []
        var hands: [(handed: Handed, delivery: SimClient.Delivery)] = []
        /// Told whether what was published was taken, by its tag.
        var awaited: [Int: (Bool) -> Void] = [:]

        init(_ client: SimClient, link: Int) {
            self.client = client
            self.link = link
        }
    }

    let program: QueueProgram
    let mutation: Mutation
    let computer: Computer
    var model = QueueModel()
    var random: SeededRandom
    var life: Life?
    var workers: [Int: Worker] = [:]
    /// Nothing fits on the disk.
    var isFull = false
    /// Syncs fail.
    var isBroken = false
    private var links = 0
    private var memberships = 0
    private var tags = 0
    private(set) var stepsDone = 0

    /// A broker's process.
    struct Life {
        var world: World
        var engine: VolumeEngine
        var begin: UInt64
    }

    init(_ program: QueueProgram, _ mutation: Mutation = .none) {
        self.program = program
        self.mutation = mutation
        self.random = SeededRandom(seed: program.seed)
        self.computer = Computer(seed: self.random.next())
    }

    /// - Returns: What the model found; the program ends with the first of it.
    func run() -> [QueueFault] {
        self.start()
        for step in self.program.steps {
            if self.isOver { return self.model.faults }
            self.stepsDone += 1
            self.perform(step)
            self.rest(UInt64(step.pause))
        }
        if !self.isOver { self.finish() }
        return self.model.faults
    }

    var isOver: Bool { !self.model.faults.isEmpty || self.life == nil }

    /// Milliseconds since 1970.
    var now: UInt64 {
        guard let life = self.life else { return self.computer.wall.now }
        return life.begin + (life.world.now - 1_000)
    }

    func name(_ queue: Int) -> String { "q\(queue)" }

    /// The queue as the broker has it.
    func home(_ name: String) -> QueueHome? {
        guard let world = self.life?.world, let place = world.broker.queues.find(name, in: .standard) else {
            return nil
        }
        return world.shards[place.shard].queues.home(place.number)
    }

    /// Does something to a queue where it lives, if it is the one that the model knows.
    func operate(_ name: String, _ body: (ShardState, QueueHome, ModelQueue) throws -> Void) {
        guard let queue = self.model.queue(name), let home = self.home(name), home.number == queue.number,
            let world = self.life?.world, let place = world.broker.queues.find(name, in: .standard)
        else { return }
        // A refusal changes nothing, and the next look says so.
        _ = world.simulator.loops[place.shard].perform {
            Result { try body(world.shards[place.shard], home, queue) }
        }
    }

    // MARK: Steps

    private func perform(_ step: QueueStep) {
        switch step.kind {
        case .declare, .delete, .purge, .pause, .reset, .removeGroup: self.operate(step)
        case .publish(let client, let queue, let post): self.publish(client, self.name(queue), post, id: step.id)
        case .join(let client, let queue, let group, let settlesByPuback):
            self.join(client, self.name(queue), "g\(group)", settlesByPuback: settlesByPuback)
        case .leave(let client, let queue): self.leave(client, self.name(queue))
        case .settle(let client, let verdict, let first, let count):
            self.settle(client, verdict, from: first, count: count)
        case .mourn(let client, let queue):
            let user: KeyValuePairs = ["consumer-group": "mourners"]
            self.worker(client)?.client.subscribe("$dlq/\(self.name(queue))", user: user)
        case .disconnect(let client):
            self.workers[client]?.client.disconnect()
            self.dismiss(client)
        case .cut(let client):
            self.workers[client]?.client.cut()
            self.dismiss(client)
        case .end(let end): self.end(end)
        case .disk(let disk): self.disk(disk)
        case .wait: break
        }
    }

    private func operate(_ step: QueueStep) {
        switch step.kind {
        case .declare(let queue, let shape): self.declare(self.name(queue), shape, id: step.id)
        case .delete(let queue):
            self.operate(self.name(queue)) { shard, home, queue in
                shard.queues.end(home)
                queue.isDeleted = true
                for worker in self.workers.values { self.forget(queue.name, worker) }
            }
        case .purge(let queue):
            self.operate(self.name(queue)) { shard, home, queue in
                _ = shard.queues.purge(home)
                for message in queue.messages where queue.isStream { message.mayGo = true }
                for group in queue.groups { self.model.moves(group, of: queue, at: self.now) }
            }
        case .pause(let queue, let isPaused): self.setPaused(self.name(queue), isPaused)
        case .reset(let queue, let group):
            self.operate(self.name(queue), group: "g\(group)") { shard, home, number, queue, group in
                try shard.queues.seek(number, of: home, to: .first)
                self.model.moves(group, of: queue, at: self.now)
            }
        case .removeGroup(let queue, let group):
            self.operate(self.name(queue), group: "g\(group)") { shard, home, number, queue, group in
                try shard.queues.removeGroup(number, of: home)
                self.model.removes(group, of: queue, at: self.now)
                for worker in self.workers.values where worker.memberships[queue.name]?.group == group.id {
                    self.forget(queue.name, worker)
                }
            }
        default: break
        }
    }

    private func operate(
        _ name: String,
        group id: String,
        _ body: (ShardState, QueueHome, GroupNumber, ModelQueue, ModelGroup) throws -> Void
    ) {
        self.operate(name) { shard, home, queue in
            let found = home.queue.groupNumbers.lazy.compactMap { home.queue.status(of: $0) }.first { $0.id == id }
            guard let found, let group = queue.group(id) else { return }
            try body(shard, home, found.number, queue, group)
        }
    }

    private func declare(_ name: String, _ shape: QueueShape, id: Int) {
        guard let world = self.life?.world, self.home(name) == nil, self.model.queue(name) == nil else { return }
        let shard = id % world.shards.count
        world.simulator.loops[shard].perform {
            guard let place = try? world.shards[shard].queues.declare(shape.definition(name)).place else {
                return self.model.fail(.lost, "queue \(name) is not made")
            }
            self.model.declares(name, shape, number: place.number)
        }
    }

    func setPaused(_ name: String, _ isPaused: Bool) {
        self.operate(name) { shard, home, queue in
            try shard.queues.setPaused(home, isPaused)
            queue.isPaused = (isPaused, self.now)
        }
    }

    // MARK: Clients

    /// The client's connection, which is made if it has none.
    private func worker(_ number: Int) -> Worker? {
        if let worker = self.workers[number] { return worker }
        guard let world = self.life?.world else { return nil }
        self.links += 1
        let worker = Worker(world.client("c\(number)-\(self.links)"), link: self.links)
        worker.client.watcher = { [unowned self, unowned worker] event in self.handle(event, number, worker) }
        worker.client.connect()
        self.workers[number] = worker
        return worker
    }

    /// The connection is gone: nothing more is heard of what was under way on it.
    private func dismiss(_ number: Int) {
        guard let worker = self.workers.removeValue(forKey: number) else { return }
        worker.client.watcher = nil
        for (name, membership) in worker.memberships.sorted(by: { $0.key < $1.key }) {
            self.left(membership, name)
        }
        for queue in self.model.queues {
            for message in queue.messages where message.link == worker.link { message.hasAnswer = true }
        }
    }

    private func left(_ membership: Worker.Membership, _ name: String) {
        guard let queue = self.model.queue(name), let group = queue.group(membership.group) else { return }
        self.model.left(membership.id, group, of: queue)
    }

    private func forget(_ queue: String, _ worker: Worker) {
        worker.memberships[queue] = nil
        worker.hands.removeAll { $0.handed.queue == queue }
    }

    func publish(_ number: Int, _ name: String, _ post: Post, id: Int) {
        guard let queue = self.model.queue(name), self.home(name) != nil, let worker = self.worker(number) else {
            return
        }
        for index in 0..<post.count {
            let text = "\(id).\(index) " + String(repeating: "x", count: post.filler)
            let ttl = queue.shape.ttl
            let message = Posted(
                "\(id).\(index)",
                link: worker.link,
                // Until its answer comes it may be anywhere on its way.
                expiry: ttl > 0 ? (self.now + ttl)...(self.now + ttl + 120_000) : nil,
                ends: self.model.ends
            )
            self.model.posts(message, to: queue)
            self.send(worker, "$queue/\(name)", Array(text.utf8), ["x-priority": "\(post.priority)"]) {
                [unowned self] taken in
                self.model.answered(message, of: queue, isTaken: taken, at: self.now)
            }
        }
    }

    private func send(
        _ worker: Worker,
        _ topic: String,
        _ payload: [UInt8],
        _ user: KeyValuePairs<String, String>,
        _ answered: @escaping (Bool) -> Void
    ) {
        self.tags += 1
        worker.awaited[self.tags] = answered
        worker.client.publish(topic, payload, tag: self.tags) { properties in
            properties.userProperties = user.map { MQTTUserProperty(name: $0.key, value: $0.value) }
        }
    }

    func join(_ number: Int, _ name: String, _ group: String, settlesByPuback: Bool) {
        guard let queue = self.model.queue(name), self.home(name) != nil, let worker = self.worker(number),
            worker.memberships[name] == nil
        else { return }
        self.memberships += 1
        worker.memberships[name] = Worker.Membership(
            id: self.memberships,
            queue: queue.number,
            group: group,
            settlesByPuback: settlesByPuback
        )
        if settlesByPuback { worker.pubacks.insert(name) }
        self.model.joins(group, of: queue)
        let mode = settlesByPuback ? "puback" : "settle"
        worker.client.subscribe("$queue/\(name)", user: ["consumer-group": group, "x-ack-mode": mode])
    }

    private func leave(_ number: Int, _ name: String) {
        guard let worker = self.workers[number], worker.client.isOnline, let membership = worker.memberships[name]
        else {
            return
        }
        worker.client.unsubscribe("$queue/\(name)")
        self.forget(name, worker)
        self.left(membership, name)
    }

    private func settle(_ number: Int, _ verdict: Verdict, from first: Int, count: Int) {
        guard let worker = self.workers[number], worker.client.isOnline, !worker.hands.isEmpty else { return }
        let start = first % worker.hands.count
        let chosen = worker.hands[start..<min(start + count, worker.hands.count)]
        for (handed, delivery) in chosen { self.settle(handed, delivery, verdict, worker) }
        worker.hands.removeSubrange(start..<min(start + count, worker.hands.count))
    }

    private func settle(_ handed: Handed, _ delivery: SimClient.Delivery, _ verdict: Verdict, _ worker: Worker) {
        guard let queue = self.model.queue(handed.queue), let group = queue.group(handed.group) else { return }
        self.model.settles(handed.name, of: group, verdict, at: self.now)
        let moves = group.moves
        var user = ["message-id": delivery["message-id"] ?? "", "group-id": handed.group]
        if case .fail(let delay?) = verdict { user["x-delay"] = "\(delay)" }
        self.tags += 1
        worker.awaited[self.tags] = { [unowned self] taken in
            if taken { self.model.settled(handed, of: group, in: queue, verdict, moves: moves, at: self.now) }
        }
        worker.client.publish("\(delivery.topic)/\(verdict.verb)", [], tag: self.tags) { properties in
            properties.userProperties = user.sorted { $0.key < $1.key }.map {
                MQTTUserProperty(name: $0.key, value: $0.value)
            }
        }
    }

    // MARK: What clients see

    private func handle(_ event: SimClient.Event, _ number: Int, _ worker: Worker) {
        switch event {
        case .acknowledged(let tag, let reason):
            worker.awaited.removeValue(forKey: tag)?(!reason.isError)
        case .suback(let filters, let packet):
            for (filter, reason) in zip(filters, packet.reasons) where !reason.isError {
                let name = String(decoding: filter.dropFirst("$queue/".utf8.count), as: UTF8.self)
                guard let membership = worker.memberships[name], let queue = self.model.queue(name),
                    queue.number == membership.queue
                else { continue }
                queue.group(membership.group)?.isIn = true
            }
        case .delivery(let delivery): self.received(delivery, worker)
        case .closed: self.dismiss(number)
        case .sent, .connack, .unsuback, .formerClosed: break
        }
    }

    private func received(_ delivery: SimClient.Delivery, _ worker: Worker) {
        guard let name = delivery["queue"], let group = delivery["group-id"],
            let id = delivery["message-id"]?.split(separator: ":").last, let number = UInt64(id)
        else { return self.model.fail(.astray, "a delivery that does not say what it is: \(delivery)") }
        guard let membership = worker.memberships[name], membership.group == group,
            self.home(name)?.number == membership.queue
        else {
            // It has left, or the group was removed: nobody settles this but its PUBACK.
            guard let group = self.model.queue(name)?.group(group) else { return }
            group.hasUnseen = true
            let text = String(delivery.text.prefix { $0 != " " })
            if worker.pubacks.contains(name) { self.model.settles(text, of: group, .acknowledge, at: self.now) }
            return
        }
        let handed = Handed(
            queue: name,
            group: group,
            name: String(delivery.text.prefix { $0 != " " }),
            number: number,
            count: delivery["x-delivery-count"].flatMap { Int($0) } ?? 1,
            membership: membership.id
        )
        self.model.delivered(handed, at: self.now)
        if membership.settlesByPuback {
            self.model.queue(name)?.group(group).map {
                self.model.settles(handed.name, of: $0, .acknowledge, at: self.now)
            }
        } else {
            worker.hands.append((handed, delivery))
        }
    }
}

extension Verdict {
    fileprivate var verb: String {
        switch self {
        case .acknowledge: "$ack"
        case .fail: "$nack"
        case .reject: "$reject"
        }
    }
}

@available(*, unavailable)
extension QueueRun: Sendable {}
