import Glibc
import Synchronization

/// Ctrl-C and SIGTERM: the first lets the command end in order, the second ends the program.
enum Interruption {
    private static let state = Mutex<(handler: (@Sendable () -> Void)?, exit: ExitCode?)>((nil, nil))

    /// How the command was interrupted; nil when it was not.
    static var exit: ExitCode? { self.state.withLock { $0.exit } }

    /// What to do on the first one, on a thread of its own; without it the program ends at once.
    static func handle(_ handler: @escaping @Sendable () -> Void) { self.state.withLock { $0.handler = handler } }

    /// Call before any other thread is started: threads inherit that the signals are blocked.
    static func watch() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { _ in Interruption.wait() }, nil)
        if code == 0 { pthread_detach(thread) } else { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
    }

    private static func wait() -> UnsafeMutableRawPointer? {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { return nil }
            let exit: ExitCode = number == SIGTERM ? .terminated : .interrupted
            let (isSecond, handler) = self.state.withLock { state in
                defer { state.exit = exit }
                return (state.exit != nil, state.handler)
            }
            guard !isSecond, let handler else { _exit(exit.rawValue) }
            handler()
        }
    }
}
