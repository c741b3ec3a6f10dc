import AdminAPI
import AdminService
import Core
import HTTP
import Protobuf
import Query
import QueueEngine
import RPC

/// Verbs that are about single messages of a queue: `get`, `move`, and `purge` of some.
extension BrokerBackend {
    /// Messages of one get at most, and bytes of their payloads beyond the last: who asked asks again for the next.
    private static let maximumGot = 1_000
    private static let maximumGotBytes = 2 << 20
    /// Taken out at a time by a purge.
    private static let purgeStep = 10_000

    // MARK: get

    /// Takes messages out that are ready, and answers with them; or only answers with them.
    func getMessages(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        let plan: MessageChoice
        do throws(RPCError) {
            plan = try MessageChoice(request, ids, known: ["keep"], atMost: Self.maximumGot)
        } catch {
            return self.later { answer(.failure(error)) }
        }
        let keeps = request.arguments["keep"] == "true" || isRehearsal
        self.choose(plan, request, answer) { shard, chosen in
            self.read(plan.queue, chosen, on: shard, got: []) { messages in
                if keeps { return answer(.success(Self.got(messages, plan.queue, isRehearsal ? "would get" : "saw"))) }
                self.take(messages.map { MessageID(number: $0.number) }, of: plan.queue, on: shard, inHand: false) {
                    taken in
                    // What somebody was given meanwhile is not ours.
                    let kept = Set(taken.map(\.number))
                    answer(.success(Self.got(messages.filter { kept.contains($0.number) }, plan.queue, "got")))
                }
            }
        }
    }

    private static func got(_ messages: [AdminV1.QueueMessage], _ queue: String, _ what: String) -> AdminV1.DoResponse {
        var response = AdminV1.DoResponse()
        response.messages = messages
        response.affected = UInt64(messages.count)
        response.ids = messages.map(\.id)
        response.message = "\(what) \(self.counted(messages.count)) of queue \"\(queue)\""
        return response
    }

    /// The messages as a whole, in the order in which they were chosen.
    private func read(
        _ queue: String,
        _ chosen: [MessageID],
        on shard: Int,
        got: [AdminV1.QueueMessage],
        _ answer: @escaping ([AdminV1.QueueMessage]) -> Void
    ) {
        guard let first = chosen.first, got.reduce(0, { $0 + $1.payload.count }) < Self.maximumGotBytes else {
            return answer(got)
        }
        let wanted = Set(chosen.map(\.number))
        let end = first.number | 0xFF_FFFF_FFFF_FFFF
        self.page(queue, on: shard, from: first, before: end, payloadLimit: .max) { page in
            let found = page.messages.filter { wanted.contains($0.number) && $0.state == "ready" }
            let reached = page.next.map { max($0.number, first.number + 1) } ?? end
            let rest = chosen.filter { $0.priority != first.priority || $0.number >= reached }
            self.read(queue, rest, on: shard, got: got + found, answer)
        }
    }

    // MARK: move

    /// Moves messages that are ready, some at a time.
    func moveMessages(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        let plan: MessageChoice
        let target = request.arguments["to"] ?? ""
        do throws(RPCError) {
            plan = try MessageChoice(
                request,
                ids,
                known: ["to"],
                atMost: isRehearsal ? .max : QueueMover.maximumMoved
            )
            if target.isEmpty { throw RPCError(.invalidArgument, "move takes the argument to: the other queue's name") }
            if target == plan.queue { throw RPCError(.invalidArgument, "a queue is not moved into itself") }
        } catch {
            return self.later { answer(.failure(error)) }
        }
        guard self.broker.queues.find(target, in: .standard) != nil else { return self.notFound(target, answer) }
        self.choose(plan, request, countsAll: isRehearsal, answer) { shard, chosen in
            let ids = chosen.map { "\(plan.queue):\($0.number)" }
            if isRehearsal {
                var response = AdminV1.DoResponse()
                response.affected = UInt64(chosen.count)
                response.ids = ids
                response.message = "would move \(Self.counted(chosen.count)) to queue \"\(target)\""
                return answer(.success(response))
            }
            self.calls.begin(shard) { (shard, answer: @escaping @Sendable (QueueMover.Report?) -> Void) in
                guard let home = shard.queue(named: plan.queue) else { return answer(nil) }
                QueueMover(on: shard, of: home, chosen, to: target) { answer($0) }.start()
            } _: { report in
                guard let report else {
                    let message = "queue \"\(plan.queue.echo)\" has been deleted"
                    return answer(.failure(RPCError(.notFound, message)))
                }
                if report.moved == 0, report.refused > 0 {
                    return answer(.failure(RPCError(.failedPrecondition, report.reason)))
                }
                var response = AdminV1.DoResponse()
                response.affected = UInt64(report.moved)
                response.ids = [plan.queue]
                response.message = "moved \(Self.counted(report.moved)) to queue \"\(target)\""
                if report.refused > 0 { response.warnings = ["the rest is refused: \(report.reason)"] }
                answer(.success(response))
            }
        }
    }

