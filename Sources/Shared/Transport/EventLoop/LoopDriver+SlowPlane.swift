import CUV
import Machine

/// What other threads ask for, rarely.
extension LoopDriver {
    func accept(_ listener: Listener) {
        self.listeners.append(listener)
        listener.accept(on: self.loop, for: self)
    }

    func stopAccepting() {
        for listener in self.listeners { listener.close() }
        self.listeners = []
    }

    func closeStreams() {
        for attempt in self.connecting.values { attempt.abandon() }
        for stream in self.streams { stream?.close() }
        self.settle()
    }

    func after(milliseconds: UInt64, _ body: @escaping () -> Void) {
        let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
        check(uv_timer_init(self.loop, timer), "uv_timer_init")
        timer.pointee.data = Unmanaged.passRetained(Callback(body)).toOpaque()
        uv_timer_start(
            timer,
            { timer in
                guard let timer else { return }
                let callback = Unmanaged<Callback>.fromOpaque(timer.pointee.data).takeRetainedValue()
                uv_close(timer.handle) { handle in UnsafeMutableRawPointer(handle)?.deallocate() }
                callback.body()
            },
            milliseconds,
            0
        )
    }
}

private final class Callback {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}
