import Bytes
import Machine

/// Messages that wait for their time: their log, and in memory for each when it is due.
///
/// A message that is due is appended to the queue. It is done when that is stored, not before, so that a crash in between lets it
/// come twice rather than not at all.
final class DelayedMessages {
    /// Bytes of one read: neighbours in the log are not due together.
    static let readBytes = 16 << 10
    /// Appended to the queue in one burst at most.
    static let maximumFired = 1_024

    let lane: Lane
    /// By due time in milliseconds since 1970, then by offset.
    var heap = MinHeap()
    /// Done, behind the lowest one that is not.
    var done = OffsetRanges()
    /// All before it are done.
    var lowest: UInt64
    /// Appended to the queue and not known to be stored: in the order of appending.
    var fired: [(lane: Int, offset: UInt64, delayed: UInt64)] = []
    /// The first record that was not looked at since the restart; nil when all were.
    var unread: UInt64?
    /// Where that looking ends: what came later is known.
    var loadEnd: UInt64 = 0
    /// The record that is due is read.
    var isReading = false

    init(_ lane: Lane) {
        self.lane = lane
        self.lowest = lane.head
    }

    /// Messages that wait, those under way included.
    var count: Int { self.heap.count + self.fired.count }

    func finish(_ offset: UInt64) {
        self.done.insert(offset..<(offset + 1))
        self.lowest = self.done.advance(from: self.lowest)
    }
}

@available(*, unavailable)
extension DelayedMessages: Sendable {}
