import Core
import Files
import Glibc
import Machine
import Metrics
import QueueEngine
import StateStore
import Testing

@testable import Observability
@testable import Volume

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

    /// Everything in the text that looks like a metric's name; a histogram's parts are its name.
    private static func names(in text: String) -> Set<String> {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        let histograms = Set(BrokerMetrics.descriptors.filter { $0.kind == .histogram }.map(\.name))
        return Set(
            words.filter { $0.hasPrefix("fluxmq_") || $0.hasPrefix("process_") }.map { word in
                let whole = word.split(separator: "_").dropLast().joined(separator: "_")
                return histograms.contains(whole) ? whole : String(word)
            }
        )
    }

    private static func sample(shards: Int = 1) throws -> BrokerSample {
        let engine = try VolumeEngine(
            files: MemoryFiles(limit: 1 << 30),
            state: MemoryStore(),
            environment: VolumeEnvironment(unixTime: { 0 }, clock: { 0 }, random: { 1 }),
            now: 0,
            notify: { _ in }
        )
        return BrokerSample(
            broker: Broker(shards: shards, key: 1, settings: BrokerSettings()),
            edge: EdgeSample(),
            queues: QueueFigures(),
            storage: engine.statistics,
            uptime: 1_500
        )
    }

    private static func text(_ sample: BrokerSample, _ format: PrometheusText.Format = .prometheus) -> String {
        String(decoding: BrokerMetrics.text(sample, format), as: UTF8.self)
    }

    @Test("docs/metrics.md names every metric, and no other")
    func document() {
        let known = Set(BrokerMetrics.descriptors.map(\.name))
        #expect(Self.names(in: Self.document).symmetricDifference(known).sorted() == [])
    }

    @Test("every value of a label that the broker chooses stands in the document")
    func labels() throws {
        var sample = try Self.sample()
        var figures = QueueFigures()
        figures.queues = [QueueFigures.Queue(name: QueueFigures.restName, sum: QueueSum())]
        figures.groups = [
            QueueFigures.Group(queue: QueueFigures.restName, name: QueueFigures.restName, sum: GroupSum())
        ]
        sample.queues = figures
        let document = Self.document
        for line in Self.text(sample).split(separator: "\n") where !line.hasPrefix("#") && !line.contains("le=") {
            let values = line.split(separator: "\"", omittingEmptySubsequences: false)
            for index in stride(from: 1, to: values.count, by: 2) {
                #expect(document.contains("`\(values[index])`"), "\(line)")
            }
        }
    }

    @Test("a scrape has each family once, with its help")
    func text() throws {
        var sample = try Self.sample(shards: 2)
        sample.broker.counters[0].add(.messagesReceived, 2)
        sample.broker.counters[1].add(.messagesReceived, 3)
        sample.edge.listeners = [
            .init(name: "mqtt.tls", open: 4, accepted: 9, refused: [("banned", 5)], transportFailures: 2)
        ]
        sample.edge.certificatesEnd = [("mqtt.tls", 1_800_000_000)]
        sample.queues.queues = [QueueFigures.Queue(name: "orders", sum: QueueSum())]
        sample.queues.groups = [QueueFigures.Group(queue: "orders", name: "billing", sum: GroupSum())]
        let text = Self.text(sample, .openMetrics)
        #expect(text.contains("fluxmq_messages_received_total 5\n"))
        #expect(text.contains("fluxmq_connections_refused_total{listener=\"mqtt.tls\",reason=\"banned\"} 5\n"))
        #expect(text.contains("fluxmq_transport_failures_total{listener=\"mqtt.tls\"} 2\n"))
        #expect(text.contains("fluxmq_certificate_expiry_timestamp_seconds{listener=\"mqtt.tls\"} 1800000000\n"))
        #expect(text.contains("fluxmq_uptime_seconds 1.5\n") && text.hasSuffix("# EOF\n"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("# TYPE") } == BrokerMetrics.descriptors.count)
    }

    @Test("queues and groups are labels, and what is in them is their own")
    func queues() throws {
        var sample = try Self.sample()
        var sum = QueueSum()
        (sum.count, sum.ready, sum.unacked, sum.delayed, sum.bytes) = (1, 12, 3, 4, 900)
        (sum.consumers, sum.oldestAge) = (2, 61_000)
        (sum.counters.published, sum.counters.droppedOverflow, sum.counters.refusedFull) = (20, 5, 6)
        (sum.counters.deadLetteredDeliveries, sum.counters.timedOut) = (7, 8)
        var group = GroupSum()
        (group.lag, group.pending, group.consumers, group.counters.redelivered) = (15, 3, 2, 9)
        sample.queues.queues = [QueueFigures.Queue(name: "a\"b", sum: sum)]
        sample.queues.groups = [QueueFigures.Group(queue: "a\"b", name: "g@eu/#", sum: group)]
        let text = Self.text(sample)
        for line in [
            #"fluxmq_queue_messages_ready{queue="a\"b"} 12"#, #"fluxmq_queue_messages_unacked{queue="a\"b"} 3"#,
            #"fluxmq_queue_messages_delayed{queue="a\"b"} 4"#, #"fluxmq_queue_bytes{queue="a\"b"} 900"#,
            #"fluxmq_queue_consumers{queue="a\"b"} 2"#, #"fluxmq_queue_oldest_message_age_seconds{queue="a\"b"} 61"#,
            #"fluxmq_queue_messages_published_total{queue="a\"b"} 20"#,
            #"fluxmq_queue_messages_dropped_total{queue="a\"b",reason="overflow"} 5"#,
            #"fluxmq_queue_publishes_refused_total{queue="a\"b",reason="full"} 6"#,
            #"fluxmq_queue_messages_dead_lettered_total{queue="a\"b",reason="max_deliveries"} 7"#,
            #"fluxmq_queue_messages_returned_total{queue="a\"b",reason="timed_out"} 8"#,
            #"fluxmq_group_lag_messages{queue="a\"b",group="g@eu/#"} 15"#,
            #"fluxmq_group_messages_pending{queue="a\"b",group="g@eu/#"} 3"#,
            #"fluxmq_group_messages_redelivered_total{queue="a\"b",group="g@eu/#"} 9"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }

    @Test("the storage says its state once, and its figures are the volume's")
    func storage() throws {
        var sample = try Self.sample()
        sample.storage.status = .full
        (sample.storage.bytes, sample.storage.freeBytes, sample.storage.quarantined) = (77, 55, 2)
        sample.storage.syncLatency.record(3_000_000)
        sample.storage.findings.cutBytes = 31
        let text = Self.text(sample)
        for line in [
            #"fluxmq_storage_state{state="writable"} 0"#, #"fluxmq_storage_state{state="full"} 1"#,
            #"fluxmq_storage_state{state="failed"} 0"#, "fluxmq_storage_bytes_written_total 77",
            "fluxmq_storage_free_bytes 55", "fluxmq_storage_capacity_bytes 1073741824",
            "fluxmq_storage_logs_quarantined 2", "fluxmq_storage_sync_seconds_count 1",
            "fluxmq_storage_sync_seconds_sum 0.003", "fluxmq_storage_cut_bytes 31",
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }
}
