extension VolumeEngine {
    /// From any thread.
    package var statistics: VolumeStatistics {
        let counters = self.exchange.counted
        return VolumeStatistics(
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
            syncLatency: counters.syncLatency,
            waitingBatches: self.exchange.commands.count,
            waitingChanges: self.exchange.changes.count,
            unsynced: self.exchange.acknowledgements.owed,
            waitingReads: self.exchange.questions.count,
            openFiles: counters.openFiles
        )
    }
}
