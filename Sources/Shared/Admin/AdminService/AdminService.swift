package import AdminAPI
package import HTTP
package import Protobuf
import Query
package import RPC

/// The admin protocol's methods on whatever has the rows: checked, answered by callback, without any HTTP.
///
/// It lives on one loop, as do its backend's answers. Memory is bounded by ``maximumStreams``, ``maximumWatchedRows`` and
/// ``maximumLooks``, by the limit on rows of a page, and by the rings' own bounds; a client that does not read costs what it was last
/// sent.
package final class AdminService {
    /// Who calls, and what that allows.
    package struct Caller: Sendable, Equatable {
        /// `uid 1000 (pid 4711)` or `http 127.0.0.1:50312`.
        package var identity: String
        package var canChange: Bool

        package init(identity: String, canChange: Bool) {
            self.identity = identity
            self.canChange = canChange
        }
    }

    /// What a service reads time from.
    package struct Clocks {
        package var wall: () -> Timestamp
        /// Microseconds of CPU time that the calling thread has used.
        package var cpu: () -> UInt64

        package init(wall: @escaping () -> Timestamp, cpu: @escaping () -> UInt64) {
            self.wall = wall
            self.cpu = cpu
        }
    }

    /// Watches at a time, and followers of events and log together; RESOURCE_EXHAUSTED beyond.
    package static let maximumStreams = 1_000
    /// Rows that all watches together may hold, which is the sum of their limits; RESOURCE_EXHAUSTED for a watch beyond.
    package static let maximumWatchedRows = 100_000
    /// Walks through all rows of a kind at a time. A call beyond is RESOURCE_EXHAUSTED, a watch leaves its look out.
    package static let maximumLooks = 64

    /// Told of every call of Do, whatever became of it: events of others can push it out of the ring, not out of a log.
    package var onAudit: ((AdminV1.Event) -> Void)?

    let backend: any AdminBackend
    let timers: Timers
    let clocks: Clocks
    let history: SeriesStore
    let eventRing: RecordRing<AdminV1.Event>
    let logRing: RecordRing<AdminV1.LogRecord>
    /// What the backend can do; it does not change while it runs.
    let info: AdminV1.HelloResponse

    private var watches: [UInt64: RowWatch] = [:]
    private var followers: [UInt64: any RecordFollowing] = [:]
    private var lastNumber: UInt64 = 0
    private var looks = 0

    package init(
        backend: any AdminBackend,
        timers: Timers,
        clocks: Clocks,
        history: SeriesStore,
        events: RecordRing<AdminV1.Event>,
        log: RecordRing<AdminV1.LogRecord>
    ) {
        self.backend = backend
        self.timers = timers
        self.clocks = clocks
        self.history = history
        self.eventRing = events
        self.logRing = log
        self.info = backend.hello()
    }

    // MARK: One answer

    package func hello(_ request: AdminV1.HelloRequest, by caller: Caller) -> AdminV1.HelloResponse {
        var answer = self.backend.hello()
        answer.now = self.clocks.wall()
        answer.identity = caller.identity
        answer.canChange = caller.canChange
        if answer.series.isEmpty { answer.series = self.history.infos }
        return answer
    }

    package func list(
        _ request: AdminV1.ListRequest,
        _ answer: @escaping (Result<AdminV1.ListResponse, RPCError>) -> Void
    ) {
        let plan: QueryPlan
        do throws(RPCError) {
            plan = try QueryPlan(request.query ?? AdminV1.Query(), self.info)
        } catch {
            return answer(.failure(error))
        }
        self.look(plan) { result in
            answer(result.map { self.response(to: plan, $0) })
        }
    }

    private func response(to plan: QueryPlan, _ look: Look) -> AdminV1.ListResponse {
        var response = AdminV1.ListResponse()
        response.rows = look.rows
        response.total = UInt64(look.scan.total)
        response.totalMatched = UInt64(look.scan.matched)
        response.totals = plan.table.row(of: look.scan.totals)
        response.nextCursor = look.next.map { Base64.encode($0.bytes, alphabet: .url) } ?? ""
        response.at = self.clocks.wall()
        response.node = self.info.node
        return response
    }

    package func get(
        _ request: AdminV1.GetRequest,
        _ answer: @escaping (Result<AdminV1.GetResponse, RPCError>) -> Void
    ) {
        self.row(request.kind, id: request.id) { result in
            answer(
                result.map { row in
                    var response = AdminV1.GetResponse()
                    response.row = row
                    response.at = self.clocks.wall()
                    response.node = self.info.node
                    return response
                }
            )
        }
    }

    package func series(_ request: AdminV1.SeriesRequest) -> Result<AdminV1.SeriesResponse, RPCError> {
        do throws(RPCError) {
            var response = try self.history.answer(request, now: self.clocks.wall())
            response.bootID = self.info.bootID
            return .success(response)
        } catch {
            return .failure(error)
        }
    }

    /// The row with the id, or an error with a near id as its hint.
    func row(
        _ kind: AdminV1.Kind,
        id: String,
        _ answer: @escaping (Result<AdminV1.Row, RPCError>) -> Void
    ) {
        let table: KindTable
        do throws(RPCError) {
            table = try KindTable.served(kind, by: self.info)
            if id.isEmpty { throw RPCError(.invalidArgument, "id is missing", .badRequest, kind: kind) }
        } catch {
            return answer(.failure(error))
        }
        self.backend.row(kind, id: id) { row in
            if let row { return answer(.success(row)) }
            do throws(RPCError) { try self.beginLook() } catch { return answer(.failure(error)) }
            self.backend.scan(Scan(kind: kind, nearestTo: id, idField: table.idField)) { scan in
                self.endLook()
                let message = "\(table.singular) \"\(id.echo)\" not found on \(self.info.node)"
                answer(.failure(RPCError(.notFound, message, .notFound, kind: kind, id: id, hint: scan.nearestID)))
            }
        }
    }

    // MARK: Looks

    /// Every look that begins ends once, when the backend has given its last answer, whether or not somebody still waits for it.
    func beginLook() throws(RPCError) {
        guard self.looks < AdminService.maximumLooks else {
            throw RPCError(.resourceExhausted, "\(self.looks) lists are under way; try again", .tooMany)
        }
        self.looks += 1
    }

    func endLook() { self.looks -= 1 }

    /// What one look at the rows of a query found.
    private struct Look {
        var scan: Scan
        var rows: [AdminV1.Row]
        var next: PageCursor?
    }

    private func look(_ plan: QueryPlan, _ answer: @escaping (Result<Look, RPCError>) -> Void) {
        do throws(RPCError) { try self.beginLook() } catch { return answer(.failure(error)) }
        self.backend.scan(plan.scan(now: self.clocks.wall().nanosecondsSince1970)) { scan in
            let page = scan.page(fingerprint: plan.fingerprint)
            self.backend.rows(plan.table.kind, page.keys, fields: plan.fields) { rows in
                self.endLook()
                answer(.success(Look(scan: scan, rows: rows, next: page.next)))
            }
        }
    }

    // MARK: Many answers

    package func watch(_ request: AdminV1.WatchRequest, _ stream: any AnswerStream<AdminV1.WatchResponse>) {
        do throws(RPCError) {
            let plan = try QueryPlan(request.query ?? AdminV1.Query(), self.info)
            let interval = request.intervalMs == 0 ? 1_000 : request.intervalMs
            guard (200...60_000).contains(interval) else {
                throw RPCError(.invalidArgument, "interval_ms is 200 to 60000, not \(interval)", .badRequest)
            }
            try self.checkRoom(self.watches.count, "watches")
            let held = self.watches.values.reduce(0) { $0 + $1.limit }
            guard held + plan.limit <= AdminService.maximumWatchedRows else {
                let message =
                    "all watches may hold \(AdminService.maximumWatchedRows) rows together: \(held) are taken, "
                    + "and this one has a limit of \(plan.limit)"
                throw RPCError(.resourceExhausted, message, .tooMany, kind: plan.table.kind)
            }
            self.lastNumber += 1
            let number = self.lastNumber
            let watch = RowWatch(plan, interval: UInt64(interval), stream, self)
            self.watches[number] = watch
            self.tellWatched()
            stream.onCancel = { [weak self] in
                watch.stop()
                self?.watches[number] = nil
                self?.tellWatched()
            }
            watch.look()
        } catch {
            stream.fail(error)
        }
    }

    package func events(_ request: AdminV1.EventsRequest, _ stream: any AnswerStream<AdminV1.EventsResponse>) {
        let wanted = RecordRequest(
            fromSeq: request.fromSeq,
            last: request.last,
            follow: request.follow,
            minLevel: request.minLevel,
            filter: request.filter
        )
        self.follow(self.eventRing, wanted, stream) { batch in
            var response = AdminV1.EventsResponse()
            response.events = batch.records
            response.lost = batch.lost
            response.nextSeq = batch.next
            return response
        }
    }

    package func log(_ request: AdminV1.LogRequest, _ stream: any AnswerStream<AdminV1.LogResponse>) {
        let wanted = RecordRequest(
            fromSeq: request.fromSeq,
            last: request.last,
            follow: request.follow,
            minLevel: request.minLevel,
            filter: request.filter
        )
        self.follow(self.logRing, wanted, stream) { batch in
            var response = AdminV1.LogResponse()
            response.records = batch.records
            response.lost = batch.lost
            response.nextSeq = batch.next
            return response
        }
    }

    private func follow<Record: RingRecord, Answer>(
        _ ring: RecordRing<Record>,
        _ request: RecordRequest,
        _ stream: any AnswerStream<Answer>,
        _ make: @escaping (RecordRing<Record>.Batch) -> Answer
    ) {
        do throws(RPCError) {
            try self.checkRoom(self.followers.count, "followers of events and log")
            self.lastNumber += 1
            let number = self.lastNumber
            let follower = try RecordFollower(ring, request, stream, self.timers, now: self.clocks.wall, make) {
                [weak self] in
                self?.followers[number] = nil
                self?.tellFollowed()
            }
            self.followers[number] = follower
            self.tellFollowed()
            stream.onCancel = { follower.stop() }
            stream.onReady = { follower.pump() }
            follower.pump()
        } catch {
            stream.fail(error)
        }
    }

    /// There are new records in a ring. Its wake-up asks for this call on the service's loop.
    package func recordsArrived() {
        self.eventRing.awoke()
        self.logRing.awoke()
        for follower in self.followers.values { follower.pump() }
    }

    /// Ends all streams: the server is about to stop.
    package func shutDown() {
        let error = RPCError(.unavailable, "\(self.info.node) is shutting down", .stopping)
        for watch in self.watches.values { watch.fail(error) }
        for follower in self.followers.values { follower.fail(error) }
        self.watches = [:]
        self.followers = [:]
        self.tellWatched()
        self.tellFollowed()
    }

    private func checkRoom(_ count: Int, _ what: String) throws(RPCError) {
        if count < AdminService.maximumStreams { return }
        throw RPCError(.resourceExhausted, "there are \(count) \(what) already, which is the most", .tooMany)
    }

    private func tellWatched() { self.backend.watching(Set(self.watches.values.map(\.kind))) }

    private func tellFollowed() {
        self.eventRing.setFollowed(self.followers.values.contains { $0.isOf(self.eventRing) })
        self.logRing.setFollowed(self.followers.values.contains { $0.isOf(self.logRing) })
    }
}

@available(*, unavailable)
extension AdminService: Sendable {}
