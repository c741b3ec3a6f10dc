package import AdminAPI
import Core
import MQTTServer
import Protobuf
import Query
package import RPC

/// What an operator may do to rows of each kind.
extension BrokerBackend {
    static let verbs: [AdminV1.Kind: [String]] = [
        .ban: ["add", "lift"],
        .connection: ["close"], .session: ["expire"], .retained: ["remove"], .listener: ["pause", "resume"],
        .config: ["check", "diff", "reload", "set"],
        .queue: ["add", "get", "move", "pause", "purge", "remove", "repair", "replay", "resume", "set", "trim"],
        .group: ["add", "pause", "remove", "reset", "resume"], .consumer: ["kick"],
        .pending: ["acknowledge", "claim", "reject", "release"],
    ]

    package func perform(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        by identity: String,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        switch request.kind {
        case .connection: self.closeConnections(ids, StillWanted(request, self.clock), answer)
        case .session: self.expireSessions(ids, StillWanted(request, self.clock), answer)
        case .retained: self.removeRetained(ids, StillWanted(request, self.clock), answer)
        case .listener: self.pauseListeners(ids, request.verb == "pause", answer)
        case .config: self.changeConfig(request, isRehearsal: false, answer)
        case .ban where request.verb == "add": self.addBan(request, isRehearsal: false, answer)
        case .ban: self.liftBans(ids, answer)
        case .queue: self.changeQueues(request, ids, isRehearsal: false, answer)
        case .group: self.changeGroups(request, ids, isRehearsal: false, answer)
        case .consumer: self.kickConsumers(ids, answer)
        case .pending: self.settlePending(request, ids, answer)
        default: self.later { answer(.failure(RPCError(.unimplemented, "\(request.kind.name) cannot be changed"))) }
        }
    }

    package func rehearse(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        if request.kind == .config { return self.changeConfig(request, isRehearsal: true, answer) }
        if request.kind == .ban, request.verb == "add" { return self.addBan(request, isRehearsal: true, answer) }
        if request.kind == .queue { return self.changeQueues(request, ids, isRehearsal: true, answer) }
        if request.kind == .group { return self.changeGroups(request, ids, isRehearsal: true, answer) }
        if request.kind == .listener, let refusal = self.refusal(of: request.verb, on: ids) {
            return self.later { answer(.failure(refusal)) }
        }
        self.later { answer(.success(Self.done("would \(request.verb)", request.kind, ids))) }
    }

    static func done(_ what: String, _ kind: AdminV1.Kind, _ ids: [String]) -> AdminV1.DoResponse {
        var response = AdminV1.DoResponse()
        response.affected = UInt64(ids.count)
        response.ids = Array(ids.prefix(100))
        let name = KindTable.of(kind).map { ids.count == 1 ? $0.singular : $0.plural } ?? kind.name
        response.message = "\(what) \(ids.count) \(name)"
        return response
    }

    // MARK: Rows that live on shards

    typealias Completion = (Result<AdminV1.DoResponse, RPCError>) -> Void

    private func closeConnections(_ ids: [String], _ wanted: StillWanted, _ answer: @escaping Completion) {
        self.calls.gather(ids, on: { ConnectionRow.place(named: $0)?.shard }) { shard, name in
            guard let id = ConnectionRow.place(named: name)?.id, let mqtt = shard.acceptor(MQTTShard.self),
                let view = mqtt.connection(id),
                wanted.holds(
                    ConnectionRow(view: view, shard: shard, clock: wanted.clock),
                    version: { $0.row([]).version }
                )
            else { return nil }
            return mqtt.close(id) ? name : nil
        } _: {
            answer(wanted.result("closed", .connection, $0))
        }
    }

    private func expireSessions(_ ids: [String], _ wanted: StillWanted, _ answer: @escaping Completion) {
        self.calls.gather(ids, on: { self.home(of: $0) }) { shard, name in
            guard let mqtt = shard.acceptor(MQTTShard.self), let view = mqtt.session(Array(name.utf8)),
                wanted.holds(SessionRow(view: view, shard: shard, clock: wanted.clock), version: { $0.row([]).version })
            else { return nil }
            return mqtt.expire(Array(name.utf8)) ? name : nil
        } _: {
            answer(wanted.result("ended", .session, $0))
        }
    }

    /// Any shard can: the index is everybody's, and the store learns of it from the first.
    private func removeRetained(_ ids: [String], _ wanted: StillWanted, _ answer: @escaping Completion) {
        self.calls.gather(ids, on: { _ in 0 }) { shard, topic in
            guard let entry = shard.broker.retained.entry(Array(topic.utf8).span, in: .standard),
                wanted.holds(RetainedRow(entry: entry, clock: wanted.clock), version: { $0.row([]).version })
            else { return nil }
            // Another may have been published since the look: it stays.
            let isGone = shard.acceptor(MQTTShard.self)?.removeRetained(Array(topic.utf8), ifSerial: entry.serial)
            return isGone == true ? topic : nil
        } _: {
            answer(wanted.result("removed", .retained, $0))
        }
    }

    // MARK: Listeners

    private func pauseListeners(
        _ ids: [String],
        _ pause: Bool,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        let listeners = ids.compactMap { id in self.listeners.first { $0.name == id } }
        if let refusal = self.refusal(of: pause ? "pause" : "resume", on: ids) {
            return self.later { answer(.failure(refusal)) }
        }
        self.facts.setPaused(listeners.map(\.listener), pause) {
            answer(.success(Self.done(pause ? "paused" : "resumed", .listener, listeners.map(\.name))))
        }
    }

    private func refusal(of verb: String, on ids: [String]) -> RPCError? {
        guard verb == "pause",
            let admin = self.listeners.first(where: { $0.protocol == "admin" && ids.contains($0.name) })
        else { return nil }
        return RPCError(.failedPrecondition, "\(admin.name) stays open: it could not be resumed through itself")
    }
}

/// What a change was asked for by. It is looked at again where the row lives: between a look and a change rows go their way, and a
/// session whose client came back is not the one that was away.
struct StillWanted: Sendable {
    let clock: WallClock
    private let version: String
    private let filter: FieldFilter

    init(_ request: AdminV1.DoRequest, _ clock: WallClock) {
        self.clock = clock
        self.version = request.ifVersion
        // It was understood before: an id's request has none.
        self.filter =
            KindTable.of(request.kind).flatMap { try? FieldFilter(parsing: request.filter, for: $0.table) }
            ?? FieldFilter()
    }

    func holds<Row: RowReader>(_ row: Row, version: (Row) -> String) -> Bool {
        if !self.version.isEmpty, version(row) != self.version { return false }
        return self.filter.matches(row, now: self.clock.time(at: self.clock.now).nanosecondsSince1970)
    }

    func result(_ what: String, _ kind: AdminV1.Kind, _ ids: [String]) -> Result<AdminV1.DoResponse, RPCError> {
        if ids.isEmpty, !self.version.isEmpty {
            return .failure(RPCError(.aborted, "the \(kind.name) has changed since the version that was asked for"))
        }
        return .success(BrokerBackend.done(what, kind, ids))
    }
}
