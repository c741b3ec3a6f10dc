import CommandSpec

/// `fluxctl bench`: its scenarios and flags; what they do is in ``BenchRun``.
enum BenchCommands {
    static let publishers = Flag("pubs", .integer("N", in: 1...60_000), "Publishers. Default: 1.")
    static let subscribers = Flag("subs", .integer("N", in: 1...60_000), "Subscribers. Default: 1.")
    static let connections = Flag("conns", .integer("N", in: 1...60_000), "Connections. Default: 100.")
    static let topics = Flag(
        "topics",
        .integer("N", in: 1...1_000_000),
        "Topics, fluxmq/bench/0 and so on, which publishers and subscribers share out evenly. Default: one for each publisher; in "
            + "bench sub one for each subscriber."
    )
    static let size = Flag(
        "size",
        ValueType<ClosedRange<Int>>.sizes,
        "Bytes of a payload, from 32, or sizes spread evenly over a range: 64-4096. Default: 256."
    )
    static let qos = Flag("qos", short: "Q", .integer("N", in: 0...2), "Quality of service. Default: 0.")
    static let rate = Flag(
        "rate",
        ValueType<Double>.rate,
        "Messages a second by all publishers together, such as 50k, evenly spaced. Default: as fast as the broker takes them."
    )
    static let openLoop = Flag(
        toggle: "open-loop",
        "With --rate, which implies it: a message that the broker holds back keeps the time at which it was due."
    )
    static let closedLoop = Flag(
        toggle: "closed-loop",
        "With --rate: a message is due only when there is room for it, so that a slow broker is asked less."
    )
    static let duration = Flag("duration", .duration("DURATION"), "Measure for so long. Default: 30s.")
    static let hold = Flag("duration", .duration("DURATION"), "Keep the connections for so long. Default: 0.")
    static let warmUp = Flag(
        "warmup",
        .duration("DURATION"),
        "Work for so long before anything counts. Default: 3s; with --count 0."
    )
    static let count = Flag("count", .integer("N", in: 1...Int.max), "Stop after so many messages of all together.")
    static let window = Flag(
        "window",
        .integer("N", in: 1...65_535),
        "Messages of one publisher that wait for their acknowledgement at QoS 1 and 2. Default: 100."
    )
    static let connectRate = Flag(
        "connect-rate",
        ValueType<Double>.rate,
        "Connections a second. Default: up to 64 at a time in each thread."
    )
    static let payload = Flag(
        "payload",
        ValueType<LoadPlan.Filler>.choice("KIND"),
        "What follows the first 32 bytes, which say who sent the message and when: zero or random. Default: zero."
    )
    static let queue = Flag(
        "queue",
        .string("NAME"),
        "The queue, best one of its own, since what is in it is consumed. Default, of bench queue: an ephemeral one, which is not stored."
    )
    static let groups = Flag(
        "groups",
        .integer("N", in: 1...100),
        "Groups, bench, bench-2 and so on, that the subscribers are shared out to: each message goes to one of each. Default: 1."
    )
    static let prefetch = Flag(
        "prefetch",
        .integer("N", in: 1...65_535),
        "Messages that a subscriber may have in hand. Default: 1000."
    )
    static let histogram = Flag("hist", .file("FILE"), "Write the latencies in HdrHistogram's percentile format.")
    static let record = Flag(
        "record",
        .file("FILE"),
        "Write everything that was measured as JSON: the result, every interval, and the whole histograms."
    )
    static let assertions = Flag(
        repeated: "assert",
        ValueType<Assertion>.assertion,
        "Fail with 12 unless this holds; may be repeated. See ASSERTIONS in fluxctl-bench(1)."
    )
    static let interval = Flag("interval", .duration("DURATION"), "Write a line so often; 0 for never. Default: 1s.")

    static let group = CommandGroup(
        "bench",
        "put a load on a broker and measure it",
        description: [
            "A line for each interval goes to standard error, the result to standard output.",
            "With --rate the loop is open: the latency of a message is counted from when it should have been sent, so that a broker "
                + "which stalls cannot hide it by being asked less. The service time, from when it really was sent, stands beside it.",
            "late counts what fluxctl itself began more than 1 ms after it was due. Above 1 % the run is client-limited, and assertions "
                + "on times and rates are withheld.",
            "Every payload begins with its publisher's number and a sequence number, by which lost, duplicate and reordered messages "
                + "are found. A subscriber of bench pubsub takes no message of another run into account.",
        ],
        glossaries: [
            Glossary(
                "ASSERTIONS",
                [
                    "p50, p99, p99.9, mean, min, max": "Latency; with service_ before it the service time: p99<5ms.",
                    "sent, received, acknowledged, connected": "Numbers of messages or connections: received>=1M.",
                    "lost, dup, reordered, late, errors": "Numbers that should be small: lost=0.",
                    "sent_per_s, received_per_s": "Rates: received_per_s>=50k.",
                    "< <= > >= = !=": "What may stand between name and value.",
                ]
            )
        ],
        [publish, subscribe, both, connect, queueing("queue", .queue), queueing("stream", .stream)]
    )

