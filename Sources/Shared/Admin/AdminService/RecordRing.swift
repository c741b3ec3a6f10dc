package import AdminAPI
package import Protobuf
package import Query
import Synchronization

/// What a ``RecordRing`` keeps.
package protocol RingRecord: Message, RowReader {
    static var table: FieldTable { get }
    var seq: UInt64 { get set }
    var level: AdminV1.Level { get }
    /// Cuts texts that are longer than `limit` bytes.
    mutating func shorten(to limit: Int)
    /// Bytes of all texts.
    var textBytes: Int { get }
}

/// The newest events, or lines of the log, numbered from 1.
///
/// Bounded by count and bytes: the oldest go, and who comes back for them is told how many are lost. Anything may append from any
/// thread; the lock is a leaf, and the wake-up is called without it.
package final class RecordRing<Record: RingRecord>: Sendable {
    package static var maximumCount: Int { 10_000 }
    package static var maximumBytes: Int { 4 << 20 }
    /// A client that has long names must not push out what others did.
    private static var maximumTextBytes: Int { 1_024 }

    /// Records from a number on.
    package struct Batch: Sendable {
        package var records: [Record]
        /// Records that were asked for and are gone.
        package var lost: UInt64
        /// The number after the last one looked at.
        package var next: UInt64
    }

    private struct State {
        /// Records in their order; those before `start` are dropped already.
        var records: [Record?] = []
        var start = 0
        var bytes = 0
        var next: UInt64 = 1
        var isFollowed = false
        var isAwake = false

        var count: Int { self.records.count - self.start }
        var first: UInt64 { self.next - UInt64(self.count) }

        mutating func dropFirst() {
            self.bytes -= (self.records[self.start]?.textBytes ?? 0) + overhead
            self.records[self.start] = nil
            self.start += 1
            if self.start > 1_024, self.start > self.records.count / 2 {
                self.records.removeFirst(self.start)
                self.start = 0
            }
        }
    }

    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// - Parameter wake: Called on the thread that appends, once until ``awoke()``, and only while somebody follows: it has to bring
    ///   about ``AdminService/recordsArrived()`` on the service's loop.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// - Returns: The record as it is kept: numbered, and cut.
    @discardableResult
    package func append(_ record: Record) -> Record {
        var record = record
        record.shorten(to: Self.maximumTextBytes)
        let bytes = record.textBytes + overhead
        let mustWake = self.state.withLock { state in
            record.seq = state.next
            state.next += 1
            state.records.append(record)
            state.bytes += bytes
            while state.count > Self.maximumCount || state.bytes > Self.maximumBytes { state.dropFirst() }
            defer { if state.isFollowed { state.isAwake = true } }
            return state.isFollowed && !state.isAwake
        }
        if mustWake { self.wake() }
        return record
    }

    /// The number that the next record gets.
    package var next: UInt64 { self.state.withLock { $0.next } }

    /// At most `limit` records from a number on.
    package func records(from seq: UInt64, limit: Int) -> Batch {
        self.state.withLock { state in
            let start = min(max(seq, state.first), state.next)
            let offset = state.start + Int(start - state.first)
            let end = offset + min(state.records.count - offset, limit)
            return Batch(
                records: state.records[offset..<end].compactMap { $0 },
                lost: start > seq ? start - seq : 0,
                next: start + UInt64(end - offset)
            )
        }
    }

    func setFollowed(_ isFollowed: Bool) {
        self.state.withLock { state in
            state.isFollowed = isFollowed
            if !isFollowed { state.isAwake = false }
        }
    }

    /// The wake-up has arrived: the next record wakes again.
    func awoke() { self.state.withLock { $0.isAwake = false } }
}

/// What a record takes beside its texts, roughly.
private let overhead = 200

extension AdminV1.Event: RingRecord {
    package static var table: FieldTable { .event }

    package mutating func shorten(to limit: Int) {
        self.subject = self.subject.cut(to: limit)
        self.text = self.text.cut(to: limit)
        self.identity = self.identity.cut(to: limit)
        cut(&self.attributes, limit)
    }

    package var textBytes: Int {
        let fixed = self.kind.utf8.count + self.subject.utf8.count + self.text.utf8.count
        return fixed + self.identity.utf8.count + size(self.attributes)
    }
}

extension AdminV1.LogRecord: RingRecord {
    package static var table: FieldTable { .logRecord }

    package mutating func shorten(to limit: Int) {
        self.message = self.message.cut(to: limit)
        cut(&self.metadata, limit)
    }

    package var textBytes: Int { self.message.utf8.count + size(self.metadata) }
}

private func cut(_ texts: inout [String: String], _ limit: Int) {
    for (key, text) in texts where text.utf8.count > limit { texts[key] = text.cut(to: limit) }
}

private func size(_ texts: [String: String]) -> Int { texts.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }
