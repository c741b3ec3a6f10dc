import Bytes
import LogFormat
import Machine

/// One log of messages of a queue: those of one priority, or those that wait for their time.
final class Lane {
    /// Bytes of newest records that are kept for readers at the tail. One batch may be larger, and stays until it is read.
    static let tailBytes = 1 << 20
    /// Bytes of one read.
    static let readBytes = 256 << 10
    /// Reads that are kept for those who read in as many places.
    static let maximumWindows = 16
    /// Reads under way.
    static let maximumReads = 4

    enum Lookup {
        case found(RecordRun, Int)
        /// It is not there any more; go on at `next`.
        case gone(next: UInt64)
        case absent
    }

    let part: LogPart
    /// The oldest record that the log has.
    var head: UInt64 = 0
    /// The oldest record that anybody may want: a new group begins there.
    var floor: UInt64 = 0
    /// The next offset to be given.
    private(set) var next: UInt64 = 0
    /// Records before it are stored, and may be delivered.
    private(set) var stored: UInt64 = 0
    /// What nobody gets, although it is there.
    var taken = TakenOffsets()
    /// What storage was told not to keep.
    var trimmedTo: UInt64 = 0
    /// Bytes of all bodies that were published here since the queue is in memory.
    private(set) var publishedBytes: Int64 = 0
    /// Bytes of the log, as far as known.
    var logBytes: UInt64 = 0
    /// Some message may expire by a time of its own.
    var mayExpire = false
    var isQuarantined = false
    private(set) var marks = TimeMarks()

    private var writer: LogRecordWriter?
    private var written: [RecordRun.Entry] = []
    private var writtenTime: UInt64 = 0

    /// Newest batches, in order, without gaps.
    private(set) var tail: [RecordRun] = []
    private var tailWeight = 0
    /// What reads brought, the one used last in front.
    private var windows: [RecordRun] = []
    /// Where reads under way begin.
    private(set) var reads: [UInt64] = []

    init(_ part: LogPart) { self.part = part }

    init(_ state: Queue.LogState) {
        self.part = state.part
        self.head = state.head
        self.floor = state.head
        self.next = state.next
        self.stored = state.next
        self.trimmedTo = state.head
        self.logBytes = state.bytes
        self.mayExpire = state.next > state.head
    }

    /// Bytes that a record has on average, for guesses about those that were appended before a restart.
    var averageBytes: UInt64 {
        let records = self.next - self.head
        return records == 0 ? 0 : self.logBytes / records
    }

    // MARK: Appending

    /// - Returns: The record's offset, and the bytes of its body.
    func append(_ message: borrowing QueueMessage, deliverAt: UInt64, wall: UInt64) -> (offset: UInt64, bytes: Int) {
        let body = BodyWriter(message, deliverAt: deliverAt)
        var writer = self.writer.take() ?? LogRecordWriter(capacity: body.count + 32)
        if writer.isEmpty { self.writtenTime = wall }
        let delta = wall > self.writtenTime ? wall - self.writtenTime : 0
        if message.key.isEmpty {
            writer.append(after: delta, bodyBytes: body.count) { body.write(message, deliverAt: deliverAt, to: $0) }
        } else {
            writer.append(after: delta, key: message.key, bodyBytes: body.count) {
                body.write(message, deliverAt: deliverAt, to: $0)
            }
        }
        let bodyStart = writer.bytes - body.count
        // The key lies before the body's length.
        let keyEnd = bodyStart - varintBytes(UInt64(body.count))
        self.written.append(
            RecordRun.Entry(
                offset: self.next,
                time: self.writtenTime + delta,
                bodyStart: UInt32(bodyStart),
                bodyCount: UInt32(body.count),
                keyStart: UInt32(keyEnd - message.key.count),
                keyCount: UInt32(message.key.count)
            )
        )
        self.writer = consume writer
        if message.expiry != 0 { self.mayExpire = true }
        self.next += 1
        self.publishedBytes += Int64(body.count)
        self.logBytes += UInt64(body.count)
        return (self.next - 1, body.count)
    }

    var hasWritten: Bool { !self.written.isEmpty }

    /// Ends a burst.
    ///
    /// - Parameter keeps: Somebody reads at the tail, so that the batch stays in memory.
    func takeAppend(_ log: LogID, compresses: Bool, keeps: Bool) -> LogAppend? {
        guard var writer = self.writer.take(), !self.written.isEmpty else { return nil }
        let summary = writer.summary
        let block = writer.finish()
        let first = self.written[0].offset
        let entries = self.written
        self.written = []
        self.marks.add(first, self.writtenTime)
        if keeps {
            self.keep(RecordRun(block: block, first: first, next: self.next, entries: entries))
        } else {
            self.dropTail()
        }
        return LogAppend(
            log: log,
            first: first,
            count: entries.count,
            time: self.writtenTime,
            records: block,
            summary: summary,
            compresses: compresses
        )
    }

