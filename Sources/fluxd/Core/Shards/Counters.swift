/// What a shard counts: plain integers that only its loop writes, at addresses that never move, so that anybody may read them
/// without asking the loop. Summed when somebody wants to know.
public enum ShardCounter: Int, CaseIterable, Sendable {
    case messagesReceived, messagesSent, bytesReceived, bytesSent

    case droppedOutputFull, droppedQueueFull, droppedExpired, droppedMemory, droppedTooLarge
    /// Refused because somebody would have to store it, and the volume takes nothing.
    case droppedNoSpace
    case connectionsOpened, connectionsClosed, connectionsMoved
    case protocolErrors, refusedConnects, takeovers, keepAliveTimeouts
    case sessionsStarted, sessionsEnded
    /// Sessions that got a connection, and that lost it.
    case sessionsAttached, sessionsDetached
    case subscriptionsAdded, subscriptionsRemoved
    case willsPublished
    case linkBatches, linkStops
    case sharedDispatched, sharedRequeued
    /// Clients that could not prove who they are, and that were not asked because too many others were.
    case loginsFailed, loginsBusy
    /// What rights refused: publishes, and filters of a SUBSCRIBE; and subscriptions that lost theirs.
    case droppedNotAuthorized, subscribesDenied, subscriptionsRevoked
    /// What limits refused: filters beyond a session's number, or beyond the rate; connections beyond a user's number.
    case subscriptionsLimited, subscribesThrottled, userConnectionsLimited
    /// Times that a connection was not read because of its rate, and milliseconds that this took.
    case throttles, throttledMilliseconds
    /// Connections closed over a packet that did not become whole in time.
    case packetTimeouts
    /// Packets of all types from clients, and those to clients that are no messages.
    case packetsReceived, answersSent
    /// Bytes of the protocol, without TLS and WebSocket around it.
    case streamBytesReceived, streamBytesSent
    /// Protocol errors that were packets nobody could read.
    case malformedPackets
    case sessionsExpired
    case sharesStarted, sharesEnded
    /// Messages that queues had no room for, and that had expired when they came.
    case queueRefused, queueExpired
    case deadLetters
    /// Acknowledgements and the like that a queue did not take.
    case queueSettlesRefused
    /// Not counted up but noted at each burst's end: messages that wait here for somebody, and what they take.
    case heldMessages, heldBytes
}

/// A handle without a count of its own: the hot path copies it. The memory lives as long as the process, which makes one for
/// each shard once.
public struct ShardCounters: @unchecked Sendable {
    // Sendable because: the pointer is a constant; each value has one writer, and an aligned 64-bit load reads either the old
    // or the new one on every machine this runs on.
    @usableFromInline let values: UnsafeMutablePointer<UInt64>

    package init() {
        let bytes = max(4096, ShardCounter.allCases.count * 8)
        self.values = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096).assumingMemoryBound(
            to: UInt64.self
        )
        self.values.initialize(repeating: 0, count: bytes / 8)
    }

    @inlinable @inline(__always) public func add(_ counter: ShardCounter) { self.values[counter.rawValue] &+= 1 }

    @inlinable @inline(__always) public func add(_ counter: ShardCounter, _ amount: Int) {
        self.values[counter.rawValue] &+= UInt64(truncatingIfNeeded: amount)
    }

    /// For what is a level rather than a count.
    @inlinable @inline(__always) public func note(_ counter: ShardCounter, _ value: UInt64) {
        self.values[counter.rawValue] = value
    }

    package subscript(_ counter: ShardCounter) -> UInt64 { self.values[counter.rawValue] }
}
