import CLinux
import CUV
import Glibc
import Synchronization

/// One libuv loop on one thread, and the executor of the actor that lives there.
///
/// There are two ways in, both on the loop's thread: libuv's callbacks, which bring bytes, and Swift jobs, which are what an
/// `await` from another thread turns into. So the code behind either needs no lock, and the compiler knows it of the second.
package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    // Sendable because: `loop`, `wakeUp` and `handles` are used on the loop's thread, or before it starts, but for
    // `uv_async_send`, which libuv allows from any thread; the rest is locked or atomic.
    let loop = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
    private let wakeUp = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    private let jobs = Mutex<[UnownedJob]>([])
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<pthread_t?>(nil)
    private let name: String

    /// - Parameter name: What `top -H` and a debugger show; 15 bytes at most.
    package init(name: String) {
        self.name = name
        // libuv writes without MSG_NOSIGNAL: a peer that is gone is an error of write, and not the process's end.
        signal(SIGPIPE, SIG_IGN)
        check(uv_loop_init(self.loop), "uv_loop_init")
        self.loop.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        let made = uv_async_init(self.loop, self.wakeUp) { handle in
            guard let data = handle?.pointee.loop.pointee.data else { return }
            Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue().runJobs()
        }
        check(made, "uv_async_init")
    }

    /// Runs the loop on a thread of its own until ``stop()``.
    package func start() {
        self.thread.withLock { thread in
            var started = pthread_t()
            let result = pthread_create(
                &started,
                nil,
                { loop in
                    guard let loop else { return nil }
                    Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue().run()
                    return nil
                },
                Unmanaged.passUnretained(self).toOpaque()
            )
            precondition(result == 0, "no thread for an event loop")
            thread = started
        }
    }

    private func run() {
        clinux_name_thread(self.name)
        uv_run(self.loop, UV_RUN_DEFAULT)
    }

    /// Ends the loop once all its handles are closed, and waits for its thread. Not to be called on the loop.
    package func stop() {
        self.stopping.store(true, ordering: .releasing)
        uv_async_send(self.wakeUp)
        guard let thread = self.thread.withLock({ $0 }) else { return }
        pthread_join(thread, nil)
        self.thread.withLock { $0 = nil }
    }

    /// Milliseconds of the clock that all loops share.
    package static func now() -> UInt64 { uv_hrtime() / 1_000_000 }

    package var isCurrent: Bool { self.thread.withLock { $0.map { pthread_equal($0, pthread_self()) != 0 } ?? false } }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasIdle = self.jobs.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        if wasIdle { uv_async_send(self.wakeUp) }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    package func isIsolatingCurrentContext() -> Bool? { self.isCurrent }
    package func checkIsolated() { precondition(self.isCurrent, "code of a loop runs on another thread") }

    private func runJobs() {
        let ready = self.jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        for job in ready { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        if self.stopping.load(ordering: .acquiring) { self.closeAll() }
    }

    /// Closes whatever handle is left, so that `uv_run` returns.
    private func closeAll() {
        uv_walk(self.loop, { handle, _ in if let handle, uv_is_closing(handle) == 0 { uv_close(handle, nil) } }, nil)
    }
}

/// A failure of libuv while a loop is set up is ours, or the machine has no descriptors left: nothing can go on.
func check(_ result: Int32, _ call: StaticString) {
    precondition(result == 0, "\(call): \(String(cString: uv_strerror(result)))")
}

extension UnsafeMutablePointer {
    /// The handle that every libuv handle starts with.
    var handle: UnsafeMutablePointer<uv_handle_t> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: uv_handle_t.self)
    }
}

/// The object that a handle's `data` names; the table that owns it outlives the handle.
func owner<Owner: AnyObject>(of handle: UnsafeMutablePointer<uv_handle_t>, as type: Owner.Type) -> Owner {
    Unmanaged<Owner>.fromOpaque(handle.pointee.data).takeUnretainedValue()
}
