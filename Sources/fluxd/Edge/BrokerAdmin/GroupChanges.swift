import AdminAPI
import Core
import Machine
import Protobuf
import Query
import QueueEngine
import RPC

/// What is done to groups, their members and what they have in hand.
extension BrokerBackend {
    func changeGroups(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        switch request.verb {
        case "add": self.addGroup(request, isRehearsal: isRehearsal, answer)
        case "reset": self.resetGroups(request, ids, isRehearsal: isRehearsal, answer)
        default:
            if isRehearsal { return self.later { answer(.success(Self.done("would \(request.verb)", .group, ids))) } }
            let verb = request.verb
            self.changeGroups(request, ids, "\(verb)d") { shard, row throws(QueueRefusal) in
                if verb == "remove" {
                    try shard.queues.removeGroup(row.status.number, of: row.home)
                } else {
                    try shard.queues.pauseGroup(row.status.number, of: row.home, verb == "pause")
                }
                return .done("\(row.home.definition.name) \(row.status.id)")
            } _: {
                answer($0)
            }
        }
    }

    /// Does something to each group where it lives.
    private func changeGroups(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        _ what: String,
        _ body: @escaping @Sendable (ShardState, GroupRow) throws(QueueRefusal) -> RowChange,
        _ answer: @escaping Completion
    ) {
        let wanted = StillWanted(request, self.clock)
        let keys = ids.compactMap { self.groupKey(named: $0) }
        self.calls.gather(keys, on: { self.shard(ofQueueIn: $0) }) { shard, key -> RowChange? in
            guard let row = GroupRow(key, on: shard), wanted.holds(row, version: { $0.version }) else { return .gone }
            do throws(QueueRefusal) { return try body(shard, row) } catch { return RowChange(error) }
        } _: {
            answer(Self.result(of: $0, what, .group, wanted))
        }
    }

    /// The way to cut a name that leaves a queue that is there; the longest such queue.
    private func groupKey(named name: String) -> RowKey? {
        Self.groupKeys(named: name).last { self.shard(ofQueueIn: $0) != nil }
    }

    private func addGroup(_ request: AdminV1.DoRequest, isRehearsal: Bool, _ answer: @escaping Completion) {
        let plan: NewGroup
        do throws(RPCError) {
            guard let key = self.groupKey(named: request.id), let shard = self.shard(ofQueueIn: key) else {
                let message =
                    "\"\(request.id.echo)\" begins with no queue; expected a queue's name, a space and the group's"
                throw RPCError(.notFound, message)
            }
            plan = try NewGroup(key, request.arguments, shard: shard)
        } catch {
            return self.later { answer(.failure(error)) }
        }
        self.calls.ask(plan.shard) { shard -> Result<Void, RPCError> in
            guard let home = shard.queue(named: plan.queue) else {
                return .failure(RPCError(.notFound, "queue \"\(plan.queue)\" has been deleted"))
            }
            if home.queue.groupNumber(named: plan.effectiveName) != nil {
                let message = "queue \"\(plan.queue)\" has a group \"\(plan.effectiveName)\" already"
                return .failure(RPCError(.alreadyExists, message))
            }
            if isRehearsal { return .success(()) }
            do throws(QueueRefusal) {
                try shard.queues.createGroup(
                    plan.name,
                    filter: plan.filter,
                    mode: plan.mode,
                    start: plan.start,
                    commitsAutomatically: plan.commitsAutomatically,
                    of: home
                )
                return .success(())
            } catch {
                return .failure(RPCError(error))
            }
        } _: { result in
            answer(
                result.map {
                    let what = isRehearsal ? "would add" : "added"
                    var response = Self.done(what, .group, ["\(plan.queue) \(plan.effectiveName)"])
                    response.message = "\(what) group \"\(plan.effectiveName)\" to queue \"\(plan.queue)\""
                    return response
                }
            )
        }
    }

    // MARK: Reset

    private func resetGroups(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        guard let to = request.arguments["to"].flatMap({ StartPosition(text: $0) }) else {
            let message =
                "reset takes the argument to: first, last, next, offset:N, -N, time:MS (since 1970) or last-per-key"
            return self.later { answer(.failure(RPCError(.invalidArgument, message))) }
        }
        let isForced = request.arguments["force"] == "true"
        // Only logs know where a time begins.
        self.places(of: to, for: ids) { starts in
            self.changeGroups(request, ids, isRehearsal ? "would reset" : "reset") { shard, row throws(QueueRefusal) in
                let start = starts[row.home.definition.name] ?? to
                let status = row.status
                if status.consumers > 0, !isForced {
                    let members = status.consumers == 1 ? "1 member" : "\(status.consumers) members"
                    return .refused(
                        .failedPrecondition,
                        "group \"\(status.id)\" has \(members): stop them, or force it"
                    )
                }
                let change = row.change(to: start, asked: to)
                if !isRehearsal { try shard.queues.seek(status.number, of: row.home, to: start) }
                return .done("\(row.home.definition.name) \(status.id)", changes: [change])
            } _: {
                answer($0)
            }
        }
    }

    /// Offsets for a time, of the queues that have one log of messages; the others look for themselves.
    private func places(
        of start: StartPosition,
        for ids: [String],
        _ answer: @escaping ([String: StartPosition]) -> Void
    ) {
        guard case .time(let time) = start else { return answer([:]) }
        let queues = Set(ids.compactMap { self.groupKey(named: $0) }.map { String($0.text.prefix { $0 != "\u{0}" }) })
        self.places(of: time, in: queues.sorted(), found: [:], answer)
    }

