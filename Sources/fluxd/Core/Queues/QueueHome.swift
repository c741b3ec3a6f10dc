import Bytes
import Machine
package import QueueEngine

/// A queue on its shard: to publishers a subscriber of its own address, to consumers the other end of their links.
package final class QueueHome: Subscriber {
    /// Another one after a repair.
    package internal(set) var queue: Queue
    /// While its logs are looked at.
    var repair: QueueRepair?
    /// It takes and gives nothing.
    package var isBeingRepaired: Bool { self.repair.map { !$0.isDry } ?? false }
    package var definition: QueueDefinition { self.queue.definition }
    package var number: UInt64 { self.definition.number }
    /// Takes what is published to the queue's topics, which is captured rather than addressed.
    let capture: QueueCapture
    var consumers: [ConsumerID: Consumer] = [:]
    /// Stands in the line of those whose burst has to be ended.
    var isDirty = false
    /// When the reminder that counts is due; 0 for none.
    var remindedAt: UInt64 = 0
    /// What operators are shown a second.
    package internal(set) var watch = QueueWatch()
    /// Until the definition is stored.
    var definitionWait: DefinitionWait?
    /// The queue that the directory knows as the one of its dead letters.
    var deadLetterTarget: String?
    /// Dead letters on their way.
    var moving: [DeadLetter.Ticket: DeadLetterMove] = [:]
    /// What consumers said of messages that they rejected, until these are moved.
    var rejectReasons: [DeadLetter.Ticket: String] = [:]
    /// What is over it moves without its reason.
    static let maximumRejectReasons = 1_024

    /// One link, as its home sees it.
    struct Consumer {
        var address: SubscriberAddress
        var handle: UInt32
        var group: GroupNumber
    }

    init(_ queue: Queue) {
        self.queue = queue
        let namespace = Namespace(queue.definition.namespace)
        self.capture = QueueCapture(namespace: namespace)
        super.init(namespace: namespace)
        self.capture.home = self
    }

    /// The class that messages of this queue are stored in.
    var durability: DurabilityClass {
        self.definition.kind != .ephemeral && self.definition.durability == .synced ? .synced : .buffered
    }

    package override func deliver(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        on shard: ShardState
    ) {
        self.take(message, isAwaited: true, on: shard)
    }

    /// - Parameter isAwaited: The publisher's acknowledgement waits until the message is stored.
    func take(_ message: borrowing MessageView, isAwaited: Bool, on shard: ShardState) {
        let bytes = message.envelope
        guard let envelope = QueueEnvelopeParts(bytes) else { preconditionFailure("an envelope of another kind") }
        let wall = shard.wallNow
        let stripped = envelope.isMoved ? nil : ReservedHeaders.stripped(message.header)
        let kept = stripped ?? []
        var queued = QueueMessage(
            topic: message.topic,
            header: stripped == nil ? message.header : kept.span,
            payload: message.payload,
            key: bytes.extracting(envelope.key),
            messageID: bytes.extracting(envelope.messageID),
            publisher: bytes.extracting(envelope.publisher)
        )
        queued.qos = message.qos
        queued.priority = envelope.priority ?? 0
        if message.expiry != 0 { queued.expiry = wall + (message.expiry > shard.now ? message.expiry - shard.now : 0) }
        if envelope.delay != 0 { queued.deliverAt = wall + envelope.delay }
        let verdict = self.queue.publish(queued, now: shard.now, wall: wall)
        switch verdict {
        case .appended, .delayed:
            shard.queues.touch(self)
            if isAwaited { self.noteStored(on: shard) }
        case .duplicate:
            if isAwaited { self.noteStored(on: shard) }  // acknowledged when the first one is
        case .dropped: shard.counters.add(.queueExpired)
        case .refused(let why):
            shard.counters.add(.queueRefused)
            shard.queues.touch(self)  // room may have been made for others
            if isAwaited { shard.refuseMessage(why) }
        }
    }

    private func noteStored(on shard: ShardState) {
        shard.store(self.durability)
        if self.definitionWait != nil { shard.store(.state) }
    }
}

/// The part of a queue that ordinary topics are captured by.
final class QueueCapture: Subscriber {
    unowned(unsafe) var home: QueueHome!

    override func deliver(_ message: borrowing MessageView, _ options: SubscriptionOptions, on shard: ShardState) {
        self.home.take(message, isAwaited: self.home.definition.capturesSynchronously, on: shard)
    }
}
