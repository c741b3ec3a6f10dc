import CUV
import Machine
package import Synchronization

/// What other threads hand to a loop: one signal for as many as gather until the loop looks.
package final class Inbox: @unchecked Sendable {
    // Sendable because: `signal` is only ever given to `uv_async_send`, which any thread may call; the rest is locked or atomic.
    enum Envelope: Sendable {
        case accepted(descriptor: Int32, Listener)
        case moved(MovedStream)
        case batch(LinkBatch, from: Int)
        case answer(LinkAnswer, from: Int)
        case finished(ticket: UInt64, any Sendable)
        case stored([StoreAnswer])
    }

    private struct State {
        var envelopes: [Envelope] = []
        /// The loop looks before it sleeps: a signal would be a write and a read, and a turn of the loop.
        var isAwake = false
    }

    private let signal = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    private let state = Mutex(State())
    /// Streams that live on the loop or are on their way to it.
    package let load = Atomic<Int>(0)

    init() {}

    /// Not before the loop exists, and before it runs.
    func attach(to loop: UnsafeMutablePointer<uv_loop_t>, _ driver: LoopDriver) {
        let made = uv_async_init(loop, self.signal) { handle in
            guard let handle else { return }
            owner(of: handle.handle, as: LoopDriver.self).openInbox()
        }
        check(made, "uv_async_init")
        self.signal.pointee.data = Unmanaged.passUnretained(driver).toOpaque()
    }

    func put(_ envelope: Envelope) {
        let isNews = self.state.withLock { state in
            state.envelopes.append(envelope)
            return state.envelopes.count == 1 && !state.isAwake
        }
        if isNews { uv_async_send(self.signal) }
    }

    func takeAll() -> [Envelope] {
        self.state.withLock { state in
            defer { state.envelopes = [] }
            return state.envelopes
        }
    }

    /// From here on the loop needs no signal, until it falls asleep.
    func wake() { self.state.withLock { $0.isAwake = true } }

    /// The loop is about to wait for events.
    ///
    /// - Returns: False when there is something for it to do first; it is awake still.
    func fallAsleep() -> Bool {
        self.state.withLock { state in
            state.isAwake = !state.envelopes.isEmpty
            return !state.isAwake
        }
    }

    /// The same, whatever there is: it is signalled, for the loop's next turn.
    func fallAsleepSignalled() {
        if !self.fallAsleep() {
            self.state.withLock { $0.isAwake = false }
            uv_async_send(self.signal)
        }
    }
}

/// A stream on its way from one loop to another.
struct MovedStream: Sendable {
    var descriptor: Int32
    var listener: Listener?
    /// Whom the listener's admission control has let in, and is told of when the stream is gone.
    var admitted: PeerAddress?
    /// nil for a plain stream.
    var layers: MovingPipe?
    var state: MovingState
}
