import Synchronization

/// What the consumers of a queue's groups have got together, on all threads of a load.
final class SharedChecks: Sendable {
    private struct Key: Hashable {
        var group: Int
        var stream: UInt64
    }
    private let checks = Mutex<[Key: SequenceCheck]>([:])

    func received(_ number: UInt64, of stream: UInt64, in group: Int) -> SequenceCheck.Verdict {
        self.checks.withLock { checks in
            checks[Key(group: group, stream: stream), default: SequenceCheck(next: 0)].received(number)
        }
    }
}
