import AdminAPI
import AdminService
import Admission
import Blocking
import BrokerAdmin
import CommandSpec
import Configuration
import Core
import DaemonConfig
import EventLoop
import Files
import Glibc
import Logging
import MQTTServer
import Machine
import Observability
import Protobuf
import Security
import Synchronization
import Volume
import WebServer

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
    let source = ConfigSource(
        path: flags[DaemonProgram.config],
        overrides: flags[DaemonProgram.set],
        environment: environment(),
        isRoot: geteuid() == 0
    )
    let loaded: ConfigSource.Loaded
    do throws(ConfigError) {
        loaded = try source.load()
    } catch {
        // A line for each mistake, so that a file is put right in one go.
        for line in "\(error)".split(separator: "\n") { complain("\(line)\n") }
        return ExitCode.configuration
    }
    if flags[DaemonProgram.printConfig] {
        say(loaded.config.yaml())
        return 0
    }
    do {
        if flags[DaemonProgram.check] {
            _ = try LoadedFiles(loaded.config)
            let security = try LiveSettings.security(
                SecuritySettings(loaded.config),
                AdmissionTable(AdmissionSettings(loaded.config))
            )
            for warning in LiveSettings.warnings(loaded.config, security.summary) { complain("warning: \(warning)\n") }
            say("the configuration is valid\n")
            return 0
        }
        try await Daemon(RunningConfig(source, loaded)).run()
        return 0
    } catch let error as ConfigError {
        complain("\(error.placed(by: loaded.places))\n")
        return ExitCode.configuration
    } catch {
        complain("\(error)\n")
        return ExitCode.unavailable
    }
}

/// The running broker: listeners, shards, the control plane, and the order in which they start and stop.
struct Daemon {
    private let running: RunningConfig
    private let config: DaemonConfig
    private let log: Logger
    private let readiness = Readiness()

    init(_ running: RunningConfig) {
        self.running = running
        self.config = running.config
        self.log = Logger(
            level: LogLevel(name: self.config.log.level.rawValue) ?? .info,
            format: LogFormat(rawValue: self.config.log.format.rawValue) ?? .text
        )
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        let runtime = try RuntimeDirectory(self.config.server.runtimeDir)
        if self.config.server.admin.socket != "off" {
            try makeDirectory(of: self.config.server.admin.socket, "server.admin.socket")
        }
        let admission = AdmissionTable(AdmissionSettings(self.config))
        let files = try LoadedFiles(self.config)
        let security = try LiveSettings.security(SecuritySettings(self.config), admission)
        let bound = try BoundListeners(self.config, files.recipes, admission)
        let control = LoopHost(
            index: 0,
            name: "control",
            inboxes: LoopHost<WebMachine>.makeInboxes(1),
            machine: WebMachine()
        ) { [log] in Reports.log($0, log) }
        let plane = Plane()
        let stops = StopSignals()
        Signals.take([SIGTERM, SIGINT, SIGHUP]) { number in
            if number == SIGHUP {
                Task { await control.perform { _ in plane.use()?.reload() } }
            } else if stops.received() {
                _exit(128 + number)
            }
        }
        let events = RecordRing<AdminV1.Event> {
            Task { await control.perform { _ in plane.use()?.service.recordsArrived() } }
        }
        let records = RecordRing<AdminV1.LogRecord> {
            Task { await control.perform { _ in plane.use()?.service.recordsArrived() } }
        }
        self.log.setObserver { records.append(AdminV1.LogRecord($0, $1, $2, $3, repeated: $4)) }
        let reports = Reports(self.log, events, node: hostName(), admission)
        let storage = try DaemonStorage(self.config.storage) { reports.volume($0) }
        let (broker, hosts, inventory) = try self.makeShards(bound, security, reports, storage)
        storage.start()
        let live = LiveSettings(
            bound: bound,
            hosts: hosts,
            security: security,
            admission: admission,
            volume: storage.volume.engine,
            log: self.log
        )
        let parts = ControlParts(
            broker: broker,
            hosts: hosts,
            bound: bound,
            live: live,
            volume: storage.volume.engine,
            config: self.running,
            log: self.log,
            readiness: self.readiness,
            reports: reports,
            events: events,
            records: records,
            node: hostName()
        )
        for host in hosts { host.eventLoop.start() }
        await QueueApplier(try FileQueues(self.config), of: broker).run(.make, on: hosts).log(to: self.log)
        control.eventLoop.start()
        await control.perform { plane.set(Confined(ControlPlane($0, control, parts), to: control.eventLoop)) }
        for listener in bound.messaging { await hosts[0].accept(listener) }
        for listener in bound.web { await control.accept(listener) }

        try runtime.write(bound)
        self.readiness.isReady.store(true, ordering: .releasing)
        say("READY \(bound.summary)\n")
        notify("READY=1\nSTATUS=serving \(bound.summary)")
        reports.event(
            AdminV1.Level.notice,
            "broker.started",
            hostName(),
            "fluxd \(DaemonProgram.version) serves \(bound.summary)"
        )
        self.log.notice(
            "fluxd is ready",
            [
                "version": .text(DaemonProgram.version), "shards": .integer(hosts.count),
                "listeners": .text(bound.summary), "sessions": .integer(inventory.sessions),
                "retained": .integer(inventory.retained), "queues": .integer(inventory.queues),
            ]
        )
        live.warn(LiveSettings.warnings(self.config, security.summary))
        self.warn(ofStrays: inventory.strays)
        for (queue, messages) in inventory.missing {
            self.log.warning(
                "messages that a queue's groups were given are in none of its logs: they went with the machine, or with a file",
                ["queue": .text(queue), "messages": .integer(Int(clamping: messages))]
            )
        }
        await stops.first()
        reports.event(AdminV1.Level.notice, "broker.stopping", hostName(), "fluxd is told to stop")
        await self.stop(bound, hosts, control, plane, runtime, stops)
        if !storage.stop() { self.log.warning("the logs were not closed cleanly: the next start looks at their ends") }
        self.log.notice("fluxd has stopped")
        self.log.finish()
    }

