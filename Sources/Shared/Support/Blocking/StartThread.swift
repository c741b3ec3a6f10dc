import Glibc

/// Runs something that may block on a detached thread of its own: loops and Swift's few threads for tasks must not wait.
package func startThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread,
        nil,
        { pointer in
            guard let pointer else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run()
            return nil
        },
        box.toOpaque()
    )
    // A process that gets no thread is out of memory or of processes: whatever asked could neither go on nor answer.
    precondition(code == 0, "no thread for something that may block: \(String(cString: strerror(code)))")
    pthread_detach(thread)
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
