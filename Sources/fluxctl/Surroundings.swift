import Glibc
import Protobuf
import Terminal

/// What one run of fluxctl stands on: its streams, its environment, and the way to the admin plane. Tests put in their own.
struct Surroundings: Sendable {
    var streams: any Streams = StandardStreams()
    var environment: @Sendable (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    /// Connects to the admin plane.
    var connect: @Sendable (AdminTarget) throws(Failure) -> any AdminAsking = { target throws(Failure) in
        try AdminPlane(target)
    }

    @TaskLocal static var current = Surroundings()
}

enum StreamName: Sendable { case output, error }

/// Standard input, output and error, and what they are connected to.
protocol Streams: Sendable {
    /// - Returns: 0, or the error that stopped it.
    func write(_ bytes: [UInt8], to stream: StreamName) -> Int32
    func isTerminal(_ stream: StreamName) -> Bool
    /// Of the terminal; nil when there is none.
    var size: ScreenSize? { get }
    var inputIsTerminal: Bool { get }
    /// A line that somebody types, without its end; nil when there is none.
    func readLine() -> String?
    /// A line that somebody types and nobody should see; nil when there is none.
    func readSecret() -> String?
}

struct StandardStreams: Streams {
    func write(_ bytes: [UInt8], to stream: StreamName) -> Int32 {
        let descriptor = Self.descriptor(stream)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    func isTerminal(_ stream: StreamName) -> Bool { isatty(Self.descriptor(stream)) == 1 }

    var size: ScreenSize? {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return nil }
        return ScreenSize(width: Int(window.ws_col), height: Int(window.ws_row))
    }

    var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    func readLine() -> String? { Swift.readLine(strippingNewline: true) }

    func readSecret() -> String? {
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return Swift.readLine(strippingNewline: true) }
        let before = shown
        // Ctrl-C must not leave a terminal behind that shows nothing.
        Interruption.handle {
            var before = before
            tcsetattr(STDIN_FILENO, TCSANOW, &before)
            _exit(ExitCode.interrupted.rawValue)
        }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer { tcsetattr(STDIN_FILENO, TCSANOW, &shown) }
        return Swift.readLine(strippingNewline: true)
    }

    private static func descriptor(_ stream: StreamName) -> Int32 {
        stream == .output ? STDOUT_FILENO : STDERR_FILENO
    }
}

/// A variable that is set and not empty.
func environment(_ name: String) -> String? {
    Surroundings.current.environment(name).flatMap { $0.isEmpty ? nil : $0 }
}

func systemError(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

/// Now, by this machine's clock.
func currentTime() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanos: Int32(time.tv_nsec))
}
