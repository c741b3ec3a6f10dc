import AdminAPI
import Bytes
import Core
import HTTP
import Machine
import Protobuf
import Query
import QueueEngine
import RPC

/// What became of one row that a verb was to change.
enum RowChange: Sendable {
    /// - Parameter count: Messages that it was about.
    case done(String, count: UInt64 = 0, changes: [AdminV1.Change] = [])
    case gone
    case refused(RPCCode, String)
}

extension RPCError {
    init(_ refusal: QueueRefusal) {
        let code: RPCCode =
            switch refusal.kind {
            case .notFound: .notFound
            case .mismatch: .failedPrecondition
            case .limit: .resourceExhausted
            case .invalid: .invalidArgument
            case .storage: .unavailable
            }
        self.init(code, refusal.reason)
    }
}

extension RowChange {
    init(_ refusal: QueueRefusal) { self = .refused(RPCError(refusal).code, refusal.reason) }
}

extension BrokerBackend {
    /// What is done to queues, one shard after the other.
    func changeQueues(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        switch request.verb {
        case "add": return self.addQueue(request, isRehearsal: isRehearsal, answer)
        case "get": return self.getMessages(request, ids, isRehearsal: isRehearsal, answer)
        case "move": return self.moveMessages(request, ids, isRehearsal: isRehearsal, answer)
        case "purge" where !request.arguments.isEmpty:
            return self.purgeMessages(request, ids, isRehearsal: isRehearsal, answer)
        case "repair": return self.repair(request, ids, isRehearsal: isRehearsal, answer)
        case "replay": return self.replay(request, ids, isRehearsal: isRehearsal, answer)
        default: break
        }
        let verb: QueueVerb
        do throws(RPCError) { verb = try QueueVerb(request) } catch { return self.later { answer(.failure(error)) } }
        let wanted = StillWanted(request, self.clock)
        self.calls.gather(ids, on: { self.broker.queues.find($0, in: .standard)?.shard }) { shard, name -> RowChange? in
            guard let home = shard.queue(named: name) else { return .gone }
            let row = QueueRow(home, on: shard)
            guard wanted.holds(row, version: { $0.version }) else { return .gone }
            return isRehearsal ? verb.rehearse(home, row, on: shard) : verb.perform(home, row, on: shard)
        } _: {
            answer(
                Self.result(of: $0, isRehearsal ? "would \(verb.infinitive)" : verb.past, .queue, wanted).map {
                    verb.checked($0)
                }
            )
        }
    }

    /// The answer about all rows. Nothing done and something refused is a failure.
    static func result(
        of changes: [RowChange],
        _ what: String,
        _ kind: AdminV1.Kind,
        _ wanted: StillWanted
    ) -> Result<AdminV1.DoResponse, RPCError> {
        var (ids, messages, details, refusals) = ([String](), UInt64(0), [AdminV1.Change](), [(RPCCode, String)]())
        for change in changes {
            switch change {
            case .done(let id, let count, let changes):
                ids.append(id)
                messages += count
                details += changes
            case .gone: break
            case .refused(let code, let reason): refusals.append((code, reason))
            }
        }
        if ids.isEmpty, let (code, reason) = refusals.first { return .failure(RPCError(code, reason)) }
        return wanted.result(what, kind, ids).map { response in
            var response = response
            response.changes = details
            if messages > 0 { response.message += ", \(messages) \(messages == 1 ? "message" : "messages")" }
            if let (_, reason) = refusals.first { response.message += "; \(refusals.count) refused: \(reason)" }
            return response
        }
    }

