import CLinux
import CommandSpec
import Configuration
import Core
import DaemonConfig
import EventLoop
import Glibc
import Logging
import MQTTServer
import Machine
import Observability
import Synchronization

/// fluxd's exit codes.
enum ExitCode {
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    static let configuration: Int32 = 78
}

/// Reads the command line and does what it says.
///
/// - Returns: The exit code.
func runDaemon(_ arguments: [String]) async -> Int32 {
    let request: Request
    do throws(UsageError) {
        request = try DaemonProgram.program.parse(arguments)
    } catch {
        complain("\(error.message)\n" + error.hints.map { "  \($0)\n" }.joined())
        return ExitCode.usage
    }
    guard case .run(_, let flags) = request else {
        say(DaemonProgram.program.help(for: nil))
        return 0
    }
    if flags[DaemonProgram.showVersion] {
        say("fluxd \(DaemonProgram.version)\n")
        return 0
    }
    let config: DaemonConfig
    do throws(ConfigError) {
        config = try DaemonConfig.load(
            path: flags[DaemonProgram.config],
            overrides: flags[DaemonProgram.set],
            environment: environment(),
            isRoot: geteuid() == 0
        )
    } catch {
        complain("\(error)\n")
        return ExitCode.configuration
    }
    if flags[DaemonProgram.printConfig] {
        say(config.yaml())
        return 0
    }
    if flags[DaemonProgram.check] {
        say("the configuration is valid\n")
        return 0
    }
    do {
        try await Daemon(config).run()
        return 0
    } catch {
        complain("\(error)\n")
        return ExitCode.unavailable
    }
}

/// The running broker: listeners, shards, and the order in which they start and stop.
struct Daemon {
    private let config: DaemonConfig
    private let log: Logger
    private let readiness = Readiness()

    init(_ config: DaemonConfig) {
        self.config = config
        self.log = Logger(
            level: LogLevel(name: config.log.level.rawValue) ?? .info,
            format: LogFormat(rawValue: config.log.format.rawValue) ?? .text
        )
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        let bound = try BoundListeners(self.config)
        let runtime = try RuntimeDirectory(self.config.server.runtimeDir)
        let hosts = self.makeShards(bound)
        let stops = StopSignals()
        for host in hosts { host.eventLoop.start() }
        for number in [SIGTERM, SIGINT] { await hosts[0].onSignal(number) { stops.received() } }
        for listener in bound.all { await hosts[0].accept(listener) }

        try runtime.write(bound)
        self.readiness.isReady.store(true, ordering: .releasing)
        say("READY \(bound.summary)\n")
        notify("READY=1\nSTATUS=serving \(bound.summary)")
        self.log.notice(
            "fluxd is ready",
            [
                "version": .text(DaemonProgram.version), "shards": .integer(hosts.count),
                "listeners": .text(bound.summary),
            ]
        )
        let ticker = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                self.log.writeEndedCounts()
            }
        }
        await stops.first()
        ticker.cancel()
        await self.stop(hosts, runtime, stops)
    }

    // MARK: Starting

    private func makeShards(_ bound: BoundListeners) -> [LoopHost<ShardState>] {
        let count =
            self.config.server.shards > 0 ? self.config.server.shards : min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var key: UInt64 = 0
        _ = withUnsafeMutableBytes(of: &key) { clinux_random($0.baseAddress, $0.count) }
        let broker = Broker(shards: count, key: key, settings: BrokerSettings(self.config))
        let inboxes = LoopHost<ShardState>.makeInboxes(count)
        let mqtt = MQTTSettings(self.config)
        let reports = Reports(self.log)
        return (0..<count).map { index in
            let shard = ShardState(index: index, broker: broker, now: EventLoop.now())
            _ = MQTTShard(on: shard, settings: mqtt, listeners: bound.mqtt) { reports.mqtt($0) }
            if let http = bound.http {
                _ = HealthServer(
                    on: shard,
                    listener: http.settings.index,
                    readiness: self.readiness,
                    healthEnabled: self.config.server.healthEnabled,
                    isLoopback: self.config.server.httpAddr?.isLoopback ?? true
                )
            }
            return LoopHost(index: index, inboxes: inboxes, machine: shard) { reports.loop($0) }
        }
    }

    // MARK: Stopping

    /// Refuse, tell, drain, close, join: within the time the configuration gives.
    private func stop(_ hosts: [LoopHost<ShardState>], _ runtime: RuntimeDirectory, _ stops: StopSignals) async {
        self.readiness.isReady.store(false, ordering: .releasing)
        notify("STOPPING=1")
        self.log.notice("fluxd is stopping")
        await hosts[0].stopAccepting()
        for host in hosts { await host.perform { $0.shutDown() } }
        let end = ContinuousClock.now + self.config.server.shutdownTimeout
        while ContinuousClock.now < end, stops.count < 2 {
            var open = 0
            for host in hosts { open += await host.openStreams }
            if open == 0 { break }
            try? await Task.sleep(for: .milliseconds(10))
        }
        for host in hosts { await host.closeStreams() }
        for host in hosts { host.eventLoop.stop() }
        runtime.remove()
        self.log.notice("fluxd has stopped")
        self.log.finish()
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
    }
}
