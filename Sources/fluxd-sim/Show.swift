import AdminAPI
import AdminServer
import AdminService
import Glibc
import HTTP
import Protobuf
import Synchronization

/// The scenario's time.
final class ScenarioClock {
    /// The scenario's start.
    let epoch: Timestamp
    /// Milliseconds of the loop at that moment.
    let startedAt: UInt64
    /// Seconds that a frozen clock was moved on.
    var stepped = 0
    private let mode: Scenario.ClockMode
    private let timers: Timers

    init(_ scenario: Scenario, _ timers: Timers, start: Timestamp) {
        self.epoch = start
        self.startedAt = timers.now
        self.mode = scenario.clock
        self.timers = timers
    }

    /// Seconds since the start.
    var elapsed: Double {
        self.mode == .frozen ? Double(self.stepped) : Double(self.timers.now - self.startedAt) / 1_000
    }

    var wall: Timestamp { self.epoch.advanced(by: self.elapsed) }
}

@available(*, unavailable)
extension ScenarioClock: Sendable {}

/// One life of the posed broker: what a restart begins anew.
struct Show {
    let stage: Stage
    let backend: SimBackend
    let service: AdminService
    let server: AdminServer
    private let scenario: Scenario
    private let clock: ScenarioClock
    private let history = SeriesStore(SeriesStore.broker)
    private let events: RecordRing<AdminV1.Event>
    private let log: RecordRing<AdminV1.LogRecord>
    /// Seconds of the scenario when it began.
    private let began: Int
    /// What of the scripts has happened, in seconds of the scenario.
    private var scripted: Double

    /// - Parameter boot: 0 for the first life, which has a past.
    init(_ scenario: Scenario, _ clock: ScenarioClock, _ timers: Timers, _ noise: RecordSignal, boot: Int) {
        var scenario = scenario
        if boot > 0 { (scenario.uptime, scenario.history) = (0, 0) }
        self.scenario = scenario
        self.clock = clock
        self.began = Int(clock.elapsed)
        self.scripted = boot > 0 ? clock.elapsed : -.infinity
        self.events = RecordRing { noise.set() }
        self.log = RecordRing { noise.set() }
        let start = clock.epoch.advanced(by: Double(self.began))
        self.stage = Stage(scenario, epoch: start, boot: boot)
        self.backend = SimBackend(self.stage, timers: timers)
        // What is drawn must not depend on how fast this machine is.
        let isFrozen = scenario.clock == .frozen
        self.service = AdminService(
            backend: self.backend,
            timers: timers,
            clocks: AdminService.Clocks(wall: { clock.wall }, cpu: { isFrozen ? 0 : threadMicroseconds() }),
            history: self.history,
            events: self.events,
            log: self.log
        )
        self.server = AdminServer(self.service, timers: timers)
        let events = self.events
        self.stage.emit = { events.append($0) }
    }

    /// What is there before the first client comes: history, and what the scripts have from before the start.
    mutating func fillPast() {
        for second in -self.scenario.history...0 { self.record(second) }
        self.playScripts()
    }

    /// Brings everything to the clock's present second.
    mutating func catchUp() {
        while self.began + self.stage.second < Int(self.clock.elapsed) {
            self.stage.step()
            self.record(self.stage.second)
        }
        self.playScripts()
    }

    private func record(_ second: Int) {
        for (name, value) in self.stage.values(at: second) {
            self.history.record(name, value, at: UInt64(self.scenario.history + second))
        }
    }

    private mutating func playScripts() {
        let start = self.scripted
        self.scripted = self.clock.elapsed
        for (time, event) in due(self.scenario.events, after: start, upTo: self.scripted) {
            var event = event
            event.at = self.clock.epoch.advanced(by: time)
            event.node = self.scenario.node
            self.events.append(event)
        }
        for (time, record) in due(self.scenario.log, after: start, upTo: self.scripted) {
            var record = record
            record.at = self.clock.epoch.advanced(by: time)
            self.log.append(record)
        }
    }
}

@available(*, unavailable)
extension Show: Sendable {}

/// Records that are due, in the order of their times.
private func due<Record>(
    _ script: [ScriptedRecord<Record>],
    after start: Double,
    upTo end: Double
) -> [(time: Double, record: Record)] {
    script.flatMap { line in line.times(after: start, upTo: end).map { ($0, line.record) } }
        .enumerated()
        .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
        .map { (time: $0.element.0, record: $0.element.1) }
}

/// There are new events or log records.
final class RecordSignal: Sendable {
    private let isSet = Atomic(false)

    func set() { self.isSet.store(true, ordering: .relaxed) }
    func take() -> Bool { self.isSet.exchange(false, ordering: .relaxed) }
}

/// CPU time of the calling thread.
private func threadMicroseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
}