    private func addQueue(_ request: AdminV1.DoRequest, isRehearsal: Bool, _ answer: @escaping Completion) {
        let name = request.id
        let definition: QueueDefinition
        do throws(RPCError) {
            var new = QueueDefinition(name: name, number: 0, topics: QueueAddress.filters(of: name))
            try QueueArguments.apply(request.arguments, to: &new, isNew: true)
            do throws(QueueDefinitionError) {
                try new.validate()
            } catch {
                throw RPCError(.invalidArgument, error.description)
            }
            if self.broker.queues.find(name, in: .standard) != nil { throw Self.exists(name) }
            definition = new
        } catch {
            return self.later { answer(.failure(error)) }
        }
        let kind = definition.kind.name
        if isRehearsal {
            var response = Self.done("would add", .queue, [name])
            response.message = "would add \(kind) queue \"\(name)\""
            return self.later { answer(.success(response)) }
        }
        // Where it would be after a restart, too: each on the next shard.
        let shard = Int((self.broker.queues.lastNumber + 1) % UInt64(self.broker.shards))
        self.calls.ask(shard) { shard -> Result<Bool, RPCError> in
            do throws(QueueRefusal) { return .success(try shard.queues.declare(definition).isNew) } catch {
                return .failure(RPCError(error))
            }
        } _: { result in
            answer(
                result.flatMap { isNew in
                    guard isNew else { return .failure(Self.exists(name)) }
                    var response = Self.done("added", .queue, [name])
                    response.message = "added \(kind) queue \"\(name)\""
                    return .success(response)
                }
            )
        }
    }

    private static func exists(_ name: String) -> RPCError {
        RPCError(.alreadyExists, "queue \"\(name.echo)\" exists already; set changes it")
    }

    // MARK: Dead letters

    /// Moves messages out of a queue, some at a time: who asked asks again for the next.
    private func replay(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        let plan: ReplayPlan
        do throws(RPCError) { plan = try ReplayPlan(request, ids, isRehearsal: isRehearsal) } catch {
            return self.later { answer(.failure(error)) }
        }
        guard let shard = self.broker.queues.find(plan.queue, in: .standard)?.shard else {
            return self.later { answer(.success(Self.done("replayed", .queue, []))) }
        }
        let now = self.clock.time(at: self.timers.now).nanosecondsSince1970
        if isRehearsal {
            let scan = Scan(kind: .message, filter: plan.filter, limit: 100, countsAll: true, now: now)
            return self.scanMessages(scan, in: plan.group) { answer(.success(plan.forecast($0))) }
        }
        self.calls.begin(shard) { (shard, answer: @escaping @Sendable (DeadLetterReplay.Report?) -> Void) in
            guard let home = shard.queue(named: plan.queue), home.definition.kind != .stream else { return answer(nil) }
            let replay = DeadLetterReplay(on: shard, of: home, limit: plan.count) { message, handover in
                plan.verdict(on: message, handover, now: now)
            } done: {
                answer($0)
            }
            replay.start(plan.queue, group: plan.group)
        } _: { report in
            guard let report else {
                return answer(
                    .failure(RPCError(.failedPrecondition, "a stream keeps its messages: there is nothing to replay"))
                )
            }
            if report.moved == 0, report.looked == 0 || report.refused > 0, !report.reason.isEmpty {
                return answer(.failure(RPCError(.failedPrecondition, report.reason)))
            }
            var response = AdminV1.DoResponse()
            response.affected = UInt64(report.moved)
            response.ids = [plan.queue]
            response.message = "replayed \(report.moved) of \(report.looked) messages"
            if report.refused > 0 { response.message += "; \(report.refused) refused: \(report.reason)" }
            answer(.success(response))
        }
    }
}

/// A verb that is done to queues that are there, with its arguments read.
private enum QueueVerb: Sendable {
    case set([String: String])
    case remove(onlyEmpty: Bool, onlyUnused: Bool)
    case purge
    case trim(before: UInt64)
    case pause(Bool)

    init(_ request: AdminV1.DoRequest) throws(RPCError) {
        var arguments = request.arguments
        func flag(_ name: String) throws(RPCError) -> Bool {
            guard let text = arguments.removeValue(forKey: name) else { return false }
            guard let value = Bool(text) else {
                throw RPCError(.invalidArgument, "\(name) is true or false, not \"\(text.echo)\"")
            }
            return value
        }
        switch request.verb {
        case "set":
            self = .set(arguments)
            return
        case "remove": self = .remove(onlyEmpty: try flag("if_empty"), onlyUnused: try flag("if_unused"))
        case "purge": self = .purge
        case "trim":
            guard let before = arguments.removeValue(forKey: "before").flatMap({ UInt64($0) }) else {
                throw RPCError(.invalidArgument, "trim takes the argument before: the first offset that stays")
            }
            self = .trim(before: before)
        default: self = .pause(request.verb == "pause")
        }
        if let unknown = arguments.keys.min() {
            throw RPCError(.invalidArgument, "\(request.verb) of a queue takes no argument \"\(unknown.echo)\"")
        }
    }