    /// An error that says which queue may have been meant.
    private func notFound(_ name: String, _ answer: @escaping Completion) {
        guard let table = KindTable.of(.queue) else { preconditionFailure("queues have no table") }
        self.scanQueues(Scan(kind: .queue, nearestTo: name, idField: table.idField)) { scan in
            let message = "queue \"\(name.echo)\" not found"
            answer(.failure(RPCError(.notFound, message, .notFound, kind: .queue, id: name, hint: scan.nearestID)))
        }
    }

    // MARK: purge

    /// Removes some of the messages of queues: old ones, all but the last, or those that a filter matches.
    func purgeMessages(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        let arguments = request.arguments
        guard arguments.count == 1, let (name, value) = arguments.first, ["older_ms", "keep", "filter"].contains(name)
        else {
            let message = "purge takes one argument at most: older_ms, keep or filter"
            return self.later { answer(.failure(RPCError(.invalidArgument, message))) }
        }
        switch (name, UInt64(value)) {
        case ("older_ms", let age?):
            let wall = UInt64(max(0, self.clock.time(at: self.timers.now).nanosecondsSince1970 / 1_000_000))
            self.purge(request, ids, isRehearsal: isRehearsal, answer) { name, shard, priorities, found in
                self.offsets(notBefore: wall - min(age, wall), in: name, on: shard, priorities, found)
            }
        case ("keep", let count?):
            self.purge(request, ids, isRehearsal: isRehearsal, answer) { name, shard, priorities, found in
                self.calls.ask(shard) { shard in
                    let queue = shard.queue(named: name)?.queue
                    return (0...priorities).map { queue?.offset(ofLast: count, priority: $0) ?? 0 }
                } _: {
                    found($0)
                }
            }
        case ("filter", _): self.purgeMatching(request, ids, isRehearsal: isRehearsal, answer)
        default:
            let message = "\(name) is a whole number, not \"\(value.echo)\""
            self.later { answer(.failure(RPCError(.invalidArgument, message))) }
        }
    }

    /// Where to purge to: an offset for each priority.
    private typealias Places = (
        _ queue: String, _ shard: Int, _ highestPriority: UInt8, _ found: @escaping ([UInt64]) -> Void
    ) -> Void

    /// One queue after the other.
    private func purge(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        changes: [RowChange] = [],
        _ answer: @escaping Completion,
        places: @escaping Places
    ) {
        let wanted = StillWanted(request, self.clock)
        guard let name = ids.first else {
            return answer(Self.result(of: changes, isRehearsal ? "would purge" : "purged", .queue, wanted))
        }
        let rest = Array(ids.dropFirst())
        func goOn(_ change: RowChange) {
            self.purge(request, rest, isRehearsal: isRehearsal, changes: changes + [change], answer, places: places)
        }
        guard let shard = self.broker.queues.find(name, in: .standard)?.shard else { return goOn(.gone) }
        self.calls.ask(shard) {
            $0.queue(named: name)?.queue.highestPriority
        } _: { priority in
            guard let priority else { return goOn(.gone) }
            places(name, shard, priority) { offsets in
                self.calls.ask(shard) { shard -> RowChange in
                    guard let home = shard.queue(named: name),
                        wanted.holds(QueueRow(home, on: shard), version: { $0.version })
                    else { return .gone }
                    if isRehearsal { return .done(name, count: home.queue.count(before: offsets)) }
                    do throws(QueueRefusal) {
                        return .done(name, count: try shard.queues.purge(home, before: offsets))
                    } catch {
                        return RowChange(error)
                    }
                } _: {
                    goOn($0)
                }
            }
        }
    }

    private func offsets(
        notBefore time: UInt64,
        in name: String,
        on shard: Int,
        _ highest: UInt8,
        found: [UInt64] = [],
        _ answer: @escaping ([UInt64]) -> Void
    ) {
        if found.count > Int(highest) { return answer(found) }
        self.offset(notBefore: time, in: name, on: shard, priority: UInt8(found.count)) { offset in
            self.offsets(notBefore: time, in: name, on: shard, highest, found: found + [offset], answer)
        }
    }

    private func purgeMatching(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        isRehearsal: Bool,
        _ answer: @escaping Completion
    ) {
        let plan: MessageChoice
        do throws(RPCError) {
            plan = try MessageChoice(
                request,
                ids,
                atMost: isRehearsal ? .max : Self.purgeStep,
                states: "state!=settled"
            )
        } catch {
            return self.later { answer(.failure(error)) }
        }
        if isRehearsal {
            return self.choose(plan, request, countsAll: true, answer) { _, chosen in
                answer(.success(Self.purged(plan.queue, chosen.count, "would purge")))
            }
        }
        self.purgeStep(plan, request, done: 0, answer)
    }

