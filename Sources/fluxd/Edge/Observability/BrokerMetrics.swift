package import Core
import Glibc
package import Metrics
package import Volume

/// What of the broker stands outside of its shards: read when somebody asks.
package struct EdgeSample: Sendable {
    package struct Listener: Sendable {
        package var name: String
        package var open: Int
        package var accepted: Int
        /// By reason; each reason is always there, so that a rate over it starts at 0.
        package var refused: [(reason: String, count: Int)]
        /// Ended by TLS or WebSocket after their handshakes.
        package var transportFailures: Int

        package init(
            name: String,
            open: Int,
            accepted: Int,
            refused: [(reason: String, count: Int)],
            transportFailures: Int
        ) {
            self.name = name
            self.open = open
            self.accepted = accepted
            self.refused = refused
            self.transportFailures = transportFailures
        }
    }

    package var listeners: [Listener] = []
    package var bannedAddresses = 0
    /// Seconds since 1970 when the first certificate of a listener ends; nil without TLS.
    package var certificatesEnd: [(listener: String, at: Int64)] = []

    package init() {}
}

/// The broker at one moment, as far as nobody has to be asked for it while it is written down.
package struct BrokerSample: Sendable {
    package var broker: Broker
    package var edge: EdgeSample
    package var queues: QueueFigures
    package var storage: VolumeStatistics
    /// Milliseconds.
    package var uptime: UInt64

    package init(
        broker: Broker,
        edge: EdgeSample,
        queues: QueueFigures,
        storage: VolumeStatistics,
        uptime: UInt64
    ) {
        self.broker = broker
        self.edge = edge
        self.queues = queues
        self.storage = storage
        self.uptime = uptime
    }

    func total(_ counter: ShardCounter) -> Int { Int(truncatingIfNeeded: self.broker.total(counter)) }
}

