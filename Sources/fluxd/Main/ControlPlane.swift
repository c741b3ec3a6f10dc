import AdminAPI
import AdminServer
import AdminService
import Admission
import Blocking
import BrokerAdmin
import Configuration
import Core
import DaemonConfig
import EventLoop
import Glibc
import HTTP
import Logging
import MQTTServer
import Machine
import Observability
import Protobuf
import QueueEngine
import RPC
import Synchronization
import SysTopics
import Volume
import WebServer

/// What the control plane is made from, all of it known before its loop runs.
struct ControlParts: Sendable {
    var broker: Broker
    var hosts: [LoopHost<ShardState>]
    var bound: BoundListeners
    var live: LiveSettings
    var volume: VolumeEngine
    var config: RunningConfig
    var log: Logger
    var readiness: Readiness
    var reports: Reports
    var events: RecordRing<AdminV1.Event>
    var records: RecordRing<AdminV1.LogRecord>
    var node: String
}

/// The control loop: HTTP and the admin socket, on a thread of their own, so that no list and no JSON holds up a message.
///
/// Everything here happens on that loop; shards are asked in slices.
final class ControlPlane {
    private let backend: BrokerBackend
    private let history: SeriesStore
    private let timers: Timers
    private let parts: ControlParts
    private let sysTopics = SysTopics()
    private var maximumMemory = 0
    /// Queues are being counted for `$SYS`: an interval that is shorter than that takes skips.
    private var isCounting = false
    private let started: UInt64
    let service: AdminService

    init(_ machine: WebMachine, _ host: LoopHost<WebMachine>, _ parts: ControlParts) {
        self.parts = parts
        self.timers = machine.timers
        self.started = machine.timers.now
        let calls = ShardCalls(hosts: parts.hosts, loop: host.eventLoop) { body in await host.perform { _ in body() } }
        self.backend = BrokerBackend(
            parts.broker,
            calls,
            timers: machine.timers,
            listeners: parts.bound.facts,
            admission: parts.live.admission,
            config: parts.config,
            facts: ControlPlane.facts(parts, host, now: machine.timers.now)
        )
        self.history = SeriesStore(SeriesStore.broker)
        self.service = AdminService(
            backend: self.backend,
            timers: machine.timers,
            clocks: AdminService.Clocks(wall: { Timestamp(.now()) }, cpu: BrokerSampler.threadMicroseconds),
            history: self.history,
            events: parts.events,
            log: parts.records
        )
        let log = parts.log
        self.service.onAudit = { ControlPlane.audit($0, log) }
        self.serve(machine, calls)
        self.look()
        self.publishSysTopics()
    }

    private func serve(_ machine: WebMachine, _ calls: ShardCalls) {
        let server = AdminServer(self.service, timers: self.timers)
        // Who may only read has nothing long to say, and a thousand of them may say it at once.
        let reader = AdminServer(self.service, timers: self.timers, messageLimit: ControlPlane.readerLimit)
        let health = HealthSite(
            self.parts.broker,
            readiness: self.parts.readiness,
            timers: self.timers,
            healthEnabled: self.parts.config.config.server.healthEnabled,
            sources: HealthSite.Sources(
                edge: { [parts, timers] in EdgeSample(parts.bound, parts.live.admission, now: timers.now) },
                storage: { [parts] in parts.volume.statistics },
                newCensus: { [backend] in
                    let limits = backend.config.config.metrics
                    return QueueCensus(queueLimit: limits.queues, groupLimit: limits.groups)
                },
                take: { ControlPlane.take($0, calls, $1) },
                askShards: { alive in
                    for shard in 0..<calls.shards {
                        calls.ask(shard) { _ in
                            true
                        } _: { _ in
                            alive(shard)
                        }
                    }
                }
            )
        )
        if let http = self.parts.bound.http {
            let isLoopback = self.parts.config.config.server.httpAddr?.isLoopback ?? true
            var site = WebSite(requiresLoopbackHost: isLoopback) { head, stream in
                health.handler(head, stream) ?? reader.handler(for: head, stream: stream)
            }
            site.bodyLimit = ControlPlane.readerLimit
            machine.serve(listener: http.settings.index, site: site)
        }
        if let admin = self.parts.bound.admin {
            let site = WebSite(requiresLoopbackHost: false) { server.handler(for: $0, stream: $1) }
            machine.serve(listener: admin.settings.index, site: site)
        }
    }

    private static func take(_ census: QueueCensus, _ calls: ShardCalls, _ answer: @escaping (QueueCensus) -> Void) {
        calls.walk(census) { shard, census, start, rows in
            census.visit(shard, from: start, limit: rows)
        } _: { census in
            var census = census
            census.finish()
            answer(census)
        }
    }

    /// Bytes of a request on the HTTP listener.
    private static let readerLimit = 64 << 10

    /// Once a second: rates, and the history's next points; and whether somebody has set the clock.
    private func look() {
        self.parts.broker.setWall(unixTime(), when: self.timers.now)
        let second = self.timers.now / 1_000
        if second % 10 == 0 || self.timers.now - self.started < 1_000 { self.parts.volume.measureLogs() }
        self.backend.look { name, value in self.history.record(name, value, at: second) }
        self.parts.log.writeEndedCounts()
        self.timers.schedule(at: (second + 1) * 1_000) { [weak self] in self?.look() }
    }

    /// `$SYS`, every `broker.sys_interval`, from the first shard; the interval may change at any reload.
    private func publishSysTopics() {
        let interval = self.backend.config.config.broker.sysInterval.wholeMilliseconds
        if interval > 0, self.parts.readiness.isReady.load(ordering: .relaxed), !self.isCounting {
            self.isCounting = true
            let census = QueueCensus(queueLimit: 0, groupLimit: 0)
            ControlPlane.take(census, self.backend.calls) { [weak self] in self?.publishSysTopics($0) }
        }
        // Looked at again soon when it is off, or the broker is not ready: somebody may switch it on.
        let isDue = interval > 0 && self.parts.readiness.isReady.load(ordering: .relaxed)
        self.timers.schedule(at: self.timers.now + (isDue ? interval : 250)) { [weak self] in self?.publishSysTopics() }
    }

    private func publishSysTopics(_ census: QueueCensus) {
        self.isCounting = false
        var totals = BrokerTotals(self.parts.broker)
        totals.version = "fluxd \(DaemonProgram.version)"
        let memory = BrokerSampler.residentBytes()
        self.maximumMemory = max(self.maximumMemory, memory)
        totals.memory = (UInt64(memory), UInt64(self.maximumMemory))
        totals.uptime = (self.timers.now - self.started) / 1_000
        totals.queues = BrokerTotals.Queues(census)
        totals.storage = BrokerTotals.Storage(self.parts.volume.statistics)
        let (topics, host) = (self.sysTopics, self.parts.hosts[0])
        Task { [totals] in await host.perform { topics.publish(totals, on: $0) } }
    }

    /// The log is where the audit stays: events of others push it out of the ring in time.
    private static func audit(_ event: AdminV1.Event, _ log: Logger) {
        var metadata: LogMetadata = [
            "what": .text(event.text), "identity": .text(event.identity), "on": .text(event.subject),
            "result": .text(event.attributes["result"] ?? ""), "reason": .text(event.attributes["reason"] ?? ""),
        ]
        if let changes = event.attributes["changes"] { metadata = metadata.adding(["changes": .text(changes)]) }
        let verb = event.attributes["verb"]
        if event.level == .warning {
            log.audit(.warning, "an administrator's change was refused", metadata)
        } else if event.attributes["dry_run"] != nil || verb == "check" || verb == "diff" {
            log.debug("an administrator looked at a change", metadata)
        } else {
            log.audit(.notice, "changed by an administrator", metadata)
        }
    }

    // MARK: Reload

    /// SIGHUP: the same as an operator's reload, told to the log.
    func reload() {
        var request = AdminV1.DoRequest()
        (request.kind, request.verb, request.reason) = (.config, "reload", "SIGHUP")
        let log = self.parts.log
        self.service.do(request, by: AdminService.Caller(identity: "signal SIGHUP", canChange: true)) { result in
            switch result {
            case .failure(let error):
                log.error(
                    "the configuration was not reloaded; the one that runs stays",
                    ["reason": .text(error.message)]
                )
            case .success(let response):
                log.notice("configuration reloaded", ["result": .text(response.message)])
                for change in response.changes where change.effect == "restart" {
                    log.warning(
                        "a changed key needs a restart",
                        ["key": .text(change.key), "from": .text(change.from), "to": .text(change.to)]
                    )
                }
                for change in response.changes where change.key.hasPrefix("queues[") && change.effect != "live" {
                    log.warning(
                        "a queue is not as the file says",
                        [
                            "key": .text(change.key), "stored": .text(change.from), "file": .text(change.to),
                            "note": .text(change.note),
                        ]
                    )
                }
            }
        }
    }

