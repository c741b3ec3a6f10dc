import CommandSpec

/// `fluxctl reply`: its flags; what they do is in ``ReplyRun``.
enum ReplyCommand {
    static let topic = Positional(.string("TOPIC"), "Topic or filter that requests come on.")

    static let echo = Flag(toggle: "echo", "Answer with the request's payload.")
    static let exec = Flag(
        "exec",
        .string("COMMAND"),
        "Answer with what a shell command writes; it reads the payload from its standard input. See ENVIRONMENT."
    )
    static let body = Flag(
        "body",
        .string("TEMPLATE"),
        "Answer with a text, in which {payload}, {topic} and the other fields of sub stand for the request's."
    )
    static let delay = Flag("delay", .duration("DURATION"), "Wait so long before each answer.")
    static let execLimit = Flag(
        "exec-limit",
        .duration("DURATION"),
        default: "30s",
        "End a command of --exec that takes longer; its request gets no answer."
    )
    static let group = Flag(
        "group",
        .string("NAME"),
        "Share the requests with other responders of the group, each of which gets some."
    )
    static let count = Flag("count", .integer("N", in: 1...Int.max), "Stop after so many requests.")
    static let qos = Flag("qos", short: "Q", .integer("N", in: 0...2), "Highest quality of service. Default: 1.")

    static let schema = OutputSchema(
        "reply.result",
        version: 1,
        [
            .init("answered", .integer, "Requests that were answered."),
            .init("failed", .integer, "Requests whose command failed, or whose answer the broker did not take."),
            .init("ignored", .integer, "Messages without a response topic."),
            .init("via", .string, "Protocol: mqtt5."),
        ]
    )

    static let command = Command(
        "reply",
        "answer requests",
        description: [
            "Subscribes to TOPIC and answers each request on its response topic, with its correlation data and quality of service, one "
                + "after the other, until it is interrupted or --count ends it. A request at QoS 1 or 2 is acknowledged when it has "
                + "been dealt with.",
            "A command of --exec that fails, writes more than 16 MiB or takes longer than --exec-limit gives no answer. It is counted, "
                + "and the exit code is 3, or 1 when none succeeded.",
            "MQTT 3.1.1 has neither response topics nor correlation data, so that this needs MQTT 5.0.",
        ],
        effect: .write,
        positionals: [topic],
        groups: [
            FlagGroup("Answer", echo, exec, body, delay, execLimit),
            FlagGroup("Subscription", group, qos, count),
            FlagGroup("Connection", ConnectionFlags.clientID),
        ],
        globals: requestGlobals,
        glossaries: [
            Glossary(
                "ENVIRONMENT",
                [
                    "FLUXMQ_TOPIC": "Of the request.",
                    "FLUXMQ_REPLY_TO": "Topic that the answer goes to.",
                    "FLUXMQ_QOS": "0, 1 or 2.",
                    "FLUXMQ_CONTENT_TYPE": "Content type, if the request has one.",
                    "FLUXMQ_CORRELATION_HEX": "Correlation data in hexadecimal, if the request has some.",
                ]
            )
        ],
        examples: [
            Example("fluxctl reply svc/time --exec 'date -u'", "Tell the time"),
            Example("fluxctl reply svc/echo --echo --group workers", "Take a share of the requests"),
            Example("fluxctl reply svc/hello --body 'hello, {payload}'", "Answer with a text"),
        ],
        output: schema
    ) { arguments in await ReplyRun.main(arguments) }
}
