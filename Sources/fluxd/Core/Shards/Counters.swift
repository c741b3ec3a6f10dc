/// What a shard counts: plain integers that only its loop writes, at addresses that never move, so that anybody may read them
/// without asking the loop. Summed when somebody wants to know.
public enum ShardCounter: Int, CaseIterable, Sendable {
    case messagesReceived, messagesSent, bytesReceived, bytesSent

    case droppedOutputFull, droppedQueueFull, droppedExpired, droppedMemory, droppedTooLarge
    case connectionsOpened, connectionsClosed, connectionsMoved
    case protocolErrors, refusedConnects, takeovers, keepAliveTimeouts
    case sessionsStarted, sessionsEnded
    case subscriptionsAdded, subscriptionsRemoved
    case willsPublished
    case linkBatches, linkStops
    case sharedDispatched, sharedRequeued
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

    package subscript(_ counter: ShardCounter) -> UInt64 { self.values[counter.rawValue] }
}

/// What is counted of one connection: a line of a table that is indexed by the connection's slot.
package struct ConnectionCounters: Sendable {
    package var messagesReceived: UInt64 = 0
    package var messagesSent: UInt64 = 0
    package var bytesReceived: UInt64 = 0
    package var bytesSent: UInt64 = 0
    package var droppedMessages: UInt64 = 0
    /// Of the stream that has the slot; 0 while nobody has.
    package var generation: UInt32 = 0

    package init() {}
}

/// The connections' counters of one shard, in pages of 1,024 lines that never move: sampling 50,000 of them is one walk over
/// 2.4 MB, with no look-up.
package final class ConnectionTable {
    private var pages: [UnsafeMutablePointer<ConnectionCounters>] = []
    private static let pageSize = 1_024

    package init() {}
    deinit { for page in self.pages { page.deallocate() } }

    package func line(for slot: Int) -> UnsafeMutablePointer<ConnectionCounters> {
        while self.pages.count <= slot / ConnectionTable.pageSize {
            let page = UnsafeMutablePointer<ConnectionCounters>.allocate(capacity: ConnectionTable.pageSize)
            page.initialize(repeating: ConnectionCounters(), count: ConnectionTable.pageSize)
            self.pages.append(page)
        }
        return self.pages[slot / ConnectionTable.pageSize] + slot % ConnectionTable.pageSize
    }

    /// Calls `body` with each line in use.
    package func forEach(_ body: (Int, ConnectionCounters) -> Void) {
        for (number, page) in self.pages.enumerated() {
            for index in 0..<ConnectionTable.pageSize where page[index].generation != 0 {
                body(number * ConnectionTable.pageSize + index, page[index])
            }
        }
    }
}

@available(*, unavailable)
extension ConnectionTable: Sendable {}
