/// Which lines are written and which only counted: each text may appear `lines` times in a window, whatever its
/// metadata.
///
/// Only levels from info on are counted: who turns debug or trace on wants each line; and a critical one is never held
/// back.
package struct LogRepeats: Sendable {
    package struct Policy: Equatable, Sendable {
        /// Unit: seconds.
        package var window: Int
        /// Written before counting starts.
        package var lines: Int

        package init(window: Int = 10, lines: Int = 10) {
            self.window = window
            self.lines = lines
        }
    }

    /// Lines that were not written.
    package struct Count: Equatable, Sendable {
        package var level: LogLevel
        package var message: String
        package var repeated: Int
    }

    private struct Line: Hashable {
        var level: LogLevel
        var message: String
    }

    private struct Window {
        var start: Int
        var seen: Int
    }

    private let policy: Policy
    /// Messages are literals, so there are no more entries than log statements.
    private var windows: [Line: Window] = [:]
    private var nextCheck = Int.min

    package init(_ policy: Policy = Policy()) { self.policy = policy }

    /// Whether to write this line.
    package mutating func admit(_ level: LogLevel, _ message: String, now: LogTime) -> Bool {
        guard level >= .info, level < .critical else { return true }
        let line = Line(level: level, message: message)
        var window = self.windows[line] ?? Window(start: now.seconds, seen: 0)
        window.seen += 1
        self.windows[line] = window
        return window.seen <= self.policy.lines
    }

    /// Takes the counts of windows that have ended. Cheap when called often: it looks once a second.
    package mutating func ended(now: LogTime) -> [Count] {
        // A clock set back must not hold the counts for as long as it was ahead.
        guard now.seconds >= self.nextCheck || now.seconds < self.nextCheck - 1 else { return [] }
        self.nextCheck = now.seconds + 1
        let length = self.policy.window
        return self.take { now.seconds < $0.start || now.seconds - $0.start >= length }
    }

    /// Takes all counts, before the program ends.
    package mutating func all() -> [Count] { self.take { _ in true } }

    private mutating func take(where isOver: (Window) -> Bool) -> [Count] {
        var counts: [Count] = []
        for (line, window) in self.windows where isOver(window) {
            self.windows[line] = nil
            let repeated = window.seen - self.policy.lines
            if repeated > 0 { counts.append(Count(level: line.level, message: line.message, repeated: repeated)) }
        }
        return counts.sorted { ($0.message, $0.level) < ($1.message, $1.level) }
    }
}
