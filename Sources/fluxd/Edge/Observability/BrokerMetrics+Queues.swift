import Core
import Metrics
import QueueEngine

extension BrokerMetrics {
    // MARK: Kinds of families

    private static func queueGauge(
        _ name: String,
        _ unit: String,
        _ help: String,
        _ value: @escaping @Sendable (QueueSum) -> UInt64
    ) -> Family {
        let descriptor = MetricDescriptor(gauge: name, unit: unit, help: help, labels: ["queue"])
        return Family(descriptor: descriptor) { sample, descriptor, text in
            for queue in sample.queues.queues { text.add(descriptor, [queue.name], Int(clamping: value(queue.sum))) }
        }
    }

    private static func queueCounter(
        _ name: String,
        _ unit: String,
        _ help: String,
        _ counter: @escaping @Sendable (QueueCounters) -> UInt64
    ) -> Family {
        let descriptor = MetricDescriptor(counter: name, unit: unit, help: help, labels: ["queue"])
        return Family(descriptor: descriptor) { sample, descriptor, text in
            for queue in sample.queues.queues {
                text.add(descriptor, [queue.name], Int(truncatingIfNeeded: counter(queue.sum.counters)))
            }
        }
    }

    private static func queueCounters(
        _ name: String,
        _ unit: String,
        _ help: String,
        by reasons: [(String, @Sendable (QueueCounters) -> UInt64)]
    ) -> Family {
        let descriptor = MetricDescriptor(counter: name, unit: unit, help: help, labels: ["queue", "reason"])
        return Family(descriptor: descriptor) { sample, descriptor, text in
            for queue in sample.queues.queues {
                for (reason, counter) in reasons {
                    let count = Int(truncatingIfNeeded: counter(queue.sum.counters))
                    text.add(descriptor, [queue.name, reason], count)
                }
            }
        }
    }

    private static func groupGauge(
        _ name: String,
        _ unit: String,
        _ help: String,
        _ value: @escaping @Sendable (GroupSum) -> UInt64
    ) -> Family {
        let descriptor = MetricDescriptor(gauge: name, unit: unit, help: help, labels: ["queue", "group"])
        return Family(descriptor: descriptor) { sample, descriptor, text in
            for group in sample.queues.groups {
                text.add(descriptor, [group.queue, group.name], Int(clamping: value(group.sum)))
            }
        }
    }

    private static func groupCounter(
        _ name: String,
        _ help: String,
        _ counter: @escaping @Sendable (QueueCounters) -> UInt64
    ) -> Family {
        let descriptor = MetricDescriptor(counter: name, unit: "messages", help: help, labels: ["queue", "group"])
        return Family(descriptor: descriptor) { sample, descriptor, text in
            for group in sample.queues.groups {
                let count = Int(truncatingIfNeeded: counter(group.sum.counters))
                text.add(descriptor, [group.queue, group.name], count)
            }
        }
    }

    // MARK: The families

    static var queues: [Family] {
        [
            Family(
                descriptor: MetricDescriptor(
                    gauge: "fluxmq_queues",
                    unit: "queues",
                    help: "Queues, by type.",
                    labels: ["type"]
                )
            ) { sample, descriptor, text in
                let count = sample.queues.count
                text.add(descriptor, ["classic"], count.classic)
                text.add(descriptor, ["ephemeral"], count.ephemeral)
                text.add(descriptor, ["stream"], count.stream)
            },
            self.gauge("fluxmq_queues_quarantined", "queues", "Queues of which a log is damaged.") {
                $0.queues.count.quarantined
            },
            self.gauge("fluxmq_groups", "groups", "Consumer groups of all queues.") { $0.queues.groupCount },
            self.gauge("fluxmq_dead_letters", "messages", "Messages in dead-letter queues.") {
                Int(clamping: $0.queues.deadLetters)
            },
            self.queueGauge(
                "fluxmq_queue_messages_ready",
                "messages",
                "Messages that wait, in the group that is furthest behind; of a stream, those that are there."
            ) { $0.ready },
            self.queueGauge(
                "fluxmq_queue_messages_unacked",
                "messages",
                "Messages that a consumer of that group has and has not settled."
            ) { $0.unacked },
            self.queueGauge(
                "fluxmq_queue_messages_delayed",
                "messages",
                "Messages that wait for the time that their publisher named."
            ) { $0.delayed },
            self.queueGauge("fluxmq_queue_bytes", "bytes", "Bytes of the messages that wait or are unsettled.") {
                $0.bytes
            },
            self.queueGauge("fluxmq_queue_consumers", "consumers", "Consumers of all groups.") {
                UInt64($0.consumers)
            },
            self.queueGauge(
                "fluxmq_queue_oldest_message_age_seconds",
                "seconds",
                "Age of the oldest message that somebody still wants; 0 when there is none."
            ) { $0.oldestAge / 1_000 },
        ]
    }

