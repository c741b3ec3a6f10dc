import Glibc

/// Gives the terminal back when the program crashes, and then lets the text of the crash out.
///
/// While it is armed, standard error, if it is a terminal, goes into a pipe: what the Swift runtime says about a trap would else
/// be drawn into the screen and wiped with it. The handler only calls what POSIX allows in one (write, read, tcsetattr,
/// sigaction, raise) on memory that was prepared.
enum CrashRestore {
    private struct State {
        var terminal: Int32
        var modes: termios
        var bytes: UnsafeMutableBufferPointer<UInt8>
        /// Standard error as it was, and the pipe in its place; -1 if it was left alone.
        var standardError: Int32
        var talk: (read: Int32, write: Int32)
        var isArmed: Bool
        var copy: UnsafeMutableBufferPointer<UInt8>
    }

    // A pointer that is set once on the main thread, before the handlers are: reading it in one is a plain load.
    nonisolated(unsafe) private static var state: UnsafeMutablePointer<State>?

    /// SIGQUIT, too: it ends the program with a core file and asks nobody.
    private static let signals = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT]

    /// - Parameter bytes: What brings the terminal out of full-screen mode.
    @MainActor
    static func arm(terminal: Int32, bytes: [UInt8]) {
        var modes = termios()
        guard self.state == nil, tcgetattr(terminal, &modes) == 0 else { return self.rearm() }
        let held = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = held.initialize(from: bytes)
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4_096)
        copy.initialize(repeating: 0)
        let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
        state.initialize(
            to: State(
                terminal: terminal,
                modes: modes,
                bytes: held,
                standardError: -1,
                talk: (-1, -1),
                isArmed: false,
                copy: copy
            )
        )
        self.openTalk(state)
        self.state = state
        self.installHandlers()
        self.rearm()
    }

    /// Standard error is the program's again, and what was held back comes out of it.
    @MainActor
    static func disarm() {
        guard let state = self.state, state.pointee.isArmed else { return }
        state.pointee.isArmed = false
        if state.pointee.standardError >= 0 {
            dup2(state.pointee.standardError, STDERR_FILENO)
            self.releaseTalk(state)
        }
    }

    @MainActor
    static func rearm() {
        guard let state = self.state, !state.pointee.isArmed else { return }
        if state.pointee.standardError >= 0 { dup2(state.pointee.talk.write, STDERR_FILENO) }
        state.pointee.isArmed = true
    }

    @MainActor
    private static func openTalk(_ state: UnsafeMutablePointer<State>) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        // Neither end ever blocks: when the pipe is full, what would follow is lost.
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        state.pointee.talk = (ends[0], ends[1])
        state.pointee.standardError = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
    }

    @MainActor
    private static func installHandlers() {
        // A stack of its own: the program's may be what ran out.
        let size = 65_536
        var stack = stack_t()
        stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        stack.ss_size = size
        sigaltstack(&stack, nil)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in CrashRestore.crashed(number) }
        action.sa_flags = SA_ONSTACK | SA_NODEFER | Int32(bitPattern: UInt32(SA_RESETHAND))
        for number in self.signals { sigaction(number, &action, nil) }
    }

    /// The handler. Its action is the default one again by now, so raising the signal ends the program as if it had never been
    /// caught.
    private static func crashed(_ number: Int32) {
        if let state = self.state, state.pointee.isArmed {
            state.pointee.isArmed = false
            _ = write(state.pointee.terminal, state.pointee.bytes.baseAddress, state.pointee.bytes.count)
            tcsetattr(state.pointee.terminal, TCSANOW, &state.pointee.modes)
            if state.pointee.standardError >= 0 { self.releaseTalk(state) }
        }
        raise(number)
    }

    /// Copies what was said meanwhile to the standard error that was.
    private static func releaseTalk(_ state: UnsafeMutablePointer<State>) {
        while true {
            let count = read(state.pointee.talk.read, state.pointee.copy.baseAddress, state.pointee.copy.count)
            if count <= 0 { return }
            _ = write(state.pointee.standardError, state.pointee.copy.baseAddress, count)
        }
    }
}
