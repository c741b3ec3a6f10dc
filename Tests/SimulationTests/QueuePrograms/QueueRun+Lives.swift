import Bytes
import Core
import Files
import LogStorage
import Machine
import QueueEngine
import Simulation
import StateRecords
import Volume

/// How lives of the broker begin and end, and what the disk does meanwhile.
extension QueueRun {
    // MARK: The beginning

    /// Starts a broker on what the last one left.
    func start() {
        var random = self.random.fork()
        var conditions = SimulationConditions()
        conditions.latency = 0...random.pick([3, 30])
        conditions.linkDelay = 0...random.pick([2, 15])
        conditions.storeDelay = random.pick([nil, 0...4, 0...40])
        let begin = self.computer.wall.now
        do {
            let (engine, status) = try self.computer.start(now: 1_000, self.mutation)
            let world = World(
                seed: random.next(),
                shards: random.pick([1, 2, 3]),
                conditions: conditions,
                store: self.computer.state,
                engine: LyingStore(engine, self.mutation),
                status: status,
                wall: begin
            )
            self.life = Life(world: world, engine: engine, begin: begin)
            try self.restore(world, engine)
        } catch {
            self.life = nil
            if !self.computer.lifeline.isCut { self.model.fail(.damaged, "the broker does not start: \(error)") }
            return
        }
        self.look(isFirst: true)
    }

    private func restore(_ world: World, _ engine: VolumeEngine) throws {
        var logs = Dictionary(grouping: engine.logs) { $0.log.owner }
        var stored = StateCursor(self.computer.state, prefix: StateKey.Kind.queue.prefix)
        while let value = try stored.next() {
            guard case .queue(let number)? = StateKey(value.key),
                let definition = QueueDefinition(number: number, value.value)
            else { throw StorageFailure(unreadable: value.key, "a queue") }
            let shard = world.shards[Int(number % UInt64(world.shards.count))]
            let place = QueueDirectory.Place(
                number: number,
                shard: shard.index,
                isStream: definition.kind == .stream
            )
            world.broker.queues.restore(definition.name, in: .standard, place)
            var operations: [LogRead] = []
            let own = logs.removeValue(forKey: number) ?? []
            if own.contains(where: { $0.log.part == .groups }), self.mutation != .forgetsGroups {
                try engine.forEachRecord(LogID(owner: number, part: .groups)) { operations.append($0) }
            }
            var states = own.compactMap { info in
                info.log.part.map { Queue.LogState(part: $0, head: info.head, next: info.next, bytes: info.bytes) }
            }
            if self.mutation == .losesHead {
                for index in states.indices
                where states[index].part.isMessages && states[index].head < states[index].next {
                    states[index].head += 1
                }
            }
            try world.simulator.loops[shard.index].perform {
                Result { try shard.queues.restore(definition, states, operations: operations) }
            }.get()
        }
        for owner in logs.keys {
            world.broker.queues.reserve(through: owner)
            // A queue's that has a definition no more are left alone; an ephemeral one's are nobody's.
            for log in logs[owner] ?? [] where owner & QueueDirectory.Place.ephemeralBit != 0 {
                engine.removeLater([log.log])
            }
        }
    }

    // MARK: The end

    func end(_ end: End) {
        if end.operations > 0 {
            self.computer.lifeline.set(end.operations)
            self.run(QueueStep.settledTime) { self.computer.lifeline.isCut }
        } else if end.cause == .stop {
            self.stop()
        }
        self.finishLife(end.cause)
        if let again = end.again, !self.isOver {
            self.computer.lifeline.set(again)
            self.start()
            if self.life != nil { self.run(QueueStep.settledTime) { self.computer.lifeline.isCut } }
            self.finishLife(end.cause)
        }
        if self.model.faults.isEmpty { self.start() }
    }

    /// Clients are sent away, and what waits is written.
    private func stop() {
        for number in self.workers.keys.sorted() { self.workers[number]?.client.cut() }
        self.run(2_000) { false }
        guard let life = self.life else { return }
        if !life.engine.close(now: life.world.now), !self.isBroken, !self.isFull {
            self.model.fail(.damaged, "an orderly stop of a healthy disk is not clean")
        }
    }

