import AdminAPI
import HTTP
import Protobuf
import Query
import RPC

/// What EventsRequest and LogRequest have in common.
struct RecordRequest {
    var fromSeq: UInt64
    var last: UInt32
    var follow: Bool
    var minLevel: AdminV1.Level
    var filter: String
}

/// ``RecordFollower`` of whatever record.
protocol RecordFollowing: AnyObject {
    func pump()
    func fail(_ error: RPCError)
    func isOf(_ ring: AnyObject) -> Bool
}

/// One client's way through a ring: it reads on when the client has read, and what is gone by then is a gap, not memory.
final class RecordFollower<Record: RingRecord, Answer>: RecordFollowing {
    /// Records looked at in one go: a filter that is slow must not hold up the loop.
    private let slice = 512

    private let ring: RecordRing<Record>
    private let filter: FieldFilter
    private let minLevel: AdminV1.Level
    private let follows: Bool
    private let stream: any AnswerStream<Answer>
    private let timers: Timers
    private let now: () -> Timestamp
    private let make: (RecordRing<Record>.Batch) -> Answer
    private let ended: () -> Void
    private var next: UInt64
    private var hasSent = false
    private var isOver = false
    private var timer: Timers.ID?

    init(
        _ ring: RecordRing<Record>,
        _ request: RecordRequest,
        _ stream: any AnswerStream<Answer>,
        _ timers: Timers,
        now: @escaping () -> Timestamp,
        _ make: @escaping (RecordRing<Record>.Batch) -> Answer,
        ended: @escaping () -> Void
    ) throws(RPCError) {
        self.ring = ring
        self.minLevel = request.minLevel
        self.follows = request.follow
        self.stream = stream
        self.timers = timers
        self.now = now
        self.make = make
        self.ended = ended
        do throws(FilterError) {
            self.filter = try FieldFilter(parsing: request.filter, for: Record.table)
        } catch {
            throw RPCError(error, in: "filter", .badFilter)
        }
        let end = ring.next
        guard request.fromSeq <= end else {
            let message = "from_seq is \(request.fromSeq), but the next one is \(end): was the server started anew?"
            throw RPCError(.outOfRange, message, .notYetWritten)
        }
        self.next = request.fromSeq > 0 ? request.fromSeq : end
        if request.fromSeq == 0, request.last > 0 { self.next = self.start(ofLast: Int(request.last), before: end) }
    }

    /// The number of the first of the newest so many records that are wanted.
    private func start(ofLast count: Int, before end: UInt64) -> UInt64 {
        let wanted = self.ring.records(from: 1, limit: .max).records.filter { $0.seq < end && self.isWanted($0) }
        return wanted.suffix(count).first?.seq ?? end
    }

    private func isWanted(_ record: Record) -> Bool {
        record.level.rawValue >= self.minLevel.rawValue
            && self.filter.matches(record, now: self.now().nanosecondsSince1970)
    }

    func isOf(_ ring: AnyObject) -> Bool { self.ring === ring }

    func pump() {
        if self.isOver || !self.stream.hasRoom { return }
        if let timer = self.timer { self.timers.cancel(timer) }
        self.timer = nil
        var batch = self.ring.records(from: self.next, limit: self.slice)
        let isAtEnd = batch.records.count < self.slice
        self.next = batch.next
        batch.records.removeAll { !self.isWanted($0) }
        let isLast = isAtEnd && !self.follows
        // The first answer says where the client is, whatever it has; so does the last.
        if !batch.records.isEmpty || batch.lost > 0 || !self.hasSent || isLast {
            self.hasSent = true
            self.stream.send(self.make(batch))
        }
        if self.isOver { return }
        if isLast {
            self.stop()
            self.stream.finish()
        } else if !isAtEnd {
            self.timer = self.timers.schedule(at: self.timers.now) { [weak self] in self?.pump() }
        }
    }

    func stop() {
        if self.isOver { return }
        self.isOver = true
        if let timer = self.timer { self.timers.cancel(timer) }
        self.timer = nil
        self.ended()
    }

    func fail(_ error: RPCError) {
        self.stop()
        self.stream.fail(error)
    }
}

@available(*, unavailable)
extension RecordFollower: Sendable {}
