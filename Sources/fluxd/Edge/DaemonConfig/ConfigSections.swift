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

/// `server.mqtt`.
package struct MQTTConfig: Equatable, Sendable {
    package var tcp = MQTTTCPConfig()

    package init() {}
}

/// `server.mqtt.tcp`: one field a slot.
package struct MQTTTCPConfig: Equatable, Sendable {
    package var plain = MQTTListenerConfig(addr: ListenAddress(host: "127.0.0.1", port: 1883))
    package var v3 = MQTTListenerConfig(version: .v3)
    package var v5 = MQTTListenerConfig(version: .v5)

    package init() {}
}

/// One slot of `server.mqtt.tcp`.
package struct MQTTListenerConfig: Equatable, Sendable {
    package enum Version: String, CaseIterable, Sendable {
        /// As the CONNECT packet says.
        case auto
        case v3, v5
    }

    /// nil: closed.
    package var addr: ListenAddress?
    package var version: Version
    /// 0: no limit.
    package var maxConnections = 100_000
    /// Zero: no limit.
    package var readTimeout: Duration = .seconds(60)
    /// Zero: no limit.
    package var writeTimeout: Duration = .seconds(60)
    /// nil: not written. A loopback listener then takes anonymous clients; an open one elsewhere never has nil.
    package var allowAnonymous: Bool?

    package init(addr: ListenAddress? = nil, version: Version = .auto) {
        self.addr = addr
        self.version = version
    }
}

/// `broker` in fluxd.yaml.
package struct BrokerConfig: Equatable, Sendable {
    /// Unit: bytes of payload.
    package var maxMessageSize = 1 << 20
    package var maxRetainedMessages = 1_000_000
    package var maxQoS: UInt8 = 2
    /// Unit: bytes.
    package var memoryLimit = 1 << 30

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

/// `storage` in fluxd.yaml.
package struct StorageConfig: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case memory
    }

    package var kind = Kind.memory
    /// Empty only where neither the file nor the environment says where to keep things.
    package var dir = ""

    package init() {}
}
