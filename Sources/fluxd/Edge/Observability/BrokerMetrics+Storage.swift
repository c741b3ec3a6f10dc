import Machine
import Metrics
import StateStore
import Volume

extension BrokerMetrics {
    // MARK: Kinds of families

    private static func figure(
        _ name: String,
        _ unit: String,
        _ help: String,
        _ value: @escaping @Sendable (VolumeStatistics) -> UInt64
    ) -> Family {
        self.gauge(name, unit, help) { Int(clamping: value($0.storage)) }
    }

    private static func count(
        _ name: String,
        _ unit: String,
        _ help: String,
        _ value: @escaping @Sendable (VolumeStatistics) -> UInt64
    ) -> Family {
        Family(descriptor: MetricDescriptor(counter: name, unit: unit, help: help)) { sample, descriptor, text in
            text.add(descriptor, [], Int(truncatingIfNeeded: value(sample.storage)))
        }
    }

    private static func times(
        _ name: String,
        _ help: String,
        _ histogram: @escaping @Sendable (VolumeStatistics) -> Histogram
    ) -> Family {
        Family(descriptor: MetricDescriptor(histogram: name, unit: "seconds", help: help)) { sample, descriptor, text in
            text.add(descriptor, [], histogram(sample.storage), scale: 1e-9)
        }
    }

    // MARK: The families

    static var volume: [Family] { self.room + self.writing + self.found }

    private static var room: [Family] {
        [
            Family(
                descriptor: MetricDescriptor(
                    gauge: "fluxmq_storage_state",
                    unit: "1",
                    help: "1 for the state that the storage is in.",
                    labels: ["state"]
                )
            ) { sample, descriptor, text in
                for state in [VolumeStatus.State.writable, .full, .failed] {
                    text.add(descriptor, ["\(state)"], state == sample.storage.status ? 1 : 0)
                }
            },
            self.figure("fluxmq_storage_free_bytes", "bytes", "Free space for storage.dir.") { $0.freeBytes },
            Family(
                descriptor: MetricDescriptor(
                    gauge: "fluxmq_storage_capacity_bytes",
                    unit: "bytes",
                    help: "Space that the volume of storage.dir has, free or not."
                )
            ) { sample, descriptor, text in
                if let capacity = sample.storage.capacity { text.add(descriptor, [], Int(clamping: capacity)) }
            },
            self.figure(
                "fluxmq_storage_min_free_bytes",
                "bytes",
                "Free space below which messages that have to be stored are refused: storage.min_free_space."
            ) { $0.minimumFree },
            self.figure("fluxmq_storage_logs", "logs", "Logs of queues and sessions.") { UInt64($0.logs.logs) },
            self.figure("fluxmq_storage_segments", "segments", "Their files.") { UInt64($0.logs.segments) },
            self.figure("fluxmq_storage_log_bytes", "bytes", "What they take.") { $0.logs.bytes },
            self.figure("fluxmq_storage_logs_quarantined", "logs", "Logs that take and give nothing: damaged.") {
                UInt64($0.quarantined)
            },
            self.figure("fluxmq_storage_open_files", "files", "Segments that are open for writing.") {
                UInt64($0.openFiles)
            },
        ]
    }

    private static var writing: [Family] {
        [
            self.count("fluxmq_storage_bytes_written_total", "bytes", "Bytes of records that were appended.") {
                $0.bytes
            },
            self.count("fluxmq_storage_records_written_total", "records", "Records that were appended.") { $0.records },
            self.count(
                "fluxmq_storage_batches_written_total",
                "batches",
                "Appends that these came in, one a burst and log."
            ) { $0.appends },
            self.times("fluxmq_storage_write_seconds", "Time of a write of all that waited.") { $0.writeLatency },
            self.times("fluxmq_storage_sync_seconds", "Time of a sync that acknowledgements wait for.") {
                $0.syncLatency
            },
            self.count("fluxmq_storage_segment_syncs_total", "syncs", "Syncs of segments, in the background.") {
                $0.segmentSyncs
            },
            self.count("fluxmq_storage_checkpoints_total", "checkpoints", "Times that the sync journal was begun anew.")
            { $0.checkpoints },
            self.figure("fluxmq_storage_journal_bytes", "bytes", "Bytes in the sync journal: a start reads them.") {
                UInt64($0.journalBytes)
            },
            Family(
                descriptor: MetricDescriptor(
                    gauge: "fluxmq_storage_batches_waiting",
                    unit: "batches",
                    help: "Batches that shards gave and that are not done, by what they wait for.",
                    labels: ["step"]
                )
            ) { sample, descriptor, text in
                text.add(descriptor, ["write"], sample.storage.waitingBatches)
                text.add(descriptor, ["sync"], sample.storage.unsynced)
                text.add(descriptor, ["state"], sample.storage.waitingChanges)
            },
            self.figure("fluxmq_storage_reads_waiting", "reads", "Reads of logs that wait.") {
                UInt64($0.waitingReads)
            },
            self.count("fluxmq_storage_reads_total", "reads", "Reads of logs.") { $0.reads },
            self.count("fluxmq_storage_bytes_read_total", "bytes", "Bytes that they gave.") { $0.readBytes },
        ]
    }

    /// What this start found.
    private static var found: [Family] {
        [
            self.figure(
                "fluxmq_storage_recovered_bytes",
                "bytes",
                "Bytes that this start brought back from the sync journal."
            ) { $0.findings.recoveredBytes },
            self.figure("fluxmq_storage_recovered_records", "records", "Records likewise.") {
                $0.findings.recoveredRecords
            },
            self.figure(
                "fluxmq_storage_cut_bytes",
                "bytes",
                "Bytes that this start cut from the ends of logs, where a write was not whole."
            ) { $0.findings.cutBytes },
            self.figure("fluxmq_storage_cut_logs", "logs", "Logs likewise.") { $0.findings.cutLogs },
            self.figure(
                "fluxmq_storage_journal_damages",
                "damages",
                "What the sync journal should have brought back and may be missing."
            ) { $0.findings.journalDamages },
        ]
    }

    static var stateStore: [Family] {
        [
            self.figure("fluxmq_state_keys", "keys", "Definitions, sessions and retained messages: keys, estimated.") {
                $0.state.store.keys
            },
            self.figure("fluxmq_state_bytes", "bytes", "What they take.") { $0.state.store.bytes },
            self.count("fluxmq_state_changes_total", "changes", "Keys that were written or deleted.") {
                $0.state.changes
            },
            self.times("fluxmq_state_write_seconds", "Time of a write of all changes that waited.") {
                $0.state.latency
            },
            self.figure(
                "fluxmq_state_compaction_bytes",
                "bytes",
                "Bytes that are to be written anew so that reading stays fast, estimated."
            ) { $0.state.store.compactionBytes },
            self.figure("fluxmq_state_stalled", "1", "1 while writes are slowed down or stopped until that is done.") {
                $0.state.store.isStalled ? 1 : 0
            },
        ]
    }
}
