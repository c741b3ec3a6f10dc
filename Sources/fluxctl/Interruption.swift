import Blocking
import Glibc
import Synchronization

/// Ctrl-C and SIGTERM: the first lets the command end in order, the second ends the program.
enum Interruption {
    private static let state = Mutex<(handler: (@Sendable () -> Void)?, exit: ExitCode?)>((nil, nil))
    /// How the command was interrupted; nil when it was not.
    static var exit: ExitCode? { self.state.withLock { $0.exit } }

    /// What to do on the first one, on a thread of its own; without it the program ends at once.
    static func handle(_ handler: @escaping @Sendable () -> Void) { self.state.withLock { $0.handler = handler } }

    /// Call once, at the start.
    static func watch() {
        Signals.take([SIGINT, SIGTERM]) { number in
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
