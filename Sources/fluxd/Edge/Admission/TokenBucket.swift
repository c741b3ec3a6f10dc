/// How often something may happen: `perSecond` for ever, and `burst` at once after a rest.
package struct AdmissionRate: Equatable, Sendable {
    package var perSecond: Double
    package var burst: Int

    package init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// Follows its rate when that changes; full when it is new.
struct TokenBucket {
    private var tokens = Double.infinity
    /// Milliseconds.
    private var filledAt: UInt64 = 0

    /// Whether there was a token to take.
    mutating func take(_ rate: AdmissionRate, now: UInt64) -> Bool {
        let elapsed = Double(now - min(now, self.filledAt)) / 1_000
        self.tokens = min(Double(rate.burst), self.tokens + elapsed * rate.perSecond)
        self.filledAt = max(now, self.filledAt)
        guard self.tokens >= 1 else { return false }
        self.tokens -= 1
        return true
    }

    /// What was taken was not used.
    mutating func giveBack() { self.tokens += 1 }
}
