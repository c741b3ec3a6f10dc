import Glibc

/// A command for a shell: bytes go into its standard input, and what it writes to its standard output comes back.
struct ShellCommand {
    /// Bytes of output; a command that writes more is ended.
    static let outputLimit = 16 << 20

    let text: String
    /// Added to the environment.
    let variables: [(String, String)]
    let timeLimit: Duration

    /// Runs it to its end. Blocks.
    ///
    /// - Throws: when it cannot be run, fails, writes too much or takes too long.
    func run(input: [UInt8]) throws(Failure) -> [UInt8] {
        let child = try Child(self.text, self.variables)
        let deadline = monotonicTime() + self.timeLimit.nanoseconds
        var output: [UInt8]?
        do throws(Failure) {
            output = try child.exchange(input, until: deadline)
        } catch {
            child.end()
            throw error
        }
        guard let output, let status = child.wait(until: deadline) else {
            child.end()
            throw Failure(.failed, "the command took longer than \(self.timeLimit.short)")
        }
        if let problem = Self.problem(status) { throw Failure(.failed, problem) }
        return output
    }

    /// What a status of wait(2) says; nil when all went well. Its C macros do not reach Swift.
    static func problem(_ status: Int32) -> String? {
        if status == 0 { return nil }
        let signal = status & 0x7F
        return signal == 0
            ? "the command ended with \(status >> 8 & 0xFF)" : "the command was ended by signal \(signal)"
    }
}

/// A process and the near ends of its pipes.
private final class Child {
    private let identifier: pid_t
    private var input: Int32
    private let output: Int32

    init(_ text: String, _ variables: [(String, String)]) throws(Failure) {
        var (into, out) = ([Int32](repeating: -1, count: 2), [Int32](repeating: -1, count: 2))
        guard pipe(&into) == 0 else {
            throw Failure(.failed, "no pipe for a command: \(systemError(errno))")
        }
        guard pipe(&out) == 0 else {
            let reason = systemError(errno)
            for end in into { close(end) }
            throw Failure(.failed, "no pipe for a command: \(reason)")
        }
        // The far ends reach the child under other numbers, and the near ends not at all.
        for end in into + out { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var identifier = pid_t()
        let code = Self.spawn(&identifier, text, variables, input: into[0], output: out[1])
        close(into[0])
        close(out[1])
        guard code == 0 else {
            close(into[1])
            close(out[0])
            throw Failure(.failed, "cannot run /bin/sh: \(systemError(code))")
        }
        self.identifier = identifier
        (self.input, self.output) = (into[1], out[0])
        for end in [self.input, self.output] { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
    }

    deinit {
        if self.input >= 0 { close(self.input) }
        close(self.output)
    }

    private static func spawn(
        _ identifier: inout pid_t,
        _ text: String,
        _ variables: [(String, String)],
        input: Int32,
        output: Int32
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // fluxctl ignores SIGPIPE, which a child would inherit; a group of its own ends with all of its children.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let words: [UnsafeMutablePointer<CChar>?] = (["/bin/sh", "-c", text] as [String]).map { strdup($0) } + [nil]
        let environment: [UnsafeMutablePointer<CChar>?] = self.environment(adding: variables).map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        return posix_spawn(&identifier, "/bin/sh", &actions, &attributes, words, environment)
    }

    private static func environment(adding variables: [(String, String)]) -> [String] {
        var result: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if !variables.contains(where: { text.hasPrefix($0.0 + "=") }) { result.append(text) }
            next += 1
        }
        return result + variables.map { "\($0.0)=\($0.1)" }
    }

    /// Writes the input and reads the output until the child has closed its end.
    ///
    /// - Returns: nil when time was up before that.
    func exchange(_ bytes: [UInt8], until deadline: UInt64) throws(Failure) -> [UInt8]? {
        var rest = bytes[...]
        var output: [UInt8] = []
        if rest.isEmpty { self.endInput() }
        while true {
            let now = monotonicTime()
            if now >= deadline { return nil }
            var entries = [
                pollfd(fd: self.output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: self.input, events: Int16(POLLOUT), revents: 0),
            ]
            _ = poll(&entries, 2, Int32(clamping: (deadline - now) / 1_000_000 + 1))
            if entries[1].revents != 0 {
                let count = rest.withUnsafeBytes { write(self.input, $0.baseAddress, $0.count) }
                let code = errno
                if count > 0 { rest = rest.dropFirst(count) }
                // A command need not read all that it is given.
                if rest.isEmpty || (count < 0 && code != EAGAIN && code != EINTR) { self.endInput() }
            }
            guard entries[0].revents != 0 else { continue }
            var count = 0
            output += [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, used in
                count = read(self.output, buffer.baseAddress, buffer.count)
                used = max(0, count)
            }
            if count == 0 { return output }
            if output.count > ShellCommand.outputLimit {
                throw Failure(.failed, "the command wrote more than \(byteCount(ShellCommand.outputLimit))")
            }
        }
    }

    private func endInput() {
        close(self.input)
        self.input = -1
    }

    /// Kills it, and all that it has started and that is still of its group.
    func end() {
        kill(-self.identifier, SIGKILL)
        var status: Int32 = 0
        while waitpid(self.identifier, &status, 0) < 0, errno == EINTR {}
    }

    /// - Returns: nil when the child has closed its output and goes on.
    func wait(until deadline: UInt64) -> Int32? {
        var status: Int32 = 0
        while waitpid(self.identifier, &status, WNOHANG) != self.identifier {
            if monotonicTime() >= deadline { return nil }
            usleep(1_000)
        }
        return status
    }
}