    var infinitive: String {
        switch self {
        case .set: "set"
        case .remove: "remove"
        case .purge: "purge"
        case .trim: "trim"
        case .pause(let isPaused): isPaused ? "pause" : "resume"
        }
    }

    var past: String {
        switch self {
        case .set: "set"
        case .trim: "trimmed"
        default: "\(self.infinitive)d"
        }
    }

    func rehearse(_ home: QueueHome, _ row: QueueRow, on shard: ShardState) -> RowChange {
        let name = home.definition.name
        switch self {
        case .set(let arguments): return self.set(arguments, home, row, on: shard, isRehearsal: true)
        case .remove: return self.refusal(home, row) ?? self.forecast(name, row)
        case .purge: return self.forecast(name, row)
        case .trim(let before):
            if let refusal = self.refusal(home, row) { return refusal }
            let first = home.queue.offsets().first
            return .done(name, count: before > first ? before - first : 0)
        case .pause: return .done(name)
        }
    }

    func perform(_ home: QueueHome, _ row: QueueRow, on shard: ShardState) -> RowChange {
        let name = home.definition.name
        if let refusal = self.refusal(home, row) { return refusal }
        do throws(QueueRefusal) {
            switch self {
            case .set(let arguments): return self.set(arguments, home, row, on: shard, isRehearsal: false)
            case .remove:
                shard.queues.end(home)
                return .done(name, count: row.status.depth + row.status.delayed)
            case .purge: return .done(name, count: shard.queues.purge(home))
            case .trim(let before): return .done(name, count: try shard.queues.trim(home, before: before))
            case .pause(let isPaused):
                try shard.queues.setPaused(home, isPaused)
                return .done(name)
            }
        } catch {
            return RowChange(error)
        }
    }

    /// With what goes, queue by queue.
    private func forecast(_ name: String, _ row: QueueRow) -> RowChange {
        let count = row.status.depth + row.status.delayed
        var change = AdminV1.Change()
        (change.key, change.effect) = (name, "live")
        change.note = "\(count) \(count == 1 ? "message" : "messages")"
        if row.status.delayed > 0 { change.note += ", \(row.status.delayed) of them delayed" }
        if row.status.consumers > 0 {
            change.note += ", \(row.status.consumers) \(row.status.consumers == 1 ? "consumer" : "consumers")"
        }
        return .done(name, count: count, changes: [change])
    }

    /// The answer, which says so when nothing was different.
    func checked(_ response: AdminV1.DoResponse) -> AdminV1.DoResponse {
        guard case .set = self, response.changes.isEmpty, response.affected > 0 else { return response }
        var response = response
        (response.affected, response.ids, response.message) = (0, [], "nothing differs: it is set so already")
        return response
    }

    /// What stands against it, looked at where the queue is.
    private func refusal(_ home: QueueHome, _ row: QueueRow) -> RowChange? {
        let (name, status) = (home.definition.name, row.status)
        if home.isBeingRepaired { return RowChange(QueueRefusal(beingRepaired: name)) }
        switch self {
        case .remove(let onlyEmpty, _) where onlyEmpty && status.depth + status.delayed > 0:
            return .refused(.failedPrecondition, "queue \"\(name)\" has \(status.depth + status.delayed) messages")
        case .remove(_, let onlyUnused) where onlyUnused && status.consumers > 0:
            return .refused(.failedPrecondition, "queue \"\(name)\" has \(status.consumers) consumers")
        case .trim(let before):
            let offsets = home.queue.offsets()
            if home.definition.kind != .stream {
                return .refused(.failedPrecondition, "queue \"\(name)\" is no stream: purge empties it")
            }
            if before > offsets.stored {
                return .refused(.invalidArgument, "before is \(before); expected \(offsets.first) to \(offsets.stored)")
            }
            return nil
        default: return nil
        }
    }

