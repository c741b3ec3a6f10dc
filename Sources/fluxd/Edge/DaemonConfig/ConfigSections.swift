/// `server` in fluxd.yaml.
package struct ServerConfig: Equatable, Sendable {
    package var mqtt = MQTTConfig()
    package var httpAddr: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 8082)
    package var httpAllowRemote = false
    package var healthEnabled = true
    package var shutdownTimeout: Duration = .seconds(30)
    /// 0: one a core.
    package var shards = 0
    /// Never empty after ``DaemonConfig/load(path:overrides:environment:isRoot:)``.
    package var runtimeDir = ""
    package var admin = AdminConfig()

    package init() {}
}

/// `server.admin`.
package struct AdminConfig: Equatable, Sendable {
    /// A path, or `off`; never empty after ``DaemonConfig/load(path:overrides:environment:isRoot:)``.
    package var socket = ""

    package init() {}
}

/// `broker` in fluxd.yaml.
package struct BrokerConfig: Equatable, Sendable {
    /// Unit: bytes of payload.
    package var maxMessageSize = 1 << 20
    package var maxRetainedMessages = 1_000_000
    package var maxQoS: UInt8 = 2
    /// Unit: bytes.
    package var memoryLimit = 1 << 30
    /// Between two rounds of `$SYS`; zero: none.
    package var sysInterval: Duration = .seconds(10)
    /// Empty: none.
    package var serverReference = ""
    /// Empty: none.
    package var responseInformation = ""

    package init() {}
}

/// `auth` in fluxd.yaml.
package struct AuthConfig: Equatable, Sendable {
    /// Empty: there are no users.
    package var passwordFile = ""
    /// Empty: everybody who is let in may do everything.
    package var aclFile = ""

    package init() {}
}

/// `ratelimit` in fluxd.yaml. Nothing in it counts while `enabled` is false.
package struct RateLimitConfig: Equatable, Sendable {
    package var enabled = false
    /// An address's new connections.
    package var connection = RateConfig(rate: 1.6667, burst: 20)
    /// A listener's new connections, whoever makes them.
    package var listener = RateConfig(enabled: false, rate: 1_000, burst: 1_000)
    /// A client's PUBLISH packets.
    package var message = RateConfig(rate: 1_000, burst: 100)
    /// Topic filters that a client subscribes to.
    package var subscribe = RateConfig(rate: 100, burst: 10)
    /// A client's bytes of PUBLISH packets.
    package var bytes = ByteRateConfig()

    package init() {}

    /// The rate that counts; nil when it, or all of them, are switched off.
    package func inEffect(_ rate: KeyPath<RateLimitConfig, RateConfig>) -> RateConfig? {
        self.enabled && self[keyPath: rate].enabled ? self[keyPath: rate] : nil
    }

    package var bytesInEffect: ByteRateConfig? { self.enabled && self.bytes.enabled ? self.bytes : nil }
}

/// A token bucket.
package struct RateConfig: Equatable, Sendable {
    package var enabled: Bool
    /// A second.
    package var rate: Double
    /// At once, after a rest.
    package var burst: Int

    package init(enabled: Bool = true, rate: Double, burst: Int) {
        self.enabled = enabled
        self.rate = rate
        self.burst = burst
    }
}

/// A token bucket of bytes.
package struct ByteRateConfig: Equatable, Sendable {
    package var enabled = false
    /// Unit: bytes a second.
    package var rate = 10 << 20
    /// Unit: bytes.
    package var burst = 20 << 20

    package init() {}
}

/// `limits` in fluxd.yaml.
package struct LimitsConfig: Equatable, Sendable {
    /// 0: no limit.
    package var maxConnectionsPerAddress = 0
    /// 0: no limit.
    package var maxConnectionsPerUser = 0
    /// 0: no limit.
    package var maxSubscriptionsPerSession = 100_000
    /// 0: nobody is banned.
    package var banFailures = 100
    package var banWindow: Duration = .seconds(60)
    package var banDuration: Duration = .seconds(300)

    package init() {}
}

/// `session` in fluxd.yaml.
package struct SessionConfig: Equatable, Sendable {
    package enum OfflineQueuePolicy: String, CaseIterable, Sendable {
        case evict, reject
    }

    package var maxSessions = 1_000_000
    /// Unit: seconds; `UInt32.max`: never. For MQTT 3.1.1 with clean session 0.
    package var defaultExpiryInterval: UInt32 = 604_800
    /// Unit: seconds; `UInt32.max`: no limit. For MQTT 5.
    package var maxExpiryInterval: UInt32 = .max
    package var maxOfflineQueueSize = 1_000
    /// Unit: bytes.
    package var maxOfflineQueueBytes = 16 << 20
    package var offlineQueuePolicy = OfflineQueuePolicy.evict
    package var maxInflightMessages: UInt16 = 256
    package var topicAliasMaximum: UInt16 = 64
    /// Unit: seconds; 0: no limit.
    package var maxKeepAlive: UInt16 = 0
    /// Unit: bytes.
    package var outputHighWatermark = 32 << 20

    package init() {}
}

/// `log` in fluxd.yaml.
package struct LogConfig: Equatable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warn, error
    }
    package enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    package var level = Level.info
    package var format = Format.text

    package init() {}
}

/// `metrics` in fluxd.yaml.
package struct MetricsConfig: Equatable, Sendable {
    /// That have series of their own.
    package var queues = 1_000
    package var groups = 1_000

    package init() {}
}

/// `storage` in fluxd.yaml.
package struct StorageConfig: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case disk, memory
    }

    package var kind = Kind.disk
    /// Empty only with ``Kind/memory``, where neither the file nor the environment says where to keep things.
    package var dir = ""
    /// Whether sessions, subscriptions and retained messages are on the device before they are acknowledged.
    package var syncWrites = false
    /// Of queues that do not say.
    package var queueDurability = AckDurability.buffered
    /// Of messages that are kept for sessions.
    package var sessionDurability = AckDurability.buffered
    /// The most that a crash of the machine takes of what is buffered; zero: every append is synced.
    package var queueSyncInterval: Duration = .seconds(1)
    /// Unit: bytes; 0: none is kept free.
    package var minFreeSpace = 64 << 20
    /// Of queue logs, with ``Kind/memory``. Unit: bytes.
    package var memoryLimit = 256 << 20

    package init() {}
}

/// What an acknowledgement to a publisher promises.
package enum AckDurability: String, CaseIterable, Sendable {
    /// The message survives the process.
    case buffered
    /// The message survives the machine.
    case fsync
}

/// `queue_manager` in fluxd.yaml.
package struct QueueManagerConfig: Equatable, Sendable {
    /// Of queues that do not say; zero: with every burst of deliveries.
    package var autoCommitInterval: Duration = .seconds(5)

    package init() {}
}
