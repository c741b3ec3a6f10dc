import Testing

@testable import fluxctl

@Suite("Histogram of a load")
struct LatencyHistogramTests {
    /// What a sorted array says; the histogram may be higher by a step, never lower.
    private func exact(_ values: [UInt64], _ fraction: Double) -> UInt64 {
        values.sorted()[max(0, Int((fraction * Double(values.count)).rounded(.up)) - 1)]
    }

    private static let samples: [[UInt64]] = [
        Array(0..<1_000), (1...10_000).map { $0 * 997 }, (1...5_000).map { $0 * $0 * 31 },
        [1], [0, 0, 0], Array(repeating: 1_000_000, count: 999) + [2_000_000_000],
        (0..<4_000).map { ($0 * 2_654_435_761) % 5_000_000_000 },
    ]

    @Test("a percentile is that of the sorted values, to within a thousandth and never below", arguments: samples)
    func percentiles(_ values: [UInt64]) throws {
        var histogram = LatencyHistogram()
        for value in values { histogram.record(value) }
        for fraction in [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1] {
            let wanted = self.exact(values, fraction)
            let found = try #require(histogram.quantile(fraction))
            #expect(found >= wanted && found <= wanted + wanted / 1_000, "\(fraction): \(found) for \(wanted)")
        }
        #expect(histogram.count == UInt64(values.count))
        #expect(histogram.minimum == values.min() && histogram.maximum == values.max())
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        #expect(histogram.mean.map { abs($0 - mean) <= mean * 1e-9 } == true)
    }

    @Test("merging is recording all values in one")
    func merging() {
        var (one, two, all) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for value in Self.samples[1] { one.record(value) }
        for value in Self.samples[5] { two.record(value) }
        for value in Self.samples[1] + Self.samples[5] { all.record(value) }
        one.merge(LatencyHistogram())
        one.merge(two)
        #expect(one == all)
        var empty = LatencyHistogram()
        empty.merge(all)
        #expect(empty == all)
    }

    @Test("an empty one has no percentile, and what is too long is counted with its exact maximum")
    func extremes() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil && histogram.mean == nil)
        histogram.record(.max)
        #expect(histogram.maximum == .max && histogram.count == 1)
        #expect(histogram.quantile(1) == 1 << 42 - 1)
    }

    @Test("the file for HdrHistogram's tools rises from 0 to 1, and ends with all values")
    func file() {
        var histogram = LatencyHistogram()
        for value in 1...1_000 { histogram.record(UInt64(value) * 1_000_000) }
        let lines = percentileFile(histogram).split(separator: "\n").map(String.init)
        #expect(lines[0] == "       Value     Percentile TotalCount 1/(1-Percentile)")
        #expect(lines[1].split(separator: " ").map(String.init) == ["1.000", "0.000000000000", "1", "1.00"])
        let rows = lines.dropFirst().prefix { !$0.hasPrefix("#") }.map {
            $0.split(separator: " ").compactMap { Double($0) }
        }
        for (before, after) in zip(rows, rows.dropFirst()) {
            #expect(before[0] <= after[0] && before[1] < after[1] && before[2] <= after[2])
        }
        #expect(rows.last == [1_000, 1, 1_000])
        #expect(rows.first { $0[1] == 0.5 }.map { abs($0[0] - 500) <= 0.5 && abs($0[2] - 500) <= 1 } == true)
        #expect(lines.contains { $0.hasPrefix("#[Mean    =") && $0.contains("500.5") })
        #expect(lines.contains { $0.hasPrefix("#[Max     =") && $0.contains("1000.000") })
    }

    @Test("bars double from line to line, and their shares are those of the values")
    func bars() {
        var histogram = LatencyHistogram()
        for _ in 0..<50 { histogram.record(300_000) }
        for _ in 0..<25 { histogram.record(600_000) }
        for _ in 0..<25 { histogram.record(2_500_000) }
        let lines = fluxctl.bars(of: histogram, width: 4)
        #expect(
            lines == [
                "   0.25 ms  ████   50.0%", "   0.50 ms  ██     25.0%", "      1 ms         0.00%",
                "      2 ms  ██     25.0%",
            ]
        )
        #expect(fluxctl.bars(of: LatencyHistogram()).isEmpty)
    }
}
