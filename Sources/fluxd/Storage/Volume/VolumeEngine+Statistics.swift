import Machine

extension VolumeEngine {
    /// From any thread.
    package var statistics: VolumeStatistics {
        let counters = self.exchange.counted
        return VolumeStatistics(
            status: self.status.state,
            reason: self.reason,
            bytes: counters.bytes,
            records: counters.records,
            appends: counters.appends,
            groups: counters.groups,
            reads: counters.reads,
            readBytes: counters.readBytes,
            journalSyncs: counters.journalSyncs,
            segmentSyncs: counters.segmentSyncs,
            checkpoints: counters.checkpoints,
            journalBytes: counters.journalBytes,
            writeLatency: counters.writeLatency,
            syncLatency: counters.syncLatency,
            waitingBatches: self.exchange.commands.count,
            waitingChanges: self.exchange.changes.count,
            unsynced: self.exchange.acknowledgements.owed,
            waitingReads: self.exchange.questions.count,
            openFiles: counters.openFiles,
            quarantined: counters.quarantined,
            freeBytes: counters.freeBytes,
            capacity: counters.capacity,
            minimumFree: self.exchange.space.minimumFree,
            logs: counters.logs,
            state: counters.state,
            findings: self.exchange.health.findings
        )
    }

    /// Has the writer look at what the logs take together, which the statistics say from then on: one look at each log. A disk that
    /// hangs holds up the writer, and nobody who asks here.
    package func measureLogs() {
        var isFirst = false
        self.exchange.count { counters in
            isFirst = !counters.isMeasuring
            counters.isMeasuring = true
        }
        if isFirst { self.ask { $0.measureLogs() } }
    }
}
