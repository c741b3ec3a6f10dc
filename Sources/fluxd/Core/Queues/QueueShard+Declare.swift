import Bytes
package import Machine
package import QueueEngine

/// How queues begin, change and end.
extension QueueShard {
    /// Queues of a broker at most. A name in a topic makes one: what clients can make has to be bounded.
    static let maximumQueues = 100_000

    /// Makes a queue here, unless there is one of that name.
    ///
    /// - Returns: Where the queue lives, and whether this made it.
    package func declare(
        _ wanted: QueueDefinition
    ) throws(QueueRefusal) -> (place: QueueDirectory.Place, isNew: Bool) {
        try QueueShard.check(wanted)
        let directory = self.shard.broker.queues
        if directory.find(wanted.name, in: Namespace(wanted.namespace)) == nil,
            directory.count >= QueueShard.maximumQueues
        {
            throw QueueRefusal(.limit, "there are \(QueueShard.maximumQueues) queues and may be no more")
        }
        let (place, isNew) = directory.claim(
            wanted.name,
            in: Namespace(wanted.namespace),
            isStream: wanted.kind == .stream,
            isEphemeral: wanted.kind == .ephemeral,
            on: self.shard.index
        )
        guard isNew else { return (place, false) }
        var definition = wanted
        definition.number = place.number
        self.shard.store(.buffered, .name(definition.name, owner: place.number))
        self.keep(self.open(Queue(definition, output: self.output, now: self.shard.now, wall: self.shard.wallNow)))
        return (place, true)
    }

    /// The queue of an address that nobody declared: ephemeral, or where another queue's dead letters are going to be.
    package func make(_ name: String, in namespace: Namespace) throws(QueueRefusal) -> QueueDirectory.Place {
        if name.hasPrefix(QueueAddress.deadLetterPrefix) {
            let source = String(name.dropFirst(QueueAddress.deadLetterPrefix.count))
            guard self.shard.broker.queues.find(source, in: namespace) != nil else {
                throw QueueRefusal(.notFound, "there is no queue \"\(source.shown)\", and no queue of its dead letters")
            }
            var definition = QueueDefinition(deadLetters: name, in: namespace)
            // The source's promise is known on its own shard only: the stronger one holds for both.
            definition.durability = .synced
            return try self.declare(definition).place
        }
        let topics = QueueAddress.filters(of: name)
        return try self.declare(
            QueueDefinition(name: name, number: 0, namespace: namespace.number, kind: .ephemeral, topics: topics)
        ).place
    }

    /// A queue of an earlier life, with what its logs hold. The directory knows its place already.
    ///
    /// - Throws: When its groups' log is not understood: nothing of the queue is touched then.
    package func restore(
        _ definition: QueueDefinition,
        _ logs: [Queue.LogState],
        operations: [LogRead]
    ) throws(QueueRestoreError) {
        let queue = try Queue.restore(
            definition,
            logs: logs,
            operations: operations,
            output: self.output,
            now: self.shard.now,
            wall: self.shard.wallNow
        )
        self.open(queue)
    }

    private static func check(_ definition: QueueDefinition) throws(QueueRefusal) {
        do throws(QueueDefinitionError) {
            try definition.validate()
        } catch {
            throw QueueRefusal(.invalid, error.description)
        }
    }

    @discardableResult
    private func open(_ queue: Queue) -> QueueHome {
        let home = QueueHome(queue)
        self.shard.register(home)
        self.shard.register(home.capture)
        self.add(home)
        self.subscribe(home)
        return home
    }

    private func subscribe(_ home: QueueHome) {
        let definition = home.definition
        self.setStores(home)
        self.nameDeadLetters(of: home, to: definition)
        let options = SubscriptionOptions(qos: 2, retainAsPublished: true)
        for filter in QueueAddress.filters(of: definition.name) {
            self.shard.subscribe(home, Array(filter.utf8), options)
        }
        for filter in definition.captured { self.shard.subscribe(home.capture, Array(filter.utf8), options) }
    }

    private func nameDeadLetters(of home: QueueHome, to definition: QueueDefinition?) {
        var target: String?
        if let letters = definition?.deadLetters, letters.isEnabled, !letters.target.isEmpty { target = letters.target }
        self.shard.broker.queues.setDeadLetters(
            of: home.definition.name,
            in: home.namespace,
            from: home.deadLetterTarget,
            to: target
        )
        home.deadLetterTarget = target
    }

