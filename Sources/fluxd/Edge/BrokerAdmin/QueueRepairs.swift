import AdminAPI
import Core
import Machine
import Query
import QueueEngine
import RPC

/// Repairs of queues whose logs are damaged.
extension BrokerBackend {
    /// Files that an answer names.
    private static let namedLosses = 100
    /// Ranges of offsets that it names of each.
    private static let namedRanges = 100

    /// One queue at a time: the volume does nothing else meanwhile.
    func repair(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        guard let name = ids.first, ids.count == 1 else {
            return self.later { answer(.failure(RPCError(.invalidArgument, "repair takes one queue at a time"))) }
        }
        if let unknown = request.arguments.keys.min() {
            let message = "repair of a queue takes no argument \"\(unknown.echo)\""
            return self.later { answer(.failure(RPCError(.invalidArgument, message))) }
        }
        let wanted = StillWanted(request, self.clock)
        guard let shard = self.broker.queues.find(name, in: .standard)?.shard else {
            return self.later { answer(wanted.result("repaired", .queue, [])) }
        }
        typealias Result = Swift.Result<QueueRepairReport, QueueRefusal>
        self.calls.begin(shard) { (shard, answer: @escaping @Sendable (Result?) -> Void) in
            guard let home = shard.queue(named: name),
                wanted.holds(QueueRow(home, on: shard), version: { $0.version })
            else { return answer(nil) }
            shard.queues.repair(home, dryRun: isRehearsal) { answer($0) }
        } _: { result in
            switch result {
            case nil: answer(wanted.result("repaired", .queue, []))
            case .failure(let refusal)?: answer(.failure(RPCError(refusal)))
            case .success(let report)?: answer(.success(Self.response(report, of: name, isRehearsal: isRehearsal)))
            }
        }
    }

    private static func response(
        _ report: QueueRepairReport,
        of name: String,
        isRehearsal: Bool
    ) -> AdminV1.DoResponse {
        var response = Self.done("repaired", .queue, [name])
        response.losses = report.losses.prefix(self.namedLosses).map { part, loss in
            var row = AdminV1.Loss()
            row.log = part.operatorName
            row.file = loss.path
            row.records = loss.records
            row.bytes = UInt64(max(0, loss.bytes))
            row.reason = loss.reason
            row.kept = loss.kept ?? ""
            row.offsets = loss.offsets.filter { !$0.isEmpty }.prefix(self.namedRanges).map { range in
                var offsets = AdminV1.OffsetRange()
                offsets.first = range.lowerBound
                offsets.last = range.upperBound - 1
                return offsets
            }
            return row
        }
        guard !report.losses.isEmpty else {
            response.message = "nothing of queue \"\(name)\" is damaged"
            return response
        }
        let files = report.losses.count == 1 ? "1 file" : "\(report.losses.count) files"
        let records = report.records == 1 ? "1 record" : "\(report.records) records"
        let what = "\(records) and \(report.bytes) bytes in \(files)"
        response.message =
            isRehearsal
            ? "repairing queue \"\(name)\" would give up \(what)" : "repaired queue \"\(name)\": \(what) are gone"
        return response
    }
}
