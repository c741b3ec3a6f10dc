import Glibc

/// A histogram as HdrHistogram's tools plot it: value in milliseconds, percentile, count so far, 1/(1-percentile).
///
/// Source: HdrHistogram's `outputPercentileDistribution`, with five lines for each halving of what is left.
func percentileFile(_ histogram: LatencyHistogram) -> String {
    var text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
    var level = 0.0
    var seen: UInt64 = 0
    let total = Double(histogram.count)
    for bucket in histogram.filled {
        seen += bucket.count
        let reached = 100 * Double(seen) / total
        while level <= reached, level < 100 {
            let value = min(bucket.upper, histogram.maximum)
            let left = formatted("%14.2f", 1 / (1 - level / 100))
            text += "\(line(value, level, seen)) \(left)\n"
            if seen == histogram.count { break }
            let halvings = (log2(100 / (100 - level))).rounded(.down) + 1
            level += 100 / (5 * 2 * pow(2, halvings - 1))
        }
    }
    if histogram.count > 0 { text += "\(line(histogram.maximum, 100, histogram.count))\n" }
    let deviation = formatted("%12.3f", histogram.standardDeviation / 1e6)
    text += "#[Mean    = \(formatted("%12.3f", (histogram.mean ?? 0) / 1e6)), StdDeviation   = \(deviation)]\n"
    text += "#[Max     = \(formatted("%12.3f", Double(histogram.maximum) / 1e6)), Total count    = "
    text += "\(formatted("%12.0f", total))]\n"
    text += "#[Buckets = \(formatted("%12.0f", 33)), SubBuckets     = \(formatted("%12.0f", 1_024))]\n"
    return text
}

private func line(_ nanoseconds: UInt64, _ percentile: Double, _ count: UInt64) -> String {
    let value = formatted("%12.3f", Double(nanoseconds) / 1e6)
    return "\(value) \(formatted("%14.12f", percentile / 100)) \(formatted("%10.0f", Double(count)))"
}

/// A number as C's printf writes it.
private func formatted(_ format: String, _ value: Double) -> String {
    let bytes = [UInt8](unsafeUninitializedCapacity: 400) { buffer, used in
        let count = buffer.withMemoryRebound(to: CChar.self) { characters in
            withVaList([value]) { vsnprintf(characters.baseAddress, characters.count, format, $0) }
        }
        used = max(0, Int(count))
    }
    return String(decoding: bytes, as: UTF8.self)
}
