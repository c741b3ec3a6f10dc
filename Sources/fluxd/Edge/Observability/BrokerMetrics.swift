import Core
import Glibc
import Metrics

/// The broker's metrics by name: what `/metrics` shows. Counters are summed over the shards when somebody asks; the shards never
/// know that anybody did.
enum BrokerMetrics {
    static let contentType = PrometheusText.contentType

    private static let received = MetricDescriptor(
        counter: "fluxmq_messages_received_total",
        unit: "messages",
        help: "Messages that publishers sent."
    )
    private static let sent = MetricDescriptor(
        counter: "fluxmq_messages_sent_total",
        unit: "messages",
        help: "Messages written to subscribers."
    )
    private static let receivedBytes = MetricDescriptor(
        counter: "fluxmq_message_bytes_received_total",
        unit: "bytes",
        help: "Payload bytes that publishers sent."
    )
    private static let sentBytes = MetricDescriptor(
        counter: "fluxmq_message_bytes_sent_total",
        unit: "bytes",
        help: "Payload bytes written to subscribers."
    )
    private static let dropped = MetricDescriptor(
        counter: "fluxmq_messages_dropped_total",
        unit: "messages",
        help: "Messages that were not delivered, by reason.",
        labels: ["reason"]
    )
    private static let connectionsOpened = MetricDescriptor(
        counter: "fluxmq_connections_opened_total",
        unit: "connections",
        help: "Connections accepted."
    )
    private static let connections = MetricDescriptor(
        gauge: "fluxmq_connections",
        unit: "connections",
        help: "Connections open now."
    )
    private static let sessions = MetricDescriptor(
        gauge: "fluxmq_sessions",
        unit: "sessions",
        help: "MQTT sessions, those of absent clients included."
    )
    private static let subscriptions = MetricDescriptor(
        gauge: "fluxmq_subscriptions",
        unit: "subscriptions",
        help: "Subscriptions; a shared subscription counts once."
    )
    private static let filters = MetricDescriptor(
        gauge: "fluxmq_topic_filters",
        unit: "filters",
        help: "Different topic filters with subscribers."
    )
    private static let retained = MetricDescriptor(
        gauge: "fluxmq_retained_messages",
        unit: "messages",
        help: "Retained messages."
    )
    private static let retainedBytes = MetricDescriptor(
        gauge: "fluxmq_retained_bytes",
        unit: "bytes",
        help: "Memory of retained messages."
    )
    private static let leased = MetricDescriptor(
        gauge: "fluxmq_message_memory_leased_bytes",
        unit: "bytes",
        help: "Memory that shards have leased for waiting messages, of broker.memory_limit."
    )
    private static let moved = MetricDescriptor(
        counter: "fluxmq_connections_moved_total",
        unit: "connections",
        help: "Connections that moved to the shard of their session."
    )
    private static let events = MetricDescriptor(
        counter: "fluxmq_events_total",
        unit: "events",
        help: "What happened to connections and sessions, by event.",
        labels: ["event"]
    )
    private static let links = MetricDescriptor(
        counter: "fluxmq_shard_link_batches_total",
        unit: "batches",
        help: "Batches between shards."
    )
    private static let cpu = MetricDescriptor(
        counter: "process_cpu_seconds_total",
        unit: "seconds",
        help: "User and system CPU time."
    )
    private static let uptime = MetricDescriptor(
        gauge: "fluxmq_uptime_seconds",
        unit: "seconds",
        help: "Seconds since the broker started."
    )

    private static let dropReasons: [(String, ShardCounter)] = [
        ("output_full", .droppedOutputFull), ("queue_full", .droppedQueueFull), ("expired", .droppedExpired),
        ("memory", .droppedMemory), ("too_large", .droppedTooLarge),
    ]
    private static let eventCounters: [(String, ShardCounter)] = [
        ("protocol_error", .protocolErrors), ("connect_refused", .refusedConnects), ("takeover", .takeovers),
        ("keep_alive_timeout", .keepAliveTimeouts), ("will_published", .willsPublished), ("link_full", .linkStops),
        ("shared_requeued", .sharedRequeued),
    ]

    static func text(_ broker: Broker, uptime milliseconds: UInt64) -> [UInt8] {
        var text = PrometheusText()
        func total(_ counter: ShardCounter) -> Int { Int(truncatingIfNeeded: broker.total(counter)) }
        text.add(self.received, [], total(.messagesReceived))
        text.add(self.sent, [], total(.messagesSent))
        text.add(self.receivedBytes, [], total(.bytesReceived))
        text.add(self.sentBytes, [], total(.bytesSent))
        for (reason, counter) in self.dropReasons { text.add(self.dropped, [reason], total(counter)) }
        text.add(self.connectionsOpened, [], total(.connectionsOpened))
        text.add(self.connections, [], total(.connectionsOpened) - total(.connectionsClosed))
        text.add(self.moved, [], total(.connectionsMoved))
        for (event, counter) in self.eventCounters { text.add(self.events, [event], total(counter)) }
        text.add(self.sessions, [], total(.sessionsStarted) - total(.sessionsEnded))
        text.add(self.subscriptions, [], total(.subscriptionsAdded) - total(.subscriptionsRemoved))
        text.add(self.filters, [], broker.tree.filterCount)
        text.add(self.retained, [], broker.retained.count())
        text.add(self.retainedBytes, [], broker.retained.bytes)
        text.add(self.leased, [], broker.budget.leasedBytes)
        text.add(self.links, [], total(.linkBatches))
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        text.add(self.cpu, [], seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6)
        text.add(self.uptime, [], Double(milliseconds) / 1_000)
        return text.bytes()
    }
}
