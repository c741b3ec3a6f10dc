import AdminAPI
import HTTP
import Query
import RPC

/// One client's look at a query, again and again: what changed since the answer before goes out.
///
/// It holds the rows that it last sent, and nothing else: when the client has not read the answer before, or too many looks are under
/// way, the look is left out and counted, and the next answer has all that changed meanwhile.
final class RowWatch {
    private let plan: QueryPlan
    private let interval: UInt64
    private let stream: any AnswerStream<AdminV1.WatchResponse>
    private unowned let service: AdminService
    private var timer: Timers.ID?
    private var isOver = false

    /// By id, as a key because that compares bytes.
    private var sent: [RowKey: AdminV1.Row] = [:]
    private var order: [RowKey] = []
    private var seq: UInt64 = 0
    private var skipped: UInt32 = 0
    /// CPU time since the answer before: this look's, and what it took to write that answer.
    private var cost: UInt64 = 0
    private var due: UInt64

    var kind: AdminV1.Kind { self.plan.table.kind }
    /// Rows that it may hold.
    var limit: Int { self.plan.limit }

    init(
        _ plan: QueryPlan,
        interval: UInt64,
        _ stream: any AnswerStream<AdminV1.WatchResponse>,
        _ service: AdminService
    ) {
        self.plan = plan
        self.interval = interval
        self.stream = stream
        self.service = service
        self.due = service.timers.now
    }

    func look() {
        if self.isOver { return }
        guard self.stream.hasRoom, (try? self.service.beginLook()) != nil else {
            self.skipped += 1
            return self.schedule()
        }
        let now = self.service.clocks.wall().nanosecondsSince1970
        let service = self.service
        let backend = service.backend
        self.measured {
            backend.scan(self.plan.scan(now: now)) { scan in
                if self.isOver { return service.endLook() }
                self.measured {
                    let keys = scan.page(fingerprint: 0).keys
                    backend.rows(self.kind, keys, fields: self.plan.fields) { rows in
                        service.endLook()
                        if !self.isOver { self.answer(scan, rows) }
                    }
                }
            }
        }
    }

    func stop() {
        self.isOver = true
        if let timer = self.timer { self.service.timers.cancel(timer) }
        self.timer = nil
    }

    func fail(_ error: RPCError) {
        self.stop()
        self.stream.fail(error)
    }

    private func answer(_ scan: Scan, _ rows: [AdminV1.Row]) {
        var response = AdminV1.WatchResponse()
        self.measured {
            var before = self.sent
            var present: [RowKey: AdminV1.Row] = [:]
            present.reserveCapacity(rows.count)
            var order: [RowKey] = []
            for row in rows {
                let id = RowKey(text: row.id)
                order.append(id)
                present[id] = row
                if before.removeValue(forKey: id) != row { response.changed.append(row) }
            }
            response.removed = before.keys.sorted().map(\.text)
            if order != self.order { response.order = order.map(\.text) }
            self.sent = present
            self.order = order
            self.seq += 1
            response.seq = self.seq
            response.total = UInt64(scan.total)
            response.totalMatched = UInt64(scan.matched)
            response.totals = self.plan.table.row(of: scan.totals)
            response.at = self.service.clocks.wall()
            response.skipped = self.skipped
            self.skipped = 0
        }
        response.costUs = self.cost
        self.cost = 0
        self.measured { self.stream.send(response) }
        if !self.isOver { self.schedule() }  // the client may have been cut off just now
    }

    /// In step with the first look, not with the answers; looks that are late by more than a step are not made up for.
    private func schedule() {
        let now = self.service.timers.now
        repeat { self.due += self.interval } while self.due <= now
        self.timer = self.service.timers.schedule(at: self.due) { [weak self] in self?.look() }
    }

    private func measured(_ body: () -> Void) {
        let start = self.service.clocks.cpu()
        body()
        self.cost += self.service.clocks.cpu() - start
    }
}

@available(*, unavailable)
extension RowWatch: Sendable {}
