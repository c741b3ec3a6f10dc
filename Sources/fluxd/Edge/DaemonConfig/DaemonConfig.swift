package import Configuration

/// What fluxd.yaml says. Units, ranges and effects of the fields are in ``description``, next to the key that sets
/// each.
package struct DaemonConfig: Equatable, Sendable {
    package var server = ServerConfig()
    package var broker = BrokerConfig()
    package var session = SessionConfig()
    package var auth = AuthConfig()
    package var ratelimit = RateLimitConfig()
    package var limits = LimitsConfig()
    package var log = LogConfig()
    package var metrics = MetricsConfig()
    package var storage = StorageConfig()
    package var queueManager = QueueManagerConfig()
    package var queues: [QueueConfig] = []

    package init() {}
}

extension DaemonConfig {
    /// The configuration that a daemon runs with: defaults, then the file, then the overrides in their order, checked
    /// as a whole.
    ///
    /// - Parameters:
    ///   - path: nil for the defaults alone.
    ///   - overrides: Each `key.path=value`, as given to `--set`.
    ///   - environment: For the directories that a rule works out; ``DefaultDirectories`` says which variables.
    ///   - isRoot: Decides between the machine's directories and the user's.
    package static func load(
        path: String?,
        overrides: [String] = [],
        environment: [String: String],
        isRoot: Bool
    ) throws(ConfigError) -> DaemonConfig {
        let source = ConfigSource(path: path, overrides: overrides, environment: environment, isRoot: isRoot)
        return try source.load().config
    }

    /// The same for a text that is already read.
    ///
    /// - Parameter file: How errors call the text.
    package static func load(
        text: [UInt8],
        file: String,
        overrides: [String] = [],
        environment: [String: String],
        isRoot: Bool
    ) throws(ConfigError) -> DaemonConfig {
        let source = ConfigSource(path: file, overrides: overrides, environment: environment, isRoot: isRoot)
        return try source.load(text).config
    }

    fileprivate static func read(_ source: ConfigSource, _ text: [UInt8]) throws(ConfigError) -> ConfigSource.Loaded {
        let file = source.path ?? ""
        var config = DaemonConfig()
        var places: ConfigDescription<DaemonConfig>.Places = [:]
        if let document = try YAMLParser.parse(text, file: file) {
            try self.description.decode(document, file: file, into: &config, places: &places)
        }
        // A file that opens MQTT listeners opens those it names, as people who count open ports expect.
        if places["server.mqtt"] != nil {
            for slot in MQTTSlot.all where places[slot.path] == nil { config[keyPath: slot.listener].addr = nil }
        }
        for override in source.overrides {
            try self.description.apply(override: override, to: &config, places: &places)
        }
        let directories = DefaultDirectories(environment: source.environment, isRoot: source.isRoot)
        if config.storage.dir.isEmpty { config.storage.dir = directories.data ?? "" }
        if config.server.runtimeDir.isEmpty {
            config.server.runtimeDir = directories.runtime ?? config.storage.dir
        }
        if config.server.admin.socket.isEmpty, !config.server.runtimeDir.isEmpty {
            config.server.admin.socket = config.server.runtimeDir + "/admin.sock"
        }
        do throws(ConfigError) {
            try config.validate()
        } catch {
            throw error.placed(by: places)
        }
        return ConfigSource.Loaded(config: config, places: places)
    }

    /// The effective configuration; loading it again gives the same value.
    package func yaml() -> String { Self.description.yaml(self) }

    /// The MQTT listeners that are open, in the order of their slots.
    package var openMQTTListeners: [OpenMQTTListener] {
        MQTTSlot.all.compactMap { slot in
            let listener = self[keyPath: slot.listener]
            guard let addr = listener.addr else { return nil }
            var open = OpenMQTTListener(
                slot: slot.path,
                listener: listener,
                addr: addr,
                kind: slot.kind,
                tls: slot.security == .plain ? nil : listener.tls,
                allowsAnonymous: false
            )
            open.allowsAnonymous = self.allowsAnonymous(open)
            return open
        }
    }

    /// What a reload makes of this configuration: `wanted` where a running daemon can take it over.
    ///
    /// A listener whose address changes waits for the restart with all its keys, which were written for the new address. So does the
    /// interval of syncs when it comes from zero or becomes zero, which says what each acknowledgement promises.
    package func reloading(to wanted: DaemonConfig) -> DaemonConfig {
        let moving = self.movingSlots(wanted)
        let promisesAnother = (self.storage.queueSyncInterval == .zero) != (wanted.storage.queueSyncInterval == .zero)
        return Self.description.reloading(self, to: wanted) { key in
            moving.contains { key.hasPrefix($0) } || promisesAnother && key == "storage.queue_sync_interval"
        }
    }

    /// With a dot at the end.
    private func movingSlots(_ wanted: DaemonConfig) -> [String] {
        MQTTSlot.all.filter { self[keyPath: $0.listener].addr != wanted[keyPath: $0.listener].addr }.map {
            "\($0.path)."
        }
    }
}

/// Where a configuration comes from: kept by the daemon, to read it again.
package struct ConfigSource: Sendable {
    /// nil for the defaults alone.
    package let path: String?
    /// Each `key.path=value`, as given to `--set`.
    package let overrides: [String]
    package let environment: [String: String]
    package let isRoot: Bool

    package init(path: String?, overrides: [String], environment: [String: String], isRoot: Bool) {
        self.path = path
        self.overrides = overrides
        self.environment = environment
        self.isRoot = isRoot
    }

    package struct Loaded: Sendable {
        package var config: DaemonConfig
        /// Where each key was written; the defaults were nowhere.
        package var places: [String: ConfigError.Place]
    }

    /// Reads the file, which may block.
    package func load() throws(ConfigError) -> Loaded { try self.load(try self.path.map(Self.bytes) ?? []) }

    /// The same for a text in place of the file's.
    package func load(_ text: [UInt8]) throws(ConfigError) -> Loaded { try DaemonConfig.read(self, text) }

    private static func bytes(_ path: String) throws(ConfigError) -> [UInt8] { try ConfigFile.read(path) }
}

/// Where fluxd keeps things when the configuration does not say.
package struct DefaultDirectories: Equatable, Sendable {
    /// `/var/lib/fluxmq` for root, else `fluxmq` in `$XDG_STATE_HOME` or `$HOME/.local/state`; nil without either.
    package let data: String?
    /// `/run/fluxmq` for root, else `fluxmq` in `$XDG_RUNTIME_DIR`; nil without it.
    package let runtime: String?

    /// Relative values are ignored. Source: XDG Base Directory Specification 0.8.
    package init(environment: [String: String], isRoot: Bool) {
        func directory(_ name: String) -> String? {
            environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        guard !isRoot else {
            self.data = "/var/lib/fluxmq"
            self.runtime = "/run/fluxmq"
            return
        }
        let state = directory("XDG_STATE_HOME") ?? directory("HOME").map { $0 + "/.local/state" }
        self.data = state.map { $0 + "/fluxmq" }
        self.runtime = directory("XDG_RUNTIME_DIR").map { $0 + "/fluxmq" }
    }
}
