import Bytes
import Machine

/// What the writer took at once: per log what is to be done, in the order in which it came, appends in a row as one write.
struct WriteGroup {
    enum Step {
        case append([LogAppend])
        case trim(before: UInt64)
        case retain(LogRetention)
        case remove
        case repair(ticket: UInt64, dryRun: Bool)
    }

    struct Work {
        let log: LogID
        let shard: Int
        var steps: [Step]
        var hasBuffered = false
        var hasSynced = false
        /// Steps that are done.
        var done = 0

        init(_ log: LogID, _ shard: Int) {
            self.log = log
            self.shard = shard
            self.steps = []
        }

        mutating func add(_ append: LogAppend, isSynced: Bool) {
            if isSynced { self.hasSynced = true } else { self.hasBuffered = true }
            if case .append(var appends)? = self.steps.last {
                self.steps.removeLast()
                appends.append(append)
                self.steps.append(.append(appends))
            } else {
                self.steps.append(.append([append]))
            }
        }
    }

    let number: UInt64
    private(set) var works: [Work] = []
    /// Logs that are done.
    var done = 0
    /// Answered when the group is written.
    private(set) var written: [Acknowledgements.Owed] = []
    /// Answered when it is synced, too.
    private(set) var synced: [Acknowledgements.Owed] = []
    /// For the sync journal.
    private(set) var entries: [JournalFrame.Entry] = []
    /// What owners are called that were named.
    private(set) var names: [(owner: UInt64, name: String)] = []
    /// Bytes of the device, as they were counted when the group's batches were given.
    private(set) var space = 0
    private(set) var bytes: UInt64 = 0
    private(set) var records: UInt64 = 0
    private(set) var appends: UInt64 = 0
    private var places: [LogID: Int] = [:]

    init(_ number: UInt64, _ submitted: [Submitted], isSynced: (DurabilityClass) -> Bool) {
        self.number = number
        for given in submitted {
            let (shard, batch) = (given.shard, given.batch)
            self.space += given.space
            let owed = Acknowledgements.Owed(group: number, shard: shard, kind: batch.kind, number: batch.number)
            let isSynced = isSynced(batch.kind)
            if isSynced { self.synced.append(owed) } else { self.written.append(owed) }
            for command in batch.commands { self.add(command, shard, isSynced) }
        }
    }

    subscript(_ place: Int) -> Work {
        get { self.works[place] }
        set { self.works[place] = newValue }
    }

    private mutating func add(_ command: StoreCommand, _ shard: Int, _ isSynced: Bool) {
        switch command {
        case .append(let append):
            let place = self.place(append.log, shard)
            self.works[place].add(append, isSynced: isSynced)
            if isSynced { self.entries.append(.append(append)) }
            self.bytes += UInt64(append.records.count)
            self.records += UInt64(append.count)
            self.appends += 1
        case .trim(let log, let offset):
            let place = self.place(log, shard)
            self.works[place].steps.append(.trim(before: offset))
        case .retain(let log, let limits):
            let place = self.place(log, shard)
            self.works[place].steps.append(.retain(limits))
        case .remove(let log):
            let place = self.place(log, shard)
            self.works[place].steps.append(.remove)
            // A replay must not bring back what the journal still has of it.
            self.entries.append(.remove(log))
        case .repair(let log, let ticket, let isDry):
            let place = self.place(log, shard)
            self.works[place].steps.append(.repair(ticket: ticket, dryRun: isDry))
        case .name(let name, let owner): self.names.append((owner, name))
        case .put, .delete: preconditionFailure("a change of the state store came in a batch for logs")
        }
    }

    private mutating func place(_ log: LogID, _ shard: Int) -> Int {
        if let place = self.places[log] { return place }
        self.places[log] = self.works.count
        self.works.append(Work(log, shard))
        return self.works.count - 1
    }
}
