import Bytes
import LogFormat
import Machine

@testable import QueueEngine

/// Logs in memory that lose what was not stored.
final class FakeLogs {
    struct Record {
        var offset: UInt64
        var time: UInt64
        var key: [UInt8]?
        var body: [UInt8]
    }
    struct Log {
        var head: UInt64 = 0
        var next: UInt64 = 0
        var records: [Record] = []
        var bytes: UInt64 { self.records.reduce(0) { $0 + UInt64($1.body.count) } }
    }
    private(set) var logs: [LogID: Log] = [:]
    /// In the order in which they were given, not stored yet.
    var underWay: [QueueAppend] = []
    var trims: [(LogID, UInt64)] = []
    var retentions: [(LogID, LogRetention)] = []

    func log(_ id: LogID) -> Log { self.logs[id] ?? Log() }

    /// Stores the oldest append that is under way.
    func storeNext() -> QueueAppend? {
        guard !self.underWay.isEmpty else { return nil }
        let append = self.underWay.removeFirst()
        var log = self.log(append.append.log)
        precondition(append.append.first == log.next, "an append left a gap, or wrote over what there is")
        let batch = LogBatch(
            flags: [],
            storedBytes: append.append.records.count,
            rawBytes: append.append.records.count,
            count: append.append.count,
            lastOffsetDelta: UInt32(append.append.count - 1),
            synced: 0,
            baseOffset: append.append.first,
            baseTime: append.append.time,
            maximumTime: append.append.time
        )
        var entries: [LogRead.Entry] = []
        do {
            try batch.read(append.append.records, 0..<append.append.records.count, from: 0, into: &entries)
        } catch {
            preconditionFailure("an append does not read: \(error)")
        }
        for entry in entries {
            log.records.append(
                Record(
                    offset: entry.offset,
                    time: entry.time,
                    key: entry.key.map { append.append.records.span($0).copied() },
                    body: append.append.records.span(entry.body).copied()
                )
            )
        }
        log.next = append.append.first + UInt64(append.append.count)
        self.logs[append.append.log] = log
        return append
    }

    func crash() { self.underWay = [] }

    /// The machine lost the last records, although they had been stored.
    func lose(_ count: Int, of id: LogID) {
        var log = self.log(id)
        log.records.removeLast(count)
        log.next -= UInt64(count)
        self.logs[id] = log
    }

    func trim(_ id: LogID, before offset: UInt64) {
        var log = self.log(id)
        log.head = max(log.head, offset)
        log.records.removeAll { $0.offset < offset }
        self.logs[id] = log
    }

    /// As compaction does it: offsets stay, a record goes.
    func remove(_ offset: UInt64, of id: LogID) { self.logs[id]?.records.removeAll { $0.offset == offset } }

    func read(_ id: LogID, from first: UInt64, maximumBytes: Int) -> Result<LogRead, StorageFailure> {
        let log = self.log(id)
        guard first >= log.head else {
            return .failure(StorageFailure(.gone, "record \(first) of a log from \(log.head)"))
        }
        var bytes: [UInt8] = []
        var entries: [LogRead.Entry] = []
        var next = log.next
        for record in log.records where record.offset >= first {
            if !entries.isEmpty, bytes.count + record.body.count > maximumBytes {
                next = record.offset
                break
            }
            let keyStart = bytes.count
            bytes += record.key ?? []
            let bodyStart = bytes.count
            bytes += record.body
            entries.append(
                LogRead.Entry(
                    offset: record.offset,
                    time: record.time,
                    key: record.key == nil ? nil : keyStart..<bodyStart,
                    body: bodyStart..<bytes.count
                )
            )
        }
        return .success(LogRead(block: .make(bytes), entries: entries, next: next))
    }
}

/// A queue with a clock, a store and a list of what it delivered.
final class QueueRig {
    let output = QueueOutput()
    let logs = FakeLogs()
    var definition: QueueDefinition
    private(set) var queue: Queue
    var now: UInt64 = 1_000
    var wall: UInt64 = 1_700_000_000_000
    /// Appends are stored in the burst that makes them, reads are answered in it.
    var storesAtOnce = true
    var readsAtOnce = true
    var deliveries: [QueueDelivery] = []
    var deadLetters: [DeadLetter] = []
    var events: [QueueEvent] = []
    var reads: [QueueRead] = []
    var readCount = 0

    init(_ kind: QueueDefinition.Kind = .classic, _ change: (inout QueueDefinition) -> Void = { _ in }) {
        var definition = QueueDefinition(name: "q", number: 7, kind: kind, topics: ["$queue/q/#"])
        change(&definition)
        self.definition = definition
        self.queue = Queue(definition, output: self.output, now: self.now, wall: self.wall)
    }

    @discardableResult
    func publish(
        _ text: String,
        topic: String = "$queue/q",
        priority: UInt8 = 0,
        expiry: UInt64 = 0,
        deliverAt: UInt64 = 0,
        id: String = "",
        key: String = ""
    ) -> Queue.Verdict {
        let topic = Array(topic.utf8)
        let header: [UInt8] = [1, 1]
        let payload = Array(text.utf8)
        let messageID = Array(id.utf8)
        let keyBytes = Array(key.utf8)
        var message = QueueMessage(topic: topic.span, header: header.span, payload: payload.span)
        message.priority = priority
        message.expiry = expiry
        message.deliverAt = deliverAt
        message.messageID = messageID.span
        message.key = keyBytes.span
        return self.queue.publish(message, now: self.now, wall: self.wall)
    }

