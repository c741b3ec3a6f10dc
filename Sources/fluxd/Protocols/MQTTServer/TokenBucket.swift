/// How often something may happen: so many a second on average, and `burst` at once after a pause.
package struct RateLimit: Equatable, Sendable {
    /// More than 0, at most a thousand million.
    package var perSecond: Double
    /// At least 1.
    package var burst: Int

    package init(perSecond: Double, burst: Int) {
        self.perSecond = min(max(perSecond, 0.000_001), 1_000_000_000)
        self.burst = max(1, burst)
    }
}

/// A ``RateLimit`` at work. Whoever takes counts ``left`` down by itself; below 0 it has taken what was not there.
struct TokenBucket {
    private(set) var isLimited: Bool
    var left: Int
    private var burst: Int
    /// Millionths of a token, earned in a millisecond.
    private var earnings: UInt64
    /// Millionths of a token.
    private var fraction: UInt64 = 0
    /// Milliseconds.
    private var lastRefill: UInt64

    /// Full. Without a limit it never gets empty.
    init(_ limit: RateLimit?, now: UInt64) {
        self.isLimited = limit != nil
        self.burst = limit?.burst ?? .max
        self.left = self.burst
        self.earnings = limit.map { max(1, UInt64(($0.perSecond * 1_000).rounded())) } ?? 0
        self.lastRefill = now
    }

    /// Adds what was earned since the last call.
    ///
    /// - Parameter hasWaited: Whoever was kept waiting gets all its time's worth, however late it was woken: the average holds
    ///   also where a burst is less than what comes between two looks at the clock.
    mutating func refill(now: UInt64, hasWaited: Bool = false) {
        if !self.isLimited { return }
        let elapsed = min(now - self.lastRefill, 3_600_000)  // no overflow at any rate
        let earned = elapsed * self.earnings + self.fraction
        self.lastRefill = now
        self.fraction = earned % 1_000_000
        self.left += Int(earned / 1_000_000)
        if self.left >= self.burst, !hasWaited { (self.left, self.fraction) = (self.burst, 0) }
    }

    /// - Returns: Whether there was one.
    mutating func take(now: UInt64) -> Bool {
        self.refill(now: now)
        if self.left < 1 { return false }
        if self.isLimited { self.left -= 1 }
        return true
    }

    /// Milliseconds until nothing is owed.
    var wait: UInt64 {
        if self.left >= 0 { return 0 }
        let owed = UInt64(-self.left).multipliedReportingOverflow(by: 1_000_000)
        if owed.overflow { return 3_600_000 }
        return (owed.partialValue - min(self.fraction, owed.partialValue) + self.earnings - 1) / self.earnings
    }
}
