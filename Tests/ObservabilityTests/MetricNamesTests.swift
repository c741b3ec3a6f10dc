import Core
import Glibc
import Metrics
import Testing

@testable import Observability

@Suite("The broker's metrics")
struct MetricNamesTests {
    private static var document: String {
        let path = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/docs/metrics.md"
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Everything in the text that looks like a metric's name.
    private static func names(in text: String) -> Set<String> {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        return Set(words.filter { $0.hasPrefix("fluxmq_") || $0.hasPrefix("process_") }.map(String.init))
    }

    @Test("docs/metrics.md names every metric, and no other")
    func document() {
        #expect(Self.names(in: Self.document) == Set(BrokerMetrics.descriptors.map(\.name)))
    }

    @Test("every value of a label that the broker chooses stands in the document")
    func labels() {
        let broker = Broker(shards: 1, key: 1, settings: BrokerSettings())
        let text = String(decoding: BrokerMetrics.text(broker, EdgeSample(), uptime: 1, .prometheus), as: UTF8.self)
        let document = Self.document
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let values = line.split(separator: "\"", omittingEmptySubsequences: false)
            for index in stride(from: 1, to: values.count, by: 2) {
                #expect(document.contains("`\(values[index])`"), "\(line)")
            }
        }
    }

    @Test("a scrape has each family once, with its help")
    func text() {
        let broker = Broker(shards: 2, key: 1, settings: BrokerSettings())
        broker.counters[0].add(.messagesReceived, 2)
        broker.counters[1].add(.messagesReceived, 3)
        var edge = EdgeSample()
        edge.listeners = [
            .init(name: "mqtt.tls", open: 4, accepted: 9, refused: [("banned", 5)], transportFailures: 2)
        ]
        edge.certificatesEnd = [("mqtt.tls", 1_800_000_000)]
        let text = String(decoding: BrokerMetrics.text(broker, edge, uptime: 1_500, .openMetrics), as: UTF8.self)
        #expect(text.contains("fluxmq_messages_received_total 5\n"))
        #expect(text.contains("fluxmq_connections_refused_total{listener=\"mqtt.tls\",reason=\"banned\"} 5\n"))
        #expect(text.contains("fluxmq_transport_failures_total{listener=\"mqtt.tls\"} 2\n"))
        #expect(text.contains("fluxmq_certificate_expiry_timestamp_seconds{listener=\"mqtt.tls\"} 1800000000\n"))
        #expect(text.contains("fluxmq_uptime_seconds 1.5\n") && text.hasSuffix("# EOF\n"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("# TYPE") } == BrokerMetrics.descriptors.count)
    }
}
