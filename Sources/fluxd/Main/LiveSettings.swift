import Admission
import BrokerAdmin
import Configuration
import Core
import DaemonConfig
import EventLoop
import Logging
import MQTTServer
import Security
import Volume

/// What a configuration names and the daemon stands on, read and found good: certificates, users, rules.
struct LoadedFiles: Sendable {
    /// By slot, for every MQTT listener that the configuration opens.
    var recipes: [String: MQTTLayers.Recipe] = [:]

    /// Reads what belongs to listeners; users and rules are ``BuiltInSecurity``'s to read.
    init(_ config: DaemonConfig) throws(ConfigError) {
        _ = try FileQueues(config)
        for open in config.openMQTTListeners {
            do {
                self.recipes[open.slot] = try MQTTLayers.Recipe(open, maxMessageSize: config.broker.maxMessageSize)
            } catch {
                let key = error.key(in: open)
                throw ConfigError("\(key): \(error)", key: key)
            }
        }
    }
}

/// Everything of the running daemon that a reload changes, in two steps: read it all, then take it over.
struct LiveSettings: Sendable {
    let bound: BoundListeners
    let hosts: [LoopHost<ShardState>]
    let security: BuiltInSecurity
    let admission: AdmissionTable
    let volume: VolumeEngine
    let log: Logger

    /// What is allowed, and should not go unnoticed.
    static func warnings(_ config: DaemonConfig, _ security: SecuritySummary) -> [String] {
        config.warnings.map(\.description) + security.notes
    }

    func warn(_ warnings: [String]) {
        for warning in warnings { self.log.warning("the configuration has a risk", ["what": .text(warning)]) }
    }

    /// Users and rules at the start.
    static func security(
        _ settings: SecuritySettings,
        _ admission: AdmissionTable
    ) throws(ConfigError) -> BuiltInSecurity {
        do {
            return try BuiltInSecurity(settings) { admission.isBanned($0, now: EventLoop.now()) }
        } catch {
            throw ConfigError(error)
        }
    }

    /// - Throws: With the key that names what is wrong.
    func prepare(_ config: DaemonConfig) throws(ConfigError) -> ConfigApplier.Prepared {
        let files = try LoadedFiles(config)
        let open = Dictionary(uniqueKeysWithValues: config.openMQTTListeners.map { ($0.slot, $0) })
        let users: BuiltInSecurity.Prepared
        do {
            users = try self.security.prepare(SecuritySettings(config, self.bound))
        } catch {
            throw ConfigError(error)
        }
        let (settings, admission) = (MQTTSettings(config), AdmissionSettings(config))
        let storage = VolumeSettings(config.storage)
        let before = self.security.summary
        let warnings = Self.warnings(config, users.summary) + users.summary.losses(since: before)
        let readings = self.readings(config, files, before, users.summary)
        return ConfigApplier.Prepared(files: readings, warnings: warnings) {
            if let level = LogLevel(name: config.log.level.rawValue) { self.log.setLevel(level) }
            for mqtt in self.bound.mqtt {
                // A listener that the file closes, or moves, stays as it is until the restart.
                guard let open = open[mqtt.slot], let recipe = files.recipes[mqtt.slot] else { continue }
                mqtt.layers.exchange(recipe)
                mqtt.update(open)
                self.bound.all[mqtt.index].set(
                    maximum: open.listener.maxConnections,
                    writeTimeout: open.listener.writeTimeout.limitMilliseconds,
                    handshakeTimeout: open.listener.handshakeTimeout.limitMilliseconds
                )
            }
            users.commit()
            self.warn(warnings)
            let now = users.summary
            for (key, hadThem, has) in [
                ("auth.password_file", before.users != nil, now.users != nil),
                ("auth.acl_file", before.rules != nil, now.rules != nil),
            ] where hadThem && !has {
                self.log.warning("a reload took a protection away", ["key": .text(key)])
            }
            self.admission.settings = admission
            self.volume.change(minimumFree: storage.minimumFree, syncInterval: storage.syncInterval)
            let listeners = self.bound.mqtt.map(\.settings)
            for host in self.hosts {
                Task {
                    await host.perform { shard in
                        guard let mqtt = shard.acceptor(MQTTShard.self) else { return }
                        mqtt.settings = settings
                        mqtt.update(listeners)
                    }
                }
            }
        }
    }

