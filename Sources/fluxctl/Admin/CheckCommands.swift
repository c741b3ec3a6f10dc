import AdminAPI
import CommandSpec
import JSON
import MQTTClient
import Protobuf
import Terminal

/// How a check ended, with the exit code that monitoring systems know. Source: Monitoring Plugins Development Guidelines.
enum CheckState: Int32, Sendable {
    case ok = 0
    case warning, critical, unknown

    var name: String {
        switch self {
        case .ok: "OK"
        case .warning: "WARNING"
        case .critical: "CRITICAL"
        case .unknown: "UNKNOWN"
        }
    }
}

/// What a check found.
struct CheckResult: Sendable {
    var check: String
    var state: CheckState
    var message: String
    /// Name and value as performance data writes them: `0.84ms;5;20;0`.
    var figures: [(name: String, value: String)] = []

    /// `FLUXMQ ALIVE OK - n1 up 3h12m | rtt=0.84ms;;;0`.
    var line: String {
        let data = self.figures.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        // A bar would begin the performance data.
        let text = safe(self.message).split(separator: "|", omittingEmptySubsequences: false).joined(separator: "/")
        return "FLUXMQ \(self.check.uppercased()) \(self.state.name) - \(text)" + (data.isEmpty ? "" : " | \(data)")
    }
}

/// A bound on the round trip: `rtt>5ms`.
struct Threshold: Equatable, Sendable {
    /// Whether the bound itself is too much.
    let isInclusive: Bool
    let bound: Duration

    func isExceeded(by time: Duration) -> Bool { self.isInclusive ? time >= self.bound : time > self.bound }

    var milliseconds: String { decimal(self.bound.inSeconds * 1_000, 2) }
}

extension ValueType where Value == Threshold {
    static var roundTrip: ValueType {
        let duration = ValueType<Duration>.duration("DURATION")
        return ValueType("EXPR") { (text: String) throws(ValueProblem) -> Threshold in
            let isInclusive = text.hasPrefix("rtt>=")
            guard text.hasPrefix("rtt>") else { throw ValueProblem("is no threshold", hint: "as in: 'rtt>5ms'") }
            let bound = try duration.read(String(text.dropFirst(isInclusive ? 5 : 4)))
            return Threshold(isInclusive: isInclusive, bound: bound)
        }
    }
}

/// `fluxctl check`: for monitoring systems.
enum CheckCommands {
    private static let warn = Flag("warn", ValueType<Threshold>.roundTrip, "When it is a warning: 'rtt>5ms'.")
    private static let critical = Flag("crit", ValueType<Threshold>.roundTrip, "When it is critical: 'rtt>20ms'.")

    static let type = RowType(
        "check",
        plural: "checks",
        [
            Column("id", .string, title: "CHECK", "Which check: alive, ready, latency or cert."),
            Column("state", .string, "ok, warning, critical or unknown."),
            Column("message", .string, "What was found."),
            Column("figures", .object, "Performance data: value;warning;critical;minimum."),
        ]
    )

    static let group = CommandGroup(
        "check",
        aliases: ["checks"],
        "checks for monitoring systems",
        description: [
            "Each check writes one line: FLUXMQ, its name, its state, what it found, and after a bar the performance data.",
            "Checks have exit codes of their own: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. What cannot be reached is CRITICAL, a mistake on "
                + "the command line UNKNOWN. --timeout is 10s unless it is given.",
        ],
        [
            check("alive", "does the broker answer", example: "fluxctl check alive") { (invocation) throws(Failure) in
                try alive(invocation)
            },
            check("ready", "does the broker take clients", example: "fluxctl check ready --timeout 2s") {
                (invocation) throws(Failure) in
                try ready(invocation)
            },
            check(
                "latency",
                "how long does a message take to the broker and back",
                description: [
                    "Connects twice over MQTT, as --via says, and sends itself one message at QoS 0 on the topic fluxmq/check/latency."
                ],
                flags: [FlagGroup("Thresholds", warn, critical)],
                globals: [
                    GlobalFlags.context, GlobalFlags.via, GlobalFlags.passwordFile, GlobalFlags.passwordEnvironment,
                    GlobalFlags.timeout, GlobalFlags.output, GlobalFlags.quiet, GlobalFlags.color,
                ] + TLSFlags.all,
                example: "fluxctl check latency --warn 'rtt>5ms' --crit 'rtt>50ms'"
            ) { (invocation) async throws(Failure) in try await latency(invocation) },
        ]
    )

