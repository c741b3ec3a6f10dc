package import Configuration

extension DaemonConfig {
    /// Every key of fluxd.yaml, in the order of `--print-config` and of fluxd.yaml(5).
    package static let description: ConfigDescription<DaemonConfig> = {
        var keys = serverKeys
        for (slot, listener) in mqttListeners {
            keys += listenerKeys(slot: slot).map { $0.nested(in: slot, listener) }
        }
        keys += brokerKeys
        keys += sessionKeys
        keys += otherKeys
        return ConfigDescription(keys: keys, refusals: refusals)
    }()

    private typealias Key = ConfigKey<DaemonConfig>

    /// Longer than any timeout that is meant.
    private static let day: Duration = .seconds(24 * 3_600)

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

    private static func listenerKeys(slot: String) -> [ConfigKey<MQTTListenerConfig>] {
        typealias Key = ConfigKey<MQTTListenerConfig>
        let versions: [String: [MQTTListenerConfig.Version]] = [
            "server.mqtt.tcp.v3": [.v3], "server.mqtt.tcp.v5": [.v5],
        ]
        return [
            Key(
                "addr",
                \.addr,
                .listenAddress,
                """
                Where MQTT clients connect; port 0 takes a free one. \
                An address that is not loopback needs `allow_anonymous: true`, since this version has no authentication.
                """
            ),
            Key(
                "protocol",
                \.version,
                .choice(versions[slot] ?? [.auto, .v3, .v5]),
                versions[slot] == nil
                    ? "Which versions are spoken: `v3` (3.1 and 3.1.1), `v5`, or both, by the CONNECT packet."
                    : "This slot speaks this version only."
            ),
            Key(
                "max_connections",
                \.maxConnections,
                .integer(0...Int.max),
                unit: "connections",
                """
                Connections beyond this number are closed as they come; 0 is no limit. \
                FluxMQ's default is 10000, which many sensors reach; an idle connection costs a few KiB here.
                """
            ),
            Key(
                "read_timeout",
                \.readTimeout,
                .duration(.zero...self.day),
                "Time from accepting a connection to its CONNECT packet; `0s` is no limit."
            ),
            Key(
                "write_timeout",
                \.writeTimeout,
                .duration(.zero...self.day),
                "A connection whose waiting output makes no progress for this long is closed; `0s` is no limit."
            ),
            Key(
                "allow_anonymous",
                \.allowAnonymous,
                .optional(.bool),
                defaultRule: "true on a loopback address; elsewhere it must be written",
                "Let clients in without credentials."
            ),
        ]
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
        ]
    }

    private static var sessionKeys: [Key] {
        [
            Key(
                "session.max_sessions",
                \.session.maxSessions,
                .integer(1...Int.max),
                unit: "sessions",
                live: true,
                "Sessions, connected and kept. A client that would need one more is refused."
            ),
            Key(
                "session.default_expiry_interval",
                \.session.defaultExpiryInterval,
                .integer(0...UInt32.max),
                unit: "seconds",
                live: true,
                """
                How long the session of an MQTT 3.1 or 3.1.1 client that connected with clean session 0 is kept after it \
                left; 4294967295 is for ever. The default is a week (FluxMQ: 300, which loses sessions over a lunch break).
                """
            ),
            Key(
                "session.max_expiry_interval",
                \.session.maxExpiryInterval,
                .integer(0...UInt32.max),
                unit: "seconds",
                live: true,
                """
                Longest session expiry that an MQTT 5 client gets; its CONNACK says so when it asked for more. \
                4294967295 is no limit.
                """
            ),
            Key(
                "session.max_offline_queue_size",
                \.session.maxOfflineQueueSize,
                .integer(10...Int.max),
                unit: "messages",
                live: true,
                "QoS 1 and 2 messages that wait for one client that is away."
            ),
            Key(
                "session.max_offline_queue_bytes",
                \.session.maxOfflineQueueBytes,
                .bytes(65_536...Int.max),
                unit: "bytes",
                live: true,
                """
                Bytes of QoS 1 and 2 messages that wait for one client, whether it is away or its window is full. \
                A connected client that falls this far behind is disconnected, and what waits is kept by the offline rules.
                """
            ),
            Key(
                "session.offline_queue_policy",
                \.session.offlineQueuePolicy,
                .choice([.evict, .reject]),
                "What gives way when the offline queue is full: `evict` the oldest message, or `reject` the new one."
            ),
            Key(
                "session.max_inflight_messages",
                \.session.maxInflightMessages,
                .integer(1...UInt16.max),
                unit: "messages",
                live: true,
                """
                QoS 1 and 2 messages sent and not yet acknowledged, in each direction: the receive maximum that clients \
                are told, and the most that is sent to one. A client may ask for less.
                """
            ),
            Key(
                "session.topic_alias_maximum",
                \.session.topicAliasMaximum,
                .integer(0...UInt16.max),
                unit: "aliases",
                live: true,
                "Topic aliases of a connection in each direction; 0 is none. A client may ask for fewer."
            ),
            Key(
                "session.max_keep_alive",
                \.session.maxKeepAlive,
                .integer(0...UInt16.max),
                unit: "seconds",
                live: true,
                """
                Longest keep-alive. An MQTT 5 client that asks for more, or for none, is told this value; \
                0 leaves it to the client.
                """
            ),
            Key(
                "session.output_high_watermark",
                \.session.outputHighWatermark,
                .bytes(65_536...Int.max),
                unit: "bytes",
                live: true,
                "QoS 0 messages for a client are dropped, counted, while more than this waits in its output."
            ),
        ]
    }

    private static var otherKeys: [Key] {
        let later = "is not supported in this version of fluxd, which keeps its state in memory; write memory"
        return [
            Key(
                "log.level",
                \.log.level,
                .choice(LogConfig.Level.allCases),
                live: true,
                "Least severe lines that are written. `debug` has a line a connection, `trace` one a packet."
            ),
            Key(
                "log.format",
                \.log.format,
                .choice(LogConfig.Format.allCases),
                "Lines for people, or a JSON object a line."
            ),
            Key(
                "storage.type",
                \.storage.kind,
                .choice([.memory], refusing: ["disk": later, "badger": later]),
                "Where sessions, retained and queued messages live. In `memory` they end with the process."
            ),
            Key(
                "storage.dir",
                \.storage.dir,
                .directory,
                defaultRule: """
                    `/var/lib/fluxmq` for root, else `$XDG_STATE_HOME/fluxmq`, else `$HOME/.local/state/fluxmq`
                    """,
                aliases: ["badger_dir"],
                "Data directory. With `storage.type: memory` nothing is stored in it."
            ),
        ]
    }
}

extension ConfigType where Value == String {
    fileprivate static var directory: ConfigType { .string("path", allowed: "a directory") }
}