    private func purgeStep(
        _ plan: MessageChoice,
        _ request: AdminV1.DoRequest,
        done: Int,
        _ answer: @escaping Completion
    ) {
        self.choose(plan, request, answer) { shard, chosen in
            if chosen.isEmpty { return answer(.success(Self.purged(plan.queue, done, "purged"))) }
            self.take(chosen, of: plan.queue, on: shard, inHand: true) { taken in
                // Dead letters on their way are left, and would be found again and again.
                if taken.isEmpty { return answer(.success(Self.purged(plan.queue, done, "purged"))) }
                self.purgeStep(plan, request, done: done + taken.count, answer)
            }
        }
    }

    private static func purged(_ queue: String, _ count: Int, _ what: String) -> AdminV1.DoResponse {
        var response = self.done(what, .queue, [queue])
        response.message = "\(what) \(self.counted(count)) of queue \"\(queue)\""
        return response
    }

    // MARK: Messages

    private static func counted(_ count: Int) -> String { count == 1 ? "1 message" : "\(count) messages" }

    /// The first messages that a choice matches, in the order of delivery, and where their queue lives.
    private func choose(
        _ plan: MessageChoice,
        _ request: AdminV1.DoRequest,
        countsAll: Bool = false,
        _ answer: @escaping Completion,
        _ body: @escaping (_ shard: Int, _ chosen: [MessageID]) -> Void
    ) {
        let wanted = StillWanted(request, self.clock)
        let shard = self.broker.queues.find(plan.queue, in: .standard)?.shard ?? 0
        self.calls.ask(shard) { shard -> RPCError? in
            guard let home = shard.queue(named: plan.queue) else {
                return RPCError(.notFound, "queue \"\(plan.queue.echo)\" has been deleted")
            }
            guard wanted.holds(QueueRow(home, on: shard), version: { $0.version }) else {
                return RPCError(.aborted, "the queue has changed since the version that was asked for")
            }
            if home.definition.kind == .stream {
                let message =
                    "stream \"\(plan.queue)\" keeps its messages: only purge with older_ms or keep takes some away"
                return RPCError(.failedPrecondition, message)
            }
            if home.isBeingRepaired { return RPCError(QueueRefusal(beingRepaired: plan.queue)) }
            return nil
        } _: { error in
            if let error { return answer(.failure(error)) }
            let now = self.clock.time(at: self.timers.now).nanosecondsSince1970
            let limit = min(plan.count, 1_000_000)
            let scan = Scan(kind: .message, filter: plan.filter, limit: limit, countsAll: countsAll, now: now)
            self.scanMessages(scan) { scan in
                body(shard, scan.page(fingerprint: 0).keys.map { QueueMessagePlace($0).id })
            }
        }
    }

    private func take(
        _ ids: [MessageID],
        of queue: String,
        on shard: Int,
        inHand: Bool,
        _ answer: @escaping ([MessageID]) -> Void
    ) {
        self.calls.begin(shard) { (shard, answer: @escaping @Sendable ([MessageID]) -> Void) in
            guard let home = shard.queue(named: queue) else { return answer([]) }
            shard.queues.take(ids, of: home, inHand: inHand) { answer($0) }
        } _: {
            answer($0)
        }
    }
}

/// Which messages of a queue a verb is about.
private struct MessageChoice: Sendable {
    let queue: String
    let filter: FieldFilter
    let count: Int

    /// - Parameters:
    ///   - known: Arguments of the verb besides `filter` and `count`.
    ///   - most: Messages at a time.
    ///   - states: What every message has to be besides.
    init(
        _ request: AdminV1.DoRequest,
        _ ids: [String],
        known: Set<String> = [],
        atMost most: Int,
        states: String = "state=ready"
    ) throws(RPCError) {
        guard let queue = ids.first, ids.count == 1 else {
            throw RPCError(.invalidArgument, "\(request.verb) of messages takes one queue at a time")
        }
        self.queue = queue
        let arguments = request.arguments
        if let unknown = arguments.keys.filter({ !known.contains($0) && $0 != "filter" && $0 != "count" }).min() {
            throw RPCError(.invalidArgument, "\(request.verb) takes no argument \"\(unknown.echo)\"")
        }
        guard let count = Int(arguments["count"] ?? String(most)), count > 0, count <= most else {
            throw RPCError(.invalidArgument, "count is 1 to \(most) at a time")
        }
        self.count = count
        guard let table = KindTable.of(.message) else { preconditionFailure("messages have no table") }
        let escaped = queue.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        let filter = (arguments["filter"] ?? "").isEmpty ? "" : " (\(arguments["filter"] ?? ""))"
        do throws(FilterError) {
            self.filter = try FieldFilter(parsing: "queue=\"\(escaped)\" \(states)\(filter)", for: table.table)
        } catch {
            throw RPCError(.invalidArgument, "filter: \(error.message)")
        }
    }
}