    /// Whether the record may be delivered.
    func has(_ offset: UInt64) -> Bool { offset < self.stored && !self.isQuarantined }

    func setStored(_ offset: UInt64) { self.stored = max(self.stored, min(offset, self.next)) }

    private func varintBytes(_ value: UInt64) -> Int { max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7) }

    // MARK: Records in memory

    private func keep(_ run: RecordRun) {
        self.tail.append(run)
        self.tailWeight += run.weight
        var surplus = 0
        while self.tail.count - surplus > 1, self.tailWeight > Lane.tailBytes {
            self.tailWeight -= self.tail[surplus].weight
            surplus += 1
        }
        self.tail.removeFirst(surplus)
    }

    /// Forgets batches that nobody at the tail needs any more.
    func dropTail(before offset: UInt64) {
        var read = 0
        while read < self.tail.count, self.tail[read].next <= offset {
            self.tailWeight -= self.tail[read].weight
            read += 1
        }
        if read > 0 { self.tail.removeFirst(read) }
    }

    func dropTail() {
        self.tail = []
        self.tailWeight = 0
    }

    func dropWindows() { self.windows = [] }

    /// Bytes of records in memory.
    var cachedBytes: Int { self.windows.reduce(self.tailWeight) { $0 + $1.weight } }

    func lookUp(_ offset: UInt64) -> Lookup {
        if offset < self.head { return .gone(next: self.head) }
        if let first = self.tail.first, first.first <= offset, let run = self.tailRun(offset) {
            return self.entry(offset, in: run)
        }
        guard let place = self.windows.firstIndex(where: { $0.covers(offset) }) else { return .absent }
        let run = self.windows[place]
        if place > 0 {
            self.windows.remove(at: place)
            self.windows.insert(run, at: 0)
        }
        return self.entry(offset, in: run)
    }

    private func tailRun(_ offset: UInt64) -> RecordRun? {
        var low = 0
        var high = self.tail.count
        while low < high {
            let middle = (low + high) / 2
            if self.tail[middle].next <= offset { low = middle + 1 } else { high = middle }
        }
        return low < self.tail.count && self.tail[low].covers(offset) ? self.tail[low] : nil
    }

    private func entry(_ offset: UInt64, in run: RecordRun) -> Lookup {
        let index = run.index(atOrAfter: offset)
        if index < run.entries.count, run.entries[index].offset == offset { return .found(run, index) }
        return .gone(next: index < run.entries.count ? run.entries[index].offset : run.next)
    }

    // MARK: Reads

    /// Whether a read is under way that will bring the offset, as far as can be guessed.
    func isReading(_ offset: UInt64) -> Bool {
        let reach = UInt64(Lane.readBytes) / max(self.averageBytes, 32)
        return self.reads.contains { $0 <= offset && offset - $0 <= reach }
    }

    var mayRead: Bool { self.reads.count < Lane.maximumReads }

    func beginRead(_ offset: UInt64) { self.reads.append(offset) }

    func endRead(_ offset: UInt64) {
        if let place = self.reads.firstIndex(of: offset) { self.reads.remove(at: place) }
    }

    func keepWindow(_ run: RecordRun) {
        self.windows.insert(run, at: 0)
        if self.windows.count > Lane.maximumWindows { self.windows.removeLast() }
        if let entry = run.entries.first { self.learn(entry.offset, entry.time) }
    }

    /// When a record that was read had been appended.
    func learn(_ offset: UInt64, _ time: UInt64) { self.marks.learn(offset, time) }

    // MARK: What goes

    /// Storage has no records before the offset.
    func setHead(_ offset: UInt64, bytes: UInt64) {
        self.head = max(self.head, min(offset, self.next))
        self.logBytes = bytes
        self.floor = max(self.floor, self.head)
        self.trimmedTo = max(self.trimmedTo, self.head)
        self.marks.removeAll(before: self.floor)
        self.windows.removeAll { $0.next <= self.head }
        self.taken.forget(before: self.floor)
    }

    /// What the journal said of it is void.
    func forgetFloor() { self.floor = self.head }

    func raiseFloor(to offset: UInt64) {
        self.floor = max(self.floor, min(offset, self.next))
        self.marks.removeAll(before: self.floor)
        self.taken.forget(before: self.floor)
    }
}

@available(*, unavailable)
extension Lane: Sendable {}