    /// A command that ends as checks do.
    ///
    /// - Parameters:
    ///   - name: Its verb.
    ///   - group: The noun that it belongs to, which is then what the check is called: `cert`.
    static func check(
        _ name: String,
        of group: String? = nil,
        _ summary: String,
        description: [String] = [],
        positionals: [any AnyPositional] = [],
        flags: [FlagGroup] = [],
        globals: [any AnyFlag] = [
            GlobalFlags.context, GlobalFlags.admin, GlobalFlags.timeout, GlobalFlags.output, GlobalFlags.quiet,
            GlobalFlags.color,
        ],
        example: String,
        body: @escaping @Sendable (AdminInvocation) async throws(Failure) -> CheckResult
    ) -> Command {
        Command(
            name,
            summary,
            description: description,
            positionals: positionals,
            groups: flags,
            globals: globals,
            examples: [Example(example, summary.prefix(1).uppercased() + summary.dropFirst() + "?")],
            output: self.type.showSchema
        ) { arguments in
            let path = "\(group ?? "check") \(name)"
            var console = Console.preliminary(arguments)
            do throws(Failure) {
                let formats: [OutputFormat] = [.table, .json, .jsonl]
                console = try Console(arguments, command: path, schema: self.type.schema, formats: formats)
                let invocation = AdminInvocation(command: path, arguments: arguments, console: console)
                var result: CheckResult
                do throws(Failure) {
                    result = try await body(invocation)
                } catch {
                    guard error.exit != .usage else { throw error }
                    result = CheckResult(check: group ?? name, state: .critical, message: error.message)
                }
                try self.write(result, to: console)
                return result.state.rawValue
            } catch {
                // Nobody reads any more, or the command line is at fault.
                return console.report(error) == 0 ? 0 : CheckState.unknown.rawValue
            }
        }
    }

    private static func write(_ result: CheckResult, to console: Console) throws(Failure) {
        if console.format.isTable { return try console.write(Array((result.line + "\n").utf8)) }
        let record = Record([
            .text(result.check), .text(result.state.name.lowercased()), .text(result.message),
            .structure(.object(result.figures.map { ($0.name, .string($0.value)) })),
        ])
        let columns = Array(self.type.columns.indices)
        try writeObject(record, self.type, columns: columns, head: ListHead(at: currentTime()), to: console)
    }

    private static func connect(_ invocation: AdminInvocation) throws(Failure) -> any AdminAsking {
        try invocation.connect(patience: .seconds(10))
    }

    private static func alive(_ invocation: AdminInvocation) throws(Failure) -> CheckResult {
        let admin = try self.connect(invocation)
        let start = ContinuousClock.now
        let hello = try admin.hello()
        let time = start.duration(to: .now)
        var message = "fluxd \(hello.version) on \(hello.node)"
        if let now = hello.now, let started = hello.startedAt, now.seconds >= started.seconds {
            message += " up \(Quantity.duration(milliseconds: UInt64(now.seconds - started.seconds) * 1_000))"
        }
        return CheckResult(
            check: "alive",
            state: .ok,
            message: message,
            figures: [("rtt", "\(decimal(time.inSeconds * 1_000, 2))ms;;;0")]
        )
    }

    private static func ready(_ invocation: AdminInvocation) throws(Failure) -> CheckResult {
        var query = AdminV1.Query()
        query.kind = .broker
        query.limit = 1
        let response = try self.connect(invocation).list(query)
        guard case .broker(let broker)? = response.rows.first?.row else {
            return CheckResult(check: "ready", state: .unknown, message: "the broker says nothing about itself")
        }
        return CheckResult(
            check: "ready",
            state: broker.state == "ready" ? .ok : .critical,
            message: "\(broker.id) is \(broker.state)",
            figures: [("connections", "\(broker.connections);;;0"), ("sessions", "\(broker.sessions);;;0")]
        )
    }

    private static func latency(_ invocation: AdminInvocation) async throws(Failure) -> CheckResult {
        let arguments = invocation.arguments
        let time = try await RoundTrip.measure(invocation)
        let bounds = (warn: arguments[self.warn], critical: arguments[self.critical])
        let state: CheckState =
            bounds.critical?.isExceeded(by: time) == true
            ? .critical : bounds.warn?.isExceeded(by: time) == true ? .warning : .ok
        let milliseconds = decimal(time.inSeconds * 1_000, 2)
        let limits = "\(bounds.warn?.milliseconds ?? "");\(bounds.critical?.milliseconds ?? "")"
        return CheckResult(
            check: "latency",
            state: state,
            message: "rtt \(milliseconds) ms",
            figures: [("rtt", "\(milliseconds)ms;\(limits);0")]
        )
    }
}
