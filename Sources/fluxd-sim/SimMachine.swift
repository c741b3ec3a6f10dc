import AdminServer
import AdminService
import HTTP
import Machine
import Protobuf
import WebServer

/// The posed daemon on its loop: the web in front, the stage behind, and the faults between them.
final class SimMachine: Machine {
    private let scenario: Scenario
    private let web = WebMachine()
    private let clock: ScenarioClock
    private let noise = RecordSignal()
    private var boots = 0
    private var show: Show
    /// By slot: those that a fault cuts.
    private var streams: [UInt32: StreamID] = [:]

    /// - Parameters:
    ///   - now: Milliseconds of the loops' clock.
    ///   - start: The scenario's start.
    init(_ scenario: Scenario, listeners: Int, now: UInt64, start: Timestamp) {
        self.scenario = scenario
        self.web.now = now
        self.clock = ScenarioClock(scenario, self.web.timers, start: start)
        self.show = Show(scenario, self.clock, self.web.timers, self.noise, boot: 0)
        self.show.fillPast()
        for listener in 0..<listeners {
            let site = WebSite(requiresLoopbackHost: false) { [unowned self] head, stream in
                self.show.server.handler(for: head, stream: stream)
            }
            self.web.serve(listener: listener, site: site)
        }
        for fault in scenario.faults { self.plan(fault) }
        if scenario.clock == .real { self.tickLater() }
    }

    // MARK: Time

    private func tickLater() {
        let second = (self.web.timers.now - self.clock.startedAt) / 1_000 + 1
        self.web.timers.schedule(at: self.clock.startedAt + second * 1_000) { [unowned self] in
            self.show.catchUp()
            self.tickLater()
        }
    }

    /// Moves a frozen clock on.
    func step() {
        guard self.scenario.clock == .frozen else { return }
        self.clock.stepped += self.scenario.step
        self.show.catchUp()
    }

    // MARK: Faults

    private func plan(_ fault: Fault) {
        let due = self.clock.startedAt + UInt64(fault.at * 1_000)
        self.web.timers.schedule(at: due) { [unowned self] in
            switch fault.kind {
            case .drop: self.cutStreams()
            case .restart:
                self.boots += 1
                self.show.service.shutDown()  // its watches end with it; the cut comes before they could say so
                self.cutStreams()
                self.show = Show(self.scenario, self.clock, self.web.timers, self.noise, boot: self.boots)
            case .shutdown: self.shutDown()
            case .delay: self.show.backend.delay = UInt64(fault.by * 1_000)
            }
        }
        guard fault.kind == .delay, let duration = fault.duration else { return }
        self.web.timers.schedule(at: due + UInt64(duration * 1_000)) { [unowned self] in self.show.backend.delay = 0 }
    }

    private func cutStreams() {
        for id in self.streams.values { self.effects.close.append((id, afterWriting: false)) }
        self.streams = [:]
    }

    func shutDown() {
        self.show.service.shutDown()
        self.web.shutDown()
    }

    // MARK: The loop's side

    var effects: Effects { self.web.effects }

    var now: UInt64 {
        get { self.web.now }
        set { self.web.now = newValue }
    }

    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? {
        self.streams[id.slot] = id
        return self.web.opened(id, listener: listener, facts: facts)
    }

    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer { self.web.arrived(id, state) }
    func received(_ batch: LinkBatch, from shard: Int) { self.web.received(batch, from: shard) }
    func received(_ answer: LinkAnswer, from shard: Int) { self.web.received(answer, from: shard) }
    func stored(_ kind: DurabilityClass, through number: UInt64) { self.web.stored(kind, through: number) }
    func tick() { self.web.tick() }

    func endOfBurst() {
        // What follows writes, which the end of a burst is too late for.
        if self.noise.take() {
            self.web.timers.schedule(at: self.web.timers.now) { [unowned self] in self.show.service.recordsArrived() }
        }
        self.web.endOfBurst()
    }

    var wantsFlush: Bool { self.web.wantsFlush }
    func flushed() { self.web.flushed() }
}

@available(*, unavailable)
extension SimMachine: Sendable {}
