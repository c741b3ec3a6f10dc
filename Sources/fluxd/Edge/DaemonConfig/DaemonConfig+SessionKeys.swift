import Configuration

extension DaemonConfig {
    private typealias Key = ConfigKey<DaemonConfig>

    static var sessionKeys: [ConfigKey<DaemonConfig>] {
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
}
