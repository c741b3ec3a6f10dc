import CommandSpec
import Query

/// `fluxctl ping`: its flags; what they do is in ``PingRun``.
enum PingCommand {
    static let endpoints = Positional(
        rest: .string("URL"),
        "Endpoints, as --via takes them. Default: the one of --via or the context."
    )
    static let count = Flag("count", .integer("N", in: 1...Int.max), default: "1", "Try each endpoint so often.")
    static let interval = Flag("interval", .duration("DURATION"), default: "1s", "Start a round so often.")
    static let wait = Flag(
        "wait",
        .duration("DURATION"),
        default: "5s",
        "Give an endpoint so long for all steps together."
    )

    static let type = RowType(
        "ping",
        plural: "pings",
        [
            Column("seq", .integer, "Number of the round, from 1."),
            Column("at", .string, "When it was finished."),
            Column("endpoint", .string, "Endpoint."),
            Column("address", .string, optional: true, "Address that was connected to."),
            Column("dns_ms", .number, title: "DNS", unit: .milliseconds, optional: true, "Looking up the name."),
            Column("tcp_ms", .number, title: "TCP", unit: .milliseconds, optional: true, "Connecting."),
            Column(
                "tls_ms",
                .number,
                title: "TLS",
                unit: .milliseconds,
                optional: true,
                "The TLS handshake, a full one."
            ),
            Column("ws_ms", .number, title: "WS", unit: .milliseconds, optional: true, "The WebSocket handshake."),
            Column(
                "connect_ms",
                .number,
                title: "CONNECT",
                unit: .milliseconds,
                optional: true,
                "From CONNECT to CONNACK."
            ),
            Column(
                "round_trip_ms",
                .number,
                title: "PUB→SUB",
                unit: .milliseconds,
                optional: true,
                "From publishing a message to receiving it on the same connection."
            ),
            Column("result", .string, "ok, or what went wrong."),
        ],
        table: ["endpoint", "dns_ms", "tcp_ms", "tls_ms", "connect_ms", "round_trip_ms", "result"],
        wide: [
            "seq", "endpoint", "address", "dns_ms", "tcp_ms", "tls_ms", "ws_ms", "connect_ms", "round_trip_ms",
            "result",
        ]
    )

    static let command = Command(
        "ping",
        "try endpoints step by step",
        description: [
            "Looks each endpoint's name up, connects, opens TLS and WebSocket where it has them, says CONNECT, and publishes a message to itself, and says how long each step took. "
                + "Endpoints are tried at the same time. The exit code is 3 when some tries failed, and 7 when all did.",
            "The message goes to the topic fluxmq/ping, at QoS 0.",
        ],
        effect: .write,
        positionals: [endpoints],
        groups: [FlagGroup("Tries", count, interval, wait), FlagGroup("Connection", ConnectionFlags.clientID)],
        globals: requestGlobals + [GlobalFlags.units],
        examples: [
            Example("fluxctl ping mqtt5://127.0.0.1 mqtt3://127.0.0.1", "Try both versions"),
            Example("fluxctl ping wss://edge.example/mqtt --ca ca.pem", "Try WebSocket over TLS"),
            Example("fluxctl ping --count 10 --interval 500ms -o jsonl", "Write ten tries as JSON, one a line"),
        ],
        output: type.listSchema
    ) { arguments in await PingRun.main(arguments) }
}
