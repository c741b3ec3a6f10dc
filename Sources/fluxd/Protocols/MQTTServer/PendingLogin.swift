import Synchronization

/// A login that waits for its turn on a worker's thread, or has it.
final class PendingLogin: Sendable {
    private let abandoned = Atomic<Bool>(false)

    var isAbandoned: Bool { self.abandoned.load(ordering: .relaxed) }

    /// Its connection is gone.
    func abandon() { self.abandoned.store(true, ordering: .relaxed) }
}