    static var queueCounters: [Family] {
        [
            self.queueCounter("fluxmq_queue_messages_published_total", "messages", "Messages that the queue took.") {
                $0.published
            },
            self.queueCounter("fluxmq_queue_message_bytes_published_total", "bytes", "Their bytes, as stored.") {
                $0.publishedBytes
            },
            self.queueCounters(
                "fluxmq_queue_publishes_refused_total",
                "messages",
                "Messages that the queue did not take, by reason.",
                by: [
                    ("full", { $0.refusedFull }), ("too_large", { $0.refusedTooLarge }),
                    ("too_many_delayed", { $0.refusedDelayed }), ("quarantined", { $0.refusedStorage }),
                    ("recovering", { $0.refusedRecovering }),
                ]
            ),
            self.queueCounter(
                "fluxmq_queue_publishes_duplicate_total",
                "messages",
                "Messages whose identifier the queue knew already."
            ) { $0.duplicates },
            self.queueCounter(
                "fluxmq_queue_messages_delivered_total",
                "messages",
                "Deliveries to consumers, each attempt anew."
            ) { $0.delivered },
            self.queueCounter("fluxmq_queue_message_bytes_delivered_total", "bytes", "Their bytes, as stored.") {
                $0.deliveredBytes
            },
            self.queueCounter(
                "fluxmq_queue_messages_redelivered_total",
                "messages",
                "Deliveries that were not the first of their message in its group."
            ) { $0.redelivered },
            self.queueCounter(
                "fluxmq_queue_messages_acknowledged_total",
                "messages",
                "Messages that a consumer settled as processed."
            ) { $0.acknowledged },
            self.queueCounters(
                "fluxmq_queue_messages_returned_total",
                "messages",
                "Deliveries that came to nothing, by reason.",
                by: [
                    ("failed", { $0.failed }), ("released", { $0.released }), ("rejected", { $0.rejected }),
                    ("timed_out", { $0.timedOut }),
                ]
            ),
            self.queueCounter(
                "fluxmq_queue_messages_expired_total",
                "messages",
                "Messages that were too old to be delivered."
            ) { $0.expired },
            self.queueCounters(
                "fluxmq_queue_messages_dead_lettered_total",
                "messages",
                "Messages that were moved to a dead-letter queue and stored there, by reason.",
                by: [
                    ("rejected", { $0.deadLetteredRejected }), ("max_deliveries", { $0.deadLetteredDeliveries }),
                    ("overflow", { $0.deadLetteredOverflow }), ("expired", { $0.deadLetteredExpired }),
                ]
            ),
            self.queueCounters(
                "fluxmq_queue_messages_dropped_total",
                "messages",
                "Messages that are gone without having been processed or moved aside, by reason.",
                by: [
                    ("rejected", { $0.droppedRejected }), ("max_deliveries", { $0.droppedDeliveries }),
                    ("overflow", { $0.droppedOverflow }), ("retention", { $0.droppedRetention }),
                    ("unreadable", { $0.droppedUnreadable }),
                ]
            ),
            self.counter(
                "fluxmq_settlements_refused_total",
                "settlements",
                .queueSettlesRefused,
                "Acknowledgements and the like that no queue took."
            ),
        ]
    }

    static var groups: [Family] {
        [
            self.groupGauge(
                "fluxmq_group_lag_messages",
                "messages",
                "Messages that the group has not settled, or of a stream not committed."
            ) { $0.lag },
            self.groupGauge(
                "fluxmq_group_messages_pending",
                "messages",
                "Messages that a consumer of the group has and has not settled."
            ) { $0.pending },
            self.groupGauge("fluxmq_group_consumers", "consumers", "Consumers of the group.") {
                UInt64($0.consumers)
            },
            self.groupGauge(
                "fluxmq_group_oldest_message_age_seconds",
                "seconds",
                "Age of the oldest message that the group has not settled; 0 when there is none."
            ) { $0.oldestAge / 1_000 },
            self.groupCounter("fluxmq_group_messages_delivered_total", "Deliveries to the group's consumers.") {
                $0.delivered
            },
            self.groupCounter(
                "fluxmq_group_messages_redelivered_total",
                "Of these, those that were not the first of their message."
            ) { $0.redelivered },
            self.groupCounter("fluxmq_group_messages_acknowledged_total", "Messages that the group has settled.") {
                $0.acknowledged
            },
        ]
    }
}
