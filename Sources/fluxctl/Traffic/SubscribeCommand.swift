import CommandSpec
import JSON

/// Which retained messages sub shows.
enum RetainedChoice: String, CaseIterable, Sendable {
    case only, skip
    case asIs = "as-is"
}

/// `fluxctl sub`: its flags; what they do is in ``SubscribeRun``.
enum SubscribeCommand {
    static let filters = Positional(
        some: .string("FILTER"),
        "Topic filters, with + and #; $share/GROUP/FILTER shares them."
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
            FlagGroup("End", count, idle, setupOnly),
            FlagGroup("Output", raw, null),
            ConnectionFlags.session,
        ],
        globals: GlobalFlags.traffic,
        examples: [
            Example("fluxctl sub 'sensors/#' --count 2 -o jsonl", "Write two messages as JSON, one a line"),
            Example("fluxctl sub '#' --retained only --idle 1s", "Show what the broker keeps"),
            Example("fluxctl sub '$share/workers/jobs' -F '{topic} {payload:40}\\n'", "Take a share of the messages"),
        ],
        output: MessageView.schema
    ) { arguments in await SubscribeRun.main(arguments) }
}
