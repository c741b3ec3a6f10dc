package import QueueEngine

/// Names a consumer's link at its queue: what credit, settlements and the end of it name.
public struct QueueLink: Hashable, Sendable {
    /// The queue's shard and number.
    package var shard: Int
    package var queue: UInt64
    package var consumer: UInt64
    package var group: UInt32

    package init(shard: Int, queue: UInt64, consumer: UInt64, group: UInt32) {
        self.shard = shard
        self.queue = queue
        self.consumer = consumer
        self.group = group
    }
}

/// What a protocol asks for when somebody wants to consume.
package struct ConsumeRequest: Sendable {
    package var namespace: Namespace
    package var queue: String
    package var group: String
    package var filter = ""
    package var mode: GroupMode?
    package var start = StartPosition.stored
    package var commitsAutomatically = true
    /// Makes an ephemeral queue when there is none.
    package var createsQueue = true
    /// Deliveries that the consumer takes from the start.
    package var credit: UInt32

    package init(namespace: Namespace, queue: String, group: String, credit: UInt32) {
        self.namespace = namespace
        self.queue = queue
        self.group = group
        self.credit = credit
    }
}

/// Why a queue said no.
public struct QueueRefusal: Error, Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        case notFound = 0
        /// What was asked is not what the queue or the group is.
        case mismatch = 1
        case limit = 2
        case invalid = 3
        /// No disk, or a damaged log.
        case storage = 4
    }
    package var kind: Kind
    /// For the client: what, found, what to do.
    package var reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    init(_ error: QueueError) {
        switch error {
        case .groupNotFound(let group): self.init(.notFound, "consumer group \"\(group.shown)\" not found")
        case .groupExists(let group): self.init(.mismatch, "consumer group \"\(group.shown)\" exists already")
        case .groupModeMismatch(let group, let found, let wanted):
            self.init(
                .mismatch,
                "consumer group mode mismatch: \"\(group.shown)\" is a \(found) group, not a \(wanted) group"
            )
        case .consumerNotFound(let group): self.init(.notFound, "no such consumer in group \"\(group.shown)\"")
        case .invalidFilter(let why): self.init(.invalid, "invalid consumer filter: \"\(why.shown)\"")
        case .notAStream(let group):
            self.init(.mismatch, "commit offset only supported for stream groups; \"\(group.shown)\" is none")
        case .notPending: self.init(.notFound, "message not in pending list")
        case .noCredit(let group):
            let why = "it has all in hand that it asked for, or another one is active"
            self.init(.mismatch, "the consumer of group \"\(group)\" takes nothing at the moment: \(why)")
        case .invalidOffset(let offset, let expected):
            self.init(.invalid, "invalid offset \(offset): expected \(expected.lowerBound) to \(expected.upperBound)")
        case .tooManyGroups(let limit): self.init(.limit, "the queue has \(limit) consumer groups and may have no more")
        case .tooManyConsumers(let limit): self.init(.limit, "the group has \(limit) consumers and may have no more")
        case .damaged: self.init(.storage, "the queue is damaged: it takes and gives nothing until it is repaired")
        case .invalidGroup(let why):
            self.init(
                .invalid,
                "invalid consumer group \"\(why.shown)\" of \(why.utf8.count) bytes: expected 1 to 1,024, without NUL"
            )
        }
    }
}

/// One message from a queue, beside its bytes.
public struct QueueHandover: Sendable {
    package var link: QueueLink
    /// The consumer's own name for the link.
    package var handle: UInt32
    package var id: MessageID
    /// The first is 1.
    package var count: UInt32
    /// When it was appended: milliseconds since 1970.
    package var time: UInt64
    /// Streams with a primary group.
    package var primary: Primary?

    package struct Primary: Sendable {
        package var group: String
        package var committed: UInt64
    }
}

extension Queue.Refusal {
    /// For the publisher.
    package var reason: String {
        switch self {
        case .full: "the queue is full"
        case .tooLarge: "the message is larger than the queue takes"
        case .tooManyDelayed: "the queue has as many delayed messages as it may have"
        case .storage: "the queue is damaged: an operator has to repair it"
        case .recovering: "the queue still reads which message ids it knows: try again"
        }
    }
}
