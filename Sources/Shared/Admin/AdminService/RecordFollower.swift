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
///
/// It looks at ``slice`` records a turn of the loop and leaves the rest to a timer, so that no filter holds up the loop.
final class RecordFollower<Record: RingRecord, Answer>: RecordFollowing {
    /// The way back from the newest record to the first of so many that are wanted.
    private struct Search {
        /// Wanted records still to be found.
        var count: Int
        /// Records from here on have been looked at.
        var end: UInt64
        /// The earliest that is wanted so far.
        var found: UInt64
    }

    private let ring: RecordRing<Record>
    private let filter: FieldFilter
    private let minLevel: AdminV1.Level
    private let follows: Bool
    private let stream: any AnswerStream<Answer>
    private let timers: Timers
    private let now: () -> Timestamp
    private let make: (RecordRing<Record>.Batch) -> Answer
    private let ended: () -> Void
    /// Records looked at in one turn.
    private let slice: Int
    private var search: Search?
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
        self.slice = self.filter.isExpensive ? 64 : 512
        let end = ring.next
        guard request.fromSeq <= end else {
            let message = "from_seq is \(request.fromSeq), but the next one is \(end): was the server started anew?"
            throw RPCError(.outOfRange, message, .notYetWritten)
        }
        self.next = request.fromSeq > 0 ? request.fromSeq : end
        if request.fromSeq == 0, request.last > 0 {
            self.search = Search(count: Int(request.last), end: end, found: end)
        }
    }

    /// Goes on with the search; what it looks at is taken from what may still be looked at in this turn.
    private func goBack(_ search: Search, _ budget: inout Int) {
        var search = search
        let start = search.end > UInt64(budget) ? search.end - UInt64(budget) : 1
        let batch = self.ring.records(from: start, limit: Int(search.end - start))
        for record in batch.records.reversed() where record.seq < search.end && search.count > 0 {
            budget -= 1
            if self.isWanted(record) { (search.found, search.count) = (record.seq, search.count - 1) }
        }
        search.end = start
        if search.count == 0 || start == 1 || batch.lost > 0 {
            self.next = search.found
            self.search = nil
        } else {
            self.search = search
        }
    }

    private func isWanted(_ record: Record) -> Bool {
        record.level.rawValue >= self.minLevel.rawValue
            && self.filter.matches(record, now: self.now().nanosecondsSince1970)
    }

    func isOf(_ ring: AnyObject) -> Bool { self.ring === ring }

    func pump() {
        if self.isOver || self.timer != nil || !self.stream.hasRoom { return }
        var budget = self.slice
        if let search = self.search { self.goBack(search, &budget) }
        if self.search != nil || budget == 0 { return self.pumpLater() }
        var batch = self.ring.records(from: self.next, limit: budget)
        let isAtEnd = batch.records.count < budget
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
            self.pumpLater()
        }
    }

    private func pumpLater() {
        self.timer = self.timers.schedule(at: self.timers.now) { [weak self] in
            self?.timer = nil
            self?.pump()
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
