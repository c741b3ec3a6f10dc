package import Configuration

extension DaemonConfig {
    /// Every key of fluxd.yaml, in the order of `--print-config` and of fluxd.yaml(5).
    package static let description: ConfigDescription<DaemonConfig> = {
        var keys = serverKeys
        for slot in MQTTSlot.all { keys += listenerKeys(slot).map { $0.nested(in: slot.path, slot.listener) } }
        keys += brokerKeys
        keys += sessionKeys
        keys += authKeys
        keys += rateKeys
        keys += limitKeys
        keys += logKeys
        keys += metricsKeys
        keys += storageKeys
        keys += queueManagerKeys
        keys.append(queuesKey)
        return ConfigDescription(
            keys: keys,
            refusals: refusals,
            sectionAliases: ["server.mqtt.websocket": "server.mqtt.ws"]
        )
    }()

    private typealias Key = ConfigKey<DaemonConfig>

    /// Longer than any timeout that is meant.
    static let day: Duration = .seconds(24 * 3_600)

    private static var serverKeys: [Key] {
        [
            Key(
                "server.http_addr",
                \.server.httpAddr,
                .listenAddress,
                aliases: ["health_addr"],
                """
                Where HTTP answers `/health`, `/ready` and `/metrics`, and the admin protocol's methods that only read. \
                None needs credentials. \
                An address that is not loopback needs `server.http_allow_remote: true`.
                """
            ),
            Key(
                "server.http_allow_remote",
                \.server.httpAllowRemote,
                .bool,
                """
                Accept a `server.http_addr` that other machines can reach, as probes and metrics collectors outside of a \
                container need. Whoever reaches it can read the broker's state and counters, and change nothing.
                """
            ),
            Key(
                "server.health_enabled",
                \.server.healthEnabled,
                .bool,
                "Answer `/health` and `/ready`. With false they are not found, and `/metrics` stays."
            ),
            Key(
                "server.shutdown_timeout",
                \.server.shutdownTimeout,
                .duration(.zero...self.day),
                """
                How long the daemon waits, once it is told to stop, for clients to take what is on its way to them. \
                With `0s` connections are closed at once.
                """
            ),
            Key(
                "server.shards",
                \.server.shards,
                .integer(0...64),
                unit: "threads",
                "Event loops, each on a thread of its own. 0 is one for each processor."
            ),
            Key(
                "server.runtime_dir",
                \.server.runtimeDir,
                .directory,
                defaultRule: """
                    `/run/fluxmq` for root, else `$XDG_RUNTIME_DIR/fluxmq`, else `storage.dir`
                    """,
                "Directory of `listeners.json`, which lists the addresses that the daemon has bound, and of the admin socket."
            ),
            Key(
                "server.admin.socket",
                \.server.admin.socket,
                .string("path", allowed: "an absolute path, or off", check: adminSocketProblem),
                defaultRule: "`admin.sock` in `server.runtime_dir`",
                """
                Unix socket of the administration protocol, which fluxctl and fluxtop speak. Its mode is 0660: root, the \
                daemon's own user and the members of its group may read and change everything. With `off` there is none, and \
                HTTP still reads.
                """
            ),
        ]
    }

    @Sendable private static func adminSocketProblem(_ path: String) -> ConfigProblem? {
        if path.isEmpty || path == "off" { return nil }
        if !path.hasPrefix("/") { return ConfigProblem("\(path) is not absolute", suggestion: "/run/fluxmq/\(path)") }
        return path.utf8.count < 108 ? nil : ConfigProblem("the path of a socket has at most 107 bytes")
    }

    private static var brokerKeys: [Key] {
        [
            Key(
                "broker.max_message_size",
                \.broker.maxMessageSize,
                .bytes(1_024...268_435_455),
                unit: "bytes",
                live: true,
                """
                Largest payload that a client may publish. A packet may be 65536 bytes longer than that, for topic and \
                properties; one that is longer still ends the connection from its header, before the body has come.
                """
            ),
            Key(
                "broker.max_retained_messages",
                \.broker.maxRetainedMessages,
                .integer(0...Int.max),
                unit: "messages",
                "Retained messages, one a topic; one more is refused. 0 is no limit but memory."
            ),
            Key(
                "broker.max_qos",
                \.broker.maxQoS,
                .integer(0...2),
                live: true,
                "Highest QoS that is granted to subscribers and accepted from publishers."
            ),
            Key(
                "broker.memory_limit",
                \.broker.memoryLimit,
                .bytes((16 << 20)...Int.max),
                unit: "bytes",
                """
                Messages that the whole process keeps: queued, in flight and retained. \
                What would go beyond is refused (MQTT 5: 0x97) or dropped, counted. \
                What waits in the outputs of slow readers may take half as much again; near that QoS 0 is dropped from shorter outputs on.
                """
            ),
            Key(
                "broker.sys_interval",
                \.broker.sysInterval,
                .duration(.zero...self.day),
                live: true,
                "Time between two rounds of `$SYS` topics; `0s` publishes none."
            ),
            Key(
                "broker.server_reference",
                \.broker.serverReference,
                .string("text", allowed: "at most 1024 bytes", check: propertyProblem),
                live: true,
                """
                Other servers that an MQTT 5 client is told when it is turned away because this one is stopping or full: \
                names or addresses with spaces between them, such as `a.example:1883 b.example:1883`. Empty says nothing.
                """
            ),
            Key(
                "broker.response_information",
                \.broker.responseInformation,
                .string("text", allowed: "at most 1024 bytes", check: propertyProblem),
                live: true,
                """
                What an MQTT 5 client that asks for response information is told: by convention the start of the topics \
                that it may use for responses. Empty says nothing.
                """
            ),
        ]
    }

    private static var logKeys: [Key] {
        [
            Key(
                "log.level",
                \.log.level,
                .choice(LogConfig.Level.allCases, spelled: ["warning": .warn]),
                live: true,
                "Least severe lines that are written. `debug` has a line a connection, `trace` one a packet."
            ),
            Key(
                "log.format",
                \.log.format,
                .choice(LogConfig.Format.allCases),
                "Lines for people, or a JSON object a line."
            ),
        ]
    }

    private static var metricsKeys: [Key] {
        [
            Key(
                "metrics.queues",
                \.metrics.queues,
                .integer(0...10_000),
                unit: "queues",
                live: true,
                """
                Queues that have series of their own at `/metrics`, some 30 each: the deepest ones. All others are one more,                 `$rest`.
                """
            ),
            Key(
                "metrics.groups",
                \.metrics.groups,
                .integer(0...10_000),
                unit: "groups",
                live: true,
                "The same for consumer groups, seven series each: those that are furthest behind."
            ),
        ]
    }
}

extension DaemonConfig {
    /// Such a text goes into a CONNACK, beside what else has to fit.
    @Sendable private static func propertyProblem(_ text: String) -> ConfigProblem? {
        text.utf8.count <= 1_024 ? nil : ConfigProblem("\(text.utf8.count) bytes are too long for a CONNACK")
    }
}

extension ConfigType where Value == String {
    static var directory: ConfigType { .string("path", allowed: "a directory") }
}