    private func set(
        _ arguments: [String: String],
        _ home: QueueHome,
        _ row: QueueRow,
        on shard: ShardState,
        isRehearsal: Bool
    ) -> RowChange {
        var definition = home.definition
        do throws(RPCError) {
            try QueueArguments.apply(arguments, to: &definition, isNew: false)
            do throws(QueueDefinitionError) {
                try definition.validate()
            } catch {
                throw RPCError(.invalidArgument, error.description)
            }
        } catch {
            return .refused(error.code, error.message)
        }
        let changes = QueueArguments.changes(from: row.row(of: home.definition), to: row.row(of: definition))
        if isRehearsal || changes.isEmpty { return .done(definition.name, changes: changes) }
        do throws(QueueRefusal) {
            try shard.queues.change(home.number, to: definition)
        } catch {
            return RowChange(error)
        }
        return .done(definition.name, changes: changes)
    }
}

/// What a replay moves, and where to.
private struct ReplayPlan: Sendable {
    private enum Target: Sendable {
        case origin
        case queue(String)
    }

    let queue: String
    let filter: FieldFilter
    let count: Int
    let group: String
    private let target: Target

    init(_ request: AdminV1.DoRequest, _ ids: [String], isRehearsal: Bool) throws(RPCError) {
        guard let queue = ids.first, ids.count == 1 else {
            throw RPCError(.invalidArgument, "replay takes one queue at a time")
        }
        self.queue = queue
        let arguments = request.arguments
        let known: Set<String> = ["to", "filter", "count", "group"]
        if let unknown = arguments.keys.filter({ !known.contains($0) }).min() {
            throw RPCError(.invalidArgument, "replay takes no argument \"\(unknown.echo)\"")
        }
        let to = arguments["to"] ?? "origin"
        if to == "origin" {
            self.target = .origin
        } else if to.hasPrefix("queue:"), to.utf8.count > 6 {
            self.target = .queue(String(to.dropFirst(6)))
        } else {
            throw RPCError(.invalidArgument, "to is \"\(to.echo)\"; expected origin or queue:NAME")
        }
        if to == "queue:\(queue)" { throw RPCError(.invalidArgument, "a queue is not replayed into itself") }
        // A look takes no time of its queue's.
        let most = isRehearsal ? Int.max : DeadLetterReplay.maximumMoved
        guard let count = Int(arguments["count"] ?? String(most)), count > 0, count <= most else {
            throw RPCError(.invalidArgument, "count is 1 to \(most) at a time")
        }
        self.count = count
        self.group = arguments["group"] ?? DeadLetterReplay.group
        guard let table = KindTable.of(.message) else { preconditionFailure("messages have no table") }
        let escaped = queue.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        let filter = (arguments["filter"] ?? "").isEmpty ? "" : " (\(arguments["filter"] ?? ""))"
        // What is no dead letter has nowhere to go back to.
        let goesSomewhere = to == "origin" ? " original_queue!=\"\"" : ""
        do throws(FilterError) {
            let text = "queue=\"\(escaped)\" state=ready\(goesSomewhere)\(filter)"
            self.filter = try FieldFilter(parsing: text, for: table.table)
        } catch {
            throw RPCError(.invalidArgument, "filter: \(error.message)")
        }
    }

    /// What it would do, after a look at all messages.
    func forecast(_ scan: Scan) -> AdminV1.DoResponse {
        var response = AdminV1.DoResponse()
        let moved = min(scan.matched, self.count)
        response.affected = UInt64(moved)
        response.ids = scan.page(fingerprint: 0).keys.prefix(moved).map(QueueMessagePlace.init(_:)).map {
            "\($0.queue):\($0.id.number)"
        }
        response.message = "would replay \(moved) \(moved == 1 ? "message" : "messages")"
        if self.count < scan.matched { response.message += " of \(scan.matched)" }
        return response
    }

    func verdict(on message: borrowing MessageView, _ handover: QueueHandover, now: Int64) -> DeadLetterReplay.Verdict {
        let row = AdminV1.QueueMessage(message, handover, in: self.queue, now: now)
        guard self.filter.matches(row, now: now) else { return .leave }
        switch self.target {
        case .queue(let name):
            let key =
                row.originalQueue.isEmpty ? "" : QueueAddress.routingKey(of: row.originalTopic, in: row.originalQueue)
            return .move(topic: Array(QueueAddress.delivery(of: key, from: name).utf8))
        case .origin:
            return .move(topic: Array(QueueAddress.delivery(of: row.originalTopic, from: row.originalQueue).utf8))
        }
    }
}
