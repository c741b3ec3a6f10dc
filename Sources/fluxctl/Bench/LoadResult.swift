/// What a load came to.
struct LoadResult: Sendable {
    /// A line of the table that grows while a load runs. Counts and times are those of the interval, in flight is what was at its end.
    struct Interval: Equatable, Sendable {
        /// Since measuring began, in nanoseconds.
        let until: UInt64
        let length: UInt64
        let sent: Int
        let received: Int
        let late: Int
        let errors: Int
        /// Sent and not yet where it must go; nil where nobody knows.
        let inFlight: Int?
        /// Those of ``quantiles``, in nanoseconds; nil when there were none.
        let latency: [UInt64]?

        static let quantiles = [("p50", 0.5), ("p99", 0.99), ("p99_9", 0.999), ("max", 1)]

        init(until: UInt64, length: UInt64, _ tally: Tally, inFlight: Int?) {
            self.until = until
            self.length = length
            self.sent = tally.sent
            self.received = tally.received
            self.late = tally.late
            self.errors = tally.errors
            self.inFlight = inFlight
            let times = Self.quantiles.compactMap { tally.latency.quantile($0.1) }
            self.latency = times.isEmpty ? nil : times
        }
    }

    let plan: LoadPlan
    let total: Tally
    var intervals: [Interval] = []
    /// Of measuring, in nanoseconds.
    var elapsed: UInt64
    /// Numbers that were passed over; of a subscriber alone.
    var missing: UInt64 = 0
    /// Messages that were due and never sent, since the broker held them back to the end.
    var owed: UInt64 = 0
    /// Seconds of processor time of this process, in user and system mode, and how long it took to use them.
    var processorSeconds = 0.0
    var processorSpan = 1.0
    var cores = 1

    /// Deliveries that had to come and did not.
    var lost: Int {
        switch self.plan.scenario {
        case .pubsub, .queue, .stream: max(0, self.total.expected - self.total.distinct)
        case .sub: Int(clamping: self.missing)
        case .pub, .conn: 0
        }
    }

    var sentPerSecond: Double? { self.total.sending.rate(self.sends) }
    var receivedPerSecond: Double? { self.total.receiving.rate(self.total.received) }

    /// What the generator did by itself: messages or connections.
    private var sends: Int { self.plan.scenario == .conn ? self.total.connected : self.total.sent }

    /// More than one send in a hundred began late: what was measured is the generator too.
    var isClientLimited: Bool { self.total.late * 100 > self.sends }
}