    // MARK: Starting

    private func warn(ofStrays strays: [UInt64]) {
        guard !strays.isEmpty else { return }
        let names = strays.sorted().prefix(5).map { "queues/\(StorageNames.hexadecimal($0))" }
        self.log.warning(
            """
            logs below storage.dir belong to queues that are not defined; they are left alone: if the queues were deleted while \
            fluxd was killed, remove the directories, else restore all of storage.dir from a backup
            """,
            [
                "count": .integer(strays.count),
                "directories": .text(names.joined(separator: ", ") + (strays.count > names.count ? ", …" : "")),
            ]
        )
    }

    private func makeShards(
        _ bound: BoundListeners,
        _ security: BuiltInSecurity,
        _ reports: Reports,
        _ storage: DaemonStorage
    ) throws -> (Broker, [LoopHost<ShardState>], DaemonStorage.Inventory) {
        let count =
            self.config.server.shards > 0 ? self.config.server.shards : min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var key: UInt64 = 0
        withUnsafeMutableBytes(of: &key) { randomize($0) }
        let broker = Broker(
            shards: count,
            key: key,
            settings: BrokerSettings(self.config),
            authenticator: security,
            authorizer: security,
            volume: storage.status
        )
        broker.setWall(unixTime(), when: EventLoop.now())
        let inboxes = LoopHost<ShardState>.makeInboxes(count)
        let (mqtt, listeners) = (MQTTSettings(self.config), bound.mqtt.map(\.settings))
        // No loop runs yet: what was stored is put on all of them from here.
        nonisolated(unsafe) let servers = (0..<count).map { index in
            MQTTShard(
                on: ShardState(index: index, broker: broker, now: EventLoop.now()),
                settings: mqtt,
                listeners: listeners
            ) { reports.mqtt($0) }
        }
        let inventory = try storage.load(into: servers)
        let hosts = (0..<count).map { index in
            // Each is handed to its loop, and not used from here again.
            nonisolated(unsafe) let shard = servers[index].shard
            return LoopHost(
                index: index,
                name: "shard-\(index)",
                inboxes: inboxes,
                machine: shard,
                store: storage.volume
            ) { reports.loop($0) }
        }
        return (broker, hosts, inventory)
    }

    // MARK: Stopping

    /// Refuse, tell, drain, close, join: within the time the configuration gives. The control plane goes last, and says so to who
    /// watches.
    private func stop(
        _ bound: BoundListeners,
        _ hosts: [LoopHost<ShardState>],
        _ control: LoopHost<WebMachine>,
        _ plane: Plane,
        _ runtime: RuntimeDirectory,
        _ stops: StopSignals
    ) async {
        self.readiness.isStopping.store(true, ordering: .releasing)
        self.readiness.isReady.store(false, ordering: .releasing)
        notify("STOPPING=1")
        self.log.notice("fluxd is stopping")
        await hosts[0].stopAccepting()
        for mqtt in bound.mqtt { mqtt.layers.leave() }
        for host in hosts { await host.perform { $0.shutDown() } }
        let end = ContinuousClock.now + self.config.server.shutdownTimeout
        while ContinuousClock.now < end, stops.count < 2 {
            var open = 0
            for host in hosts { open += await host.openStreams }
            if open == 0 { break }
            try? await Task.sleep(for: .milliseconds(10))
        }
        await control.stopAccepting()
        await control.perform { machine in
            plane.use()?.service.shutDown()
            machine.shutDown()
        }
        let last = min(end, ContinuousClock.now + .milliseconds(500))
        while await control.openStreams > 0, ContinuousClock.now < last, stops.count < 2 {
            try? await Task.sleep(for: .milliseconds(10))
        }
        for host in hosts { await host.closeStreams() }
        await control.closeStreams()
        for host in hosts { host.eventLoop.stop() }
        control.eventLoop.stop()
        runtime.remove()
    }
}

/// The control plane, for closures that other threads carry to its loop.
private final class Plane: Sendable {
    private let plane = Mutex<Confined<ControlPlane>?>(nil)

    func set(_ plane: Confined<ControlPlane>) { self.plane.withLock { $0 = plane } }

    /// On the control loop only; nil before it is there.
    func use() -> ControlPlane? { self.plane.withLock { $0 }?.use() }
}
