import CommandSpec

/// `fluxctl req`: its flags; what they do is in ``RequestRun``.
enum RequestCommand {
    static let topic = Positional(.string("TOPIC"), "Topic that somebody answers on.")
    static let payload = Positional(maybe: .string("PAYLOAD"), "Payload of the request. Default: an empty one.")

    static let wait = Flag("wait", .duration("DURATION"), default: "5s", "Wait so long for answers.")
    static let replies = Flag("replies", .integer("N", in: 1...Int.max), default: "1", "Wait for so many answers.")
    static let roundTrip = Flag(toggle: "rtt", "Say how long each answer took, on standard error; JSON always has it.")
    static let raw = Flag(
        toggle: "raw",
        "Write payloads as they came, each followed by a newline; with --format, leave the payload in it unescaped."
    )
    static let qos = Flag("qos", short: "Q", .integer("N", in: 0...2), "Quality of service. Default: 1.")

    static let schema = OutputSchema(
        "reply",
        version: 1,
        MessageView.schema.fields + [.init("rtt_ms", .number, "Time from sending the request to receiving the answer.")]
    )

    static let command = Command(
        "req",
        "ask a question and show the answer",
        description: [
            "Publishes a request with a response topic and correlation data of its own, and writes the answers that carry these. The exit "
                + "code is 8 when not enough of them came in time, and 13 at once when the broker says that nobody subscribes to "
                + "TOPIC, which it does at QoS 1 and 2.",
            "MQTT 3.1.1 has neither response topics nor correlation data, so that this needs MQTT 5.0.",
        ],
        effect: .write,
        positionals: [topic, payload],
        groups: [
            FlagGroup(
                "Payload",
                PublishCommand.message,
                PublishCommand.file,
                PublishCommand.stdin,
                PublishCommand.hex,
                PublishCommand.base64
            ),
            FlagGroup(
                "Message",
                qos,
                PublishCommand.header,
                PublishCommand.contentType,
                PublishCommand.expiry
            ),
            FlagGroup("Answers", wait, replies, roundTrip, raw),
            FlagGroup("Connection", ConnectionFlags.clientID),
        ],
        globals: requestGlobals,
        examples: [
            Example("fluxctl req svc/time --rtt", "Ask, and say how long it took"),
            Example("fluxctl req svc/all ping --replies 3 --wait 2s -o jsonl", "Collect three answers"),
        ],
        output: schema
    ) { arguments in await RequestRun.main(arguments) }
}

/// What commands have a use for that speak MQTT and bring their own end.
let requestGlobals: [any AnyFlag] =
    [
        GlobalFlags.context, GlobalFlags.via, GlobalFlags.passwordFile, GlobalFlags.passwordEnvironment,
        GlobalFlags.output, GlobalFlags.format, GlobalFlags.quiet, GlobalFlags.color,
    ] + TLSFlags.all
