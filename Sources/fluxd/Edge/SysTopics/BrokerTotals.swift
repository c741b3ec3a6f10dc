package import Core

/// What the whole broker has counted and has now: what `$SYS` topics are made from.
package struct BrokerTotals: Sendable {
    /// As `fluxd --version` says it: `fluxd 0.1.0`.
    package var version = ""
    /// When the program was built, for people; nil when nobody knows.
    package var built: String?
    /// Whole seconds since the start.
    package var uptime: UInt64 = 0
    /// Bytes of memory, now and at most so far; nil when nobody knows.
    package var memory: (current: UInt64, maximum: UInt64)?

    // Now.
    package var clientsConnected: UInt64 = 0
    /// Sessions whose clients are away.
    package var clientsAway: UInt64 = 0
    package var subscriptions: UInt64 = 0
    package var sharedSubscriptions: UInt64 = 0
    package var retained: UInt64 = 0
    /// Messages that are kept, retained or waiting for somebody, and what they take.
    package var stored: (messages: UInt64, bytes: UInt64) = (0, 0)

    // Since the start.
    package var connectionsOpened: UInt64 = 0
    package var connectionsClosed: UInt64 = 0
    /// Clients that were let in.
    package var clientsAdmitted: UInt64 = 0
    package var sessionsExpired: UInt64 = 0
    /// Packets of all types.
    package var packets = Traffic()
    /// Bytes of these packets.
    package var bytes = Traffic()
    /// PUBLISH packets.
    package var publishes = Traffic()
    /// Payload bytes of these.
    package var publishBytes = Traffic()
    package var publishesDropped: UInt64 = 0
    package var errors = Errors()

    /// nil when nobody knows.
    package var queues: Queues?
    package var storage: Storage?

    /// All queues together.
    package struct Queues: Sendable {
        package var count: UInt64 = 0
        package var ready: UInt64 = 0
        package var unacked: UInt64 = 0
        package var consumers: UInt64 = 0
        /// Messages in dead-letter queues.
        package var deadLetters: UInt64 = 0
        // Since the start.
        package var published: UInt64 = 0
        package var delivered: UInt64 = 0
        package var acknowledged: UInt64 = 0
        package var deadLettered: UInt64 = 0
        /// Messages that nobody processed, and publishes that no queue took.
        package var dropped: UInt64 = 0
        package var refused: UInt64 = 0
        package init() {}
    }

    /// Where queues, sessions and retained messages are stored.
    package struct Storage: Sendable {
        /// `writable`, `full` or `failed`.
        package var state = ""
        package var freeBytes: UInt64 = 0
        /// What logs take, and what was written to them since the start.
        package var logBytes: UInt64 = 0
        package var writtenBytes: UInt64 = 0
        /// Logs that are damaged.
        package var quarantined: UInt64 = 0
        package init() {}
    }

    package struct Traffic: Sendable {
        package var received: UInt64 = 0
        package var sent: UInt64 = 0
        package init(received: UInt64 = 0, sent: UInt64 = 0) {
            self.received = received
            self.sent = sent
        }
    }

    package struct Errors: Sendable {
        /// Packets that were not allowed where they came, and packets that could not be read.
        package var protocolErrors: UInt64 = 0
        package var malformedPackets: UInt64 = 0
        /// Clients that were not let in for what they showed, and what rights refused to those who were.
        package var authentication: UInt64 = 0
        package var authorization: UInt64 = 0
        package init() {}
    }

    package init() {}

    /// What the core counts; version, build, uptime and memory are for the caller to fill in.
    package init(_ broker: Broker) {
        func difference(_ begun: ShardCounter, _ ended: ShardCounter) -> UInt64 {
            // Ended first: the shards go on counting meanwhile.
            let ended = broker.total(ended)
            return broker.total(begun) &- ended
        }
        self.clientsConnected = difference(.sessionsAttached, .sessionsDetached)
        let sessions = difference(.sessionsStarted, .sessionsEnded)
        self.clientsAway = sessions > self.clientsConnected ? sessions - self.clientsConnected : 0
        self.subscriptions = difference(.subscriptionsAdded, .subscriptionsRemoved)
        self.sharedSubscriptions = difference(.sharesStarted, .sharesEnded)
        self.retained = UInt64(broker.retained.countedCount())
        self.stored = (
            UInt64(broker.retained.count()) + broker.total(.heldMessages),
            UInt64(broker.retained.bytes) + broker.total(.heldBytes)
        )
        self.connectionsOpened = broker.total(.connectionsOpened)
        self.connectionsClosed = broker.total(.connectionsClosed)
        self.clientsAdmitted = broker.total(.sessionsAttached)
        self.sessionsExpired = broker.total(.sessionsExpired)
        self.publishes = Traffic(received: broker.total(.messagesReceived), sent: broker.total(.messagesSent))
        self.publishBytes = Traffic(received: broker.total(.bytesReceived), sent: broker.total(.bytesSent))
        self.packets = Traffic(
            received: broker.total(.packetsReceived),
            sent: self.publishes.sent + broker.total(.answersSent)
        )
        self.bytes = Traffic(received: broker.total(.streamBytesReceived), sent: broker.total(.streamBytesSent))
        self.publishesDropped = ShardCounter.drops.reduce(0) { $0 + broker.total($1) }
        self.errors.malformedPackets = broker.total(.malformedPackets)
        self.errors.protocolErrors = broker.total(.protocolErrors) &- self.errors.malformedPackets
        self.errors.authentication = broker.total(.loginsFailed)
        self.errors.authorization = broker.total(.droppedNotAuthorized) + broker.total(.subscribesDenied)
    }
}

extension ShardCounter {
    /// Messages that somebody did not get.
    fileprivate static let drops: [ShardCounter] = [
        .droppedOutputFull, .droppedQueueFull, .droppedExpired, .droppedMemory, .droppedTooLarge, .droppedNotAuthorized,
        .droppedNoSpace,
    ]
}
