import Metrics
import Testing

@Suite("Metrics")
struct MetricsTests {

    static let received = MetricDescriptor(
        counter: "fluxmq_messages_received_total",
        unit: "messages",
        help: "Messages accepted.",
        labels: ["listener", "qos"]
    )
    static let connections = MetricDescriptor(
        gauge: "fluxmq_connections",
        unit: "connections",
        help: "Back\\slash,\nline, \"quote\"."
    )
    static let wait = MetricDescriptor(
        histogram: "fluxmq_wait_seconds",
        unit: "seconds",
        help: "Waiting.",
        labels: ["shard"]
    )

    @Test("OpenMetrics names a counter's family without its suffix, and says where the text ends")
    func openMetrics() {
        var text = PrometheusText()
        text.add(Self.received, ["plain", "0"], 5)
        text.add(Self.connections, [], 2)
        #expect(
            String(decoding: text.bytes(.openMetrics), as: UTF8.self) == #"""
                # HELP fluxmq_messages_received Messages accepted.
                # TYPE fluxmq_messages_received counter
                fluxmq_messages_received_total{listener="plain",qos="0"} 5
                # HELP fluxmq_connections Back\\slash,\nline, \"quote\".
                # TYPE fluxmq_connections gauge
                fluxmq_connections 2
                # EOF

                """#
        )
        #expect(
            PrometheusText.Format(accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5") == .openMetrics
        )
        #expect(PrometheusText.Format(accept: "text/plain") == .prometheus)
        #expect(PrometheusText.Format(accept: nil) == .prometheus)
    }

    @Test("a family has one head, whatever the order of its samples, and everything is escaped")
    func text() {
        var text = PrometheusText()
        text.add(Self.received, ["plain", "0"], 5)
        text.add(Self.connections, [], 1.5)
        text.add(Self.received, ["a\"\\\n", "1"], 7)
        #expect(
            String(decoding: text.bytes(), as: UTF8.self) == #"""
                # HELP fluxmq_messages_received_total Messages accepted.
                # TYPE fluxmq_messages_received_total counter
                fluxmq_messages_received_total{listener="plain",qos="0"} 5
                fluxmq_messages_received_total{listener="a\"\\\n",qos="1"} 7
                # HELP fluxmq_connections Back\\slash,\nline, "quote".
                # TYPE fluxmq_connections gauge
                fluxmq_connections 1.5

                """#
        )
    }

    @Test(
        "numbers that are none are written as the format says",
        arguments: [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf")]
    )
    func specialNumbers(value: Double, word: String) {
        var text = PrometheusText()
        text.add(Self.connections, [], value)
        #expect(String(decoding: text.bytes(), as: UTF8.self).hasSuffix("\nfluxmq_connections \(word)\n"))
    }

    @Test("a histogram's buckets add up and end with +Inf, sum and count")
    func histogramText() {
        var histogram = Histogram()
        for value: UInt64 in [1_000, 1_024, 2_000, 4_000_000] { histogram.record(value) }
        var text = PrometheusText()
        text.add(Self.wait, ["0"], histogram, scale: 1e-9, exponents: 10...12)
        #expect(
            String(decoding: text.bytes(), as: UTF8.self) == """
                # HELP fluxmq_wait_seconds Waiting.
                # TYPE fluxmq_wait_seconds histogram
                fluxmq_wait_seconds_bucket{shard="0",le="1.024e-06"} 1
                fluxmq_wait_seconds_bucket{shard="0",le="2.048e-06"} 3
                fluxmq_wait_seconds_bucket{shard="0",le="4.096e-06"} 3
                fluxmq_wait_seconds_bucket{shard="0",le="+Inf"} 4
                fluxmq_wait_seconds_sum{shard="0"} 0.004004024
                fluxmq_wait_seconds_count{shard="0"} 4

                """
        )
    }

    @Test("a quantile is within 1/32 of the value, over the whole range")
    func quantiles() throws {
        for shift in 0..<64 {
            let value = UInt64(0xDEAD_BEEF_0BAD_F00D) >> UInt64(shift)
            var histogram = Histogram()
            histogram.record(value)
            histogram.record(.max)
            let median = try #require(histogram.quantile(0.5))
            #expect(median >= value)
            #expect(median - value <= value / 32)
            #expect(histogram.quantile(1) == .max)
        }
        #expect(Histogram().quantile(0.5) == nil)
    }

    @Test("merging is the same as recording in one")
    func merge() {
        var (a, b, both) = (Histogram(), Histogram(), Histogram())
        for value in 0..<1_000 as Range<UInt64> {
            if value % 3 == 0 { a.record(value) } else { b.record(value) }
            both.record(value)
        }
        a.merge(b)
        #expect(a == both)
        #expect(a.quantile(0.99) == 991)
        #expect(a.count(below: 9) == 512)
        #expect(a.maximum == 999)
    }
}
