import CommandSpec
import MQTTClient
import MQTTWire

extension LoadPlan {
    /// What a line asks for.
    init(_ scenario: Scenario, _ arguments: Arguments, _ endpoint: Endpoint) throws(Failure) {
        let flags = BenchCommands.self
        let command = "bench"
        let publishers = scenario == .pub || scenario.isClosed ? arguments[flags.publishers] ?? 1 : 0
        let subscribers = scenario == .sub || scenario.isClosed ? arguments[flags.subscribers] ?? 1 : 0
        let topics =
            scenario.isQueue ? 1 : arguments[flags.topics] ?? max(1, scenario == .sub ? subscribers : publishers)
        self.init(
            scenario: scenario,
            version: endpoint.version == .v5 ? .v5 : .v3_1_1,
            layout: LoadLayout(publishers: publishers, subscribers: subscribers, topics: topics)
        )
        if scenario == .conn { self.idleConnections = arguments[flags.connections] ?? 100 }
        self.qos = UInt8(arguments[flags.qos] ?? 0)
        self.size = arguments[flags.size] ?? self.size
        self.filler = arguments[flags.payload] ?? .zero
        self.window = arguments[flags.window] ?? self.window
        self.connectRate = arguments[flags.connectRate]
        self.rate = arguments[flags.rate]
        self.isOpenLoop = self.rate != nil && !arguments[flags.closedLoop]
        self.count = arguments[flags.count].map { UInt64($0) }
        self.duration = arguments[flags.duration].map(\.nanoseconds)
        if self.count == nil, self.duration == nil, scenario != .conn { self.duration = 30_000_000_000 }
        if scenario != .conn {
            self.warmUp = arguments[flags.warmUp]?.nanoseconds ?? (self.count == nil ? 3_000_000_000 : 0)
        }
        self.run = .random(in: 0 ... .max)
        if scenario.isQueue { try self.takeQueue(arguments, endpoint) }
        self.username = endpoint.user
        self.password = try ConnectionFlags.password(arguments, endpoint, command: command)
        if self.password != nil, self.username == nil {
            throw .usage(
                command,
                "a password without a user",
                hint: "give one: --via \(endpoint.scheme)://USER@\(endpoint.address)"
            )
        }
        try self.check(arguments)
    }

    private mutating func takeQueue(_ arguments: Arguments, _ endpoint: Endpoint) throws(Failure) {
        let flags = BenchCommands.self
        try endpoint.requireVersion5(arguments, flags.queue, flags.groups, flags.prefetch)
        if endpoint.version == .v311 {
            throw Failure(.unsupported, "a group of consumers has no meaning on mqtt3", hints: ["use mqtt5"])
        }
        self.qos = 1
        self.groups = arguments[flags.groups] ?? 1
        self.prefetch = arguments[flags.prefetch] ?? self.prefetch
        if let queue = arguments[flags.queue] {
            self.queue = queue
        } else if self.scenario == .queue {
            self.queue = "fluxmq-bench-\(self.run)"
        } else {
            throw .usage("bench", "which stream? give --queue NAME", hint: "make one: fluxctl stream add NAME")
        }
        if self.layout.subscribers < self.groups {
            throw .usage("bench", "--groups \(self.groups) needs as many --subs, or nobody takes what is in the queue")
        }
    }

    private func check(_ arguments: Arguments) throws(Failure) {
        let flags = BenchCommands.self
        let command = "bench"
        if arguments[flags.openLoop], arguments[flags.closedLoop] {
            throw .usage(command, "a loop is open or closed, not both")
        }
        if arguments[flags.openLoop] || arguments[flags.closedLoop], self.rate == nil {
            let name = arguments[flags.openLoop] ? "--open-loop" : "--closed-loop"
            throw .usage(command, "\(name) needs --rate", hint: "without a rate the loop is closed")
        }
        if arguments.isGiven(flags.window), self.qos == 0 {
            throw .usage(command, "--window has no meaning at QoS 0, which acknowledges nothing")
        }
        if !self.measuresLatency {
            let why = self.scenario == .sub ? "bench sub measures no latency" : "there is no latency at QoS 0"
            if let first = arguments[flags.assertions].first(where: \.isAboutLatency) {
                throw .usage(command, "--assert \(first.text): \(why)")
            }
            if arguments.isGiven(flags.histogram) { throw .usage(command, "--hist: \(why)") }
        }
        if self.connections > 60_000 {
            throw .usage(command, "\(grouped(self.connections)) connections are more than an address has ports for")
        }
    }
}

extension Duration {
    var nanoseconds: UInt64 { UInt64(max(0, self.inSeconds) * 1e9) }
}