    // MARK: The process

    private static func facts(_ parts: ControlParts, _ host: LoopHost<WebMachine>, now: UInt64) -> DaemonFacts {
        let (hosts, readiness) = (parts.hosts, parts.readiness)
        var boot: UInt64 = 0
        withUnsafeMutableBytes(of: &boot) { randomize($0) }
        return DaemonFacts(
            node: parts.node,
            version: DaemonProgram.version,
            bootID: String(boot, radix: 16),
            pid: UInt64(getpid()),
            startedAt: now,
            descriptors: BrokerSampler.openDescriptors(),
            descriptorLimit: BrokerSampler.descriptorLimit(),
            state: {
                if readiness.isStopping.load(ordering: .relaxed) { return "stopping" }
                return readiness.isReady.load(ordering: .relaxed) ? "ready" : "starting"
            },
            apply: ConfigApplier { config throws(ConfigError) in try parts.live.prepare(config) },
            setPaused: { listeners, paused, done in
                let done = Confined(done, to: host.eventLoop)
                let web = Set(parts.bound.web.map(\.settings.index))
                Task {
                    for listener in listeners {
                        if web.contains(listener.settings.index) {
                            await host.setPaused(listener, paused)
                        } else {
                            await hosts[0].setPaused(listener, paused)
                        }
                    }
                    await host.perform { _ in done.use()() }
                }
            },
            offload: { body, done in
                let done = Confined(done, to: host.eventLoop)
                // Not on Swift's own threads: a file on a dead network disk would take one of the few there are.
                startThread {
                    let result = body()
                    Task { await host.perform { _ in done.use()(result) } }
                }
            },
            storage: { [volume = parts.volume] in volume.statistics }
        )
    }
}

@available(*, unavailable)
extension ControlPlane: Sendable {}

extension BrokerTotals.Queues {
    init(_ census: QueueCensus) {
        self.init()
        let (sum, counters) = (census.otherQueues, census.counters)
        self.count = UInt64(census.queueCount.all)
        (self.ready, self.unacked, self.consumers) = (sum.ready, sum.unacked, UInt64(sum.consumers))
        self.deadLetters = census.deadLetters
        self.published = counters.published
        self.delivered = counters.delivered
        self.acknowledged = counters.acknowledged
        self.deadLettered = counters.deadLettered
        self.dropped = counters.dropped + counters.expired
        self.refused = counters.refused
    }
}

extension BrokerTotals.Storage {
    init(_ volume: VolumeStatistics) {
        self.init()
        self.state = "\(volume.status)"
        self.freeBytes = volume.freeBytes
        self.logBytes = volume.logs.bytes
        self.writtenBytes = volume.bytes
        self.quarantined = UInt64(volume.quarantined)
    }
}

extension EdgeSample {
    init(_ bound: BoundListeners, _ admission: AdmissionTable, now: UInt64) {
        self.init()
        self.listeners = bound.all.map { listener in
            Listener(
                name: listener.settings.name,
                open: listener.open.load(ordering: .relaxed),
                accepted: listener.accepted.load(ordering: .relaxed),
                refused: [
                    ("listener_full", listener.refused(for: .listenerFull)),
                    ("address_full", listener.refused(for: .addressFull)), ("rate", listener.refused(for: .rate)),
                    ("banned", listener.refused(for: .banned)),
                    ("handshakes_full", listener.handshakesRefused.load(ordering: .relaxed)),
                    (
                        "handshake",
                        listener.layerFailures.load(ordering: .relaxed)
                            + listener.handshakeTimeouts.load(ordering: .relaxed)
                    ),
                ],
                transportFailures: listener.layerFailuresWhenOpen.load(ordering: .relaxed)
            )
        }
        self.bannedAddresses = admission.snapshot(bans: 0, now: now).bannedAddresses
        self.certificatesEnd = bound.mqtt.compactMap { mqtt in
            mqtt.layers.certificatesEnd.map { (bound.all[mqtt.index].settings.name, $0) }
        }
    }
}
