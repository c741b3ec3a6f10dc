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

    private let signal = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    private let envelopes = Mutex<[Envelope]>([])
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
        let wasEmpty = self.envelopes.withLock { envelopes in
            envelopes.append(envelope)
            return envelopes.count == 1
        }
        if wasEmpty { uv_async_send(self.signal) }
    }

    func takeAll() -> [Envelope] {
        self.envelopes.withLock { envelopes in
            defer { envelopes = [] }
            return envelopes
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
