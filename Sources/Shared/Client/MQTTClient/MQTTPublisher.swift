import Synchronization

/// What became of all that a publisher was given.
public struct MQTTPublishSummary: Sendable {
    public struct Failure: Sendable {
        /// Counted from 0 over all messages of the publisher.
        public let index: Int
        public let error: MQTTClientError
    }

    public internal(set) var published = 0
    public internal(set) var failed = 0
    /// The first hundred.
    public internal(set) var failures: [Failure] = []
}

/// Publishes many messages without waiting for each: a window of them is on its way at a time.
///
/// Messages leave in the order of ``send(_:)``. One task uses a publisher at a time.
public final class MQTTPublisher: Sendable {
    private struct State {
        var summary = MQTTPublishSummary()
        var accepted = 0
        /// Accepted and not settled, messages and bytes.
        var pending = 0
        var pendingBytes = 0
        var waiter: (threshold: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let mailbox: Mailbox
    private let window: Int
    private let windowBytes: Int
    private let state = Mutex(State())

    init(mailbox: Mailbox, window: Int, windowBytes: Int) {
        self.mailbox = mailbox
        self.window = window
        self.windowBytes = windowBytes
    }

    /// Hands messages over, and returns when the window has room for more.
    ///
    /// A failure does not throw; it is in the summary, and ``firstFailure`` tells early.
    public func send(_ messages: [MQTTMessage]) async {
        if messages.isEmpty { return }
        let bytes = messages.reduce(0) { $0 + $1.payload.count }
        let firstIndex = self.state.withLock { state in
            defer { state.accepted += messages.count }
            state.pending += messages.count
            state.pendingBytes += bytes
            return state.accepted
        }
        self.mailbox.post(.publishMany(messages, firstIndex: firstIndex, self))
        await self.wait(forPendingBelow: self.window)
    }

    /// The first message that failed, if one did so far.
    public var firstFailure: MQTTPublishSummary.Failure? { self.state.withLock { $0.summary.failures.first } }

    /// Returns when every message was acknowledged or has failed.
    public func finish() async -> MQTTPublishSummary {
        await self.wait(forPendingBelow: 1)
        return self.state.withLock { $0.summary }
    }

    private func wait(forPendingBelow threshold: Int) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let mustWait = self.state.withLock { state -> Bool in
                if self.hasRoom(state, threshold) { return false }
                precondition(state.waiter == nil, "two tasks use one publisher")
                state.waiter = (threshold, continuation)
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    private func hasRoom(_ state: State, _ threshold: Int) -> Bool {
        state.pending < threshold && (threshold == 1 || state.pendingBytes < self.windowBytes)
    }

    /// Called on the client's thread, once for each message.
    func settled(index: Int, bytes: Int, _ result: Result<MQTTPublishReceipt, MQTTClientError>) {
        let continuation = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.pending -= 1
            state.pendingBytes -= bytes
            switch result {
            case .success: state.summary.published += 1
            case .failure(let error):
                state.summary.failed += 1
                if state.summary.failures.count < 100 {
                    state.summary.failures.append(.init(index: index, error: error))
                }
            }
            guard let waiter = state.waiter, self.hasRoom(state, waiter.threshold) else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        continuation?.resume()
    }
}