    /// Publishers to a queue whose definition is on its way to the store wait for that too: without it the queue's log has no owner
    /// after a crash.
    private func setStores(_ home: QueueHome) {
        var stores: StoreClasses = [.queued, StoreClasses(home.durability)]
        if home.definitionWait != nil { stores.insert(.state) }
        self.shard.setStores(home, stores)
        self.shard.setStores(home.capture, home.definition.capturesSynchronously ? stores : .queued)
    }

    func definitionStored(_ home: QueueHome) {
        home.definitionWait = nil
        if self.home(home.number) === home { self.setStores(home) }
    }

    private func unsubscribe(_ home: QueueHome) {
        let definition = home.definition
        self.nameDeadLetters(of: home, to: nil)
        for filter in QueueAddress.filters(of: definition.name) { self.shard.unsubscribe(home, Array(filter.utf8)) }
        for filter in definition.captured { self.shard.unsubscribe(home.capture, Array(filter.utf8)) }
    }

    /// Takes over what may change while a queue lives: everything but name, namespace, number and kind.
    package func change(_ number: UInt64, to wanted: QueueDefinition) throws(QueueRefusal) {
        guard let home = self.home(number) else { throw QueueRefusal(.notFound, "the queue has been deleted") }
        try QueueShard.check(wanted)
        guard wanted.kind == home.definition.kind else {
            throw QueueRefusal(
                .mismatch,
                "queue \"\(wanted.name.shown)\" is \(home.definition.kind): its type cannot change"
            )
        }
        var definition = wanted
        definition.number = number
        self.unsubscribe(home)
        home.queue.update(definition, now: self.shard.now)
        self.subscribe(home)
        self.keep(home)
        self.touch(home)
    }

    /// Ends a queue with everything in it.
    package func end(_ home: QueueHome) {
        self.unsubscribe(home)
        for (_, consumer) in home.consumers.sorted(by: { $0.key.bits < $1.key.bits }) {
            self.shard.tellEnded(consumer.address, consumer.handle)
        }
        home.consumers = [:]
        let definition = home.definition
        self.shard.broker.queues.release(definition.name, in: home.namespace, number: definition.number)
        self.remove(home)
        self.shard.unregister(home.capture)
        self.shard.unregister(home)
        self.shard.store(.state, .delete(key: definition.storageKey))
        for log in definition.logs { self.shard.store(.buffered, .remove(log)) }
    }

    private func keep(_ home: QueueHome) {
        let definition = home.definition
        if definition.kind == .ephemeral { return }
        self.shard.store(.state, .put(key: definition.storageKey, value: definition.encoded()))
        let wait = DefinitionWait(home, self.shard.receipt(for: .state), on: self.shard)
        home.definitionWait = wait
        self.setStores(home)
        self.shard.waitForStore(wait, until: wait.receipt)
    }
}

/// Until a queue's definition is stored.
final class DefinitionWait: StoreWaiter {
    private let shard: ShardState
    private let home: QueueHome
    let receipt: Receipt

    init(_ home: QueueHome, _ receipt: Receipt, on shard: ShardState) {
        self.home = home
        self.receipt = receipt
        self.shard = shard
    }

    func progressed() {
        guard self.shard.isSettled(self.receipt) else { return self.shard.waitForStore(self, until: self.receipt) }
        if self.home.definitionWait === self { self.shard.queues.definitionStored(self.home) }
    }
}

extension QueueDefinition {
    /// A classic queue, without dead letters of its own, that keeps everything.
    init(deadLetters name: String, in namespace: Namespace) {
        self.init(name: name, number: 0, namespace: namespace.number, topics: QueueAddress.filters(of: name))
        self.limits.ttl = 0
        self.limits.maximumMessages = 0
        self.retry.maximumDeliveries = 0  // who looks at them, again and again, loses none
    }

    /// Topics beside the queue's own address.
    var captured: [String] {
        let own = QueueAddress.filters(of: self.name)
        return self.topics.filter { !own.contains($0) }
    }

    /// Every log that the queue may have.
    package var logs: [LogID] {
        let parts = (0...9).map { LogPart.messages(priority: UInt8($0)) } + [.groups, .delayed, .stragglers]
        return parts.map { LogID(owner: self.number, part: $0) }
    }
}
