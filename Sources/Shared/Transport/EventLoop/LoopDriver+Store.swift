import Machine

/// What the machine wants stored and read.
extension LoopDriver {
    /// Before the loop runs. What the store answers comes back through the inbox, however many answers at a time.
    func attachStore() {
        let inbox = self.inboxes[self.index]
        self.store?.attach(shard: self.index) { inbox.put(.stored($0)) }
    }

    /// Without a store the machine's memory is one, and has everything at once.
    func askStore() {
        while !self.effects.storage.isEmpty || !self.effects.reads.isEmpty {
            let batches = self.effects.storage
            let reads = self.effects.reads
            self.effects.storage.removeAll(keepingCapacity: true)
            self.effects.reads.removeAll(keepingCapacity: true)
            if let store = self.store { return store.submit(batches, reads: reads, from: self.index) }
            for batch in batches { self.machine.stored(batch.kind, through: batch.number) }
            for read in reads { self.machine.received(read.unanswerable) }
            self.machine.endOfBurst()
        }
    }
}
