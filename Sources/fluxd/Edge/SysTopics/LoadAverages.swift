import Glibc

/// How much of something there was a minute, averaged over the last 1, 5 and 15 minutes.
///
/// An exponential moving average as Mosquitto computes it: each look counts for what it covers, and older ones fade by
/// e^(-seconds/60), e^(-seconds/300), e^(-seconds/900).
struct LoadAverage: Sendable {
    private(set) var minutes: [Double] = [0, 0, 0]
    private var last: UInt64 = 0
    static let spans: [(name: String, seconds: Double)] = [("1min", 60), ("5min", 300), ("15min", 900)]

    /// - Parameters:
    ///   - count: What was counted since the start.
    ///   - seconds: Since the last look; the first one counts from the start.
    mutating func look(at count: UInt64, after seconds: Double) {
        let perMinute = Double(count &- self.last) * 60 / seconds
        self.last = count
        for (index, span) in LoadAverage.spans.enumerated() {
            self.minutes[index] = perMinute + exp(-seconds / span.seconds) * (self.minutes[index] - perMinute)
        }
    }
}

/// Two decimals, rounded: `12.30`.
func twoDecimals(_ value: Double) -> String {
    let hundredths = UInt64((max(0, value) * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}