    private static let publish = Command(
        "pub",
        "publish, and measure until the acknowledgement",
        description: ["At QoS 0, which has no acknowledgement, only rates are measured."],
        effect: .write,
        groups: [
            FlagGroup("Load", publishers, topics, size, payload, qos, rate, openLoop, closedLoop, window, connectRate),
            FlagGroup("End", duration, warmUp, count),
            FlagGroup("Result", histogram, record, assertions, interval),
        ],
        globals: requestGlobals,
        examples: [
            Example("fluxctl bench pub --pubs 8 -Q1 --rate 20k --duration 10s", "Publish 20,000 messages a second")
        ],
        output: LoadReport.schema
    ) { arguments in await BenchRun.main(.pub, arguments) }

    private static let subscribe = Command(
        "sub",
        "receive what others publish, and count",
        description: [
            "What bench pub sends elsewhere is checked for losses, duplicates and order. Latencies are not measured: another machine "
                + "has another clock."
        ],
        effect: .read,
        groups: [
            FlagGroup("Load", subscribers, topics, qos, connectRate),
            FlagGroup("End", duration, warmUp, count),
            FlagGroup("Result", record, assertions, interval),
        ],
        globals: requestGlobals,
        examples: [Example("fluxctl bench sub --subs 16 --topics 16 --duration 1m", "Receive on 16 topics")],
        output: LoadReport.schema
    ) { arguments in await BenchRun.main(.sub, arguments) }

    private static let both = Command(
        "pubsub",
        "publish and receive, and measure from the one to the other",
        description: [
            "Without --rate it finds out how much goes through: publishers send as fast as their window allows at QoS 1 and 2, and at "
                + "QoS 0 as fast as the broker reads, which then may have to drop messages."
        ],
        effect: .write,
        groups: [
            FlagGroup(
                "Load",
                publishers,
                subscribers,
                topics,
                size,
                payload,
                qos,
                rate,
                openLoop,
                closedLoop,
                window,
                connectRate
            ),
            FlagGroup("End", duration, warmUp, count),
            FlagGroup("Result", histogram, record, assertions, interval),
        ],
        globals: requestGlobals,
        examples: [
            Example(
                "fluxctl bench pubsub --pubs 16 --subs 16 -Q1 --rate 50k --assert 'p99<5ms' --assert lost=0",
                "Fail unless 50,000 messages a second arrive in time"
            )
        ],
        output: LoadReport.schema
    ) { arguments in await BenchRun.main(.pubsub, arguments) }

    private static func queueing(_ name: String, _ scenario: LoadPlan.Scenario) -> Command {
        Command(
            name,
            "publish into a \(name) and consume from it, and measure from the one to the other",
            description: [
                "Publishers wait for the acknowledgement that a message is stored; consumers acknowledge each message with PUBACK. A "
                    + "message that came to two members of one group, or twice to one, counts as duplicate.",
                scenario == .queue
                    ? "Make a queue as you would use it, and give its name: fluxctl queue add load --durability synced."
                    : "It reads what is published from now on. Make the stream before: fluxctl stream add load.",
            ],
            effect: .write,
            groups: [
                FlagGroup(
                    "Load",
                    queue,
                    publishers,
                    subscribers,
                    groups,
                    prefetch,
                    size,
                    payload,
                    rate,
                    openLoop,
                    closedLoop,
                    window,
                    connectRate
                ),
                FlagGroup("End", duration, warmUp, count),
                FlagGroup("Result", histogram, record, assertions, interval),
            ],
            globals: requestGlobals,
            examples: [
                Example(
                    "fluxctl bench \(name) --queue load --pubs 4 --subs 4 --count 100000 --assert lost=0 --assert dup=0",
                    "Fail if one message is lost or comes twice"
                )
            ],
            output: LoadReport.schema
        ) { arguments in await BenchRun.main(scenario, arguments) }
    }

    private static let connect = Command(
        "conn",
        "connect, and measure until the broker has accepted",
        description: ["All connections stay until the last is made, and for --duration after that."],
        effect: .write,
        groups: [
            FlagGroup("Load", connections, connectRate), FlagGroup("End", hold),
            FlagGroup("Result", histogram, record, assertions),
        ],
        globals: requestGlobals,
        examples: [Example("fluxctl bench conn --conns 1000 --connect-rate 500", "Make 500 connections a second")],
        output: LoadReport.schema
    ) { arguments in await BenchRun.main(.conn, arguments) }
}

extension ValueType where Value == Double {
    /// Something a second: `500`, `50k`, `1.5M`.
    static var rate: ValueType {
        ValueType("RATE") { (text: String) throws(ValueProblem) -> Double in
            if let value = Assertion.number(text), value > 0, value <= 1e9 { return value }
            throw ValueProblem("is not a rate", hint: "write 500, 50k or 1.5M")
        }
    }
}

extension ValueType where Value == ClosedRange<Int> {
    /// One size, or a range of them.
    static var sizes: ValueType {
        let size = ValueType<Int>.size("SIZE")
        return ValueType("SIZE[-SIZE]") { (text: String) throws(ValueProblem) -> ClosedRange<Int> in
            let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let lower = try size.read(parts[0])
            let upper = parts.count == 2 ? try size.read(parts[1]) : lower
            guard lower >= Mark.size, lower <= upper, upper <= 8 << 20 else {
                throw ValueProblem("is not within 32 B and 8 MiB", hint: "the first 32 bytes say which message it is")
            }
            return lower...upper
        }
    }
}
