package import Bytes
package import Machine

/// A record that is read where it lies: a block that others share, and a range of it.
package struct QueueRecord: Sendable {
    package var block: ByteBlock
    /// The body, as ``StoredQueueMessage`` reads it.
    package var body: Range<Int>
    /// Empty for none.
    package var key: Range<Int>
    /// When it was appended: milliseconds since 1970.
    package var time: UInt64

    package init(block: ByteBlock, body: Range<Int>, key: Range<Int>, time: UInt64) {
        self.block = block
        self.body = body
        self.key = key
        self.time = time
    }
}

/// One message for one consumer. The consumer's credit is one less already.
package struct QueueDelivery: Sendable {
    package var queue: UInt64
    package var group: GroupNumber
    package var consumer: ConsumerID
    package var id: MessageID
    /// Deliveries of the message in this group with this one: the first is 1. In a stream always 1.
    package var count: UInt32
    package var record: QueueRecord
    /// Streams with a primary group: its committed offset.
    package var primaryCommitted: UInt64?
}

/// A message that is to be moved aside. The queue owns it until ``Queue/deadLettered(_:now:)`` says that the target has stored it.
package struct DeadLetter: Sendable {
    package struct Ticket: Hashable, Sendable {
        package var group: GroupNumber
        package var id: MessageID

        package init(group: GroupNumber, id: MessageID) {
            self.group = group
            self.id = id
        }
    }
    package var queue: UInt64
    package var ticket: Ticket
    package var reason: DeadLetterReason
    /// The group's name, empty if the queue has none.
    package var groupID: String
    /// How often it was delivered; 0 for never.
    package var count: UInt32
    /// When it was delivered first and last, in milliseconds since 1970; 0 for never.
    package var firstDelivered: UInt64
    package var lastDelivered: UInt64
    package var record: QueueRecord
}

/// Records for one log of a queue.
package struct QueueAppend: Sendable {
    package var queue: UInt64
    /// The class that its batch goes to. What the groups do is never synced: after a crash of the machine a delivery may come again.
    package var durability: DurabilityClass
    package var append: LogAppend
}

/// A question to one log of a queue, answered with ``Queue/received(_:_:now:)``.
package struct QueueRead: Sendable {
    package var queue: UInt64
    /// Numbered by the queue.
    package var ticket: UInt32
    package var log: LogID
    package var question: ReadRequest.Question
}

/// What somebody has to be told.
package enum QueueEvent: Sendable {
    /// The consumer gets nothing any more.
    case consumerRemoved(ConsumerID, GroupNumber, ConsumerEnd)
    /// A drain is done: there is no message for the rest of the credit, which is gone. The link's delivery count now.
    case drained(ConsumerID, GroupNumber, deliveryCount: UInt32)
    /// Of the group that has a single active consumer: this one gets the messages from now on.
    case activated(ConsumerID, GroupNumber)
    case groupRemoved(GroupNumber, id: String)
    /// The queue is ephemeral and nobody came: it is to be deleted.
    case queueExpired
    /// The answer to ``Queue/peek(token:from:maximumBytes:)``.
    case peeked(token: UInt64, Result<LogRead, StorageFailure>)
    /// A log can be neither read nor trusted until it is repaired; nothing is delivered from it.
    case quarantined(LogID, StorageFailure)
    /// The queue knows what it knew before the restart: it takes messages with ids.
    case recovered
}

/// Why a consumer was removed.
package enum ConsumerEnd: Equatable, Sendable {
    case left
    case groupRemoved
    case queueRemoved
}

/// What the queues of a shard put out in a burst. The glue drains it, and empties it with ``removeAll()``.
package final class QueueOutput {
    package var deliveries: [QueueDelivery] = []
    package var appends: [QueueAppend] = []
    package var reads: [QueueRead] = []
    /// Trims and retention.
    package var commands: [StoreCommand] = []
    package var deadLetters: [DeadLetter] = []
    package var events: [(queue: UInt64, event: QueueEvent)] = []

    package init() {}

    package var isEmpty: Bool {
        self.deliveries.isEmpty && self.appends.isEmpty && self.reads.isEmpty && self.commands.isEmpty
            && self.deadLetters.isEmpty && self.events.isEmpty
    }

    package func removeAll() {
        self.deliveries.removeAll(keepingCapacity: true)
        self.appends.removeAll(keepingCapacity: true)
        self.reads.removeAll(keepingCapacity: true)
        self.commands.removeAll(keepingCapacity: true)
        self.deadLetters.removeAll(keepingCapacity: true)
        self.events.removeAll(keepingCapacity: true)
    }
}

@available(*, unavailable)
extension QueueOutput: Sendable {}
