import CommandSpec
import JSON

/// Which retained messages sub shows.
enum RetainedChoice: String, CaseIterable, Sendable {
    case only, skip
    case asIs = "as-is"
}

/// What becomes of a queue's message once it was written.
enum SettlingChoice: String, CaseIterable, Sendable {
    case auto, none, nack, reject
}

/// `fluxctl sub`: its flags; what they do is in ``SubscribeRun``.
enum SubscribeCommand {
    static let filters = Positional(
        rest: .string("FILTER"),
        "Topic filters, with + and #; $share/GROUP/FILTER shares them. With --queue filters of routing keys; none takes everything."
    )

    static let qos = Flag(
        "qos",
        short: "Q",
        .integer("N", in: 0...2),
        "Highest quality of service to receive at. Default: 1."
    )
    static let noLocal = Flag(toggle: "no-local", "Leave out what this client publishes itself.")
    static let retained = Flag(
        "retained",
        ValueType<RetainedChoice>.choice("CHOICE"),
        "Of retained messages show only those, skip them, or with as-is keep the publisher's retain flag on new messages."
    )
    static let exclude = Flag(repeated: "exclude", .string("FILTER"), "Do not show topics that match; may be repeated.")

    static let queue = Flag("queue", .string("QUEUE"), "Consume from this queue of a FluxMQ broker.")
    static let group = Flag(
        "group",
        .string("GROUP"),
        "Consumer group. Default: the client identifier, which is a group of its own."
    )
    static let prefetch = Flag(
        "prefetch",
        .integer("N", in: 1...65_535),
        "Messages that may be in hand at a time. Default: 1000, or --count if that is less."
    )
    static let settling = Flag(
        "ack",
        ValueType<SettlingChoice>.choice("HOW"),
        "What becomes of a queue's message once it was written: auto settles it; none leaves it in hand, so that it comes again when "
            + "this ends or the queue's visibility timeout is over; nack returns it; reject gives it up. Default: auto."
    )
    static let from = Flag(
        "from",
        .string("PLACE"),
        "Move the group of a stream there first: first, last, next, offset:N, or time:T with T as in -1h or an RFC 3339 time."
    )

    static let count = Flag("count", .integer("N", in: 1...Int.max), "Stop after so many messages.")
    static let idle = Flag("idle", .duration("DURATION"), "Stop when nothing has arrived for so long.")
    static let setupOnly = Flag(toggle: "setup-only", "Make the subscriptions of a session that is kept, and stop.")

    static let raw = Flag(
        toggle: "raw",
        "Write payloads as they came, each followed by a newline; with --format, leave the payload in it unescaped."
    )
    static let null = Flag(toggle: "null", short: "0", "Write payloads as they came, each followed by a zero byte.")

    static let command = Command(
        "sub",
        "subscribe and show messages",
        description: [
            "Subscribes to each FILTER and writes every message that arrives, until it is interrupted or --count, --timeout or --idle "
                + "ends it. When time is up before the count is reached, or without a count before anything arrived, the exit code is 8.",
            "A message at QoS 1 or 2 is acknowledged once it was written, and none beyond --count is, so that none is taken and lost.",
            "Payloads are shown with control characters escaped, and bytes that are not UTF-8 as \\xNN. Only --raw and -0 write them as "
                + "they came.",
        ],
        positionals: [filters],
        groups: [
            FlagGroup("Subscription", qos, noLocal, retained, exclude),
            FlagGroup("Queue", queue, group, prefetch, settling, from),
            FlagGroup("End", count, idle, setupOnly),
            FlagGroup("Output", raw, null),
            ConnectionFlags.session,
        ],
        globals: GlobalFlags.traffic,
        examples: [
            Example("fluxctl sub 'sensors/#' --count 2 -o jsonl", "Write two messages as JSON, one a line"),
            Example("fluxctl sub '#' --retained only --idle 1s", "Show what the broker keeps"),
            Example("fluxctl sub --queue orders --group billing --count 10", "Take ten messages out of a queue"),
            Example("fluxctl sub '$share/workers/jobs' -F '{topic} {payload:40}\\n'", "Take a share of the messages"),
        ],
        output: MessageView.schema
    ) { arguments in await SubscribeRun.main(arguments) }
}
