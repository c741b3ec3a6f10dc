import CommandSpec
import Glibc
import JSON
import Terminal

/// Where results, talk and errors go: data to standard output, everything else to standard error.
struct Console: Sendable {
    let format: OutputFormat
    let template: Template?
    /// 1: no banners; 2: no headers either.
    let quiet: Int
    let isTerminal: Bool
    /// How tables write values.
    let human: HumanText
    /// Whether whole numbers beyond 2^53 are strings in JSON.
    let safeIntegers: Bool
    private let colour: ColorChoice
    private let streams: any Streams

    init(
        format: OutputFormat,
        template: Template? = nil,
        quiet: Int = 0,
        units: SizeUnits? = nil,
        time: TimeStyle? = nil,
        colour: ColorChoice = .auto,
        safeIntegers: Bool = false
    ) {
        self.streams = Surroundings.current.streams
        self.format = format
        self.template = template
        self.quiet = quiet
        self.isTerminal = self.streams.isTerminal(.output)
        self.human = HumanText(
            units: units ?? (self.isTerminal ? .iec : .raw),
            time: time ?? (self.isTerminal ? .rel : .utc)
        )
        self.colour = colour
        self.safeIntegers = safeIntegers
    }

    /// For people.
    static var standard: Console { Console(format: .table) }

    /// For errors, before it is known whether the line's flags make sense together.
    static func preliminary(_ arguments: Arguments) -> Console {
        Console(format: arguments[GlobalFlags.output] ?? .table, colour: arguments[GlobalFlags.color] ?? .auto)
    }

    /// - Parameters:
    ///   - schema: What templates may name.
    ///   - formats: What the command can write.
    init(
        _ arguments: Arguments,
        command: String,
        schema: OutputSchema,
        formats: [OutputFormat] = [.table, .json, .jsonl, .template]
    ) throws(Failure) {
        var template: Template?
        if let text = arguments[GlobalFlags.format] {
            if let format = arguments[GlobalFlags.output], format != .template {
                throw .usage(command, "--format is a template, and the output is \(format.rawValue)")
            }
            template = try Template(text, schema: schema, command: command)
        } else if arguments[GlobalFlags.output] == .template {
            throw .usage(command, "-o template needs --format TEMPLATE")
        }
        let format = template == nil ? arguments[GlobalFlags.output] ?? .table : .template
        if !formats.contains(format) {
            throw .usage(
                command,
                "-o \(format.rawValue) has no meaning here",
                hint: "there are: \(formats.map(\.rawValue).joined(separator: ", "))"
            )
        }
        if !format.isTable {
            for flag in [GlobalFlags.units, GlobalFlags.time] as [any AnyFlag] where arguments.isGiven(flag) {
                throw .usage(command, "--\(flag.spec.name) has no meaning with -o \(format.rawValue)")
            }
        }
        if !format.isMachine, arguments[GlobalFlags.safeIntegers] {
            throw .usage(command, "--json-safe-ints has no meaning with -o \(format.rawValue)")
        }
        self.init(
            format: format,
            template: template,
            quiet: arguments[GlobalFlags.quiet],
            units: arguments[GlobalFlags.units],
            time: arguments[GlobalFlags.time],
            colour: arguments[GlobalFlags.color] ?? .auto,
            safeIntegers: arguments[GlobalFlags.safeIntegers]
        )
    }

    /// Cells of the terminal that results go to; nil when they do not go to one.
    var size: ScreenSize? { self.isTerminal ? self.streams.size : nil }

    /// Says something about what is going on, unless it was asked not to or a program reads.
    func banner(_ text: String) { if !self.format.isMachine { self.note(text) } }

    /// Says something that also matters to those who read the output with a program.
    func note(_ text: String) {
        if self.quiet == 0 { _ = self.streams.write(Array((safe(text) + "\n").utf8), to: .error) }
    }

    /// Asks a question on standard error.
    ///
    /// - Returns: Whether somebody typed yes.
    func confirm(_ question: String) -> Bool {
        _ = self.streams.write(Array("\(safe(question)) [y/N] ".utf8), to: .error)
        return ["y", "yes"].contains(self.streams.readLine()?.lowercased() ?? "")
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

    /// Runs what ends with a sentence for people, or fails.
    static func running(_ arguments: Arguments, _ body: () throws(Failure) -> String) -> Int32 {
        let console = Console(
            format: .table,
            quiet: arguments[GlobalFlags.quiet],
            colour: arguments[GlobalFlags.color] ?? .auto
        )
        do throws(Failure) {
            console.banner(try body())
            return 0
        } catch {
            return console.report(error)
        }
    }

    /// Writes data to standard output.
    ///
    /// - Throws: with exit code 0 when nobody reads any more.
    func write(_ bytes: [UInt8]) throws(Failure) {
        let code = self.streams.write(bytes, to: .output)
        if code == EPIPE { throw Failure(.success, "") }
        if code != 0 { throw Failure(.failed, "cannot write to standard output: \(systemError(code))") }
    }

    /// Writes an error to standard error, and returns its exit code.
    func report(_ failure: Failure) -> Int32 {
        if failure.exit == .success { return 0 }
        if failure.exit == .interrupted || failure.exit == .terminated { return failure.exit.rawValue }
        _ = self.streams.write(Array(self.text(of: failure).utf8), to: .error)
        return failure.exit.rawValue
    }

    func text(of failure: Failure) -> String {
        guard self.format.isMachine else {
            let paint = self.isColoured(.error) ? ("\u{1B}[31m", "\u{1B}[0m") : ("", "")
            // Of a file with many mistakes each has its line.
            let message = failure.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let lines =
                ["fluxctl: \(paint.0)error\(paint.1): \(safe(message.first ?? ""))"]
                + (message.dropFirst() + failure.hints).map { "  \(safe($0))" }
            return lines.joined(separator: "\n") + "\n"
        }
        let error: [(String, JSONValue)] = [
            ("code", .string(failure.code ?? failure.exit.name)),
            ("exit", .integer(Int(failure.exit.rawValue))),
            ("message", .string(failure.message)),
            (
                "resource",
                failure.resource.map { .object([("kind", .string($0.kind)), ("name", .string($0.name))]) } ?? .null
            ),
            ("hint", failure.hints.first.map { .string($0) } ?? .null),
            ("reason_code", failure.reasonCode.map { .integer(Int($0)) } ?? .null),
        ]
        return JSONValue.object([("schema", "fluxmq.error/1"), ("error", .object(error))]).text + "\n"
    }

    /// Whether a stream may have colours. Source: no-color.org, bixense.com/clicolors.
    func isColoured(_ stream: StreamName) -> Bool {
        switch self.colour {
        case .always: return true
        case .never: return false
        case .auto:
            if environment("NO_COLOR") != nil { return false }
            if let force = environment("CLICOLOR_FORCE"), force != "0" { return true }
            return self.streams.isTerminal(stream) && environment("TERM") != "dumb"
        }
    }
}
