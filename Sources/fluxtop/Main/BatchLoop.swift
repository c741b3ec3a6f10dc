import Glibc
import Terminal
import TopModel
import TopViews

/// fluxtop without a terminal: asks as the interactive program does, and prints a sample each interval.
@MainActor
final class BatchLoop {
    private let setup: TopSetup
    private let format: BatchFormat
    private let mustConnect: Bool
    private let signals: SignalPipe
    private let sampler: any Sampler
    private var model: TopModel
    private let size: ScreenSize
    private var records: BatchRecords
    private var left: Int?
    /// When the next sample is printed; nil until everything in it has been answered once.
    private var nextAt: UInt64?
    private var answered: Set<UInt64> = []
    private let giveUpAt: UInt64
    private var ending: Ending?

    enum Ending: Equatable {
        case exit(Int32)
        /// With the reason.
        case unreachable(String)
        /// What was asked for is refused: a filter that is none, for example.
        case refused(TopFailure)
    }

    /// How long the first answers may take. Unit: milliseconds.
    private static let patience: UInt64 = 10_000
    /// Room for all columns, and for as many rows as one query may cheaply bring.
    private static let recordSize = ScreenSize(width: 1_000, height: 1_000)

    init(
        _ setup: TopSetup,
        _ format: BatchFormat,
        count: Int?,
        mustConnect: Bool,
        signals: SignalPipe,
        sampler: any Sampler,
        outputIsTerminal: Bool
    ) {
        let now = SystemClock.now
        self.setup = setup
        self.format = format
        self.left = count
        self.mustConnect = mustConnect
        self.signals = signals
        self.sampler = sampler
        self.size = format == .text ? setup.frame : Self.recordSize
        self.model = TopModel(options: setup.options, size: self.size, now: now)
        self.records = BatchRecords(format, isForTerminal: outputIsTerminal)
        self.giveUpAt = now + Self.patience
    }

    func run() -> Ending {
        self.receive(.clock(SystemClock.wall), SystemClock.now)
        self.sampler.run(self.model.wanted, now: SystemClock.now)
        while self.ending == nil { self.turn() }
        self.sampler.close()
        return self.ending ?? .exit(0)
    }

    private func turn() {
        var entries = [
            pollfd(fd: self.signals.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.sampler.descriptor ?? -1, events: self.sampler.events, revents: 0),
        ]
        let due = [self.sampler.deadline, self.nextAt ?? self.giveUpAt].compactMap { $0 }.min() ?? self.giveUpAt
        let now = SystemClock.now
        if poll(&entries, nfds_t(entries.count), Int32(clamping: due > now ? due - now : 0)) < 0, errno != EINTR {
            self.ending = .exit(1)
            return
        }
        self.handleSignals()
        let after = SystemClock.now
        for input in self.sampler.process(entries[1].revents, now: after) {
            self.note(input)
            self.receive(input, after)
        }
        self.printWhenDue(after)
    }

    private func handleSignals() {
        for signal in self.signals.read() {
            switch signal {
            case .stop(let exitCode): self.ending = .exit(exitCode)
            case .suspend: self.signals.stopProcess()
            case .resized, .resumed: break
            }
        }
    }

    /// Which calls have had their first answer, and whether there is anybody to answer.
    private func note(_ input: TopInput) {
        switch input {
        case .watch(let id, _), .series(let id, _), .events(let id, _), .log(let id, _), .row(let id, _),
            .failed(let id, _):
            self.answered.insert(id)
        case .disconnected(let outage):
            self.answered = []
            // A terminal that is not there is shown the outage; a program is told by the exit code, but not in the middle.
            if self.mustConnect, self.nextAt == nil { self.ending = .unreachable(outage.reason) }
        case .connected, .done, .clock, .load: break
        }
    }

    private func receive(_ input: TopInput, _ now: UInt64) {
        let effects = self.model.receive(input, now: now)
        if effects.contains(.resample) { self.sampler.run(self.model.wanted, now: now) }
    }

    private var isComplete: Bool {
        if self.model.isDown { return !self.mustConnect }
        guard self.model.link == .up else { return false }
        return self.model.wanted.calls.allSatisfy { self.answered.contains($0.id) }
    }

    private func printWhenDue(_ now: UInt64) {
        guard self.ending == nil else { return }
        if let nextAt = self.nextAt {
            guard now >= nextAt else { return }
        } else if !self.isComplete {
            guard now >= self.giveUpAt else { return }
            // Connected, and not everything is answered: what there is is printed.
            if self.mustConnect, self.model.link != .up {
                self.ending = .unreachable("no answer within \(Self.patience / 1_000) s")
                return
            }
        }
        if self.mustConnect, let failure = self.model.filterFailure {
            self.ending = .refused(failure)
            return
        }
        self.nextAt = max((self.nextAt ?? now) + UInt64(self.setup.options.intervalMs), now)
        self.receive(.clock(SystemClock.wall), now)
        self.printSample(now)
    }

    private func printSample(_ now: UInt64) {
        let text: String
        if self.format == .text {
            let frame = TopViews.draw(self.model, now: now)
            text = frame.text.joined(separator: "\n") + "\n"
        } else {
            text = self.records.text(self.model.batch(now: now))
        }
        switch writeToOutput(text) {
        case 0: break
        case EPIPE: self.ending = .exit(0)  // whoever read has seen enough
        default: self.ending = .exit(1)
        }
        if let left = self.left {
            self.left = left - 1
            if left <= 1, self.ending == nil { self.ending = .exit(0) }
        }
    }
}

/// Writes text to standard output.
///
/// - Returns: 0, or the error that stopped it.
func writeToOutput(_ text: String) -> Int32 { writeAll(text, to: STDOUT_FILENO) }

func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 {
            rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&entry, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}