    private func places(
        of time: UInt64,
        in queues: [String],
        found: [String: StartPosition],
        _ answer: @escaping ([String: StartPosition]) -> Void
    ) {
        guard let name = queues.last, let shard = self.broker.queues.find(name, in: .standard)?.shard else {
            return queues.isEmpty ? answer(found) : self.places(of: time, in: queues.dropLast(), found: found, answer)
        }
        self.calls.ask(shard) {
            $0.queue(named: name)?.queue.highestPriority == 0
        } _: { hasOneLog in
            let rest = Array(queues.dropLast())
            guard hasOneLog else { return self.places(of: time, in: rest, found: found, answer) }
            self.offset(notBefore: time, in: name, on: shard) { offset in
                var found = found
                found[name] = .offset(offset)
                self.places(of: time, in: rest, found: found, answer)
            }
        }
    }

    // MARK: Members, and what they have

    func kickConsumers(_ ids: [String], _ answer: @escaping Completion) {
        let places = ids.compactMap { ConsumerPlace(named: $0) }
        self.calls.gather(places, on: { $0.shard }) { shard, place in
            guard let home = shard.queues.home(place.queue) else { return nil }
            return shard.queues.kick(ConsumerID(bits: place.consumer), of: home) ? place.name : nil
        } _: {
            answer(.success(Self.done("removed", .consumer, $0)))
        }
    }

    func settlePending(_ request: AdminV1.DoRequest, _ ids: [String], _ answer: @escaping Completion) {
        let (settlement, done): (Settlement, String) =
            switch request.verb {
            case "acknowledge": (.accepted, "acknowledged")
            case "claim": (.released, "claimed")
            case "reject": (.rejected, "rejected")
            default: (.released, "released")
            }
        let taker = request.arguments["to"].flatMap { ConsumerPlace(named: $0) }
        if request.verb == "claim", taker == nil {
            let message = "claim takes the argument to: the id of a consumer of the group, as its row has it"
            return self.later { answer(.failure(RPCError(.invalidArgument, message))) }
        }
        let wanted = StillWanted(request, self.clock)
        let places = ids.compactMap { id in
            PendingPlace.all(named: id).first { self.broker.queues.find($0.queue, in: .standard) != nil }
        }
        let clock = self.clock
        self.calls.gather(places, on: { self.broker.queues.find($0.queue, in: .standard)?.shard }) {
            shard,
            place -> RowChange? in
            guard let home = shard.queue(named: place.queue), let group = home.queue.groupNumber(named: place.group),
                let status = home.queue.pending(of: group, from: place.id, limit: 1, now: shard.now).first,
                status.id == place.id
            else { return .gone }
            let row = AdminV1.Pending(status, place, consumer: shard.name(status.consumer, home), clock)
            guard wanted.holds(row, version: { $0.version }) else { return .gone }
            do throws(QueueRefusal) {
                if let taker {
                    guard taker.queue == home.number else {
                        return .refused(.notFound, "\(taker.name) is no consumer of queue \"\(place.queue)\"")
                    }
                    let consumer = ConsumerID(bits: taker.consumer)
                    try shard.queues.claim(place.id, group, of: home, for: consumer)
                } else {
                    try shard.queues.settle(place.id, group, of: home, settlement)
                }
                return .done(place.name)
            } catch {
                return RowChange(error)
            }
        } _: {
            answer(Self.result(of: $0, done, .pending, wanted))
        }
    }
}

extension GroupRow {
    /// From where to where a reset moves it.
    fileprivate func change(to start: StartPosition, asked: StartPosition) -> AdminV1.Change {
        var change = AdminV1.Change()
        change.key = "\(self.home.definition.name) \(self.status.id)"
        change.effect = "live"
        guard let (from, to) = self.home.queue.preview(of: self.status.number, to: start) else { return change }
        change.from = String(from)
        if case .time = start {
            change.to = "the first message of that time, by each priority"
            return change
        }
        change.to = String(to)
        change.note = "\(self.status.tail - min(to, self.status.tail)) messages to read"
        return change
    }
}

/// What `add` of a group says.
private struct NewGroup: Sendable {
    let shard: Int
    let queue: String
    let name: String
    let filter: String
    let mode: GroupMode?
    let start: StartPosition
    let commitsAutomatically: Bool

    var effectiveName: String { self.filter.isEmpty ? self.name : "\(self.name)@\(self.filter)" }

    init(_ key: RowKey, _ arguments: [String: String], shard: Int) throws(RPCError) {
        let parts = key.text.split(separator: "\u{0}", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        self.shard = shard
        self.queue = parts[0]
        self.name = parts.count > 1 ? parts[1] : ""
        let known: Set<String> = ["filter", "mode", "from", "commits_automatically"]
        if let unknown = arguments.keys.filter({ !known.contains($0) }).min() {
            throw RPCError(.invalidArgument, "add of a group takes no argument \"\(unknown.echo)\"")
        }
        self.filter = arguments["filter"] ?? ""
        switch arguments["mode"] {
        case nil: self.mode = nil
        case "queue": self.mode = .queue
        case "stream": self.mode = .stream
        case let text?: throw RPCError(.invalidArgument, "mode is queue or stream, not \"\(text.echo)\"")
        }
        if let text = arguments["from"] {
            guard let start = StartPosition(text: text) else {
                throw RPCError(
                    .invalidArgument,
                    "from is \"\(text.echo)\"; expected first, last, next, offset:N, -N or time:MS"
                )
            }
            self.start = start
        } else {
            self.start = .stored
        }
        self.commitsAutomatically = arguments["commits_automatically"] != "false"
    }
}
