import Bytes
import Machine

/// Records of one log that are in memory, shared by all groups that read there: a batch as it was appended, or what one read brought.
final class RecordRun {
    struct Entry {
        var offset: UInt64
        var time: UInt64
        var bodyStart: UInt32
        var bodyCount: UInt32
        var keyStart: UInt32
        var keyCount: UInt32
    }

    let block: ByteBlock
    /// What the run speaks for: an offset in between that has no entry is not there any more.
    let first: UInt64
    let next: UInt64
    let entries: [Entry]

    /// What the run keeps from being freed, in bytes.
    var weight: Int { self.block.count + self.entries.count * MemoryLayout<Entry>.stride + 96 }

    init(block: ByteBlock, first: UInt64, next: UInt64, entries: [Entry]) {
        self.block = block
        self.first = first
        self.next = next
        self.entries = entries
    }

    convenience init(_ read: LogRead, from first: UInt64) {
        self.init(
            block: read.block,
            first: first,
            next: read.next,
            entries: read.entries.map { entry in
                Entry(
                    offset: entry.offset,
                    time: entry.time,
                    bodyStart: UInt32(entry.body.lowerBound),
                    bodyCount: UInt32(entry.body.count),
                    keyStart: UInt32(entry.key?.lowerBound ?? 0),
                    keyCount: UInt32(entry.key?.count ?? 0)
                )
            }
        )
    }

    /// Says of some offsets that they are gone.
    convenience init(gone range: Range<UInt64>) {
        self.init(block: ByteBlock.make([]), first: range.lowerBound, next: range.upperBound, entries: [])
    }

    func covers(_ offset: UInt64) -> Bool { self.first <= offset && offset < self.next }

    /// The index of the first entry at the offset or behind it.
    func index(atOrAfter offset: UInt64) -> Int {
        // Most runs have no holes, and the entry lies where it should.
        let guess = Int(offset - self.first)
        if guess < self.entries.count, self.entries[guess].offset == offset { return guess }
        var low = 0
        var high = self.entries.count
        while low < high {
            let middle = (low + high) / 2
            if self.entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func record(_ index: Int) -> QueueRecord {
        let entry = self.entries[index]
        return QueueRecord(
            block: self.block,
            body: Int(entry.bodyStart)..<Int(entry.bodyStart + entry.bodyCount),
            key: Int(entry.keyStart)..<Int(entry.keyStart + entry.keyCount),
            time: entry.time
        )
    }
}

/// When records were appended, by a few marks: an age that is exact for the newest and never too young for the others.
struct TimeMarks {
    private static let limit = 32
    private var marks: [(offset: UInt64, time: UInt64)] = []

    /// Marks come in the order of offsets; one that lies before the last is left out.
    mutating func add(_ offset: UInt64, _ time: UInt64) {
        if let last = self.marks.last, last.offset >= offset { return }
        if self.marks.count == TimeMarks.limit { self.thin() }
        self.marks.append((offset, time))
    }

    /// Every second one goes, but not the last.
    private mutating func thin() {
        let last = self.marks.count - 1
        self.marks = self.marks.indices.filter { $0 % 2 == 0 || $0 == last }.map { self.marks[$0] }
    }

    /// A record was read: it may lie before all marks, as after a restart, or between two.
    mutating func learn(_ offset: UInt64, _ time: UInt64) {
        if self.marks.contains(where: { $0.offset == offset }) { return }
        if self.marks.count == TimeMarks.limit { self.thin() }
        self.marks.insert((offset, time), at: self.marks.firstIndex { $0.offset > offset } ?? self.marks.count)
    }

    /// Forgets what only records before the offset need.
    mutating func removeAll(before offset: UInt64) {
        while self.marks.count > 1, self.marks[1].offset <= offset { self.marks.removeFirst() }
    }

    /// nil when nothing is known of records that old.
    func time(of offset: UInt64) -> UInt64? { self.marks.last { $0.offset <= offset }?.time }
}
