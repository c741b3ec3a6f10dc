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

/// `fluxctl check`: for monitoring systems.
enum CheckCommands {
    static let roundTrip = CheckFigure("rtt", .milliseconds)
    private static let latencyFlags = CheckFlags([roundTrip], warning: "rtt>5ms", critical: "rtt>20ms")

    static let type = RowType(
        "check",
        plural: "checks",
        [
            Column(
                "id",
                .string,
                title: "CHECK",
                "Which check: alive, ready, latency, queue, group, stream, dlq, disk or cert."
            ),
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
            "Thresholds compare figures of the performance data with numbers (50k), times (5m), sizes (2GiB) or shares (10%), with "
                + "> >= < <= = or !=; of several, with | between them, any is enough.",
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
                flags: [latencyFlags.group],
                globals: [
                    GlobalFlags.context, GlobalFlags.via, GlobalFlags.passwordFile, GlobalFlags.passwordEnvironment,
                    GlobalFlags.timeout, GlobalFlags.output, GlobalFlags.quiet, GlobalFlags.color,
                ] + TLSFlags.all,
                example: "fluxctl check latency --warn 'rtt>5ms' --crit 'rtt>50ms'"
            ) { (invocation) async throws(Failure) in try await latency(invocation) },
        ] + queueChecks + [diskCheck]
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
                    let hint = error.hints.first.map { " (\($0))" } ?? ""
                    result = CheckResult(check: group ?? name, state: .critical, message: error.message + hint)
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

    static func connect(_ invocation: AdminInvocation) throws(Failure) -> any AdminAsking {
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
        guard let broker = try self.broker(self.connect(invocation)) else {
            return CheckResult(check: "ready", state: .unknown, message: "the broker says nothing about itself")
        }
        let isFailed = broker.storageState == "failed"
        let isFull = broker.storageState == "full"
        return CheckResult(
            check: "ready",
            state: broker.state != "ready" || isFailed ? .critical : isFull ? .warning : .ok,
            message: "\(broker.id) is \(broker.state)"
                + (isFailed || isFull ? ", its storage \(broker.storageState)" : ""),
            figures: [("connections", "\(broker.connections);;;0"), ("sessions", "\(broker.sessions);;;0")]
        )
    }

    private static func latency(_ invocation: AdminInvocation) async throws(Failure) -> CheckResult {
        let time = try await RoundTrip.measure(invocation)
        var findings = CheckFindings()
        findings.add(self.roundTrip, time.inSeconds * 1_000, headline: true)
        return findings.result(
            "latency",
            of: "",
            warning: invocation.arguments[self.latencyFlags.warning],
            critical: invocation.arguments[self.latencyFlags.critical]
        )
    }
}
