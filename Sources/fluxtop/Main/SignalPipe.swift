import Glibc

/// Signals as bytes that poll can wait for.
@MainActor
final class SignalPipe {
    enum Signal: Equatable {
        /// End in order, with this exit code.
        case stop(exitCode: Int32)
        case resized
        /// Ctrl-Z: stop until the shell says to go on.
        case suspend
        case resumed
    }

    /// Readable when a signal came.
    let descriptor: Int32

    // Set once before the handlers are.
    nonisolated(unsafe) private static var writeEnd: Int32 = -1

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        self.descriptor = ends[0]
        Self.writeEnd = ends[1]
        signal(SIGPIPE, SIG_IGN)
        // Before curses is started, which leaves signals alone that somebody handles.
        for number in [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT] { self.watch(number) }
    }

    /// What came since the last call, each once and in order.
    func read() -> [Signal] {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(self.descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        var signals: [Signal] = []
        for signal in bytes[..<count].compactMap({ Self.meaning(Int32($0)) }) where !signals.contains(signal) {
            signals.append(signal)
        }
        return signals
    }

    /// Stops the process as if nobody had caught SIGTSTP, and returns when it goes on.
    func stopProcess() {
        signal(SIGTSTP, SIG_DFL)
        kill(getpid(), SIGTSTP)
        self.watch(SIGTSTP)
    }

    private func watch(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let error = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(SignalPipe.writeEnd, &byte, 1)  // a full pipe holds enough signals already
            errno = error
        }
        sigaction(number, &action, nil)
    }

    private static func meaning(_ number: Int32) -> Signal? {
        switch number {
        case SIGINT, SIGTERM, SIGHUP: .stop(exitCode: 128 + number)
        case SIGWINCH: .resized
        case SIGTSTP: .suspend
        case SIGCONT: .resumed
        default: nil
        }
    }
}
