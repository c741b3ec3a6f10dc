import Configuration

// Who may come in, how often, and how much each may have.
extension DaemonConfig {
    private typealias Key = ConfigKey<DaemonConfig>

    static var authKeys: [ConfigKey<DaemonConfig>] {
        [
            Key(
                "auth.password_file",
                \.auth.passwordFile,
                .file,
                live: true,
                """
                Users and what their passwords are checked by, a line each, as `fluxctl user` keeps it; Mosquitto's files can \
                be read too. Each reload reads it again. Empty: there are no users.
                """
            ),
            Key(
                "auth.acl_file",
                \.auth.aclFile,
                .file,
                live: true,
                """
                Which topics each user and client may publish and subscribe to. Each reload reads it again, and clients that \
                are connected go by what it then says. Empty: whoever is let in may use every topic.
                """
            ),
        ]
    }

    static var rateKeys: [ConfigKey<DaemonConfig>] {
        let connection = self.keys(
            of: \.ratelimit.connection,
            in: "ratelimit.connection",
            unit: "connections",
            "Bound how often one address may connect. A connection beyond that is closed as it comes."
        )
        let listener = self.keys(
            of: \.ratelimit.listener,
            in: "ratelimit.listener",
            unit: "connections",
            "Bound how often clients may connect to one listener, all of them together. A connection beyond that is closed as it comes."
        )
        let message = self.keys(
            of: \.ratelimit.message,
            in: "ratelimit.message",
            unit: "messages",
            """
            Bound how often one client may publish. A client beyond that is not read until it may publish again: nothing is \
            refused and nothing is lost, and `fluxmq_throttled_total` counts it.
            """
        )
        let subscribe = self.keys(
            of: \.ratelimit.subscribe,
            in: "ratelimit.subscribe",
            unit: "topic filters",
            "Bound how often one client may subscribe. A topic filter beyond that is refused (MQTT 5: 0x97, 3.1.1: 0x80)."
        )
        return [
            Key(
                "ratelimit.enabled",
                \.ratelimit.enabled,
                .bool,
                live: true,
                "Whether any of the rates below counts."
            )
        ] + connection + listener + message + subscribe + [
            Key(
                "ratelimit.bytes.enabled",
                \.ratelimit.bytes.enabled,
                .bool,
                live: true,
                """
                Bound how many bytes one client may publish, with topics and properties. A client beyond that is not read \
                until it may publish again, as with `ratelimit.message`.
                """
            ),
            Key(
                "ratelimit.bytes.rate",
                \.ratelimit.bytes.rate,
                .bytes(1...Int.max),
                unit: "bytes a second",
                live: true,
                "What a client may do for ever."
            ),
            Key(
                "ratelimit.bytes.burst",
                \.ratelimit.bytes.burst,
                .bytes(1...Int.max),
                unit: "bytes",
                live: true,
                "What it may do at once after a rest."
            ),
        ]
    }

    private static func keys(
        of property: any WritableKeyPath<DaemonConfig, RateConfig> & Sendable,
        in section: String,
        unit: String,
        _ effect: String
    ) -> [Key] {
        let keys: [ConfigKey<RateConfig>] = [
            ConfigKey("enabled", \.enabled, .bool, live: true, "\(effect) Counts only with `ratelimit.enabled`."),
            ConfigKey(
                "rate",
                \.rate,
                .decimal(0.001...1_000_000_000),
                unit: "\(unit) a second",
                live: true,
                "What may be done for ever."
            ),
            ConfigKey(
                "burst",
                \.burst,
                .integer(1...1_000_000_000),
                unit: unit,
                live: true,
                "What may be done at once after a rest."
            ),
        ]
        return keys.map { $0.nested(in: section, property) }
    }

    static var limitKeys: [ConfigKey<DaemonConfig>] {
        [
            Key(
                "limits.max_connections_per_address",
                \.limits.maxConnectionsPerAddress,
                .integer(0...Int.max),
                unit: "connections",
                live: true,
                """
                Connections of one address over all MQTT listeners; an IPv6 address counts with its /64. One more is closed as \
                it comes. 0 is no limit.
                """
            ),
            Key(
                "limits.max_connections_per_user",
                \.limits.maxConnectionsPerUser,
                .integer(0...Int.max),
                unit: "connections",
                live: true,
                "Connections of one user name; one more is refused (MQTT 5: 0x97). 0 is no limit."
            ),
            Key(
                "limits.max_subscriptions_per_session",
                \.limits.maxSubscriptionsPerSession,
                .integer(0...Int.max),
                unit: "subscriptions",
                live: true,
                "Topic filters of one session; one more is refused (MQTT 5: 0x97, 3.1.1: 0x80). 0 is no limit but memory."
            ),
            Key(
                "limits.ban_failures",
                \.limits.banFailures,
                .integer(0...1_000_000),
                unit: "failures",
                live: true,
                """
                An address that fails this often within `limits.ban_window` is turned away for a while: wrong passwords, \
                handshakes and packets that break the protocol. Loopback never is. 0 bans nobody, and lets those in who are \
                banned. \
                Behind a proxy or a NAT that hides the clients one address is all of them: see `proxy_from`, or choose more.
                """
            ),
            Key(
                "limits.ban_window",
                \.limits.banWindow,
                .duration(.seconds(1)...self.day),
                live: true,
                "How long failures are counted for."
            ),
            Key(
                "limits.ban_duration",
                \.limits.banDuration,
                .duration(.seconds(1)...self.day),
                live: true,
                """
                How long the first ban of an address lasts. Each that follows soon after lasts twice as long as the one before, \
                up to eight times this.
                """
            ),
        ]
    }
}