    /// What the files that `config` names held before, and hold now.
    private func readings(
        _ config: DaemonConfig,
        _ files: LoadedFiles,
        _ old: SecuritySummary,
        _ new: SecuritySummary
    ) -> [FileReading] {
        var readings: [FileReading] = []
        for (key, path, what, held, holds) in [
            ("auth.password_file", config.auth.passwordFile, "user", old.users, new.users),
            ("auth.acl_file", config.auth.aclFile, "rule", old.rules, new.rules),
        ] {
            guard let holds else { continue }
            let counted = { (count: Int) in "\(count) \(what)\(count == 1 ? "" : "s")" }
            readings.append(FileReading(key: key, path: path, held: held.map(counted), holds: counted(holds)))
        }
        for open in config.openMQTTListeners {
            guard let tls = open.tls, let holds = files.recipes[open.slot]?.certificates else { continue }
            let held = self.bound.mqtt.first { $0.slot == open.slot }?.layers.certificates
            readings.append(
                FileReading(key: "\(open.slot).cert_file", path: tls.certFile, held: held, holds: holds)
            )
        }
        return readings
    }
}

extension ConfigError {
    fileprivate init(_ error: SecurityError) { self.init("\(error.key): \(error)", key: error.key) }
}

extension SecuritySettings {
    /// For listeners that are about to be bound, all of them in their order.
    init(_ config: DaemonConfig) {
        self.init(
            listeners: config.openMQTTListeners.map(ListenerLogin.init),
            passwordFile: config.auth.passwordFile.isEmpty ? nil : config.auth.passwordFile,
            aclFile: config.auth.aclFile.isEmpty ? nil : config.auth.aclFile
        )
    }

    /// - Parameter bound: The listeners that there are, in the order of their indexes.
    init(_ config: DaemonConfig, _ bound: BoundListeners) {
        let open = Dictionary(uniqueKeysWithValues: config.openMQTTListeners.map { ($0.slot, $0) })
        let logins = bound.mqtt.map { mqtt in
            open[mqtt.slot].map(ListenerLogin.init) ?? ListenerLogin(allowsAnonymous: mqtt.settings.allowsAnonymous)
        }
        self.init(config)
        self.listeners = logins
    }
}

extension ListenerLogin {
    init(_ open: OpenMQTTListener) {
        let identity = open.tls.flatMap { CertificateIdentity(rawValue: $0.certificateIdentity.rawValue) } ?? .none
        self.init(allowsAnonymous: open.allowsAnonymous, certificateIdentity: identity)
    }
}

extension AdmissionSettings {
    init(_ config: DaemonConfig) {
        self.init()
        let limits = config.ratelimit
        if limits.enabled, limits.connection.enabled {
            self.addressRate = AdmissionRate(perSecond: limits.connection.rate, burst: limits.connection.burst)
        }
        if let rate = limits.inEffect(\.listener) {
            self.listenerRate = AdmissionRate(perSecond: rate.rate, burst: rate.burst)
        }
        self.maximumPerAddress = config.limits.maxConnectionsPerAddress
        self.banFailures = config.limits.banFailures
        self.banWindow = config.limits.banWindow.wholeMilliseconds
        self.banDuration = config.limits.banDuration.wholeMilliseconds
    }
}

extension BrokerSettings {
    init(_ config: DaemonConfig) {
        self.init()
        self.memoryLimit = config.broker.memoryLimit
        self.maxRetained = config.broker.maxRetainedMessages
        self.evictsOldest = config.session.offlineQueuePolicy == .evict
    }
}

extension MQTTSettings {
    init(_ config: DaemonConfig) {
        self.init()
        self.maxMessageSize = config.broker.maxMessageSize
        self.maxQoS = config.broker.maxQoS
        self.serverReference = config.broker.serverReference
        self.responseInformation = config.broker.responseInformation
        self.maxInflight = Int(config.session.maxInflightMessages)
        self.topicAliasMaximum = config.session.topicAliasMaximum
        self.maxKeepAlive = config.session.maxKeepAlive
        self.defaultExpiry = config.session.defaultExpiryInterval
        self.maxExpiry = config.session.maxExpiryInterval
        self.maxOfflineMessages = config.session.maxOfflineQueueSize
        self.maxQueuedBytes = config.session.maxOfflineQueueBytes
        self.evictsOldest = config.session.offlineQueuePolicy == .evict
        self.highWatermark = config.session.outputHighWatermark
        self.maxSessions = config.session.maxSessions
        self.maxSubscriptions = config.limits.maxSubscriptionsPerSession
        self.maxConnectionsPerUser = config.limits.maxConnectionsPerUser
        let rates = config.ratelimit
        guard rates.enabled else { return }
        if rates.message.enabled { self.messageRate = RateLimit(rates.message) }
        if rates.subscribe.enabled { self.subscribeRate = RateLimit(rates.subscribe) }
        if rates.bytes.enabled {
            self.byteRate = RateLimit(perSecond: Double(rates.bytes.rate), burst: rates.bytes.burst)
        }
    }
}

extension RateLimit {
    init(_ config: RateConfig) { self.init(perSecond: config.rate, burst: config.burst) }
}
