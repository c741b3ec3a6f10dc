/// Adds up what the workers saw, and cuts it into intervals. Nanoseconds.
struct LoadWatch {
    /// Intervals that are kept for the record: ten hours of seconds. Later ones are shown and not kept.
    static let intervalLimit = 36_000

    private(set) var total = Tally()
    private(set) var intervals: [LoadResult.Interval] = []
    private let plan: LoadPlan
    private let interval: UInt64
    private var start: UInt64 = .max
    private var last: UInt64 = .max
    private var current = Tally()

    /// - Parameter interval: Length of one; 0 for none.
    init(_ plan: LoadPlan, interval: UInt64) {
        self.plan = plan
        self.interval = interval
    }

    mutating func begin(at start: UInt64) { (self.start, self.last) = (start, start) }

    mutating func add(_ tally: Tally) {
        self.total.merge(tally)
        self.current.merge(tally)
    }

    /// Completes an interval when it is time for it.
    ///
    /// - Parameter end: After it there are no more of them.
    mutating func row(at now: UInt64, until end: UInt64?, unacknowledged: Int) -> LoadResult.Interval? {
        guard self.plan.scenario != .conn, self.interval > 0, self.start != .max, now >= self.last,
            now - self.last >= self.interval, self.last < end ?? .max
        else { return nil }
        let inFlight: Int? =
            switch self.plan.scenario {
            case .pubsub, .queue, .stream: max(0, self.total.expected - self.total.distinct)
            case .pub: self.plan.qos > 0 ? unacknowledged : nil
            case .sub, .conn: nil
            }
        let row = LoadResult.Interval(
            until: now - self.start,
            length: now - self.last,
            self.current,
            inFlight: inFlight
        )
        if self.intervals.count < Self.intervalLimit { self.intervals.append(row) }
        self.last = now
        self.current = Tally()
        return row
    }
}