    private func finishLife(_ cause: End.Cause) {
        let now = self.now
        let isClean = cause == .stop && !self.isFull && !self.isBroken
        for notice in self.computer.notices.all { self.check(notice) }
        for worker in self.workers.values { worker.client.watcher = nil }
        self.workers = [:]
        self.life = nil
        self.computer.wall.set(now + 1)
        self.computer.lifeline.set(nil)
        (self.isFull, self.isBroken) = (false, false)
        if cause == .power { self.computer.powerCut() }
        self.model.ended(by: cause, isClean: isClean)
    }

    private func check(_ notice: VolumeNotice) {
        switch notice {
        // The power may go before the first frame of a journal that is begun anew.
        case .journalDamaged(let what) where what.contains("it has no header"): break
        case .journalDamaged, .quarantined: self.model.fail(.damaged, "\(notice)")
        case .failed(let why) where !self.isBroken && !self.isFull && !self.computer.lifeline.isCut:
            self.model.fail(.damaged, why)
        case .failed, .recovered, .cut, .full, .writable: break
        }
    }

    // MARK: Time

    @discardableResult
    func run(_ milliseconds: UInt64, until condition: @escaping () -> Bool) -> Bool {
        guard let world = self.life?.world else { return false }
        let held = world.simulator.run(atMost: milliseconds) {
            self.computer.wall.set(self.now)
            if self.model.failedSince == nil, self.life?.engine.status.state == .failed {
                self.model.failedSince = self.now
            }
            return condition() || !self.model.faults.isEmpty
        }
        self.computer.wall.set(self.now)
        return held
    }

    func rest(_ milliseconds: UInt64) {
        if self.isOver { return }
        self.run(milliseconds) { false }
        if milliseconds >= UInt64(QueueStep.settled) { self.look(isFirst: false) }
    }

    /// Compares all queues with the model, if the disk is well: what waits for it is under way.
    func look(isFirst: Bool) {
        guard let life = self.life, life.engine.status.state == .writable || isFirst else { return }
        for notice in self.computer.notices.all { self.check(notice) }
        for index in 0..<QueueProgram.queues { self.endStray(self.name(index)) }
        for queue in self.model.queues {
            do {
                self.model.look(at: queue, try self.sight(of: queue, life), isFirst: isFirst, now: self.now)
            } catch {
                self.model.fail(.damaged, "queue \(queue.name): \(error)")
            }
        }
    }

    private func sight(of queue: ModelQueue, _ life: Life) throws -> QueueSight? {
        guard let home = self.home(queue.name), home.number == queue.number else { return nil }
        let letters = self.home(home.definition.deadLetterQueue)
        return try QueueSight(home, letters: letters, life.engine, now: life.world.now, wall: self.now)
    }

    /// Who publishes to a queue that is being deleted makes another one of that name.
    private func endStray(_ name: String) {
        guard let home = self.home(name), let world = self.life?.world,
            let place = world.broker.queues.find(name, in: .standard),
            !self.model.queues.contains(where: { $0.number == home.number })
        else { return }
        world.simulator.loops[place.shard].perform { world.shards[place.shard].queues.end(home) }
    }

    // MARK: The disk

    func disk(_ disk: Disk) {
        self.isFull = disk == .full || self.isFull && disk != .room
        switch disk {
        case .full: self.computer.faults.change { $0.room = 0 }
        case .room: self.computer.faults.change { $0.room = nil }
        case .broken:
            self.computer.faults.change { $0.rules.append(Faults.Rule(.sync, .device)) }
            self.isBroken = true
        }
    }

    // MARK: The rest

