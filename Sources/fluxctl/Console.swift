import CommandSpec
import Glibc

/// Where results, talk and errors go: data to standard output, everything else to standard error.
struct Console: Sendable {
    let format: OutputFormat
    let template: Template?
    /// 1: no banners; 2: no headers either.
    let quiet: Int
    let isTerminal: Bool

    init(format: OutputFormat, template: Template? = nil, quiet: Int = 0) {
        self.format = format
        self.template = template
        self.quiet = quiet
        self.isTerminal = isatty(STDOUT_FILENO) == 1
    }

    /// For people.
    static var standard: Console { Console(format: .table) }

    /// - Parameter schema: What templates may name.
    init(_ arguments: Arguments, command: String, schema: OutputSchema) throws(Failure) {
        var template: Template?
        if let text = arguments[GlobalFlags.format] {
            if let format = arguments[GlobalFlags.output], format != .template {
                throw .usage(command, "--format is a template, and the output is \(format.rawValue)")
            }
            template = try Template(text, schema: schema, command: command)
        } else if arguments[GlobalFlags.output] == .template {
            throw .usage(command, "-o template needs --format TEMPLATE")
        }
        self.init(
            format: template == nil ? arguments[GlobalFlags.output] ?? .table : .template,
            template: template,
            quiet: arguments[GlobalFlags.quiet]
        )
    }

    /// Says something about what is going on, unless it was asked not to or a program reads.
    func banner(_ text: String) {
        if self.quiet == 0, !self.format.isMachine { _ = writeAll(STDERR_FILENO, Array((text + "\n").utf8)) }
    }

    /// Writes text to standard output, and returns the exit code.
    func print(_ text: String) -> Int32 {
        do throws(Failure) {
            try self.write(Array(text.utf8))
            return 0
        } catch {
            return self.report(error)
        }
    }

    /// Writes data to standard output.
    ///
    /// - Throws: with exit code 0 when nobody reads any more.
    func write(_ bytes: [UInt8]) throws(Failure) {
        let code = writeAll(STDOUT_FILENO, bytes)
        if code == EPIPE { throw Failure(.success, "") }
        if code != 0 { throw Failure(.failed, "cannot write to standard output: \(systemError(code))") }
    }

    /// Writes an error to standard error, and returns its exit code.
    func report(_ failure: Failure) -> Int32 {
        if failure.exit == .success { return 0 }
        if failure.exit == .interrupted || failure.exit == .terminated { return failure.exit.rawValue }
        _ = writeAll(STDERR_FILENO, Array(self.text(of: failure).utf8))
        return failure.exit.rawValue
    }

    func text(of failure: Failure) -> String {
        guard self.format.isMachine else {
            let colour = self.coloursErrors ? ("\u{1B}[31m", "\u{1B}[0m") : ("", "")
            let lines =
                ["fluxctl: \(colour.0)error\(colour.1): \(printable(failure.message))"]
                + failure.hints.map { "  \(printable($0))" }
            return lines.joined(separator: "\n") + "\n"
        }
        let error: [(String, JSONValue)] = [
            ("code", .string(failure.exit.name)),
            ("exit", .integer(Int(failure.exit.rawValue))),
            ("message", .string(failure.message)),
            ("hint", failure.hints.first.map { .string($0) } ?? .null),
            ("reason_code", failure.reasonCode.map { .integer(Int($0)) } ?? .null),
        ]
        return JSONValue.object([("schema", "fluxmq.error/1"), ("error", .object(error))]).text + "\n"
    }

    /// Source: no-color.org.
    private var coloursErrors: Bool {
        isatty(STDERR_FILENO) == 1 && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
    }
}

/// - Returns: 0, or the error that stopped it.
private func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
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

func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return value.pointee == 0 ? nil : String(cString: value)
}

func systemError(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
