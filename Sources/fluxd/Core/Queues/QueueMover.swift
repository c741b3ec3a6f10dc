import Bytes
import Machine
package import QueueEngine

/// Publishes messages of a work queue to another queue, and takes each out when it is stored there: a crash in between leaves it in
/// both, never in none.
///
/// It is on the queue's shard, reads as an operator does, and takes part in no group. Messages come with everything that they have: who
/// published them, their headers, also those of dead letters, key, message id, priority and expiry.
package final class QueueMover {
    /// Messages of one call at most.
    package static let maximumMoved = 1_000
    /// Bytes of one read, all of whose messages are under way at once.
    private static let readBytes = 256 << 10

    package struct Report: Sendable {
        package var moved = 0
        /// The other queue did not take them: they stay where they were, as all that come after.
        package var refused = 0
        /// Why, of the last one.
        package var reason = ""
    }

    fileprivate unowned(unsafe) let shard: ShardState
    private let home: QueueHome
    private let target: String
    private let done: (Report) -> Void
    private var report = Report()
    /// What is still to be looked at: by priority and offset, the first one last.
    private var left: [MessageID]
    /// Published and not stored yet.
    private var underWay = 0
    private var isReading = false
    private var isOver = false

    /// - Parameters:
    ///   - ids: Of messages that are ready. Those that somebody was given meanwhile are left out.
    ///   - target: The name of a queue that is there.
    ///   - done: Called once, later.
    package init(
        on shard: ShardState,
        of home: QueueHome,
        _ ids: [MessageID],
        to target: String,
        done: @escaping (Report) -> Void
    ) {
        self.shard = shard
        self.home = home
        self.left = ids.sorted(by: >)
        self.target = target
        self.done = done
    }

    package func start() { self.goOn() }

    private func goOn() {
        guard self.underWay == 0, !self.isReading, !self.isOver else { return }
        guard let next = self.left.last, self.report.refused == 0,
            self.shard.queues.home(self.home.number) === self.home
        else {
            self.isOver = true
            return self.done(self.report)
        }
        self.isReading = true
        self.shard.queues.peek(self.home, from: next, maximumBytes: QueueMover.readBytes) { result in
            self.isReading = false
            switch result {
            case .success(let read): self.publish(read, priority: next.priority)
            case .failure(let failure):
                self.report.refused += 1
                self.report.reason = failure.description
            }
            self.goOn()
        }
    }

    private func publish(_ read: LogRead, priority: UInt8) {
        var entries = read.entries[...]
        while let id = self.left.last, id.priority == priority, id.offset < read.next, self.report.refused == 0 {
            self.left.removeLast()
            while let entry = entries.first, entry.offset < id.offset { entries.removeFirst() }
            // It may be gone by retention, or somebody may have been given it.
            guard let entry = entries.first, entry.offset == id.offset, self.home.queue.state(of: id) == .ready,
                let stored = StoredQueueMessage(read.block, entry.body)
            else { continue }
            self.publish(stored, in: read.block, key: entry.key, id)
        }
        // A read that brings nothing of what is wanted says that it is not there.
        if let id = self.left.last, id.priority == priority, read.next <= id.offset, read.entries.isEmpty {
            self.left.removeLast()
        }
    }

    private func publish(_ stored: StoredQueueMessage, in block: ByteBlock, key: Range<Int>?, _ id: MessageID) {
        let topic = self.address(of: stored, in: block)
        var envelope = QueueEnvelope()
        envelope.publisher = QueuePublisher(block.span(stored.publisher)) ?? QueuePublisher()
        envelope.priority = stored.priority
        envelope.messageID = block.span(stored.messageID).copied()
        if let key { envelope.key = block.span(key).copied() }
        envelope.isMoved = true
        let encoded = envelope.encoded()
        var hint: Int32 = -1
        guard let route = self.shard.route(topic.span, in: self.home.namespace, hint: &hint),
            self.shard.hasQueue(at: topic, in: self.home.namespace)
        else { return self.refuse("there is no queue \"\(self.target)\"") }
        guard !self.shard.isBlocked(route), !self.shard.lacksRoom(for: route) else {
            return self.refuse("there is no room for more at the moment")
        }
        let wall = self.shard.wallNow
        let view = MessageView(
            topic: topic.span,
            header: block.span(stored.header),
            payload: block.span(stored.payload),
            qos: max(1, stored.qos),
            expiry: stored.expiry == 0 ? 0 : self.shard.now + max(1, stored.expiry > wall ? stored.expiry - wall : 0),
            namespace: self.home.namespace,
            envelope: encoded.span
        )
        let outcome = self.shard.publish(view, along: route)
        if outcome.isRefused { return self.refuse(self.shard.takeRefusal().reason) }
        guard let receipt = self.shard.receipt(for: outcome) else { return self.take(id) }
        self.underWay += 1
        self.shard.waitForStore(Move(self, id, receipt), until: receipt)
    }

    /// In the other queue, with the routing key that it has in this one; a dead letter with the one that it had before.
    private func address(of stored: StoredQueueMessage, in block: ByteBlock) -> [UInt8] {
        if self.target.hasPrefix(QueueAddress.deadLetterPrefix) { return Array(self.target.utf8) }
        var (topic, queue) = (block.span(stored.topic).string(), self.home.definition.name)
        if queue.hasPrefix(QueueAddress.deadLetterPrefix), let header = MessageHeader(block.span(stored.header)) {
            topic = header.userHeaders.last { $0.name == "_dlq_original_topic" }?.value ?? ""
            queue = header.userHeaders.last { $0.name == "_dlq_original_queue" }?.value ?? ""
        }
        return Array(QueueAddress.delivery(of: QueueAddress.routingKey(of: topic, in: queue), from: self.target).utf8)
    }

    private func refuse(_ reason: String) {
        self.report.refused += 1
        self.report.reason = reason
    }

    private func take(_ id: MessageID) {
        self.report.moved += 1
        _ = self.home.queue.take([id], inHand: true, now: self.shard.now)
        self.shard.queues.touch(self.home)
    }

    fileprivate func stored(_ id: MessageID, _ refusal: MessageRefusal?) {
        self.underWay -= 1
        if let refusal { self.refuse(refusal.reason) } else { self.take(id) }
        self.goOn()
    }
}

/// Waits until a message is stored where it went.
private final class Move: StoreWaiter {
    private let mover: QueueMover
    private let id: MessageID
    private let receipt: Receipt

    init(_ mover: QueueMover, _ id: MessageID, _ receipt: Receipt) {
        (self.mover, self.id, self.receipt) = (mover, id, receipt)
    }

    func progressed() {
        let shard = self.mover.shard
        guard shard.isSettled(self.receipt) else { return shard.waitForStore(self, until: self.receipt) }
        self.mover.stored(self.id, shard.takeRefusal(of: self.receipt))
    }
}

@available(*, unavailable)
extension QueueMover: Sendable {}
