import Glibc
import Synchronization

/// Ctrl-C and SIGTERM: the first lets the command end in order, the second ends the program.
///
/// A handler writes the signal's number into a pipe that a thread reads. Blocking the signals and waiting for them would not
/// do: an asynchronous main leaves the first thread in libdispatch, which unblocks every signal there.
enum Interruption {
    private static let state = Mutex<(handler: (@Sendable () -> Void)?, exit: ExitCode?)>((nil, nil))
    private static let pipeEnds: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        return pipe(&ends) == 0 ? (ends[0], ends[1]) : (-1, -1)
    }()

    /// How the command was interrupted; nil when it was not.
    static var exit: ExitCode? { self.state.withLock { $0.exit } }

    /// What to do on the first one, on a thread of its own; without it the program ends at once.
    static func handle(_ handler: @escaping @Sendable () -> Void) { self.state.withLock { $0.handler = handler } }

    /// Call once, at the start.
    static func watch() {
        // Without a pipe or a thread the signals keep their default, which ends the program at once.
        guard self.pipeEnds.read >= 0 else { return }
        var thread = pthread_t()
        guard pthread_create(&thread, nil, { _ in Interruption.wait() }, nil) == 0 else { return }
        pthread_detach(thread)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Interruption.pipeEnds.write, &byte, 1)
            }
        }
    }

    private static func wait() -> UnsafeMutableRawPointer? {
        var byte: UInt8 = 0
        while true {
            let count = read(self.pipeEnds.read, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            let exit: ExitCode = Int32(byte) == SIGTERM ? .terminated : .interrupted
            let (isSecond, handler) = self.state.withLock { state in
                defer { state.exit = exit }
                return (state.exit != nil, state.handler)
            }
            guard !isSecond, let handler else { _exit(exit.rawValue) }
            handler()
        }
    }
}
