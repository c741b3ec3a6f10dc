import Bytes
import LogFormat
import Machine

/// The log that a queue's journal goes to: where it stands, and when a snapshot is due.
struct JournalLog {
    /// A snapshot is written when more bytes than this, and than twice the last one, came since: what is read at a restart stays
    /// in proportion to what there is.
    static let snapshotBytes = 64 << 10

    var next: UInt64 = 0
    var isQuarantined = false
    /// The log says something that is not so any more: the next burst writes a snapshot, whatever else it does.
    var needsSnapshot = false
    private var bytesSinceSnapshot = 0
    private var lastSnapshot = 0
    /// Offset of a snapshot that is not stored yet: what lies before it is needed until then.
    private var unstored: UInt64?

    func wantsSnapshot(after bytes: Int) -> Bool {
        self.needsSnapshot
            || self.unstored == nil
                && self.bytesSinceSnapshot + bytes > max(JournalLog.snapshotBytes, 2 * self.lastSnapshot)
    }

    mutating func beginSnapshot(bytes: Int) {
        self.needsSnapshot = false
        self.lastSnapshot = bytes
        self.bytesSinceSnapshot = 0
        self.unstored = self.next
    }

    mutating func append(_ body: [UInt8], to log: LogID, wall: UInt64) -> LogAppend {
        var writer = LogRecordWriter(capacity: body.count + 32)
        writer.append(after: 0, body: body.span)
        self.bytesSinceSnapshot += body.count
        let isSnapshot = self.unstored == self.next
        self.next += 1
        let summary = writer.summary
        var append = LogAppend(
            log: log,
            first: self.next - 1,
            count: 1,
            time: wall,
            records: writer.finish(),
            summary: summary
        )
        append.beginsSegment = isSnapshot
        return append
    }

    /// What a restart has read of the log counts too.
    mutating func replayed(bytes: Int) { self.bytesSinceSnapshot += bytes }

    mutating func stored(before next: UInt64, _ commands: inout [StoreCommand], _ log: LogID) {
        guard let snapshot = self.unstored, snapshot < next else { return }
        self.unstored = nil
        commands.append(.trim(log, before: snapshot))
    }
}