    /// Everything is put in order, and what is owed comes out.
    func finish() {
        self.disk(.room)
        if self.isBroken { self.end(End(cause: .kill)) }
        if self.isOver { return }
        self.rest(UInt64(QueueStep.settled))
        for queue in self.model.queues { self.setPaused(queue.name, false) }
        for number in self.workers.keys.sorted() { self.workers[number]?.client.cut() }
        self.rest(UInt64(QueueStep.settled))
        if self.isOver { return }
        var number = QueueProgram.clients
        for queue in self.model.queues {
            // A stream is read from its beginning, by a group that is new.
            let groups = queue.isStream ? ["reader"] : queue.groups.map { $0.id.isEmpty ? "g0" : $0.id }
            for group in groups {
                self.join(number, queue.name, group, settlesByPuback: true)
                number += 1
            }
        }
        self.rest(100_000)
        if !self.isOver { self.checkEnd() }
    }

    private func checkEnd() {
        guard let life = self.life else { return }
        for queue in self.model.queues {
            guard let sight = try? self.sight(of: queue, life), let home = self.home(queue.name) else { continue }
            if queue.isStream {
                let missing = queue.messages.filter { message in
                    message.kept.promise > .open && !message.mayGo && queue.group("reader")?[message.name].counts == []
                }
                if !missing.isEmpty { self.model.fail(.lost, "nobody gets \(missing.map(\.name)) of \(queue.name)") }
            }
            for (id, group) in sight.groups.sorted(by: { $0.key < $1.key }) where !queue.isStream {
                let left = group.owed.union(group.leaving).sorted()
                if !left.isEmpty { self.model.fail(.lost, "group \(id) of \(queue.name) never delivers \(left)") }
            }
            self.checkDeadLetters(of: queue, sight)
            self.checkMemory(of: home, life)
        }
        let messages = life.world.shards.reduce(0) { $0 + $1.messages.count }
        if messages > 0 { self.model.fail(.memory, "\(messages) messages stay in memory") }
        let unstored = life.world.simulator.loops.reduce(0) { $0 + $1.unstored }
        if unstored > 0 { self.model.fail(.memory, "\(unstored) batches are not stored") }
    }
}

/// What the end leaves, besides nothing.
extension QueueRun {
    /// Dead letters can be consumed as they are stored.
    private func checkDeadLetters(of queue: ModelQueue, _ sight: QueueSight) {
        guard let world = self.life?.world, !sight.letters.isEmpty else { return }
        let undertaker = world.client("undertaker-\(queue.name)")
        undertaker.subscribe("$dlq/\(queue.name)", user: ["consumer-group": "undertakers", "x-ack-mode": "puback"])
        undertaker.connect()
        self.run(UInt64(QueueStep.settled)) { false }
        var letters: [LetterKey: Int] = [:]
        for delivery in undertaker.deliveries where delivery["_dlq_original_queue"] == queue.name {
            let name = String(delivery.text.prefix { $0 != " " })
            letters[LetterKey(transfer: delivery["_dlq_transfer_id"] ?? "", name: name), default: 0] += 1
        }
        if letters != sight.letters {
            self.model.fail(
                .deadLetter,
                "of \(sight.letters.count) dead letters of \(queue.name) \(letters.count) come"
            )
        }
    }

    /// What all have settled leaves disk and memory.
    private func checkMemory(of home: QueueHome, _ life: Life) {
        let cached = home.queue.status(now: life.world.now, wall: self.now).cachedBytes
        if cached > 0 { self.model.fail(.memory, "\(cached) bytes of \(home.definition.name) stay in memory") }
        for info in life.engine.logs where info.log.owner == home.number {
            let most: UInt64 = info.log.part == .groups ? 256 << 10 : home.definition.kind == .stream ? .max : 16 << 10
            if info.bytes > most {
                let what = "\(info.bytes) bytes of \(home.definition.name), \(info.head)..<\(info.next)"
                self.model.fail(.memory, "\(what), stay on disk")
            }
        }
    }
}

extension QueueStep {
    static let settledTime = UInt64(QueueStep.settled)
}

extension LogPart {
    fileprivate var isMessages: Bool { (UInt8(0)...9).contains { LogPart.messages(priority: $0) == self } }
}