    /// Publishes, and lets everything happen.
    func publish(all texts: [String]) {
        for text in texts { self.publish(text) }
        self.run()
    }

    func join(
        _ consumer: UInt64,
        _ group: String = "g",
        filter: String = "",
        credit: UInt32 = 100,
        start: StartPosition = .stored,
        mode: GroupMode? = nil,
        commits: Bool = true
    ) throws -> GroupNumber {
        var joining = Queue.Joining(group: group, consumer: ConsumerID(bits: consumer))
        joining.filter = filter
        joining.start = start
        joining.mode = mode
        joining.commitsAutomatically = commits
        let number = try self.queue.join(joining, now: self.now, wall: self.wall)
        if credit > 0 { self.credit(consumer, number, credit) }
        return number
    }

    /// Sets what the consumer takes from here on.
    func credit(_ consumer: UInt64, _ group: GroupNumber, _ credit: UInt32, drain: Bool = false) {
        guard let line = self.queue.group(group)?.consumers, let slot = line.slot(of: ConsumerID(bits: consumer)) else {
            return
        }
        self.queue.setCredit(
            ConsumerID(bits: consumer),
            group: group,
            deliveryCount: line[slot].deliveryCount,
            credit: credit,
            drain: drain
        )
    }

    func settle(_ delivery: QueueDelivery, _ settlement: Settlement = .accepted) throws {
        try self.queue.settle(
            delivery.id,
            group: delivery.group,
            by: delivery.consumer,
            settlement,
            now: self.now,
            wall: self.wall
        )
    }

    func leave(_ consumer: UInt64, _ group: GroupNumber) {
        self.queue.leave(ConsumerID(bits: consumer), group: group, now: self.now, wall: self.wall)
    }

    /// Lets bursts, appends and reads happen until nothing does.
    func run() {
        for _ in 0..<100_000 {
            self.queue.endOfBurst(now: self.now, wall: self.wall)
            let isQuiet = self.output.isEmpty && !self.queue.hasMore
            self.collect()
            if self.storesAtOnce { self.storeAll() }
            if self.readsAtOnce { self.answerReads() }
            if isQuiet { return }
        }
        preconditionFailure("the queue never comes to rest")
    }

    /// Takes what the queue put out.
    func collect() {
        self.deliveries += self.output.deliveries
        self.deadLetters += self.output.deadLetters
        self.events += self.output.events.map(\.event)
        self.reads += self.output.reads
        self.readCount += self.output.reads.count
        self.logs.underWay += self.output.appends
        for command in self.output.commands {
            switch command {
            case .trim(let log, let before):
                self.logs.trims.append((log, before))
            case .retain(let log, let retention): self.logs.retentions.append((log, retention))
            default: preconditionFailure("a queue asked for \(command)")
            }
        }
        self.output.removeAll()
    }

    func storeAll() { while self.storeOne() {} }

    @discardableResult
    func storeOne() -> Bool {
        guard let append = self.logs.storeNext(), let part = append.append.log.part else { return false }
        self.queue.stored(part, before: append.append.first + UInt64(append.append.count), now: self.now)
        return true
    }

    func answerReads() {
        let reads = self.reads
        self.reads = []
        for read in reads {
            switch read.question {
            case .records(let first, let bytes):
                let answer = self.logs.read(read.log, from: first, maximumBytes: bytes)
                self.queue.received(read.ticket, answer, now: self.now)
            case .offset(let time):
                let log = self.logs.log(read.log)
                self.queue.found(read.ticket, .success(log.records.first { $0.time >= time }?.offset ?? log.next))
            }
        }
    }

    func advance(_ milliseconds: UInt64) {
        self.now += milliseconds
        self.wall += milliseconds
        self.queue.tick(now: self.now, wall: self.wall)
        self.run()
    }

    /// The process ends and starts again: what was not stored is lost, and who was connected.
    func restart(_ change: (inout QueueDefinition) -> Void = { _ in }) throws {
        self.logs.crash()
        self.reads = []
        self.output.removeAll()
        change(&self.definition)
        self.now += 10
        self.wall += 10
        let states = self.logs.logs.keys.sorted().compactMap { id -> Queue.LogState? in
            let log = self.logs.log(id)
            return id.part.map { Queue.LogState(part: $0, head: log.head, next: log.next, bytes: log.bytes) }
        }
        let groups = LogID(owner: 7, part: .groups)
        var operations: [LogRead] = []
        var from = self.logs.log(groups).head
        while from < self.logs.log(groups).next {
            let read = try self.logs.read(groups, from: from, maximumBytes: 4_096).get()
            operations.append(read)
            from = read.next
        }
        self.queue = try Queue.restore(
            self.definition,
            logs: states,
            operations: operations,
            output: self.output,
            now: self.now,
            wall: self.wall
        )
    }

    /// Payloads of the deliveries since this was asked last.
    func taken() -> [String] {
        defer { self.deliveries = [] }
        return self.deliveries.map { QueueRig.text($0.record) }
    }

    static func text(_ record: QueueRecord) -> String {
        guard let message = StoredQueueMessage(record.block, record.body) else { return "no message" }
        return record.block.span(message.payload).string()
    }

    func status(_ group: GroupNumber) throws -> GroupStatus {
        guard let status = self.queue.status(of: group) else { throw QueueError.groupNotFound(group: "\(group)") }
        return status
    }

    var status: QueueStatus { self.queue.status(now: self.now, wall: self.wall) }
}
