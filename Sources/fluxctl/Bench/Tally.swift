/// What has been seen, by one worker since it was last asked, or by all since the start. The warm-up is not in it.
struct Tally: Equatable, Sendable {
    var sent = 0
    /// Deliveries that the messages sent so far must lead to.
    var expected = 0
    var acknowledged = 0
    /// Messages and connections that the broker said no to, and connections that were lost.
    var errors = 0
    var late = 0
    /// Every delivery, duplicates too.
    var received = 0
    var receivedBytes = 0
    var duplicates = 0
    var reordered = 0
    /// Messages that no load, or another one, has sent.
    var foreign = 0
    var connected = 0
    /// From when something was intended to when it was there, and from when it was really begun.
    var latency = LatencyHistogram()
    var service = LatencyHistogram()
    var sending = Stretch()
    var receiving = Stretch()
    /// What went wrong, at most ``problemLimit`` different things.
    var problems: [String: Int] = [:]

    static let problemLimit = 16

    /// From the first to the last of some events.
    struct Stretch: Equatable, Sendable {
        private(set) var first = UInt64.max
        private(set) var last: UInt64 = 0

        mutating func note(_ time: UInt64) {
            self.first = min(self.first, time)
            self.last = max(self.last, time)
        }

        mutating func merge(_ other: Stretch) {
            self.first = min(self.first, other.first)
            self.last = max(self.last, other.last)
        }

        /// Events a second: `count` of them make `count - 1` steps; nil below two.
        func rate(_ count: Int) -> Double? {
            count > 1 && self.last > self.first ? Double(count - 1) * 1e9 / Double(self.last - self.first) : nil
        }
    }

    /// Different messages that came.
    var distinct: Int { self.received - self.duplicates }

    mutating func note(problem text: String) {
        self.errors += 1
        if self.problems[text] != nil || self.problems.count < Self.problemLimit {
            self.problems[text, default: 0] += 1
        }
    }

    mutating func merge(_ other: Tally) {
        self.sent += other.sent
        self.expected += other.expected
        self.acknowledged += other.acknowledged
        self.errors += other.errors
        self.late += other.late
        self.received += other.received
        self.receivedBytes += other.receivedBytes
        self.duplicates += other.duplicates
        self.reordered += other.reordered
        self.foreign += other.foreign
        self.connected += other.connected
        self.latency.merge(other.latency)
        self.service.merge(other.service)
        self.sending.merge(other.sending)
        self.receiving.merge(other.receiving)
        for (text, count) in other.problems
        where self.problems[text] != nil || self.problems.count < Self.problemLimit {
            self.problems[text, default: 0] += count
        }
    }
}
