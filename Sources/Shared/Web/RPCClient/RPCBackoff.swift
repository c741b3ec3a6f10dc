/// How long to wait between attempts to connect. Source: gRPC "Connection Backoff Protocol".
package struct RPCBackoff: Equatable, Sendable {
    /// From the start of the first attempt to the second. Milliseconds.
    package var initial: UInt64 = 1_000
    package var multiplier = 1.6
    package var maximum: UInt64 = 120_000
    /// Of each wait but the first, so much more or less by chance: clients of a server that failed do not come back together.
    package var jitter = 0.2

    package init() {}

    /// - Parameters:
    ///   - failures: Attempts that failed since the last that succeeded, this one included: at least 1.
    ///   - random: 0 ..< 1.
    /// - Returns: Milliseconds from the start of the attempt that failed to the next one.
    package func delay(failures: Int, random: Double) -> UInt64 {
        guard failures > 1 else { return self.initial }
        var delay = Double(self.initial)
        for _ in 1..<failures where delay < Double(self.maximum) { delay *= self.multiplier }
        delay = min(delay, Double(self.maximum))
        return UInt64((delay * (1 + self.jitter * (2 * random - 1))).rounded())
    }
}
