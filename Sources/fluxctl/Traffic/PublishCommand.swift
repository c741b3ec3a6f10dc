import CommandSpec
import MQTTClient

/// How the records of an input are written.
enum InputFormat: String, CaseIterable, Sendable {
    case raw, jsonl
    case topicTab = "topic-tab"
}

/// `fluxctl pub`: its flags; what they do is in ``PublishRun``.
enum PublishCommand {
    static let topic = Positional(
        maybe: .string("TOPIC"),
        "Topic to publish to; may be left out when the input names topics."
    )
    static let payloads = Positional(rest: .string("PAYLOAD"), "Payloads, each of which makes a message.")

    static let message = Flag("message", short: "m", .string("TEXT"), "Payload.")
    static let file = Flag(
        "file",
        short: "f",
        .file("FILE"),
        "Read the payload, or with --lines the input, from a file; - is standard input."
    )
    static let empty = Flag(toggle: "empty", "Publish an empty payload; with --retain it removes the retained message.")
    static let stdin = Flag(toggle: "stdin", "Read the payload from standard input, to its end.")
    static let lines = Flag(
        toggle: "lines",
        short: "l",
        "Publish each line of standard input, or of --file, as a message."
    )
    static let null = Flag(toggle: "null", short: "0", "Like --lines, and records end with a zero byte.")
    static let input = Flag(
        "in",
        ValueType<InputFormat>.choice("FORMAT"),
        "Records of --lines: raw payloads, jsonl objects as sub writes them, or topic-tab (topic, tab, payload). Default: raw."
    )
    static let hex = Flag(toggle: "hex", "Payloads are written in hexadecimal.")
    static let base64 = Flag(toggle: "base64", "Payloads are written in base64.")

    static let qos = Flag("qos", short: "Q", .integer("N", in: 0...2), "Quality of service. Default: 0.")
    static let retain = Flag(toggle: "retain", short: "r", "Have the broker keep the message for later subscribers.")
    static let header = Flag(
        repeated: "header",
        short: "H",
        .string("NAME=VALUE"),
        "Add a user property; may be repeated."
    )
    static let property = Flag(
        repeated: "prop",
        ValueType<String>.property,
        "Set a property of the PUBLISH packet by its MQTT name: \(PublishProperty.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    static let contentType = Flag("content-type", .string("TYPE"), "Say what the payload is, such as application/json.")
    static let expiry = Flag(
        "expiry",
        ValueType<UInt32>.seconds("DURATION", upTo: .max),
        "Discard what was not delivered by then."
    )
    static let correlation = Flag("corr", .string("TEXT"), "Correlation data, which the answer carries back.")
    static let replyTo = Flag("reply-to", .string("TOPIC"), "Topic for the answer.")

    static let target = Flag(
        "to",
        ValueType<PublishTarget>.target,
        "Publish to topic:TOPIC, or to queue:QUEUE or queue:QUEUE/KEY of a FluxMQ broker; then there is no TOPIC."
    )
    static let delay = Flag("delay", .duration("DURATION"), "Have the queue deliver it only then.")
    static let priority = Flag(
        "priority",
        .integer("N", in: 0...9),
        "Priority in a queue that has priorities: 9 is first."
    )
    static let messageID = Flag(
        "message-id",
        .string("ID"),
        "What a queue that looks for duplicates knows the message by."
    )
    static let key = Flag(
        "message-key",
        .string("KEY"),
        "What a stream that keeps only the last message of each key knows it by."
    )

    static let count = Flag("count", .integer("N", in: 1...Int.max), "Publish the message so many times. Default: 1.")
    static let every = Flag(
        "every",
        .duration("DURATION"),
        "Wait between messages; without --count it goes on until interrupted."
    )

    static let schema = OutputSchema(
        "publish.result",
        version: 1,
        [
            .init("published", .integer, "Messages that the broker has; at QoS 0, that were sent."),
            .init("failed", .integer, "Messages that it refused or that could not be sent."),
            .init("elapsed_ms", .number, "Time from the first to the last acknowledgement."),
            .init("via", .string, "Protocol: mqtt5 or mqtt3."),
            .init("topic", .string, optional: true, "Topic; with one message only, and so are the following."),
            .init("bytes", .integer, optional: true, "Size of the payload."),
            .init("qos", .integer, optional: true, "Quality of service."),
            .init("retained", .boolean, optional: true, "Whether the broker was asked to keep it."),
            .init("reason_code", .integer, optional: true, "Reason code of the acknowledgement."),
            .init("ack_ms", .number, optional: true, "Time from sending to acknowledgement; not at QoS 0."),
        ]
    )

    static let command = Command(
        "pub",
        "publish messages",
        description: [
            "Publishes one message for each PAYLOAD, or one from --message, --file, --stdin or --empty, or one for each record of an "
                + "input with --lines. At QoS 1 and 2 it waits for the broker's acknowledgement.",
            "A flag that the protocol has no place for is an error and is never left out: MQTT 3.1.1 has no properties.",
            "An argument that begins with a hyphen and is no number needs -- before it.",
        ],
        effect: .write,
        positionals: [topic, payloads],
        groups: [
            FlagGroup("Payload", message, file, empty, stdin, lines, null, input, hex, base64),
            FlagGroup("Message", qos, retain, header, property, contentType, expiry, correlation, replyTo),
            FlagGroup("Queue", target, delay, priority, messageID, key),
            FlagGroup("Repetition", count, every),
            ConnectionFlags.session,
            ConnectionFlags.will,
        ],
        globals: GlobalFlags.traffic,
        examples: [
            Example("fluxctl pub sensors/a 21.5 -Q1 -r -H unit=C", "Publish a retained message with a user property"),
            Example(
                "printf 'sensors/a\\t1\\nsensors/b\\t2\\n' | fluxctl pub --lines --in topic-tab -Q1",
                "Publish lines that name their topics"
            ),
            Example("fluxctl pub sensors/a --empty -r", "Remove a retained message"),
            Example(
                "fluxctl pub --to queue:orders/eu '{\"id\": 7}' -Q1 --delay 5m",
                "Put a message into a queue, to be delivered later"
            ),
        ],
        output: schema
    ) { arguments in await PublishRun.main(arguments) }
}
