import Glibc
import Terminal
import TopModel
import TopViews

/// The interactive program: keys, answers and signals go to the model, frames to the terminal.
///
/// One thread that waits in one poll and nowhere else. It decides nothing about screens.
@MainActor
final class TopLoop {
    private let terminal: CursesTerminal
    private let signals: SignalPipe
    private let sampler: any Sampler
    private var model: TopModel
    private var pacing = FramePacing()
    private var load: OwnLoad
    private var nextTick: UInt64
    private var exitCode: Int32?

    init(_ terminal: CursesTerminal, _ signals: SignalPipe, _ sampler: any Sampler, _ options: TopOptions) {
        let now = SystemClock.now
        self.terminal = terminal
        self.signals = signals
        self.sampler = sampler
        self.model = TopModel(options: options, size: terminal.size, now: now)
        self.load = OwnLoad(now: now)
        self.nextTick = now + 1_000
        self.pacing.keyPressed()
    }

    /// - Returns: The exit code.
    func run() -> Int32 {
        self.carryOut(self.model.receive(.clock(SystemClock.wall), now: SystemClock.now))
        self.draw(SystemClock.now)  // before there is anything to say: the operator sees that fluxtop has started
        self.sampler.run(self.model.wanted, now: SystemClock.now)
        while self.exitCode == nil { self.turn() }
        self.sampler.close()
        return self.exitCode ?? 0
    }

    private func turn() {
        var entries = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.signals.descriptor, events: Int16(POLLIN), revents: 0),
            // A negative descriptor is left out.
            pollfd(fd: self.sampler.descriptor ?? -1, events: self.sampler.events, revents: 0),
        ]
        if poll(&entries, nfds_t(entries.count), self.timeout(SystemClock.now)) < 0, errno != EINTR {
            self.exitCode = 1
            return
        }
        let now = SystemClock.now
        if entries[1].revents != 0 { self.handleSignals(now) }
        self.readKeys(entries[0].revents, now)
        for input in self.sampler.process(entries[2].revents, now: now) { self.receive(input, now) }
        if now >= self.nextTick { self.tick(now) }
        if self.pacing.takeResize(now: now) {
            self.terminal.resize()
            self.carryOut(self.model.key(.resize(self.terminal.size), now: now))
        }
        self.draw(now)
    }

    /// Unit: milliseconds, as poll has it.
    private func timeout(_ now: UInt64) -> Int32 {
        let next = [self.pacing.due, self.sampler.deadline, self.nextTick].compactMap { $0 }.min() ?? now
        return Int32(clamping: next > now ? next - now : 0)
    }

    private func readKeys(_ ready: Int16, _ now: UInt64) {
        guard ready != 0 else { return }
        var count = 0
        while count < Self.keysPerTurn {
            switch self.terminal.read() {
            case .key(let key):
                self.pacing.keyPressed()
                self.carryOut(self.model.key(key, now: now))
            case .unknown: break
            case .none:
                // Ready, and nothing there: the terminal is gone.
                if count == 0, ready & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { self.exitCode = 128 + SIGHUP }
                return
            }
            count += 1
        }
    }

    /// So that something pasted does not keep answers and frames waiting.
    private static let keysPerTurn = 256

    private func handleSignals(_ now: UInt64) {
        for signal in self.signals.read() {
            switch signal {
            case .stop(let exitCode): self.exitCode = exitCode
            case .resized: self.pacing.resized(now: now)
            case .suspend:
                self.terminal.suspend()
                self.signals.stopProcess()
                self.resume(now)
            case .resumed: self.resume(now)
            }
        }
    }

    private func resume(_ now: UInt64) {
        self.terminal.resume()
        self.pacing.resized(now: now)  // whoever had the terminal meanwhile may have given it another size
    }

    private func tick(_ now: UInt64) {
        self.nextTick = now + 1_000
        self.receive(.clock(SystemClock.wall), now)
        if let load = self.load.look(now: now) { self.receive(.load(load), now) }
    }

    private func receive(_ input: TopInput, _ now: UInt64) { self.carryOut(self.model.receive(input, now: now)) }

    private func carryOut(_ effects: [TopEffect]) {
        let now = SystemClock.now
        for effect in effects {
            switch effect {
            case .quit: self.exitCode = 0
            case .redraw: self.pacing.dataChanged()
            case .resample: self.sampler.run(self.model.wanted, now: now)
            case .retryNow: self.sampler.retry(now: now)
            case .perform(let request): self.sampler.perform(request, now: now)
            }
        }
    }

    private func draw(_ now: UInt64) {
        if self.exitCode == nil, self.pacing.takeFrame(now: now) {
            self.terminal.show(TopViews.draw(self.model, now: now))
        }
    }
}
