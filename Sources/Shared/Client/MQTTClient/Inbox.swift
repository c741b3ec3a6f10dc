import Synchronization

/// Deliveries on their way from the client's thread to the application.
///
/// Bounded: beyond the limits of the configuration the client stops reading its socket, TCP holds the broker back, and
/// ``take(upTo:)`` says when to read on. A delivery counts as taken when the application has it, and is acknowledged then.
final class Inbox: Sendable {
    struct Entry: Sendable {
        let delivery: MQTTDelivery
        let receipt: ClientMachine.IncomingReceipt?
        var bytes: Int { self.delivery.message.payload.count + self.delivery.message.topic.utf8.count + 64 }
    }

    fileprivate struct State {
        var entries: [Entry] = []
        var first = 0
        var bytes = 0
        var isPaused = false
        /// Set once there will be no more; the error, if that was not asked for.
        var end: Result<Void, MQTTClientError>?
        var waiter: CheckedContinuation<Void, Never>?

        var count: Int { self.entries.count - self.first }
    }

    private let state = Mutex(State())
    private let messageLimit: Int
    private let byteLimit: Int

    init(messageLimit: Int, byteLimit: Int) {
        self.messageLimit = messageLimit
        self.byteLimit = byteLimit
    }

    /// - Returns: Whether to go on reading.
    func add(_ entries: [Entry]) -> Bool {
        let (waiter, mayRead) = self.state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
            state.entries += entries
            for entry in entries { state.bytes += entry.bytes }
            state.isPaused = state.count >= self.messageLimit || state.bytes >= self.byteLimit
            return (state.takeWaiter(), !state.isPaused)
        }
        waiter?.resume()
        return mayRead
    }

    /// The session goes on: what waits at QoS 1 and 2 unacknowledged will come again.
    func dropUnacknowledged() {
        self.state.withLock { state in
            state.entries = state.entries[state.first...].filter { $0.receipt == nil }
            state.first = 0
            state.bytes = state.entries.reduce(0) { $0 + $1.bytes }
        }
    }

    /// There will be no more; what is here can still be taken. The first end counts.
    func end(_ end: Result<Void, MQTTClientError>) {
        let waiter = self.state.withLock { state in
            if state.end == nil { state.end = end }
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Takes what is here, at most `limit` entries; nothing when there is nothing.
    ///
    /// - Returns: The entries, whether reading was paused and may go on, and the end once all has been taken.
    func take(upTo limit: Int) -> (entries: ArraySlice<Entry>, resumes: Bool, end: Result<Void, MQTTClientError>?) {
        self.state.withLock { state in
            let taken = state.entries[state.first...].prefix(limit)
            if taken.isEmpty { return (taken, false, state.end) }
            for entry in taken { state.bytes -= entry.bytes }
            state.first += taken.count
            if state.first == state.entries.count {
                (state.entries, state.first) = ([], 0)
            } else if state.first > 1_024, state.first * 2 > state.entries.count {
                state.entries.removeFirst(state.first)
                state.first = 0
            }
            let resumes = state.isPaused && state.count * 2 <= self.messageLimit && state.bytes * 2 <= self.byteLimit
            if resumes { state.isPaused = false }
            return (taken, resumes, nil)
        }
    }

    /// Returns when there may be something to take, or when the task is cancelled. One task waits at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let mustWait = self.state.withLock { state -> Bool in
                    if state.count > 0 || state.end != nil || Task.isCancelled { return false }
                    precondition(state.waiter == nil, "two tasks iterate over the messages of one client")
                    state.waiter = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.takeWaiter() }?.resume()
        }
    }
}

extension Inbox.State {
    fileprivate mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
        defer { self.waiter = nil }
        return self.waiter
    }
}