/// The broker's metrics by name: what `/metrics` shows. Counters are summed over the shards when somebody asks; the shards never
/// know that anybody did.
package enum BrokerMetrics {
    /// Everything, in the order of docs/metrics.md, which a test compares.
    package static var descriptors: [MetricDescriptor] { self.families.map(\.descriptor) }

    package static func text(_ sample: BrokerSample, _ format: PrometheusText.Format) -> [UInt8] {
        var text = PrometheusText()
        for family in self.families { family.read(sample, family.descriptor, &text) }
        return text.bytes(format)
    }

    struct Family: Sendable {
        let descriptor: MetricDescriptor
        let read: @Sendable (BrokerSample, MetricDescriptor, inout PrometheusText) -> Void
    }

    // MARK: Kinds of families

    static func counter(_ name: String, _ unit: String, _ counter: ShardCounter, _ help: String) -> Family {
        Family(descriptor: MetricDescriptor(counter: name, unit: unit, help: help)) { source, descriptor, text in
            text.add(descriptor, [], source.total(counter))
        }
    }

    static func counters(
        _ name: String,
        _ unit: String,
        by label: String,
        _ counters: [(String, ShardCounter)],
        _ help: String
    ) -> Family {
        let descriptor = MetricDescriptor(counter: name, unit: unit, help: help, labels: [label])
        return Family(descriptor: descriptor) { source, descriptor, text in
            for (value, counter) in counters { text.add(descriptor, [value], source.total(counter)) }
        }
    }

    static func gauge(
        _ name: String,
        _ unit: String,
        _ help: String,
        _ value: @escaping @Sendable (BrokerSample) -> Int
    ) -> Family {
        Family(descriptor: MetricDescriptor(gauge: name, unit: unit, help: help)) { source, descriptor, text in
            text.add(descriptor, [], value(source))
        }
    }

    // MARK: The families

    private static let families: [Family] =
        messages + connections + security + sessions + queues + queueCounters + groups + volume + stateStore + process

    private static var messages: [Family] {
        [
            self.counter(
                "fluxmq_messages_received_total",
                "messages",
                .messagesReceived,
                "Messages that publishers sent."
            ),
            self.counter("fluxmq_messages_sent_total", "messages", .messagesSent, "Messages written to subscribers."),
            self.counter(
                "fluxmq_message_bytes_received_total",
                "bytes",
                .bytesReceived,
                "Payload bytes that publishers sent."
            ),
            self.counter(
                "fluxmq_message_bytes_sent_total",
                "bytes",
                .bytesSent,
                "Payload bytes written to subscribers."
            ),
            self.counters(
                "fluxmq_messages_dropped_total",
                "messages",
                by: "reason",
                [
                    ("output_full", .droppedOutputFull), ("queue_full", .droppedQueueFull),
                    ("expired", .droppedExpired), ("memory", .droppedMemory), ("too_large", .droppedTooLarge),
                    ("not_authorized", .droppedNotAuthorized), ("no_space", .droppedNoSpace),
                ],
                "Messages that were not delivered, by reason."
            ),
        ]
    }

    private static var connections: [Family] {
        [
            self.counter(
                "fluxmq_connections_opened_total",
                "connections",
                .connectionsOpened,
                "Connections accepted and let in."
            ),
            self.gauge("fluxmq_connections", "connections", "Connections open now.") {
                $0.total(.connectionsOpened) - $0.total(.connectionsClosed)
            },
            self.counter(
                "fluxmq_connections_moved_total",
                "connections",
                .connectionsMoved,
                "Connections that moved to the shard of their session."
            ),
            Family(
                descriptor: MetricDescriptor(
                    counter: "fluxmq_connections_refused_total",
                    unit: "connections",
                    help: "Connections closed before their first packet, by listener and reason.",
                    labels: ["listener", "reason"]
                )
            ) { source, descriptor, text in
                for listener in source.edge.listeners {
                    for (reason, count) in listener.refused { text.add(descriptor, [listener.name, reason], count) }
                }
            },
            Family(
                descriptor: MetricDescriptor(
                    counter: "fluxmq_transport_failures_total",
                    unit: "failures",
                    help: "Connections that TLS or WebSocket ended after their handshakes, by listener.",
                    labels: ["listener"]
                )
            ) { source, descriptor, text in
                for listener in source.edge.listeners {
                    text.add(descriptor, [listener.name], listener.transportFailures)
                }
            },
            Family(
                descriptor: MetricDescriptor(
                    gauge: "fluxmq_listener_connections",
                    unit: "connections",
                    help: "Connections open now, by listener.",
                    labels: ["listener"]
                )
            ) { source, descriptor, text in
                for listener in source.edge.listeners { text.add(descriptor, [listener.name], listener.open) }
            },
            self.counters(
                "fluxmq_events_total",
                "events",
                by: "event",
                [
                    ("protocol_error", .protocolErrors), ("connect_refused", .refusedConnects),
                    ("takeover", .takeovers), ("keep_alive_timeout", .keepAliveTimeouts),
                    ("packet_timeout", .packetTimeouts), ("will_published", .willsPublished),
                    ("link_full", .linkStops), ("shared_requeued", .sharedRequeued),
                ],
                "What happened to connections and sessions, by event."
            ),
        ]
    }

    private static var security: [Family] {
        [
            self.counters(
                "fluxmq_logins_refused_total",
                "logins",
                by: "reason",
                [("credentials", .loginsFailed), ("busy", .loginsBusy), ("user_full", .userConnectionsLimited)],
                "Clients that were not let in: wrong credentials, too many logins at once, too many of one user."
            ),
            self.counters(
                "fluxmq_subscribes_refused_total",
                "subscriptions",
                by: "reason",
                [
                    ("not_authorized", .subscribesDenied), ("session_full", .subscriptionsLimited),
                    ("rate", .subscribesThrottled),
                ],
                "Topic filters of SUBSCRIBE that were refused, by reason."
            ),
            self.counter(
                "fluxmq_subscriptions_revoked_total",
                "subscriptions",
                .subscriptionsRevoked,
                "Subscriptions that ended because their right was taken away."
            ),
            self.counter(
                "fluxmq_throttled_total",
                "times",
                .throttles,
                "Times that a connection was not read because of its rate."
            ),
            Family(
                descriptor: MetricDescriptor(
                    counter: "fluxmq_throttled_seconds_total",
                    unit: "seconds",
                    help: "Time for which connections were not read because of their rate."
                )
            ) { source, descriptor, text in
                text.add(descriptor, [], Double(source.total(.throttledMilliseconds)) / 1_000)
            },
            self.gauge("fluxmq_banned_addresses", "addresses", "Addresses that are not let in for a while.") {
                $0.edge.bannedAddresses
            },
            Family(
                descriptor: MetricDescriptor(
                    gauge: "fluxmq_certificate_expiry_timestamp_seconds",
                    unit: "seconds",
                    help: "When the listener's first certificate ends, in seconds since 1970.",
                    labels: ["listener"]
                )
            ) { source, descriptor, text in
                for (listener, at) in source.edge.certificatesEnd { text.add(descriptor, [listener], Int(at)) }
            },
        ]
    }

    private static var sessions: [Family] {
        [
            self.gauge("fluxmq_sessions", "sessions", "MQTT sessions, those of absent clients included.") {
                $0.total(.sessionsStarted) - $0.total(.sessionsEnded)
            },
            self.gauge(
                "fluxmq_subscriptions",
                "subscriptions",
                "Subscriptions; a shared subscription counts once."
            ) { $0.total(.subscriptionsAdded) - $0.total(.subscriptionsRemoved) },
            self.gauge("fluxmq_topic_filters", "filters", "Different topic filters with subscribers.") {
                $0.broker.tree.filterCount
            },
            self.gauge("fluxmq_retained_messages", "messages", "Retained messages.") {
                $0.broker.retained.countedCount()
            },
            self.gauge("fluxmq_retained_bytes", "bytes", "Memory of retained messages.") { $0.broker.retained.bytes },
            self.gauge(
                "fluxmq_message_memory_leased_bytes",
                "bytes",
                "Memory that shards have leased for waiting messages."
            ) { $0.broker.budget.leasedBytes },
            self.gauge(
                "fluxmq_message_memory_limit_bytes",
                "bytes",
                "Memory that messages may take: broker.memory_limit."
            ) { $0.broker.budget.limit },
        ]
    }

    private static var process: [Family] {
        [
            self.counter("fluxmq_shard_link_batches_total", "batches", .linkBatches, "Batches between shards."),
            Family(
                descriptor: MetricDescriptor(
                    counter: "process_cpu_seconds_total",
                    unit: "seconds",
                    help: "User and system CPU time."
                )
            ) { _, descriptor, text in
                var usage = rusage()
                getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                text.add(descriptor, [], seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6)
            },
            Family(
                descriptor: MetricDescriptor(
                    gauge: "fluxmq_uptime_seconds",
                    unit: "seconds",
                    help: "Seconds since the broker started."
                )
            ) { source, descriptor, text in
                text.add(descriptor, [], Double(source.uptime) / 1_000)
            },
        ]
    }
}
