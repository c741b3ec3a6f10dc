import AdminAPI
import Protobuf
import RPC

/// What can be done to the pose. It answers like fluxd, and forgets everything when it stops.
extension Stage {
    static let verbs: [AdminV1.Kind: [String]] = [
        .connection: ["close"], .session: ["expire"], .retained: ["remove"], .listener: ["pause", "resume"],
        .ban: ["lift"], .config: ["diff", "reload", "set"], .queue: ["pause", "purge", "remove", "resume"],
        .group: ["pause", "remove", "resume"], .consumer: ["kick"], .pending: ["acknowledge", "reject", "release"],
    ]

    func perform(_ request: AdminV1.DoRequest, on ids: [String]) -> Result<AdminV1.DoResponse, RPCError> {
        let wanted = Set(ids)
        let done: [String]
        switch (request.kind, request.verb) {
        case (.connection, "close"): done = self.close(wanted)
        case (.session, "expire"): done = self.expire(wanted)
        case (.retained, "remove"): done = self.retained.remove(wanted)
        case (.ban, "lift"): done = self.bans.remove(wanted)
        case (.queue, "remove"): done = self.queues.remove(wanted)
        case (.queue, "purge"):
            done = self.queues.change(wanted, settling: [4, 5, 7, 10, 13]) { $0.purge() }
        case (.queue, _):
            done = self.queues.change(wanted, settling: [3, 12]) { queue in
                queue.pause(request.verb == "pause")
                queue.row.version = next(queue.row.version)
            }
        case (.group, "remove"): done = self.groups.remove(wanted)
        case (.group, _):
            done = self.groups.change(wanted, settling: [6]) { group in
                group.pause(request.verb == "pause")
                group.row.version = next(group.row.version)
            }
        case (.consumer, _): done = self.consumers.remove(wanted)
        case (.pending, _): done = self.pending.remove(wanted)
        case (.listener, _):
            done = self.listeners.change(wanted, settling: [4]) { listener in
                listener.row.state = request.verb == "pause" ? "paused" : "open"
                listener.row.version = next(listener.row.version)
            }
        case (.config, _): return self.configure(request, isRehearsal: false)
        default: return .failure(RPCError(.unimplemented, "\(request.kind.name) cannot be changed"))
        }
        self.sumUp(rates: false)
        return .success(Stage.response("\(Stage.past(request.verb))", request.kind, done))
    }

    func rehearse(_ request: AdminV1.DoRequest, on ids: [String]) -> Result<AdminV1.DoResponse, RPCError> {
        if request.kind == .config { return self.configure(request, isRehearsal: true) }
        return .success(Stage.response("would \(request.verb)", request.kind, ids))
    }

    private static func past(_ verb: String) -> String { verb.last == "e" ? "\(verb)d" : "\(verb)ed" }

    private static func response(_ what: String, _ kind: AdminV1.Kind, _ ids: [String]) -> AdminV1.DoResponse {
        var response = AdminV1.DoResponse()
        response.affected = UInt64(ids.count)
        response.ids = ids
        response.message = "\(what) \(ids.count) \(ids.count == 1 ? kind.name : "\(kind.name)s")"
        return response
    }

    private func close(_ ids: Set<String>) -> [String] {
        let clients = self.connections.members.filter { ids.contains($0.row.id) }.map {
            ($0.row.clientID, $0.row.cleanStart)
        }
        let closed = self.connections.remove(ids)
        _ = self.sessions.remove(Set(clients.filter(\.1).map(\.0)))
        let now = self.now
        _ = self.sessions.change(Set(clients.map(\.0)), settling: [2, 3, 7, 11]) { $0.disconnect(at: now) }
        for (client, _) in clients { self.report("connection.closed", client, "closed by an operator") }
        return closed
    }

    private func expire(_ ids: Set<String>) -> [String] {
        let expired = Set(self.sessions.remove(ids))
        let connections = self.connections.members.filter { expired.contains($0.row.clientID) }.map(\.row.id)
        _ = self.connections.remove(Set(connections))
        let subscriptions = self.subscriptions.members.filter { expired.contains($0.row.clientID) }.map(\.row.id)
        _ = self.subscriptions.remove(Set(subscriptions))
        return ids.filter(expired.contains).sorted()
    }

    /// `set` changes one value; `reload` takes all such changes back, since the scenario is the file; `diff` says what that would be.
    private func configure(_ request: AdminV1.DoRequest, isRehearsal: Bool) -> Result<AdminV1.DoResponse, RPCError> {
        var response = AdminV1.DoResponse()
        if request.verb == "set" {
            guard let value = request.arguments["value"] else {
                return .failure(RPCError(.invalidArgument, "set takes the argument value"))
            }
            for member in self.configs.members where member.row.id == request.id && member.row.value != value {
                response.changes = [Stage.change(member.row, to: value)]
            }
            if !isRehearsal {
                _ = self.configs.change([request.id], settling: [2, 4]) { config in
                    config.row.value = value
                    config.row.source = "operator"
                    config.row.version = next(config.row.version)
                }
            }
        } else {
            let changed = self.configs.members.map(\.row).filter { $0.source == "operator" }
            response.changes = changed.map { Stage.change($0, to: $0.defaultValue) }
            if request.verb == "reload", !isRehearsal {
                _ = self.configs.change(Set(changed.map(\.id)), settling: []) { config in
                    config.row.value = config.row.defaultValue
                    config.row.source = "default"
                    config.row.version = next(config.row.version)
                }
            }
        }
        response.affected = UInt64(response.changes.count)
        response.message =
            response.changes.isEmpty ? "nothing differs" : "\(request.verb): \(response.changes.count) changed"
        return .success(response)
    }

    private static func change(_ config: AdminV1.Config, to value: String) -> AdminV1.Change {
        var change = AdminV1.Change()
        change.key = config.id
        change.from = config.value
        change.to = value
        change.effect = config.live ? "live" : "restart"
        return change
    }
}

private func next(_ version: String) -> String { String((Int(version) ?? 0) + 1) }
