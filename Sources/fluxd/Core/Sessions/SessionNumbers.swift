import Synchronization

/// Numbers of sessions that outlive their connections: each is given once, for ever, so that what is left of an ended session is never
/// taken for part of another.
///
/// A shard takes a block of them and stores its end before it uses one; a restart goes on behind the highest end, and what was not
/// used of the blocks is lost. 0 is no session's.
package final class SessionNumbers: Sendable {
    /// Lost by a restart for each shard at most.
    private static let block: UInt64 = 4_096
    private let next = Atomic<UInt64>(1)

    package init() {}

    package func takeBlock() -> Range<UInt64> {
        let start = self.next.wrappingAdd(SessionNumbers.block, ordering: .relaxed).oldValue
        return start..<(start + SessionNumbers.block)
    }

    /// Numbers below were given before the start.
    package func goOn(from number: UInt64) {
        if number > self.next.load(ordering: .relaxed) { self.next.store(number, ordering: .relaxed) }
    }
}
